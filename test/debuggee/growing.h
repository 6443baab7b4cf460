/* What the library offers. */
#ifndef PTMEM_TEST_GROWING_H
#define PTMEM_TEST_GROWING_H

#include <stddef.h>

void growing_grow(size_t pages);
void growing_call(void (*function)(size_t), size_t pages);

#endif
