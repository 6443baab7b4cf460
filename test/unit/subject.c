/* A debuggee that stands still. */
#include "subject.h"

#include "target/ptrace.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void debuggee_path(const char *name, char *path, size_t size)
{
	const char *folder = getenv("DEBUGGEES");
	char own[4096];
	ssize_t length;

	if (folder) {
		snprintf(path, size, "%s/%s", folder, name);
		return;
	}
	length = readlink("/proc/self/exe", own, sizeof own - 1);
	cr_assert_gt(length, 0);
	own[length] = '\0';
	*strrchr(own, '/') = '\0';
	snprintf(path, size, "%s/../debuggee/%s", own, name);
}

/* 4123 (name) S ...: what a thread is doing. */
static char thread_state(pid_t tid)
{
	char path[32], text[512] = "";
	int fd;

	snprintf(path, sizeof path, "/proc/%d/stat", tid);
	fd = open(path, O_RDONLY);
	cr_assert_geq(fd, 0);
	cr_assert_gt(read(fd, text, sizeof text - 1), 0);
	close(fd);
	return strrchr(text, ')')[2];
}

void subject_wait_until_asleep(pid_t tid)
{
	while (thread_state(tid) != 'S')
		usleep(1000);
}

void subject_start_program(
	struct subject *subject, const char *path, const char *mode, const char *number)
{
	int channel[2];

	cr_assert_eq(pipe(channel), 0);
	subject->pid = fork();
	if (!subject->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(channel[1], STDOUT_FILENO);
		execl(path, path, mode, number, NULL);
		_exit(127);
	}
	close(channel[1]);
	cr_assert_eq(read(channel[0], &subject->ranges, sizeof subject->ranges),
		sizeof subject->ranges, "%s", path);
	close(channel[0]);
}

void subject_stop_thread(pid_t tid)
{
	int status;

	cr_assert_eq(ptrace(PTRACE_SEIZE, tid, NULL, NULL), 0);
	cr_assert_eq(ptrace(PTRACE_INTERRUPT, tid, NULL, NULL), 0);
	cr_assert_eq(waitpid(tid, &status, __WALL), tid);
	cr_assert(WIFSTOPPED(status));
}

void subject_stop(struct subject *subject, bool asleep)
{
	if (asleep)
		subject_wait_until_asleep(subject->pid);
	else
		usleep(20000); /* it has gone round, with all functions bound */
	subject_stop_thread(subject->pid);
	cr_assert_null(target_memory_open(subject->pid, &subject->memory));
	cr_assert_null(unwinder_create(subject->pid, &subject->memory, &subject->unwinder));
}

/* Until it has so many besides its first: a folder has a link from each folder in it, and two. */
static void wait_for_threads(const struct subject *subject, long count)
{
	char path[32];
	struct stat folder;

	snprintf(path, sizeof path, "/proc/%d/task", subject->pid);
	while (stat(path, &folder) == 0 && (long)folder.st_nlink < count + 3)
		usleep(1000);
}

void subject_start(struct subject *subject, const char *name, const char *mode, const char *number)
{
	char path[5000];

	*subject = (struct subject){0};
	debuggee_path(name, path, sizeof path);
	subject_start_program(subject, path, mode, number);
	if (!strcmp(mode, "threads"))
		wait_for_threads(subject, atol(number));
	subject_stop(subject, strncmp(mode, "loop", strlen("loop")));
}

void subject_finish(struct subject *subject)
{
	unwinder_destroy(subject->unwinder);
	vec_deinit(&subject->frames);
	target_memory_close(&subject->memory);
	kill(subject->pid, SIGKILL);
	while (waitpid(-1, NULL, __WALL) > 0)
		;
}

void subject_unwind_registers(struct subject *subject, const struct registers *registers)
{
	cr_assert_null(
		unwind_thread(subject->unwinder, registers, &subject->frames, &subject->complete));
}

void subject_unwind_task(struct subject *subject, pid_t tid)
{
	struct registers registers;

	cr_assert_null(tracee_registers(tid, &registers));
	subject_unwind_registers(subject, &registers);
}

void subject_unwind(struct subject *subject)
{
	subject_unwind_task(subject, subject->pid);
}
