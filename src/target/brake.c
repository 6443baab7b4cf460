/* What a thread may write to a ring before it stops. */
#include "target/brake.h"

#include <stddef.h>
#include <sys/ptrace.h>

/* Of a sample but its stack, and more. */
#define OTHERS 256

#define PROCESSORS_MAX 8192

/* Two processors write to the one and the other: apart, so that neither waits for a cache. */
#define LINE 64
#define LINE_BITS 6

/* A thread's number is in one of the ways of the set that its lowest bits tell. */
#define SETS 2048
#define SET_BITS 3

/* Signals that a thread has been sent, at a time. */
#define PENDING_MAX 16

struct lane {
	uint64_t counted; /* the kernel's */
	char of_the_kernel[LINE - sizeof(uint64_t)];
	uint64_t allowed; /* ours */
	char ours[LINE - sizeof(uint64_t)];
};

/* 0: it is free. */
struct set {
	uint32_t ways[2];
};

_Static_assert(sizeof(struct set) == 1 << SET_BITS, "found by a shift, read as a word");

struct brake_memory {
	uint64_t stack;           /* bytes of a sample's stack */
	uint64_t end;             /* no stack is copied beyond */
	uint64_t wanted;          /* the number of a thread; 0: none is */
	struct set threads[SETS]; /* that were added */
	char apart[2 * LINE - 3 * sizeof(uint64_t)];
	struct lane lanes[];
};

#define GOES_ON (BPF_LABEL - 8)
#define ANY (BPF_LABEL - 9)
#define WHOLE (BPF_LABEL - 10)
#define ADDED (BPF_LABEL - 11)
#define OVER (BPF_LABEL - 12)
#define STOPS (BPF_LABEL - 13)

static struct brake_memory *memory_of(const struct brake *brake)
{
	return brake->shared.memory;
}

bool brake_open(struct brake *brake, unsigned processors)
{
	*brake = (struct brake){.processors = processors};
	if (processors > PROCESSORS_MAX || !bpf_find_space(&brake->space) ||
		!bpf_share(&brake->shared,
			sizeof(struct brake_memory) + processors * sizeof(struct lane)))
		return false;
	brake_set_end(brake, UINT64_MAX);
	return true;
}

void brake_close(struct brake *brake)
{
	bpf_unshare(&brake->shared);
}

/* The memory, and where what this processor has begins in it; nobody else may change its count. */
static void find_lane(const struct brake *brake, struct bpf_program *program)
{
	bpf_call(program, BPF_FUNC_get_smp_processor_id);
	bpf_jump_if_number(program, BPF_JGE, BPF_REG_0, (int32_t)brake->processors, GOES_ON);
	bpf_calculate(program, BPF_LSH, BPF_REG_0, LINE_BITS + 1);
	bpf_load_shared(program, BPF_REG_7, &brake->shared);
	bpf_move(program, BPF_REG_8, BPF_REG_7);
	bpf_combine(program, BPF_ADD, BPF_REG_8, BPF_REG_0);
}

static size_t in_lane(size_t offset)
{
	return offsetof(struct brake_memory, lanes) + offset;
}

/* What was counted is then in register 1, what is allowed in 2. */
static void count(struct bpf_program *program)
{
	bpf_load(program, BPF_REG_2, BPF_REG_7, offsetof(struct brake_memory, stack));
	bpf_load(program, BPF_REG_3, BPF_REG_7, offsetof(struct brake_memory, end));
	bpf_limit_stack(program, BPF_REG_2, BPF_REG_3, WHOLE);
	bpf_calculate(program, BPF_ADD, BPF_REG_2, OTHERS);
	bpf_load(program, BPF_REG_1, BPF_REG_8, in_lane(offsetof(struct lane, counted)));
	bpf_combine(program, BPF_ADD, BPF_REG_1, BPF_REG_2);
	bpf_store(program, BPF_REG_8, (int)in_lane(offsetof(struct lane, counted)), BPF_REG_1);
	bpf_load(program, BPF_REG_2, BPF_REG_8, in_lane(offsetof(struct lane, allowed)));
}

/* Its number is then in register 1. */
static void find_number(const struct brake *brake, struct bpf_program *program)
{
	bpf_find_thread(program, &brake->space, GOES_ON);
	bpf_calculate(program, BPF_LSH, BPF_REG_1, 32);
	bpf_calculate(program, BPF_RSH, BPF_REG_1, 32);
}

