/* PNG and PDF, which cairo draws. Nothing else of ptmem knows of it; it is loaded for them. */
#include "base/lazy_library.h"
#include "plot/canvas.h"

#include <cairo-pdf.h>
#include <cairo.h>
#include <math.h>
#include <stdlib.h>

#define PNG_SCALE 2 /* pixels a unit: screens of today have no less */
#define COLOR(color, shift) ((double)((color) >> (shift)&0xff) / 255)
#define DASHES_MOST 8

#define CAIRO "libcairo.so.2"

/* What is called of it, as CALL(...) each. */
#define CAIRO_CALLS(CALL)                   \
	CALL(close_path)                    \
	CALL(create)                        \
	CALL(destroy)                       \
	CALL(fill)                          \
	CALL(image_surface_create)          \
	CALL(line_to)                       \
	CALL(move_to)                       \
	CALL(new_path)                      \
	CALL(paint)                         \
	CALL(pdf_surface_create_for_stream) \
	CALL(scale)                         \
	CALL(select_font_face)              \
	CALL(set_dash)                      \
	CALL(set_font_size)                 \
	CALL(set_line_cap)                  \
	CALL(set_line_join)                 \
	CALL(set_line_width)                \
	CALL(set_source_rgb)                \
	CALL(set_source_rgba)               \
	CALL(show_text)                     \
	CALL(status)                        \
	CALL(status_to_string)              \
	CALL(stroke)                        \
	CALL(surface_destroy)               \
	CALL(surface_finish)                \
	CALL(surface_status)                \
	CALL(surface_write_to_png_stream)   \
	CALL(text_extents)

#define MEMBER(call) __typeof__(cairo_##call) *call;
#define ENTRY(call) {"cairo_" #call, offsetof(struct calls, call)},

struct calls {
	CAIRO_CALLS(MEMBER)
};

static const struct lazy_call table[] = {CAIRO_CALLS(ENTRY)};

struct canvas {
	struct calls calls;
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
static struct ptmem_error *cairo_error(const struct calls *calls, cairo_status_t status)
{
	if (status == CAIRO_STATUS_SUCCESS || status == CAIRO_STATUS_WRITE_ERROR)
		return NULL;
	if (status == CAIRO_STATUS_NO_MEMORY)
		return &error_no_memory;
	return error_new(ERROR_SYSTEM, "cannot draw: %s", calls->status_to_string(status));
}

static struct ptmem_error *load(struct calls *calls)
{
	struct ptmem_error *error =
		lazy_library_load(CAIRO, table, sizeof table / sizeof *table, calls);
	struct ptmem_error *more;

	if (!error)
		return NULL;
	more = error_new(ERROR_SYSTEM,
		"PNG and PDF are drawn by cairo, which %s: install it, or name a file that ends in "
		".svg",
		error->message);
	error_free(error);
	return more;
}

/* Before anything is written. */
static struct ptmem_error *check(void)
{
	struct calls calls;

	return load(&calls);
}

static struct ptmem_error *create(FILE *out, bool is_png, struct canvas **canvas)
{
	struct canvas *new = calloc(1, sizeof *new);
	struct ptmem_error *error = new ? load(&new->calls) : &error_no_memory;

	if (error) {
		free(new);
		return error;
	}
	new->out = out;
	new->is_png = is_png;
	*canvas = new;
	return NULL;
}

static void begin_page(struct canvas *canvas, cairo_surface_t *surface)
{
	const struct calls *calls = &canvas->calls;

	canvas->surface = surface;
	canvas->cairo = calls->create(surface);
	if (canvas->is_png)
		calls->scale(canvas->cairo, PNG_SCALE, PNG_SCALE);
	calls->set_source_rgb(canvas->cairo, 1, 1, 1);
	calls->paint(canvas->cairo);
	calls->set_line_join(canvas->cairo, CAIRO_LINE_JOIN_ROUND);
}

static struct ptmem_error *png_create(
	FILE *out, double width, double height, struct canvas **canvas)
{
	struct ptmem_error *error = create(out, true, canvas);

	if (!error)
		begin_page(*canvas, (*canvas)->calls.image_surface_create(CAIRO_FORMAT_RGB24,
					    (int)(width * PNG_SCALE), (int)(height * PNG_SCALE)));
	return error;
}

static struct ptmem_error *pdf_create(
	FILE *out, double width, double height, struct canvas **canvas)
{
	struct ptmem_error *error = create(out, false, canvas);

	if (!error)
		begin_page(*canvas, (*canvas)->calls.pdf_surface_create_for_stream(
					    write_bytes, out, width, height));
	return error;
}

static struct ptmem_error *finish(struct canvas *canvas)
{
	const struct calls calls = canvas->calls;
	cairo_status_t status = calls.status(canvas->cairo);

	calls.destroy(canvas->cairo);
	if (canvas->is_png && !status)
		status = calls.surface_write_to_png_stream(
			canvas->surface, write_bytes, canvas->out);
	calls.surface_finish(canvas->surface);
	if (!status)
		status = calls.surface_status(canvas->surface);
	calls.surface_destroy(canvas->surface);
	free(canvas);
	return cairo_error(&calls, status);
}

static void set_color(struct canvas *canvas, uint32_t color, double opacity)
{
	canvas->calls.set_source_rgba(
		canvas->cairo, COLOR(color, 16), COLOR(color, 8), COLOR(color, 0), opacity);
}

static void trace(struct canvas *canvas, const struct point *points, size_t count)
{
	canvas->calls.new_path(canvas->cairo);
	for (size_t i = 0; i < count; i++)
		canvas->calls.line_to(canvas->cairo, points[i].x, points[i].y);
}

static void line(
	struct canvas *canvas, const struct point *points, size_t count, const struct pen *pen)
{
	const struct calls *calls = &canvas->calls;
	int dashes = 0;

	while (pen->dash && dashes < DASHES_MOST && pen->dash[dashes] > 0)
		dashes++;
	calls->set_dash(canvas->cairo, pen->dash, dashes, 0);
	calls->set_line_cap(canvas->cairo, dashes ? CAIRO_LINE_CAP_BUTT : CAIRO_LINE_CAP_ROUND);
	calls->set_line_width(canvas->cairo, pen->width);
	set_color(canvas, pen->color, pen->opacity);
	trace(canvas, points, count);
	if (count == 1)
		calls->close_path(canvas->cairo); /* a dot */
	calls->stroke(canvas->cairo);
}

static void area(struct canvas *canvas, const struct point *points, size_t count, uint32_t color,
	double opacity)
{
	set_color(canvas, color, opacity);
	trace(canvas, points, count);
	canvas->calls.fill(canvas->cairo);
}

static void text(struct canvas *canvas, struct point at, const char *text, const struct type *type)
{
	const struct calls *calls = &canvas->calls;
	cairo_text_extents_t extents;

	calls->select_font_face(canvas->cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
		type->bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
	calls->set_font_size(canvas->cairo, type->size);
	calls->text_extents(canvas->cairo, text, &extents);
	if (type->anchor == ANCHOR_MIDDLE)
		at.x -= extents.x_advance / 2;
	else if (type->anchor == ANCHOR_END)
		at.x -= extents.x_advance;
	set_color(canvas, type->color, 1);
	calls->move_to(canvas->cairo, at.x, at.y);
	calls->show_text(canvas->cairo, text);
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
	.check = check,
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
	.check = check,
	.create = pdf_create,
	.finish = finish,
	.line = line,
	.area = area,
	.text = text,
	.begin = begin,
	.end = end,
};
