/*
 * What processes load, and what of it is watched. Objects come and go by the dynamic linker,
 * which stops at its rendezvous for that; what is loaded then is read from the mappings.
 */
#include "engine/session_internal.h"

#include "base/strbuf.h"
#include "target/status.h"

#include <stdlib.h>
#include <string.h>

#define UNDESCRIBED_NAMED 4

static bool stops_at_lines(const struct session *session)
{
	return session->images.stops_at_lines;
}

static struct watch_patterns session_patterns(const struct session *session)
{
	const struct session_options *options = session->options;

	/* Page faults tell of all lines: which are listed is chosen when the run is over. */
	return (struct watch_patterns){options->funcs, options->exclude, options->files,
		options->libs, stops_at_lines(session) ? &options->lines->funcs : NULL,
		options->from, options->until};
}

static struct watch_object watch_object(const struct image *image)
{
	return (struct watch_object){image->object, image->path, image->is_program};
}

/* What a program does that it cannot do while it is traced. */
static void session_warn_of_tracing(struct session *session, const struct image *image)
{
	if (object_mentions(image->object, "__asan_init") ||
		object_mentions(image->object, "__lsan_init"))
		session_warn(session,
			error_new(ERROR_SYSTEM,
				"%s: LeakSanitizer cannot work while a program is traced: set "
				"ASAN_OPTIONS=detect_leaks=0 for the run",
				image->path));
	else if (object_mentions(image->object, "ptrace"))
		session_warn(session,
			error_new(ERROR_SYSTEM,
				"%s: calls ptrace(2): it cannot ask to be traced, nor be traced by "
				"another process, while ptmem traces it",
				image->path));
}

/* What the user should know of a file before wondering about the table. */
static void session_warn_of_image(struct session *session, const struct image *image)
{
	const struct session_options *options = session->options;
	bool is_first = image == session->images.items;

	if (image->is_program)
		session_warn_of_tracing(session, image);
	/* Of what a program starts, some is always without. */
	if (is_first && !watch_selects_any(&image->watched) && !options->funcs->count &&
		!options->libs->count)
		session_warn(session, error_new(ERROR_FORMAT,
					      "%s: no debug info and no symbols: none of its "
					      "functions are watched",
					      image->path));
}

void session_tell_problems(struct session *session)
{
	for (size_t i = 0; i < session->images.count; i++) {
		const struct image *image = &session->images.items[i];
		const char *problem = image->object ? object_debug_problem(image->object) : NULL;
		const char *refused = image->object ? object_debug_refused(image->object) : NULL;

		if (problem)
			session_warn(session,
				error_new(ERROR_FORMAT, "%s: its debug info cannot be read: %s",
					image->path, problem));
		if (refused)
			session_warn(session, error_new(ERROR_FORMAT, "%s", refused));
	}
}

static struct ptmem_error *session_choose(
	struct session *session, struct image *image, bool is_program)
{
	struct watch_patterns patterns = session_patterns(session);
	struct watch_object object;
	struct ptmem_error *error;

	image->is_program = is_program;
	object = watch_object(image);
	error = watch_select(
		&object, &patterns, session->engine == ENGINE_BREAKPOINTS, &image->watched);
	if (!error && stops_at_lines(session))
		error = statements_select(image->object, session->options->lines,
			!patterns.funcs->count, &image->watched.list, &image->statements);
	if (!error && image->object)
		error = scope_select(image->object, session->options->from, session->options->until,
			&image->scope);
	if (error)
		return error;
	image->is_chosen = true;
	session_warn_of_image(session, image);
	return NULL;
}

struct ptmem_error *session_load(struct session *session, struct process *process)
{
	struct ptmem_error *error = process_look(process, &session->images);

	for (size_t i = 0; !error && i < process->objects.count; i++) {
		const struct loaded_object *object = &process->objects.items[i];
		struct image *image = &session->images.items[object->image];

		if (!image->is_chosen)
			error = session_choose(session, image, object->is_program);
	}
	return error;
}

struct ptmem_error *session_plant(
	struct session *session, struct process *process, pid_t tid, bool program_alone)
{
	uint64_t functions;
	struct ptmem_error *error =
		process_plant(process, tid, &session->images, program_alone, &functions);

	session->result->functions += functions;
	return error;
}

static bool session_selects_any(const struct session *session)
{
	bool any = false;

	for (size_t i = 0; i < session->images.count; i++)
		any |= watch_selects_any(&session->images.items[i].watched);
	return any;
}

static struct ptmem_error *session_judge_patterns(const struct session *session)
{
	struct watch_patterns patterns = session_patterns(session);
	struct watch_object *objects = calloc(session->images.count + 1, sizeof *objects);
	struct ptmem_error *error;
	size_t count = 0;

	if (!objects)
		return &error_no_memory;
	for (size_t i = 0; i < session->images.count; i++)
		if (session->images.items[i].is_chosen)
			objects[count++] = watch_object(&session->images.items[i]);
	error = watch_check(objects, count, &patterns, session_selects_any(session));
	free(objects);
	return error;
}

struct ptmem_error *session_check_patterns(struct session *session)
{
	/* What a program loads later, or starts, may have what nothing has so far. */
	if (session->checked || session->options->follow ||
		pattern_list_unused(session->options->libs))
		return NULL;
	session->checked = true;
	return session_judge_patterns(session);
}

/* Nothing can be found in a process that is ending, which is not the patterns' fault. */
struct ptmem_error *session_check_running(struct session *session)
{
	struct ptmem_error *error = session_check_patterns(session);
	struct task_status status;

	if (!error || (task_status_read(session->pid, &status) && status.state != 'Z' &&
			      status.state != 'X'))
		return error;
	error_free(error);
	return &error_gone;
}

void session_tell_unmatched(struct session *session)
{
	const struct pattern *unused = pattern_list_unused(session->options->libs);
	struct ptmem_error *error = NULL;

	if (session->checked || !session->images.count)
		return;
	if (unused)
		error = error_new(ERROR_NO_MATCH, "--libs: nothing that was loaded matches '%s'",
			unused->text);
	else
		error = session_judge_patterns(session);
	if (error)
		session_warn(session, error);
}

void session_tell_unused_rules(struct session *session)
{
	struct ptmem_error *error =
		session->options->objects ? object_rules_unused(session->options->objects) : NULL;

	if (error)
		session_warn(session, error);
}

/* Where functions were asked for by name, only what has them matters. The kernel's own code has
 * no debug info anywhere. */
static bool is_undescribed(const struct session *session, const struct image *image)
{
	const struct session_options *options = session->options;
	bool is_meant = !options->funcs->count && (image->is_program || !options->libs->count);

	return image->is_chosen && image->inode && !object_has_debug_info(image->object) &&
	       (is_meant || watch_selects_any(&image->watched));
}

char *session_undescribed(const struct session *session)
{
	struct strbuf names = {0};
	size_t count = 0;

	for (size_t i = 0; i < session->images.count; i++) {
		const struct image *image = &session->images.items[i];

		if (!is_undescribed(session, image) || ++count > UNDESCRIBED_NAMED)
			continue;
		strbuf_add(&names, names.length ? ", " : "");
		strbuf_add_printable(&names, image_name(image));
	}
	if (count > UNDESCRIBED_NAMED)
		strbuf_addf(&names, " and %zu more", count - UNDESCRIBED_NAMED);
	return names.length ? strbuf_take(&names) : NULL;
}
