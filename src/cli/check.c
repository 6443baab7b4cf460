/*
 * check: judges a run, several runs or a recording, for CI.
 *
 *     ptmem check --min 10 -- ./app input
 *     ptmem check --baseline base.raw --min 1 new.raw
 */
#include "base/vec.h"
#include "cli/command.h"
#include "cli/destination.h"
#include "cli/filter.h"
#include "cli/load.h"
#include "cli/message.h"
#include "cli/say.h"
#include "cli/watch.h"
#include "report/budgets.h"
#include "report/judge.h"
#include "report/verdict.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One run of the program, or a recording of one. */
struct trial {
	struct profiles profiles;
	struct profile total;          /* of them, where there are several; else zeroed */
	const struct profile *profile; /* that is judged */
	struct session_result result;
};

struct check {
	struct options *options;
	const char *recording; /* that is judged; NULL: a program is run */
	bool cut;              /* and is not all of the run */
	struct profiles base;  /* of one, or empty */
	struct budgets budgets;
	struct limits limits;
	struct VEC(struct trial *) trials;
	struct judgement judgement;
	int program_status;
};

static void check_deinit(struct check *check)
{
	judgement_deinit(&check->judgement);
	for (size_t i = 0; i < check->trials.count; i++) {
		session_result_deinit(&check->trials.items[i]->result);
		profiles_deinit(&check->trials.items[i]->profiles);
		profile_deinit(&check->trials.items[i]->total);
		free(check->trials.items[i]);
	}
	vec_deinit(&check->trials);
	budgets_deinit(&check->budgets);
	profiles_deinit(&check->base);
}

/* The option that is for nothing but a program, where there is one. */
static const char *program_option(const struct options *options)
{
	if (options->check.runs)
		return "runs";
	if (options->follow)
		return "follow";
	return options->duration > 0 ? "duration" : NULL;
}

/* A single word that names a recording is one; anything else is a program and its arguments. */
static struct ptmem_error *find_recording(struct check *check)
{
	char **words = check->options->program;
	const char *option;

	if (!load_is_recording(words[0]))
		return NULL;
	if (words[1])
		return error_new(ERROR_USAGE,
			"'%s' is a recording, and nothing may follow it: put options before it, "
			"and check one recording at a time",
			words[0]);
	option = program_option(check->options);
	if (option)
		return error_new(ERROR_USAGE, "--%s: '%s' is a recording: give a program to run",
			option, words[0]);
	check->recording = words[0];
	return NULL;
}

static struct ptmem_error *check_limits(const struct options *options)
{
	const struct check_options *check = &options->check;

	if (check->baseline && !options->report.min_given)
		return error_new(ERROR_USAGE,
			"--baseline: how much may a function have grown? give --min MB as well");
	if (!options->report.min_given && !check->budgets && !check->max_rss_given)
		return error_new(ERROR_USAGE, "check: no limit to check: give --min MB, "
					      "--budgets FILE or --max-rss MB");
	return NULL;
}

/* Before the program runs, so that no run is in vain. */
static struct ptmem_error *load_base(struct check *check)
{
	const struct options *options = check->options;
	const char *path = options->check.baseline;
	struct ptmem_error *error = load_total(path, &check->options->symbols, &check->base);
	enum metric metric;

	if (error)
		return error;
	check->limits.base = profiles_first(&check->base);
	metric = check->limits.base->metric;
	if (check->recording || metric == options->metric)
		return NULL;
	return error_new(ERROR_USAGE, "--baseline: '%s' measured %s: give --metric %s", path,
		metric_name(metric), metric_name(metric));
}

static struct ptmem_error *set_limits(struct check *check)
{
	const struct options *options = check->options;
	struct ptmem_error *error = check_limits(options);

	check->limits = (struct limits){
		.min_given = options->report.min_given,
		.min = options->report.min,
		.max_rss_given = options->check.max_rss_given,
		.max_rss = options->check.max_rss,
		.self = options->report.self,
		.net = options->report.net,
	};
	if (!error && options->check.budgets) {
		error = budgets_read(options->check.budgets, &check->budgets);
		check->limits.budgets = &check->budgets;
	}
	if (!error && options->check.baseline)
		error = load_base(check);
	return error;
}

/* A new one, which the check owns already; NULL when out of memory. */
static struct trial *add_trial(struct check *check)
{
	struct trial *trial = calloc(1, sizeof *trial);
	struct trial **new = trial ? vec_append(&check->trials) : NULL;

	if (new)
		*new = trial;
	else
		free(trial);
	return new ? trial : NULL;
}

static struct ptmem_error *filter_trial(struct check *check, struct trial *trial)
{
	const struct profile *profile = profiles_first(&trial->profiles);
	struct ptmem_error *error;

	if (!filter_is_wanted(check->options))
		return NULL;
	filter_match(check->options, profile);
	error = filter_check(check->options, profile);
	return error ? error : filter_apply(check->options, &trial->profiles);
}

static struct ptmem_error *try_recording(struct check *check)
{
	struct trial *trial = add_trial(check);
	struct ptmem_error *error =
		trial ? load_recording(check->recording, &check->options->symbols, &trial->profiles,
				&check->cut)
		      : &error_no_memory;

