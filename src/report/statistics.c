/* What several runs have in common. */
#include "report/statistics.h"

#include "report/median.h"

#include <math.h>

static double mean_of(const int64_t *values, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += (double)values[i];
	return sum / (double)count;
}

static double deviation_of(const int64_t *values, size_t count)
{
	double mean = mean_of(values, count), squares = 0;

	for (size_t i = 0; i < count; i++)
		squares += ((double)values[i] - mean) * ((double)values[i] - mean);
	return count > 1 ? sqrt(squares / (double)(count - 1)) : 0;
}

struct statistics statistics_of(int64_t *values, size_t count)
{
	struct statistics statistics = {.median = median(values, count)};

	statistics.least = values[0];
	statistics.most = values[count - 1];
	statistics.deviation = deviation_of(values, count);
	return statistics;
}
