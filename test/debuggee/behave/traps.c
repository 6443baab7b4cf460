/* SIGTRAP, which is the watcher's own instrument and the program's own signal. */
#include "behave.h"

#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <ucontext.h>

static volatile sig_atomic_t handled __attribute__((used));
static int code;
static uint64_t at;

static void on_trap(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	handled++;
	code = info->si_code;
	at = (uint64_t)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
}

static void say_state(void)
{
	struct sigaction action;
	sigset_t mask;

	sigprocmask(SIG_SETMASK, NULL, &mask);
	CHECK(!sigaction(SIGTRAP, NULL, &action));
	printf("handled %d, code %d, blocked %d, ignored %d, default %d\n", (int)handled, code,
		sigismember(&mask, SIGTRAP), action.sa_handler == SIG_IGN,
		action.sa_handler == SIG_DFL);
}

static void raised(void)
{
	behave_handle(SIGTRAP, on_trap, SA_NODEFER);
	raise(SIGTRAP);
	say_state();
}

/* The signal is blocked while its handler runs, which is watched as all functions are. */
static void usual_handler(void)
{
	behave_handle(SIGTRAP, on_trap, 0);
	raise(SIGTRAP);
	say_state();
}

/* The same, with the handler left alone: it has no name. */
asm(".pushsection .text\nhandler_without_name:\nincl handled(%rip)\nret\n.popsection");
extern void handler_without_name(int signal, siginfo_t *info, void *context);

static void unwatched_handler(void)
{
	behave_handle(SIGTRAP, handler_without_name, 0);
	for (int i = 0; i < 3; i++) {
		raise(SIGTRAP);
		asm volatile("int3");
		behave_busy(2);
	}
	say_state();
}

static void killed(void)
{
	behave_handle(SIGTRAP, on_trap, SA_NODEFER);
	kill(getpid(), SIGTRAP);
	say_state();
	sigqueue(getpid(), SIGTRAP, (union sigval){.sival_int = 1});
	say_state();
}

static void own_int3(void)
{
	extern char behind_int3[];

	behave_handle(SIGTRAP, on_trap, SA_NODEFER);
	for (int i = 0; i < 3; i++) {
		asm volatile("int3\n.globl behind_int3\nbehind_int3:");
		printf("behind it: %d, ", at == (uint64_t)behind_int3);
		say_state();
	}
}

static void own_int3_long(void)
{
	behave_handle(SIGTRAP, on_trap, SA_NODEFER);
	asm volatile(".byte 0xcd, 0x03"); /* int $3 */
	say_state();
}

extern char own_icebp_at[], own_icebp_behind[];

/* On some virtual machines it would be run for ever: the pc is left at it. */
static void on_icebp(int signal, siginfo_t *info, void *context)
{
	greg_t *pc = &((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];

	on_trap(signal, info, context);
	if ((char *)*pc == own_icebp_at)
		*pc = (greg_t)own_icebp_behind;
}

static void own_icebp(void)
{
	behave_handle(SIGTRAP, on_icebp, SA_NODEFER);
	asm volatile("own_icebp_at: .byte 0xf1\nown_icebp_behind:");
	say_state();
}

/* A function whose own first instruction is an int3. */
asm(".pushsection .text\n.type begins_with_int3, @function\nbegins_with_int3:\nint3\n"
    "mov $5, %eax\nret\n.size begins_with_int3, . - begins_with_int3\n.popsection");
extern int begins_with_int3(void);

static void function_of_int3(void)
{
	behave_handle(SIGTRAP, on_trap, SA_NODEFER);
	for (int i = 0; i < 3; i++)
		printf("returned %d\n", begins_with_int3());
	printf("behind it: %d, ", at == (uint64_t)begins_with_int3 + 1);
	say_state();
}

static void blocked_kill(void)
{
	sigset_t set;

	behave_block(SIG_BLOCK, SIGTRAP);
	kill(getpid(), SIGTRAP);
	sigpending(&set);
	printf("pending %d\n", sigismember(&set, SIGTRAP));
	sigemptyset(&set);
	sigaddset(&set, SIGTRAP);
	printf("waited for %d\n", sigwaitinfo(&set, NULL));
	behave_busy(5);
	say_state();
}

/* With nothing watched in between, it is as it is alone. */
static void blocked_in_quiet(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTRAP);
	CHECK(!sigprocmask(SIG_BLOCK, &set, NULL));
	kill(getpid(), SIGTRAP);
	printf("waited for %d\n", sigwaitinfo(&set, NULL));
	CHECK(!sigprocmask(SIG_UNBLOCK, &set, NULL));
}

