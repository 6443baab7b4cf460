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

struct bpf_program {
	struct bpf_insn code[96];
	size_t count;
};

void bpf_move(struct bpf_program *program, uint8_t destination, uint8_t source);
void bpf_set(struct bpf_program *program, uint8_t destination, int32_t number);
void bpf_set_wide(struct bpf_program *program, uint8_t destination, uint64_t number);
void bpf_calculate(
	struct bpf_program *program, uint8_t operation, uint8_t destination, int32_t number);
void bpf_combine(
	struct bpf_program *program, uint8_t operation, uint8_t destination, uint8_t source);
void bpf_load(struct bpf_program *program, uint8_t destination, uint8_t source, size_t offset);
void bpf_store(struct bpf_program *program, uint8_t destination, int offset, uint8_t source);

/* A map, or the first value that it has: BPF_PSEUDO_MAP_FD, BPF_PSEUDO_MAP_VALUE. */
void bpf_load_map(struct bpf_program *program, uint8_t destination, uint8_t kind, int map);

void bpf_call(struct bpf_program *program, int32_t function);
void bpf_jump(struct bpf_program *program, int16_t label);
void bpf_jump_if(struct bpf_program *program, uint8_t comparison, uint8_t left, uint8_t right,
	int16_t label);
void bpf_jump_if_number(struct bpf_program *program, uint8_t comparison, uint8_t left,
	int32_t number, int16_t label);

/* All jumps to this label go to what comes next. */
void bpf_here(struct bpf_program *program, int16_t label);

/* Begins a program; ends it: what comes to the end is sampled. The program's descriptor, or -1. */
void bpf_begin(struct bpf_program *program);
int bpf_end(struct bpf_program *program);

/* Descriptors; -1 where there can be none. */
int bpf_create_map(uint32_t type, uint32_t key, uint32_t value, uint32_t most, uint32_t flags);

/* A map of one value, which is memory that is shared: NULL where it cannot be. */
void *bpf_share(size_t size, int *map);

/* False where it cannot be. */
bool bpf_change(int map, int command, const void *key, const void *value);
bool bpf_apply(int program, int event);

#endif
