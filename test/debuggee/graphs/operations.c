/*
 * A function a way in which memory comes or goes, and the memory that they work on: a
 * reserved arena, mappings, the break, blocks of malloc's that are mappings of their own, and the
 * stack. Which of its pages are there is known of each.
 */
#include "graph.h"

#include "../debuggee.h"

#include <alloca.h>
#include <malloc.h>
#include <signal.h>

#define ARENA_PAGES 4096u
#define CHUNKS 48
#define CHUNK_PAGES 60u /* at most: bits of a word */
#define BLOCK_LEAST 6u  /* pages from which on malloc maps */
#define BREAK_PAGES 1024u
#define FRAMES_MOST (14 * PAGE) /* what one more call may need of the stack */

/* A mapping, or a block; pages of 0: free to be one. */
struct chunk {
	char *at;
	unsigned pages;
	uint64_t there; /* a bit a page */
	bool is_file;
	char *memory; /* what malloc gave */
};

static char *arena;
static bool arena_there[ARENA_PAGES];
static unsigned arena_used;
static struct chunk chunks[CHUNKS], blocks[CHUNKS];
static char *break_base;
static bool break_there[BREAK_PAGES];
static unsigned break_pages;
static int zero, file;
static uintptr_t stack_low;
static char other_stack[64 * PAGE];

static void on_signal(int signal);

void operations_init(void)
{
	stack_t stack = {.ss_sp = other_stack, .ss_size = sizeof other_stack};
	struct sigaction action = {.sa_handler = on_signal};
	void *volatile first;

	mallopt(M_MMAP_THRESHOLD, (BLOCK_LEAST - 1) * PAGE);
	mallopt(M_TOP_PAD, 0); /* else the heap would have room for a block */
	first = malloc(1);     /* or the compiler would know it for useless */
	free(first);
	zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	file = memfd_create("file", MFD_CLOEXEC);
	CHECK(zero >= 0 && file >= 0 && !ftruncate(file, CHUNK_PAGES * PAGE));
	CHECK(!sigaltstack(&stack, NULL) && !sigaction(SIGUSR1, &action, NULL));
	action.sa_flags = SA_ONSTACK;
	CHECK(!sigaction(SIGUSR2, &action, NULL));
	prepare();
	arena = mmap(NULL, ARENA_PAGES * PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	break_base = sbrk(0);
	CHECK(arena != MAP_FAILED && !((uintptr_t)break_base % PAGE));
	stack_low = ready_stack;
}

/* --- What is there --- */

INLINE uint64_t bits(unsigned count)
{
	return (1ull << count) - 1;
}

INLINE uint64_t some(unsigned pages)
{
	uint64_t all = bits(pages);

	return note_draw(3) ? all
			    : ((uint64_t)note_draw(0xffffffff) << 32 | note_draw(0xffffffff)) & all;
}

/* So many of the pages from first on are there, and then all or none are. */
INLINE long arena_set(size_t first, size_t pages, bool there)
{
	long changed = 0;

	for (size_t i = first; i < first + pages; i++) {
		changed += arena_there[i] != there;
		arena_there[i] = there;
	}
	return changed;
}

INLINE struct run arena_some(unsigned most)
{
	unsigned first = note_draw(arena_used), pages = 1 + note_draw(most);

	if (pages > arena_used - first)
		pages = arena_used - first;
	return (struct run){arena + first * PAGE, pages};
}

APART struct run note_fresh(void)
{
	size_t pages = note_pages(ARENA_PAGES - arena_used);
	struct run run = {arena + arena_used * PAGE, pages};

	arena_set(arena_used, pages, true);
	arena_used += (unsigned)pages;
	return run;
}

APART struct run note_drop(size_t *there)
{
	struct run run = arena_some(40);

	*there = (size_t)arena_set((size_t)(run.at - arena) / PAGE, run.pages, false);
	return run;
}

APART bool note_stack_left(void)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	uintptr_t other = (uintptr_t)other_stack;

	if (here >= other && here < other + sizeof other_stack)
		return here > other + FRAMES_MOST;
	return here > ready_stack + FRAMES_MOST;
}

INLINE struct chunk *free_chunk(struct chunk *table)
{
	for (int i = 0; i < CHUNKS; i++)
		if (!table[i].pages)
			return &table[i];
	return NULL;
}

INLINE struct chunk *used_chunk(struct chunk *table)
{
	unsigned start = note_draw(CHUNKS);

	for (unsigned i = 0; i < CHUNKS; i++)
		if (table[(start + i) % CHUNKS].pages)
			return &table[(start + i) % CHUNKS];
	return NULL;
}

INLINE long count(uint64_t pages)
{
	return __builtin_popcountll(pages);
}

INLINE unsigned chunk_pages(unsigned most)
{
	return (unsigned)note_pages(most);
}

