/* Rules, compiled from tables. */
#include "unwind/rules.h"

#include "unwind/expression.h"

#define RULES_FIRST ((size_t)1 << 10)

/* 2 MB at most; then all are compiled anew, some microseconds each. */
#define RULES_MAX ((size_t)1 << 16)
#define DETAILS_MAX 4096

#define WORD ((int64_t)sizeof(uint64_t))

static struct rule *new_table(size_t capacity)
{
	return calloc(capacity, sizeof(struct rule));
}

struct ptmem_error *rules_init(struct rules *rules, struct process_images *images)
{
	*rules = (struct rules){
		.images = images, .rules = new_table(RULES_FIRST), .capacity = RULES_FIRST};
	return rules->rules ? NULL : &error_no_memory;
}

void rules_deinit(struct rules *rules)
{
	free(rules->rules);
	vec_deinit(&rules->details);
	vec_deinit(&rules->pool);
}

void rules_forget(struct rules *rules)
{
	memset(rules->rules, 0, rules->capacity * sizeof *rules->rules);
	rules->count = rules->details.count = rules->pool.count = 0;
}

static struct rule *place(struct rules *rules, const struct rule *rule)
{
	size_t slot = rules_slot(rules, rule->pc);

	while (rules->rules[slot].kind != RULE_EMPTY)
		slot = (slot + 1) & (rules->capacity - 1);
	rules->rules[slot] = *rule;
	return &rules->rules[slot];
}

static bool grow(struct rules *rules)
{
	struct rule *old = rules->rules, *new = new_table(rules->capacity * 2);
	size_t old_capacity = rules->capacity;

	if (!new)
		return false;
	rules->rules = new;
	rules->capacity *= 2;
	for (size_t i = 0; i < old_capacity; i++)
		if (old[i].kind != RULE_EMPTY)
			place(rules, &old[i]);
	free(old);
	return true;
}

/* Half of it stays free, so that one is found at once. */
static void make_room(struct rules *rules)
{
	if (rules->details.count >= DETAILS_MAX)
		rules_forget(rules);
	if (rules->count < rules->capacity / 2)
		return;
	if (rules->capacity == RULES_MAX || !grow(rules))
		rules_forget(rules);
}

static bool fits(int64_t offset)
{
	return offset % WORD == 0 && offset / WORD == (int16_t)(offset / WORD);
}

static bool add_saved(struct rule *rule, unsigned number, const struct place *place)
{
	if (place->kind == PLACE_SAME || place->kind == PLACE_UNDEFINED)
		return true;
	if (place->kind != PLACE_SAVED || !fits(place->offset) ||
		rule->saved_count == RULE_SAVED_MAX || number == arch->dwarf_stack_pointer)
		return false;
	rule->saved[rule->saved_count] = (uint8_t)number;
	rule->saved_words[rule->saved_count++] = (int16_t)(place->offset / WORD);
	return true;
}

static bool make_plain(const struct row *row, struct rule *rule)
{
	const struct place *back = &row->registers[row->return_column];

	if (row->is_signal || row->base.kind != PLACE_REGISTER || !fits(row->base.offset) ||
		back->kind != PLACE_SAVED || back->offset != arch->dwarf_return_slot)
		return false;
	rule->kind = RULE_PLAIN;
	rule->base_register = row->base.number;
	rule->base_words = (int16_t)(row->base.offset / WORD);
	for (unsigned i = 0; i < arch->dwarf_registers; i++)
		if (i != row->return_column && !add_saved(rule, i, &row->registers[i]))
			return false;
	return true;
}

/* Its bytes are moved to the pool. */
static bool keep_expression(struct rules *rules, struct view *view, struct place *place)
{
	uint64_t address = (uint64_t)place->offset;
	uint8_t byte, *new;

	if (place->kind != PLACE_EXPRESSION && place->kind != PLACE_VALUE)
		return true;
	place->offset = (int64_t)rules->pool.count;
	for (uint64_t i = 0; i < place->size; i++) {
		new = view_read(view, address + i, &byte, 1) ? vec_append(&rules->pool) : NULL;
		if (!new)
			return false;
		*new = byte;
	}
	return true;
}

static bool make_detailed(
	struct rules *rules, struct view *view, const struct row *row, struct rule *rule)
{
	struct rule_detail detail = {.pc = rule->pc, .row = *row}, *new;
	bool kept = keep_expression(rules, view, &detail.row.base);

	for (unsigned i = 0; kept && i < arch->dwarf_registers; i++)
		kept = keep_expression(rules, view, &detail.row.registers[i]);
	new = kept ? vec_append(&rules->details) : NULL;
	if (!new)
		return false;
	*new = detail;
	rule->kind = RULE_DETAILED;
	rule->base_words = (int16_t)(rules->details.count - 1);
	return true;
}

/* Not all C libraries have tables for the code that signals' handlers return to. */
static bool read_signal_row(struct view *view, uint64_t pc, struct row *row)
{
	uint8_t bytes[ARCH_INSTRUCTION_MAX];

	if (!view_read(view, pc, bytes, sizeof bytes) ||
		!arch->is_signal_return(bytes, sizeof bytes))
		return false;
	*row = (struct row){.is_signal = true, .return_column = (uint8_t)arch->dwarf_pc};
	row->base.kind = PLACE_REGISTER;
	row->base.number = (uint8_t)arch->dwarf_stack_pointer;
	for (unsigned i = 0; i < arch->dwarf_registers; i++)
		row->registers[i] =
			(struct place){.kind = PLACE_SAVED, .offset = arch->signal_registers[i]};
	return true;
}

static bool read_row(
	const struct known_image *image, struct view *view, uint64_t pc, struct row *row)
{
	uint64_t fde;

	return (image->has_table && table_find(&image->table, view, pc, &fde) &&
		       row_read(view, fde, pc, row)) ||
	       read_signal_row(view, pc, row);
}

static void compile(struct rules *rules, const struct known_image *image, struct rule *rule)
{
	struct view *view = process_image_view(rules->images, image);
	struct row row;

	if (!read_row(image, view, rule->pc, &row))
		return;
	if (row.registers[row.return_column].kind == PLACE_UNDEFINED) {
		rule->kind = RULE_OUTERMOST;
		return;
	}
	if (make_plain(&row, rule))
		return;
	*rule = (struct rule){.pc = rule->pc, .kind = RULE_NONE};
	make_detailed(rules, view, &row, rule);
}

const struct rule *rules_compile(struct rules *rules, uint64_t pc)
{
	struct rule rule = {.pc = pc, .kind = RULE_NONE};
	const struct known_image *image = process_image_at(rules->images, pc);

	if (!image)
		return NULL;
	make_room(rules);
	compile(rules, image, &rule);
	rules->count++;
	return place(rules, &rule);
}

const struct row *rules_row(const struct rules *rules, const struct rule *rule)
{
	return &rules->details.items[rule->base_words].row;
}
