/* Memory over time. */
#include "series/series.h"

#include <stdlib.h>

static void calls_free(struct series *series)
{
	for (size_t i = 0; i < series->call_count; i++)
		free(series->calls[i].name);
	free(series->calls);
}

void series_deinit(struct series *series)
{
	for (size_t i = 0; i < series->child_count; i++)
		free(series->children[i].samples);
	free(series->children);
	free(series->whole.samples);
	calls_free(series);
	free(series->command);
	*series = (struct series){0};
}

static double highest(const struct series_curve *curve, double peak)
{
	for (size_t i = 0; i < curve->count; i++)
		if (curve->samples[i].memory > peak)
			peak = curve->samples[i].memory;
	return peak;
}

double series_peak(const struct series *series)
{
	double peak;

	if (series->has_peak)
		return series->peak;
	peak = highest(&series->whole, 0);
	for (size_t i = 0; i < series->child_count; i++)
		peak = highest(&series->children[i], peak);
	return peak;
}
