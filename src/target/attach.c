/* Taking hold of a process that runs. */
#include "target/attach.h"

#include "arch/arch.h"
#include "base/strbuf.h"
#include "target/ptrace.h"
#include "target/status.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Looks in a row that must find no new thread. A thread that ends while the folder is read
 * may hide another. */
#define QUIET_LOOKS 2

/* For a moment while it executes a program, a thread is not to be traced by anybody. */
#define TRIES 5
#define TRY_AGAIN_US 500

static struct ptmem_error *attach_problem(pid_t pid, const char *why)
{
	return error_new(ERROR_SYSTEM, "attaching to process %d: %s", pid, why);
}

static struct ptmem_error *problem_of_tracer(pid_t pid, pid_t tracer)
{
	struct task_status status;
	struct strbuf why = {0};
	struct ptmem_error *error;

	strbuf_addf(&why, "process %d", tracer);
	if (task_status_read(tracer, &status)) {
		strbuf_add(&why, " (");
		strbuf_add_printable(&why, status.name);
		strbuf_add(&why, ")");
	}
	strbuf_add(&why, " traces it already");
	error = attach_problem(pid, why.text ? why.text : "it is traced already");
	strbuf_deinit(&why);
	return error;
}

static struct ptmem_error *problem_of_owner(pid_t pid, uid_t user)
{
	const struct passwd *owner = getpwuid(user);
	char why[128];

	if (geteuid() && user != geteuid()) {
		if (owner)
			snprintf(why, sizeof why,
				"it belongs to %.32s: run ptmem as that user or as root",
				owner->pw_name);
		else
			snprintf(why, sizeof why,
				"it belongs to user %u: run ptmem as that user or as root", user);
		return attach_problem(pid, why);
	}
	return attach_problem(pid, "tracing is forbidden: in a container, allow SYS_PTRACE; it may "
				   "have privileges that you have not; else see "
				   "/proc/sys/kernel/yama/ptrace_scope");
}

/* Of a process whose first thread has ended the others may run on, but nothing of it can be
 * seen through its number. */
static struct ptmem_error *problem_of_zombie(pid_t pid, const struct task_status *status)
{
	char why[96];

	snprintf(why, sizeof why, "it has ended, and its parent %d has yet to ask for its status",
		status->parent);
	return attach_problem(pid, why);
}

/* A kernel thread, like a zombie, has no program; that is also what is not ours to see. */
static struct ptmem_error *check_program(pid_t pid, const struct task_status *status)
{
	unsigned char header[EI_NIDENT + 4] = {0};
	char path[32], target[8];
	ssize_t size;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	if (readlink(path, target, sizeof target) < 0)
		return errno == ENOENT ? attach_problem(pid, "it is a kernel thread")
				       : problem_of_owner(pid, status->user);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return problem_of_owner(pid, status->user);
	size = read(fd, header, sizeof header);
	close(fd);
	if (size != (ssize_t)sizeof header || memcmp(header, ELFMAG, SELFMAG))
		return attach_problem(pid, "its program is no ELF file");
	if (header[EI_CLASS] != ELFCLASS64)
		return attach_problem(
			pid, "it is a 32-bit program: only 64-bit ones can be watched");
	if ((header[18] | header[19] << 8) != arch->elf_machine)
		return attach_problem(pid, "it was built for another processor");
	return NULL;
}

struct ptmem_error *attach_check(pid_t pid, pid_t *process)
{
	struct task_status status;

	if (!task_status_read(pid, &status))
		return attach_problem(pid, "there is no such process");
	if (status.process == getpid() || status.process == getppid())
		return attach_problem(pid, "it is ptmem itself");
	if (status.process != pid && !task_status_read(status.process, &status))
		return attach_problem(pid, "there is no such process");
	if (status.state == 'Z' || status.state == 'X')
		return problem_of_zombie(pid, &status);
	if (status.tracer)
		return problem_of_tracer(pid, status.tracer);
	*process = status.process;
	return check_program(status.process, &status);
}

static bool is_known(const struct attached *threads, pid_t tid)
{
	for (size_t i = 0; i < threads->count; i++)
		if (threads->items[i].tid == tid)
			return true;
	return false;
}

/* A thread that has ended cannot be traced, and need not be; one that a traced thread made is
 * traced already. */
static struct ptmem_error *problem_of_thread(pid_t process, pid_t tid)
{
	struct task_status status;

	if (errno == ESRCH || !task_status_read(tid, &status) || status.state == 'Z' ||
		status.state == 'X' || status.tracer == getpid())
		return NULL;
	if (status.tracer)
		return problem_of_tracer(process, status.tracer);
	return problem_of_owner(process, status.user);
}

static struct ptmem_error *seize_thread(
	pid_t process, pid_t tid, struct attached *threads, bool *found)
{
	struct attached_thread *new;

	struct ptmem_error *problem = NULL;

	if (is_known(threads, tid))
		return NULL;
	for (int i = 0; ptrace(PTRACE_SEIZE, tid, NULL, (void *)TRACE_OPTIONS); i++) {
		error_free(problem);
		problem = problem_of_thread(process, tid);
		if (!problem || i == TRIES)
			return problem;
		usleep(TRY_AGAIN_US);
	}
	error_free(problem);
	*found = true;
	new = vec_append(threads);
	if (!new)
		return &error_no_memory;
	*new = (struct attached_thread){.tid = tid, .process = process};
	return NULL;
}

/* What to do with each number that a folder of /proc has an entry for. */
typedef struct ptmem_error *entry_action(
	pid_t process, pid_t entry, struct attached *threads, bool *found);

static struct ptmem_error *for_each_entry(const char *path, entry_action *action, pid_t process,
	struct attached *threads, bool *found)
{
	DIR *folder = opendir(path);
	struct ptmem_error *error = NULL;
	const struct dirent *entry;

	while (folder && !error && (entry = readdir(folder))) {
		pid_t number = atoi(entry->d_name);

		if (number > 0)
			error = action(process, number, threads, found);
	}
	if (folder)
		closedir(folder);
	return error;
}

static struct ptmem_error *seize_threads(pid_t process, struct attached *threads, bool *found)
{
	char path[32];

	snprintf(path, sizeof path, "/proc/%d/task", process);
	return for_each_entry(path, seize_thread, process, threads, found);
}

static struct ptmem_error *seize_sharer(
	pid_t process, pid_t other, struct attached *threads, bool *found)
{
	char path[32], target[8];

	if (other == process || syscall(SYS_kcmp, process, other, KCMP_VM, 0, 0))
		return NULL;
	/* What has no memory any more has none in common with kernel threads. */
	snprintf(path, sizeof path, "/proc/%d/exe", other);
	if (readlink(path, target, sizeof target) < 0)
		return NULL;
	return seize_threads(other, threads, found);
}

struct ptmem_error *attach_seize(pid_t process, struct attached *threads)
{
	struct ptmem_error *error = NULL;

	for (int quiet = 0; !error && quiet < QUIET_LOOKS; quiet++) {
		bool found = false;

		error = seize_threads(process, threads, &found);
		if (!error)
			error = for_each_entry("/proc", seize_sharer, process, threads, &found);
		if (found)
			quiet = -1;
	}
	if (!error && !threads->count)
		error = attach_problem(process, "it has ended");
	return error;
}
