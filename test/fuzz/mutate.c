/*
 * How the fuzzer changes the files of symbol.c: it keeps what leads to the sections, so that
 * what comes behind is reached, and changes what is in them, mostly in those with debug info.
 */
#include "pair.h"

#include <elf.h>
#include <stdbool.h>
#include <stdlib.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data, size_t size, const uint8_t *other,
	size_t other_size, uint8_t *out, size_t max_size, unsigned int seed);

#define FILE_MAX (1u << 20)
#define SECTIONS_MAX 256
#define GROWTH 64

/* A file being changed, in a buffer of FILE_MAX. */
struct file {
	uint8_t *data;
	size_t size;
	size_t headers; /* the offset of the section headers, and their number */
	unsigned count;
};

static uint32_t below(unsigned *seed, uint32_t limit)
{
	*seed = *seed * 1664525 + 1013904223;
	return limit ? (*seed >> 8) % limit : 0;
}

static Elf64_Shdr section(const struct file *file, unsigned index)
{
	Elf64_Shdr header;

	memcpy(&header, file->data + file->headers + index * sizeof header, sizeof header);
	return header;
}

static void set_section(struct file *file, unsigned index, const Elf64_Shdr *header)
{
	memcpy(file->data + file->headers + index * sizeof *header, header, sizeof *header);
}

static bool in_file(const struct file *file, const Elf64_Shdr *header)
{
	return header->sh_type != SHT_NOBITS && header->sh_size && header->sh_offset < file->size &&
	       header->sh_size <= file->size - header->sh_offset;
}

/* Finds the section headers; false where there are none. */
static bool parse(struct file *file)
{
	Elf64_Ehdr header;

	if (file->size < sizeof header || memcmp(file->data, ELFMAG, SELFMAG) != 0)
		return false;
	memcpy(&header, file->data, sizeof header);
	file->headers = header.e_shoff;
	file->count = header.e_shnum < SECTIONS_MAX ? header.e_shnum : SECTIONS_MAX;
	return file->count && header.e_shstrndx < file->count && file->headers < file->size &&
	       file->count * sizeof(Elf64_Shdr) <= file->size - file->headers;
}

static const char *section_name(const struct file *file, unsigned index)
{
	Elf64_Ehdr elf;
	memcpy(&elf, file->data, sizeof elf);
	Elf64_Shdr names = section(file, elf.e_shstrndx), header = section(file, index);

	if (!in_file(file, &names) || header.sh_name >= names.sh_size ||
		file->data[names.sh_offset + names.sh_size - 1])
		return "";
	return (const char *)file->data + names.sh_offset + header.sh_name;
}

static unsigned weight(const struct file *file, unsigned index)
{
	Elf64_Shdr header = section(file, index);
	const char *name = section_name(file, index);

	if (!in_file(file, &header))
		return 0;
	if (!strcmp(name, ".debug_info") || !strcmp(name, ".debug_abbrev"))
		return 32;
	return strstr(name, "debug") ? 16 : 2;
}

/* A section by weight; `count` where none has any. */
static unsigned choose_section(const struct file *file, unsigned *seed)
{
	uint32_t sum = 0, chosen;
	unsigned i;

	for (i = 0; i < file->count; i++)
		sum += weight(file, i);
	chosen = below(seed, sum);
	for (i = 0; i < file->count && sum; i++) {
		if (chosen < weight(file, i))
			return i;
		chosen -= weight(file, i);
	}
	return file->count;
}

/* Gives a section these bytes, at the end of the file where they are more than it had. */
static void replace(struct file *file, unsigned index, const uint8_t *bytes, size_t size)
{
	Elf64_Shdr header = section(file, index);

	if (size > header.sh_size && size > FILE_MAX - file->size)
		return;
	if (size > header.sh_size) {
		header.sh_offset = file->size;
		file->size += size;
	}
	memcpy(file->data + header.sh_offset, bytes, size);
	header.sh_size = size;
	set_section(file, index, &header);
}

/* What libFuzzer does to inputs, done to a section; it keeps its size, mostly. */
static void mutate_bytes(struct file *file, unsigned index, unsigned *seed)
{
	static uint8_t bytes[FILE_MAX];
	Elf64_Shdr header = section(file, index);
	size_t size = header.sh_size, limit = size;

	memcpy(bytes, file->data + header.sh_offset, size);
	if (below(seed, 4) == 0 && size + GROWTH < FILE_MAX)
		limit += GROWTH;
	size_t got = LLVMFuzzerMutate(bytes, size, limit);
	replace(file, index, bytes, limit == size && got < size ? size : got);
}

