/* What a thread may write to a ring before it stops. */
#include "target/brake.h"

#include <stddef.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Of a sample but its stack, and more. */
#define OTHERS 256

#define PROCESSORS_MAX 8192

/* Two processors write to the one and the other: apart, so that neither waits for a cache. */
#define LINE 64
#define LINE_BITS 6

#define THREADS_MAX 4096

/* Of a device's number, as the kernel has it itself. */
#define MINOR_BITS 20

/* Signals that a thread has been sent, at a time. */
#define PENDING_MAX 16

struct lane {
	uint64_t counted; /* the kernel's */
	char of_the_kernel[LINE - sizeof(uint64_t)];
	uint64_t allowed; /* ours */
	char ours[LINE - sizeof(uint64_t)];
};

struct brake_memory {
	uint64_t stack; /* bytes of a sample's stack */
	uint64_t end;   /* no stack is copied beyond */
	char apart[2 * LINE - 2 * sizeof(uint64_t)];
	struct lane lanes[];
};

#define GOES_ON (BPF_LABEL - 8)
#define ANY (BPF_LABEL - 9)
#define WHOLE (BPF_LABEL - 10)

static size_t memory_size(unsigned processors)
{
	return sizeof(struct brake_memory) + processors * sizeof(struct lane);
}

bool brake_open(struct brake *brake, unsigned processors)
{
	struct stat space;

	*brake = (struct brake){.map = -1, .threads = -1, .processors = processors};
	if (processors > PROCESSORS_MAX || stat("/proc/self/ns/pid", &space))
		return false;
	brake->device = (uint64_t)major(space.st_dev) << MINOR_BITS | minor(space.st_dev);
	brake->inode = space.st_ino;
	brake->threads = bpf_create_map(
		BPF_MAP_TYPE_HASH, sizeof(uint32_t), sizeof(uint32_t), THREADS_MAX, 0);
	brake->memory = bpf_share(memory_size(processors), &brake->map);
	if (brake->memory && brake->threads >= 0) {
		brake_set_end(brake, UINT64_MAX);
		return true;
	}
	brake_close(brake);
	return false;
}

void brake_close(struct brake *brake)
{
	if (brake->memory)
		munmap(brake->memory, memory_size(brake->processors));
	if (brake->map >= 0)
		close(brake->map);
	if (brake->threads >= 0)
		close(brake->threads);
	*brake = (struct brake){.map = -1, .threads = -1};
}

/* The memory, and where what this processor has begins in it; nobody else may change its count. */
static void find_lane(const struct brake *brake, struct bpf_program *program)
{
	bpf_call(program, BPF_FUNC_get_smp_processor_id);
	bpf_jump_if_number(program, BPF_JGE, BPF_REG_0, (int32_t)brake->processors, GOES_ON);
	bpf_calculate(program, BPF_LSH, BPF_REG_0, LINE_BITS + 1);
	bpf_load_map(program, BPF_REG_7, BPF_PSEUDO_MAP_VALUE, brake->map);
	bpf_move(program, BPF_REG_8, BPF_REG_7);
	bpf_combine(program, BPF_ADD, BPF_REG_8, BPF_REG_0);
}

static size_t in_lane(size_t offset)
{
	return offsetof(struct brake_memory, lanes) + offset;
}

/* What was counted is then in register 1, what is allowed in 2. */
static void count(struct bpf_program *program, uint32_t stack)
{
	if (stack)
		bpf_set(program, BPF_REG_2, (int32_t)stack);
	else
		bpf_load(program, BPF_REG_2, BPF_REG_7, offsetof(struct brake_memory, stack));
	bpf_load(program, BPF_REG_3, BPF_REG_7, offsetof(struct brake_memory, end));
	bpf_combine(program, BPF_SUB, BPF_REG_3, BPF_REG_STACK);
	bpf_jump_if(program, BPF_JGE, BPF_REG_3, BPF_REG_2, WHOLE);
	bpf_move(program, BPF_REG_2, BPF_REG_3);
	bpf_here(program, WHOLE);
	bpf_calculate(program, BPF_ADD, BPF_REG_2, OTHERS);
	bpf_load(program, BPF_REG_1, BPF_REG_8, in_lane(offsetof(struct lane, counted)));
	bpf_combine(program, BPF_ADD, BPF_REG_1, BPF_REG_2);
	bpf_store(program, BPF_REG_8, (int)in_lane(offsetof(struct lane, counted)), BPF_REG_1);
	bpf_load(program, BPF_REG_2, BPF_REG_8, in_lane(offsetof(struct lane, allowed)));
}

