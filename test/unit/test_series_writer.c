/* Memory over time, as it is written: line by line, and read again. */
#include "series/series_writer.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char place[] = "/tmp/ptmem-writer-XXXXXX";

static int make(void)
{
	int fd = mkstemp(place);

	cr_assert(fd >= 0);
	return fd;
}

static void check_text(int fd, const char *expected)
{
	char text[4096] = "";

	cr_assert(pread(fd, text, sizeof text - 1, 0) >= 0);
	cr_assert_str_eq(text, expected);
}

static struct series_sample sample(double memory, double time)
{
	return (struct series_sample){.memory = memory, .time = time};
}

Test(series_writer, every_line)
{
	char *argv[] = {(char *)"./app", (char *)"a\nb", (char *)"", NULL};
	struct series_sample one = sample(12.50390625, 1700000000.12341);
	struct series_call call = {.name = (char *)"f(int, char *)",
		.entry = sample(1, 1700000000),
		.exit = sample(2.00008, 1700000001.5),
		.level = 3};
	struct series_writer writer;
	int fd = make();

	series_writer_init(&writer, fd, place);
	cr_assert_null(series_write_command(&writer, argv));
	cr_assert_null(series_write_sample(&writer, 0, &one));
	one = sample(0, 0);
	cr_assert_null(series_write_sample(&writer, 4711, &one));
	cr_assert_null(series_write_call(&writer, &call));
	cr_assert_null(series_write_peak(&writer, 15.5));
	cr_assert_null(series_writer_end(&writer));
	check_text(fd, "CMDLINE ./app a?b \n"
		       "MEM 12.503906 1700000000.1234\n"
		       "CHLD 4711 0.000000 0.0000\n"
		       "FUNC f(int,_char_*) 1.0000 1700000000.0000 2.0001 1700000001.5000 3\n"
		       "PEAK 15.500000\n");
	unlink(place);
	close(fd);
}

Test(series_writer, numbers_are_as_printf_has_them)
{
	const double numbers[] = {0, 0.0000004, 0.0000006, 0.999999, 0.9999996, 1, 9.9999999,
		1024.015625, 123456789.123456, 1e12, 1e18};
	struct series_writer writer;
	char expected[4096] = "";
	int fd = make();

	series_writer_init(&writer, fd, place);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		struct series_sample one = sample(numbers[i], 1);

		cr_assert_null(series_write_sample(&writer, 0, &one));
		snprintf(expected + strlen(expected), sizeof expected - strlen(expected),
			"MEM %.6f 1.0000\n", numbers[i]);
	}
	cr_assert_null(series_writer_end(&writer));
	check_text(fd, expected);
	unlink(place);
	close(fd);
}

Test(series_writer, what_is_written_is_read)
{
	struct series_writer writer;
	struct series series;
	int fd = make();

	series_writer_init(&writer, fd, place);
	for (int i = 0; i < 10000; i++) {
		struct series_sample one = sample(i, 1700000000 + i);

		cr_assert_null(series_write_sample(&writer, i % 2 ? 12 : 0, &one));
	}
	cr_assert_null(series_writer_end(&writer));
	cr_assert_null(series_read(place, &series));
	cr_assert_eq(series.whole.count, 5000);
	cr_assert_eq(series.child_count, 1);
	cr_assert_eq(series.children[0].samples[4999].memory, 9999);
	cr_assert_eq(series_peak(&series), 9999);
	series_deinit(&series);
	unlink(place);
	close(fd);
}

Test(series_writer, a_full_disk_is_one_error)
{
	struct series_sample one = sample(1, 1);
	struct series_writer writer;
	int fd = open("/dev/full", O_WRONLY), errors = 0;

	series_writer_init(&writer, fd, "full.dat");
	for (int i = 0; i < 10000; i++) {
		struct ptmem_error *error = series_write_sample(&writer, 0, &one);

		errors += error != NULL;
		if (error)
			cr_assert_str_eq(
				error->message, "writing full.dat: No space left on device");
		error_free(error);
	}
	cr_assert_null(series_writer_end(&writer));
	cr_assert_eq(errors, 1);
	close(fd);
}
