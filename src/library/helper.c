/*
 * The process that watches, and what it says in the end:
 *
 *     struct head, and as many strings as it counts, each with its zero
 */
#include "library/helper.h"

#include "base/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* More than all its strings come to. */
#define SAID_MAX (1 << 20)

struct head {
	uint32_t size; /* of the strings */
	bool failed;   /* the first string is the error's message, the only one */
	enum error_code code;
	int errnum;
	uint64_t address;
	int status;
	enum engine engine;
	bool exact, recorded; /* the first string is the recording's path */
};

static void add_string(struct strbuf *text, const char *string)
{
	strbuf_add_bytes(text, string, strlen(string) + 1);
}

static void write_all(int fd, const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size) {
		ssize_t done = write(fd, at, size);

		if (done < 0 && errno != EINTR)
			return;
		at += done > 0 ? done : 0;
		size -= done > 0 ? (size_t)done : 0;
	}
}

/* In the helper: what there is to say. */
static void say(int fd, const struct ptmem_error *error, const struct session_result *result)
{
	size_t count = sizeof result->warnings / sizeof *result->warnings;
	struct strbuf text = {0};
	struct head head;

	memset(&head, 0, sizeof head); /* with what is between its fields */
	head.failed = error != NULL;
	head.status = result->detached ? -1 : result->status;
	head.engine = result->engine;
	head.exact = result->exact;
	head.recorded = result->recording != NULL;
	if (error) {
		head.code = error->code;
		head.errnum = error->errnum;
		head.address = error->address;
		add_string(&text, error->message);
	} else if (result->recording)
		add_string(&text, result->recording);
	for (size_t i = 0; !error && i < count && result->warnings[i]; i++)
		add_string(&text, result->warnings[i]);
	head.size = (uint32_t)text.length;
	write_all(fd, &head, sizeof head);
	write_all(fd, text.text, text.length);
	strbuf_deinit(&text);
}

/* Handlers are the caller's, and so is what they do. What is ignored stays so, as after exec. */
static void drop_handlers(void)
{
	struct sigaction action, standard = {.sa_handler = SIG_DFL};

	for (int signal = 1; signal <= SIGRTMAX; signal++)
		if (!sigaction(signal, NULL, &action) && action.sa_handler != SIG_IGN &&
			action.sa_handler != SIG_DFL)
			sigaction(signal, &standard, NULL);
}

/* A program that was launched dies with its tracer; a process that was attached to is to be let go,
 * which takes a signal that can be caught. */
static void follow(pid_t caller, bool attached)
{
	prctl(PR_SET_PDEATHSIG, attached ? SIGTERM : SIGKILL);
	if (getppid() != caller)
		_exit(1);
}

static void watch(const struct session_options *options, pid_t caller, int said)
{
	struct profiles profiles = {0};
	struct session_result result = {0};

	drop_handlers();
	follow(caller, options->attach != 0);
	say(said, session_run(options, &profiles, &result), &result);
	_exit(0);
}

/* False where its end came first. */
static bool read_all(int fd, int end, void *bytes, size_t size)
{
	struct pollfd polled[] = {{.fd = fd, .events = POLLIN}, {.fd = end, .events = POLLIN}};
	char *at = bytes;

	while (size) {
		ssize_t got;

		if (poll(polled, end >= 0 ? 2 : 1, -1) < 0)
			continue;
		/* Others may have the pipe open as well, forked meanwhile: its end may not come. */
		got = polled[0].revents ? read(fd, at, size) : 0;
		if (got == 0 || (got < 0 && errno != EINTR))
			return false;
		at += got > 0 ? got : 0;
		size -= got > 0 ? (size_t)got : 0;
	}
	return true;
}

static struct ptmem_error *take_strings(
	const struct head *head, const char *text, struct helper_result *result)
{
	struct helper_result taken = {
		.status = head->status, .engine = head->engine, .exact = head->exact};
	bool recorded = head->recorded, enough = true;

	for (const char *at = text; enough && at < text + head->size; at += strlen(at) + 1) {
		char *copy = strdup(at), **new = NULL;

		if (recorded)
			taken.recording = copy;
		else
			new = copy ? vec_append(&taken.warnings) : NULL;
		enough = recorded ? copy != NULL : new != NULL;
		if (new)
			*new = copy;
		else if (!recorded)
			free(copy);
		recorded = false;
	}
	if (enough) {
		*result = taken;
		return NULL;
	}
	helper_result_deinit(&taken);
	return &error_no_memory;
}

/* The error that it had, as it was there. */
static struct ptmem_error *take_error(const struct head *head, const char *text)
{
	struct ptmem_error *error;

	if (head->code == ERROR_NO_MEMORY)
		return &error_no_memory;
	error = error_new(head->code, "%s", text);
	if (error != &error_no_memory) {
		error->errnum = head->errnum;
		error->address = head->address;
	}
	return error;
}

static struct ptmem_error *hear(int fd, int end, struct helper_result *result)
{
	struct ptmem_error *error;
	struct head head;
	char *text;

	if (!read_all(fd, end, &head, sizeof head) || head.size > SAID_MAX)
		return error_new(ERROR_SYSTEM, "profiling: the process that watches was killed");
	text = calloc(1, head.size + 1);
	if (!text)
		return &error_no_memory;
	if (!read_all(fd, end, text, head.size))
		error = error_new(ERROR_SYSTEM, "profiling: the process that watches was killed");
	else
		error = head.failed ? take_error(&head, text) : take_strings(&head, text, result);
	free(text);
	return error;
}

static void reap(pid_t pid)
{
	siginfo_t info;

	while (waitid(P_PID, (id_t)pid, &info, WEXITED) && errno == EINTR)
		;
}

struct ptmem_error *helper_run(const struct session_options *options, struct helper_result *result)
{
	struct ptmem_error *error;
	pid_t caller = getpid(), pid;
	int said[2], end;

	if (pipe2(said, O_CLOEXEC))
		return error_errno(errno, "profiling");
	pid = fork();
	if (pid < 0) {
		error = error_errno(errno, "profiling: starting the process that watches");
		close(said[0]);
		close(said[1]);
		return error;
	}
	if (!pid)
		watch(options, caller, said[1]);
	close(said[1]);
	end = (int)syscall(SYS_pidfd_open, pid, 0);
	error = hear(said[0], end, result);
	close(said[0]);
	if (end >= 0)
		close(end);
	reap(pid);
	return error;
}

void helper_result_deinit(struct helper_result *result)
{
	for (size_t i = 0; i < result->warnings.count; i++)
		free(result->warnings.items[i]);
	vec_deinit(&result->warnings);
	free(result->recording);
	*result = (struct helper_result){0};
}
