/* Which pages are resident. */
#include "target/resident.h"

#include "target/maps.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysinfo.h>
#include <unistd.h>

/* How many pages a fault on a file may bring: fault_around_bytes is 64 kB. */
#define WINDOW_PAGES 16u

/* Bits of an entry of pagemap (Documentation/admin-guide/mm/pagemap.rst). */
#define ENTRY_PRESENT (UINT64_C(1) << 63)
#define ENTRY_FILE (UINT64_C(1) << 61)
#define ENTRY_EXCLUSIVE (UINT64_C(1) << 56)

/* Mappings larger than this are not looked through at the beginning: hardly any of it is there. */
#define SCAN_MAX (UINT64_C(1) << 30)

/* Addresses of pages. */
struct span {
	uint64_t start, end;
};

void resident_deinit(struct resident *resident)
{
	if (resident->pagemap >= 0)
		close(resident->pagemap);
	pages_deinit(&resident->pages);
	vec_deinit(&resident->files);
	*resident = (struct resident){.pagemap = -1};
}

static void count(struct page_change *change, enum page_state state, int sign)
{
	change->anon += state == PAGE_ANON ? sign : 0;
	change->file += state == PAGE_FILE ? sign : 0;
}

static void set_page(struct resident *resident, uint64_t address, enum page_state state,
	struct page_change *change)
{
	enum page_state before = pages_set(&resident->pages, address, state);

	count(change, before, -1);
	count(change, state, 1);
}

struct page_change resident_drop(struct resident *resident, uint64_t start, uint64_t size)
{
	struct pages_walk walk = pages_walk(&resident->pages, start, size);
	struct page_change change = {0};
	uint64_t at, end;

	while (pages_next(&walk, &at, &end))
		for (; at < end; at += PAGE_BYTES)
			set_page(resident, at, PAGE_NONE, &change);
	return change;
}

/* What there was of a file was unmapped, unseen. Anonymous memory may be all that the mapping has
 * become a part of. */
static void forget_files(struct resident *resident, uint64_t start, uint64_t size)
{
	struct pages_walk walk = pages_walk(&resident->pages, start, size);
	uint64_t at, end;

	while (pages_next(&walk, &at, &end))
		for (; at < end; at += PAGE_BYTES)
			if (pages_state(&resident->pages, at) == PAGE_FILE)
				pages_set(&resident->pages, at, PAGE_NONE);
}

void resident_map_anon(struct resident *resident, uint64_t start, uint64_t size)
{
	if (file_ranges_meet(&resident->files, start, start + size))
		forget_files(resident, start, size);
	file_ranges_cut(&resident->files, start, start + size);
}

void resident_map_file(struct resident *resident, uint64_t start, uint64_t size, bool shared)
{
	file_ranges_add(&resident->files, (struct file_range){start, start + size, shared});
	if (resident->forgetful)
		resident_drop(resident, start, size);
}

/* Where nothing is shared by fork, what is shared and of no file is the page of zeros. */
static enum page_state state_of(const struct resident *resident, uint64_t entry)
{
	if (!(entry & ENTRY_PRESENT) ||
		(resident->fresh && !(entry & (ENTRY_FILE | ENTRY_EXCLUSIVE))))
		return PAGE_NONE;
	return entry & ENTRY_FILE ? PAGE_FILE : PAGE_ANON;
}

/* Takes over what the kernel says of some pages. */
static bool look(
	struct resident *resident, uint64_t start, uint64_t end, struct page_change *change)
{
	uint64_t entries[REGION_PAGES];

	while (start < end) {
		uint64_t pages = (end - start + PAGE_BYTES - 1) >> PAGE_SHIFT;
		ssize_t bytes;

		pages = pages < REGION_PAGES ? pages : REGION_PAGES;
		bytes = pread(resident->pagemap, entries, pages * sizeof *entries,
			(off_t)((start >> PAGE_SHIFT) * sizeof *entries));
		if (bytes != (ssize_t)(pages * sizeof *entries))
			return false;
		for (uint64_t i = 0; i < pages; i++)
			set_page(resident, start + (i << PAGE_SHIFT),
				state_of(resident, entries[i]), change);
		start += pages << PAGE_SHIFT;
	}
	return true;
}

