/*
 * sample: what ./test/demo profiles. An inventory that reads its articles into a list, indexes
 * them in a table that grows as it fills, and keeps pictures of what was asked for in a cache.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PICTURE (192 * 1024)
#define CACHED 8

struct article {
	struct article *next;
	char name[40];
	unsigned number;
};

struct table {
	struct article **slots;
	unsigned capacity, used;
};

struct cache {
	unsigned number[CACHED];
	char *picture[CACHED];
};

static struct article *list_push(struct article *list, unsigned number)
{
	struct article *article = malloc(sizeof *article);

	if (!article)
		abort();
	article->next = list;
	article->number = number;
	snprintf(article->name, sizeof article->name, "article %u", number);
	return article;
}

static void table_place(struct table *table, struct article *article)
{
	unsigned i = article->number * 2654435761u % table->capacity;

	while (table->slots[i])
		i = (i + 1) % table->capacity;
	table->slots[i] = article;
	table->used++;
}

static void table_grow(struct table *table)
{
	struct table old = *table;

	table->capacity = old.capacity ? old.capacity * 2 : 1024;
	table->slots = calloc(table->capacity, sizeof *table->slots);
	table->used = 0;
	if (!table->slots)
		abort();
	for (unsigned i = 0; i < old.capacity; i++)
		if (old.slots[i])
			table_place(table, old.slots[i]);
	free(old.slots);
}

static void table_insert(struct table *table, struct article *article)
{
	if (table->used * 4 >= table->capacity * 3)
		table_grow(table);
	table_place(table, article);
}

static char *picture_draw(unsigned number)
{
	char *picture = malloc(PICTURE);

	if (picture)
		memset(picture, (int)number, PICTURE);
	return picture;
}

static const char *cache_get(struct cache *cache, unsigned number)
{
	unsigned slot = number % CACHED;

	if (!cache->picture[slot] || cache->number[slot] != number) {
		free(cache->picture[slot]);
		cache->picture[slot] = picture_draw(number);
		cache->number[slot] = number;
	}
	return cache->picture[slot];
}

static struct article *load(struct table *table, unsigned count)
{
	struct article *list = NULL;

	for (unsigned number = 0; number < count; number++) {
		list = list_push(list, number);
		table_insert(table, list);
	}
	return list;
}

static unsigned serve(struct cache *cache, unsigned requests)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < requests; i++) {
		const char *picture = cache_get(cache, i * 7919 % 40);

		sum += picture ? (unsigned char)picture[i % PICTURE] : 0;
	}
	return sum;
}

int main(void)
{
	struct table table = {0};
	struct cache cache = {0};
	struct article *list = load(&table, 20000);

	printf("%u articles, last: %s\n", table.used, list->name);
	printf("served: %u\n", serve(&cache, 500));
	return 0;
}
