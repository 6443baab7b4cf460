/* Programs that take rights away from themselves. */
#include "behave.h"

#include <errno.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>

/* What a system call of this number comes to; all others are allowed. */
static void forbid(int number, uint32_t action)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {sizeof code / sizeof *code, code};

	CHECK(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	CHECK(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter));
}

/* Nothing but read, write, exit and sigreturn. */
static void strict(void)
{
	CHECK(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT));
	behave_busy(50);
	CHECK(write(1, "strict\n", 7) == 7);
	syscall(SYS_exit, 17);
}

static void strict_broken(void)
{
	CHECK(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT));
	behave_busy(50);
	getppid();
}

static void killed_by_filter(void)
{
	forbid(SYS_mmap, SECCOMP_RET_KILL_PROCESS);
	behave_busy(50);
	printf("not yet\n");
	map_pages(1);
}

static void on_sys(int signal, siginfo_t *info, void *context)
{
	ucontext_t *registers = (ucontext_t *)context;

	printf("signal %d, code %d, call %d\n", signal, info->si_code, info->si_syscall);
	registers->uc_mcontext.gregs[REG_RAX] = 1234;
}

/* A system call that a handler of the program's answers. */
static void trapped_by_filter(void)
{
	behave_handle(SIGSYS, on_sys, 0);
	forbid(SYS_getppid, SECCOMP_RET_TRAP);
	behave_say_result("getppid", getppid());
}

static void refused_by_filter(void)
{
	forbid(SYS_mmap, SECCOMP_RET_ERRNO | EPERM);
	behave_busy(50);
	behave_say_result("mmap",
		mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1
											      : 0);
}

/* For a tracer's eyes; where there is none, there is no such call. */
static void traced_by_filter(void)
{
	forbid(SYS_getppid, SECCOMP_RET_TRACE | 5);
	behave_say_result("getppid", syscall(SYS_getppid));
}

/* The child of one that may not clone, and may not be told on. */
static void filtered_children(void)
{
	pid_t child;

	forbid(SYS_getuid, SECCOMP_RET_KILL_PROCESS);
	child = behave_fork();
	if (!child) {
		behave_busy(5);
		syscall(SYS_getuid);
		_exit(0);
	}
	behave_reap(child);
}

static void not_dumpable(void)
{
	pid_t child;

	CHECK(!prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
	behave_busy(20);
	child = behave_fork();
	if (!child) {
		behave_busy(20);
		_exit(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
	}
	behave_reap(child);
}

static void other_user(void)
{
	if (geteuid()) {
		printf("not root\n");
		return;
	}
	CHECK(!setgroups(0, NULL) && !setresgid(65534, 65534, 65534));
	CHECK(!setresuid(65534, 65534, 65534));
	behave_busy(50);
	map_pages(5);
	printf("user %d, group %d\n", (int)getuid(), (int)getgid());
	behave_say_result("setuid", setuid(0));
	if (!behave_fork())
		_exit(behave_work(1, 4));
	behave_reap(-1);
}

static void other_root(void)
{
	if (geteuid()) {
		printf("not root\n");
		return;
	}
	CHECK(!mkdir("jail", 0700) && !chroot("jail") && !chdir("/"));
	behave_busy(50);
	behave_say_result("open", open("/proc/self/status", O_RDONLY | O_CLOEXEC));
	if (!behave_fork())
		_exit(behave_work(1, 4));
	behave_reap(-1);
}

static void other_processes(void)
{
	pid_t child;

	if (unshare(CLONE_NEWPID | CLONE_NEWNS)) {
		behave_say_result("unshare", -1);
		return;
	}
	child = behave_fork();
	if (!child) {
		printf("pid %d\n", (int)getpid());
		if (!behave_fork())
			_exit(behave_work(1, 4));
		behave_reap(-1);
		_exit(3);
	}
	behave_reap(child);
}

static int run_namespaced(void *arg)
{
	(void)arg;
	printf("pid %d\n", (int)getpid());
	return behave_work(4, 4);
}

static void cloned_namespace(void)
{
	static char stack[16 * PAGE];
	pid_t child = clone(run_namespaced, stack + sizeof stack,
		CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_VM | SIGCHLD, NULL);

	if (child < 0)
		behave_say_result("clone", -1);
	else
		behave_reap(child);
}

static void few_processes(void)
{
	struct rlimit limit = {0, 0};

	if (!geteuid())
		CHECK(!setgroups(0, NULL) && !setresuid(65533, 65533, 65533));
	CHECK(!setrlimit(RLIMIT_NPROC, &limit));
	behave_say_result("fork", fork());
	behave_busy(5);
}

static void few_files(void)
{
	struct rlimit limit = {3, 3};

	CHECK(!setrlimit(RLIMIT_NOFILE, &limit));
	behave_busy(20);
	behave_say_result("open", open("/dev/null", O_RDONLY | O_CLOEXEC));
}

const struct behaviour behave_limits[] = {
	{"limit_strict", strict},
	{"limit_strict_broken", strict_broken},
	{"limit_filter_kills", killed_by_filter},
	{"limit_filter_traps", trapped_by_filter},
	{"limit_filter_refuses", refused_by_filter},
	{"limit_filter_traces", traced_by_filter},
	{"limit_filter_children", filtered_children},
	{"limit_not_dumpable", not_dumpable},
	{"limit_other_user", other_user},
	{"limit_other_root", other_root},
	{"limit_other_processes", other_processes},
	{"limit_cloned_namespace", cloned_namespace},
	{"limit_few_processes", few_processes},
	{"limit_few_files", few_files},
	{NULL, NULL},
};
