/* Programs that begin: the first one, and every exec of a process that is watched. */
#include "engine/session_internal.h"

#include "profile/ledger.h"
#include "target/privileges.h"
#include "target/ptrace.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

struct ptmem_error *session_open_program(
	struct session *session, struct process *process, bool begins)
{
	uint32_t program;
	struct ptmem_error *error = process_open(process);

	if (!error)
		error = images_open_program(&session->images, process->pid, &program);
	if (error)
		return error;
	process_know_program(process, &session->images, program, begins);
	return session_load(session, process);
}

/* A program is about to begin, in fresh memory. What it is linked with is not there yet. */
static struct ptmem_error *session_open(struct session *session, struct process *process, pid_t tid)
{
	struct ptmem_error *error = session_open_program(session, process, true);

	if (!error)
		error = process_mark(process, &session->images, true);
	if (!error)
		error = session_plant(session, process, tid, true);
	if (!error)
		error = session_sample(session, process->pid);
	if (!error)
		error = session_know_pages(session, process);
	if (error)
		process_lift(process);
	return error;
}

/* One that is not the only program of the run. If it cannot be watched it runs unwatched. */
static struct ptmem_error *session_open_another(struct session *session, struct task *task)
{
	struct ptmem_error *error = session_open(session, task->process, task->tid);

	if (!error || error_is(error, ERROR_GONE) || error_is(error, ERROR_NO_MEMORY))
		return error;
	session_warn(session, error);
	return NULL;
}

void session_start(struct session *session, struct process *process)
{
	const struct session_observer *observer = session->options->observer;

	if (observer && !session->has_begun)
		observer->begin(observer->context, process->pid);
	process->armed = session->has_begun = true;
	process->waits = false;
	session_record(session, process);
	ledger_start(process->profile, &process->first);
	if (session->options->from->count ||
		session->images.items[process->objects.program].scope.begins_later)
		process->profile->outside = session->outside;
	session_watch_all_faults(session, process);
}

/*
 * All is measured from here, with nothing run. Whether the patterns match anything is known once
 * all is loaded that the program is linked with.
 */
static struct ptmem_error *session_measure(struct session *session, struct process *process)
{
	struct ptmem_error *error = process_read(process, process->pid, &process->first);

	process->waits = process->rendezvous != BREAKPOINT_NONE;
	if (!error && !process->waits)
		error = session_check_patterns(session);
	if (!error && !process->waits)
		session_start(session, process);
	return error;
}

/* The first program: what is wrong with it is the user's to know before it runs. */
static struct ptmem_error *session_begin(struct session *session, struct task *task)
{
	struct ptmem_error *error = session->options->follow
					    ? session_open_another(session, task)
					    : session_open(session, task->process, task->tid);

	return error ? error : session_measure(session, task->process);
}

/* One that was executed in place of the old one cannot be let go in time. */
static void session_warn_of_privileges(struct session *session, const struct process *process)
{
	char link[32], path[PATH_MAX];
	ssize_t length;

	snprintf(link, sizeof link, "/proc/%d/exe", process->pid);
	length = session->capable ? -1 : readlink(link, path, sizeof path - 1);
	if (length < 0)
		return;
	path[length] = '\0';
	if (gives_privileges(path))
		session_warn(
			session, error_new(ERROR_SYSTEM,
					 "%s: traced, it runs without the privileges that it has "
					 "alone: run ptmem as root",
					 path));
}

/* The program became another one. What the old one held is gone, by nobody's call. */
static struct ptmem_error *session_begin_again(struct session *session, struct task *task)
{
	struct process *process = task->process;
	struct amounts reading;
	struct ptmem_error *error;

	calls_end(&process->calls, task);
	if (!shadow_set_idle(&task->shadow, session->exec))
		return &error_no_memory;
	memory_source_close(&process->source);
	session_know_command(process, NULL);
	session_warn_of_privileges(session, process);
	error = session_account(session, task, &reading);
	if (!error)
		error = session_open_another(session, task);
	if (!error && !shadow_set_idle(&task->shadow, session->startup))
		error = &error_no_memory;
	if (!error)
		error = session_own(session, task, &reading, 0);
	session_watch_faults(session, task);
	return error;
}

/* The child of a vfork has memory of its own now: it is let go, or a process like any other. */
struct ptmem_error *session_free_guest(struct session *session, struct task *task)
{
	bool follow = session->options->follow && !session->leaving;
	struct task_status status;
	struct process *process;
	pid_t tid = task->tid;
	bool owes = false;
	struct ptmem_error *error =
		follow || !session->exact ? NULL : session_lend_trap(session, task, &owes);

	if (error)
		return error;
	task->freed = owes;
	if (owes)
		return tracee_resume(tid, 0);
	session_remove_task(session, task);
	if (!follow)
		return session_free_thread(session, tid, 0);
	if (!task_status_read(tid, &status))
		return &error_gone;
	process = session_add_process(session, tid);
	if (!process)
		return &error_no_memory;
	process->parent = status.parent;
	session_warn_of_privileges(session, process);
	error = session_add_task(session, process, tid, tid, status.name, &task);
	if (!error)
		error = session_open_another(session, task);
	if (!error)
		error = session_measure(session, process);
	return error ? error : session_resume(session, task, 0);
}

/* The other threads are no more; the one that called exec has the leader's tid now. */
static void session_forget_threads(struct session *session, const struct task *survivor)
{
	for (size_t i = session->tasks.count; i-- > 0;) {
		struct task *task = session->tasks.items[i];

		if (task != survivor && task->group == survivor->group)
			session_remove_task(session, task);
	}
}

struct ptmem_error *session_on_exec(struct session *session, struct task *task)
{
	struct process *process = task->process;
	struct ptmem_error *error;

	if (task->group != process->pid)
		return session_free_guest(session, task);
	session_forget_anchors(session, process);
	session_forget_threads(session, task);
	task_begin_program(task);
	sampling_drop_places(&session->sampling);
	error = session_adopt(session, process);
	if (error)
		return error;
	if (session->leaving)
		return session_resume(session, task, 0);
	error = process->armed ? session_begin_again(session, task) : session_begin(session, task);
	return error ? error : session_resume(session, task, 0);
}