/* To GOES_ON where the thread was not added: its numbers are put on the program's own stack. */
static void find_thread(const struct brake *brake, struct bpf_program *program)
{
	bpf_set_wide(program, BPF_REG_1, brake->device);
	bpf_set_wide(program, BPF_REG_2, brake->inode);
	bpf_move(program, BPF_REG_3, BPF_REG_10);
	bpf_calculate(program, BPF_ADD, BPF_REG_3, -(int)sizeof(struct bpf_pidns_info));
	bpf_set(program, BPF_REG_4, sizeof(struct bpf_pidns_info));
	bpf_call(program, BPF_FUNC_get_ns_current_pid_tgid);
	bpf_jump_if_number(program, BPF_JNE, BPF_REG_0, 0, GOES_ON);
	bpf_load_map(program, BPF_REG_1, BPF_PSEUDO_MAP_FD, brake->threads);
	bpf_move(program, BPF_REG_2, BPF_REG_10);
	bpf_calculate(program, BPF_ADD, BPF_REG_2, -(int)sizeof(struct bpf_pidns_info));
	bpf_call(program, BPF_FUNC_map_lookup_elem);
	bpf_jump_if_number(program, BPF_JEQ, BPF_REG_0, 0, GOES_ON);
}

void brake_write(
	const struct brake *brake, struct bpf_program *program, uint32_t stack, uint32_t reserve)
{
	find_lane(brake, program);
	count(program, stack);
	bpf_jump_if_number(program, BPF_JSGE, BPF_REG_STACK, 0, ANY);
	bpf_calculate(program, BPF_ADD, BPF_REG_2, (int32_t)reserve);
	bpf_here(program, ANY);
	bpf_jump_if(program, BPF_JLE, BPF_REG_1, BPF_REG_2, GOES_ON);
	find_thread(brake, program);
	bpf_set(program, BPF_REG_1, SIGSTOP);
	bpf_call(program, BPF_FUNC_send_signal_thread);
	bpf_here(program, GOES_ON);
}

void brake_set_stack(const struct brake *brake, uint64_t stack)
{
	__atomic_store_n(&brake->memory->stack, stack, __ATOMIC_RELEASE);
}

void brake_set_end(const struct brake *brake, uint64_t end)
{
	__atomic_store_n(&brake->memory->end, end, __ATOMIC_RELEASE);
}

uint64_t brake_counted(const struct brake *brake, unsigned processor)
{
	return __atomic_load_n(&brake->memory->lanes[processor].counted, __ATOMIC_ACQUIRE);
}

void brake_allow(const struct brake *brake, unsigned processor, uint64_t until)
{
	__atomic_store_n(&brake->memory->lanes[processor].allowed, until, __ATOMIC_RELEASE);
}

void brake_add(const struct brake *brake, pid_t tid)
{
	const uint32_t number = (uint32_t)tid;
	const uint32_t nothing = 0;

	bpf_change(brake->threads, BPF_MAP_UPDATE_ELEM, &number, &nothing);
}

void brake_remove(const struct brake *brake, pid_t tid)
{
	const uint32_t number = (uint32_t)tid;

	bpf_change(brake->threads, BPF_MAP_DELETE_ELEM, &number, NULL);
}

bool brake_is_due(pid_t tid)
{
	siginfo_t pending[PENDING_MAX];
	struct __ptrace_peeksiginfo_args which = {.nr = PENDING_MAX};
	long count;

	do {
		count = ptrace(PTRACE_PEEKSIGINFO, tid, &which, pending);
		for (long i = 0; i < count; i++)
			if (brake_sent(&pending[i]))
				return true;
		which.off += PENDING_MAX;
	} while (count == PENDING_MAX);
	return false;
}

bool brake_sent(const siginfo_t *info)
{
	return info->si_signo == SIGSTOP && info->si_code == SI_KERNEL;
}
