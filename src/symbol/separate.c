/*
 * Finding an object's debug file.
 *
 *     .gnu_debuglink    name\0, zeros up to a multiple of 4, CRC-32 of the file
 */
#include "symbol/separate.h"

#include "symbol/crc32.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What is looked for, and for whom. */
struct quest {
	struct elf_file *object;
	const char *path; /* the object's, and its descriptor */
	int fd;
	const struct search *search;
	char *build_id;   /* NULL: it has none */
	const char *link; /* the name of the file that the object names, or NULL */
	uint32_t sum;     /* of that file */
	char *folder;     /* the object's */
	struct separate *separate;
};

static struct elf_bytes section_named(struct elf_file *file, const char *name)
{
	struct elf_bytes bytes = {0};

	for (size_t i = 0; i < elf_section_count(file); i++)
		if (!strcmp(elf_section(file, i)->name, name) && elf_section_bytes(file, i, &bytes))
			return bytes;
	return (struct elf_bytes){0};
}

/* A name with a slash in it would lead anywhere. */
static void read_link(struct quest *quest)
{
	struct elf_bytes link = section_named(quest->object, ".gnu_debuglink");
	size_t length = link.data ? strnlen((const char *)link.data, link.size) : 0;
	size_t at = (length + 1 + 3) & ~(size_t)3;

	if (!length || at + sizeof quest->sum > link.size || memchr(link.data, '/', length))
		return;
	memcpy(&quest->sum, link.data + at, sizeof quest->sum);
	quest->link = (const char *)link.data;
}

/* Without memory for it nothing is told. */
static void refuse(struct quest *quest, const char *path, const char *why)
{
	if (!quest->separate->refused &&
		asprintf(&quest->separate->refused, "%s: not taken for %s: it %s", path,
			quest->path, why) < 0)
		quest->separate->refused = NULL;
}

static bool is_object_itself(const struct quest *quest, int fd)
{
	struct stat own, other;

	return !fstat(quest->fd, &own) && !fstat(fd, &other) && own.st_dev == other.st_dev &&
	       own.st_ino == other.st_ino;
}

/* Without a build-id, only a sum tells that a file is the right one. */
static const char *why_not_same_build(
	const struct quest *quest, struct elf_file *file, bool is_linked)
{
	char *build_id = elf_file_build_id(file);
	const char *why = NULL;

	if (build_id ? quest->build_id && strcmp(build_id, quest->build_id) : !is_linked)
		why = "is of another build (build-id)";
	free(build_id);
	return why;
}

static bool has_something(const struct elf_file *file)
{
	for (size_t i = 0; i < elf_section_count(file); i++) {
		const struct elf_section *section = elf_section(file, i);

		if (section->in_file &&
			(section->kind == ELF_SECTION_SYMTAB || elf_section_is_debug_info(section)))
			return true;
	}
	return false;
}

/* NULL where a file is what was looked for; else why it is not. */
static const char *why_not(const struct quest *quest, struct elf_file *file, bool is_linked)
{
	const char *why = why_not_same_build(quest, file, is_linked);

	if (!why && !has_something(file))
		why = "has no debug info";
	if (!why && elf_file_load_end(file) &&
		elf_file_load_start(file) != elf_file_load_start(quest->object))
		why = "has other addresses: the object was prelinked";
	return why;
}

/* Takes the file over; whether it was the right one. */
static bool try_file(struct quest *quest, struct found_file *found, bool is_linked)
{
	struct elf_file *file = NULL;
	struct ptmem_error *error;
	const char *why = NULL;
	uint32_t sum;

	if (is_object_itself(quest, found->fd)) {
		found_file_close(found);
		return false;
	}
	if (is_linked && (!crc32_of_file(found->fd, &sum) || sum != quest->sum))
		why = "does not have the CRC that .gnu_debuglink says";
	error = why ? NULL : elf_file_open_any(found->path, found->fd, &file);
	if (!why)
		why = error ? "cannot be read as an ELF file" : why_not(quest, file, is_linked);
	error_free(error);
	if (!why) {
		elf_file_adopt_place(file, quest->object);
		quest->separate->found = *found;
		quest->separate->elf = file;
		return true;
	}
	refuse(quest, found->path, why);
	elf_file_close(file);
	found_file_close(found);
	return false;
}

static bool find_by_build_id(struct quest *quest)
{
	struct found_file found;

	for (size_t i = 0; quest->build_id && i < search_tree_count(quest->search); i++)
		if (search_tree_build_id(quest->search, i, quest->build_id, &found) &&
			try_file(quest, &found, false))
			return true;
	return false;
}

/* Beside the object, or below it in a folder of this name. */
static bool find_beside(struct quest *quest, const char *folder)
{
	struct found_file found;
	char *path;
	bool there;

	if (asprintf(&path, "%s/%s%s", quest->folder, folder, quest->link) < 0)
		return false;
	there = search_path(quest->search, path, &found);
	free(path);
	return there && try_file(quest, &found, true);
}

/* As the object's folder below each tree. */
static bool find_in_trees(struct quest *quest)
{
	struct found_file found;
	bool taken = false;
	char *path;

	if (asprintf(&path, "%s/%s", quest->folder, quest->link) < 0)
		return false;
	for (size_t i = 0; !taken && i < search_tree_count(quest->search); i++)
		taken = search_tree(quest->search, i, path + strspn(path, "/"), &found) &&
			try_file(quest, &found, true);
	free(path);
	return taken;
}

static bool find_by_link(struct quest *quest)
{
	return quest->link &&
	       (find_beside(quest, "") || find_beside(quest, ".debug/") || find_in_trees(quest));
}

static bool find_on_server(struct quest *quest)
{
	struct found_file found;

	return quest->build_id && search_server(quest->search, quest->build_id, &found) &&
	       try_file(quest, &found, false);
}

/* What a server does not answer is told like a file that was refused: once. */
static void note_server(struct quest *quest)
{
	struct debug_server *server = quest->search->options->server;
	char *problem = server ? debug_server_take_problem(server) : NULL;

	if (quest->separate->refused)
		free(problem);
	else
		quest->separate->refused = problem;
}

struct ptmem_error *separate_find(struct elf_file *object, const char *path, int fd,
	const struct search *search, struct separate *separate)
{
	const char *slash = strrchr(path, '/');
	struct separate new = {.found = {.fd = -1}};
	struct quest quest = {
		.object = object, .path = path, .fd = fd, .search = search, .separate = &new};

	quest.folder = strndup(path, slash ? (size_t)(slash - path) : 0);
	if (!quest.folder)
		return &error_no_memory;
	quest.build_id = elf_file_build_id(object);
	read_link(&quest);
	if (!find_by_build_id(&quest) && !find_by_link(&quest) && !find_on_server(&quest))
		note_server(&quest);
	free(quest.build_id);
	free(quest.folder);
	*separate = new;
	return NULL;
}

void separate_close(struct separate *separate)
{
	elf_file_close(separate->elf);
	found_file_close(&separate->found);
	free(separate->refused);
	*separate = (struct separate){.found = {.fd = -1}};
}