/* Writes to these pages of it. Inline, so that the caller is who does. */
INLINE void touch_chunk(struct chunk *chunk, uint64_t pages)
{
	for (unsigned i = 0; i < chunk->pages; i++)
		if (pages >> i & 1)
			*(volatile char *)(chunk->at + i * PAGE + PAGE / 2) = 1;
	note_moved(count(pages & ~chunk->there));
	chunk->there |= pages;
}

/* --- The arena --- */

APART void fresh(void)
{
	struct run run;

	note_begin(ID_fresh);
	run = note_fresh();
	if (note_draw(2))
		memset(run.at, 1, run.pages * PAGE);
	else
		for (size_t i = run.pages; i--;)
			*(volatile char *)(run.at + i * PAGE) = 1;
	note_moved((long)run.pages);
	note_end();
}

APART void again(void)
{
	struct run run;

	note_begin(ID_again);
	run = arena_some(20);
	for (size_t i = 0; i < run.pages; i++)
		*(volatile char *)(run.at + i * PAGE + 8) = 1;
	note_moved(arena_set((size_t)(run.at - arena) / PAGE, run.pages, true));
	note_end();
}

/* What was never written reads as the page of zeros, which is nobody's. */
APART void peek(void)
{
	note_begin(ID_peek);
	for (unsigned left = 1 + note_draw(8), i = note_draw(arena_used + 20);
		left-- && i < ARENA_PAGES; i++)
		(void)*(const volatile char *)(arena + i * PAGE);
	note_end();
}

/* Pages that come inside of a system call. */
APART void read_into(void)
{
	struct run run;
	size_t offset, length;

	note_begin(ID_read_into);
	run = note_fresh();
	offset = note_draw(PAGE);
	length = run.pages * PAGE - offset - note_draw((uint32_t)(PAGE - offset));
	if (run.pages)
		CHECK(read(zero, run.at + offset, length) == (ssize_t)length);
	note_moved((long)run.pages);
	note_end();
}

APART void drop(void)
{
	struct run run;
	size_t there;

	note_begin(ID_drop);
	run = note_drop(&there);
	CHECK(!run.pages || !madvise(run.at, run.pages * PAGE, MADV_DONTNEED));
	note_moved(-(long)there);
	note_end();
}

/* --- Mappings --- */

INLINE bool map_chunk(struct chunk *chunk, int flags, int fd)
{
	chunk->pages = chunk_pages(CHUNK_PAGES);
	if (!chunk->pages)
		return false;
	chunk->at =
		mmap(NULL, chunk->pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | flags, fd, 0);
	CHECK(chunk->at != MAP_FAILED);
	chunk->there = 0;
	chunk->is_file = fd >= 0;
	return true;
}

APART void map(void)
{
	struct chunk *chunk;

	note_begin(ID_map);
	chunk = free_chunk(chunks);
	if (chunk && map_chunk(chunk, MAP_ANONYMOUS, -1))
		touch_chunk(chunk, some(chunk->pages));
	note_end();
}

APART void fill(void)
{
	struct chunk *chunk;

	note_begin(ID_fill);
	chunk = used_chunk(chunks);
	if (chunk)
		touch_chunk(chunk, some(chunk->pages));
	note_end();
}

/* A file's pages are not anonymous while they are only read. */
APART void copy_on_write(void)
{
	struct chunk *chunk;

	note_begin(ID_copy_on_write);
	chunk = free_chunk(chunks);
	if (chunk && map_chunk(chunk, 0, file)) {
		for (unsigned i = note_draw(chunk->pages + 1); i--;)
			(void)*(const volatile char *)(chunk->at + i * PAGE);
		touch_chunk(chunk, some(chunk->pages));
	}
	note_end();
}

/* Pages that nobody touches. */
APART void populate(void)
{
	struct chunk *chunk;

	note_begin(ID_populate);
	chunk = free_chunk(chunks);
	if (chunk && map_chunk(chunk, MAP_ANONYMOUS | MAP_POPULATE, -1)) {
		chunk->there = bits(chunk->pages);
		note_moved((long)chunk->pages);
	}
	note_end();
}

/* All of it, or its end, or its beginning. */
APART void unmap(void)
{
	struct chunk *chunk;
	unsigned pages, first;
	uint64_t gone;

	note_begin(ID_unmap);
	chunk = used_chunk(chunks);
	if (chunk) {
		pages = note_draw(2) ? chunk->pages : 1 + note_draw(chunk->pages);
		first = note_draw(2) ? chunk->pages - pages : 0;
		gone = bits(pages) << first & chunk->there;
		CHECK(!munmap(chunk->at + first * PAGE, pages * PAGE));
		note_moved(-count(gone));
		chunk->there &= ~gone;
		chunk->pages -= pages;
		if (!first) {
			chunk->at += pages * PAGE;
			chunk->there >>= pages;
		}
	}
	note_end();
}

APART void shrink(void)
{
	struct chunk *chunk;
	unsigned pages;

	note_begin(ID_shrink);
	chunk = used_chunk(chunks);
	if (chunk) {
		pages = 1 + note_draw(chunk->pages);
		CHECK(mremap(chunk->at, chunk->pages * PAGE, pages * PAGE, 0) == chunk->at);
		note_moved(-count(chunk->there & ~bits(pages)));
		chunk->there &= bits(pages);
		chunk->pages = pages;
	}
	note_end();
}

