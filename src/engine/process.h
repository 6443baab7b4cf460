/*
 * A traced process: its memory, the readings of it, what is planted in it and what is
 * watched, and the profile of it all. A new program in it (exec) begins afresh, but for the
 * profile.
 */
#ifndef PTMEM_ENGINE_PROCESS_H
#define PTMEM_ENGINE_PROCESS_H

#include "base/error.h"
#include "engine/calls.h"
#include "engine/code.h"
#include "engine/image.h"
#include "engine/jumps.h"
#include "engine/movers.h"
#include "engine/objects.h"
#include "engine/statements.h"
#include "profile/division.h"
#include "profile/profiles.h"
#include "target/breakpoint.h"
#include "target/memory.h"
#include "target/reading.h"
#include "target/resident.h"
#include "unwind/sampled.h"
#include "unwind/unwind.h"

#include <stdbool.h>
#include <sys/types.h>

/* Threads that have a root of their own in the profile; later ones share theirs by name. */
#define THREAD_ROOTS 1000

struct recorder;

struct process {
	pid_t pid;
	uintptr_t options; /* that its threads are traced with */
	pid_t parent; /* the process that it was forked from, where that is watched as well; or 0 */
	struct process_profile *record;
	struct profile *profile; /* the record's */
	struct target_memory memory;
	struct memory_source source;
	struct breakpoints breakpoints;
	struct calls calls;
	struct statement_stops statements;
	struct scope_stops scope;
	bool plants_calls;  /* at what is watched: calls are what is caught */
	bool catches_moves; /* that no fault tells of */
	struct movers movers;
	struct jumps jumps;
	size_t anchors; /* of its threads, which rely on the jumps to stop */
	const struct images *images;
	struct resident resident;                  /* pages, as far as samples tell */
	bool has_mapped;                           /* a file, since what is loaded was looked at */
	struct sampled_unwinder *sampled_unwinder; /* or NULL */
	struct code code;                          /* that occurs in frames, where faults are */
	struct division division;                  /* of what moved, among its threads */
	uint64_t may_count; /* ns: the next time that all threads' faults may be asked for */
	struct target_address syscall; /* where it can be made to make one */
	struct objects objects;        /* that are loaded, as of the last look */
	bool lost_objects;             /* in the last look some were gone */
	uint64_t bias;                 /* where the program is loaded */
	uint32_t begin;      /* the breakpoint where start-up ends: main, or the file's entry */
	uint32_t rendezvous; /* where the dynamic linker tells of what it loads, or NONE */
	bool begun;          /* it was reached */
	bool armed;          /* a first program is, or was, watched in it */
	bool waits;          /* what it is linked with has yet to be loaded before it is measured */
	struct amounts first; /* the reading before it began */
	bool forked;          /* it had children of its own */
	bool broke, killed;   /* it has passed a limit */
	bool peak_known;
	size_t tasks;              /* that run in its memory */
	struct task *last;         /* is kept until the others have been let go, or NULL */
	uint64_t threads;          /* that there have been */
	struct VEC(uint32_t) late; /* locations of the roots that later threads share */
	int64_t resident_now;      /* bytes: as of the last reading, and what samples told since */
	int64_t highest;           /* of that; 0 where readings do not tell */
	struct unwinder *unwinder; /* of threads that ran before they were traced, or NULL */
	struct recorder *recorder; /* NULL: it is not recorded */
	char *mappings;            /* near its end, for the recording */
};

/* NULL when out of memory. */
struct process *process_create(struct process_profile *record, uint64_t max_hits);
void process_destroy(struct process *process);

/* Tells the objects apart that methods are called on, from here on. */
void process_follow_objects(
	struct process *process, const struct images *images, struct receivers *receivers);

/*
 * The process, stopped, has just become another program: forgets the one before, and opens
 * the memory of the new one.
 */
struct ptmem_error *process_open(struct process *process);

/* The same for a copy that fork made of another process, with all that is planted there. */
struct ptmem_error *process_open_copy(struct process *process, const struct process *from);

/* It runs a program of this image. `begins`: it is before its first instruction. */
void process_know_program(
	struct process *process, const struct images *images, uint32_t program, bool begins);

/* Looks at what is loaded; what is gone since is forgotten, with all that was planted there. */
struct ptmem_error *process_look(struct process *process, struct images *images);

/* Notes where it is to stop besides calls: once all that is loaded at its beginning is known. */
struct ptmem_error *process_mark(struct process *process, const struct images *images, bool begins);

/* The places behind the calls that give memory back, as far as they can be sampled. */
struct ptmem_error *process_find_moves(struct process *process, const struct images *images,
	struct sampling_place *places, size_t *count);

/*
 * Plants what is watched in objects that are new, or in the program alone, and what was noted, with
 * the help of a thread of it that is stopped. *functions are those that are watched in addition.
 */
struct ptmem_error *process_plant(struct process *process, pid_t tid, const struct images *images,
	bool program_alone, uint64_t *functions);

/* Takes everything out again; nothing of it may run in scratch memory by then. */
void process_lift(struct process *process);
struct ptmem_error *process_unmap_scratch(struct process *process, pid_t tid);

/* The location of a new thread's root; UINT32_MAX when out of memory. */
uint32_t process_thread_root(struct process *process, const char *name);

/* Whether that root is for this thread alone. */
bool process_owns_root(const struct process *process, uint32_t location);

/* Resident memory is what the last reading said; or more than it was, by so much. */
void process_see(struct process *process, int64_t resident);
void process_expect(struct process *process, int64_t more);

/* The highest resident memory: as the kernel kept it, and as the readings saw it. */
int64_t process_peak(const struct process *process);

/*
 * A reading of the memory. The thread is one that still has it: where the one that was read
 * through is gone, it is read through this one.
 */
struct ptmem_error *process_read(struct process *process, pid_t tid, struct amounts *reading);

#endif
