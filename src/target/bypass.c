/* Ways round breakpoints. */
#include "target/bypass.h"

#include <string.h>

/*
 * By a trap, which is one byte or aligned: nothing is executed that is neither the old nor the new.
 */
static struct ptmem_error *change_code(const struct target_memory *memory,
	struct target_address start, const uint8_t *bytes, size_t size)
{
	size_t first = arch->trap_size;
	struct ptmem_error *error = target_write(memory, start, arch->trap, first);

	if (!error)
		error = target_write(
			memory, address_plus(start, (int64_t)first), bytes + first, size - first);
	return error ? error : target_write(memory, start, bytes, first);
}

/* A thread that meets the trap while the code changes knows by this that it is ours. */
static struct ptmem_error *note_start(struct breakpoints *breakpoints, const struct bypass *bypass)
{
	uint32_t index;
	struct ptmem_error *error = breakpoint_mark(breakpoints, bypass->start, &index);

	if (error)
		return error;
	breakpoint_at(breakpoints, index)->marked = false;
	breakpoint_at(breakpoints, index)->touched = true;
	memcpy(breakpoint_at(breakpoints, index)->original, bypass->original, arch->trap_size);
	return NULL;
}

static struct ptmem_error *plant(struct breakpoints *breakpoints, const struct bypass *bypass)
{
	struct ptmem_error *error = note_start(breakpoints, bypass);
	struct bypass *new = error ? NULL : vec_append(&breakpoints->bypasses);

	if (!new)
		return error ? error : &error_no_memory;
	*new = *bypass;
	breakpoints_note_write(breakpoints, bypass->slot);
	breakpoints_note_write(breakpoints, bypass->start);
	error = target_write(breakpoints->memory, bypass->slot, bypass->code, bypass->size);
	if (!error)
		error = change_code(
			breakpoints->memory, bypass->start, bypass->jump, bypass->length);
	return error;
}

/* Where it would begin, something is waited for: that stays. */
static bool is_taken(const struct breakpoints *breakpoints, struct target_address start)
{
	uint32_t index = breakpoint_find(breakpoints, start);

	return index != BREAKPOINT_NONE && breakpoint_at(breakpoints, index)->planted;
}

struct ptmem_error *bypass_make(struct breakpoints *breakpoints, uint32_t index, bool *made)
{
	const struct breakpoint *breakpoint = breakpoint_at(breakpoints, index);
	struct target_address slot,
		start = address_plus(breakpoint->address, -(int64_t)arch->bypassed);
	uint8_t code[ARCH_BYPASS_MAX + ARCH_INSTRUCTION_MAX];
	struct bypass bypass;
	size_t size;

	*made = false;
	if (is_taken(breakpoints, start) || breakpoint->displaced == BREAKPOINT_NONE ||
		breakpoints->displaced.items[breakpoint->displaced].stale ||
		breakpoints->displaced.items[breakpoint->displaced].how.action != DISPLACED_SLOT)
		return NULL;
	size = breakpoints_read_code(breakpoints, start, code, sizeof code);
	if (!scratch_take(&breakpoints->scratch, start, ARCH_BYPASS_SLOTS, index, &slot) ||
		!arch->make_bypass(code, size, breakpoint->address, slot,
			breakpoints->displaced.items[breakpoint->displaced].slot, &bypass))
		return NULL;
	*made = true;
	return plant(breakpoints, &bypass);
}

static bool is_there(const struct target_memory *memory, const struct bypass *bypass)
{
	uint8_t bytes[ARCH_BYPASS_MAX];

	return target_read_some(memory, bypass->start, bytes, bypass->length) == bypass->length &&
	       !memcmp(bytes, bypass->jump, bypass->length);
}

/* The target may have put other code there since. Memory that is gone holds none. */
void bypasses_lift(struct breakpoints *breakpoints, const struct target_memory *memory)
{
	for (size_t i = 0; i < breakpoints->bypasses.count; i++) {
		const struct bypass *bypass = &breakpoints->bypasses.items[i];

		if (is_there(memory, bypass))
			error_free(change_code(
				memory, bypass->start, bypass->original, bypass->length));
	}
}

void bypasses_forget(struct breakpoints *breakpoints, uint64_t start, uint64_t end)
{
	for (size_t i = breakpoints->bypasses.count; i-- > 0;) {
		struct bypass *bypass = &breakpoints->bypasses.items[i];

		if (bypass->start.value >= start && bypass->start.value < end)
			*bypass = breakpoints->bypasses.items[--breakpoints->bypasses.count];
	}
}

void bypasses_hide(const struct breakpoints *breakpoints, struct target_address at, uint8_t *bytes,
	size_t size)
{
	for (size_t i = 0; i < breakpoints->bypasses.count; i++) {
		const struct bypass *bypass = &breakpoints->bypasses.items[i];

		for (size_t byte = 0; byte < bypass->length; byte++) {
			uint64_t offset = bypass->start.value + byte - at.value;

			if (offset < size && bytes[offset] == bypass->jump[byte])
				bytes[offset] = bypass->original[byte];
		}
	}
}

bool bypasses_leave(const struct breakpoints *breakpoints, struct registers *registers)
{
	for (size_t i = 0; i < breakpoints->bypasses.count; i++) {
		const struct bypass *bypass = &breakpoints->bypasses.items[i];

		if (arch->pc(registers).value - bypass->slot.value < bypass->size) {
			arch->leave_bypass(bypass, registers);
			return true;
		}
	}
	return false;
}
