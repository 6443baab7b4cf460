/*
 * Line programs: opcodes that step through the code, and say at each step which line it is from.
 * What is kept is a row for each change, 12 bytes.
 */
#include "symbol/debug_lines.h"

#include <stdlib.h>

/* No line is the code's between this row and the next. */
#define NO_FILE UINT32_MAX

/* A row on the way, with its whole address. */
struct row {
	uint64_t address;
	uint32_t file, line;
};

struct machine {
	const struct line_header *header;
	struct debug_info *info;
	struct cursor cursor;
	uint64_t address, file, operation;
	uint64_t line;
	struct rows VEC(struct row) rows;
	size_t sequence; /* where the rows of the stretch of code being told of begin */
	bool statement;  /* rows begin statements now */
	struct statements VEC(uint64_t) statements;
	size_t sequence_statements; /* the same for them */
	bool out_of_memory;
};

static void reset(struct machine *machine)
{
	machine->address = machine->operation = 0;
	machine->file = machine->line = 1;
	machine->statement = machine->header->statements;
	machine->sequence = machine->rows.count;
	machine->sequence_statements = machine->statements.count;
}

/* Of several rows at one address the last one counts; of like ones the first. */
static void add_row(struct machine *machine, uint32_t file, uint32_t line)
{
	size_t count = machine->rows.count;
	struct row *last = count > machine->sequence ? &machine->rows.items[count - 1] : NULL;
	if (last && last->address == machine->address) {
		last->file = file;
		last->line = line;
		return;
	}
	if (last && last->file == file && last->line == line)
		return;
	struct row *new = vec_append(&machine->rows);
	machine->out_of_memory |= !new;
	if (new)
		*new = (struct row){machine->address, file, line};
}

static void add_statement(struct machine *machine)
{
	uint64_t *new = vec_append(&machine->statements);
	machine->out_of_memory |= !new;
	if (new)
		*new = machine->address;
}

static void add_line(struct machine *machine)
{
	if (machine->statement && machine->line)
		add_statement(machine);
	bool fits = machine->file < NO_FILE && machine->line <= INT32_MAX;
	add_row(machine, fits ? (uint32_t)machine->file : NO_FILE,
		fits ? (uint32_t)machine->line : 0);
}

/* Code that the linker threw away is told of as well: as being where none is. */
static void end_sequence(struct machine *machine)
{
	struct debug_info *info = machine->info;
	size_t count = machine->rows.count;
	add_row(machine, NO_FILE, 0);
	uint64_t start = count > machine->sequence ? machine->rows.items[machine->sequence].address
						   : UINT64_MAX;
	if (!start || start < info->code_start || machine->address > info->code_end) {
		machine->rows.count = machine->sequence;
		machine->statements.count = machine->sequence_statements;
	}
	reset(machine);
}

static void advance(struct machine *machine, uint64_t operations)
{
	const struct line_header *header = machine->header;
	uint64_t sum = machine->operation + operations;
	machine->address += header->minimum * (sum / header->operations);
	machine->operation = sum % header->operations;
}

static void special(struct machine *machine, unsigned opcode)
{
	unsigned adjusted = opcode - machine->header->opcode_base;
	advance(machine, adjusted / machine->header->line_range);
	machine->line += (uint64_t)(machine->header->line_base +
				    (int)(adjusted % machine->header->line_range));
	add_line(machine);
}

static void extended(struct machine *machine)
{
	uint64_t length = cursor_uleb(&machine->cursor);
	struct cursor inside = machine->cursor;
	cursor_skip(&machine->cursor, length);
	if (machine->cursor.bad || !length)
		return;
	inside.end = machine->cursor.at;
	switch (cursor_fixed(&inside, 1)) {
	case DW_LNE_end_sequence:
		end_sequence(machine);
		break;
	case DW_LNE_set_address:
		machine->address = cursor_fixed(&inside, 8);
		machine->operation = 0;
		machine->cursor.bad |= inside.bad;
		break;
	default:
		break;
	}
}

