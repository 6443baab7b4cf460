/* Tasks and programs that begin and end. */
#include "engine/session_internal.h"

#include "profile/ledger.h"
#include "target/ptrace.h"

#include <linux/kcmp.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

struct ptmem_error *session_add_task(
	struct session *session, pid_t tid, pid_t process, const char *name)
{
	uint32_t root = places_thread_location(session->profile->places, ++session->threads, name);
	struct task *task = tasks_add(&session->tasks, tid, process);

	if (root == UINT32_MAX || !task ||
		!shadow_init(&task->shadow, session->profile, root,
			session->process.begun ? session->unwatched : session->startup))
		return &error_no_memory;
	return NULL;
}

static void session_remove_task(struct session *session, struct task *task)
{
	calls_end(&session->process.calls, task);
	shadow_finish(&task->shadow);
	tasks_remove(&session->tasks, task);
}

/* Whether a new process runs in the target's memory, as the child of a vfork does. */
static bool shares_memory(const struct session *session, pid_t process)
{
	return syscall(SYS_kcmp, session->process.pid, process, KCMP_VM, 0, 0) == 0;
}

/* A child with a copy of the memory: it is not followed, and must not meet a breakpoint. */
static struct ptmem_error *session_release_child(struct session *session, pid_t process)
{
	struct target_memory memory;
	struct ptmem_error *error = target_memory_open(process, &memory);

	session->forked = true;
	if (error)
		return error;
	breakpoints_lift_all(&session->process.breakpoints, &memory);
	target_memory_close(&memory);
	return tracee_detach(process, 0);
}

struct ptmem_error *session_meet(struct session *session, pid_t tid, bool *ours)
{
	char name[16];
	pid_t process;

	*ours = false;
	if (!task_identify(tid, &process, name))
		return &error_gone;
	if (process != session->process.pid && !shares_memory(session, process))
		return session_release_child(session, tid);
	*ours = true;
	session->forked |= process != session->process.pid;
	return session_add_task(session, tid, process, name);
}

/* What the user should know of a file before wondering about the table. */
static void session_warn_of_image(
	struct session *session, const struct image *image, size_t watched)
{
	const char *path = session->profile->places->modules.items[image->module].path;
	const char *problem = object_debug_problem(image->object);

	if (problem)
		session_warn(
			session, error_new(ERROR_FORMAT, "%s: its debug info cannot be read: %s",
					 path, problem));
	if (!watched)
		session_warn(session, error_new(ERROR_FORMAT,
					      "%s: no debug info and no symbols: none of its "
					      "functions are watched",
					      path));
}

/* A program is about to begin, in fresh memory. */
static struct ptmem_error *session_arm(struct session *session)
{
	const struct session_options *options = session->options;
	struct watch_patterns patterns = {options->funcs, options->exclude, options->files};
	size_t known = session->images.count, count;
	uint32_t image;
	struct ptmem_error *error = process_open(&session->process);

	if (!error)
		error = images_open(
			&session->images, session->process.pid, session->profile, &image);
	if (!error)
		error = process_plant(
			&session->process, &session->images.items[image], &patterns, &count);
	if (error)
		return error;
	if (session->images.count > known)
		session_warn_of_image(session, &session->images.items[image], count);
	session->result->functions += count;
	return NULL;
}

/* A run that cannot be recorded goes on all the same. */
static void session_record(struct session *session)
{
	const struct session_options *options = session->options;
	char *path = options->record.pattern ? record_path(options->record.pattern,
						       session->process.pid, options->argv[0])
					     : NULL;
	struct ptmem_error *error;

	if (!path)
		return;
	session->first->pid = session->process.pid;
	session->first->command = record_command(options->argv);
	error = recorder_open(path, options->record.force, &session->recorder);
	if (!error)
		error = record_begin(session->recorder, session->first, 0, session->first->command);
	if (error) {
		free(path);
		session_warn(session, error);
		return;
	}
	session->result->recording = path;
	for (size_t i = 0; i < session->tasks.count; i++)
		shadow_announce(&session->tasks.items[i]->shadow);
}

