/* Calls told apart by their sites: what it costs, and that a recording has all of it. */
#include "profile/ledger.h"
#include "profile/recorder.h"
#include "profile/replay.h"
#include "profile/shadow.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FUNCTIONS 24

static char folder[] = "/tmp/ptmem-unit-XXXXXX";
static char path[64];
static struct profile profile;
static struct shadow_stack stack;
static struct recorder *recorder;
static uint32_t functions[FUNCTIONS];

/* A run of functions 0x1000, 0x2000, ... in one module, which is recorded. */
static void setup(void)
{
	uint32_t module;
	char name[16];

	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/run.raw", folder);
	cr_assert(profile_init(&profile, METRIC_RSS));
	module = places_add_module(profile.places, "/bin/app", "c0ffee");
	for (unsigned i = 0; i < FUNCTIONS; i++) {
		snprintf(name, sizeof name, "f%u", i);
		functions[i] = places_code_location(profile.places, module, 0x1000 * (i + 1), name);
		profile.places->locations.items[functions[i]].name = strdup(name);
	}
	cr_assert_null(recorder_open(path, false, &recorder));
	cr_assert_null(recorder_begin(recorder, "command=./app\nmetric=rss\n", &profile));
	cr_assert(shadow_init(&stack, &profile, places_thread_location(profile.places, 1, "app"),
		places_bracket_location(profile.places, "unwatched")));
	ledger_start(&profile, &(struct amounts){{8192}});
}

static void teardown(void)
{
	shadow_deinit(&stack);
	profile_deinit(&profile);
	unlink(path);
	rmdir(folder);
}

static void enter(unsigned function, uint64_t from)
{
	uint32_t site = from ? places_site(profile.places, 0, from) : SITE_NONE;

	cr_assert(shadow_enter(&stack, shadow_call_location(&stack, functions[function], site),
		target_address(0), SHADOW_NO_SITE));
}

static void move(int64_t bytes)
{
	struct amounts reading = profile.balance.end, moved;

	reading.bytes[0] += bytes;
	moved = ledger_move(&profile, &reading);
	shadow_charge(&stack, &moved);
}

static void end_recording(void)
{
	recorder_end(recorder, &profile, "status=0\npeak=4096\n");
	cr_assert_null(recorder_close(recorder));
}

/* What a location is, whatever its number. */
static void same_location(
	const struct places *one, uint32_t a, const struct places *two, uint32_t b)
{
	const struct location *x = &one->locations.items[a], *y = &two->locations.items[b];

	cr_assert_eq(x->kind, y->kind);
	cr_assert_eq(x->offset, y->offset);
	if (x->kind != LOCATION_CALL)
		return;
	cr_assert_eq(
		one->locations.items[x->function].offset, two->locations.items[y->function].offset);
	cr_assert_eq(one->sites.list.items[x->site].offset, two->sites.list.items[y->site].offset);
}

static void same_paths(const struct profile *other)
{
	cr_assert_eq(profile.paths.count, other->paths.count);
	for (uint32_t i = 1; i < profile.paths.count; i++) {
		const struct callpath_node *x = callpath_at(&profile.paths, i);
		const struct callpath_node *y = callpath_at(&other->paths, i);

		cr_assert_eq(x->parent, y->parent);
		cr_assert_eq(x->calls, y->calls);
		cr_assert_eq(x->first.self, y->first.self);
		cr_assert_eq(x->first.rise, y->first.rise);
		same_location(profile.places, x->location, other->places, y->location);
	}
}

static void plays_back(void)
{
	struct recording recording;
	struct profiles played;

	end_recording();
	cr_assert_null(recording_play(path, REPLAY_END, &played, &recording));
	cr_assert_null(recording.cut, "%s", recording.cut);
	same_paths(profiles_first(&played));
	cr_assert_eq(profiles_first(&played)->places->sites.over, profile.places->sites.over);
	recording_deinit(&recording);
	profiles_deinit(&played);
}

Test(sites, tell_calls_apart, .init = setup, .fini = teardown)
{
	enter(0, 0);
	for (int i = 0; i < 3; i++) {
		enter(1, 0x1010);
		move(4096);
		shadow_leave(&stack);
		enter(1, 0x1020);
		shadow_leave(&stack);
		enter(1, 0);
		shadow_leave(&stack);
	}
	shadow_leave(&stack);
	/* Two roots, the thread and its bracket; f0; f1 from here, from there, from nowhere. */
	cr_assert_eq(profile.paths.count, 3 + 1 + 3);
	cr_assert_eq(callpath_at(&profile.paths, 4)->calls, 3);
	cr_assert_eq(callpath_at(&profile.paths, 4)->first.rise, 3 * 4096);
	cr_assert_eq(callpath_at(&profile.paths, 5)->calls, 3);
	cr_assert_eq(callpath_at(&profile.paths, 6)->calls, 3);
	plays_back();
}

static void fib(unsigned n, uint64_t from)
{
	enter(0, from);
	if (n > 1) {
		fib(n - 1, 0x1010);
		fib(n - 2, 0x1020);
	}
	shadow_leave(&stack);
}

