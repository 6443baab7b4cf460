/* Line by line: what a call's places add up to, and what is listed of them. */
#include "base/md5.h"
#include "profile/ledger.h"
#include "profile/recorder.h"
#include "profile/replay.h"
#include "profile/shadow.h"
#include "report/line_rows.h"
#include "symbol/block.h"
#include "symbol/line_selection.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct profile profile;
static struct shadow_stack stack, other;
static uint32_t f, g, part, module, idle;

static void begin(void)
{
	cr_assert(profile_init(&profile, METRIC_RSS));
	module = places_add_module(profile.places, "/bin/app", "c0ffee");
	f = places_code_location(profile.places, module, 0x1000, "f");
	g = places_code_location(profile.places, module, 0x2000, "g");
	part = places_code_location(profile.places, module, 0x3000, "f.part.0");
	idle = places_bracket_location(profile.places, "unwatched");
}

static void begin_threads(void)
{
	struct amounts start = {.bytes = {81920}};

	cr_assert(shadow_init(
		&stack, &profile, places_thread_location(profile.places, 1, "main"), idle));
	cr_assert(shadow_init(
		&other, &profile, places_thread_location(profile.places, 2, "worker"), idle));
	ledger_start(&profile, &start);
}

static void setup(void)
{
	begin();
	cr_assert(profile_keep_lines(&profile));
	begin_threads();
}

static void teardown(void)
{
	shadow_deinit(&stack);
	shadow_deinit(&other);
	profile_deinit(&profile);
}

static void enter(struct shadow_stack *in, uint32_t function)
{
	cr_assert(shadow_enter(in, function, target_address(0), SHADOW_NO_SITE));
}

/* A site of f() or g() by its offset: known to be on that line of /src/app.c. */
static uint32_t site(uint64_t offset, int line)
{
	uint32_t index = places_site(profile.places, module, offset);
	struct site *found = &profile.places->sites.list.items[index];

	found->resolved = true;
	found->function = offset & ~(uint64_t)0xfff;
	found->file = places_file(profile.places, "/src/app.c");
	found->line = line;
	return index;
}

static void at(struct shadow_stack *in, uint64_t offset, int line, bool statement)
{
	shadow_at(in, site(offset, line), statement);
}

static void charge(struct shadow_stack *in, int64_t kb)
{
	struct amounts reading = profile.balance.end, moved;

	reading.bytes[0] += kb * 1024;
	moved = ledger_move(&profile, &reading);
	shadow_charge(in, &moved);
}

/* The rows of a function that begins on this line. */
static struct line_rows rows_of(uint32_t function, int line)
{
	struct listings *listings = &profile.places->listings;
	uint32_t span = listings_span(listings, "/src/app.c", line), *member;
	struct listing *listing = listings_add(listings, strdup("name"), span);
	struct line_rows rows;

	member = vec_append(&listing->members);
	*member = function;
	if (function == f) {
		member = vec_append(&listing->members);
		*member = part;
	}
	cr_assert(line_rows_collect(&profile, listing, &rows));
	return rows;
}

static void expect(const struct line_rows *rows, int line, int64_t kb, uint64_t count)
{
	for (size_t i = 0; i < rows->list.count; i++) {
		const struct line_row *row = &rows->list.items[i];

		if (row->line != line)
			continue;
		cr_assert_eq(row->increment, kb * 1024, "line %d: %ld", line, (long)row->increment);
		cr_assert_eq(
			row->count, count, "line %d: %lu times", line, (unsigned long)row->count);
		return;
	}
	cr_assert_fail("no line %d", line);
}

Test(lines, increments_of_a_call_sum_to_what_it_moved, .init = setup, .fini = teardown)
{
	struct line_rows rows;

	enter(&stack, f);
	at(&stack, 0x1000, 10, true);
	for (int i = 0; i < 3; i++) {
		at(&stack, 0x1010, 11, true);
		charge(&stack, 100);
		at(&stack, 0x1020, 12, true);
		charge(&stack, -96);
	}
	at(&stack, 0x1030, 14, true);
	shadow_leave(&stack);
	rows = rows_of(f, 10);
	cr_assert_eq(rows.list.count, 4);
	expect(&rows, 10, 0, 1);
	expect(&rows, 11, 300, 3);
	expect(&rows, 12, -288, 3);
	expect(&rows, 14, 0, 1);
	cr_assert_eq(rows.total, 12 * 1024);
	cr_assert_eq(rows.list.items[3].held, 81920 + 12 * 1024);
	line_rows_deinit(&rows);
}

