/* Memory divided among threads, by hand and in simulations whose truth is known. */
#include "profile/division.h"

#include <criterion/criterion.h>
#include <string.h>

#define PAGE 4096
#define HUGE 512
#define THREADS 8

static struct division division;

static void start(unsigned columns, bool weighed)
{
	division_init(&division, columns, PAGE, weighed);
}

static void add_pages(int64_t pages)
{
	division_add(&division, &(struct amounts){{pages * PAGE}});
}

static int64_t take_pages(uint64_t own, uint64_t others)
{
	struct amounts share = division_take(&division, own, others);

	cr_assert_eq(share.bytes[0] % PAGE, 0);
	return share.bytes[0] / PAGE;
}

static int64_t pages_left(void)
{
	return division.pool.bytes[0] / PAGE;
}

Test(division, one_thread_that_faults_takes_everything)
{
	start(1, true);
	add_pages(3 * HUGE);
	cr_assert_eq(take_pages(3, 0), 3 * HUGE);
	add_pages(-700);
	cr_assert_eq(take_pages(0, 0), -700);
	add_pages(5);
	cr_assert_eq(take_pages(20, 0), 5);
	cr_assert_eq(pages_left(), 0);
	cr_assert_eq(division.ambiguous, 0);
}

Test(division, plain_is_where_own_faults_explain_all)
{
	start(1, true);
	add_pages(10);
	cr_assert(division_is_plain(&division, 10));
	cr_assert_not(division_is_plain(&division, 9));
	cr_assert_eq(take_pages(10, 7), 10);
	cr_assert(division_is_plain(&division, 0));
	start(1, false);
	add_pages(10);
	cr_assert_not(division_is_plain(&division, 10));
}

Test(division, who_faults_gets_its_own)
{
	start(1, true);
	add_pages(100);
	cr_assert_eq(take_pages(30, 70), 30);
	cr_assert_eq(take_pages(70, 0), 70);
	cr_assert_eq(division.ambiguous, 0);
}

Test(division, others_may_go_on_while_they_are_counted)
{
	start(1, true);
	add_pages(100);
	cr_assert_eq(take_pages(30, 78), 30);
	add_pages(20);
	cr_assert_eq(take_pages(90, 0), 90);
	cr_assert_eq(division.ambiguous, 0);
}

Test(division, huge_pages_go_by_faults_and_are_counted_once)
{
	start(1, true);
	add_pages(4 * HUGE);
	cr_assert_eq(take_pages(1, 3), HUGE);
	cr_assert_eq(division.ambiguous, 4 * (HUGE - 1) * PAGE);
	cr_assert_eq(take_pages(0, 3), 0);
	cr_assert_eq(division.ambiguous, 4 * (HUGE - 1) * PAGE);
	cr_assert_eq(take_pages(3, 0), 3 * HUGE);
	cr_assert_eq(division.ambiguous, 4 * (HUGE - 1) * PAGE);
}

Test(division, faults_that_add_nothing_take_nothing)
{
	start(1, true);
	add_pages(500);
	cr_assert_eq(take_pages(0, 1000), 0);
	cr_assert_eq(take_pages(100, 900), 50);
	cr_assert_eq(take_pages(900, 0), 450);
	cr_assert_eq(division.ambiguous, 500 * PAGE);
}

Test(division, what_went_is_of_the_thread_that_stops)
{
	start(1, true);
	add_pages(100);
	cr_assert_eq(take_pages(0, 100), 0);
	add_pages(50 - 1000);
	cr_assert_eq(take_pages(20, 130), 20 - 1000);
	cr_assert_eq(take_pages(130, 0), 130);
	cr_assert_eq(division.ambiguous, 1000 * PAGE);
}

Test(division, what_went_is_not_hidden_by_empty_faults)
{
	start(1, true);
	add_pages(500);
	cr_assert_eq(take_pages(0, 1000), 0);
	add_pages(-400);
	cr_assert_eq(take_pages(0, 1000), -400);
	cr_assert_eq(pages_left(), 500);
}

/* That faults bring memory is believed once seen, and given up after as many that do not. */
Test(division, faults_that_cease_to_add_anything)
{
	uint64_t others = 0;
	int64_t taken = 0;

	start(1, true);
	for (int i = 0; i < 3; i++) {
		add_pages(1000);
		cr_assert_eq(take_pages(0, others += 1000), 0);
	}
	for (int i = 0; i < 50; i++) {
		add_pages(500);
		taken += take_pages(0, others += 1000);
	}
	cr_assert_eq(taken, -3 * 500);
}

Test(division, what_went_may_be_hidden_by_what_came)
{
	start(1, true);
	add_pages(1000);
	cr_assert_eq(take_pages(0, 1000), 0);
	add_pages(5000 - 800);
	cr_assert_eq(take_pages(0, 6000), -800);
	cr_assert_eq(take_pages(6000, 0), 6000);
}

Test(division, shares_are_whole_pages)
{
	start(1, true);
	add_pages(1000);
	for (int i = 0; i < 10; i++)
		take_pages(1, 70);
}

