/* Which functions of the objects of a run are watched. */
#include "engine/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a pattern list is asked about each name of a function; an alias's name is to be freed. */
bool watch_named_by(struct object *object, const struct function *function, const char *name,
	struct pattern_list *patterns)
{
	/* Every pattern sees every name, so that one which matches nothing is known. */
	bool named = pattern_list_matches_name(patterns, name);
	const char *symbol;

	for (size_t i = 0; patterns->count && (symbol = object_function_alias(object, function, i));
		i++) {
		struct function alias = {.symbol = symbol};
		char *other = object_function_name(object, &alias);

		named |= other && pattern_list_matches_name(patterns, other);
		free(other);
	}
	return named;
}

/* Files are looked up where nothing else speaks against the function. */
static struct ptmem_error *watch_judge_file(struct object *object, const struct function *function,
	struct pattern_list *files, bool *wanted)
{
	struct function_source source = {0};
	struct ptmem_error *error;

	*wanted = object_function_may_be_from(object, function, files);
	if (!*wanted)
		return NULL;
	error = object_function_source(object, function, &source);
	*wanted = !error && source.file && pattern_list_matches_path(files, source.file);
	function_source_deinit(&source);
	return error;
}

/* One function against the patterns on names, and on files where there are any. */
static struct ptmem_error *watch_judge(struct object *object, const struct function *function,
	const struct watch_patterns *patterns, bool *wanted)
{
	char *name = object_function_name(object, function);
	struct ptmem_error *error = NULL;

	if (!name)
		return &error_no_memory;
	*wanted =
		watch_named_by(object, function, name, patterns->funcs) || !patterns->funcs->count;
	*wanted &= !watch_named_by(object, function, name, patterns->exclude);
	if (*wanted && patterns->files->count)
		error = watch_judge_file(object, function, patterns->files, wanted);
	free(name);
	return error;
}

/* Debug info describes some of the functions; without any, symbols are all there is, of an object
 * that was asked for. */
static bool watch_described_only(
	const struct watch_object *object, const struct watch_patterns *patterns, bool listed)
{
	size_t count;
	const struct function *functions;

	if (patterns->funcs->count)
		return false;
	/* Whoever has no use for the list has the functions read when one of them is met. */
	if (!listed && object_has_outline(object->object))
		return true;
	functions = object_functions(object->object, &count);
	for (size_t i = 0; i < count; i++)
		if (object_describes(object->object, &functions[i]))
			return true;
	return !object->is_program && !patterns->libs->count;
}

static struct ptmem_error *watch_collect(const struct watch_object *from,
	const struct watch_patterns *patterns, bool listed, struct watch_selection *selection)
{
	bool described_only = watch_described_only(from, patterns, listed);
	struct object *object = from->object;
	bool any_pattern =
		patterns->funcs->count || patterns->exclude->count || patterns->files->count;
	size_t count;
	const struct function *functions;

	selection->described = described_only && !any_pattern && !listed;
	if (selection->described)
		return NULL;
	functions = object_functions(object, &count);
	for (size_t i = 0; i < count; i++) {
		bool wanted = true;
		struct ptmem_error *error;
		const struct function **new;

		if (described_only && !object_describes(object, &functions[i]))
			continue;
		error = any_pattern ? watch_judge(object, &functions[i], patterns, &wanted) : NULL;
		if (error)
			return error;
		new = wanted ? vec_append(&selection->list) : NULL;
		if (wanted && !new)
			return &error_no_memory;
		if (wanted)
			*new = &functions[i];
	}
	return NULL;
}

/* By its file's name, or the one that it is linked by; the program by a word of its own too. */
static bool watch_named(const struct watch_object *object, struct pattern_list *libs)
{
	char *soname = object_soname(object->object);
	bool named = pattern_list_matches_path(libs, object->path);

	if (soname)
		named |= pattern_list_matches_path(libs, soname);
	if (object->is_program)
		named |= pattern_list_matches_path(libs, WATCH_PROGRAM);
	free(soname);
	return named;
}

static bool watch_wants(const struct watch_object *object, const struct watch_patterns *patterns)
{
	if (patterns->libs->count)
		return watch_named(object, patterns->libs);
	return object->is_program || object_has_debug_info(object->object);
}

