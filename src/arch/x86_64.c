/* The x86-64 operations: registers, calls and system calls. */
#include "arch/x86_64.h"

#include <asm/perf_regs.h>
#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <ucontext.h>

static struct target_address x86_64_pc(const struct registers *registers)
{
	return target_address(registers->native.rip);
}

#define NOP 0x90

static bool x86_64_is_nop(const uint8_t *code, size_t size)
{
	return size && *code == NOP;
}

static struct target_address x86_64_second_argument(const struct registers *registers)
{
	return target_address(registers->native.rsi);
}

static struct target_address x86_64_stack_pointer(const struct registers *registers)
{
	return target_address(registers->native.rsp);
}

static void x86_64_set_pc(struct registers *registers, struct target_address pc)
{
	registers->native.rip = pc.value;
}

/* `call` has just pushed the return address; `ret` has just popped it. */
static struct target_address x86_64_return_slot(const struct registers *registers)
{
	return target_address(registers->native.rsp - 8);
}

/* System V ABI, AMD64 supplement, figure 3.36. */
static void x86_64_dwarf_values(const struct registers *registers, uint64_t values[ARCH_DWARF_MAX])
{
	const struct user_regs_struct *r = &registers->native;
	const uint64_t own[] = {r->rax, r->rdx, r->rcx, r->rbx, r->rsi, r->rdi, r->rbp, r->rsp,
		r->r8, r->r9, r->r10, r->r11, r->r12, r->r13, r->r14, r->r15, r->rip};

	_Static_assert(sizeof own == ARCH_DWARF_MAX * sizeof *own, "all of them");
	memcpy(values, own, sizeof own);
}

/* System V ABI, 3.2.3. */
static uint64_t x86_64_argument(const struct registers *registers, unsigned number)
{
	const struct user_regs_struct *native = &registers->native;
	const uint64_t arguments[] = {
		native->rdi, native->rsi, native->rdx, native->rcx, native->r8, native->r9};

	return number < sizeof arguments / sizeof *arguments ? arguments[number] : 0;
}

static uint64_t x86_64_dwarf_register(const struct registers *registers, unsigned number)
{
	uint64_t values[ARCH_DWARF_MAX];

	x86_64_dwarf_values(registers, values);
	return number < ARCH_DWARF_MAX ? values[number] : 0;
}

static void x86_64_set_frame(struct registers *registers, struct target_address pc,
	struct target_address stack_pointer, uint64_t frame_pointer)
{
	registers->native.rip = pc.value;
	registers->native.rsp = stack_pointer.value;
	registers->native.rbp = frame_pointer;
}

static uint64_t x86_64_register_value(const struct registers *registers, uint8_t number)
{
	const struct user_regs_struct *r = &registers->native;
	const uint64_t values[] = {r->rax, r->rcx, r->rdx, r->rbx, r->rsp, r->rbp, r->rsi, r->rdi,
		r->r8, r->r9, r->r10, r->r11, r->r12, r->r13, r->r14, r->r15};

	return number == ARCH_NO_REGISTER ? 0 : values[number];
}

static struct target_address x86_64_call_operand(
	const struct displaced *displaced, const struct registers *registers)
{
	uint64_t value = x86_64_register_value(registers, displaced->base);

	if (displaced->operand == CALL_MEMORY)
		value += x86_64_register_value(registers, displaced->index) * displaced->scale +
			 (uint64_t)displaced->displacement;
	return target_address(value);
}

static void x86_64_call(struct registers *registers, struct target_address target)
{
	registers->native.rsp -= 8;
	registers->native.rip = target.value;
}

/* mov $__NR_rt_sigreturn,%rax; syscall: what the kernel's ABI makes every libc use. */
static bool x86_64_is_signal_return(const uint8_t *bytes, size_t size)
{
	static const uint8_t code[] = {0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05};

	return size >= sizeof code && !memcmp(bytes, code, sizeof code);
}

#define IN_SIGNAL_FRAME(name) \
	((uint16_t)(offsetof(ucontext_t, uc_mcontext.gregs) + (name) * sizeof(greg_t)))

