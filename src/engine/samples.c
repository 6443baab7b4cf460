/*
 * The faults engine while the target runs on: page faults come as samples, each is unwound
 * from the copy of its stack, and charged to the calls that were under way.
 *
 * A sample says where memory came, and what is known of the pages says how much. Readings, where
 * the process stands still, keep the sum right: what they find beyond the samples is nobody's,
 * and is on rows of its own. Calls are what two samples in a row have in common: a call that
 * ended and began again at the same place between them is not told apart.
 */
#include "engine/session_internal.h"

#include "engine/names.h"
#include "profile/ledger.h"

#include <unistd.h>

/* Of the stack of a thread that stands still. */
#define STACK_COPY 16384

/* All rings together, if each has at least so much, and needs no more. */
#define RINGS_MEMORY ((size_t)16 << 20)
#define RING_LEAST ((size_t)512 << 10)
#define RING_MOST ((size_t)8 << 20)

/* How long names are looked up at a time, and how soon again while some are left: short beside
 * what a ring has room for, and what a stop may wait. */
#define NAMING_NS 500000
#define NAMING_APART 1000000

/* What is only observed cannot be held where it outruns us, and waits for no ring to be made. */
static size_t ring_size(bool observed)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t share = RINGS_MEMORY / (size_t)(processors > 0 ? processors : 1);

	if (share > RING_MOST)
		share = RING_MOST;
	if (observed)
		share *= 2;
	return share < RING_LEAST ? RING_LEAST : share;
}

static struct sampling_options options_of(const struct session *session)
{
	return (struct sampling_options){
		.children = session->options->follow,
		.usual = session->observed,
		/* Of two events of one thread, as it may have there, each would write. */
		.briefs = !session->observed,
		.relies = !session->observed && !session->options->follow,
		.brakes = !session->options->attach,
		.ring = ring_size(session->observed),
	};
}

static bool session_is_to_sample(const struct session *session)
{
	return session->engine == ENGINE_FAULTS && !session->exact;
}

void session_prepare_samples(struct session *session)
{
	struct sampling_options options = options_of(session);

	if (session_is_to_sample(session))
		sampling_prepare(&session->sampling, &options);
}

struct ptmem_error *session_sample(struct session *session, pid_t pid)
{
	struct sampling_options options = options_of(session);
	struct ptmem_error *error = NULL;

	if (!session_is_to_sample(session) || session->sampled)
		return NULL;
	if (session->observed)
		error = process_find_moves(session->processes.items[0], &session->images,
			options.places, &options.place_count);
	if (error)
		return error;
	error = sampling_open(&session->sampling, &options, pid);
	session->sampled = !error;
	session->brakes = session->sampling.brakes;
	for (size_t i = 0; !error && i < session->tasks.count; i++)
		sampling_brake(&session->sampling, session->tasks.items[i]->tid);
	/* Rings fill within milliseconds: whoever may be waits for nobody. */
	eager_begin(&session->patient);
	session->result->user_only = session->sampling.user_only;
	for (size_t i = 0; !error && i < session->sampling.polled.count; i++)
		error = waiter_add(&session->waiter, session->sampling.polled.items[i].fd);
	return error;
}

/* The file that code at an address is from, for the unwinder. */
static bool find_image(void *owner, uint64_t pc, struct unwind_image *image)
{
	const struct process *process = owner;
	const struct loaded_object *object = objects_at(&process->objects, target_address(pc));

	if (!object)
		return false;
	*image = (struct unwind_image){
		.start = object->start,
		.end = object->end,
		.bias = object->bias,
		.fd = process->images->items[object->image].fd,
	};
	return true;
}

struct ptmem_error *session_know_pages(struct session *session, struct process *process)
{
	if (!session->sampled && !session->exact)
		return NULL;
	process->images = &session->images;
	process->resident.forgetful = !process->catches_moves || process->movers.given_up;
	if (session->sampled)
		resident_begin(&process->resident, process->pid, !process->begun);
	if (process->sampled_unwinder) {
		sampled_unwinder_clear(process->sampled_unwinder, &process->memory);
		return NULL;
	}
	return sampled_unwinder_create(
		&process->memory, find_image, process, &process->sampled_unwinder);
}

