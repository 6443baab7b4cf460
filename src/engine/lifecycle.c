/* Tasks and processes that begin and end. */
#include "engine/session_internal.h"

#include "engine/signals.h"

#include "target/ptrace.h"

#include <stdlib.h>

/* Where page faults are no stops, so many a second for what gives memory back go unnoticed. */
#define MOVES_A_SECOND 1000

struct process *session_add_process(struct session *session, pid_t pid)
{
	struct process_profile *record =
		profiles_add(session->profiles, session->options->metric, pid);
	struct process *process =
		record ? process_create(record, session->options->max_hits) : NULL;
	bool launched = !session->options->attach;
	struct process **new = process ? vec_append(&session->processes) : NULL;

	if (new) {
		if (session->options->objects)
			process_follow_objects(process, &session->images, &session->receivers);
		session_observe_calls(session, process);
		process->plants_calls = session->engine == ENGINE_BREAKPOINTS;
		process->catches_moves = session->engine == ENGINE_FAULTS &&
					 (session->exact || !session->options->attach);
		process->movers.back_only = !session->exact;
		process->movers.limit = session->exact ? 0 : MOVES_A_SECOND;
		process->options = TRACE_OPTIONS | (launched ? PTRACE_O_EXITKILL : 0);
		return *new = process;
	}
	process_destroy(process);
	return NULL;
}

struct process *session_find_process(const struct session *session, pid_t pid)
{
	for (size_t i = 0; i < session->processes.count; i++)
		if (session->processes.items[i]->pid == pid)
			return session->processes.items[i];
	return NULL;
}

/*
 * Another thread in this memory: from here on it matters whose faults are whose. What moved
 * until now was the doing of the one thread that there was.
 */
static struct ptmem_error *session_count_from_now(struct session *session, struct process *process)
{
	struct amounts reading;

	for (size_t i = 0; i < session->tasks.count; i++) {
		struct task *task = session->tasks.items[i];

		if (task->process != process || task->counter.fd >= 0)
			continue;
		session_count_faults(task);
		return process->armed ? session_account(session, task, &reading) : NULL;
	}
	return NULL;
}

struct ptmem_error *session_add_task(struct session *session, struct process *process, pid_t tid,
	pid_t group, const char *name, struct task **added)
{
	struct ptmem_error *error =
		process->tasks == 1 ? session_count_from_now(session, process) : NULL;
	uint32_t root = process_thread_root(process, name);
	struct task *task = error ? NULL : tasks_add(&session->tasks, tid, group, process);

	if (error)
		return error;
	if (!task)
		return &error_no_memory;
	process->tasks++;
	sampling_brake(&session->sampling, tid);
	if (process->tasks > 1)
		session_count_faults(task);
	if (root == UINT32_MAX || !shadow_init(&task->shadow, process->profile, root,
					  process->begun ? session->unwatched : session->startup))
		return &error_no_memory;
	if (added)
		*added = task;
	session_watch_faults(session, task);
	return NULL;
}

/* A child that it made in its last moment may have yet to report: its breakpoints are those. */
static void session_bury(struct session *session, struct process *process)
{
	struct process **grave = &session->graves[session->next_grave++ % GRAVES];

	process_destroy(*grave);
	*grave = process;
}

/* The last task of a process is gone: what was measured stays, the rest is freed. */
static void session_end_process(struct session *session, struct process *process)
{
	struct session_result *result = session->result;
	uint32_t hottest;
	uint64_t calls, released = calls_released(&process->calls, &hottest, &calls);
	size_t place = 0;

	result->calls += process->calls.entries;
	result->uncaught += process->calls.uncaught;
	result->released += released;
	result->ambiguous += process->division.ambiguous;
	if (calls > session->hottest_calls) {
		session->hottest_calls = calls;
		result->hottest = hottest;
	}
	process->profile->peak = process_peak(process);
	session->has_first |= process->record->ended;
	session_leave_recording(session, process);
	while (session->processes.items[place] != process)
		place++;
	session->processes.items[place] = session->processes.items[--session->processes.count];
	session_bury(session, process);
}

void session_remove_task(struct session *session, struct task *task)
{
	struct process *process = task->process;

	if (process->last == task)
		process->last = NULL;
	session_drop_anchor(session, task);
	sampling_unbrake(&session->sampling, task->tid);
	sampling_unwant(&session->sampling, task->tid);
	if (process->tasks == 1)
		session_take_rest(task);
	calls_end(&process->calls, task);
	shadow_finish(&task->shadow);
	tasks_remove(&session->tasks, task);
	if (!--process->tasks)
		session_end_process(session, process);
}

static void session_keep_peak(struct task *task)
{
	struct process *process = task->process;
	int64_t peak;
	struct ptmem_error *error = memory_peak(task->tid, &peak);

	if (error) {
		error_free(error);
		return;
	}
	process->peak_known = true;
	if (peak > process->profile->peak)
		process->profile->peak = peak;
}

/* By the leader, or the last thread: what was loaded until then is all there. */
static void session_keep_mappings(struct task *task)
{
	struct process *process = task->process;

	if (!process->recorder || (task->tid != process->pid && process->tasks > 1))
		return;
	free(process->mappings);
	process->mappings = record_mappings(task->tid);
}

void session_keep_end(struct task *task)
{
	if (task->group != task->process->pid)
		return;
	session_keep_peak(task);
	session_keep_mappings(task);
}

/* The last look at the memory, while it is there. */
struct ptmem_error *session_on_exiting(struct session *session, struct task *task)
{
	struct process *process = task->process;
	struct amounts reading;
	struct task_status status;
	struct ptmem_error *error = NULL;

	task->exiting = true;
	session_drop_anchor(session, task);
	if (process->waits)
		session_start(session, process);
	if (process->armed)
		error = session_account(session, task, &reading);
	if (error)
		return error;
	fault_event_close(&task->fault_event);
	calls_end(&process->calls, task);
	if (process_owns_root(process, shadow_root(&task->shadow)) &&
		task_status_read(task->tid, &status))
		shadow_rename(&task->shadow, status.name);
	session_keep_end(task);
	if (task->tid == session->pid && session->options->observer)
		session->options->observer->end(session->options->observer->context);
	return session_resume(session, task, 0);
}

void session_note_end(struct session *session, const struct event *event)
{
	if (event->tid != session->pid)
		return;
	session->result->status = event->status;
	session->has_ended = true;
	signals_target_ended();
}

void session_on_exited(struct session *session, struct task *task, const struct event *event)
{
	struct process *process = task->process;
	pid_t tid = task->tid;

	if (tid == process->pid) {
		process->record->status = event->status;
		process->record->ended = true;
		/* Killed without a last look: the kernel kept the peak, of children as well. */
		if (!process->peak_known && !process->forked && tid == session->pid &&
			!session->options->attach)
			process->profile->peak = ended_children_peak();
	}
	session_note_end(session, event);
	if (tid == task->group)
		error_free(session_adopt(session, process));
	session_remove_task(session, task);
}
