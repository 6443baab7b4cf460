/*
 * Objects in C: what functions are given a pointer to, first. With `forks`, a child goes on with
 * those that there are.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __clang__
#define FUNCTION __attribute__((noinline))
#else
#define FUNCTION __attribute__((noinline, noclone))
#endif
#define USED(object) __asm__ volatile("" : : "r"(object) : "memory")

#define TOUCH(pages)                                                                             \
	memset(mmap(NULL, (size_t)(pages) * 4096, PROT_READ | PROT_WRITE,                        \
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),                                      \
		1, (size_t)(pages) * 4096)

struct link {
	int used;
};

struct list {
	struct link first;
	char *title;
	int count;
};

typedef struct {
	double value;
} Table;

struct pair {
	long left, right;
};

FUNCTION void list_push(struct list *list, int pages)
{
	TOUCH(pages);
	list->count++;
	USED(list);
}

FUNCTION void list_init(struct list *list, char *title)
{
	list->title = title;
	list_push(list, 10);
	USED(list);
}

FUNCTION void list_done(struct list *list)
{
	TOUCH(1);
	list->title = NULL;
	USED(list);
}

FUNCTION void link_use(struct link *link)
{
	TOUCH(5);
	link->used++;
	USED(link);
}

FUNCTION void table_set(double value, struct pair by, Table *table)
{
	TOUCH(6);
	table->value = value + (double)by.left + (double)by.right;
	USED(table);
}

FUNCTION void table_count(const struct list *list, Table *table)
{
	TOUCH(7);
	table->value = list->count;
	USED(table);
}

static struct list lists[3];

static void child(void)
{
	list_push(&lists[0], 20);
	list_push(&lists[2], 30);
	_exit(0);
}

int main(int argc, char **argv)
{
	Table table = {0};

	(void)argv;
	TOUCH(argc); /* the library's code is there from here on */
	list_init(&lists[0], (char[]){"one"});
	list_push(&lists[0], 100);
	link_use(&lists[0].first);
	if (argc > 1 && !fork())
		child();
	else if (argc > 1)
		wait(NULL);
	list_done(&lists[0]);
	list_init(&lists[0], (char[]){"two"});
	list_push(&lists[0], 200);
	lists[1].title = (char *)0x1234;
	list_push(&lists[1], 3);
	list_push(&lists[1], 3);
	table_set(1.5, (struct pair){1, 2}, &table);
	table_count(&lists[0], &table);
	return 0;
}