	if (error)
		return error;
	say_balance(check->options, &trial->profiles);
	error = profiles_fold(&trial->profiles);
	if (error)
		return error;
	trial->profile = profiles_first(&trial->profiles);
	return filter_trial(check, trial);
}

/* All processes together are judged. */
static struct ptmem_error *choose_profile(struct trial *trial)
{
	struct ptmem_error *error = NULL;

	trial->profile = profiles_first(&trial->profiles);
	if (trial->profiles.count > 1)
		error = profiles_total(&trial->profiles, &trial->total);
	if (!error && trial->profiles.count > 1)
		trial->profile = &trial->total;
	return error;
}

/* A program that fails is not run again: its memory is not what it has when it works. */
static struct ptmem_error *try_program(struct check *check)
{
	size_t runs = check->options->check.runs ? check->options->check.runs : 1;
	struct ptmem_error *error = NULL;

	check->options->record.pattern = check->options->check.raw;
	for (size_t i = 0; !error && !check->program_status && i < runs; i++) {
		struct trial *trial = add_trial(check);

		if (!trial)
			return &error_no_memory;
		error = watch_program(check->options, &trial->profiles, &trial->result);
		if (!error)
			error = choose_profile(trial);
		if (error)
			return error;
		check->program_status = watch_status(check->options, &trial->result);
	}
	if (check->program_status)
		message_print("the program ended with status %d in run %zu of %zu",
			check->program_status, check->trials.count, runs);
	return NULL;
}

static struct ptmem_error *judge_trials(struct check *check)
{
	const struct profile **runs = calloc(check->trials.count, sizeof *runs);
	struct ptmem_error *error;

	if (!runs)
		return &error_no_memory;
	for (size_t i = 0; i < check->trials.count; i++)
		runs[i] = check->trials.items[i]->profile;
	error = judge(runs, check->trials.count, &check->limits, &check->judgement);
	free(runs);
	return error;
}

/* Where the sources were checked out, as each CI says; else the working directory. To free. */
static char *find_root(void)
{
	static const char *const names[] = {"GITHUB_WORKSPACE", "CI_PROJECT_DIR", "WORKSPACE"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *value = getenv(names[i]);

		if (value && *value == '/')
			return strdup(value);
	}
	return getcwd(NULL, 0);
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static struct ptmem_error *write_verdicts(
	const struct check *check, const struct destination *destination)
{
	static const struct verdict_ops *const formats[] = {
		[VERDICTS_TEXT] = &verdict_text,
		[VERDICTS_JSON] = &verdict_json,
		[VERDICTS_JUNIT] = &verdict_junit,
		[VERDICTS_GITHUB] = &verdict_github,
	};
	const struct options *options = check->options;
	char *root = find_root();
	struct verdict_options how = {
		.precision = options->report.precision,
		.color = destination->color,
		.name = last_part(options->program[0]),
		.root = root,
	};
	struct ptmem_error *error =
		formats[options->check.format]->write(&check->judgement, &how, destination->out);

	free(root);
	return error;
}

/* A budget that is about nobody is a misspelt one, or one that can go. */
static void say_unused_budgets(const struct budgets *budgets)
{
	for (size_t i = 0; i < budgets->list.count; i++) {
		const struct budget *budget = &budgets->list.items[i];

		if (!budget->used)
			message_print("%s:%zu: '%s' decides about no function of this run",
				budgets->path, budget->line, budget->text);
	}
}

static void say_runs(const struct check *check)
{
	const struct trial *last = check->trials.items[check->trials.count - 1];

	if (check->recording)
		return;
	for (size_t i = 0; i < check->trials.count; i++) {
		watch_say_warnings(&check->trials.items[i]->result);
		say_balance(check->options, &check->trials.items[i]->profiles);
	}
	watch_say_closing(check->options, &last->profiles, &last->result);
}

static struct ptmem_error *check_report(struct check *check, struct destination *destination)
{
	struct ptmem_error *error = destination_begin(destination, check->options, false);

	if (!error)
		error = destination_finish(destination, write_verdicts(check, destination));
	if (!error)
		say_unused_budgets(&check->budgets);
	say_runs(check);
	if (!error && check->cut && !check->judgement.exceeded)
		error = error_new(ERROR_FORMAT,
			"%s: it was cut: what came after that may have exceeded a limit",
			check->recording);
	return error;
}

static struct ptmem_error *check_all(struct check *check, struct destination *destination)
{
	struct ptmem_error *error = find_recording(check);

	if (!error)
		error = set_limits(check);
	if (!error)
		error = check->recording ? try_recording(check) : try_program(check);
	if (!error)
		error = judge_trials(check);
	return error ? error : check_report(check, destination);
}

struct ptmem_error *command_check(struct options *options, int *status)
{
	struct check check = {.options = options};
	struct destination destination;
	struct ptmem_error *error = destination_open(&destination, options);

	if (error)
		return error;
	error = check_all(&check, &destination);
	if (!error)
		*status = check.judgement.exceeded ? STATUS_EXCEEDED : check.program_status;
	destination_abandon(&destination);
	check_deinit(&check);
	return error;
}
