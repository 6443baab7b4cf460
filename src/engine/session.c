/*
 * The session loop: wait, classify, dispatch, account, resume. Everything that resumes a
 * tracee is session_resume().
 */
#include "engine/session.h"

#include "engine/image.h"
#include "engine/names.h"
#include "engine/process.h"
#include "engine/signals.h"
#include "engine/task.h"
#include "profile/ledger.h"
#include "target/event.h"
#include "target/program.h"
#include "target/ptrace.h"
#include "target/wait.h"

#include <linux/kcmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Pages that a processor's share of a counter may be off by: percpu_counter_batch. */
#define PEAK_BATCH 32

struct session {
	const struct session_options *options;
	struct profile *profile;
	struct session_result *result;
	struct process process;
	struct waiter waiter;
	struct tasks tasks;
	uint64_t threads; /* that there have been */
	struct images images;
	int64_t highest; /* of all readings, first column */
	bool armed;      /* a first image is, or was, watched */
	bool has_ended;  /* the status is known */
	bool forked;     /* it had children of its own */
	bool peak_known;
	uint32_t startup, unwatched, exec; /* locations of the brackets */
};

static void session_warn(struct session *session, struct ptmem_error *error)
{
	char **warnings = session->result->warnings;
	size_t last = sizeof session->result->warnings / sizeof *warnings - 1;

	for (size_t i = 0; i < last; i++)
		if (!warnings[i]) {
			warnings[i] = strdup(error->message);
			break;
		}
	error_free(error);
}

/* --- Memory --- */

/*
 * Reads the memory at a stop of this task, and charges it with what moved. A task that is
 * being killed may have no memory to read: then nothing has moved.
 */
static struct ptmem_error *session_account(
	struct session *session, struct task *task, struct amounts *reading)
{
	struct ptmem_error *error = process_read(&session->process, task->tid, reading);
	struct amounts moved;

	if (error_is(error, ERROR_GONE)) {
		*reading = session->profile->balance.end;
		amounts_add(
			reading, &session->profile->balance.footprint, session->profile->columns);
		return NULL;
	}
	if (error)
		return error;
	moved = ledger_move(session->profile, reading);
	shadow_charge(&task->shadow, &moved);
	if (reading->bytes[0] > session->highest)
		session->highest = reading->bytes[0];
	return NULL;
}

/*
 * The peak, as the kernel kept it (0: not known) and as the readings saw it. From 6.2 on
 * the kernel keeps its own only to within some pages a processor, another figure each run;
 * a reading is exact, and where the two agree within that it is what repeats.
 */
static int64_t session_peak(const struct session *session)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	long batch = processors * 2 > PEAK_BATCH ? processors * 2 : PEAK_BATCH;
	int64_t slack = (int64_t)batch * processors * sysconf(_SC_PAGESIZE);
	int64_t kept = session->profile->peak;
	enum metric first = metric_of_column(session->profile->metric, 0);

	if (first != METRIC_RSS)
		return kept;
	return kept - session->highest > slack ? kept : session->highest;
}

/* Since the reading, ptmem itself has written to the target. */
static struct ptmem_error *session_own(
	struct session *session, pid_t tid, const struct amounts *reading)
{
	struct amounts after;
	struct ptmem_error *error = process_read(&session->process, tid, &after);

	if (!error)
		ledger_own(session->profile, reading, &after);
	return error;
}

/* --- Tasks --- */

static struct ptmem_error *session_add_task(
	struct session *session, pid_t tid, pid_t process, const char *name)
{
	uint32_t root = profile_thread_location(session->profile, ++session->threads, name);
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

/* The first stop of a task that nobody has heard of. */
static struct ptmem_error *session_meet(struct session *session, pid_t tid, bool *ours)
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

/* --- Images --- */

/* A program is about to begin, in fresh memory. */
static struct ptmem_error *session_arm(struct session *session)
{
	const struct session_options *options = session->options;
	struct watch_patterns patterns = {options->funcs, options->exclude, options->files};
	uint32_t image;
	size_t count;
	struct ptmem_error *error = process_open(&session->process);

	if (!error)
		error = images_open(
			&session->images, session->process.pid, session->profile, &image);
	if (!error)
		error = process_plant(
			&session->process, &session->images.items[image], &patterns, &count);
	if (!error)
		session->result->functions += count;
	return error;
}

/*
 * The first program: what is wrong with it is the user's to know before it runs. All is
 * measured from here, planted and with nothing run.
 */
static struct ptmem_error *session_begin(struct session *session)
{
	struct amounts reading;
	struct ptmem_error *error = session_arm(session);

	session->armed = !error;
	if (!error)
		error = process_read(&session->process, session->process.pid, &reading);
	if (!error)
		ledger_start(session->profile, &reading);
	return error;
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

/* --- Events --- */

/* The only place where a tracee is resumed. */
static struct ptmem_error *session_resume(struct session *session, pid_t tid, int signal)
{
	struct task *task = tasks_find(&session->tasks, tid);

