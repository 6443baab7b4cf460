/* Programs for the kernel, as instructions. */
#include "target/bpf.h"

#include "arch/arch.h"

#include <assert.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* The name space of processes that holds all others: there a look at the number is enough, which is
 * a quarter of a microsecond less. */
#define OUTERMOST 0xEFFFFFFC

/* Of a device's number, as the kernel has it itself. */
#define MINOR_BITS 20

/*
 * Some of what programs may call, memory of the target among it, the kernel has for those only that
 * may be had under the GPL, and it knows them by these words. What it is given is ours, and may.
 */
static const char licence[] = "Dual MIT/GPL";

static long bpf(int command, union bpf_attr *attributes)
{
	return syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

static void emit(struct bpf_program *program, struct bpf_insn instruction)
{
	assert(program->count < sizeof program->code / sizeof *program->code);
	program->code[program->count++] = instruction;
}

static void emit_number(
	struct bpf_program *program, int code, uint8_t destination, int32_t number, int16_t where)
{
	emit(program, (struct bpf_insn){.code = (uint8_t)code,
			      .dst_reg = destination & 15,
			      .off = where,
			      .imm = number});
}

static void emit_register(
	struct bpf_program *program, int code, uint8_t destination, uint8_t source, int16_t where)
{
	emit(program, (struct bpf_insn){.code = (uint8_t)code,
			      .dst_reg = destination & 15,
			      .src_reg = source & 15,
			      .off = where});
}

void bpf_move(struct bpf_program *program, uint8_t destination, uint8_t source)
{
	bpf_combine(program, BPF_MOV, destination, source);
}

void bpf_set(struct bpf_program *program, uint8_t destination, int32_t number)
{
	bpf_calculate(program, BPF_MOV, destination, number);
}

void bpf_calculate(
	struct bpf_program *program, uint8_t operation, uint8_t destination, int32_t number)
{
	emit_number(program, BPF_ALU64 | BPF_K | operation, destination, number, 0);
}

void bpf_combine(
	struct bpf_program *program, uint8_t operation, uint8_t destination, uint8_t source)
{
	emit_register(program, BPF_ALU64 | BPF_X | operation, destination, source, 0);
}

void bpf_load(struct bpf_program *program, uint8_t destination, uint8_t source, size_t offset)
{
	bpf_load_at(program, destination, source, (int)offset);
}

void bpf_load_at(struct bpf_program *program, uint8_t destination, uint8_t source, int offset)
{
	emit_register(program, BPF_LDX | BPF_MEM | BPF_DW, destination, source, (int16_t)offset);
}

void bpf_store(struct bpf_program *program, uint8_t destination, int offset, uint8_t source)
{
	emit_register(program, BPF_STX | BPF_MEM | BPF_DW, destination, source, (int16_t)offset);
}

void bpf_store_number(struct bpf_program *program, uint8_t destination, int offset, int32_t number)
{
	emit_number(program, BPF_ST | BPF_MEM | BPF_DW, destination, number, (int16_t)offset);
}

void bpf_publish(struct bpf_program *program, uint8_t destination, int offset, uint8_t source)
{
	emit_register(program, BPF_STX | BPF_ATOMIC | BPF_DW, destination, source, (int16_t)offset);
	program->code[program->count - 1].imm = BPF_ADD | BPF_FETCH;
}

/* A wide number takes the place of two instructions. */
static void emit_wide(
	struct bpf_program *program, uint8_t destination, uint8_t kind, uint64_t number)
{
	emit(program, (struct bpf_insn){.code = BPF_LD | BPF_DW | BPF_IMM,
			      .dst_reg = destination & 15,
			      .src_reg = kind & 15,
			      .imm = (int32_t)number});
	emit(program, (struct bpf_insn){.imm = (int32_t)(number >> 32)});
}

void bpf_set_wide(struct bpf_program *program, uint8_t destination, uint64_t number)
{
	emit_wide(program, destination, 0, number);
}

void bpf_load_shared(
	struct bpf_program *program, uint8_t destination, const struct bpf_shared *shared)
{
	emit_wide(program, destination, BPF_PSEUDO_MAP_VALUE, (uint32_t)shared->map);
}

void bpf_call(struct bpf_program *program, int32_t function)
{
	emit_number(program, BPF_JMP | BPF_CALL, 0, function, 0);
}

void bpf_jump(struct bpf_program *program, int16_t label)
{
	emit_number(program, BPF_JMP | BPF_JA, 0, 0, label);
}

void bpf_jump_if(
	struct bpf_program *program, uint8_t comparison, uint8_t left, uint8_t right, int16_t label)
{
	emit_register(program, BPF_JMP | BPF_X | comparison, left, right, label);
}

void bpf_jump_if_number(struct bpf_program *program, uint8_t comparison, uint8_t left,
	int32_t number, int16_t label)
{
	emit_number(program, BPF_JMP | BPF_K | comparison, left, number, label);
}

void bpf_here(struct bpf_program *program, int16_t label)
{
	for (size_t i = 0; i < program->count; i++) {
		struct bpf_insn *instruction = &program->code[i];

		if ((instruction->code & 7) == BPF_JMP && instruction->off == label)
			instruction->off = (int16_t)(program->count - i - 1);
	}
}

void bpf_limit_stack(struct bpf_program *program, uint8_t bytes, uint8_t end, int16_t label)
{
	bpf_combine(program, BPF_SUB, end, BPF_REG_STACK);
	bpf_jump_if(program, BPF_JGE, end, bytes, label);
	bpf_move(program, bytes, end);
	bpf_here(program, label);
}

bool bpf_find_space(struct bpf_space *space)
{
	struct stat stat_of;

	if (stat("/proc/self/ns/pid", &stat_of))
		return false;
	space->device = (uint64_t)major(stat_of.st_dev) << MINOR_BITS | minor(stat_of.st_dev);
	space->inode = stat_of.st_ino;
	return true;
}

void bpf_find_thread(struct bpf_program *program, const struct bpf_space *space, int16_t label)
{
	_Static_assert(sizeof(struct bpf_pidns_info) == BPF_CONTEXT - BPF_THREAD, "two numbers");
	if (space->inode == OUTERMOST) {
		bpf_call(program, BPF_FUNC_get_current_pid_tgid);
		bpf_move(program, BPF_REG_1, BPF_REG_0);
		return;
	}
	bpf_set_wide(program, BPF_REG_1, space->device);
	bpf_set_wide(program, BPF_REG_2, space->inode);
	bpf_move(program, BPF_REG_3, BPF_REG_10);
	bpf_calculate(program, BPF_ADD, BPF_REG_3, BPF_THREAD);
	bpf_set(program, BPF_REG_4, sizeof(struct bpf_pidns_info));
	bpf_call(program, BPF_FUNC_get_ns_current_pid_tgid);
	bpf_jump_if_number(program, BPF_JNE, BPF_REG_0, 0, label);
	bpf_load(program, BPF_REG_1, BPF_REG_10, BPF_THREAD);
}

void bpf_begin(struct bpf_program *program)
{
	program->count = 0;
	bpf_store(program, BPF_REG_10, BPF_CONTEXT, BPF_REG_1);
	bpf_load(program, BPF_REG_STACK, BPF_REG_1, arch->kernel_stack_pointer);
}

/* What the program comes to the end with: nobody jumps past the first of two ends if none skips. */
static void end_with(struct bpf_program *program, int32_t result)
{
	bpf_set(program, BPF_REG_0, result);
	emit_number(program, BPF_JMP | BPF_EXIT, 0, 0, 0);
}

static bool skips(const struct bpf_program *program)
{
	for (size_t i = 0; i < program->count; i++)
		if ((program->code[i].code & 7) == BPF_JMP && program->code[i].off == BPF_SKIP)
			return true;
	return false;
}

int bpf_end(struct bpf_program *program)
{
	union bpf_attr attributes = {0};

	end_with(program, 1);
	if (skips(program)) {
		bpf_here(program, BPF_SKIP);
		end_with(program, 0);
	}
	attributes.prog_type = BPF_PROG_TYPE_PERF_EVENT;
	attributes.insns = (uintptr_t)program->code;
	attributes.insn_cnt = (uint32_t)program->count;
	attributes.license = (uintptr_t)licence;
	return (int)bpf(BPF_PROG_LOAD, &attributes);
}

static int create(size_t size)
{
	union bpf_attr attributes = {0};

	attributes.map_type = BPF_MAP_TYPE_ARRAY;
	attributes.key_size = sizeof(uint32_t);
	attributes.value_size = (uint32_t)size;
	attributes.max_entries = 1;
	attributes.map_flags = BPF_F_MMAPABLE;
	return (int)bpf(BPF_MAP_CREATE, &attributes);
}

bool bpf_share(struct bpf_shared *shared, size_t size)
{
	*shared = (struct bpf_shared){.map = create(size), .size = size};
	if (shared->map < 0)
		return false;
	shared->memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, shared->map, 0);
	if (shared->memory != MAP_FAILED)
		return true;
	close(shared->map);
	*shared = (struct bpf_shared){.map = -1};
	return false;
}

void bpf_unshare(struct bpf_shared *shared)
{
	if (shared->memory) {
		munmap(shared->memory, shared->size);
		close(shared->map);
	}
	*shared = (struct bpf_shared){.map = -1};
}

bool bpf_apply(int program, int event)
{
	return !ioctl(event, PERF_EVENT_IOC_SET_BPF, program);
}
