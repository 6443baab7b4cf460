/* The judge: which limit holds for whom, when it is exceeded, and every format of verdicts. */
#include "report/judge.h"

#include "handmade.h"
#include "report/verdict.h"

static const struct verdict_options usual = {.precision = 4, .name = "app", .root = "/repo"};

/* A path below another, on which so much was added with all that it called. */
static uint32_t rises(struct profile *profile, uint32_t parent, uint32_t location, int64_t total)
{
	uint32_t node = callpath_intern(&profile->paths, parent, location);
	struct callpath_call call = {.total = {.bytes = {total}}, .outermost = true};

	callpath_finish(&profile->paths, node, &call);
	return node;
}

/* main calls grow, by one path and by another; a line that moved; and a bracket. */
static struct profile sample(int64_t mb)
{
	struct profile profile = new_profile(METRIC_RSS);
	uint32_t grow = function(&profile, "/repo/src/grid.c", 41, "grow");
	uint32_t root = thread(&profile, 1, "app");
	uint32_t top = rises(
		&profile, root, function(&profile, "/repo/src/main.c", 12, "main"), (mb + 3) * MB);
	uint32_t load =
		rises(&profile, top, function(&profile, "/repo/src/main.c", 40, "load"), mb * MB);

	rises(&profile, top, grow, 2 * MB);
	rises(&profile, load, grow, mb * MB);
	rises(&profile, load, bracket(&profile, "unwatched"), 3 * MB);
	profile.peak = 64 * MB;
	return profile;
}

static struct judgement judged(struct profile *profile, const struct limits *limits)
{
	const struct profile *runs[] = {profile};
	struct judgement judgement;
	struct ptmem_error *error = judge(runs, 1, limits, &judgement);

	cr_assert_null(error, "%s", error ? error->message : "");
	return judgement;
}

static const struct verdict *verdict_of(const struct judgement *judgement, const char *text)
{
	for (size_t i = 0; i < judgement->verdicts.count; i++) {
		const struct verdict *verdict = &judgement->verdicts.items[i];

		if (!strcmp(verdict->text ? verdict->text : "", text))
			return verdict;
	}
	return NULL;
}

static bool exceeded(const struct judgement *judgement, const char *text)
{
	const struct verdict *verdict = verdict_of(judgement, text);

	cr_assert_not_null(verdict, "%s is not judged", text);
	return verdict->exceeded;
}

static struct budgets parse(const char *text)
{
	struct budgets budgets;

	cr_assert_null(budgets_parse("b.txt", text, strlen(text), &budgets));
	return budgets;
}

static char *written(const struct verdict_ops *format, const struct judgement *judgement,
	const struct verdict_options *options)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	cr_assert_null(format->write(judgement, options, out));
	fclose(out);
	return text;
}

static void expect_text(const struct verdict_ops *format, const struct judgement *judgement,
	const struct verdict_options *options, const char *expected)
{
	char *text = written(format, judgement, options);

	cr_expect_str_eq(text, expected);
	free(text);
}

Test(judge, min_fails_whoever_adds_so_much)
{
	struct profile profile = sample(10);
	struct limits limits = {.min_given = true, .min = 12 * MB};
	struct judgement judgement = judged(&profile, &limits);

	cr_expect_eq(judgement.verdicts.count, 3);
	cr_expect_eq(judgement.exceeded, 2);
	cr_expect(exceeded(&judgement, "/repo/src/main.c:main"));
	cr_expect(exceeded(&judgement, "/repo/src/grid.c:grow"), "12 MB are 12 MB or more");
	cr_expect_not(exceeded(&judgement, "/repo/src/main.c:load"));
	cr_expect_null(verdict_of(&judgement, "[unwatched]"));
	judgement_deinit(&judgement);
	profile_deinit(&profile);
}

Test(judge, min_of_0_is_for_those_that_add_anything)
{
	struct profile profile = new_profile(METRIC_RSS);
	struct limits limits = {.min_given = true, .net = true};
	struct judgement judgement;

	path(&profile, CALLPATH_ROOT, function(&profile, "/a.c", 1, "more"), 1, PAGE);
	path(&profile, CALLPATH_ROOT, function(&profile, "/a.c", 2, "less"), 1, -PAGE);
	judgement = judged(&profile, &limits);
	cr_expect(exceeded(&judgement, "/a.c:more"));
	cr_expect_not(exceeded(&judgement, "/a.c:less"));
	judgement_deinit(&judgement);
	profile_deinit(&profile);
}