/*
 * The first program: what is wrong with it is the user's to know before it runs. All is
 * measured from here, planted and with nothing run.
 */
static struct ptmem_error *session_begin(struct session *session)
{
	struct amounts reading;
	struct ptmem_error *error = session_arm(session);

	if (!error)
		error = process_read(&session->process, session->process.pid, &reading);
	if (error)
		return error;
	session->armed = true;
	session_record(session);
	ledger_start(session->profile, &reading);
	return NULL;
}

/* One that cannot be watched runs unwatched; having nothing that a pattern matches is usual. */
static struct ptmem_error *session_arm_again(struct session *session)
{
	struct ptmem_error *error = session_arm(session);

	if (!error || error_is(error, ERROR_GONE) || error_is(error, ERROR_NO_MEMORY))
		return error;
	if (error_is(error, ERROR_NO_MATCH))
		error_free(error);
	else
		session_warn(session, error);
	return NULL;
}

/* The program became another one. What the old one held is gone, by nobody's call. */
static struct ptmem_error *session_begin_again(struct session *session, struct task *task)
{
	struct amounts reading;
	struct ptmem_error *error;

	calls_end(&session->process.calls, task);
	if (!shadow_set_idle(&task->shadow, session->exec))
		return &error_no_memory;
	memory_source_close(&session->process.source);
	error = session_account(session, task, &reading);
	if (!error)
		error = session_arm_again(session);
	if (!error && !shadow_set_idle(&task->shadow, session->startup))
		error = &error_no_memory;
	return error ? error : session_own(session, task->tid, &reading);
}

/* The child of a vfork has memory of its own now. */
static struct ptmem_error *session_release_guest(struct session *session, struct task *task)
{
	pid_t tid = task->tid;

	session_remove_task(session, task);
	return tracee_detach(tid, 0);
}

/* The other threads are no more; the one that called exec has the leader's tid now. */
static void session_forget_threads(struct session *session, const struct task *survivor)
{
	for (size_t i = session->tasks.count; i-- > 0;) {
		struct task *task = session->tasks.items[i];

		if (task != survivor && task->process == survivor->process)
			session_remove_task(session, task);
	}
}

struct ptmem_error *session_on_exec(struct session *session, struct task *task)
{
	struct ptmem_error *error;

	if (task->process != session->process.pid)
		return session_release_guest(session, task);
	session_forget_threads(session, task);
	error = session->armed ? session_begin_again(session, task) : session_begin(session);
	return error ? error : session_resume(session, task->tid, 0);
}

static void session_keep_peak(struct session *session, const struct task *task)
{
	int64_t peak;
	struct ptmem_error *error = memory_peak(task->tid, &peak);

	if (error) {
		error_free(error);
		return;
	}
	session->peak_known = true;
	if (peak > session->profile->peak)
		session->profile->peak = peak;
}

/* By the leader, or the last thread: what was loaded until then is all there. */
static void session_keep_mappings(struct session *session, const struct task *task)
{
	if (!session->recorder || (task->tid != session->process.pid && session->tasks.count > 1))
		return;
	free(session->mappings);
	session->mappings = record_mappings(task->tid);
}

/* The last look at the memory, while it is there. */
struct ptmem_error *session_on_exiting(struct session *session, struct task *task)
{
	struct amounts reading;
	char name[16];
	pid_t process;
	struct ptmem_error *error = NULL;

	if (session->armed)
		error = session_account(session, task, &reading);
	if (error)
		return error;
	calls_end(&session->process.calls, task);
	if (task_identify(task->tid, &process, name))
		shadow_rename(&task->shadow, name);
	if (task->process == session->process.pid) {
		session_keep_peak(session, task);
		session_keep_mappings(session, task);
	}
	return session_resume(session, task->tid, 0);
}

void session_on_exited(struct session *session, struct task *task, const struct event *event)
{
	if (task->tid == session->process.pid) {
		session->result->status = event->status;
		session->has_ended = true;
		/* Killed without a last look: the kernel kept the peak, of children as well. */
		if (!session->peak_known && !session->forked)
			session->profile->peak = ended_children_peak();
	}
	session_remove_task(session, task);
}
