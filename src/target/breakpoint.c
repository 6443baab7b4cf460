/* The breakpoints of one address space. */
#include "target/breakpoint.h"

#include "target/bypass.h"
#include "target/ptrace.h"

#include <stdlib.h>
#include <string.h>

#define CODE_PAGE_SIZE 4096u

/* A return address that callers of unwatched functions use as well stops for nothing; so
 * often in a row, and it is lifted. */
#define STRAYS_MAX 8

void breakpoints_init(struct breakpoints *breakpoints, const struct target_memory *memory)
{
	*breakpoints = (struct breakpoints){.memory = memory};
}

void breakpoints_deinit(struct breakpoints *breakpoints)
{
	vec_deinit(&breakpoints->list);
	map_deinit(&breakpoints->by_address);
	map_deinit(&breakpoints->written);
	vec_deinit(&breakpoints->displaced);
	vec_deinit(&breakpoints->sorted);
	vec_deinit(&breakpoints->bypasses);
	scratch_deinit(&breakpoints->scratch);
	maps_deinit(&breakpoints->maps);
}

bool breakpoints_copy(struct breakpoints *breakpoints, const struct breakpoints *from,
	const struct target_memory *memory)
{
	breakpoints_init(breakpoints, memory);
	breakpoints->fleeting = from->fleeting;
	if (!vec_copy(&breakpoints->list, &from->list) ||
		!map_copy(&breakpoints->by_address, &from->by_address) ||
		!map_copy(&breakpoints->written, &from->written) ||
		!vec_copy(&breakpoints->displaced, &from->displaced) ||
		!vec_copy(&breakpoints->bypasses, &from->bypasses) ||
		!scratch_copy(&breakpoints->scratch, &from->scratch))
		return false;
	for (size_t i = 0; i < breakpoints->list.count; i++)
		breakpoints->list.items[i].returns = 0;
	return true;
}

uint32_t breakpoint_find(const struct breakpoints *breakpoints, struct target_address address)
{
	return map_get(&breakpoints->by_address, address.value);
}

static uint32_t breakpoint_add(struct breakpoints *breakpoints, struct target_address address)
{
	uint32_t index = breakpoint_find(breakpoints, address);
	struct breakpoint *breakpoint;

	if (index != BREAKPOINT_NONE)
		return index;
	index = (uint32_t)breakpoints->list.count;
	if (!map_set(&breakpoints->by_address, address.value, index))
		return BREAKPOINT_NONE;
	breakpoint = vec_append(&breakpoints->list);
	if (!breakpoint)
		return BREAKPOINT_NONE;
	*breakpoint = (struct breakpoint){
		.address = address, .entry = BREAKPOINT_NONE, .displaced = BREAKPOINT_NONE};
	return index;
}

struct ptmem_error *breakpoint_add_entry(
	struct breakpoints *breakpoints, struct target_address address, uint32_t entry)
{
	uint32_t index = breakpoint_add(breakpoints, address);

	if (index == BREAKPOINT_NONE)
		return &error_no_memory;
	breakpoint_at(breakpoints, index)->entry = entry;
	return NULL;
}

struct ptmem_error *breakpoint_mark(
	struct breakpoints *breakpoints, struct target_address address, uint32_t *index)
{
	uint32_t found = breakpoint_add(breakpoints, address);

	if (found == BREAKPOINT_NONE)
		return &error_no_memory;
	breakpoint_at(breakpoints, found)->marked = true;
	*index = found;
	return NULL;
}

static int compare_addresses(const void *a, const void *b, void *list)
{
	const struct breakpoint *breakpoints = list;
	uint64_t one = breakpoints[*(const uint32_t *)a].address.value;
	uint64_t other = breakpoints[*(const uint32_t *)b].address.value;

	return one < other ? -1 : one > other;
}

