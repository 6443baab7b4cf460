/* The flat table: profiles made by hand, and every byte of what prints. */
#include "report/report.h"
#include "report/rows.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 4096
#define MB 1048576
#define RULE "---------------------------------------\n"
#define HEAD "Memory (MB)   Calls  File:Line:Function\n"

static const struct report_options usual = {.precision = 4};

static struct profile new_profile(enum metric metric)
{
	struct profile profile;

	cr_assert(profile_init(&profile, metric));
	cr_assert_eq(places_add_module(profile.places, "/opt/app/bin/app", NULL), 0);
	return profile;
}

/* A function; without a file it is one without debug info. */
static uint32_t function(struct profile *profile, const char *file, int line, const char *name)
{
	uint32_t index = places_code_location(
		profile->places, 0, 16 * profile->places->locations.count, "symbol");
	struct location *location = &profile->places->locations.items[index];

	location->name = strdup(name);
	location->file = file ? strdup(file) : NULL;
	location->line = line;
	return index;
}

static uint32_t thread(struct profile *profile, uint64_t ordinal)
{
	return callpath_intern(&profile->paths, CALLPATH_ROOT,
		places_thread_location(profile->places, ordinal, "thread"));
}

static uint32_t node(struct profile *profile, uint32_t parent, uint32_t location)
{
	return callpath_intern(&profile->paths, parent, location);
}

/* One finished call that moved so much itself, and so much with its callees. */
static void call(struct profile *profile, uint32_t at, int64_t self, int64_t total, bool outermost)
{
	struct callpath_call done = {
		.self = {.bytes = {self}},
		.total = {.bytes = {total}},
		.outermost = outermost,
	};

	callpath_charge(&profile->paths, at, &done.self);
	callpath_at(&profile->paths, at)->calls++;
	callpath_finish(&profile->paths, at, &done);
}

static char *flat(
	struct profile *profile, const struct report_options *options, struct report_hidden *hidden)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct ptmem_error *error;

	*hidden = (struct report_hidden){0};
	error = report_flat.write(profile, options, out, hidden);
	cr_assert_null(error);
	fclose(out);
	return text;
}

static void expect_text(
	struct profile *profile, const struct report_options *options, const char *expected)
{
	struct report_hidden hidden;
	char *text = flat(profile, options, &hidden);

	cr_expect_str_eq(text, expected);
	free(text);
}

/* main calls grow (up 2 MB, then down 1), shrink (down 3 pages) and idle; a page at startup. */
static struct profile small_profile(void)
{
	struct profile profile = new_profile(METRIC_RSS);
	uint32_t root = thread(&profile, 1);
	uint32_t start = node(&profile, root, places_bracket_location(profile.places, "startup"));
	uint32_t top = node(&profile, root, function(&profile, "/src/main.c", 12, "main"));
	uint32_t grow = node(&profile, top, function(&profile, "/src/grid.c", 41, "grow"));
	uint32_t shrink = node(&profile, top, function(&profile, "/src/grid.c", 9, "shrink"));
	uint32_t idle = node(&profile, top, function(&profile, NULL, 0, "idle"));

	call(&profile, start, PAGE, PAGE, true);
	call(&profile, grow, 2 * MB, 2 * MB, true);
	call(&profile, grow, -MB, -MB, true);
	call(&profile, shrink, -3 * PAGE, -3 * PAGE, true);
	call(&profile, idle, 0, 0, true);
	call(&profile, top, PAGE, MB - 2 * PAGE, true);
	profile.peak = 12939264;
	return profile;
}

Test(flat, rises)
{
	struct profile profile = small_profile();

	expect_text(&profile, &usual,
		HEAD RULE "  0.003906        1  [startup]\n"
			  "    0.9922        1  /src/main.c:12:main\n"
			  "         2        1  /src/grid.c:41:grow\n" RULE HEAD
			  "Max mem usage: 12.34 MB\n");
	profile_deinit(&profile);
}

Test(flat, self)
{
	struct profile profile = small_profile();
	struct report_options options = usual;

	options.self = true;
	expect_text(&profile, &options,
		HEAD RULE "  0.003906        1  /src/main.c:12:main\n"
			  "  0.003906        1  [startup]\n"
			  "         2        1  /src/grid.c:41:grow\n" RULE HEAD
			  "Max mem usage: 12.34 MB\n");
	profile_deinit(&profile);
}