/* The place of a frame's code: of the call that it is in the midst of, or where it is itself. */
static bool place_of(
	struct process *process, const struct task *task, size_t frame, struct code_place *place)
{
	const struct sampled_frame *found = &task->stack.items[frame];
	bool calls = frame + 1 < task->stack.count && !found->interrupted;

	return code_at(&process->code, &process->objects, process->images,
		target_address(found->pc - calls), place);
}

/* Where the innermost call is, which is that of this frame if it is watched. */
static struct ptmem_error *note_place(struct process *process, struct task *task, size_t frame)
{
	struct code_place place;

	if (task->frames.items[frame].function == CODE_UNWATCHED)
		return NULL;
	if (!place_of(process, task, frame, &place))
		return &error_no_memory;
	shadow_at(&task->shadow, place.site, false);
	return NULL;
}

/* The calls that are over end. Another function may run where one did that was called from the same
 * place. */
static struct ptmem_error *drop_calls(struct process *process, struct task *task)
{
	size_t last = task->stack.kept < task->frames.count ? task->stack.kept : task->frames.count;
	size_t kept = task->stack.unmoved < last ? task->stack.unmoved : last;
	struct code_place place;
	uint32_t depth;

	for (kept -= kept && kept == last; kept < last; kept++) {
		if (!place_of(process, task, kept, &place))
			return &error_no_memory;
		if (task->frames.items[kept].function != place.function)
			break;
	}
	task->frames.count = kept;
	depth = kept ? task->frames.items[kept - 1].depth : 0;
	while (task->shadow.frames.count > depth)
		shadow_leave(&task->shadow);
	return NULL;
}

static struct ptmem_error *add_call(struct process *process, struct task *task, size_t frame)
{
	struct target_address slot = target_address(task->stack.items[frame].slot);
	struct code_place place, caller = {.site = SITE_NONE};
	struct task_frame *new = vec_append(&task->frames);

	if (!new || !place_of(process, task, frame, &place) ||
		(frame && !place_of(process, task, frame - 1, &caller)))
		return &error_no_memory;
	if (place.function != CODE_UNWATCHED) {
		uint32_t call = shadow_call_location(&task->shadow, place.function, caller.site);

		process->calls.entries++;
		if (!shadow_enter(&task->shadow, call, slot, SHADOW_NO_SITE))
			return &error_no_memory;
	}
	*new = (struct task_frame){place.function, (uint32_t)task->shadow.frames.count};
	if (place.function != CODE_UNWATCHED)
		shadow_at(&task->shadow, place.site, false);
	return NULL;
}

struct ptmem_error *session_follow_stack(struct session *session, struct task *task, bool moved)
{
	struct process *process = task->process;
	struct ptmem_error *error = drop_calls(process, task);

	if (!error && moved && task->frames.count)
		error = note_place(process, task, task->frames.count - 1);
	for (size_t i = task->frames.count; !error && moved && i < task->stack.count; i++)
		error = add_call(process, task, i);
	/* Before main all is start-up, whoever calls. */
	session->result->cut += !error && process->begun && !task->stack.complete;
	return error;
}

struct ptmem_error *session_bring_stack(
	struct session *session, struct task *task, const struct stack_sample *sample, bool moved)
{
	struct ptmem_error *error =
		sampled_unwind(task->process->sampled_unwinder, sample, &task->stack);

	if (!error)
		error = session_follow_stack(session, task, moved);
	if (!error && !sample->stopped)
		session_note_sample(session, task, sample->by_kernel);
	return error;
}

static struct amounts amounts_of(const struct process *process, struct page_change change)
{
	bool anon = metric_of_column(process->profile->metric, 0) == METRIC_ANON;
	int64_t pages = change.anon + (anon ? 0 : change.file);

	return (struct amounts){.bytes = {pages * process->division.page_size}};
}

struct amounts session_expect(struct process *process, struct page_change change)
{
	struct profile *profile = process->profile;
	struct amounts reading = amounts_of(process, change);

	amounts_add(&reading, &profile->balance.end, profile->columns);
	amounts_add(&reading, &profile->balance.footprint, profile->columns);
	process_expect(process, (change.anon + change.file) * process->division.page_size);
	return ledger_move(profile, &reading);
}

/* Nobody else tells that something was loaded. */
static struct ptmem_error *session_look_again(struct session *session, struct process *process)
{
	if (!session->observed || !process->has_mapped)
		return NULL;
	process->has_mapped = false;
	code_forget(&process->code);
	return session_load(session, process);
}

