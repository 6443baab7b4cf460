/* The calls that move memory without a page fault, and stops at them. */
#include "engine/movers.h"

#include <string.h>
#include <sys/mman.h>

/* These functions are short: what is longer makes more than one system call, or is another. */
#define CODE_MAX 512

/* Too many are looked for once in so many ns; so often in a row, and they are given up. */
#define LOOK_NS UINT64_C(100000000)
#define LOOKS_A_SECOND 10
#define BUSY_MAX 5

/* The heap became larger so often in a row: it will again. */
#define RESERVES_MANY 4

/* Of what a breakpoint is known by: the call is in the higher bits. */
#define STOP_BITS 4

/* One function may have several of these names; any may be the one that it goes by. */
static const struct mover {
	const char *name;
	enum mover_call call;
} movers_named[] = {
	{"__brk", MOVER_SETS_BREAK},
	{"__madvise", MOVER_ADVISES},
	{"__mlock", MOVER_ADDS},
	{"__mmap", MOVER_MAPS},
	{"__mmap64", MOVER_MAPS},
	{"__mremap", MOVER_REMAPS},
	{"__munmap", MOVER_UNMAPS},
	{"brk", MOVER_SETS_BREAK},
	{"madvise", MOVER_ADVISES},
	{"mlock", MOVER_ADDS},
	{"mlock2", MOVER_ADDS},
	{"mlockall", MOVER_ADDS},
	{"mmap", MOVER_MAPS},
	{"mmap64", MOVER_MAPS},
	{"mremap", MOVER_REMAPS},
	{"munmap", MOVER_UNMAPS},
	{"process_madvise", MOVER_ADDS},
	{"remap_file_pages", MOVER_ADDS},
	{"shmat", MOVER_ADDS},
	{"shmdt", MOVER_DETACHES},
};

void movers_deinit(struct movers *movers)
{
	map_deinit(&movers->stops);
}

bool movers_copy(struct movers *movers, const struct movers *from)
{
	movers->back_only = from->back_only;
	movers->limit = from->limit;
	movers->given_up = from->given_up;
	movers->heap_end = from->heap_end;
	movers->reserved = from->reserved;
	movers->spares = from->spares;
	return map_copy(&movers->stops, &from->stops);
}

void movers_forget(struct movers *movers)
{
	map_deinit(&movers->stops);
	movers->given_up = false;
	movers->heap_end = 0;
	movers->reserved = 0;
	movers->spares = false;
	movers->count = movers->busy = 0;
}

/* NULL where a function of this name is none that is stopped at. */
static const struct mover *find_mover(const struct movers *movers, const char *symbol)
{
	for (size_t i = 0; i < sizeof movers_named / sizeof *movers_named; i++) {
		const struct mover *mover = &movers_named[i];

		if (*symbol == *mover->name && !strcmp(symbol, mover->name))
			return movers->back_only && mover->call == MOVER_ADDS ? NULL : mover;
	}
	return NULL;
}

static struct ptmem_error *stop_at(struct movers *movers, struct breakpoints *breakpoints,
	struct target_address address, enum mover_call call, enum mover_stop stop)
{
	uint32_t index;
	struct ptmem_error *error = breakpoint_mark(breakpoints, address, &index);

	if (error)
		return error;
	return map_set(&movers->stops, index, (uint32_t)call << STOP_BITS | stop)
		       ? NULL
		       : &error_no_memory;
}

/* What is looked for in an object: where to stop, or, with `places`, what to sample. */
struct noting {
	struct movers *movers;
	struct breakpoints *breakpoints;
	uint64_t bias;
	struct sampling_place *places;
	size_t *count;
	bool found; /* any */
};

/* Under one of its names. */
static void add_place(
	const struct noting *noting, struct target_address address, enum mover_call call)
{
	for (size_t i = 0; i < *noting->count; i++)
		if (noting->places[i].address == address.value)
			return;
	if (*noting->count < SAMPLING_PLACES_MAX)
		noting->places[(*noting->count)++] = (struct sampling_place){address.value, call};
}

static struct ptmem_error *note_at(
	const struct noting *noting, struct target_address address, enum mover_call call)
{
	if (!noting->places)
		return stop_at(noting->movers, noting->breakpoints, address, call, MOVER_AFTER);
	add_place(noting, address, call);
	return NULL;
}

