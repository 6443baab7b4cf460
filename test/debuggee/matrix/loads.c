/*
 * loads TIMES LIBRARY...: loads each library TIMES times in turn, calls it, and unloads it;
 * the calls of all loads are three. Each comes to lie where the one before was.
 */
#include "../debuggee.h"

#include <dlfcn.h>

typedef void grower(size_t pages);

static void *where; /* the library was */

static void load(const char *library, int calls)
{
	void *loaded = dlopen(library, RTLD_NOW);
	void *symbol = loaded ? dlsym(loaded, "grow_library") : NULL;

	if (!symbol)
		fprintf(stderr, "%s\n", dlerror());
	CHECK(symbol && (!where || symbol == where));
	where = symbol;
	prepare();
	for (int i = 0; i < calls; i++)
		((grower *)symbol)(8);
	CHECK(!dlclose(loaded));
	CHECK(!dlopen(library, RTLD_NOW | RTLD_NOLOAD));
}

int main(int argc, char **argv)
{
	int times = (int)number(argc, argv, 1);

	for (int i = 0; i < times; i++)
		load(argv[2 + i % (argc - 2)], 3 / times);
	return 0;
}
