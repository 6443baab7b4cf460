/*
 * The children that a traced process makes: threads, guests (the child of a vfork, in its
 * parent's memory) and processes with a copy of the memory.
 *
 * Both the maker and what it made stop, in either order. A thread or a guest is ours from
 * whichever stop comes first. A copy is let go at its own first stop, with the breakpoints
 * taken out; or, followed, it needs what its maker was in the midst of, and so both stops.
 */
#include "engine/session_internal.h"

#include "profile/ledger.h"
#include "target/inject.h"
#include "target/privileges.h"
#include "target/ptrace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Asked through any thread: the first one may have ended, and have no memory. */
static bool in_memory_of(const struct session *session, const struct process *process, pid_t pid)
{
	for (size_t i = 0; i < session->tasks.count; i++) {
		const struct task *task = session->tasks.items[i];

		if (task->process == process && !syscall(SYS_kcmp, task->tid, pid, KCMP_VM, 0, 0))
			return true;
		if (task->process == process && task->tid != process->pid)
			break;
	}
	return false;
}

/* The process in whose memory this one runs: most likely its parent's. NULL for its own. */
static struct process *find_memory(const struct session *session, const struct task_status *status)
{
	struct process *own = session_find_process(session, status->process);
	struct process *parent = session_find_process(session, status->parent);

	if (own || (parent && in_memory_of(session, parent, status->process)))
		return own ? own : parent;
	for (size_t i = 0; i < session->processes.count; i++)
		if (in_memory_of(session, session->processes.items[i], status->process))
			return session->processes.items[i];
	return NULL;
}

/* Of what a child's memory is a copy, as far as can be told from the child. */
static struct process *find_origin(const struct session *session, pid_t parent)
{
	struct process *found = session_find_process(session, parent);

	for (size_t i = 0; i < GRAVES && !found; i++)
		if (session->graves[i] && session->graves[i]->pid == parent)
			found = session->graves[i];
	if (!found && session->processes.count)
		found = session->processes.items[0];
	for (size_t i = 0; i < GRAVES && !found; i++)
		found = session->graves[i];
	return found;
}

static bool is_expected(const struct session *session, pid_t pid, size_t *place)
{
	for (*place = 0; *place < session->expected.count; ++*place)
		if (session->expected.items[*place].pid == pid)
			return true;
	return false;
}

/* What was held for this child may go on. */
static void session_unhold(struct session *session, pid_t maker)
{
	struct task *task = tasks_find(&session->tasks, maker);

	if (!task || !task->held)
		return;
	task->held = false;
	session->stop = EVENT_NEW_TASK;
	error_free(session_resume(session, task, 0));
}

void session_forget(struct session *session, pid_t pid)
{
	size_t place;

	if (is_expected(session, pid, &place)) {
		pid_t maker = session->expected.items[place].maker;

		session->expected.items[place] = session->expected.items[--session->expected.count];
		session_unhold(session, maker);
	}
	for (place = 0; place < session->parked.count; place++)
		if (session->parked.items[place].pid == pid) {
			session->parked.items[place] =
				session->parked.items[--session->parked.count];
			break;
		}
}

/*
 * The memory of a child, which a program hides from its own user when it gives up being
 * dumped: the child, a copy as well, is made to show it for a moment.
 */
static struct ptmem_error *open_child(
	const struct process *origin, pid_t pid, struct target_memory *memory)
{
	uint64_t show[6] = {PR_SET_DUMPABLE, 1}, hide[6] = {PR_SET_DUMPABLE, 0};
	int64_t result;
	struct ptmem_error *error = target_memory_open(pid, memory), *hidden;

	if (!error || error->errnum != EACCES || !origin || !origin->syscall.value)
		return error;
	error_free(error);
	error = inject_at(pid, origin->syscall, SYS_prctl, show, &result);
	if (error)
		return error;
	error = target_memory_open(pid, memory);
	hidden = inject_at(pid, origin->syscall, SYS_prctl, hide, &result);
	error_free(hidden);
	return error;
}

