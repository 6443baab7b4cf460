/* PNG and PDF, which cairo draws. Nothing else of ptmem knows of it. */
#include "plot/canvas.h"

#include <cairo-pdf.h>
#include <cairo.h>
#include <math.h>
#include <stdlib.h>

#define PNG_SCALE 2 /* pixels a unit: screens of today have no less */
#define COLOR(color, shift) ((double)((color) >> (shift)&0xff) / 255)
#define DASHES_MOST 8

struct canvas {
	cairo_surface_t *surface;
	cairo_t *cairo;
	FILE *out;
	bool is_png;
};

static cairo_status_t write_bytes(void *out, const unsigned char *bytes, unsigned length)
{
	return fwrite(bytes, 1, length, out) == length ? CAIRO_STATUS_SUCCESS
						       : CAIRO_STATUS_WRITE_ERROR;
}

/* A failure of the stream is its own to tell. */
static struct ptmem_error *cairo_error(cairo_status_t status)
{
	if (status == CAIRO_STATUS_SUCCESS || status == CAIRO_STATUS_WRITE_ERROR)
		return NULL;
	if (status == CAIRO_STATUS_NO_MEMORY)
		return &error_no_memory;
	return error_new(ERROR_SYSTEM, "cannot draw: %s", cairo_status_to_string(status));
}

static struct ptmem_error *create(
	cairo_surface_t *surface, FILE *out, bool is_png, struct canvas **canvas)
{
	struct canvas *new = malloc(sizeof *new);

	if (!new) {
		cairo_surface_destroy(surface);
		return &error_no_memory;
	}
	*new = (struct canvas){surface, cairo_create(surface), out, is_png};
	if (is_png)
		cairo_scale(new->cairo, PNG_SCALE, PNG_SCALE);
	cairo_set_source_rgb(new->cairo, 1, 1, 1);
	cairo_paint(new->cairo);
	cairo_set_line_join(new->cairo, CAIRO_LINE_JOIN_ROUND);
	*canvas = new;
	return NULL;
}

static struct ptmem_error *png_create(
	FILE *out, double width, double height, struct canvas **canvas)
{
	return create(cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(width * PNG_SCALE),
			      (int)(height * PNG_SCALE)),
		out, true, canvas);
}

static struct ptmem_error *pdf_create(
	FILE *out, double width, double height, struct canvas **canvas)
{
	return create(cairo_pdf_surface_create_for_stream(write_bytes, out, width, height), out,
		false, canvas);
}

static struct ptmem_error *finish(struct canvas *canvas)
{
	cairo_status_t status = cairo_status(canvas->cairo);

	cairo_destroy(canvas->cairo);
	if (canvas->is_png && !status)
		status = cairo_surface_write_to_png_stream(
			canvas->surface, write_bytes, canvas->out);
	cairo_surface_finish(canvas->surface);
	if (!status)
		status = cairo_surface_status(canvas->surface);
	cairo_surface_destroy(canvas->surface);
	free(canvas);
	return cairo_error(status);
}

static void set_color(cairo_t *cairo, uint32_t color, double opacity)
{
	cairo_set_source_rgba(cairo, COLOR(color, 16), COLOR(color, 8), COLOR(color, 0), opacity);
}

static void trace(cairo_t *cairo, const struct point *points, size_t count)
{
	cairo_new_path(cairo);
	for (size_t i = 0; i < count; i++)
		cairo_line_to(cairo, points[i].x, points[i].y);
}

static void line(
	struct canvas *canvas, const struct point *points, size_t count, const struct pen *pen)
{
	int dashes = 0;

	while (pen->dash && dashes < DASHES_MOST && pen->dash[dashes] > 0)
		dashes++;
	cairo_set_dash(canvas->cairo, pen->dash, dashes, 0);
	cairo_set_line_cap(canvas->cairo, dashes ? CAIRO_LINE_CAP_BUTT : CAIRO_LINE_CAP_ROUND);
	cairo_set_line_width(canvas->cairo, pen->width);
	set_color(canvas->cairo, pen->color, pen->opacity);
	trace(canvas->cairo, points, count);
	if (count == 1)
		cairo_close_path(canvas->cairo); /* a dot */
	cairo_stroke(canvas->cairo);
}

static void area(struct canvas *canvas, const struct point *points, size_t count, uint32_t color,
	double opacity)
{
	set_color(canvas->cairo, color, opacity);
	trace(canvas->cairo, points, count);
	cairo_fill(canvas->cairo);
}

static void text(struct canvas *canvas, struct point at, const char *text, const struct type *type)
{
	cairo_text_extents_t extents;

	cairo_select_font_face(canvas->cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
		type->bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(canvas->cairo, type->size);
	cairo_text_extents(canvas->cairo, text, &extents);
	if (type->anchor == ANCHOR_MIDDLE)
		at.x -= extents.x_advance / 2;
	else if (type->anchor == ANCHOR_END)
		at.x -= extents.x_advance;
	set_color(canvas->cairo, type->color, 1);
	cairo_move_to(canvas->cairo, at.x, at.y);
	cairo_show_text(canvas->cairo, text);
}

/* Paper has no mouse. */
static void begin(struct canvas *canvas, const char *title)
{
	(void)canvas, (void)title;
}

static void end(struct canvas *canvas)
{
	(void)canvas;
}

const struct canvas_ops canvas_png = {
	.suffix = ".png",
	.create = png_create,
	.finish = finish,
	.line = line,
	.area = area,
	.text = text,
	.begin = begin,
	.end = end,
};

const struct canvas_ops canvas_pdf = {
	.suffix = ".pdf",
	.create = pdf_create,
	.finish = finish,
	.line = line,
	.area = area,
	.text = text,
	.begin = begin,
	.end = end,
};
