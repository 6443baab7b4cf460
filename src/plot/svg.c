/*
 * SVG, written as text: it needs no library, scales, and a browser shows the titles of what the
 * mouse is on.
 *
 *     <g><title>load, 350 ms</title>
 *     <polyline points="70.0,45.2 71.0,45.0" stroke="#0072b2" stroke-width="1.5"/>
 *     </g>
 */
#include "plot/canvas.h"

#include <math.h>
#include <stdlib.h>

struct canvas {
	FILE *out;
};

static struct ptmem_error *svg_create(
	FILE *out, double width, double height, struct canvas **canvas)
{
	struct canvas *new = malloc(sizeof *new);

	if (!new)
		return &error_no_memory;
	new->out = out;
	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
		"viewBox=\"0 0 %.0f %.0f\"\n"
		" font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\" fill=\"none\" "
		"stroke-linecap=\"round\" stroke-linejoin=\"round\">\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
		width, height, width, height);
	*canvas = new;
	return NULL;
}

static struct ptmem_error *svg_finish(struct canvas *canvas)
{
	fputs("</svg>\n", canvas->out);
	free(canvas);
	return NULL;
}

/* What is written is clean already: see text_clean(). */
static void write_text(const char *text, FILE *out)
{
	for (; *text; text++)
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		default:
			fputc(*text, out);
		}
}

/* Tenths are finer than eyes; `-0.0` would be another text for the same place. */
static double tenths(double value)
{
	return round(value * 10) / 10 + 0.0;
}

static void write_points(const struct point *points, size_t count, FILE *out)
{
	fputs(" points=\"", out);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s%.1f,%.1f", i ? " " : "", tenths(points[i].x), tenths(points[i].y));
	fputc('"', out);
}

static void svg_line(
	struct canvas *canvas, const struct point *points, size_t count, const struct pen *pen)
{
	fputs("<polyline", canvas->out);
	write_points(points, count, canvas->out);
	fprintf(canvas->out, " stroke=\"#%06x\" stroke-width=\"%g\"", pen->color, pen->width);
	if (pen->opacity < 1)
		fprintf(canvas->out, " stroke-opacity=\"%g\"", pen->opacity);
	if (pen->dash && *pen->dash) {
		fputs(" stroke-linecap=\"butt\" stroke-dasharray=\"", canvas->out);
		for (const double *length = pen->dash; *length; length++)
			fprintf(canvas->out, "%s%g", length > pen->dash ? " " : "", *length);
		fputc('"', canvas->out);
	}
	fputs("/>\n", canvas->out);
}

static void svg_area(struct canvas *canvas, const struct point *points, size_t count,
	uint32_t color, double opacity)
{
	fputs("<polygon", canvas->out);
	write_points(points, count, canvas->out);
	fprintf(canvas->out, " fill=\"#%06x\"", color);
	if (opacity < 1)
		fprintf(canvas->out, " fill-opacity=\"%g\"", opacity);
	fputs("/>\n", canvas->out);
}

static void svg_text(
	struct canvas *canvas, struct point at, const char *text, const struct type *type)
{
	static const char *const anchors[] = {
		[ANCHOR_START] = "",
		[ANCHOR_MIDDLE] = " text-anchor=\"middle\"",
		[ANCHOR_END] = " text-anchor=\"end\"",
	};

	fprintf(canvas->out, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%g\" fill=\"#%06x\"%s%s>",
		tenths(at.x), tenths(at.y), type->size, type->color, anchors[type->anchor],
		type->bold ? " font-weight=\"bold\"" : "");
	write_text(text, canvas->out);
	fputs("</text>\n", canvas->out);
}

static void svg_begin(struct canvas *canvas, const char *title)
{
	fputs("<g><title>", canvas->out);
	write_text(title, canvas->out);
	fputs("</title>\n", canvas->out);
}

static void svg_end(struct canvas *canvas)
{
	fputs("</g>\n", canvas->out);
}

const struct canvas_ops canvas_svg = {
	.suffix = ".svg",
	.has_titles = true,
	.create = svg_create,
	.finish = svg_finish,
	.line = svg_line,
	.area = svg_area,
	.text = svg_text,
	.begin = svg_begin,
	.end = svg_end,
};
