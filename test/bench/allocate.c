/* allocate N: a list of N small allocations, made in batches of 1,000. */
#include <stdlib.h>

struct node {
	struct node *next;
	long value;
};

static struct node *list;

__attribute__((noinline)) void push(long value);
void push(long value)
{
	struct node *node = malloc(sizeof *node);

	if (!node)
		abort();
	*node = (struct node){.next = list, .value = value};
	list = node;
}

__attribute__((noinline)) void push_batch(long count);
void push_batch(long count)
{
	while (count--)
		push(count);
}

int main(int argc, char **argv)
{
	long count = argc > 1 ? atol(argv[1]) : 0;

	for (; count > 0; count -= 1000)
		push_batch(count < 1000 ? count : 1000);
	return 0;
}
