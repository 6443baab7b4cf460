/* What is mapped where in the target. */
#include "target/maps.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Entries of an auxiliary vector, at most: the kernel has room for some 26. */
#define AUXV_MAX 64

/* 7ffff7fc9000-7ffff7fcb000 r-xp 00000000 fe:00 3145     /usr/lib/.../ld-linux-x86-64.so.2 */
static bool mapping_parse(const char *line, struct mapping *mapping)
{
	char permissions[5];
	unsigned long inode;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*x %*x:%*x %lu", &mapping->start,
		    &mapping->end, permissions, &inode) != 4)
		return false;
	mapping->executable = permissions[2] == 'x';
	mapping->shared = permissions[3] == 's';
	mapping->of_file = inode != 0;
	return true;
}

static struct ptmem_error *maps_read_file(const char *path, struct maps *maps)
{
	char *line = NULL;
	size_t capacity = 0;
	FILE *file = fopen(path, "re");

	if (!file)
		return error_proc(errno, path);
	maps->count = 0;
	while (getline(&line, &capacity, file) > 0) {
		struct mapping mapping;
		struct mapping *new;

		if (!mapping_parse(line, &mapping))
			continue;
		new = vec_append(maps);
		if (!new)
			break;
		*new = mapping;
	}
	free(line);
	fclose(file);
	return NULL;
}

/* Through any thread that still has its memory. */
static struct ptmem_error *maps_read_threads(pid_t pid, struct maps *maps)
{
	char path[64];
	struct ptmem_error *error = NULL;
	const struct dirent *entry;
	DIR *threads;

	snprintf(path, sizeof path, "/proc/%d/task", pid);
	threads = opendir(path);
	while (threads && !error && !maps->count && (entry = readdir(threads))) {
		snprintf(path, sizeof path, "/proc/%d/task/%d/maps", pid, atoi(entry->d_name));
		error = maps_read_file(path, maps);
		if (error_is(error, ERROR_GONE))
			error = NULL;
	}
	if (threads)
		closedir(threads);
	return error;
}

struct ptmem_error *maps_read(pid_t pid, struct maps *maps)
{
	char path[32];
	struct ptmem_error *error;

	snprintf(path, sizeof path, "/proc/%d/maps", pid);
	error = maps_read_file(path, maps);
	return error || maps->count ? error : maps_read_threads(pid, maps);
}

void maps_deinit(struct maps *maps)
{
	vec_deinit(maps);
}

const struct mapping *maps_at(const struct maps *maps, struct target_address address)
{
	size_t low = 0, high = maps->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (maps->items[middle].end <= address.value)
			low = middle + 1;
		else
			high = middle;
	}
	return low < maps->count && maps->items[low].start <= address.value ? &maps->items[low]
									    : NULL;
}

uint64_t target_auxv(pid_t pid, uint64_t type)
{
	char path[32];
	ElfW(auxv_t) entries[AUXV_MAX];
	ssize_t size;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/auxv", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	size = read(fd, entries, sizeof entries);
	close(fd);
	for (ssize_t i = 0; i < size / (ssize_t)sizeof *entries; i++)
		if (entries[i].a_type == type)
			return entries[i].a_un.a_val;
	return 0;
}
