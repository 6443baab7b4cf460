/*
 * The processes whose memory is read: the program, and its children where they are wanted. What
 * is read of is open; a process that ends is taken out by who learns of it.
 */
#ifndef PTMEM_TIMELINE_FAMILY_H
#define PTMEM_TIMELINE_FAMILY_H

#include "base/error.h"
#include "base/vec.h"
#include "target/reading.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct member {
	pid_t pid;
	pid_t parent;      /* when it came */
	bool guest;        /* it runs in its parent's memory, as after vfork, and has none itself */
	bool leader_ended; /* its first thread has */
	int end;           /* a pidfd, where nothing else tells of its end; or -1 */
	struct memory_source source; /* closed where it has to be opened anew */
};

/* The program is the first. */
struct family {
	enum metric metric;
	struct VEC(struct member) members;
};

void family_deinit(struct family *family);

/* Valid until the next one is added or removed; NULL where there is none. */
struct member *family_find(const struct family *family, pid_t pid);

/* With `watch` its end is found by family_has_ended(). ERROR_GONE where it has ended already. */
struct ptmem_error *family_add(
	struct family *family, pid_t pid, pid_t parent, bool watch, struct member **added);
void family_remove(struct family *family, struct member *member);

/* Only of one that was added with `watch`; false of all others. */
bool member_has_ended(const struct member *member);

/* It runs another program now, in memory of its own. */
void member_executes(struct member *member);

/*
 * Its memory in bytes. ERROR_GONE where it has none: on its way out, or a guest; one that is a
 * guest no more is found to be so.
 */
struct ptmem_error *member_read(struct member *member, enum metric metric, int64_t *bytes);

#endif
