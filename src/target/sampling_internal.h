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

/* What samples and other records come by. */
struct sampling_stream {
	const uint8_t *data;
	size_t size;             /* a power of two */
	const uint64_t *written; /* so many bytes, as the kernel has it */
	uint64_t *read;          /* of these, as it knows */
	int cpu;
	bool brief;                /* of what is written in brief: a record is in one piece */
	uint64_t head, tail;       /* what is there to read, as of the last look */
	uint64_t told;             /* the tail that the kernel knows */
	uint64_t counted;          /* by the brake, right before the last look */
	uint64_t time;             /* of the record at the tail; 0: not looked at yet */
	struct sampled_fault last; /* that was handed out */
};

struct sampling_ring {
	int fd; /* of the event that it belongs to */
	int cpu;
	int fds[SAMPLING_DEPTHS]; /* of those that write to it; -1: there is none */
	struct perf_event_mmap_page *control;
	size_t size;
};

/* Of one place, one thread and those that it began, and one processor. */
struct sampling_place_event {
	int fd;
	uint64_t id;
	const struct sampling_place *place;
};

/* Why there is no event. */
struct ptmem_error *sampling_refused(int number);

/*
 * What the kernel does by programs. Where it allows none, samples are taken all the same: none is
 * in brief, nothing is relied on, nobody held. Rings of other samples are made after the first, and
 * before the second.
 */
void sampling_open_briefs(struct sampling *sampling);
void sampling_open_programs(struct sampling *sampling);
void sampling_close_programs(struct sampling *sampling);

/* An event runs the program from now on. False where it cannot. */
bool sampling_apply(const struct sampling *sampling, int event);

/* So much of stacks is enough that are not relied on. */
void sampling_set_enough(const struct sampling *sampling, uint64_t bytes);

/* The kernel's samples of one of these depths, or of both, are taken from now on. */
void sampling_size_brake(
	struct sampling *sampling, enum sampling_depth one, enum sampling_depth other);

/* A stack was copied up to where there can be no more. */
void sampling_note_end(const struct sampling *sampling, uint64_t end);

/* The kernel may write again to what was read of a stream. */
void sampling_tell(const struct sampling *sampling, struct sampling_stream *stream);

/* A ring is about to be looked at; so much of it may be written again. */
void sampling_count(const struct sampling *sampling, struct sampling_stream *stream);
void sampling_allow(const struct sampling *sampling, const struct sampling_stream *stream);

/* As large as they may be, up to this, and all alike: the target may be on any processor. */
struct ptmem_error *sampling_add_rings(struct sampling *sampling, size_t ring);
void sampling_drop_rings(struct sampling *sampling);

#endif
