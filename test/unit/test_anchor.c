/* Which frame of a stack is relied on. */
#include "engine/anchor.h"

#include <criterion/criterion.h>

#define NEAR 3000

/* A stack that ends at 10,000: its frames' return addresses are so many bytes above. */
#define END 10000

static struct sampled_frame frames[] = {
	{.pc = 1, .slot = 0},
	{.pc = 2, .slot = END + 20000},
	{.pc = 3, .slot = END + 12000},
	{.pc = 4, .slot = END + 2500},
	{.pc = 5, .slot = END + 2000},
	{.pc = 6, .slot = END + 100},
};

static struct sampled_stack stack_of(size_t count)
{
	return (struct sampled_stack){.items = frames, .count = count, .stack_pointer = END};
}

static void note(struct anchor *anchor, const struct sampled_stack *stack, size_t kept, int times)
{
	struct sampled_stack sample = *stack;

	sample.kept = kept;
	while (times--)
		anchor_note(anchor, &sample, true);
}

Test(anchor, is_due_after_many_samples)
{
	struct sampled_stack stack = stack_of(6);
	struct anchor anchor = {0};

	note(&anchor, &stack, 6, 255);
	cr_assert(!anchor_is_due(&anchor));
	note(&anchor, &stack, 6, 1);
	cr_assert(anchor_is_due(&anchor));
	anchor_look_anew(&anchor);
	cr_assert(!anchor_is_due(&anchor));
}

Test(anchor, is_the_outermost_frame_near_enough)
{
	struct sampled_stack stack = stack_of(6);
	struct anchor anchor = {0};

	note(&anchor, &stack, 6, 300);
	cr_assert_eq(anchor_choose(&anchor, &stack, NEAR), 3);
	cr_assert_eq(anchor_choose(&anchor, &stack, 2100), 4);
	cr_assert_eq(anchor_choose(&anchor, &stack, 50), 0);
}

/* A sample had nothing but the first four in common with the one before. */
Test(anchor, is_one_that_all_samples_had)
{
	struct sampled_stack stack = stack_of(6);
	struct anchor anchor = {0};

	note(&anchor, &stack, 6, 100);
	note(&anchor, &stack, 4, 1);
	note(&anchor, &stack, 6, 200);
	cr_assert_eq(anchor_choose(&anchor, &stack, 2100), 0);
	cr_assert_eq(anchor_choose(&anchor, &stack, NEAR), 3);
}

/* The stack has been deeper than it is: then the innermost will do, if nothing else does. */
Test(anchor, is_near_where_the_stack_has_ended)
{
	struct sampled_stack stack = stack_of(6), deeper = stack;
	struct anchor anchor = {0};

	deeper.stack_pointer = END - 900;
	note(&anchor, &deeper, 6, 1);
	note(&anchor, &stack, 6, 300);
	cr_assert_eq(anchor_choose(&anchor, &stack, NEAR), 4);
	deeper.stack_pointer = END - 9000;
	note(&anchor, &deeper, 6, 1);
	cr_assert_eq(anchor_choose(&anchor, &stack, NEAR), 5);
}

Test(anchor, is_no_frame_that_is_not_known_for_sure)
{
	struct sampled_frame own[] = {frames[0], frames[1], frames[2], frames[3], frames[4]};
	struct sampled_stack stack = stack_of(5);
	struct anchor anchor = {0};

	stack.items = own;
	note(&anchor, &stack, 5, 300);
	cr_assert_eq(anchor_choose(&anchor, &stack, NEAR), 3);
	own[3].guessed = true;
	cr_assert_eq(anchor_choose(&anchor, &stack, NEAR), 0);
	own[3].guessed = false;
	own[2].interrupted = true;
	cr_assert_eq(anchor_choose(&anchor, &stack, NEAR), 4);
	stack.assumed = 3;
	cr_assert_eq(anchor_choose(&anchor, &stack, NEAR), 4);
	stack.assumed = 4;
	cr_assert_eq(anchor_choose(&anchor, &stack, NEAR), 0);
}

/* What returns to the same place from the same slot is the same call only if all beyond is. */
Test(anchor, is_compared_with_the_stack_as_it_is)
{
	struct sampled_frame own[] = {frames[0], frames[1], frames[2], frames[3], frames[4]};
	struct sampled_stack stack = stack_of(5), now = stack;
	struct anchor anchor = {0};

	now.items = own;
	note(&anchor, &stack, 5, 300);
	anchor_compare(&anchor, &stack, &now);
	cr_assert_eq(anchor_choose(&anchor, &stack, NEAR), 3);
	own[1].pc = 20;
	anchor_compare(&anchor, &stack, &now);
	cr_assert_eq(anchor_choose(&anchor, &stack, NEAR), 0);
}

Test(anchor, holds_while_its_frame_is_on_the_stack)
{
	struct sampled_stack stack = stack_of(6), shorter = stack_of(3);
	struct anchor anchor = {0};

	anchor_set(&anchor, 3, END + 2500, 7);
	cr_assert(anchor_holds(&anchor, &stack));
	cr_assert(!anchor_holds(&anchor, &shorter));
	/* There is no better one than that. */
	note(&anchor, &stack, 6, 300);
	cr_assert(anchor_is_due(&anchor));
	cr_assert_eq(anchor_choose(&anchor, &stack, NEAR), 0);
}

/* One that is soon over makes the next one wait for twice as many samples. */
Test(anchor, waits_longer_each_time_that_it_was_in_vain)
{
	struct sampled_stack stack = stack_of(6);
	struct anchor anchor = {0};

	anchor_set(&anchor, 3, END + 2500, 7);
	note(&anchor, &stack, 6, 10);
	anchor_drop(&anchor);
	cr_assert_eq(anchor.slot, 0);
	note(&anchor, &stack, 6, 256);
	cr_assert(!anchor_is_due(&anchor));
	note(&anchor, &stack, 6, 256);
	cr_assert(anchor_is_due(&anchor));
	anchor_set(&anchor, 3, END + 2500, 7);
	note(&anchor, &stack, 6, 2000);
	anchor_drop(&anchor);
	note(&anchor, &stack, 6, 256);
	cr_assert(anchor_is_due(&anchor));
}
