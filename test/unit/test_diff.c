/* What differs between two profiles: the table, the tree, and who is whose partner. */
#include "report/diff.h"

#include "handmade.h"
#include "report/pairs.h"

#define RULE "--------------------------------------------------------\n"
#define HEAD " Base (MB)   New (MB) Growth (MB)  Change  File:Function\n"

static const struct report_options usual = {.precision = 4};

/* A function that added so much, called by nobody. */
static void adds(struct profile *profile, const char *file, int line, const char *name, int64_t kb)
{
	path(profile, CALLPATH_ROOT, function(profile, file, line, name), 1, kb * 1024);
}

static char *diff_text(struct profile *base, struct profile *new,
	const struct report_options *options, struct report_hidden *hidden)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	cr_assert_null(diff_write(base, new, options, out, hidden));
	fclose(out);
	return text;
}

/* The table is all but this, and both profiles are freed. */
static void expect_rows(struct profile *base, struct profile *new,
	const struct report_options *options, const char *rows)
{
	struct report_hidden hidden;
	char *text = diff_text(base, new, options, &hidden);
	char expected[2000];

	snprintf(expected, sizeof expected,
		HEAD RULE "%s" RULE HEAD
			  "Max mem usage: %.2f MB\nMax mem usage of the base: %.2f MB\n",
		rows, (double)new->peak / MB, (double)base->peak / MB);
	cr_expect_str_eq(text, expected);
	free(text);
	profile_deinit(base);
	profile_deinit(new);
}

Test(diff, grown_shrunk_new_and_gone)
{
	struct profile base = new_profile(METRIC_RSS), new = new_profile(METRIC_RSS);

	adds(&base, "/src/a.c", 1, "same", 512);
	adds(&base, "/src/a.c", 10, "grows", 1024);
	adds(&base, "/src/a.c", 20, "shrinks", 2048);
	adds(&base, "/src/a.c", 30, "goes", 4096);
	adds(&new, "/src/a.c", 40, "comes", 256);
	adds(&new, "/src/a.c", 21, "shrinks", 1024);
	adds(&new, "/src/a.c", 12, "grows", 3072);
	adds(&new, "/src/a.c", 2, "same", 512);
	base.peak = 10 * MB;
	new.peak = 12 * MB;
	expect_rows(&base, &new, &usual,
		"         4          0          -4  gone    /src/a.c:goes\n"
		"         2          1          -1  shrunk  /src/a.c:shrinks\n"
		"         0       0.25       +0.25  new     /src/a.c:comes\n"
		"         1          3          +2  grown   /src/a.c:grows\n");
}

Test(diff, nothing_changed)
{
	struct profile base = new_profile(METRIC_RSS), new = new_profile(METRIC_RSS);

	adds(&base, "/src/a.c", 1, "same", 512);
	adds(&new, "/src/a.c", 1, "same", 512);
	expect_rows(&base, &new, &usual, "");
}

Test(diff, one_name_in_two_files_stays_two)
{
	struct profile base = new_profile(METRIC_RSS), new = new_profile(METRIC_RSS);

	adds(&base, "/src/a/init.c", 1, "init", 1024);
	adds(&base, "/src/b.c", 1, "init", 1024);
	adds(&base, "/src/a/more.c", 1, "more", 1024);
	adds(&new, "/src/b.c", 1, "init", 2048);
	adds(&new, "/src/c/init.c", 1, "init", 1024);
	adds(&new, "/src/a/more.c", 1, "more", 1024);
	expect_rows(&base, &new, &usual,
		"         1          0          -1  gone    /src/a/init.c:init\n"
		"         1          2          +1  grown   /src/b.c:init\n"
		"         0          1          +1  new     /src/c/init.c:init\n");
}

Test(diff, lines_of_one_function_are_added_up)
{
	struct profile base = new_profile(METRIC_RSS), new = new_profile(METRIC_RSS);

	adds(&base, "/src/a.h", 1, "inline_me", 1024);
	adds(&base, "/src/a.h", 9, "inline_me", 1024);
	adds(&new, "/src/a.h", 5, "inline_me", 3072);
	expect_rows(&base, &new, &usual,
		"         2          3          +1  grown   /src/a.h:inline_me\n");
}

