/* What the files of the x86-64 operations share. */
#ifndef PTMEM_ARCH_X86_64_H
#define PTMEM_ARCH_X86_64_H

#include "arch/arch.h"

void x86_64_displace(const uint8_t *bytes, size_t size, struct target_address address,
	struct target_address slot, struct displaced *displaced);
bool x86_64_make_bypass(const uint8_t *code, size_t size, struct target_address behind,
	struct target_address slot, struct target_address displaced, struct bypass *bypass);
void x86_64_leave_bypass(const struct bypass *bypass, struct registers *registers);
bool x86_64_ends_with_call(const uint8_t *bytes, size_t size);
size_t x86_64_instruction_length(const uint8_t *code, size_t size);
bool x86_64_may_jump_out(const uint8_t *code, size_t size, struct target_address address);

/* The offset behind the first system call in this code, or 0. */
size_t x86_64_find_syscall(const uint8_t *code, size_t size);

enum arch_access x86_64_access(const uint8_t *code, size_t size);

#endif