Test(division, other_columns_follow)
{
	struct amounts moved = {{100 * PAGE, 60 * PAGE, 40 * PAGE, 0, -8 * PAGE}}, share;

	start(5, true);
	division_add(&division, &moved);
	share = division_take(&division, 25, 75);
	cr_assert_eq(share.bytes[0], 25 * PAGE);
	cr_assert_eq(share.bytes[1], 15 * PAGE);
	cr_assert_eq(share.bytes[2], 10 * PAGE);
	cr_assert_eq(share.bytes[3], 0);
	cr_assert_eq(share.bytes[4], -8 * PAGE);
	share = division_take(&division, 75, 0);
	cr_assert_eq(share.bytes[1], 45 * PAGE);
	cr_assert_eq(share.bytes[4], 0);
}

Test(division, plain_takes_the_other_columns_whole)
{
	struct amounts moved = {{10 * PAGE, -5 * PAGE, 15 * PAGE, 1, 2}}, share;

	start(5, true);
	division_add(&division, &moved);
	share = division_take(&division, 10, 3);
	cr_assert_arr_eq(share.bytes, moved.bytes, sizeof moved.bytes);
}

Test(division, what_faults_do_not_weigh_goes_by_their_number)
{
	start(1, false);
	add_pages(1000);
	cr_assert_eq(take_pages(10, 30), 250);
	cr_assert_eq(take_pages(0, 30), 0);
	cr_assert_eq(take_pages(30, 0), 750);
	cr_assert_eq(division.ambiguous, 1000 * PAGE);
}

/* The same numbers in each run, from no seed but this one. */
static uint64_t state;

static unsigned random_below(unsigned limit)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % limit;
}

static int64_t random_amount(void)
{
	int64_t amount = (int64_t)random_below(1 << 30) - (1 << 29);

	return random_below(3) ? amount : amount * PAGE;
}

static void nothing_is_lost(unsigned columns, bool weighed)
{
	struct amounts added = {{0}}, taken = {{0}}, moved, share;

	start(columns, weighed);
	for (int i = 0; i < 100000; i++) {
		for (unsigned j = 0; j < AMOUNT_COLUMNS; j++)
			moved.bytes[j] = j < columns && random_below(4) ? random_amount() : 0;
		division_add(&division, &moved);
		amounts_add(&added, &moved, columns);
		if (random_below(3))
			continue;
		share = division_take(&division, random_below(1 << random_below(31)),
			random_below(1 << random_below(31)));
		amounts_add(&taken, &share, columns);
		for (unsigned j = 0; j < columns; j++)
			cr_assert_eq(taken.bytes[j] + division.pool.bytes[j], added.bytes[j]);
	}
}

Test(division, nothing_is_lost)
{
	state = 1;
	nothing_is_lost(1, true);
	nothing_is_lost(1, false);
	nothing_is_lost(5, true);
	nothing_is_lost(5, false);
}

Test(division, no_count_of_faults_is_too_high)
{
	start(1, true);
	add_pages(100);
	take_pages(UINT64_MAX, UINT64_MAX);
	take_pages(UINT64_MAX, 1);
	take_pages(1, UINT64_MAX);
}

/* A thread of a simulation; chances are of a thousand, each microsecond. */
struct actor {
	unsigned fault, stop;
	unsigned pages;             /* that a fault brings */
	unsigned buffer;            /* gives so many pages back as soon as it has them, and stops */
	uint64_t faults, accounted; /* taken, and those known at its last stop */
	int64_t holds, moved, given; /* pages: has, has moved in truth, and by division */
};

static struct actor actors[THREADS];
static unsigned actor_count;
static int64_t resident, last_reading;

static void actor_run(struct actor *actor)
{
	if (random_below(1000) >= actor->fault)
		return;
	actor->faults++;
	actor->holds += actor->pages;
	actor->moved += actor->pages;
	resident += actor->pages;
}

static void others_run(const struct actor *stopped)
{
	for (unsigned i = 0; i < actor_count; i++)
		if (&actors[i] != stopped)
			actor_run(&actors[i]);
}

/* Others' faults are counted one after the other, each a microsecond later. */
static uint64_t count_others(const struct actor *stopped)
{
	uint64_t others = 0;

	for (unsigned i = 0; i < actor_count; i++) {
		if (&actors[i] == stopped)
			continue;
		others_run(stopped);
		others += actors[i].faults - actors[i].accounted;
	}
	return others;
}

static void actor_stop(struct actor *actor)
{
	uint64_t own = actor->faults - actor->accounted;

	add_pages(resident - last_reading);
	last_reading = resident;
	actor->accounted = actor->faults;
	actor->given +=
		take_pages(own, division_is_plain(&division, own) ? 0 : count_others(actor));
}

static void actor_give_back(struct actor *actor)
{
	resident -= actor->holds;
	actor->moved -= actor->holds;
	actor->holds = 0;
	actor_stop(actor);
}

