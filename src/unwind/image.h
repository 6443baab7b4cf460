/* Something that is loaded into the target, as whoever keeps an eye on that describes it. */
#ifndef PTMEM_UNWIND_IMAGE_H
#define PTMEM_UNWIND_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

/* Its file stays open until it is forgotten. */
struct unwind_image {
	uint64_t start, end;
	uint64_t bias; /* from an address in its file to one here */
	int fd;        /* -1: there is no file */
};

/* The one whose code lies at this address; false where there is none. */
typedef bool unwind_find_image(void *owner, uint64_t pc, struct unwind_image *image);

#endif
