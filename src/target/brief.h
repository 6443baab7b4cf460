/*
 * Samples in brief: a program that the kernel runs at a page fault writes down itself what is
 * wanted of it, the registers and as much of the stack as is known to be enough, into memory that
 * it shares with us. That takes half of what the kernel's own sample takes, which is longer: there
 * is one only of what this cannot do.
 *
 * There is a ring a processor. What is written looks as the kernel's record of a sample does, but
 * that it is never in two pieces: a record may go on beyond the ring's end.
 */
#ifndef PTMEM_TARGET_BRIEF_H
#define PTMEM_TARGET_BRIEF_H

#include "target/bpf.h"
#include "target/selection.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of stack. */
#define BRIEF_MOST 4096

struct brief {
	struct bpf_shared shared;
	struct bpf_space space;
	unsigned processors;
	size_t size;    /* of a ring, a power of two */
	bool of_kernel; /* also what the kernel touches for a thread; not where it cannot tell why
			 */
};

/* For processors with numbers below this one. False where there can be none. */
bool brief_open(struct brief *brief, unsigned processors, size_t size);
void brief_close(struct brief *brief);

/* To BPF_SKIP where it has written: up to what is selected, or as much as was asked for. */
void brief_write(
	const struct brief *brief, const struct selection *selection, struct bpf_program *program);

/* So many bytes are enough of stacks that are not selected, or as many as there are. What takes
 * more than BRIEF_MOST is not in brief. */
void brief_set_enough(const struct brief *brief, uint64_t bytes);

/* Until it goes on, what is not touched by the kernel is not in brief. */
void brief_pause(const struct brief *brief, bool paused);

/* A stack was copied up to here, where it ends, or has never been used: the last of these addresses
 * is the end of the first thread's. */
void brief_note_end(const struct brief *brief, uint64_t end);

/* The ring of a processor: where what is written begins, counts of all bytes that were written and
 * that were read. */
const uint8_t *brief_ring(const struct brief *brief, unsigned processor);
const uint64_t *brief_written(const struct brief *brief, unsigned processor);
uint64_t *brief_read(const struct brief *brief, unsigned processor);

#endif
