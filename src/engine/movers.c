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

/* One function may have several of these names; any may be the one that it goes by. */
static const char *const names[] = {
	"__brk",
	"__madvise",
	"__mlock",
	"__mmap",
	"__mmap64",
	"__mremap",
	"__munmap",
	"brk",
	"madvise",
	"mlock",
	"mlock2",
	"mlockall",
	"mmap",
	"mmap64",
	"mremap",
	"munmap",
	"process_madvise",
	"remap_file_pages",
	"shmat",
	"shmdt",
};

void movers_deinit(struct movers *movers)
{
	map_deinit(&movers->stops);
}

bool movers_copy(struct movers *movers, const struct movers *from)
{
	movers->before = from->before;
	movers->limit = from->limit;
	movers->given_up = from->given_up;
	return map_copy(&movers->stops, &from->stops);
}

void movers_forget(struct movers *movers)
{
	map_deinit(&movers->stops);
	movers->given_up = false;
	movers->count = movers->busy = 0;
}

static bool is_mover(const char *symbol)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (*symbol == *names[i] && !strcmp(symbol, names[i]))
			return true;
	return false;
}

static struct ptmem_error *stop_at(struct movers *movers, struct breakpoints *breakpoints,
	struct target_address address, enum mover_stop stop)
{
	uint32_t index;
	struct ptmem_error *error = breakpoint_mark(breakpoints, address, &index);

	if (error)
		return error;
	return map_set(&movers->stops, index, stop) ? NULL : &error_no_memory;
}

/* Each system call that a function makes is one. */
static struct ptmem_error *note_function(struct movers *movers, struct breakpoints *breakpoints,
	const struct function *function, struct target_address start)
{
	enum mover_stop after = strstr(function->symbol, "mmap") ? MOVER_MAP : MOVER_AFTER;
	uint64_t size = function->size;
	uint8_t code[CODE_MAX];
	size_t got = breakpoints_read_code(
		breakpoints, start, code, size && size < sizeof code ? size : sizeof code);
	size_t at = 0, length = arch->find_syscall(code, got);
	struct ptmem_error *error = NULL;

	if (length && movers->before)
		error = stop_at(movers, breakpoints, start, MOVER_BEFORE);
	while (!error && length) {
		at += length;
		error = stop_at(movers, breakpoints, address_plus(start, (int64_t)at), after);
		length = arch->find_syscall(code + at, got - at);
	}
	return error;
}

struct ptmem_error *movers_note(struct movers *movers, struct breakpoints *breakpoints,
	struct object *object, uint64_t bias)
{
	size_t count;
	const struct function *functions = object_functions(object, &count);
	struct ptmem_error *error = NULL;

	for (size_t i = 0; !error && i < count && !movers->given_up; i++)
		if (is_mover(functions[i].symbol))
			error = note_function(movers, breakpoints, &functions[i],
				address_load(functions[i].address, bias));
	return error;
}

enum mover_stop movers_at(const struct movers *movers, uint32_t breakpoint)
{
	uint32_t stop = map_get(&movers->stops, breakpoint);

	return stop == MAP_NONE || movers->given_up ? MOVER_NONE : (enum mover_stop)stop;
}

/* What is mapped brings memory with it where it is to be there at once, and takes some away where
 * something was. */
bool mover_may_have_moved(enum mover_stop stop, const struct registers *registers)
{
	if (stop == MOVER_MAP)
		return arch->syscall_argument(registers, 3) &
		       (MAP_FIXED | MAP_POPULATE | MAP_LOCKED);
	return stop == MOVER_AFTER;
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
