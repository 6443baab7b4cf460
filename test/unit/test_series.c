/* src/series: files of memory over time, ours and mprof's, good ones and hostile ones. */
#include "series/number.h"
#include "series/series.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What comes of a file with this text in it. */
static struct ptmem_error *read_bytes(const char *text, size_t length, struct series *series)
{
	char path[] = "/tmp/series-XXXXXX";
	int fd = mkstemp(path);
	struct ptmem_error *error;

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, length), (ssize_t)length);
	close(fd);
	error = series_read(path, series);
	unlink(path);
	return error;
}

static struct series read_text(const char *text)
{
	struct series series = {0};
	struct ptmem_error *error = read_bytes(text, strlen(text), &series);

	cr_assert_null(error, "%s", error ? error->message : "");
	return series;
}

/* That the text is refused, with this at the end of the message. */
static void refuse(const char *text, const char *why)
{
	struct series series = {0};
	struct ptmem_error *error = read_bytes(text, strlen(text), &series);
	size_t length;

	cr_assert_not_null(error, "taken: %s", text);
	cr_assert_eq(error->code, ERROR_FORMAT);
	length = strlen(error->message);
	cr_assert(length >= strlen(why) && !strcmp(error->message + length - strlen(why), why),
		"%s: not: %s", error->message, why);
	cr_assert_null(series.whole.samples);
	error_free(error);
}

Test(series, reads_what_mprof_writes)
{
	struct series series = read_text("CMDLINE /usr/bin/python3 demo.py -n 3\n"
					 "MEM 1.507812 1700000000.1234\n"
					 "FUNC __main__.<listcomp> 1.5078 1700000000.1300 "
					 "9.2500 1700000000.3100 2\n"
					 "CHLD 4711 3.250000 1700000000.2234\n"
					 "MEM 9.375000 1700000000.2235\n"
					 "CHLD 4712 0.000000 1700000000.3234\n"
					 "CHLD 4711 4.250000 1700000000.3234\n");

	cr_assert_str_eq(series.command, "/usr/bin/python3 demo.py -n 3");
	cr_assert_eq(series.whole.count, 2);
	cr_assert_eq(series.whole.samples[1].memory, 9.375);
	cr_assert_eq(series.whole.samples[1].time, 1700000000.2235);
	cr_assert_eq(series.child_count, 2);
	cr_assert_eq(series.children[0].pid, 4711);
	cr_assert_eq(series.children[0].count, 2);
	cr_assert_eq(series.children[0].samples[1].memory, 4.25);
	cr_assert_eq(series.children[1].pid, 4712);
	cr_assert_eq(series.call_count, 1);
	cr_assert_str_eq(series.calls[0].name, "__main__.<listcomp>");
	cr_assert_eq(series.calls[0].entry.memory, 1.5078);
	cr_assert_eq(series.calls[0].exit.time, 1700000000.31);
	cr_assert_eq(series.calls[0].level, 2);
	cr_assert_not(series.has_peak);
	cr_assert_eq(series_peak(&series), 9.375);
	series_deinit(&series);
	cr_assert_null(series.calls);
}

Test(series, has_the_peak_that_the_file_says)
{
	struct series series = read_text("MEM 1 10\nPEAK 15.500000\n");

	cr_assert(series.has_peak);
	cr_assert_eq(series_peak(&series), 15.5);
	series_deinit(&series);
}

Test(series, finds_the_name_of_a_function_before_its_numbers)
{
	static const struct {
		const char *line, *name;
		unsigned level;
	} cases[] = {
		{"FUNC f 1 10 2 11 3", "f", 3},
		{"FUNC f 1 10.0 2 11.5", "f", 0},
		{"FUNC <module> 1.5 10.5 2.5 11.5", "<module>", 0},
		{"FUNC operator new(unsigned long) 1 10.0 2 11.5 1", "operator new(unsigned long)",
			1},
		{"FUNC std::pair<int, 7 > 1 10.0 2 11.5", "std::pair<int, 7 >", 0},
		{"FUNC 7 1 10.0 2 11.5 4", "7", 4},
		{"FUNC  two  blanks  1 10.0 2 11.5 1", "two  blanks", 1},
		{"FUNC f 1 10.0 2 11.5 1 \r", "f", 1},
	};
	char text[200];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct series series;

		snprintf(text, sizeof text, "%s\nMEM 1 10\n", cases[i].line);
		series = read_text(text);
		cr_assert_eq(series.call_count, 1);
		cr_assert_str_eq(series.calls[0].name, cases[i].name);
		cr_assert_eq(series.calls[0].level, cases[i].level, "%s", text);
		cr_assert_eq(series.calls[0].exit.memory, series.calls[0].entry.memory + 1);
		series_deinit(&series);
	}
}

Test(series, passes_over_what_it_does_not_know)
{
	struct series series = read_text("\nMEMORY 1\nXXXX nan\n# MEM\nMEM 2 10\r\n  MEM x\n");

	cr_assert_eq(series.whole.count, 1);
	cr_assert_eq(series.whole.samples[0].time, 10);
	series_deinit(&series);
}

Test(series, forgives_a_last_line_that_the_writer_did_not_end)
{
	static const char *const ends[] = {"MEM", "MEM 5", "MEM 5.1 ", "MEM 5.1 17", "CHLD 1 2",
		"CHLD 1 2 ", "FUNC f 1 10 2 1", "PEAK 1", "PEAK", "M", "FUNC", "MEM nan 5"};
	char text[100];

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		struct series series;

		snprintf(text, sizeof text, "MEM 2 1700\nCHLD 2 3 1700\n%s", ends[i]);
		series = read_text(text);
		cr_assert_eq(series.whole.count, 1, "%s", ends[i]);
		cr_assert_eq(series.child_count, 1);
		cr_assert_eq(series.call_count, 0);
		cr_assert_not(series.has_peak);
		series_deinit(&series);
	}
}

