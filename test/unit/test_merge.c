/* Profiles of several processes in one. */
#include "handmade.h"

#include "profile/merge.h"

static const struct report_options everything = {.precision = 4, .min_given = true};

static void merge(struct profile *into, const struct profile *from)
{
	cr_assert_null(profile_merge(into, from));
}

/* A rank of a job: main calls grow; its offsets, numbers and order are no other rank's. */
static struct profile rank_profile(unsigned rank)
{
	struct profile profile = new_profile(METRIC_RSS);
	uint32_t libc = places_add_module(profile.places, "/lib/libc.so.6", "abcd"), root, top;

	for (unsigned i = 0; i < rank; i++)
		function(&profile, "/src/other.c", (int)i, "filler");
	root = thread(&profile, 1, "app");
	path(&profile, root, bracket(&profile, "startup"), 1, MB);
	top = path(&profile, root, function(&profile, "/src/main.c", 1, "main"), 1, 0);
	path(&profile, top, function_in(&profile, libc, NULL, 0, "malloc"), 10, MB);
	path(&profile, top, function(&profile, "/src/main.c", 9, "grow"), 2, rank * MB);
	profile.peak = rank * 5 * MB;
	profile.balance = (struct balance){
		.start = {{MB}}, .end = {{(3 + rank) * (int64_t)MB}}, .footprint = {{PAGE}}};
	return profile;
}

Test(merge, ranks)
{
	struct profile into = rank_profile(1), two = rank_profile(2), three = rank_profile(3);

	merge(&into, &three);
	merge(&into, &two);
	profile_deinit(&three);
	profile_deinit(&two);
	expect_report(&report_tree, &into, &everything,
		"[startup]     3.00 MB  (3 calls)\n"
		"/src/main.c:1:main     9.00 MB  (3 calls)\n"
		"    /lib/libc.so.6:0:malloc     3.00 MB  (30 calls)\n"
		"    /src/main.c:9:grow     6.00 MB  (6 calls)\n"
		"\nMax mem usage: 15.00 MB\n");
	expect_report(&report_flat, &into, &everything,
		"Memory (MB)   Calls  File:Line:Function\n"
		"---------------------------------------\n"
		"         3        3  /lib/libc.so.6:0:malloc\n"
		"         3        3  [startup]\n"
		"         6        3  /src/main.c:9:grow\n"
		"---------------------------------------\n"
		"Memory (MB)   Calls  File:Line:Function\n"
		"Max mem usage: 15.00 MB\n");
	cr_expect_eq(into.balance.start.bytes[0], 3 * MB);
	cr_expect_eq(into.balance.end.bytes[0], 15 * MB);
	cr_expect_eq(into.balance.footprint.bytes[0], 3 * PAGE);
	cr_expect(report_balance(&into, NULL, NULL));
	profile_deinit(&into);
}

/* What `from` has comes over whole: nothing is left that points into it. */
Test(merge, into_nothing)
{
	struct profile into = new_profile(METRIC_RSS), one = rank_profile(1);
	struct report_hidden hidden;
	char *expected = report_text(&report_json, &one, &everything, &hidden), *text;

	merge(&into, &one);
	profile_deinit(&one);
	text = report_text(&report_json, &into, &everything, &hidden);
	cr_expect_str_eq(text, expected);
	cr_expect_eq(into.places->modules.count, 2);
	cr_expect_str_eq(into.places->modules.items[1].build_id, "abcd");
	free(expected);
	free(text);
	profile_deinit(&into);
}

/* The same address of the same file may be another function, and the other way round. */
Test(merge, what_prints_alike_is_the_same)
{
	struct profile into = new_profile(METRIC_RSS), from = new_profile(METRIC_RSS);
	uint32_t root = thread(&into, 1, "app"), other = thread(&from, 1, "app");

	path(&into, root, function(&into, "/a.c", 1, "old"), 1, MB);
	path(&into, root, function(&into, "/a.c", 2, "same"), 1, MB);
	path(&into, root, function(&into, NULL, 0, "bare"), 1, MB);
	path(&from, other, function(&from, "/a.c", 1, "new"), 1, MB);
	path(&from, other, function(&from, NULL, 0, "bare"), 1, 2 * MB);
	path(&from, other, function(&from, "/a.c", 3, "same"), 1, 4 * MB);
	path(&from, other, function(&from, "/a.c", 2, "same"), 1, 4 * MB);
	merge(&into, &from);
	expect_report(&report_tree, &into, &everything,
		"/a.c:1:new     1.00 MB  (1 calls)\n"
		"/a.c:1:old     1.00 MB  (1 calls)\n"
		"/opt/app/bin/app:0:bare     3.00 MB  (2 calls)\n"
		"/a.c:3:same     4.00 MB  (1 calls)\n"
		"/a.c:2:same     5.00 MB  (2 calls)\n"
		"\nMax mem usage: 0.00 MB\n");
	profile_deinit(&into);
	profile_deinit(&from);
}

