/* The page faults of the calling thread. */
#include "target/own_faults.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Bytes: a sample takes 16. What may be locked is limited: as much as there may be. */
#define RING_MAX ((size_t)512 << 10)
#define RING_MIN ((size_t)16 << 10)

/* What a sample of an address is. */
struct sample {
	struct perf_event_header header;
	uint64_t address;
};

static int open_event(int user_only)
{
	struct perf_event_attr attributes = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof attributes,
		.config = PERF_COUNT_SW_PAGE_FAULTS,
		.sample_period = 1,
		.sample_type = PERF_SAMPLE_ADDR,
		.disabled = 1,
		.exclude_kernel = user_only,
		.exclude_hv = 1,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);

	/* An ordinary user may not see what the kernel does. */
	return fd < 0 && !user_only && (errno == EACCES || errno == EPERM) ? open_event(1) : fd;
}

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static void open_ring(struct own_faults *faults)
{
	faults->ring = MAP_FAILED;
	for (size_t size = RING_MAX; faults->ring == MAP_FAILED && size >= RING_MIN; size /= 2) {
		faults->ring = mmap(NULL, page_size() + size, PROT_READ | PROT_WRITE, MAP_SHARED,
			faults->fd, 0);
		faults->size = size;
	}
}

static uint64_t count_faults(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_THREAD, &usage))
		return 0;
	return (uint64_t)usage.ru_minflt + (uint64_t)usage.ru_majflt;
}

void own_faults_open(struct own_faults *faults)
{
	*faults = (struct own_faults){.fd = open_event(0)};
	if (faults->fd >= 0)
		open_ring(faults);
	if (faults->fd >= 0 && faults->ring == MAP_FAILED) {
		close(faults->fd);
		faults->fd = -1;
	}
	/* Once for the faults that asking itself takes. */
	count_faults();
	faults->before = count_faults();
	if (faults->fd >= 0)
		ioctl(faults->fd, PERF_EVENT_IOC_ENABLE, 0);
}

void own_faults_end(struct own_faults *faults)
{
	if (faults->fd >= 0)
		ioctl(faults->fd, PERF_EVENT_IOC_DISABLE, 0);
	faults->count = count_faults() - faults->before;
}

/* Samples are 16 bytes, so none goes round the ring's end unless another record was before it. */
static void copy(const struct own_faults *faults, uint64_t at, void *bytes, size_t size)
{
	const uint8_t *data = (const uint8_t *)faults->ring + page_size();
	size_t start = (size_t)at & (faults->size - 1);
	size_t first = size < faults->size - start ? size : faults->size - start;

	memcpy(bytes, data + start, first);
	memcpy((uint8_t *)bytes + first, data, size - first);
}

uint64_t *own_faults_addresses(const struct own_faults *faults, size_t *count)
{
	const struct perf_event_mmap_page *control = faults->ring;
	uint64_t head, *addresses;

	*count = 0;
	if (faults->fd < 0)
		return NULL;
	head = __atomic_load_n(&control->data_head, __ATOMIC_ACQUIRE);
	addresses = malloc(faults->size / sizeof(struct sample) * sizeof *addresses);
	for (uint64_t at = 0; addresses && at + sizeof(struct sample) <= head;) {
		struct sample sample;

		copy(faults, at, &sample, sizeof sample);
		if (sample.header.type == PERF_RECORD_SAMPLE)
			addresses[(*count)++] = sample.address;
		at += sample.header.size;
	}
	return addresses;
}

void own_faults_close(struct own_faults *faults)
{
	if (faults->fd < 0)
		return;
	munmap(faults->ring, page_size() + faults->size);
	close(faults->fd);
	faults->fd = -1;
}