/* To GOES_ON where it is another one, or in a system call. */
static void find_wanted(const struct brake *brake, struct bpf_program *program)
{
	bpf_load(program, BPF_REG_8, BPF_REG_7, offsetof(struct brake_memory, wanted));
	bpf_jump_if_number(program, BPF_JEQ, BPF_REG_8, 0, GOES_ON);
	bpf_jump_if_number(program, BPF_JSLT, BPF_REG_STACK, 0, GOES_ON);
	find_number(brake, program);
	bpf_jump_if(program, BPF_JNE, BPF_REG_8, BPF_REG_1, GOES_ON);
}

/* To GOES_ON where the thread was not added. */
static void find_added(const struct brake *brake, struct bpf_program *program)
{
	find_number(brake, program);
	bpf_move(program, BPF_REG_2, BPF_REG_1);
	bpf_calculate(program, BPF_AND, BPF_REG_2, SETS - 1);
	bpf_calculate(program, BPF_LSH, BPF_REG_2, SET_BITS);
	bpf_combine(program, BPF_ADD, BPF_REG_7, BPF_REG_2);
	bpf_load(program, BPF_REG_2, BPF_REG_7, offsetof(struct brake_memory, threads));
	bpf_move(program, BPF_REG_3, BPF_REG_2);
	bpf_calculate(program, BPF_RSH, BPF_REG_3, 32);
	bpf_jump_if(program, BPF_JEQ, BPF_REG_3, BPF_REG_1, ADDED);
	bpf_calculate(program, BPF_LSH, BPF_REG_2, 32);
	bpf_calculate(program, BPF_RSH, BPF_REG_2, 32);
	bpf_jump_if(program, BPF_JNE, BPF_REG_2, BPF_REG_1, GOES_ON);
	bpf_here(program, ADDED);
}

void brake_write(const struct brake *brake, struct bpf_program *program, uint32_t reserve)
{
	find_lane(brake, program);
	count(program);
	bpf_jump_if_number(program, BPF_JSGE, BPF_REG_STACK, 0, ANY);
	bpf_calculate(program, BPF_ADD, BPF_REG_2, (int32_t)reserve);
	bpf_here(program, ANY);
	bpf_jump_if(program, BPF_JGT, BPF_REG_1, BPF_REG_2, OVER);
	find_wanted(brake, program);
	bpf_jump(program, STOPS);
	bpf_here(program, OVER);
	find_added(brake, program);
	bpf_here(program, STOPS);
	bpf_set(program, BPF_REG_1, SIGSTOP);
	bpf_call(program, BPF_FUNC_send_signal_thread);
	bpf_here(program, GOES_ON);
}

void brake_set_stack(const struct brake *brake, uint64_t stack)
{
	__atomic_store_n(&memory_of(brake)->stack, stack, __ATOMIC_RELEASE);
}

void brake_set_end(const struct brake *brake, uint64_t end)
{
	__atomic_store_n(&memory_of(brake)->end, end, __ATOMIC_RELEASE);
}

void brake_want(const struct brake *brake, pid_t tid)
{
	__atomic_store_n(&memory_of(brake)->wanted, (uint64_t)tid, __ATOMIC_RELEASE);
}

uint64_t brake_counted(const struct brake *brake, unsigned processor)
{
	return __atomic_load_n(&memory_of(brake)->lanes[processor].counted, __ATOMIC_ACQUIRE);
}

void brake_allow(const struct brake *brake, unsigned processor, uint64_t until)
{
	__atomic_store_n(&memory_of(brake)->lanes[processor].allowed, until, __ATOMIC_RELEASE);
}

/* One way of the thread's set that has this in it becomes that. */
static void change(const struct brake *brake, pid_t tid, uint32_t this, uint32_t that)
{
	struct set *set = &memory_of(brake)->threads[(uint32_t)tid % SETS];

	for (size_t i = 0; i < sizeof set->ways / sizeof *set->ways; i++)
		if (set->ways[i] == this) {
			__atomic_store_n(&set->ways[i], that, __ATOMIC_RELEASE);
			return;
		}
}

void brake_add(const struct brake *brake, pid_t tid)
{
	brake_remove(brake, tid);
	change(brake, tid, 0, (uint32_t)tid);
}

void brake_remove(const struct brake *brake, pid_t tid)
{
	change(brake, tid, (uint32_t)tid, 0);
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