Test(lines, a_callee_counts_for_the_line_that_calls_it, .init = setup, .fini = teardown)
{
	struct line_rows rows;

	enter(&stack, f);
	at(&stack, 0x1010, 11, true);
	enter(&stack, g);
	charge(&stack, 40);
	at(&stack, 0x2010, 21, true);
	charge(&stack, 4);
	shadow_leave(&stack);
	charge(&stack, 8);
	shadow_leave(&stack);
	rows = rows_of(f, 10);
	expect(&rows, 11, 52, 1);
	line_rows_deinit(&rows);
	/* What came before anything told where it was is the function's own line's. */
	rows = rows_of(g, 20);
	expect(&rows, 20, 40, 0);
	expect(&rows, 21, 4, 1);
	line_rows_deinit(&rows);
}

Test(lines, in_a_recursion_nothing_is_there_twice, .init = setup, .fini = teardown)
{
	struct line_rows rows;

	enter(&stack, f);
	at(&stack, 0x1010, 11, true);
	charge(&stack, 4);
	at(&stack, 0x1020, 12, true);
	enter(&stack, g);
	charge(&stack, 16);
	enter(&stack, part); /* a copy that the compiler made */
	at(&stack, 0x3010, 11, true);
	charge(&stack, 32);
	shadow_leave(&stack);
	charge(&stack, 1);
	shadow_leave(&stack);
	shadow_leave(&stack);
	rows = rows_of(f, 10);
	expect(&rows, 11, 36, 2);
	expect(&rows, 12, 17, 1);
	cr_assert_eq(rows.total, 53 * 1024);
	line_rows_deinit(&rows);
}

Test(lines, functions_of_one_name_are_no_family, .init = setup, .fini = teardown)
{
	const struct location *locations;
	uint32_t twin = places_code_location(profile.places, module, 0x4000, "f");

	locations = profile.places->locations.items;
	cr_assert_eq(locations[part].family, f);
	cr_assert_eq(locations[f].family, f);
	cr_assert_eq(locations[twin].family, twin);
}

Test(lines, threads_are_told_apart, .init = setup, .fini = teardown)
{
	struct line_rows rows;

	enter(&stack, f);
	at(&stack, 0x1010, 11, true);
	enter(&other, f);
	at(&other, 0x1020, 12, true);
	charge(&stack, 4);
	charge(&other, 32);
	at(&stack, 0x1020, 12, true);
	charge(&stack, 8);
	shadow_leave(&other);
	shadow_leave(&stack);
	rows = rows_of(f, 10);
	expect(&rows, 11, 4, 1);
	expect(&rows, 12, 40, 2);
	line_rows_deinit(&rows);
}

/* A statement of two parts is begun once; a loop on one line as often as it goes back. */
Test(lines, runs_of_a_line, .init = setup, .fini = teardown)
{
	struct line_rows rows;

	enter(&stack, f);
	at(&stack, 0x1010, 11, true);
	at(&stack, 0x1018, 11, true);
	for (int i = 0; i < 3; i++) {
		at(&stack, 0x1020, 12, true);
		at(&stack, 0x1028, 12, true);
	}
	at(&stack, 0x1030, 13, false); /* code of a line that begins elsewhere */
	at(&stack, 0x1038, 14, true);
	at(&stack, 0x1034, 13, false);
	shadow_leave(&stack);
	rows = rows_of(f, 10);
	expect(&rows, 11, 0, 1);
	expect(&rows, 12, 0, 3);
	expect(&rows, 13, 0, 1);
	expect(&rows, 14, 0, 1);
	line_rows_deinit(&rows);
}

