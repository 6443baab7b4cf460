/* The profiler for the library's callers. */
#include "ptmem/profiler.h"

#include "base/strbuf.h"
#include "library/helper.h"
#include "library/options.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECONDS_MAX 1e6

struct ptmem_profile {
	struct helper_result result;
	struct ptmem_recording *recording;
};

/* What a session needs of the caller's options. */
struct watching {
	struct pattern_list funcs, exclude, files, libs, none;
	char folder[PATH_MAX]; /* that the recording is in, "" where the caller names a file */
	char *recording;       /* the file; owned */
};

static struct ptmem_error *check_samples(const struct ptmem_profile_options *options)
{
	if (options->engine != PTMEM_ENGINE_FAULTS)
		return NULL;
	if (options->metric != PTMEM_METRIC_RSS && options->metric != PTMEM_METRIC_ANON)
		return error_new(ERROR_USAGE,
			"profiling: samples of page faults tell of rss and anon alone");
	if (options->attach && options->follow)
		return error_new(ERROR_USAGE,
			"profiling: children of a process that runs already cannot be followed by "
			"samples of page faults");
	return NULL;
}

static struct ptmem_error *check(const struct ptmem_profile_options *options)
{
	if ((options->argv != NULL) + (options->attach != 0) != 1 ||
		(options->argv && !options->argv[0]) || options->attach < 0)
		return error_new(ERROR_USAGE,
			"profiling: one of argv and attach must be given, and not both");
	if ((unsigned)options->engine > PTMEM_ENGINE_EXACT)
		return error_new(ERROR_USAGE, "profiling: there is no such engine");
	if ((unsigned)options->metric > PTMEM_METRIC_USS)
		return error_new(ERROR_USAGE, "profiling: there is no such metric");
	if (!isfinite(options->duration) || options->duration < 0 ||
		options->duration > SECONDS_MAX)
		return error_new(ERROR_USAGE, "profiling: the duration is from 0 to 1000000 s");
	return check_samples(options);
}

static struct ptmem_error *add_patterns(struct pattern_list *list, const char *value)
{
	return value ? pattern_list_add(list, value) : NULL;
}

static struct ptmem_error *choose(
	struct watching *watching, const struct ptmem_profile_options *options)
{
	struct ptmem_error *error = add_patterns(&watching->funcs, options->funcs);

	if (!error)
		error = add_patterns(&watching->exclude, options->exclude);
	if (!error)
		error = add_patterns(&watching->files, options->files);
	return error ? error : add_patterns(&watching->libs, options->libs);
}

/* As struct record_options has it: a percent sign is two. */
static char *quote(const char *path)
{
	struct strbuf text = {0};

	for (const char *at = path; *at; at++)
		strbuf_add_bytes(&text, *at == '%' ? "%%" : at, *at == '%' ? 2 : 1);
	return strbuf_take(&text);
}

/* What nobody wants to keep is in a folder that is removed once it has been read. */
static struct ptmem_error *place(
	struct watching *watching, const struct ptmem_profile_options *options)
{
	const char *folder = secure_getenv("TMPDIR");
	char path[PATH_MAX + 16];

	if (options->recording) {
		watching->recording = quote(options->recording);
		return watching->recording ? NULL : &error_no_memory;
	}
	snprintf(watching->folder, sizeof watching->folder, "%s/ptmem-XXXXXX",
		folder && *folder ? folder : "/tmp");
	if (!mkdtemp(watching->folder)) {
		int problem = errno;
		struct ptmem_error *error = error_errno(problem,
			"profiling: a folder for the "
			"recording, %s",
			watching->folder);

		watching->folder[0] = '\0';
		return error;
	}
	snprintf(path, sizeof path, "%s/recording", watching->folder);
	watching->recording = quote(path);
	return watching->recording ? NULL : &error_no_memory;
}

static void watching_deinit(struct watching *watching)
{
	char path[PATH_MAX + 16];

	if (watching->folder[0]) {
		snprintf(path, sizeof path, "%s/recording", watching->folder);
		unlink(path);
		rmdir(watching->folder);
	}
	pattern_list_deinit(&watching->funcs);
	pattern_list_deinit(&watching->exclude);
	pattern_list_deinit(&watching->files);
	pattern_list_deinit(&watching->libs);
	free(watching->recording);
}