static bool breakpoints_sort(struct breakpoints *breakpoints)
{
	if (breakpoints->sorted.count == breakpoints->list.count)
		return true;
	while (breakpoints->sorted.count < breakpoints->list.count) {
		uint32_t *new = vec_append(&breakpoints->sorted);

		if (!new)
			return false;
		*new = (uint32_t)(new - breakpoints->sorted.items);
	}
	qsort_r(breakpoints->sorted.items, breakpoints->sorted.count, sizeof(uint32_t),
		compare_addresses, breakpoints->list.items);
	return true;
}

void breakpoints_note_write(struct breakpoints *breakpoints, struct target_address at)
{
	uint64_t page = at.value / CODE_PAGE_SIZE;
	const uint32_t *known = map_find(&breakpoints->written, page);

	if (known && *known)
		return;
	breakpoints->writes++;
	map_set(&breakpoints->written, page, 1);
}

/* Those that are known are few; the range may be of any size. */
static void forget_writes(struct breakpoints *breakpoints, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < breakpoints->written.capacity; i++) {
		struct map_entry *page = &breakpoints->written.entries[i];

		if (page->key >= start / CODE_PAGE_SIZE && page->key < end / CODE_PAGE_SIZE &&
			page->value != MAP_NONE)
			page->value = 0;
	}
}

/* A page of the target's code while it is being changed. */
struct code_page {
	uint64_t start;
	size_t size;
	bool changed;
	uint8_t bytes[CODE_PAGE_SIZE + ARCH_TRAP_MAX]; /* a trap may reach into the next page */
};

static void code_page_read(
	struct code_page *page, const struct target_memory *memory, uint64_t start)
{
	page->start = start;
	page->changed = false;
	page->size = target_read_some(
		memory, target_address(start), page->bytes, CODE_PAGE_SIZE + arch->trap_size - 1);
}

static struct ptmem_error *code_page_write(
	struct code_page *page, struct breakpoints *breakpoints, const struct target_memory *memory)
{
	if (!page->changed)
		return NULL;
	page->changed = false;
	breakpoints_note_write(breakpoints, target_address(page->start));
	return target_write(memory, target_address(page->start), page->bytes, page->size);
}

/* What to do to each breakpoint that it concerns. */
struct change {
	bool (*concerns)(const struct breakpoint *breakpoint);

	/* `trap` are the bytes at its address; false where they are to stay as they are. */
	bool (*make)(struct breakpoint *breakpoint, uint8_t *trap);
};

static bool is_trap(const uint8_t *bytes)
{
	return !memcmp(bytes, arch->trap, arch->trap_size);
}

static bool is_to_be_planted(const struct breakpoint *breakpoint)
{
	return !breakpoint->planted && (breakpoint->entry != BREAKPOINT_NONE || breakpoint->marked);
}

static bool make_planted(struct breakpoint *breakpoint, uint8_t *trap)
{
	if (breakpoint->planted || is_trap(trap))
		return false;
	memcpy(breakpoint->original, trap, arch->trap_size);
	memcpy(trap, arch->trap, arch->trap_size);
	breakpoint->planted = breakpoint->touched = true;
	return true;
}

static bool may_be_there(const struct breakpoint *breakpoint)
{
	return breakpoint->touched;
}

/* The target may have put other code there since; only what is ours is taken away. */
static bool make_lifted(struct breakpoint *breakpoint, uint8_t *trap)
{
	if (!is_trap(trap))
		return false;
	memcpy(trap, breakpoint->original, arch->trap_size);
	return true;
}

static const struct change change_plant = {is_to_be_planted, make_planted};
static const struct change change_lift = {may_be_there, make_lifted};

