/* What is written of a page fault where it happens. */
#include "target/brief.h"

#include "arch/arch.h"

#include <assert.h>
#include <linux/bpf_perf_event.h>
#include <linux/perf_event.h>

#define PROCESSORS_MAX 1024

/* Two processors write to the one and the other: apart, so that neither waits for a cache. */
#define LINE 64

#define PAGE_BYTES 4096

/* The words of a record before its registers, and behind them. */
enum { HEADER, EVENT, THREAD, TIME, ADDRESS, ABI, REGISTERS };
enum { SIZE, STACK };

/* What has a stack of the greatest size, and the word behind it. */
#define RECORD_MOST (BRIEF_MOST + 1024)

/* Part of a ring that is left to what the kernel touches in system calls: who outruns us there may
 * be stopped only when the call is over. */
#define LEFT_OF 4

/* What the program keeps on its stack: the first half of a record's header, how much of the ring
 * may have been written, and of a system call, what registers were before it. */
#define HEAD (BPF_THREAD - 8)
#define ROOM (BPF_THREAD - 16)
#define CALLER (ROOM - CALLER_MOST)
#define CALLER_MOST 256

struct lane {
	uint64_t written; /* the kernel's */
	char of_the_kernel[LINE - sizeof(uint64_t)];
	uint64_t read; /* ours */
	char ours[LINE - sizeof(uint64_t)];
	uint8_t ring[]; /* and room for what begins at its end */
};

struct brief_memory {
	uint64_t enough; /* bytes of a stack that is not selected */
	uint64_t end;    /* the last that is known of a stack; 0: none is */
	uint64_t paused; /* what is not touched by the kernel is not written; or 0 */
	char apart[2 * LINE - 3 * sizeof(uint64_t)];
	uint8_t lanes[];
};

#define NOT_SELECTED (BPF_LABEL - 16)
#define KNOWN (BPF_LABEL - 17)
#define WITHIN (BPF_LABEL - 18)
#define COPIED (BPF_LABEL - 19)
#define NONE (BPF_LABEL - 20)
#define OWN (BPF_LABEL - 21)
#define BEGUN (BPF_LABEL - 22)
#define OF_CALLER (BPF_LABEL - 23)
#define REGISTERED (BPF_LABEL - 24)

/* Registers that the parts below have in common. */
#define LENGTH BPF_REG_7
#define LANE BPF_REG_8
#define RECORD BPF_REG_9

static struct brief_memory *memory_of(const struct brief *brief)
{
	return brief->shared.memory;
}

static size_t lane_size(const struct brief *brief)
{
	return sizeof(struct lane) + brief->size + RECORD_MOST;
}

static struct lane *lane_of(const struct brief *brief, unsigned processor)
{
	return (void *)(memory_of(brief)->lanes + processor * lane_size(brief));
}

bool brief_open(struct brief *brief, unsigned processors, size_t size)
{
	*brief = (struct brief){.processors = processors, .size = size};
	return processors <= PROCESSORS_MAX && bpf_find_space(&brief->space) &&
	       bpf_share(
		       &brief->shared, sizeof(struct brief_memory) + processors * lane_size(brief));
}

void brief_close(struct brief *brief)
{
	bpf_unshare(&brief->shared);
}

static int word(unsigned number)
{
	return (int)(number * sizeof(uint64_t));
}

static unsigned registers(void)
{
	return (unsigned)__builtin_popcountll(arch->sampled_registers);
}

/* The kernel keeps them in the order of <sys/user.h>, but not all that there are. */
static int32_t caller_bytes(void)
{
	int32_t bytes = arch->kernel_stack_pointer;

	for (unsigned i = 0; i < 64; i++)
		if ((arch->sampled_registers >> i & 1) && arch->kernel_registers[i] > bytes)
			bytes = arch->kernel_registers[i];
	return bytes + (int32_t)sizeof(uint64_t);
}

static void keep(struct bpf_program *program, const struct brief *brief, uint64_t mode, size_t left)
{
	bpf_set_wide(program, BPF_REG_1, mode << 32 | PERF_RECORD_SAMPLE);
	bpf_store(program, BPF_REG_10, HEAD, BPF_REG_1);
	bpf_store_number(program, BPF_REG_10, ROOM, (int32_t)(brief->size - RECORD_MOST - left));
}

/* Where the thread was before its system call, or whatever else it is that the kernel does for it;
 * the stack pointer is that of then. */
static void find_caller(const struct brief *brief, struct bpf_program *program)
{
	assert(caller_bytes() <= CALLER_MOST);
	bpf_call(program, BPF_FUNC_get_current_task_btf);
	bpf_move(program, BPF_REG_1, BPF_REG_0);
	bpf_call(program, BPF_FUNC_task_pt_regs);
	bpf_move(program, BPF_REG_3, BPF_REG_0);
	bpf_move(program, BPF_REG_1, BPF_REG_10);
	bpf_calculate(program, BPF_ADD, BPF_REG_1, CALLER);
	bpf_set(program, BPF_REG_2, caller_bytes());
	bpf_call(program, BPF_FUNC_probe_read_kernel);
	bpf_jump_if_number(program, BPF_JNE, BPF_REG_0, 0, NONE);
	bpf_load_at(program, BPF_REG_STACK, BPF_REG_10, CALLER + arch->kernel_stack_pointer);
	bpf_jump_if_number(program, BPF_JSLT, BPF_REG_STACK, 0, NONE);
	keep(program, brief, PERF_RECORD_MISC_KERNEL, 0);
}

