/* Code that is written, changed, loaded, copied and read while the program runs. */
#include "behave.h"

#include <dlfcn.h>
#include <sys/wait.h>

/* Alone on its page, so that the page can be made writable. */
static NOINLINE __attribute__((aligned(4096))) int patched(void)
{
	return 1;
}

static NOINLINE __attribute__((aligned(4096))) int behind_patched(void)
{
	return 2;
}

static uint8_t *writable(int (*function)(void))
{
	uint8_t *code = (uint8_t *)((uintptr_t)function & ~(PAGE - 1));

	CHECK(!mprotect(code, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC));
	return (uint8_t *)function;
}

/* mov $value, %eax; ret */
static void emit_return(uint8_t *code, uint8_t value)
{
	const uint8_t bytes[] = {0xb8, value, 0, 0, 0, 0xc3};

	memcpy(code, bytes, sizeof bytes);
}

/* From its first byte on, over a breakpoint that may be there. */
static void patch(void)
{
	uint8_t *code;

	printf("%d, ", patched());
	code = writable(patched);
	for (uint8_t i = 10; i < 14; i++) {
		emit_return(code, i);
		printf("%d, ", patched());
	}
	printf("%d\n", behind_patched());
	if (!behave_fork()) {
		printf("in the child: %d\n", patched());
		_exit(0);
	}
	wait(NULL);
}

/* Behind its first instruction: push %rbp. */
static void patch_behind(void)
{
	uint8_t *code = writable(patched);
	const uint8_t bytes[] = {0xb8, 33, 0, 0, 0, 0x5d, 0xc3};

	printf("%d, ", patched());
	CHECK(code[1] == 0x48 || code[1] == 0x89);
	memcpy(code + 1, bytes, sizeof bytes);
	for (int i = 0; i < 3; i++)
		printf("%d\n", patched());
}

typedef int jit_function(int (*function)(int, int), int value);

/* sub $8,%rsp; mov %rdi,%rax; mov %esi,%edi; mov $levels,%esi; call *%rax; add $8,%rsp; ret */
static void emit_call(uint8_t *code, uint8_t levels)
{
	const uint8_t bytes[] = {0x48, 0x83, 0xec, 0x08, 0x48, 0x89, 0xf8, 0x89, 0xf7, 0xbe, levels,
		0, 0, 0, 0xff, 0xd0, 0x48, 0x83, 0xc4, 0x08, 0xc3};

	memcpy(code, bytes, sizeof bytes);
}

static uint8_t *map_code(void)
{
	void *code = mmap(
		NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(code != MAP_FAILED);
	return (uint8_t *)code;
}

static void jit(void)
{
	uint8_t *code = map_code();

	for (int i = 0; i < 20; i++) {
		emit_call(code, (uint8_t)(i % 5));
		CHECK(((jit_function *)code)(behave_work, i) == i + i % 5);
	}
	printf("20 calls back\n");
}

/* What was code becomes data, and code of another shape. */
static void jit_reused(void)
{
	uint8_t *code = map_code();
	uint8_t expected[64];

	for (int round = 0; round < 10; round++) {
		emit_call(code + round, 3);
		CHECK(((jit_function *)(code + round))(behave_work, round) == round + 3);
		memset(code, round % 2 ? 0xcc : 0x90, 64);
		memcpy(expected, code, 64);
		behave_busy(3);
		if (!behave_fork())
			_exit(memcmp(expected, code, 64) != 0);
		behave_reap(-1);
		CHECK(!memcmp(expected, code, 64));
	}
}

/* The code reads what it wrote, as one does that moves it. */
static void jit_read(void)
{
	uint8_t *code = map_code(), expected[32];
	int same = 0;

	emit_call(code, 3);
	memcpy(expected, code, sizeof expected);
	for (int i = 0; i < 10; i++) {
		CHECK(((jit_function *)code)(behave_work, i) == i + 3);
		same += !memcmp(code, expected, sizeof expected);
	}
	printf("same %d\n", same);
}

static uint8_t *moving_code;
static int moves;

/* Moves the code that called it: to the end of a page of which it now lies at the start. */
static NOINLINE int move_caller(int value, int levels)
{
	uint8_t *moved = moving_code + 1024;

	memcpy(moved, moving_code, 64);
	moves++;
	return value + levels;
}

/* A copy of code that is being called; the copy is run when the call is over. */
static void jit_moved(void)
{
	moving_code = map_code();
	emit_call(moving_code, 3);
	CHECK(((jit_function *)moving_code)(move_caller, 1) == 4);
	CHECK(((jit_function *)(moving_code + 1024))(behave_work, 1) == 4);
	printf("%d moves\n", moves);
}

/* A jump past the first instruction of a function, which is watched. */
asm(".pushsection .text\n.type has_middle, @function\nhas_middle:\nmov $1, %eax\nhas_middle_2:\n"
    "add $2, %eax\nret\n.size has_middle, . - has_middle\n"
    "jumps_in:\nmov $10, %eax\njmp has_middle_2\n.popsection");
extern int has_middle(void);
extern int jumps_in(void);

static void middle(void)
{
	for (int i = 0; i < 3; i++)
		printf("%d %d\n", has_middle(), jumps_in());
}

/* As programs do that check their own code. */
static void checksum(void)
{
	const volatile uint8_t *code = (const volatile uint8_t *)patched;

	printf("first byte %x\n", code[0]);
}

/* The same from its file, and by the kernel's eyes. */
static void read_by_kernel(void)
{
	uint8_t byte;
	int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);

	CHECK(pread(fd, &byte, 1, (off_t)(uintptr_t)patched) == 1);
	printf("first byte %x\n", byte);
}

