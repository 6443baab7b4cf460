/*
 * What each line adds in C++, as in lines.c: what an exception leaves behind, and what a template
 * does in all its instances.
 */
#include "debuggee.h"

static volatile int always = 1;

static NOINLINE char *take(size_t pages)
{
	return map_pages(pages);
}

static NOINLINE void give(char *memory, size_t pages)
{
	CHECK(!munmap(memory, pages * PAGE));
}

struct holder {
	char *memory;
	explicit holder(size_t pages) : memory(take(pages)) {}
	~holder()
	{
		give(memory, 4);
	}
};

NOINLINE void throws(int depth)
{
	take(2);                           //= 8 4
	if (depth)
		throws(depth - 1);         //= 0 3
	else
		throw depth;               //= 0 1
	take(100);
}

NOINLINE void rethrows()
{
	holder held(9);                    //= 9 1
	throws(3);                         //= 8 1
	take(100);
}

NOINLINE void catches()
{
	try {
		rethrows();                //= 13 1
	} catch (int number) {
		take(5);                   //= 5 1
	}
	always = 1;
}

template <typename type> struct table {
	type *first;
	NOINLINE void fill(size_t pages)
	{
		first = reinterpret_cast<type *>(take(pages)); //= 30 3
		take(sizeof(type));                    //= 13 3
		always = 1;
	}
};

NOINLINE void fills()
{
	table<char> small;
	table<int> medium;
	table<double> large;

	small.fill(4);                     //= 5 1
	medium.fill(6);                    //= 10 1
	large.fill(20);                    //= 28 1
	always = 1;
}

int main()
{
	prepare();
	fill_holes();
	try {
		throw 1;
	} catch (int number) {
		always = number;
	}
	catches();
	fills();
	return 0;
}