Test(judge, a_base_makes_it_growth)
{
	struct profile profile = sample(10), base = sample(8);
	struct limits limits = {.min_given = true, .min = 2 * MB, .base = &base};
	struct judgement judgement;
	const struct verdict *verdict;

	path(&profile, CALLPATH_ROOT, function(&profile, "/repo/src/new.c", 1, "new"), 1, MB);
	judgement = judged(&profile, &limits);
	cr_expect_eq(judgement.exceeded, 3, "each grew by 2 MB");
	verdict = verdict_of(&judgement, "/repo/src/grid.c:grow");
	cr_assert_not_null(verdict);
	cr_expect_eq(verdict->kind, LIMIT_GROWTH);
	cr_expect_eq(verdict->judged, 2 * MB);
	cr_expect_eq(verdict->base, 10 * MB);
	cr_expect_eq(verdict->memory, 12 * MB);
	cr_expect_not(exceeded(&judgement, "/repo/src/new.c:new"));
	judgement_deinit(&judgement);

	limits.min = MB;
	judgement = judged(&profile, &limits);
	cr_expect(exceeded(&judgement, "/repo/src/new.c:new"));
	judgement_deinit(&judgement);
	profile_deinit(&profile);
	profile_deinit(&base);
}

Test(judge, a_base_of_another_metric_is_refused)
{
	struct profile profile = sample(10), base = new_profile(METRIC_ANON);
	const struct profile *runs[] = {&profile};
	struct limits limits = {.min_given = true, .base = &base};
	struct judgement judgement;
	struct ptmem_error *error = judge(runs, 1, &limits, &judgement);

	cr_expect(error_is(error, ERROR_USAGE));
	error_free(error);
	profile_deinit(&profile);
	profile_deinit(&base);
}

Test(judge, a_budget_replaces_min_and_may_be_used_up)
{
	struct profile profile = sample(10);
	struct budgets budgets = parse("grow 12 MB\nload 9.5 MB\n[unwatched] 1 MB\nnobody 1 MB\n");
	struct limits limits = {.min_given = true, .min = MB, .budgets = &budgets};
	struct judgement judgement = judged(&profile, &limits);

	cr_expect_not(exceeded(&judgement, "/repo/src/grid.c:grow"));
	cr_expect(exceeded(&judgement, "/repo/src/main.c:load"));
	cr_expect(exceeded(&judgement, "/repo/src/main.c:main"), "it has no budget, but min");
	cr_expect(exceeded(&judgement, "[unwatched]"));
	cr_expect(budgets.list.items[0].used && budgets.list.items[2].used);
	cr_expect_not(budgets.list.items[3].used);
	judgement_deinit(&judgement);
	budgets_deinit(&budgets);
	profile_deinit(&profile);
}

Test(judge, max_rss)
{
	struct profile profile = sample(10);
	struct limits limits = {.max_rss_given = true, .max_rss = 64 * MB};
	struct judgement judgement = judged(&profile, &limits);

	cr_expect_eq(judgement.verdicts.count, 1);
	cr_expect_eq(judgement.exceeded, 0);
	expect_text(&verdict_text, &judgement, &usual, "within limits (1 checked)\n");
	judgement_deinit(&judgement);
	limits.max_rss--;
	judgement = judged(&profile, &limits);
	cr_expect_eq(judgement.exceeded, 1);
	judgement_deinit(&judgement);
	limits.max_rss = 60 * MB;
	judgement = judged(&profile, &limits);
	expect_text(&verdict_text, &judgement, &usual,
		"max mem usage was 64 MB, 4 MB over the limit of 60 MB\n"
		"1 of 1 exceeds its limit\n");
	judgement_deinit(&judgement);
	profile_deinit(&profile);
}

