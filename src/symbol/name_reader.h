/*
 * How the name of an object is read from memory: a chain of offsets and pointers, and what stands
 * at its end. Compiled from debug info and an expression such as `owner->title`, so that reading
 * takes no debug info.
 */
#ifndef PTMEM_SYMBOL_NAME_READER_H
#define PTMEM_SYMBOL_NAME_READER_H

#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

/* No expression is longer. */
#define NAME_STEPS_MAX 16

enum name_kind {
	NAME_NONE,
	NAME_POINTER,        /* to characters that end with a NUL */
	NAME_ARRAY,          /* `size` characters, or fewer with a NUL */
	NAME_POINTER_LENGTH, /* a pointer, and a length at another place */
	NAME_LIBCXX,         /* libc++'s string: its lowest bit says where the characters are */
	NAME_NUMBER,         /* of `size` bytes */
	NAME_ENUM,           /* the same, with names for some */
};

struct name_value {
	uint64_t value;
	char *name;
};

struct name_reader {
	enum name_kind kind;
	uint64_t pointers[NAME_STEPS_MAX]; /* offsets of pointers to follow, one after another */
	unsigned pointer_count;
	uint64_t offset; /* then of what has the kind */
	uint64_t length; /* of where the length is */
	uint64_t size;
	bool is_signed;
	struct name_values VEC(struct name_value) values;
};

void name_reader_deinit(struct name_reader *reader);

#endif
