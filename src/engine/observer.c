/* What is told of calls, as they are made. */
#include "engine/session_internal.h"

#include "engine/names.h"

/* Names are looked up once, when a function is first called. */
static void session_entered(void *context, const struct task *task, uint32_t location)
{
	struct session *session = context;
	const struct session_observer *observer = session->options->observer;
	struct places *places = task->process->profile->places;
	const char *name;

	if (!places->locations.items[location].name)
		error_free(names_resolve_place(&session->images, places, location, SITE_NONE));
	name = places->locations.items[location].name;
	observer->enter(observer->context, task->tid, name ? name : "?");
}

static void session_left(void *context, const struct task *task)
{
	const struct session *session = context;

	session->options->observer->leave(session->options->observer->context, task->tid);
}

void session_observe_calls(struct session *session, struct process *process)
{
	if (!session->options->observer)
		return;
	session->observer = (struct calls_observer){
		.context = session, .entered = session_entered, .left = session_left};
	process->calls.observer = &session->observer;
}
