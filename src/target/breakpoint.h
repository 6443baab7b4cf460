/*
 * The breakpoints of one address space: at function entries, where the owner watches, and
 * at return addresses, counted by how many calls will come back there. One address may be
 * both, and stays planted while it stops: the instruction that it displaced is emulated or
 * runs out of line, so no other thread can slip past.
 *
 * An address that was ever planted is never forgotten, so that everything can be taken out
 * of this address space or of a copy of it.
 */
#ifndef PTMEM_TARGET_BREAKPOINT_H
#define PTMEM_TARGET_BREAKPOINT_H

#include "arch/arch.h"
#include "base/error.h"
#include "base/map.h"
#include "base/vec.h"
#include "target/maps.h"
#include "target/memory.h"
#include "target/scratch.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define BREAKPOINT_NONE UINT32_MAX

struct breakpoint {
	struct target_address address;
	uint32_t entry;     /* the owner's name for the function that begins here, or
			       BREAKPOINT_NONE */
	uint32_t returns;   /* calls under way that return here */
	uint32_t displaced; /* index of how its instruction is done; BREAKPOINT_NONE until needed */
	uint8_t original[ARCH_TRAP_MAX];
	uint8_t strays; /* stops in a row that nobody had asked for */
	bool busy;      /* there were such stops: others return there as well */
	bool marked;    /* the owner stops here for a reason of its own */
	bool planted;
	bool touched; /* was planted at some time */
};

struct displaced_slot {
	struct displaced how;
	struct target_address slot; /* 0: none was to be had */
	bool stale;                 /* the code that it was made from is gone */
};

struct breakpoints {
	const struct target_memory *memory;
	struct VEC(struct breakpoint) list;
	struct map by_address;
	struct VEC(struct displaced_slot) displaced;
	struct VEC(uint32_t) sorted;        /* by address; stale unless as long as the list */
	struct VEC(struct bypass) bypasses; /* all that were ever made */
	struct scratch scratch;
	struct maps maps; /* to tell code from data */
	bool fleeting;    /* few of the calls that return somewhere are waited for: what nobody
			     waits for is lifted at its first stop, and from then on at once */
	struct map written; /* pages of the target that were, by number; 0 where forgotten since */
	uint64_t writes;    /* to a page that was not yet: each may have made it one more */
};

void breakpoints_init(struct breakpoints *breakpoints, const struct target_memory *memory);
void breakpoints_deinit(struct breakpoints *breakpoints);

/*
 * Those of a forked copy of that memory: planted as there, with no call under way. False when
 * out of memory; breakpoints_deinit() is due either way.
 */
bool breakpoints_copy(struct breakpoints *breakpoints, const struct breakpoints *from,
	const struct target_memory *memory);

static inline struct breakpoint *breakpoint_at(
	const struct breakpoints *breakpoints, uint32_t index)
{
	return &breakpoints->list.items[index];
}

/* BREAKPOINT_NONE where there was never one. */
uint32_t breakpoint_find(const struct breakpoints *breakpoints, struct target_address address);

/* The page is about to be written to: it is the process's own from then on. */
void breakpoints_note_write(struct breakpoints *breakpoints, struct target_address at);

/* Notes a function's entry, to be planted with the batch; ERROR_NO_MEMORY. */
struct ptmem_error *breakpoint_add_entry(
	struct breakpoints *breakpoints, struct target_address address, uint32_t entry);

/* Notes a place to stop at that is not for a call; its index in *index. */
struct ptmem_error *breakpoint_mark(
	struct breakpoints *breakpoints, struct target_address address, uint32_t *index);

/* It need not stop for that any more. */
void breakpoint_unmark(struct breakpoints *breakpoints, uint32_t index);

/*
 * Plants all that was noted since the last time, one read and one write a page. An
 * entry that lies in no memory, or on a breakpoint of the program's own, stays unplanted.
 */
struct ptmem_error *breakpoints_plant(struct breakpoints *breakpoints);

/*
 * One more call will come back to this address. *index is BREAKPOINT_NONE where it is no
 * return address: the word came from a frame that was not made by a call.
 */
struct ptmem_error *breakpoint_expect_return(
	struct breakpoints *breakpoints, struct target_address address, uint32_t *index);

/* One call less. What nobody expects any more is lifted after a few stops, not at once. */
void breakpoint_forget_return(struct breakpoints *breakpoints, uint32_t index);

/* A stop that nobody asked for; after a few in a row the breakpoint is lifted. */
void breakpoint_stray(struct breakpoints *breakpoints, uint32_t index);

/*
 * What was mapped there is gone, and every breakpoint with it: other code may come in its place.
 * Calls that were to return there are still counted.
 */
void breakpoints_forget(struct breakpoints *breakpoints, uint64_t start, uint64_t end);

/* The function's entry is not watched any more. */
void breakpoint_drop_entry(struct breakpoints *breakpoints, uint32_t index);

/*
 * The thread stands at this breakpoint: makes the displaced instruction happen when it is
 * next resumed. *step is set where it must be resumed by a single step, and
 * breakpoint_stepped() called after. Where nothing else works the breakpoint is lifted.
 */
struct ptmem_error *breakpoint_pass(struct breakpoints *breakpoints, uint32_t index, pid_t tid,
	struct registers *registers, bool *step);

/* After that single step: moves the pc from the slot to where it belongs. */
struct ptmem_error *breakpoint_stepped(
	struct breakpoints *breakpoints, uint32_t index, pid_t tid, struct registers *registers);

/*
 * Where in its own code a thread is that stands in a slot: these become its registers there. The
 * breakpoint whose instruction is still to be done, or BREAKPOINT_NONE.
 */
uint32_t breakpoint_leave_slot(const struct breakpoints *breakpoints, struct registers *registers);

/* Takes every breakpoint out of this memory: the breakpoints' own, or a forked copy of it. */
void breakpoints_lift_all(struct breakpoints *breakpoints, const struct target_memory *memory);

/* The program's own code, breakpoints left out: as many bytes as there are, at most size. */
size_t breakpoints_read_code(const struct breakpoints *breakpoints, struct target_address at,
	uint8_t *bytes, size_t size);

#endif
