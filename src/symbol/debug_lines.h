/* Line tables: their headers, the files that they name, and their programs. */
#ifndef PTMEM_SYMBOL_DEBUG_LINES_H
#define PTMEM_SYMBOL_DEBUG_LINES_H

#include "symbol/debug_internal.h"

struct line_header {
	struct debug_file *file;
	unsigned version, offset_size;
	unsigned minimum, operations; /* bytes of an instruction; operations in one */
	int line_base;
	unsigned line_range, opcode_base;
	bool statements;               /* lines begin statements where nothing else is said */
	const uint8_t *lengths;        /* how many arguments each standard opcode has, from 1 */
	struct cursor tables, program; /* the names, and what makes the lines */
};

/* False for what cannot be read. */
bool line_header_read(struct debug_file *file, uint64_t offset, struct line_header *header);

/* The table of a unit; false where it has none that can be read, which is noted. */
bool line_table_of(struct debug_unit *unit, struct line_header *header);

/* The files of a unit's own table, read when first asked for. */
const struct line_files *debug_unit_files(struct debug_unit *unit);

/* The path of one of them, absolute and folded; NULL where there is none. To free. */
char *line_file_path(struct debug_unit *unit, uint64_t number);

#endif
