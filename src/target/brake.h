/*
 * A target that outruns us stops by itself, before a ring is full: part of a program that the
 * kernel runs at each sample counts what went to the ring of its processor, and sends the thread
 * a SIGSTOP when that is more than was allowed for. Nothing is lost then, however late we come.
 *
 * Its tracer knows the signal by the kernel having sent it, and the program never sees it. Only
 * threads that were added are stopped: they must be traced, and end with their tracer. What the
 * kernel touches for a thread in a system call has some more room, since a signal could cut the
 * call short.
 */
#ifndef PTMEM_TARGET_BRAKE_H
#define PTMEM_TARGET_BRAKE_H

#include "base/error.h"
#include "target/bpf.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct brake {
	struct bpf_shared shared;
	struct bpf_space space;
	unsigned processors;
};

/* For processors with numbers below this one. False where there can be none. */
bool brake_open(struct brake *brake, unsigned processors);
void brake_close(struct brake *brake);

/* `reserve`: bytes of room for system calls. */
void brake_write(const struct brake *brake, struct bpf_program *program, uint32_t reserve);

/* What is sampled has so many bytes of stack. */
void brake_set_stack(const struct brake *brake, uint64_t stack);

/* Less where a stack does not go beyond this address, which the kernel goes by. */
void brake_set_end(const struct brake *brake, uint64_t end);

/* So many bytes were counted on a processor since it was opened; up to which it may go on. */
uint64_t brake_counted(const struct brake *brake, unsigned processor);
void brake_allow(const struct brake *brake, unsigned processor, uint64_t until);

/* Of more than some thousands not all are stopped. Who is removed must be stopped, and may be due
 * to stop once more. */
void brake_add(const struct brake *brake, pid_t tid);
void brake_remove(const struct brake *brake, pid_t tid);

/* This one, and no other, stops at its next sample, but for what is in a system call; 0: none. */
void brake_want(const struct brake *brake, pid_t tid);

/* Whether a thread, which is stopped, is about to be stopped by a brake. */
bool brake_is_due(pid_t tid);

/* Whether this is what a brake sends. */
bool brake_sent(const siginfo_t *info);

#endif
