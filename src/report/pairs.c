/*
 * Pairing. What both sides call alike is paired first. What is left is looked at by the
 * last part of its file's path:
 *
 *     base   /home/a/app/src/grid.c:grid_new
 *     new    /builds/7/app/src/grid.c:grid_new
 *
 * which says that /home/a became /builds/7, if nothing on the new side is below the one
 * and nothing of the base below the other; and then that holds for all functions.
 */
#include "report/pairs.h"

#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

#define MOVES_MAX 8 /* more trees than this do not move at once */

/* Where a tree was and is: the beginnings of two texts. */
struct move {
	const char *from, *to;
	size_t from_length, to_length;
};

struct pairing {
	const struct sum_list *base, *new;
	uint32_t *new_of;  /* a sum of the base: its partner, or SUM_NONE */
	uint32_t *base_of; /* the same the other way round */
	struct move moves[MOVES_MAX];
	size_t move_count;
};

static void pair_up(struct pairing *pairing, uint32_t base, uint32_t new)
{
	pairing->new_of[base] = new;
	pairing->base_of[new] = base;
}

static void pair_alike(struct pairing *pairing)
{
	for (uint32_t i = 0; i < pairing->base->count; i++) {
		uint32_t new = sums_find(pairing->new, pairing->base->items[i].text);

		if (new != SUM_NONE)
			pair_up(pairing, i, new);
	}
}

/* Whether any text begins so; they are in order. */
static bool any_begins(const struct sum_list *sums, const char *text, size_t length)
{
	size_t low = 0, high = sums->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strncmp(sums->items[middle].text, text, length) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < sums->count && !strncmp(sums->items[low].text, text, length);
}

/* The last part of the file's path, and the function. */
static const char *tail(const struct sum *sum)
{
	const char *slash = sum->file ? memrchr(sum->text, '/', sum->file) : NULL;

	return slash ? slash : sum->text;
}

static int compare_tails(const void *a, const void *b)
{
	return strcmp(tail(*(const struct sum *const *)a), tail(*(const struct sum *const *)b));
}

/*
 * How much of a text says where its tree is, with the slash behind it: what differs, or the
 * first folder where the tree came from or went to the root. 0 where there is no folder.
 */
static size_t place_length(const struct sum *sum, size_t differs)
{
	const char *slash;

	if (differs)
		return differs + 1;
	slash = memchr(sum->text + 1, '/', sum->file - 1);
	return slash ? (size_t)(slash - sum->text) + 1 : 0;
}

static bool move_is_known(const struct pairing *pairing, const struct move *move)
{
	for (size_t i = 0; i < pairing->move_count; i++) {
		const struct move *known = &pairing->moves[i];

		if (known->from_length == move->from_length &&
			known->to_length == move->to_length &&
			!strncmp(known->from, move->from, move->from_length) &&
			!strncmp(known->to, move->to, move->to_length))
			return true;
	}
	return false;
}

/* Where two files' paths, alike at their ends, begin to differ; false where nowhere. */
static bool find_move(const struct sum *base, const struct sum *new, struct move *move)
{
	size_t b = base->file, n = new->file;

	*move = (struct move){base->text, new->text, b, n};
	while (b && n && base->text[b - 1] == new->text[n - 1]) {
		b--, n--;
		if (base->text[b] == '/')
			move->from_length = b, move->to_length = n;
	}
	return move->from_length < base->file;
}

/* Notes what these two files, of one name, say about where their tree went. */
static void learn_move(struct pairing *pairing, const struct sum *base, const struct sum *new)
{
	size_t old_place, new_place;
	struct move move;

	if (!find_move(base, new, &move) || pairing->move_count == MOVES_MAX)
		return;
	old_place = place_length(base, move.from_length);
	new_place = place_length(new, move.to_length);
	if (!old_place || !new_place || any_begins(pairing->new, base->text, old_place) ||
		any_begins(pairing->base, new->text, new_place) || move_is_known(pairing, &move))
		return;
	pairing->moves[pairing->move_count++] = move;
}

