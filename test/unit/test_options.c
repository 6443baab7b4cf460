/* Options: what a command line comes to, and what is said about a wrong one. */
#include "cli/command.h"
#include "cli/options.h"
#include "cli/spec.h"

#include <criterion/criterion.h>
#include <string.h>

#define MAX_WORDS 16

/* A command line, with what came of it. */
struct line {
	char *argv[MAX_WORDS + 1];
	struct options options;
	struct ptmem_error *error;
};

static void parse(struct line *line, char *const words[])
{
	int argc = 0;

	*line = (struct line){.argv = {"ptmem"}};
	while (words[argc]) {
		cr_assert(argc + 1 < MAX_WORDS);
		line->argv[argc + 1] = words[argc];
		argc++;
	}
	line->error = options_parse(argc + 1, line->argv, &line->options);
}

static void done(struct line *line)
{
	error_free(line->error);
	options_deinit(&line->options);
}

#define PARSE(line, ...) parse(&(line), (char *const[]){__VA_ARGS__, NULL})

#define PARSE_WELL(line, ...)                                                                  \
	do {                                                                                   \
		PARSE(line, __VA_ARGS__);                                                      \
		cr_assert_null((line).error, "%s", (line).error ? (line).error->message : ""); \
	} while (0)

/* Refused, in exactly these words. */
#define REFUSED(expected, ...)                                        \
	do {                                                          \
		struct line refused;                                  \
		PARSE(refused, __VA_ARGS__);                          \
		cr_assert_not_null(refused.error, "accepted");        \
		cr_expect_eq(refused.error->code, ERROR_USAGE);       \
		cr_expect_str_eq(refused.error->message, (expected)); \
		done(&refused);                                       \
	} while (0)

Test(options, processes)
{
	struct line line;

	PARSE_WELL(line, "./app");
	cr_expect(!line.options.follow && !line.options.first);
	cr_expect_eq(line.options.attach, 0);
	cr_expect_eq(line.options.duration, 0);
	done(&line);
	PARSE_WELL(line, "-f", "--first", "--duration", "0.25", "./app");
	cr_expect(line.options.follow && line.options.first);
	cr_expect_eq(line.options.duration, 0.25);
	done(&line);
	PARSE_WELL(line, "-fp", "4242", "--duration=1000000");
	cr_expect_eq(line.options.attach, 4242);
	cr_expect_null(line.options.program);
	cr_expect_eq(line.options.duration, 1e6);
	done(&line);
	PARSE_WELL(line, "--attach=1", "--");
	cr_expect_eq(line.options.attach, 1);
	done(&line);
	PARSE_WELL(line, "post", "r", "--process", "7");
	cr_expect_eq(line.options.process, 7);
	done(&line);
}

Test(options, defaults)
{
	struct line line;

	PARSE_WELL(line, "./app");
	cr_expect(line.options.action == ACTION_COMMAND);
	cr_expect(line.options.command == &commands[COMMAND_RUN]);
	cr_expect_str_eq(line.options.record.pattern, "mem_trace.raw");
	cr_expect_not(line.options.record.force);
	cr_expect_eq(line.options.funcs.count, 0);
	cr_expect_eq(line.options.max_hits, 1000);
	cr_expect_not(line.options.max_hits_given);
	cr_expect(line.options.metric == METRIC_RSS);
	cr_expect_not(line.options.aslr);
	cr_expect(line.options.thp == THP_UNCHANGED);
	cr_expect(line.options.format == &report_flat);
	cr_expect_not(line.options.report.min_given);
	cr_expect_eq(line.options.report.min, 0);
	cr_expect_eq(line.options.report.top, 0);
	cr_expect(line.options.report.sort == SORT_MEMORY);
	cr_expect_eq(line.options.report.precision, 4);
	cr_expect(line.options.color == COLOR_AUTO);
	cr_expect(line.options.output == NULL);
	cr_expect(line.options.program == line.argv + 1);
	done(&line);
}

Test(options, every_option_is_kept)
{
	struct line line;

	PARSE_WELL(line, "-Fa,b", "--exclude=c", "--files", "*.c", "-mall", "--aslr", "--thp=off",
		"--self", "--net", "--sort=time", "--reverse", "-vo", "out.txt", "app");
	cr_expect_eq(line.options.funcs.count, 2);
	cr_expect_str_eq(line.options.funcs.items[1].text, "b");
	cr_expect_str_eq(line.options.exclude.items[0].text, "c");
	cr_expect_str_eq(line.options.sources.items[0].text, "*.c");
	cr_expect(line.options.metric == METRIC_ALL);
	cr_expect(line.options.aslr);
	cr_expect(line.options.thp == THP_OFF);
	cr_expect(line.options.report.self);
	cr_expect(line.options.report.net);
	cr_expect(line.options.report.sort == SORT_TIME);
	cr_expect(line.options.report.reverse);
	cr_expect(line.options.verbose);
	cr_expect_str_eq(line.options.output, "out.txt");
	cr_expect_str_eq(line.options.program[0], "app");
	done(&line);
}

