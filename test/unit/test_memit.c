/* memit: what several runs come to, how a command is taken apart, and how it is written. */
#include "report/memit.h"

#include "base/strbuf.h"
#include "cli/command_line.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct statistics of(const int64_t *values, size_t count)
{
	int64_t copy[8];

	memcpy(copy, values, count * sizeof *values);
	return statistics_of(copy, count);
}

Test(statistics, of_one_value)
{
	struct statistics one = of((const int64_t[]){4096}, 1);

	cr_expect_eq(one.median, 4096);
	cr_expect_eq(one.least, 4096);
	cr_expect_eq(one.most, 4096);
	cr_expect_float_eq(one.deviation, 0, 1e-9);
}

Test(statistics, of_several)
{
	struct statistics odd = of((const int64_t[]){9, 2, 4, 4, 4, 5, 7}, 7);
	struct statistics even = of((const int64_t[]){10, 40, 20, 30}, 4);

	cr_expect_eq(odd.median, 4);
	cr_expect_eq(odd.least, 2);
	cr_expect_eq(odd.most, 9);
	cr_expect_float_eq(odd.deviation, 2.309401, 1e-6); /* sqrt(32 / 6) */
	cr_expect_eq(even.median, 25);
	cr_expect_float_eq(even.deviation, 12.909944, 1e-6); /* sqrt(500 / 3) */
}

Test(statistics, of_large_and_negative_values)
{
	struct statistics far = of((const int64_t[]){INT64_MAX, INT64_MAX - 2}, 2);
	struct statistics below = of((const int64_t[]){-8, 0, -4}, 3);

	cr_expect_eq(far.median, INT64_MAX - 1);
	cr_expect_eq(below.median, -4);
	cr_expect_eq(below.least, -8);
	cr_expect_float_eq(below.deviation, 4, 1e-9);
}

/* The words of a line, each in brackets; `sh` before them where it takes a shell. */
static char *split(const char *text)
{
	struct command_line line;
	struct ptmem_error *error = command_line_split(text, &line);
	struct strbuf words = {0};

	cr_assert_null(error, "%s: %s", text, error ? error->message : "");
	strbuf_add(&words, line.shell ? "sh" : "");
	for (size_t i = 0; line.words.items[i]; i++)
		strbuf_addf(&words, "[%s]", line.words.items[i]);
	command_line_deinit(&line);
	return strbuf_take(&words);
}

static void expect_words(const char *text, const char *expected)
{
	char *words = split(text);

	cr_expect_str_eq(words, expected, "%s: %s, not %s", text, words, expected);
	free(words);
}

Test(command_line, words)
{
	expect_words("app", "[app]");
	expect_words("  app \t a  b ", "[app][a][b]");
	expect_words("app 'a b' \"c d\"", "[app][a b][c d]");
	expect_words("app '' \"\"", "[app][][]");
	expect_words("app a'b'\"c\"d", "[app][abcd]");
	expect_words("app a\\ b \\' \\\" \\$x \\*", "[app][a b]['][\"][$x][*]");
	expect_words("app \"a\\\"b\\\\c\\$d\\e\"", "[app][a\"b\\c$d\\e]");
	expect_words("app '$x' '*' '|' 'a\\b' '\"'", "[app][$x][*][|][a\\b][\"]");
	expect_words("app --k=v a~b c#d a=b \\", "[app][--k=v][a~b][c#d][a=b][\\]");
	expect_words("./x=y z", "[./x=y][z]");
	expect_words("find . -exec {} \\;", "[find][.][-exec][{}][;]");
}

Test(command_line, what_a_shell_must_do)
{
	static const char *const lines[] = {"a | b", "a >b", "a <b", "a; b", "a & b", "(a)", "a $x",
		"a \"$x\"", "a `b`", "a \"`b`\"", "a *.c", "a ?", "a [b]", "a #b", "a ~", "A_1=b c",
		"! a", "a\nb"};

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		char expected[64];

		snprintf(expected, sizeof expected, "sh[sh][-c][%s]", lines[i]);
		expect_words(lines[i], expected);
	}
	expect_words("'!' a", "[!][a]");
	expect_words("1A=b c", "[1A=b][c]");
}

static void expect_refused(const char *text, const char *message)
{
	struct command_line line;
	struct ptmem_error *error = command_line_split(text, &line);

	cr_assert(error_is(error, ERROR_USAGE), "%s", text);
	cr_expect_str_eq(error->message, message);
	error_free(error);
}

Test(command_line, what_is_no_command)
{
	expect_refused("", "a command is empty");
	expect_refused(" \t ", "a command is empty");
	expect_refused("a 'b", "a quote is not closed in the command: a 'b");
	expect_refused("a \"b\\\"", "a quote is not closed in the command: a \"b\\\"");
	expect_refused("a | \"b", "a quote is not closed in the command: a | \"b");
}

Test(command_line, is_joined_to_be_the_same_again)
{
	char *words[] = {"app", "a b", "it's", "", "$x", "\\", "--k=v", "*", NULL};
	char *joined = command_line_join(words);

	cr_expect_str_eq(joined, "app 'a b' 'it'\\''s' '' '$x' '\\' --k=v '*'");
	expect_words(joined, "[app][a b][it's][][$x][\\][--k=v][*]");
	free(joined);
}

