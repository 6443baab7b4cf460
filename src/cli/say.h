/* What commands say of their reports, on standard error. */
#ifndef PTMEM_CLI_SAY_H
#define PTMEM_CLI_SAY_H

#include "cli/options.h"
#include "profile/profiles.h"

#include <stdint.h>

/* The ending of a noun that is there so many times. */
const char *say_plural(uint64_t count);

/* How much the reports left out, where they did. */
void say_hidden(const struct report_hidden *hidden, const struct options *options);

/*
 * With -v, how the ledger of each process adds up. Checked on every report: one that does not add
 * up is wrong, and says so.
 */
void say_balance(const struct options *options, const struct profiles *profiles);

#endif
