/* Cells of a terminal that lines are drawn on. */
#include "plot/raster.h"

#include "plot/style.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DOTS_ACROSS 2
#define DOTS_DOWN 4
#define BRAILLE 0x2800 /* without dots */

bool raster_init(struct raster *raster, size_t width, size_t height, bool characters)
{
	*raster = (struct raster){
		calloc(width * height, sizeof *raster->cells), width, height, characters};
	return raster->cells;
}

void raster_deinit(struct raster *raster)
{
	free(raster->cells);
}

static struct cell *cell_at(const struct raster *raster, long x, long y)
{
	if (x < 0 || y < 0 || (size_t)x >= raster->width || (size_t)y >= raster->height)
		return NULL;
	return &raster->cells[(size_t)y * raster->width + (size_t)x];
}

/* At a place in dots, where there are dots; else in cells. */
static void draw_dot(const struct raster *raster, long x, long y, size_t style)
{
	static const uint8_t bits[DOTS_DOWN][DOTS_ACROSS] = {
		{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
	long across = raster->characters ? 1 : DOTS_ACROSS;
	long down = raster->characters ? 1 : DOTS_DOWN;
	struct cell *cell = x < 0 || y < 0 ? NULL : cell_at(raster, x / across, y / down);

	if (!cell || cell->taken)
		return;
	cell->ink = INK_STYLE + (unsigned)style;
	if (raster->characters)
		cell->text[0] = style_character(style);
	else
		cell->dots |= bits[y % down][x % across];
}

static long dot_of(double cells, size_t dots)
{
	return (long)floor(cells * (double)dots);
}

/* Every dot that the line goes through, or every `stride`th. */
static void draw_line(const struct raster *raster, struct point from, struct point to, size_t style,
	size_t stride)
{
	size_t across = raster->characters ? 1 : DOTS_ACROSS;
	size_t down = raster->characters ? 1 : DOTS_DOWN;
	long x = dot_of(from.x, across), y = dot_of(from.y, down);
	long width = dot_of(to.x, across) - x, height = dot_of(to.y, down) - y;
	long steps = labs(width) > labs(height) ? labs(width) : labs(height);

	for (long i = 0; i <= steps; i += (long)stride) {
		double part = steps ? (double)i / (double)steps : 0;

		draw_dot(raster, x + lround((double)width * part),
			y + lround((double)height * part), style);
	}
}

void raster_line(struct raster *raster, const struct point *points, size_t count, size_t style,
	size_t stride)
{
	if (count == 1)
		draw_line(raster, points[0], points[0], style, stride);
	for (size_t i = 0; i + 1 < count; i++)
		draw_line(raster, points[i], points[i + 1], style, stride);
}

static size_t copy_character(const char *from, char to[CELL_SIZE])
{
	size_t length = 1;

	while (((unsigned char)from[length] & 0xc0) == 0x80 && length + 1 < CELL_SIZE)
		length++;
	memcpy(to, from, length);
	to[length] = '\0';
	return length;
}

void raster_text(struct raster *raster, long x, long y, const char *text, unsigned ink)
{
	char character[CELL_SIZE];

	for (; *text; x++) {
		struct cell *cell = cell_at(raster, x, y);

		text += copy_character(text, character);
		if (!cell || cell->taken)
			continue;
		memcpy(cell->text, character, sizeof cell->text);
		cell->ink = ink;
		cell->taken = true;
	}
}

void raster_fill(struct raster *raster, long x, long y, const char *character)
{
	struct cell *cell = cell_at(raster, x, y);

	if (!cell || cell->taken || cell->dots || *cell->text)
		return;
	copy_character(character, cell->text);
	cell->ink = INK_FAINT;
}

static void print_ink(unsigned ink, struct strbuf *out)
{
	if (ink == INK_FAINT)
		strbuf_add(out, "\033[2m");
	else if (ink >= INK_STYLE)
		strbuf_addf(out, "\033[38;5;%um", style_terminal_color(ink - INK_STYLE));
}

void raster_print_text(const char *text, unsigned ink, bool color, struct strbuf *out)
{
	color &= ink != INK_NONE;
	if (color)
		print_ink(ink, out);
	strbuf_add(out, text);
	if (color)
		strbuf_add(out, "\033[0m");
}

/* Braille in UTF-8. */
static void print_dots(uint8_t dots, struct strbuf *out)
{
	unsigned code = BRAILLE + dots;
	const char bytes[] = {(char)(0xe0 | code >> 12), (char)(0x80 | (code >> 6 & 0x3f)),
		(char)(0x80 | (code & 0x3f))};

	strbuf_add_bytes(out, bytes, sizeof bytes);
}

static bool is_blank(const struct cell *cell)
{
	return !*cell->text && !cell->dots;
}

void raster_print(const struct raster *raster, size_t row, bool color, struct strbuf *out)
{
	const struct cell *cells = &raster->cells[row * raster->width];
	size_t end = raster->width;
	unsigned ink = INK_NONE;

	while (end && is_blank(&cells[end - 1]))
		end--;
	for (size_t i = 0; i < end; i++) {
		if (color && !is_blank(&cells[i]) && cells[i].ink != ink) {
			if (ink != INK_NONE)
				strbuf_add(out, "\033[0m");
			ink = cells[i].ink;
			print_ink(ink, out);
		}
		if (*cells[i].text)
			strbuf_add(out, cells[i].text);
		else if (cells[i].dots)
			print_dots(cells[i].dots, out);
		else
			strbuf_add(out, " ");
	}
	if (ink != INK_NONE)
		strbuf_add(out, "\033[0m");
}