/* Goes over all breakpoints page by page. */
static struct ptmem_error *breakpoints_change(struct breakpoints *breakpoints,
	const struct target_memory *memory, const struct change *change)
{
	struct code_page page = {.start = UINT64_MAX};
	struct ptmem_error *error = NULL;

	if (!breakpoints_sort(breakpoints))
		return &error_no_memory;
	for (size_t i = 0; i < breakpoints->sorted.count && !error; i++) {
		struct breakpoint *breakpoint =
			breakpoint_at(breakpoints, breakpoints->sorted.items[i]);
		uint64_t start = breakpoint->address.value & ~(uint64_t)(CODE_PAGE_SIZE - 1);
		uint64_t offset = breakpoint->address.value - start;

		if (!change->concerns(breakpoint))
			continue;
		if (start != page.start) {
			error = code_page_write(&page, breakpoints, memory);
			code_page_read(&page, memory, start);
		}
		if (offset + arch->trap_size <= page.size &&
			change->make(breakpoint, page.bytes + offset))
			page.changed = true;
	}
	return error ? error : code_page_write(&page, breakpoints, memory);
}

struct ptmem_error *breakpoints_plant(struct breakpoints *breakpoints)
{
	return breakpoints_change(breakpoints, breakpoints->memory, &change_plant);
}

void breakpoints_lift_all(struct breakpoints *breakpoints, const struct target_memory *memory)
{
	bypasses_lift(breakpoints, memory);
	/* Memory that is gone holds no breakpoints. */
	error_free(breakpoints_change(breakpoints, memory, &change_lift));
	if (memory != breakpoints->memory)
		return;
	for (size_t i = 0; i < breakpoints->list.count; i++)
		breakpoint_at(breakpoints, (uint32_t)i)->planted = false;
}

/* One breakpoint in or out of the code. */
static struct ptmem_error *breakpoint_change_one(
	struct breakpoints *breakpoints, struct breakpoint *breakpoint, const struct change *change)
{
	uint8_t bytes[ARCH_TRAP_MAX];
	struct ptmem_error *error =
		target_read(breakpoints->memory, breakpoint->address, bytes, arch->trap_size);

	if (error || !change->make(breakpoint, bytes))
		return error;
	breakpoints_note_write(breakpoints, breakpoint->address);
	return target_write(breakpoints->memory, breakpoint->address, bytes, arch->trap_size);
}

/* Memory that cannot be read is gone, and its breakpoints with it. */
static void breakpoint_lift(struct breakpoints *breakpoints, struct breakpoint *breakpoint)
{
	struct ptmem_error *error;

	if (!breakpoint->planted)
		return;
	breakpoint->planted = false;
	error = breakpoint_change_one(breakpoints, breakpoint, &change_lift);
	error_free(error);
}

size_t breakpoints_read_code(const struct breakpoints *breakpoints, struct target_address at,
	uint8_t *bytes, size_t size)
{
	size_t got = target_read_some(breakpoints->memory, at, bytes, size);

	for (size_t i = 0; i + arch->trap_size <= got; i++) {
		uint32_t index;

		if (!is_trap(bytes + i))
			continue;
		index = breakpoint_find(breakpoints, address_plus(at, (int64_t)i));
		if (index != BREAKPOINT_NONE && breakpoint_at(breakpoints, index)->planted)
			memcpy(bytes + i, breakpoint_at(breakpoints, index)->original,
				arch->trap_size);
	}
	bypasses_hide(breakpoints, at, bytes, got);
	return got;
}

/* In code, as far as the mappings tell; they are read again where they may be old. */
static bool is_executable(struct breakpoints *breakpoints, struct target_address address)
{
	const struct mapping *mapping = maps_at(&breakpoints->maps, address);

	if (!mapping || !mapping->executable) {
		error_free(maps_read(breakpoints->memory->pid, &breakpoints->maps));
		mapping = maps_at(&breakpoints->maps, address);
	}
	return mapping && mapping->executable;
}

static bool follows_call(const struct breakpoints *breakpoints, struct target_address address)
{
	uint8_t bytes[ARCH_CALL_MAX];
	size_t got = breakpoints_read_code(
		breakpoints, address_plus(address, -ARCH_CALL_MAX), bytes, sizeof bytes);

	return got == sizeof bytes && arch->ends_with_call(bytes, sizeof bytes);
}