Test(sites, do_not_multiply_in_a_recursion, .init = setup, .fini = teardown)
{
	fib(16, 0x9000);
	cr_assert_eq(profile.paths.count, 3 + 16);
	cr_assert_eq(profile.places->sites.extra, 0);
	plays_back();
}

/* Each calls the other from two places. */
static void ping(unsigned n, uint64_t from)
{
	enter(n % 2, from);
	if (n) {
		ping(n - 1, n % 2 ? 0x2010 : 0x1010);
		ping(n - 1, n % 2 ? 0x2020 : 0x1020);
	}
	shadow_leave(&stack);
}

Test(sites, do_not_multiply_in_a_mutual_recursion, .init = setup, .fini = teardown)
{
	ping(10, 0);
	/* Only the first call of the other one has a site, and there are two. */
	cr_assert_eq(profile.paths.count, 3 + 1 + 2 * 10);
	plays_back();
}

/* Each of a chain calls the next one from two places: its paths double with each. */
static void chain(unsigned depth, unsigned most, uint64_t from)
{
	enter(depth, from);
	if (depth + 1 < most) {
		chain(depth + 1, most, 0x1000 * (depth + 1) + 0x10);
		chain(depth + 1, most, 0x1000 * (depth + 1) + 0x20);
	} else {
		move(4096);
	}
	shadow_leave(&stack);
}

static int64_t all_self(void)
{
	int64_t sum = 0;

	for (uint32_t i = 1; i < profile.paths.count; i++)
		sum += callpath_at(&profile.paths, i)->first.self;
	return sum;
}

Test(sites, chain_within_the_bound, .init = setup, .fini = teardown)
{
	chain(0, 10, 0x9000);
	cr_assert_eq(profile.paths.count, 3 + (1 << 10) - 1);
	cr_assert_eq(profile.places->sites.extra, (1 << 10) - 1 - 10);
	cr_assert_not(profile.places->sites.over);
	plays_back();
}

Test(sites, never_more_paths_than_the_bound, .init = setup, .fini = teardown, .timeout = 60)
{
	uint64_t calls = 0;

	chain(0, 19, 0x9000);
	cr_assert_eq(profile.places->sites.extra, SITES_EXTRA_MAX);
	cr_assert_eq(profile.paths.count, 3 + 19 + SITES_EXTRA_MAX);
	cr_assert(profile.places->sites.over && profile.sites_over);
	cr_assert_eq(all_self(), 4096 << 18);
	for (uint32_t i = 3; i < profile.paths.count; i++)
		calls += callpath_at(&profile.paths, i)->calls;
	cr_assert_eq(calls, (1 << 19) - 1);
	/* What stands for several sites is of none; what nothing was added to is as it was. */
	cr_assert_eq(callpath_at(&profile.paths, 3 + 18)->location, functions[18]);
	cr_assert_neq(callpath_at(&profile.paths, 3)->location, functions[0]);
	plays_back();
}

static void describe(uint64_t offset, uint64_t function, int line)
{
	struct places *places = profile.places;
	struct site *site = &places->sites.list.items[places_site(places, 0, offset)];

	site->resolved = true;
	site->function = function;
	site->line = line;
	site->file = places_file(places, line ? "/src/a.c" : NULL);
}

static void inlined(uint64_t offset, const char *name, const char *file, int line)
{
	struct places *places = profile.places;
	struct inlined new = {
		.line = line * 2, .location = places_inlined_location(places, 0, name, file, line)};
	struct location *location = &places->locations.items[new.location];

	new.file = places_file(places, file);
	if (file && !location->source)
		location->source = strdup("static inline");
	cr_assert(places_add_inlined(places, places_site(places, 0, offset), new));
}

static void same_text(const char *a, const char *b)
{
	cr_assert_eq(!a, !b);
	if (a)
		cr_assert_str_eq(a, b);
}

static void same_site(const struct places *other, uint64_t offset)
{
	const struct places *places = profile.places;
	uint32_t a = places_find_site(places, 0, offset), b = places_find_site(other, 0, offset);
	const struct site *x = &places->sites.list.items[a], *y = &other->sites.list.items[b];

	cr_assert(b != SITE_NONE && y->resolved);
	cr_assert_eq(x->function, y->function);
	cr_assert_eq(x->line, y->line);
	same_text(places_file_path(places, x->file), places_file_path(other, y->file));
	cr_assert_eq(x->inlined.count, y->inlined.count);
	for (size_t i = 0; i < x->inlined.count; i++) {
		const struct inlined *in = &x->inlined.items[i], *out = &y->inlined.items[i];
		const struct location *was = &places->locations.items[in->location];
		const struct location *is = &other->locations.items[out->location];

		cr_assert_eq(in->line, out->line);
		same_text(places_file_path(places, in->file), places_file_path(other, out->file));
		cr_assert_eq(is->kind, LOCATION_INLINED);
		same_text(was->name, is->name);
		same_text(was->file, is->file);
		same_text(was->source, is->source);
		cr_assert_eq(was->line, is->line);
	}
}

