/* Samples that are taken where the stack pointer is within a range. */
#include "target/selection.h"

#include <stddef.h>
#include <sys/mman.h>
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

#define SELECTED (BPF_LABEL)
#define NOT_SELECTED (BPF_LABEL - 1)
#define TAKEN (BPF_LABEL - 2)

static void look_at_first(struct bpf_program *program, int first)
{
	bpf_load_map(program, BPF_REG_8, BPF_PSEUDO_MAP_VALUE, first);
	for (size_t i = 0; i < FIRST; i++) {
		bpf_move(program, BPF_REG_1, BPF_REG_STACK);
		bpf_load(program, BPF_REG_2, BPF_REG_8, offsetof(struct selected, first[i].low));
		bpf_combine(program, BPF_SUB, BPF_REG_1, BPF_REG_2);
		bpf_load(program, BPF_REG_2, BPF_REG_8, offsetof(struct selected, first[i].size));
		bpf_jump_if(program, BPF_JLT, BPF_REG_1, BPF_REG_2, SELECTED);
	}
	bpf_load(program, BPF_REG_1, BPF_REG_8, offsetof(struct selected, others));
	bpf_jump_if_number(program, BPF_JEQ, BPF_REG_1, 0, NOT_SELECTED);
}

/* By the page of the stack pointer, which goes onto the program's own stack. */
static void look_at_others(struct bpf_program *program, int others)
{
	bpf_move(program, BPF_REG_1, BPF_REG_STACK);
	bpf_calculate(program, BPF_RSH, BPF_REG_1, PAGE_BITS);
	bpf_store(program, BPF_REG_10, -(int)sizeof(uint64_t), BPF_REG_1);
	bpf_move(program, BPF_REG_2, BPF_REG_10);
	bpf_calculate(program, BPF_ADD, BPF_REG_2, -(int)sizeof(uint64_t));
	bpf_load_map(program, BPF_REG_1, BPF_PSEUDO_MAP_FD, others);
	bpf_call(program, BPF_FUNC_map_lookup_elem);
	bpf_jump_if_number(program, BPF_JEQ, BPF_REG_0, 0, NOT_SELECTED);
	bpf_load(program, BPF_REG_1, BPF_REG_0, offsetof(struct range, low));
	bpf_load(program, BPF_REG_2, BPF_REG_0, offsetof(struct range, size));
	bpf_move(program, BPF_REG_3, BPF_REG_STACK);
	bpf_combine(program, BPF_SUB, BPF_REG_3, BPF_REG_1);
	bpf_jump_if(program, BPF_JLT, BPF_REG_3, BPF_REG_2, SELECTED);
}

void selection_write(const struct selection *selection, struct bpf_program *program, bool within)
{
	look_at_first(program, selection->first);
	look_at_others(program, selection->others);
	bpf_here(program, NOT_SELECTED);
	bpf_jump(program, within ? BPF_SKIP : TAKEN);
	bpf_here(program, SELECTED);
	if (!within)
		bpf_jump(program, BPF_SKIP);
	bpf_here(program, TAKEN);
}

bool selection_open(struct selection *selection)
{
	selection->others = bpf_create_map(
		BPF_MAP_TYPE_HASH, sizeof(uint64_t), sizeof(struct range), OTHERS_MAX, 0);
	selection->ranges = bpf_share(sizeof *selection->ranges, &selection->first);
	if (selection->ranges && selection->others >= 0)
		return true;
	selection_close(selection);
	return false;
}

void selection_close(struct selection *selection)
{
	if (selection->ranges)
		munmap(selection->ranges, sizeof *selection->ranges);
	if (selection->first >= 0)
		close(selection->first);
	if (selection->others >= 0)
		close(selection->others);
	*selection = (struct selection){-1, NULL, -1};
}

/* Of each page that the range has a part of. */
static bool change_others(const struct selection *selection, int command, struct range range)
{
	uint64_t last = (range.low + range.size - 1) >> PAGE_BITS;
	bool done = true;

	for (uint64_t page = range.low >> PAGE_BITS; page <= last; page++)
		done &= bpf_change(selection->others, command, &page,
			command == BPF_MAP_UPDATE_ELEM ? &range : NULL);
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
