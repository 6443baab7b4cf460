/*
 * jumpentry N K: target() adds N pages; each time it is entered by a jump, by a jump with a
 * return address pushed by hand, and by a return, but never by a call.
 */
#include "debuggee.h"

void enter_by_jump(size_t pages);
void enter_by_push(size_t pages);
void enter_by_return(size_t pages);
void target(size_t pages);

asm(".text\n"
    "enter_by_jump:\n"
    "	jmp target\n"
    "enter_by_push:\n"
    "	lea 1f(%rip), %rax\n"
    "	sub $8, %rsp\n"
    "	push %rax\n"
    "	jmp target\n"
    "1:	add $8, %rsp\n"
    "	ret\n"
    "enter_by_return:\n"
    "	lea target(%rip), %rax\n"
    "	push %rax\n"
    "	ret\n");

NOINLINE void target(size_t pages)
{
	map_pages(pages);
}

int main(int argc, char **argv)
{
	size_t pages = number(argc, argv, 1), calls = number(argc, argv, 2);

	prepare();
	for (size_t i = 0; i < calls; i++) {
		enter_by_jump(pages);
		enter_by_push(pages);
		enter_by_return(pages);
	}
	printf("entered %zu times\n", 3 * calls);
	return 0;
}
