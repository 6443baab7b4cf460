/* Sites, inlined functions and call lines in every report, from profiles as a run makes them. */
#include "report/inlines.h"

#include "handmade.h"
#include "profile/ledger.h"
#include "profile/merge.h"
#include "profile/shadow.h"
#include "report/diff.h"
#include "report/judge.h"
#include "report/verdict.h"

static const struct report_options usual = {.precision = 4, .min_given = true};

/*
 * What runs:
 *
 *     main            at 0x1000: calls fill on line 66
 *       fill          at 0x2000: 8 MB by take on its line 32
 *         row         inlined on line 30: 2 MB by take on line 25
 *           cell      inlined on line 24: 1 MB by take on line 19
 *         cell        inlined on line 31: 4 MB by take on line 19
 */
#define MAIN 0x1000
#define FILL 0x2000
#define TAKE 0x3000

struct run {
	struct profiles profiles;
	struct profile *profile;
	struct shadow_stack stack;
	uint32_t main, fill, take;
};

static uint32_t named(struct run *run, uint64_t offset, int line, const char *name)
{
	uint32_t index = places_code_location(run->profile->places, 0, offset, name);
	struct location *location = &run->profile->places->locations.items[index];

	location->name = strdup(name);
	location->file = strdup("/src/a.c");
	location->line = line;
	return index;
}

static void begin(struct run *run)
{
	uint32_t root, idle;

	*run = (struct run){0};
	run->profile = &profiles_add(&run->profiles, METRIC_RSS, 42)->profile;
	cr_assert_eq(places_add_module(run->profile->places, "/bin/app", "c0ffee"), 0);
	run->main = named(run, MAIN, 61, "main");
	run->fill = named(run, FILL, 28, "fill");
	run->take = named(run, TAKE, 12, "take");
	root = places_thread_location(run->profile->places, 1, "app");
	idle = places_bracket_location(run->profile->places, "unwatched");
	cr_assert(shadow_init(&run->stack, run->profile, root, idle));
}

static void end(struct run *run)
{
	shadow_deinit(&run->stack);
	profiles_deinit(&run->profiles);
}

static void enter(struct run *run, uint32_t function, uint64_t from)
{
	uint32_t site = from ? places_site(run->profile->places, 0, from) : SITE_NONE;
	uint32_t call = shadow_call_location(&run->stack, function, site);

	cr_assert(shadow_enter(&run->stack, call, target_address(0), SHADOW_NO_SITE));
}

static void leave(struct run *run)
{
	shadow_leave(&run->stack);
}

static void move(struct run *run, int64_t bytes)
{
	struct amounts reading = run->profile->balance.end, moved;

	reading.bytes[0] += bytes;
	moved = ledger_move(run->profile, &reading);
	shadow_charge(&run->stack, &moved);
}

/* A call that moves so much. */
static void call(struct run *run, uint32_t function, uint64_t from, int64_t bytes)
{
	enter(run, function, from);
	move(run, bytes);
	leave(run);
}

static void is(struct run *run, uint64_t offset, uint64_t function, int line)
{
	struct places *places = run->profile->places;
	struct site *site = &places->sites.list.items[places_site(places, 0, offset)];

	site->resolved = true;
	site->function = function;
	site->line = line;
	site->file = places_file(places, "/src/a.c");
}

static void inlined(struct run *run, uint64_t offset, const char *name, int line, int call_line)
{
	struct places *places = run->profile->places;
	struct inlined new = {.line = call_line};

	new.location = places_inlined_location(places, 0, name, "/src/a.c", line);
	new.file = places_file(places, "/src/a.c");
	cr_assert(places_add_inlined(places, places_site(places, 0, offset), new));
}

static void resolve(struct run *run)
{
	is(run, 0x1010, MAIN, 66);
	is(run, 0x2010, FILL, 19);
	inlined(run, 0x2010, "row", 22, 30);
	inlined(run, 0x2010, "cell", 17, 24);
	is(run, 0x2020, FILL, 25);
	inlined(run, 0x2020, "row", 22, 30);
	is(run, 0x2030, FILL, 19);
	inlined(run, 0x2030, "cell", 17, 31);
	is(run, 0x2040, FILL, 32);
}

