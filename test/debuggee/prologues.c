/* prologues: goes through the table of prologues.S, several times, and names what went wrong. */
#include "debuggee.h"

struct named_case {
	const char *name;
	long (*function)(long number, long same, long, long count);
};

extern const struct named_case __start_cases[], __stop_cases[];

/* Calls it as entry_repeat and entry_cpuid need it: nothing to store, and rbx in r8 as well. */
static long call_case(const struct named_case *c, long number)
{
	long result = 0, rbx_kept;

	asm volatile("mov %%rsp, %%r12\n"
		     "lea -128(%%rsp), %%rsp\n" /* past the red zone */
		     "and $-16, %%rsp\n"
		     "mov $0x5ca1ab1e, %%ebx\n"
		     "mov %%rbx, %%r8\n"
		     "xor %%ecx, %%ecx\n"
		     "mov %%rdi, %%rsi\n"
		     "call *%[function]\n"
		     "mov %%r12, %%rsp\n"
		     "mov %%rbx, %[kept]\n"
		     : "=a"(result), "+D"(number), [kept] "=r"(rbx_kept)
		     : [function] "r"(c->function)
		     : "rbx", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "r12", "xmm0", "cc",
		     "memory");
	return rbx_kept == 0x5ca1ab1e ? result : -1;
}

int main(void)
{
	int wrong = 0, count = 0;

	prepare();
	for (int round = 0; round < 3; round++)
		for (const struct named_case *c = __start_cases; c < __stop_cases; c++, count++) {
			long result = call_case(c, 41 + round);

			if (result == 42 + round)
				continue;
			printf("%s: %ld instead of %d\n", c->name, result, 42 + round);
			wrong++;
		}
	printf("%d calls, %d wrong\n", count, wrong);
	return wrong != 0;
}
