/*
 * Where a block of source text ends, in languages that have braces for that: as far as comments,
 * strings and braces tell, line after line. Code has no line for what follows its last instruction.
 */
#ifndef PTMEM_SYMBOL_BLOCK_H
#define PTMEM_SYMBOL_BLOCK_H

#include <stdbool.h>

/* Zeroed is before the first line. */
struct block {
	int depth;      /* of braces that are open */
	bool begun;     /* there was one */
	bool commented; /* in the midst of a comment */
};

/* One more line. Whether the block is still open behind it. */
bool block_goes_on(struct block *block, const char *line);

#endif
