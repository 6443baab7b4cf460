/* The processes of a run, and all of them as one. */
#include "handmade.h"

#include "profile/profiles.h"

#include <time.h>

static const struct report_options everything = {.precision = 4, .min_given = true};

/* Another process of a run. */
static struct profile *add_process(struct profiles *profiles, pid_t pid)
{
	struct process_profile *process = profiles_add(profiles, METRIC_RSS, pid);

	cr_assert(process);
	if (profiles->count == 1)
		cr_assert_eq(
			places_add_module(process->profile.places, "/opt/app/bin/app", NULL), 0);
	return &process->profile;
}

static struct profile total_of(const struct profiles *profiles)
{
	struct profile total;

	cr_assert_null(profiles_total(profiles, &total));
	return total;
}

Test(profiles, amounts_add_up_and_the_peak_is_the_largest_of_one)
{
	struct profiles profiles = {0};
	struct profile *one = add_process(&profiles, 1), *two = add_process(&profiles, 2), total;
	uint32_t main = function(one, "/m.c", 1, "main"), grow = function(one, "/m.c", 2, "grow");
	uint32_t root;

	root = thread(one, 1, "app");
	path(one, path(one, root, main, 1, MB), grow, 3, 2 * MB);
	one->peak = 9 * MB;
	one->balance = (struct balance){{{MB}}, {{4 * MB}}, {{PAGE}}};
	root = thread(two, 1, "app");
	path(two, path(two, root, main, 1, 0), grow, 2, 5 * MB);
	path(two, root, grow, 1, MB);
	two->peak = 7 * MB;
	two->balance = (struct balance){{{MB}}, {{7 * MB}}, {{PAGE}}};
	total = total_of(&profiles);
	expect_report(&report_tree, &total, &everything,
		"/m.c:2:grow     1.00 MB  (1 calls)\n"
		"/m.c:1:main     8.00 MB  (2 calls)\n"
		"    /m.c:2:grow     7.00 MB  (5 calls)\n"
		"\nMax mem usage: 9.00 MB\n");
	cr_expect_eq(total.balance.start.bytes[0], 2 * MB);
	cr_expect_eq(total.balance.end.bytes[0], 11 * MB);
	cr_expect_eq(total.balance.footprint.bytes[0], 2 * PAGE);
	cr_expect(report_balance(&total, NULL, NULL));
	cr_expect_eq(total.places, one->places);
	profiles_deinit(&profiles);
	profile_deinit(&total);
}

/* As profile_merge() has it: of several with one name the first is the first. */
Test(profiles, threads)
{
	struct profiles profiles = {0};
	struct profile *one = add_process(&profiles, 1), *two = add_process(&profiles, 2), total;
	uint32_t work = function(one, "/t.c", 1, "work");

	path(one, thread(one, 1, "app"), work, 1, MB);
	path(one, thread(one, 2, "pool"), work, 1, 2 * MB);
	path(two, thread(two, 1, "app"), work, 1, 10 * MB);
	path(two, thread(two, 2, "io"), work, 1, 3 * MB);
	path(two, thread(two, 3, "pool"), work, 1, 20 * MB);
	path(two, thread(two, 4, "pool"), work, 1, 4 * MB);
	total = total_of(&profiles);
	expect_report(&report_tree, &total, &everything,
		"[thread io]     3.00 MB  (1 calls)\n"
		"    /t.c:1:work     3.00 MB  (1 calls)\n"
		"[thread pool #2]     4.00 MB  (1 calls)\n"
		"    /t.c:1:work     4.00 MB  (1 calls)\n"
		"[thread app]    11.00 MB  (2 calls)\n"
		"    /t.c:1:work    11.00 MB  (2 calls)\n"
		"[thread pool #1]    22.00 MB  (2 calls)\n"
		"    /t.c:1:work    22.00 MB  (2 calls)\n"
		"\nMax mem usage: 0.00 MB\n");
	profile_deinit(&total);
	profiles_deinit(&profiles);
}

/* One process: nothing but what it is. */
Test(profiles, of_one)
{
	struct profiles profiles = {0};
	struct profile *one = add_process(&profiles, 1), total;
	struct report_hidden hidden;
	char *expected, *text;

	path(one, thread(one, 1, "app"), function(one, "/m.c", 1, "main"), 1, MB);
	path(one, thread(one, 2, "app"), bracket(one, "unwatched"), 1, MB);
	total = total_of(&profiles);
	expected = report_text(&report_json, one, &everything, &hidden);
	text = report_text(&report_json, &total, &everything, &hidden);
	cr_expect_str_eq(text, expected);
	free(text);
	free(expected);
	profile_deinit(&total);
	profiles_deinit(&profiles);
}

Test(profiles, folded)
{
	struct profiles profiles = {0};
	struct profile *one = add_process(&profiles, 1), *two = add_process(&profiles, 2);
	uint32_t main = function(one, "/m.c", 1, "main");

	path(one, thread(one, 1, "app"), main, 1, MB);
	path(two, thread(two, 1, "app"), main, 1, 2 * MB);
	cr_assert_null(profiles_fold(&profiles));
	cr_assert_eq(profiles.count, 1);
	cr_expect_eq(profiles.items[0]->pid, 1);
	expect_report(&report_tree, profiles_first(&profiles), &everything,
		"/m.c:1:main     3.00 MB  (2 calls)\n"
		"\nMax mem usage: 0.00 MB\n");
	cr_assert_null(profiles_fold(&profiles));
	cr_assert_eq(profiles.count, 1);
	profiles_deinit(&profiles);
}

static double seconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* What processes have in common is not looked at again for each of them. */
Test(profiles, many_processes_of_many_functions)
{
	struct profiles profiles = {0};
	struct profile *one = add_process(&profiles, 1), total;
	double begun;

	for (unsigned i = 0; i < 20000; i++)
		function(one, "/m.c", (int)i, "f");
	for (unsigned i = 0; i < 1000; i++) {
		struct profile *process = i ? add_process(&profiles, (pid_t)i) : one;
		uint32_t root = thread(process, 1, "app");

		for (unsigned j = 0; j < 100; j++)
			path(process, root, (i * 20 + j) % 20000, 1, PAGE);
	}
	begun = seconds();
	total = total_of(&profiles);
	cr_expect_lt(seconds() - begun, 0.5);
	cr_expect_eq(callpath_at(&total.paths, 1)->calls, 1000);
	cr_expect_eq(total.paths.count, 2 + 20000);
	profile_deinit(&total);
	profiles_deinit(&profiles);
}
