/* What a program does next. The same number makes the same program, on every machine. */
#include "graph.h"

#include "../debuggee.h"

#define CALLS_MOST 250
#define OPERATIONS_MOST 500
#define PAGES_MOST 900

static uint64_t state;
static bool without[KIND_COUNT];
static uint8_t weights[FUNCTION_COUNT];
static unsigned weight_sum;
static struct {
	unsigned calls, operations, depth, steps, call_share, own_share, grain;
	size_t pages;
} plan;

#define AS_NAME(name) #name,
static const char *const kinds[] = {KINDS(AS_NAME)};

static const struct {
	enum function function;
	enum kind kind;
	operation *run;
} operations[] = {
	{ID_fresh, KIND_touch, fresh},
	{ID_again, KIND_touch, again},
	{ID_peek, KIND_peek, peek},
	{ID_read_into, KIND_syscall, read_into},
	{ID_drop, KIND_dontneed, drop},
	{ID_map, KIND_mmap, map},
	{ID_fill, KIND_mmap, fill},
	{ID_copy_on_write, KIND_cow, copy_on_write},
	{ID_populate, KIND_populate, populate},
	{ID_unmap, KIND_munmap, unmap},
	{ID_shrink, KIND_mremap, shrink},
	{ID_stretch, KIND_mmap, stretch},
	{ID_raise_break, KIND_brk, raise_break},
	{ID_lower_break, KIND_sbrkdown, lower_break},
	{ID_allocate, KIND_malloc, allocate},
	{ID_resize, KIND_malloc, resize},
	{ID_release, KIND_free, release},
	{ID_grow_stack, KIND_stack, grow_stack},
	{ID_interrupt, KIND_signals, interrupt},
	{ID_leap, KIND_jumps, leap},
};
#define OPERATION_COUNT (sizeof operations / sizeof *operations)

#define AS_ADDRESS(name) name,
static shape *const shapes[] = {SHAPES(AS_ADDRESS)};
#define SHAPE_COUNT (sizeof shapes / sizeof *shapes)

/* xorshift64* */
APART uint32_t note_draw(uint32_t limit)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return limit ? (uint32_t)((state * 0x2545f4914f6cdd1dull) >> 32) % limit : 0;
}

static void leave_out(const char *word)
{
	bool known = !strcmp(word, "release");

	for (int i = 0; i < KIND_COUNT; i++)
		if (!strcmp(word, kinds[i]))
			known = without[i] = true;
	CHECK(known);
	if (!strcmp(word, "release"))
		without[KIND_dontneed] = without[KIND_munmap] = without[KIND_mremap] =
			without[KIND_sbrkdown] = without[KIND_free] = true;
}

/* Of each way that memory moves a program has much, little or none. */
static void weigh(void)
{
	for (size_t i = 0; i < OPERATION_COUNT; i++) {
		unsigned weight = 1 + note_draw(4);

		if (!note_draw(5) || without[operations[i].kind])
			weight = 0;
		weights[i] = (uint8_t)weight;
		weight_sum += weight;
	}
}

void plan_init(uint64_t seed, char **words)
{
	state = (seed + 1) * 0x9e3779b97f4a7c15ull;
	for (; *words; words++)
		leave_out(*words);
	for (int i = 0; i < 8; i++)
		note_draw(1);
	plan.calls = 20 + note_draw(CALLS_MOST);
	plan.operations = 40 + note_draw(OPERATIONS_MOST);
	plan.depth = note_draw(6) ? 3 + note_draw(10) : 40;
	plan.steps = 2 + note_draw(6);
	plan.call_share = 20 + note_draw(50);
	plan.own_share = note_draw(30);
	plan.grain = 1u << note_draw(6);
	plan.pages = 50 + note_draw(PAGES_MOST);
	weigh();
}

APART bool note_may(enum kind kind)
{
	return !without[kind];
}

APART size_t note_pages(size_t most)
{
	size_t left = note_taken() < plan.pages ? plan.pages - note_taken() : 0;
	size_t limit = most < plan.grain ? most : plan.grain;

	return limit < left ? 1 + note_draw((uint32_t)limit) : left;
}

APART unsigned note_steps(void)
{
	return note_depth() < 2 ? 6 + note_draw(10) : note_draw(plan.steps + 1);
}

APART bool note_may_call(void)
{
	if (!plan.calls || note_depth() >= plan.depth || !note_stack_left())
		return false;
	plan.calls--;
	return true;
}

APART enum step note_step(void)
{
	unsigned chance = note_draw(100);

	if (chance < plan.own_share)
		return note_draw(3) || without[KIND_dontneed] ? STEP_TOUCH : STEP_DROP;
	if (note_draw(100) < plan.call_share && note_may_call())
		return STEP_CALL;
	return plan.operations && weight_sum ? plan.operations--, STEP_OPERATE : STEP_TOUCH;
}

APART shape *note_callee(void)
{
	return shapes[note_draw(SHAPE_COUNT)];
}

static APART void note_nothing(void)
{
}

/* Some functions end with one, also where all are left out. */
APART operation *note_operation(void)
{
	unsigned at, i = 0;

	if (!weight_sum)
		return note_nothing;
	at = note_draw(weight_sum);
	while (at >= weights[i])
		at -= weights[i++];
	return operations[i].run;
}
