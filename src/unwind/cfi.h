/*
 * Entries of .eh_frame.
 *
 * Whether one is fit to be interpreted. libunwind trusts the tables that
 * it reads: one that names a register which is not there makes it read past its arrays, a
 * division in an expression may trap. Tables of a live process may be anything.
 */
#ifndef PTMEM_UNWIND_CFI_H
#define PTMEM_UNWIND_CFI_H

#include "unwind/view.h"

/* False as well where it cannot be read, or does what compilers and assemblers do not. */
bool cfi_is_sound(struct view *view, uint64_t fde);

/*
 * One of the records that .eh_frame is made of: the code that it describes begins at `start`,
 * which is 0 if it describes none (it is a CIE). The next one follows.
 */
bool cfi_read(struct view *view, uint64_t record, uint64_t *start, uint64_t *next);

#endif
