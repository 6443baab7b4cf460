/*
 * What differs between processors, as one struct of operations each. Nothing outside this
 * folder asks which processor it runs on.
 *
 * Instructions are told apart here and nowhere else: where one ends, whether a call ends
 * at an address, and how the instruction that a breakpoint displaced is made to happen
 * while the breakpoint stays.
 */
#ifndef PTMEM_ARCH_ARCH_H
#define PTMEM_ARCH_ARCH_H

#include "base/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/user.h>

#define ARCH_TRAP_MAX 4         /* bytes of a breakpoint instruction */
#define ARCH_INSTRUCTION_MAX 16 /* bytes that are enough to decode any instruction */
#define ARCH_SLOT_SIZE 32       /* bytes of an out-of-line slot */
#define ARCH_DWARF_MAX 17       /* registers that DWARF numbers, on any processor */
#define ARCH_BYPASS_SLOTS 2     /* slots in a row that a bypass takes */
#define ARCH_BYPASS_MAX 8       /* bytes of code that one takes the place of */
#define ARCH_CALL_MAX 8         /* bytes before a return address that are enough to know */

/* A thread's registers, as the kernel hands them over. */
struct registers {
	struct user_regs_struct native;
};

/* What an instruction does to memory. */
enum arch_access {
	ARCH_ACCESS_UNKNOWN,
	ARCH_ACCESS_READ,
	ARCH_ACCESS_WRITE, /* it may have read there as well */
	ARCH_ACCESS_BOTH,  /* it reads in one place and writes in another */
};

/* How a displaced instruction is made to happen. */
enum displaced_action {
	DISPLACED_IMPOSSIBLE, /* not without lifting the breakpoint: do not plant here */
	DISPLACED_SKIP,       /* nothing but the pc changes: a nop, or a jump to `target` */
	DISPLACED_CALL,       /* a call: emulated, so that it pushes the true return address */
	DISPLACED_SLOT,       /* runs in the slot, which jumps back by itself */
	DISPLACED_STEP,       /* runs in the slot under a single step, and the pc is moved back */
};

/* Where an emulated call takes its target from. Register numbers are the processor's. */
enum call_operand {
	CALL_TARGET,   /* `target` */
	CALL_REGISTER, /* a register */
	CALL_MEMORY,   /* a word in memory */
};

#define ARCH_NO_REGISTER 0xff

struct displaced {
	enum displaced_action action;
	uint8_t length;               /* of the original instruction */
	uint8_t slot_length;          /* of its copy, which what follows in the slot begins after */
	uint8_t slot_used;            /* bytes of `slot` that count */
	uint8_t slot[ARCH_SLOT_SIZE]; /* SLOT, STEP */
	struct target_address target; /* SKIP, CALL_TARGET: where it goes on */
	enum call_operand operand;    /* CALL */
	uint8_t base, index, scale;   /* CALL_REGISTER: base; CALL_MEMORY: all three */
	int64_t displacement;         /* CALL_MEMORY */
};

/* How calls that need no stop go round the breakpoint behind a system call (target/bypass.h). */
struct bypass {
	struct target_address start;       /* of the code that it takes the place of */
	uint8_t length;                    /* bytes of that */
	uint8_t original[ARCH_BYPASS_MAX]; /* as they were */
	uint8_t jump[ARCH_BYPASS_MAX];     /* as they are to be */
	struct target_address slot;        /* where they go instead */
	uint8_t code[ARCH_BYPASS_SLOTS * ARCH_SLOT_SIZE];
	uint8_t size;  /* of that */
	uint8_t spare; /* a register that it changes */
};

struct arch_ops {
	uint16_t elf_machine;
	const char *name;

	uint8_t trap[ARCH_TRAP_MAX]; /* the breakpoint instruction */
	size_t trap_size;
	size_t trap_advance;       /* how far past it the pc is at the stop */
	size_t scratch_reach;      /* how far from its code a slot may lie, in bytes */
	ptrdiff_t pc_in_user_area; /* for PTRACE_POKEUSER, -1 where that cannot set the pc */

	struct target_address (*pc)(const struct registers *registers);
	struct target_address (*stack_pointer)(const struct registers *registers);
	void (*set_pc)(struct registers *registers, struct target_address pc);

	/* At a function's first instruction: where the return address lies; just after a
	 * return: where it lay. */
	struct target_address (*entry_slot)(const struct registers *registers);
	struct target_address (*return_slot)(const struct registers *registers);

	/* There: an argument in an integer register, from 0; 0 where there are not so many. */
	uint64_t (*argument)(const struct registers *registers, unsigned number);

	/* Registers by the numbers that DWARF gives them, which are below this one. */
	unsigned dwarf_registers;
	unsigned dwarf_frame_pointer;
	unsigned dwarf_stack_pointer;
	unsigned dwarf_pc; /* at least dwarf_registers where it has no number */
	uint64_t (*dwarf_register)(const struct registers *registers, unsigned number);
	void (*dwarf_values)(const struct registers *registers, uint64_t values[ARCH_DWARF_MAX]);

