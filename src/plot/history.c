/* Memory over time of a process of a recording. */
#include "plot/history.h"

#define MOMENTS_MOST 2048

static bool is_same_group(
	const struct history *history, const struct moment *a, const struct moment *b)
{
	return a->time / history->width == b->time / history->width;
}

/* Of each group the highest and the last stay. */
static void thin_out(struct history *history)
{
	struct moment *moments = history->moments.items;
	size_t count = history->moments.count, kept = 0, end;

	for (size_t i = 0; i < count; i = end) {
		struct moment highest = moments[i], last;
		size_t at = i;

		for (end = i + 1; end < count && is_same_group(history, &moments[i], &moments[end]);
			end++)
			if (moments[end].total > highest.total) {
				highest = moments[end];
				at = end;
			}
		last = moments[end - 1];
		moments[kept++] = highest;
		if (at != end - 1)
			moments[kept++] = last;
	}
	history->moments.count = kept;
}

bool history_move(struct history *history, uint64_t time, size_t band, int64_t bytes)
{
	struct moment *now = &history->now, *new;

	if (!history->width)
		history->width = 1;
	now->time = time;
	now->total += bytes;
	if (band < BANDS_MOST)
		now->bands[band] += bytes;
	while (history->moments.count >= MOMENTS_MOST) {
		thin_out(history);
		if (history->moments.count >= MOMENTS_MOST / 2)
			history->width *= 2;
	}
	new = vec_append(&history->moments);
	if (new)
		*new = *now;
	return new;
}

bool history_hold(struct history *history)
{
	struct history held = {.width = history->width};

	for (size_t i = 0; i < history->moments.count; i++) {
		struct moment *moment = &history->moments.items[i], *new;

		if (i && moment->time > moment[-1].time + history->width) {
			new = vec_append(&held.moments);
			if (!new)
				goto failed;
			*new = moment[-1];
			new->time = moment->time;
		}
		new = vec_append(&held.moments);
		if (!new)
			goto failed;
		*new = *moment;
	}
	history_deinit(history);
	*history = held;
	return true;
failed:
	history_deinit(&held);
	return false;
}

void history_deinit(struct history *history)
{
	vec_deinit(&history->moments);
}

const struct moment *history_peak(const struct history *history)
{
	const struct moment *peak = history->moments.items;

	for (size_t i = 1; i < history->moments.count; i++)
		if (history->moments.items[i].total > peak->total)
			peak = &history->moments.items[i];
	return peak;
}