static void blocked_with_handler(void)
{
	behave_handle(SIGTRAP, on_trap, SA_NODEFER);
	behave_block(SIG_BLOCK, SIGTRAP);
	behave_busy(20);
	say_state();
	raise(SIGTRAP);
	say_state();
	behave_block(SIG_UNBLOCK, SIGTRAP);
	say_state();
}

static void ignored(void)
{
	signal(SIGTRAP, SIG_IGN);
	behave_busy(20);
	say_state();
	raise(SIGTRAP);
	say_state();
}

static void all_blocked_in_handler(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	(void)context;
	behave_busy(20);
	say_state();
}

/* As libraries do that must not be interrupted. */
static void blocked_in_handler(void)
{
	struct sigaction action = {.sa_flags = SA_SIGINFO};

	action.sa_sigaction = all_blocked_in_handler;
	sigfillset(&action.sa_mask);
	behave_handle(SIGTRAP, on_trap, SA_NODEFER);
	CHECK(!sigaction(SIGUSR1, &action, NULL));
	raise(SIGUSR1);
	raise(SIGTRAP);
	say_state();
}

/* The trap flag: one SIGTRAP an instruction, until it is cleared. */
static void trap_flag(void)
{
	behave_handle(SIGTRAP, on_trap, SA_NODEFER);
	asm volatile("sub $128, %%rsp\n\t"
		     "pushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\t"
		     "nop\n\tnop\n\tnop\n\t"
		     "pushfq\n\tandq $~0x100, (%%rsp)\n\tpopfq\n\t"
		     "add $128, %%rsp"
		     :
		     :
		     : "memory", "cc");
	say_state();
}

static volatile int touched;

/* A hardware watchpoint of the program's own, which signals it. */
static void own_watchpoint(void)
{
	struct perf_event_attr attributes = {.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof attributes,
		.bp_type = HW_BREAKPOINT_W,
		.bp_addr = (uint64_t)&touched,
		.bp_len = HW_BREAKPOINT_LEN_4,
		.sample_period = 1,
		.disabled = 1,
		.exclude_kernel = 1,
		.remove_on_exec = 1,
		.sigtrap = 1};
	int fd = (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0) {
		printf("not to be had\n");
		return;
	}
	behave_handle(SIGTRAP, on_trap, SA_NODEFER);
	CHECK(!ioctl(fd, PERF_EVENT_IOC_ENABLE, 0));
	touched = 1;
	behave_busy(2);
	touched = 2;
	CHECK(!ioctl(fd, PERF_EVENT_IOC_DISABLE, 0));
	say_state();
	close(fd);
}

const struct behaviour behave_traps[] = {
	{"trap_raise", raised},
	{"trap_usual_handler", usual_handler},
	{"trap_unwatched_handler", unwatched_handler},
	{"trap_kill", killed},
	{"trap_int3", own_int3},
	{"trap_int3_long", own_int3_long},
	{"trap_icebp", own_icebp},
	{"trap_function_of_int3", function_of_int3},
	{"trap_blocked_kill", blocked_kill},
	{"trap_blocked_in_quiet", blocked_in_quiet},
	{"trap_blocked_with_handler", blocked_with_handler},
	{"trap_ignored", ignored},
	{"trap_blocked_in_handler", blocked_in_handler},
	{"trap_flag", trap_flag},
	{"trap_watchpoint", own_watchpoint},
	{NULL, NULL},
};
