/* What a program's file says of .eh_frame. */
#include "unwind/program.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool read_at(int fd, uint64_t offset, void *bytes, size_t size)
{
	return pread(fd, bytes, size, (off_t)offset) == (ssize_t)size;
}

static bool read_section(int fd, const Elf64_Ehdr *header, unsigned index, Elf64_Shdr *section)
{
	return index < header->e_shnum &&
	       read_at(fd, header->e_shoff + index * sizeof *section, section, sizeof *section);
}

/* Names are in a section of their own. */
static bool has_name(int fd, uint64_t names, const Elf64_Shdr *section, const char *name)
{
	char found[16] = "";

	pread(fd, found, sizeof found - 1, (off_t)(names + section->sh_name));
	return !strcmp(found, name);
}

static bool find_eh_frame(int fd, const Elf64_Ehdr *header, Elf64_Shdr *section)
{
	Elf64_Shdr names;

	if (header->e_shentsize != sizeof names ||
		!read_section(fd, header, header->e_shstrndx, &names))
		return false;
	for (unsigned i = 0; read_section(fd, header, i, section); i++)
		if (section->sh_flags & SHF_ALLOC &&
			has_name(fd, names.sh_offset, section, ".eh_frame"))
			return true;
	return false;
}

bool file_eh_frame(int fd, const Elf64_Ehdr *header, uint64_t *address, uint64_t *size)
{
	Elf64_Shdr section;

	if (!find_eh_frame(fd, header, &section))
		return false;
	*address = section.sh_addr;
	*size = section.sh_size;
	return true;
}

/* The link leads to the file itself, whatever became of its name. */
bool program_eh_frame(pid_t pid, const Elf64_Ehdr *header, uint64_t *address, uint64_t *size)
{
	Elf64_Ehdr own;
	char path[32];
	bool found;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	found = read_at(fd, 0, &own, sizeof own) && !memcmp(&own, header, sizeof own) &&
		file_eh_frame(fd, &own, address, size);
	close(fd);
	return found;
}