Test(options, numbers)
{
	struct line line;

	PARSE_WELL(line, "--min", "0.5", "--top=10", "--precision", "17", "--max-hits=7",
		"--color=never", "--flat", "app");
	cr_expect(line.options.report.min_given);
	cr_expect_eq(line.options.report.min, 524288);
	cr_expect_eq(line.options.report.top, 10);
	cr_expect_eq(line.options.report.precision, 17);
	cr_expect(line.options.max_hits_given);
	cr_expect_eq(line.options.max_hits, 7);
	cr_expect(line.options.color == COLOR_NEVER);
	done(&line);
}

/* A row that is equal to --min stays, so what is given is never rounded past a whole byte. */
Test(options, min_in_bytes)
{
	static const struct {
		char *text;
		int64_t bytes;
	} cases[] = {
		{"0", 0},
		{"1", 1048576},
		{"1.", 1048576},
		{".5", 524288},
		{"007", 7340032},
		{"0.00390625", 4096},
		{"0.0000001", 1},
		{"1.0000001", 1048577},
		{"1000000000", INT64_C(1048576000000000)},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct line line;

		PARSE_WELL(line, "--min", cases[i].text, "app");
		cr_expect_eq(line.options.report.min, cases[i].bytes, "%s", cases[i].text);
		done(&line);
	}
}

Test(options, end_at_the_first_other_word)
{
	struct line line;

	PARSE_WELL(line, "-v", "app", "--net", "--", "-x");
	cr_expect(line.options.verbose);
	cr_expect_not(line.options.report.net);
	cr_expect(line.options.program == line.argv + 2);
	done(&line);
	PARSE_WELL(line, "--net", "--", "--self", "--");
	cr_expect(line.options.report.net);
	cr_expect_not(line.options.report.self);
	cr_expect_str_eq(line.options.program[0], "--self");
	cr_expect_str_eq(line.options.program[1], "--");
	cr_expect(line.options.program[2] == NULL);
	done(&line);
	PARSE_WELL(line, "-", "-v");
	cr_expect_str_eq(line.options.program[0], "-");
	cr_expect_not(line.options.verbose);
	done(&line);
}

Test(options, last_one_counts_but_patterns_add_up)
{
	struct line line;

	PARSE_WELL(line, "--min=1", "-manon", "-F", "a", "--min=2", "-mswap", "--funcs=b,c",
		"--color=always", "--color=auto", "app");
	cr_expect_eq(line.options.report.min, 2097152);
	cr_expect(line.options.metric == METRIC_SWAP);
	cr_expect_eq(line.options.funcs.count, 3);
	cr_expect(line.options.color == COLOR_AUTO);
	done(&line);
}

Test(options, named_functions_are_never_let_go_unless_asked)
{
	struct line line;

	PARSE_WELL(line, "--funcs=a", "app");
	cr_expect_eq(line.options.max_hits, 0);
	done(&line);
	PARSE_WELL(line, "--max-hits=5", "--funcs=a", "app");
	cr_expect_eq(line.options.max_hits, 5);
	done(&line);
	PARSE_WELL(line, "--exclude=a", "app");
	cr_expect_eq(line.options.max_hits, 1000);
	done(&line);
}

Test(options, every_metric_is_a_choice)
{
	for (enum metric metric = METRIC_RSS; metric <= METRIC_ALL; metric++) {
		struct line line;

		PARSE_WELL(line, "--metric", (char *)metric_name(metric), "app");
		cr_expect(line.options.metric == metric, "%s", metric_name(metric));
		done(&line);
	}
}

Test(options, help_ends_the_parsing)
{
	struct line line;

	PARSE_WELL(line, "-vhx", "--nonsense");
	cr_expect(line.options.action == ACTION_HELP);
	done(&line);
	PARSE_WELL(line, "-V");
	cr_expect(line.options.action == ACTION_VERSION);
	done(&line);
	PARSE_WELL(line, "--completion=fish");
	cr_expect(line.options.action == ACTION_COMPLETION);
	cr_expect(line.options.shell == SHELL_FISH);
	done(&line);
}

