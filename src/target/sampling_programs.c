/* The programs that the kernel runs before it takes a sample. */
#include "target/sampling_internal.h"

#include <sys/resource.h>
#include <unistd.h>

/* Of a ring: for the stack of a thread that has been told to stop, for what is not counted, and for
 * what the kernel touches before a system call ends. */
#define LEFT_OF 4
#define RESERVE_OF 8

static uint64_t limit(const struct sampling *sampling)
{
	uint64_t size = sampling->rings.items[0].size;

	return size - size / LEFT_OF;
}

/* What the kernel runs at an event; -1: what it does not allow. */
static int load(const struct sampling *sampling, enum sampling_program kind)
{
	static const uint32_t stacks[SAMPLING_PROGRAMS] = {
		[PROGRAM_FAR] = SAMPLING_FAR,
		[PROGRAM_NEAR] = SAMPLING_NEAR,
	};
	struct bpf_program program;

	bpf_begin(&program);
	if (kind != PROGRAM_ANY)
		selection_write(&sampling->selection, &program, kind == PROGRAM_NEAR);
	if (sampling->brakes)
		brake_write(&sampling->brake, &program, stacks[kind],
			(uint32_t)(sampling->rings.items[0].size / RESERVE_OF));
	return bpf_end(&program);
}

static bool load_all(struct sampling *sampling)
{
	bool all = sampling->selects || sampling->brakes;

	for (unsigned kind = 0; all && kind < SAMPLING_PROGRAMS; kind++) {
		if (kind == PROGRAM_ANY ? !sampling->brakes : !sampling->selects)
			continue;
		sampling->programs[kind] = load(sampling, kind);
		all = sampling->programs[kind] >= 0 && !sampling_is_dear(sampling->programs[kind]);
	}
	return all;
}

static void open_brake(struct sampling *sampling)
{
	long processors = sysconf(_SC_NPROCESSORS_CONF);

	sampling->brakes = brake_open(&sampling->brake, (unsigned)processors);
	if (!sampling->brakes)
		return;
	sampling_size_brake(sampling, sampling->depth, sampling->depth);
	for (long i = 0; i < processors; i++)
		brake_allow(&sampling->brake, (unsigned)i, limit(sampling));
}

static void drop_brake(struct sampling *sampling)
{
	if (sampling->brakes)
		brake_close(&sampling->brake);
	sampling->brakes = false;
}

void sampling_programs_are_applied(struct sampling *sampling)
{
	for (unsigned kind = 0; kind < SAMPLING_PROGRAMS; kind++) {
		if (sampling->programs[kind] >= 0)
			close(sampling->programs[kind]);
		sampling->programs[kind] = -1;
	}
}

void sampling_drop_selection(struct sampling *sampling)
{
	if (sampling->selects)
		selection_close(&sampling->selection);
	sampling->selects = false;
}

bool sampling_is_dear(int fd)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) || (rlim_t)fd > limit.rlim_cur / 2;
}

void sampling_open_programs(struct sampling *sampling)
{
	for (unsigned kind = 0; kind < SAMPLING_PROGRAMS; kind++)
		sampling->programs[kind] = -1;
	sampling->selects = sampling->options.relies && selection_open(&sampling->selection);
	if (sampling->options.brakes)
		open_brake(sampling);
	if (load_all(sampling))
		return;
	sampling_programs_are_applied(sampling);
	drop_brake(sampling);
	if (!load_all(sampling))
		sampling_close_programs(sampling);
}

void sampling_close_programs(struct sampling *sampling)
{
	sampling_programs_are_applied(sampling);
	drop_brake(sampling);
	sampling_drop_selection(sampling);
}

bool sampling_apply(const struct sampling *sampling, enum sampling_program kind, int event)
{
	int program = sampling->programs[kind];

	return program < 0 ? kind == PROGRAM_ANY : bpf_apply(program, event);
}

/* While one depth takes the place of another. */
void sampling_size_brake(
	struct sampling *sampling, enum sampling_depth one, enum sampling_depth other)
{
	if (sampling->brakes)
		brake_set_stack(&sampling->brake, sampling_stack_size(one > other ? one : other));
}

void sampling_note_end(const struct sampling *sampling, uint64_t end)
{
	if (sampling->brakes)
		brake_set_end(&sampling->brake, end);
}

void sampling_count(const struct sampling *sampling, struct sampling_ring *ring)
{
	if (sampling->brakes)
		ring->counted = brake_counted(&sampling->brake, (unsigned)ring->cpu);
}

void sampling_allow(const struct sampling *sampling, const struct sampling_ring *ring)
{
	if (sampling->brakes)
		brake_allow(&sampling->brake, (unsigned)ring->cpu,
			ring->counted - (ring->head - ring->tail) + limit(sampling));
}

void sampling_brake(struct sampling *sampling, pid_t tid)
{
	if (sampling->brakes)
		brake_add(&sampling->brake, tid);
}

void sampling_unbrake(struct sampling *sampling, pid_t tid)
{
	if (sampling->brakes)
		brake_remove(&sampling->brake, tid);
}
