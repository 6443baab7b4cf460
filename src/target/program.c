/* Finding a program to run. */
#include "target/program.h"

#include "arch/arch.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct ptmem_error *not_executable(const char *path, const char *why)
{
	return error_new(ERROR_NOT_EXECUTABLE, "%s: %s", path, why);
}

static bool is_executable_file(const char *path)
{
	struct stat stat_buffer;

	return !stat(path, &stat_buffer) && S_ISREG(stat_buffer.st_mode) && !access(path, X_OK);
}

/* The first executable file of this name in PATH; an empty entry is the working directory. */
static char *search_path(const char *name)
{
	const char *path = getenv("PATH");

	for (const char *entry = path ? path : _PATH_DEFPATH; entry;) {
		size_t length = strcspn(entry, ":");
		char *candidate;

		if (asprintf(&candidate, "%.*s%s%s", (int)length, entry, length ? "/" : "", name) <
			0)
			return NULL;
		if (is_executable_file(candidate))
			return candidate;
		free(candidate);
		entry = entry[length] ? entry + length + 1 : NULL;
	}
	return NULL;
}

struct ptmem_error *program_find(const char *name, char **path)
{
	char *found;

	if (!*name)
		return error_new(ERROR_NOT_FOUND, "the program's name is empty");
	if (!strchr(name, '/')) {
		found = search_path(name);
		if (!found)
			return error_new(ERROR_NOT_FOUND, "%s: not found in PATH%s", name,
				access(name, F_OK) ? "" : ": for the one here, give it as ./NAME");
	} else {
		if (access(name, F_OK))
			return error_new(errno == EACCES || errno == ENOTDIR ? ERROR_NOT_EXECUTABLE
									     : ERROR_NOT_FOUND,
				"%s: %s", name, strerror(errno));
		found = strdup(name);
	}
	if (!found)
		return &error_no_memory;
	*path = found;
	return NULL;
}

static struct ptmem_error *check_header(const char *path, const Elf64_Ehdr *header, ssize_t size)
{
	if (size >= 2 && !memcmp(header, "#!", 2))
		return NULL;
	if (size < SELFMAG || memcmp(header->e_ident, ELFMAG, SELFMAG))
		return not_executable(
			path, "neither an ELF program nor a script that begins with #!");
	if (size < (ssize_t)sizeof *header)
		return not_executable(path, "truncated ELF file");
	if (header->e_ident[EI_CLASS] != ELFCLASS64)
		return not_executable(path, "32-bit program: only 64-bit ones can be profiled");
	if (header->e_machine != arch->elf_machine)
		return error_new(ERROR_NOT_EXECUTABLE, "%s: built for another processor than %s",
			path, arch->name);
	if (header->e_type != ET_EXEC && header->e_type != ET_DYN)
		return not_executable(path, "an ELF file, but not a program");
	return NULL;
}

struct ptmem_error *program_check(const char *path)
{
	struct stat stat_buffer;
	Elf64_Ehdr header;
	ssize_t size;
	int fd;

	if (stat(path, &stat_buffer))
		return not_executable(path, strerror(errno));
	if (S_ISDIR(stat_buffer.st_mode))
		return not_executable(path, "is a directory");
	if (!S_ISREG(stat_buffer.st_mode))
		return not_executable(path, "is not a file");
	if (access(path, X_OK))
		return not_executable(path, "is not executable: chmod +x it");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL; /* it may be run without being read; execve(2) will say */
	size = read(fd, &header, sizeof header);
	close(fd);
	return check_header(path, &header, size);
}
