/* Profiles made by hand, for the tests of what is printed from them. */
#ifndef PTMEM_TEST_UNIT_HANDMADE_H
#define PTMEM_TEST_UNIT_HANDMADE_H

#include "report/report.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 4096
#define MB 1048576

static inline struct profile new_profile(enum metric metric)
{
	struct profile profile;

	cr_assert(profile_init(&profile, metric));
	cr_assert_eq(places_add_module(profile.places, "/opt/app/bin/app", NULL), 0);
	return profile;
}

/* A function of a module; without a file it is one without debug info. */
static inline uint32_t function_in(
	struct profile *profile, uint32_t module, const char *file, int line, const char *name)
{
	uint32_t index = places_code_location(
		profile->places, module, 16 * profile->places->locations.count, "symbol");
	struct location *location = &profile->places->locations.items[index];

	location->name = strdup(name);
	location->file = file ? strdup(file) : NULL;
	location->line = line;
	return index;
}

static inline uint32_t function(
	struct profile *profile, const char *file, int line, const char *name)
{
	return function_in(profile, 0, file, line, name);
}

static inline uint32_t bracket(struct profile *profile, const char *name)
{
	return places_bracket_location(profile->places, name);
}

static inline uint32_t thread(struct profile *profile, uint64_t ordinal, const char *name)
{
	return callpath_intern(&profile->paths, CALLPATH_ROOT,
		places_thread_location(profile->places, ordinal, name));
}

/* The path below this one, with so many calls, in the innermost of which so much moved. */
static inline uint32_t path(
	struct profile *profile, uint32_t parent, uint32_t location, unsigned calls, int64_t self)
{
	uint32_t node = callpath_intern(&profile->paths, parent, location);
	struct callpath_call call = {
		.self = {.bytes = {self}}, .total = {.bytes = {self}}, .outermost = true};

	callpath_charge(&profile->paths, node, &call.self);
	callpath_finish(&profile->paths, node, &call);
	callpath_at(&profile->paths, node)->calls += calls;
	return node;
}

/* What a format makes of a profile; to be freed. */
static inline char *report_text(const struct report_ops *format, const struct profile *profile,
	const struct report_options *options, struct report_hidden *hidden)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	*hidden = (struct report_hidden){0};
	cr_assert_null(format->write(profile, options, out, hidden));
	fclose(out);
	return text;
}

static inline void expect_report(const struct report_ops *format, const struct profile *profile,
	const struct report_options *options, const char *expected)
{
	struct report_hidden hidden;
	char *text = report_text(format, profile, options, &hidden);

	cr_expect_str_eq(text, expected);
	free(text);
}

#endif
