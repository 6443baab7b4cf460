/* Where the parts of a figure are. */
#include "plot/layout.h"

#include "plot/text.h"

#include <math.h>

#define WIDTH 980.0
#define MARGIN 24.0
#define PLOT_HEIGHT 380.0
#define TITLE_HEIGHT 26.0
#define UNIT_HEIGHT 22.0 /* over the memory axis */
#define TIME_HEIGHT 44.0 /* labels and unit under the time axis */
#define GAP 10.0
#define LABEL_GAP 10.0 /* between labels and axis */
#define COLUMN_GAP 28.0
#define NAME_MOST 420.0

/* What the widest label of the memory axis takes. */
static double widest_label(const struct axis *axis)
{
	char text[AMOUNT_SIZE];
	double widest = 0;

	for (size_t i = 0; i < axis->count; i++) {
		axis_label(axis, i, text);
		widest = fmax(widest, text_width(text, TEXT_SIZE));
	}
	return widest;
}

static double name_width(const struct legend_entry *entry)
{
	return fmin(text_width(entry->name, TEXT_SIZE), NAME_MOST);
}

/* What is said of the entries stands in line, unless the longest would then reach the next column.
 */
static void align_names(struct grid *grid, const struct legend_entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++)
		grid->names[i / grid->rows] =
			fmax(grid->names[i / grid->rows], name_width(&entries[i]));
}

static struct grid lay_grid(
	const struct legend_entry *entries, size_t count, double left, double top, double width)
{
	struct grid grid = {.left = left, .top = top};
	double widest = 0;
	size_t fit;

	if (!count)
		return grid;
	for (size_t i = 0; i < count; i++)
		widest = fmax(
			widest, name_width(&entries[i]) + text_width(entries[i].detail, TEXT_SIZE));
	grid.column = SWATCH_WIDTH + 2 * SWATCH_GAP + widest + COLUMN_GAP;
	fit = (size_t)((width + COLUMN_GAP) / grid.column);
	fit = fit > GRID_COLUMNS_MOST ? GRID_COLUMNS_MOST : fit;
	grid.columns = fit < 1 ? 1 : fit > count ? count : fit;
	grid.rows = (count + grid.columns - 1) / grid.columns;
	align_names(&grid, entries, count);
	return grid;
}

static double grid_bottom(const struct grid *grid)
{
	return grid->top + (grid->rows ? (double)grid->rows * LEGEND_HEIGHT + GAP : 0);
}

struct layout layout_of(const struct chart *chart, const struct legend *legend)
{
	struct layout layout = {.width = WIDTH};
	double left = MARGIN + widest_label(&chart->memory) + LABEL_GAP;
	double top = MARGIN + UNIT_HEIGHT, bottom;

	layout.title = (struct point){MARGIN, MARGIN + TITLE_SIZE * 0.8};
	if (chart->title)
		top += TITLE_HEIGHT;
	layout.plot = (struct box){left, top, WIDTH - MARGIN, top + PLOT_HEIGHT};
	layout.flames =
		(struct box){left, layout.plot.bottom, layout.plot.right, layout.plot.bottom};
	if (chart->has_flame) {
		layout.flames.top += GAP;
		layout.flames.bottom = layout.flames.top + chart->rows * FLAME_HEIGHT;
	}
	bottom = layout.flames.bottom + TIME_HEIGHT + GAP;
	layout.curves = lay_grid(
		legend->curves.items, legend->curves.count, MARGIN, bottom, WIDTH - 2 * MARGIN);
	bottom = grid_bottom(&layout.curves);
	layout.bands = lay_grid(
		legend->bands.items, legend->bands.count, MARGIN, bottom, WIDTH - 2 * MARGIN);
	bottom = grid_bottom(&layout.bands);
	layout.functions = lay_grid(legend->functions.items, legend->functions.count, MARGIN,
		bottom, WIDTH - 2 * MARGIN);
	bottom = grid_bottom(&layout.functions);
	layout.rest = (struct point){MARGIN, bottom + TEXT_SIZE};
	if (*legend->rest)
		bottom += LEGEND_HEIGHT + GAP;
	layout.height = ceil(bottom + MARGIN - GAP);
	return layout;
}

struct point layout_entry(const struct grid *grid, size_t number)
{
	size_t column = number / grid->rows, row = number % grid->rows;

	return (struct point){grid->left + (double)column * grid->column,
		grid->top + (double)row * LEGEND_HEIGHT + TEXT_SIZE};
}

double layout_name(const struct grid *grid, size_t number)
{
	return grid->names[number / grid->rows];
}