static void simulate(unsigned count, unsigned microseconds)
{
	state = 1;
	actor_count = count;
	start(1, true);
	for (unsigned i = 0; i < microseconds; i++) {
		struct actor *actor = &actors[random_below(count)];

		others_run(NULL);
		if (actor->buffer && actor->holds >= actor->buffer)
			actor_give_back(actor);
		else if (random_below(1000) < actor->stop)
			actor_stop(actor);
	}
	for (unsigned i = 0; i < count; i++)
		actors[i].fault = 0;
	for (unsigned i = 0; i < count; i++)
		if (actors[i].stop)
			actor_stop(&actors[i]);
}

/* Each actor has what it moved in truth, to within so many thousandths and one huge page. */
static void check_truth(unsigned thousandths, unsigned pages)
{
	for (unsigned i = 0; i < actor_count; i++) {
		const struct actor *actor = &actors[i];

		cr_assert_leq(llabs(actor->given - actor->moved) * 1000,
			llabs(actor->moved) * thousandths + pages * 1000, "thread %u: %ld of %ld",
			i, (long)actor->given, (long)actor->moved);
	}
}

Test(division, threads_that_fault_at_different_rates)
{
	for (unsigned i = 0; i < THREADS; i++)
		actors[i] = (struct actor){.fault = 100 + 100 * i, .stop = 40, .pages = 1};
	simulate(THREADS, 200000);
	check_truth(1, 8);
	cr_assert_lt(division.ambiguous, (uint64_t)resident * PAGE / 1000);
}

Test(division, threads_that_stop_at_different_rates)
{
	for (unsigned i = 0; i < THREADS; i++)
		actors[i] = (struct actor){.fault = 500, .stop = 1 << i, .pages = 1};
	simulate(THREADS, 200000);
	check_truth(1, 8);
}

Test(division, threads_with_huge_pages)
{
	for (unsigned i = 0; i < THREADS; i++)
		actors[i] = (struct actor){.fault = 10 + 2 * i, .stop = 40, .pages = HUGE};
	simulate(THREADS, 200000);
	check_truth(20, HUGE);
}

/*
 * Each takes and gives back some 100,000 pages. What it gives back may by chance be just what
 * the others have yet to account for: then it is theirs, and seems to be plain.
 */
Test(division, threads_that_take_and_give_back)
{
	for (unsigned i = 0; i < THREADS; i++)
		actors[i] = (struct actor){.fault = 500, .stop = 10, .pages = 1, .buffer = 1000};
	simulate(THREADS, 200000);
	check_truth(0, 1500);
}

static void idle_beside(struct actor worker)
{
	actors[0] = (struct actor){.stop = 1000, .pages = 1};
	actors[1] = worker;
	simulate(2, 200000);
	cr_assert_eq(actors[0].given, 0, "%ld", (long)actors[0].given);
	cr_assert_eq(actors[1].given, actors[1].moved);
}

Test(division, an_idle_thread_that_always_stops)
{
	idle_beside((struct actor){.fault = 500, .stop = 2, .pages = 1});
	idle_beside((struct actor){.fault = 5, .stop = 2, .pages = HUGE});
	idle_beside((struct actor){.fault = 500, .stop = 2, .pages = 0});
}

Test(division, one_that_works_among_many_that_wait)
{
	for (unsigned i = 0; i < THREADS; i++)
		actors[i] = (struct actor){.pages = 1};
	actors[3] = (struct actor){.fault = 300, .stop = 50, .pages = 16, .buffer = 2000};
	simulate(THREADS, 200000);
	check_truth(0, 0);
	cr_assert_eq(division.ambiguous, 0);
}

Test(division, faults_and_memory_agree_within_a_few_pages)
{
	start(1, true);
	add_pages(100);
	cr_expect(division_agrees(&division, 40, 60));
	cr_expect(division_agrees(&division, 40, 68));
	cr_expect_not(division_agrees(&division, 40, 69));
	cr_expect_not(division_agrees(&division, 40, 51));
	start(1, false);
	cr_expect_not(division_agrees(&division, 0, 0));
}

/* Two helpers read 300 pages of files with 60 faults, and never stop again. */
Test(division, what_is_left_of_others_stays_with_them)
{
	int64_t first;

	start(1, true);
	add_pages(310);
	first = take_pages(10, 60);
	for (int i = 0; i < 20; i++) {
		add_pages(100);
		cr_assert_eq(take_pages(100, 60), 100);
	}
	cr_assert_eq(pages_left(), 310 - first);
}

Test(division, nobody_asked_means_no_more_than_faults_explain)
{
	struct amounts share;

	start(1, true);
	add_pages(100);
	share = division_take_own(&division, 30);
	cr_assert_eq(share.bytes[0], 30 * PAGE);
	share = division_take_own(&division, 100);
	cr_assert_eq(share.bytes[0], 70 * PAGE);
	add_pages(-5);
	share = division_take_own(&division, 3);
	cr_assert_eq(share.bytes[0], 0);
	cr_assert_eq(take_pages(3, 0), -5);
}
