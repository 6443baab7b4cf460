/*
 * What a thread adds to the memory of its process, for assertions: the pages that its own faults
 * brought and that are there in the end. Which pages were there in the beginning, and what a fault
 * may have brought beside its own page, target/resident.h knows.
 *
 * Faults that are not sampled (an ordinary user's in system calls; where sampling is not allowed,
 * all) have no address: each counts as a page, and as many as there are more huge pages now than
 * before, as a huge one. That is too much rather than too little.
 */
#include "ptmem/assert.h"

#include "target/maps.h"
#include "target/own_faults.h"
#include "target/resident.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define HUGE_BYTES (INT64_C(2) << 20)

struct ptmem_growth {
	struct resident resident;
	struct own_faults faults;
	int64_t huge; /* bytes in huge pages, of the whole process */
};

/* AnonHugePages:      4096 kB */
static int64_t read_huge(void)
{
	FILE *file = fopen("/proc/self/smaps_rollup", "re");
	long long kilobytes = 0, total = 0;
	char line[256];

	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "AnonHugePages: %lld kB", &kilobytes) == 1 ||
			sscanf(line, "ShmemPmdMapped: %lld kB", &kilobytes) == 1)
			total += kilobytes;
	if (file)
		fclose(file);
	return total * 1024;
}

struct ptmem_error *ptmem_growth_begin(struct ptmem_growth **growth)
{
	struct ptmem_growth *begun = calloc(1, sizeof *begun);

	if (!begun)
		return &error_no_memory;
	begun->resident.pagemap = -1;
	resident_begin(&begun->resident, getpid(), false);
	begun->huge = begun->resident.may_be_huge ? read_huge() : 0;
	*growth = begun;
	own_faults_open(&begun->faults);
	return NULL;
}

/* Code and constants come and go as the kernel likes: they are no growth until they are written. */
static bool is_counted(const struct maps *maps, struct resident *resident, uint64_t address)
{
	const struct mapping *mapping = maps_at(maps, target_address(address));

	return mapping && (mapping->shared || !resident_is_of_file(resident, address));
}

static int64_t add_up(struct ptmem_growth *growth, const struct maps *maps, size_t *seen)
{
	int64_t pages = 0;
	uint64_t *addresses = own_faults_addresses(&growth->faults, seen);

	for (size_t i = 0; i < *seen; i++) {
		struct page_change change;

		if (!is_counted(maps, &growth->resident, addresses[i]))
			continue;
		change = resident_settle(&growth->resident, addresses[i]);
		pages += change.anon + change.file;
	}
	free(addresses);
	return pages;
}

/* Those without an address. */
static int64_t add_unseen(const struct ptmem_growth *growth, uint64_t unseen)
{
	int64_t page = sysconf(_SC_PAGESIZE), bytes = (int64_t)unseen * page;
	int64_t huge = growth->resident.may_be_huge && unseen ? read_huge() - growth->huge : 0;
	int64_t most = (int64_t)unseen * HUGE_BYTES;

	if (huge > most)
		huge = most;
	return huge > 0 ? bytes + huge : bytes;
}

struct ptmem_error *ptmem_growth_end(struct ptmem_growth *growth, int64_t *bytes)
{
	struct maps maps = {0};
	struct ptmem_error *error;
	size_t seen = 0;
	int64_t grown = 0;

	own_faults_end(&growth->faults);
	error = maps_read(getpid(), &maps);
	if (!error)
		grown = add_up(growth, &maps, &seen) * sysconf(_SC_PAGESIZE);
	if (!error && growth->faults.count > seen)
		grown += add_unseen(growth, growth->faults.count - seen);
	maps_deinit(&maps);
	own_faults_close(&growth->faults);
	resident_deinit(&growth->resident);
	free(growth);
	if (!error)
		*bytes = grown;
	return error;
}
