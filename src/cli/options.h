/*
 * The options as a command finds them: parsed and checked, words turned into numbers.
 * The table that they are parsed by is in spec.h.
 */
#ifndef PTMEM_CLI_OPTIONS_H
#define PTMEM_CLI_OPTIONS_H

#include "base/error.h"
#include "base/vec.h"
#include "engine/session.h"
#include "report/report.h"
#include "symbol/line_selection.h"
#include "symbol/object_rules.h"
#include "symbol/options.h"
#include "symbol/pattern.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum color_mode {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

enum debuginfod_mode {
	DEBUGINFOD_AUTO, /* where the environment names a server, and ptmem can ask it */
	DEBUGINFOD_YES,
	DEBUGINFOD_NO,
};

enum action {
	ACTION_COMMAND,
	ACTION_HELP, /* of the command */
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
#define DEFAULT_INTERVAL 0.1
#define DEFAULT_RECORDING "mem_trace.raw"

struct command;

/* As check's --format names them. */
enum verdicts_format {
	VERDICTS_TEXT,
	VERDICTS_JSON,
	VERDICTS_JUNIT,
	VERDICTS_GITHUB,
};

/* What check judges by, and how often it runs the program. */
struct check_options {
	const char *baseline, *budgets; /* files, or NULL */
	bool max_rss_given;
	int64_t max_rss; /* bytes */
	size_t runs;     /* 0 where it was not said */
	enum verdicts_format format;
	const char *raw; /* as in struct record_options */
};

/* What run samples, and how. */
struct sample_options {
	double interval, timeout; /* seconds; no timeout: 0 */
	bool kill;                /* at the timeout */
	bool sum, each;           /* children: added, and each by itself */
	bool metric_given;
};

/* What plot shows, and how. */
struct plot_options {
	const char *title; /* or NULL */
	bool no_brackets, slope, flame, ascii;
	bool has_window;
	double from, to; /* seconds */
};

struct options {
	enum action action;
	const struct command *command;                     /* in the table of command.h */
	enum shell shell;                                  /* of ACTION_COMPLETION */
	struct pattern_list funcs, exclude, sources, libs; /* --funcs, --exclude, --files, --libs */
	enum engine engine;
	bool exact;
	bool max_hits_given;
	uint64_t max_hits;  /* 0 where functions were named and this was not */
	bool follow, first; /* children as well; until one of all ends */
	pid_t attach;       /* 0: a program is launched */
	double duration;    /* seconds; 0: until it ends */
	enum metric metric;
	bool aslr;
	enum thp_mode thp;
	struct symbol_options symbols; /* those of the environment as well */
	enum debuginfod_mode debuginfod;
	struct record_options record;
	struct pattern_list from, until;
	struct line_selection lines;
	int64_t break_at, kill_at; /* bytes; 0: none */
	const struct report_ops *format;
	struct report_options report; /* but for its color, which depends on the output */
	const char *min_text;         /* the report's min as it was typed, or as it is of itself */
	enum color_mode color;
	const char *output;          /* NULL or "-": standard output */
	struct object_rules objects; /* --object-of, --name-of, --gone */
	bool callsites;              /* in the tree: calls by their lines */
	bool no_pager;
	bool verbose;
	bool peak;     /* post: at the moment of the highest memory */
	bool per_file; /* post: a report for each recording */
	pid_t process; /* post: of this one only; 0: of all */
	struct check_options check;
	struct sample_options sample;
	bool dry_run; /* rm, clean: only say so */
	struct plot_options plot;
	const char *function; /* peak: within its calls; or NULL */

	/* What the command is about: one of these, in argv. */
	char **program; /* NULL-terminated; NULL: none, or attached to a process */
	struct VEC(const char *) files;
};

/*
 * Parses argv; ERROR_USAGE with one line that says what is wrong. An option that asks for
 * help, the version or completions ends the parsing there. options_deinit() is due either way.
 */
struct ptmem_error *options_parse(int argc, char **argv, struct options *options);
void options_deinit(struct options *options);

#endif
