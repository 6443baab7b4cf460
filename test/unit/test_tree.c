/* The call tree: profiles made by hand, and every byte of what prints. */
#include "handmade.h"

#include <errno.h>

#define PEAK "\nMax mem usage: 12.34 MB\n"

static const struct report_options usual = {.precision = 4};
static const struct report_options everything = {.precision = 4, .min_given = true};

/*
 * main (1 page) calls setup (4 MB, calling small: 1 page), churn (-3 MB, calling keep: 2 MB)
 * and idle (nothing); startup had 1 MB.
 */
static struct profile small_profile(void)
{
	struct profile profile = new_profile(METRIC_RSS);
	uint32_t root = thread(&profile, 1, "app");
	uint32_t top, setup, churn;

	path(&profile, root, bracket(&profile, "startup"), 3, MB);
	path(&profile, root, bracket(&profile, "unwatched"), 0, 0);
	top = path(&profile, root, function(&profile, "/src/main.c", 12, "main"), 1, PAGE);
	setup = path(&profile, top, function(&profile, "/src/main.c", 40, "setup"), 2, 4 * MB);
	path(&profile, setup, function(&profile, "/src/grid.c", 9, "small"), 7, PAGE);
	churn = path(&profile, top, function(&profile, "/src/churn.c", 5, "churn"), 1, -3 * MB);
	path(&profile, churn, function(&profile, NULL, 0, "keep"), 4, 2 * MB);
	path(&profile, top, function(&profile, "/src/main.c", 60, "idle"), 5, 0);
	profile.peak = 12939264;
	return profile;
}

Test(tree, usual)
{
	struct profile profile = small_profile();
	struct report_hidden hidden;
	char *text = report_text(&report_tree, &profile, &usual, &hidden);

	cr_expect_str_eq(text, "[startup]     1.00 MB  (3 calls)\n"
			       "/src/main.c:12:main     3.01 MB  (1 calls)\n"
			       "    /src/churn.c:5:churn    -1.00 MB  (1 calls)\n"
			       "        /opt/app/bin/app:0:keep     2.00 MB  (4 calls)\n"
			       "    /src/main.c:40:setup     4.00 MB  (2 calls)\n" PEAK);
	cr_expect_eq(hidden.below_min, 2);
	cr_expect_eq(hidden.beyond_top, 0);
	free(text);
	profile_deinit(&profile);
}

Test(tree, everything)
{
	struct profile profile = small_profile();

	expect_report(&report_tree, &profile, &everything,
		"[startup]     1.00 MB  (3 calls)\n"
		"/src/main.c:12:main     3.01 MB  (1 calls)\n"
		"    /src/churn.c:5:churn    -1.00 MB  (1 calls)\n"
		"        /opt/app/bin/app:0:keep     2.00 MB  (4 calls)\n"
		"    /src/main.c:60:idle     0.00 MB  (5 calls)\n"
		"    /src/main.c:40:setup     4.00 MB  (2 calls)\n"
		"        /src/grid.c:9:small     0.00 MB  (7 calls)\n" PEAK);
	profile_deinit(&profile);
}

Test(tree, nothing_to_show)
{
	struct profile profile = new_profile(METRIC_RSS);

	expect_report(&report_tree, &profile, &everything, "\nMax mem usage: 0.00 MB\n");
	path(&profile, thread(&profile, 1, "app"), bracket(&profile, "startup"), 0, 0);
	expect_report(&report_tree, &profile, &everything, "\nMax mem usage: 0.00 MB\n");
	profile_deinit(&profile);
}

Test(tree, self)
{
	struct profile profile = small_profile();
	struct report_options options = usual;

	options.self = true;
	expect_report(&report_tree, &profile, &options,
		"/src/main.c:12:main     0.00 MB  (1 calls)\n"
		"    /src/churn.c:5:churn    -3.00 MB  (1 calls)\n"
		"        /opt/app/bin/app:0:keep     2.00 MB  (4 calls)\n"
		"    /src/main.c:40:setup     4.00 MB  (2 calls)\n"
		"[startup]     1.00 MB  (3 calls)\n" PEAK);
	profile_deinit(&profile);
}

