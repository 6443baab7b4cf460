/*
 * Where the dynamic linker meets a debugger: a function of it that does nothing, called
 * whenever objects were, or are about to be, loaded or unloaded, and a variable that says which.
 */
#ifndef PTMEM_TARGET_RENDEZVOUS_H
#define PTMEM_TARGET_RENDEZVOUS_H

#include "base/address.h"
#include "target/memory.h"

#include <stdbool.h>

/*
 * The function, in a process whose dynamic linker has begun; 0 where none has, or the process
 * hides it.
 */
struct target_address rendezvous_find(const struct target_memory *memory);

/* Whether what is loaded is complete: false in the midst of loading or unloading. */
bool rendezvous_is_consistent(const struct target_memory *memory);

#endif
