/* A walk along a stack. */
#include "unwind/walk.h"

#include "unwind/expression.h"

#define WORD sizeof(uint64_t)

/* Frame records further away than that are none. */
#define FRAME_MAX ((uint64_t)1 << 20)

/* Nor are return addresses that are only looked for. */
#define LOOK_MAX ((uint64_t)2 << 10)

/* Handlers interrupted by handlers: more is a stack that leads back to itself. */
#define INTERRUPTIONS_MAX 64

static uint64_t *stack_pointer(struct walk *walk)
{
	return &walk->registers[arch->dwarf_stack_pointer];
}

static bool is_signal_return(struct rules *rules, uint64_t pc)
{
	const struct rule *rule = rules_find(rules, pc);

	return rule && rule->kind == RULE_DETAILED && rules_row(rules, rule)->is_signal;
}

/*
 * A call that was the last instruction of a function goes on behind it, so it is the byte before
 * that is looked up. But no call leads to the code that a signal's handler returns to.
 */
static void find_rule(struct walk *walk)
{
	bool is_next = walk->innermost || walk->interrupted;
	uint64_t pc = is_next ? walk->pc : walk->pc - 1;

	walk->rule = rules_find(walk->rules, pc);
	if (is_next || !walk->rule || walk->rule->kind != RULE_NONE)
		return;
	if (is_signal_return(walk->rules, walk->pc))
		pc = walk->pc;
	walk->rule = rules_find(walk->rules, pc);
}

void walk_begin(struct walk *walk, const struct registers *registers)
{
	arch->dwarf_values(registers, walk->registers);
	walk->pc = arch->pc(registers).value;
	walk->innermost = true;
	walk->interrupted = walk->guessed = false;
	walk->interruptions = 0;
	walk->slot = 0;
	find_rule(walk);
}

/* All registers but these are those of the caller. */
static enum walk_step arrive(struct walk *walk, uint64_t pc, uint64_t base, uint64_t slot)
{
	if (!pc)
		return WALK_END;
	walk->pc = pc;
	walk->slot = slot;
	walk->innermost = walk->guessed = false;
	*stack_pointer(walk) = base;
	find_rule(walk);
	return walk->rule || returns_is_code(walk->returns, pc) ? WALK_DONE : WALK_LOST;
}

static enum walk_step arrive_called(struct walk *walk, uint64_t pc, uint64_t slot)
{
	walk->interrupted = false;
	return arrive(walk, pc, slot - (uint64_t)arch->dwarf_return_slot, slot);
}

static enum walk_step step_plain(struct walk *walk)
{
	const struct rule *rule = walk->rule;
	uint64_t base = walk->registers[rule->base_register] + (uint64_t)rule->base_words * WORD;
	uint64_t slot = base + (uint64_t)arch->dwarf_return_slot, pc;

	if (base <= *stack_pointer(walk) || base % WORD || !window_read(walk->window, slot, &pc))
		return WALK_LOST;
	for (unsigned i = 0; i < rule->saved_count; i++)
		if (!window_read(walk->window, base + (uint64_t)rule->saved_words[i] * WORD,
			    &walk->registers[rule->saved[i]]))
			return WALK_LOST;
	return arrive_called(walk, pc, slot);
}

static bool evaluate(
	const struct walk *walk, const struct place *place, const uint64_t *base, uint64_t *value)
{
	struct expression expression = {
		.bytes = walk->rules->pool.items + place->offset,
		.size = place->size,
	};

	return expression_evaluate(&expression, walk->registers, walk->window, base, value);
}

static bool find_base(const struct walk *walk, const struct row *row, uint64_t *base)
{
	if (row->base.kind == PLACE_VALUE)
		return evaluate(walk, &row->base, NULL, base);
	*base = walk->registers[row->base.number] + (uint64_t)row->base.offset;
	return true;
}

/* What is undefined is not looked at, by sound code; so it may be anything. */
static bool restore(
	const struct walk *walk, const struct place *place, uint64_t base, uint64_t *value)
{
	switch ((enum place_kind)place->kind) {
	case PLACE_SAME:
	case PLACE_UNDEFINED:
		return true;
	case PLACE_SAVED:
		return window_read(walk->window, base + (uint64_t)place->offset, value);
	case PLACE_OFFSET:
		*value = base + (uint64_t)place->offset;
		return true;
	case PLACE_REGISTER:
		*value = walk->registers[place->number] + (uint64_t)place->offset;
		return true;
	case PLACE_EXPRESSION:
		return evaluate(walk, place, &base, value) &&
		       window_read(walk->window, *value, value);
	case PLACE_VALUE:
		return evaluate(walk, place, &base, value);
	}
	return false;
}

