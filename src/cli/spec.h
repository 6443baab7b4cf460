/*
 * The one table of options: parsing, --help and the shells' completions all come from it.
 * A row says which commands take the option; where it means something else to another
 * command, that has a row of its own.
 */
#ifndef PTMEM_CLI_SPEC_H
#define PTMEM_CLI_SPEC_H

#include "base/error.h"
#include "cli/command.h"
#include "cli/options.h"

#include <stdbool.h>
#include <stddef.h>

enum option_group {
	GROUP_WATCH,
	GROUP_MEASURE,
	GROUP_LIMITS,
	GROUP_SHOW,
	GROUP_NAMES,
	GROUP_REPORT,
	GROUP_RECORD,
	GROUP_OTHER,
	GROUP_COUNT,
};

struct option_spec {
	const char *name;  /* long, without the dashes; NULL after the last option */
	char letter;       /* short, or 0 */
	unsigned commands; /* that take it: 1 << each enum command_id */
	enum option_group group;
	bool beside;          /* --help puts it into the row of the one before */
	bool brief;           /* --help has nothing but its name, in its last row */
	const char *argument; /* what its value is called; NULL: it takes none */
	const char *choices;  /* the words its value is one of, `|` between; NULL: anything */
	bool optional;        /* its value may be left out, and is never the next word */
	bool file;            /* its value is a file's name */
	bool process;         /* its value is the id of a process that runs */
	bool repeats;         /* each time adds, where else the last counts */
	const char *help;
	const char *standard; /* what holds without it, where that is worth saying */

	/* Checks the value and puts it into the options; `value` is NULL where none is taken. */
	struct ptmem_error *(*set)(
		const struct option_spec *spec, const char *value, struct options *options);
	size_t offset;  /* of what it sets, for the setters that are told where */
	unsigned start; /* what an option without a value sets; what the first choice is */
};

extern const struct option_spec option_specs[];

/* What --help calls a group. */
const char *option_group_title(enum option_group group);

bool option_is_for(const struct option_spec *spec, const struct command *command);

/* The next row that is for this command; start with NULL; NULL when there are no more. */
const struct option_spec *option_next(
	const struct command *command, const struct option_spec *previous);

/* A command's option; NULL where there is none. The name ends after `length` bytes. */
const struct option_spec *option_find_name(
	const struct command *command, const char *name, size_t length);
const struct option_spec *option_find_letter(const struct command *command, char letter);

/* One of the words of `choices` after another: start with NULL; NULL when there are no more. */
const char *option_next_choice(const char *choices, const char *previous, size_t *length);

#endif
