/* Functions that leave others without returning from them. */
#include "engine/jumps.h"

#include <string.h>

static const char *const names[] = {
	"_Unwind_ForcedUnwind",
	"_Unwind_RaiseException",
	"_Unwind_Resume",
	"_Unwind_Resume_or_Rethrow",
	"____longjmp_chk",
	"__libc_longjmp",
	"__libc_siglongjmp",
	"__longjmp",
	"__longjmp_chk",
	"_longjmp",
	"jump_fcontext",
	"longjmp",
	"ontop_fcontext",
	"setcontext",
	"siglongjmp",
	"swapcontext",
};

struct adding {
	struct jumps *jumps;
	uint64_t bias;
	bool found; /* any */
};

void jumps_deinit(struct jumps *jumps)
{
	vec_deinit(&jumps->places);
	jumps->watched = false;
}

static bool is_named(const char *symbol)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (*symbol == *names[i] && !strcmp(symbol, names[i]))
			return true;
	return false;
}

static bool is_known(const struct jumps *jumps, struct target_address address)
{
	for (size_t i = 0; i < jumps->places.count; i++)
		if (jumps->places.items[i].value == address.value)
			return true;
	return false;
}

static struct ptmem_error *add_symbol(void *context, const struct function *function)
{
	struct adding *adding = context;
	struct target_address address = address_load(function->address, adding->bias), *new;

	if (!is_named(function->symbol))
		return NULL;
	adding->found = true;
	if (is_known(adding->jumps, address))
		return NULL;
	new = vec_append(&adding->jumps->places);
	if (!new)
		return &error_no_memory;
	*new = address;
	return NULL;
}

struct ptmem_error *jumps_add(struct jumps *jumps, struct object *object, uint64_t bias)
{
	struct adding adding = {jumps, bias, false};
	struct ptmem_error *error = object_visit_exports(object, add_symbol, &adding);

	return error || adding.found ? error : object_visit_symbols(object, add_symbol, &adding);
}

void jumps_forget(struct jumps *jumps, uint64_t start, uint64_t end)
{
	size_t kept = 0;

	for (size_t i = 0; i < jumps->places.count; i++) {
		struct target_address place = jumps->places.items[i];

		if (place.value < start || place.value >= end)
			jumps->places.items[kept++] = place;
	}
	jumps->places.count = kept;
}

struct ptmem_error *jumps_watch(struct jumps *jumps, struct breakpoints *breakpoints)
{
	struct ptmem_error *error = NULL;
	uint32_t index;

	if (jumps->watched)
		return NULL;
	jumps->watched = true;
	for (size_t i = 0; !error && i < jumps->places.count; i++)
		error = breakpoint_mark(breakpoints, jumps->places.items[i], &index);
	return error ? error : breakpoints_plant(breakpoints);
}

void jumps_ignore(struct jumps *jumps, struct breakpoints *breakpoints)
{
	if (!jumps->watched)
		return;
	jumps->watched = false;
	for (size_t i = 0; i < jumps->places.count; i++) {
		uint32_t index = breakpoint_find(breakpoints, jumps->places.items[i]);

		if (index != BREAKPOINT_NONE)
			breakpoint_unmark(breakpoints, index);
	}
}

bool jumps_at(const struct jumps *jumps, struct target_address address)
{
	return jumps->watched && is_known(jumps, address);
}