static enum page_state state_at(const struct resident *resident, uint64_t address)
{
	return pages_state(&resident->pages, address);
}

/* Pages that were only read are the file's. By now some may have been written, of which there are
 * faults to come. */
static void take_back_writes(struct resident *resident, uint64_t start, const uint8_t *before,
	struct page_change *change)
{
	for (uint64_t i = 0; i < WINDOW_PAGES; i++) {
		uint64_t at = start + (i << PAGE_SHIFT);

		if (before[i] != PAGE_ANON && state_at(resident, at) == PAGE_ANON)
			set_page(resident, at, PAGE_FILE, change);
	}
}

/* A fault brings pages. What is there no more was given back since, as will be told. */
static void keep_others(struct resident *resident, uint64_t start, const uint8_t *before,
	struct page_change *change)
{
	for (uint64_t i = 0; i < WINDOW_PAGES; i++) {
		uint64_t at = start + (i << PAGE_SHIFT);

		if (before[i] != PAGE_NONE && state_at(resident, at) == PAGE_NONE)
			set_page(resident, at, (enum page_state)before[i], change);
	}
}

/* So many looks, of which the first ones take no time; and so many times in vain, and there are
 * none any more. */
#define LOOKS_MAX 1000
#define LOOKS_AT_ONCE 500
#define LOOK_US 100
#define PATIENCE 8

/* 0 where it cannot be read. */
static uint64_t entry_of(const struct resident *resident, uint64_t address)
{
	off_t at = (off_t)((address >> PAGE_SHIFT) * sizeof(uint64_t));
	uint64_t entry;

	return pread(resident->pagemap, &entry, sizeof entry, at) == sizeof entry ? entry : 0;
}

static bool page_is_there(const struct resident *resident, uint64_t address)
{
	return entry_of(resident, address) & ENTRY_PRESENT;
}

/*
 * A sample is taken before its fault is dealt with, which may go on while we look: a huge page is
 * cleared, a file is read from a disk. True when the page is there. It may never be: it was
 * unmapped again.
 */
static bool await_page(struct resident *resident, uint64_t address)
{
	if (page_is_there(resident, address))
		return true;
	if (resident->vain >= PATIENCE)
		return false;
	for (unsigned i = 0; i < LOOKS_MAX; i++) {
		if (page_is_there(resident, address)) {
			resident->vain = 0;
			return true;
		}
		/* It may be waiting for this processor. */
		if (i > LOOKS_AT_ONCE)
			usleep(LOOK_US);
	}
	resident->vain++;
	return false;
}

/* Whether this page of a file is there, and came with no fault that is known of. */
static bool came_along(const struct resident *resident, uint64_t address)
{
	const uint64_t of_file = ENTRY_PRESENT | ENTRY_FILE;

	return state_at(resident, address) == PAGE_NONE &&
	       (entry_of(resident, address) & of_file) == of_file;
}

/* What is cached as one piece is mapped as one, since 6.18, however large: so what came along with
 * pages, within these limits. */
static struct span widen(const struct resident *resident, struct span pages, struct span limits)
{
	while (pages.start > limits.start && came_along(resident, pages.start - PAGE_BYTES))
		pages.start -= PAGE_BYTES;
	while (pages.end < limits.end && came_along(resident, pages.end))
		pages.end += PAGE_BYTES;
	return pages;
}

/* A fault maps nothing beyond the table that has its page. */
static struct span table_of(uint64_t address)
{
	uint64_t start = address >> REGION_SHIFT << REGION_SHIFT;

	return (struct span){start, start + REGION_BYTES};
}

static struct span table_in_file(const struct file_range *file, uint64_t address)
{
	struct span table = table_of(address);

	return (struct span){
		table.start < file->start ? file->start : table.start,
		table.end < file->end ? table.end : file->end,
	};
}

/* What is written to a private mapping becomes the process's own, and brings no neighbours. */
static struct page_change write_to_file(
	struct resident *resident, const struct file_range *file, uint64_t address)
{
	uint64_t page = address & ~(PAGE_BYTES - 1);
	struct span pages = {page, page + PAGE_BYTES};
	struct page_change change = {0};

	if (file->shared && state_at(resident, page) == PAGE_NONE && await_page(resident, page))
		pages = widen(resident, pages, table_in_file(file, page));
	for (uint64_t at = pages.start; at < pages.end; at += PAGE_BYTES)
		set_page(resident, at, file->shared ? PAGE_FILE : PAGE_ANON, &change);
	return change;
}

