/*
 * The source text of listed functions, as a recording has it (RECORD_SPANS): pieces one after
 * another, and those of one function in order:
 *
 *     FILE, first line, last line, what became of the text (enum span_state),
 *     how many lines of text, and each of them
 */
#ifndef PTMEM_PROFILE_SPAN_RECORD_H
#define PTMEM_PROFILE_SPAN_RECORD_H

#include "base/strbuf.h"
#include "profile/fields.h"
#include "profile/listings.h"

#include <stdbool.h>
#include <stddef.h>

/* Appends a piece that begins with this line of the text, by its number from 0, which becomes that
 * of the next piece; false where there is none. */
bool span_record_add(struct strbuf *buf, const struct span *span, size_t *line);

/* Reads a piece; source->bad says that it cannot be right. */
void span_record_read(struct source *source, struct listings *listings);

#endif
