/*
 * The options as a command finds them: parsed and checked, words turned into numbers.
 * The table that they are parsed by is in spec.h.
 */
#ifndef PTMEM_CLI_OPTIONS_H
#define PTMEM_CLI_OPTIONS_H

#include "base/error.h"
#include "engine/session.h"
#include "report/report.h"
#include "symbol/pattern.h"

#include <stdbool.h>
#include <stdint.h>

enum color_mode {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

enum action {
	ACTION_RUN,
	ACTION_HELP,
	ACTION_VERSION,
	ACTION_COMPLETION, /* --completion SHELL: print a completion script */
};

enum shell {
	SHELL_BASH,
	SHELL_ZSH,
	SHELL_FISH,
};

#define DEFAULT_MAX_HITS 1000
#define DEFAULT_PRECISION 4

struct options {
	enum action action;
	enum shell shell; /* of ACTION_COMPLETION */
	struct pattern_list funcs, exclude, files;
	bool max_hits_given;
	uint64_t max_hits; /* 0 where functions were named and this was not */
	enum metric metric;
	bool aslr;
	enum thp_mode thp;
	const struct report_ops *format;
	struct report_options report; /* but for its color, which depends on the output */
	const char *min_text;         /* the report's min as it was typed */
	enum color_mode color;
	const char *output; /* NULL or "-": standard output */
	bool verbose;
	char **program; /* NULL-terminated, within argv */
};

/*
 * Parses argv; ERROR_USAGE with one line that says what is wrong. An option that asks for
 * help, the version or completions ends the parsing there. options_deinit() is due either way.
 */
struct ptmem_error *options_parse(int argc, char **argv, struct options *options);
void options_deinit(struct options *options);

#endif
