/*
 * A debuginfod server, which has debug files by build-id: those that DEBUGINFOD_URLS names, asked
 * through libdebuginfod, which keeps what it got (DEBUGINFOD_CACHE_PATH). The only header that
 * leads there; without the library all of this is there, and finds nothing.
 *
 * A server that does not answer must not hold a run up: one that is silent for as long as
 * DEBUGINFOD_TIMEOUT says, or some seconds, is not asked again.
 */
#ifndef PTMEM_SYMBOL_SERVER_H
#define PTMEM_SYMBOL_SERVER_H

#include <stdbool.h>

struct debug_server;

/* Whether ptmem was built with the library, and whether the environment names a server. */
bool debug_server_is_built_in(void);
bool debug_server_is_named(void);

/* Nothing is asked yet. NULL when out of memory. */
struct debug_server *debug_server_create(void);

/* NULL-safe. */
void debug_server_destroy(struct debug_server *server);

/*
 * Asks for the debug file of a build-id, in hex. The descriptor of it, which the caller closes,
 * with where it is kept in *path, to free; -1 where there is none.
 */
int debug_server_find(struct debug_server *server, const char *build_id, char **path);

/* The same for a source file that the object of this build-id is from, by the path that its debug
 * info has. */
int debug_server_find_source(
	struct debug_server *server, const char *build_id, const char *source, char **path);

/* Why it is not asked any more, in one line, which is told once: then NULL. To free. */
char *debug_server_take_problem(struct debug_server *server);

#endif
