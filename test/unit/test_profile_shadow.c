/* Shadow stacks and the ledger: what a thread's calls are charged with. */
#include "profile/ledger.h"
#include "profile/shadow.h"

#include <criterion/criterion.h>

static struct profile profile;
static struct shadow_stack stack;
static uint32_t f, g, h, idle;

static void setup(void)
{
	uint32_t module, root;

	cr_assert(profile_init(&profile, METRIC_RSS));
	module = places_add_module(profile.places, "/bin/app", NULL);
	f = places_code_location(profile.places, module, 0x1000, "symbol");
	g = places_code_location(profile.places, module, 0x2000, "symbol");
	h = places_code_location(profile.places, module, 0x3000, "symbol");
	idle = places_bracket_location(profile.places, "unwatched");
	root = places_thread_location(profile.places, 1, "main");
	cr_assert(shadow_init(&stack, &profile, root, idle));
}

static void teardown(void)
{
	shadow_deinit(&stack);
	profile_deinit(&profile);
}

static void enter(uint32_t location, uint64_t slot)
{
	cr_assert(shadow_enter(&stack, location, target_address(slot), 0));
}

static void charge(int64_t bytes)
{
	struct amounts moved = {.bytes = {bytes}};

	shadow_charge(&stack, &moved);
}

static const struct callpath_amounts *of(uint32_t path)
{
	return callpath_amounts(&profile.paths, path, 0);
}

static uint32_t path(uint32_t parent, uint32_t location)
{
	return callpath_intern(&profile.paths, parent, location);
}

Test(shadow, a_call_gets_what_moved_in_it, .init = setup, .fini = teardown)
{
	struct shadow_call call;

	enter(f, 900);
	charge(4096);
	enter(g, 800);
	charge(8192);
	call = shadow_leave(&stack);
	cr_assert_eq(call.location, g);
	cr_assert_eq(call.total.bytes[0], 8192);
	charge(-1000);
	call = shadow_leave(&stack);
	cr_assert_eq(call.location, f);
	cr_assert_eq(call.total.bytes[0], 4096 + 8192 - 1000);
	cr_assert_eq(of(path(stack.root, f))->rise, 4096 + 8192 - 1000);
	cr_assert_eq(of(path(stack.root, f))->self_rise, 3096);
	cr_assert_eq(of(path(path(stack.root, f), g))->rise, 8192);
}

Test(shadow, what_moves_between_calls_goes_to_the_bracket, .init = setup, .fini = teardown)
{
	uint32_t bracket = path(stack.root, idle);

	charge(4096);
	charge(0);
	enter(f, 900);
	shadow_leave(&stack);
	charge(4096);
	charge(-8192);
	cr_assert_eq(of(bracket)->self, 0);
	cr_assert_eq(of(bracket)->rise, 8192);
	cr_assert_eq(callpath_at(&profile.paths, bracket)->calls, 3, "no call where nothing moved");
	cr_assert_eq(of(path(stack.root, f))->self, 0);
}

Test(shadow, recursion_counts_at_its_outermost_call, .init = setup, .fini = teardown)
{
	uint32_t outer = path(stack.root, f);
	uint32_t inner = path(path(outer, g), f);

	enter(f, 900);
	enter(g, 800);
	enter(f, 700);
	charge(4096);
	shadow_leave(&stack);
	shadow_leave(&stack);
	shadow_leave(&stack);
	cr_assert_eq(of(outer)->rise, 4096);
	cr_assert_eq(of(inner)->rise, 0, "counted once, at the outermost");
	cr_assert_eq(of(inner)->self_rise, 4096);
	cr_assert_eq(of(path(outer, g))->rise, 4096);
	enter(f, 900);
	charge(4096);
	shadow_leave(&stack);
	cr_assert_eq(of(outer)->rise, 8192, "the next call is an outermost one again");
}

Test(shadow, chains_of_tail_calls_are_searched_no_further_than_their_slot, .init = setup,
	.fini = teardown)
{
	enter(h, 950);
	enter(f, 900);
	enter(g, 900);
	cr_assert_eq(shadow_find_in_chain(&stack, f), 1);
	cr_assert_eq(shadow_find_in_chain(&stack, g), 2);
	cr_assert_eq(shadow_find_in_chain(&stack, h), UINT32_MAX);
}

Test(shadow, brackets_change_when_start_up_is_over, .init = setup, .fini = teardown)
{
	uint32_t other = places_bracket_location(profile.places, "later");

	charge(10);
	cr_assert(shadow_set_idle(&stack, other));
	charge(20);
	cr_assert_eq(of(path(stack.root, idle))->self, 10);
	cr_assert_eq(of(path(stack.root, other))->self, 20);
}

Test(shadow, deep_stacks, .init = setup, .fini = teardown)
{
	for (uint64_t slot = 100000; slot > 0; slot--)
		enter(f, slot);
	charge(5);
	while (shadow_top(&stack))
		cr_assert_eq(shadow_leave(&stack).total.bytes[0], 5);
	cr_assert_eq(of(path(stack.root, f))->rise, 5);
}

static int64_t moved(int64_t reading)
{
	struct amounts amounts = {.bytes = {reading}};

	return ledger_move(&profile, &amounts).bytes[0];
}

Test(ledger, every_reading_is_charged, .init = setup, .fini = teardown)
{
	struct amounts start = {.bytes = {1000}};

	ledger_start(&profile, &start);
	cr_assert_eq(moved(1500), 500);
	cr_assert_eq(moved(1200), -300);
	cr_assert_eq(moved(1200), 0);
	cr_assert_eq(profile.balance.start.bytes[0], 1000);
	cr_assert_eq(profile.balance.end.bytes[0], 1200);
}

Test(ledger, our_own_pages_are_nobodys, .init = setup, .fini = teardown)
{
	struct amounts start = {.bytes = {1000}};
	struct amounts before = {.bytes = {1500}}, after = {.bytes = {1600}};

	ledger_start(&profile, &start);
	cr_assert_eq(moved(1500), 500);
	ledger_own(&profile, &before, &after);
	cr_assert_eq(moved(1600), 0);
	cr_assert_eq(moved(1650), 50);
	cr_assert_eq(profile.balance.footprint.bytes[0], 100);
	cr_assert_eq(profile.balance.end.bytes[0], 1550);
}

Test(profile, locations_are_found_again, .init = setup, .fini = teardown)
{
	uint32_t other = places_add_module(profile.places, "/lib/other", NULL);

	cr_assert_eq(places_code_location(profile.places, 0, 0x1000, "symbol"), f);
	cr_assert_neq(places_code_location(profile.places, other, 0x1000, "symbol"), f);
	cr_assert_eq(places_bracket_location(profile.places, "unwatched"), idle);
}