/* It may move, and takes its pages with it. */
APART void stretch(void)
{
	struct chunk *chunk;
	unsigned pages;

	note_begin(ID_stretch);
	chunk = used_chunk(chunks);
	if (chunk && !chunk->is_file && chunk->pages < CHUNK_PAGES) {
		pages = chunk->pages + chunk_pages(CHUNK_PAGES - chunk->pages);
		chunk->at = mremap(chunk->at, chunk->pages * PAGE, pages * PAGE, MREMAP_MAYMOVE);
		CHECK(chunk->at != MAP_FAILED);
		chunk->pages = pages;
		touch_chunk(chunk, some(pages));
	}
	note_end();
}

/* --- The break --- */

APART void raise_break(void)
{
	unsigned pages;
	long new = 0;

	note_begin(ID_raise_break);
	pages = chunk_pages(BREAK_PAGES - break_pages);
	CHECK(sbrk((intptr_t)(pages * PAGE)) != (void *)-1);
	break_pages += pages;
	for (unsigned i = note_draw(break_pages); i < break_pages; i++) {
		break_base[i * PAGE] = 1;
		new += !break_there[i];
		break_there[i] = true;
	}
	note_moved(new);
	note_end();
}

APART void lower_break(void)
{
	unsigned pages;
	long gone = 0;

	note_begin(ID_lower_break);
	pages = note_draw(break_pages + 1);
	CHECK(sbrk(-(intptr_t)(pages * PAGE)) != (void *)-1);
	for (; pages; pages--) {
		gone += break_there[--break_pages];
		break_there[break_pages] = false;
	}
	note_moved(-gone);
	note_end();
}

/* --- Blocks. The C library keeps a few words in front of each, which touch its first page. --- */

INLINE size_t block_size(unsigned pages)
{
	return pages * PAGE - 100;
}

INLINE void set_block(struct chunk *block, char *memory, unsigned pages)
{
	CHECK(memory && (uintptr_t)memory % PAGE == 2 * sizeof(size_t));
	block->memory = memory;
	block->at = memory - 2 * sizeof(size_t);
	block->pages = pages;
}

APART void allocate(void)
{
	struct chunk *block;
	unsigned pages;

	note_begin(ID_allocate);
	block = free_chunk(blocks);
	pages = BLOCK_LEAST + chunk_pages(30);
	if (block) {
		set_block(block,
			note_draw(3) ? malloc(block_size(pages)) : calloc(1, block_size(pages)),
			pages);
		note_moved(1);
		block->there = 1;
		touch_chunk(block, some(pages));
	}
	note_end();
}

APART void resize(void)
{
	struct chunk *block;
	unsigned pages;

	note_begin(ID_resize);
	block = used_chunk(blocks);
	if (block) {
		pages = BLOCK_LEAST + chunk_pages(40);
		if (!note_may(KIND_free) && pages < block->pages)
			pages = block->pages;
		set_block(block, realloc(block->memory, block_size(pages)), pages);
		note_moved(-count(block->there & ~bits(pages)));
		block->there &= bits(pages);
		touch_chunk(block, some(pages));
	}
	note_end();
}

APART void release(void)
{
	struct chunk *block;

	note_begin(ID_release);
	block = used_chunk(blocks);
	if (block) {
		free(block->memory);
		note_moved(-count(block->there));
		block->pages = 0;
	}
	note_end();
}

/* --- The stack, and what runs on it --- */

/* From the lowest page that is there down. Ends in the middle of a page, with room for calls. */
APART void grow_stack(void)
{
	size_t pages;
	uintptr_t low;
	volatile char *space;

	note_begin(ID_grow_stack);
	pages = note_in_handler() ? 0 : note_pages(16);
	if (pages) {
		low = stack_low - pages * PAGE;
		space = alloca((uintptr_t)__builtin_frame_address(0) - low - PAGE / 2);
		CHECK(((uintptr_t)space & ~(PAGE - 1)) == low);
		for (size_t i = pages; i--;)
			space[i * PAGE] = 1;
		stack_low = low;
		note_moved((long)pages);
	}
	note_end();
}

static APART void on_signal(int signal)
{
	note_begin(ID_on_signal);
	note_signal(1);
	for (unsigned steps = 1 + note_draw(4); steps--;)
		if (note_draw(2) && note_may_call())
			note_callee()(signal);
		else
			note_operation()();
	note_signal(-1);
	note_end();
}

APART void interrupt(void)
{
	note_begin(ID_interrupt);
	if (!note_in_handler())
		raise(note_draw(2) ? SIGUSR1 : SIGUSR2);
	note_end();
}

/* To the innermost call that waits for it, past all that it called. */
APART void leap(void)
{
	note_begin(ID_leap);
	if (note_has_target())
		longjmp(*note_leap(), 1);
	note_end();
}
