/* A traced process. */
#include "engine/process.h"

#include "target/inject.h"

#include <linux/auxvec.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Mappings begin and end at multiples of this. */
#define SCRATCH_UNIT UINT64_C(0x10000)
#define SCRATCH_LIBRARIES UINT64_C(0x40000)

/* Pages that a processor's share of a counter may be off by: percpu_counter_batch. */
#define PEAK_BATCH 32

/* The program alone, as far as its functions go. */
static bool process_locate(const void *locator, struct target_address address, uint32_t *module,
	struct file_address *offset)
{
	const struct process *process = locator;
	const struct function *around;

	*module = process->module;
	*offset = (struct file_address){address.value - process->bias};
	around = process->object ? object_function_around(process->object, *offset) : NULL;
	return around && offset->value - around->address.value < around->size;
}

struct process *process_create(struct process_profile *record, uint64_t max_hits)
{
	struct process *process = calloc(1, sizeof *process);
	struct profile *profile = &record->profile;
	enum metric first = metric_of_column(profile->metric, 0);

	if (!process)
		return NULL;
	process->pid = record->pid;
	process->record = record;
	process->profile = profile;
	process->begin = BREAKPOINT_NONE;
	process->memory.fd = process->source.fd = -1;
	breakpoints_init(&process->breakpoints, &process->memory);
	calls_init(&process->calls, profile, &process->breakpoints, max_hits);
	process->calls.locate = process_locate;
	process->calls.locator = process;
	division_init(&process->division, profile->columns, sysconf(_SC_PAGESIZE),
		first == METRIC_RSS || first == METRIC_ANON);
	return process;
}

static void process_close(struct process *process)
{
	unwinder_destroy(process->unwinder);
	process->unwinder = NULL;
	breakpoints_deinit(&process->breakpoints);
	memory_source_close(&process->source);
	target_memory_close(&process->memory);
}

void process_destroy(struct process *process)
{
	if (!process)
		return;
	process_close(process);
	calls_deinit(&process->calls);
	vec_deinit(&process->late);
	free(process->mappings);
	free(process);
}

static struct ptmem_error *process_open_files(struct process *process)
{
	struct ptmem_error *error = target_memory_open(process->pid, &process->memory);

	return error ? error
		     : memory_source_open(process->pid, process->profile->metric, &process->source);
}

struct ptmem_error *process_open(struct process *process)
{
	process_close(process);
	breakpoints_init(&process->breakpoints, &process->memory);
	calls_forget(&process->calls);
	process->begin = BREAKPOINT_NONE;
	process->begun = false;
	return process_open_files(process);
}

struct ptmem_error *process_open_copy(struct process *process, const struct process *from)
{
	process->image = from->image;
	process->bias = from->bias;
	process->module = from->module;
	process->object = from->object;
	process->syscall = from->syscall;
	process->begin = from->begin;
	process->begun = from->begun;
	process->armed = from->armed;
	if (!breakpoints_copy(&process->breakpoints, &from->breakpoints, &process->memory) ||
		!calls_copy(&process->calls, &from->calls))
		return &error_no_memory;
	return process_open_files(process);
}

bool process_owns_root(const struct process *process, uint32_t location)
{
	for (size_t i = 0; i < process->late.count; i++)
		if (process->late.items[i] == location)
			return false;
	return true;
}

/* A program may begin threads for as long as it runs. Of the late ones those of one name are
 * one row; there are few names, as a program gives them. */
static uint32_t share_root(struct process *process, const char *name)
{
	const struct places *places = process->profile->places;
	size_t count = process->late.count;
	uint32_t *new;

	for (size_t i = 0; i < count; i++)
		if (!strcmp(places->locations.items[process->late.items[i]].name, name))
			return process->late.items[i];
	if (count == THREAD_ROOTS)
		return process->late.items[count - 1];
	new = vec_append(&process->late);
	if (!new)
		return UINT32_MAX;
	return *new = places_thread_location(process->profile->places, process->threads, name);
}

uint32_t process_thread_root(struct process *process, const char *name)
{
	if (++process->threads > THREAD_ROOTS)
		return share_root(process, name);
	return places_thread_location(process->profile->places, process->threads, name);
}

/*
 * The peak, as the kernel kept it (0: not known) and as the readings saw it. From 6.2 on
 * the kernel keeps its own only to within some pages a processor, another figure each run;
 * a reading is exact, and where the two agree within that it is what repeats.
 */