Test(flat, net)
{
	struct profile profile = small_profile();
	struct report_options options = usual;

	options.net = true;
	expect_text(&profile, &options,
		HEAD RULE "  -0.01172        1  /src/grid.c:9:shrink\n"
			  "  0.003906        1  [startup]\n"
			  "    0.9922        1  /src/main.c:12:main\n"
			  "         1        2  /src/grid.c:41:grow\n" RULE HEAD
			  "Max mem usage: 12.34 MB\n");
	options.self = true;
	expect_text(&profile, &options,
		HEAD RULE "  -0.01172        1  /src/grid.c:9:shrink\n"
			  "  0.003906        1  /src/main.c:12:main\n"
			  "  0.003906        1  [startup]\n"
			  "         1        2  /src/grid.c:41:grow\n" RULE HEAD
			  "Max mem usage: 12.34 MB\n");
	profile_deinit(&profile);
}

Test(flat, nothing_to_show)
{
	struct profile profile = new_profile(METRIC_RSS);

	expect_text(&profile, &usual, HEAD RULE RULE HEAD "Max mem usage: 0.00 MB\n");
	profile_deinit(&profile);
}

/* One row for all that prints alike: over threads, paths, and locations of the same name. */
Test(flat, rows_of_the_same_name_merge)
{
	struct profile profile = new_profile(METRIC_RSS);
	uint32_t first = thread(&profile, 1), second = thread(&profile, 2);
	uint32_t one = function(&profile, "/src/a.h", 3, "inline_me");
	uint32_t other = function(&profile, "/src/a.h", 3, "inline_me");
	uint32_t away = places_bracket_location(profile.places, "unwatched");

	cr_assert(one != other);
	call(&profile, node(&profile, first, one), PAGE, PAGE, true);
	call(&profile, node(&profile, first, other), PAGE, PAGE, true);
	call(&profile, node(&profile, second, one), 2 * PAGE, 2 * PAGE, true);
	call(&profile, node(&profile, first, away), PAGE, PAGE, true);
	call(&profile, node(&profile, second, away), PAGE, PAGE, true);
	call(&profile, node(&profile, second, function(&profile, NULL, 0, "bare")), PAGE, PAGE,
		true);
	expect_text(&profile, &usual,
		HEAD RULE "  0.003906        1  /opt/app/bin/app:0:bare\n"
			  "  0.007812        2  [unwatched]\n"
			  "   0.01562        3  /src/a.h:3:inline_me\n" RULE HEAD
			  "Max mem usage: 0.00 MB\n");
	profile_deinit(&profile);
}

/* a calls b calls a calls b, each adding a page: --net counts each at its outermost call. */
Test(flat, net_of_mutual_recursion)
{
	struct profile profile = new_profile(METRIC_RSS);
	struct report_options options = usual;
	uint32_t a = function(&profile, "/src/r.c", 1, "a");
	uint32_t b = function(&profile, "/src/r.c", 2, "b");
	uint32_t at = thread(&profile, 1);

	for (int depth = 0; depth < 4; depth++) {
		at = node(&profile, at, depth % 2 ? b : a);
		call(&profile, at, PAGE, (4 - depth) * PAGE, depth < 2);
	}
	options.net = true;
	expect_text(&profile, &options,
		HEAD RULE "   0.01172        2  /src/r.c:2:b\n"
			  "   0.01562        2  /src/r.c:1:a\n" RULE HEAD
			  "Max mem usage: 0.00 MB\n");
	expect_text(&profile, &usual,
		HEAD RULE "   0.01172        1  /src/r.c:2:b\n"
			  "   0.01562        1  /src/r.c:1:a\n" RULE HEAD
			  "Max mem usage: 0.00 MB\n");
	profile_deinit(&profile);
}

/* A sibling path is not an ancestor: b under a and b beside a are both outermost. */
Test(flat, net_of_siblings)
{
	struct profile profile = new_profile(METRIC_RSS);
	struct report_options options = usual;
	uint32_t a = function(&profile, "/src/r.c", 1, "a");
	uint32_t b = function(&profile, "/src/r.c", 2, "b");
	uint32_t root = thread(&profile, 1), under;

	call(&profile, node(&profile, root, b), PAGE, PAGE, true);
	under = node(&profile, root, a);
	call(&profile, node(&profile, under, b), PAGE, PAGE, true);
	call(&profile, node(&profile, node(&profile, under, b), a), PAGE, PAGE, false);
	call(&profile, under, 0, 2 * PAGE, true);
	options.net = true;
	expect_text(&profile, &options,
		HEAD RULE "  0.007812        2  /src/r.c:1:a\n"
			  "   0.01172        2  /src/r.c:2:b\n" RULE HEAD
			  "Max mem usage: 0.00 MB\n");
	profile_deinit(&profile);
}