/* By name; of several with one name the first is the first, the second the second. */
Test(merge, threads)
{
	struct profile into = new_profile(METRIC_RSS), from = new_profile(METRIC_RSS);
	uint32_t work = function(&into, "/t.c", 1, "work"),
		 more = function(&from, "/t.c", 1, "work");

	path(&into, thread(&into, 1, "app"), work, 1, MB);
	path(&into, thread(&into, 2, "pool"), work, 1, 2 * MB);
	path(&from, thread(&from, 1, "app"), more, 1, 10 * MB);
	path(&from, thread(&from, 2, "io"), more, 1, 3 * MB);
	path(&from, thread(&from, 3, "pool"), more, 1, 20 * MB);
	path(&from, thread(&from, 4, "pool"), more, 1, 4 * MB);
	merge(&into, &from);
	expect_report(&report_tree, &into, &everything,
		"[thread io]     3.00 MB  (1 calls)\n"
		"    /t.c:1:work     3.00 MB  (1 calls)\n"
		"[thread pool #2]     4.00 MB  (1 calls)\n"
		"    /t.c:1:work     4.00 MB  (1 calls)\n"
		"[thread app]    11.00 MB  (2 calls)\n"
		"    /t.c:1:work    11.00 MB  (2 calls)\n"
		"[thread pool #1]    22.00 MB  (2 calls)\n"
		"    /t.c:1:work    22.00 MB  (2 calls)\n"
		"\nMax mem usage: 0.00 MB\n");
	profile_deinit(&into);
	profile_deinit(&from);
}

Test(merge, all_columns)
{
	struct profile into = new_profile(METRIC_ALL), from = new_profile(METRIC_ALL);
	struct profile *both[] = {&into, &from};

	for (size_t i = 0; i < 2; i++) {
		uint32_t one = path(both[i], thread(both[i], 1, "app"),
			function(both[i], "/m.c", 1, "one"), 1, 0);

		callpath_charge(&both[i]->paths, one,
			&(struct amounts){{5 * MB, 4 * MB, 3 * MB, 2 * MB, -MB}});
	}
	merge(&into, &from);
	expect_report(&report_tree, &into, &everything,
		"/m.c:1:one    10.00 MB  (2 calls)"
		"  anon    8.00  file    6.00  shmem    4.00  swap   -2.00\n"
		"\nMax mem usage: 0.00 MB\n");
	profile_deinit(&into);
	profile_deinit(&from);
}

Test(merge, metrics_must_agree)
{
	struct profile into = new_profile(METRIC_RSS), from = new_profile(METRIC_ANON);
	struct ptmem_error *error = profile_merge(&into, &from);

	cr_assert(error_is(error, ERROR_USAGE));
	cr_expect_str_eq(
		error->message, "profiles of different metrics cannot be merged: rss and anon");
	error_free(error);
	profile_deinit(&into);
	profile_deinit(&from);
}

/* No name can be made to pass for another one's file. */
Test(merge, hostile_names)
{
	struct profile into = new_profile(METRIC_RSS), from = new_profile(METRIC_RSS);

	path(&into, thread(&into, 1, ""), function(&into, "/a:1 b", 1, "c"), 1, MB);
	path(&from, thread(&from, 1, ""), function(&from, "/a", 1, "b:1 c"), 1, MB);
	path(&from, thread(&from, 2, "\xff\n"), function(&from, "", 0, ""), 1, 0);
	merge(&into, &from);
	cr_expect_eq(into.paths.count, 1 + 2 + 3);
	profile_deinit(&into);
	profile_deinit(&from);
}
