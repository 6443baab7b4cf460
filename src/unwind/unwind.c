/*
 * What is on a thread's stack, by libunwind: it interprets the tables and steps from frame
 * to frame; memory, registers and tables are found here.
 */
#include "unwind/unwind.h"

#include "unwind/cfi.h"
#include "unwind/tables.h"
#include "unwind/view.h"

#include <libunwind-ptrace.h>
#include <stdlib.h>

/* Rules for so many places are kept: a few for each function that is on some stack. */
#define CACHE_SIZE 4096

/* What each frame may ask for: about what it takes to look up its rules. */
#define FRAME_ANSWERS 1024

/* Frame records further away than that are none. */
#define FRAME_MAX ((uint64_t)1 << 20)

/* Handlers interrupted by handlers: more is a stack that leads back to itself. */
#define INTERRUPTIONS_MAX 64

/* Not canonical, so there is no memory there. */
#define PAIR_ADDRESS ((uint64_t)1 << 63)

/* Exported for what finds tables by itself, as we do, but in no header of libunwind's. */
#define search_unwind_table UNW_OBJ(dwarf_search_unwind_table)
int search_unwind_table(unw_addr_space_t space, unw_word_t ip, unw_dyn_info_t *table,
	unw_proc_info_t *info, int need_unwind_info, void *argument);

struct unwinder {
	struct view view;
	struct tables tables;
	unw_addr_space_t space;

	/* Of the unwinding under way. */
	struct registers registers; /* where the cursor began */
	struct target_address pc, stack_pointer;
	bool interrupted;
	bool without_table; /* the last step found none */
	unsigned interruptions;
	unw_cursor_t cursor;
};

enum step {
	STEP_DONE,
	STEP_END,  /* it was the outermost frame */
	STEP_LOST, /* nobody knows */
};

/* Code as far down as an offset can be, and the entry at what offsets count from. */
static unw_word_t pair_of_entry(void)
{
	return (uint32_t)INT32_MIN;
}

/* Any address, though libunwind promises words. */
static int access_mem(
	unw_addr_space_t space, unw_word_t address, unw_word_t *value, int write, void *argument)
{
	struct unwinder *unwinder = argument;

	(void)space;
	if (address == PAIR_ADDRESS && !write) {
		*value = pair_of_entry();
		return 0;
	}
	if (write || !view_read(&unwinder->view, address, value, sizeof *value))
		return -UNW_EINVAL;
	return 0;
}

/* libunwind's numbers are DWARF's. */
static int access_reg(
	unw_addr_space_t space, unw_regnum_t number, unw_word_t *value, int write, void *argument)
{
	const struct unwinder *unwinder = argument;

	(void)space;
	if (write || number < 0 || (unsigned)number >= arch->dwarf_registers)
		return -UNW_EBADREG;
	*value = arch->dwarf_register(&unwinder->registers, (unsigned)number);
	return 0;
}

static int access_fpreg(
	unw_addr_space_t space, unw_regnum_t number, unw_fpreg_t *value, int write, void *argument)
{
	(void)space, (void)number, (void)value, (void)write, (void)argument;
	return -UNW_EBADREG;
}

/*
 * To libunwind a table is pairs of offsets in the target's memory. It is given one of the one
 * pair that leads to the entry that was found, at an address that no memory has.
 */
static unw_dyn_info_t table_of_entry(const struct table *table, uint64_t fde)
{
	return (unw_dyn_info_t){
		.start_ip = table->start,
		.end_ip = table->end,
		.format = UNW_INFO_FORMAT_REMOTE_TABLE,
		.u.rti = {.segbase = fde, .table_len = 1, .table_data = PAIR_ADDRESS},
	};
}

static int find_in_tables(
	struct unwinder *unwinder, unw_word_t pc, unw_proc_info_t *info, int need_unwind_info)
{
	const struct table *table = tables_at(&unwinder->tables, &unwinder->view, pc);
	unw_dyn_info_t found;
	uint64_t fde;

	if (!table || !table_find(table, &unwinder->view, pc, &fde) ||
		!cfi_is_sound(&unwinder->view, fde))
		return -UNW_ENOINFO;
	found = table_of_entry(table, fde);
	return search_unwind_table(unwinder->space, pc, &found, info, need_unwind_info, unwinder);
}

/* Not ENOINFO: libunwind would guess on, and does not say so. */
static int find_proc_info(unw_addr_space_t space, unw_word_t pc, unw_proc_info_t *info,
	int need_unwind_info, void *argument)
{
	struct unwinder *unwinder = argument;

	(void)space;
	if (find_in_tables(unwinder, pc, info, need_unwind_info) >= 0)
		return 0;
	unwinder->without_table = true;
	return -UNW_EINVAL;
}

