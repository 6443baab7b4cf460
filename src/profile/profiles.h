/*
 * The processes of a run, a profile each, in the order in which they began. The first one
 * is what was launched or attached to; the others are there where children are followed.
 */
#ifndef PTMEM_PROFILE_PROFILES_H
#define PTMEM_PROFILE_PROFILES_H

#include "base/error.h"
#include "base/vec.h"
#include "profile/profile.h"

#include <stdbool.h>
#include <sys/types.h>

struct process_profile {
	struct profile profile;
	pid_t pid;
	char *command; /* what it ran last, as it could be typed again; NULL where unknown; owned */
	bool ended;    /* with this status, as waitpid(2) gives it */
	int status;
};

/* Zeroed is empty. They stay where they are. */
struct profiles VEC(struct process_profile *);

/* One more; it shares its places with those before it. NULL when out of memory. */
struct process_profile *profiles_add(struct profiles *profiles, enum metric metric, pid_t pid);
void profiles_deinit(struct profiles *profiles);

/* One that is taken out of them. */
void process_profile_destroy(struct process_profile *process);

/* The first one's; there must be one. */
struct profile *profiles_first(const struct profiles *profiles);

/*
 * All of them as one, for reports only. They share their places, so it takes no more than a
 * look at each call path of each; threads are the same as profile_merge() has it, and so
 * are sums and the peak. Locations must have their names. *total is written on success
 * only, and profile_deinit() is then due. There must be one process at least.
 */
struct ptmem_error *profiles_total(const struct profiles *profiles, struct profile *total);

/*
 * The same in their place: one is left, the first, with all that was measured. When out of
 * memory nothing has changed.
 */
struct ptmem_error *profiles_fold(struct profiles *profiles);

#endif
