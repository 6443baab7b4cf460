/* src/plot: axes, what is left of curves, slopes, calls, and what charts become. */
#include "plot/axis.h"
#include "plot/bands.h"
#include "plot/canvas.h"
#include "plot/chart.h"
#include "plot/figure.h"
#include "plot/reduce.h"
#include "plot/terminal.h"
#include "plot/text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define START 1700000000.0

/* The labels of an axis, blanks between, and its unit. */
static void has_labels(const struct axis *axis, const char *expected)
{
	char all[400] = "", label[AMOUNT_SIZE];

	for (size_t i = 0; i < axis->count; i++) {
		axis_label(axis, i, label);
		strcat(strcat(all, label), " ");
	}
	strcat(all, axis->unit->name);
	cr_assert_str_eq(all, expected);
}

Test(axis, of_memory_has_round_ticks_in_a_unit_that_fits)
{
	static const struct {
		double highest;
		const char *labels;
	} cases[] = {
		{0, "0 200 400 600 800 1000 KiB"},
		{0.5, "0 100 200 300 400 500 KiB"},
		{12.5, "0 2 4 6 8 10 12 MiB"},
		{700, "0 200 400 600 MiB"},
		{1023, "0 200 400 600 800 1000 MiB"},
		{1024, "0 0.2 0.4 0.6 0.8 1.0 GiB"},
		{1500, "0 0.5 1.0 1.5 GiB"},
		{1024.0 * 1024 * 3, "0 0.5 1.0 1.5 2.0 2.5 3.0 TiB"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct axis axis = axis_of_memory(cases[i].highest, 7);

		if (cases[i].highest == 0)
			cr_assert_eq(axis.to, 1);
		else
			has_labels(&axis, cases[i].labels);
		cr_assert_leq(axis.count, 8);
		cr_assert_gt(axis.to, cases[i].highest);
	}
}

Test(axis, of_time_has_round_ticks_in_a_unit_that_fits)
{
	static const struct {
		double from, to;
		const char *labels;
	} cases[] = {
		{0, 0.05, "0 5 10 15 20 25 30 35 40 45 50 ms"},
		{0, 1, "0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1.0 s"},
		{0, 39.9, "0 5 10 15 20 25 30 35 s"},
		{0, 600, "0 1 2 3 4 5 6 7 8 9 10 min"},
		{0, 7000, "0 15 30 45 60 75 90 105 min"},
		{0, 36000, "0 1 2 3 4 5 6 7 8 9 10 h"},
		{0, 86400 * 10, "0 1 2 3 4 5 6 7 8 9 10 d"},
		{100.5, 100.9, "100.50 100.55 100.60 100.65 100.70 100.75 100.80 100.85 100.90 s"},
		{10, 20, "10 11 12 13 14 15 16 17 18 19 20 s"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct axis axis = axis_of_time(cases[i].from, cases[i].to, 10);

		has_labels(&axis, cases[i].labels);
	}
}

Test(axis, ends_at_a_tick_that_is_close)
{
	struct axis axis = axis_of_time(0, 39.9, 10), other = axis_of_time(0, 37, 10);

	axis_round_up(&axis);
	cr_assert_eq(axis.to, 40);
	has_labels(&axis, "0 5 10 15 20 25 30 35 40 s");
	axis_round_up(&other);
	cr_assert_eq(other.to, 37);
}

Test(amount, is_said_in_a_unit_that_fits)
{
	char text[AMOUNT_SIZE];

	amount_memory(12.5, text);
	cr_assert_str_eq(text, "12.5 MiB");
	amount_memory(0.25, text);
	cr_assert_str_eq(text, "256 KiB");
	amount_memory(1536, text);
	cr_assert_str_eq(text, "1.5 GiB");
	amount_memory(0, text);
	cr_assert_str_eq(text, "0 KiB");
	amount_time(0, text);
	cr_assert_str_eq(text, "0 s");
	amount_time(0.35, text);
	cr_assert_str_eq(text, "350 ms");
	amount_time(3.25, text);
	cr_assert_str_eq(text, "3.25 s");
	amount_time(179.9, text);
	cr_assert_str_eq(text, "3 min");
	amount_time(183, text);
	cr_assert_str_eq(text, "3 min 3 s");
	amount_time(7500, text);
	cr_assert_str_eq(text, "2 h 5 min");
	amount_time(86400 * 4.5, text);
	cr_assert_str_eq(text, "4 d 12 h");
}

Test(amount, of_a_slope_has_sign_and_unit)
{
	char text[AMOUNT_SIZE];

	amount_slope(1.5, text);
	cr_assert_str_eq(text, "+1.5 MiB/s");
	amount_slope(-0.25, text);
	cr_assert_str_eq(text, "-256 KiB/s");
	amount_slope(1.0 / 3600, text);
	cr_assert_str_eq(text, "+1 MiB/h");
	amount_slope(1e-15, text);
	cr_assert_str_eq(text, "0 KiB/h");
}

static struct series_curve curve_of(const double *memory, size_t count, double interval)
{
	struct series_curve curve = {.count = count};

	curve.samples = malloc(count * sizeof *curve.samples);
	for (size_t i = 0; i < count; i++)
		curve.samples[i] = (struct series_sample){memory[i], START + (double)i * interval};
	return curve;
}

/* The lowest and the highest of a column of pixels. */
struct extent {
	double low, high;
};

static void widen(struct extent *extents, const struct view *view, double time, double memory)
{
	struct extent *extent =
		&extents[(unsigned)(time * (view->columns / (view->to - view->from)))];

	if (!extent->high || memory < extent->low)
		extent->low = memory;
	if (memory > extent->high)
		extent->high = memory;
}

/* A million samples: what is highest and lowest in a column is so in what is left of it. */
Test(reduce, loses_no_peak)
{
	const size_t count = 1000000;
	const struct view view = {.start = START, .to = (double)count / 1024, .columns = 500};
	struct extent whole[501] = {{0}}, reduced[501] = {{0}};
	double *memory = malloc(count * sizeof *memory);
	struct point_vec points = {0};
	struct summary summary;
	struct series_curve curve;

	for (size_t i = 0; i < count; i++)
		memory[i] = 50 + (double)(i * 7919 % 10007) / 1000 + (i % 1999 ? 0 : 40) -
			    (i % 1777 ? 0 : 30);
	memory[654321] = 200;
	curve = curve_of(memory, count, 1.0 / 1024);
	cr_assert(reduce_curve(&curve, &view, &points, &summary));
	cr_assert_leq(points.count, 4 * view.columns);
	for (size_t i = 0; i < count; i++)
		widen(whole, &view, curve.samples[i].time - START, memory[i]);
	for (size_t i = 0; i < points.count; i++)
		widen(reduced, &view, points.items[i].x, points.items[i].y);
	for (size_t i = 0; i < view.columns; i++) {
		cr_assert_eq(whole[i].low, reduced[i].low);
		cr_assert_eq(whole[i].high, reduced[i].high);
	}
	cr_assert_eq(summary.count, count);
	cr_assert_eq(summary.peak.y, 200);
	cr_assert_eq(summary.peak.x, 654321.0 / 1024);
	vec_deinit(&points);
	free(curve.samples);
	free(memory);
}

Test(reduce, cuts_lines_at_the_edges_of_the_view)
{
	static const double memory[] = {10, 20, 30, 40};
	struct series_curve curve = curve_of(memory, 4, 1);
	struct view view = {.start = START, .from = 0.5, .to = 2.25, .columns = 10};
	struct point_vec points = {0};
	struct summary summary;

	cr_assert(reduce_curve(&curve, &view, &points, &summary));
	cr_assert_eq(points.count, 4);
	cr_assert_eq(points.items[0].x, 0.5);
	cr_assert_eq(points.items[0].y, 15);
	cr_assert_eq(points.items[3].x, 2.25);
	cr_assert_eq(points.items[3].y, 32.5);
	cr_assert_eq(summary.count, 2);
	cr_assert_eq(summary.peak.y, 30);
	cr_assert_eq(summary.top, 32.5);
	points.count = 0;
	view.from = 1.25, view.to = 1.75; /* between two samples */
	cr_assert(reduce_curve(&curve, &view, &points, &summary));
	cr_assert_eq(points.count, 2);
	cr_assert_eq(summary.count, 0);
	cr_assert_eq(summary.peak.y, 27.5);
	points.count = 0;
	view.from = 4, view.to = 5;
	cr_assert(reduce_curve(&curve, &view, &points, &summary));
	cr_assert_eq(points.count, 0);
	vec_deinit(&points);
	free(curve.samples);
}

Test(reduce, fits_a_line)
{
	static const double memory[] = {11, 11, 15, 15, 19, 19};
	struct series_curve curve = curve_of(memory, 6, 0.5);
	struct view view = {.start = START, .to = 2.5, .columns = 3};
	struct point_vec points = {0};
	struct summary summary;

	/* By hand: times average 1.25, memory 15; sums of squares 4.375, of products 16. */
	cr_assert(reduce_curve(&curve, &view, &points, &summary));
	cr_assert(summary.has_slope);
	cr_assert_float_eq(summary.slope, 16 / 4.375, 1e-9);
	cr_assert_float_eq(summary.at_start, 15 - 1.25 * 16 / 4.375, 1e-9);
	curve.count = 1;
	points.count = 0;
	cr_assert(reduce_curve(&curve, &view, &points, &summary));
	cr_assert_not(summary.has_slope);
	vec_deinit(&points);
	free(curve.samples);
}

static const struct chart_options plain = {
	.brackets = true, .columns = 100, .time_ticks = 5, .memory_ticks = 5};

/* Chart of a text in the format of the files. */
static struct ptmem_error *make_chart(
	const char *text, const struct chart_options *options, struct chart *chart)
{
	char path[] = "/tmp/plot-XXXXXX";
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");
	struct chart_source source = {.name = "a.dat"};
	struct ptmem_error *error;
	struct series series;

	fputs(text, file);
	fclose(file);
	error = series_read(path, &series);
	cr_assert_null(error);
	unlink(path);
	source.series = &series;
	error = chart_init(chart, &source, 1, options);
	series_deinit(&series);
	return error;
}

static struct chart chart_of(const char *text, const struct chart_options *options)
{
	struct chart chart;

	cr_assert_null(make_chart(text, options, &chart));
	return chart;
}

Test(chart, lists_functions_by_duration_and_calls_by_entry)
{
	struct chart chart = chart_of("MEM 1 100\nMEM 5 110\n"
				      "FUNC short 1 103.5 1 103.75 1\n"
				      "FUNC twice 1 104.0 1 105.0 1\n"
				      "FUNC twice 1 101.0 1 102.0 1\n",
		&plain);
	char text[AMOUNT_SIZE];

	cr_assert_eq(chart.functions.count, 2);
	cr_assert_str_eq(chart.functions.items[0].name, "twice");
	chart_describe_function(&chart.functions.items[0], text);
	cr_assert_str_eq(text, "2 calls, 2 s");
	chart_describe_function(&chart.functions.items[1], text);
	cr_assert_str_eq(text, "250 ms");
	cr_assert_eq(chart.calls.count, 3);
	cr_assert_eq(chart.calls.items[0].entry.x, 1);
	cr_assert_eq(chart.calls.items[1].function, 1);
	chart_deinit(&chart);
}

Test(chart, nests_calls_that_say_no_level)
{
	struct chart_options options = plain;
	struct chart chart;

	options.flame = true;
	chart = chart_of("MEM 1 100\nMEM 5 110\n"
			 "FUNC inner 1 102.0 1 103.0\n"
			 "FUNC outer 1 101.0 1 105.0\n"
			 "FUNC inner 1 103.0 1 104.0\n"
			 "FUNC later 1 106.0 1 107.0\n",
		&options);
	cr_assert(chart.has_flame);
	cr_assert_eq(chart.rows, 2);
	cr_assert_eq(chart.calls.items[0].row, 0);
	cr_assert_eq(chart.calls.items[1].row, 1);
	cr_assert_eq(chart.calls.items[2].row, 1);
	cr_assert_eq(chart.calls.items[3].row, 0);
	chart_deinit(&chart);
}

Test(chart, takes_levels_as_ranks)
{
	struct chart_options options = plain;
	struct chart chart;

	options.flame = true;
	chart = chart_of("MEM 1 100\nMEM 5 110\n"
			 "FUNC a 1 101.0 1 105.0 2000000000\n"
			 "FUNC b 1 101.0 1 104.0 7\n",
		&options);
	cr_assert_eq(chart.rows, 2);
	cr_assert_eq(chart.calls.items[0].row, 1);
	cr_assert_eq(chart.calls.items[1].row, 0);
	chart_deinit(&chart);
}

Test(chart, draws_one_of_many_calls_in_a_column)
{
	struct strbuf text = {0};
	struct chart_options options = plain;
	struct chart chart;
	char *all;

	strbuf_add(&text, "MEM 1 0\nMEM 5 100\n");
	for (int i = 0; i < 20000; i++)
		strbuf_addf(&text, "FUNC f%d 1 %.3f 1 %.3f 1\n", i % 20, i * .005, i * .005 + .001);
	all = strbuf_take(&text);
	chart = chart_of(all, &options);
	cr_assert_leq(chart.calls.count, 101 * 2 * CHART_FUNCTIONS_MOST);
	cr_assert_eq(chart.functions_left_out, 20 - CHART_FUNCTIONS_MOST);
	chart_deinit(&chart);
	options.flame = true;
	chart = chart_of(all, &options);
	cr_assert_leq(chart.calls.count, 202);
	chart_deinit(&chart);
	free(all);
}

Test(chart, shows_the_highest_of_too_many_children)
{
	struct strbuf text = {0};
	struct chart chart;
	char rest[4 * AMOUNT_SIZE], *all;

	strbuf_add(&text, "MEM 1 0\n");
	for (int i = 1; i <= 500; i++)
		strbuf_addf(&text, "CHLD %d %d 1\n", i, i);
	all = strbuf_take(&text);
	chart = chart_of(all, &plain);
	cr_assert_eq(chart.curves.count, CHART_CURVES_MOST);
	cr_assert_eq(chart.peak.y, 500);
	cr_assert(chart_describe_rest(&chart, rest));
	cr_assert_str_eq(rest, "not shown: 471 lower curves");
	chart_deinit(&chart);
	free(all);
}

Test(chart, has_the_peak_of_the_window)
{
	static const char text[] = "MEM 1 100\nMEM 9 101\nMEM 3 102\nMEM 4 103\nPEAK 20\n";
	struct chart_options options = plain;
	struct chart chart = chart_of(text, &options);
	char said[2 * AMOUNT_SIZE];
	struct ptmem_error *error;

	chart_describe_peak(&chart, said);
	cr_assert_str_eq(said, "peak 20 MiB, between samples");
	chart_deinit(&chart);
	options.has_window = true;
	options.from = 2, options.to = 3;
	chart = chart_of(text, &options);
	chart_describe_peak(&chart, said);
	cr_assert_str_eq(said, "peak 4 MiB at 3 s");
	chart_deinit(&chart);
	options.from = 4, options.to = 5;
	error = make_chart(text, &options, &chart);
	cr_assert_str_eq(error->message, "--window: nothing was measured between 4 and 5 s");
	error_free(error);
}

Test(history, keeps_the_highest_and_the_last_of_many_moments)
{
	struct history history = {0};
	int64_t total = 0, bytes;

	for (int i = 0; i < 100000; i++) {
		bytes = i == 77777 ? 1000000 : i == 77778 ? -1000000 : i % 2 ? 10 : -9;
		total += bytes;
		cr_assert(history_move(&history, 5000 + (uint64_t)i, (size_t)i % 3 ? 0 : 1, bytes));
	}
	cr_assert_leq(history.moments.count, 2048);
	cr_assert_geq(history.moments.count, 500);
	cr_assert_geq(history_peak(&history)->total, 1000000);
	cr_assert_eq(history_peak(&history)->time, 5000 + 77777);
	cr_assert_eq(history.now.total, total);
	cr_assert_eq(history.now.bands[0] + history.now.bands[1], total);
	for (size_t i = 1; i < history.moments.count; i++)
		cr_assert_geq(history.moments.items[i].time, history.moments.items[i - 1].time);
	cr_assert_eq(history.moments.items[history.moments.count - 1].total, total);
	history_deinit(&history);
}

Test(history, holds_what_there_is_until_it_changes)
{
	struct history history = {0};

	cr_assert(history_move(&history, 100, BANDS_MOST, 7));
	cr_assert(history_move(&history, 200, 2, 5));
	cr_assert(history_hold(&history));
	cr_assert_eq(history.moments.count, 3);
	cr_assert_eq(history.moments.items[1].time, 200);
	cr_assert_eq(history.moments.items[1].total, 7);
	cr_assert_eq(history.moments.items[2].total, 12);
	cr_assert_eq(history.moments.items[2].bands[2], 5);
	history_deinit(&history);
}

/* A profile of paths with so many MB each; brackets need no module. */
static uint32_t add_path(struct profile *profile, uint32_t parent, const char *name, int64_t mb)
{
	uint32_t location = places_bracket_location(profile->places, name);
	uint32_t node = callpath_intern(&profile->paths, parent, location);
	struct amounts moved = {.bytes = {mb << 20}};

	callpath_charge(&profile->paths, node, &moved);
	return node;
}

Test(bands, are_the_heaviest_branches)
{
	struct profile profile;
	struct bands bands;
	uint32_t main_path, load, parse, later;
	size_t band;

	cr_assert(profile_init(&profile, METRIC_RSS));
	main_path = add_path(&profile, CALLPATH_ROOT, "main", 1);
	load = add_path(&profile, main_path, "load", 10);
	parse = add_path(&profile, load, "parse", 40);
	add_path(&profile, load, "little", 1);
	add_path(&profile, main_path, "work", 30);
	cr_assert(bands_choose(&bands, &profile));
	cr_assert_eq(bands.count, 3);
	cr_assert_str_eq(bands.names[0], "[parse] < [load] < [main]");
	cr_assert_str_eq(bands.names[1], "[work] < [main]");
	cr_assert_str_eq(bands.names[2], "[load] < [main]");
	later = add_path(&profile, parse, "later", 1);
	cr_assert(bands_find(&bands, &profile.paths, later, &band));
	cr_assert_eq(band, 0);
	cr_assert(bands_find(&bands, &profile.paths, main_path, &band));
	cr_assert_eq(band, BANDS_MOST);
	bands_deinit(&bands);
	profile_deinit(&profile);
}

Test(bands, are_no_more_than_can_be_told_apart)
{
	struct profile profile;
	struct bands bands;
	char name[20];

	cr_assert(profile_init(&profile, METRIC_RSS));
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof name, "f%d", i);
		add_path(&profile, CALLPATH_ROOT, name, 20 + i);
	}
	cr_assert(bands_choose(&bands, &profile));
	cr_assert_eq(bands.count, BANDS_MOST);
	cr_assert_str_eq(bands.names[0], "[other]"); /* all the rest */
	cr_assert_str_eq(bands.names[1], "[f19]");
	bands_deinit(&bands);
	profile_deinit(&profile);
}