int64_t process_peak(const struct process *process)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	long batch = processors * 2 > PEAK_BATCH ? processors * 2 : PEAK_BATCH;
	int64_t slack = (int64_t)batch * processors * sysconf(_SC_PAGESIZE);
	int64_t kept = process->profile->peak;
	enum metric first = metric_of_column(process->profile->metric, 0);

	if (first != METRIC_RSS)
		return kept;
	return kept - process->highest > slack ? kept : process->highest;
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
	struct process *process, pid_t tid, uint64_t at, uint64_t size, bool *mapped)
{
	uint64_t arguments[6] = {at, size, PROT_READ | PROT_EXEC,
		MAP_PRIVATE | MAP_ANONYMOUS | (at ? MAP_FIXED_NOREPLACE : 0), (uint64_t)-1, 0};
	int64_t result;
	struct ptmem_error *error = inject_syscall(
		tid, process->options, &process->memory, SYS_mmap, arguments, &result);

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
	struct process *process, pid_t tid, const struct object *object, size_t functions)
{
	uint64_t program =
		address_load(object_load_start(object), process->bias).value & ~(SCRATCH_UNIT - 1);
	uint64_t wanted = (functions * 5 + 4096) * ARCH_SLOT_SIZE;
	uint64_t size = (wanted + SCRATCH_UNIT - 1) & ~(SCRATCH_UNIT - 1);
	struct ptmem_error *error = NULL;
	bool mapped = false;

	if (program > SCRATCH_UNIT && size > program - SCRATCH_UNIT)
		size = program - SCRATCH_UNIT;
	for (; !error && !mapped && program > size && size >= SCRATCH_UNIT; size /= 2)
		error = map_scratch(
			process, tid, (program - size) & ~(SCRATCH_UNIT - 1), size, &mapped);
	if (!error && (!mapped || target_auxv(process->pid, AT_BASE)))
		error = map_scratch(process, tid, 0, SCRATCH_LIBRARIES, &mapped);
	if (!error && !mapped)
		error = error_new(ERROR_SYSTEM, "no memory in the program for breakpoints: its "
						"address space is limited: see ulimit -v");
	return error;
}

static struct ptmem_error *watch_functions(
	struct process *process, const struct image *image, const struct watch_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct function *function = list->items[i];
		uint32_t location = places_code_location(process->profile->places, image->module,
			function->address.value, function->symbol);
		struct ptmem_error *error =
			location == UINT32_MAX
				? &error_no_memory
				: calls_watch(&process->calls, location,
					  address_load(function->address, process->bias),
					  function->size);

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

static struct ptmem_error *watch_begin(struct process *process, const struct object *object)
{
	struct target_address begin = find_begin(object, process->bias);
	struct ptmem_error *error = NULL;

	if (breakpoint_find(&process->breakpoints, begin) == BREAKPOINT_NONE)
		error = breakpoint_add_entry(&process->breakpoints, begin, BREAKPOINT_NONE);
	process->begin = breakpoint_find(&process->breakpoints, begin);
	return error;
}

struct ptmem_error *process_plant(struct process *process, pid_t tid, const struct image *image,
	const struct watch_list *list, bool begins)
{
	struct ptmem_error *error;

	process->bias = target_auxv(process->pid, AT_ENTRY) - object_entry(image->object).value;
	process->module = image->module;
	process->object = image->object;
	process->syscall = inject_find(&process->memory);
	process->calls.start = address_load(object_entry(image->object), process->bias);
	error = watch_functions(process, image, list);
	if (!error)
		error = add_scratch(process, tid, image->object, list->count);
	if (!error && begins)
		error = watch_begin(process, image->object);
	if (!error)
		error = breakpoints_plant(&process->breakpoints);
	process->begun = !begins;
	if (error)
		process_lift(process);
	return error;
}

void process_lift(struct process *process)
{
	breakpoints_lift_all(&process->breakpoints, &process->memory);
}

struct ptmem_error *process_unmap_scratch(struct process *process, pid_t tid)
{
	struct scratch *scratch = &process->breakpoints.scratch;
	struct ptmem_error *error = NULL;

	for (size_t i = 0; !error && i < scratch->count; i++) {
		uint64_t arguments[6] = {scratch->items[i].start, scratch->items[i].size};
		int64_t result;

		error = inject_syscall(
			tid, process->options, &process->memory, SYS_munmap, arguments, &result);
	}
	scratch_deinit(scratch);
	return error;
}
