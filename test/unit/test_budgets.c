/* Files of budgets: what a line means, which line decides, and what is wrong with the rest. */
#include "report/budgets.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct budgets parse(const char *text)
{
	struct budgets budgets;
	struct ptmem_error *error = budgets_parse("b.txt", text, strlen(text), &budgets);

	cr_assert_null(error, "%s", error ? error->message : "");
	return budgets;
}

static void expect_refused_bytes(const char *text, size_t length, const char *message)
{
	struct budgets budgets;
	struct ptmem_error *error = budgets_parse("b.txt", text, length, &budgets);

	cr_assert(error_is(error, ERROR_FORMAT), "%s", text);
	cr_expect_str_eq(error->message, message);
	error_free(error);
}

static void expect_refused(const char *text, const char *message)
{
	expect_refused_bytes(text, strlen(text), message);
}

/* The line that decides about a function, or 0. */
static size_t line_for(struct budgets *budgets, const char *name)
{
	const struct budget *budget = budgets_find(budgets, name, LOCATION_CODE);

	return budget ? budget->line : 0;
}

Test(budgets, units)
{
	static const struct {
		const char *text;
		int64_t bytes;
	} cases[] = {
		{"f 10", 10485760},
		{"f 10 MB", 10485760},
		{"f 10MB", 10485760},
		{"f\t10\tmb", 10485760},
		{"f 0.5 kB", 512},
		{"f .5KB\r", 512},
		{"f 2GB", INT64_C(2147483648)},
		{"f 0", 0},
		{"  f   1.  kB  # why", 1024},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct budgets budgets = parse(cases[i].text);

		cr_assert_eq(budgets.list.count, 1);
		cr_expect_eq(budgets.list.items[0].limit, cases[i].bytes, "%s", cases[i].text);
		cr_expect_str_eq(budgets.list.items[0].text, "f");
		budgets_deinit(&budgets);
	}
}

Test(budgets, the_first_line_that_matches_decides)
{
	struct budgets budgets = parse("# one\n"
				       "\n"
				       "table_grow 10 MB\n"
				       "table_*,list_* 1 MB # two\n"
				       "{closure#0} 3 MB\n"
				       "operator new(unsigned long) 4 MB\n"
				       "\t\n"
				       "* 64MB");

	cr_expect_eq(line_for(&budgets, "table_grow"), 3);
	cr_expect_eq(line_for(&budgets, "table_shrink"), 4);
	cr_expect_eq(line_for(&budgets, "list_push"), 4);
	cr_expect_eq(line_for(&budgets, "{closure#0}"), 5);
	cr_expect_eq(line_for(&budgets, "operator new(unsigned long)"), 6);
	cr_expect_eq(line_for(&budgets, "main"), 8);
	cr_expect_eq(line_for(&budgets, "app::Table<int>::table_grow"), 3);
	budgets_deinit(&budgets);
}

Test(budgets, brackets_are_named_or_left_alone)
{
	struct budgets budgets = parse("[startup] 1 MB\n* 2 MB\n");
	const struct budget *budget = budgets_find(&budgets, "startup", LOCATION_BRACKET);

	cr_assert_not_null(budget);
	cr_expect_eq(budget->line, 1);
	cr_expect_null(budgets_find(&budgets, "unwatched", LOCATION_BRACKET));
	cr_expect_eq(line_for(&budgets, "s"), 2);
	cr_expect_eq(line_for(&budgets, "startup"), 2);
	budgets_deinit(&budgets);
}

Test(budgets, what_never_decided_is_known)
{
	struct budgets budgets = parse("f 1\ng 1\n");

	budgets_find(&budgets, "g", LOCATION_CODE);
	cr_expect_not(budgets.list.items[0].used);
	cr_expect(budgets.list.items[1].used);
	budgets_deinit(&budgets);
}

Test(budgets, errors_name_the_line)
{
	expect_refused("f 1\n\ng ten\n", "b.txt:3: 'g ten': no limit at its end in kB, MB or GB: "
					 "give e.g. 'table_grow 10 MB'");
	expect_refused("f", "b.txt:1: 'f': no limit at its end in kB, MB or GB: give e.g. "
			    "'table_grow 10 MB'");
	expect_refused("f 10 TB", "b.txt:1: 'f 10 TB': no limit at its end in kB, MB or GB: give "
				  "e.g. 'table_grow 10 MB'");
	expect_refused("f -1 MB", "b.txt:1: 'f -1 MB': no limit at its end in kB, MB or GB: give "
				  "e.g. 'table_grow 10 MB'");
	expect_refused("f 1e9", "b.txt:1: 'f 1e9': no limit at its end in kB, MB or GB: give e.g. "
				"'table_grow 10 MB'");
	expect_refused("f 1MB MB", "b.txt:1: 'f 1MB MB': no limit at its end in kB, MB or GB: "
				   "give e.g. 'table_grow 10 MB'");
	expect_refused("f 9999999999 GB", "b.txt:1: 'f 9999999999 GB': no limit at its end in kB, "
					  "MB or GB: give e.g. 'table_grow 10 MB'");
	expect_refused("10 MB", "b.txt:1: '10 MB': no pattern before the limit: give e.g. "
				"'table_grow 10 MB'");
	expect_refused("MB", "b.txt:1: 'MB': no limit at its end in kB, MB or GB: give e.g. "
			     "'table_grow 10 MB'");
	expect_refused("f 1\nf,,g 2", "b.txt:2: empty pattern in 'f,,g'");
	expect_refused("# nothing\n", "b.txt: no budget in it: give lines of PATTERN LIMIT, e.g. "
				      "'table_grow 10 MB'");
	expect_refused("", "b.txt: no budget in it: give lines of PATTERN LIMIT, e.g. "
			   "'table_grow 10 MB'");
	expect_refused_bytes("f 1\n\0g 2", 8, "b.txt:2: there is a NUL in it: this is no text");
}

/* Without an end, and of whatever size: read no further than it makes sense. */
Test(budgets, files_that_are_none)
{
	struct budgets budgets;
	char path[] = "/tmp/ptmem-budgets-XXXXXX", message[200];
	int fd = mkstemp(path);
	struct ptmem_error *error = budgets_read("/dev/zero", &budgets);

	cr_expect_str_eq(error->message, "/dev/zero: larger than 1 MB: this is no file of budgets");
	error_free(error);
	error = budgets_read("/", &budgets);
	cr_expect_str_eq(error->message, "/: Is a directory");
	error_free(error);
	error = budgets_read("/no/such/file", &budgets);
	cr_expect_str_eq(error->message, "/no/such/file: No such file or directory");
	error_free(error);
	cr_assert(fd >= 0);
	cr_assert_eq(ftruncate(fd, (off_t)4 << 30), 0);
	error = budgets_read(path, &budgets);
	snprintf(message, sizeof message, "%s: larger than 1 MB: this is no file of budgets", path);
	cr_expect_str_eq(error->message, message);
	error_free(error);
	cr_assert_eq(ftruncate(fd, 0), 0);
	cr_assert_eq(write(fd, "f 2 kB\n", 7), 7);
	cr_assert_null(budgets_read(path, &budgets));
	cr_expect_eq(budgets.list.items[0].limit, 2048);
	cr_expect_str_eq(budgets.path, path);
	budgets_deinit(&budgets);
	close(fd);
	unlink(path);
}
