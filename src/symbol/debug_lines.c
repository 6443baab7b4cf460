/*
 * Line programs: opcodes that step through the code, and say at each step which line it is from.
 * What is kept is a row for each change, 12 bytes. Where statements begin is asked for seldom, and
 * then the program is run once more.
 */
#include "symbol/debug_lines.h"

#include <stdlib.h>

/* No line is the code's between this row and the next. */
#define NO_FILE UINT32_MAX

/* What an opcode that has no arguments of its own does. */
struct step {
	uint8_t operations;
	int16_t lines;
};

struct machine {
	const struct line_header *header;
	struct debug_info *info;
	struct cursor cursor;
	uint64_t address, file, operation;
	uint64_t line;
	struct step steps[UINT8_MAX + 1];
	struct debug_lines *lines; /* what is gathered: rows, or where statements begin */
	bool gathers_statements;
	size_t sequence; /* where those of the stretch of code being told of begin */
	uint64_t start;  /* of that stretch; UINT64_MAX before its first row */
	bool statement;  /* rows begin statements now */
	bool out_of_memory;
};

static size_t count(const struct machine *machine)
{
	return machine->gathers_statements ? machine->lines->statements.count
					   : machine->lines->rows.count;
}

static void reset(struct machine *machine)
{
	machine->address = machine->operation = 0;
	machine->file = machine->line = 1;
	machine->statement = machine->header->statements;
	machine->sequence = count(machine);
	machine->start = UINT64_MAX;
}

/* What was gathered of this stretch is thrown away. */
static void drop_sequence(struct machine *machine)
{
	if (machine->gathers_statements)
		machine->lines->statements.count = machine->sequence;
	else
		machine->lines->rows.count = machine->sequence;
}

/* Rows have their distance from where all code begins; where there is more of it than that can
 * tell, from the first of them. */
static bool row_address(const struct machine *machine, uint32_t *address)
{
	struct debug_lines *lines = machine->lines;
	const struct debug_info *info = machine->info;
	if (!lines->rows.count)
		lines->base = info->code_end - info->code_start <= UINT32_MAX ? info->code_start
									      : machine->address;
	*address = (uint32_t)(machine->address - lines->base);
	return machine->address - lines->base <= UINT32_MAX;
}

/* Of several rows at one address the last one counts; of like ones the first. */
static void add_row(struct machine *machine, uint32_t file, uint32_t line)
{
	struct debug_lines *lines = machine->lines;
	size_t rows = lines->rows.count;
	struct debug_line *last = rows > machine->sequence ? &lines->rows.items[rows - 1] : NULL;
	uint32_t address;
	if (!row_address(machine, &address))
		return;
	if (last && last->address == address) {
		last->file = file;
		last->line = line;
		return;
	}
	if (last && last->file == file && last->line == line)
		return;
	struct debug_line *new = vec_append(&lines->rows);
	machine->out_of_memory |= !new;
	if (new)
		*new = (struct debug_line){address, file, line};
}

static void add_statement(struct machine *machine)
{
	uint64_t *new = vec_append(&machine->lines->statements);
	machine->out_of_memory |= !new;
	if (new)
		*new = machine->address;
}

static void add_line(struct machine *machine)
{
	if (machine->start == UINT64_MAX)
		machine->start = machine->address;
	if (machine->gathers_statements) {
		if (machine->statement && machine->line)
			add_statement(machine);
		return;
	}
	bool fits = machine->file < NO_FILE && machine->line <= INT32_MAX;
	add_row(machine, fits ? (uint32_t)machine->file : NO_FILE,
		fits ? (uint32_t)machine->line : 0);
}

/* Code that the linker threw away is told of as well: as being where none is. */
static void end_sequence(struct machine *machine)
{
	struct debug_info *info = machine->info;
	uint64_t start = machine->start;
	if (!machine->gathers_statements)
		add_row(machine, NO_FILE, 0);
	if (!start || start < info->code_start || machine->address > info->code_end)
		drop_sequence(machine);
	reset(machine);
}

