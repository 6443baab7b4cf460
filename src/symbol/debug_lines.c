/*
 * Line programs: opcodes that step through the code, and say at each step which line it is from.
 * What is kept is a row for each change, 12 bytes. Where statements begin is asked for seldom, and
 * then the program is run once more.
 */
#include "symbol/debug_lines.h"

#include <stdlib.h>

/* No line is the code's between this row and the next. */
#define NO_FILE UINT32_MAX

/* Opcodes from one look at the clock to the next. */
#define LOOK_AT_CLOCK 4096

/* What an opcode that has no arguments of its own does. */
struct step {
	uint8_t operations;
	int16_t lines;
};

struct line_machine {
	struct line_header header;
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

static size_t count(const struct line_machine *machine)
{
	return machine->gathers_statements ? machine->lines->statements.count
					   : machine->lines->rows.count;
}

static void reset(struct line_machine *machine)
{
	machine->address = machine->operation = 0;
	machine->file = machine->line = 1;
	machine->statement = machine->header.statements;
	machine->sequence = count(machine);
	machine->start = UINT64_MAX;
}

/* What was gathered of this stretch is thrown away. */
static void drop_sequence(struct line_machine *machine)
{
	if (machine->gathers_statements)
		machine->lines->statements.count = machine->sequence;
	else
		machine->lines->rows.count = machine->sequence;
}

/* Rows have their distance from where all code begins; where there is more of it than that can
 * tell, from the first of them. */
static bool row_address(const struct line_machine *machine, uint32_t *address)
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
static void add_row(struct line_machine *machine, uint32_t file, uint32_t line)
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

static void add_statement(struct line_machine *machine)
{
	uint64_t *new = vec_append(&machine->lines->statements);
	machine->out_of_memory |= !new;
	if (new)
		*new = machine->address;
}

static void add_line(struct line_machine *machine)
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
static void end_sequence(struct line_machine *machine)
{
	struct debug_info *info = machine->info;
	uint64_t start = machine->start;
	if (!machine->gathers_statements)
		add_row(machine, NO_FILE, 0);
	if (!start || start < info->code_start || machine->address > info->code_end)
		drop_sequence(machine);
	reset(machine);
}

static void advance(struct line_machine *machine, uint64_t operations)
{
	const struct line_header *header = &machine->header;
	uint64_t sum = machine->operation + operations;
	if (header->operations == 1) {
		machine->address += header->minimum * operations;
		return;
	}
	machine->address += header->minimum * (sum / header->operations);
	machine->operation = sum % header->operations;
}

static void prepare_steps(struct line_machine *machine)
{
	const struct line_header *header = &machine->header;
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

static void special(struct line_machine *machine, const struct step *step)
{
	advance(machine, step->operations);
	machine->line += (uint64_t)step->lines;
	add_line(machine);
}

static void extended(struct line_machine *machine)
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

static void standard(struct line_machine *machine, unsigned opcode)
{
	struct cursor *cursor = &machine->cursor;
	const struct line_header *header = &machine->header;
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

/* As far as its end, which the result tells, or until it is so late. */
static bool run(struct line_machine *machine, uint64_t until)
{
	const struct line_header *header = &machine->header;
	for (unsigned count = 1; cursor_left(&machine->cursor) && !machine->out_of_memory;
		count++) {
		unsigned opcode = (unsigned)cursor_fixed(&machine->cursor, 1);
		if (opcode >= header->opcode_base)
			special(machine, &machine->steps[opcode]);
		else if (opcode)
			standard(machine, opcode);
		else
			extended(machine);
		if (count % LOOK_AT_CLOCK == 0 && debug_is_late(until))
			return false;
	}
	/* A stretch that is not ended has rows of which the last has no end. */
	drop_sequence(machine);
	return true;
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

/* False where there is nothing that could be run. */
static bool begin_program(struct debug_unit *unit, struct line_machine *machine, bool statements)
{
	*machine = (struct line_machine){
		.info = unit->file->info, .lines = &unit->lines, .gathers_statements = statements};
	if (!line_table_of(unit, &machine->header))
		return false;
	if (!machine->header.line_range || !machine->header.opcode_base ||
		!machine->header.operations) {
		debug_note_problem(unit->file, "a line table cannot be read");
		return false;
	}
	machine->cursor = machine->header.program;
	prepare_steps(machine);
	reset(machine);
	return true;
}

static void end_program(struct debug_unit *unit, const struct line_machine *machine)
{
	if (machine->cursor.bad)
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

void debug_unit_drop_lines(struct debug_unit *unit)
{
	free(unit->machine);
	unit->machine = NULL;
}

bool debug_unit_prepare_lines(struct debug_unit *unit, uint64_t until)
{
	if (unit->lines_progress != DEBUG_UNREAD)
		return true;
	if (!unit->machine) {
		unit->machine = malloc(sizeof *unit->machine);
		if (!unit->machine || !begin_program(unit, unit->machine, false)) {
			debug_unit_drop_lines(unit);
			unit->lines_progress = DEBUG_READ;
			return true;
		}
	}
	if (!run(unit->machine, until))
		return false;
	end_program(unit, unit->machine);
	debug_unit_drop_lines(unit);
	unit->lines_progress = DEBUG_READ;
	sort_rows(&unit->lines);
	return true;
}

static const struct debug_lines *read_rows(struct debug_unit *unit)
{
	debug_unit_prepare_lines(unit, DEBUG_NEVER);
	return &unit->lines;
}

static void read_statements(struct debug_unit *unit)
{
	struct line_machine machine;
	unit->statements_progress = DEBUG_READ;
	if (!begin_program(unit, &machine, true))
		return;
	run(&machine, DEBUG_NEVER);
	end_program(unit, &machine);
	sort_statements(&unit->lines);
}

const struct debug_lines *debug_unit_lines(struct debug_unit *unit)
{
	if (unit->statements_progress == DEBUG_UNREAD)
		read_statements(unit);
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
