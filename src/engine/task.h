/*
 * The threads that a session traces: those of the target, and for a while the child of a
 * vfork, which runs in the target's memory.
 */
#ifndef PTMEM_ENGINE_TASK_H
#define PTMEM_ENGINE_TASK_H

#include "base/error.h"
#include "base/vec.h"
#include "profile/shadow.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct task {
	pid_t tid;
	pid_t process; /* whose thread it is */
	struct shadow_stack shadow;
	uint32_t stepping; /* the breakpoint whose instruction it steps over, or NONE */

	/* A signal came before the instruction at this breakpoint was done: the thread will
	 * hit it again, and that is not another call. */
	uint32_t again;
	struct target_address again_slot;

	/* The stack that it was last known to run on. */
	uint64_t stack_start, stack_end;
};

/* Zeroed is empty. Tasks stay where they are while they live. */
struct tasks VEC(struct task *);

struct task *tasks_find(const struct tasks *tasks, pid_t tid);

/* A new task, its shadow stack not yet initialised; NULL when out of memory. */
struct task *tasks_add(struct tasks *tasks, pid_t tid, pid_t process);
void tasks_remove(struct tasks *tasks, struct task *task);
void tasks_deinit(struct tasks *tasks);

/* The process that a thread belongs to, and its name (of at most 15 characters); false
 * where it is gone. */
bool task_identify(pid_t tid, pid_t *process, char name[16]);

#endif