static void make(struct run *run, int64_t unit)
{
	begin(run);
	enter(run, run->main, 0);
	enter(run, run->fill, 0x1010);
	call(run, run->take, 0x2010, unit);
	call(run, run->take, 0x2020, 2 * unit);
	call(run, run->take, 0x2030, 4 * unit);
	call(run, run->take, 0x2040, 8 * unit);
	leave(run);
	leave(run);
	resolve(run);
}

static void show(struct run *run, bool callsites)
{
	cr_assert_null(inlines_show(&run->profiles, callsites));
	cr_expect(report_balance(run->profile, NULL, NULL));
}

#define TABLE(rows)                                      \
	"Memory (MB)   Calls  File:Line:Function\n"      \
	"---------------------------------------\n" rows \
	"---------------------------------------\n"      \
	"Memory (MB)   Calls  File:Line:Function\n"      \
	"Max mem usage: 0.00 MB\n"

Test(inlines, have_rows_without_calls)
{
	struct report_options net = {.precision = 4, .net = true},
			      self = {.precision = 4, .self = true};
	struct run run;

	make(&run, MB);
	show(&run, false);
	expect_report(&report_flat, run.profile, &usual,
		TABLE("         3        -  /src/a.c:22:row [inlined]\n"
		      "         5        -  /src/a.c:17:cell [inlined]\n"
		      "        15        4  /src/a.c:12:take\n"
		      "        15        1  /src/a.c:28:fill\n"
		      "        15        1  /src/a.c:61:main\n"));
	expect_report(&report_flat, run.profile, &net,
		TABLE("         3        -  /src/a.c:22:row [inlined]\n"
		      "         5        -  /src/a.c:17:cell [inlined]\n"
		      "        15        4  /src/a.c:12:take\n"
		      "        15        1  /src/a.c:28:fill\n"
		      "        15        1  /src/a.c:61:main\n"));
	expect_report(
		&report_flat, run.profile, &self, TABLE("        15        4  /src/a.c:12:take\n"));
	end(&run);
}

#define PEAK "\nMax mem usage: 0.00 MB\n"

Test(inlines, stand_between_caller_and_called)
{
	struct run run;

	make(&run, MB);
	show(&run, false);
	expect_report(&report_tree, run.profile, &usual,
		"/src/a.c:61:main    15.00 MB  (1 calls)\n"
		"    /src/a.c:28:fill    15.00 MB  (1 calls)\n"
		"        /src/a.c:22:row [inlined]     3.00 MB  (- calls)\n"
		"            /src/a.c:17:cell [inlined]     1.00 MB  (- calls)\n"
		"                /src/a.c:12:take     1.00 MB  (1 calls)\n"
		"            /src/a.c:12:take     2.00 MB  (1 calls)\n"
		"        /src/a.c:17:cell [inlined]     4.00 MB  (- calls)\n"
		"            /src/a.c:12:take     4.00 MB  (1 calls)\n"
		"        /src/a.c:12:take     8.00 MB  (1 calls)\n" PEAK);
	end(&run);
}

Test(inlines, lines_of_calls)
{
	struct run run;

	make(&run, MB);
	show(&run, true);
	expect_report(&report_tree, run.profile, &usual,
		"/src/a.c:61:main    15.00 MB  (1 calls)\n"
		"    /src/a.c:66:fill    15.00 MB  (1 calls)\n"
		"        /src/a.c:30:row [inlined]     3.00 MB  (- calls)\n"
		"            /src/a.c:24:cell [inlined]     1.00 MB  (- calls)\n"
		"                /src/a.c:19:take     1.00 MB  (1 calls)\n"
		"            /src/a.c:25:take     2.00 MB  (1 calls)\n"
		"        /src/a.c:31:cell [inlined]     4.00 MB  (- calls)\n"
		"            /src/a.c:19:take     4.00 MB  (1 calls)\n"
		"        /src/a.c:32:take     8.00 MB  (1 calls)\n" PEAK);
	end(&run);
}

