/* What memit says of its runs, on standard error: what the numbers are not, and who failed. */
#ifndef PTMEM_CLI_MEMIT_SAY_H
#define PTMEM_CLI_MEMIT_SAY_H

#include "measure/peak.h"
#include "report/memit.h"

#include <stdbool.h>

/* The exit status that a run makes: its own, or 128 and its signal. */
int memit_status(const struct peak_run *run);

/* Of all of them; `chosen`: the user has said which metric. */
void memit_say_measure(const struct peak_options *options, bool chosen);

/* Of one command, each thing once. `shell`: what was measured is only the shell that ran it. */
void memit_say_command(const struct memit_command *command, bool shell);

#endif