#define MIB INT64_C(1048576)

static char *write_as(const struct memit_ops *format, const struct memit *memit)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	struct ptmem_error *error = format->write(memit, out);

	cr_assert_null(error);
	fclose(out);
	return text;
}

static void expect_written(
	const struct memit_ops *format, const struct memit *memit, const char *expected)
{
	char *text = write_as(format, memit);

	cr_expect_str_eq(text, expected, "%s", text);
	free(text);
}

static struct peak_run once[] = {{.start = MIB, .peak = 3 * MIB}};
static struct peak_run thrice[] = {{.start = MIB, .peak = 6 * MIB},
	{.start = MIB, .peak = 7 * MIB, .status = 7 << 8},
	{.start = MIB, .peak = 8 * MIB, .status = 9}};
static char *hostile[] = {"a|b`", "\033[2J", NULL};
static const struct memit_command pair[] = {
	{.text = "./a", .argv = (char *[]){"./a", NULL}, .runs = {once, 1, 1}},
	{.text = "a|b` \033[2J", .argv = hostile, .runs = {thrice, 3, 3}},
};

Test(memit, text)
{
	struct memit memit = {.commands = pair, .count = 1};

	expect_written(&memit_text, &memit, "peak memory: 3.00 MiB, increment: 2.00 MiB\n");
	memit.count = 2;
	expect_written(&memit_text, &memit,
		"./a\n"
		"peak memory: 3.00 MiB, increment: 2.00 MiB\n"
		"\n"
		"a|b` ?[2J\n"
		"peak memory: 7.00 MiB, increment: 6.00 MiB\n"
		"3 runs, in MiB       median    minimum    maximum  std. dev.\n"
		"peak memory            7.00       6.00       8.00       1.00\n"
		"increment              6.00       5.00       7.00       1.00\n"
		"\n"
		"a|b` ?[2J, against ./a: peak memory +4.00 MiB (x 2.33), "
		"increment +4.00 MiB (x 3.00)\n");
}

Test(memit, of_no_memory_there_is_no_ratio)
{
	struct peak_run nothing[] = {{0}};
	struct memit_command none[] = {{.text = "a", .argv = hostile, .runs = {nothing, 1, 1}},
		{.text = "b", .argv = hostile, .runs = {once, 1, 1}}};
	struct memit memit = {.commands = none, .count = 2};
	char *text = write_as(&memit_text, &memit);

	cr_expect(strstr(text, "b, against a: peak memory +3.00 MiB, increment +2.00 MiB\n"));
	free(text);
	expect_written(&memit_markdown, &memit,
		"| Command | Runs | Peak [MiB] | Min [MiB] | Max [MiB] | Increment [MiB] | "
		"Relative |\n"
		"|:---|---:|---:|---:|---:|---:|---:|\n"
		"| `a` | 1 | 0.00 | 0.00 | 0.00 | 0.00 | |\n"
		"| `b` | 1 | 3.00 | 3.00 | 3.00 | 2.00 | |\n");
}

Test(memit, markdown)
{
	struct memit memit = {.commands = pair, .count = 2};

	expect_written(&memit_markdown, &memit,
		"| Command | Runs | Peak [MiB] | Min [MiB] | Max [MiB] | Increment [MiB] | "
		"Relative |\n"
		"|:---|---:|---:|---:|---:|---:|---:|\n"
		"| `./a` | 1 | 3.00 | 3.00 | 3.00 | 2.00 | 1.00 |\n"
		"| `` a\\|b` ?[2J `` | 3 | 7.00 ± 1.00 | 6.00 | 8.00 | 6.00 ± 1.00 | 2.33 |\n");
}

Test(memit, json)
{
	struct memit memit = {
		.commands = pair + 1, .count = 1, .metric = METRIC_PSS, .sampled = true};

	expect_written(&memit_json, &memit,
		"{\n  \"format\": \"ptmem-memit\",\n  \"version\": 1,\n  \"unit\": \"bytes\",\n"
		"  \"metric\": \"pss\",\n  \"children\": false,\n  \"sampled\": true,\n"
		"  \"commands\": [\n    {\n"
		"      \"command\": \"a|b` \\u001b[2J\",\n"
		"      \"argv\": [\"a|b`\", \"\\u001b[2J\"],\n"
		"      \"peak\": {\"median\": 7340032, \"min\": 6291456, \"max\": 8388608, "
		"\"stddev\": 1048576},\n"
		"      \"increment\": {\"median\": 6291456, \"min\": 5242880, \"max\": 7340032, "
		"\"stddev\": 1048576},\n"
		"      \"runs\": [\n"
		"        {\"peak\": 6291456, \"increment\": 5242880, \"start\": 1048576, "
		"\"status\": 0, \"signal\": null, \"cut\": false},\n"
		"        {\"peak\": 7340032, \"increment\": 6291456, \"start\": 1048576, "
		"\"status\": 7, \"signal\": null, \"cut\": false},\n"
		"        {\"peak\": 8388608, \"increment\": 7340032, \"start\": 1048576, "
		"\"status\": null, \"signal\": 9, \"cut\": false}\n"
		"      ]\n    }\n  ]\n}\n");
}
