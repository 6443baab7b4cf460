/* The traced process. */
#include "engine/process.h"

#include "target/inject.h"

#include <linux/auxvec.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* Mappings begin and end at multiples of this. */
#define SCRATCH_UNIT UINT64_C(0x10000)
#define SCRATCH_LIBRARIES UINT64_C(0x40000)

void process_init(struct process *process, struct profile *profile, uint64_t max_hits)
{
	*process = (struct process){.profile = profile, .begin = BREAKPOINT_NONE};
	process->memory.fd = process->source.fd = -1;
	breakpoints_init(&process->breakpoints, &process->memory);
	calls_init(&process->calls, profile, &process->breakpoints, max_hits);
}

void process_deinit(struct process *process)
{
	calls_deinit(&process->calls);
	breakpoints_deinit(&process->breakpoints);
	memory_source_close(&process->source);
	target_memory_close(&process->memory);
}

struct ptmem_error *process_open(struct process *process)
{
	struct ptmem_error *error;

	target_memory_close(&process->memory);
	memory_source_close(&process->source);
	breakpoints_deinit(&process->breakpoints);
	breakpoints_init(&process->breakpoints, &process->memory);
	calls_forget(&process->calls);
	process->begin = BREAKPOINT_NONE;
	process->begun = false;
	error = target_memory_open(process->pid, &process->memory);
	return error ? error
		     : memory_source_open(process->pid, process->profile->metric, &process->source);
}

struct ptmem_error *process_read(struct process *process, pid_t tid, struct amounts *reading)
{
	struct ptmem_error *error = memory_source_read(&process->source, reading);

	if (!error_is(error, ERROR_GONE))
		return error;
	memory_source_close(&process->source);
	error = memory_source_open(tid, process->profile->metric, &process->source);
	return error ? error : memory_source_read(&process->source, reading);
}

/* Executable memory at this address, or where the kernel likes (0). */
static struct ptmem_error *map_scratch(
	struct process *process, uint64_t at, uint64_t size, bool *mapped)
{
	uint64_t arguments[6] = {at, size, PROT_READ | PROT_EXEC,
		MAP_PRIVATE | MAP_ANONYMOUS | (at ? MAP_FIXED_NOREPLACE : 0), (uint64_t)-1, 0};
	int64_t result;
	struct ptmem_error *error =
		inject_syscall(process->pid, &process->memory, SYS_mmap, arguments, &result);

	*mapped = !error && result > 0 && (!at || (uint64_t)result == at);
	if (error || !*mapped)
		return error;
	return scratch_add(&process->breakpoints.scratch, target_address((uint64_t)result), size)
		       ? NULL
		       : &error_no_memory;
}

/*
 * Scratch memory for this many functions and what they return to. It goes below the
 * program, where neither the heap nor the program itself ever grows; and, for return
 * addresses in shared libraries, where the kernel maps those.
 */
static struct ptmem_error *add_scratch(
	struct process *process, const struct object *object, uint64_t bias, size_t functions)
{
	uint64_t program =
		address_load(object_load_start(object), bias).value & ~(SCRATCH_UNIT - 1);
	uint64_t wanted = (functions * 5 + 4096) * ARCH_SLOT_SIZE;
	uint64_t size = (wanted + SCRATCH_UNIT - 1) & ~(SCRATCH_UNIT - 1);
	struct ptmem_error *error = NULL;
	bool mapped = false;

	if (program > SCRATCH_UNIT && size > program - SCRATCH_UNIT)
		size = program - SCRATCH_UNIT;
	for (; !error && !mapped && program > size && size >= SCRATCH_UNIT; size /= 2)
		error = map_scratch(process, (program - size) & ~(SCRATCH_UNIT - 1), size, &mapped);
	if (!error && (!mapped || target_auxv(process->pid, AT_BASE)))
		error = map_scratch(process, 0, SCRATCH_LIBRARIES, &mapped);
	if (!error && !mapped)
		error = error_new(ERROR_SYSTEM, "no memory in the program for breakpoints: its "
						"address space is limited: see ulimit -v");
	return error;
}

static struct ptmem_error *watch_functions(struct process *process, const struct image *image,
	const struct watch_list *list, uint64_t bias)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct function *function = list->items[i];
		uint32_t location = places_code_location(process->profile->places, image->module,
			function->address.value, function->symbol);
		struct ptmem_error *error =
			location == UINT32_MAX
				? &error_no_memory
				: calls_watch(&process->calls, location,
					  address_load(function->address, bias), function->size);

		if (error)
			return error;
	}
	return NULL;
}

/* Where control leaves the start-up code: main, or where the file begins. */
static struct target_address find_begin(const struct object *object, uint64_t bias)
{
	size_t count;
	const struct function *functions = object_functions(object, &count);

	for (size_t i = 0; i < count; i++)
		if (!strcmp(functions[i].symbol, "main"))
			return address_load(functions[i].address, bias);
	return address_load(object_entry(object), bias);
}

static struct ptmem_error *watch_begin(
	struct process *process, const struct object *object, uint64_t bias)
{
	struct target_address begin = find_begin(object, bias);
	struct ptmem_error *error = NULL;

	if (breakpoint_find(&process->breakpoints, begin) == BREAKPOINT_NONE)
		error = breakpoint_add_entry(&process->breakpoints, begin, BREAKPOINT_NONE);
	process->begin = breakpoint_find(&process->breakpoints, begin);
	return error;
}

struct ptmem_error *process_plant(struct process *process, const struct image *image,
	const struct watch_patterns *patterns, size_t *count)
{
	uint64_t bias = target_auxv(process->pid, AT_ENTRY) - object_entry(image->object).value;
	struct watch_list list = {0};
	struct ptmem_error *error = watch_select(image->object, patterns, &list);
	size_t watched = list.count;

	if (!error)
		error = watch_functions(process, image, &list, bias);
	vec_deinit(&list);
	if (!error)
		error = add_scratch(process, image->object, bias, watched);
	if (!error)
		error = watch_begin(process, image->object, bias);
	if (!error)
		error = breakpoints_plant(&process->breakpoints);
	if (!error)
		*count = watched;
	else
		breakpoints_lift_all(&process->breakpoints, &process->memory);
	return error;
}
