/* Sections made from program headers. */
#include "symbol/elf_segments.h"

#include <stdlib.h>
#include <string.h>

/* Those in use have 8 to 20 bytes. */
#define BUILD_ID_MAX 64

/* Of the dynamic section, as many entries as are looked at. */
#define DYNAMIC_MAX 4096

struct dynamic {
	uint64_t symbols, strings, strings_size, hash, gnu_hash;
};

/* Where nothing lies all is 0. */
static struct elf_bytes file_bytes(const struct elf_image *image, uint64_t offset, uint64_t size)
{
	if (offset >= image->bytes.size)
		return (struct elf_bytes){0};
	if (size > image->bytes.size - offset)
		size = image->bytes.size - offset;
	return (struct elf_bytes){image->bytes.data + offset, size};
}

struct elf_bytes elf_segments_at(const struct elf_image *image, uint64_t address)
{
	for (size_t i = 0; i < image->segments.count; i++) {
		const Elf64_Phdr *segment = &image->segments.items[i];
		uint64_t into = address - segment->p_vaddr;

		if (segment->p_type == PT_LOAD && address >= segment->p_vaddr &&
			into < segment->p_filesz && into <= UINT64_MAX - segment->p_offset)
			return file_bytes(
				image, segment->p_offset + into, segment->p_filesz - into);
	}
	return (struct elf_bytes){0};
}

static bool read_32(struct elf_bytes bytes, uint64_t at, uint32_t *value)
{
	if (at > bytes.size || bytes.size - at < sizeof *value)
		return false;
	memcpy(value, bytes.data + at, sizeof *value);
	return true;
}

static void note_entry(struct dynamic *dynamic, const Elf64_Dyn *entry)
{
	switch (entry->d_tag) {
	case DT_SYMTAB:
		dynamic->symbols = entry->d_un.d_ptr;
		break;
	case DT_STRTAB:
		dynamic->strings = entry->d_un.d_ptr;
		break;
	case DT_STRSZ:
		dynamic->strings_size = entry->d_un.d_val;
		break;
	case DT_HASH:
		dynamic->hash = entry->d_un.d_ptr;
		break;
	case DT_GNU_HASH:
		dynamic->gnu_hash = entry->d_un.d_ptr;
		break;
	}
}

static struct dynamic read_dynamic(const struct elf_image *image, const Elf64_Phdr *segment)
{
	struct elf_bytes bytes = file_bytes(image, segment->p_offset, segment->p_filesz);
	struct dynamic dynamic = {0};

	for (size_t i = 0; i < DYNAMIC_MAX && i < bytes.size / sizeof(Elf64_Dyn); i++) {
		Elf64_Dyn entry;

		memcpy(&entry, bytes.data + i * sizeof entry, sizeof entry);
		if (entry.d_tag == DT_NULL)
			break;
		note_entry(&dynamic, &entry);
	}
	return dynamic;
}

/* The highest index that a bucket leads to, or 0. */
static uint32_t highest_bucket(struct elf_bytes table, uint64_t buckets, uint32_t count)
{
	uint32_t highest = 0, first;

	for (uint64_t i = 0; i < count && read_32(table, buckets + i * 4, &first); i++)
		if (first > highest)
			highest = first;
	return highest;
}

/*
 * The GNU table has no count: the last chain's end is the last symbol.
 *
 *     buckets' count, first symbol, bloom's count, shift, bloom (8 bytes each), buckets, chains
 */
static uint64_t count_by_gnu_hash(struct elf_bytes table)
{
	uint32_t count, first, bloom, link = 0;
	uint64_t buckets, index;

	if (!read_32(table, 0, &count) || !read_32(table, 4, &first) || !read_32(table, 8, &bloom))
		return 0;
	buckets = 16 + (uint64_t)bloom * 8;
	index = highest_bucket(table, buckets, count);
	if (index < first)
		return first;
	while (read_32(table, buckets + ((uint64_t)count + index - first) * 4, &link)) {
		index++;
		if (link & 1)
			return index;
	}
	return 0;
}

/* Of the older table, the second word is the count. */
static uint64_t count_symbols(const struct elf_image *image, const struct dynamic *dynamic)
{
	uint32_t count;

	if (dynamic->hash && read_32(elf_segments_at(image, dynamic->hash), 4, &count))
		return count;
	return dynamic->gnu_hash ? count_by_gnu_hash(elf_segments_at(image, dynamic->gnu_hash)) : 0;
}

static bool add(struct elf_entries *entries, struct elf_section section, struct elf_bytes bytes)
{
	struct elf_entry *new = vec_append(entries);

	if (!new)
		return false;
	section.size = section.size ? section.size : bytes.size;
	section.in_file = bytes.data != NULL;
	*new = (struct elf_entry){section, bytes};
	return true;
}

static struct elf_bytes at_most(struct elf_bytes bytes, uint64_t size)
{
	bytes.size = bytes.size < size ? bytes.size : size;
	return bytes;
}