static void copied(void)
{
	uint8_t *code = map_code();

	memcpy(code, (const void *)(uintptr_t)patched, 32);
	printf("the copy returns %d\n", ((int (*)(void))code)());
}

/* A page of the program's text is replaced by a copy of it, as with huge pages. */
static void remapped(void)
{
	static uint8_t copy[PAGE];
	uint8_t *page = (uint8_t *)((uintptr_t)patched & ~(PAGE - 1));

	printf("%d, ", patched());
	memcpy(copy, page, PAGE);
	CHECK(mmap(page, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		      0) == page);
	memcpy(page, copy, PAGE);
	CHECK(!mprotect(page, PAGE, PROT_READ | PROT_EXEC));
	printf("%d, %d\n", patched(), patched());
}

/* The same with the file's own code: no breakpoint is there any more. */
static void reread(void)
{
	uint8_t *page = (uint8_t *)((uintptr_t)patched & ~(PAGE - 1));

	printf("%d, ", patched());
	CHECK(!madvise(page, PAGE, MADV_DONTNEED));
	printf("%d, %d\n", patched(), patched());
}

/* A page of text is gone for good, and holds data. */
static void unmapped(void)
{
	uint8_t *page = (uint8_t *)((uintptr_t)patched & ~(PAGE - 1));

	printf("%d\n", patched());
	CHECK(mmap(page, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		      0) == page);
	memset(page, 0xcc, PAGE);
	behave_busy(20);
	if (!behave_fork())
		_exit(page[(uintptr_t)patched % PAGE] != 0xcc);
	behave_reap(-1);
	for (size_t i = 0; i < PAGE; i++)
		CHECK(page[i] == 0xcc);
}

typedef int library_function(int (*function)(int, int), int value);

static void *load(library_function **function)
{
	char path[4096];
	void *library;

	CHECK(snprintf(path, sizeof path, "%.*slibbehave.so",
		      (int)(strrchr(behave_program, '/') + 1 - behave_program),
		      behave_program) < (int)sizeof path);
	library = dlopen(path, RTLD_NOW);
	if (!library)
		fprintf(stderr, "%s\n", dlerror());
	CHECK(library);
	*function = (library_function *)dlsym(library, "library_call");
	CHECK(*function);
	return library;
}

/* Again and again at the same address, with other things there in between. */
static void library(void)
{
	for (int i = 0; i < 5; i++) {
		library_function *call;
		void *library = load(&call);
		char *page, *there;

		for (int j = 0; j < 10; j++)
			CHECK(call(behave_work, j) == 2 * j + 5);
		page = (char *)((uintptr_t)call & ~(PAGE - 1));
		CHECK(!dlclose(library));
		there = (char *)mmap(page, PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
		CHECK(there == page);
		memset(there, 0xcc, PAGE);
		behave_busy(20);
		if (!behave_fork())
			_exit(memchr(there, 0x90, PAGE) != NULL || there[1234] != (char)0xcc);
		behave_reap(-1);
		for (size_t k = 0; k < PAGE; k++)
			CHECK(there[k] == (char)0xcc);
		CHECK(!munmap(there, PAGE));
	}
}

static int chosen_one(int value)
{
	return value + 100;
}

static __attribute__((used)) int (*choose(void))(int)
{
	return chosen_one;
}

int chosen(int value) __attribute__((ifunc("choose")));

static void indirect(void)
{
	int sum = 0;

	for (int i = 0; i < 10; i++)
		sum += chosen(i);
	printf("sum %d\n", sum);
}

const struct behaviour behave_code[] = {
	{"code_patched", patch},
	{"code_patched_behind", patch_behind},
	{"code_jit", jit},
	{"code_jit_reused", jit_reused},
	{"code_jit_read", jit_read},
	{"code_jit_moved", jit_moved},
	{"code_middle", middle},
	{"code_checksum", checksum},
	{"code_read_by_kernel", read_by_kernel},
	{"code_copied", copied},
	{"code_remapped", remapped},
	{"code_reread", reread},
	{"code_unmapped", unmapped},
	{"code_library", library},
	{"code_ifunc", indirect},
	{NULL, NULL},
};