Test(diff, a_tree_that_was_built_elsewhere_is_the_same)
{
	struct profile base = new_profile(METRIC_RSS), new = new_profile(METRIC_RSS);

	adds(&base, "/home/a/app/src/main.c", 1, "main", 1024);
	adds(&base, "/home/a/app/src/one/init.c", 1, "init", 1024);
	adds(&base, "/home/a/app/src/two/init.c", 1, "init", 1024);
	adds(&base, "/usr/include/list.h", 1, "push", 1024);
	adds(&new, "/builds/7/app/src/main.c", 1, "main", 2048);
	adds(&new, "/builds/7/app/src/one/init.c", 1, "init", 1024);
	adds(&new, "/builds/7/app/src/two/init.c", 1, "init", 3072);
	adds(&new, "/usr/include/list.h", 1, "push", 1024);
	expect_rows(&base, &new, &usual,
		"         1          2          +1  grown   /builds/7/app/src/main.c:main\n"
		"         1          3          +2  grown   /builds/7/app/src/two/init.c:init\n");
}

Test(diff, a_tree_that_came_from_the_root_is_the_same)
{
	struct profile base = new_profile(METRIC_RSS), new = new_profile(METRIC_RSS);

	adds(&base, "/src/main.c", 1, "main", 1024);
	adds(&new, "/home/a/src/main.c", 1, "main", 2048);
	expect_rows(&base, &new, &usual,
		"         1          2          +1  grown   /home/a/src/main.c:main\n");
}

Test(diff, a_folder_that_is_still_there_did_not_move)
{
	struct profile base = new_profile(METRIC_RSS), new = new_profile(METRIC_RSS);

	adds(&base, "/home/a/app/x.c", 1, "f", 1024);
	adds(&new, "/home/b/app/x.c", 1, "f", 1024);
	adds(&new, "/home/a/app/y.c", 1, "g", 1024);
	expect_rows(&base, &new, &usual,
		"         1          0          -1  gone    /home/a/app/x.c:f\n"
		"         0          1          +1  new     /home/a/app/y.c:g\n"
		"         0          1          +1  new     /home/b/app/x.c:f\n");
}

Test(diff, a_folder_that_was_there_already_is_nobodys_new_place)
{
	struct profile base = new_profile(METRIC_RSS), new = new_profile(METRIC_RSS);

	adds(&base, "/home/a/app/x.c", 1, "f", 1024);
	adds(&base, "/home/b/app/y.c", 1, "g", 1024);
	adds(&new, "/home/b/app/x.c", 1, "f", 1024);
	adds(&new, "/home/b/app/y.c", 1, "g", 1024);
	expect_rows(&base, &new, &usual,
		"         1          0          -1  gone    /home/a/app/x.c:f\n"
		"         0          1          +1  new     /home/b/app/x.c:f\n");
}

Test(diff, one_of_two_that_are_alike_says_nothing)
{
	struct profile base = new_profile(METRIC_RSS), new = new_profile(METRIC_RSS);

	adds(&base, "/home/a/one/init.c", 1, "init", 1024);
	adds(&base, "/home/a/two/init.c", 1, "init", 1024);
	adds(&new, "/builds/two/init.c", 1, "init", 1024);
	expect_rows(&base, &new, &usual,
		"         1          0          -1  gone    /home/a/one/init.c:init\n"
		"         1          0          -1  gone    /home/a/two/init.c:init\n"
		"         0          1          +1  new     /builds/two/init.c:init\n");
}

Test(diff, brackets_and_functions_without_debug_info)
{
	struct profile base = new_profile(METRIC_RSS), new = new_profile(METRIC_RSS);

	path(&base, CALLPATH_ROOT, bracket(&base, "startup"), 0, MB);
	path(&new, CALLPATH_ROOT, bracket(&new, "startup"), 0, 2 * MB);
	adds(&new, NULL, 0, "bare", 512);
	expect_rows(&base, &new, &usual,
		"         0        0.5        +0.5  new     /opt/app/bin/app:bare\n"
		"         1          2          +1  grown   [startup]\n");
}

Test(diff, min_and_top_hide_what_changed_least)
{
	struct profile base = new_profile(METRIC_RSS), new = new_profile(METRIC_RSS);
	struct report_options options = usual;
	struct report_hidden hidden;
	char *text;

	adds(&base, "/src/a.c", 1, "much_less", 4096);
	adds(&base, "/src/a.c", 1, "less", 1024);
	adds(&new, "/src/a.c", 1, "more", 2048);
	adds(&new, "/src/a.c", 1, "little", 4);
	options.min_given = true;
	options.min = MB;
	options.top = 2;
	text = diff_text(&base, &new, &options, &hidden);
	cr_expect_not_null(strstr(text, "much_less"));
	cr_expect_not_null(strstr(text, ":more"));
	cr_expect_null(strstr(text, ":less"));
	cr_expect_null(strstr(text, "little"));
	cr_expect_eq(hidden.below_min, 1);
	cr_expect_eq(hidden.beyond_top, 1);
	free(text);
	profile_deinit(&base);
	profile_deinit(&new);
}

