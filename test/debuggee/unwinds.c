/*
 * Stands still at known places, with known calls on its stacks:
 *
 *     unwinds MODE [N]
 *
 * Its functions lie in sections of their own, so that it can tell where each begins and
 * ends; it writes that table to standard output, then goes where MODE says and waits.
 */
#include "debuggee.h"

#include "unwinds.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>

#define KNOWN(name) NOINLINE __attribute__((noclone, section("at_" #name)))
#define DECLARE(name) extern const char __start_at_##name[], __stop_at_##name[]
#define RANGE(name)                                                        \
	{                                                                  \
		(uintptr_t) __start_at_##name, (uintptr_t)__stop_at_##name \
	}

DECLARE(main);
DECLARE(a);
DECLARE(b);
DECLARE(c);
DECLARE(recurse);
DECLARE(handler);
DECLARE(thread);
DECLARE(untabled);

static long count;
static void (*wait_here)(void);
static volatile int sink; /* keeps calls from becoming jumps */

/* Functions without tables: one with a frame record that calls its argument, one without. */
void untabled(void (*function)(void)) __attribute__((noreturn));
void untabled_pause(void);
void untabled_restore(void);

__asm__(".pushsection at_untabled, \"ax\", @progbits\n"
	".globl untabled\n"
	"untabled:\n"
	"	push %rbp\n"
	"	mov %rsp, %rbp\n"
	"	call *%rdi\n"
	"	pop %rbp\n"
	"	ret\n"
	".globl untabled_pause\n"
	"untabled_pause:\n"
	"	mov $34, %eax\n"
	"	syscall\n"
	"	ret\n"
	".globl untabled_restore\n"
	"untabled_restore:\n"
	"	mov $15, %rax\n"
	"	syscall\n"
	".popsection\n");

KNOWN(c) static void c(void)
{
	char space[40];

	__asm__ volatile("" : : "r"(space) : "memory");
	wait_here();
	sink++;
}

/* What is not known in advance makes a frame that needs a frame pointer, whatever the flags. */
KNOWN(b) static void b(void)
{
	char *space = __builtin_alloca((size_t)sink % 8 + 100);

	__asm__ volatile("" : : "r"(space) : "memory");
	c();
	sink++;
}

KNOWN(a) static void a(void)
{
	__asm__ volatile("" : : : "rbx", "r12", "r13", "memory");
	b();
	sink++;
}

KNOWN(recurse) static void recurse(long depth)
{
	if (depth)
		recurse(depth - 1);
	else
		a();
	sink++;
}

static void wait_for_ever(void)
{
	for (;;)
		pause();
}

static void sleep_for_ever(void)
{
	for (;;)
		nanosleep(&(struct timespec){.tv_sec = 1000}, NULL);
}

static void nothing(void)
{
}

static void fault(void)
{
	*(volatile int *)0 = 1;
}

/* The last thing that it does: what would be returned to is no longer of this function. */
static NOINLINE void call_untabled(void)
{
	untabled(wait_for_ever);
}

/* Code made at run time: a copy of that without tables. */
static void call_made(void)
{
	size_t size = (size_t)(__stop_at_untabled - __start_at_untabled);
	char *made = mmap(
		NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(made != MAP_FAILED);
	memcpy(made, __start_at_untabled, size);
	((void (*)(void (*)(void)))made)(wait_for_ever);
}

KNOWN(handler) static void handler(int signal)
{
	(void)signal;
	wait_for_ever();
	sink++;
}

/* Faults in c; the handler waits, on a stack of its own. */
static void run_signal(void)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
	stack_t stack = {.ss_size = 64 * PAGE, .ss_sp = malloc(64 * PAGE)};

	CHECK(!sigaltstack(&stack, NULL));
	CHECK(!sigaction(SIGSEGV, &action, NULL));
	wait_here = fault;
	a();
}

/* The handler returns to code without a table: as it is with C libraries other than glibc. */
static void run_restore(void)
{
	struct {
		void (*handler)(int);
		unsigned long flags;
		void (*restorer)(void);
		unsigned long mask;
	} action = {handler, 0x04000000, untabled_restore, 0};

	CHECK(!syscall(SYS_rt_sigaction, SIGSEGV, &action, NULL, sizeof action.mask));
	wait_here = fault;
	a();
}

