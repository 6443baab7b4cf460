/* A traced process. */
#include "engine/process.h"

#include "target/inject.h"
#include "target/rendezvous.h"

#include <linux/auxvec.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Mappings begin and end at multiples of this. */
#define SCRATCH_UNIT UINT64_C(0x10000)

/* A function may be stopped at where it begins, and where calls of it return to. */
#define SLOTS_PER_FUNCTION 5
#define SLOTS_AT_LEAST 4096

/* Pages that a processor's share of a counter may be off by: percpu_counter_batch. */
#define PEAK_BATCH 32

static bool process_locate(const void *locator, struct target_address address, uint32_t *module,
	struct file_address *offset)
{
	const struct process *process = locator;
	const struct loaded_object *object = objects_at(&process->objects, address);

	if (!object)
		return false;
	*module = object->module;
	*offset = object_address(object, address);
	return true;
}

static char *process_vtable(const void *locator, struct target_address address, int64_t *to_top)
{
	const struct process *process = locator;
	const struct loaded_object *object = objects_at(&process->objects, address);
	const struct image *image =
		object && process->images ? &process->images->items[object->image] : NULL;

	if (!image || !image->object)
		return NULL;
	return object_vtable_class(image->object, object_address(object, address), to_top);
}

void process_follow_objects(
	struct process *process, const struct images *images, struct receivers *receivers)
{
	process->images = images;
	process->calls.living.receivers = receivers;
	process->calls.living.vtable = process_vtable;
	process->calls.living.locator = process;
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
	process->begin = process->rendezvous = BREAKPOINT_NONE;
	process->memory.fd = process->source.fd = process->resident.pagemap = -1;
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
	sampled_unwinder_destroy(process->sampled_unwinder);
	resident_deinit(&process->resident);
	calls_deinit(&process->calls);
	statement_stops_deinit(&process->statements);
	scope_stops_deinit(&process->scope);
	code_deinit(&process->code);
	movers_deinit(&process->movers);
	jumps_deinit(&process->jumps);
	objects_deinit(&process->objects);
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
	process->breakpoints.fleeting = !process->plants_calls;
	calls_forget(&process->calls);
	statement_stops_deinit(&process->statements);
	scope_stops_deinit(&process->scope);
	code_forget(&process->code);
	movers_forget(&process->movers);
	jumps_deinit(&process->jumps);
	process->anchors = 0;
	process->begin = process->rendezvous = BREAKPOINT_NONE;
	process->begun = false;
	return process_open_files(process);
}

struct ptmem_error *process_open_copy(struct process *process, const struct process *from)
{
	process->bias = from->bias;
	process->syscall = from->syscall;
	process->begin = from->begin;
	process->rendezvous = from->rendezvous;
	process->begun = from->begun;
	process->armed = from->armed;
	if (!breakpoints_copy(&process->breakpoints, &from->breakpoints, &process->memory) ||
		!calls_copy(&process->calls, &from->calls) ||
		!statements_copy(&process->statements, &from->statements) ||
		!scope_stops_copy(&process->scope, &from->scope) ||
		!movers_copy(&process->movers, &from->movers) ||
		!objects_copy(&process->objects, &from->objects))
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
	int64_t kept = process->profile->peak, apart = kept - process->highest;

	return apart > slack || apart < -slack ? kept : process->highest;
}

void process_see(struct process *process, int64_t resident)
{
	process->resident_now = resident;
	if (resident > process->highest)
		process->highest = resident;
}

