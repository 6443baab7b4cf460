/*
 * Limits of memory: a program that passes one is stopped where it does. Each fault is a stop for
 * that, or each call; what the thread is in the midst of is told while it stands still.
 */
#include "engine/session_internal.h"

#include "base/strbuf.h"
#include "engine/names.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FRAMES_TOLD 64

/* How often a process that is about to stop is looked at, a millisecond apart. */
#define STOP_TRIES 1000

static void tell(const struct session *session, struct strbuf *line)
{
	char *text = strbuf_take(line);

	if (text)
		session->options->tell(text);
	free(text);
}

/* Where a frame is: what its last stop told, or else where what it calls was called from. */
static uint32_t site_of(const struct shadow_stack *stack, size_t frame)
{
	const struct places *places = stack->profile->places;
	const struct location *inner;

	if (stack->frames.items[frame].at != SITE_NONE || frame + 1 == stack->frames.count)
		return stack->frames.items[frame].at;
	inner = &places->locations.items[callpath_at(
		&stack->profile->paths, stack->frames.items[frame + 1].path)
						 ->location];
	return inner->kind == LOCATION_CALL ? inner->site : SITE_NONE;
}

/* The line of the code; the declaration where that is not known. */
static void add_place(struct strbuf *line, const struct places *places,
	const struct location *location, uint32_t index)
{
	const struct site *site = index == SITE_NONE ? NULL : &places->sites.list.items[index];
	const char *file = site ? places_file_path(places, site->file) : NULL;

	strbuf_add_printable(line, location->name ? location->name : "?");
	if (!file && !location->file)
		return;
	strbuf_add(line, " at ");
	strbuf_add_printable(line, file ? file : location->file);
	strbuf_addf(line, ":%d", file ? site->line : location->line);
}

static void tell_frame(
	struct session *session, const struct shadow_stack *stack, size_t frame, int64_t bytes)
{
	const struct places *places = stack->profile->places;
	uint32_t location = shadow_location(stack, &stack->frames.items[frame]);
	uint32_t site = site_of(stack, frame);
	struct strbuf line = {0};

	error_free(names_resolve_place(&session->images, stack->profile->places, location, site));
	strbuf_addf(&line, "#%-3zu %9.2f MB  ", stack->frames.count - 1 - frame,
		(double)bytes / 1048576);
	add_place(&line, places, &places->locations.items[location], site);
	tell(session, &line);
}

/* From the innermost call on, each with what it has added so far, callees included. */
static void tell_stack(struct session *session, const struct shadow_stack *stack)
{
	int64_t bytes = 0;

	for (size_t i = stack->frames.count; i-- > 0;) {
		const struct shadow_frame *frame = &stack->frames.items[i];

		bytes += frame->self.bytes[0] + frame->inner.bytes[0];
		if (stack->frames.count - 1 - i < FRAMES_TOLD)
			tell_frame(session, stack, i, bytes);
	}
	if (!stack->frames.count)
		session->options->tell("no watched call is under way");
}

static void tell_limit(struct session *session, const struct task *task, int64_t limit)
{
	struct strbuf line = {0};

	strbuf_addf(&line, "%d has passed %.10g MB, with %.2f MB:", task->process->pid,
		(double)limit / 1048576,
		(double)task->process->profile->balance.end.bytes[0] / 1048576);
	tell(session, &line);
	tell_stack(session, &task->shadow);
}

/* It stops at once, and is let go so: whoever looks at it then finds it there. */
static void hand_over(struct session *session, const struct task *task)
{
	if (!kill(task->process->pid, SIGSTOP))
		session->broken = task->process->pid;
}

void session_check_limits(struct session *session, struct task *task)
{
	const struct session_options *options = session->options;
	struct process *process = task->process;
	int64_t now = process->profile->balance.end.bytes[0];

	if (options->kill_at && now > options->kill_at && !process->killed) {
		process->killed = session->result->over_limit = true;
		tell_limit(session, task, options->kill_at);
		kill(process->pid, SIGKILL);
		return;
	}
	if (!options->break_at || now <= options->break_at || process->broke || process->killed)
		return;
	process->broke = true;
	tell_limit(session, task, options->break_at);
	if (options->debug && process->pid == session->pid && !options->attach)
		hand_over(session, task);
}

/* Its parent is told of the stop before its threads are where they stop. */
static void await_stop(pid_t pid)
{
	struct timespec moment = {.tv_nsec = 1000000};
	struct task_status status;

	for (int tries = 0; tries < STOP_TRIES; tries++) {
		if (!task_status_read(pid, &status) || strchr("TtZX", status.state))
			return;
		nanosleep(&moment, NULL);
	}
}

void session_debug(struct session *session)
{
	pid_t pid = session->broken;

	if (!pid || session->has_ended)
		return;
	await_stop(pid);
	session->options->debug(pid);
	kill(pid, SIGCONT);
}
