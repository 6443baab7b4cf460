/* What curves and functions look like. */
#include "plot/style.h"

/* Without their yellow, which white paper swallows. */
static const uint32_t colors[STYLE_COLORS] = {
	0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0x56b4e9, 0xe69f00, 0x000000};
static const unsigned terminal_colors[STYLE_COLORS] = {32, 166, 36, 175, 74, 178, 244};

static const double dashes[STYLE_DASHES][7] = {
	{0}, {7, 3, 0}, {2, 2.5, 0}, {9, 3, 2, 3, 0}, {14, 4, 0}};

static const char characters[] = "*+ox#@%&=~";

uint32_t style_color(size_t number)
{
	return colors[number % STYLE_COLORS];
}

uint32_t style_light(size_t number)
{
	uint32_t color = style_color(number), light = 0;

	for (unsigned shift = 0; shift < 24; shift += 8) {
		uint32_t part = color >> shift & 0xff;

		light |= (255 - (255 - part) * 2 / 5) << shift;
	}
	return light;
}

const double *style_dash(size_t number)
{
	return dashes[number % STYLE_DASHES];
}

enum marker style_marker(size_t number)
{
	return (enum marker)(number % STYLE_MARKERS);
}

char style_letter(size_t number)
{
	return (char)('a' + number % 26);
}

char style_character(size_t number)
{
	return characters[number % (sizeof characters - 1)];
}

unsigned style_terminal_color(size_t number)
{
	return terminal_colors[number % STYLE_COLORS];
}