/* Nothing to release: what find_proc_info() gives is libunwind's own. */
static void put_unwind_info(unw_addr_space_t space, unw_proc_info_t *info, void *argument)
{
	(void)space, (void)info, (void)argument;
}

/* Code that registered itself with a libunwind of the target's is unknown to us. */
static int get_dyn_info_list_addr(unw_addr_space_t space, unw_word_t *list, void *argument)
{
	(void)space, (void)list, (void)argument;
	return -UNW_ENOINFO;
}

static int resume(unw_addr_space_t space, unw_cursor_t *cursor, void *argument)
{
	(void)space, (void)cursor, (void)argument;
	return -UNW_EINVAL;
}

static int get_proc_name(unw_addr_space_t space, unw_word_t pc, char *name, size_t size,
	unw_word_t *offset, void *argument)
{
	(void)space, (void)pc, (void)name, (void)size, (void)offset, (void)argument;
	return -UNW_ENOINFO;
}

static unw_accessors_t accessors = {
	.find_proc_info = find_proc_info,
	.put_unwind_info = put_unwind_info,
	.get_dyn_info_list_addr = get_dyn_info_list_addr,
	.access_mem = access_mem,
	.access_reg = access_reg,
	.access_fpreg = access_fpreg,
	.resume = resume,
	.get_proc_name = get_proc_name,
};

struct ptmem_error *unwinder_create(
	pid_t pid, const struct target_memory *memory, struct unwinder **unwinder)
{
	struct unwinder *new = calloc(1, sizeof *new);
	struct ptmem_error *error = new ? view_init(&new->view, memory) : &error_no_memory;

	if (error) {
		free(new);
		return error;
	}
	new->tables.pid = pid;
	new->space = unw_create_addr_space(&accessors, 0);
	if (!new->space) {
		unwinder_destroy(new);
		return &error_no_memory;
	}
	unw_set_caching_policy(new->space, UNW_CACHE_GLOBAL);
	unw_set_cache_size(new->space, CACHE_SIZE, 0);
	*unwinder = new;
	return NULL;
}

/* libunwind 1.6 forgets to release a cache, but not to replace it: by the smallest one. */
void unwinder_destroy(struct unwinder *unwinder)
{
	if (!unwinder)
		return;
	if (unwinder->space) {
		unw_set_cache_size(unwinder->space, 1, 0);
		unw_destroy_addr_space(unwinder->space);
	}
	tables_deinit(&unwinder->tables);
	view_deinit(&unwinder->view);
	free(unwinder);
}

static bool read_word(struct unwinder *unwinder, uint64_t address, uint64_t *word)
{
	return view_read(&unwinder->view, address, word, sizeof *word);
}

/*
 * Whether code goes on here after a call. A breakpoint where the call begins hides it; that
 * shortens stacks that are guessed, and only those.
 */
static bool is_return_address(struct unwinder *unwinder, uint64_t address)
{
	uint8_t before[ARCH_CALL_MAX];

	return tables_executable(&unwinder->tables, address) &&
	       view_read(&unwinder->view, address - sizeof before, before, sizeof before) &&
	       arch->ends_with_call(before, sizeof before);
}

/* Where the return address of a frame was whose caller has this stack pointer. */
static struct target_address slot_below(
	const struct unwinder *unwinder, struct target_address stack_pointer)
{
	struct registers caller = unwinder->registers;

	arch->set_frame(&caller, unwinder->pc, stack_pointer, 0);
	return arch->return_slot(&caller);
}

/* Goes on from a caller that was guessed. Its call is before the pc, where libunwind looks. */
static enum step restart(struct unwinder *unwinder, uint64_t pc, uint64_t slot, uint64_t frame)
{
	unwinder->pc = target_address(pc);
	unwinder->stack_pointer = target_address(slot + sizeof(uint64_t));
	unwinder->interrupted = false;
	arch->set_frame(
		&unwinder->registers, target_address(pc - 1), unwinder->stack_pointer, frame);
	return unw_init_remote(&unwinder->cursor, unwinder->space, unwinder) < 0 ? STEP_LOST
										 : STEP_DONE;
}

/*
 * Out of code without a table. A function that has just begun, or keeps no frame, has its
 * return address on top of the stack. Else there may be a frame record: the caller's frame
 * pointer, then the return address. A frame pointer of 0 marks the end.
 */