/* A row of exactly the limit stays, and so does what leads to it. */
Test(tree, min_is_inclusive_and_leaves_no_orphans)
{
	struct profile profile = small_profile();
	struct report_options options = usual;
	struct report_hidden hidden;
	char *text;

	options.min_given = true;
	options.min = 2 * MB;
	text = report_text(&report_tree, &profile, &options, &hidden);
	cr_expect_str_eq(text, "/src/main.c:12:main     3.01 MB  (1 calls)\n"
			       "    /src/churn.c:5:churn    -1.00 MB  (1 calls)\n"
			       "        /opt/app/bin/app:0:keep     2.00 MB  (4 calls)\n"
			       "    /src/main.c:40:setup     4.00 MB  (2 calls)\n" PEAK);
	cr_expect_eq(hidden.below_min, 3);
	free(text);
	options.min = 2 * MB + 1;
	expect_report(&report_tree, &profile, &options,
		"/src/main.c:12:main     3.01 MB  (1 calls)\n"
		"    /src/main.c:40:setup     4.00 MB  (2 calls)\n" PEAK);
	profile_deinit(&profile);
}

Test(tree, top_keeps_the_way_to_the_largest)
{
	struct profile profile = small_profile();
	struct report_options options = usual;
	struct report_hidden hidden;
	char *text;

	options.top = 3;
	text = report_text(&report_tree, &profile, &options, &hidden);
	cr_expect_str_eq(text, "/src/main.c:12:main     3.01 MB  (1 calls)\n"
			       "    /src/churn.c:5:churn    -1.00 MB  (1 calls)\n"
			       "        /opt/app/bin/app:0:keep     2.00 MB  (4 calls)\n"
			       "    /src/main.c:40:setup     4.00 MB  (2 calls)\n" PEAK);
	cr_expect_eq(hidden.below_min, 2);
	cr_expect_eq(hidden.beyond_top, 1);
	free(text);
	options.top = 1;
	text = report_text(&report_tree, &profile, &options, &hidden);
	cr_expect_str_eq(text, "/src/main.c:12:main     3.01 MB  (1 calls)\n"
			       "    /src/main.c:40:setup     4.00 MB  (2 calls)\n" PEAK);
	cr_expect_eq(hidden.beyond_top, 3);
	free(text);
	options.top = 100;
	text = report_text(&report_tree, &profile, &options, &hidden);
	cr_expect_eq(hidden.beyond_top, 0);
	free(text);
	profile_deinit(&profile);
}

/* The functions of one letter in the order in which they stand, roots in upper case. */
static void expect_order(
	const struct profile *profile, enum report_sort sort, bool reverse, const char *expected)
{
	struct report_options options = everything;
	struct report_hidden hidden;
	char letters[16] = "", *text, *at, *rest;
	size_t count = 0;

	options.sort = sort;
	options.reverse = reverse;
	text = report_text(&report_tree, profile, &options, &hidden);
	for (at = strtok_r(text, "\n", &rest); at && strstr(at, "calls");
		at = strtok_r(NULL, "\n", &rest))
		letters[count++] = strstr(at, ":1:")[3];
	cr_expect_str_eq(letters, expected);
	free(text);
}

Test(tree, sorting)
{
	struct profile profile = new_profile(METRIC_RSS);
	uint32_t root = thread(&profile, 1, "app");
	uint32_t z = path(&profile, root, function(&profile, "/s.c", 1, "Z"), 1, 0);
	uint32_t y = path(&profile, root, function(&profile, "/s.c", 1, "Y"), 2, 0);

	path(&profile, z, function(&profile, "/s.c", 1, "d"), 9, PAGE);
	path(&profile, y, function(&profile, "/s.c", 1, "f"), 1, 2 * PAGE);
	path(&profile, z, function(&profile, "/s.c", 1, "a"), 5, PAGE);
	path(&profile, z, function(&profile, "/s.c", 1, "c"), 5, 2 * PAGE);
	path(&profile, y, function(&profile, "/s.c", 1, "e"), 1, -PAGE);
	expect_order(&profile, SORT_MEMORY, false, "YefZadc");
	expect_order(&profile, SORT_MEMORY, true, "ZcdaYfe");
	expect_order(&profile, SORT_CALLS, false, "ZacdYef");
	expect_order(&profile, SORT_NAME, false, "YefZacd");
	expect_order(&profile, SORT_NAME, true, "ZdcaYfe");
	expect_order(&profile, SORT_TIME, false, "ZdacYfe");
	expect_order(&profile, SORT_TIME, true, "YefZcad");
	profile_deinit(&profile);
}

