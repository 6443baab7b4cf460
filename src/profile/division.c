/* Whose memory is it: what moved, divided among the threads that may have moved it. */
#include "profile/division.h"

#include <stdlib.h>

/* More faults than any process takes: what is counted stays far from where it overflows. */
#define FAULTS_MAX ((uint64_t)1 << 40)

/* What is believed of faults is given up after so many movements that say otherwise. */
#define TRUST_MAX 16

/* What the faults say at a stop, in bytes of column 0. */
struct claim {
	double part;      /* of all faults, that are the thread's own */
	int64_t own;      /* what its faults come to */
	int64_t expected; /* what all faults come to that are not accounted for */
	int64_t gone;     /* was given back since the last share was taken: negative, or 0 */
};

void division_init(struct division *division, unsigned columns, int64_t page_size, bool weighed)
{
	*division =
		(struct division){.columns = columns, .page_size = page_size, .weighed = weighed};
}

void division_add(struct division *division, const struct amounts *moved)
{
	amounts_add(&division->pool, moved, division->columns);
	amounts_add(&division->moved, moved, division->columns);
}

static int64_t fault_bytes(const struct division *division, uint64_t faults)
{
	return (int64_t)(faults < FAULTS_MAX ? faults : FAULTS_MAX) * division->page_size;
}

bool division_is_plain(const struct division *division, uint64_t own)
{
	return division->weighed && division->pool.bytes[0] == fault_bytes(division, own);
}

/* Memory comes and goes by the page. */
static int64_t part_of(const struct division *division, int64_t bytes, double part)
{
	return (int64_t)((double)(bytes / division->page_size) * part) * division->page_size;
}

/* How far memory and faults may be apart: the others go on while they are counted. */
static int64_t tolerance(const struct division *division, int64_t expected)
{
	int64_t few = 8 * division->page_size;

	return expected / 32 > few ? expected / 32 : few;
}

bool division_agrees(const struct division *division, uint64_t own, uint64_t others)
{
	int64_t expected = fault_bytes(division, own) + fault_bytes(division, others);
	int64_t off = llabs(division->pool.bytes[0] - expected);

	return division->weighed && off <= tolerance(division, expected);
}

/*
 * Whether faults bring memory here, as they mostly do: the majority of the last movements
 * says so. Where memory went meanwhile, they say nothing.
 */
static void learn(struct division *division, int64_t came)
{
	int64_t moved = division->moved.bytes[0], margin = tolerance(division, came);

	if (!division->weighed || moved < 0 || came < 4 * margin)
		return;
	if (came - moved <= margin)
		division->trust += division->trust < TRUST_MAX;
	else
		division->trust -= division->trust > -TRUST_MAX;
}

/*
 * What was given back. It shows as less memory; the faults since the last share was taken
 * say how much of it others have made up for in the meantime, or even hidden. To see the hidden
 * takes a wider margin: faults that were counted early for one stop are missing at the next.
 */
static int64_t given_back(const struct division *division, int64_t came)
{
	int64_t moved = division->moved.bytes[0], hidden = came - moved;

	if (moved < 0)
		return division->weighed && came > 0 ? -hidden : moved;
	return division->trust > 0 && hidden > 4 * tolerance(division, came) ? -hidden : 0;
}

static struct claim claim_of(const struct division *division, uint64_t own, uint64_t others)
{
	int64_t mine = fault_bytes(division, own);
	int64_t expected = mine + fault_bytes(division, others);

	return (struct claim){
		.part = (double)mine / (double)expected,
		.own = mine,
		.expected = expected,
		.gone = given_back(division, expected - division->expected),
	};
}

/* Each byte is counted as ambiguous when it first is, not at every stop that finds it there. */
static void count_ambiguous(struct division *division, int64_t bytes)
{
	if (bytes > division->doubtful)
		division->ambiguous += (uint64_t)(bytes - division->doubtful);
}

/* What of these bytes the faults do not tell whose it is. */
static int64_t unexplained(const struct division *division, int64_t bytes, int64_t expected)
{
	return llabs(division->weighed ? bytes - expected : bytes);
}

/*
 * What is in the pool from before, and does not match, is of those who had faults to account
 * for then. Where all that came since does match, the thread takes of that what is its own,
 * and of the rest only for faults that it must have taken before.
 */
static int64_t share_of_fresh(
	const struct division *division, const struct claim *claim, int64_t otherwise)
{
	int64_t moved = division->moved.bytes[0], fresh = claim->expected - division->expected;
	int64_t own = claim->own < fresh ? claim->own : fresh;
	int64_t old = claim->own - own;

	if (!division->weighed || moved < 0 || llabs(moved - fresh) > tolerance(division, fresh))
		return otherwise;
	if (!old)
		return own;
	return own + part_of(division, division->pool.bytes[0] - moved,
			     (double)old / (double)division->expected);
}

/* The thread's share of column 0, where others have taken faults as well. */
static int64_t share_by_faults(struct division *division, const struct claim *claim)
{
	int64_t came = division->pool.bytes[0] - claim->gone;
	int64_t off = unexplained(division, came, claim->expected), share;

	division->ambiguous += (uint64_t)-claim->gone;
	if (division->weighed && off <= tolerance(division, claim->expected)) {
		division->doubtful = 0;
		return claim->own + claim->gone;
	}
	share = share_of_fresh(division, claim, part_of(division, came, claim->part));
	count_ambiguous(division, off);
	division->doubtful = unexplained(division, came - share, claim->expected - claim->own);
	return share + claim->gone;
}

/* The other columns go by the same faults, and what went of them is the thread's as well. */
static int64_t share_of_column(
	const struct division *division, const struct claim *claim, unsigned column)
{
	int64_t moved = division->moved.bytes[column], gone = moved < 0 ? moved : 0;

	return gone + part_of(division, division->pool.bytes[column] - gone, claim->part);
}

static struct amounts share_out(struct division *division, uint64_t own, uint64_t others)
{
	struct claim claim = claim_of(division, own, others);
	struct amounts share = {.bytes = {share_by_faults(division, &claim)}};

	learn(division, claim.expected - division->expected);
	for (unsigned i = 1; i < division->columns; i++)
		share.bytes[i] = share_of_column(division, &claim, i);
	division->expected = claim.expected - claim.own;
	return share;
}

static struct amounts take_all(struct division *division)
{
	division->expected = division->doubtful = 0;
	return division->pool;
}

struct amounts division_take(struct division *division, uint64_t own, uint64_t others)
{
	struct amounts share = others && !division_is_plain(division, own)
				       ? share_out(division, own, others)
				       : take_all(division);

	amounts_subtract(&division->pool, &share, division->columns);
	division->moved = (struct amounts){{0}};
	return share;
}

struct amounts division_take_own(struct division *division, uint64_t own)
{
	int64_t pool = division->pool.bytes[0], mine = fault_bytes(division, own);
	struct amounts share = {{0}};

	if (pool > 0 && mine)
		for (unsigned i = 0; i < division->columns; i++)
			share.bytes[i] = mine >= pool ? division->pool.bytes[i]
						      : part_of(division, division->pool.bytes[i],
								(double)mine / (double)pool);
	amounts_subtract(&division->pool, &share, division->columns);
	amounts_subtract(&division->moved, &share, division->columns);
	return share;
}