/* Up to the peak as well: f2 is called only after it, when nothing is known of that any more. */
static void run_described(void)
{
	enter(0, 0x9000);
	enter(1, 0x1010);
	move(40960);
	shadow_leave(&stack);
	enter(1, 0x1020);
	move(-8192);
	enter(2, 0x2010);
	shadow_leave(&stack);
	shadow_leave(&stack);
	shadow_leave(&stack);
	describe(0x9000, UINT64_MAX, 0);
	describe(0x1010, 0x1000, 7);
	inlined(0x1010, "outer", "/src/b.h", 3);
	inlined(0x1010, "inner", "/src/b.h", 4);
	describe(0x1020, 0x1000, 8);
	inlined(0x1020, "outer", "/src/b.h", 3);
	inlined(0x1020, "no file", NULL, 0);
	describe(0x2010, 0x2000, 9);
	end_recording();
}

static void plays_described(enum replay_until until, bool all)
{
	struct recording recording;
	struct profiles played;
	const struct places *places;

	cr_assert_null(recording_play(path, until, &played, &recording));
	cr_assert_null(recording.cut, "%s", recording.cut);
	places = profiles_first(&played)->places;
	same_site(places, 0x9000);
	same_site(places, 0x1010);
	if (all) {
		same_site(places, 0x1020);
		same_site(places, 0x2010);
	} else {
		cr_assert_eq(places_find_site(places, 0, 0x2010), SITE_NONE);
	}
	recording_deinit(&recording);
	profiles_deinit(&played);
}

Test(sites, are_recorded_as_they_were_found, .init = setup, .fini = teardown)
{
	run_described();
	plays_described(REPLAY_END, true);
	plays_described(REPLAY_PEAK, false);
}

/*
 * Two processes, one module: the first to end tells of a site, and the other one has come by it
 * when it had most, but not the one that told.
 */
Test(sites, told_by_another_process, .init = setup, .fini = teardown)
{
	struct profile other;
	struct shadow_stack second;
	struct recording recording;
	struct profiles played;
	struct amounts up = {{4096}}, down = {{-4096}};
	uint32_t site = places_site(profile.places, 0, 0x1010);

	cr_assert(profile_init_beside(&other, &profile));
	cr_assert_null(recorder_begin(recorder, "command=./b\nmetric=rss\n", &other));
	cr_assert(shadow_init(&second, &other, places_thread_location(profile.places, 1, "b"),
		places_bracket_location(profile.places, "unwatched")));
	ledger_start(&other, &(struct amounts){{8192}});
	cr_assert(shadow_enter(&second, shadow_call_location(&second, functions[1], site),
		target_address(0), SHADOW_NO_SITE));
	shadow_charge(&second, &up);
	shadow_leave(&second);
	shadow_charge(&stack, &up);
	shadow_charge(&stack, &down);
	enter(1, 0x1010);
	shadow_leave(&stack);
	describe(0x1010, 0x1000, 7);
	inlined(0x1010, "outer", "/src/b.h", 3);
	recorder_end(recorder, &profile, "status=0\n");
	recorder_end(recorder, &other, "status=0\n");
	cr_assert_null(recorder_close(recorder));
	cr_assert_null(recording_play(path, REPLAY_PEAK, &played, &recording));
	cr_assert_null(recording.cut, "%s", recording.cut);
	same_site(profiles_first(&played)->places, 0x1010);
	recording_deinit(&recording);
	profiles_deinit(&played);
	shadow_deinit(&second);
	profile_deinit(&other);
}

/* Names as long as they may be, around one call: each record is still one that can be read. */
Test(sites, long_names, .init = setup, .fini = teardown)
{
	char *name = malloc(16001);

	enter(0, 0x9000);
	enter(1, 0x1010);
	shadow_leave(&stack);
	shadow_leave(&stack);
	describe(0x1010, 0x1000, 7);
	describe(0x9000, 0, 0);
	memset(name, 'x', 16000);
	name[16000] = '\0';
	for (int i = 0; i < INLINED_MAX; i++) {
		name[0] = (char)('A' + i % 26);
		name[1] = (char)('A' + i / 26);
		inlined(0x1010, name, name, i + 1);
	}
	free(name);
	end_recording();
	plays_described(REPLAY_END, false);
}

/* The whole of a recording costs hardly more for it, where calls are many and sites are few. */
Test(sites, cost_a_recording_little, .init = setup, .fini = teardown)
{
	struct stat file;

	enter(0, 0);
	for (int i = 0; i < 100000; i++) {
		enter(1 + (unsigned)i % 8, 0x1010 + (unsigned)i % 16);
		shadow_leave(&stack);
	}
	shadow_leave(&stack);
	end_recording();
	cr_assert_eq(stat(path, &file), 0);
	cr_assert_lt(file.st_size, 200000 * 3 / 2, "%ld bytes", (long)file.st_size);
}