void process_expect(struct process *process, int64_t more)
{
	if (process->resident_now)
		process_see(process, process->resident_now + more);
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

/* Where this much is free within reach of the code of an object, or 0: as near as may be. */
static uint64_t find_room(
	const struct maps *maps, const struct loaded_object *object, uint64_t size)
{
	uint64_t reach = arch->scratch_reach / 2, limit = object->start;

	for (size_t i = maps->count; i-- > 0;) {
		const struct mapping *mapping = &maps->items[i];

		if (mapping->start >= object->start)
			continue;
		if (mapping->end + SCRATCH_UNIT + size <= limit)
			break;
		limit = mapping->start;
	}
	limit = limit > size ? (limit - size) & ~(SCRATCH_UNIT - 1) : 0;
	return object->start - limit < reach ? limit : 0;
}

/*
 * Below the program neither the heap nor the program itself ever grows. Elsewhere the kernel's
 * choice is as good as any, if it is near.
 */
static struct ptmem_error *map_near(struct process *process, pid_t tid,
	const struct loaded_object *object, uint64_t size, bool *mapped)
{
	struct breakpoints *breakpoints = &process->breakpoints;
	uint64_t room;
	struct ptmem_error *error = maps_read(process->pid, &breakpoints->maps);

	*mapped = false;
	for (; !error && !*mapped && size >= SCRATCH_UNIT; size /= 2) {
		room = find_room(&breakpoints->maps, object, size);
		if (room)
			error = map_scratch(process, tid, room, size, mapped);
	}
	return error;
}

/* For this many functions of an object, what they return to, and what else is stopped at. */
static struct ptmem_error *add_scratch(
	struct process *process, pid_t tid, const struct loaded_object *object, size_t functions)
{
	struct target_address near = target_address(object->start);
	size_t slots = functions * SLOTS_PER_FUNCTION + SLOTS_AT_LEAST;
	uint64_t size = (slots * ARCH_SLOT_SIZE + SCRATCH_UNIT - 1) & ~(SCRATCH_UNIT - 1);
	bool mapped;
	struct ptmem_error *error;

	if (scratch_room(&process->breakpoints.scratch, near) >= slots - SLOTS_AT_LEAST / 2)
		return NULL;
	error = map_near(process, tid, object, size, &mapped);
	/* Among libraries, less than was wished for is not the end. */
	if (!error && !mapped && !process->breakpoints.scratch.count)
		error = map_scratch(process, tid, 0, size, &mapped);
	if (!error && !mapped && !process->breakpoints.scratch.count)
		error = error_new(ERROR_SYSTEM, "no memory in the program for breakpoints: its "
						"address space is limited: see ulimit -v");
	return error;
}

/* *functions grows by those that were never watched before, at another place. */
static struct ptmem_error *watch_functions(struct process *process,
	const struct loaded_object *object, const struct image *image, uint64_t *functions)
{
	struct receivers *receivers = process->calls.living.receivers;

	for (size_t i = 0; i < image->watched.list.count; i++) {
		const struct function *function = image->watched.list.items[i];
		uint32_t location = places_code_location(process->profile->places, image->module,
			function->address.value, function->symbol);
		struct ptmem_error *error;

		if (location == UINT32_MAX)
			return &error_no_memory;
		*functions += !calls_was_watched(&process->calls, location);
		error = receivers ? receivers_add(receivers, location, image->object, function)
				  : NULL;
		if (error)
			return error;
		error = calls_watch(&process->calls, location,
			address_load(function->address, object->bias), function->size);
		if (error)
			return error;
	}
	return NULL;
}

/* Where control leaves the start-up code: main, or where the file begins. */
static struct target_address find_begin(struct object *object, uint64_t bias)
{
	const struct function *main_function = object_function_named(object, "main");

	return address_load(main_function ? main_function->address : object_entry(object), bias);
}

/* The dynamic linker's, or in a static program its own; by its symbol while it has not begun. */
static struct target_address find_rendezvous(
	const struct process *process, const struct images *images)
{
	static const char *const symbols[] = {"_dl_debug_state", "dl_debug_state"};
	struct target_address found = rendezvous_find(&process->memory);
	uint64_t linker = target_auxv(process->pid, AT_BASE);
	const struct loaded_object *object = objects_at(
		&process->objects, linker ? target_address(linker) : process->objects.entry);

	for (size_t i = 0; !found.value && object && i < sizeof symbols / sizeof *symbols; i++) {
		const struct function *function =
			object_function_named(images->items[object->image].object, symbols[i]);

		if (function)
			found = address_load(function->address, object->bias);
	}
	return found;
}

struct ptmem_error *process_mark(struct process *process, const struct images *images, bool begins)
{
	struct object *object = images->items[process->objects.program].object;
	struct target_address rendezvous = find_rendezvous(process, images);
	struct ptmem_error *error = NULL;

	if (begins)
		error = breakpoint_mark(
			&process->breakpoints, find_begin(object, process->bias), &process->begin);
	if (!error && rendezvous.value)
		error = breakpoint_mark(&process->breakpoints, rendezvous, &process->rendezvous);
	return error;
}

void process_know_program(
	struct process *process, const struct images *images, uint32_t program, bool begins)
{
	const struct object *object = images->items[program].object;
	struct target_address entry = target_address(target_auxv(process->pid, AT_ENTRY));

	process->bias = entry.value - object_entry(object).value;
	process->syscall = inject_find(&process->memory);
	process->calls.start = entry;
	process->begun = !begins;
	objects_begin(&process->objects, program, entry);
}

static void forget_object(void *owner, const struct loaded_object *object)
{
	struct process *process = owner;

	process->lost_objects = true;
	code_forget(&process->code);
	if (process->sampled_unwinder)
		sampled_unwinder_forget(process->sampled_unwinder, object->start, object->end);
	breakpoints_forget(&process->breakpoints, object->start, object->end);
	jumps_forget(&process->jumps, object->start, object->end);
	calls_forget_range(&process->calls, object->start, object->end);
	statements_forget(&process->statements, &process->breakpoints, object->start, object->end);
}

/* What was asked of their addresses before was in vain. */
static void know_new_objects(struct process *process)
{
	bool any = false;

	for (size_t i = 0; process->sampled_unwinder && i < process->objects.count; i++) {
		const struct loaded_object *object = &process->objects.items[i];

		if (!object->is_new)
			continue;
		any = true;
		sampled_unwinder_forget(process->sampled_unwinder, object->start, object->end);
	}
	if (any)
		code_forget(&process->code);
}

struct ptmem_error *process_look(struct process *process, struct images *images)
{
	struct ptmem_error *error;

	process->lost_objects = false;
	error = objects_update(&process->objects, images, &process->memory, forget_object, process);
	if (!error)
		know_new_objects(process);
	if (error || !process->lost_objects || !process->unwinder)
		return error;
	/* It takes the tables that it knows to be there for ever. */
	unwinder_destroy(process->unwinder);
	process->unwinder = NULL;
	return unwinder_create(process->pid, &process->memory, &process->unwinder);
}

/* The C library and its dynamic linker, under the names that they have, or a static program. */
static bool may_move(const struct loaded_object *object, const struct image *image)
{
	static const char *const names[] = {"libc.", "libc-", "ld-", "ld.", NULL};

	return image->object && (object->is_program || image_is_named(image, names));
}

/* musl's dynamic linker is its C library; that of others has the same functions, and seldom calls
 * them. */
static bool is_linker(const struct image *image)
{
	return !strncmp(image_name(image), "ld", 2);
}

struct ptmem_error *process_find_moves(struct process *process, const struct images *images,
	struct sampling_place *places, size_t *count)
{
	struct ptmem_error *error = NULL;

	for (size_t i = 0; !error && i < 2 * process->objects.count; i++) {
		const struct loaded_object *object =
			&process->objects.items[i % process->objects.count];
		const struct image *image = &images->items[object->image];

		if (may_move(object, image) && is_linker(image) == (i >= process->objects.count))
			error = movers_places(&process->movers, &process->breakpoints,
				image->object, object->bias, places, count);
	}
	return error;
}

static struct ptmem_error *ready_object(struct process *process, pid_t tid,
	struct loaded_object *object, const struct image *image, uint64_t *functions)
{
	size_t planted = process->plants_calls ? image->watched.list.count : 0;
	struct ptmem_error *error =
		planted ? watch_functions(process, object, image, functions) : NULL;

	object->is_ready = true;
	if (!error && planted && image->statements.count) {
		error = statements_plant(&process->statements, &process->calls,
			process->profile->places, object, image);
		planted += image->statements.count;
	}
	if (!error && process->catches_moves && may_move(object, image))
		error = movers_note(
			&process->movers, &process->breakpoints, image->object, object->bias);
	if (!error)
		error = scope_plant(
			&process->scope, &process->breakpoints, &image->scope, object->bias);
	return error ? error
		     : add_scratch(process, tid, object, planted + image->scope.places.count);
}

struct ptmem_error *process_plant(struct process *process, pid_t tid, const struct images *images,
	bool program_alone, uint64_t *functions)
{
	struct ptmem_error *error = NULL;

	*functions = 0;
	for (size_t i = 0; !error && i < process->objects.count; i++) {
		struct loaded_object *object = &process->objects.items[i];
		const struct image *image = &images->items[object->image];

		/* Where nothing is watched yet, what is may still return to. */
		if (!object->is_ready && program_alone && !object->is_program)
			error = add_scratch(process, tid, object, 0);
		else if (!object->is_ready)
			error = ready_object(process, tid, object, image, functions);
		if (!error && object->is_ready && images->stops_at_lines)
			error = statements_watch_unwinder(
				&process->statements, &process->breakpoints, object, image);
	}
	return error ? error : breakpoints_plant(&process->breakpoints);
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