Test(options, bad_numbers)
{
	static char *const bad[] = {"", "abc", "-1", "+1", " 1", "1 ", "1x", "0x10", "nan", "inf",
		"1e3", ".", "1.2.3", "1,5", "1000000001", "99999999999999999999999999"};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		char expected[200];

		snprintf(expected, sizeof expected,
			"--min: '%s' is not a number of MB from 0 to 1000000000: give e.g. --min "
			"0.5",
			bad[i]);
		REFUSED(expected, "--min", bad[i], "app");
	}
	REFUSED("--top: '0' is not a number of rows from 1 up: give e.g. --top 10", "--top=0",
		"app");
	REFUSED("--top: '1.5' is not a number of rows from 1 up: give e.g. --top 10", "--top=1.5",
		"app");
	REFUSED("--precision: '18' is not a number of digits from 1 to 17: give e.g. --precision 4",
		"--precision", "18", "app");
	REFUSED("--precision: '0' is not a number of digits from 1 to 17: give e.g. --precision 4",
		"--precision", "0", "app");
	REFUSED("--max-hits: '18446744073709551616' is not a number of calls: "
		"give e.g. --max-hits 1000, or 0 for no limit",
		"--max-hits=18446744073709551616", "app");
}

Test(options, bad_words)
{
	REFUSED("--metric: 'ram' is none of rss|anon|file|shmem|swap|pss|uss|all", "-m", "ram",
		"app");
	REFUSED("--metric: 'rs' is none of rss|anon|file|shmem|swap|pss|uss|all", "-mrs", "app");
	REFUSED("--metric: 'rss|anon' is none of rss|anon|file|shmem|swap|pss|uss|all",
		"--metric=rss|anon", "app");
	REFUSED("--thp: '' is none of on|off", "--thp=", "app");
	REFUSED("--sort: 'size' is none of memory|calls|name|time", "--sort", "size", "app");
	REFUSED("--color: 'yes' is none of auto|always|never", "--color=yes", "app");
	REFUSED("--completion: 'tcsh' is none of bash|zsh|fish", "--completion", "tcsh");
	REFUSED("--output: '' is not a file's name", "-o", "", "app");
	REFUSED("--self: it takes no value: leave '=1' out", "--self=1", "app");
}

Test(options, missing_words)
{
	REFUSED("no program to run: ptmem [OPTION...] [--] PROGRAM [ARG...], or ptmem --help",
		"-v");
	REFUSED("no program to run: ptmem [OPTION...] [--] PROGRAM [ARG...], or ptmem --help",
		"--net", "--");
	REFUSED("--min: the value is missing: give --min MB", "--min");
	REFUSED("--funcs: the value is missing: give --funcs PATTERN", "-vF");
	REFUSED("--thp: the value is missing: give --thp on|off", "--thp");
}

Test(options, unknown_options)
{
	REFUSED("unknown option '--nett': did you mean --net?", "--nett", "app");
	REFUSED("unknown option '--prec': did you mean --precision?", "--prec=3", "app");
	REFUSED("unknown option '--colour': did you mean --color?", "--colour=never", "app");
	REFUSED("unknown option '--bogus': see ptmem --help", "--bogus", "1");
	REFUSED("unknown option '-x': see ptmem --help", "-vx", "app");
	REFUSED("unknown option '--': see ptmem --help", "--=x", "app");
}

/* Only as the first word: behind an option, it might as well be a program. */
Test(options, a_first_word_that_names_a_command)
{
	struct line line;

	PARSE_WELL(line, "post", "a.raw");
	cr_expect(line.options.command == &commands[COMMAND_POST]);
	cr_expect_null(line.options.program);
	done(&line);
	PARSE_WELL(line, "--", "post", "a.raw");
	cr_expect(line.options.command == &commands[COMMAND_RUN]);
	cr_expect_str_eq(line.options.program[0], "post");
	done(&line);
	PARSE_WELL(line, "./post");
	cr_expect(line.options.command == &commands[COMMAND_RUN]);
	done(&line);
	PARSE_WELL(line, "--net", "--", "post");
	cr_expect_str_eq(line.options.program[0], "post");
	done(&line);
	REFUSED("'post' is a command: put it first: ptmem post [OPTION...] FILE...; for a program "
		"of this name: -- post",
		"--net", "post", "a.raw");
}

Test(options, files_and_options_in_any_order)
{
	struct line line;

	PARSE_WELL(line, "post", "--net", "a", "--top", "3", "b", "-v", "--", "--self", "-");
	cr_assert_eq(line.options.files.count, 4);
	cr_expect_str_eq(line.options.files.items[0], "a");
	cr_expect_str_eq(line.options.files.items[1], "b");
	cr_expect_str_eq(line.options.files.items[2], "--self");
	cr_expect_str_eq(line.options.files.items[3], "-");
	cr_expect(line.options.report.net);
	cr_expect_not(line.options.report.self);
	cr_expect_eq(line.options.report.top, 3);
	cr_expect(line.options.verbose);
	done(&line);
	REFUSED("no recording to report from: ptmem post [OPTION...] FILE..., or ptmem post --help",
		"post", "--net");
	REFUSED("no recording to report from: ptmem post [OPTION...] FILE..., or ptmem post --help",
		"post", "--");
}

