/*
 * The commands: parsed options in, an exit status out. What a command prints for the user
 * goes to standard output, what it says about itself to standard error.
 */
#ifndef PTMEM_CLI_COMMAND_H
#define PTMEM_CLI_COMMAND_H

#include "base/error.h"
#include "cli/options.h"

/* Runs what options->action says. The status is written on success only. */
struct ptmem_error *command_execute(struct options *options, int *status);

/* The exit status that an error of any command makes. */
int command_error_status(const struct ptmem_error *error);

/* Runs the program and reports: the program's own exit status, or 128 and its signal. */
struct ptmem_error *command_run(struct options *options, int *status);

/* To standard output, status 0. */
struct ptmem_error *command_help(struct options *options, int *status);
struct ptmem_error *command_version(struct options *options, int *status);
struct ptmem_error *command_completion(struct options *options, int *status);

#endif
