/* An object as it lies in a target's memory. */
#include "target/memory_image.h"

#include "base/memory_file.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEADERS_MAX 64
#define SIZE_MAX_LOADED (UINT64_C(1) << 30)
#define CHUNK (64 * 1024)

struct memory_image {
	const struct target_memory *memory;
	uint64_t start, bias;
	Elf64_Ehdr header;
	Elf64_Phdr segments[HEADERS_MAX];
	int fd;
};

static bool read_headers(struct memory_image *image)
{
	const struct target_memory *memory = image->memory;
	size_t size;

	if (target_read_some(memory, target_address(image->start), &image->header,
		    sizeof image->header) != sizeof image->header ||
		memcmp(image->header.e_ident, ELFMAG, SELFMAG) != 0 ||
		image->header.e_phentsize != sizeof *image->segments || !image->header.e_phnum ||
		image->header.e_phnum > HEADERS_MAX)
		return false;
	size = image->header.e_phnum * sizeof *image->segments;
	return target_read_some(memory, target_address(image->start + image->header.e_phoff),
		       image->segments, size) == size;
}

/* The first segment to be loaded is where the file begins. */
static bool find_bias(struct memory_image *image)
{
	for (size_t i = 0; i < image->header.e_phnum; i++) {
		const Elf64_Phdr *segment = &image->segments[i];

		if (segment->p_type != PT_LOAD)
			continue;
		image->bias = image->start - (segment->p_vaddr - segment->p_offset);
		return true;
	}
	return false;
}

static bool copy(const struct memory_image *image, uint64_t from, uint64_t offset, uint64_t size)
{
	char *bytes = malloc(CHUNK);
	bool written = bytes;

	while (written && size) {
		size_t part = size < CHUNK ? size : CHUNK;

		memset(bytes, 0, part);
		target_read_some(image->memory, target_address(from), bytes, part);
		written = memory_file_write(image->fd, bytes, part, offset);
		from += part;
		offset += part;
		size -= part;
	}
	free(bytes);
	return written;
}

static bool copy_segment(const struct memory_image *image, const Elf64_Phdr *segment)
{
	return segment->p_filesz <= SIZE_MAX_LOADED && segment->p_offset <= SIZE_MAX_LOADED &&
	       copy(image, image->bias + segment->p_vaddr, segment->p_offset, segment->p_filesz);
}

/* Whether the dynamic linker has replaced a file's address by one in memory. */
static bool is_pointer(int64_t tag)
{
	switch (tag) {
	case DT_HASH:
	case DT_GNU_HASH:
	case DT_STRTAB:
	case DT_SYMTAB:
	case DT_VERSYM:
		return true;
	default:
		return false;
	}
}

/* Addresses in the dynamic section are the file's again. */
static bool restore_dynamic(const struct memory_image *image, const Elf64_Phdr *segment)
{
	uint64_t count = segment->p_filesz / sizeof(Elf64_Dyn);

	for (uint64_t i = 0; i < count && i < 512; i++) {
		off_t at = (off_t)(segment->p_offset + i * sizeof(Elf64_Dyn));
		Elf64_Dyn entry;

		if (pread(image->fd, &entry, sizeof entry, at) != sizeof entry)
			return false;
		if (!is_pointer(entry.d_tag) || entry.d_un.d_ptr < image->start)
			continue;
		entry.d_un.d_ptr -= image->bias;
		if (!memory_file_write(image->fd, &entry, sizeof entry, (uint64_t)at))
			return false;
	}
	return true;
}

/* Sections are not loaded. */
static bool write_header(struct memory_image *image)
{
	image->header.e_shoff = image->header.e_shnum = image->header.e_shstrndx = 0;
	return memory_file_write(image->fd, &image->header, sizeof image->header, 0);
}

static bool fill(struct memory_image *image)
{
	bool filled = true;

	for (size_t i = 0; filled && i < image->header.e_phnum; i++)
		if (image->segments[i].p_type == PT_LOAD)
			filled = copy_segment(image, &image->segments[i]);
	for (size_t i = 0; filled && i < image->header.e_phnum; i++)
		if (image->segments[i].p_type == PT_DYNAMIC)
			filled = restore_dynamic(image, &image->segments[i]);
	return filled && write_header(image);
}

int memory_image_open(const struct target_memory *memory, const struct mapped_file *file)
{
	struct memory_image image = {.memory = memory, .start = file->start, .fd = -1};

	if (!read_headers(&image) || !find_bias(&image))
		return -1;
	image.fd = memory_file_create("ptmem-object");
	if (image.fd >= 0 && !fill(&image)) {
		close(image.fd);
		image.fd = -1;
	}
	return image.fd;
}
