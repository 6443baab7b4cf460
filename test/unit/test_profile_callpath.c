/* The trie of call paths. */
#include "profile/callpath.h"

#include <criterion/criterion.h>

static struct callpath_trie trie;

static void open_one(void)
{
	cr_assert(callpath_init(&trie, 1));
}

static void open_all(void)
{
	cr_assert(callpath_init(&trie, AMOUNT_COLUMNS));
}

static void close_it(void)
{
	callpath_deinit(&trie);
}

static void finish(uint32_t node, int64_t total, int64_t self, bool outermost)
{
	struct callpath_call call = {
		.total.bytes = {total}, .self.bytes = {self}, .outermost = outermost};

	callpath_finish(&trie, node, &call);
}

Test(callpath, same_path_same_node, .init = open_one, .fini = close_it)
{
	uint32_t a = callpath_intern(&trie, CALLPATH_ROOT, 7);
	uint32_t b = callpath_intern(&trie, a, 7);

	cr_assert_neq(a, b);
	cr_assert_eq(callpath_intern(&trie, CALLPATH_ROOT, 7), a);
	cr_assert_eq(callpath_intern(&trie, a, 7), b);
	cr_assert_neq(callpath_intern(&trie, a, 8), b);
	cr_assert_eq(callpath_at(&trie, b)->parent, a);
	cr_assert_eq(callpath_at(&trie, b)->location, 7);
	cr_assert_eq(trie.count, 4);
}

Test(callpath, children_come_after_their_parents, .init = open_one, .fini = close_it)
{
	uint32_t node = CALLPATH_ROOT;

	for (uint32_t depth = 0; depth < 100000; depth++) {
		uint32_t child = callpath_intern(&trie, node, depth % 3);

		cr_assert_gt(child, node);
		node = child;
	}
	for (uint32_t depth = 100000; depth-- > 0;) {
		cr_assert_eq(callpath_at(&trie, node)->location, depth % 3);
		node = callpath_at(&trie, node)->parent;
	}
	cr_assert_eq(node, CALLPATH_ROOT);
}

Test(callpath, many_children_are_found_again, .init = open_one, .fini = close_it)
{
	for (uint32_t i = 0; i < 50000; i++)
		cr_assert_eq(callpath_intern(&trie, CALLPATH_ROOT, i), i + 1);
	for (uint32_t i = 0; i < 50000; i++)
		cr_assert_eq(callpath_intern(&trie, CALLPATH_ROOT, i), i + 1);
}

Test(callpath, a_million_nodes_take_under_100_MB, .init = open_one, .fini = close_it)
{
	size_t bytes;

	for (uint32_t i = 0; i < 1000000; i++)
		cr_assert_neq(callpath_intern(&trie, i / 10, i), CALLPATH_NONE);
	bytes = trie.chunk_count * 4096 * sizeof(struct callpath_node) +
		trie.chunk_capacity * 2 * sizeof(void *) + trie.table_capacity * sizeof *trie.table;
	cr_assert_lt(bytes, 100u << 20, "%zu bytes", bytes);
}

Test(callpath, charges_are_signed, .init = open_one, .fini = close_it)
{
	uint32_t node = callpath_intern(&trie, CALLPATH_ROOT, 1);
	struct amounts up = {.bytes = {300}}, down = {.bytes = {-100}};

	callpath_charge(&trie, node, &up);
	callpath_charge(&trie, node, &down);
	cr_assert_eq(callpath_amounts(&trie, node, 0)->self, 200);
}

Test(callpath, only_rises_count, .init = open_one, .fini = close_it)
{
	uint32_t node = callpath_intern(&trie, CALLPATH_ROOT, 1);

	finish(node, 100, 40, true);
	finish(node, -50, -60, true);
	finish(node, 0, 10, true);
	cr_assert_eq(callpath_amounts(&trie, node, 0)->rise, 100);
	cr_assert_eq(callpath_at(&trie, node)->rise_calls, 1);
	cr_assert_eq(callpath_amounts(&trie, node, 0)->self_rise, 50);
	cr_assert_eq(callpath_at(&trie, node)->self_rise_calls, 2);
}

Test(callpath, inner_calls_of_a_recursion_count_for_self_alone, .init = open_one, .fini = close_it)
{
	uint32_t node = callpath_intern(&trie, CALLPATH_ROOT, 1);

	finish(node, 100, 30, false);
	cr_assert_eq(callpath_amounts(&trie, node, 0)->rise, 0);
	cr_assert_eq(callpath_at(&trie, node)->rise_calls, 0);
	cr_assert_eq(callpath_amounts(&trie, node, 0)->self_rise, 30);
}

Test(callpath, columns_rise_each_for_itself, .init = open_all, .fini = close_it)
{
	uint32_t first = callpath_intern(&trie, CALLPATH_ROOT, 1);
	uint32_t second = callpath_intern(&trie, CALLPATH_ROOT, 2);
	struct callpath_call call = {.total.bytes = {-5, 10, 0, 0, 7},
		.self.bytes = {0, 0, 0, 0, -1},
		.outermost = true};

	callpath_finish(&trie, second, &call);
	cr_assert_eq(callpath_amounts(&trie, second, 0)->rise, 0);
	cr_assert_eq(callpath_amounts(&trie, second, 1)->rise, 10);
	cr_assert_eq(callpath_amounts(&trie, second, 4)->rise, 7);
	cr_assert_eq(callpath_at(&trie, second)->rise_calls, 1, "a call counts once");
	cr_assert_eq(callpath_at(&trie, second)->self_rise_calls, 0);
	cr_assert_eq(callpath_amounts(&trie, first, 1)->rise, 0);
}
