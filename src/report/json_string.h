/* Strings as JSON has them. */
#ifndef PTMEM_REPORT_JSON_STRING_H
#define PTMEM_REPORT_JSON_STRING_H

#include "base/strbuf.h"

#include <stddef.h>

/*
 * Appends bytes as a JSON string in its quotes, valid whatever they are: what has to be
 * escaped is, so is what would command a terminal, and what is no UTF-8 becomes U+FFFD.
 */
void json_add_string(struct strbuf *text, const char *bytes, size_t length);

#endif