Test(judge, a_function_that_added_nothing_has_its_budget)
{
	struct profile profile = sample(10);
	struct budgets budgets = parse("idle 1 MB\n");
	struct limits limits = {.budgets = &budgets};
	struct judgement judgement;

	path(&profile, CALLPATH_ROOT, function(&profile, "/a.c", 1, "idle"), 1, 0);
	judgement = judged(&profile, &limits);
	cr_expect_eq(judgement.verdicts.count, 0);
	cr_expect(budgets.list.items[0].used);
	judgement_deinit(&judgement);
	budgets_deinit(&budgets);
	profile_deinit(&profile);
}

/* By one path it added more itself, by the other with what it called. */
Test(judge, the_heaviest_path_is_by_what_is_judged)
{
	struct profile profile = new_profile(METRIC_RSS);
	struct limits limits = {.min_given = true, .min = MB};
	uint32_t f = function(&profile, "/a.c", 1, "f"), g = function(&profile, "/a.c", 9, "g");
	uint32_t a = path(&profile, CALLPATH_ROOT, function(&profile, "/a.c", 20, "a"), 1, 0);
	uint32_t b = path(&profile, CALLPATH_ROOT, function(&profile, "/a.c", 30, "b"), 1, 0);
	struct judgement judgement;

	path(&profile, a, f, 1, 2 * MB);
	b = path(&profile, b, f, 1, MB);
	rises(&profile, b, g, 0);
	callpath_amounts(&profile.paths, b, 0)->rise += 9 * MB;
	path(&profile, b, g, 1, 9 * MB);
	judgement = judged(&profile, &limits);
	cr_expect_eq(verdict_of(&judgement, "/a.c:f")->path, b);
	cr_expect_eq(verdict_of(&judgement, "/a.c:f")->path_memory, 10 * MB);
	judgement_deinit(&judgement);
	limits.self = true;
	judgement = judged(&profile, &limits);
	cr_expect_eq(verdict_of(&judgement, "/a.c:f")->path_memory, 2 * MB);
	judgement_deinit(&judgement);
	limits.net = true;
	judgement = judged(&profile, &limits);
	cr_expect_eq(verdict_of(&judgement, "/a.c:f")->path_memory, 2 * MB);
	judgement_deinit(&judgement);
	limits.self = false;
	judgement = judged(&profile, &limits);
	cr_expect_eq(verdict_of(&judgement, "/a.c:f")->path, b);
	cr_expect_eq(verdict_of(&judgement, "/a.c:f")->path_memory, 10 * MB);
	judgement_deinit(&judgement);
	profile_deinit(&profile);
}

Test(judge, the_heaviest_path_is_shown)
{
	struct profile profile = sample(10);
	struct limits limits = {.min_given = true, .min = 11 * MB};
	struct judgement judgement = judged(&profile, &limits);

	expect_text(&verdict_text, &judgement, &usual,
		"/repo/src/grid.c:41: grow added 12 MB, 1 MB over the limit of 11 MB\n"
		"    heaviest path, 10 MB: main > load > grow\n"
		"/repo/src/main.c:12: main added 13 MB, 2 MB over the limit of 11 MB\n"
		"    heaviest path, 13 MB: main\n"
		"2 of 3 exceed their limits\n");
	judgement_deinit(&judgement);
	profile_deinit(&profile);
}

Test(judge, a_long_path_loses_its_middle)
{
	struct profile profile = new_profile(METRIC_RSS);
	struct limits limits = {.min_given = true, .min = MB, .self = true};
	uint32_t node = thread(&profile, 1, "app");
	struct judgement judgement;
	struct shown_path path_shown;
	char name[20];
	char *text;

	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "f%d", i);
		node = path(
			&profile, node, function(&profile, "/a.c", i, name), 1, i == 99 ? MB : 0);
	}
	judgement = judged(&profile, &limits);
	verdict_path(&judgement.verdicts.items[0], &path_shown);
	cr_expect_eq(path_shown.count, PATH_SHOWN);
	cr_expect_eq(path_shown.left_out, 100 - PATH_SHOWN);
	for (size_t i = 0; i < PATH_SHOWN; i++)
		cr_expect_eq((size_t)path_shown.frames[i]->line,
			i < path_shown.gap ? i : i + path_shown.left_out);
	text = written(&verdict_text, &judgement, &usual);
	cr_expect_not_null(strstr(text, ": f0 > f1 > f2 > f3 > f4 > f5 > f6 > f7 > "
					"... 68 more ... > f76 > "));
	cr_expect_not_null(strstr(text, " > f98 > f99\n"));
	free(text);
	judgement_deinit(&judgement);
	profile_deinit(&profile);
}

