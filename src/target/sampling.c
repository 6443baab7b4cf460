/* Page faults in ring buffers. */
#include "target/sampling_internal.h"

#include "base/clock.h"
#include "base/thread.h"

#include <errno.h>
#include <limits.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const uint32_t stack_sizes[SAMPLING_DEPTHS] = {
	1024,
	4096,
	9216,
	[SAMPLING_USUAL] = 17408,
	[SAMPLING_FAR] = 30720,
	[SAMPLING_MOST] = 61440,
};

/* Which of them there are to be where there cannot be all; the usual one is first. */
static const uint8_t depths_wanted[SAMPLING_DEPTHS] = {
	SAMPLING_USUAL, SAMPLING_LITTLE, SAMPLING_MOST, SAMPLING_FAR, 0, 2};

/* ns from the first look at the rings to the next. */
#define APART_BEGIN 1000000

/* Part of a ring's size that is enough where most samples are in brief. */
#define RING_OF 4

/* A thread that begins takes 3 us for each event that it inherits: so many at most, but some
 * depths there are in any case: the first of those that are wanted. */
#define INHERITED_MAX 32
#define DEPTHS_MIN 3
#define DEPTHS_MIN_RELIED 4

uint64_t sampling_now(void)
{
	return clock_ns();
}

size_t sampling_stack_size(enum sampling_depth depth)
{
	return stack_sizes[depth];
}

static void set_attributes(
	const struct sampling *sampling, enum sampling_depth depth, struct perf_event_attr *attr)
{
	*attr = (struct perf_event_attr){
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof *attr,
		.config = PERF_COUNT_SW_PAGE_FAULTS,
		.sample_period = 1,
		.disabled = depth != sampling->enabled,
		.sample_type = PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_TID | PERF_SAMPLE_TIME |
			       PERF_SAMPLE_ADDR | PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER,
		.inherit = 1,
		.inherit_thread = !sampling->options.children,
		.exclude_kernel = sampling->user_only,
		.exclude_hv = 1,
		.mmap = 1,
		.mmap2 = 1,
		.mmap_data = 1,
		.task = 1,
		.watermark = 1,
		.sample_id_all = 1,
		.exclude_callchain_kernel = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
		.sample_regs_user = arch->sampled_registers,
		.sample_stack_user = stack_sizes[depth],
	};
}

/* Older kernels know less: 5.13 brought threads apart from processes. */
static int open_event(struct sampling *sampling, enum sampling_depth depth, pid_t tid, int cpu)
{
	struct perf_event_attr attr;
	int fd;

	set_attributes(sampling, depth, &attr);
	fd = (int)syscall(SYS_perf_event_open, &attr, tid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0 && errno == EINVAL) {
		attr.inherit_thread = 0;
		fd = (int)syscall(SYS_perf_event_open, &attr, tid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	}
	if (fd < 0 && (errno == EACCES || errno == EPERM) && !sampling->user_only) {
		sampling->user_only = true;
		return open_event(sampling, depth, tid, cpu);
	}
	return fd;
}

struct ptmem_error *sampling_refused(int number)
{
	if (number == ESRCH)
		return &error_gone;
	if (number == EACCES || number == EPERM)
		return error_new(ERROR_SYSTEM,
			"sampling page faults: the kernel does not allow it: set "
			"kernel.perf_event_paranoid to 2 or less (sysctl), or run ptmem as root");
	if (number == EMFILE || number == ENFILE)
		return error_errno(number, "sampling page faults: raise ulimit -n");
	return error_errno(number, "sampling page faults");
}

/* An event that was opened writes to a ring; -1 with errno where it was or does not. */
static int write_to(const struct sampling_ring *ring, int fd)
{
	int number;

	if (fd < 0 || !ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, ring->fd))
		return fd;
	number = errno;
	close(fd);
	errno = number;
	return -1;
}

static int open_place(
	struct sampling *sampling, const struct sampling_ring *ring, uint64_t address, pid_t tid)
{
	struct perf_event_attr attr;