/* struct rt_sigframe of the kernel: the ucontext is behind the return address, which is popped. */
static const uint16_t signal_registers[ARCH_DWARF_MAX] = {IN_SIGNAL_FRAME(REG_RAX),
	IN_SIGNAL_FRAME(REG_RDX), IN_SIGNAL_FRAME(REG_RCX), IN_SIGNAL_FRAME(REG_RBX),
	IN_SIGNAL_FRAME(REG_RSI), IN_SIGNAL_FRAME(REG_RDI), IN_SIGNAL_FRAME(REG_RBP),
	IN_SIGNAL_FRAME(REG_RSP), IN_SIGNAL_FRAME(REG_R8), IN_SIGNAL_FRAME(REG_R9),
	IN_SIGNAL_FRAME(REG_R10), IN_SIGNAL_FRAME(REG_R11), IN_SIGNAL_FRAME(REG_R12),
	IN_SIGNAL_FRAME(REG_R13), IN_SIGNAL_FRAME(REG_R14), IN_SIGNAL_FRAME(REG_R15),
	IN_SIGNAL_FRAME(REG_RIP)};

static void x86_64_set_syscall(
	struct registers *registers, long number, const uint64_t arguments[6])
{
	struct user_regs_struct *r = &registers->native;

	r->rax = (unsigned long)number;
	r->orig_rax = (unsigned long)-1;
	r->rdi = arguments[0];
	r->rsi = arguments[1];
	r->rdx = arguments[2];
	r->r10 = arguments[3];
	r->r8 = arguments[4];
	r->r9 = arguments[5];
}

static int64_t x86_64_syscall_result(const struct registers *registers)
{
	return (int64_t)registers->native.rax;
}

static const uint8_t syscall_code[] = {0x0f, 0x05};

/* rax says ENOSYS until there is a result. */
static long x86_64_beginning_syscall(const struct registers *registers, uint64_t arguments[6])
{
	const struct user_regs_struct *native = &registers->native;
	const uint64_t values[6] = {
		native->rdi, native->rsi, native->rdx, native->r10, native->r8, native->r9};

	memcpy(arguments, values, sizeof values);
	return (int64_t)native->rax == -ENOSYS ? (long)native->orig_rax : -1;
}

/* orig_rax is the number while a system call's result is still to be delivered, else -1. */
static long x86_64_interrupted_syscall(const struct registers *registers)
{
	bool interrupted = (int64_t)registers->native.orig_rax >= 0 &&
			   (int64_t)registers->native.rax == -EINTR;

	return interrupted ? (long)registers->native.orig_rax : -1;
}

/* The kernel leaves the arguments where they are. */
static int64_t x86_64_made_syscall(const struct registers *registers, uint64_t arguments[6])
{
	const struct user_regs_struct *r = &registers->native;
	const uint64_t values[6] = {r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9};

	memcpy(arguments, values, sizeof values);
	return (int64_t)r->rax;
}

/* The kernel's errors for that (ERESTARTSYS and its like), which no program ever sees. */
static bool x86_64_restarts_syscall(const struct registers *registers)
{
	int64_t result = (int64_t)registers->native.rax;

	return (int64_t)registers->native.orig_rax >= 0 && result <= -512 && result >= -516;
}

static void x86_64_repeat_syscall(struct registers *registers)
{
	registers->native.rax = registers->native.orig_rax;
	registers->native.rip -= sizeof syscall_code;
}

/* What unwinding rules refer to: the pc, the stack pointer, and what calls preserve. */
/* Bytes that no operand exceeds. */
#define NEAR 64

/* What writes in another place than it reads: string moves, to where rdi leads; and what pushes. */
static bool x86_64_writes_at(const struct registers *registers, uint64_t address)
{
	const struct user_regs_struct *r = &registers->native;

	return address - r->rdi + NEAR < 2 * NEAR || address - r->rsp + NEAR < 2 * NEAR;
}

/* Each takes the kernel 40 ns a sample. Frames are found by rsp, rbp and, in the dynamic linker,
 * rbx. */
