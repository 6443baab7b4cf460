/* Calls told apart by their objects: numbers, what it costs, and that a recording has all of it. */
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

static char folder[] = "/tmp/ptmem-unit-XXXXXX";
static char path[64];
static struct profile profile;
static struct shadow_stack stack;
static uint32_t fill, help, grid, shape;

static void setup(void)
{
	uint32_t module;

	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/run.raw", folder);
	cr_assert(profile_init(&profile, METRIC_RSS));
	module = places_add_module(profile.places, "/bin/app", "c0ffee");
	fill = places_code_location(profile.places, module, 0x1000, "fill");
	help = places_code_location(profile.places, module, 0x2000, "help");
	grid = places_text(profile.places, "Grid");
	shape = places_text(profile.places, "Shape");
}

static void teardown(void)
{
	profile_deinit(&profile);
	unlink(path);
	rmdir(folder);
}

static void begin(void)
{
	cr_assert(shadow_init(&stack, &profile, places_thread_location(profile.places, 1, "app"),
		places_bracket_location(profile.places, "unwatched")));
	ledger_start(&profile, &(struct amounts){{8192}});
}

static uint32_t add(uint32_t heap, uint32_t class)
{
	uint32_t instance = places_add_instance(profile.places, heap, class);

	cr_assert_neq(instance, INSTANCE_NONE);
	return instance;
}

static uint32_t number(uint32_t instance)
{
	return profile.places->instances.list.items[instance].number;
}

static void enter(uint32_t function, uint32_t instance)
{
	cr_assert(shadow_enter(&stack, shadow_method_location(&stack, function, instance),
		target_address(0), SHADOW_NO_SITE));
}

Test(instances, are_numbered_by_class, .init = setup, .fini = teardown)
{
	uint32_t heap = places_add_heap(profile.places, UINT32_MAX);
	uint32_t a = add(heap, grid), b = add(heap, shape), c = add(heap, shape);

	/* What it is turns out late. */
	profile.places->instances.list.items[b].class = grid;
	cr_assert(places_number_instances(profile.places));
	cr_assert_eq(number(a), 1);
	cr_assert_eq(number(b), 2);
	cr_assert_eq(number(c), 1);
}

Test(instances, of_a_copy_go_on_with_its_makers, .init = setup, .fini = teardown)
{
	uint32_t maker = places_add_heap(profile.places, UINT32_MAX);
	uint32_t a = add(maker, grid), copy = places_add_heap(profile.places, maker);
	uint32_t b = add(copy, grid), c = add(maker, grid);
	uint32_t other = places_add_heap(profile.places, UINT32_MAX), d = add(other, grid);
	uint32_t again = places_add_heap(profile.places, copy), e = add(again, grid);

	cr_assert(places_number_instances(profile.places));
	cr_assert_eq(number(a), 1);
	cr_assert_eq(number(b), 2);
	cr_assert_eq(number(c), 2);
	cr_assert_eq(number(d), 1);
	cr_assert_eq(number(e), 3);
}

Test(instances, have_paths_of_their_own, .init = setup, .fini = teardown)
{
	uint32_t heap = places_add_heap(profile.places, UINT32_MAX);
	uint32_t a = add(heap, grid), b = add(heap, grid), path_of_a;

	begin();
	enter(fill, a);
	cr_assert_eq(shadow_instance(&stack, shadow_top(&stack)), a);
	cr_assert_eq(shadow_location(&stack, shadow_top(&stack)), fill);
	path_of_a = shadow_top(&stack)->path;
	shadow_leave(&stack);
	enter(fill, b);
	cr_assert_neq(shadow_top(&stack)->path, path_of_a);
	shadow_leave(&stack);
	enter(fill, INSTANCE_NONE);
	cr_assert_eq(shadow_instance(&stack, shadow_top(&stack)), INSTANCE_NONE);
	shadow_leave(&stack);
	enter(fill, a);
	cr_assert_eq(shadow_top(&stack)->path, path_of_a);
	shadow_leave(&stack);
	shadow_deinit(&stack);
}

