/*
 * A process that runs already.
 *
 * What there is to read from files is read before anything stops. Then every thread is
 * traced, running on, and only then breakpoints are planted: a thread that nobody traces
 * would die of one. Each thread is stopped once, on its own, to see what is on its stack.
 */
#include "engine/session_internal.h"

#include "engine/signals.h"
#include "profile/ledger.h"
#include "target/attach.h"
#include "target/ptrace.h"

#include <stdlib.h>
#include <time.h>

/* s: how long to wait for a first thread that stops. */
#define PATIENCE 10

/* Threads that may fail to help. */
#define TRIES 4

/* That unwinding a thread may bring into memory. */
#define PAGES_OF_TABLES 64

static struct ptmem_error *session_add_threads(
	struct session *session, struct process *process, const struct attached *threads)
{
	struct ptmem_error *error = NULL;

	for (size_t i = 0; !error && i < threads->count; i++) {
		const struct attached_thread *thread = &threads->items[i];
		struct task_status status = {.name = "?"};
		struct task *task;

		task_status_read(thread->tid, &status);
		error = session_add_task(
			session, process, thread->tid, thread->process, status.name, &task);
		if (!error)
			task->unmet = true;
	}
	return error;
}

static struct ptmem_error *session_seize(struct session *session, struct process *process)
{
	struct attached threads = {0};
	struct ptmem_error *error = attach_seize(session->pid, &threads);
	struct ptmem_error *added = session_add_threads(session, process, &threads);

	vec_deinit(&threads);
	if (!error)
		return added;
	error_free(added);
	return error;
}

static struct ptmem_error *gone_while_attaching(const struct session *session, const char *why)
{
	return error_new(ERROR_SYSTEM, "attaching to process %d: %s", session->pid, why);
}

/* A thread that is in a stop which it can be made to do something from. */
static struct task *stopped_task(const struct session *session, const struct event *event)
{
	bool good = event->kind == EVENT_STOPPED || event->kind == EVENT_GROUP_STOP;
	struct task *task = good ? tasks_find(&session->tasks, event->tid) : NULL;

	return task && task->unmet ? task : NULL;
}

/*
 * Everything is told to stop; *helper is the first that does, and stays stopped, with its
 * event in *event. What else happens until then goes on as usual.
 */
static struct ptmem_error *session_stop_one(
	struct session *session, struct event *event, struct task **helper)
{
	time_t end = time(NULL) + PATIENCE;
	struct ptmem_error *error = NULL;

	for (size_t i = 0; i < session->tasks.count; i++)
		error_free(tracee_interrupt(session->tasks.items[i]->tid));
	*helper = NULL;
	signals_tick(true);
	while (!error && session->tasks.count && !signals_ask_to_leave() && time(NULL) <= end) {
		/* It has become another program, which is watched from its beginning. */
		if (session->processes.items[0]->armed)
			return NULL;
		error = session_next(session, event);
		if (error || event->tid <= 0)
			continue;
		*helper = stopped_task(session, event);
		if (*helper)
			return NULL;
		error = session_dispatch(session, event);
	}
	if (error)
		return error;
	return gone_while_attaching(session,
		session->tasks.count ? "none of its threads can be stopped now" : "it has ended");
}

/* Just behind a breakpoint where it is trapped. */
static struct ptmem_error *session_unwind(
	const struct task *task, bool trapped, struct unwound *frames)
{
	struct registers registers;
	bool complete;
	struct ptmem_error *error = tracee_registers(task->tid, &registers);

	if (error)
		return error;
	if (trapped)
		arch->set_pc(&registers,
			address_plus(arch->pc(&registers), -(int64_t)arch->trap_advance));
	return unwind_thread(task->process->unwinder, &registers, frames, &complete);
}

/* One that job control had stopped is no longer, having made system calls: it is told to be. */
static struct ptmem_error *session_let_helper_go(
	struct session *session, struct task *helper, const struct event *event)
{
	struct ptmem_error *error;

	if (event->kind != EVENT_GROUP_STOP)
		return session_dispatch(session, event);
	error = tracee_interrupt(helper->tid);
	return error ? error : tracee_resume(helper->tid, 0);
}

/* As far as it has loaded anything since its files were read, that is read now. */
static struct ptmem_error *session_arm(
	struct session *session, struct process *process, const struct task *helper)
{
	struct ptmem_error *error = session_load(session, process);

	if (!error)
		error = process_mark(process, &session->images, false);
	if (!error)
		error = session_plant(session, process, helper->tid, false);
	if (error)
		process_lift(process);
	return error;
}

static struct ptmem_error *session_begin_watching(struct session *session, struct process *process)
{
	struct unwound frames = {0};
	struct amounts reading;
	struct event event;
	struct task *helper;
	struct ptmem_error *error = session_stop_one(session, &event, &helper);

