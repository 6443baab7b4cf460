/* What is written of each process: one file for all, or one each. */
#include "engine/session_internal.h"

#include "engine/sources.h"

#include <stdlib.h>
#include <string.h>

void session_know_command(struct process *process, char *const *argv)
{
	char *command = argv ? record_command(argv) : record_command_of(process->pid);

	if (!command)
		return;
	free(process->record->command);
	process->record->command = command;
}

static struct ptmem_error *open_recorder(
	struct session *session, const struct process *process, struct recorder **recorder)
{
	const struct record_options *options = &session->options->record;
	const struct places *places = process->profile->places;
	char *path = record_path(options->pattern, process->pid,
		session->options->argv ? session->options->argv[0] : places->modules.items[0].path);
	struct ptmem_error *error =
		path ? recorder_open(path, options->force, recorder) : &error_no_memory;

	if (error) {
		free(path);
		return error;
	}
	if (!session->result->recordings++)
		session->result->recording = path;
	else
		free(path);
	return NULL;
}

/* Each process its own, where the name can tell them apart. */
static struct ptmem_error *find_recorder(
	struct session *session, const struct process *process, struct recorder **recorder)
{
	struct ptmem_error *error;

	if (record_is_of_one(session->options->record.pattern))
		return open_recorder(session, process, recorder);
	if (!session->recorder && session->profiles->count == 1) {
		error = open_recorder(session, process, &session->recorder);
		if (error)
			return error;
	}
	*recorder = session->recorder;
	return NULL;
}

static const char *engine_name(const struct session *session)
{
	if (session->engine == ENGINE_BREAKPOINTS)
		return "breakpoints";
	return session->exact ? "faults, exact" : "faults";
}

/* A run that cannot be recorded goes on all the same. */
void session_record(struct session *session, struct process *process)
{
	struct recorder *recorder = NULL;
	struct ptmem_error *error;

	session_know_command(process, process->pid == session->pid ? session->options->argv : NULL);
	if (!session->options->record.pattern)
		return;
	error = find_recorder(session, process, &recorder);
	if (!error && recorder)
		error = record_begin(recorder, process->record, process->parent,
			process->record->command, engine_name(session));
	if (error) {
		session_warn(session, error);
		return;
	}
	process->recorder = recorder;
	for (size_t i = 0; recorder && i < session->tasks.count; i++)
		if (session->tasks.items[i]->process == process)
			shadow_announce(&session->tasks.items[i]->shadow);
}

void session_leave_recording(struct session *session, struct process *process)
{
	struct recorded *over;

	if (!process->recorder)
		return;
	recorder_leave(process->recorder, process->profile);
	over = vec_append(&session->recorded);
	if (!over)
		return;
	*over = (struct recorded){
		.record = process->record,
		.recorder = process->recorder,
		.mappings = process->mappings,
	};
	process->mappings = NULL;
}

static void close_recorder(struct session *session, struct recorder *recorder)
{
	struct ptmem_error *error = recorder_close(recorder);

	if (error)
		session_warn(session, error);
}

void session_end_recordings(struct session *session)
{
	if (session->recorded.count)
		sources_read(profiles_first(session->profiles)->places);
	for (size_t i = 0; i < session->recorded.count; i++) {
		struct recorded *over = &session->recorded.items[i];

		record_end(over->recorder, over->record, over->mappings,
			over->record->pid == session->pid ? session->result : NULL);
		if (over->recorder != session->recorder)
			close_recorder(session, over->recorder);
		free(over->mappings);
	}
	if (session->recorder)
		close_recorder(session, session->recorder);
	vec_deinit(&session->recorded);
}