/* A child with a copy of the memory, at its first stop: it must not meet a breakpoint. */
static struct ptmem_error *session_release_child(
	struct session *session, struct process *origin, pid_t pid)
{
	struct target_memory memory;
	struct ptmem_error *error = open_child(origin, pid, &memory);

	if (!error && origin) {
		origin->forked = true;
		breakpoints_lift_all(&origin->breakpoints, &memory);
	}
	/* Where memory may not be seen, nothing was ever planted. */
	if (!error)
		target_memory_close(&memory);
	error_free(error);
	error = tracee_detach(pid, 0);
	session_forget(session, pid);
	return error;
}

/* One whose memory may not be seen (a program that hides it, or that cannot be read, without
 * privileges to do so) runs unwatched, and so do its children. */
static bool session_follows(const struct session *session, const struct process *origin, pid_t pid)
{
	char path[32];

	if (!session->options->follow || session->leaving || origin->memory.fd < 0)
		return false;
	snprintf(path, sizeof path, "/proc/%d/mem", pid);
	return session->capable || !access(path, R_OK);
}

static struct ptmem_error *session_park(struct session *session, pid_t pid, pid_t parent)
{
	struct parked *new = vec_append(&session->parked);

	if (!new)
		return &error_no_memory;
	*new = (struct parked){.pid = pid, .parent = parent};
	return NULL;
}

static bool is_parked(const struct session *session, pid_t pid)
{
	for (size_t i = 0; i < session->parked.count; i++)
		if (session->parked.items[i].pid == pid)
			return true;
	return false;
}

/* All that is measured of the child begins here, in the midst of the calls that it was born in. */
static struct ptmem_error *session_follow(struct session *session, struct process *origin,
	const struct task *maker, const struct task_status *status)
{
	struct process *process = session_add_process(session, status->process);
	struct amounts reading;
	struct task *task;
	struct ptmem_error *error;

	if (!process)
		return &error_no_memory;
	process->parent = origin->pid;
	error = process_open_copy(process, origin);
	if (!error)
		error = process_read(process, process->pid, &reading);
	if (!error) {
		session_record(session, process);
		ledger_start(process->profile, &reading);
		process->profile->outside = origin->profile->outside;
		error = session_add_task(
			session, process, process->pid, process->pid, status->name, &task);
	}
	if (!error)
		error = session_know_pages(session, process);
	if (!error && maker)
		error = calls_inherit(&process->calls, task, &maker->shadow);
	return error;
}

/* Nobody tells any more what its maker was in the midst of. */
static struct ptmem_error *session_adopt_child(
	struct session *session, struct process *origin, const struct task_status *status)
{
	pid_t pid = status->process;
	struct ptmem_error *error;

	if (!origin || !session_follows(session, origin, pid))
		return session_release_child(session, origin, pid);
	error = session_follow(session, origin, NULL, status);
	return error ? error : tracee_resume(pid, 0);
}

struct ptmem_error *session_meet(struct session *session, pid_t tid, struct task **known)
{
	struct task_status status;
	struct process *process;
	size_t place;

	*known = NULL;
	if (!task_status_read(tid, &status))
		return errno == ENOENT || errno == ESRCH
			       ? &error_gone
			       : error_errno(errno, "reading of thread %d", tid);
	process = find_memory(session, &status);
	if (process) {
		session_forget(session, tid);
		process->forked |= status.process != process->pid;
		return session_add_task(session, process, tid, status.process, status.name, known);
	}
	if (session->options->follow && !session->leaving && !is_expected(session, tid, &place))
		return session_find_process(session, status.parent)
			       ? session_park(session, tid, status.parent)
			       : session_adopt_child(
					 session, find_origin(session, status.parent), &status);
	return session_release_child(session, find_origin(session, status.parent), tid);
}

