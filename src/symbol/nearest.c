/* The names nearest to a pattern that matched nothing, by edit distance on last parts. */
#include "symbol/pattern.h"

#include "base/strbuf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Longer names are compared by their beginnings: the rows of the table are on the stack. */
#define MAX_COMPARED 64

struct word {
	const char *text;
	size_t length;
};

static struct word last_word(const char *name)
{
	struct word word;
	word.text = name_last_part(name, &word.length);
	if (word.length > MAX_COMPARED)
		word.length = MAX_COMPARED;
	return word;
}

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Insertions, deletions, replacements and swaps of neighbours that lead from one to the other. */
static size_t edit_distance(struct word a, struct word b)
{
	size_t rows[3][MAX_COMPARED + 1] = {{0}};

	for (size_t k = 0; k <= b.length; k++)
		rows[0][k] = k;
	for (size_t i = 1; i <= a.length; i++) {
		size_t *row = rows[i % 3], *last = rows[(i - 1) % 3], *before = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t k = 1; k <= b.length; k++) {
			size_t replaced = last[k - 1] + !same(a.text[i - 1], b.text[k - 1]);

			row[k] = smaller(replaced, smaller(row[k - 1], last[k]) + 1);
			if (i > 1 && k > 1 && same(a.text[i - 1], b.text[k - 2]) &&
				same(a.text[i - 2], b.text[k - 1]))
				row[k] = smaller(row[k], before[k - 2] + 1);
		}
	}
	return rows[a.length % 3][b.length];
}

/* A name of which half would have to change is not what was meant. */
static size_t farthest(size_t length)
{
	size_t third = length / 3;
	return third ? third : 1;
}

static size_t length_difference(struct word a, struct word b)
{
	return a.length > b.length ? a.length - b.length : b.length - a.length;
}

/* Where a name of this distance belongs; nearest->count where it is behind all. */
static size_t place(const struct nearest *nearest, size_t distance, const char *name)
{
	for (size_t i = 0; i < nearest->count; i++) {
		if (distance < nearest->distance[i] ||
			(distance == nearest->distance[i] && strcmp(name, nearest->names[i]) < 0))
			return i;
	}
	return nearest->count;
}

static bool is_kept(const struct nearest *nearest, const char *name)
{
	for (size_t i = 0; i < nearest->count; i++) {
		if (strcmp(nearest->names[i], name) == 0)
			return true;
	}
	return false;
}

/* Without memory the name is left out: it was only a suggestion. */
static void keep(struct nearest *nearest, size_t at, size_t distance, const char *name)
{
	char *copy = strdup(name);
	if (!copy)
		return;
	if (nearest->count == NEAREST_NAMES)
		free(nearest->names[--nearest->count]);
	size_t moved = nearest->count - at;
	memmove(&nearest->names[at + 1], &nearest->names[at], moved * sizeof *nearest->names);
	memmove(&nearest->distance[at + 1], &nearest->distance[at],
		moved * sizeof *nearest->distance);
	nearest->names[at] = copy;
	nearest->distance[at] = distance;
	nearest->count++;
}

void nearest_init(struct nearest *nearest, const char *pattern)
{
	*nearest = (struct nearest){.pattern = pattern};
}

void nearest_offer(struct nearest *nearest, const char *name)
{
	struct word wanted = last_word(nearest->pattern), offered = last_word(name);
	size_t limit = farthest(wanted.length);
	if (length_difference(wanted, offered) > limit)
		return;
	size_t distance = edit_distance(wanted, offered);
	if (distance > limit || is_kept(nearest, name))
		return;
	size_t at = place(nearest, distance, name);
	if (at < NEAREST_NAMES)
		keep(nearest, at, distance, name);
}

void nearest_deinit(struct nearest *nearest)
{
	for (size_t i = 0; i < nearest->count; i++)
		free(nearest->names[i]);
	nearest->count = 0;
}

char *nearest_phrase(const struct nearest *nearest)
{
	struct strbuf text = {0};

	for (size_t i = 0; i < nearest->count; i++) {
		if (i)
			strbuf_add(&text, ", ");
		else
			strbuf_addf(&text, ": the nearest %s ", nearest->count > 1 ? "are" : "is");
		strbuf_add(&text, nearest->names[i]);
	}
	return strbuf_take(&text);
}
