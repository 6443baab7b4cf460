/*
 * Which pages of a process are resident, as far as its page faults tell: so it is known how much
 * each of them added. A fault on anonymous memory adds its page, but not where the page is there
 * and was only shared or write-protected. One on a mapped file brings neighbours along: what is
 * there then, the kernel says (/proc/PID/pagemap), which needs no privileges.
 *
 * What is given back must be told, or later faults on it count for nothing.
 */
#ifndef PTMEM_TARGET_RESIDENT_H
#define PTMEM_TARGET_RESIDENT_H

#include "arch/arch.h"
#include "target/file_ranges.h"
#include "target/pages.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* In pages, signed. */
struct page_change {
	int64_t anon, file;
};

/* Zeroed but for the descriptor, which is -1, knows nothing. */
struct resident {
	int pagemap;
	bool may_be_huge; /* a page: for all, or this process asked for such */
	bool has_huge;    /* one was */
	bool fresh;       /* while it begins */
	bool swaps;       /* what is read may come from there */
	bool forgetful; /* what is given back is not told: each fault on anonymous memory counts */
	unsigned vain;  /* pages that were waited for and did not come, in a row */
	struct pages pages;
	struct file_ranges files; /* mapped */
};

/* Begins with what is mapped and resident now; less where that cannot be read. `fresh`: nothing is
 * shared with a process that it was forked from. */
void resident_begin(struct resident *resident, pid_t pid, bool fresh);
void resident_deinit(struct resident *resident);

/* Something was mapped here: what pages there were, is told apart; or, where nobody tells that,
 * they are not known any more where it is a file. */
void resident_map_anon(struct resident *resident, uint64_t start, uint64_t size);
void resident_map_file(struct resident *resident, uint64_t start, uint64_t size, bool shared);

/* A fault on this address was dealt with, of an instruction that did this there. */
struct page_change resident_fault(
	struct resident *resident, uint64_t address, enum arch_access access);

/* The process made another one, which shares its pages until either writes to them: that
 * adds nothing. Looks at all that it has, where nobody tells what is given back; elsewhere what is
 * known to be there is known to be shared. */
void resident_fork(struct resident *resident, pid_t pid);

/* No page is there any more. What there was, negative. */
struct page_change resident_drop(struct resident *resident, uint64_t start, uint64_t size);

/* Pages went from one place to another. */
struct page_change resident_move(struct resident *resident, uint64_t from, uint64_t from_size,
	uint64_t to, uint64_t to_size);

/* Whether what is there now is a file's, or shared memory. */
bool resident_is_of_file(const struct resident *resident, uint64_t address);

/*
 * Of our own memory, once all is over: what is there around this address now and was not known to
 * be, of what a fault on it may have brought. It is known from then on.
 */
struct page_change resident_settle(struct resident *resident, uint64_t address);

/* ptmem changed something there itself. */
void resident_refresh(struct resident *resident, uint64_t address);

#endif
