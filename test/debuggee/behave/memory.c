/* Mappings that are moved, locked, limited and shared. */
#include "behave.h"

#include <errno.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

static void locked(void)
{
	struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};

	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	behave_say_result("mlockall", mlockall(MCL_CURRENT | MCL_FUTURE));
	behave_busy(20);
	map_pages(10);
	behave_say_result("munlockall", munlockall());
}

static void not_in_child(void)
{
	char *memory = map_pages(2);
	pid_t child;

	CHECK(!madvise(memory, PAGE, MADV_DONTFORK));
	CHECK(!madvise(memory + PAGE, PAGE, MADV_WIPEONFORK));
	child = behave_fork();
	if (!child) {
		printf("wiped %d\n", memory[PAGE] == 0);
		*(volatile char *)memory = 1;
	}
	behave_reap(child);
	printf("kept %d %d\n", memory[0], memory[PAGE]);
}

static void overlaid(void)
{
	char *memory = map_pages(10);

	for (int i = 0; i < 50; i++) {
		char *page = memory + i % 10 * PAGE;

		CHECK(mmap(page, PAGE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == page);
		CHECK(*page == 0);
		*page = (char)behave_work(i, 2);
	}
	printf("%d\n", memory[9 * PAGE]);
}

static void moved(void)
{
	char *memory = map_pages(4);

	for (int i = 0; i < 10; i++) {
		memory = (char *)mremap(memory, (4 + i) * PAGE, (5 + i) * PAGE, MREMAP_MAYMOVE);
		CHECK(memory != MAP_FAILED && memory[0] == 1);
		behave_busy(2);
	}
	printf("moved\n");
}

static void shared(void)
{
	volatile int *value = (volatile int *)mmap(
		NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child = behave_fork();

	if (!child) {
		*value = behave_work(40, 4);
		_exit(0);
	}
	behave_reap(child);
	printf("shared %d\n", *value);
}

static void in_file(void)
{
	int fd = open("mapped", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	char *memory;

	CHECK(!ftruncate(fd, PAGE));
	memory = (char *)mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(memory != MAP_FAILED);
	snprintf(memory, PAGE, "written through memory %d\n", behave_work(1, 2));
	CHECK(!msync(memory, PAGE, MS_SYNC) && !munmap(memory, PAGE));
}

static void heap(void)
{
	char *before = (char *)sbrk(0);

	CHECK(sbrk(10 * PAGE) == before);
	before[0] = before[10 * PAGE - 1] = 1;
	behave_busy(2);
	CHECK(sbrk(-10 * (long)PAGE) == before + 10 * PAGE);
	printf("same break %d\n", sbrk(0) == before);
}

static int userfaults;

static void *serve(void *area)
{
	struct uffd_msg message;
	struct uffdio_zeropage zero = {.range = {(uint64_t)area, 4 * PAGE}};

	CHECK(read(userfaults, &message, sizeof message) == sizeof message);
	printf("fault in page %lu\n",
		(unsigned long)(message.arg.pagefault.address - (uint64_t)area) / PAGE);
	CHECK(!ioctl(userfaults, UFFDIO_ZEROPAGE, &zero));
	return NULL;
}

static void faults_of_its_own(void)
{
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register area = {.mode = UFFDIO_REGISTER_MODE_MISSING};
	pthread_t thread;
	char *memory = (char *)mmap(
		NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	userfaults = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
	if (userfaults < 0) {
		behave_say_result("userfaultfd", -1);
		return;
	}
	area.range.start = (uint64_t)memory;
	area.range.len = 4 * PAGE;
	CHECK(!ioctl(userfaults, UFFDIO_API, &api));
	CHECK(!ioctl(userfaults, UFFDIO_REGISTER, &area));
	CHECK(!pthread_create(&thread, NULL, serve, memory));
	printf("read %d\n", *(volatile char *)(memory + 2 * PAGE));
	CHECK(!pthread_join(thread, NULL));
}

static void read_from_child(void)
{
	volatile int value = behave_work(50, 5);
	pid_t parent = getpid(), child = behave_fork();

	if (!child) {
		int copy = 0;
		struct iovec here = {&copy, sizeof copy}, there = {(void *)&value, sizeof value};

		behave_say_result(
			"process_vm_readv", process_vm_readv(parent, &here, 1, &there, 1, 0));
		_exit(copy);
	}
	behave_reap(child);
}

/* So much address space and no more; enough for what the program does. */
static void limited_space(void)
{
	struct rlimit limit = {300u << 20, 300u << 20};
	void *memory;

	CHECK(!setrlimit(RLIMIT_AS, &limit));
	behave_busy(20);
	memory = mmap(NULL, 400u << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	behave_say_result("mmap", memory == MAP_FAILED ? -1 : 0);
	CHECK(map_pages(100)[99 * PAGE] == 1);
}

/* None at all: the program has what it has. */
static void no_more_space(void)
{
	struct rlimit none = {0, 0};

	CHECK(!setrlimit(RLIMIT_AS, &none) && !setrlimit(RLIMIT_DATA, &none));
	behave_busy(50);
	behave_say_result("mmap",
		mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1
											      : 0);
}

static NOINLINE int overflow(int depth)
{
	volatile char space[1024];

	space[0] = (char)depth;
	return overflow(depth + 1) + space[0];
}

static void limited_stack(void)
{
	struct rlimit limit = {256 * 1024, 256 * 1024};
	pid_t child;

	CHECK(!setrlimit(RLIMIT_STACK, &limit));
	child = behave_fork();
	if (!child)
		_exit(overflow(0));
	behave_reap(child);
	overflow(0);
}

const struct behaviour behave_memory[] = {
	{"memory_locked", locked},
	{"memory_not_in_child", not_in_child},
	{"memory_overlaid", overlaid},
	{"memory_moved", moved},
	{"memory_shared", shared},
	{"memory_file", in_file},
	{"memory_heap", heap},
	{"memory_userfaultfd", faults_of_its_own},
	{"memory_read_from_child", read_from_child},
	{"memory_limited_space", limited_space},
	{"memory_no_more_space", no_more_space},
	{"memory_limited_stack", limited_stack},
	{NULL, NULL},
};