	if (task && task->stepping != BREAKPOINT_NONE)
		return tracee_step(tid, signal);
	return tracee_resume(tid, signal);
}

/* main is reached: what moves outside of watched calls is no longer start-up. */
static struct ptmem_error *session_reach_begin(struct session *session, struct task *task)
{
	session->process.begun = true;
	if (!shadow_set_idle(&task->shadow, session->unwatched))
		return &error_no_memory;
	if (breakpoint_at(&session->process.breakpoints, session->process.begin)->entry !=
		BREAKPOINT_NONE)
		return NULL;
	breakpoint_drop_entry(&session->process.breakpoints, session->process.begin);
	return NULL;
}

static struct ptmem_error *session_on_ours(
	struct session *session, struct task *task, uint32_t index, struct registers *registers)
{
	uint64_t writes = session->process.breakpoints.writes;
	struct amounts reading;
	bool step = false;
	struct ptmem_error *error = session_account(session, task, &reading);

	if (!error && index == session->process.begin && !session->process.begun)
		error = session_reach_begin(session, task);
	if (!error)
		error = calls_stop(&session->process.calls, task, index, registers);
	if (!error)
		error = breakpoint_pass(
			&session->process.breakpoints, index, task->tid, registers, &step);
	if (!error && step) {
		task->stepping = index;
		session->result->steps++;
	}
	if (!error && session->process.breakpoints.writes != writes)
		error = session_own(session, task->tid, &reading);
	return error ? error : session_resume(session, task->tid, 0);
}

static struct ptmem_error *session_on_breakpoint(
	struct session *session, struct task *task, const struct event *event)
{
	struct registers registers;
	struct target_address at;
	uint32_t index;
	struct ptmem_error *error = tracee_registers(task->tid, &registers);

	if (error)
		return error;
	at = address_plus(arch->pc(&registers), -(int64_t)arch->trap_advance);
	index = breakpoint_find(&session->process.breakpoints, at);
	if (index == BREAKPOINT_NONE ||
		!breakpoint_at(&session->process.breakpoints, index)->touched)
		return session_resume(session, task->tid, event->signal);
	return session_on_ours(session, task, index, &registers);
}

static struct ptmem_error *session_on_step(
	struct session *session, struct task *task, const struct event *event)
{
	uint32_t index = task->stepping;
	struct registers registers;
	struct ptmem_error *error;

	if (index == BREAKPOINT_NONE)
		return session_resume(session, task->tid, event->signal);
	task->stepping = BREAKPOINT_NONE;
	error = tracee_registers(task->tid, &registers);
	if (!error)
		error = breakpoint_stepped(
			&session->process.breakpoints, index, task->tid, &registers);
	return error ? error : session_resume(session, task->tid, 0);
}

/* A signal that tells the program where it was must not tell it of a slot. */
static struct ptmem_error *session_fix_siginfo(
	const struct task *task, const struct registers *registers, struct target_address pc)
{
	siginfo_t info;
	struct ptmem_error *error = tracee_siginfo(task->tid, &info);

	if (error || info.si_code <= 0 || (info.si_signo != SIGILL && info.si_signo != SIGFPE) ||
		(uint64_t)info.si_addr != arch->pc(registers).value)
		return error;
	info.si_addr = (void *)pc.value;
	return tracee_set_siginfo(task->tid, &info);
}

/* A handler, or a core dump, sees the program's own code, even in the middle of a slot. */
static struct ptmem_error *session_on_signal(
	struct session *session, struct task *task, const struct event *event)
{
	struct registers registers;
	struct target_address pc;
	uint32_t index;
	struct ptmem_error *error = tracee_registers(task->tid, &registers);

	if (error)
		return error;
	pc = arch->pc(&registers);
	index = breakpoint_leave_slot(&session->process.breakpoints, &pc);
	if (pc.value == arch->pc(&registers).value)
		return session_resume(session, task->tid, event->signal);
	task->stepping = BREAKPOINT_NONE;
	task->again = index;
	task->again_slot = arch->entry_slot(&registers);
	error = session_fix_siginfo(task, &registers, pc);
	if (!error)
		error = tracee_set_pc(task->tid, &registers, pc);
	return error ? error : session_resume(session, task->tid, event->signal);
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

static struct ptmem_error *session_on_exec(struct session *session, struct task *task)
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

/* The last look at the memory, while it is there. */
static struct ptmem_error *session_on_exiting(struct session *session, struct task *task)
{
	struct amounts reading;
	struct ptmem_error *error = NULL;

	if (session->armed)
		error = session_account(session, task, &reading);
	if (error)
		return error;
	calls_end(&session->process.calls, task);
	if (task->process == session->process.pid)
		session_keep_peak(session, task);
	return session_resume(session, task->tid, 0);
}

static struct ptmem_error *session_on_exited(struct session *session, struct task *task,
	const struct event *event, const struct rusage *usage)
{
	if (task->tid == session->process.pid) {
		session->result->status = event->status;
		session->has_ended = true;
		/* Killed without a last look: the kernel kept the peak, of children as well. */
		if (!session->peak_known && !session->forked)
			session->profile->peak = (int64_t)usage->ru_maxrss * 1024;
	}
	session_remove_task(session, task);
	return NULL;
}

static struct ptmem_error *session_dispatch(
	struct session *session, const struct event *event, const struct rusage *usage)
{
	struct task *task = tasks_find(&session->tasks, event->tid);
	bool ours = true;
	struct ptmem_error *error;

