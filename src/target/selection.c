/* Samples that are taken where the stack pointer is within a range. */
#include "target/selection.h"

#include "arch/arch.h"

#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Two a range. */
#define RANGES_MAX 4096

#define PAGE_BITS 12

struct range {
	uint64_t low, size;
};

static long bpf(int command, union bpf_attr *attributes)
{
	return syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

static int create_map(void)
{
	union bpf_attr attributes = {0};

	attributes.map_type = BPF_MAP_TYPE_HASH;
	attributes.key_size = sizeof(uint64_t);
	attributes.value_size = sizeof(struct range);
	attributes.max_entries = RANGES_MAX;
	return (int)bpf(BPF_MAP_CREATE, &attributes);
}

#define SET(destination, source)                                \
	((struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_X, \
		.dst_reg = (destination),                       \
		.src_reg = (source)})
#define SET_NUMBER(destination, number) \
	((struct bpf_insn){             \
		.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (destination), .imm = (number)})
#define LOAD(destination, source, offset)                      \
	((struct bpf_insn){.code = BPF_LDX | BPF_MEM | BPF_DW, \
		.dst_reg = (destination),                      \
		.src_reg = (source),                           \
		.off = (int16_t)(offset)})
#define EXIT ((struct bpf_insn){.code = BPF_JMP | BPF_EXIT})

/* Whether a sample is taken: `within` where the stack pointer is in the range of its page. */
static int load_program(int map, bool within)
{
	const struct bpf_insn program[] = {
		LOAD(BPF_REG_6, BPF_REG_1, arch->kernel_stack_pointer),
		SET(BPF_REG_7, BPF_REG_6),
		{.code = BPF_ALU64 | BPF_RSH | BPF_K, .dst_reg = BPF_REG_7, .imm = PAGE_BITS},
		{.code = BPF_STX | BPF_MEM | BPF_DW,
			.dst_reg = BPF_REG_10,
			.src_reg = BPF_REG_7,
			.off = -8},
		SET(BPF_REG_2, BPF_REG_10),
		{.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_2, .imm = -8},
		{.code = BPF_LD | BPF_DW | BPF_IMM,
			.dst_reg = BPF_REG_1,
			.src_reg = BPF_PSEUDO_MAP_FD,
			.imm = map},
		{0}, /* the other half of that number */
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_map_lookup_elem},
		{.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = BPF_REG_0, .off = 6},
		LOAD(BPF_REG_1, BPF_REG_0, offsetof(struct range, low)),
		LOAD(BPF_REG_2, BPF_REG_0, offsetof(struct range, size)),
		{.code = BPF_ALU64 | BPF_SUB | BPF_X, .dst_reg = BPF_REG_6, .src_reg = BPF_REG_1},
		{.code = BPF_JMP | BPF_JGE | BPF_X,
			.dst_reg = BPF_REG_6,
			.src_reg = BPF_REG_2,
			.off = 2},
		SET_NUMBER(BPF_REG_0, within),
		EXIT,
		SET_NUMBER(BPF_REG_0, !within),
		EXIT,
	};
	union bpf_attr attributes = {0};

	attributes.prog_type = BPF_PROG_TYPE_PERF_EVENT;
	attributes.insns = (uintptr_t)program;
	attributes.insn_cnt = sizeof program / sizeof *program;
	attributes.license = (uintptr_t) "";
	return (int)bpf(BPF_PROG_LOAD, &attributes);
}

bool selection_open(struct selection *selection)
{
	*selection = (struct selection){.map = create_map(), .within = -1, .beyond = -1};
	if (selection->map >= 0)
		selection->within = load_program(selection->map, true);
	if (selection->within >= 0)
		selection->beyond = load_program(selection->map, false);
	if (selection->beyond >= 0)
		return true;
	selection_close(selection);
	return false;
}

void selection_close(struct selection *selection)
{
	const int fds[] = {selection->map, selection->within, selection->beyond};

	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	*selection = (struct selection){-1, -1, -1};
}

bool selection_apply(const struct selection *selection, int event, bool within)
{
	return !ioctl(
		event, PERF_EVENT_IOC_SET_BPF, within ? selection->within : selection->beyond);
}

/* Of each page that the range has a part of. */
static bool change(const struct selection *selection, int command, struct range range)
{
	uint64_t last = (range.low + range.size - 1) >> PAGE_BITS;
	union bpf_attr attributes = {0};
	bool done = true;

	for (uint64_t page = range.low >> PAGE_BITS; page <= last; page++) {
		attributes.map_fd = (uint32_t)selection->map;
		attributes.key = (uintptr_t)&page;
		if (command == BPF_MAP_UPDATE_ELEM)
			attributes.value = (uintptr_t)&range;
		done &= !bpf(command, &attributes);
	}
	return done;
}

bool selection_add(const struct selection *selection, uint64_t low, uint64_t size)
{
	if (change(selection, BPF_MAP_UPDATE_ELEM, (struct range){low, size}))
		return true;
	selection_remove(selection, low, size);
	return false;
}

void selection_remove(const struct selection *selection, uint64_t low, uint64_t size)
{
	change(selection, BPF_MAP_DELETE_ELEM, (struct range){low, size});
}
