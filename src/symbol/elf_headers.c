/* The sections of a file that has none. */
#include "symbol/elf_headers.h"

#include "symbol/debug_bytes.h"

/* What .eh_frame_hdr may say of where .eh_frame is: from here on, in 32 bits with a sign. */
#define FROM_HERE_IN_32_BITS 0x1b

struct headers {
	struct elf_bytes file;
	const Elf64_Phdr *segments;
	size_t count;
	struct elf_sections *sections;
	bool enough;
};

/* What the dynamic section says of the symbols; 0 where it does not. */
struct dynamic {
	uint64_t symbols, strings, strings_size, hash, gnu_hash;
};

static bool within(const struct headers *headers, uint64_t offset, uint64_t size)
{
	return offset <= headers->file.size && size <= headers->file.size - offset;
}

/* Where what is loaded at an address is in the file, and how much of that segment follows. */
static bool offset_of(
	const struct headers *headers, uint64_t address, uint64_t *offset, uint64_t *room)
{
	for (size_t i = 0; i < headers->count; i++) {
		const Elf64_Phdr *segment = &headers->segments[i];
		uint64_t into = address - segment->p_vaddr;

		if (segment->p_type != PT_LOAD || address < segment->p_vaddr ||
			into >= segment->p_filesz ||
			!within(headers, segment->p_offset, segment->p_filesz))
			continue;
		*offset = segment->p_offset + into;
		*room = segment->p_filesz - into;
		return true;
	}
	return false;
}

static struct cursor cursor_of(const struct headers *headers, uint64_t address)
{
	uint64_t offset, room;

	if (!offset_of(headers, address, &offset, &room))
		return (struct cursor){.bad = true};
	return cursor_at((struct elf_bytes){headers->file.data, offset + room}, offset);
}

static void add(struct headers *headers, struct elf_section section)
{
	struct elf_section *new = vec_append(headers->sections);

	headers->enough &= new != NULL;
	if (new)
		*new = section;
}

/* What is loaded at this address, as far as it is in the file. */
static void add_loaded(struct headers *headers, struct elf_section section)
{
	uint64_t room;

	if (!offset_of(headers, section.address, &section.offset, &room))
		return;
	if (section.size > room)
		section.size = room;
	section.in_file = section.by_headers = true;
	add(headers, section);
}

static void add_code(struct headers *headers, const Elf64_Phdr *segment)
{
	add_loaded(headers, (struct elf_section){
				    .name = ".text",
				    .address = segment->p_vaddr,
				    .size = segment->p_filesz,
				    .executable = true,
			    });
}

/* Of several notes in one segment. A note: three sizes, the name and the content, each padded. */
static void add_notes(struct headers *headers, const Elf64_Phdr *segment)
{
	uint64_t at = segment->p_offset, end = segment->p_offset + segment->p_filesz;
	Elf64_Nhdr head;

	if (!within(headers, segment->p_offset, segment->p_filesz))
		return;
	while (end - at >= sizeof head) {
		uint64_t size;

		memcpy(&head, headers->file.data + at, sizeof head);
		size = sizeof head + ((head.n_namesz + UINT64_C(3)) & ~UINT64_C(3)) +
		       ((head.n_descsz + UINT64_C(3)) & ~UINT64_C(3));
		if (size > end - at)
			break;
		if (head.n_type == NT_GNU_BUILD_ID)
			add(headers, (struct elf_section){
					     .name = ".note.gnu.build-id",
					     .size = size,
					     .offset = at,
					     .in_file = true,
					     .by_headers = true,
				     });
		at += size;
	}
}

/* A version, three encodings, and where .eh_frame is: it ends by itself. */
static void add_frames(struct headers *headers, const Elf64_Phdr *segment)
{
	struct cursor cursor = cursor_of(headers, segment->p_vaddr);
	uint64_t version = cursor_fixed(&cursor, 1), encoding = cursor_fixed(&cursor, 1);

	cursor_skip(&cursor, 2);
	if (version != 1 || encoding != FROM_HERE_IN_32_BITS)
		return;
	int32_t distance = (int32_t)cursor_fixed(&cursor, 4);
	if (!cursor.bad)
		add_loaded(headers,
			(struct elf_section){
				.name = ".eh_frame",
				.address = segment->p_vaddr + 4 + (uint64_t)(int64_t)distance,
				.size = UINT64_MAX,
			});
}

