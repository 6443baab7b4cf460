/* The sentences that verdicts are told in. */
#include "report/verdict.h"

#include "report/label.h"
#include "report/output.h"

#include <stdio.h>
#include <string.h>

/* `2.586`, and never `1.2e+04` where digits will do. */
static void add_mb(struct strbuf *text, int64_t bytes, int precision)
{
	double mb = (double)bytes / BYTES_PER_MB;
	char number[64];

	snprintf(number, sizeof number, "%.*g", precision, mb);
	if (strchr(number, 'e') && bytes_magnitude(bytes) > BYTES_PER_MB)
		snprintf(number, sizeof number, "%.0f", mb);
	strbuf_addf(text, "%s MB", number);
}

const char *verdict_kind(const struct verdict *verdict)
{
	static const char *const kinds[] = {
		[LIMIT_MIN] = "min",
		[LIMIT_GROWTH] = "growth",
		[LIMIT_BUDGET] = "budget",
		[LIMIT_PEAK] = "max-rss",
	};

	return kinds[verdict->kind];
}

const char *verdict_file(const struct verdict *verdict)
{
	const struct location *location = verdict->location;

	if (!location || !location_is_code(location))
		return NULL;
	if (location->file)
		return location->file;
	return verdict->profile->places->modules.items[location->module].path;
}

const char *verdict_below(const char *path, const char *root)
{
	size_t length = root ? strlen(root) : 0;

	while (length && root[length - 1] == '/')
		length--;
	if (!length || strncmp(path, root, length) != 0 || path[length] != '/')
		return path;
	return path + length + 1;
}

static void add_name(struct strbuf *text, const struct location *location)
{
	bool bracket = location->kind == LOCATION_BRACKET;

	strbuf_add(text, bracket ? "[" : "");
	strbuf_add_printable(text, location_name(location));
	strbuf_add(text, bracket ? "]" : location_mark(location));
}

static void add_fact(struct strbuf *text, const struct verdict *verdict, int precision)
{
	if (verdict->kind == LIMIT_PEAK) {
		strbuf_add(text, "max mem usage was ");
		add_mb(text, verdict->memory, precision);
		return;
	}
	add_name(text, verdict->location);
	if (verdict->kind != LIMIT_GROWTH) {
		strbuf_add(text, " added ");
		add_mb(text, verdict->memory, precision);
		return;
	}
	strbuf_add(text, verdict->judged < 0 ? " shrank by " : " grew by ");
	add_mb(text, (int64_t)bytes_magnitude(verdict->judged), precision);
	strbuf_add(text, ", from ");
	add_mb(text, verdict->base, precision);
	strbuf_add(text, " to ");
	add_mb(text, verdict->memory, precision);
}

void verdict_add_sentence(struct strbuf *text, const struct verdict *verdict,
	const struct judgement *judgement, int precision)
{
	int64_t over = verdict->judged - verdict->limit;

	add_fact(text, verdict, precision);
	if (!verdict->exceeded)
		strbuf_add(text, ", within ");
	else if (!over)
		strbuf_add(text, ", which reaches ");
	else {
		strbuf_add(text, ", ");
		add_mb(text, over, precision);
		strbuf_add(text, " over ");
	}
	strbuf_add(text, verdict->kind == LIMIT_BUDGET ? "its budget of " : "the limit of ");
	add_mb(text, verdict->limit, precision);
	if (verdict->kind == LIMIT_BUDGET) {
		strbuf_add(text, " (");
		strbuf_add_printable(text, judgement->limits->budgets->path);
		strbuf_addf(text, ":%zu)", verdict->budget->line);
	}
	if (judgement->runs < 2)
		return;
	strbuf_addf(text, "; median of %zu runs, which had ", judgement->runs);
	add_mb(text, verdict->least, precision);
	strbuf_add(text, " to ");
	add_mb(text, verdict->most, precision);
}

void verdict_add_path(struct strbuf *text, const struct verdict *verdict, int precision)
{
	struct shown_path path;

	verdict_path(verdict, &path);
	strbuf_add(text, "heaviest path, ");
	add_mb(text, verdict->path_memory, precision);
	strbuf_add(text, ": ");
	for (size_t i = 0; i < path.count; i++) {
		strbuf_add(text, i ? " > " : "");
		if (i == path.gap && path.left_out)
			strbuf_addf(text, "... %zu more ... > ", path.left_out);
		add_name(text, path.frames[i]);
	}
}

static int64_t verdict_spread(const struct verdict *verdict)
{
	return verdict->most - verdict->least;
}

/* How far the runs were apart, in whatever differed most. */
static void add_spread(struct strbuf *text, const struct judgement *judgement, int precision)
{
	const struct verdict *widest = NULL;

	for (size_t i = 0; i < judgement->verdicts.count; i++) {
		const struct verdict *verdict = &judgement->verdicts.items[i];

		if (!widest || verdict_spread(verdict) > verdict_spread(widest))
			widest = verdict;
	}
	if (judgement->runs < 2 || !widest)
		return;
	strbuf_addf(text, "; %zu runs", judgement->runs);
	if (!verdict_spread(widest)) {
		strbuf_add(text, " without a difference");
		return;
	}
	strbuf_add(text, " differ by up to ");
	add_mb(text, verdict_spread(widest), precision);
	strbuf_add(text, " (");
	if (widest->location)
		add_name(text, widest->location);
	else
		strbuf_add(text, "max mem usage");
	strbuf_add(text, ": ");
	add_mb(text, widest->least, precision);
	strbuf_add(text, " to ");
	add_mb(text, widest->most, precision);
	strbuf_add(text, ")");
}

void verdict_add_summary(struct strbuf *text, const struct judgement *judgement, int precision)
{
	if (!judgement->exceeded)
		strbuf_addf(text, "within limits (%zu checked)", judgement->verdicts.count);
	else if (judgement->exceeded == 1)
		strbuf_addf(text, "1 of %zu exceeds its limit", judgement->verdicts.count);
	else
		strbuf_addf(text, "%zu of %zu exceed their limits", judgement->exceeded,
			judgement->verdicts.count);
	add_spread(text, judgement, precision);
}

struct ptmem_error *verdict_write_exceeded(const struct judgement *judgement,
	const struct verdict_options *options, FILE *out, verdict_add *add)
{
	struct ptmem_error *error = NULL;
	struct strbuf text = {0};

	for (size_t i = 0; !error && i < judgement->verdicts.count; i++) {
		if (!judgement->verdicts.items[i].exceeded)
			continue;
		add(&text, &judgement->verdicts.items[i], judgement, options);
		error = output_block(out, &text);
	}
	if (error) {
		strbuf_deinit(&text);
		return error;
	}
	verdict_add_summary(&text, judgement, options->precision);
	strbuf_add(&text, "\n");
	return output_text(out, &text);
}
