/*
 * Page faults as the kernel samples them while the target runs on: each with the thread's
 * registers and a copy of its stack, in ring buffers, one a processor (perf_event_open(2)).
 * Nothing in the target is changed or stopped, and all is gone when the descriptors are closed,
 * so also with ptmem itself.
 *
 * Records come in the order of their time. What is handed out lies in a ring: it is good until
 * the next one is asked for.
 */
#ifndef PTMEM_TARGET_SAMPLING_H
#define PTMEM_TARGET_SAMPLING_H

#include "arch/arch.h"
#include "base/error.h"
#include "base/vec.h"
#include "target/brake.h"
#include "target/brief.h"
#include "target/selection.h"

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum sampled_kind {
	SAMPLED_FAULT, /* a page fault is about to be dealt with */
	SAMPLED_PLACE, /* a place in the code that is sampled was reached */
	SAMPLED_MAP,   /* something was mapped */
	SAMPLED_FORK,  /* a thread or process began */
	SAMPLED_EXIT,  /* a thread is about to end */
	SAMPLED_LOST,  /* records that the rings had no room for */
};

struct sampled {
	enum sampled_kind kind;
	pid_t pid, tid; /* FORK: of the new one */
	uint64_t time;  /* ns, as sampling_now() has it */

	/* FAULT, PLACE. */
	uint64_t event; /* that sampled it; 0: in brief */
	uint64_t address;
	bool by_kernel;             /* in a system call of the thread's */
	struct registers registers; /* as far as frames need them; of a place, a call's as well */
	bool has_registers;
	const uint8_t *stack; /* from the stack pointer on */
	size_t stack_size;
	unsigned what; /* PLACE: what it was said to be */

	/* MAP. */
	uint64_t start, size;
	bool of_file, shared;

	uint64_t lost; /* LOST: how many */
};

/* How much of the stack is copied with a sample. The copy is most of what one costs, and too small
 * a copy does not tell which calls are under way. */
enum sampling_depth {
	SAMPLING_LITTLE = 1, /* 4 kB */
	SAMPLING_USUAL = 3,  /* 17 kB */
	SAMPLING_FAR = 4,    /* 30 kB */
	SAMPLING_MOST = 5,   /* 60 kB: the kernel allows for no more */
	SAMPLING_DEPTHS,
};

/* Behind a system call. To be told that it is reached takes a debug register, of which a processor
 * has four. */
struct sampling_place {
	uint64_t address;
	unsigned what; /* for whoever asked for it */
};

#define SAMPLING_PLACES_MAX 4

/* Samples of a stack that is relied on have at most so many bytes, those of others, as long as
 * there is one, are of SAMPLING_FAR; see sampling_rely(). */
#define SAMPLING_NEAR BRIEF_MOST

struct sampling_options {
	bool children; /* forked processes as well, not only threads */
	bool usual;    /* the depth stays what it is: takes fewer descriptors */
	bool briefs;   /* may be in brief, where the kernel can do that */
	bool relies;   /* stacks may be relied on, where the kernel can tell which */
	bool brakes;   /* threads may be held where they outrun us, if the kernel can do that */
	size_t ring;   /* bytes of each processor's ring; less where that is not allowed */
	struct sampling_place places[SAMPLING_PLACES_MAX]; /* sampled as well, if they can be */
	size_t place_count;
};

struct sampling_ring;
struct sampling_stream;
struct sampling_place_event;

