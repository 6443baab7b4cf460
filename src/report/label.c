/* Naming the locations of a profile. */
#include "report/label.h"

#include "base/strbuf.h"
#include "report/methods.h"

#include <stdlib.h>
#include <string.h>

void labels_deinit(struct labels *labels)
{
	for (size_t i = 0; i < labels->list.count; i++)
		free(labels->list.items[i].text);
	vec_deinit(&labels->list);
	free(labels->of);
	labels->of = NULL;
}

/* A recording that was cut has no names yet, only symbols. */
const char *location_name(const struct location *location)
{
	return location->name ? location->name : location->symbol ? location->symbol : "?";
}

const char *location_mark(const struct location *location)
{
	return location->kind == LOCATION_INLINED ? " [inlined]" : "";
}

static void add_code(
	struct strbuf *text, const struct profile *profile, const struct location *location)
{
	if (location->call_file) {
		strbuf_add_printable(text, location->call_file);
		strbuf_addf(text, ":%d:", location->call_line);
	} else if (location->file) {
		strbuf_add_printable(text, location->file);
		strbuf_addf(text, ":%d:", location->line);
	} else {
		strbuf_add_printable(text, profile->places->modules.items[location->module].path);
		strbuf_add(text, ":0:");
	}
	strbuf_add_printable(text, location_name(location));
	strbuf_add(text, location_mark(location));
}

static char *label_text(const struct profile *profile, const struct location *location)
{
	struct strbuf text = {0};

	if (location->kind == LOCATION_METHOD) {
		strbuf_add_printable(&text, location_name(location));
		strbuf_add(&text, " ");
		methods_add_node_object(&text, profile->places, location);
		return strbuf_take(&text);
	}
	if (location_is_code(location)) {
		add_code(&text, profile, location);
		return strbuf_take(&text);
	}
	strbuf_add(&text, location->kind == LOCATION_THREAD ? "[thread " : "[");
	strbuf_add_printable(&text, location_name(location));
	strbuf_add(&text, "]");
	return strbuf_take(&text);
}

static bool labels_append(struct labels *labels, const struct profile *profile, uint32_t node)
{
	uint32_t index = callpath_at(&profile->paths, node)->location;
	const struct location *location = &profile->places->locations.items[index];
	char *text = label_text(profile, location);
	struct label *label = text ? vec_append(&labels->list) : NULL;

	if (!label) {
		free(text);
		return false;
	}
	*label = (struct label){
		.text = text, .location = index, .first = node, .kind = location->kind};
	labels->of[index] = (uint32_t)labels->list.count - 1;
	return true;
}

static int compare_labels(const void *a, const void *b)
{
	const struct label *left = a, *right = b;
	int order = strcmp(left->text, right->text);

	if (!order)
		order = (left->kind > right->kind) - (left->kind < right->kind);
	return order ? order : (left->first > right->first) - (left->first < right->first);
}

static bool print_alike(const struct label *left, const struct label *right)
{
	return left->kind == right->kind && !strcmp(left->text, right->text);
}

/* Makes one label of those that print alike, and says for each location which it is. */
static void labels_merge(struct labels *labels)
{
	struct label *items = labels->list.items;
	size_t kept = 0;

	for (size_t i = 0; i < labels->list.count; i++) {
		struct label label = items[i];

		if (kept && label.kind != LOCATION_THREAD && print_alike(&items[kept - 1], &label))
			free(label.text);
		else
			items[kept++] = label;
		labels->of[label.location] = (uint32_t)kept - 1;
	}
	labels->list.count = kept;
}

/* `[thread worker]` becomes `[thread worker #2]`. */
static bool label_number(struct label *label, size_t number)
{
	struct strbuf text = {0};
	char *numbered;

	strbuf_add_bytes(&text, label->text, strlen(label->text) - 1);
	strbuf_addf(&text, " #%zu]", number);
	numbered = strbuf_take(&text);
	if (!numbered)
		return false;
	free(label->text);
	label->text = numbered;
	return true;
}

/* Threads of one name are told apart by the order in which they began. */
static bool labels_number_threads(struct labels *labels)
{
	struct label *items = labels->list.items;
	size_t count = labels->list.count, end;

	for (size_t i = 0; i < count; i = end) {
		for (end = i + 1; end < count && print_alike(&items[i], &items[end]);)
			end++;
		for (size_t j = i; end > i + 1 && j < end; j++)
			if (!label_number(&items[j], j - i + 1))
				return false;
	}
	return true;
}

bool labels_init(struct labels *labels, const struct profile *profile)
{
	size_t size = profile->places->locations.count * sizeof *labels->of;

	*labels = (struct labels){.of = malloc(size ? size : 1)};
	if (!labels->of)
		return false;
	memset(labels->of, 0xff, size);
	for (uint32_t i = CALLPATH_ROOT + 1; i < profile->paths.count; i++)
		if (labels->of[callpath_at(&profile->paths, i)->location] == NO_LABEL &&
			!labels_append(labels, profile, i))
			return false;
	if (labels->list.count)
		qsort(labels->list.items, labels->list.count, sizeof *labels->list.items,
			compare_labels);
	labels_merge(labels);
	return labels_number_threads(labels);
}
