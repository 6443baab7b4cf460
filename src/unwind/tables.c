/* The ELF tables in the target's memory, and their tables. */
#include "unwind/tables.h"

#include "arch/arch.h"
#include "unwind/cfi.h"
#include "unwind/program.h"

#include <elf.h>
#include <string.h>

/* How many mappings an image may have below its code. */
#define MAPPINGS_BACK 16

#define HEADERS_MAX 64

/* What an entry costs to read, and the common part that it refers to. */
#define ENTRY_ANSWERS 64

/* Encodings of .eh_frame_hdr (Linux Standard Base, DWARF extensions): the usual ones. */
#define ENCODED_U4 0x03
#define ENCODED_TABLE 0x3b /* signed 32 bits, from the start of .eh_frame_hdr */

/* Where one is, and how far from its own addresses it was loaded. */
struct image {
	Elf64_Ehdr header;
	uint64_t bias;
};

struct eh_frame_hdr {
	uint8_t version, frame_encoding, count_encoding, table_encoding;
};

void tables_deinit(struct tables *tables)
{
	for (size_t i = 0; i < tables->found.count; i++)
		vec_deinit(&tables->found.items[i].entries);
	maps_deinit(&tables->maps);
	vec_deinit(&tables->found);
}

void tables_begin(struct tables *tables)
{
	tables->maps_are_fresh = false;
}

static const struct mapping *mapping_at(struct tables *tables, uint64_t address)
{
	const struct mapping *mapping = maps_at(&tables->maps, target_address(address));

	if (!mapping && !tables->maps_are_fresh) {
		tables->maps_are_fresh = true;
		error_free(maps_read(tables->pid, &tables->maps));
		mapping = maps_at(&tables->maps, target_address(address));
	}
	return mapping;
}

bool tables_executable(struct tables *tables, uint64_t address)
{
	const struct mapping *mapping = mapping_at(tables, address);

	return mapping && mapping->executable;
}

/* How many bytes a pointer of this encoding has; 0 where that varies. */
static unsigned encoded_size(uint8_t encoding)
{
	static const uint8_t sizes[16] = {8, 0, 2, 4, 8, 0, 0, 0, 0, 0, 2, 4, 8, 0, 0, 0};

	return sizes[encoding & 15];
}

/* A version, three encodings, where .eh_frame is, how many pairs, the pairs. */
bool table_read_header(struct view *view, struct table *table)
{
	struct eh_frame_hdr header;
	uint64_t count_at;
	uint32_t count;

	if (!view_read(view, table->header, &header, sizeof header) || header.version != 1 ||
		header.count_encoding != ENCODED_U4 || header.table_encoding != ENCODED_TABLE ||
		!encoded_size(header.frame_encoding))
		return false;
	count_at = table->header + sizeof header + encoded_size(header.frame_encoding);
	if (!view_read(view, count_at, &count, sizeof count))
		return false;
	table->pairs = count_at + sizeof count;
	table->pair_count = count;
	return true;
}

static bool read_segments(
	struct view *view, uint64_t base, const Elf64_Ehdr *header, Elf64_Phdr *segments)
{
	return !memcmp(header->e_ident, ELFMAG, SELFMAG) &&
	       header->e_ident[EI_CLASS] == ELFCLASS64 && header->e_machine == arch->elf_machine &&
	       header->e_phentsize == sizeof *segments && header->e_phnum <= HEADERS_MAX &&
	       view_read(
		       view, base + header->e_phoff, segments, header->e_phnum * sizeof *segments);
}

/* By start, for table_find(). */
static int compare_entries(const void *a, const void *b)
{
	const struct table_entry *left = a, *right = b;

	return (left->start > right->start) - (left->start < right->start);
}

/* One after the other, as .eh_frame has them; what cannot be read ends it. */
bool table_read_entries(struct view *view, uint64_t at, uint64_t size, struct table *table)
{
	uint64_t end = at + size, next;
	struct table_entry entry, *new;

	while (at < end) {
		view_extend(view, ENTRY_ANSWERS);
		entry.fde = at;
		if (!cfi_read(view, at, &entry.start, &next) || next > end)
			break;
		at = next;
		if (!entry.start)
			continue;
		new = vec_append(&table->entries);
		if (!new)
			return false;
		*new = entry;
	}
	qsort(table->entries.items, table->entries.count, sizeof entry, compare_entries);
	return table->entries.count > 0;
}