Test(flat, net_of_a_very_deep_path, .timeout = 20)
{
	struct profile profile = new_profile(METRIC_RSS);
	struct report_options options = usual;
	uint32_t again = function(&profile, "/src/r.c", 1, "again");
	uint32_t at = thread(&profile, 1);

	for (int depth = 0; depth < 1000000; depth++) {
		at = node(&profile, at, again);
		call(&profile, at, PAGE, PAGE, depth == 0);
	}
	options.net = true;
	expect_text(&profile, &options,
		HEAD RULE "      3906  1000000  /src/r.c:1:again\n" RULE HEAD
			  "Max mem usage: 0.00 MB\n");
	profile_deinit(&profile);
}

Test(flat, min_and_top)
{
	struct profile profile = small_profile();
	struct report_options options = usual;
	struct report_hidden hidden;
	char *text;

	options.net = true;
	options.min_given = true;
	options.min = 3 * PAGE;
	options.top = 2;
	options.sort = SORT_NAME;
	text = flat(&profile, &options, &hidden);
	cr_expect_str_eq(text, HEAD RULE "         1        2  /src/grid.c:41:grow\n"
					 "    0.9922        1  /src/main.c:12:main\n" RULE HEAD
					 "Max mem usage: 12.34 MB\n");
	cr_expect_eq(hidden.below_min, 1);
	cr_expect_eq(hidden.beyond_top, 1);
	free(text);
	options.min_given = false;
	options.top = 100;
	text = flat(&profile, &options, &hidden);
	cr_expect_eq(hidden.below_min + hidden.beyond_top, 0);
	free(text);
	profile_deinit(&profile);
}

/* The third column of each row, one letter each. */
static char *order(struct profile *profile, enum report_sort sort, bool reverse)
{
	struct report_options options = usual;
	struct report_hidden hidden;
	struct row_list rows;
	static char letters[16];

	options.sort = sort;
	options.reverse = reverse;
	cr_assert_null(rows_collect(profile, &options, &rows, &hidden));
	cr_assert(rows.count < sizeof letters);
	for (size_t i = 0; i < rows.count; i++)
		letters[i] = *(strrchr(rows.items[i].text, ':') + 1);
	letters[rows.count] = '\0';
	rows_deinit(&rows);
	return letters;
}

Test(flat, sorting)
{
	struct profile profile = new_profile(METRIC_RSS);
	uint32_t root = thread(&profile, 1);
	uint32_t d = node(&profile, root, function(&profile, "/src/s.c", 1, "d"));
	uint32_t a = node(&profile, root, function(&profile, "/src/s.c", 1, "a"));
	uint32_t c = node(&profile, root, function(&profile, "/src/s.c", 1, "c"));
	uint32_t b = node(&profile, root, function(&profile, "/src/s.c", 1, "b"));

	call(&profile, d, 2 * PAGE, 2 * PAGE, true);
	call(&profile, a, PAGE, PAGE, true);
	call(&profile, a, 4 * PAGE, 4 * PAGE, true);
	call(&profile, c, 2 * PAGE, 2 * PAGE, true);
	call(&profile, b, PAGE, PAGE, true);
	cr_expect_str_eq(order(&profile, SORT_MEMORY, false), "bcda");
	cr_expect_str_eq(order(&profile, SORT_MEMORY, true), "adcb");
	cr_expect_str_eq(order(&profile, SORT_CALLS, false), "bcda");
	cr_expect_str_eq(order(&profile, SORT_NAME, false), "abcd");
	cr_expect_str_eq(order(&profile, SORT_NAME, true), "dcba");
	cr_expect_str_eq(order(&profile, SORT_TIME, false), "dacb");
	profile_deinit(&profile);
}

Test(flat, precision)
{
	struct profile profile = small_profile();
	struct report_options options = usual;

	options.precision = 1;
	expect_text(&profile, &options,
		HEAD RULE "     0.004        1  [startup]\n"
			  "         1        1  /src/main.c:12:main\n"
			  "         2        1  /src/grid.c:41:grow\n" RULE HEAD
			  "Max mem usage: 12.34 MB\n");
	options.precision = 17;
	options.net = true;
	expect_text(&profile, &options,
		" Memory (MB)   Calls  File:Line:Function\n-" RULE
		"-0.01171875        1  /src/grid.c:9:shrink\n"
		" 0.00390625        1  [startup]\n"
		"  0.9921875        1  /src/main.c:12:main\n"
		"          1        2  /src/grid.c:41:grow\n-" RULE
		" Memory (MB)   Calls  File:Line:Function\n"
		"Max mem usage: 12.34 MB\n");
	profile_deinit(&profile);
}

