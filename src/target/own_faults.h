/*
 * The page faults of the calling thread, by itself: their addresses as the kernel samples them, and
 * how many there were in all, which getrusage(2) knows of any.
 */
#ifndef PTMEM_TARGET_OWN_FAULTS_H
#define PTMEM_TARGET_OWN_FAULTS_H

#include <stddef.h>
#include <stdint.h>

struct own_faults {
	int fd; /* -1: the kernel does not let us, and there are no addresses */
	void *ring;
	size_t size;     /* of its data */
	uint64_t before; /* faults of the thread when this began */
	uint64_t count;  /* and how many came until it ended */
};

/* From here on. own_faults_close() is due. */
void own_faults_open(struct own_faults *faults);

/* Up to here; no fault of what comes after is among them. */
void own_faults_end(struct own_faults *faults);

/* The addresses that there are, which may be less than there were faults: to be freed, NULL where
 * there are none or no memory. Once. */
uint64_t *own_faults_addresses(const struct own_faults *faults, size_t *count);
void own_faults_close(struct own_faults *faults);

#endif
