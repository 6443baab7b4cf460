/*
 * Addresses are not numbers of ours: one lies in the target, another in a file. Two types,
 * so that they cannot be mixed.
 */
#ifndef PTMEM_BASE_ADDRESS_H
#define PTMEM_BASE_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

/* In the target's memory. */
struct target_address {
	uint64_t value;
};

/* In an object's file, as its symbols and DWARF count: the address before the load bias. */
struct file_address {
	uint64_t value;
};

static inline struct target_address target_address(uint64_t value)
{
	return (struct target_address){value};
}

static inline struct target_address address_plus(struct target_address address, int64_t bytes)
{
	return target_address(address.value + (uint64_t)bytes);
}

/* Where a file's address lies in the target, given the object's load bias. */
static inline struct target_address address_load(struct file_address address, uint64_t bias)
{
	return target_address(address.value + bias);
}

#endif
