/*
 * peak: the highest memory in samples over time, as mprof prints it: a tab after the name.
 *
 *     mprofile_20261126145502.dat	12.500 MiB
 *       Child 4711			3.250 MiB
 */
#include "cli/command.h"
#include "cli/load.h"
#include "profile/replay.h"
#include "report/output.h"
#include "series/folder.h"
#include "series/series.h"

#include <fnmatch.h>
#include <string.h>

static double highest_of(const struct series_curve *curve)
{
	double highest = 0;

	for (size_t i = 0; i < curve->count; i++)
		if (curve->samples[i].memory > highest)
			highest = curve->samples[i].memory;
	return highest;
}

/* Of the whole: a child may have had more than a program that is sampled without it. */
static double peak_of_whole(const struct series *series)
{
	return series->has_peak || !series->whole.count ? series_peak(series)
							: highest_of(&series->whole);
}

static bool is_call_of(const struct series_call *call, const char *function)
{
	return !strcmp(call->name, function) || !fnmatch(function, call->name, 0);
}

/* Within one call, its entry and exit included. */
static double highest_within(const struct series_curve *curve, const struct series_call *call)
{
	double highest =
		call->entry.memory > call->exit.memory ? call->entry.memory : call->exit.memory;

	for (size_t i = 0; i < curve->count; i++) {
		const struct series_sample *sample = &curve->samples[i];

		if (sample->time >= call->entry.time && sample->time <= call->exit.time &&
			sample->memory > highest)
			highest = sample->memory;
	}
	return highest;
}

static struct ptmem_error *peak_of_function(
	const struct series *series, const char *path, const char *function, double *peak)
{
	double highest = 0, within;
	bool found = false;

	for (size_t i = 0; i < series->call_count; i++) {
		if (!is_call_of(&series->calls[i], function))
			continue;
		within = highest_within(&series->whole, &series->calls[i]);
		if (!found || within > highest)
			highest = within;
		found = true;
	}
	if (!found)
		return error_new(ERROR_NO_MATCH, "%s: no call of '%s' in it", path, function);
	*peak = highest;
	return NULL;
}

static struct ptmem_error *add_peak(
	struct strbuf *text, const char *path, const struct series *series, const char *function)
{
	double peak = peak_of_whole(series);
	struct ptmem_error *error =
		function ? peak_of_function(series, path, function, &peak) : NULL;

	if (error)
		return error;
	strbuf_add_printable(text, path);
	strbuf_addf(text, "\t%.3f MiB\n", peak);
	for (size_t i = 0; !function && i < series->child_count; i++)
		strbuf_addf(text, "  Child %d\t\t\t%.3f MiB\n", series->children[i].pid,
			highest_of(&series->children[i]));
	return NULL;
}

/* The kernel's own peak of each process. */
static struct ptmem_error *add_recording(
	struct strbuf *text, const char *path, const char *function)
{
	struct recording recording;
	struct profiles profiles;
	struct ptmem_error *error;

	if (function)
		return error_new(ERROR_USAGE,
			"--func: '%s' is a recording: ptmem post tells of its functions", path);
	error = recording_play(path, REPLAY_END, &profiles, &recording);
	if (error)
		return error;
	strbuf_add_printable(text, path);
	strbuf_addf(text, "\t%.3f MiB\n", (double)profiles.items[0]->profile.peak / BYTES_PER_MB);
	for (size_t i = 1; i < profiles.count; i++)
		strbuf_addf(text, "  Child %d\t\t\t%.3f MiB\n", profiles.items[i]->pid,
			(double)profiles.items[i]->profile.peak / BYTES_PER_MB);
	profiles_deinit(&profiles);
	recording_deinit(&recording);
	return NULL;
}

static struct ptmem_error *add_file(
	struct strbuf *text, const struct folder *folder, const char *word, const char *function)
{
	struct series series;
	const char *path = NULL;
	struct ptmem_error *error =
		word ? folder_resolve(folder, word, &path) : folder_newest(folder, &path);

	if (!error && load_is_recording(path))
		return add_recording(text, path, function);
	if (!error)
		error = series_read(path, &series);
	if (error)
		return error;
	error = add_peak(text, path, &series, function);
	series_deinit(&series);
	return error;
}

struct ptmem_error *command_peak(struct options *options, int *status)
{
	struct folder folder = {0};
	struct strbuf text = {0};
	struct ptmem_error *error = folder_open(&folder);

	if (!error && !options->files.count)
		error = add_file(&text, &folder, NULL, options->function);
	for (size_t i = 0; !error && i < options->files.count; i++)
		error = add_file(&text, &folder, options->files.items[i], options->function);
	folder_close(&folder);
	if (!error)
		error = output_text(stdout, &text);
	if (!error)
		*status = 0;
	strbuf_deinit(&text);
	return error;
}
