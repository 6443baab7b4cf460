/* The files that are loaded into a target. */
#include "target/mapped.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

/* More than any program has; a target can make as many as it likes. */
#define FILES_MAX 10000

#define DELETED " (deleted)"
#define VDSO "[vdso]"

struct line {
	uint64_t start, end, offset;
	bool executable;
	dev_t device;
	ino_t inode;
	char *path; /* in the line */
};

/* 7ffff7fc9000-7ffff7fcb000 r-xp 00000000 fe:00 3145     /usr/lib/.../ld-linux-x86-64.so.2 */
static bool line_parse(char *text, struct line *line)
{
	unsigned device_major, device_minor;
	unsigned long inode;
	char permissions[5];
	int path = 0;

	if (sscanf(text, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %lu %n", &line->start,
		    &line->end, permissions, &line->offset, &device_major, &device_minor, &inode,
		    &path) != 7 ||
		!path)
		return false;
	text[strcspn(text, "\n")] = '\0';
	line->executable = permissions[2] == 'x';
	line->device = makedev(device_major, device_minor);
	line->inode = inode;
	line->path = text + path;
	return *line->path == '/' || !strcmp(line->path, VDSO);
}

/* A file that begins anew where the one before has not ended is loaded twice. */
static bool goes_on(const struct mapped_file *last, const struct line *line)
{
	return last && last->inode && last->inode == line->inode && last->device == line->device &&
	       line->offset > 0;
}

static bool cut_deleted(char *path)
{
	size_t length = strlen(path), suffix = strlen(DELETED);

	if (length <= suffix || strcmp(path + length - suffix, DELETED) != 0)
		return false;
	path[length - suffix] = '\0';
	return true;
}

static struct mapped_file *begin_file(struct mapped_files *files, const struct line *line)
{
	struct mapped_file *new = vec_append(files);

	if (!new)
		return NULL;
	*new = (struct mapped_file){
		.start = line->start,
		.device = line->device,
		.inode = line->inode,
		.path = strdup(line->path),
	};
	if (!new->path) {
		files->count--;
		return NULL;
	}
	new->deleted = cut_deleted(new->path);
	return new;
}

static void drop_last(struct mapped_files *files)
{
	free(files->items[--files->count].path);
}

/* A file of which nothing can run is data. */
static void end_file(struct mapped_files *files)
{
	if (files->count && !files->items[files->count - 1].code_end)
		drop_last(files);
}

static bool add_line(struct mapped_files *files, const struct line *line)
{
	struct mapped_file *file = files->count ? &files->items[files->count - 1] : NULL;

	if (!goes_on(file, line)) {
		end_file(files);
		file = begin_file(files, line);
	}
	if (!file)
		return false;
	file->end = line->end;
	if (!line->executable)
		return true;
	if (!file->code_end) {
		file->code = line->start;
		file->code_offset = line->offset;
	}
	file->code_end = line->end;
	return true;
}

struct ptmem_error *mapped_files_read(pid_t pid, struct mapped_files *files)
{
	char path[32], *text = NULL;
	size_t capacity = 0;
	bool enough = true;
	FILE *maps;

	snprintf(path, sizeof path, "/proc/%d/maps", pid);
	maps = fopen(path, "re");
	if (!maps)
		return error_proc(errno, path);
	mapped_files_deinit(files);
	while (enough && files->count < FILES_MAX && getline(&text, &capacity, maps) > 0) {
		struct line line;

		if (line_parse(text, &line))
			enough = add_line(files, &line);
	}
	end_file(files);
	free(text);
	fclose(maps);
	return enough ? NULL : &error_no_memory;
}

void mapped_files_deinit(struct mapped_files *files)
{
	while (files->count)
		drop_last(files);
	vec_deinit(files);
}
