/*
 * exceptions N K: K rounds; in each, middle() adds 2 pages and calls thrower(), which adds N
 * and throws past it; ~guard() adds 1 on the way, after() 1 when it is caught.
 */
#include "debuggee.h"

#include <stdexcept>

namespace
{

struct guard {
	NOINLINE ~guard()
	{
		map_pages(1);
	}
};

NOINLINE void thrower(size_t pages)
{
	if (pages)
		map_pages(pages);
	throw std::runtime_error("thrown");
}

NOINLINE void middle(size_t pages)
{
	guard here;

	map_pages(2);
	thrower(pages);
}

NOINLINE void after()
{
	map_pages(1);
}

NOINLINE bool caught(size_t pages)
{
	try {
		middle(pages);
		return false;
	} catch (const std::exception &e) {
		after();
		return !strcmp(e.what(), "thrown");
	}
}

/* What the first exception of a program allocates, it keeps. */
NOINLINE void warm_up()
{
	try {
		throw std::runtime_error("thrown");
	} catch (const std::exception &) {
	}
}

} // namespace

int main(int argc, char **argv)
{
	size_t pages = number(argc, argv, 1), rounds = number(argc, argv, 2);

	warm_up();
	prepare();
	for (size_t i = 0; i < rounds; i++)
		CHECK(caught(pages));
	printf("caught %zu\n", rounds);
	return 0;
}
