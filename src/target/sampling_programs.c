/* What the kernel does by a program, before it takes a sample. */
#include "target/sampling_internal.h"

#include <sys/resource.h>
#include <unistd.h>

/* Of a ring: for the stack of a thread that has been told to stop, for what is not counted, and for
 * what the kernel touches before a system call ends. */
#define LEFT_OF 4
#define RESERVE_OF 8

/* What a ring of the kernel's samples is to one of those in brief. */
#define BRIEF_OF 4
#define BRIEF_RING_MIN ((size_t)64 << 10)

static uint64_t limit(const struct sampling *sampling)
{
	uint64_t size = sampling->rings.items[0].size;

	return size - size / LEFT_OF;
}

/* What can be done without leaves descriptors for what cannot. */
static bool is_dear(int fd)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) || (rlim_t)fd > limit.rlim_cur / 2;
}

static bool load_this(struct sampling *sampling)
{
	struct bpf_program program;

	bpf_begin(&program);
	if (sampling->briefs)
		brief_write(&sampling->brief, sampling->selects ? &sampling->selection : NULL,
			&program);
	if (sampling->brakes)
		brake_write(&sampling->brake, &program,
			(uint32_t)(sampling->rings.items[0].size / RESERVE_OF));
	sampling->program = bpf_end(&program);
	if (sampling->program >= 0 && is_dear(sampling->program)) {
		close(sampling->program);
		sampling->program = -1;
	}
	return sampling->program >= 0;
}

/* Why the kernel touches something is told by some kernels alone. */
static bool load(struct sampling *sampling)
{
	if (!sampling->briefs && !sampling->brakes)
		return false;
	sampling->brief.of_kernel = sampling->briefs;
	if (load_this(sampling))
		return true;
	sampling->brief.of_kernel = false;
	return sampling->briefs && load_this(sampling);
}

static bool add_stream(struct sampling *sampling, unsigned processor)
{
	struct sampling_stream *stream = vec_append(&sampling->streams);

	if (!stream)
		return false;
	*stream = (struct sampling_stream){
		.data = brief_ring(&sampling->brief, processor),
		.size = sampling->brief.size,
		.written = brief_written(&sampling->brief, processor),
		.read = brief_read(&sampling->brief, processor),
		.cpu = (int)processor,
		.brief = true,
	};
	return true;
}

static void drop_selection(struct sampling *sampling)
{
	if (sampling->selects)
		selection_close(&sampling->selection);
	sampling->selects = false;
}

/* Nothing is relied on without: what could be copied less of is copied by them alone. */
static void drop_briefs(struct sampling *sampling)
{
	drop_selection(sampling);
	if (!sampling->briefs)
		return;
	while (sampling->streams.count &&
		sampling->streams.items[sampling->streams.count - 1].brief)
		sampling->streams.count--;
	brief_close(&sampling->brief);
	sampling->briefs = false;
}

static size_t brief_ring_size(const struct sampling *sampling)
{
	size_t size = BRIEF_RING_MIN;

	while (size * 2 <= sampling->options.ring / BRIEF_OF)
		size *= 2;
	return size;
}

void sampling_open_briefs(struct sampling *sampling)
{
	long processors = sysconf(_SC_NPROCESSORS_CONF);

	sampling->program = -1;
	sampling->briefs =
		sampling->options.briefs &&
		brief_open(&sampling->brief, (unsigned)processors, brief_ring_size(sampling));
	sampling->selects = sampling->briefs && sampling->options.relies &&
			    selection_open(&sampling->selection);
}

static void open_brake(struct sampling *sampling)
{
	long processors = sysconf(_SC_NPROCESSORS_CONF);

	sampling->brakes =
		sampling->options.brakes && brake_open(&sampling->brake, (unsigned)processors);
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
	sampling->wanted = 0;
}

/* An older kernel may know what one of them needs, but not what the other does. */
void sampling_open_programs(struct sampling *sampling)
{
	bool all = true;

	open_brake(sampling);
	if (!load(sampling)) {
		drop_brake(sampling);
		if (!load(sampling)) {
			drop_briefs(sampling);
			open_brake(sampling);
			if (!load(sampling))
				drop_brake(sampling);
		}
	}
	for (long i = 0; all && sampling->briefs && i < sampling->brief.processors; i++)
		all = add_stream(sampling, (unsigned)i);
	if (!all)
		sampling_close_programs(sampling);
}

void sampling_close_programs(struct sampling *sampling)
{
	if (sampling->program >= 0)
		close(sampling->program);
	sampling->program = -1;
	drop_brake(sampling);
	drop_briefs(sampling);
}

bool sampling_apply(const struct sampling *sampling, int event)
{
	return sampling->program < 0 || bpf_apply(sampling->program, event);
}

void sampling_set_enough(const struct sampling *sampling, uint64_t bytes)
{
	if (sampling->briefs)
		brief_set_enough(&sampling->brief, bytes);
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
	if (sampling->briefs)
		brief_note_end(&sampling->brief, end);
}

void sampling_count(const struct sampling *sampling, struct sampling_stream *stream)
{
	if (sampling->brakes && !stream->brief)
		stream->counted = brake_counted(&sampling->brake, (unsigned)stream->cpu);
}

void sampling_allow(const struct sampling *sampling, const struct sampling_stream *stream)
{
	if (sampling->brakes && !stream->brief)
		brake_allow(&sampling->brake, (unsigned)stream->cpu,
			stream->counted - (stream->head - stream->tail) + limit(sampling));
}

void sampling_tell(const struct sampling *sampling, struct sampling_stream *stream)
{
	__atomic_store_n(stream->read, stream->tail, __ATOMIC_RELEASE);
	stream->told = stream->tail;
	sampling_allow(sampling, stream);
}

static void want(struct sampling *sampling, pid_t tid)
{
	sampling->wanted = tid;
	brake_want(&sampling->brake, tid);
	if (sampling->briefs)
		brief_pause(&sampling->brief, tid);
}

void sampling_want(struct sampling *sampling, pid_t tid)
{
	if (sampling->wanted)
		return;
	sampling->wanted_since = sampling_now();
	want(sampling, tid);
}

void sampling_unwant(struct sampling *sampling, pid_t tid)
{
	if (tid && sampling->wanted == tid)
		want(sampling, 0);
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
