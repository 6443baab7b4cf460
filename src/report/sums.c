/* The flat table's rows, put together by file and function. */
#include "report/sums.h"

#include "base/strbuf.h"
#include "report/label.h"
#include "report/rows.h"

#include <stdlib.h>
#include <string.h>

void sums_deinit(struct sum_list *sums)
{
	for (size_t i = 0; i < sums->count; i++)
		free(sums->items[i].text);
	vec_deinit(sums);
}

char *sum_text(const struct profile *profile, const struct location *location, size_t *file)
{
	const char *name = location_name(location);
	struct strbuf text = {0};

	*file = 0;
	if (location_is_code(location)) {
		strbuf_add_printable(&text,
			location->file ? location->file
				       : profile->places->modules.items[location->module].path);
		*file = text.length;
		strbuf_add(&text, ":");
		strbuf_add_printable(&text, name);
		strbuf_add(&text, location_mark(location));
	} else {
		strbuf_add(&text, "[");
		strbuf_add_printable(&text, name);
		strbuf_add(&text, "]");
	}
	return strbuf_take(&text);
}

static bool sums_append(struct sum_list *sums, const struct profile *profile, const struct row *row)
{
	size_t file;
	char *text = sum_text(profile, &profile->places->locations.items[row->location], &file);
	struct sum *sum = text ? vec_append(sums) : NULL;

	if (!sum) {
		free(text);
		return false;
	}
	*sum = (struct sum){.text = text,
		.file = file,
		.location = row->location,
		.first = row->first,
		.bracket = row->bracket,
		.calls = row->calls,
		.amounts = row->amounts};
	return true;
}

/* Of those with one text, the first to be called is first: its location stands for all. */
static int compare_sums(const void *a, const void *b)
{
	const struct sum *left = a, *right = b;
	int order = strcmp(left->text, right->text);

	return order ? order : (left->first > right->first) - (left->first < right->first);
}

void sums_sort(struct sum_list *sums)
{
	if (sums->count)
		qsort(sums->items, sums->count, sizeof *sums->items, compare_sums);
}

static void sums_merge(struct sum_list *sums, unsigned columns)
{
	size_t kept = 0;

	sums_sort(sums);
	for (size_t i = 0; i < sums->count; i++) {
		struct sum sum = sums->items[i], *last = kept ? &sums->items[kept - 1] : NULL;

		if (!last || strcmp(last->text, sum.text) != 0) {
			sums->items[kept++] = sum;
			continue;
		}
		amounts_add(&last->amounts, &sum.amounts, columns);
		last->calls += sum.calls;
		free(sum.text);
	}
	sums->count = kept;
}

struct ptmem_error *sums_collect(
	const struct profile *profile, const struct report_options *options, struct sum_list *sums)
{
	struct report_options all = {.self = options->self, .net = options->net};
	struct report_hidden hidden;
	struct row_list rows = {0};
	struct sum_list collected = {0};
	struct ptmem_error *error = rows_collect(profile, &all, &rows, &hidden);

	if (error)
		return error;
	for (size_t i = 0; !error && i < rows.count; i++)
		if (!sums_append(&collected, profile, &rows.items[i]))
			error = &error_no_memory;
	rows_deinit(&rows);
	if (error) {
		sums_deinit(&collected);
		return error;
	}
	sums_merge(&collected, profile->columns);
	*sums = collected;
	return NULL;
}

static int compare_to_sum(const void *key, const void *item)
{
	const struct sum *sum = item;

	return strcmp(key, sum->text);
}

uint32_t sums_find(const struct sum_list *sums, const char *text)
{
	const struct sum *found = sums->count ? bsearch(text, sums->items, sums->count,
							sizeof *sums->items, compare_to_sum)
					      : NULL;

	return found ? (uint32_t)(found - sums->items) : SUM_NONE;
}
