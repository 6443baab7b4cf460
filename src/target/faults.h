/*
 * How many page faults each thread has taken: memory that moved is some thread's doing, and
 * its faults say whose. The kernel's count of minor faults (and major ones), from a /proc
 * file that stays open.
 */
#ifndef PTMEM_TARGET_FAULTS_H
#define PTMEM_TARGET_FAULTS_H

#include "base/error.h"

#include <stdint.h>
#include <sys/types.h>

struct fault_counter {
	int fd; /* -1 when closed */
};

struct ptmem_error *fault_counter_open(pid_t process, pid_t tid, struct fault_counter *counter);
void fault_counter_close(struct fault_counter *counter);

/* Since the thread began; it may run meanwhile. ERROR_GONE where it is no more. */
struct ptmem_error *fault_counter_read(const struct fault_counter *counter, uint64_t *faults);

#endif
