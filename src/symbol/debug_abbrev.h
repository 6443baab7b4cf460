/*
 * Abbreviation tables: what entries (DIEs) consist of. A table is read whole, checked, and
 * kept by the file for all units that share it.
 *
 *     (code tag children (attribute form [constant]) ... 0 0) ... 0
 */
#ifndef PTMEM_SYMBOL_DEBUG_ABBREV_H
#define PTMEM_SYMBOL_DEBUG_ABBREV_H

#include "base/map.h"
#include "base/vec.h"
#include "symbol/elf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sizes of values that the unit's header tells, or the value itself. */
#define ABBREV_OFFSET 253
#define ABBREV_REFERENCE 254 /* as wide as an address in DWARF 2 */
#define ABBREV_VARIES 255

struct abbrev_attribute {
	uint16_t name, form;
	int32_t constant; /* of DW_FORM_implicit_const */
	uint8_t size;     /* of a value, in bytes, or one of those above */
};

struct abbrev {
	uint64_t code;
	uint32_t first, count; /* among the table's attributes */
	uint16_t tag;
	bool children;
	bool sibling; /* it says where its children end */
	bool fixed;   /* all of it has a size that follows from the unit's header */
	/* That size: bytes, and how many offsets and references whose width the header tells. */
	uint32_t bytes, offsets, references;
};

struct abbrev_table {
	uint64_t offset;
	struct abbrev_items VEC(struct abbrev) items; /* by ascending code */
	struct abbrev_attributes VEC(struct abbrev_attribute) attributes;
	bool damaged; /* good up to the damage */
};

/* The tables of a file. Zeroed is empty. */
struct abbrev_tables {
	struct abbrev_table_list VEC(struct abbrev_table *) items;
	struct map by_offset;
	uint64_t spent; /* bytes read, over and over where a file is made to slow us down */
};

/* The table at an offset; NULL when out of memory, or where too much was read already. */
const struct abbrev_table *abbrev_tables_get(
	struct abbrev_tables *tables, struct elf_bytes section, uint64_t offset);
void abbrev_tables_deinit(struct abbrev_tables *tables);

/* What a code stands for, or NULL. */
const struct abbrev *abbrev_find(const struct abbrev_table *table, uint64_t code);

/*
 * Reads only as far as one code, into a table that the caller reuses from unit to unit.
 * NULL where the code is not there.
 */
const struct abbrev *abbrev_read_one(struct abbrev_tables *tables, struct elf_bytes section,
	uint64_t offset, uint64_t code, struct abbrev_table *table);
void abbrev_table_deinit(struct abbrev_table *table);

#endif
