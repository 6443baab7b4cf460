/* Which threads a process has. */
#ifndef PTMEM_TARGET_THREADS_H
#define PTMEM_TARGET_THREADS_H

#include "base/error.h"
#include "base/vec.h"

#include <sys/types.h>

/* Zeroed is empty. */
struct threads VEC(pid_t);

/* Those that it has while they are listed. ERROR_GONE where there is no such process. */
struct ptmem_error *threads_read(pid_t pid, struct threads *threads);

#endif