Test(judge, the_median_of_several_runs_decides)
{
	struct profile profiles[] = {sample(9), sample(90), sample(10), sample(8)};
	const struct profile *runs[] = {&profiles[0], &profiles[1], &profiles[2], &profiles[3]};
	struct limits limits = {.min_given = true, .min = 10 * MB, .max_rss_given = true};
	struct judgement judgement;
	const struct verdict *verdict;

	profiles[1].peak = 70 * MB;
	limits.max_rss = 64 * MB;
	cr_assert_null(judge(runs, 3, &limits, &judgement));
	cr_expect_not(exceeded(&judgement, ""));
	cr_expect_eq(verdict_of(&judgement, "")->least, 64 * MB);
	cr_expect_eq(verdict_of(&judgement, "")->most, 70 * MB);
	verdict = verdict_of(&judgement, "/repo/src/main.c:load");
	cr_assert_not_null(verdict);
	cr_expect(verdict->exceeded);
	cr_expect_eq(verdict->memory, 10 * MB);
	cr_expect_eq(verdict->least, 9 * MB);
	cr_expect_eq(verdict->most, 90 * MB);
	cr_expect_eq(verdict->path_memory, 10 * MB, "of the run in the middle");
	judgement_deinit(&judgement);

	cr_assert_null(judge(runs, 4, &limits, &judgement));
	verdict = verdict_of(&judgement, "/repo/src/main.c:load");
	cr_assert_not_null(verdict);
	cr_expect_eq(verdict->memory, 19 * MB / 2);
	cr_expect_not(verdict->exceeded);
	judgement_deinit(&judgement);

	limits = (struct limits){.min_given = true, .min = 13 * MB};
	cr_assert_null(judge(runs, 3, &limits, &judgement));
	expect_text(&verdict_text, &judgement, &usual,
		"/repo/src/main.c:12: main added 13 MB, which reaches the limit of 13 MB; median "
		"of 3 runs, which had 12 MB to 93 MB\n"
		"    heaviest path, 13 MB: main\n"
		"1 of 3 exceeds its limit; 3 runs differ by up to 81 MB (load: 9 MB to 90 "
		"MB)\n");
	judgement_deinit(&judgement);
	for (size_t i = 0; i < 4; i++)
		profile_deinit(&profiles[i]);
}

Test(judge, a_run_in_which_a_function_is_not_counts_as_0)
{
	struct profile with = sample(10), without = new_profile(METRIC_RSS);
	const struct profile *runs[] = {&without, &with, &without};
	struct limits limits = {.min_given = true, .min = MB};
	struct judgement judgement;

	cr_assert_null(judge(runs, 3, &limits, &judgement));
	cr_expect_eq(judgement.exceeded, 0);
	cr_expect_eq(verdict_of(&judgement, "/repo/src/grid.c:grow")->most, 12 * MB);
	judgement_deinit(&judgement);
	profile_deinit(&with);
	profile_deinit(&without);
}

/* Names that are hostile to every format. */
static struct profile hostile(void)
{
	struct profile profile = new_profile(METRIC_RSS);

	path(&profile, CALLPATH_ROOT,
		function(&profile, "/repo/a,b:c%.c", 7,
			"f<\"&'>\x01\x7f\xff\xed\xa0\x80\xf9\x80\x80\x80"
			"\xef\xbf\xbf\xe0\x80\xbc\xc3\xa9\n::error"),
		1, 3 * MB);
	return profile;
}

Test(judge, github)
{
	struct profile profile = hostile();
	struct limits limits = {.min_given = true, .min = 2 * MB};
	struct judgement judgement = judged(&profile, &limits);
	char *text = written(&verdict_github, &judgement, &usual);

	cr_expect_eq(strncmp(text,
			     "::error file=a%2Cb%3Ac%25.c,line=7,title=Memory of app::f<\"&'>", 59),
		0, "%s", text);
	cr_expect_not_null(strstr(text, "?::error added 3 MB, 1 MB over the limit of 2 MB%0A"
					"heaviest path, 3 MB: f<"));
	cr_expect_not_null(strstr(text, "\n1 of 1 exceeds its limit\n"));
	free(text);
	judgement_deinit(&judgement);
	profile_deinit(&profile);
}

