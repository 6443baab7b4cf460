/* How the lines of a table look, and how a report is coloured, where it is. */
#ifndef PTMEM_REPORT_STYLE_H
#define PTMEM_REPORT_STYLE_H

#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>

#define STYLE_NONE ""
#define STYLE_HEADER "\033[1m"
#define STYLE_BRACKET "\033[2m"
#define STYLE_LARGE "\033[31m"
#define STYLE_NOTABLE "\033[33m"
#define STYLE_END "\033[0m"

/* A line in one of these styles, or plain where `color` says so. */
void style_add_line(struct strbuf *text, bool color, const char *style, const char *line);

/* A rule of dashes. */
void style_add_rule(struct strbuf *text, size_t width);

#endif
