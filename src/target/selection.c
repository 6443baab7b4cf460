/* Samples that are taken where the stack pointer is within a range. */
#include "target/selection.h"

#include "arch/arch.h"

#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* So many are looked at one after the other; of others there are two entries a range. */
#define FIRST 4
#define OTHERS_MAX 4096

#define PAGE_BITS 12

struct range {
	uint64_t low, size;
};

/* A range is there when it has a size. */
struct selected {
	struct range first[FIRST];
	uint64_t others; /* how many there are */
};

static long bpf(int command, union bpf_attr *attributes)
{
	return syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

static int create_map(uint32_t type, uint32_t key, uint32_t value, uint32_t most, uint32_t flags)
{
	union bpf_attr attributes = {0};

	attributes.map_type = type;
	attributes.key_size = key;
	attributes.value_size = value;
	attributes.max_entries = most;
	attributes.map_flags = flags;
	return (int)bpf(BPF_MAP_CREATE, &attributes);
}

/* Where jumps go, until it is known how far that is. */
#define TO_SELECTED (-1)
#define TO_NOT_SELECTED (-2)

struct program {
	struct bpf_insn code[64];
	size_t count;
};

static void emit(struct program *program, struct bpf_insn instruction)
{
	program->code[program->count++] = instruction;
}

static void set(struct program *program, uint8_t destination, uint8_t source)
{
	emit(program, (struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_X,
			      .dst_reg = destination & 15,
			      .src_reg = source & 15});
}

static void calculate(struct program *program, uint8_t operation, uint8_t destination, int number)
{
	emit(program, (struct bpf_insn){.code = BPF_ALU64 | BPF_K | operation,
			      .dst_reg = destination & 15,
			      .imm = number});
}

static void subtract(struct program *program, uint8_t destination, uint8_t source)
{
	emit(program, (struct bpf_insn){.code = BPF_ALU64 | BPF_SUB | BPF_X,
			      .dst_reg = destination & 15,
			      .src_reg = source & 15});
}

static void load(struct program *program, uint8_t destination, uint8_t source, size_t offset)
{
	emit(program, (struct bpf_insn){.code = BPF_LDX | BPF_MEM | BPF_DW,
			      .dst_reg = destination & 15,
			      .src_reg = source & 15,
			      .off = (int16_t)offset});
}

/* A map, or its only value. The number of the map takes the place of two instructions. */
static void load_map(struct program *program, uint8_t destination, uint8_t kind, int map)
{
	emit(program, (struct bpf_insn){.code = BPF_LD | BPF_DW | BPF_IMM,
			      .dst_reg = destination & 15,
			      .src_reg = kind & 15,
			      .imm = map});
	emit(program, (struct bpf_insn){0});
}

static void jump_if(
	struct program *program, uint8_t comparison, uint8_t left, uint8_t right, int16_t where)
{
	emit(program, (struct bpf_insn){.code = BPF_JMP | BPF_X | comparison,
			      .dst_reg = left & 15,
			      .src_reg = right & 15,
			      .off = where});
}

static void jump_if_zero(struct program *program, uint8_t left, int16_t where)
{
	emit(program,
		(struct bpf_insn){
			.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = left & 15, .off = where});
}

/* The end, with that result. */
static size_t result(struct program *program, bool taken)
{
	size_t at = program->count;

	calculate(program, BPF_MOV, BPF_REG_0, taken);
	emit(program, (struct bpf_insn){.code = BPF_JMP | BPF_EXIT});
	return at;
}

static void look_at_first(struct program *program, int first)
{
	load_map(program, BPF_REG_8, BPF_PSEUDO_MAP_VALUE, first);
	for (size_t i = 0; i < FIRST; i++) {
		set(program, BPF_REG_1, BPF_REG_6);
		load(program, BPF_REG_2, BPF_REG_8, offsetof(struct selected, first[i].low));
		subtract(program, BPF_REG_1, BPF_REG_2);
		load(program, BPF_REG_2, BPF_REG_8, offsetof(struct selected, first[i].size));
		jump_if(program, BPF_JLT, BPF_REG_1, BPF_REG_2, TO_SELECTED);
	}
	load(program, BPF_REG_1, BPF_REG_8, offsetof(struct selected, others));
	jump_if_zero(program, BPF_REG_1, TO_NOT_SELECTED);
}

/* By the page of the stack pointer, which goes onto the program's own stack. */
static void look_at_others(struct program *program, int others)
{
	set(program, BPF_REG_7, BPF_REG_6);
	calculate(program, BPF_RSH, BPF_REG_7, PAGE_BITS);
	emit(program, (struct bpf_insn){.code = BPF_STX | BPF_MEM | BPF_DW,
			      .dst_reg = BPF_REG_10,
			      .src_reg = BPF_REG_7,
			      .off = -8});
	set(program, BPF_REG_2, BPF_REG_10);
	calculate(program, BPF_ADD, BPF_REG_2, -8);
	load_map(program, BPF_REG_1, BPF_PSEUDO_MAP_FD, others);
	emit(program,
		(struct bpf_insn){.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_map_lookup_elem});
	jump_if_zero(program, BPF_REG_0, TO_NOT_SELECTED);
	load(program, BPF_REG_1, BPF_REG_0, offsetof(struct range, low));
	load(program, BPF_REG_2, BPF_REG_0, offsetof(struct range, size));
	subtract(program, BPF_REG_6, BPF_REG_1);
	jump_if(program, BPF_JGE, BPF_REG_6, BPF_REG_2, TO_NOT_SELECTED);
}

/* Whether a sample is taken: `within` where the stack pointer is in a range. */
static int load_program(const struct selection *selection, bool within)
{
	struct program program = {.count = 0};
	union bpf_attr attributes = {0};
	size_t selected, not_selected;

	load(&program, BPF_REG_6, BPF_REG_1, arch->kernel_stack_pointer);
	look_at_first(&program, selection->first);
	look_at_others(&program, selection->others);
	selected = result(&program, within);
	not_selected = result(&program, !within);
	for (size_t i = 0; i < program.count; i++) {
		int16_t *where = &program.code[i].off;

		if ((program.code[i].code & 7) == BPF_JMP && *where < 0)
			*where = (int16_t)((*where == TO_SELECTED ? selected : not_selected) - i -
					   1);
	}
	attributes.prog_type = BPF_PROG_TYPE_PERF_EVENT;
	attributes.insns = (uintptr_t)program.code;
	attributes.insn_cnt = (uint32_t)program.count;
	attributes.license = (uintptr_t) "";
	return (int)bpf(BPF_PROG_LOAD, &attributes);
}

static bool share_first(struct selection *selection)
{
	void *memory;

	selection->first = create_map(
		BPF_MAP_TYPE_ARRAY, sizeof(uint32_t), sizeof(struct selected), 1, BPF_F_MMAPABLE);
	if (selection->first < 0)
		return false;
	memory = mmap(NULL, sizeof *selection->ranges, PROT_READ | PROT_WRITE, MAP_SHARED,
		selection->first, 0);
	if (memory == MAP_FAILED)
		return false;
	selection->ranges = memory;
	return true;
}

bool selection_open(struct selection *selection)
{
	*selection = (struct selection){.within = -1, .beyond = -1};
	selection->others = create_map(
		BPF_MAP_TYPE_HASH, sizeof(uint64_t), sizeof(struct range), OTHERS_MAX, 0);
	if (share_first(selection) && selection->others >= 0)
		selection->within = load_program(selection, true);
	if (selection->within >= 0)
		selection->beyond = load_program(selection, false);
	if (selection->beyond >= 0)
		return true;
	selection_close(selection);
	return false;
}

void selection_close(struct selection *selection)
{
	const int fds[] = {
		selection->first, selection->others, selection->within, selection->beyond};

	if (selection->ranges)
		munmap(selection->ranges, sizeof *selection->ranges);
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	*selection = (struct selection){-1, NULL, -1, -1, -1};
}

bool selection_apply(const struct selection *selection, int event, bool within)
{
	return !ioctl(
		event, PERF_EVENT_IOC_SET_BPF, within ? selection->within : selection->beyond);
}

/* Of each page that the range has a part of. */
static bool change_others(const struct selection *selection, int command, struct range range)
{
	uint64_t last = (range.low + range.size - 1) >> PAGE_BITS;
	union bpf_attr attributes = {0};
	bool done = true;

	for (uint64_t page = range.low >> PAGE_BITS; page <= last; page++) {
		attributes.map_fd = (uint32_t)selection->others;
		attributes.key = (uintptr_t)&page;
		if (command == BPF_MAP_UPDATE_ELEM)
			attributes.value = (uintptr_t)&range;
		done &= !bpf(command, &attributes);
	}
	return done;
}

/* Whoever has a fault meanwhile sees a range of nothing, or all of it. */
static void set_first(struct range *range, uint64_t low, uint64_t size)
{
	__atomic_store_n(&range->size, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&range->low, low, __ATOMIC_SEQ_CST);
	__atomic_store_n(&range->size, size, __ATOMIC_SEQ_CST);
}

/* That begins there; of no size, where `low` is 0. */
static struct range *find_first(const struct selection *selection, uint64_t low)
{
	for (size_t i = 0; i < FIRST; i++)
		if (selection->ranges->first[i].low == low)
			return &selection->ranges->first[i];
	return NULL;
}

bool selection_add(struct selection *selection, uint64_t low, uint64_t size)
{
	struct range *range = find_first(selection, 0);

	if (range) {
		set_first(range, low, size);
		return true;
	}
	if (!change_others(selection, BPF_MAP_UPDATE_ELEM, (struct range){low, size})) {
		change_others(selection, BPF_MAP_DELETE_ELEM, (struct range){low, size});
		return false;
	}
	selection->ranges->others++;
	return true;
}

void selection_remove(struct selection *selection, uint64_t low, uint64_t size)
{
	struct range *range = find_first(selection, low);

	if (range) {
		set_first(range, 0, 0);
		return;
	}
	change_others(selection, BPF_MAP_DELETE_ELEM, (struct range){low, size});
	selection->ranges->others--;
}
