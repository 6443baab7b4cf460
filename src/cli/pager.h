/* A pager, for what is longer than a terminal. */
#ifndef PTMEM_CLI_PAGER_H
#define PTMEM_CLI_PAGER_H

#include <stdbool.h>
#include <stddef.h>

/* Whether standard output is a terminal that pages make sense on, and a pager is wanted. */
bool pager_is_wanted(void);

/*
 * Shows the text and waits until the user has seen enough. False where no pager could be
 * started: nothing was shown then.
 */
bool pager_show(const char *text, size_t length);

#endif
