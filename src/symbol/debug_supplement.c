/*
 * The file that dwz moved to what several files had in common: .gnu_debugaltlink names it, or
 * .debug_sup in DWARF 5.
 *
 *     .gnu_debugaltlink    path\0 build-id
 *     .debug_sup           version (2 bytes), is this the supplement (1), path\0, length, build-id
 */
#include "symbol/debug_internal.h"

#include "symbol/elf.h"
#include "symbol/path.h"
#include "symbol/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Those in use have 20 bytes. */
#define ID_MAX 64

struct link {
	const char *path;
	char id[2 * ID_MAX + 1]; /* in hex */
};

static void print_hex(const uint8_t *bytes, uint64_t count, char *hex)
{
	for (uint64_t i = 0; i < count; i++)
		sprintf(hex + 2 * i, "%02x", bytes[i]);
}

static bool read_link(struct cursor *cursor, bool sized, struct link *link)
{
	link->path = cursor_string(cursor);
	uint64_t left = cursor_left(cursor);
	uint64_t length = sized ? cursor_uleb(cursor) : left;
	if (cursor->bad || length > cursor_left(cursor) || length > ID_MAX)
		return false;
	print_hex(cursor->at, length, link->id);
	return true;
}

static bool find_link(struct debug_file *file, struct link *link)
{
	*link = (struct link){0};
	struct cursor cursor = cursor_at(debug_section(file, DEBUG_ALTLINK), 0);
	if (cursor_left(&cursor))
		return read_link(&cursor, false, link) && *link->path;
	cursor = cursor_at(debug_section(file, DEBUG_SUP), 0);
	uint64_t version = cursor_fixed(&cursor, 2), is_supplement = cursor_fixed(&cursor, 1);
	return !cursor.bad && version == 5 && !is_supplement && read_link(&cursor, true, link) &&
	       *link->path;
}

/* Beside the file, or where build-ids lead to. */
static bool find_file(
	const struct debug_file *file, const struct link *link, struct found_file *found)
{
	const struct search *search = &file->info->search;
	const char *slash = strrchr(file->path, '/');
	char *directory = strndup(file->path, slash ? (size_t)(slash - file->path) : 0);
	char *joined = directory ? path_join(directory, link->path) : NULL;
	char *path = joined ? path_fold(joined) : NULL;
	bool there = path && search_path(search, path, found);
	free(directory);
	free(joined);
	free(path);
	return there || (*link->id && search_build_id(search, link->id, found));
}

/* A file without an id cannot be told from another. */
static bool is_right(struct debug_file *supplement, const char *id)
{
	struct cursor cursor = cursor_at(debug_section(supplement, DEBUG_SUP), 3);
	struct link own = {0};
	if (cursor_left(&cursor) && read_link(&cursor, true, &own) && !strcmp(own.id, id))
		return true;
	char *build_id = elf_file_build_id(supplement->elf);
	bool same = build_id && !strcmp(build_id, id);
	free(build_id);
	return same;
}

static void note_missing(struct debug_file *file, const char *path, const char *why)
{
	char *text;
	if (asprintf(&text, "%s, which has what dwz moved out of it, %s", path, why) < 0)
		return;
	debug_note_problem(file, text);
	free(text);
}

static struct debug_file *open_supplement(struct debug_file *file, const struct link *link)
{
	struct found_file found;
	if (!find_file(file, link, &found)) {
		note_missing(file, link->path, "is not found");
		return NULL;
	}
	struct debug_file **place = vec_append(&file->info->others);
	if (!place) {
		found_file_close(&found);
		return NULL;
	}
	*place = debug_file_open(file->info, &found, DEBUG_LINKED);
	struct debug_file *supplement = *place;
	if (!supplement || !is_right(supplement, link->id)) {
		note_missing(
			file, link->path, supplement ? "is of another build" : "cannot be read");
		return NULL;
	}
	/* A chain of supplements is no more than a way to make us dizzy. */
	supplement->supplement_sought = true;
	return supplement;
}

struct debug_file *debug_supplement(struct debug_file *file)
{
	struct link link;
	if (file->supplement_sought)
		return file->supplement;
	file->supplement_sought = true;
	if (find_link(file, &link))
		file->supplement = open_supplement(file, &link);
	return file->supplement;
}