/* Without statements: another call from the same place is another run, and nothing else is. */
Test(lines, runs_of_a_line_by_page_faults, .init = setup, .fini = teardown)
{
	uint32_t where = site(0x1010, 11);
	uint32_t call = places_call_location(profile.places, g, where);
	struct line_rows rows;

	enter(&stack, f);
	shadow_at(&stack, where, false);
	shadow_at(&stack, where, false);
	for (int i = 0; i < 3; i++) {
		enter(&stack, call);
		charge(&stack, 4);
		shadow_leave(&stack);
	}
	at(&stack, 0x1008, 11, false);
	shadow_leave(&stack);
	rows = rows_of(f, 10);
	expect(&rows, 11, 12, 3);
	line_rows_deinit(&rows);
}

static void inline_at(uint32_t where, const char *name, int declared, int line)
{
	struct inlined inlined = {.file = places_file(profile.places, "/src/app.c"), .line = line};

	inlined.location =
		places_inlined_location(profile.places, module, name, "/src/app.c", declared);
	cr_assert(places_add_inlined(profile.places, where, inlined));
}

Test(lines, inlined_code_is_of_the_line_that_calls_it, .init = setup, .fini = teardown)
{
	uint32_t one = site(0x1010, 31), two = site(0x1020, 32), inlined;
	struct line_rows rows;

	inline_at(one, "h", 30, 11);
	inline_at(two, "h", 30, 11);
	inlined = places_inlined_location(profile.places, module, "h", "/src/app.c", 30);
	enter(&stack, f);
	for (int i = 0; i < 2; i++) {
		shadow_at(&stack, one, true);
		charge(&stack, 4);
		shadow_at(&stack, two, true);
		charge(&stack, 8);
	}
	shadow_leave(&stack);
	rows = rows_of(f, 10);
	cr_assert_eq(rows.list.count, 1);
	expect(&rows, 11, 24, 1);
	line_rows_deinit(&rows);
	rows = rows_of(inlined, 30);
	expect(&rows, 31, 8, 2);
	expect(&rows, 32, 16, 2);
	line_rows_deinit(&rows);
}

static char path[] = "/tmp/ptmem-lines-XXXXXX";

static void run(void)
{
	begin_threads();
	enter(&stack, f);
	at(&stack, 0x1010, 11, false);
	charge(&stack, 4);
	at(&stack, 0x1020, 12, true);
	enter(&stack, g);
	at(&stack, 0x2010, 21, true);
	charge(&stack, 64);
	shadow_leave(&stack);
	at(&stack, 0x1020, 12, true);
	shadow_leave(&stack);
	profile.places->locations.items[f].name = strdup("f");
	cr_assert(listings_span(&profile.places->listings, "/src/app.c", 10) == 0);
	profile.places->listings.spans.items[0].last = 12;
	profile.places->listings.spans.items[0].state = SPAN_TEXT;
	cr_assert(span_add_line(&profile.places->listings, 0, "int f(void)", 11));
}

static void same_lines(const struct lines *one, const struct lines *two)
{
	cr_assert_eq(one->steps.count, two->steps.count);
	cr_assert_eq(one->statements, two->statements);
	for (size_t i = 0; i < one->steps.count; i++)
		cr_assert(!memcmp(
			&one->steps.items[i], &two->steps.items[i], sizeof one->steps.items[i]));
}

static struct ptmem_error *play(struct profiles *profiles, struct recording *recording)
{
	return recording_play_lines(path, REPLAY_END, profiles, recording);
}

static void record(void)
{
	struct recorder *recorder;
	int fd = mkstemp(path);

	cr_assert(fd >= 0);
	close(fd);
	cr_assert_null(recorder_open(path, true, &recorder));
	begin();
	cr_assert(profile_keep_lines(&profile));
	cr_assert_null(recorder_begin(recorder, "command=./app\nmetric=rss\n", &profile));
	run();
	recorder_end(recorder, &profile, "status=0\n");
	cr_assert_null(recorder_close(recorder));
}

