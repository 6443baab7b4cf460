/* The threads that a session traces. */
#include "engine/task.h"

#include "target/breakpoint.h"

#include <stdlib.h>
#include <string.h>

struct task *tasks_find(const struct tasks *tasks, pid_t tid)
{
	/* Ascending by tid. */
	size_t low = 0, high = tasks->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (tasks->items[middle]->tid < tid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < tasks->count && tasks->items[low]->tid == tid ? tasks->items[low] : NULL;
}

struct task *tasks_add(struct tasks *tasks, pid_t tid, pid_t group, struct process *process)
{
	struct task *task = calloc(1, sizeof *task);
	size_t place;

	if (!task || !vec_append(tasks)) {
		free(task);
		return NULL;
	}
	for (place = tasks->count - 1; place && tasks->items[place - 1]->tid > tid; place--)
		tasks->items[place] = tasks->items[place - 1];
	task->tid = tid;
	task->group = group;
	task->process = process;
	task->counter.fd = task->fault_event.fd = -1;
	task->stepping = task->again = BREAKPOINT_NONE;
	return tasks->items[place] = task;
}

static void task_destroy(struct task *task)
{
	shadow_deinit(&task->shadow);
	sampled_stack_deinit(&task->stack);
	vec_deinit(&task->frames);
	vec_deinit(&task->objects.list);
	fault_counter_close(&task->counter);
	fault_event_close(&task->fault_event);
	free(task);
}

void tasks_remove(struct tasks *tasks, struct task *task)
{
	size_t place = 0;

	while (tasks->items[place] != task)
		place++;
	memmove(&tasks->items[place], &tasks->items[place + 1],
		(tasks->count - place - 1) * sizeof(struct task *));
	tasks->count--;
	task_destroy(task);
}

void task_begin_program(struct task *task)
{
	task->unmet = task->held = false;
	task->stepping = task->again = BREAKPOINT_NONE;
	task->stack_start = task->stack_end = 0;
	fault_event_close(&task->fault_event);
	sampled_stack_deinit(&task->stack);
	task->frames.count = 0;
	task->objects.list.count = 0;
}

void tasks_deinit(struct tasks *tasks)
{
	for (size_t i = 0; i < tasks->count; i++)
		task_destroy(tasks->items[i]);
	vec_deinit(tasks);
}