/* A child with a copy of the memory, whose maker is known. */
static struct ptmem_error *session_on_fork(
	struct session *session, struct task *maker, const struct task_status *status)
{
	bool parked = is_parked(session, status->process);
	struct process *origin = maker->process;
	struct expected *new;
	struct ptmem_error *error;

	origin->forked = true;
	if (session_follows(session, origin, status->process)) {
		error = session_follow(session, origin, maker, status);
		session_forget(session, status->process);
		return !error && parked ? tracee_resume(status->process, 0) : error;
	}
	if (parked)
		return session_release_child(session, origin, status->process);
	new = vec_append(&session->expected);
	if (!new)
		return &error_no_memory;
	*new = (struct expected){.pid = status->process, .maker = maker->tid};
	maker->held = true;
	return NULL;
}

static struct ptmem_error *session_make(struct session *session, struct task *task)
{
	struct task_status status;
	unsigned long made;
	struct process *process;
	struct ptmem_error *error = tracee_event_message(task->tid, &made);

	/* It may have been met before, and be let go or gone by now. */
	if (error || tasks_find(&session->tasks, (pid_t)made) ||
		!task_status_read((pid_t)made, &status) || status.tracer != getpid())
		return error;
	process = find_memory(session, &status);
	if (!process)
		return session_on_fork(session, task, &status);
	process->forked |= status.process != process->pid;
	return session_add_task(session, process, (pid_t)made, status.process, status.name, NULL);
}

struct ptmem_error *session_on_new_task(struct session *session, struct task *task)
{
	struct ptmem_error *error = session_make(session, task);

	return error || task->held ? error : session_resume(session, task, 0);
}

/* As far as it can be seen from here: through the guest's own root and folders. */
static bool names_privileged(const struct task *task, int folder, struct target_address address)
{
	char name[PATH_MAX], path[PATH_MAX + 64];
	size_t size = target_read_some(&task->process->memory, address, name, sizeof name);

	if (!memchr(name, '\0', size))
		return false;
	if (*name == '/')
		snprintf(path, sizeof path, "/proc/%d/root%s", task->tid, name);
	else if (folder == AT_FDCWD)
		snprintf(path, sizeof path, "/proc/%d/cwd/%s", task->tid, name);
	else
		snprintf(path, sizeof path, "/proc/%d/fd/%d%s%s", task->tid, folder,
			*name ? "/" : "", name);
	return gives_privileges(path);
}

static bool begins_privileged(const struct task *task, const struct registers *registers)
{
	uint64_t arguments[6];
	long number = arch->beginning_syscall(registers, arguments);

	if (number == SYS_execve)
		return names_privileged(task, AT_FDCWD, target_address(arguments[0]));
	return number == SYS_execveat &&
	       names_privileged(task, (int)arguments[0], target_address(arguments[1]));
}

struct ptmem_error *session_on_syscall(struct session *session, struct task *task)
{
	struct registers registers;
	pid_t tid = task->tid;
	struct ptmem_error *error = tracee_registers(tid, &registers);

	if (error)
		return error;
	if (!begins_privileged(task, &registers))
		return session_resume(session, task, 0);
	session_remove_task(session, task);
	return session_free_thread(session, tid, 0);
}

struct ptmem_error *session_adopt(struct session *session, struct process *process)
{
	struct ptmem_error *problem = NULL;

	for (size_t i = session->parked.count; i-- > 0;) {
		struct parked parked = session->parked.items[i];
		struct ptmem_error *error = NULL;
		struct task_status status;

		if (parked.parent != process->pid)
			continue;
		session->parked.items[i] = session->parked.items[--session->parked.count];
		if (task_status_read(parked.pid, &status))
			error = session_adopt_child(session, process, &status);
		if (error_is(error, ERROR_GONE) || problem)
			error_free(error);
		else
			problem = error;
	}
	return problem;
}