/* How far from its addresses the object was loaded, given where the start of its file is. */
static bool load_bias(const Elf64_Phdr *segments, unsigned count, uint64_t base, uint64_t *bias)
{
	for (unsigned i = 0; i < count; i++) {
		if (segments[i].p_type == PT_LOAD && segments[i].p_offset == 0) {
			*bias = base - segments[i].p_vaddr;
			return true;
		}
	}
	return false;
}

static void add_segment(struct table *table, const Elf64_Phdr *segment, uint64_t bias)
{
	uint64_t start = segment->p_vaddr + bias, end = start + segment->p_memsz;

	if (segment->p_type == PT_GNU_EH_FRAME)
		table->header = start;
	if (segment->p_type != PT_LOAD || end < start)
		return;
	if (start < table->start)
		table->start = start;
	if (end > table->end)
		table->end = end;
}

/* The image whose file begins to be mapped here, if it is one: its extent, no entries yet. */
static bool read_image(struct view *view, uint64_t base, struct image *image, struct table *table)
{
	Elf64_Phdr segments[HEADERS_MAX];
	const Elf64_Ehdr *header = &image->header;

	if (!view_read(view, base, &image->header, sizeof *header) ||
		!read_segments(view, base, header, segments) ||
		!load_bias(segments, header->e_phnum, base, &image->bias))
		return false;
	*table = (struct table){.start = UINT64_MAX};
	for (unsigned i = 0; i < header->e_phnum; i++)
		add_segment(table, &segments[i], image->bias);
	return true;
}

static bool read_table(const struct tables *tables, struct view *view, const struct image *image,
	struct table *table)
{
	uint64_t frames, size;

	if (table->header)
		return table_read_header(view, table);
	return program_eh_frame(tables->pid, &image->header, &frames, &size) &&
	       table_read_entries(view, frames + image->bias, size, table);
}

static bool table_covers(const struct table *table, uint64_t pc)
{
	return pc >= table->start && pc < table->end;
}

/* An image's first mapping shows its header; its code is in that or one of the next. */
static bool table_search(struct tables *tables, struct view *view, uint64_t pc, struct table *table)
{
	const struct mapping *mapping = mapping_at(tables, pc);
	struct image image;
	size_t below;

	if (!mapping || !mapping->executable)
		return false;
	below = (size_t)(mapping - tables->maps.items);
	for (size_t i = 0; i <= below && i < MAPPINGS_BACK; i++)
		if (read_image(view, mapping[-(ptrdiff_t)i].start, &image, table) &&
			table_covers(table, pc))
			return read_table(tables, view, &image, table);
	return false;
}

const struct table *tables_at(struct tables *tables, struct view *view, uint64_t pc)
{
	struct table table, *new;

	for (size_t i = 0; i < tables->found.count; i++)
		if (table_covers(&tables->found.items[i], pc))
			return &tables->found.items[i];
	if (!table_search(tables, view, pc, &table))
		return NULL;
	new = vec_append(&tables->found);
	if (new)
		*new = table;
	else
		vec_deinit(&table.entries);
	return new;
}

static uint64_t entry_count(const struct table *table)
{
	return table->header ? table->pair_count : table->entries.count;
}

static bool read_entry(
	const struct table *table, struct view *view, uint64_t index, struct table_entry *entry)
{
	int32_t pair[2];

	if (!table->header) {
		*entry = table->entries.items[index];
		return true;
	}
	if (!view_read(view, table->pairs + index * sizeof pair, pair, sizeof pair))
		return false;
	entry->start = table->header + (uint64_t)(int64_t)pair[0];
	entry->fde = table->header + (uint64_t)(int64_t)pair[1];
	return true;
}

bool table_find(const struct table *table, struct view *view, uint64_t pc, uint64_t *fde)
{
	uint64_t low = 0, high = entry_count(table);
	struct table_entry entry;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (!read_entry(table, view, middle, &entry))
			return false;
		if (entry.start <= pc)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || !read_entry(table, view, low - 1, &entry))
		return false;
	*fde = entry.fde;
	return true;
}