Test(diff, net_and_self_choose_the_amounts)
{
	struct profile base = new_profile(METRIC_RSS), new = new_profile(METRIC_RSS);
	struct report_options options = usual;
	uint32_t f = function(&new, "/src/a.c", 1, "f"), g = function(&new, "/src/a.c", 9, "g");
	uint32_t at = path(&new, CALLPATH_ROOT, f, 1, MB);

	path(&new, at, g, 1, -2 * MB);
	adds(&base, "/src/a.c", 1, "f", 512);
	options.net = true;
	expect_rows(&base, &new, &options,
		"         0         -2          -2  new     /src/a.c:g\n"
		"       0.5         -1        -1.5  shrunk  /src/a.c:f\n");
}

Test(diff, orders)
{
	struct profile base = new_profile(METRIC_RSS), new = new_profile(METRIC_RSS);
	struct report_options options = usual;

	adds(&new, "/src/a.c", 1, "c", 1024);
	adds(&new, "/src/a.c", 1, "a", 3072);
	adds(&new, "/src/a.c", 1, "b", 2048);
	options.sort = SORT_NAME;
	options.reverse = true;
	expect_rows(&base, &new, &options,
		"         0          1          +1  new     /src/a.c:c\n"
		"         0          2          +2  new     /src/a.c:b\n"
		"         0          3          +3  new     /src/a.c:a\n");
}

Test(diff, wide_amounts_keep_the_columns)
{
	struct profile base = new_profile(METRIC_RSS), new = new_profile(METRIC_RSS);
	struct report_options options = usual;
	struct report_hidden hidden;
	char *text;

	adds(&base, "/src/a.c", 1, "f", 1);
	adds(&new, "/src/a.c", 1, "f", 3);
	options.precision = 17;
	text = diff_text(&base, &new, &options, &hidden);
	cr_expect_not_null(
		strstr(text, "0.0009765625 0.0029296875  +0.001953125  grown   /src/a.c:f\n"));
	free(text);
	profile_deinit(&base);
	profile_deinit(&new);
}

Test(diff, all_metrics_have_a_growth_each)
{
	struct profile base = new_profile(METRIC_ALL), new = new_profile(METRIC_ALL);
	struct amounts moved = {{MB, 2 * MB, -MB, 0, 0}};
	struct report_hidden hidden;
	uint32_t node;
	char *text;
	struct report_options options = usual;

	options.net = options.self = true;
	node = path(&new, CALLPATH_ROOT, function(&new, "/src/a.c", 1, "f"), 1, 0);
	callpath_charge(&new.paths, node, &moved);
	text = diff_text(&base, &new, &options, &hidden);
	cr_expect_not_null(strstr(text,
		"  RSS (MB)  Anon (MB)  File (MB) Shmem (MB)  Swap (MB)  Change  File:Function\n"));
	cr_expect_not_null(strstr(text,
		"        +1         +2         -1          0          0  new     /src/a.c:f\n"));
	free(text);
	profile_deinit(&base);
	profile_deinit(&new);
}

Test(diff, different_metrics_are_refused)
{
	struct profile base = new_profile(METRIC_RSS), new = new_profile(METRIC_ANON), growth;
	struct report_hidden hidden;
	struct ptmem_error *error = diff_write(&base, &new, &usual, stdout, &hidden);

	cr_assert(error_is(error, ERROR_USAGE));
	cr_expect_str_eq(error->message,
		"the base measured rss, the other anon: record both with the same --metric");
	error_free(error);
	error = diff_profile(&base, &new, &growth);
	cr_expect(error_is(error, ERROR_USAGE));
	error_free(error);
	profile_deinit(&base);
	profile_deinit(&new);
}

Test(diff, hostile_names)
{
	struct profile base = new_profile(METRIC_RSS), new = new_profile(METRIC_RSS);

	adds(&new, "/src/\033[2J.c", 1, "a\nb", 1024);
	expect_rows(&base, &new, &usual,
		"         0          1          +1  new     /src/?[2J.c:a?b\n");
}