static struct dynamic read_dynamic(const struct headers *headers, const Elf64_Phdr *segment)
{
	struct dynamic dynamic = {0};

	for (uint64_t at = 0; segment->p_filesz - at >= sizeof(Elf64_Dyn);
		at += sizeof(Elf64_Dyn)) {
		Elf64_Dyn entry;

		memcpy(&entry, headers->file.data + segment->p_offset + at, sizeof entry);
		switch (entry.d_tag) {
		case DT_NULL:
			return dynamic;
		case DT_SYMTAB:
			dynamic.symbols = entry.d_un.d_ptr;
			break;
		case DT_STRTAB:
			dynamic.strings = entry.d_un.d_ptr;
			break;
		case DT_STRSZ:
			dynamic.strings_size = entry.d_un.d_val;
			break;
		case DT_HASH:
			dynamic.hash = entry.d_un.d_ptr;
			break;
		case DT_GNU_HASH:
			dynamic.gnu_hash = entry.d_un.d_ptr;
			break;
		default:
			break;
		}
	}
	return dynamic;
}

/* The older hash table has a chain entry for each symbol. */
static uint64_t count_by_hash(const struct headers *headers, uint64_t address)
{
	struct cursor cursor = cursor_of(headers, address);

	cursor_skip(&cursor, 4);
	return cursor_fixed(&cursor, 4);
}

/*
 * The newer one: how many buckets, the first symbol in it, words of a filter and its shift; the
 * filter, the buckets, and a chain for each, whose last entry is odd. The last chain ends with
 * the last symbol.
 */
static uint64_t count_by_gnu_hash(const struct headers *headers, uint64_t address)
{
	struct cursor cursor = cursor_of(headers, address);
	uint64_t buckets = cursor_fixed(&cursor, 4), first = cursor_fixed(&cursor, 4);
	uint64_t words = cursor_fixed(&cursor, 4), last = 0;

	cursor_skip(&cursor, 4);
	cursor_skip(&cursor, words * 8);
	for (uint64_t i = 0; i < buckets && !cursor.bad; i++) {
		uint64_t symbol = cursor_fixed(&cursor, 4);

		last = symbol > last ? symbol : last;
	}
	if (last < first)
		return first;
	cursor_skip(&cursor, (last - first) * 4);
	while (!cursor.bad && !(cursor_fixed(&cursor, 4) & 1))
		last++;
	return cursor.bad ? 0 : last + 1;
}

static void add_dynamic(struct headers *headers, const Elf64_Phdr *segment)
{
	size_t first = headers->sections->count;
	struct dynamic dynamic;
	uint64_t count;

	if (!within(headers, segment->p_offset, segment->p_filesz))
		return;
	dynamic = read_dynamic(headers, segment);
	count = dynamic.hash ? count_by_hash(headers, dynamic.hash)
			     : count_by_gnu_hash(headers, dynamic.gnu_hash);
	add_loaded(headers, (struct elf_section){
				    .name = ".dynstr",
				    .address = dynamic.strings,
				    .size = dynamic.strings_size,
			    });
	if (headers->sections->count == first)
		return;
	add_loaded(headers, (struct elf_section){
				    .name = ".dynsym",
				    .kind = ELF_SECTION_DYNSYM,
				    .address = dynamic.symbols,
				    .size = count * sizeof(Elf64_Sym),
				    .link = first,
			    });
	add(headers, (struct elf_section){
			     .name = ".dynamic",
			     .size = segment->p_filesz,
			     .offset = segment->p_offset,
			     .in_file = true,
			     .by_headers = true,
			     .link = first,
		     });
}

bool elf_headers_sections(struct elf_bytes file, const Elf64_Phdr *segments, size_t count,
	struct elf_sections *sections)
{
	struct headers headers = {file, segments, count, sections, true};

	/* The first one is empty, as in a file that has them. */
	add(&headers, (struct elf_section){.name = ""});
	for (size_t i = 0; i < count; i++) {
		const Elf64_Phdr *segment = &segments[i];

		if (segment->p_type == PT_LOAD && segment->p_flags & PF_X)
			add_code(&headers, segment);
		else if (segment->p_type == PT_NOTE)
			add_notes(&headers, segment);
		else if (segment->p_type == PT_GNU_EH_FRAME)
			add_frames(&headers, segment);
		else if (segment->p_type == PT_DYNAMIC)
			add_dynamic(&headers, segment);
	}
	return headers.enough;
}