/* A number where one may be expected: sizes, offsets, counts, codes. */
static void put_number(struct file *file, unsigned index, unsigned *seed)
{
	static const uint64_t interesting[] = {0, 1, 2, 3, 4, 5, 8, 0x7f, 0x80, 0xff, 0x7fff,
		0xffff, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff, UINT64_MAX >> 1,
		UINT64_MAX};
	Elf64_Shdr header = section(file, index);
	size_t width = 1u << below(seed, 4);
	uint64_t number = interesting[below(seed, sizeof interesting / sizeof *interesting)];

	if (below(seed, 3) == 0)
		number = below(seed, (uint32_t)header.sh_size + 2);
	if (width > header.sh_size)
		return;
	memcpy(file->data + header.sh_offset + below(seed, (uint32_t)(header.sh_size - width + 1)),
		&number, width);
}

/* A piece of a section over another one of the same. */
static void copy_piece(struct file *file, unsigned index, unsigned *seed)
{
	Elf64_Shdr header = section(file, index);
	uint32_t size = 1 + below(seed, header.sh_size < 64 ? (uint32_t)header.sh_size : 64);
	uint32_t room = (uint32_t)header.sh_size - size + 1;
	uint8_t *start = file->data + header.sh_offset;

	memmove(start + below(seed, room), start + below(seed, room), size);
}

/* Any byte of a section's header, or of the file's. */
static void spoil_header(struct file *file, unsigned index, unsigned *seed)
{
	size_t start = file->headers + index * sizeof(Elf64_Shdr), size = sizeof(Elf64_Shdr);

	if (below(seed, 3) == 0)
		start = 0, size = 64 + 56 * 8;
	if (start + size > file->size)
		return;
	if (below(seed, 2))
		LLVMFuzzerMutate(file->data + start, size, size);
	else
		file->data[start + below(seed, (uint32_t)size)] ^= (uint8_t)(1u << below(seed, 8));
}

static void mutate(struct file *file, unsigned *seed)
{
	bool parsed = parse(file);
	unsigned index = parsed ? choose_section(file, seed) : 0;
	uint32_t how = below(seed, 100);

	if (!parsed || index >= file->count)
		file->size = LLVMFuzzerMutate(file->data, file->size, file->size);
	else if (how < 3)
		spoil_header(file, index, seed);
	else if (how < 25)
		put_number(file, index, seed);
	else if (how < 35)
		copy_piece(file, index, seed);
	else
		mutate_bytes(file, index, seed);
}

static struct file take(uint8_t *buffer, const uint8_t *data, size_t size)
{
	if (size > FILE_MAX)
		size = FILE_MAX;
	memcpy(buffer, data, size);
	return (struct file){.data = buffer, .size = size};
}

/* Both files, as an input; 0 where that is too much. */
static size_t join(const struct file *first, const struct file *second, uint8_t *out, size_t max)
{
	uint32_t size = (uint32_t)second->size;

	if (first->size + (size ? size + PAIR_TAIL : 0) > max)
		return 0;
	memcpy(out, first->data, first->size);
	if (!size)
		return first->size;
	memcpy(out + first->size, second->data, size);
	memcpy(out + first->size + size, PAIR_MAGIC, 4);
	memcpy(out + first->size + size + 4, &size, sizeof size);
	return first->size + size + PAIR_TAIL;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	static uint8_t buffers[2][FILE_MAX];
	size_t length = pair_first_size(data, size);
	struct file first = take(buffers[0], data, length);
	struct file second = take(buffers[1], data + length, pair_second_size(data, size));

	for (uint32_t times = 1 + below(&seed, 4); times; times--)
		mutate(second.size && below(&seed, 2) ? &second : &first, &seed);
	length = join(&first, &second, data, max_size);
	return length ? length : size;
}

/* A section of one file with what the section of that name has in another. */
static void borrow(struct file *file, const struct file *other, unsigned *seed)
{
	unsigned index = choose_section(file, seed);

	for (unsigned i = 0; i < other->count && index < file->count; i++) {
		Elf64_Shdr theirs = section(other, i);

		if (in_file(other, &theirs) &&
			!strcmp(section_name(file, index), section_name(other, i))) {
			replace(file, index, other->data + theirs.sh_offset, theirs.sh_size);
			return;
		}
	}
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *data, size_t size, const uint8_t *other,
	size_t other_size, uint8_t *out, size_t max_size, unsigned int seed)
{
	static uint8_t buffers[3][FILE_MAX];
	size_t length = pair_first_size(data, size);
	struct file first = take(buffers[0], data, length);
	struct file second = take(buffers[1], data + length, pair_second_size(data, size));
	struct file lender = take(buffers[2], other, pair_first_size(other, other_size));

	if (parse(&first) && parse(&lender))
		borrow(&first, &lender, &seed);
	return join(&first, &second, out, max_size);
}
