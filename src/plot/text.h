/* How wide text is in a picture, without a font to ask: by a table of DejaVu Sans, which is the
 * widest of those that a browser may take for sans-serif. So nothing overlaps, whichever it is. */
#ifndef PTMEM_PLOT_TEXT_H
#define PTMEM_PLOT_TEXT_H

#include <stddef.h>

/*
 * Text from anywhere as pictures may have it, to be freed: printable, and such characters as there
 * are, since XML and cairo refuse others. NULL when out of memory.
 */
char *text_clean(const char *text);

/* In the unit of the size, which is the height of the font. */
double text_width(const char *text, double size);

/* Characters, not bytes: columns of a terminal, but for those that are two wide. */
size_t text_length(const char *text);

/*
 * A copy that fits in a width, to be freed, with `…` in place of what does not; NULL when out of
 * memory.
 */
char *text_shorten(const char *text, double size, double width);

/* The same by characters, with this instead of `…`. */
char *text_cut(const char *text, size_t length, const char *ellipsis);

#endif