struct sampling {
	struct sampling_options options;
	pthread_t thread;            /* that prepares */
	bool prepares;               /* it does, or has */
	struct ptmem_error *problem; /* that it had */
	struct VEC(struct sampling_ring) rings;
	struct VEC(struct sampling_stream) streams; /* what is read: of the rings, and in brief */
	struct VEC(struct pollfd) polled;           /* one a ring, for poll(2) */
	struct VEC(int) events;                     /* descriptors of all others */
	struct VEC(struct sampling_place_event) place_events;
	enum sampling_depth depth;
	enum sampling_depth enabled; /* whose events are: those of the kernel's own samples */
	unsigned depths;             /* bits of those that are to be had */
	struct selection selection;  /* of the stacks that are relied on */
	bool selects;                /* it is there */
	struct brake brake;
	bool brakes;           /* it is there */
	pid_t wanted;          /* the thread that is to stop; 0: there is none */
	uint64_t wanted_since; /* ns */
	struct brief brief;
	bool briefs;                 /* it is there */
	int program;                 /* that the kernel runs before it takes a sample; or -1 */
	size_t relied;               /* so many of them */
	uint64_t both_from, both_to; /* ns: what is sampled was changed: some faults are twice */
	uint64_t until;              /* when was looked last */
	uint64_t apart;              /* ns from one look to the next that are soon enough */
	uint8_t *wrapped;            /* a record that goes round a ring's end */
	struct sampling_stream *current; /* whose record was handed out last */
	bool user_only;                  /* what the kernel faults in for a thread is not seen */
};

/* Whether page faults can be sampled at all: an error that says what would allow it. */
struct ptmem_error *sampling_try(void);

/*
 * Starts to sample a thread, and those that it will begin. ERROR_SYSTEM, with what would allow it,
 * where the kernel does not. Others of its process are added one by one. What is of no thread, a
 * thread of ours may have prepared meanwhile, with options but for places.
 */
void sampling_prepare(struct sampling *sampling, const struct sampling_options *options);
struct ptmem_error *sampling_open(
	struct sampling *sampling, const struct sampling_options *options, pid_t tid);
struct ptmem_error *sampling_add(struct sampling *sampling, pid_t tid);
void sampling_close(struct sampling *sampling);

/* Bytes of stack that samples have at a depth. */
size_t sampling_stack_size(enum sampling_depth depth);

/* On many processors there are not all: each is an event a processor, which a new thread inherits.
 */
bool sampling_has_depth(const struct sampling *sampling, enum sampling_depth depth);

/* Samples that are taken from now on are so deep, if that can be. Starts as SAMPLING_USUAL. */
void sampling_set_depth(struct sampling *sampling, enum sampling_depth depth);

/*
 * What lies above this slot of a stack does not change: from now on samples that are taken near it,
 * in the part below, end with it. All others have enough for most. Its thread must be stopped when
 * that begins. False where it cannot be.
 */
bool sampling_rely(struct sampling *sampling, uint64_t slot);
void sampling_doubt(struct sampling *sampling, uint64_t slot);

/*
 * A thread, which we trace, stops by itself where a ring would overflow: with a signal that
 * brake_sent() knows. Until it is let run free, where brake_is_due() is to be asked. Nothing where
 * that cannot be.
 */
void sampling_brake(struct sampling *sampling, pid_t tid);
void sampling_unbrake(struct sampling *sampling, pid_t tid);

/*
 * One that is to stop for another reason does so in the same way, at its next page fault: it is in
 * no system call then, which would be cut short. There is one at a time, and not for long: whoever
 * has a sample before it has stopped is to be wanted again. Until then only what the kernel touches is in
 * brief.
 */
void sampling_want(struct sampling *sampling, pid_t tid);
void sampling_unwant(struct sampling *sampling, pid_t tid);

/* Places are given up. */
void sampling_drop_places(struct sampling *sampling);

/* The clock of the records. */
uint64_t sampling_now(void);

/*
 * Until it is time to look, or something comes at the other descriptor. A ring that wakes whoever
 * waits costs the target as much as ten samples; so as long as they come in a steady flow, time is
 * what ends the wait.
 */
void sampling_wait(struct sampling *sampling, struct pollfd *other);

/*
 * Looks at what has come, once; then hands out all that had come by `now`, which was before the
 * look, one after the other; false when there is no more.
 */
void sampling_look(struct sampling *sampling, uint64_t now);
bool sampling_next(struct sampling *sampling, struct sampled *sampled);

/* Whether a ring was half full when last looked at; whether so little comes that there is time for
 * something else in between. */
bool sampling_is_behind(const struct sampling *sampling);
bool sampling_has_time(const struct sampling *sampling);

#endif