/* Those without a partner, in order of their tails; NULL when out of memory. */
static const struct sum **left_over(
	const struct sum_list *sums, const uint32_t *partner, size_t *count)
{
	const struct sum **left = malloc((sums->count + 1) * sizeof *left);

	*count = 0;
	for (size_t i = 0; left && i < sums->count; i++)
		if (partner[i] == SUM_NONE && !sums->items[i].bracket)
			left[(*count)++] = &sums->items[i];
	if (left && *count)
		qsort(left, *count, sizeof *left, compare_tails);
	return left;
}

/* How many from here on have one tail. */
static size_t run_length(const struct sum *const *sums, size_t count)
{
	size_t length = 1;

	while (length < count && !strcmp(tail(sums[0]), tail(sums[length])))
		length++;
	return length;
}

static bool learn_moves(struct pairing *pairing)
{
	size_t base_count, new_count, b = 0, n = 0;
	const struct sum **base = left_over(pairing->base, pairing->new_of, &base_count);
	const struct sum **new = left_over(pairing->new, pairing->base_of, &new_count);
	bool complete = base && new;

	while (complete && b < base_count && n < new_count) {
		size_t base_run = run_length(base + b, base_count - b);
		size_t new_run = run_length(new + n, new_count - n);
		int order = strcmp(tail(base[b]), tail(new[n]));

		if (!order && base_run == 1 && new_run == 1)
			learn_move(pairing, base[b], new[n]);
		b += order <= 0 ? base_run : 0;
		n += order >= 0 ? new_run : 0;
	}
	free(base);
	free(new);
	return complete;
}

static bool pair_moved(struct pairing *pairing, uint32_t base, const struct move *move)
{
	const char *text = pairing->base->items[base].text;
	struct strbuf moved = {0};
	uint32_t new = SUM_NONE;

	if (!strncmp(text, move->from, move->from_length) && text[move->from_length] == '/') {
		strbuf_add_bytes(&moved, move->to, move->to_length);
		strbuf_add(&moved, text + move->from_length);
		if (!moved.failed)
			new = sums_find(pairing->new, moved.text);
	}
	if (new != SUM_NONE && pairing->base_of[new] == SUM_NONE)
		pair_up(pairing, base, new);
	strbuf_deinit(&moved);
	return pairing->new_of[base] != SUM_NONE;
}

static void pair_all_moved(struct pairing *pairing)
{
	for (uint32_t i = 0; i < pairing->base->count; i++)
		for (size_t m = 0; pairing->new_of[i] == SUM_NONE && m < pairing->move_count; m++)
			pair_moved(pairing, i, &pairing->moves[m]);
}

static bool pairs_append(struct pair_list *pairs, const struct sum *base, const struct sum *new)
{
	struct pair *pair = vec_append(pairs);

	if (pair)
		*pair = (struct pair){base, new};
	return pair;
}

static bool pairs_list(const struct pairing *pairing, struct pair_list *pairs)
{
	bool complete = true;

	for (size_t i = 0; complete && i < pairing->new->count; i++) {
		uint32_t base = pairing->base_of[i];

		complete =
			pairs_append(pairs, base == SUM_NONE ? NULL : &pairing->base->items[base],
				&pairing->new->items[i]);
	}
	for (size_t i = 0; complete && i < pairing->base->count; i++)
		if (pairing->new_of[i] == SUM_NONE)
			complete = pairs_append(pairs, &pairing->base->items[i], NULL);
	return complete;
}

/* Room for a partner each, none so far. */
static uint32_t *partners_alloc(const struct sum_list *sums)
{
	size_t size = (sums->count + 1) * sizeof(uint32_t);
	uint32_t *partners = malloc(size);

	if (partners)
		memset(partners, 0xff, size);
	return partners;
}

struct ptmem_error *pairs_collect(
	const struct sum_list *base, const struct sum_list *new, struct pair_list *pairs)
{
	struct pairing pairing = {.base = base,
		.new = new,
		.new_of = partners_alloc(base),
		.base_of = partners_alloc(new)};
	struct pair_list listed = {0};
	bool complete = pairing.new_of && pairing.base_of;

	if (complete) {
		pair_alike(&pairing);
		complete = learn_moves(&pairing);
		pair_all_moved(&pairing);
		complete = complete && pairs_list(&pairing, &listed);
	}
	free(pairing.new_of);
	free(pairing.base_of);
	if (!complete) {
		vec_deinit(&listed);
		return &error_no_memory;
	}
	*pairs = listed;
	return NULL;
}