/* Two lines are two rows of one function, and one where lines are not asked for. */
Test(inlines, calls_from_different_lines)
{
	struct run run;

	for (int callsites = 0; callsites < 2; callsites++) {
		begin(&run);
		enter(&run, run.main, 0);
		call(&run, run.take, 0x1010, 3 * MB);
		call(&run, run.take, 0x1020, 2 * MB);
		call(&run, run.take, 0x1030, MB);
		leave(&run);
		is(&run, 0x1010, MAIN, 63);
		is(&run, 0x1020, MAIN, 63);
		is(&run, 0x1030, MAIN, 64);
		show(&run, callsites);
		expect_report(&report_tree, run.profile, &usual,
			callsites ? "/src/a.c:61:main     6.00 MB  (1 calls)\n"
				    "    /src/a.c:64:take     1.00 MB  (1 calls)\n"
				    "    /src/a.c:63:take     5.00 MB  (2 calls)\n" PEAK
				  : "/src/a.c:61:main     6.00 MB  (1 calls)\n"
				    "    /src/a.c:12:take     6.00 MB  (3 calls)\n" PEAK);
		end(&run);
	}
}

/* Without debug info of the call all is as it was: the physical function, its declaration. */
Test(inlines, nothing_is_known_of_a_site)
{
	struct run run;

	begin(&run);
	enter(&run, run.main, 0);
	call(&run, run.take, 0x1010, MB);
	call(&run, run.take, 0x1020, MB);
	leave(&run);
	show(&run, true);
	expect_report(&report_tree, run.profile, &usual,
		"/src/a.c:61:main     2.00 MB  (1 calls)\n"
		"    /src/a.c:12:take     2.00 MB  (2 calls)\n" PEAK);
	end(&run);
}

/* fill is not watched: what was inlined into it was not called by main. */
Test(inlines, of_a_function_that_is_not_there)
{
	struct run run;

	begin(&run);
	enter(&run, run.main, 0);
	call(&run, run.take, 0x2010, MB);
	leave(&run);
	is(&run, 0x2010, FILL, 19);
	inlined(&run, 0x2010, "cell", 17, 24);
	show(&run, false);
	expect_report(&report_tree, run.profile, &usual,
		"/src/a.c:61:main     1.00 MB  (1 calls)\n"
		"    /src/a.c:12:take     1.00 MB  (1 calls)\n" PEAK);
	end(&run);
}

/* pass is inlined into main, and into fill, which it calls; its memory is counted once. */
Test(inlines, nested_in_itself_it_is_counted_once)
{
	struct run run;

	begin(&run);
	enter(&run, run.main, 0);
	enter(&run, run.fill, 0x1010);
	call(&run, run.take, 0x2010, MB);
	leave(&run);
	call(&run, run.take, 0x1020, 2 * MB);
	leave(&run);
	is(&run, 0x1010, MAIN, 5);
	is(&run, 0x1020, MAIN, 5);
	is(&run, 0x2010, FILL, 5);
	inlined(&run, 0x1010, "pass", 3, 62);
	inlined(&run, 0x1020, "pass", 3, 63);
	inlined(&run, 0x2010, "pass", 3, 29);
	show(&run, false);
	expect_report(&report_flat, run.profile, &usual,
		TABLE("         1        1  /src/a.c:28:fill\n"
		      "         3        2  /src/a.c:12:take\n"
		      "         3        -  /src/a.c:3:pass [inlined]\n"
		      "         3        1  /src/a.c:61:main\n"));
	end(&run);
}

/* A call that gave memory back added nothing, to what it was made from either. */
Test(inlines, only_what_rose_counts)
{
	struct run run;

	begin(&run);
	enter(&run, run.main, 0);
	call(&run, run.take, 0x1010, 3 * MB);
	call(&run, run.take, 0x1010, -MB);
	leave(&run);
	is(&run, 0x1010, MAIN, 5);
	inlined(&run, 0x1010, "pass", 3, 62);
	show(&run, false);
	expect_report(&report_flat, run.profile, &usual,
		TABLE("         2        1  /src/a.c:61:main\n"
		      "         3        1  /src/a.c:12:take\n"
		      "         3        -  /src/a.c:3:pass [inlined]\n"));
	end(&run);
}

