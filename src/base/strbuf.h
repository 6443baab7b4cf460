/*
 * A growing string. Appending never fails halfway: out of memory sets `failed`, later
 * appends do nothing, and strbuf_take() answers NULL.
 */
#ifndef PTMEM_BASE_STRBUF_H
#define PTMEM_BASE_STRBUF_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed is empty. */
struct strbuf {
	char *text; /* ends with a NUL once anything was appended */
	size_t length, capacity;
	bool failed;
};

void strbuf_add(struct strbuf *buf, const char *text);
void strbuf_add_bytes(struct strbuf *buf, const char *bytes, size_t length);
void strbuf_addf(struct strbuf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Appends text from a file or the target, fit for a terminal: control characters (C0, DEL,
 * C1 in UTF-8 and malformed UTF-8) become `?`; everything else stays, UTF-8 included.
 */
void strbuf_add_printable(struct strbuf *buf, const char *text);

/* The text, owned by the caller ("" when empty), or NULL when out of memory; buf is empty after. */
char *strbuf_take(struct strbuf *buf);

void strbuf_deinit(struct strbuf *buf);

#endif