/* What the kernel does for a thread is not seen in its code. */
static enum arch_access access_of(const struct process *process, const struct sampled *sampled)
{
	if (!process->sampled_unwinder || sampled->by_kernel || !sampled->has_registers)
		return ARCH_ACCESS_UNKNOWN;
	return sampled_access(process->sampled_unwinder, &sampled->registers, sampled->address);
}

struct ptmem_error *session_on_change(struct session *session, struct task *task,
	const struct sampled *sampled, struct page_change change)
{
	struct process *process = task->process;
	struct stack_sample sample = {
		.registers = &sampled->registers,
		.stack = sampled->stack,
		.stack_size = sampled->stack_size,
		.by_kernel = sampled->by_kernel,
	};
	struct amounts moved;
	struct ptmem_error *error = NULL;

	if (!process->armed || !process->sampled_unwinder)
		return NULL;
	moved = amounts_of(process, change);
	error = session_look_again(session, process);
	if (!error && sampled->has_registers)
		error = session_bring_stack(session, task, &sample,
			!amounts_are_zero(&moved, process->profile->columns));
	if (error)
		return error;
	moved = session_expect(process, change);
	shadow_charge(&task->shadow, &moved);
	return NULL;
}

static struct ptmem_error *session_on_fault_sample(
	struct session *session, struct task *task, const struct sampled *sampled)
{
	struct process *process = task->process;

	session->result->samples++;
	return session_on_change(session, task, sampled,
		resident_fault(&process->resident, sampled->address, access_of(process, sampled)));
}

/* What it took the place of is dealt with where the thread stops for that. */
static void session_on_map(struct task *task, const struct sampled *sampled)
{
	if (sampled->of_file)
		resident_map_file(
			&task->process->resident, sampled->start, sampled->size, sampled->shared);
	else
		resident_map_anon(&task->process->resident, sampled->start, sampled->size);
	task->process->has_mapped |= sampled->of_file;
}

static struct ptmem_error *session_take_sample(
	struct session *session, const struct sampled *sampled)
{
	struct task *task;

	if (sampled->kind == SAMPLED_LOST) {
		session->result->lost += sampled->lost;
		session->missed = true;
		return NULL;
	}
	if (session->observed && (sampled->kind == SAMPLED_FORK || sampled->kind == SAMPLED_EXIT))
		return session_observe_task(session, sampled);
	task = tasks_find(&session->tasks, sampled->tid);
	if (!task)
		return NULL;
	switch (sampled->kind) {
	case SAMPLED_FAULT:
		return session_on_fault_sample(session, task, sampled);
	case SAMPLED_PLACE:
		return session_on_place(session, task, sampled);
	case SAMPLED_MAP:
		session_on_map(task, sampled);
		return NULL;
	case SAMPLED_FORK:
	case SAMPLED_EXIT:
	case SAMPLED_LOST:
		break;
	}
	return NULL;
}

/* It goes on when its stop is dealt with: by then all that had come has been taken. */
static void session_hold(struct session *session)
{
	session->result->held++;
	for (size_t i = 0; i < session->tasks.count; i++)
		error_free(tracee_interrupt(session->tasks.items[i]->tid));
}

struct ptmem_error *session_take_samples_until(struct session *session, uint64_t now)
{
	struct ptmem_error *error = NULL;
	struct sampled sampled = {0};

	if (!session->sampled)
		return NULL;
	sampling_look(&session->sampling, now);
	session->waiter.apart = session->sampling.apart;
	if (sampling_is_behind(&session->sampling) && !session->sampling.brakes &&
		!session->leaving && !session->observed)
		session_hold(session);
	while (!error && sampling_next(&session->sampling, &sampled))
		error = session_take_sample(session, &sampled);
	return error;
}

struct ptmem_error *session_take_samples(struct session *session)
{
	return session_take_samples_until(session, sampling_now());
}

/* All that is left to come is that they have ended, which takes a while: their memory goes. */
static bool session_only_ends(const struct session *session)
{
	for (size_t i = 0; i < session->tasks.count; i++)
		if (!session->tasks.items[i]->exiting)
			return false;
	return session->tasks.count > 0;
}

