/*
 * sample: what test/demo profiles. A small library: it reads its books, shelf by shelf, into a
 * list, enters each shelf in an index that doubles when it is full, and keeps the covers that
 * were asked for last in a cache.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHELVES 120
#define BOOKS_A_SHELF 40
#define COVER_SIZE (256 * 1024)
#define COVERS_CACHED 16

struct book {
	struct book *next;
	unsigned number;
	char text[1000];
};

struct index {
	struct book **books;
	size_t capacity, count;
};

struct cover {
	unsigned number;
	unsigned char *pixels;
};

static struct book *book_read(unsigned number, struct book *next)
{
	struct book *book = malloc(sizeof *book);

	if (!book)
		abort();
	book->next = next;
	book->number = number;
	memset(book->text, 'a' + (int)(number % 26), sizeof book->text);
	return book;
}

static void index_grow(struct index *index)
{
	index->capacity = index->capacity ? 2 * index->capacity : 1024;
	index->books = realloc(index->books, index->capacity * sizeof *index->books);
	if (!index->books)
		abort();
}

static void index_add_shelf(struct index *index, struct book *book)
{
	if (index->count + BOOKS_A_SHELF > index->capacity)
		index_grow(index);
	for (int i = 0; i < BOOKS_A_SHELF; i++, book = book->next)
		index->books[index->count++] = book;
}

static struct book *shelf_read(unsigned shelf, struct book *list)
{
	for (unsigned i = 0; i < BOOKS_A_SHELF; i++)
		list = book_read(shelf * BOOKS_A_SHELF + i, list);
	return list;
}

static void library_load(struct index *index)
{
	struct book *list = NULL;

	for (unsigned shelf = 0; shelf < SHELVES; shelf++) {
		list = shelf_read(shelf, list);
		index_add_shelf(index, list);
	}
}

static void cover_draw(struct cover *cover, unsigned number)
{
	free(cover->pixels);
	cover->number = number;
	cover->pixels = malloc(COVER_SIZE);
	if (!cover->pixels)
		abort();
	memset(cover->pixels, (int)number, COVER_SIZE);
}

static unsigned char *cover_get(struct cover *cache, unsigned number)
{
	struct cover *cover = &cache[number % COVERS_CACHED];

	if (!cover->pixels || cover->number != number)
		cover_draw(cover, number);
	return cover->pixels;
}

static unsigned library_serve(const struct index *index)
{
	struct cover cache[COVERS_CACHED] = {{0}};
	unsigned sum = 0;

	for (unsigned i = 0; i < 400; i++) {
		const struct book *book = index->books[i * 7 % index->count];

		sum += cover_get(cache, book->number)[i] + (unsigned char)book->text[i];
	}
	return sum;
}

int main(void)
{
	struct index index = {0};

	library_load(&index);
	printf("%zu books on %d shelves\n", index.count, SHELVES);
	printf("served: %u\n", library_serve(&index));
	return 0;
}