#define SAMPLED(name) (UINT64_C(1) << PERF_REG_X86_##name)

static void x86_64_take_sampled(struct registers *registers, const uint64_t *values)
{
	struct user_regs_struct *r = &registers->native;

	r->rbx = values[0];
	r->rdi = values[1];
	r->rbp = values[2];
	r->rsp = values[3];
	r->rip = values[4];
}

/* Behind a system call, with what the calls that move memory are told and say. */
static void x86_64_take_sampled_call(struct registers *registers, const uint64_t *values)
{
	struct user_regs_struct *r = &registers->native;

	r->rax = values[0];
	r->rdx = values[2];
	r->rsi = values[3];
	x86_64_take_sampled(registers,
		(const uint64_t[]){values[1], values[4], values[5], values[6], values[7]});
}

#define SEEN(name, native) [PERF_REG_X86_##name] = offsetof(struct user_regs_struct, native)

static const uint16_t kernel_registers[64] = {
	SEEN(BX, rbx), SEEN(DI, rdi), SEEN(BP, rbp), SEEN(SP, rsp), SEEN(IP, rip)};

extern const struct arch_ops arch_x86_64;
const struct arch_ops arch_x86_64 = {
	.elf_machine = EM_X86_64,
	.name = "x86-64",
	.trap = {0xcc},
	.trap_size = 1,
	.trap_advance = 1,
	.scratch_reach = (size_t)1 << 31,
	.pc_in_user_area = offsetof(struct user, regs.rip),
	.pc = x86_64_pc,
	.stack_pointer = x86_64_stack_pointer,
	.set_pc = x86_64_set_pc,
	.entry_slot = x86_64_stack_pointer,
	.return_slot = x86_64_return_slot,
	.argument = x86_64_argument,
	.dwarf_registers = 17,
	.dwarf_frame_pointer = 6,
	.dwarf_stack_pointer = 7,
	.dwarf_pc = 16,
	.dwarf_register = x86_64_dwarf_register,
	.dwarf_values = x86_64_dwarf_values,
	.dwarf_return_slot = -8,
	.set_frame = x86_64_set_frame,
	.displace = x86_64_displace,
	.call_operand = x86_64_call_operand,
	.call = x86_64_call,
	.ends_with_call = x86_64_ends_with_call,
	.is_signal_return = x86_64_is_signal_return,
	.signal_registers = signal_registers,
	.second_argument = x86_64_second_argument,
	.is_nop = x86_64_is_nop,
	.instruction_length = x86_64_instruction_length,
	.may_jump_out = x86_64_may_jump_out,
	.find_syscall = x86_64_find_syscall,
	.bypassed = 7,
	.make_bypass = x86_64_make_bypass,
	.leave_bypass = x86_64_leave_bypass,
	.access = x86_64_access,
	.writes_at = x86_64_writes_at,
	.syscall_code = syscall_code,
	.syscall_size = sizeof syscall_code,
	.set_syscall = x86_64_set_syscall,
	.syscall_result = x86_64_syscall_result,
	.sampled_registers = SAMPLED(BX) | SAMPLED(DI) | SAMPLED(BP) | SAMPLED(SP) | SAMPLED(IP),
	.take_sampled = x86_64_take_sampled,
	.sampled_call_registers = SAMPLED(AX) | SAMPLED(BX) | SAMPLED(DX) | SAMPLED(SI) |
				  SAMPLED(DI) | SAMPLED(BP) | SAMPLED(SP) | SAMPLED(IP),
	.take_sampled_call = x86_64_take_sampled_call,
	.kernel_stack_pointer = offsetof(struct user_regs_struct, rsp),
	.kernel_registers = kernel_registers,
	.restarts_syscall = x86_64_restarts_syscall,
	.beginning_syscall = x86_64_beginning_syscall,
	.interrupted_syscall = x86_64_interrupted_syscall,
	.made_syscall = x86_64_made_syscall,
	.repeat_syscall = x86_64_repeat_syscall,
};
