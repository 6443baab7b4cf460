/* The rings that samples come by. */
#include "target/sampling_internal.h"

#include "target/event_switch.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A ring smaller than this would be full at once. */
#define RING_MIN ((size_t)32 << 10)

/* Whoever waits is woken when so much has come since the last time, and a ring has room for that
 * once more: or sooner, where it is smaller than this. */
#define WAKE_AT ((size_t)2 << 20)
#define WAKES_MIN 8

static uint32_t wake_at(size_t ring)
{
	if (ring < WAKE_AT)
		return (uint32_t)(ring / WAKES_MIN);
	return (uint32_t)(ring / 2 < WAKE_AT ? ring / 2 : WAKE_AT);
}

/*
 * A ring belongs to an event of our own that never happens: one of the target's would tell poll(2)
 * that it has ended as soon as that thread has, and go on telling.
 */
static int open_owner(int cpu, size_t ring)
{
	struct perf_event_attr attr = event_of_nothing();

	attr.watermark = 1;
	attr.wakeup_watermark = wake_at(ring);
	attr.use_clockid = 1;
	attr.clockid = CLOCK_MONOTONIC;
	return (int)syscall(SYS_perf_event_open, &attr, getpid(), cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

static size_t round_down(size_t size)
{
	size_t power = RING_MIN;

	while (power * 2 <= size)
		power *= 2;
	return power;
}

/* A processor that is not there has none: fd is -1. *fits is false where more memory may not be
 * locked. */
static struct ptmem_error *map_ring(int cpu, size_t size, struct sampling_ring *ring, bool *fits)
{
	void *memory;

	*ring = (struct sampling_ring){.fd = open_owner(cpu, size), .cpu = cpu, .size = size};
	if (ring->fd < 0)
		return errno == ENODEV ? NULL : sampling_refused(errno);
	memory = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE) + size, PROT_READ | PROT_WRITE,
		MAP_SHARED, ring->fd, 0);
	*fits = memory != MAP_FAILED;
	if (!*fits) {
		close(ring->fd);
		ring->fd = -1;
		return NULL;
	}
	ring->control = memory;
	return NULL;
}

static void unmap_ring(const struct sampling_ring *ring)
{
	munmap(ring->control, (size_t)sysconf(_SC_PAGESIZE) + ring->size);
	close(ring->fd);
}

static struct ptmem_error *add_ring(struct sampling *sampling, int cpu, size_t size, bool *fits)
{
	struct sampling_ring mapped, *ring;
	struct sampling_stream *stream;
	struct pollfd *polled;
	struct ptmem_error *error = map_ring(cpu, size, &mapped, fits);

	if (error || mapped.fd < 0)
		return error;
	ring = vec_append(&sampling->rings);
	stream = ring ? vec_append(&sampling->streams) : NULL;
	polled = stream ? vec_append(&sampling->polled) : NULL;
	if (!polled) {
		sampling->rings.count -= ring != NULL;
		unmap_ring(&mapped);
		return &error_no_memory;
	}
	*ring = mapped;
	for (unsigned depth = 0; depth < SAMPLING_DEPTHS; depth++)
		ring->fds[depth] = -1;
	*stream = (struct sampling_stream){
		.data = (const uint8_t *)mapped.control + sysconf(_SC_PAGESIZE),
		.size = size,
		.written = (const uint64_t *)&mapped.control->data_head,
		.read = (uint64_t *)&mapped.control->data_tail,
		.cpu = cpu,
	};
	*polled = (struct pollfd){.fd = ring->fd, .events = POLLIN};
	return NULL;
}

static void drop_rings(struct sampling *sampling)
{
	for (size_t i = 0; i < sampling->rings.count; i++)
		unmap_ring(&sampling->rings.items[i]);
	sampling->rings.count = sampling->streams.count = sampling->polled.count = 0;
}

struct ptmem_error *sampling_add_rings(struct sampling *sampling, size_t ring)
{
	size_t size = round_down(ring);
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	struct ptmem_error *error = NULL;
	bool fits = false;

	for (; !error && !fits && size >= RING_MIN; size /= 2) {
		drop_rings(sampling);
		fits = true;
		for (int cpu = 0; !error && fits && cpu < cpus; cpu++)
			error = add_ring(sampling, cpu, size, &fits);
	}
	if (error || fits)
		return error;
	return error_new(ERROR_SYSTEM, "sampling page faults: no memory for a ring buffer: raise "
				       "ulimit -l or kernel.perf_event_mlock_kb");
}

void sampling_drop_rings(struct sampling *sampling)
{
	drop_rings(sampling);
	vec_deinit(&sampling->rings);
	vec_deinit(&sampling->streams);
	vec_deinit(&sampling->polled);
}