/*
 * What it brought is seen in what is there now. The kernel brings 16 pages from where they are
 * aligned, or from where the mapping begins, up to its end or that of a table (do_fault_around()),
 * and more where the file is cached in larger pieces.
 */
static struct page_change fault_in_file(struct resident *resident, const struct file_range *file,
	uint64_t address, enum arch_access access)
{
	uint64_t window = WINDOW_PAGES << PAGE_SHIFT, start = address & ~(window - 1);
	struct span limits = table_in_file(file, address), pages;
	struct page_change change = {0};
	uint8_t before[WINDOW_PAGES];
	bool is_there;

	start = start < limits.start ? limits.start : start;
	pages = (struct span){start, start + window};
	pages.end = pages.end < limits.end ? pages.end : limits.end;
	for (uint64_t i = 0; i < WINDOW_PAGES; i++)
		before[i] = (uint8_t)state_at(resident, start + (i << PAGE_SHIFT));
	is_there = await_page(resident, address);
	if (is_there)
		pages = widen(resident, pages, limits);
	if (!is_there || !look(resident, pages.start, pages.end, &change))
		set_page(resident, address, PAGE_FILE, &change);
	if (access == ARCH_ACCESS_READ)
		take_back_writes(resident, start, before, &change);
	if (!resident->forgetful)
		keep_others(resident, start, before, &change);
	return change;
}

/* A page that was only read is the one page of zeros, which counts for nobody. What
 * fork shares is known to be there. */
static bool is_of_zeros(const struct resident *resident, uint64_t address)
{
	uint64_t entry = entry_of(resident, address);

	return (entry & (ENTRY_PRESENT | ENTRY_FILE | ENTRY_EXCLUSIVE)) == ENTRY_PRESENT;
}

/* PAGEMAP_SCAN of linux/fs.h, since 6.7: pages from `start` to `end` that are all that `mask` says.
 */
struct page_scan {
	uint64_t size, flags, start, end, walk_end, regions, region_count, pages_max;
	uint64_t inverted, mask, any_mask, returned;
};

struct page_region {
	uint64_t start, end, is;
};

#define SCAN_PAGES _IOWR('f', 16, struct page_scan)
#define SCAN_IS_ZEROS (UINT64_C(1) << 5)
#define SCAN_IS_HUGE (UINT64_C(1) << 6)

/* Whether all between is this, such as mapped as huge pages: 1, 0, or -1 where the kernel does not
 * say. */
static int are_all(const struct resident *resident, uint64_t start, uint64_t end, uint64_t mask)
{
	struct page_region region = {0};
	struct page_scan scan = {
		.size = sizeof scan,
		.start = start,
		.end = end,
		.regions = (uintptr_t)&region,
		.region_count = 1,
		.mask = mask,
		.returned = mask,
	};
	int found = ioctl(resident->pagemap, SCAN_PAGES, &scan);

	return found < 0 ? -1 : found == 1 && region.start == start && region.end == end;
}

static bool are_there(const struct resident *resident, uint64_t start)
{
	uint64_t entries[REGION_PAGES];
	off_t at = (off_t)((start >> PAGE_SHIFT) * sizeof *entries);

	if (pread(resident->pagemap, entries, sizeof entries, at) != sizeof entries)
		return false;
	for (unsigned i = 0; i < REGION_PAGES; i++)
		if (state_of(resident, entries[i]) != PAGE_ANON)
			return false;
	return true;
}

/* One fault brings a huge page where there may be such, and nothing else was in its place. The
 * kernel does not say so in a sample: it is taken before the fault is dealt with. */
static bool fault_in_huge(struct resident *resident, uint64_t address, struct page_change *change)
{
	uint64_t start = address >> REGION_SHIFT << REGION_SHIFT;
	uint64_t end = start + (REGION_PAGES << PAGE_SHIFT);
	int huge;

	if (!resident->may_be_huge || pages_know(&resident->pages, address))
		return false;
	await_page(resident, address);
	huge = are_all(resident, start, end, SCAN_IS_HUGE);
	if (huge == 0 || !are_there(resident, start))
		return false;
	resident->has_huge = true;
	return look(resident, start, end, change);
}

