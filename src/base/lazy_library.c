/* Loading a library when it is needed. */
#include "base/lazy_library.h"

#include <dlfcn.h>
#include <string.h>

struct ptmem_error *lazy_library_load(
	const char *soname, const struct lazy_call *calls, size_t count, void *table)
{
	void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);

	for (size_t i = 0; library && i < count; i++) {
		void *call = dlsym(library, calls[i].name);

		if (!call)
			return error_new(ERROR_SYSTEM, "cannot be loaded: %s: it has no %s", soname,
				calls[i].name);
		memcpy((char *)table + calls[i].offset, &call, sizeof call);
	}
	return library ? NULL : error_new(ERROR_SYSTEM, "cannot be loaded: %s", dlerror());
}
