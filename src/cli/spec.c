/* The table of options, and how a value is checked and kept. */
#include "cli/spec.h"

#include <stdlib.h>
#include <string.h>

#define MAX_MB 1000000000 /* a petabyte, and far from overflow in bytes */
#define MAX_PRECISION 17  /* digits that a double has */
#define DIGITS "0123456789"

static void *option_place(const struct option_spec *spec, struct options *options)
{
	return (char *)options + spec->offset;
}

static struct ptmem_error *set_flag(
        const struct option_spec *spec, const char *value, struct options *options)
{
	(void)value;
	*(bool *)option_place(spec, options) = true;
	return NULL;
}

static struct ptmem_error *set_action(
        const struct option_spec *spec, const char *value, struct options *options)
{
	(void)value;
	options->action = (enum action)spec->start;
	return NULL;
}

static struct ptmem_error *set_flat(
        const struct option_spec *spec, const char *value, struct options *options)
{
	(void)spec, (void)value;
	options->format = &report_flat;
	return NULL;
}

static struct ptmem_error *set_patterns(
        const struct option_spec *spec, const char *value, struct options *options)
{
	struct ptmem_error *inner = pattern_list_add(option_place(spec, options), value);
	struct ptmem_error *error;

	if (!error_is(inner, ERROR_USAGE))
		return inner;
	error = error_new(ERROR_USAGE, "--%s: %s", spec->name, inner->message);
	error_free(inner);
	return error;
}

static struct ptmem_error *set_output(
        const struct option_spec *spec, const char *value, struct options *options)
{
	if (!*value)
		return error_new(ERROR_USAGE, "--%s: '' is not a file's name", spec->name);
	options->output = value;
	return NULL;
}

const char *option_next_choice(const char *choices, const char *previous, size_t *length)
{
	const char *next = choices;

	if (previous) {
		next = previous + strcspn(previous, "|");
		if (!*next++)
			return NULL;
	}
	*length = strcspn(next, "|");
	return next;
}