/* In *caller, which begins as the callee's; *pc is in one of them. */
static bool restore_all(
	const struct walk *walk, const struct row *row, uint64_t *caller, uint64_t *pc)
{
	const struct place *back = &row->registers[row->return_column];
	uint64_t base;

	if (!find_base(walk, row, &base))
		return false;
	caller[arch->dwarf_stack_pointer] = base;
	for (unsigned i = 0; i < arch->dwarf_registers; i++)
		if (!restore(walk, &row->registers[i], base, &caller[i]))
			return false;
	*pc = caller[row->return_column];
	return back->kind != PLACE_SAME || *pc != walk->pc;
}

/* Return addresses may be elsewhere: in a register, during vfork(). */
static uint64_t slot_below(struct walk *walk, uint64_t base, uint64_t pc)
{
	uint64_t slot = base + (uint64_t)arch->dwarf_return_slot, word;

	return window_read(walk->window, slot, &word) && word == pc ? slot : 0;
}

/* A signal may have been handled on another stack than that which it interrupted. */
static enum walk_step arrive_interrupted(struct walk *walk, uint64_t pc, uint64_t base)
{
	if (++walk->interruptions > INTERRUPTIONS_MAX)
		return WALK_LOST;
	walk->interrupted = true;
	return arrive(walk, pc, base, 0);
}

static enum walk_step step_detailed(struct walk *walk)
{
	const struct row *row = rules_row(walk->rules, walk->rule);
	bool is_signal = row->is_signal;
	uint64_t caller[ARCH_DWARF_MAX], pc, base, before = *stack_pointer(walk);

	if (arch->dwarf_pc < arch->dwarf_registers)
		walk->registers[arch->dwarf_pc] = walk->pc;
	memcpy(caller, walk->registers, sizeof caller);
	if (!restore_all(walk, row, caller, &pc))
		return WALK_LOST;
	memcpy(walk->registers, caller, sizeof caller);
	base = *stack_pointer(walk);
	if (is_signal)
		return arrive_interrupted(walk, pc, base);
	if (base <= before || base % WORD)
		return WALK_LOST;
	walk->interrupted = false;
	return arrive(walk, pc, base, slot_below(walk, base, pc));
}

static bool is_return_at(struct walk *walk, uint64_t slot, uint64_t *pc)
{
	return window_read(walk->window, slot, pc) && returns_lead_to(walk->returns, *pc);
}

/* Only in the copy: what lies beyond it is not of a function that has just begun to run. */
static enum walk_step look_for_return(struct walk *walk)
{
	uint64_t top = *stack_pointer(walk), pc;
	enum walk_step step;

	for (uint64_t slot = top; slot - top < LOOK_MAX && window_has(walk->window, slot);
		slot += WORD) {
		if (!is_return_at(walk, slot, &pc))
			continue;
		step = arrive_called(walk, pc, slot);
		walk->guessed = true;
		return step;
	}
	return WALK_LOST;
}

static bool read_record(struct walk *walk, uint64_t frame, uint64_t *next, uint64_t *pc)
{
	uint64_t top = *stack_pointer(walk);

	return frame >= top && frame - top <= FRAME_MAX && frame % WORD == 0 &&
	       window_read(walk->window, frame, next) && is_return_at(walk, frame + WORD, pc);
}

/*
 * Out of code without a table. A function that has just begun, or keeps no frame, has its
 * return address on top of the stack. Else there may be a frame record: the caller's frame
 * pointer, then the return address. A frame pointer of 0 marks the end.
 */
static enum walk_step step_untabled(struct walk *walk)
{
	uint64_t *frame = &walk->registers[arch->dwarf_frame_pointer];
	uint64_t top = *stack_pointer(walk), record = *frame, next, pc;
	bool has_begun = walk->innermost || walk->interrupted;

	if (top % WORD)
		return WALK_LOST;
	if (has_begun && is_return_at(walk, top, &pc))
		return arrive_called(walk, pc, top);
	if (!record && !has_begun)
		return WALK_END;
	if (!read_record(walk, record, &next, &pc))
		return look_for_return(walk);
	*frame = next;
	return arrive_called(walk, pc, record + WORD);
}

enum walk_step walk_out(struct walk *walk)
{
	if (!walk->rule)
		return step_untabled(walk);
	switch ((enum rule_kind)walk->rule->kind) {
	case RULE_PLAIN:
		return step_plain(walk);
	case RULE_DETAILED:
		return step_detailed(walk);
	case RULE_OUTERMOST:
		return WALK_END;
	case RULE_EMPTY:
	case RULE_NONE:
		break;
	}
	return step_untabled(walk);
}