static bool add_dynamic(
	const struct elf_image *image, const Elf64_Phdr *segment, struct elf_entries *entries)
{
	struct dynamic dynamic = read_dynamic(image, segment);
	struct elf_bytes symbols = elf_segments_at(image, dynamic.symbols);
	struct elf_bytes strings =
		at_most(elf_segments_at(image, dynamic.strings), dynamic.strings_size);
	uint64_t count = count_symbols(image, &dynamic);

	if (!symbols.data || !strings.data || !count)
		return true;
	if (count > symbols.size / sizeof(Elf64_Sym))
		count = symbols.size / sizeof(Elf64_Sym);
	size_t names = entries->count;
	return add(entries, (struct elf_section){.name = ".dynstr", .address = dynamic.strings},
		       strings) &&
	       add(entries,
		       (struct elf_section){.name = ".dynsym",
			       .kind = ELF_SECTION_DYNSYM,
			       .address = dynamic.symbols,
			       .link = names},
		       at_most(symbols, count * sizeof(Elf64_Sym))) &&
	       add(entries, (struct elf_section){.name = ".dynamic", .link = names},
		       file_bytes(image, segment->p_offset, segment->p_filesz));
}

/*
 * .eh_frame_hdr: version 1, three encodings, and where .eh_frame is, which all linkers write as 4
 * bytes from where that stands. How long it is nobody says: it has an end of its own.
 */
static bool add_frames(
	const struct elf_image *image, const Elf64_Phdr *segment, struct elf_entries *entries)
{
	struct elf_bytes head = elf_segments_at(image, segment->p_vaddr);
	struct elf_bytes frames;
	uint64_t address;
	uint32_t offset;

	if (head.size < 8 || head.data[0] != 1 || head.data[1] != 0x1b ||
		!read_32(head, 4, &offset))
		return true;
	address = segment->p_vaddr + 4 + (uint64_t)(int64_t)(int32_t)offset;
	frames = elf_segments_at(image, address);
	return !frames.data ||
	       add(entries, (struct elf_section){.name = ".eh_frame", .address = address}, frames);
}

static bool add_code(
	const struct elf_image *image, const Elf64_Phdr *segment, struct elf_entries *entries)
{
	return add(entries,
		(struct elf_section){.name = "",
			.address = segment->p_vaddr,
			.size = segment->p_filesz,
			.executable = true},
		file_bytes(image, segment->p_offset, segment->p_filesz));
}

bool elf_segments_list(const struct elf_image *image, struct elf_entries *entries)
{
	bool enough = add(entries, (struct elf_section){.name = ""}, (struct elf_bytes){0});

	for (size_t i = 0; enough && i < image->segments.count; i++) {
		const Elf64_Phdr *segment = &image->segments.items[i];

		if (segment->p_type == PT_LOAD && segment->p_flags & PF_X && segment->p_filesz)
			enough = add_code(image, segment, entries);
		else if (segment->p_type == PT_DYNAMIC)
			enough = add_dynamic(image, segment, entries);
		else if (segment->p_type == PT_GNU_EH_FRAME)
			enough = add_frames(image, segment, entries);
	}
	return enough;
}

static char *hex_of(const uint8_t *id, size_t size)
{
	char *hex = malloc(size * 2 + 1);

	for (size_t i = 0; hex && i < size; i++) {
		hex[i * 2] = "0123456789abcdef"[id[i] >> 4];
		hex[i * 2 + 1] = "0123456789abcdef"[id[i] & 15];
	}
	if (hex)
		hex[size * 2] = '\0';
	return hex;
}

static uint64_t round_up(uint64_t size, uint64_t alignment)
{
	return (size + alignment - 1) & ~(alignment - 1);
}

/* A note: sizes of name and content, type, name, content; each part is rounded up. */
char *elf_notes_build_id(struct elf_bytes notes, uint64_t alignment)
{
	uint64_t rounded = alignment == 8 ? 8 : 4;

	for (uint64_t at = 0; at < notes.size && notes.size - at >= sizeof(Elf64_Nhdr);) {
		Elf64_Nhdr head;
		uint64_t name = at + sizeof head, content, end;

		memcpy(&head, notes.data + at, sizeof head);
		content = name + round_up(head.n_namesz, 4);
		end = content + head.n_descsz;
		if (end > notes.size)
			break;
		if (head.n_type == NT_GNU_BUILD_ID && head.n_namesz == sizeof "GNU" &&
			!memcmp(notes.data + name, "GNU", sizeof "GNU") && head.n_descsz &&
			head.n_descsz <= BUILD_ID_MAX)
			return hex_of(notes.data + content, head.n_descsz);
		at = round_up(end, rounded);
	}
	return NULL;
}

char *elf_segments_build_id(const struct elf_image *image)
{
	char *build_id = NULL;

	for (size_t i = 0; !build_id && i < image->segments.count; i++) {
		const Elf64_Phdr *segment = &image->segments.items[i];

		if (segment->p_type == PT_NOTE)
			build_id = elf_notes_build_id(
				file_bytes(image, segment->p_offset, segment->p_filesz),
				segment->p_align);
	}
	return build_id;
}