static enum engine session_engine(enum ptmem_engine engine)
{
	switch (engine) {
	case PTMEM_ENGINE_BREAKPOINTS:
		return ENGINE_BREAKPOINTS;
	case PTMEM_ENGINE_FAULTS:
	case PTMEM_ENGINE_EXACT:
		return ENGINE_FAULTS;
	case PTMEM_ENGINE_AUTO:
		break;
	}
	return ENGINE_AUTO;
}

static struct ptmem_error *watch(const struct ptmem_profile_options *options,
	struct watching *watching, struct helper_result *result)
{
	struct session_options session = {
		.argv = options->argv,
		.attach = options->attach,
		.engine = session_engine(options->engine),
		.exact = options->engine == PTMEM_ENGINE_EXACT,
		.follow = options->follow,
		.duration = options->duration,
		.metric = (enum metric)options->metric,
		.funcs = &watching->funcs,
		.exclude = &watching->exclude,
		.files = &watching->files,
		.libs = &watching->libs,
		.max_hits = watching->funcs.count ? 0 : SESSION_MAX_HITS,
		.record = {.pattern = watching->recording},
		.from = &watching->none,
		.until = &watching->none,
	};

	return helper_run(&session, result);
}

/* A run that could not be recorded has warned of it. */
static struct ptmem_error *open_recording(struct ptmem_profile *profile)
{
	const struct helper_result *result = &profile->result;

	if (result->recording)
		return ptmem_recording_open(result->recording, &profile->recording);
	return error_new(ERROR_SYSTEM, "profiling: %s",
		result->warnings.count ? result->warnings.items[result->warnings.count - 1]
				       : "nothing was recorded");
}

static void tell_paths(
	const struct ptmem_profile_options *options, const struct ptmem_recording *recording)
{
	size_t processes = ptmem_recording_process_count(recording);
	bool enough = !options->on_path;

	for (size_t i = 0; !enough && i < processes; i++) {
		size_t count = ptmem_recording_path_count(recording, i);
		struct ptmem_path path = PTMEM_PATH_INIT;

		for (size_t j = 0; !enough && j < count; j++)
			enough = ptmem_recording_path(recording, i, j, &path) &&
				 options->on_path(recording, i, j, &path, options->context);
	}
}

static struct ptmem_error *run(
	const struct ptmem_profile_options *options, struct ptmem_profile *profile)
{
	struct watching watching = {0};
	struct ptmem_error *error = choose(&watching, options);

	if (!error)
		error = place(&watching, options);
	if (!error)
		error = watch(options, &watching, &profile->result);
	if (!error)
		error = open_recording(profile);
	watching_deinit(&watching);
	return error;
}

struct ptmem_error *ptmem_profile_run(
	const struct ptmem_profile_options *options, struct ptmem_profile **profile)
{
	struct ptmem_profile_options known;
	struct ptmem_profile *made;
	struct ptmem_error *error = options_take(options, &known, sizeof known);

	if (!error)
		error = check(&known);
	if (error)
		return error;
	made = calloc(1, sizeof *made);
	if (!made)
		return &error_no_memory;
	error = run(&known, made);
	if (error) {
		ptmem_profile_free(made);
		return error;
	}
	tell_paths(&known, made->recording);
	*profile = made;
	return NULL;
}

void ptmem_profile_free(struct ptmem_profile *profile)
{
	if (!profile)
		return;
	ptmem_recording_close(profile->recording);
	helper_result_deinit(&profile->result);
	free(profile);
}

const struct ptmem_recording *ptmem_profile_recording(const struct ptmem_profile *profile)
{
	return profile->recording;
}

int ptmem_profile_status(const struct ptmem_profile *profile)
{
	return profile->result.status;
}

enum ptmem_engine ptmem_profile_engine(const struct ptmem_profile *profile)
{
	if (profile->result.engine == ENGINE_BREAKPOINTS)
		return PTMEM_ENGINE_BREAKPOINTS;
	return profile->result.exact ? PTMEM_ENGINE_EXACT : PTMEM_ENGINE_FAULTS;
}

const char *ptmem_profile_warning(const struct ptmem_profile *profile, size_t number)
{
	const struct helper_result *result = &profile->result;

	return number < result->warnings.count ? result->warnings.items[number] : NULL;
}