Test(options, each_command_has_its_own)
{
	struct line line;

	PARSE_WELL(line, "post", "--peak", "--per-file", "--no-pager", "--export=csv", "a");
	cr_expect(line.options.peak);
	cr_expect(line.options.report.net, "what is held has no increases");
	cr_expect(line.options.per_file);
	cr_expect(line.options.no_pager);
	cr_expect(line.options.format == &report_csv);
	done(&line);
	PARSE_WELL(line, "post", "a", "--help", "--bogus");
	cr_expect(line.options.action == ACTION_HELP);
	cr_expect(line.options.command == &commands[COMMAND_POST]);
	done(&line);
	REFUSED("unknown option '--peak': it belongs to ptmem post", "--peak", "app");
	REFUSED("unknown option '--raw': it belongs to a run: see ptmem --help", "post", "--raw",
		"x", "a");
	REFUSED("unknown option '-m': see ptmem post --help", "post", "-m", "rss", "a");
	REFUSED("unknown option '--pek': did you mean --peak?", "post", "a", "--pek");
	REFUSED("--export: 'xml' is none of json|csv|folded", "post", "--export", "xml", "a");
}

Test(options, recording)
{
	struct line line;

	PARSE_WELL(line, "--raw", "t.%r.raw", "--force", "app");
	cr_expect_str_eq(line.options.record.pattern, "t.%r.raw");
	cr_expect(line.options.record.force);
	done(&line);
	PARSE_WELL(line, "--no-raw", "app");
	cr_expect_null(line.options.record.pattern);
	done(&line);
	PARSE_WELL(line, "--no-raw", "--raw=a", "app");
	cr_expect_str_eq(line.options.record.pattern, "a");
	done(&line);
	REFUSED("--raw: '' is not a file's name", "--raw=", "app");
}

Test(options, the_tree_hides_small_rows_unless_told)
{
	struct line line;

	PARSE_WELL(line, "--tree", "app");
	cr_expect(line.options.format == &report_tree);
	cr_expect_eq(line.options.report.min, 1048576);
	cr_expect_str_eq(line.options.min_text, "1");
	done(&line);
	PARSE_WELL(line, "--min=0", "--tree", "app");
	cr_expect_eq(line.options.report.min, 0);
	done(&line);
	PARSE_WELL(line, "--tree", "--flat", "app");
	cr_expect(line.options.format == &report_flat);
	cr_expect_eq(line.options.report.min, 0);
	done(&line);
}

/* A name or a letter means one thing to a command. */
static void check_unique(const struct option_spec *spec)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		const struct command *command = &commands[i];

		if (!option_is_for(spec, command))
			continue;
		cr_expect(option_find_name(command, spec->name, strlen(spec->name)) == spec,
			"%s --%s: twice in the table", command->name, spec->name);
		cr_expect(!spec->letter || option_find_letter(command, spec->letter) == spec,
			"%s -%c: twice in the table", command->name, spec->letter);
	}
}

/* Help prints a group's title where another begins. */
static void check_groups(const struct command *command)
{
	const struct option_spec *previous = NULL;

	for (const struct option_spec *spec = NULL; (spec = option_next(command, spec));) {
		cr_expect(!previous || spec->group >= previous->group,
			"%s --%s: groups stand together", command->name, spec->name);
		previous = spec;
	}
}

/* What parsing does not look at, and help and completions do. */
Test(options, the_table_is_whole)
{
	for (const struct option_spec *spec = option_specs; spec->name; spec++) {
		cr_expect(spec->set != NULL, "%s", spec->name);
		cr_expect(spec->help && *spec->help && !strpbrk(spec->help, "'\\\n"), "%s",
			spec->name);
		cr_expect(spec->argument || !spec->choices, "%s", spec->name);
		cr_expect(spec->commands != 0, "%s", spec->name);
		check_unique(spec);
	}
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		check_groups(&commands[i]);
}

Test(options, the_table_of_commands_is_whole)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		const struct command *command = &commands[i];

		cr_expect(command->run != NULL, "%zu", i);
		cr_expect(command_id(command) == i);
		cr_expect(command->usage && command->help, "%zu", i);
		cr_expect(command->lacking || command->arguments != ARGUMENTS_PROGRAM, "%zu", i);
		cr_expect(!strpbrk(command->help, "'\\\n"), "%s", command->name);
		if (i == COMMAND_RUN)
			continue;
		cr_expect(command_find(command->name) == command, "%s", command->name);
		cr_expect(command->about != NULL, "%s", command->name);
	}
	cr_expect_null(command_find(""));
}