static void begin(const struct brief *brief, struct bpf_program *program)
{
	bpf_jump_if_number(program, BPF_JSGE, BPF_REG_STACK, 0, OWN);
	if (brief->of_kernel)
		find_caller(brief, program);
	bpf_jump(program, brief->of_kernel ? BEGUN : NONE);
	bpf_here(program, OWN);
	bpf_load_shared(program, BPF_REG_1, &brief->shared);
	bpf_load(program, BPF_REG_2, BPF_REG_1, offsetof(struct brief_memory, paused));
	bpf_jump_if_number(program, BPF_JNE, BPF_REG_2, 0, NONE);
	keep(program, brief, PERF_RECORD_MISC_USER, brief->size / LEFT_OF);
	bpf_here(program, BEGUN);
}

/* How many bytes of the stack are to be copied: whole words. */
static void choose_length(
	const struct brief *brief, const struct selection *selection, struct bpf_program *program)
{
	if (selection) {
		selection_write(selection, program, NOT_SELECTED);
		bpf_jump(program, KNOWN);
		bpf_here(program, NOT_SELECTED);
	}
	bpf_load_shared(program, BPF_REG_1, &brief->shared);
	bpf_load(program, LENGTH, BPF_REG_1, offsetof(struct brief_memory, enough));
	bpf_load(program, BPF_REG_2, BPF_REG_1, offsetof(struct brief_memory, end));
	bpf_limit_stack(program, LENGTH, BPF_REG_2, WITHIN);
	bpf_here(program, KNOWN);
	bpf_calculate(program, BPF_ADD, LENGTH, 7);
	bpf_calculate(program, BPF_AND, LENGTH, -8);
	bpf_jump_if_number(program, BPF_JEQ, LENGTH, 0, NONE);
	bpf_jump_if_number(program, BPF_JGT, LENGTH, BRIEF_MOST, NONE);
}

/* Where this processor's record goes; nobody else may write there. */
static void find_record(const struct brief *brief, struct bpf_program *program)
{
	bpf_call(program, BPF_FUNC_get_smp_processor_id);
	bpf_jump_if_number(program, BPF_JGE, BPF_REG_0, (int32_t)brief->processors, NONE);
	bpf_calculate(program, BPF_MUL, BPF_REG_0, (int32_t)lane_size(brief));
	bpf_load_shared(program, LANE, &brief->shared);
	bpf_calculate(program, BPF_ADD, LANE, offsetof(struct brief_memory, lanes));
	bpf_combine(program, BPF_ADD, LANE, BPF_REG_0);
	bpf_load(program, BPF_REG_1, LANE, offsetof(struct lane, written));
	bpf_load(program, BPF_REG_2, LANE, offsetof(struct lane, read));
	bpf_move(program, RECORD, BPF_REG_1);
	bpf_combine(program, BPF_SUB, BPF_REG_1, BPF_REG_2);
	bpf_load_at(program, BPF_REG_2, BPF_REG_10, ROOM);
	bpf_jump_if(program, BPF_JGT, BPF_REG_1, BPF_REG_2, NONE);
	bpf_calculate(program, BPF_AND, RECORD, (int32_t)(brief->size - 1));
	bpf_combine(program, BPF_ADD, RECORD, LANE);
	bpf_calculate(program, BPF_ADD, RECORD, offsetof(struct lane, ring));
}

/* The kernel's record has the numbers the other way round. */
static void write_thread(const struct brief *brief, struct bpf_program *program)
{
	bpf_find_thread(program, &brief->space, NONE);
	bpf_move(program, BPF_REG_2, BPF_REG_1);
	bpf_calculate(program, BPF_LSH, BPF_REG_1, 32);
	bpf_calculate(program, BPF_RSH, BPF_REG_2, 32);
	bpf_combine(program, BPF_OR, BPF_REG_1, BPF_REG_2);
	bpf_store(program, RECORD, word(THREAD), BPF_REG_1);
}

/* Those that lie there. */
static void write_those(struct bpf_program *program, uint8_t base, int offset)
{
	unsigned count = 0;

	for (unsigned i = 0; i < 64; i++) {
		if (!(arch->sampled_registers >> i & 1))
			continue;
		bpf_load_at(program, BPF_REG_2, base, offset + arch->kernel_registers[i]);
		bpf_store(program, RECORD, word(REGISTERS + count++), BPF_REG_2);
	}
}

