/*
 * The threads that a session traces: those of the processes that it watches, and for a while
 * the child of a vfork, which runs in its parent's memory.
 */
#ifndef PTMEM_ENGINE_TASK_H
#define PTMEM_ENGINE_TASK_H

#include "base/error.h"
#include "base/vec.h"
#include "engine/anchor.h"
#include "engine/living.h"
#include "profile/shadow.h"
#include "target/fault_event.h"
#include "target/faults.h"
#include "unwind/sampled.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process;

/* A frame of a thread's stack as its last sample had it. */
struct task_frame {
	uint32_t function; /* its location, or CODE_UNWATCHED */
	uint32_t depth;    /* of the shadow stack with it */
};

struct task {
	pid_t tid;
	pid_t group;             /* the process that it is a thread of */
	struct process *process; /* in whose memory it runs */
	struct shadow_stack shadow;
	struct on_stack objects; /* that lie on its stack */
	bool held;               /* it has made a child that is still to be let go */
	bool unmet;        /* it ran before it was traced, and what is on its stack is not known */
	uint32_t stepping; /* the breakpoint whose instruction it steps over, or NONE */

	/* A signal came before the instruction at this breakpoint was done: the thread will
	 * hit it again, and that is not another call. */
	uint32_t again;
	struct target_address again_slot;

	/* The stack that it was last known to run on. */
	uint64_t stack_start, stack_end;

	struct fault_event fault_event; /* where each is a stop */
	bool freed;                     /* the child of a vfork, about to be let go */
	bool lent;                      /* SIGTRAP, which it holds back: until one is reported */
	/* What its last sample had on the stack, and what that is. */
	struct sampled_stack stack;
	struct VEC(struct task_frame) frames;
	struct anchor anchor; /* that its samples need not reach beyond */
	bool exiting;         /* it will not run any more */

	/* Page faults that it has taken; `faults` of them are accounted for. */
	struct fault_counter counter;
	uint64_t faults;
};

/* Zeroed is empty. Tasks stay where they are while they live. */
struct tasks VEC(struct task *);

struct task *tasks_find(const struct tasks *tasks, pid_t tid);

/* A new task, its shadow stack not yet initialised; NULL when out of memory. */
struct task *tasks_add(struct tasks *tasks, pid_t tid, pid_t group, struct process *process);
void tasks_remove(struct tasks *tasks, struct task *task);
/* It runs a new program: nothing that was known of its code or its stacks holds. */
void task_begin_program(struct task *task);

void tasks_deinit(struct tasks *tasks);

#endif