Test(lines, a_recording_tells_the_same)
{
	struct profiles played = {0};
	struct recording recording;
	const struct places *places;

	record();
	cr_assert_null(play(&played, &recording));
	cr_assert_null(recording.cut);
	places = profiles_first(&played)->places;
	same_lines(profile.lines, profiles_first(&played)->lines);
	cr_assert(places->knows_lines);
	cr_assert_eq(places->sites.list.items[1].line, 12);
	cr_assert_str_eq(places_file_path(places, places->sites.list.items[1].file), "/src/app.c");
	cr_assert_eq(places->listings.spans.count, 1);
	cr_assert_eq(places->listings.spans.items[0].last, 12);
	cr_assert_str_eq(span_line(&places->listings.spans.items[0], 10), "int f(void)");
	cr_assert_null(span_line(&places->listings.spans.items[0], 11));
	recording_deinit(&recording);
	profiles_deinit(&played);
	unlink(path);
	teardown();
}

Test(lines, several_are_added_up)
{
	struct lines *sum = lines_create();

	record();
	cr_assert(lines_add(sum, profile.lines, NULL, NULL));
	cr_assert(lines_add(sum, profile.lines, NULL, NULL));
	cr_assert_eq(sum->steps.count, profile.lines->steps.count);
	cr_assert_eq(sum->steps.items[1].count, 2 * profile.lines->steps.items[1].count);
	cr_assert_eq(sum->steps.items[1].increment, 2 * profile.lines->steps.items[1].increment);
	lines_destroy(sum);
	unlink(path);
	teardown();
}

static void selected(const char *value, size_t functions, size_t ranges)
{
	struct line_selection selection = {0};

	cr_assert_null(line_selection_add(&selection, value));
	cr_assert(selection.wanted);
	cr_assert_eq(selection.funcs.count, functions, "%s", value);
	cr_assert_eq(selection.ranges.count, ranges, "%s", value);
	line_selection_deinit(&selection);
}

static void not_selected(const char *value)
{
	struct line_selection selection = {0};
	struct ptmem_error *error = line_selection_add(&selection, value);

	cr_assert(error_is(error, ERROR_USAGE), "%s", value);
	error_free(error);
	line_selection_deinit(&selection);
}

Test(lines, what_is_selected)
{
	selected(NULL, 0, 0);
	selected("grow", 1, 0);
	selected("app::grow,main", 2, 0);
	selected("app::4", 1, 0);
	selected("app.c:10-40", 0, 1);
	selected("/src/*.c:7", 0, 1);
	not_selected("");
	not_selected("app.c:0");
	not_selected("app.c:10-");
	not_selected("app.c:40-10");
	not_selected("app.c:1-99999999999");
	not_selected("app.c:1-2-3");
}

static void sum_is(const char *text, const char *expected)
{
	uint8_t sum[MD5_SIZE];
	char hex[2 * MD5_SIZE + 1];
	struct md5 md5;

	md5_init(&md5);
	md5_add(&md5, text, strlen(text));
	md5_finish(&md5, sum);
	for (size_t i = 0; i < MD5_SIZE; i++)
		snprintf(hex + 2 * i, 3, "%02x", sum[i]);
	cr_assert_str_eq(hex, expected);
}

/* RFC 1321, A.5. */
Test(lines, md5_sums)
{
	sum_is("", "d41d8cd98f00b204e9800998ecf8427e");
	sum_is("abc", "900150983cd24fb0d6963f7d28e17f72");
	sum_is("12345678901234567890123456789012345678901234567890123456789012345678901234567890",
		"57edf4a22be3c955ac49da2e2107b67a");
}

/* How many lines a block has. */
static size_t block_length(const char *const *lines)
{
	struct block block = {0};
	size_t count = 1;

	while (block_goes_on(&block, *lines) || !block.begun) {
		lines++;
		count++;
	}
	return count;
}

Test(lines, where_a_block_ends)
{
	static const char *const plain[] = {"int f(void)", "{", "\tif (x) { y(); }", "}", "}"};
	static const char *const quoted[] = {"int f(void) {", "\tputs(\"}\\\"}\"); /* } */",
		"\t// }", "\tchar c = '}', d = '\\'', e = '{';", "/* }", "} */ }"};
	static const char *const rust[] = {"fn f<'a>(x: &'a str) -> &'a str {", "\tx", "}"};

	cr_assert_eq(block_length(plain), 4);
	cr_assert_eq(block_length(quoted), 6);
	cr_assert_eq(block_length(rust), 3);
}
