/*
 * Code without tables: whether there is code at an address at all, and whether it goes on there
 * after a call. So what lies on a stack is told from what may be a return address.
 */
#ifndef PTMEM_UNWIND_RETURNS_H
#define PTMEM_UNWIND_RETURNS_H

#include "target/maps.h"
#include "unwind/images.h"

#define RETURNS_KEPT 1024

struct returns {
	struct process_images *images;
	const struct target_memory *memory;
	struct maps maps;  /* for what was made at run time */
	unsigned patience; /* so many samples go by before they are read again */
	struct kept_return {
		uint64_t pc;
		bool is_return;
	} * kept; /* RETURNS_KEPT, each has but one place where it can be */
};

struct ptmem_error *returns_init(
	struct returns *returns, struct process_images *images, const struct target_memory *memory);
void returns_deinit(struct returns *returns);

/* A new sample. */
void returns_begin(struct returns *returns);

/* Something was unloaded, or loaded. */
void returns_forget(struct returns *returns);

bool returns_is_code(struct returns *returns, uint64_t pc);

/*
 * A breakpoint where the call begins hides it from those who read memory; here only code made at
 * run time is read there.
 */
bool returns_lead_to(struct returns *returns, uint64_t pc);

#endif