/*
 * A trap goes only where a call will certainly come back to: writing one anywhere else
 * would change the target's data, or the middle of an instruction.
 */
static bool is_return_address(struct breakpoints *breakpoints, struct target_address address)
{
	uint8_t bytes[ARCH_INSTRUCTION_MAX];
	size_t got;

	if (address.value < ARCH_CALL_MAX)
		return false;
	if (!follows_call(breakpoints, address)) {
		got = breakpoints_read_code(breakpoints, address, bytes, sizeof bytes);
		if (!arch->is_signal_return(bytes, got))
			return false;
	}
	return is_executable(breakpoints, address);
}

static bool is_displaced(const struct breakpoints *breakpoints, const struct breakpoint *breakpoint)
{
	return breakpoint->displaced != BREAKPOINT_NONE &&
	       !breakpoints->displaced.items[breakpoint->displaced].stale;
}

/* A slot for the breakpoint: the one that it had for other code at its address, or a new one. */
static struct displaced_slot *find_slot(struct breakpoints *breakpoints, uint32_t index)
{
	struct breakpoint *breakpoint = breakpoint_at(breakpoints, index);
	struct displaced_slot *displaced;

	if (breakpoint->displaced != BREAKPOINT_NONE)
		return &breakpoints->displaced.items[breakpoint->displaced];
	displaced = vec_append(&breakpoints->displaced);
	if (!displaced)
		return NULL;
	*displaced = (struct displaced_slot){.stale = true};
	scratch_take(&breakpoints->scratch, breakpoint->address, 1, index, &displaced->slot);
	breakpoint->displaced = (uint32_t)breakpoints->displaced.count - 1;
	return displaced;
}

/* Decodes what the breakpoint displaces and writes its slot. False where it cannot be displaced. */
static struct ptmem_error *breakpoint_displace(
	struct breakpoints *breakpoints, uint32_t index, bool *possible)
{
	const struct breakpoint *breakpoint = breakpoint_at(breakpoints, index);
	uint8_t bytes[ARCH_INSTRUCTION_MAX];
	size_t size = breakpoints_read_code(breakpoints, breakpoint->address, bytes, sizeof bytes);
	struct displaced_slot *displaced = find_slot(breakpoints, index);
	struct displaced how;
	struct target_address slot;

	if (!displaced)
		return &error_no_memory;
	slot = displaced->slot;
	arch->displace(bytes, size, breakpoint->address, slot, &how);
	*possible = how.action != DISPLACED_IMPOSSIBLE && (slot.value || !how.slot_used);
	if (!*possible)
		return NULL;
	displaced->how = how;
	displaced->stale = false;
	if (!how.slot_used)
		return NULL;
	breakpoints_note_write(breakpoints, slot);
	return target_write(breakpoints->memory, slot, how.slot, how.slot_used);
}

/* Code that is in no file is written and moved as its owner likes: no trap stays in it idle. */
static bool may_stay(const struct breakpoints *breakpoints, const struct breakpoint *breakpoint)
{
	const struct mapping *mapping = maps_at(&breakpoints->maps, breakpoint->address);

	return mapping && mapping->of_file;
}

/* It was planted as one where a call returns to, in code that stays as it is. */
static bool is_proven(const struct breakpoints *breakpoints, uint32_t index)
{
	const struct breakpoint *breakpoint;

	if (index == BREAKPOINT_NONE)
		return false;
	breakpoint = breakpoint_at(breakpoints, index);
	return breakpoint->touched && breakpoint->entry == BREAKPOINT_NONE &&
	       is_displaced(breakpoints, breakpoint) && may_stay(breakpoints, breakpoint);
}

struct ptmem_error *breakpoint_expect_return(
	struct breakpoints *breakpoints, struct target_address address, uint32_t *index)
{
	uint32_t found = breakpoint_find(breakpoints, address);
	struct ptmem_error *error = NULL;
	bool possible = true;