static enum step step_by_frame_pointer(struct unwinder *unwinder, bool innermost)
{
	uint64_t top = unwinder->stack_pointer.value, frame, next, pc;

	if (unw_get_reg(&unwinder->cursor, (int)arch->dwarf_frame_pointer, &frame) < 0)
		return STEP_LOST;
	if (innermost && read_word(unwinder, top, &pc) && is_return_address(unwinder, pc))
		return restart(unwinder, pc, top, frame);
	if (!frame)
		return innermost ? STEP_LOST : STEP_END;
	if (frame < top || frame - top > FRAME_MAX || !read_word(unwinder, frame, &next) ||
		!read_word(unwinder, frame + sizeof next, &pc) || !is_return_address(unwinder, pc))
		return STEP_LOST;
	return restart(unwinder, pc, frame + sizeof next, next);
}

/*
 * To where libunwind's cursor is now. A caller's frame is above its callee's by whole words,
 * but for what a signal interrupted, which may be on another stack.
 */
static enum step follow_cursor(struct unwinder *unwinder)
{
	unw_word_t pc, stack_pointer;

	if (unw_get_reg(&unwinder->cursor, UNW_REG_IP, &pc) < 0 ||
		unw_get_reg(&unwinder->cursor, UNW_REG_SP, &stack_pointer) < 0)
		return STEP_LOST;
	unwinder->interrupted = unw_is_signal_frame(&unwinder->cursor) > 0;
	if (unwinder->interrupted && ++unwinder->interruptions > INTERRUPTIONS_MAX)
		return STEP_LOST;
	if (!unwinder->interrupted && (stack_pointer <= unwinder->stack_pointer.value ||
					      stack_pointer % sizeof stack_pointer))
		return STEP_LOST;
	unwinder->pc = target_address(pc);
	unwinder->stack_pointer = target_address(stack_pointer);
	if (!pc)
		return STEP_END;
	return tables_executable(&unwinder->tables, pc) ? STEP_DONE : STEP_LOST;
}

static enum step step_out(struct unwinder *unwinder, bool innermost)
{
	int status;

	view_extend(&unwinder->view, FRAME_ANSWERS);
	unwinder->without_table = false;
	status = unw_step(&unwinder->cursor);
	if (unwinder->without_table)
		return step_by_frame_pointer(unwinder, innermost);
	if (status == 0)
		return STEP_END;
	return status < 0 ? STEP_LOST : follow_cursor(unwinder);
}

static struct target_address slot_of_callee(struct unwinder *unwinder)
{
	struct target_address slot = slot_below(unwinder, unwinder->stack_pointer);
	uint64_t word;

	if (unwinder->interrupted || !read_word(unwinder, slot.value, &word) ||
		word != unwinder->pc.value)
		return target_address(0);
	return slot;
}

static struct ptmem_error *begin(struct unwinder *unwinder, const struct registers *registers)
{
	unwinder->registers = *registers;
	unwinder->pc = arch->pc(registers);
	unwinder->stack_pointer = arch->stack_pointer(registers);
	unwinder->interrupted = false;
	unwinder->interruptions = 0;
	tables_begin(&unwinder->tables);
	if (unw_init_remote(&unwinder->cursor, unwinder->space, unwinder) < 0)
		return error_new(ERROR_FORMAT, "unwinding a stack: no registers");
	return view_begin(&unwinder->view, unwinder->stack_pointer);
}

static bool append_frame(const struct unwinder *unwinder, struct unwound *frames)
{
	struct unwound_frame *frame = vec_append(frames);

	if (frame)
		*frame = (struct unwound_frame){
			.pc = unwinder->pc, .interrupted = unwinder->interrupted};
	return frame;
}

struct ptmem_error *unwind_thread(struct unwinder *unwinder, const struct registers *registers,
	struct unwound *frames, bool *complete)
{
	struct ptmem_error *error = begin(unwinder, registers);
	enum step step = STEP_LOST;

	frames->count = 0;
	if (error)
		return error;
	while (append_frame(unwinder, frames)) {
		if (frames->count == UNWIND_DEPTH_MAX)
			break;
		step = step_out(unwinder, frames->count == 1 || unwinder->interrupted);
		if (step != STEP_DONE) {
			*complete = step == STEP_END;
			return NULL;
		}
		frames->items[frames->count - 1].slot = slot_of_callee(unwinder);
	}
	*complete = false;
	return frames->count == UNWIND_DEPTH_MAX ? NULL : &error_no_memory;
}