struct ptmem_error *watch_select(const struct watch_object *object,
	const struct watch_patterns *patterns, bool listed, struct watch_selection *selection)
{
	struct watch_selection selected = {0};
	struct ptmem_error *error = NULL;

	if (watch_wants(object, patterns))
		error = watch_collect(object, patterns, listed, &selected);
	if (error)
		vec_deinit(&selected.list);
	else
		*selection = selected;
	return error;
}

bool watch_selects_any(const struct watch_selection *selection)
{
	return selection->described || selection->list.count;
}

static bool watch_lists(const struct watch_list *list, const struct function *function)
{
	size_t low = 0, high = list->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->items[middle]->address.value < function->address.value)
			low = middle + 1;
		else
			high = middle;
	}
	return low < list->count && list->items[low] == function;
}

bool watch_selects(const struct watch_selection *selection, struct object *object,
	const struct function *function)
{
	return watch_lists(&selection->list, function) ||
	       (selection->described && object_describes(object, function));
}

/* The names of an object that are near to a pattern; false where one even matches it. */
static bool watch_offer(
	const struct watch_object *object, struct nearest *nearest, struct pattern_list *pattern)
{
	size_t count;
	const struct function *functions = object_functions(object->object, &count);
	bool matches = false;

	for (size_t i = 0; i < count && !matches; i++) {
		char *name = object_function_name(object->object, &functions[i]);

		matches = name && watch_named_by(object->object, &functions[i], name, pattern);
		if (name && nearest)
			nearest_offer(nearest, name);
		free(name);
	}
	return !matches;
}

static const char *file_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* What may have been meant: a name that is near, or an object that was left out. To free. */
static char *watch_guess(const struct watch_object *objects, size_t count,
	const struct watch_patterns *patterns, const char *pattern)
{
	struct pattern_list alone = {
		.items = &(struct pattern){.text = (char *)pattern}, .count = 1, .capacity = 1};
	struct nearest nearest;
	char *phrase = NULL;

	nearest_init(&nearest, pattern);
	for (size_t i = 0; i < count && !phrase; i++) {
		bool wanted = watch_wants(&objects[i], patterns);

		if (!watch_offer(&objects[i], wanted ? &nearest : NULL, &alone) && !wanted &&
			asprintf(&phrase, ": it is in %s: add --libs '%s%s'",
				file_of(objects[i].path), file_of(objects[i].path),
				patterns->libs->count ? "" : "," WATCH_PROGRAM) < 0)
			phrase = NULL;
	}
	if (!phrase)
		phrase = nearest_phrase(&nearest);
	nearest_deinit(&nearest);
	return phrase;
}

static struct ptmem_error *watch_no_match(
	const char *option, const char *what, const struct pattern *pattern, char *guess)
{
	struct ptmem_error *error = error_new(ERROR_NO_MATCH, "%s: no %s matches '%s'%s", option,
		what, pattern->text, guess ? guess : "");

	free(guess);
	return error;
}

struct ptmem_error *watch_check(const struct watch_object *objects, size_t count,
	const struct watch_patterns *patterns, bool selected)
{
	const struct pattern *unused = pattern_list_unused(patterns->funcs);

	if (unused)
		return watch_no_match("--funcs", "function", unused,
			watch_guess(objects, count, patterns, unused->text));
	unused = pattern_list_unused(patterns->exclude);
	if (unused)
		return watch_no_match("--exclude", "function", unused,
			watch_guess(objects, count, patterns, unused->text));
	unused = pattern_list_unused(patterns->files);
	if (unused)
		return watch_no_match("--files", "source file of the functions", unused, NULL);
	unused = pattern_list_unused(patterns->from);
	if (unused)
		return watch_no_match("--from", "function", unused,
			watch_guess(objects, count, patterns, unused->text));
	unused = pattern_list_unused(patterns->until);
	if (unused)
		return watch_no_match("--until", "function", unused,
			watch_guess(objects, count, patterns, unused->text));
	unused = patterns->lines ? pattern_list_unused(patterns->lines) : NULL;
	if (unused)
		return watch_no_match("--lines", "function", unused,
			watch_guess(objects, count, patterns, unused->text));
	if (!selected && (patterns->exclude->count || patterns->files->count))
		return error_new(ERROR_NO_MATCH,
			"nothing to watch: --exclude or --files leave none of the functions");
	return NULL;
}