Test(judge, files_are_named_from_the_root_on)
{
	cr_expect_str_eq(verdict_below("/repo/src/a.c", "/repo"), "src/a.c");
	cr_expect_str_eq(verdict_below("/repo/src/a.c", "/repo/"), "src/a.c");
	cr_expect_str_eq(verdict_below("/reporter/a.c", "/repo"), "/reporter/a.c");
	cr_expect_str_eq(verdict_below("/other/a.c", "/repo"), "/other/a.c");
	cr_expect_str_eq(verdict_below("/repo/src/a.c", NULL), "/repo/src/a.c");
	cr_expect_str_eq(verdict_below("/repo/src/a.c", "/"), "/repo/src/a.c");
}

Test(judge, github_without_a_file)
{
	struct profile profile = sample(1);
	struct limits limits = {.max_rss_given = true, .max_rss = MB};
	struct judgement judgement = judged(&profile, &limits);

	expect_text(&verdict_github, &judgement, &usual,
		"::error title=Memory of app::max mem usage was 64 MB, 63 MB over the limit of "
		"1 MB\n1 of 1 exceeds its limit\n");
	judgement_deinit(&judgement);
	profile_deinit(&profile);
}

Test(judge, junit)
{
	struct profile profile = sample(10);
	struct limits limits = {.min_given = true, .min = 13 * MB};
	struct judgement judgement = judged(&profile, &limits);

	expect_text(&verdict_junit, &judgement, &usual,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites name=\"ptmem\" tests=\"3\" failures=\"1\" errors=\"0\" time=\"0\">\n"
		"  <testsuite name=\"app\" tests=\"3\" failures=\"1\" errors=\"0\" time=\"0\" "
		"skipped=\"0\">\n"
		"    <testcase classname=\"ptmem.min\" name=\"src/main.c:load\" "
		"file=\"src/main.c\" time=\"0\"/>\n"
		"    <testcase classname=\"ptmem.min\" name=\"src/grid.c:grow\" "
		"file=\"src/grid.c\" time=\"0\"/>\n"
		"    <testcase classname=\"ptmem.min\" name=\"src/main.c:main\" "
		"file=\"src/main.c\" time=\"0\">\n"
		"      <failure type=\"min\" message=\"main added 13 MB, which reaches the limit "
		"of 13 MB\">src/main.c:12: main added 13 MB, which reaches the limit of 13 MB\n"
		"heaviest path, 13 MB: main</failure>\n"
		"    </testcase>\n"
		"  </testsuite>\n"
		"</testsuites>\n");
	judgement_deinit(&judgement);
	profile_deinit(&profile);
}

Test(judge, junit_is_xml_whatever_the_names)
{
	struct profile profile = hostile();
	struct limits limits = {.min_given = true, .min = 2 * MB};
	struct judgement judgement = judged(&profile, &limits);
	char *text = written(&verdict_junit, &judgement, &usual);

	cr_expect_not_null(strstr(text, "name=\"a,b:c%.c:f&#60;&#34;&#38;&#39;&#62;??????"));
	for (const char *at = text; *at; at++)
		cr_expect((unsigned char)*at >= 0x20 || *at == '\n');
	cr_expect_null(strchr(text, '\x7f'));
	cr_expect_null(strchr(text, '\xff'));
	cr_expect_null(strstr(text, "\xed\xa0"));
	cr_expect_null(strchr(text, '\xf9'));
	cr_expect_null(strstr(text, "\xef\xbf\xbf"));
	cr_expect_null(strstr(text, "\xe0\x80\xbc"));
	cr_expect_not_null(strstr(text, "\xc3\xa9"));
	free(text);
	judgement_deinit(&judgement);
	profile_deinit(&profile);
}