Test(flat, all_metrics_side_by_side)
{
	static const char head[] =
		"  RSS (MB)  Anon (MB)  File (MB) Shmem (MB)  Swap (MB)    Calls  "
		"File:Line:Function\n";
	struct profile profile = new_profile(METRIC_ALL);
	uint32_t root = thread(&profile, 1);
	uint32_t one = node(&profile, root, function(&profile, "/src/m.c", 1, "one"));
	uint32_t two = node(&profile, root, function(&profile, "/src/m.c", 2, "two"));
	uint32_t swapped = node(&profile, root, function(&profile, "/src/m.c", 3, "swapped"));
	struct callpath_call big = {{{3 * MB, 2 * MB, MB, 0, 0}}, {{0}}, true};
	struct callpath_call small = {{{PAGE, 0, 0, PAGE, -PAGE}}, {{0}}, true};
	struct callpath_call away = {{{-PAGE, -PAGE, 0, 0, PAGE}}, {{0}}, true};
	char rule[100] = "", expected[1000];

	callpath_finish(&profile.paths, one, &big);
	callpath_finish(&profile.paths, two, &small);
	callpath_finish(&profile.paths, swapped, &away);
	memset(rule, '-', strlen(head) - 1);
	snprintf(expected, sizeof expected,
		"%s%s\n"
		"         0          0          0          0   0.003906        1  "
		"/src/m.c:3:swapped\n"
		"  0.003906          0          0   0.003906          0        1  /src/m.c:2:two\n"
		"         3          2          1          0          0        1  /src/m.c:1:one\n"
		"%s\n%sMax mem usage: 0.00 MB\n",
		head, rule, rule, head);
	expect_text(&profile, &usual, expected);
	profile_deinit(&profile);
}

Test(flat, hostile_names)
{
	struct profile profile = new_profile(METRIC_RSS);
	uint32_t root = thread(&profile, 1);
	uint32_t evil = function(&profile, "/src/\033[2J\n.c", 1, "a\tb\xff\xc3\xa9");

	call(&profile, node(&profile, root, evil), PAGE, PAGE, true);
	expect_text(&profile, &usual,
		HEAD RULE "  0.003906        1  /src/?[2J?.c:1:a?b?\xc3\xa9\n" RULE HEAD
			  "Max mem usage: 0.00 MB\n");
	profile_deinit(&profile);
}

Test(flat, colors)
{
	struct profile profile = small_profile();
	struct report_options options = usual;

	options.color = true;
	expect_text(&profile, &options,
		"\033[1mMemory (MB)   Calls  File:Line:Function\033[0m\n" RULE
		"\033[2m  0.003906        1  [startup]\033[0m\n"
		"\033[33m    0.9922        1  /src/main.c:12:main\033[0m\n"
		"\033[31m         2        1  /src/grid.c:41:grow\033[0m\n" RULE
		"\033[1mMemory (MB)   Calls  File:Line:Function\033[0m\n"
		"Max mem usage: 12.34 MB\n");
	profile_deinit(&profile);
}

Test(flat, a_full_disk_is_an_error)
{
	struct profile profile = small_profile();
	struct report_hidden hidden;
	FILE *full = fopen("/dev/full", "w");
	struct ptmem_error *error;

	cr_assert_not_null(full);
	error = report_flat.write(&profile, &usual, full, &hidden);
	cr_expect(error_is(error, ERROR_SYSTEM));
	cr_expect(error && error->errnum == ENOSPC);
	error_free(error);
	fclose(full);
	profile_deinit(&profile);
}

Test(balance, closes_to_the_byte)
{
	struct profile profile = small_profile();
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	profile.balance.start.bytes[0] = MB;
	profile.balance.end.bytes[0] = 2 * MB - PAGE;
	profile.balance.footprint.bytes[0] = 2 * PAGE;
	cr_expect(report_balance(&profile, NULL, out));
	fclose(out);
	cr_expect_str_eq(text,
		"ptmem: memory at start                1.00 MB          1048576 bytes\n"
		"ptmem: charged to functions           0.99 MB          1040384 bytes\n"
		"ptmem: [startup]                      0.00 MB             4096 bytes\n"
		"ptmem: memory at end                  2.00 MB          2093056 bytes\n"
		"ptmem: left out, ptmem's own          0.01 MB             8192 bytes\n"
		"ptmem: difference 0\n");
	free(text);
	profile.balance.end.bytes[0] += 1;
	cr_expect_not(report_balance(&profile, NULL, NULL));
	profile_deinit(&profile);
}
