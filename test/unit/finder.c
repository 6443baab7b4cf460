/* Finds what is loaded into a process. */
#include "finder.h"

#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

void finder_deinit(struct finder *finder)
{
	mapped_files_deinit(&finder->files);
	while (finder->fd_count)
		close(finder->fds[--finder->fd_count]);
}

static bool read_part(const struct finder *finder, const struct mapped_file *file, int fd,
	uint64_t offset, void *bytes, size_t size)
{
	if (fd >= 0)
		return pread(fd, bytes, size, (off_t)offset) == (ssize_t)size;
	return target_read_some(
		       finder->memory, target_address(file->start + offset), bytes, size) == size;
}

/* From the segment that has the code which is mapped. */
static bool find_bias(
	const struct finder *finder, const struct mapped_file *file, int fd, uint64_t *bias)
{
	Elf64_Ehdr header;
	Elf64_Phdr segment;

	if (!read_part(finder, file, fd, 0, &header, sizeof header))
		return false;
	for (size_t i = 0; i < header.e_phnum; i++) {
		if (!read_part(finder, file, fd, header.e_phoff + i * sizeof segment, &segment,
			    sizeof segment))
			return false;
		if (segment.p_type != PT_LOAD || !(segment.p_flags & PF_X))
			continue;
		*bias = file->code - file->code_offset + segment.p_offset - segment.p_vaddr;
		return true;
	}
	return false;
}

static int open_file(struct finder *finder, const struct mapped_file *file)
{
	int fd = -1;

	if (file->inode && finder->fd_count < FINDER_FILES_MAX)
		fd = open(file->path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		finder->fds[finder->fd_count++] = fd;
	return fd;
}

const struct mapped_file *finder_file_at(const struct finder *finder, uint64_t address)
{
	for (size_t i = 0; i < finder->files.count; i++)
		if (address >= finder->files.items[i].start && address < finder->files.items[i].end)
			return &finder->files.items[i];
	return NULL;
}

bool finder_find(void *owner, uint64_t pc, struct unwind_image *image)
{
	struct finder *finder = owner;
	const struct mapped_file *file = finder_file_at(finder, pc);

	if (finder->is_blind)
		return false;
	if (!file) {
		error_free(mapped_files_read(finder->memory->pid, &finder->files));
		file = finder_file_at(finder, pc);
	}
	if (!file)
		return false;
	*image = (struct unwind_image){
		.start = file->start, .end = file->end, .fd = open_file(finder, file)};
	return find_bias(finder, file, image->fd, &image->bias);
}