Test(inlines, in_exports)
{
	struct run run;
	struct report_hidden hidden;
	char *text;

	make(&run, PAGE);
	show(&run, false);
	expect_report(&report_folded, run.profile, &usual,
		"main;fill;row_[i];cell_[i];take 4096\n"
		"main;fill;row_[i];take 8192\n"
		"main;fill;cell_[i];take 16384\n"
		"main;fill;take 32768\n");
	expect_report(&report_csv, run.profile, &usual,
		"memory_bytes,self_bytes,net_bytes,calls,all_calls,file,line,function,object\r\n"
		"12288,0,12288,,,/src/a.c,22,row [inlined],/bin/app\r\n"
		"20480,0,20480,,,/src/a.c,17,cell [inlined],/bin/app\r\n"
		"61440,61440,61440,4,4,/src/a.c,12,take,/bin/app\r\n"
		"61440,0,61440,1,1,/src/a.c,28,fill,/bin/app\r\n"
		"61440,0,61440,1,1,/src/a.c,61,main,/bin/app\r\n");
	text = report_text(&report_json, run.profile, &usual, &hidden);
	cr_expect_not_null(strstr(text,
		"{\"kind\": \"function\", \"function\": \"row\", \"file\": \"/src/a.c\", "
		"\"line\": 22, \"inlined\": true, \"object\": \"/bin/app\", \"memory\": 12288, "
		"\"self\": 0, \"net\": 12288, \"net_self\": 0, \"calls\": null, "
		"\"all_calls\": null}"));
	cr_expect_not_null(strstr(text, "\"memory\": 12288, \"self\": 0, \"calls\": null}"));
	free(text);
	end(&run);
}

Test(inlines, in_a_difference)
{
	struct run base, new;
	struct report_hidden hidden;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	make(&base, MB);
	make(&new, 2 * MB);
	show(&base, false);
	show(&new, false);
	cr_assert_null(diff_write(base.profile, new.profile, &usual, out, &hidden));
	fflush(out);
	cr_expect_not_null(strstr(text, " +3  grown   /src/a.c:row [inlined]\n"), "%s", text);
	cr_expect_not_null(strstr(text, " +5  grown   /src/a.c:cell [inlined]\n"), "%s", text);
	cr_assert_null(diff_write_tree(base.profile, new.profile, &usual, out, &hidden));
	fclose(out);
	cr_expect_not_null(
		strstr(text, "    /src/a.c:28:fill    15.00 MB  (1 calls)\n"
			     "        /src/a.c:22:row [inlined]     3.00 MB  (- calls)\n"),
		"%s", text);
	free(text);
	end(&base);
	end(&new);
}

static const struct verdict *verdict_of(const struct judgement *judgement, const char *text)
{
	for (size_t i = 0; i < judgement->verdicts.count; i++)
		if (!strcmp(judgement->verdicts.items[i].text, text))
			return &judgement->verdicts.items[i];
	cr_assert_fail("no verdict about %s", text);
	return NULL;
}

Test(inlines, are_judged)
{
	static const char *const budgets[] = {
		"row 1 MB", "row [[]inlined] 1 MB", "row [inlined] 1 MB"};
	struct run run;
	struct limits limits = {.min_given = true, .min = 5 * MB};
	struct judgement judgement;
	const struct profile *runs[1];
	struct strbuf text = {0};
	const struct verdict *verdict;

	make(&run, MB);
	show(&run, false);
	runs[0] = run.profile;
	cr_assert_null(judge(runs, 1, &limits, &judgement));
	verdict = verdict_of(&judgement, "/src/a.c:cell [inlined]");
	cr_expect(verdict->exceeded);
	verdict_add_sentence(&text, verdict, &judgement, 4);
	verdict_add_path(&text, verdict, 4);
	cr_expect_str_eq(text.text, "cell [inlined] added 5 MB, which reaches the limit of 5 MB"
				    "heaviest path, 4 MB: main > fill > cell [inlined]");
	strbuf_deinit(&text);
	cr_expect_not(verdict_of(&judgement, "/src/a.c:row [inlined]")->exceeded);
	judgement_deinit(&judgement);
	for (size_t i = 0; i < sizeof budgets / sizeof *budgets; i++) {
		struct budgets parsed;
		bool known = i != 1;

		cr_assert_null(budgets_parse("b.txt", budgets[i], strlen(budgets[i]), &parsed));
		limits.budgets = &parsed;
		cr_assert_null(judge(runs, 1, &limits, &judgement));
		cr_expect_eq(verdict_of(&judgement, "/src/a.c:row [inlined]")->exceeded, known);
		cr_expect_eq(parsed.list.items[0].used, known);
		judgement_deinit(&judgement);
		budgets_deinit(&parsed);
	}
	end(&run);
}

