/*
 * A judgement as text for people and for the programs that watch over builds. A format is
 * one `struct verdict_ops`.
 */
#ifndef PTMEM_REPORT_VERDICT_H
#define PTMEM_REPORT_VERDICT_H

#include "base/error.h"
#include "base/strbuf.h"
#include "report/judge.h"

#include <stdbool.h>
#include <stdio.h>

struct verdict_options {
	int precision; /* significant digits of an amount, where it is for people */
	bool color;
	const char *name; /* of what was judged: a program, or a recording's file */
	const char *root; /* a folder: files below it are named from there on for CI; or NULL */
};

struct verdict_ops {
	const char *name;
	struct ptmem_error *(*write)(const struct judgement *judgement,
		const struct verdict_options *options, FILE *out);
};

extern const struct verdict_ops verdict_text, verdict_json, verdict_junit, verdict_github;

/*
 * What is said alike in several formats. Names are fit for a terminal in all of it.
 *
 *     table_grow added 12.59 MB, 2.59 MB over the limit of 10 MB
 */
void verdict_add_sentence(struct strbuf *text, const struct verdict *verdict,
	const struct judgement *judgement, int precision);

/* `heaviest path, 12.59 MB: main > load > table_grow`, a long path without its middle. */
void verdict_add_path(struct strbuf *text, const struct verdict *verdict, int precision);

/*
 * `within limits (14 checked)`, `2 of 14 exceed their limits`; after several runs, how far
 * they were apart: `; 5 runs differ by up to 0.25 MB (table_grow: 2.25 MB to 2.5 MB)`.
 */
void verdict_add_summary(struct strbuf *text, const struct judgement *judgement, int precision);

/* The file that a verdict's function is in, as debug info names it, or its object; NULL at the
 * peak. */
const char *verdict_file(const struct verdict *verdict);

/* A path, or what begins with one, from below a folder on; as it is where it is not in there. */
const char *verdict_below(const char *path, const char *root);

/* Which option it is of: `min`, `growth`, `budget`, `max-rss`. */
const char *verdict_kind(const struct verdict *verdict);

/* Appends one verdict in a format's own way. */
typedef void verdict_add(struct strbuf *text, const struct verdict *verdict,
	const struct judgement *judgement, const struct verdict_options *options);

/* For formats of lines: each that is exceeded, then the summary. */
struct ptmem_error *verdict_write_exceeded(const struct judgement *judgement,
	const struct verdict_options *options, FILE *out, verdict_add *add);

#endif
