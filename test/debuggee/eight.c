/*
 * eight STEPS: eight threads take memory at once, each at times of its own: touch() writes to
 * fresh pages, by_malloc() fills small blocks in the arena that malloc has for the thread,
 * give_back() gives pages of touch()'s back. Says of each thread, `grower I`, what each of the
 * three moved, in pages.
 */
#include "debuggee.h"

#include <malloc.h>
#include <pthread.h>

#define THREADS 8
#define STACK_PAGES 64
#define OWN_PAGES 4096u
#define HEAP_BYTES (64ul << 20) /* of an arena of malloc's, which begins at a multiple of it */

struct grower {
	pthread_t thread;
	char name[16];
	uint32_t state;
	char *own, *block;
	unsigned used, given;
};

static struct grower growers[THREADS];
static pthread_barrier_t start, end;
static unsigned char resident[HEAP_BYTES / PAGE];
static size_t steps;

static uint32_t draw(struct grower *self, uint32_t limit)
{
	self->state = self->state * 1664525 + 1013904223;
	return (self->state >> 8) % limit;
}

static NOINLINE void touch(struct grower *self, unsigned pages)
{
	for (; pages-- && self->used < OWN_PAGES; self->used++)
		*(volatile char *)(self->own + self->used * PAGE) = 1;
}

static NOINLINE void by_malloc(struct grower *self, unsigned blocks)
{
	while (blocks--) {
		size_t bytes = 100 + draw(self, 3000);

		self->block = malloc(bytes);
		CHECK(self->block);
		memset(self->block, 1, bytes);
	}
}

static NOINLINE void give_back(struct grower *self, unsigned pages)
{
	if (pages > self->used - self->given)
		pages = self->used - self->given;
	CHECK(!madvise(self->own + self->given * PAGE, pages * PAGE, MADV_DONTNEED));
	self->given += pages;
}

static NOINLINE void step(struct grower *self, uint32_t levels)
{
	if (levels)
		step(self, levels - 1);
	else if (draw(self, 2))
		touch(self, 1 + draw(self, 6));
	else if (draw(self, 4))
		by_malloc(self, 1 + draw(self, 8));
	else
		give_back(self, 1 + draw(self, 10));
}

static NOINLINE void *grow(void *arg)
{
	struct grower *self = arg;

	pthread_setname_np(pthread_self(), self->name);
	pthread_barrier_wait(&start);
	for (size_t i = 0; i < steps; i++) {
		step(self, draw(self, 5));
		for (volatile uint32_t rest = draw(self, 3000); rest; rest--)
			continue;
	}
	pthread_barrier_wait(&end);
	return NULL;
}

static void start_grower(size_t i)
{
	struct grower *self = &growers[i];
	pthread_attr_t attributes;

	snprintf(self->name, sizeof self->name, "grower %zu", i);
	self->state = (uint32_t)(i * 7919 + 1);
	self->own = mmap(NULL, OWN_PAGES * PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(self->own != MAP_FAILED && !pthread_attr_init(&attributes));
	CHECK(!pthread_attr_setstack(&attributes, map_pages(STACK_PAGES), STACK_PAGES * PAGE));
	CHECK(!pthread_create(&self->thread, &attributes, grow, self));
	pthread_attr_destroy(&attributes);
}

static unsigned heap_pages(const struct grower *self)
{
	uintptr_t heap = (uintptr_t)self->block & ~(HEAP_BYTES - 1);
	unsigned pages = 0;

	if (!self->block)
		return 0;
	CHECK(!mincore((void *)heap, HEAP_BYTES, resident));
	for (size_t i = 0; i < sizeof resident; i++)
		pages += resident[i] & 1;
	return pages;
}

int main(int argc, char **argv)
{
	steps = number(argc, argv, 1);
	mallopt(M_ARENA_MAX, 4 * THREADS);
	prepare();
	pthread_barrier_init(&start, NULL, THREADS);
	pthread_barrier_init(&end, NULL, THREADS);
	for (size_t i = 0; i < THREADS; i++)
		start_grower(i);
	for (size_t i = 0; i < THREADS; i++)
		CHECK(!pthread_join(growers[i].thread, NULL));
	for (size_t i = 0; i < THREADS; i++)
		printf("%s: touch %u by_malloc %u give_back -%u\n", growers[i].name,
			growers[i].used, heap_pages(&growers[i]), growers[i].given);
	return 0;
}
