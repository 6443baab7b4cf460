/* Of sampling.c, sampling_records.c and sampling_rings.c alone. */
#ifndef PTMEM_TARGET_SAMPLING_INTERNAL_H
#define PTMEM_TARGET_SAMPLING_INTERNAL_H

#include "target/sampling.h"

#include <linux/perf_event.h>

/* The size of a record is 16 bits. */
#define RECORD_MAX 65536

struct sampled_fault {
	pid_t tid;
	uint64_t event, address, time;
};

/* Of what samples are taken while a stack is relied on. What is told when a fault has been dealt
 * with comes on its own, so that it can have another size. */
enum sampling_part { PART_FAR, PART_NEAR, PART_NEAR_WAITED, SAMPLING_PARTS };

/* What the kernel runs before it takes a sample of such an event; NEAR is for both of these. */
enum sampling_program { PROGRAM_FAR, PROGRAM_NEAR, PROGRAM_ANY };

struct sampling_ring {
	int fd; /* of the event that it belongs to */
	int cpu;
	int fds[SAMPLING_DEPTHS]; /* of those that write to it; -1: there is none */
	int parts[SAMPLING_PARTS];
	struct perf_event_mmap_page *control;
	const uint8_t *data;
	size_t size;               /* a power of two */
	uint64_t head, tail;       /* what is there to read, as of the last look */
	uint64_t told;             /* the tail that the kernel knows */
	uint64_t counted;          /* by the brake, right before the last look */
	uint64_t time;             /* of the record at the tail; 0: not looked at yet */
	struct sampled_fault last; /* that was handed out */
};

/* Of one place, one thread and those that it began, and one processor. */
struct sampling_place_event {
	int fd;
	uint64_t id;
	const struct sampling_place *place;
};

/* Why there is no event. */
struct ptmem_error *sampling_refused(int number);

/* Where the kernel allows none, samples are taken all the same: nothing is selected, nobody held.
 */
void sampling_open_programs(struct sampling *sampling);
void sampling_close_programs(struct sampling *sampling);
void sampling_drop_selection(struct sampling *sampling);

/* No more events are to have them. */
void sampling_programs_are_applied(struct sampling *sampling);

/* What can be done without leaves descriptors for what cannot. */
bool sampling_is_dear(int fd);

/* An event runs its program from now on. False where it cannot. */
bool sampling_apply(const struct sampling *sampling, enum sampling_program kind, int event);

/* Samples of one of these depths, or of both, are taken from now on. */
void sampling_size_brake(
	struct sampling *sampling, enum sampling_depth one, enum sampling_depth other);

/* A stack was copied up to where there can be no more. */
void sampling_note_end(const struct sampling *sampling, uint64_t end);

/* A ring is about to be looked at; so much of it may be written again. */
void sampling_count(const struct sampling *sampling, struct sampling_ring *ring);
void sampling_allow(const struct sampling *sampling, const struct sampling_ring *ring);

/* As large as they may be, up to this, and all alike: the target may be on any processor. */
struct ptmem_error *sampling_add_rings(struct sampling *sampling, size_t ring);
void sampling_drop_rings(struct sampling *sampling);

#endif
