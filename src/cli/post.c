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
#include "engine/listing.h"
#include "engine/names.h"
#include "profile/merge.h"
#include "profile/recording.h"
#include "profile/replay.h"
#include "report/inlines.h"
#include "report/methods.h"
#include "report/sections.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Processes that a message names. */
#define SEEN_MAX 8

/* What is reported on: a recording, or all of them together. */
struct look {
	const char *path; /* of the first */
	struct profiles profiles;
	struct recording recording; /* says nothing where they are several */
};

struct looks VEC(struct look);

static void look_deinit(struct look *look)
{
	profiles_deinit(&look->profiles);
	recording_deinit(&look->recording);
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

/* What the recording says of the processes after the first, in a line each. */
static void say_children(const struct look *look)
{
	for (size_t i = 1; i < look->profiles.count; i++) {
		struct strbuf name = {0};

		process_add_name(&name, look->profiles.items[i]);
		say_line("and process", name.text ? name.text : "");
		strbuf_deinit(&name);
	}
}

/* What the recording says of itself. */
static void say_recording(const struct look *look)
{
	static const char *const keys[] = {
		"command", "pid", "rank", "host", "kernel", "page_size", "engine", "metric"};
	const struct recording *recording = &look->recording;
	const struct strbuf *run = &recording->processes.items[0].run;
	char text[64];

	say_line("recording", look->path);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		say_value(run, keys[i]);
	say_start(run);
	say_children(look);
	snprintf(text, sizeof text, "%" PRIu64, recording->bytes);
	say_line("bytes", text);
	snprintf(text, sizeof text, "%" PRIu64, recording->operations);
	say_line("operations", text);
}

static struct ptmem_error *look_open(
	struct look *look, const char *path, const struct options *options)
{
	struct look new = {.path = path};
	enum replay_until until = options->peak ? REPLAY_PEAK : REPLAY_END;
	struct ptmem_error *error =
		options->lines.wanted
			? recording_play_lines(path, until, &new.profiles, &new.recording)
			: recording_play(path, until, &new.profiles, &new.recording);

	if (error)
		return error;
	if (new.recording.cut)
		message_print("%s: cut: %s: what follows is what was recorded until then", path,
			new.recording.cut);
	if (options->verbose)
		say_recording(&new);
	error = names_resolve_modules(profiles_first(&new.profiles), &options->symbols);
	if (!error && options->report.instances && !methods_are_there(&new.profiles))
		error = error_new(
			ERROR_USAGE, "%s: it tells of no objects: record with --instances", path);
	if (!error)
		methods_show(&new.profiles, options->report.instances);
	if (!error)
		error = inlines_show(&new.profiles, options->callsites);
	if (error)
		look_deinit(&new);
	else
		*look = new;
	return error;
}

static struct profile *look_profile(const struct look *look)
{
	return profiles_first(&look->profiles);
}

/* Takes `from` over. */
static struct ptmem_error *look_merge(struct look *into, struct look *from)
{
	enum metric metric = look_profile(into)->metric, other = look_profile(from)->metric;
	struct ptmem_error *error;

	if (metric != other) {
		error = error_new(ERROR_FORMAT,
			"%s: it has the metric %s, and %s has %s: --per-file keeps them apart",
			from->path, metric_name(other), into->path, metric_name(metric));
		look_deinit(from);
		return error;
	}
	error = profiles_fold(&into->profiles);
	if (!error)
		error = profiles_fold(&from->profiles);
	if (!error)
		error = profile_merge(look_profile(into), look_profile(from));
	recording_deinit(&into->recording);
	look_deinit(from);
	return error;
}

/* Only these processes; false where there are none. */
static bool look_choose(struct look *look, pid_t pid)
{
	struct profiles *profiles = &look->profiles;
	struct recorded_process *recorded = look->recording.processes.items;
	size_t kept = 0;

	for (size_t i = 0; i < profiles->count; i++) {
		if (profiles->items[i]->pid == pid) {
			profiles->items[kept] = profiles->items[i];
			recorded[kept++] = recorded[i];
			continue;
		}
		process_profile_destroy(profiles->items[i]);
		strbuf_deinit(&recorded[i].run);
		strbuf_deinit(&recorded[i].end);
	}
	profiles->count = look->recording.processes.count = kept;
	return kept;
}

/* Which processes there were to choose from. */
struct seen {
	struct strbuf text;
	size_t count;
};

static void see(struct seen *seen, const struct profiles *profiles)
{
	for (size_t i = 0; i < profiles->count; i++)
		if (seen->count++ < SEEN_MAX)
			strbuf_addf(&seen->text, "%s%d", seen->text.length ? ", " : "",
				profiles->items[i]->pid);
}

/* Takes what was seen. */
static struct ptmem_error *no_process(const struct options *options, struct seen *seen)
{
	char more[32] = "", *text = strbuf_take(&seen->text);
	struct ptmem_error *error;

	if (!text)
		return &error_no_memory;
	if (seen->count > SEEN_MAX)
		snprintf(more, sizeof more, " and %zu more", seen->count - SEEN_MAX);
	error = error_new(ERROR_USAGE, "--process %d: recorded %s %s%s", options->process,
		seen->count == 1 ? "is only" : "are", text, more);
	free(text);
	return error;
}

/* Adds one to those that there are, or makes it part of the first; takes it over. */
static struct ptmem_error *looks_add(
	struct looks *looks, struct look *look, const struct options *options)
{
	struct look *new;

	if (looks->count && !options->per_file)
		return look_merge(&looks->items[0], look);
	new = vec_append(looks);
	if (!new) {
		look_deinit(look);
		return &error_no_memory;
	}
	*new = *look;
	return NULL;
}

static struct ptmem_error *looks_open(struct looks *looks, const struct options *options)
{
	struct ptmem_error *error = NULL;
	struct seen seen = {0};

	for (size_t i = 0; !error && i < options->files.count; i++) {
		struct look look;

		error = look_open(&look, options->files.items[i], options);
		if (error)
			break;
		see(&seen, &look.profiles);
		if (options->process && !look_choose(&look, options->process))
			look_deinit(&look);
		else
			error = looks_add(looks, &look, options);
	}
	if (!error && !looks->count)
		error = no_process(options, &seen);
	strbuf_deinit(&seen.text);
	return error;
}

/* A pattern may match in one recording and not in another. */
static struct ptmem_error *looks_filter(struct looks *looks, struct options *options)
{
	struct ptmem_error *error = NULL;

	if (!filter_is_wanted(options))
		return NULL;
	for (size_t i = 0; i < looks->count; i++)
		filter_match(options, look_profile(&looks->items[i]));
	if (looks->count)
		error = filter_check(options, look_profile(&looks->items[0]));
	for (size_t i = 0; !error && i < looks->count; i++)
		error = filter_apply(options, &looks->items[i].profiles);
	return error;
}

/* What is listed line by line, of each or of all together. */
static struct ptmem_error *look_list(struct look *look, struct options *options)
{
	struct places *places = look_profile(look)->places;
	struct ptmem_error *error;

	if (!places->knows_lines)
		return error_new(ERROR_NO_MATCH,
			"%s: it says nothing of lines: record with --lines, or with "
			"--engine faults",
			look->path);
	error = listing_choose(&look->profiles, &options->lines);
	if (!error)
		error = listing_describe_modules(places, &options->symbols);
	return error;
}

static struct ptmem_error *looks_list(struct looks *looks, struct options *options)
{
	struct ptmem_error *error = NULL;

	for (size_t i = 0; !error && options->lines.wanted && i < looks->count; i++)
		error = look_list(&looks->items[i], options);
	if (!error && options->lines.wanted && looks->count)
		error = listing_check(&looks->items[0].profiles, &options->lines);
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

/* What is said of each process, for exports: to be freed, NULL when out of memory. */
static const char **look_runs(const struct look *look)
{
	const char **runs = calloc(look->profiles.count, sizeof *runs);

	for (size_t i = 0; runs && i < look->recording.processes.count; i++)
		runs[i] = look->recording.processes.items[i].run.text;
	return runs;
}

static struct ptmem_error *look_write(
	const struct look *look, struct options *options, struct destination *destination)
{
	const char **runs = look_runs(look);
	struct ptmem_error *error;

	if (!runs)
		return &error_no_memory;
	options->report.runs = runs;
	error = destination_report(destination, options, &look->profiles);
	options->report.runs = NULL;
	free(runs);
	return error;
}

static struct ptmem_error *looks_write(
	const struct looks *looks, struct options *options, struct destination *destination)
{
	struct ptmem_error *error = NULL;

	for (size_t i = 0; !error && i < looks->count; i++) {
		if (options->per_file)
			write_heading(destination->out, looks->items[i].path, i == 0);
		error = look_write(&looks->items[i], options, destination);
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

/* Where only page faults told of lines. */
static void say_bound(const struct options *options, const struct looks *looks)
{
	bool bound = false;

	for (size_t i = 0; options->lines.wanted && i < looks->count; i++)
		bound |= !look_profile(&looks->items[i])->lines->statements;
	if (bound)
		message_print("recorded by page faults: occurrences are a lower bound");
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
		say_balance(options, &looks.items[i].profiles);
	if (!error)
		error = looks_filter(&looks, options);
	if (!error)
		error = looks_list(&looks, options);
	if (!error)
		error = looks_report(&looks, options, &destination);
	if (!error)
		say_bound(options, &looks);
	if (!error)
		*status = 0;
	looks_deinit(&looks);
	destination_abandon(&destination);
	return error;
}