	if (!task && event->kind == EVENT_EXITED)
		return NULL;
	if (!task) {
		error = session_meet(session, event->tid, &ours);
		if (error || !ours)
			return error;
		task = tasks_find(&session->tasks, event->tid);
	}
	switch (event->kind) {
	case EVENT_EXITED:
		return session_on_exited(session, task, event, usage);
	case EVENT_BREAKPOINT:
		return session_on_breakpoint(session, task, event);
	case EVENT_STEP:
		return session_on_step(session, task, event);
	case EVENT_SIGNAL:
		return session_on_signal(session, task, event);
	case EVENT_GROUP_STOP:
		return tracee_listen(task->tid);
	case EVENT_STOPPED:
	case EVENT_NEW_TASK:
		return session_resume(session, task->tid, 0);
	case EVENT_EXEC:
		return session_on_exec(session, task);
	case EVENT_EXITING:
		return session_on_exiting(session, task);
	}
	return NULL;
}

/* Waits, and says what came; event->tid is that of waiter_next(). */
static struct ptmem_error *session_next(
	struct session *session, struct event *event, struct rusage *usage)
{
	siginfo_t info;
	int status;
	pid_t tid;
	struct ptmem_error *error = waiter_next(&session->waiter, &tid, &status, usage);

	if (error)
		return error;
	if (tid > 0 && event_needs_siginfo(status))
		error = tracee_siginfo(tid, &info);
	if (error)
		return error;
	if (tid > 0)
		*event = event_classify(tid, status, &info);
	event->tid = tid;
	return NULL;
}

/* A tracee that dies in the middle of a stop will be reported by its end; the rest goes on. */
static struct ptmem_error *session_loop(struct session *session)
{
	struct event event = {0};
	struct ptmem_error *error = NULL;

	while (!error && session->tasks.count && event.tid >= 0) {
		struct rusage usage;

		error = session_next(session, &event, &usage);
		if (!error && event.tid > 0)
			error = session_dispatch(session, &event, &usage);
		if (error_is(error, ERROR_GONE))
			error = NULL;
	}
	return error;
}

/* --- The whole --- */

static bool session_init(struct session *session)
{
	struct profile *profile = session->profile;

	session->startup = profile_bracket_location(profile, "startup");
	session->unwatched = profile_bracket_location(profile, "unwatched");
	session->exec = profile_bracket_location(profile, "exec");
	waiter_init(&session->waiter);
	process_init(&session->process, profile, session->options->max_hits);
	return session->startup != UINT32_MAX && session->unwatched != UINT32_MAX &&
	       session->exec != UINT32_MAX;
}

static void session_deinit(struct session *session)
{
	process_deinit(&session->process);
	images_deinit(&session->images);
	tasks_deinit(&session->tasks);
}

static struct ptmem_error *session_launch(struct session *session)
{
	const struct session_options *options = session->options;
	struct launch launch = {.argv = options->argv, .aslr = options->aslr, .thp = options->thp};
	char *path;
	struct ptmem_error *error = program_find(options->argv[0], &path);

	if (error)
		return error;
	launch.path = path;
	error = program_check(path);
	if (!error)
		error = launch_program(&launch, &session->process.pid);
	if (!error)
		error = session_add_task(
			session, session->process.pid, session->process.pid, "main");
	free(path);
	return error;
}

static void session_finish(struct session *session)
{
	struct session_result *result = session->result;

	result->calls = session->process.calls.entries;
	result->uncaught = session->process.calls.uncaught;
	session->profile->peak = session_peak(session);
	result->released = calls_released(&session->process.calls, &result->hottest);
}

struct ptmem_error *session_run(const struct session_options *options, struct profile *profile,
	struct session_result *result)
{
	struct session session = {.options = options, .profile = profile, .result = result};
	struct signals signals;
	struct ptmem_error *error;

	*result = (struct session_result){.hottest = UINT32_MAX};
	error = session_init(&session) ? session_launch(&session) : &error_no_memory;
	if (!error) {
		signals_begin(&signals, session.process.pid);
		error = session_loop(&session);
		if (error && !session.has_ended)
			wait_for_kill(session.process.pid);
		signals_end(&signals);
	}
	if (!error) {
		session_finish(&session);
		error = names_resolve(&session.images, profile);
	}
	session_deinit(&session);
	return error;
}

void session_result_deinit(struct session_result *result)
{
	for (size_t i = 0; i < sizeof result->warnings / sizeof *result->warnings; i++)
		free(result->warnings[i]);
	*result = (struct session_result){0};
}