Test(judge, json)
{
	struct profile profile = sample(10), base = sample(4);
	struct budgets budgets = parse("load 5 MB\n");
	struct limits limits = {.min_given = true,
		.min = 7 * MB,
		.base = &base,
		.budgets = &budgets,
		.max_rss_given = true,
		.max_rss = 100 * MB};
	struct judgement judgement = judged(&profile, &limits);

	expect_text(&verdict_json, &judgement, &usual,
		"{\n"
		"  \"version\": 1,\n"
		"  \"name\": \"app\",\n"
		"  \"runs\": 1,\n"
		"  \"checked\": 4,\n"
		"  \"exceeded\": 1,\n"
		"  \"verdicts\": [\n"
		"    {\"kind\": \"max-rss\", \"exceeded\": false, \"function\": null, "
		"\"limit_bytes\": 104857600, \"judged_bytes\": 67108864, "
		"\"memory_bytes\": 67108864, \"least_bytes\": 67108864, "
		"\"most_bytes\": 67108864},\n"
		"    {\"kind\": \"growth\", \"exceeded\": false, \"function\": \"grow\", "
		"\"file\": \"/repo/src/grid.c\", \"line\": 41, \"limit_bytes\": 7340032, "
		"\"judged_bytes\": 6291456, \"memory_bytes\": 12582912, \"base_bytes\": 6291456, "
		"\"least_bytes\": 12582912, \"most_bytes\": 12582912},\n"
		"    {\"kind\": \"growth\", \"exceeded\": false, \"function\": \"main\", "
		"\"file\": \"/repo/src/main.c\", \"line\": 12, \"limit_bytes\": 7340032, "
		"\"judged_bytes\": 6291456, \"memory_bytes\": 13631488, \"base_bytes\": 7340032, "
		"\"least_bytes\": 13631488, \"most_bytes\": 13631488},\n"
		"    {\"kind\": \"budget\", \"exceeded\": true, \"function\": \"load\", "
		"\"file\": \"/repo/src/main.c\", \"line\": 40, \"limit_bytes\": 5242880, "
		"\"judged_bytes\": 10485760, \"memory_bytes\": 10485760, "
		"\"least_bytes\": 10485760, \"most_bytes\": 10485760, \"pattern\": \"load\", "
		"\"budgets\": \"b.txt\", \"budgets_line\": 1, \"path_bytes\": 10485760, "
		"\"path_left_out\": 0, \"path\": [{\"function\": \"main\", "
		"\"file\": \"/repo/src/main.c\", \"line\": 12}, {\"function\": \"load\", "
		"\"file\": \"/repo/src/main.c\", \"line\": 40}]}\n"
		"  ]\n"
		"}\n");
	judgement_deinit(&judgement);
	budgets_deinit(&budgets);
	profile_deinit(&profile);
	profile_deinit(&base);
}

Test(judge, sentences)
{
	struct profile profile = sample(10), base = sample(20);
	struct budgets budgets = parse("\ngrow 5 MB\n");
	struct limits limits = {.min_given = true, .min = MB, .base = &base, .budgets = &budgets};
	struct judgement judgement = judged(&profile, &limits);
	struct verdict_options colored = usual;
	struct strbuf text = {0};

	verdict_add_sentence(&text, verdict_of(&judgement, "/repo/src/main.c:load"), &judgement, 4);
	cr_expect_str_eq(
		text.text, "load shrank by 10 MB, from 20 MB to 10 MB, within the limit of 1 MB");
	strbuf_deinit(&text);
	colored.color = true;
	expect_text(&verdict_text, &judgement, &colored,
		"\033[31m/repo/src/grid.c:41: grow added 12 MB, 7 MB over its budget of 5 MB "
		"(b.txt:2)\033[0m\n"
		"    heaviest path, 10 MB: main > load > grow\n"
		"1 of 3 exceeds its limit\n");
	judgement_deinit(&judgement);
	budgets_deinit(&budgets);
	profile_deinit(&profile);
	profile_deinit(&base);
}

Test(judge, large_amounts_are_digits)
{
	struct profile profile = new_profile(METRIC_RSS);
	struct limits limits = {.min_given = true, .min = 2 * MB};
	struct judgement judgement;
	char *text;

	path(&profile, CALLPATH_ROOT, function(&profile, "/a.c", 1, "f"), 1, INT64_C(123456) * MB);
	judgement = judged(&profile, &limits);
	text = written(&verdict_text, &judgement, &usual);
	cr_expect_not_null(strstr(text, "f added 123456 MB, 123454 MB over"));
	free(text);
	judgement_deinit(&judgement);
	profile_deinit(&profile);
}
