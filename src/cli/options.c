/*
 * The walk over argv. Options end at the first word that is not one, or at `--`:
 *
 *     ptmem -vF 'grow_*' --min=0.5 -o report.txt -- ./app --its-own -v
 *
 * getopt_long(3) would take abbreviations, which break scripts when options are added, and
 * cannot say what was meant or what a value should look like.
 */
#include "cli/options.h"

#include "cli/spec.h"

#include <stdlib.h>
#include <string.h>

struct walk {
	char **argv;
	int argc, next; /* the word after the current one */
	struct options *options;
};

static bool walk_goes_on(const struct walk *walk)
{
	return walk->options->action == ACTION_RUN;
}

/* The option that was probably meant: begun and not ended, or a few letters off. */
static char *nearest_option(const char *name)
{
	struct nearest nearest;
	size_t best = 0;
	char *found = NULL;

	for (const struct option_spec *spec = option_specs; spec->name; spec++)
		if (*name && !strncmp(spec->name, name, strlen(name)))
			return strdup(spec->name);
	nearest_init(&nearest, name);
	for (const struct option_spec *spec = option_specs; spec->name; spec++)
		nearest_offer(&nearest, spec->name);
	for (size_t i = 1; i < nearest.count; i++)
		if (nearest.distance[i] < nearest.distance[best])
			best = i;
	if (nearest.count)
		found = strdup(nearest.names[best]);
	nearest_deinit(&nearest);
	return found;
}

static struct ptmem_error *unknown_name(const char *name, size_t length)
{
	char *typed = strndup(name, length);
	char *meant = typed ? nearest_option(typed) : NULL;
	struct ptmem_error *error;

	if (meant)
		error = error_new(
		        ERROR_USAGE, "unknown option '--%s': did you mean --%s?", typed, meant);
	else
		error = error_new(
		        ERROR_USAGE, "unknown option '--%s': see ptmem --help", typed ? typed : "");
	free(typed);
	free(meant);
	return error;
}

/* Sets an option whose value is the next word. */
static struct ptmem_error *walk_take_word(struct walk *walk, const struct option_spec *spec)
{
	if (walk->next < walk->argc)
		return spec->set(spec, walk->argv[walk->next++], walk->options);
	return error_new(ERROR_USAGE, "--%s: the value is missing: give --%s %s", spec->name,
	        spec->name, spec->choices ? spec->choices : spec->argument);
}

/* `--name`, `--name=value` or `--name value`; `word` is past the dashes. */
static struct ptmem_error *walk_long(struct walk *walk, const char *word)
{
	size_t length = strcspn(word, "=");
	const struct option_spec *spec = option_find_name(word, length);
	const char *value = word[length] ? word + length + 1 : NULL;

	if (!spec)
		return unknown_name(word, length);
	if (!spec->argument && value)
		return error_new(
		        ERROR_USAGE, "--%s: it takes no value: leave '=%s' out", spec->name, value);
	if (!spec->argument || value)
		return spec->set(spec, value, walk->options);
	return walk_take_word(walk, spec);
}

/* `-x`, `-xyz`, `-xvalue` or `-x value`; `word` is past the dash. */
static struct ptmem_error *walk_short(struct walk *walk, const char *word)
{
	struct ptmem_error *error = NULL;

	for (; !error && *word && walk_goes_on(walk); word++) {
		const struct option_spec *spec = option_find_letter(*word);

		if (!spec)
			return error_new(
			        ERROR_USAGE, "unknown option '-%c': see ptmem --help", *word);
		if (spec->argument)
			return word[1] ? spec->set(spec, word + 1, walk->options)
			               : walk_take_word(walk, spec);
		error = spec->set(spec, NULL, walk->options);
	}
	return error;
}

static struct ptmem_error *walk_options(struct walk *walk)
{
	struct ptmem_error *error = NULL;

	while (!error && walk_goes_on(walk) && walk->next < walk->argc) {
		const char *word = walk->argv[walk->next];

		if (word[0] != '-' || !word[1])
			break;
		walk->next++;
		if (!strcmp(word, "--"))
			break;
		error = word[1] == '-' ? walk_long(walk, word + 2) : walk_short(walk, word + 1);
	}
	return error;
}

struct ptmem_error *options_parse(int argc, char **argv, struct options *options)
{
	struct walk walk = {.argv = argv, .argc = argc, .next = 1, .options = options};
	struct ptmem_error *error;

	*options = (struct options){
	        .max_hits = DEFAULT_MAX_HITS,
	        .format = &report_flat,
	        .report = {.precision = DEFAULT_PRECISION},
	};
	error = walk_options(&walk);
	if (error || !walk_goes_on(&walk))
		return error;
	if (walk.next >= argc)
		return error_new(ERROR_USAGE, "no program to run: ptmem [OPTION...] [--] PROGRAM "
		                              "[ARG...], or ptmem --help");
	options->program = argv + walk.next;
	if (options->funcs.count && !options->max_hits_given)
		options->max_hits = 0;
	return NULL;
}

void options_deinit(struct options *options)
{
	pattern_list_deinit(&options->funcs);
	pattern_list_deinit(&options->exclude);
	pattern_list_deinit(&options->files);
}