Test(inlines, of_several_recordings)
{
	struct run one, two;

	make(&one, MB);
	make(&two, MB);
	show(&one, false);
	show(&two, false);
	cr_assert_null(profile_merge(one.profile, two.profile));
	end(&two);
	expect_report(&report_flat, one.profile, &usual,
		TABLE("         6        -  /src/a.c:22:row [inlined]\n"
		      "        10        -  /src/a.c:17:cell [inlined]\n"
		      "        30        8  /src/a.c:12:take\n"
		      "        30        2  /src/a.c:28:fill\n"
		      "        30        2  /src/a.c:61:main\n"));
	end(&one);
}

Test(inlines, lines_of_several_recordings)
{
	struct run one, two;

	make(&one, MB);
	make(&two, MB);
	show(&one, true);
	show(&two, true);
	cr_assert_null(profile_merge(one.profile, two.profile));
	end(&two);
	expect_report(&report_tree, one.profile, &(struct report_options){.top = 3},
		"/src/a.c:61:main    30.00 MB  (2 calls)\n"
		"    /src/a.c:66:fill    30.00 MB  (2 calls)\n"
		"        /src/a.c:32:take    16.00 MB  (2 calls)\n" PEAK);
	end(&one);
}

/* Two processes share places: what one has inlined the other has as well. */
Test(inlines, of_several_processes)
{
	struct run run;
	struct profile *other, total;
	struct shadow_stack stack;

	make(&run, MB);
	other = &profiles_add(&run.profiles, METRIC_RSS, 43)->profile;
	cr_assert(shadow_init(&stack, other, places_thread_location(other->places, 1, "app"),
		places_bracket_location(other->places, "unwatched")));
	cr_assert(shadow_enter(&stack, run.fill, target_address(0), SHADOW_NO_SITE));
	cr_assert(shadow_enter(&stack,
		shadow_call_location(&stack, run.take, places_site(other->places, 0, 0x2030)),
		target_address(0), SHADOW_NO_SITE));
	shadow_charge(&stack, &(struct amounts){{MB}});
	shadow_leave(&stack);
	shadow_leave(&stack);
	cr_assert_null(inlines_show(&run.profiles, false));
	cr_assert_null(profiles_total(&run.profiles, &total));
	expect_report(&report_flat, &total, &usual,
		TABLE("         3        -  /src/a.c:22:row [inlined]\n"
		      "         6        -  /src/a.c:17:cell [inlined]\n"
		      "        15        1  /src/a.c:61:main\n"
		      "        16        5  /src/a.c:12:take\n"
		      "        16        2  /src/a.c:28:fill\n"));
	profile_deinit(&total);
	shadow_deinit(&stack);
	end(&run);
}

/* Debug info may have a function inlined in itself any number of times. */
Test(inlines, deeper_than_anyone_inlines)
{
	struct run run;
	struct inlined more = {.file = FILE_NONE};
	size_t added = 0;

	begin(&run);
	enter(&run, run.main, 0);
	call(&run, run.take, 0x1010, MB);
	leave(&run);
	is(&run, 0x1010, MAIN, 5);
	more.location = places_inlined_location(run.profile->places, 0, "deep", NULL, 0);
	while (places_add_inlined(run.profile->places, 0, more))
		added++;
	cr_expect_eq(added, INLINED_MAX);
	show(&run, false);
	expect_report(&report_flat, run.profile, &usual,
		TABLE("         1        -  /bin/app:0:deep [inlined]\n"
		      "         1        1  /src/a.c:12:take\n"
		      "         1        1  /src/a.c:61:main\n"));
	end(&run);
}
