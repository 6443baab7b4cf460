/* Asking debuginfod servers, through a library that is loaded for it. */
#include "symbol/server.h"

#include <stdio.h>
#include <stdlib.h>

bool debug_server_is_named(void)
{
	const char *urls = getenv("DEBUGINFOD_URLS");

	return urls && *urls;
}

#ifdef HAVE_DEBUGINFOD

#include "base/lazy_library.h"

#include <elfutils/debuginfod.h>
#include <errno.h>
#include <string.h>
#include <time.h>

/* The library's own 90 s are for downloads that nobody waits for. */
#define USUAL_TIMEOUT 10

#define LIBRARY "libdebuginfod.so.1"

/* What is called of it, as CALL(...) each. */
#define LIBRARY_CALLS(CALL)  \
	CALL(begin)          \
	CALL(end)            \
	CALL(find_debuginfo) \
	CALL(find_source)    \
	CALL(set_progressfn)

#define MEMBER(call) __typeof__(debuginfod_##call) *call;
#define ENTRY(call) {"debuginfod_" #call, offsetof(struct calls, call)},

struct calls {
	LIBRARY_CALLS(MEMBER)
};

static const struct lazy_call table[] = {LIBRARY_CALLS(ENTRY)};

struct debug_server {
	struct calls calls;
	debuginfod_client *client; /* begun when first needed */
	long timeout;              /* seconds of silence; 0: any */
	bool failed;
	char *problem;

	/* Of the question under way. */
	time_t heard; /* when anything came last */
	long received;
	bool silent; /* it was given up */
};

/* Who waits for an answer, for the library's call back, which comes in this thread. */
static _Thread_local struct debug_server *asking;

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

/*
 * The library calls this about once a second. Until the size of the answer is known, its first
 * figure counts these calls, and says nothing.
 */
static int watch_progress(debuginfod_client *client, long received, long size)
{
	struct debug_server *server = asking;

	(void)client;
	if (size > 0 && received != server->received) {
		server->received = received;
		server->heard = now();
	}
	server->silent = server->timeout && now() - server->heard >= server->timeout;
	return server->silent;
}

static long read_timeout(void)
{
	const char *text = getenv("DEBUGINFOD_TIMEOUT");
	char *end;
	long seconds = text ? strtol(text, &end, 10) : 0;

	return text && end != text && seconds >= 0 ? seconds : USUAL_TIMEOUT;
}

bool debug_server_is_built_in(void)
{
	return true;
}

struct debug_server *debug_server_create(void)
{
	struct debug_server *server = calloc(1, sizeof *server);

	if (server)
		server->timeout = read_timeout();
	return server;
}

void debug_server_destroy(struct debug_server *server)
{
	if (!server)
		return;
	if (server->client)
		server->calls.end(server->client);
	free(server->problem);
	free(server);
}

/* Without memory for it there is no problem to tell of. */
static void give_up(struct debug_server *server, int errnum)
{
	const char *urls = getenv("DEBUGINFOD_URLS");
	int length;

	server->failed = true;
	if (server->silent)
		length = asprintf(&server->problem,
			"debuginfod: no answer from %s within %ld s: it is not asked again", urls,
			server->timeout);
	else
		length = asprintf(&server->problem, "debuginfod: %s: %s: it is not asked again",
			urls, strerror(errnum));
	if (length < 0)
		server->problem = NULL;
}

/* Without the library nothing is asked, which is told like what servers refuse. */
static bool load(struct debug_server *server)
{
	struct ptmem_error *error =
		lazy_library_load(LIBRARY, table, sizeof table / sizeof *table, &server->calls);

	if (!error)
		return true;
	server->failed = true;
	if (asprintf(&server->problem, "debuginfod: its library %s: install it", error->message) <
		0)
		server->problem = NULL;
	error_free(error);
	return false;
}

static bool begin(struct debug_server *server)
{
	if (!server->client && load(server))
		server->client = server->calls.begin();
	if (!server->client)
		return false;
	server->calls.set_progressfn(server->client, watch_progress);
	server->heard = now();
	server->received = 0;
	server->silent = false;
	asking = server;
	return true;
}

/* What an answer means: a descriptor, or why there is none. */
static int judge(struct debug_server *server, int fd)
{
	if (fd >= 0)
		return fd;
	if (server->silent || fd != -ENOENT)
		give_up(server, -fd);
	return -1;
}

int debug_server_find(struct debug_server *server, const char *build_id, char **path)
{
	if (server->failed || !begin(server))
		return -1;
	return judge(server, server->calls.find_debuginfo(
				     server->client, (const unsigned char *)build_id, 0, path));
}

int debug_server_find_source(
	struct debug_server *server, const char *build_id, const char *source, char **path)
{
	if (server->failed || !begin(server))
		return -1;
	return judge(server, server->calls.find_source(server->client,
				     (const unsigned char *)build_id, 0, source, path));
}

char *debug_server_take_problem(struct debug_server *server)
{
	char *problem = server->problem;

	server->problem = NULL;
	return problem;
}

#else

struct debug_server {
	char nothing;
};

bool debug_server_is_built_in(void)
{
	return false;
}

struct debug_server *debug_server_create(void)
{
	return calloc(1, sizeof(struct debug_server));
}

void debug_server_destroy(struct debug_server *server)
{
	free(server);
}

int debug_server_find(struct debug_server *server, const char *build_id, char **path)
{
	(void)server, (void)build_id, (void)path;
	return -1;
}

int debug_server_find_source(
	struct debug_server *server, const char *build_id, const char *source, char **path)
{
	(void)server, (void)build_id, (void)source, (void)path;
	return -1;
}

char *debug_server_take_problem(struct debug_server *server)
{
	(void)server;
	return NULL;
}

#endif