/* The self sum of the path of these names from a thread's root, in a difference. */
static int64_t path_self(const struct profile *growth, const char *const *names)
{
	uint32_t node = CALLPATH_ROOT;

	for (; *names; names++) {
		uint32_t next = CALLPATH_NONE;

		for (uint32_t i = node + 1; i < growth->paths.count; i++)
			if (callpath_at(&growth->paths, i)->parent == node &&
				!strcmp(growth->places->locations
						.items[callpath_at(&growth->paths, i)->location]
						.name,
					*names))
				next = i;
		cr_assert_neq(next, CALLPATH_NONE, "no path to %s", *names);
		node = next;
	}
	return callpath_amounts(&growth->paths, node, 0)->self;
}

#define SELF(...) path_self(&growth, (const char *const[]){__VA_ARGS__, NULL})

Test(diff, tree_is_the_difference_of_each_path)
{
	struct profile base = new_profile(METRIC_RSS), new = new_profile(METRIC_RSS), growth;
	uint32_t root = thread(&base, 1, "old-name"), other = thread(&base, 2, "worker");
	uint32_t top = path(&base, root, function(&base, "/src/a.c", 1, "main"), 1, PAGE);

	path(&base, top, function(&base, "/src/a.c", 9, "f"), 1, 5 * PAGE);
	path(&base, other, function(&base, "/src/a.c", 30, "work"), 1, PAGE);
	root = thread(&new, 1, "app");
	other = thread(&new, 5, "worker");
	top = path(&new, root, function(&new, "/src/a.c", 2, "main"), 1, 3 * PAGE);
	path(&new, top, function(&new, "/src/a.c", 19, "g"), 2, PAGE);
	path(&new, other, function(&new, "/src/a.c", 33, "work"), 1, 2 * PAGE);
	path(&new, other, bracket(&new, "unwatched"), 0, PAGE);
	path(&new, path(&new, root, function(&new, "/src/a.c", 40, "same"), 1, 0),
		function(&new, "/src/a.c", 50, "same_below"), 1, PAGE);
	root = callpath_intern(&base.paths, CALLPATH_ROOT, 0);
	path(&base, path(&base, root, function(&base, "/src/a.c", 40, "same"), 1, 0),
		function(&base, "/src/a.c", 50, "same_below"), 1, PAGE);
	new.peak = 7 * MB;

	cr_assert_null(diff_profile(&base, &new, &growth));
	cr_expect_eq(SELF("app", "main"), 2 * PAGE);
	cr_expect_eq(SELF("app", "main", "f"), -5 * PAGE);
	cr_expect_eq(SELF("app", "main", "g"), PAGE);
	cr_expect_eq(SELF("worker", "work"), PAGE);
	cr_expect_eq(SELF("worker", "unwatched"), PAGE);
	cr_expect_eq(growth.paths.count, 8);
	cr_expect_eq(growth.peak, 7 * MB);
	profile_deinit(&growth);
	profile_deinit(&base);
	profile_deinit(&new);
}

Test(diff, tree_as_it_prints)
{
	struct profile base = new_profile(METRIC_RSS), new = new_profile(METRIC_RSS);
	struct report_hidden hidden;
	uint32_t top =
		path(&base, thread(&base, 1, "app"), function(&base, "/src/a.c", 1, "main"), 1, MB);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	path(&base, top, function(&base, "/src/a.c", 9, "less"), 1, 5 * MB);
	top = path(&new, thread(&new, 1, "app"), function(&new, "/src/a.c", 2, "main"), 1, MB);
	path(&new, top, function(&new, "/src/a.c", 9, "less"), 1, MB);
	path(&new, top, function(&new, "/src/a.c", 19, "more"), 2, 2 * MB);
	base.peak = 7 * MB;
	new.peak = 5 * MB;
	cr_assert_null(diff_write_tree(&base, &new, &usual, out, &hidden));
	fclose(out);
	cr_expect_str_eq(text, "/src/a.c:2:main    -2.00 MB  (1 calls)\n"
			       "    /src/a.c:9:less    -4.00 MB  (1 calls)\n"
			       "    /src/a.c:19:more     2.00 MB  (2 calls)\n"
			       "\n"
			       "Max mem usage: 5.00 MB\n"
			       "Max mem usage of the base: 7.00 MB\n");
	free(text);
	profile_deinit(&base);
	profile_deinit(&new);
}
