/* How high the memory of a program goes in one run. */
#include "measure/peak.h"

#include "engine/signals.h"
#include "timeline/timeline.h"

#include <signal.h>
#include <stdlib.h>

/* ms. The kernel's own peak is asked for before the end only in case that there is none to be seen,
 * or that the program executes another one. */
#define KEPT_EVERY 20

bool peak_is_sampled(const struct peak_options *options)
{
	return options->children || options->metric != METRIC_RSS;
}

static int64_t highest_of(const struct peak_options *options, const struct timeline_result *result)
{
	int64_t highest = result->highest;

	if (options->metric != METRIC_RSS)
		return highest;
	if (result->peak > highest)
		highest = result->peak;
	return result->one > highest ? result->one : highest;
}

/* Of the warnings, the first is the one that others follow from. */
static void keep(
	const struct peak_options *options, struct timeline_result *result, struct peak_run *run)
{
	*run = (struct peak_run){
		.start = result->first,
		.peak = highest_of(options, result),
		.status = result->detached ? SIGINT : result->status,
		.cut = !result->last_look,
		.untraced = !result->traced,
		.interrupted = signals_ask_to_end(),
		.warning = result->warnings[0],
	};
	result->warnings[0] = NULL;
}

struct ptmem_error *peak_run(const struct peak_options *options, struct peak_run *run)
{
	struct timeline_options timeline = {
		.argv = options->argv,
		.interval = (peak_is_sampled(options) ? PEAK_INTERVAL : KEPT_EVERY) / 1000.0,
		.sum = options->children,
		.sparing = true,
		.metric = options->metric,
	};
	struct timeline_result result;
	struct ptmem_error *error = timeline_run(&timeline, &result);

	if (!error)
		keep(options, &result, run);
	timeline_result_deinit(&result);
	return error;
}

void peak_run_deinit(struct peak_run *run)
{
	free(run->warning);
	*run = (struct peak_run){0};
}