static void advance(struct machine *machine, uint64_t operations)
{
	const struct line_header *header = machine->header;
	uint64_t sum = machine->operation + operations;
	if (header->operations == 1) {
		machine->address += header->minimum * operations;
		return;
	}
	machine->address += header->minimum * (sum / header->operations);
	machine->operation = sum % header->operations;
}

static void prepare_steps(struct machine *machine)
{
	const struct line_header *header = machine->header;
	unsigned operations = 0, lines = 0;
	for (unsigned opcode = header->opcode_base; opcode <= UINT8_MAX; opcode++) {
		machine->steps[opcode] = (struct step){
			(uint8_t)operations, (int16_t)(header->line_base + (int)lines)};
		if (++lines == header->line_range) {
			lines = 0;
			operations++;
		}
	}
}

static void special(struct machine *machine, const struct step *step)
{
	advance(machine, step->operations);
	machine->line += (uint64_t)step->lines;
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
			special(machine, &machine->steps[opcode]);
		else if (opcode)
			standard(machine, opcode);
		else
			extended(machine);
	}
	/* A stretch that is not ended has rows of which the last has no end. */
	drop_sequence(machine);
}

static int by_address(const void *a, const void *b)
{
	const struct debug_line *left = a, *right = b;
	if (left->address != right->address)
		return left->address < right->address ? -1 : 1;
	/* The end of one stretch may be the start of the next. */
	return (right->file == NO_FILE) - (left->file == NO_FILE);
}

static void sort_rows(struct debug_lines *lines)
{
	for (size_t i = 1; i < lines->rows.count; i++) {
		if (by_address(&lines->rows.items[i - 1], &lines->rows.items[i]) > 0) {
			qsort(lines->rows.items, lines->rows.count, sizeof *lines->rows.items,
				by_address);
			return;
		}
	}
}

static int by_number(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
	return (left > right) - (left < right);
}

/* Each address once. */
static void sort_statements(struct debug_lines *lines)
{
	size_t all = lines->statements.count;
	uint64_t last = 0;
	if (!all)
		return;
	qsort(lines->statements.items, all, sizeof last, by_number);
	lines->statements.count = 0;
	for (size_t i = 0; i < all; i++) {
		uint64_t address = lines->statements.items[i];
		if (i && address == last)
			continue;
		lines->statements.items[lines->statements.count++] = last = address;
	}
}

static void run_program(struct debug_unit *unit, bool statements)
{
	struct line_header header;
	if (!line_table_of(unit, &header))
		return;
	struct machine machine = {
		.header = &header,
		.info = unit->file->info,
		.cursor = header.program,
		.lines = &unit->lines,
		.gathers_statements = statements,
	};
	if (!header.line_range || !header.opcode_base || !header.operations) {
		debug_note_problem(unit->file, "a line table cannot be read");
		return;
	}
	prepare_steps(&machine);
	reset(&machine);
	run(&machine);
	if (machine.cursor.bad)
		debug_note_problem(unit->file, "a line table is damaged");
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

static const struct debug_lines *read_rows(struct debug_unit *unit)
{
	if (unit->lines_progress == DEBUG_UNREAD) {
		unit->lines_progress = DEBUG_READ;
		run_program(unit, false);
		sort_rows(&unit->lines);
	}
	return &unit->lines;
}

const struct debug_lines *debug_unit_lines(struct debug_unit *unit)
{
	if (unit->statements_progress == DEBUG_UNREAD) {
		unit->statements_progress = DEBUG_READ;
		run_program(unit, true);
		sort_statements(&unit->lines);
	}
	return read_rows(unit);
}

bool debug_unit_line(struct debug_unit *unit, uint64_t address, uint64_t *file, int *line)
{
	const struct debug_line *row = find_row(read_rows(unit), address);
	if (!row || row->file == NO_FILE)
		return false;
	*file = row->file;
	*line = (int)row->line;
	return true;
}
