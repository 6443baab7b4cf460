/* Which functions of a program are watched. */
#include "engine/watch.h"

#include <stdlib.h>
#include <string.h>

/* One function against the patterns on names, and on files where there are any. */
static struct ptmem_error *watch_judge(struct object *object, const struct function *function,
	const struct watch_patterns *patterns, bool *wanted)
{
	char *name = object_function_name(object, function);
	struct function_source source = {0};
	struct ptmem_error *error = NULL;

	if (!name)
		return &error_no_memory;
	/* Every pattern sees every name, so that one which matches nothing is known. */
	*wanted = pattern_list_matches_name(patterns->funcs, name) || !patterns->funcs->count;
	*wanted &= !pattern_list_matches_name(patterns->exclude, name);
	if (*wanted && patterns->files->count)
		*wanted = object_function_may_be_from(object, function, patterns->files);
	if (*wanted && patterns->files->count) {
		error = object_function_source(object, function, &source);
		*wanted = !error && source.file &&
			  pattern_list_matches_path(patterns->files, source.file);
		function_source_deinit(&source);
	}
	free(name);
	return error;
}

/* Debug info describes some of the functions; without any, symbols are all there is. */
static bool watch_described_only(const struct object *object, const struct watch_patterns *patterns)
{
	size_t count;
	const struct function *functions = object_functions(object, &count);

	if (patterns->funcs->count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (functions[i].described)
			return true;
	return false;
}

static struct ptmem_error *watch_collect(
	struct object *object, const struct watch_patterns *patterns, struct watch_list *list)
{
	bool described_only = watch_described_only(object, patterns);
	bool any_pattern =
		patterns->funcs->count || patterns->exclude->count || patterns->files->count;
	size_t count;
	const struct function *functions = object_functions(object, &count);

	for (size_t i = 0; i < count; i++) {
		bool wanted = true;
		struct ptmem_error *error;
		const struct function **new;

		if (described_only && !functions[i].described)
			continue;
		error = any_pattern ? watch_judge(object, &functions[i], patterns, &wanted) : NULL;
		if (error)
			return error;
		new = wanted ? vec_append(list) : NULL;
		if (wanted && !new)
			return &error_no_memory;
		if (wanted)
			*new = &functions[i];
	}
	return NULL;
}

static char *watch_nearest(struct object *object, const char *pattern)
{
	struct nearest nearest;
	size_t count;
	const struct function *functions = object_functions(object, &count);
	char *phrase;

	nearest_init(&nearest, pattern);
	for (size_t i = 0; i < count; i++) {
		char *name = object_function_name(object, &functions[i]);

		if (name)
			nearest_offer(&nearest, name);
		free(name);
	}
	phrase = nearest_phrase(&nearest);
	nearest_deinit(&nearest);
	return phrase;
}

static struct ptmem_error *watch_no_match(
	struct object *object, const char *option, const struct pattern *pattern, bool names)
{
	char *nearest = names ? watch_nearest(object, pattern->text) : strdup("");
	struct ptmem_error *error = error_new(ERROR_NO_MATCH, "%s: no %s matches '%s'%s", option,
		names ? "function" : "source file of the functions", pattern->text,
		nearest ? nearest : "");

	free(nearest);
	return error;
}

static struct ptmem_error *watch_check(struct object *object, const struct watch_patterns *patterns)
{
	const struct pattern *unused = pattern_list_unused(patterns->funcs);

	if (unused)
		return watch_no_match(object, "--funcs", unused, true);
	unused = pattern_list_unused(patterns->exclude);
	if (unused)
		return watch_no_match(object, "--exclude", unused, true);
	unused = pattern_list_unused(patterns->files);
	return unused ? watch_no_match(object, "--files", unused, false) : NULL;
}

struct ptmem_error *watch_select(
	struct object *object, const struct watch_patterns *patterns, struct watch_list *list)
{
	struct watch_list selected = {0};
	struct ptmem_error *error = watch_collect(object, patterns, &selected);

	if (!error)
		error = watch_check(object, patterns);
	if (!error && !selected.count &&
		(patterns->funcs->count || patterns->exclude->count || patterns->files->count))
		error = error_new(ERROR_NO_MATCH,
			"nothing to watch: --exclude or --files leave none of the functions");
	if (error)
		vec_deinit(&selected);
	else
		*list = selected;
	return error;
}
