/* Ranges of stack pointers. */
#include "target/selection.h"

#include <stddef.h>

/* Each range is found by the pages that it has a part of: in one of the ways that the set of a page
 * has. A set is a cache line. */
#define SETS 256
#define WAYS 4
#define SET_BITS 6

#define PAGE_BITS 12

/* It is there when it has a size. */
struct range {
	uint64_t low, size;
};

struct set {
	struct range ways[WAYS];
};

#define SELECTED (BPF_LABEL)

_Static_assert(sizeof(struct set) == 1 << SET_BITS, "found by a shift");

static struct set *set_of(const struct selection *selection, uint64_t page)
{
	struct set *sets = selection->shared.memory;

	return &sets[(page ^ page / SETS) % SETS];
}

/* The same, of the stack pointer's page. */
static void find_set(const struct selection *selection, struct bpf_program *program)
{
	bpf_move(program, BPF_REG_1, BPF_REG_STACK);
	bpf_calculate(program, BPF_RSH, BPF_REG_1, PAGE_BITS);
	bpf_move(program, BPF_REG_2, BPF_REG_1);
	bpf_calculate(program, BPF_RSH, BPF_REG_2, __builtin_ctz(SETS));
	bpf_combine(program, BPF_XOR, BPF_REG_1, BPF_REG_2);
	bpf_calculate(program, BPF_AND, BPF_REG_1, SETS - 1);
	bpf_calculate(program, BPF_LSH, BPF_REG_1, SET_BITS);
	bpf_load_shared(program, BPF_REG_8, &selection->shared);
	bpf_combine(program, BPF_ADD, BPF_REG_8, BPF_REG_1);
}

void selection_write(const struct selection *selection, struct bpf_program *program, int16_t label)
{
	find_set(selection, program);
	for (size_t i = 0; i < WAYS; i++) {
		bpf_load(program, BPF_REG_2, BPF_REG_8, offsetof(struct set, ways[i].low));
		bpf_move(program, BPF_REG_1, BPF_REG_STACK);
		bpf_combine(program, BPF_SUB, BPF_REG_1, BPF_REG_2);
		bpf_load(program, BPF_REG_7, BPF_REG_8, offsetof(struct set, ways[i].size));
		bpf_jump_if(program, BPF_JGT, BPF_REG_7, BPF_REG_1, SELECTED);
	}
	bpf_jump(program, label);
	bpf_here(program, SELECTED);
	bpf_combine(program, BPF_SUB, BPF_REG_7, BPF_REG_1);
}

bool selection_open(struct selection *selection)
{
	return bpf_share(&selection->shared, SETS * sizeof(struct set));
}

void selection_close(struct selection *selection)
{
	bpf_unshare(&selection->shared);
}

/* Whoever has a fault meanwhile sees a range of nothing, or all of it. */
static void set(struct range *range, uint64_t low, uint64_t size)
{
	__atomic_store_n(&range->size, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&range->low, low, __ATOMIC_SEQ_CST);
	__atomic_store_n(&range->size, size, __ATOMIC_SEQ_CST);
}

/* The way that has a range which begins there; one that has none, where `low` is 0. */
static struct range *find(struct set *of, uint64_t low)
{
	for (size_t i = 0; i < WAYS; i++)
		if (low ? of->ways[i].low == low : !of->ways[i].size)
			return &of->ways[i];
	return NULL;
}

bool selection_add(struct selection *selection, uint64_t low, uint64_t size)
{
	uint64_t last = (low + size - 1) >> PAGE_BITS;

	for (uint64_t page = low >> PAGE_BITS; page <= last; page++) {
		struct range *range = find(set_of(selection, page), 0);

		if (!range) {
			selection_remove(selection, low, size);
			return false;
		}
		set(range, low, size);
	}
	return true;
}

void selection_remove(struct selection *selection, uint64_t low, uint64_t size)
{
	uint64_t last = (low + size - 1) >> PAGE_BITS;

	for (uint64_t page = low >> PAGE_BITS; page <= last; page++) {
		struct range *range = find(set_of(selection, page), low);

		if (range)
			set(range, 0, 0);
	}
}
