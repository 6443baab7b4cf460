/* What stands under a plot. */
#include "plot/legend.h"

#include <stdio.h>

void legend_deinit(struct legend *legend)
{
	vec_deinit(&legend->curves);
	vec_deinit(&legend->bands);
	vec_deinit(&legend->functions);
}

static void describe_curve(
	const struct chart *chart, const struct chart_curve *curve, char text[4 * AMOUNT_SIZE])
{
	char peak[AMOUNT_SIZE], slope[AMOUNT_SIZE];

	amount_memory(curve->summary.peak.y, peak);
	amount_slope(curve->summary.slope, slope);
	if (!chart->has_slopes)
		snprintf(text, (size_t)4 * AMOUNT_SIZE, "peak %s", peak);
	else
		snprintf(text, (size_t)4 * AMOUNT_SIZE, "peak %s, slope %s", peak,
			curve->summary.has_slope ? slope : "unknown");
}

static bool add_curves(struct legend *legend, const struct chart *chart)
{
	for (size_t i = 0; i < chart->curves.count; i++) {
		const struct chart_curve *curve = &chart->curves.items[i];
		struct legend_entry *entry = vec_append(&legend->curves);

		if (!entry)
			return false;
		entry->name = curve->name;
		describe_curve(chart, curve, entry->detail);
	}
	return true;
}

static bool add_bands(struct legend *legend, const struct chart *chart)
{
	char memory[AMOUNT_SIZE];

	for (size_t i = 0; i < chart->bands.count; i++) {
		const struct chart_band *band = &chart->bands.items[i];
		struct legend_entry *entry = vec_append(&legend->bands);

		if (!entry)
			return false;
		entry->name = band->name;
		amount_memory(band->at_peak, memory);
		snprintf(entry->detail, sizeof entry->detail, "%s at the peak", memory);
	}
	return true;
}

static bool add_functions(struct legend *legend, const struct chart *chart)
{
	for (size_t i = 0; i < chart->functions.count && i < CHART_FUNCTIONS_MOST; i++) {
		const struct chart_function *function = &chart->functions.items[i];
		struct legend_entry *entry = vec_append(&legend->functions);

		if (!entry)
			return false;
		entry->name = function->name;
		chart_describe_function(function, entry->detail);
	}
	return true;
}

struct ptmem_error *legend_init(struct legend *legend, const struct chart *chart)
{
	/* A curve on its own is the one that the peak's label speaks of. */
	bool curves = chart->curves.count > 1 || chart->has_slopes;

	*legend = (struct legend){0};
	chart_describe_rest(chart, legend->rest);
	if ((!curves || add_curves(legend, chart)) && add_bands(legend, chart) &&
		add_functions(legend, chart))
		return NULL;
	legend_deinit(legend);
	return &error_no_memory;
}
