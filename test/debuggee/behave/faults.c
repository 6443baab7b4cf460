/* Faults that a program handles, and goes on from. */
#include "behave.h"

#include <setjmp.h>
#include <ucontext.h>

static sigjmp_buf back;
static char *guarded;
static volatile int repaired;
static char alternate[16 * PAGE];
static siginfo_t last;

static void repair(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	behave_work(1, 3);
	repaired++;
	last = *info;
	CHECK(!mprotect(guarded, PAGE, PROT_READ | PROT_WRITE));
}

static void leap(int signal, siginfo_t *info, void *context)
{
	(void)context;
	last = *info;
	behave_work(1, 3);
	siglongjmp(back, signal);
}

static void say_last(const void *expected)
{
	printf("signal %d, code %d, address as expected: %d\n", last.si_signo, last.si_code,
		last.si_addr == expected);
}

static void repaired_fault(void)
{
	guarded = map_pages(1);
	behave_handle(SIGSEGV, repair, 0);
	for (int i = 0; i < 20; i++) {
		CHECK(!mprotect(guarded, PAGE, i % 2 ? PROT_READ : PROT_NONE));
		guarded[i] = 1;
		CHECK(behave_work(i, 2) == i + 2);
	}
	printf("repaired %d\n", repaired);
	say_last(guarded + 19);
}

static void unmapped(void)
{
	char *memory = map_pages(1);

	munmap(memory, PAGE);
	behave_handle(SIGSEGV, leap, 0);
	if (!sigsetjmp(back, 1))
		*memory = 1;
	say_last(memory);
	if (!sigsetjmp(back, 1))
		((void (*)(void))memory)();
	say_last(memory);
	if (!sigsetjmp(back, 1))
		*(volatile char *)0x1234567812345678 = 1;
	say_last(NULL);
}

static NOINLINE int divide(int a, int b)
{
	return a / b;
}

static void division(void)
{
	volatile int zero = 0;

	behave_handle(SIGFPE, leap, 0);
	for (int i = 0; i < 5; i++)
		if (!sigsetjmp(back, 1))
			divide(1, zero);
	printf("signal %d, code %d, in divide: %d\n", last.si_signo, last.si_code,
		(char *)last.si_addr > (char *)divide &&
			(char *)last.si_addr < (char *)divide + 64);
}

static void illegal(void)
{
	extern char ud2_here[];

	behave_handle(SIGILL, leap, 0);
	if (!sigsetjmp(back, 1))
		asm volatile(".globl ud2_here\nud2_here: ud2");
	say_last(ud2_here);
}

/* A function whose first instruction, which a breakpoint displaces, faults. */
asm(".pushsection .text\n.type begins_with_fault, @function\nbegins_with_fault:\n"
    "mov %eax, (%rdi)\nmov $5, %eax\nret\n.size begins_with_fault, . - begins_with_fault\n"
    ".type begins_with_ud2, @function\nbegins_with_ud2:\nud2\nret\n"
    ".size begins_with_ud2, . - begins_with_ud2\n"
    ".type begins_with_hlt, @function\nbegins_with_hlt:\nhlt\nret\n"
    ".size begins_with_hlt, . - begins_with_hlt\n.popsection");
extern int begins_with_fault(char *address);
extern int begins_with_ud2(void);
extern int begins_with_hlt(void);

static uint64_t faulted_at;

static void note_place(int signal, siginfo_t *info, void *context)
{
	faulted_at = (uint64_t)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
	leap(signal, info, context);
}

static void at_entry(void)
{
	behave_handle(SIGSEGV, note_place, 0);
	behave_handle(SIGILL, note_place, 0);
	if (!sigsetjmp(back, 1))
		begins_with_fault((char *)16);
	say_last((void *)16);
	printf("where it is: %d\n", faulted_at == (uint64_t)begins_with_fault);
	if (!sigsetjmp(back, 1))
		begins_with_ud2();
	say_last((void *)begins_with_ud2);
	printf("where it is: %d\n", faulted_at == (uint64_t)begins_with_ud2);
	if (!sigsetjmp(back, 1))
		begins_with_hlt();
	say_last(NULL);
	printf("where it is: %d\n", faulted_at == (uint64_t)begins_with_hlt);
}

static void repaired_entry(void)
{
	guarded = map_pages(1);
	behave_handle(SIGSEGV, repair, 0);
	for (int i = 0; i < 10; i++) {
		CHECK(!mprotect(guarded, PAGE, PROT_NONE));
		CHECK(begins_with_fault(guarded) == 5);
	}
	printf("repaired %d\n", repaired);
}

static void bus(void)
{
	int fd = memfd_create("short", MFD_CLOEXEC);
	char *memory = (char *)mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	CHECK(memory != MAP_FAILED);
	behave_handle(SIGBUS, leap, 0);
	if (!sigsetjmp(back, 1))
		*memory = 1;
	say_last(memory);
}

static NOINLINE int overflow(int depth)
{
	volatile char space[512];

	space[0] = (char)depth;
	return overflow(depth + 1) + space[0];
}

static void stack_overflow(void)
{
	stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};

	CHECK(!sigaltstack(&stack, NULL));
	behave_handle(SIGSEGV, leap, SA_ONSTACK);
	if (!sigsetjmp(back, 1))
		overflow(0);
	printf("signal %d, code %d\n", last.si_signo, last.si_code);
}

/* Faulting in the handler of a fault, and out of both. */
static void fault_in_handler(int signal, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	behave_handle(SIGBUS, leap, 0);
	printf("in the handler of %d\n", signal);
	raise(SIGBUS);
}

static void nested(void)
{
	behave_handle(SIGSEGV, fault_in_handler, 0);
	for (int i = 0; i < 3; i++)
		if (!sigsetjmp(back, 1))
			*(volatile char *)8 = 1;
	printf("last: signal %d, code %d\n", last.si_signo, last.si_code);
}

const struct behaviour behave_faults[] = {
	{"fault_repaired", repaired_fault},
	{"fault_unmapped", unmapped},
	{"fault_division", division},
	{"fault_illegal", illegal},
	{"fault_at_entry", at_entry},
	{"fault_at_entry_repaired", repaired_entry},
	{"fault_bus", bus},
	{"fault_stack_overflow", stack_overflow},
	{"fault_nested", nested},
	{NULL, NULL},
};