	set_attributes(sampling, SAMPLING_MOST, &attr);
	attr.type = PERF_TYPE_BREAKPOINT;
	attr.config = 0;
	attr.bp_type = HW_BREAKPOINT_X;
	attr.bp_addr = address;
	attr.bp_len = sizeof(long);
	attr.sample_regs_user = arch->sampled_call_registers;
	attr.mmap = attr.mmap2 = attr.mmap_data = attr.task = attr.disabled = 0;
	attr.exclude_kernel = 1;
	attr.remove_on_exec = 1;
	return write_to(ring,
		(int)syscall(SYS_perf_event_open, &attr, tid, ring->cpu, -1, PERF_FLAG_FD_CLOEXEC));
}

static bool add_place_event(struct sampling *sampling, const struct sampling_ring *ring,
	const struct sampling_place *place, pid_t tid)
{
	struct sampling_place_event event = {.place = place}, *new;

	event.fd = open_place(sampling, ring, place->address, tid);
	if (event.fd < 0)
		return false;
	new = ioctl(event.fd, PERF_EVENT_IOC_ID, &event.id) ? NULL
							    : vec_append(&sampling->place_events);
	if (!new) {
		close(event.fd);
		return false;
	}
	*new = event;
	return true;
}

/* Of all or of none: half of what was given back would be worse than nothing. */
static void add_places(struct sampling *sampling, pid_t tid)
{
	for (size_t i = 0; i < sampling->options.place_count; i++)
		for (size_t ring = 0; ring < sampling->rings.count; ring++)
			if (!add_place_event(sampling, &sampling->rings.items[ring],
				    &sampling->options.places[i], tid)) {
				if (errno != ESRCH)
					sampling_drop_places(sampling);
				return;
			}
}

static int open_writer(struct sampling *sampling, const struct sampling_ring *ring,
	enum sampling_depth depth, pid_t tid)
{
	int fd = write_to(ring, open_event(sampling, depth, tid, ring->cpu));

	if (fd < 0 || sampling_apply(sampling, fd))
		return fd;
	close(fd);
	return -1;
}

/* What is in brief is so for any depth up to BRIEF_MOST, and the kernel's few samples are of one.
 */
static bool needs_event(const struct sampling *sampling, enum sampling_depth depth)
{
	return !sampling->briefs || depth >= SAMPLING_LITTLE;
}

/* Only the usual depth is needed; there are so many in all. */
static struct ptmem_error *add_writers(
	struct sampling *sampling, struct sampling_ring *ring, unsigned depths, pid_t tid)
{
	for (unsigned i = 0; i < SAMPLING_DEPTHS && depths; i++) {
		enum sampling_depth depth = depths_wanted[i];

		if (!needs_event(sampling, depth))
			continue;
		ring->fds[depth] = open_writer(sampling, ring, depth, tid);
		if (depth == SAMPLING_USUAL && ring->fds[depth] < 0)
			return sampling_refused(errno);
		depths--;
	}
	return NULL;
}

static unsigned count_depths(const struct sampling *sampling)
{
	size_t events = INHERITED_MAX / sampling->rings.count;
	size_t least = sampling->selects ? DEPTHS_MIN_RELIED : DEPTHS_MIN;

	if (sampling->options.usual)
		return 1;
	if (events < least)
		return (unsigned)least;
	return events < SAMPLING_DEPTHS ? (unsigned)events : SAMPLING_DEPTHS;
}

static enum sampling_depth event_of(const struct sampling *sampling, enum sampling_depth depth)
{
	return needs_event(sampling, depth) ? depth : SAMPLING_LITTLE;
}

static bool has_event(const struct sampling_ring *ring, enum sampling_depth depth)
{
	return ring->fds[depth] >= 0;
}

/* A depth that one processor has no event for is not to be had. */
static unsigned common_depths(const struct sampling *sampling)
{
	unsigned depths = (1u << SAMPLING_DEPTHS) - 1;

	for (size_t i = 0; i < sampling->rings.count; i++)
		for (unsigned depth = 0; depth < SAMPLING_DEPTHS; depth++)
			if (!has_event(&sampling->rings.items[i], event_of(sampling, depth)))
				depths &= ~(1u << depth);
	return depths;
}

