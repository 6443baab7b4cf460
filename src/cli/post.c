/*
 * post: other looks at recordings, without running again.
 *
 *     ptmem post trace.0.raw trace.1.raw --tree
 */
#include "base/strbuf.h"
#include "cli/command.h"
#include "cli/destination.h"
#include "cli/filter.h"
#include "cli/message.h"
#include "cli/say.h"
#include "engine/names.h"
#include "profile/merge.h"
#include "profile/recording.h"
#include "profile/replay.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What is reported on: a recording, or all of them together. */
struct look {
	const char *path; /* of the first */
	struct profile profile;
	struct strbuf run; /* what it says of the run; nothing where they are several */
};

struct looks VEC(struct look);

static void look_deinit(struct look *look)
{
	profile_deinit(&look->profile);
	strbuf_deinit(&look->run);
}

static void looks_deinit(struct looks *looks)
{
	for (size_t i = 0; i < looks->count; i++)
		look_deinit(&looks->items[i]);
	vec_deinit(looks);
}

static void say_line(const char *what, const char *value)
{
	message_print("%-24s %s", what, value);
}

static void say_value(const struct strbuf *lines, const char *key)
{
	char *value = recording_value(lines, key);

	if (value)
		say_line(key, value);
	free(value);
}

/* started=1700000000, in seconds since 1970, in the reader's time zone. */
static void say_start(const struct strbuf *lines)
{
	char *value = recording_value(lines, "started"), text[64];
	time_t seconds = value ? (time_t)strtoll(value, NULL, 10) : 0;
	struct tm when;

	if (seconds && localtime_r(&seconds, &when) &&
		strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %z", &when))
		say_line("started", text);
	free(value);
}

/* What the recording says of itself. */
static void say_recording(const char *path, const struct recording *recording)
{
	static const char *const keys[] = {
		"command", "pid", "rank", "host", "kernel", "page_size", "engine", "metric"};
	char text[64];

	say_line("recording", path);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		say_value(&recording->processes.items[0].run, keys[i]);
	say_start(&recording->processes.items[0].run);
	snprintf(text, sizeof text, "%" PRIu64, recording->bytes);
	say_line("bytes", text);
	snprintf(text, sizeof text, "%" PRIu64, recording->operations);
	say_line("operations", text);
}

static struct ptmem_error *look_open(
	struct look *look, const char *path, const struct options *options)
{
	struct look new = {.path = path};
	struct recording recording;
	struct profiles profiles;
	struct ptmem_error *error = recording_play(
		path, options->peak ? REPLAY_PEAK : REPLAY_END, &profiles, &recording);

	if (error)
		return error;
	if (recording.cut)
		message_print("%s: cut: %s: what follows is what was recorded until then", path,
			recording.cut);
	if (options->verbose)
		say_recording(path, &recording);
	error = names_resolve_modules(profiles_first(&profiles));
	if (!error)
		error = profiles_total(&profiles, &new.profile);
	profiles_deinit(&profiles);
	new.run = recording.processes.items[0].run;
	recording.processes.items[0].run = (struct strbuf){0};
	recording_deinit(&recording);
	if (error)
		strbuf_deinit(&new.run);
	else
		*look = new;
	return error;
}

/* Takes `from` over. */
static struct ptmem_error *look_merge(struct look *into, struct look *from)
{
	enum metric metric = into->profile.metric, other = from->profile.metric;
	struct ptmem_error *error;

	if (metric == other)
		error = profile_merge(&into->profile, &from->profile);
	else
		error = error_new(ERROR_FORMAT,
			"%s: it has the metric %s, and %s has %s: --per-file keeps them apart",
			from->path, metric_name(other), into->path, metric_name(metric));
	strbuf_deinit(&into->run);
	look_deinit(from);
	return error;
}

static struct ptmem_error *looks_open(struct looks *looks, const struct options *options)
{
	struct ptmem_error *error = NULL;

	for (size_t i = 0; !error && i < options->files.count; i++) {
		struct look look, *new;

		error = look_open(&look, options->files.items[i], options);
		if (error)
			break;
		if (looks->count && !options->per_file) {
			error = look_merge(&looks->items[0], &look);
			continue;
		}
		new = vec_append(looks);
		if (new) {
			*new = look;
		} else {
			look_deinit(&look);
			error = &error_no_memory;
		}
	}
	return error;
}

/* A pattern may match in one recording and not in another. */
static struct ptmem_error *looks_filter(struct looks *looks, struct options *options)
{
	struct ptmem_error *error = NULL;

	if (!filter_is_wanted(options))
		return NULL;
	for (size_t i = 0; i < looks->count; i++)
		filter_match(options, &looks->items[i].profile);
	if (looks->count)
		error = filter_check(options, &looks->items[0].profile);
	for (size_t i = 0; !error && i < looks->count; i++)
		error = filter_apply(options, &looks->items[i].profile);
	return error;
}

static void write_heading(FILE *out, const char *path, bool first)
{
	struct strbuf text = {0};

	strbuf_addf(&text, "%s==> ", first ? "" : "\n");
	strbuf_add_printable(&text, path);
	strbuf_add(&text, " <==\n");
	fputs(text.text ? text.text : "", out);
	strbuf_deinit(&text);
}

static struct ptmem_error *looks_write(
	const struct looks *looks, struct options *options, struct destination *destination)
{
	struct ptmem_error *error = NULL;

	for (size_t i = 0; !error && i < looks->count; i++) {
		const struct look *look = &looks->items[i];

		if (options->per_file)
			write_heading(destination->out, look->path, i == 0);
		options->report.run = look->run.text;
		error = destination_report(destination, options, &look->profile);
	}
	return error;
}

static struct ptmem_error *looks_report(
	const struct looks *looks, struct options *options, struct destination *destination)
{
	struct ptmem_error *error = destination_begin(destination, options, !options->no_pager);

	if (!error)
		error = destination_finish(destination, looks_write(looks, options, destination));
	if (!error)
		say_hidden(&destination->hidden, options);
	return error;
}

struct ptmem_error *command_post(struct options *options, int *status)
{
	struct destination destination;
	struct looks looks = {0};
	struct ptmem_error *error = destination_open(&destination, options);

	if (error)
		return error;
	error = looks_open(&looks, options);
	for (size_t i = 0; !error && i < looks.count; i++)
		say_balance(options, &looks.items[i].profile);
	if (!error)
		error = looks_filter(&looks, options);
	if (!error)
		error = looks_report(&looks, options, &destination);
	if (!error)
		*status = 0;
	looks_deinit(&looks);
	destination_abandon(&destination);
	return error;
}