Test(series, takes_a_last_line_without_an_end_where_it_is_whole)
{
	struct series series = read_text("MEM 2 1700\nMEM 3 1701");

	cr_assert_eq(series.whole.count, 2);
	series_deinit(&series);
}

Test(series, refuses_numbers_that_are_none)
{
	static const char *const numbers[] = {"nan", "-1", "inf", "1e300", "1e9999", "0x10",
		"1.2.3", ".", "+5", "1,5", "1e", "--", "1..", "5x", "1e-", "17592186044417",
		"99999999999999999999999", "infinity", "1_0"};
	char text[400];

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		snprintf(text, sizeof text, "MEM 1 10\nMEM %s 11\n", numbers[i]);
		refuse(text, "line 2 is not as it must be: MEM, MiB, seconds");
		snprintf(text, sizeof text, "MEM 1 10\n\nCHLD 5 1 %s\n", numbers[i]);
		if (strcmp(numbers[i], "17592186044417"))
			refuse(text, "line 3 is not as it must be: CHLD, pid, MiB, seconds");
		snprintf(text, sizeof text, "PEAK %s\nMEM 1 10\n", numbers[i]);
		refuse(text, "line 1 is not as it must be: PEAK, MiB");
	}
}

Test(series, refuses_lines_that_lack_something)
{
	refuse("MEM 5\nMEM 1 10\n", "line 1 is not as it must be: MEM, MiB, seconds");
	refuse("MEM 1 10 11\n", "line 1 is not as it must be: MEM, MiB, seconds");
	refuse("MEM\n", "line 1 is not as it must be: MEM, MiB, seconds");
	refuse("CHLD -5 1 10\n", "line 1 is not as it must be: CHLD, pid, MiB, seconds");
	refuse("CHLD 4294967297 1 10\n", "line 1 is not as it must be: CHLD, pid, MiB, seconds");
	refuse("CHLD 1.5 1 10\n", "line 1 is not as it must be: CHLD, pid, MiB, seconds");
	refuse("MEM 1 10\nFUNC 1 10.0 2 11.5\n", "line 2 is not as it must be: FUNC, name, MiB and "
						 "seconds at entry and exit, level");
}

Test(series, refuses_a_file_without_samples)
{
	refuse("", "no sample of memory in it");
	refuse("CMDLINE a\nFUNC f 1 10 2 11 1\n", "no sample of memory in it");
	refuse("MEM 1", "no sample of memory in it");
}

Test(series, says_what_cannot_be_opened)
{
	struct series series;
	struct ptmem_error *error = series_read("/nonexistent/x.dat", &series);

	cr_assert_str_eq(
		error->message, "cannot open /nonexistent/x.dat: No such file or directory");
	error_free(error);
	error = series_read("/tmp", &series);
	cr_assert_str_eq(error->message, "cannot read /tmp: it is no file");
	error_free(error);
}

Test(series, stands_zeros_and_a_line_without_end)
{
	const size_t length = (size_t)20 << 20;
	char *bytes = calloc(1, length);
	struct series series;
	struct ptmem_error *error = read_bytes(bytes, length, &series);

	cr_assert_not_null(error);
	cr_assert(strstr(error->message, "a line of it does not end"), "%s", error->message);
	error_free(error);
	free(bytes);
}

Test(series, sorts_what_a_clock_that_was_set_back_made)
{
	struct series series = read_text("MEM 1 10\nMEM 2 12\nMEM 3 11\n"
					 "FUNC f 1 12 2 11 1\n");

	cr_assert_eq(series.whole.samples[1].memory, 3);
	cr_assert_eq(series.whole.samples[2].memory, 2);
	cr_assert_eq(series.calls[0].exit.time, 12);
	series_deinit(&series);
}

/* Lines lie across the ends of what is read at once. */
Test(series, reads_more_than_fits_its_buffer)
{
	const size_t count = 100000;
	char *text = malloc(count * 40);
	struct series series;
	size_t length = 0;

	for (size_t i = 0; i < count; i++)
		length += (size_t)sprintf(text + length, "MEM %.6f %.4f\n", (double)i / 3,
			1700000000 + (double)i / 1000);
	series = read_text(text);
	cr_assert_eq(series.whole.count, count);
	for (size_t i = 0; i < count; i++)
		cr_assert_float_eq(series.whole.samples[i].memory, (double)i / 3, 5.1e-7);
	series_deinit(&series);
	free(text);
}

Test(number, is_what_strtod_says)
{
	static const char *const formats[] = {"%.6f", "%.4f", "%.17g", "%.0f", "%.15f", "%e"};
	static const double scales[] = {1e-4, 1e-2, 1, 1e1, 1e3, 1e5, 1e7, 1e10};
	unsigned state = 12345;

	for (int i = 0; i < 60000; i++) {
		char text[400];
		const char *at = text;
		double number = -1, scale;

		state = state * 1103515245 + 12345;
		scale = scales[state >> 16 & 7];
		state = state * 1103515245 + 12345;
		snprintf(text, sizeof text, formats[i % 6], (double)(state >> 8) / 7777 * scale);
		strcat(text, "\n");
		cr_assert(number_read(&at, text + strlen(text) - 1, 1e300, &number), "%s", text);
		cr_assert_eq(number, strtod(text, NULL), "%s", text);
		cr_assert_eq(*at, '\n');
	}
}
