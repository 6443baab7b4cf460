/* Numbers of the files of memory over time. */
#include "series/number.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 64                     /* characters of a number; mprof's have 20 at most */
#define EXACT_MOST (UINT64_C(1) << 53) /* whole numbers up to here are doubles */
#define DIGITS_MOST 19                 /* that a uint64_t has room for */

static bool is_digit(char character)
{
	return (unsigned char)(character - '0') < 10;
}

static bool is_over(const char *text, const char *end)
{
	return text >= end || *text == ' ' || *text == '\t';
}

/* Digits with a point among them, as a whole number and how many of its digits follow the point. */
static unsigned read_digits(const char **text, uint64_t *whole, unsigned *decimals)
{
	const char *at = *text, *point = NULL;
	unsigned digits = 0;

	for (;; at++) {
		if (is_digit(*at)) {
			*whole = *whole * 10 + (unsigned)(*at - '0');
			digits++;
		} else if (*at == '.' && !point) {
			point = at;
		} else {
			break;
		}
	}
	*decimals = point ? (unsigned)(at - point - 1) : 0;
	*text = at;
	return digits;
}

/* What is not short and plain: long ones, exponents, and what is no number. */
static bool read_slowly(const char **text, const char *end, double *number)
{
	char copy[LONGEST + 1];
	const char *at = *text;
	size_t length;
	char *behind;

	while (!is_over(at, end))
		at++;
	length = (size_t)(at - *text);
	/* strtod() would take words and hexadecimal as well. */
	if (!length || length > LONGEST || !(is_digit(**text) || **text == '.'))
		return false;
	memcpy(copy, *text, length);
	copy[length] = '\0';
	if (strspn(copy, "0123456789.eE+-") != length)
		return false;
	*number = strtod(copy, &behind);
	*text = at;
	return behind == copy + length;
}

bool number_read(const char **text, const char *end, double most, double *number)
{
	/* Whole number and power are exact, so the division rounds once, as strtod() does. */
	static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10,
		1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19};
	const char *at = *text;
	uint64_t whole = 0;
	unsigned decimals, digits = read_digits(&at, &whole, &decimals);
	double value;

	if (digits && digits <= DIGITS_MOST && whole <= EXACT_MOST && is_over(at, end)) {
		value = (double)whole / powers[decimals];
	} else {
		at = *text;
		if (!read_slowly(&at, end, &value))
			return false;
	}
	if (!(value >= 0 && value <= most))
		return false;
	*number = value;
	*text = at;
	return true;
}

bool number_read_whole(const char **text, const char *end, unsigned most, unsigned *number)
{
	const char *at = *text;
	uint64_t whole = 0;

	for (; is_digit(*at) && whole <= most; at++)
		whole = whole * 10 + (unsigned)(*at - '0');
	if (at == *text || whole > most || !is_over(at, end))
		return false;
	*number = (unsigned)whole;
	*text = at;
	return true;
}
