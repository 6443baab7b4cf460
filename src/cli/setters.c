/* How an option's value is checked and kept. */
#include "cli/setters.h"

#include "target/named.h"

#include <stdlib.h>
#include <string.h>

#define MAX_MB 1000000000 /* a petabyte, and far from overflow in bytes */
#define MAX_RUNS 1000
#define MAX_SECONDS 1000000
#define MIN_INTERVAL 0.001 /* seconds */
#define MIN_WINDOW 1e-4
#define MAX_WINDOW 1e11
#define MAX_PRECISION 17 /* digits that a double has */
#define DIGITS "0123456789"

static void *option_place(const struct option_spec *spec, struct options *options)
{
	return (char *)options + spec->offset;
}

struct ptmem_error *set_flag(
	const struct option_spec *spec, const char *value, struct options *options)
{
	(void)value;
	*(bool *)option_place(spec, options) = true;
	return NULL;
}

struct ptmem_error *set_action(
	const struct option_spec *spec, const char *value, struct options *options)
{
	(void)value;
	options->action = (enum action)spec->start;
	return NULL;
}

struct ptmem_error *set_flat(
	const struct option_spec *spec, const char *value, struct options *options)
{
	(void)spec, (void)value;
	options->format = &report_flat;
	return NULL;
}

struct ptmem_error *set_tree(
	const struct option_spec *spec, const char *value, struct options *options)
{
	(void)spec, (void)value;
	options->format = &report_tree;
	return NULL;
}

struct ptmem_error *set_export(
	const struct option_spec *spec, const char *value, struct options *options)
{
	static const struct report_ops *const formats[] = {
		&report_json, &report_csv, &report_folded};

	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (!strcmp(formats[i]->name, value)) {
			options->format = formats[i];
			return NULL;
		}
	return error_new(ERROR_USAGE, "--%s: '%s' is none of %s", spec->name, value, spec->choices);
}

/* What is wrong with a value, said of its option. Takes the error over. */
static struct ptmem_error *of_option(const struct option_spec *spec, struct ptmem_error *inner)
{
	struct ptmem_error *error;

	if (!error_is(inner, ERROR_USAGE))
		return inner;
	error = error_new(ERROR_USAGE, "--%s: %s", spec->name, inner->message);
	error_free(inner);
	return error;
}

struct ptmem_error *set_patterns(
	const struct option_spec *spec, const char *value, struct options *options)
{
	return of_option(spec, pattern_list_add(option_place(spec, options), value));
}

struct ptmem_error *set_lines(
	const struct option_spec *spec, const char *value, struct options *options)
{
	options->format = &report_lines;
	return of_option(spec, line_selection_add(&options->lines, value));
}

struct ptmem_error *set_object_rule(
	const struct option_spec *spec, const char *value, struct options *options)
{
	return of_option(spec, object_rules_add(option_place(spec, options), value));
}

struct ptmem_error *set_debug_dir(
	const struct option_spec *spec, const char *value, struct options *options)
{
	if (!*value)
		return error_new(ERROR_USAGE, "--%s: '' is not a folder's name", spec->name);
	return symbol_options_add_dir(&options->symbols, value);
}

struct ptmem_error *set_path_map(
	const struct option_spec *spec, const char *value, struct options *options)
{
	return of_option(spec, symbol_options_add_map(&options->symbols, value));
}

struct ptmem_error *set_file(
	const struct option_spec *spec, const char *value, struct options *options)
{
	if (!*value)
		return error_new(ERROR_USAGE, "--%s: '' is not a file's name", spec->name);
	memcpy(option_place(spec, options), &value, sizeof value);
	return NULL;
}

/* Words, which may be none. */
struct ptmem_error *set_text(
	const struct option_spec *spec, const char *value, struct options *options)
{
	memcpy(option_place(spec, options), &value, sizeof value);
	return NULL;
}

struct ptmem_error *set_no_raw(
	const struct option_spec *spec, const char *value, struct options *options)
{
	(void)spec, (void)value;
	options->record.pattern = NULL;
	return NULL;
}

