/*
 * Reading .eh_frame piece by piece: numbers, blocks, the common part (CIE) and the entries
 * (FDE) of a record. What is read may be anything: a reader goes on until something is not
 * there, and then gives zeros and is `bad`.
 */
#ifndef PTMEM_UNWIND_READER_H
#define PTMEM_UNWIND_READER_H

#include "unwind/view.h"

struct reader {
	struct view *view;
	uint64_t at, end;
	bool bad;
};

/* What of the common part its entries depend on. */
struct cfi_common {
	bool sized;       /* has sizes of what augments it */
	bool is_signal;   /* of the code that a signal's handler returns to */
	uint8_t encoding; /* of an entry's addresses */
	uint64_t code_factor;
	int64_t data_factor;
	uint64_t return_column; /* a register's number */
	struct reader program;
};

/* Code, and the program that says how to unwind it, which follows the common part's. */
struct cfi_entry {
	uint64_t start, size;
	struct cfi_common common;
	struct reader program;
};

uint64_t reader_bytes(struct reader *reader, unsigned size);
uint64_t reader_leb(struct reader *reader);
int64_t reader_signed_leb(struct reader *reader);

/* The next so many bytes, which are skipped. */
struct reader reader_block(struct reader *reader, uint64_t size);

/* A length, and what is so long. */
struct reader reader_record(struct view *view, uint64_t at);

/* False where it is no entry, or one that compilers and assemblers do not make. */
bool cfi_open(struct view *view, uint64_t fde, struct cfi_entry *entry);

#endif
