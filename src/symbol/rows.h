/*
 * The places in a function's code that line tables tell of: where statements begin, to stop there;
 * and all of them, to know which lines a function has.
 */
#ifndef PTMEM_SYMBOL_ROWS_H
#define PTMEM_SYMBOL_ROWS_H

#include "symbol/object.h"

struct code_row {
	struct file_address address;
	bool begins_statement;
};

/* Zeroed is empty. */
struct code_rows VEC(struct code_row);

/* All of one function, its cold parts as well, in no order; none where debug info does not describe
 * it. Only lack of memory is an error. */
struct ptmem_error *object_function_rows(
	struct object *object, const struct function *function, struct code_rows *rows);

#endif