Test(tree, paths_that_print_alike_are_one)
{
	struct profile profile = new_profile(METRIC_RSS);
	uint32_t root = thread(&profile, 1, "app");
	uint32_t one = function(&profile, "/src/a.h", 3, "inline_me");
	uint32_t other = function(&profile, "/src/a.h", 3, "inline_me");
	uint32_t below = function(&profile, "/src/a.c", 4, "below");

	cr_assert(one != other);
	path(&profile, path(&profile, root, one, 1, MB), below, 2, MB);
	path(&profile, path(&profile, root, other, 1, MB), below, 3, 2 * MB);
	path(&profile, root, below, 1, MB);
	expect_report(&report_tree, &profile, &usual,
		"/src/a.c:4:below     1.00 MB  (1 calls)\n"
		"/src/a.h:3:inline_me     5.00 MB  (2 calls)\n"
		"    /src/a.c:4:below     3.00 MB  (5 calls)\n"
		"\nMax mem usage: 0.00 MB\n");
	profile_deinit(&profile);
}

/* Threads that did nothing do not count; those of one name are numbered. */
Test(tree, threads)
{
	struct profile profile = new_profile(METRIC_RSS);
	uint32_t top = function(&profile, "/src/t.c", 1, "main");
	uint32_t work = function(&profile, "/src/t.c", 9, "work");
	uint32_t unwatched = bracket(&profile, "unwatched");
	uint32_t worker;

	path(&profile, thread(&profile, 1, "app"), top, 1, 2 * MB);
	path(&profile, thread(&profile, 2, "worker"), unwatched, 0, 0);
	expect_report(&report_tree, &profile, &usual,
		"/src/t.c:1:main     2.00 MB  (1 calls)\n"
		"\nMax mem usage: 0.00 MB\n");
	worker = thread(&profile, 3, "worker");
	path(&profile, worker, work, 4, PAGE);
	expect_report(&report_tree, &profile, &usual,
		"[thread app]     2.00 MB  (1 calls)\n"
		"    /src/t.c:1:main     2.00 MB  (1 calls)\n"
		"\nMax mem usage: 0.00 MB\n");
	path(&profile, worker, work, 1, MB);
	expect_report(&report_tree, &profile, &usual,
		"[thread worker #2]     1.00 MB  (1 calls)\n"
		"    /src/t.c:9:work     1.00 MB  (5 calls)\n"
		"[thread app]     2.00 MB  (1 calls)\n"
		"    /src/t.c:1:main     2.00 MB  (1 calls)\n"
		"\nMax mem usage: 0.00 MB\n");
	profile_deinit(&profile);
}

Test(tree, precision)
{
	struct profile profile = new_profile(METRIC_RSS);
	struct report_options options = everything;
	uint32_t root = thread(&profile, 1, "app");

	options.precision_given = true;
	path(&profile, root, function(&profile, "/p.c", 1, "page"), 1, PAGE);
	path(&profile, root, function(&profile, "/p.c", 2, "back"), 1, -PAGE);
	expect_report(&report_tree, &profile, &options,
		"/p.c:2:back  -0.0039 MB  (1 calls)\n"
		"/p.c:1:page   0.0039 MB  (1 calls)\n"
		"\nMax mem usage: 0.00 MB\n");
	options.precision_given = false;
	expect_report(&report_tree, &profile, &options,
		"/p.c:2:back     0.00 MB  (1 calls)\n"
		"/p.c:1:page     0.00 MB  (1 calls)\n"
		"\nMax mem usage: 0.00 MB\n");
	profile_deinit(&profile);
}

