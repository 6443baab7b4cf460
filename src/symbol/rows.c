/* The places in a function's code that line tables tell of. */
#include "symbol/rows.h"

#include "symbol/debug_info.h"

struct ptmem_error *object_function_rows(
	struct object *object, const struct function *function, struct code_rows *rows)
{
	struct debug_info *debug = object_debug_info(object);
	struct debug_rows found = {0};
	struct ptmem_error *error =
		debug ? debug_info_rows(debug, function->address.value, &found) : NULL;
	*rows = (struct code_rows){0};
	for (size_t i = 0; !error && i < found.count; i++) {
		struct code_row *new = vec_append(rows);
		if (!new)
			error = &error_no_memory;
		else
			*new = (struct code_row){
				{found.items[i].address}, found.items[i].begins_statement};
	}
	vec_deinit(&found);
	if (error)
		vec_deinit(rows);
	return error;
}