	/* Where a call leaves its return address, from the base of the frame (CFA) that it makes.
	 */
	int dwarf_return_slot;

	/* Makes these the registers of a caller, as far as frames can tell. */
	void (*set_frame)(struct registers *registers, struct target_address pc,
		struct target_address stack_pointer, uint64_t frame_pointer);

	/*
	 * Decodes the instruction at this address and says how it can be displaced to a slot.
	 * bytes has `size` readable ones, the original code without breakpoints.
	 */
	void (*displace)(const uint8_t *bytes, size_t size, struct target_address address,
		struct target_address slot, struct displaced *displaced);

	/*
	 * Emulates a displaced call: where the operand's word is to be read from (memory), then
	 * the effect on the registers once the target is known. The return address is to be
	 * stored at the new stack pointer.
	 */
	struct target_address (*call_operand)(
		const struct displaced *displaced, const struct registers *registers);
	void (*call)(struct registers *registers, struct target_address target);

	/* Whether an instruction that calls ends where these bytes (the ones before a return
	 * address) end. */
	bool (*ends_with_call)(const uint8_t *bytes, size_t size);

	/* Whether these are the first bytes of the code that a signal handler returns to. */
	bool (*is_signal_return)(const uint8_t *bytes, size_t size);

	/* There, how far from the stack pointer the registers are that the signal interrupted, by
	 * the numbers that DWARF gives them. */
	const uint16_t *signal_registers;

	/* What a function that is entered was given as its second argument, if that is a number. */
	struct target_address (*second_argument)(const struct registers *registers);

	/* Whether that is one that does nothing. */
	bool (*is_nop)(const uint8_t *code, size_t size);

	/* How many bytes the instruction at the beginning of these has; 0 where there is none. */
	size_t (*instruction_length)(const uint8_t *code, size_t size);

	/*
	 * Whether a function with this code may leave by a jump: out of its bounds, or to
	 * where only it knows. One that cannot makes no tail calls.
	 */
	bool (*may_jump_out)(const uint8_t *code, size_t size, struct target_address address);

	/* Just behind the instruction that made one: its arguments, and what it gave. */
	int64_t (*made_syscall)(const struct registers *registers, uint64_t arguments[6]);

	/* Where the first instruction of a function that makes a system call ends, as an offset in
	 * this code; 0 where it makes none. */
	size_t (*find_syscall)(const uint8_t *code, size_t size);

	/*
	 * How a brk() that makes the heap larger can go round the breakpoint `behind` its
	 * system call. The code is the program's own, from `bypassed` bytes before that on; what
	 * the breakpoint displaced runs in a slot already. False where it cannot.
	 */
	size_t bypassed;
	bool (*make_bypass)(const uint8_t *code, size_t size, struct target_address behind,
		struct target_address slot, struct target_address displaced, struct bypass *bypass);

	/* In the slot: makes these the registers that the thread would have in its own code, as
	 * if it had not gone there, or had come back. */
	void (*leave_bypass)(const struct bypass *bypass, struct registers *registers);

	/* What the instruction with which this code begins does; for one that does both, whether
	 * this address is where it writes, by the registers that it is to be done with. */
	enum arch_access (*access)(const uint8_t *code, size_t size);
	bool (*writes_at)(const struct registers *registers, uint64_t address);

	/* A system call made in the target's name: code that makes it, and its registers. */
	const uint8_t *syscall_code;
	size_t syscall_size;
	void (*set_syscall)(struct registers *registers, long number, const uint64_t arguments[6]);
	int64_t (*syscall_result)(const struct registers *registers);

	/* The registers that a sample has: their bits as perf_event_open(2) numbers them, and the
	 * values that come with it, in the order of the bits. */
	uint64_t sampled_registers;
	void (*take_sampled)(struct registers *registers, const uint64_t *values);

	/* The same of one that is taken behind a system call, for made_syscall() of up to three
	 * arguments as well. */
	uint64_t sampled_call_registers;
	void (*take_sampled_call)(struct registers *registers, const uint64_t *values);

	/* Where in what the kernel's own programs see of registers the stack pointer is, and those
	 * that a sample has, by their bits. */
	size_t kernel_stack_pointer;
	const uint16_t *kernel_registers;

	/* A system call that was interrupted is to be begun again when the thread goes on. */
	bool (*restarts_syscall)(const struct registers *registers);

	/* At the stop where a system call begins: its number and arguments; else -1. */
	long (*beginning_syscall)(const struct registers *registers, uint64_t arguments[6]);

	/*
	 * The system call that a stop has just made fail with EINTR, or -1; and the registers
	 * with which the thread makes it once more.
	 */
	long (*interrupted_syscall)(const struct registers *registers);
	void (*repeat_syscall)(struct registers *registers);
};

/* The processor that ptmem was built for. */
extern const struct arch_ops *const arch;

#endif