	if (found == BREAKPOINT_NONE || !breakpoint_at(breakpoints, found)->planted) {
		if (!is_proven(breakpoints, found) && !is_return_address(breakpoints, address)) {
			*index = BREAKPOINT_NONE;
			return NULL;
		}
		found = breakpoint_add(breakpoints, address);
		if (found == BREAKPOINT_NONE)
			return &error_no_memory;
		if (!is_displaced(breakpoints, breakpoint_at(breakpoints, found)))
			error = breakpoint_displace(breakpoints, found, &possible);
		if (!error && possible)
			error = breakpoint_change_one(
				breakpoints, breakpoint_at(breakpoints, found), &change_plant);
		if (error)
			return error;
	}
	if (!breakpoint_at(breakpoints, found)->planted) {
		*index = BREAKPOINT_NONE;
		return NULL;
	}
	breakpoint_at(breakpoints, found)->returns++;
	breakpoint_at(breakpoints, found)->strays = 0;
	*index = found;
	return NULL;
}

static bool is_wanted(const struct breakpoint *breakpoint)
{
	return breakpoint->returns || breakpoint->marked || breakpoint->entry != BREAKPOINT_NONE;
}

void breakpoint_forget_return(struct breakpoints *breakpoints, uint32_t index)
{
	struct breakpoint *breakpoint = breakpoint_at(breakpoints, index);

	breakpoint->returns--;
	if (is_wanted(breakpoint))
		return;
	if ((breakpoints->fleeting && breakpoint->busy) || !may_stay(breakpoints, breakpoint))
		breakpoint_lift(breakpoints, breakpoint);
}

void breakpoint_stray(struct breakpoints *breakpoints, uint32_t index)
{
	struct breakpoint *breakpoint = breakpoint_at(breakpoints, index);

	breakpoint->busy = true;
	if (is_wanted(breakpoint) || (++breakpoint->strays < STRAYS_MAX && !breakpoints->fleeting))
		return;
	breakpoint->strays = 0;
	breakpoint_lift(breakpoints, breakpoint);
}

void breakpoints_forget(struct breakpoints *breakpoints, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < breakpoints->list.count; i++) {
		struct breakpoint *breakpoint = breakpoint_at(breakpoints, (uint32_t)i);

		if (breakpoint->address.value < start || breakpoint->address.value >= end)
			continue;
		breakpoint->planted = breakpoint->touched = breakpoint->marked = false;
		breakpoint->entry = BREAKPOINT_NONE;
		if (breakpoint->displaced != BREAKPOINT_NONE)
			breakpoints->displaced.items[breakpoint->displaced].stale = true;
	}
	bypasses_forget(breakpoints, start, end);
	forget_writes(breakpoints, start, end);
	/* What is mapped there now is another thing: it is read when it is asked for. */
	maps_deinit(&breakpoints->maps);
}

void breakpoint_drop_entry(struct breakpoints *breakpoints, uint32_t index)
{
	struct breakpoint *breakpoint = breakpoint_at(breakpoints, index);

	breakpoint->entry = BREAKPOINT_NONE;
	if (!is_wanted(breakpoint))
		breakpoint_lift(breakpoints, breakpoint);
}

void breakpoint_unmark(struct breakpoints *breakpoints, uint32_t index)
{
	struct breakpoint *breakpoint = breakpoint_at(breakpoints, index);

	breakpoint->marked = false;
	if (!is_wanted(breakpoint))
		breakpoint_lift(breakpoints, breakpoint);
}

/* Pushes the return address and jumps. An operand that cannot be read, or a stack that
 * cannot be written, is for the program itself to run into. */
static struct ptmem_error *breakpoint_call(struct breakpoints *breakpoints,
	const struct breakpoint *breakpoint, const struct displaced *how, pid_t tid,
	struct registers *registers)
{
	struct target_address target = how->target;
	struct target_address back = address_plus(breakpoint->address, how->length);
	struct registers called = *registers;
	struct ptmem_error *error = NULL;