/* What is beyond the bound goes on the function, and what was before stays what it was. */
Test(instances, never_more_paths_than_the_bound, .init = setup, .fini = teardown, .timeout = 60)
{
	uint32_t heap = places_add_heap(profile.places, UINT32_MAX), first = INSTANCE_NONE;
	uint32_t count;

	begin();
	for (unsigned i = 0; i < SITES_EXTRA_MAX + 1000; i++) {
		uint32_t instance = places_add_instance(profile.places, heap, grid);

		first = i ? first : instance;
		enter(fill, instance);
		enter(help, INSTANCE_NONE);
		shadow_leave(&stack);
		shadow_leave(&stack);
	}
	cr_assert(profile.sites_over);
	cr_assert_leq(profile.paths.count, SITES_EXTRA_MAX + 16);
	count = profile.paths.count;
	enter(fill, first);
	cr_assert_eq(shadow_instance(&stack, shadow_top(&stack)), first);
	shadow_leave(&stack);
	cr_assert_eq(profile.paths.count, count);
	shadow_deinit(&stack);
}

static void record(void)
{
	uint32_t heap = places_add_heap(profile.places, UINT32_MAX);
	uint32_t a = add(heap, grid), b = add(heap, shape);
	struct recorder *recorder;

	cr_assert_null(recorder_open(path, false, &recorder));
	cr_assert_null(recorder_begin(recorder, "command=./app\nmetric=rss\n", &profile));
	begin();
	enter(fill, a);
	enter(help, b);
	shadow_charge(&stack, &(struct amounts){{4096}});
	shadow_leave(&stack);
	shadow_leave(&stack);
	profile.places->instances.list.items[b].class = grid;
	profile.places->instances.list.items[b].name = places_text(profile.places, "west");
	cr_assert(places_number_instances(profile.places));
	recorder_end(recorder, &profile, "peak=12288\n");
	cr_assert_null(recorder_close(recorder));
	shadow_deinit(&stack);
}

static const struct instance *find_played(const struct profile *played, uint64_t offset)
{
	const struct places *places = played->places;

	for (size_t i = 0; i < places->locations.count; i++) {
		const struct location *location = &places->locations.items[i];

		if (location->kind == LOCATION_METHOD &&
			places->locations.items[location->function].offset == offset)
			return &places->instances.list.items[location->instance];
	}
	cr_assert_fail("no method");
	return NULL;
}

Test(instances, are_recorded_as_they_were_found, .init = setup, .fini = teardown)
{
	struct profiles played;
	struct recording recording;
	const struct instance *instance;

	record();
	cr_assert_null(recording_play(path, REPLAY_END, &played, &recording));
	cr_assert_null(recording.cut, "%s", recording.cut);
	instance = find_played(profiles_first(&played), 0x2000);
	cr_assert_str_eq(places_text_at(profiles_first(&played)->places, instance->class), "Grid");
	cr_assert_str_eq(places_text_at(profiles_first(&played)->places, instance->name), "west");
	cr_assert_eq(instance->number, 2);
	instance = find_played(profiles_first(&played), 0x1000);
	cr_assert_eq(instance->name, INSTANCE_UNNAMED);
	cr_assert_eq(instance->number, 1);
	recording_deinit(&recording);
	profiles_deinit(&played);
}

/* Whatever is damaged or missing, what can be played has objects that can be printed. */
static void play_damaged(void)
{
	struct profiles played;
	struct recording recording;
	struct ptmem_error *error = recording_play(path, REPLAY_PEAK, &played, &recording);

	if (error) {
		error_free(error);
		return;
	}
	cr_assert(places_number_instances(profiles_first(&played)->places));
	for (size_t i = 0; i < profiles_first(&played)->places->instances.list.count; i++)
		cr_assert_not_null(places_text_at(profiles_first(&played)->places,
			profiles_first(&played)->places->instances.list.items[i].class));
	recording_deinit(&recording);
	profiles_deinit(&played);
}

Test(instances, damaged_recordings, .init = setup, .fini = teardown)
{
	char bytes[8192];
	size_t size;
	FILE *file;

	record();
	file = fopen(path, "r");
	size = fread(bytes, 1, sizeof bytes, file);
	fclose(file);
	cr_assert_lt(size, sizeof bytes);
	for (size_t i = 16; i < size; i++) {
		cr_assert_eq(truncate(path, 0), 0);
		file = fopen(path, "w");
		fwrite(bytes, 1, i, file);
		fclose(file);
		play_damaged();
	}
}
