/* The stack of a sample, and what lies beyond its copy. */
#include "unwind/window.h"

#include <stdlib.h>
#include <sys/uio.h>

/* Reads grow while they go on: a deep stack takes few, and a frame or two little. */
#define READ_FIRST ((size_t)4 << 10)
#define READ_MAX ((size_t)64 << 10)

/* Registers are saved below the return address, which is what is asked for first. */
#define READ_BELOW 512

/* Some milliseconds' worth. */
#define READS_MAX 4096

struct ptmem_error *window_init(struct window *window, const struct target_memory *memory)
{
	*window = (struct window){.memory = memory, .bytes = malloc(READ_MAX)};
	return window->bytes ? NULL : &error_no_memory;
}

void window_deinit(struct window *window)
{
	free(window->bytes);
	window->bytes = NULL;
}

void window_begin(struct window *window, uint64_t start, const uint8_t *copy, size_t size)
{
	window->copy = copy;
	window->copy_start = start;
	window->copy_limit = size < sizeof(uint64_t) ? 0 : size - sizeof(uint64_t) + 1;
	window->size = 0;
	window->next = READ_FIRST;
	window->reads_left = READS_MAX;
}

static bool has_word(const struct window *window, uint64_t address)
{
	uint64_t offset = address - window->start;

	return offset < window->size && window->size - offset >= sizeof(uint64_t);
}

/*
 * Half as dear as /proc/PID/mem, which copies twice; but that has the memory even when the
 * process's first thread has ended.
 */
static size_t read_memory(const struct window *window, uint64_t address, void *bytes, size_t size)
{
	struct iovec here = {.iov_base = bytes, .iov_len = size};
	struct iovec there = {.iov_base = (void *)address, .iov_len = size};
	ssize_t done = process_vm_readv(window->memory->pid, &here, 1, &there, 1, 0);

	return done < 0 ? target_read_some(window->memory, target_address(address), bytes, size)
			: (size_t)done;
}

static void read_from(struct window *window, uint64_t start)
{
	window->start = start;
	window->size = read_memory(window, start, window->bytes, window->next);
}

/* Below the address there may be no memory; so it is the next best place to begin. */
bool window_read_beyond(struct window *window, uint64_t address, uint64_t *word)
{
	if (window->is_blind)
		return false;
	if (!has_word(window, address)) {
		if (!window->reads_left)
			return false;
		window->reads_left--;
		read_from(window, address < READ_BELOW ? 0 : address - READ_BELOW);
		if (!has_word(window, address))
			read_from(window, address);
		if (!has_word(window, address))
			return false;
		window->next = window->next * 2 < READ_MAX ? window->next * 2 : READ_MAX;
	}
	memcpy(word, window->bytes + (address - window->start), sizeof *word);
	return true;
}

bool window_is_gone(struct window *window)
{
	struct ptmem_error *error;
	uint8_t byte;

	if (window->is_gone || window->is_blind)
		return true;
	error = target_read(window->memory, target_address(window->copy_start), &byte, 1);
	window->is_gone = error_is(error, ERROR_GONE);
	error_free(error);
	return window->is_gone;
}

static size_t read_singly(
	const struct window *window, const uint64_t *addresses, uint64_t *words, size_t count)
{
	size_t done = 0;

	while (done < count && target_read_some(window->memory, target_address(addresses[done]),
				       &words[done], sizeof *words) == sizeof *words)
		done++;
	return done;
}

size_t window_read_words(
	const struct window *window, const uint64_t *addresses, uint64_t *words, size_t count)
{
	struct iovec here = {.iov_base = words, .iov_len = count * sizeof *words};
	struct iovec there[WINDOW_WORDS] = {0};
	ssize_t done;

	if (window->is_blind)
		return 0;
	for (size_t i = 0; i < count; i++)
		there[i] =
			(struct iovec){.iov_base = (void *)addresses[i], .iov_len = sizeof *words};
	done = process_vm_readv(window->memory->pid, &here, 1, there, count, 0);
	return done < 0 ? read_singly(window, addresses, words, count)
			: (size_t)done / sizeof *words;
}