static void standard(struct machine *machine, unsigned opcode)
{
	struct cursor *cursor = &machine->cursor;
	const struct line_header *header = machine->header;
	switch (opcode) {
	case DW_LNS_copy:
		add_line(machine);
		break;
	case DW_LNS_advance_pc:
		advance(machine, cursor_uleb(cursor));
		break;
	case DW_LNS_advance_line:
		machine->line += (uint64_t)cursor_sleb(cursor);
		break;
	case DW_LNS_set_file:
		machine->file = cursor_uleb(cursor);
		break;
	case DW_LNS_negate_stmt:
		machine->statement = !machine->statement;
		break;
	case DW_LNS_const_add_pc:
		advance(machine, (255 - header->opcode_base) / header->line_range);
		break;
	case DW_LNS_fixed_advance_pc:
		machine->address += cursor_fixed(cursor, 2);
		machine->operation = 0;
		break;
	default:
		for (unsigned i = 0; i < header->lengths[opcode - 1] && !cursor->bad; i++)
			cursor_uleb(cursor);
	}
}

static void run(struct machine *machine)
{
	const struct line_header *header = machine->header;
	while (cursor_left(&machine->cursor) && !machine->out_of_memory) {
		unsigned opcode = (unsigned)cursor_fixed(&machine->cursor, 1);
		if (opcode >= header->opcode_base)
			special(machine, opcode);
		else if (opcode)
			standard(machine, opcode);
		else
			extended(machine);
	}
	/* A stretch that is not ended has rows of which the last has no end. */
	machine->rows.count = machine->sequence;
	machine->statements.count = machine->sequence_statements;
}

static int by_address(const void *a, const void *b)
{
	const struct row *left = a, *right = b;
	if (left->address != right->address)
		return left->address < right->address ? -1 : 1;
	/* The end of one stretch may be the start of the next. */
	return (right->file == NO_FILE) - (left->file == NO_FILE);
}

static void sort_rows(struct rows *rows)
{
	for (size_t i = 1; i < rows->count; i++) {
		if (by_address(&rows->items[i - 1], &rows->items[i]) > 0) {
			qsort(rows->items, rows->count, sizeof *rows->items, by_address);
			return;
		}
	}
}

static void keep_rows(const struct rows *rows, struct debug_lines *lines)
{
	if (!rows->count)
		return;
	lines->rows.items = calloc(rows->count, sizeof *lines->rows.items);
	if (!lines->rows.items)
		return;
	lines->base = rows->items[0].address;
	lines->rows.capacity = rows->count;
	for (size_t i = 0; i < rows->count; i++) {
		const struct row *row = &rows->items[i];
		if (row->address - lines->base > UINT32_MAX)
			break;
		lines->rows.items[lines->rows.count++] = (struct debug_line){
			(uint32_t)(row->address - lines->base), row->file, row->line};
	}
}

static int by_number(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
	return (left > right) - (left < right);
}

/* Each address once. */
static void keep_statements(const struct statements *statements, struct debug_lines *lines)
{
	uint64_t last = 0;
	if (!statements->count || !vec_copy(&lines->statements, statements))
		return;
	qsort(lines->statements.items, statements->count, sizeof last, by_number);
	lines->statements.count = 0;
	for (size_t i = 0; i < statements->count; i++) {
		uint64_t address = lines->statements.items[i];
		if (i && address == last)
			continue;
		lines->statements.items[lines->statements.count++] = last = address;
	}
}

static void read_lines(struct debug_unit *unit)
{
	struct line_header header;
	unit->lines_progress = DEBUG_READ;
	if (!line_table_of(unit, &header))
		return;
	struct machine machine = {
		.header = &header, .info = unit->file->info, .cursor = header.program};
	if (!header.line_range || !header.opcode_base || !header.operations) {
		debug_note_problem(unit->file, "a line table cannot be read");
		return;
	}
	reset(&machine);
	run(&machine);
	if (machine.cursor.bad)
		debug_note_problem(unit->file, "a line table is damaged");
	sort_rows(&machine.rows);
	keep_rows(&machine.rows, &unit->lines);
	keep_statements(&machine.statements, &unit->lines);
	vec_deinit(&machine.rows);
	vec_deinit(&machine.statements);
}

/* The last row that begins at or below the address. */
static const struct debug_line *find_row(const struct debug_lines *lines, uint64_t address)
{
	size_t low = 0, high = lines->rows.count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (lines->base + lines->rows.items[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &lines->rows.items[low - 1] : NULL;
}

const struct debug_lines *debug_unit_lines(struct debug_unit *unit)
{
	if (unit->lines_progress == DEBUG_UNREAD)
		read_lines(unit);
	return &unit->lines;
}

bool debug_unit_line(struct debug_unit *unit, uint64_t address, uint64_t *file, int *line)
{
	const struct debug_line *row = find_row(debug_unit_lines(unit), address);
	if (!row || row->file == NO_FILE)
		return false;
	*file = row->file;
	*line = (int)row->line;
	return true;
}