Test(text, is_clean_for_xml)
{
	char *clean = text_clean("a\tb\xed\xa0\x80"
				 "c\xef\xbf\xbf"
				 "d\xc3\xa9\xff");

	cr_assert_str_eq(clean, "a?b?c?d\xc3\xa9?");
	free(clean);
}

Test(text, is_shortened_to_a_width)
{
	char *text = text_shorten("mmmmmmmmmm", 10, 50);

	cr_assert_str_eq(text, "mmmm…");
	cr_assert_leq(text_width(text, 10), 50);
	free(text);
	text = text_shorten("short", 10, 50);
	cr_assert_str_eq(text, "short");
	free(text);
	text = text_cut("größer", 4, "...");
	cr_assert_str_eq(text, "g...");
	free(text);
}

static char *svg_of(const struct chart *chart)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	cr_assert_null(figure_write(chart, &canvas_svg, out));
	fclose(out);
	return text;
}

Test(svg, escapes_what_is_in_names)
{
	struct chart chart = chart_of("CMDLINE <a> & \"b\"\nMEM 1 100\nMEM 5 110\n"
				      "FUNC f<int, 3> 1 101.0 1 102.0 1\n",
		&plain);
	char *svg = svg_of(&chart);

	cr_assert(strstr(svg, ">&lt;a&gt; &amp; \"b\"</text>"));
	cr_assert(strstr(svg, "<title>f&lt;int, 3&gt;\n1 s, from 1 s to 2 s\n+0 KiB</title>"));
	cr_assert_null(strstr(svg, "<int"));
	cr_assert_null(strstr(svg, "nan"));
	free(svg);
	chart_deinit(&chart);
}

Test(terminal, prints_a_plot)
{
	static const struct terminal terminal = {.width = 40, .height = 14, .ascii = true};
	struct chart_options options = plain;
	struct strbuf out = {0};
	struct chart chart;

	options.columns = terminal_columns(&terminal);
	options.time_ticks = terminal_time_ticks(&terminal);
	options.memory_ticks = terminal_memory_ticks(&terminal);
	chart = chart_of("CMDLINE ./a\nMEM 0 100\nMEM 80 102\nMEM 80 104\n", &options);
	cr_assert_null(terminal_print(&chart, &terminal, &out));
	cr_assert_str_eq(out.text, "./a\n"
				   "MiB\n"
				   "   |----------------********************\n"
				   "   |              ** :\n"
				   "   |           ***   :\n"
				   " 50+         **      :\n"
				   "   |       **        :\n"
				   "   |    ***          :\n"
				   "   |  **             :\n"
				   "  0+**               :\n"
				   "   ++----------------+-----------------+\n"
				   "    0                2               4 s\n"
				   "peak 80 MiB at 2 s\n");
	strbuf_deinit(&out);
	chart_deinit(&chart);
}
