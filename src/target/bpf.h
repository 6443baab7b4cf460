/*
 * Programs that the kernel runs at each event before it takes a sample, written instruction by
 * instruction, and the memory that they share with us (bpf(2)). Root may have that, and where
 * the kernel does not allow it there are none.
 */
#ifndef PTMEM_TARGET_BPF_H
#define PTMEM_TARGET_BPF_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a jump goes that is known later on: a negative number, for as long as it is not. */
#define BPF_SKIP (-1) /* no sample is taken */
#define BPF_LABEL (-2)

/* Each part of a program finds the stack pointer of where the event happened here, which has its
 * highest bit where the kernel was at work. Calls leave it as it is. */
#define BPF_REG_STACK BPF_REG_6

/* What a program keeps on its own stack: of the event, and of the thread that it is of. */
#define BPF_CONTEXT (-8)
#define BPF_THREAD (-16)

struct bpf_program {
	struct bpf_insn code[256];
	size_t count;
};

/* The name space that numbers of threads are of: as ptmem has them. */
struct bpf_space {
	uint64_t device, inode;
};

void bpf_move(struct bpf_program *program, uint8_t destination, uint8_t source);
void bpf_set(struct bpf_program *program, uint8_t destination, int32_t number);
void bpf_set_wide(struct bpf_program *program, uint8_t destination, uint64_t number);
void bpf_calculate(
	struct bpf_program *program, uint8_t operation, uint8_t destination, int32_t number);
void bpf_combine(
	struct bpf_program *program, uint8_t operation, uint8_t destination, uint8_t source);
void bpf_load(struct bpf_program *program, uint8_t destination, uint8_t source, size_t offset);
void bpf_load_at(struct bpf_program *program, uint8_t destination, uint8_t source, int offset);
void bpf_store(struct bpf_program *program, uint8_t destination, int offset, uint8_t source);
void bpf_store_number(struct bpf_program *program, uint8_t destination, int offset, int32_t number);

/* The same, of a number to be added to what is there: all that was stored before is there then. */
void bpf_publish(struct bpf_program *program, uint8_t destination, int offset, uint8_t source);

void bpf_call(struct bpf_program *program, int32_t function);
void bpf_jump(struct bpf_program *program, int16_t label);
void bpf_jump_if(struct bpf_program *program, uint8_t comparison, uint8_t left, uint8_t right,
	int16_t label);
void bpf_jump_if_number(struct bpf_program *program, uint8_t comparison, uint8_t left,
	int32_t number, int16_t label);

/* All jumps to this label go to what comes next. */
void bpf_here(struct bpf_program *program, int16_t label);

/* No more bytes than there are from the stack pointer to `end`, which is lost. Takes a label that
 * nothing else does. */
void bpf_limit_stack(struct bpf_program *program, uint8_t bytes, uint8_t end, int16_t label);

/* Which thread it is that the event is of, in register 1: its process's number above its own.
 * To the label where it has none in this name space. */
bool bpf_find_space(struct bpf_space *space);
void bpf_find_thread(struct bpf_program *program, const struct bpf_space *space, int16_t label);

/* Begins a program; ends it: what comes to the end is sampled. The program's descriptor, or -1. */
void bpf_begin(struct bpf_program *program);
int bpf_end(struct bpf_program *program);

/*
 * A map of one value, which is memory that is shared with the kernel; NULL where it cannot be.
 * There are no others: while a system call changes a map, programs are passed over on its
 * processor.
 */
struct bpf_shared {
	void *memory;
	size_t size;
	int map; /* its descriptor */
};

bool bpf_share(struct bpf_shared *shared, size_t size);
void bpf_unshare(struct bpf_shared *shared);

/* Where it begins. */
void bpf_load_shared(
	struct bpf_program *program, uint8_t destination, const struct bpf_shared *shared);

/* False where it cannot be. */
bool bpf_apply(int program, int event);

#endif