/* For all, or, where the kernel says which are, for those that ask for it: they may do so unseen.
 */
static bool huge_pages_may_be(const struct resident *resident)
{
	int fd = open("/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY | O_CLOEXEC);
	char text[64] = "";
	ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof text - 1);

	if (fd >= 0)
		close(fd);
	return size > 0 &&
	       (strstr(text, "[always]") ||
		       (strstr(text, "[madvise]") && are_all(resident, 0, 0, SCAN_IS_HUGE) >= 0));
}

static bool there_is_swap(void)
{
	struct sysinfo info;

	return sysinfo(&info) == 0 && info.totalswap > 0;
}

/* Whether nothing came but the page of zeros, which counts for nobody: that is all that one gets
 * who only reads. Where what was done is not known, it is seen by what is there now. */
static bool brings_zeros(const struct resident *resident, uint64_t address, enum arch_access access)
{
	bool known = !resident->forgetful && state_at(resident, address) != PAGE_NONE;

	if (access == ARCH_ACCESS_WRITE || known)
		return false;
	if (access == ARCH_ACCESS_READ && !resident->swaps)
		return true;
	return is_of_zeros(resident, address);
}

/* A page that was there before may have been given back since, but not one that fork shares: that
 * is only copied. */
static struct page_change fault_of_forgetful(struct resident *resident, uint64_t address)
{
	bool is_copied = state_at(resident, address) == PAGE_SHARED;
	struct page_change change = {0};

	set_page(resident, address, PAGE_ANON, &change);
	return (struct page_change){.anon = !is_copied};
}

struct page_change resident_fault(
	struct resident *resident, uint64_t address, enum arch_access access)
{
	const struct file_range *file = file_ranges_at(&resident->files, address);
	struct page_change change = {0};

	if (file && access == ARCH_ACCESS_WRITE)
		return write_to_file(resident, file, address);
	if (file)
		return fault_in_file(resident, file, address, access);
	if (brings_zeros(resident, address, access))
		return change;
	if (fault_in_huge(resident, address, &change))
		return change;
	if (resident->forgetful)
		return fault_of_forgetful(resident, address);
	set_page(resident, address, PAGE_ANON, &change);
	return change;
}

/* As it was when they went: what is there by now is of faults that are still to be dealt with. */
static struct page_change carry(
	struct resident *resident, uint64_t from, uint64_t from_size, uint64_t to, uint64_t to_size)
{
	struct pages_walk walk = pages_walk(&resident->pages, from, from_size);
	struct page_change change = {0};
	uint64_t at, end;

	while (pages_next(&walk, &at, &end))
		for (; at < end; at += PAGE_BYTES) {
			enum page_state state = state_at(resident, at);
			bool stays = at - from < to_size;

			if (state == PAGE_NONE || (stays && from == to))
				continue;
			set_page(resident, at, PAGE_NONE, &change);
			if (stays)
				set_page(resident, to + (at - from), state, &change);
		}
	return change;
}

struct page_change resident_move(
	struct resident *resident, uint64_t from, uint64_t from_size, uint64_t to, uint64_t to_size)
{
	struct page_change change = {0};
	uint64_t size = to_size < SCAN_MAX ? to_size : SCAN_MAX;

	if (resident->forgetful)
		return carry(resident, from, from_size, to, to_size);
	change = resident_drop(resident, from, from_size);

	look(resident, to, to + size, &change);
	return change;
}

void resident_refresh(struct resident *resident, uint64_t address)
{
	uint64_t start = address & ~(PAGE_BYTES - 1);
	struct page_change change = {0};

	look(resident, start, start + PAGE_BYTES, &change);
}

bool resident_is_of_file(const struct resident *resident, uint64_t address)
{
	return entry_of(resident, address) & ENTRY_FILE;
}

/* The page of zeros counts for nobody, but whether it is that one is known since 6.7 only. */
static bool is_known_zero(const struct resident *resident, uint64_t address)
{
	uint64_t start = address & ~(PAGE_BYTES - 1);

	return is_of_zeros(resident, address) &&
	       are_all(resident, start, start + PAGE_BYTES, SCAN_IS_ZEROS) == 1;
}

