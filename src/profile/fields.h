/* Numbers and strings in records: as bytes, and read from them with every length checked. */
#ifndef PTMEM_PROFILE_FIELDS_H
#define PTMEM_PROFILE_FIELDS_H

#include "base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

void fields_add_number(struct strbuf *buf, uint64_t value);

/* NULL is as good as empty; what is longer than JOURNAL_STRING_MAX is cut. */
void fields_add_string(struct strbuf *buf, const char *text);

/* Bytes that are still to be read, and whether they were enough. */
struct source {
	const uint8_t *at, *end;
	bool bad;
};

uint64_t get_varint(struct source *source);

/* A number that fits in 32 bits, which is what all that counts things must. */
uint32_t get_u32(struct source *source);

/* A number of a line; 0 where none is known. */
int get_line(struct source *source);

/* A string, to be freed; NULL where it is not there, or out of memory. */
char *get_string(struct source *source);

#endif
