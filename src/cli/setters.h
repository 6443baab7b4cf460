/*
 * How an option's value is checked and kept: what the rows of spec.c's table name. Each
 * takes the row, the value (NULL where the option has none) and the options to put it in,
 * and fails with ERROR_USAGE and one line that says what was wrong with it.
 */
#ifndef PTMEM_CLI_SETTERS_H
#define PTMEM_CLI_SETTERS_H

#include "cli/spec.h"

#define OPTION_SETTER(name)       \
	struct ptmem_error *name( \
		const struct option_spec *spec, const char *value, struct options *options)

/* These are told by the row where: a bool, patterns, a file's name, an enum by its choice, a
 * process's id. */
OPTION_SETTER(set_flag);
OPTION_SETTER(set_patterns);
OPTION_SETTER(set_lines);
OPTION_SETTER(set_limit);
OPTION_SETTER(set_file);
OPTION_SETTER(set_text);
OPTION_SETTER(set_choice);
OPTION_SETTER(set_pid);

/* `start` of the row is the action. */
OPTION_SETTER(set_action);
OPTION_SETTER(set_completion);

/* Which report. */
OPTION_SETTER(set_flat);
OPTION_SETTER(set_tree);
OPTION_SETTER(set_export);

/* Told by the row where: rules of NAME=WHAT. */
OPTION_SETTER(set_object_rule);

OPTION_SETTER(set_debug_dir);
OPTION_SETTER(set_path_map);
OPTION_SETTER(set_no_raw);
OPTION_SETTER(set_max_hits);
OPTION_SETTER(set_duration);
OPTION_SETTER(set_top);
OPTION_SETTER(set_precision);
OPTION_SETTER(set_min);
OPTION_SETTER(set_max_rss);
OPTION_SETTER(set_runs);
OPTION_SETTER(set_window);

/* Of run: sampling over time. */
OPTION_SETTER(set_interval);
OPTION_SETTER(set_timeout);
OPTION_SETTER(set_target);
OPTION_SETTER(set_sample_metric);

#endif