static void write_registers(const struct brief *brief, struct bpf_program *program)
{
	bpf_load_at(program, BPF_REG_1, BPF_REG_10, BPF_CONTEXT);
	bpf_load(program, BPF_REG_2, BPF_REG_1, offsetof(struct bpf_perf_event_data, addr));
	bpf_store(program, RECORD, word(ADDRESS), BPF_REG_2);
	bpf_store_number(program, RECORD, word(ABI), PERF_SAMPLE_REGS_ABI_64);
	if (!brief->of_kernel) {
		write_those(program, BPF_REG_1, 0);
		return;
	}
	bpf_load(program, BPF_REG_2, BPF_REG_1, arch->kernel_stack_pointer);
	bpf_jump_if_number(program, BPF_JSLT, BPF_REG_2, 0, OF_CALLER);
	write_those(program, BPF_REG_1, 0);
	bpf_jump(program, REGISTERED);
	bpf_here(program, OF_CALLER);
	write_those(program, BPF_REG_10, CALLER);
	bpf_here(program, REGISTERED);
}

static void copy(struct bpf_program *program)
{
	bpf_move(program, BPF_REG_1, RECORD);
	bpf_calculate(program, BPF_ADD, BPF_REG_1, word(REGISTERS + registers() + STACK));
	bpf_move(program, BPF_REG_2, LENGTH);
	bpf_move(program, BPF_REG_3, BPF_REG_STACK);
	bpf_call(program, BPF_FUNC_probe_read_user);
	bpf_jump_if_number(program, BPF_JEQ, BPF_REG_0, 0, COPIED);
}

/* Where the stack may end in its page, as a thread's does, there is that much of it. */
static void write_stack(struct bpf_program *program)
{
	copy(program);
	bpf_move(program, BPF_REG_1, BPF_REG_STACK);
	bpf_calculate(program, BPF_AND, BPF_REG_1, PAGE_BYTES - 1);
	bpf_set(program, BPF_REG_2, PAGE_BYTES);
	bpf_combine(program, BPF_SUB, BPF_REG_2, BPF_REG_1);
	bpf_calculate(program, BPF_AND, BPF_REG_2, -8);
	bpf_jump_if(program, BPF_JGE, BPF_REG_2, LENGTH, NONE);
	bpf_move(program, LENGTH, BPF_REG_2);
	copy(program);
	bpf_jump(program, NONE);
	bpf_here(program, COPIED);
	bpf_store(program, RECORD, word(REGISTERS + registers() + SIZE), LENGTH);
	bpf_move(program, BPF_REG_1, RECORD);
	bpf_combine(program, BPF_ADD, BPF_REG_1, LENGTH);
	bpf_store(program, BPF_REG_1, word(REGISTERS + registers() + STACK), LENGTH);
}

/* type, misc, size */
static void publish(struct bpf_program *program)
{
	bpf_calculate(program, BPF_ADD, LENGTH, word(REGISTERS + registers() + STACK + 1));
	bpf_move(program, BPF_REG_1, LENGTH);
	bpf_calculate(program, BPF_LSH, BPF_REG_1, 48);
	bpf_load_at(program, BPF_REG_2, BPF_REG_10, HEAD);
	bpf_combine(program, BPF_OR, BPF_REG_1, BPF_REG_2);
	bpf_store(program, RECORD, word(HEADER), BPF_REG_1);
	bpf_publish(program, LANE, offsetof(struct lane, written), LENGTH);
}

void brief_write(
	const struct brief *brief, const struct selection *selection, struct bpf_program *program)
{
	begin(brief, program);
	choose_length(brief, selection, program);
	find_record(brief, program);
	write_thread(brief, program);
	bpf_store_number(program, RECORD, word(EVENT), 0);
	bpf_call(program, BPF_FUNC_ktime_get_ns);
	bpf_store(program, RECORD, word(TIME), BPF_REG_0);
	write_registers(brief, program);
	write_stack(program);
	publish(program);
	bpf_jump(program, BPF_SKIP);
	bpf_here(program, NONE);
	bpf_load_at(program, BPF_REG_1, BPF_REG_10, BPF_CONTEXT);
	bpf_load(program, BPF_REG_STACK, BPF_REG_1, arch->kernel_stack_pointer);
}

void brief_set_enough(const struct brief *brief, uint64_t bytes)
{
	__atomic_store_n(&memory_of(brief)->enough, bytes, __ATOMIC_RELEASE);
}

void brief_pause(const struct brief *brief, bool paused)
{
	__atomic_store_n(&memory_of(brief)->paused, paused, __ATOMIC_RELEASE);
}

void brief_note_end(const struct brief *brief, uint64_t end)
{
	if (end > memory_of(brief)->end)
		__atomic_store_n(&memory_of(brief)->end, end, __ATOMIC_RELEASE);
}

const uint8_t *brief_ring(const struct brief *brief, unsigned processor)
{
	return lane_of(brief, processor)->ring;
}

const uint64_t *brief_written(const struct brief *brief, unsigned processor)
{
	return &lane_of(brief, processor)->written;
}

uint64_t *brief_read(const struct brief *brief, unsigned processor)
{
	return &lane_of(brief, processor)->read;
}