/* The kernel's own samples are few where others are in brief. */
static size_t ring_size(const struct sampling *sampling)
{
	return sampling->options.ring / (sampling->briefs ? RING_OF : 1);
}

/* What the kernel knows and allows it says before it looks for the group that an event is to
 * join, of which there is none: no event is made, which could take long (event_switch.h). */
struct ptmem_error *sampling_try(void)
{
	struct sampling sampling = {.user_only = true};
	struct perf_event_attr attr;

	set_attributes(&sampling, SAMPLING_USUAL, &attr);
	attr.inherit_thread = 0;
	syscall(SYS_perf_event_open, &attr, 0, -1, INT_MAX, PERF_FLAG_FD_CLOEXEC);
	return errno == EBADF ? NULL : sampling_refused(errno);
}

/* Where nothing can be in brief after all, rings are to have room for it. */
static struct ptmem_error *open_programs(struct sampling *sampling)
{
	bool expected = sampling->briefs;

	sampling_open_programs(sampling);
	sampling_set_enough(sampling, sampling_stack_size(sampling->depth));
	return expected && !sampling->briefs ? sampling_add_rings(sampling, ring_size(sampling))
					     : NULL;
}

/* What is of no thread. */
static void *prepare(void *arg)
{
	struct sampling *sampling = arg;

	sampling_open_briefs(sampling);
	sampling->problem = sampling_add_rings(sampling, ring_size(sampling));
	if (!sampling->problem)
		sampling->problem = open_programs(sampling);
	return NULL;
}

static bool begin(struct sampling *sampling, const struct sampling_options *options)
{
	sampling->options = *options;
	sampling->depth = sampling->enabled = SAMPLING_USUAL;
	sampling->apart = APART_BEGIN;
	sampling->wrapped = malloc(RECORD_MAX);
	return sampling->wrapped;
}

void sampling_prepare(struct sampling *sampling, const struct sampling_options *options)
{
	sampling->prepares =
		begin(sampling, options) && !thread_begin(&sampling->thread, prepare, sampling);
	if (!sampling->prepares)
		sampling_close(sampling);
}

static void await_prepared(struct sampling *sampling)
{
	if (sampling->prepares)
		pthread_join(sampling->thread, NULL);
	sampling->prepares = false;
}

/* An event a processor: one that follows new threads cannot have a ring otherwise. */
struct ptmem_error *sampling_open(
	struct sampling *sampling, const struct sampling_options *options, pid_t tid)
{
	struct ptmem_error *error;

	if (sampling->prepares)
		await_prepared(sampling);
	else if (begin(sampling, options))
		prepare(sampling);
	else
		return &error_no_memory;
	error = sampling->problem;
	sampling->problem = NULL;
	sampling->options = *options;
	sampling->until = sampling_now();
	/* First: a thread that begins meanwhile is known to be sampled by the other ones. */
	if (!error)
		add_places(sampling, tid);
	for (size_t i = 0; !error && i < sampling->rings.count; i++)
		error = add_writers(
			sampling, &sampling->rings.items[i], count_depths(sampling), tid);
	sampling->depths = common_depths(sampling);
	if (error)
		sampling_close(sampling);
	return error;
}

/* What another thread's event tells goes to the ring of its processor. Places do without
 * descriptors before faults do. */
static struct ptmem_error *redirect(
	struct sampling *sampling, const struct sampling_ring *ring, pid_t tid)
{
	int fd = open_writer(sampling, ring, sampling->depth, tid);
	int *event;

	if (fd < 0 && errno == EMFILE && sampling->place_events.count) {
		sampling_drop_places(sampling);
		fd = open_writer(sampling, ring, sampling->depth, tid);
	}
	if (fd < 0)
		return sampling_refused(errno);
	event = vec_append(&sampling->events);
	if (!event) {
		close(fd);
		return &error_no_memory;
	}
	*event = fd;
	return NULL;
}

struct ptmem_error *sampling_add(struct sampling *sampling, pid_t tid)
{
	struct ptmem_error *error = NULL;

