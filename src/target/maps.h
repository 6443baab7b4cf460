/* What is mapped where in the target: /proc/PID/maps, read when asked and kept. */
#ifndef PTMEM_TARGET_MAPS_H
#define PTMEM_TARGET_MAPS_H

#include "base/address.h"
#include "base/error.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct mapping {
	uint64_t start, end;
	bool executable;
	bool of_file;
	bool shared;
};

/* Zeroed is empty. In ascending order. */
struct maps VEC(struct mapping);

/* Replaces what was read before. The first thread may have ended: others have the memory as well.
 */
struct ptmem_error *maps_read(pid_t pid, struct maps *maps);
void maps_deinit(struct maps *maps);

/* The mapping that this address lies in, or NULL. */
const struct mapping *maps_at(const struct maps *maps, struct target_address address);

/* One entry of the auxiliary vector (getauxval(3)); 0 where it is not there. */
uint64_t target_auxv(pid_t pid, uint64_t type);

#endif
