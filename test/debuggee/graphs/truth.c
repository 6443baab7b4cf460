/* The books: what each call path and each function moved, by the definitions of the reports. */
#include "graph.h"

#include "../debuggee.h"

#define NODES_MOST 8192
#define DEPTH_MOST 64

struct node {
	int parent, child, next;
	enum function function;
	long self, memory; /* pages, signed; callees included */
	long calls, moved; /* all, and those in which memory moved */
};

struct call {
	enum function function;
	int node;
	long before, self;
	unsigned long moves;
	bool outermost;
};

struct target {
	jmp_buf place;
	unsigned depth;
	bool in_handler;
};

/* As the flat table has it, in pages. */
struct sums {
	long memory, self, net, net_self;
	long calls, all_calls, moved;
	int active;
};

#define AS_NAME(name) #name,
static const char *const names[] = {FUNCTIONS(AS_NAME)};

static struct node nodes[NODES_MOST];
static struct call calls[DEPTH_MOST];
static struct target targets[DEPTH_MOST];
static struct sums sums[FUNCTION_COUNT];
static int node_count = 1; /* the first is no function */
static unsigned depth, target_count;
static long resident, taken, given;
static unsigned long moves; /* times that memory moved */
static bool in_handler;
static char text[64 * PAGE];

INLINE int find_node(int parent, enum function function)
{
	int *link = &nodes[parent].child;

	while (*link && nodes[*link].function != function)
		link = &nodes[*link].next;
	if (!*link) {
		CHECK(node_count < NODES_MOST);
		nodes[node_count] = (struct node){.parent = parent, .function = function};
		*link = node_count++;
	}
	return *link;
}

APART void note_begin(enum function function)
{
	struct call *call = &calls[depth];

	CHECK(depth < DEPTH_MOST);
	*call = (struct call){.function = function,
		.node = find_node(depth ? calls[depth - 1].node : 0, function),
		.before = resident,
		.moves = moves,
		.outermost = !sums[function].active++};
	nodes[call->node].calls++;
	sums[function].all_calls++;
	depth++;
}

APART void note_end(void)
{
	struct call *call = &calls[--depth];
	struct sums *sum = &sums[call->function];
	long total = resident - call->before;

	sum->active--;
	sum->net_self += call->self;
	if (call->self > 0)
		sum->self += call->self;
	if (call->outermost)
		sum->net += total;
	if (call->outermost && total > 0) {
		sum->memory += total;
		sum->calls++;
	}
	sum->moved += call->moves != moves;
	nodes[call->node].moved += call->moves != moves;
}

APART void note_moved(long pages)
{
	if (!pages)
		return;
	resident += pages;
	*(pages > 0 ? &taken : &given) += labs(pages);
	moves++;
	calls[depth - 1].self += pages;
	nodes[calls[depth - 1].node].self += pages;
}

APART size_t note_taken(void)
{
	return (size_t)taken;
}

APART unsigned note_depth(void)
{
	return depth;
}

APART jmp_buf *note_target(void)
{
	targets[target_count].depth = depth;
	targets[target_count].in_handler = in_handler;
	return &targets[target_count++].place;
}

APART void note_target_over(void)
{
	target_count--;
}

APART bool note_has_target(void)
{
	return target_count && targets[target_count - 1].in_handler == in_handler;
}

APART jmp_buf *note_leap(void)
{
	struct target *target = &targets[--target_count];

	while (depth > target->depth)
		note_end();
	return &target->place;
}

APART void note_signal(int change)
{
	in_handler = change > 0;
}

APART bool note_in_handler(void)
{
	return in_handler;
}

/* --- Writing them down --- */

static int out;
static size_t used;

static void truth_add(const char *piece)
{
	size_t length = strlen(piece);

	if (used + length > sizeof text) {
		CHECK(write(out, text, used) == (ssize_t)used);
		used = 0;
	}
	memcpy(text + used, piece, length);
	used += length;
}

static void truth_add_numbers(const long *numbers, int count, int bytes)
{
	char piece[32];

	for (int i = 0; i < count; i++) {
		snprintf(piece, sizeof piece, "\t%ld", numbers[i] * (i < bytes ? (long)PAGE : 1));
		truth_add(piece);
	}
	truth_add("\n");
}

static void truth_add_path(int node)
{
	if (nodes[node].parent) {
		truth_add_path(nodes[node].parent);
		truth_add(";");
	}
	truth_add(names[nodes[node].function]);
}

/*
 * total     TAKEN GIVEN
 * function  NAME  MEMORY SELF NET NET-SELF  CALLS ALL-CALLS MOVED
 * path      NAME;NAME;...  MEMORY SELF  CALLS MOVED
 */
void truth_write(const char *path)
{
	CHECK(!depth && !target_count);
	out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	CHECK(out >= 0);
	truth_add("total");
	truth_add_numbers((const long[]){taken, given}, 2, 2);
	for (int i = 0; i < FUNCTION_COUNT; i++) {
		const struct sums *sum = &sums[i];

		truth_add("function\t");
		truth_add(names[i]);
		truth_add_numbers((const long[]){sum->memory, sum->self, sum->net, sum->net_self,
					  sum->calls, sum->all_calls, sum->moved},
			7, 4);
	}
	for (int i = node_count - 1; i; i--) {
		nodes[i].memory += nodes[i].self;
		nodes[nodes[i].parent].memory += nodes[i].memory;
		truth_add("path\t");
		truth_add_path(i);
		truth_add_numbers((const long[]){nodes[i].memory, nodes[i].self, nodes[i].calls,
					  nodes[i].moved},
			4, 2);
	}
	CHECK(write(out, text, used) == (ssize_t)used);
	close(out);
	printf("%ld pages came, %ld went, on %d paths\n", taken, given, node_count - 1);
}
