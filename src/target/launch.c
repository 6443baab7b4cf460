/* Starting a program under ptrace. */
#include "target/launch.h"

#include "target/ptrace.h"
#include "target/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <unistd.h>

/* What the child tells the parent when it cannot become the program. */
struct launch_failure {
	int errnum;
};

/* In the child: waits until it is traced, then becomes the program. */
static void launch_child(const struct launch *launch, int go, int failed)
{
	struct launch_failure failure;
	char byte;

	if (read(go, &byte, 1) != 1)
		_exit(127);
	if (!launch->aslr)
		personality(personality(0xffffffff) | ADDR_NO_RANDOMIZE);
	if (launch->thp != THP_UNCHANGED)
		prctl(PR_SET_THP_DISABLE, launch->thp == THP_OFF, 0, 0, 0);
	execv(launch->path, launch->argv);
	failure.errnum = errno;
	if (write(failed, &failure, sizeof failure) < 0)
		_exit(126);
	_exit(127);
}

static struct ptmem_error *seize(pid_t pid)
{
	if (!ptrace(PTRACE_SEIZE, pid, NULL, (void *)(TRACE_OPTIONS | PTRACE_O_EXITKILL)))
		return NULL;
	if (errno == EPERM)
		return error_new(ERROR_SYSTEM,
			"tracing is forbidden here: in a container, allow SYS_PTRACE; else see "
			"/proc/sys/kernel/yama/ptrace_scope");
	return error_errno(errno, "tracing the program");
}

static struct ptmem_error *exec_problem(const struct launch *launch, int errnum)
{
	const char *why = errnum == ENOENT    ? "its interpreter is not there"
			  : errnum == ENOEXEC ? "damaged, or not for this system"
					      : strerror(errnum);

	return error_new(ERROR_NOT_EXECUTABLE, "%s: cannot be executed: %s", launch->path, why);
}

/* Nothing comes through the pipe where execve closed it. */
static struct ptmem_error *read_failure(const struct launch *launch, int failed)
{
	struct launch_failure failure;
	ssize_t got;

	do
		got = read(failed, &failure, sizeof failure);
	while (got < 0 && errno == EINTR);
	return got == sizeof failure ? exec_problem(launch, failure.errnum) : NULL;
}

static struct ptmem_error *launch_parent(const struct launch *launch, pid_t pid, int go, int failed)
{
	struct ptmem_error *error = launch->untraced ? NULL : seize(pid);

	if (!error && write(go, "", 1) != 1)
		error = error_errno(errno, "starting the program");
	return error ? error : read_failure(launch, failed);
}

struct ptmem_error *launch_program(const struct launch *launch, pid_t *pid)
{
	int go[2], failed[2];
	struct ptmem_error *error;
	pid_t child;

	if (pipe2(go, O_CLOEXEC))
		return error_errno(errno, "starting the program");
	if (pipe2(failed, O_CLOEXEC)) {
		error = error_errno(errno, "starting the program");
		close(go[0]);
		close(go[1]);
		return error;
	}
	child = fork();
	if (!child) {
		close(go[1]);
		launch_child(launch, go[0], failed[1]);
	}
	error = child < 0 ? error_errno(errno, "starting the program") : NULL;
	close(go[0]);
	close(failed[1]);
	if (!error)
		error = launch_parent(launch, child, go[1], failed[0]);
	close(go[1]);
	close(failed[0]);
	if (!error)
		*pid = child;
	else if (child > 0)
		wait_for_kill(child);
	return error;
}