KNOWN(thread) static void *thread(void *argument)
{
	recurse(count);
	sink++;
	return argument;
}

static void run_threads(void)
{
	pthread_attr_t attributes;
	long threads = count;
	pthread_t id;

	count = 5;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 64 * PAGE);
	while (threads--)
		CHECK(!pthread_create(&id, &attributes, thread, NULL));
	wait_for_ever();
}

static void run_loop(void)
{
	wait_here = nothing;
	for (;;)
		a();
}

/* Registers are saved in a frame that is aligned more than the stack is. */
static NOINLINE void align(void)
{
	_Alignas(64) char space[100];

	memset(space, sink, sizeof space);
	__asm__ volatile("" : : "r"(space) : "memory", "rbx", "r12", "r14");
	nothing();
	sink++;
}

static ucontext_t outside, inside;

static void be_coroutine(void)
{
	for (;;) {
		align();
		swapcontext(&inside, &outside);
	}
}

static void begin_coroutine(void)
{
	static char stack[16 * PAGE];

	CHECK(!getcontext(&inside));
	inside.uc_stack = (stack_t){.ss_sp = stack, .ss_size = sizeof stack};
	makecontext(&inside, be_coroutine, 0);
}

static void be_parent(void)
{
	pid_t child = vfork();

	if (!child)
		_exit(0);
	CHECK(waitpid(child, NULL, 0) == child);
}

/* The vdso, a signal on its own stack, a coroutine, vfork: all that has rules of its own. */
static void vary(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	align();
	raise(SIGUSR1);
	swapcontext(&outside, &inside);
	be_parent();
}

static void note(int signal)
{
	sink += signal;
	align();
}

static void run_varied_loop(void)
{
	struct sigaction action = {.sa_handler = note, .sa_flags = SA_ONSTACK};
	stack_t stack = {.ss_size = 64 * PAGE, .ss_sp = malloc(64 * PAGE)};

	CHECK(!sigaltstack(&stack, NULL) && !sigaction(SIGUSR1, &action, NULL));
	begin_coroutine();
	wait_here = vary;
	for (;;)
		a();
}

/* Into a root without any of the files that it has mapped. */
static void run_chroot(void)
{
	if (chroot("/proc/self/fdinfo"))
		CHECK(!unshare(CLONE_NEWUSER) && !chroot("/proc/self/fdinfo"));
	a();
}

static const struct {
	const char *name;
	void (*run)(void);
	void (*wait)(void);
} modes[] = {
	{"chain", a, wait_for_ever},
	{"sleep", a, sleep_for_ever},
	{"untabled", a, call_untabled},
	{"made", a, call_made},
	{"leaf", a, untabled_pause},
	{"signal", run_signal, NULL},
	{"restore", run_restore, NULL},
	{"threads", run_threads, wait_for_ever},
	{"loop", run_loop, NULL},
	{"loop-varied", run_varied_loop, NULL},
	{"chroot", run_chroot, wait_for_ever},
	{"recurse", NULL, wait_for_ever},
};

static void write_ranges(void)
{
	struct unwinds_ranges ranges = {{
		[UNWINDS_MAIN] = RANGE(main),
		[UNWINDS_A] = RANGE(a),
		[UNWINDS_B] = RANGE(b),
		[UNWINDS_C] = RANGE(c),
		[UNWINDS_RECURSE] = RANGE(recurse),
		[UNWINDS_HANDLER] = RANGE(handler),
		[UNWINDS_THREAD] = RANGE(thread),
		[UNWINDS_UNTABLED] = RANGE(untabled),
	}};

	CHECK(write(STDOUT_FILENO, &ranges, sizeof ranges) == sizeof ranges);
}

KNOWN(main) int main(int argc, char **argv)
{
	CHECK(argc >= 2);
	count = argc > 2 ? atol(argv[2]) : 0;
	write_ranges();
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		if (strcmp(argv[1], modes[i].name))
			continue;
		wait_here = modes[i].wait;
		if (modes[i].run)
			modes[i].run();
		else
			recurse(count);
	}
	return 1;
}