/* Each system call that a function makes is one. */
static struct ptmem_error *note_function(const struct noting *noting, enum mover_call call,
	struct target_address start, uint64_t size)
{
	uint8_t code[CODE_MAX];
	size_t got = breakpoints_read_code(
		noting->breakpoints, start, code, size && size < sizeof code ? size : sizeof code);
	size_t at = 0, length = arch->find_syscall(code, got);
	struct ptmem_error *error = NULL;

	while (!error && length) {
		at += length;
		error = note_at(noting, address_plus(start, (int64_t)at), call);
		length = arch->find_syscall(code + at, got - at);
	}
	return error;
}

/* There are few debug registers: of the others, less goes unseen. */
static bool is_noted(const struct noting *noting, enum mover_call call)
{
	return !noting->places || call == MOVER_UNMAPS || call == MOVER_ADVISES ||
	       call == MOVER_SETS_BREAK || call == MOVER_REMAPS;
}

static struct ptmem_error *note_symbol(void *context, const struct function *function)
{
	struct noting *noting = context;
	const struct mover *mover = find_mover(noting->movers, function->symbol);

	noting->found |= mover != NULL;
	return mover && is_noted(noting, mover->call)
		       ? note_function(noting, mover->call,
				 address_load(function->address, noting->bias), function->size)
		       : NULL;
}

/* A library exports them. What does not may be a program that has no library. */
static struct ptmem_error *look_for(struct noting *noting, struct object *object)
{
	struct ptmem_error *error = object_visit_exports(object, note_symbol, noting);

	return error || noting->found ? error : object_visit_symbols(object, note_symbol, noting);
}

struct ptmem_error *movers_note(struct movers *movers, struct breakpoints *breakpoints,
	struct object *object, uint64_t bias)
{
	struct noting noting = {movers, breakpoints, bias, NULL, NULL, false};

	return movers->given_up ? NULL : look_for(&noting, object);
}

struct ptmem_error *movers_places(struct movers *movers, struct breakpoints *breakpoints,
	struct object *object, uint64_t bias, struct sampling_place *places, size_t *count)
{
	struct noting noting = {movers, breakpoints, bias, places, count, false};

	return look_for(&noting, object);
}

enum mover_stop movers_at(const struct movers *movers, uint32_t breakpoint)
{
	uint32_t stop = map_get(&movers->stops, breakpoint);

	return stop == MAP_NONE || movers->given_up
		       ? MOVER_NONE
		       : (enum mover_stop)(stop & ((1u << STOP_BITS) - 1));
}

enum mover_call movers_call(const struct movers *movers, uint32_t breakpoint)
{
	return (enum mover_call)(map_get(&movers->stops, breakpoint) >> STOP_BITS);
}

bool movers_only_reserves(
	struct movers *movers, uint32_t breakpoint, const struct registers *registers)
{
	uint64_t arguments[6], before = movers->heap_end;

	if (movers->spares || movers_at(movers, breakpoint) != MOVER_AFTER ||
		movers_call(movers, breakpoint) != MOVER_SETS_BREAK)
		return false;
	movers->heap_end = (uint64_t)arch->made_syscall(registers, arguments);
	if (!before || movers->heap_end < before) {
		movers->reserved = 0;
		return false;
	}
	movers->reserved++;
	return true;
}

bool movers_reserve_often(const struct movers *movers)
{
	return movers->reserved == RESERVES_MANY;
}

/* What is mapped brings memory with it where it is to be there at once, and takes some away where
 * something was. */
bool movers_may_have_moved(
	const struct movers *movers, uint32_t breakpoint, const struct registers *registers)
{
	uint64_t arguments[6];

	if (movers_at(movers, breakpoint) != MOVER_AFTER)
		return false;
	if (movers_call(movers, breakpoint) != MOVER_MAPS)
		return true;
	arch->made_syscall(registers, arguments);
	return arguments[3] & (MAP_FIXED | MAP_POPULATE | MAP_LOCKED);
}

bool movers_are_too_many(struct movers *movers, uint64_t now)
{
	uint64_t time = now - movers->since;

	movers->count++;
	if (!movers->limit || time < LOOK_NS)
		return false;
	if (movers->count * LOOK_NS > time * (movers->limit / LOOKS_A_SECOND))
		movers->busy++;
	else
		movers->busy = 0;
	movers->since = now;
	movers->count = 0;
	return movers->busy >= BUSY_MAX;
}

void movers_give_up(struct movers *movers, struct breakpoints *breakpoints)
{
	for (size_t i = 0; i < breakpoints->list.count; i++)
		if (map_get(&movers->stops, i) != MAP_NONE)
			breakpoint_unmark(breakpoints, (uint32_t)i);
	movers->given_up = true;
}