	if (how->operand != CALL_TARGET)
		target = arch->call_operand(how, registers);
	if (how->operand == CALL_MEMORY)
		error = target_read(
			breakpoints->memory, target, &target.value, sizeof target.value);
	if (error)
		return error;
	arch->call(&called, target);
	error = target_write(
		breakpoints->memory, arch->stack_pointer(&called), &back.value, sizeof back.value);
	if (error)
		return error;
	*registers = called;
	return tracee_set_registers(tid, registers);
}

/* The last resort: the program's own code runs, and this breakpoint is no more. */
static struct ptmem_error *breakpoint_yield(struct breakpoints *breakpoints,
	struct breakpoint *breakpoint, pid_t tid, struct registers *registers)
{
	breakpoint->entry = BREAKPOINT_NONE;
	breakpoint->marked = false;
	breakpoint_lift(breakpoints, breakpoint);
	return tracee_set_pc(tid, registers, breakpoint->address);
}

struct ptmem_error *breakpoint_pass(struct breakpoints *breakpoints, uint32_t index, pid_t tid,
	struct registers *registers, bool *step)
{
	struct breakpoint *breakpoint = breakpoint_at(breakpoints, index);
	const struct displaced_slot *displaced;
	struct ptmem_error *error;
	bool possible;

	*step = false;
	if (!breakpoint->planted)
		return tracee_set_pc(tid, registers, breakpoint->address);
	if (!is_displaced(breakpoints, breakpoint)) {
		error = breakpoint_displace(breakpoints, index, &possible);
		if (error)
			return error;
		if (!possible)
			return breakpoint_yield(breakpoints, breakpoint, tid, registers);
	}
	displaced = &breakpoints->displaced.items[breakpoint->displaced];
	switch (displaced->how.action) {
	case DISPLACED_SKIP:
		return tracee_set_pc(tid, registers, displaced->how.target);
	case DISPLACED_STEP:
		*step = true;
		return tracee_set_pc(tid, registers, displaced->slot);
	case DISPLACED_SLOT:
		return tracee_set_pc(tid, registers, displaced->slot);
	case DISPLACED_CALL:
		error = breakpoint_call(breakpoints, breakpoint, &displaced->how, tid, registers);
		if (!error)
			return NULL;
		if (error_is(error, ERROR_GONE))
			return error;
		error_free(error);
		break;
	case DISPLACED_IMPOSSIBLE:
		break;
	}
	return breakpoint_yield(breakpoints, breakpoint, tid, registers);
}

struct ptmem_error *breakpoint_stepped(
	struct breakpoints *breakpoints, uint32_t index, pid_t tid, struct registers *registers)
{
	const struct breakpoint *breakpoint = breakpoint_at(breakpoints, index);
	const struct displaced_slot *displaced =
		&breakpoints->displaced.items[breakpoint->displaced];
	int64_t moved = (int64_t)(breakpoint->address.value - displaced->slot.value);

	return tracee_set_pc(tid, registers, address_plus(arch->pc(registers), moved));
}

uint32_t breakpoint_leave_slot(const struct breakpoints *breakpoints, struct registers *registers)
{
	uint64_t offset;
	uint32_t index = scratch_owner(&breakpoints->scratch, arch->pc(registers), &offset);
	const struct breakpoint *breakpoint;

	if (index == SCRATCH_NONE || bypasses_leave(breakpoints, registers))
		return BREAKPOINT_NONE;
	breakpoint = breakpoint_at(breakpoints, index);
	if (breakpoint->displaced == BREAKPOINT_NONE)
		return BREAKPOINT_NONE;
	if (!offset) {
		arch->set_pc(registers, breakpoint->address);
		return index;
	}
	arch->set_pc(
		registers, address_plus(breakpoint->address,
				   breakpoints->displaced.items[breakpoint->displaced].how.length));
	return BREAKPOINT_NONE;
}
