/*
 * The commands: parsed options in, an exit status out. What a command prints for the user
 * goes to standard output, what it says about itself to standard error.
 *
 * A new command is an enum value and a row of the table in command.c, its options' rows in
 * spec.c, and a file of its own. Parsing, --help and completions follow from the tables.
 */
#ifndef PTMEM_CLI_COMMAND_H
#define PTMEM_CLI_COMMAND_H

#include "base/error.h"
#include "cli/options.h"

#include <stdbool.h>
#include <stddef.h>

/* Which one; what takes an option is a set of these, as bits. */
enum command_id {
	COMMAND_RUN, /* the one without a name */
	COMMAND_POST,
	COMMAND_DIFF,
	COMMAND_CHECK,
	COMMAND_SAMPLE, /* run */
	COMMAND_LIST,
	COMMAND_RM,
	COMMAND_CLEAN,
	COMMAND_PEAK,
	COMMAND_PLOT,
	COMMAND_COUNT,
};

/* What stands on the line beside options. */
enum command_arguments {
	ARGUMENTS_PROGRAM, /* a program and its arguments, from the first word that is no option */
	ARGUMENTS_FILES,   /* files; options may stand among them, but not after `--` */
	ARGUMENTS_NONE,    /* nothing but options */
};

struct command {
	const char *name;  /* "" of COMMAND_RUN */
	const char *usage; /* what follows the name */
	const char *help;  /* what it does, in a few words */
	const char *about; /* what its own --help says of it, in whole lines */
	const char
		*kin; /* what those do that share a row in ptmem's --help; NULL: it has its own */
	enum command_arguments arguments;
	const char
		*lacking; /* what is not there, where there are no arguments; NULL: it may be so */
	size_t least, most; /* files; most is 0 where there may be any number */
	bool indices;       /* files may be given by index: `-1` is one, and no option */
	struct ptmem_error *(*run)(struct options *options, int *status);
};

extern const struct command commands[COMMAND_COUNT];

/* The command of this name; NULL where there is none. */
const struct command *command_find(const char *name);

enum command_id command_id(const struct command *command);

/* Runs what options->action says. The status is written on success only. */
struct ptmem_error *command_execute(struct options *options, int *status);

/* The exit status that an error of any command makes. */
int command_error_status(const struct ptmem_error *error);

/* Runs the program and reports: the program's own exit status, or 128 and its signal. */
struct ptmem_error *command_run(struct options *options, int *status);

/* Reports from recordings: status 0. */
struct ptmem_error *command_post(struct options *options, int *status);

/* What changed between two recordings: status 0. */
struct ptmem_error *command_diff(struct options *options, int *status);

/* Judges a program's runs or a recording: 120 where a limit is exceeded, else the program's own. */
struct ptmem_error *command_check(struct options *options, int *status);

/* Samples memory over time: status as of command_run(). */
struct ptmem_error *command_sample(struct options *options, int *status);

/* What is done with the files of that: status 0. */
struct ptmem_error *command_list(struct options *options, int *status);
struct ptmem_error *command_rm(struct options *options, int *status);
struct ptmem_error *command_clean(struct options *options, int *status);
struct ptmem_error *command_peak(struct options *options, int *status);
struct ptmem_error *command_plot(struct options *options, int *status);

/* To standard output, status 0. */
struct ptmem_error *command_help(struct options *options, int *status);
struct ptmem_error *command_version(struct options *options, int *status);
struct ptmem_error *command_completion(struct options *options, int *status);

#endif