void session_name_ahead(struct session *session)
{
	bool ends = session_only_ends(session);
	uint64_t until = ends ? UINT64_MAX : sampling_now() + NAMING_NS;

	if (!ends && (!session->sampled || !sampling_has_time(&session->sampling)))
		return;
	while (names_resolve_next(&session->images, session->profiles, &session->named, until) &&
		sampling_now() < until)
		continue;
	if (!ends && sampling_now() >= until && session->waiter.apart > NAMING_APART)
		session->waiter.apart = NAMING_APART;
}

/* Whether nothing else runs in this memory, so that it is what it is when it is read. */
static bool stands_still(const struct session *session, const struct task *task)
{
	if (task->process->tasks == 1)
		return true;
	for (size_t i = 0; i < session->tasks.count; i++) {
		const struct task *other = session->tasks.items[i];

		if (other != task && other->process == task->process && !other->exiting)
			return false;
	}
	return true;
}

/* The row of what the samples did not tell of: less was given back unseen, more may have been in
 * samples that were lost. */
uint32_t session_rest_bracket(struct session *session, const struct amounts *rest)
{
	bool missed = session->missed;

	if (rest->bytes[0] < 0)
		return session->given_back;
	session->missed = false;
	return missed ? session->lost : session->unmatched;
}

static bool session_charge_rest(
	struct session *session, struct task *task, const struct amounts *rest)
{
	uint32_t bracket;

	if (session->stop == EVENT_EXEC) {
		shadow_charge(&task->shadow, rest);
		return true;
	}
	bracket = task->process->begun ? session_rest_bracket(session, rest) : session->startup;
	return shadow_charge_aside(&task->shadow, bracket, rest);
}

struct ptmem_error *session_settle_reading(
	struct session *session, struct task *task, const struct amounts *reading)
{
	struct process *process = task->process;
	struct amounts rest = ledger_move(process->profile, reading);

	process_see(process, process->source.resident);
	return session_charge_rest(session, task, &rest) ? NULL : &error_no_memory;
}

struct ptmem_error *session_settle_samples(
	struct session *session, struct task *task, struct amounts *reading)
{
	struct process *process = task->process;
	struct profile *profile = process->profile;
	struct ptmem_error *error = process_read(process, task->tid, reading);

	if (error_is(error, ERROR_GONE)) {
		*reading = profile->balance.end;
		amounts_add(reading, &profile->balance.footprint, profile->columns);
		return NULL;
	}
	return error || !stands_still(session, task)
		       ? error
		       : session_settle_reading(session, task, reading);
}

/* The stack of a thread that has stopped is copied like the kernel copies that of one that has
 * not. */
static struct stack_sample sample_stopped(
	const struct task *task, const struct registers *registers)
{
	static uint8_t copy[STACK_COPY];
	struct stack_sample sample = {.registers = registers, .stack = copy, .stopped = true};

	sample.stack_size = target_read_some(
		&task->process->memory, arch->stack_pointer(registers), copy, sizeof copy);
	return sample;
}

struct ptmem_error *session_bring_stopped(
	struct session *session, struct task *task, const struct registers *registers, bool moved)
{
	struct stack_sample sample = sample_stopped(task, registers);

	return session_bring_stack(session, task, &sample, moved);
}

struct ptmem_error *session_look_at_stack(
	struct task *task, const struct registers *registers, struct sampled_stack *stack)
{
	struct stack_sample sample = sample_stopped(task, registers);

	return sampled_unwind(task->process->sampled_unwinder, &sample, stack);
}

/* A handler may have a stack of its own: what it interrupts is in no sample that is taken there. */
struct ptmem_error *session_sample_interrupted(
	struct session *session, struct task *task, const struct registers *registers)
{
	const struct process *process = task->process;

	if (!session->sampled || !process->armed || !process->sampled_unwinder)
		return NULL;
	return session_bring_stopped(session, task, registers, false);
}

void session_end_samples(struct session *session)
{
	if (session->sampled)
		eager_end(&session->patient);
	waiter_drop(&session->waiter);
	sampling_close(&session->sampling);
	session->sampled = false;
}

void session_refresh_pages(struct session *session, struct process *process)
{
	const struct breakpoints *breakpoints = &process->breakpoints;

	if (!session->sampled)
		return;
	for (uint32_t i = 0; i < breakpoints->list.count; i++)
		resident_refresh(&process->resident, breakpoint_at(breakpoints, i)->address.value);
}