Test(tree, all_metrics)
{
	struct profile profile = new_profile(METRIC_ALL);
	uint32_t root = thread(&profile, 1, "app");
	uint32_t one = path(&profile, root, function(&profile, "/m.c", 1, "one"), 1, 0);
	uint32_t two = path(&profile, one, function(&profile, "/m.c", 2, "two"), 3, 0);
	uint32_t small = path(&profile, one, function(&profile, "/m.c", 3, "small"), 3, 0);

	callpath_charge(&profile.paths, one, &(struct amounts){{3 * MB, 2 * MB, MB, 0, 0}});
	callpath_charge(&profile.paths, two, &(struct amounts){{-MB / 2, -MB, MB / 2, 0, MB}});
	callpath_charge(&profile.paths, small, &(struct amounts){{PAGE, PAGE, 0, 0, 0}});
	expect_report(&report_tree, &profile, &usual,
		"/m.c:1:one     2.50 MB  (1 calls)"
		"  anon    1.00  file    1.50  shmem    0.00  swap    1.00\n"
		"    /m.c:2:two    -0.50 MB  (3 calls)"
		"  anon   -1.00  file    0.50  shmem    0.00  swap    1.00\n"
		"\nMax mem usage: 0.00 MB\n");
	profile_deinit(&profile);
}

Test(tree, colors)
{
	struct profile profile = small_profile();
	struct report_options options = usual;

	options.color = true;
	expect_report(&report_tree, &profile, &options,
		"\033[2m[startup]     1.00 MB  (3 calls)\033[0m\n"
		"/src/main.c:12:main     3.01 MB  (1 calls)\n"
		"    /src/churn.c:5:churn    -1.00 MB  (1 calls)\n"
		"        \033[31m/opt/app/bin/app:0:keep     2.00 MB  (4 calls)\033[0m\n"
		"    \033[31m/src/main.c:40:setup     4.00 MB  (2 calls)\033[0m\n" PEAK);
	profile_deinit(&profile);
}

Test(tree, hostile_names)
{
	struct profile profile = new_profile(METRIC_RSS);
	uint32_t evil = function(&profile, "/src/\033[2J\n.c", 1, "a\tb\xff\xc3\xa9");

	path(&profile, thread(&profile, 1, "a\033b"), evil, 1, MB);
	path(&profile, thread(&profile, 2, "\n"), evil, 1, 2 * MB);
	expect_report(&report_tree, &profile, &usual,
		"[thread a?b]     1.00 MB  (1 calls)\n"
		"    /src/?[2J?.c:1:a?b?\xc3\xa9     1.00 MB  (1 calls)\n"
		"[thread ?]     2.00 MB  (1 calls)\n"
		"    /src/?[2J?.c:1:a?b?\xc3\xa9     2.00 MB  (1 calls)\n"
		"\nMax mem usage: 0.00 MB\n");
	profile_deinit(&profile);
}

/* Blanks end where they would be most of what prints: from there a number says how deep. */
Test(tree, a_very_deep_path, .timeout = 20)
{
	struct profile profile = new_profile(METRIC_RSS);
	uint32_t again = function(&profile, "/r.c", 1, "again");
	uint32_t at = thread(&profile, 1, "app");
	struct report_options options = usual;
	struct report_hidden hidden;
	char *text, expected[4100];

	for (int depth = 0; depth < 100000; depth++)
		at = path(&profile, at, again, 1, depth >= 1002 ? 0 : MB);
	text = report_text(&report_tree, &profile, &usual, &hidden);
	snprintf(expected, sizeof expected, "\n%*s/r.c:1:again     2.00 MB", 4000, "");
	cr_expect(strstr(text, expected));
	snprintf(expected, sizeof expected, "\n%*s[+1] /r.c:1:again     1.00 MB", 4000, "");
	cr_expect(strstr(text, expected));
	cr_expect_eq(hidden.below_min, 100000 - 1002);
	free(text);
	options.min_given = true;
	options.min = 1002 * (int64_t)MB;
	expect_report(&report_tree, &profile, &options,
		"/r.c:1:again  1002.00 MB  (1 calls)\n\nMax mem usage: 0.00 MB\n");
	profile_deinit(&profile);
}

Test(tree, a_full_disk_is_an_error)
{
	struct profile profile = small_profile();
	struct report_hidden hidden;
	FILE *full = fopen("/dev/full", "w");
	struct ptmem_error *error;

	cr_assert_not_null(full);
	error = report_tree.write(&profile, &usual, full, &hidden);
	cr_expect(error_is(error, ERROR_SYSTEM));
	cr_expect(error && error->errnum == ENOSPC);
	error_free(error);
	fclose(full);
	profile_deinit(&profile);
}