/* Neighbours that a fault on a file brought. */
static void settle_file(struct resident *resident, uint64_t address, struct page_change *change)
{
	uint64_t window = WINDOW_PAGES << PAGE_SHIFT, start = address & ~(window - 1);
	struct span pages = {start, start + window};

	pages = widen(resident, pages, table_of(address));
	for (uint64_t at = pages.start; at < pages.end; at += PAGE_BYTES)
		if (entry_of(resident, at) & ENTRY_FILE)
			look(resident, at, at + PAGE_BYTES, change);
}

struct page_change resident_settle(struct resident *resident, uint64_t address)
{
	uint64_t page = address & ~(PAGE_BYTES - 1), entry = entry_of(resident, address);
	uint64_t region = address >> REGION_SHIFT << REGION_SHIFT;
	uint64_t end = region + (REGION_PAGES << PAGE_SHIFT);
	struct page_change change = {0};
	int huge;

	if (!(entry & ENTRY_PRESENT) || is_known_zero(resident, address))
		return change;
	huge = resident->may_be_huge ? are_all(resident, region, end, SCAN_IS_HUGE) : 0;
	if (huge < 0)
		huge = !pages_know(&resident->pages, address) && are_there(resident, region);
	if (huge)
		look(resident, region, end, &change);
	else if (entry & ENTRY_FILE)
		settle_file(resident, address, &change);
	else
		look(resident, page, page + PAGE_BYTES, &change);
	return change;
}

void resident_begin(struct resident *resident, pid_t pid, bool fresh)
{
	bool forgetful = resident->forgetful;
	struct page_change change = {0};
	struct maps maps = {0};
	char path[32];

	resident_deinit(resident);
	resident->forgetful = forgetful;
	resident->swaps = there_is_swap();
	snprintf(path, sizeof path, "/proc/%d/pagemap", pid);
	resident->pagemap = open(path, O_RDONLY | O_CLOEXEC);
	resident->may_be_huge = huge_pages_may_be(resident);
	error_free(maps_read(pid, &maps));
	resident->fresh = fresh;
	for (size_t i = 0; i < maps.count; i++) {
		const struct mapping *mapping = &maps.items[i];

		if (mapping->of_file &&
			!file_ranges_add(&resident->files,
				(struct file_range){mapping->start, mapping->end, mapping->shared}))
			break;
		if (mapping->end - mapping->start <= SCAN_MAX)
			look(resident, mapping->start, mapping->end, &change);
	}
	resident->fresh = false;
	maps_deinit(&maps);
}

/* A page that is seen to be its own by now was copied already, if it was there before the fork: the
 * fault that did so is still to be dealt with. */
static void share_page(struct resident *resident, uint64_t address, uint64_t entry)
{
	bool known = state_at(resident, address) != PAGE_NONE;
	struct page_change change = {0};

	if (!(entry & ENTRY_PRESENT))
		set_page(resident, address, PAGE_NONE, &change);
	else if (!(entry & ENTRY_FILE) && (known || !(entry & ENTRY_EXCLUSIVE)))
		set_page(resident, address, PAGE_SHARED, &change);
}

static void share(struct resident *resident, uint64_t start, uint64_t end)
{
	uint64_t entries[REGION_PAGES];

	while (start < end) {
		uint64_t pages = (end - start) >> PAGE_SHIFT;
		ssize_t size;

		pages = pages < REGION_PAGES ? pages : REGION_PAGES;
		size = (ssize_t)(pages * sizeof *entries);
		if (pread(resident->pagemap, entries, (size_t)size,
			    (off_t)((start >> PAGE_SHIFT) * sizeof *entries)) != size)
			return;
		for (uint64_t i = 0; i < pages; i++)
			share_page(resident, start + (i << PAGE_SHIFT), entries[i]);
		start += pages << PAGE_SHIFT;
	}
}

void resident_fork(struct resident *resident, pid_t pid)
{
	struct maps maps = {0};

	if (!resident->forgetful)
		return;
	error_free(maps_read(pid, &maps));
	for (size_t i = 0; i < maps.count; i++) {
		const struct mapping *mapping = &maps.items[i];

		if (!mapping->of_file && !mapping->shared &&
			mapping->end - mapping->start <= SCAN_MAX)
			share(resident, mapping->start, mapping->end);
	}
	maps_deinit(&maps);
}