	signals_tick(false);
	if (!error && !helper)
		return NULL;
	if (!error)
		error = session_arm(session, process, helper);
	if (!error)
		error = unwinder_create(process->pid, &process->memory, &process->unwinder);
	/* Tables are read into the target's memory: before that is measured, as far as may be. */
	if (!error)
		error = session_unwind(helper, false, &frames);
	vec_deinit(&frames);
	if (!error)
		error = process_read(process, helper->tid, &reading);
	if (error)
		return error;
	process->armed = true;
	session_record(session, process);
	ledger_start(process->profile, &reading);
	if (session->options->from->count)
		process->profile->outside = session->outside;
	for (size_t i = 0; i < session->tasks.count; i++)
		session_settle_faults(session->tasks.items[i]);
	error = session_know_pages(session, process);
	if (error)
		return error;
	session_watch_all_faults(session, process);
	return session_let_helper_go(session, helper, &event);
}

/* The thread that was to help may end, or execute another program: that is seen to first. */
static struct ptmem_error *session_try(struct session *session, struct process *process)
{
	struct event event = {0};
	struct ptmem_error *error = session_begin_watching(session, process);

	if (!error_is(error, ERROR_GONE) || !session->tasks.count)
		return error;
	error = session_next(session, &event);
	return error || event.tid <= 0 ? error : session_dispatch(session, &event);
}

/* All that is in files, before anything is stopped. */
static struct ptmem_error *session_read_files(struct session *session, struct process *process)
{
	struct ptmem_error *error = session_open_program(session, process, false);

	return error ? error : session_check_running(session);
}

struct ptmem_error *session_attach(struct session *session)
{
	struct process *process = session->processes.items[0];
	struct ptmem_error *error;

	process->pid = process->record->pid = session->pid;
	error = session_read_files(session, process);
	if (!error)
		error = session_seize(session, process);
	for (int i = 0; !error && !process->armed && i < TRIES; i++)
		error = session_try(session, process);
	if (!error && process->armed)
		return NULL;
	return error && !error_is(error, ERROR_GONE)
		       ? error
		       : gone_while_attaching(session, "it has ended");
}

/* The location of the watched function that a frame is in; UINT32_MAX where it is in none. */
static uint32_t locate(const struct session *session, const struct process *process,
	const struct unwound_frame *frame)
{
	/* The return address of a call at a function's end is the next function's. */
	struct target_address at = address_plus(frame->pc, -!frame->interrupted);
	const struct loaded_object *object = objects_at(&process->objects, at);
	const struct image *image = object ? &session->images.items[object->image] : NULL;
	const struct function *function =
		image ? object_function_around(image->object, object_address(object, at)) : NULL;
	uint32_t location = function ? places_code_location(process->profile->places, image->module,
					       function->address.value, function->symbol)
				     : UINT32_MAX;

	return calls_is_watched(&process->calls, location) ? location : UINT32_MAX;
}

/* Whether a thread that stands here is about to run into the entry of this function. */
static bool is_at_entry(
	const struct process *process, const struct unwound_frame *frame, uint32_t location)
{
	uint64_t entry = process->calls.watched.items[location].address.value;

	return frame->pc.value == entry;
}

static struct ptmem_error *session_resume_calls(
	struct session *session, struct task *task, struct unwound *frames)
{
	struct process *process = task->process;
	struct ptmem_error *error = NULL;

	if (frames->count)
		frames->items[0].interrupted = true;
	for (size_t i = frames->count; !error && i-- > 0;) {
		const struct unwound_frame *frame = &frames->items[i];
		uint32_t location = locate(session, process, frame);

		if (location == UINT32_MAX || (!i && is_at_entry(process, frame, location)))
			continue;
		if (frame->slot.value)
			error = calls_resume(&process->calls, task, location, frame->slot);
	}
	return error;
}

struct ptmem_error *session_greet(struct session *session, struct task *task, bool trapped)
{
	struct process *process = task->process;
	uint64_t writes = process->breakpoints.writes;
	struct unwound frames = {0};
	struct amounts reading;
	bool pending = false;
	struct ptmem_error *error = NULL;

	if (!process->armed || session->leaving || !process->unwinder)
		return NULL;
	/* Where faults are stops, its calls are looked for when memory moves in them. */
	if (session->exact) {
		task->unmet = false;
		return NULL;
	}
	/* A trap that is still to be reported is a better moment. */
	if (!trapped)
		error = tracee_has_trap(task->tid, &pending);
	if (error || pending)
		return error;
	error = session_account(session, task, &reading);
	if (!error)
		error = session_unwind(task, trapped, &frames);
	if (!error)
		error = session_resume_calls(session, task, &frames);
	if (!error)
		error = session_own(session, task, &reading,
			process->breakpoints.writes - writes + PAGES_OF_TABLES);
	vec_deinit(&frames);
	task->unmet = false;
	return error;
}
