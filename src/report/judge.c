/* The judge. */
#include "report/judge.h"

#include "report/diff.h"
#include "report/heaviest.h"
#include "report/label.h"
#include "report/median.h"
#include "report/pairs.h"

#include <stdlib.h>
#include <string.h>

struct court {
	const struct profile *const *runs;
	size_t count;
	const struct limits *limits;
	struct report_options options;
	struct medians medians;
	struct sum_list base;
	struct judgement *judgement;
};

void judgement_deinit(struct judgement *judgement)
{
	vec_deinit(&judgement->verdicts);
	sums_deinit(&judgement->functions);
}

static const struct location *sum_location(const struct court *court, size_t index)
{
	size_t run = court->medians.spreads.items[index].run;

	return &court->runs[run]
			->places->locations.items[court->medians.sums.items[index].location];
}

/* Which limit holds for a function; false where none does. */
static bool set_limit(
	const struct court *court, const struct location *location, struct verdict *verdict)
{
	const struct limits *limits = court->limits;

	if (limits->budgets)
		verdict->budget =
			budgets_find(limits->budgets, location_name(location), location->kind);
	if (verdict->budget) {
		verdict->kind = LIMIT_BUDGET;
		verdict->limit = verdict->budget->limit;
		return true;
	}
	verdict->kind = limits->base ? LIMIT_GROWTH : LIMIT_MIN;
	verdict->limit = limits->min;
	return limits->min_given && location->kind != LOCATION_BRACKET;
}

/* A budget may be used up; `min` is what fails. Nothing added is always within. */
static void decide(struct verdict *verdict)
{
	bool may_reach = verdict->kind == LIMIT_BUDGET || verdict->kind == LIMIT_PEAK;

	verdict->judged = verdict->memory - (verdict->kind == LIMIT_GROWTH ? verdict->base : 0);
	verdict->exceeded = verdict->judged > 0 && (may_reach ? verdict->judged > verdict->limit
							      : verdict->judged >= verdict->limit);
}

static bool add_verdict(struct court *court, const struct verdict *verdict)
{
	struct verdict *new = vec_append(&court->judgement->verdicts);

	if (!new)
		return false;
	*new = *verdict;
	court->judgement->exceeded += verdict->exceeded;
	return true;
}

static bool judge_function(struct court *court, const struct pair *pair)
{
	size_t index = (size_t)(pair->new - court->medians.sums.items);
	const struct spread *spread = &court->medians.spreads.items[index];
	const struct location *location = sum_location(court, index);
	struct verdict verdict = {
		.memory = pair->new->amounts.bytes[0],
		.base = pair->base ? pair->base->amounts.bytes[0] : 0,
		.least = spread->least,
		.most = spread->most,
		.text = pair->new->text,
		.profile = court->runs[spread->run],
		.location = location,
		.path = CALLPATH_NONE,
	};

	if (!set_limit(court, location, &verdict))
		return true;
	decide(&verdict);
	return add_verdict(court, &verdict);
}

static struct ptmem_error *judge_functions(struct court *court)
{
	struct pair_list pairs = {0};
	struct ptmem_error *error = pairs_collect(&court->base, &court->medians.sums, &pairs);

	for (size_t i = 0; !error && i < pairs.count; i++)
		if (pairs.items[i].new && !judge_function(court, &pairs.items[i]))
			error = &error_no_memory;
	vec_deinit(&pairs);
	return error;
}

static bool judge_peak(struct court *court)
{
	struct verdict verdict = {
		.kind = LIMIT_PEAK, .limit = court->limits->max_rss, .path = CALLPATH_NONE};
	int64_t *peaks = malloc(court->count * sizeof *peaks);

	if (!peaks)
		return false;
	for (size_t i = 0; i < court->count; i++)
		peaks[i] = court->runs[i]->peak;
	verdict.memory = median(peaks, court->count);
	verdict.least = peaks[0];
	verdict.most = peaks[court->count - 1];
	free(peaks);
	decide(&verdict);
	return add_verdict(court, &verdict);
}

