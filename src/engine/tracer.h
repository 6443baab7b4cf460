/*
 * The tracer of a process that was attached to is a process of its own: it lets go of the
 * target also when the ptmem that the user sees is killed, by SIGKILL even.
 */
#ifndef PTMEM_ENGINE_TRACER_H
#define PTMEM_ENGINE_TRACER_H

#include "base/error.h"

#include <stdbool.h>

/*
 * Forks. In the tracer *front is false; it gets a SIGTERM when the front is gone. In the front
 * it is true, and the tracer is over: what came to the front meanwhile (Ctrl-C, SIGTERM,
 * SIGHUP, ...) was passed on to it, and *status is its exit status.
 */
struct ptmem_error *tracer_fork(bool *front, int *status);

/*
 * The target has been let go: from here on the tracer is one with its front for a terminal.
 * False where the front is gone, and nobody there to report to.
 */
bool tracer_rejoin(void);

#endif