	add_places(sampling, tid);
	for (size_t i = 0; !error && i < sampling->rings.count; i++)
		error = redirect(sampling, &sampling->rings.items[i], tid);
	return error;
}

bool sampling_has_depth(const struct sampling *sampling, enum sampling_depth depth)
{
	return sampling->depths & 1u << depth;
}

static void switch_events(struct sampling *sampling, enum sampling_depth depth, unsigned long how)
{
	for (size_t i = 0; i < sampling->rings.count; i++)
		ioctl(sampling->rings.items[i].fds[depth], how, 0);
}

/* For a moment there are two samples of each fault, rather than none. */
static void enable(struct sampling *sampling, enum sampling_depth depth)
{
	enum sampling_depth before = sampling->enabled;

	if (depth == before)
		return;
	sampling_size_brake(sampling, depth, before);
	if (sampling->both_to < sampling->until)
		sampling->both_from = sampling_now();
	switch_events(sampling, depth, PERF_EVENT_IOC_ENABLE);
	switch_events(sampling, before, PERF_EVENT_IOC_DISABLE);
	sampling->both_to = sampling_now();
	sampling->enabled = depth;
	sampling_size_brake(sampling, depth, depth);
}

/* What is in brief is decided by the program, and is never twice or not at all. */
static void choose_samples(struct sampling *sampling)
{
	enum sampling_depth depth = sampling->relied ? SAMPLING_FAR : sampling->depth;

	sampling_set_enough(sampling, sampling_stack_size(depth));
	enable(sampling, event_of(sampling, depth));
}

/* Which stack pointers are near the slot. */
static uint64_t lowest_near(uint64_t slot)
{
	return slot + sizeof(uint64_t) - SAMPLING_NEAR;
}

bool sampling_rely(struct sampling *sampling, uint64_t slot)
{
	if (!sampling->selects || !sampling_has_depth(sampling, SAMPLING_FAR) ||
		!selection_add(&sampling->selection, lowest_near(slot), SAMPLING_NEAR))
		return false;
	sampling->relied++;
	choose_samples(sampling);
	return true;
}

void sampling_doubt(struct sampling *sampling, uint64_t slot)
{
	if (!sampling->selects)
		return;
	selection_remove(&sampling->selection, lowest_near(slot), SAMPLING_NEAR);
	sampling->relied--;
	choose_samples(sampling);
}

void sampling_set_depth(struct sampling *sampling, enum sampling_depth depth)
{
	if (!sampling_has_depth(sampling, depth))
		return;
	sampling->depth = depth;
	choose_samples(sampling);
}

void sampling_drop_places(struct sampling *sampling)
{
	for (size_t i = 0; i < sampling->place_events.count; i++)
		close(sampling->place_events.items[i].fd);
	vec_deinit(&sampling->place_events);
	sampling->options.place_count = 0;
}

void sampling_close(struct sampling *sampling)
{
	if (!sampling->wrapped)
		return;
	await_prepared(sampling);
	error_free(sampling->problem);
	sampling_drop_places(sampling);
	for (size_t i = 0; i < sampling->events.count; i++)
		close(sampling->events.items[i]);
	for (size_t i = 0; i < sampling->rings.count; i++) {
		struct sampling_ring *ring = &sampling->rings.items[i];

		for (unsigned depth = 0; depth < SAMPLING_DEPTHS; depth++)
			if (ring->fds[depth] >= 0)
				close(ring->fds[depth]);
	}
	sampling_close_programs(sampling);
	vec_deinit(&sampling->events);
	sampling_drop_rings(sampling);
	free(sampling->wrapped);
	*sampling = (struct sampling){0};
}

/* The other one goes behind the rings for as long as it takes. */
void sampling_wait(struct sampling *sampling, struct pollfd *other)
{
	struct timespec time = {.tv_nsec = (long)sampling->apart};
	struct pollfd *last = vec_append(&sampling->polled);

	if (!last)
		return;
	*last = *other;
	ppoll(sampling->polled.items, sampling->polled.count, &time, NULL);
	other->revents = last->revents;
	sampling->polled.count--;
}
