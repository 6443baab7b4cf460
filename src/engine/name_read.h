/* The name of an object, read from the target's memory, all of which may be anything. */
#ifndef PTMEM_ENGINE_NAME_READ_H
#define PTMEM_ENGINE_NAME_READ_H

#include "base/address.h"
#include "symbol/name_reader.h"
#include "target/memory.h"

/* NULL where a pointer leads nowhere, nothing is there, or out of memory. To free. */
char *name_read(const struct name_reader *reader, const struct target_memory *memory,
	struct target_address object);

#endif
