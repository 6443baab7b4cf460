/*
 * The tables that say how to unwind: .eh_frame_hdr and .eh_frame of the ELF images in the
 * target's memory. Every loaded object has them mapped, for its own exceptions. So it does
 * not matter whether a file was deleted, replaced or lies in another mount namespace, and
 * the vdso is an image like others. Only of a statically linked program, which has no
 * .eh_frame_hdr, the file is asked where .eh_frame is.
 */
#ifndef PTMEM_UNWIND_TABLES_H
#define PTMEM_UNWIND_TABLES_H

#include "target/maps.h"
#include "unwind/view.h"

/* An entry (FDE), and where the code begins that it describes. */
struct table_entry {
	uint64_t start, fde;
};

/* Of one image. */
struct table {
	uint64_t start, end; /* of all its segments */
	uint64_t header;     /* .eh_frame_hdr, which offsets count from; 0 where there is none */
	uint64_t pairs;      /* of offsets, 32 bits each: of code, and of its entry */
	uint64_t pair_count;
	struct table_entries VEC(struct table_entry) entries; /* where there is no header */
};

struct tables {
	pid_t pid;
	struct maps maps;
	bool maps_are_fresh; /* read since tables_begin() */
	struct tables_found VEC(struct table) found;
};

/* Zeroed but for the pid is empty. */
void tables_deinit(struct tables *tables);

/* What was mapped since may be looked for again. */
void tables_begin(struct tables *tables);

/* Whether code may lie at this address. */
bool tables_executable(struct tables *tables, uint64_t address);

/* That of the image that this code is in; NULL where there is none, or memory is short. */
const struct table *tables_at(struct tables *tables, struct view *view, uint64_t pc);

/* The pairs that .eh_frame_hdr has, at `header`. */
bool table_read_header(struct view *view, struct table *table);

/* All entries of .eh_frame, where there is no header. False as well when out of memory. */
bool table_read_entries(struct view *view, uint64_t at, uint64_t size, struct table *table);

/* The entry that describes this code, if any does: the last one that begins at or before it. */
bool table_find(const struct table *table, struct view *view, uint64_t pc, uint64_t *fde);

#endif