/* An enum whose values are counted like the choices; enums are unsigned ints here. */
static struct ptmem_error *set_choice(
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

static struct ptmem_error *set_completion(
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

static struct ptmem_error *set_max_hits(
        const struct option_spec *spec, const char *value, struct options *options)
{
	if (!parse_number(value, 0, UINT64_MAX, &options->max_hits))
		return error_new(ERROR_USAGE,
		        "--%s: '%s' is not a number of calls: give e.g. --%s %d, or 0 for no limit",
		        spec->name, value, spec->name, DEFAULT_MAX_HITS);
	options->max_hits_given = true;
	return NULL;
}

static struct ptmem_error *set_top(
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

static struct ptmem_error *set_precision(
        const struct option_spec *spec, const char *value, struct options *options)
{
	uint64_t number;

	if (!parse_number(value, 1, MAX_PRECISION, &number))
		return error_new(ERROR_USAGE,
		        "--%s: '%s' is not a number of digits from 1 to %d: give e.g. --%s %d",
		        spec->name, value, MAX_PRECISION, spec->name, DEFAULT_PRECISION);
	options->report.precision = (int)number;
	return NULL;
}

/*
 * `12`, `0.5` or `.5` MB. Rounded up to whole bytes: no row lies between what was asked
 * for and that.
 */
static bool parse_megabytes(const char *text, int64_t *bytes)
{
	size_t whole = strspn(text, DIGITS);
	size_t point = text[whole] == '.';
	size_t fraction = point ? strspn(text + whole + 1, DIGITS) : 0;
	double mb, scaled;

	if (!(whole + fraction) || text[whole + point + fraction])
		return false;
	mb = strtod(text, NULL);
	if (mb > MAX_MB)
		return false;
	scaled = mb * 1048576;
	*bytes = (int64_t)scaled;
	*bytes += (double)*bytes < scaled;
	return true;
}

static struct ptmem_error *set_min(
        const struct option_spec *spec, const char *value, struct options *options)
{
	int64_t bytes;

	if (!parse_megabytes(value, &bytes))
		return error_new(ERROR_USAGE,
		        "--%s: '%s' is not a number of MB from 0 to %d: give e.g. --%s 0.5",
		        spec->name, value, MAX_MB, spec->name);
	options->report.min = bytes;
	options->report.min_given = true;
	options->min_text = value;
	return NULL;
}

#define PLACE(member) .offset = offsetof(struct options, member)

const struct option_spec option_specs[] = {
        {.name = "funcs",
                .letter = 'F',
                .group = GROUP_WATCH,
                .argument = "PATTERN",
                .repeats = true,
                .help = "only functions so named: globs, commas between",
                .set = set_patterns,
                PLACE(funcs)},
        {.name = "exclude",
                .letter = 'N',
                .group = GROUP_WATCH,
                .argument = "PATTERN",
                .repeats = true,
                .help = "but not these",
                .set = set_patterns,
                PLACE(exclude)},
        {.name = "files",
                .group = GROUP_WATCH,
                .argument = "GLOB",
                .repeats = true,
                .help = "only functions from these source files",
                .set = set_patterns,
                PLACE(files)},
        {.name = "max-hits",
                .group = GROUP_WATCH,
                .argument = "N",
                .help = "drop one after N calls that move nothing",
                .standard = "1000",
                .set = set_max_hits},
        {.name = "metric",
                .letter = 'm',
                .group = GROUP_MEASURE,
                .argument = "METRIC",
                .choices = "rss|anon|file|shmem|swap|pss|uss|all",
                .help = "what is measured",
                .standard = "rss",
                .set = set_choice,
                PLACE(metric),
                .start = METRIC_RSS},
        {.name = "thp",
                .group = GROUP_MEASURE,
                .argument = "on|off",
                .choices = "on|off",
                .help = "transparent huge pages",
                .standard = "as they are",
                .set = set_choice,
                PLACE(thp),
                .start = THP_ON},
        {.name = "aslr",
                .group = GROUP_MEASURE,
                .help = "leave address randomisation on",
                .set = set_flag,
                PLACE(aslr)},
        {.name = "flat",
                .group = GROUP_REPORT,
                .help = "the flat table, a row a function: the default",
                .set = set_flat},
        {.name = "min",
                .group = GROUP_REPORT,
                .argument = "MB",
                .help = "hide rows below",
                .standard = "0",
                .set = set_min},
        {.name = "top",
                .group = GROUP_REPORT,
                .beside = true,
                .argument = "N",
                .help = "the N largest",
                .set = set_top},
        {.name = "self",
                .group = GROUP_REPORT,
                .help = "without callees",
                .set = set_flag,
                PLACE(report.self)},
        {.name = "net",
                .group = GROUP_REPORT,
                .beside = true,
                .help = "signed sums",
                .set = set_flag,
                PLACE(report.net)},
        {.name = "sort",
                .group = GROUP_REPORT,
                .argument = "KEY",
                .choices = "memory|calls|name|time",
                .help = "ascending order",
                .standard = "memory",
                .set = set_choice,
                PLACE(report.sort),
                .start = SORT_MEMORY},
        {.name = "reverse",
                .group = GROUP_REPORT,
                .help = "descending",
                .set = set_flag,
                PLACE(report.reverse)},
        {.name = "precision",
                .group = GROUP_REPORT,
                .beside = true,
                .argument = "N",
                .help = "digits",
                .standard = "4",
                .set = set_precision},
        {.name = "color",
                .group = GROUP_REPORT,
                .argument = "WHEN",
                .choices = "auto|always|never",
                .help = "colours",
                .standard = "auto",
                .set = set_choice,
                PLACE(color),
                .start = COLOR_AUTO},
        {.name = "output",
                .letter = 'o',
                .group = GROUP_REPORT,
                .argument = "FILE",
                .file = true,
                .help = "the report goes there, not to standard output",
                .set = set_output},
        {.name = "verbose",
                .letter = 'v',
                .group = GROUP_OTHER,
                .help = "also print how start, rows and end add up",
                .set = set_flag,
                PLACE(verbose)},
        {.name = "help",
                .letter = 'h',
                .group = GROUP_OTHER,
                .help = "this text",
                .set = set_action,
                .start = ACTION_HELP},
        {.name = "version",
                .letter = 'V',
                .group = GROUP_OTHER,
                .beside = true,
                .help = "version",
                .set = set_action,
                .start = ACTION_VERSION},
        {.name = "completion",
                .group = GROUP_OTHER,
                .argument = "SHELL",
                .choices = "bash|zsh|fish",
                .help = "print its completion script",
                .set = set_completion,
                PLACE(shell),
                .start = SHELL_BASH},
        {.name = NULL},
};

const char *option_group_title(enum option_group group)
{
	static const char *const titles[] = {
	        [GROUP_WATCH] = "Watch",
	        [GROUP_MEASURE] = "Measure",
	        [GROUP_REPORT] = "Report",
	        [GROUP_OTHER] = "Other",
	};

	return titles[group];
}

const struct option_spec *option_find_name(const char *name, size_t length)
{
	for (const struct option_spec *spec = option_specs; spec->name; spec++)
		if (strlen(spec->name) == length && !memcmp(spec->name, name, length))
			return spec;
	return NULL;
}

const struct option_spec *option_find_letter(char letter)
{
	for (const struct option_spec *spec = option_specs; spec->name; spec++)
		if (letter && spec->letter == letter)
			return spec;
	return NULL;
}