/* An enum whose values are counted like the choices; enums are unsigned ints here. */
struct ptmem_error *set_choice(
	const struct option_spec *spec, const char *value, struct options *options)
{
	unsigned number = spec->start;
	const char *choice = NULL;
	size_t length;

	while ((choice = option_next_choice(spec->choices, choice, &length))) {
		if (strlen(value) == length && !memcmp(choice, value, length)) {
			memcpy(option_place(spec, options), &number, sizeof number);
			return NULL;
		}
		number++;
	}
	return error_new(ERROR_USAGE, "--%s: '%s' is none of %s", spec->name, value, spec->choices);
}

struct ptmem_error *set_completion(
	const struct option_spec *spec, const char *value, struct options *options)
{
	options->action = ACTION_COMPLETION;
	return set_choice(spec, value, options);
}

/* Digits and nothing else, within the limits. */
static bool parse_number(const char *text, uint64_t least, uint64_t most, uint64_t *number)
{
	uint64_t value = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		unsigned digit = (unsigned char)*text - (unsigned)'0';

		if (digit > 9 || value > (most - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (value < least)
		return false;
	*number = value;
	return true;
}

struct ptmem_error *set_pid(
	const struct option_spec *spec, const char *value, struct options *options)
{
	uint64_t number;
	pid_t pid;

	if (!parse_number(value, 1, INT32_MAX, &number))
		return error_new(ERROR_USAGE, "--%s: '%s' is not a process id: give e.g. --%s 4242",
			spec->name, value, spec->name);
	pid = (pid_t)number;
	memcpy(option_place(spec, options), &pid, sizeof pid);
	return NULL;
}

struct ptmem_error *set_max_hits(
	const struct option_spec *spec, const char *value, struct options *options)
{
	if (!parse_number(value, 0, UINT64_MAX, &options->max_hits))
		return error_new(ERROR_USAGE,
			"--%s: '%s' is not a number of calls: give e.g. --%s %d, or 0 for no limit",
			spec->name, value, spec->name, DEFAULT_MAX_HITS);
	options->max_hits_given = true;
	return NULL;
}

struct ptmem_error *set_top(
	const struct option_spec *spec, const char *value, struct options *options)
{
	uint64_t number;

	if (!parse_number(value, 1, SIZE_MAX, &number))
		return error_new(ERROR_USAGE,
			"--%s: '%s' is not a number of rows from 1 up: give e.g. --%s 10",
			spec->name, value, spec->name);
	options->report.top = number;
	return NULL;
}

struct ptmem_error *set_precision(
	const struct option_spec *spec, const char *value, struct options *options)
{
	uint64_t number;

	if (!parse_number(value, 1, MAX_PRECISION, &number))
		return error_new(ERROR_USAGE,
			"--%s: '%s' is not a number of digits from 1 to %d: give e.g. --%s %d",
			spec->name, value, MAX_PRECISION, spec->name, DEFAULT_PRECISION);
	options->report.precision = (int)number;
	options->report.precision_given = true;
	return NULL;
}

/* `12`, `0.5` or `.5`, and nothing else. */
static bool parse_decimal(const char *text, double most, double *number)
{
	size_t whole = strspn(text, DIGITS);
	size_t point = text[whole] == '.';
	size_t fraction = point ? strspn(text + whole + 1, DIGITS) : 0;
	double value;

	if (!(whole + fraction) || text[whole + point + fraction])
		return false;
	value = strtod(text, NULL);
	if (value > most)
		return false;
	*number = value;
	return true;
}

static struct ptmem_error *parse_seconds(
	const struct option_spec *spec, const char *value, double *seconds)
{
	double parsed;

	if (!parse_decimal(value, MAX_SECONDS, &parsed) || parsed <= 0)
		return error_new(ERROR_USAGE,
			"--%s: '%s' is not a number of seconds above 0, up to %d: give e.g. --%s "
			"0.5",
			spec->name, value, MAX_SECONDS, spec->name);
	*seconds = parsed;
	return NULL;
}

struct ptmem_error *set_duration(
	const struct option_spec *spec, const char *value, struct options *options)
{
	return parse_seconds(spec, value, &options->duration);
}

struct ptmem_error *set_timeout(
	const struct option_spec *spec, const char *value, struct options *options)
{
	return parse_seconds(spec, value, &options->sample.timeout);
}

struct ptmem_error *set_interval(
	const struct option_spec *spec, const char *value, struct options *options)
{
	double seconds = 0;
	struct ptmem_error *error = parse_seconds(spec, value, &seconds);

	if (error)
		return error;
	if (seconds < MIN_INTERVAL)
		return error_new(ERROR_USAGE, "--%s: %s s is too short: give %g or more",
			spec->name, value, MIN_INTERVAL);
	options->sample.interval = seconds;
	return NULL;
}

/* A process by its number or its name. */
struct ptmem_error *set_target(
	const struct option_spec *spec, const char *value, struct options *options)
{
	uint64_t number;
	bool numbered = parse_number(value, 1, INT32_MAX, &number);
	struct ptmem_error *error = numbered
					    ? process_find_numbered((pid_t)number, &options->attach)
					    : process_find_named(value, &options->attach);

	return of_option(spec, error);
}

struct ptmem_error *set_sample_metric(
	const struct option_spec *spec, const char *value, struct options *options)
{
	options->sample.metric_given = true;
	return set_choice(spec, value, options);
}

/* MB, rounded up to whole bytes: no row lies between what was asked for and that. */
static bool parse_megabytes(const char *text, int64_t *bytes)
{
	double mb, scaled;

	if (!parse_decimal(text, MAX_MB, &mb))
		return false;
	scaled = mb * 1048576;
	*bytes = (int64_t)scaled;
	*bytes += (double)*bytes < scaled;
	return true;
}

static struct ptmem_error *no_megabytes(const struct option_spec *spec, const char *value)
{
	return error_new(ERROR_USAGE,
		"--%s: '%s' is not a number of MB from 0 to %d: give e.g. --%s 0.5", spec->name,
		value, MAX_MB, spec->name);
}

struct ptmem_error *set_min(
	const struct option_spec *spec, const char *value, struct options *options)
{
	int64_t bytes;

	if (!parse_megabytes(value, &bytes))
		return no_megabytes(spec, value);
	options->report.min = bytes;
	options->report.min_given = true;
	options->min_text = value;
	return NULL;
}

struct ptmem_error *set_limit(
	const struct option_spec *spec, const char *value, struct options *options)
{
	int64_t bytes;

	if (!parse_megabytes(value, &bytes))
		return no_megabytes(spec, value);
	if (!bytes)
		return error_new(ERROR_USAGE,
			"--%s: a program has more than 0 MB: give e.g. --%s 100", spec->name,
			spec->name);
	memcpy(option_place(spec, options), &bytes, sizeof bytes);
	return NULL;
}

struct ptmem_error *set_max_rss(
	const struct option_spec *spec, const char *value, struct options *options)
{
	int64_t bytes;

	if (!parse_megabytes(value, &bytes))
		return no_megabytes(spec, value);
	options->check.max_rss = bytes;
	options->check.max_rss_given = true;
	return NULL;
}

struct ptmem_error *set_runs(
	const struct option_spec *spec, const char *value, struct options *options)
{
	uint64_t number;

	if (!parse_number(value, 1, MAX_RUNS, &number))
		return error_new(ERROR_USAGE,
			"--%s: '%s' is not a number of runs from 1 to %d: give e.g. --%s 5",
			spec->name, value, MAX_RUNS, spec->name);
	*(size_t *)option_place(spec, options) = number;
	return NULL;
}

/* `FROM,TO` */
struct ptmem_error *set_window(
	const struct option_spec *spec, const char *value, struct options *options)
{
	const char *comma = strchr(value, ',');
	char *first = comma ? strndup(value, (size_t)(comma - value)) : NULL;
	double from, to;
	bool good;

	if (comma && !first)
		return &error_no_memory;
	good = first && parse_decimal(first, MAX_WINDOW, &from) &&
	       parse_decimal(comma + 1, MAX_WINDOW, &to) && to - from >= MIN_WINDOW;
	free(first);
	if (!good)
		return error_new(ERROR_USAGE,
			"--%s: '%s' is not two times in seconds, the first one earlier: give e.g. "
			"--%s 0,2.5",
			spec->name, value, spec->name);
	options->plot.has_window = true;
	options->plot.from = from;
	options->plot.to = to;
	return NULL;
}