/* Of one run, for the verdicts that show it. */
static bool find_paths_of(struct court *court, const struct profile *run)
{
	const struct sum_list *sums = &court->medians.sums;
	struct heaviest *heaviest = heaviest_find(run, &court->options, sums);

	for (size_t i = 0; heaviest && i < court->judgement->verdicts.count; i++) {
		struct verdict *verdict = &court->judgement->verdicts.items[i];
		uint32_t sum;

		if (verdict->profile != run)
			continue;
		sum = sums_find(sums, verdict->text);
		if (sum == SUM_NONE)
			continue;
		verdict->path = heaviest[sum].node;
		verdict->path_memory = heaviest[sum].memory;
	}
	free(heaviest);
	return heaviest;
}

static bool find_paths(struct court *court)
{
	for (size_t i = 0; i < court->count; i++)
		if (!find_paths_of(court, court->runs[i]))
			return false;
	return true;
}

/* A function that was called and added nothing is no reason to call its budget useless. */
static void use_budgets(const struct court *court)
{
	for (size_t run = 0; run < court->count; run++)
		for (size_t i = 0; i < court->runs[run]->places->locations.count; i++) {
			const struct location *location =
				&court->runs[run]->places->locations.items[i];

			if (location->kind != LOCATION_THREAD && location->kind != LOCATION_CALL &&
				location->kind != LOCATION_METHOD)
				budgets_find(court->limits->budgets, location_name(location),
					location->kind);
		}
}

static int compare_verdicts(const void *a, const void *b)
{
	const struct verdict *left = a, *right = b;
	int64_t l = left->judged - left->limit, r = right->judged - right->limit;

	if (left->exceeded != right->exceeded)
		return left->exceeded ? 1 : -1;
	if (l != r)
		return l > r ? 1 : -1;
	return strcmp(left->text ? left->text : "", right->text ? right->text : "");
}

static struct ptmem_error *hear(struct court *court)
{
	struct judgement *judgement = court->judgement;
	struct ptmem_error *error =
		medians_collect(court->runs, court->count, &court->options, &court->medians);

	if (!error && court->limits->base)
		error = sums_collect(court->limits->base, &court->options, &court->base);
	if (!error)
		error = judge_functions(court);
	if (!error && court->limits->max_rss_given && !judge_peak(court))
		error = &error_no_memory;
	if (!error && judgement->exceeded && !find_paths(court))
		error = &error_no_memory;
	if (!error && court->limits->budgets)
		use_budgets(court);
	if (!error && judgement->verdicts.count)
		qsort(judgement->verdicts.items, judgement->verdicts.count,
			sizeof *judgement->verdicts.items, compare_verdicts);
	return error;
}

struct ptmem_error *judge(const struct profile *const *runs, size_t count,
	const struct limits *limits, struct judgement *judgement)
{
	struct judgement made = {.limits = limits, .runs = count};
	struct court court = {.runs = runs,
		.count = count,
		.limits = limits,
		.options = {.self = limits->self, .net = limits->net},
		.judgement = &made};
	struct ptmem_error *error = limits->base ? diff_check(limits->base, runs[0]) : NULL;

	if (!error)
		error = hear(&court);
	sums_deinit(&court.base);
	vec_deinit(&court.medians.spreads);
	made.functions = court.medians.sums;
	if (error)
		judgement_deinit(&made);
	else
		*judgement = made;
	return error;
}

static const struct location *node_location(const struct profile *profile, uint32_t node)
{
	return &profile->places->locations.items[callpath_at(&profile->paths, node)->location];
}

/* All but a thread's root. What a filter took for a thread is further down. */
static bool is_frame(const struct profile *profile, uint32_t node)
{
	if (node == CALLPATH_NONE || node == CALLPATH_ROOT)
		return false;
	return callpath_at(&profile->paths, node)->parent != CALLPATH_ROOT ||
	       node_location(profile, node)->kind != LOCATION_THREAD;
}

void verdict_path(const struct verdict *verdict, struct shown_path *path)
{
	const struct profile *profile = verdict->profile;
	size_t depth = 0, left;

	for (uint32_t i = verdict->path; is_frame(profile, i);
		i = callpath_at(&profile->paths, i)->parent)
		depth++;
	left = depth > PATH_SHOWN ? depth - PATH_SHOWN : 0;
	*path = (struct shown_path){.count = depth - left, .gap = PATH_SHOWN / 4, .left_out = left};
	for (uint32_t i = verdict->path; is_frame(profile, i);
		i = callpath_at(&profile->paths, i)->parent) {
		size_t at = --depth;

		if (at >= path->gap + left)
			at -= left;
		else if (at >= path->gap)
			continue;
		path->frames[at] = node_location(profile, i);
	}
}
