/*
 * Split units: what a skeleton stands for is in a .dwo of its own, or in the .dwp that all of
 * them were packed into.
 */
#include "symbol/debug_internal.h"

#include "symbol/path.h"
#include "symbol/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where a split unit is looked for, and whether one of another build was there. */
struct quest {
	struct debug_unit *skeleton;
	const struct search *search;
	struct debug_unit *found;
	bool outdated, out_of_memory;
};

/* The unit in a file that the skeleton stands for. */
static struct debug_unit *matching_unit(struct debug_file *file, const struct debug_unit *skeleton)
{
	for (size_t i = 0; i < file->units.count; i++) {
		struct debug_unit *unit = &file->units.items[i];
		/* Before DWARF 5 the signature is in the root entry. */
		if (unit->kind == DW_UT_type || unit->kind == DW_UT_split_type ||
			!debug_unit_read_root(unit))
			continue;
		if (unit->signature == skeleton->signature &&
			(unit->version < 5) == (skeleton->version < 5))
			return unit;
	}
	return NULL;
}

static struct debug_file *known_file(const struct debug_info *info, const char *path)
{
	for (size_t i = 0; i < info->others.count; i++) {
		struct debug_file *file = info->others.items[i];
		if (file->flavour == DEBUG_SPLIT && file->elf && !strcmp(file->path, path))
			return file;
	}
	return NULL;
}

/* The file at a path; NULL where there is none that can be read. */
static struct debug_file *file_at(struct quest *quest, const char *path)
{
	struct debug_info *info = quest->skeleton->file->info;
	struct debug_file *file = known_file(info, path);
	struct found_file found;
	if (file || !search_path(quest->search, path, &found))
		return file;
	file = debug_file_open(info, &found, DEBUG_SPLIT);
	struct debug_file **place = file ? vec_append(&info->others) : NULL;
	if (!place) {
		debug_file_destroy(file);
		return NULL;
	}
	*place = file;
	return file;
}

/* Takes over the path, which is NULL when out of memory. */
static void try_path(struct quest *quest, char *path)
{
	char *folded = path && !quest->found ? path_fold(path) : NULL;
	struct debug_file *file = folded ? file_at(quest, folded) : NULL;
	if (file) {
		quest->found = matching_unit(file, quest->skeleton);
		quest->outdated |= !quest->found;
	}
	free(path);
	free(folded);
}

static char *beside(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	char *joined;
	int length = slash ? (int)(slash - path) : 1;
	return asprintf(&joined, "%.*s/%s", length, slash ? path : ".", name) < 0 ? NULL : joined;
}

/* A path as the user says that it is to be read. */
static char *mapped(const struct search *search, const char *path)
{
	char *copy = strdup(path);
	return copy ? symbol_options_map(search->options, copy) : NULL;
}

/* Where the compiler left it, where it was moved to, and beside the file that it belongs to. */
static void try_paths(struct quest *quest, const char *name)
{
	struct debug_unit *skeleton = quest->skeleton;
	const char *directory = form_text(skeleton, &skeleton->directory);
	const char *slash = strrchr(name, '/');
	char *joined = path_join(directory ? directory : "", name);
	if (joined && *joined == '/')
		try_path(quest, mapped(quest->search, joined));
	if (joined && *joined == '/')
		try_path(quest, strdup(joined));
	free(joined);
	if (*name != '/')
		try_path(quest, beside(skeleton->file->path, name));
	try_path(quest, beside(skeleton->file->path, slash ? slash + 1 : name));
	try_path(quest, beside(skeleton->file->info->object_path, slash ? slash + 1 : name));
}

static void note_missing(struct debug_unit *skeleton, const char *name, bool outdated)
{
	char *text;
	if (asprintf(&text, "%s, which has the names and inlined functions, is %s", name,
		    outdated ? "of another build" : "not found") < 0)
		return;
	debug_note_problem(skeleton->file, text);
	free(text);
}

struct debug_unit *debug_split_find(struct debug_unit *skeleton)
{
	struct debug_info *info = skeleton->file->info;
	const char *name = form_text(skeleton, &skeleton->split_name);
	struct quest quest = {.skeleton = skeleton, .search = &info->search};
	struct debug_file *part = debug_package_part(info, DEBUG_CU_INDEX, skeleton->signature);
	if (part)
		quest.found = matching_unit(part, skeleton);
	if (!quest.found && name)
		try_paths(&quest, name);
	/* Two skeletons that claim one unit would have it twice. */
	if (quest.found && quest.found->skeleton)
		return NULL;
	if (quest.found)
		quest.found->skeleton = skeleton;
	else
		note_missing(skeleton, name ? name : "a .dwo without a name", quest.outdated);
	return quest.found;
}
