/*
 * A growing array, as a struct of the owner's:
 *
 *     struct line_vec VEC(struct line);
 *     struct line *new = vec_append(&lines);      NULL when out of memory
 *     vec_deinit(&lines);
 *
 * Zeroed is empty. Growing may move the items: keep indices, not pointers.
 */
#ifndef PTMEM_BASE_VEC_H
#define PTMEM_BASE_VEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define VEC(type)                       \
	{                               \
		type *items;            \
		size_t count, capacity; \
	}

/* Makes room for one more than *capacity items of this size; false leaves all as it was. */
bool vec_grow(void **items, size_t *capacity, size_t size);

/* Room for a new item at the end, not initialised; NULL when out of memory. */
#define vec_append(vec)                                                               \
	({                                                                            \
		__typeof__(vec) vec_ = (vec);                                         \
		void *items_ = vec_->items;                                           \
		bool room_ = vec_->count < vec_->capacity ||                          \
			     vec_grow(&items_, &vec_->capacity, sizeof *vec_->items); \
		vec_->items = items_;                                                 \
		room_ ? &vec_->items[vec_->count++] : NULL;                           \
	})

/* An empty one becomes a copy of another of its type; false when out of memory. */
#define vec_copy(vec, from)                                                       \
	({                                                                        \
		__typeof__(vec) copy_ = (vec);                                    \
		__typeof__(vec) from_ = (__typeof__(vec))(from);                  \
		size_t bytes_ = from_->count * sizeof *from_->items;              \
		copy_->items = bytes_ ? malloc(bytes_) : NULL;                    \
		copy_->count = copy_->capacity = copy_->items ? from_->count : 0; \
		if (copy_->items)                                                 \
			memcpy(copy_->items, from_->items, bytes_);               \
		copy_->count == from_->count;                                     \
	})

#define vec_deinit(vec)                             \
	do {                                        \
		free((vec)->items);                 \
		(vec)->items = NULL;                \
		(vec)->count = (vec)->capacity = 0; \
	} while (0)

#endif
