/*
 * Functions that begin with every kind of instruction that a breakpoint may have to displace,
 * and calls that return to every kind. Each takes a number and returns it plus one, unless
 * something went wrong. `case` puts a function in the table that prologues.c goes through.
 */
	.macro function name
	.globl \name
	.type \name, @function
\name:
	.endm

	.macro end name
	.size \name, . - \name
	.endm

	.macro case name
	.pushsection .rodata
9:	.string "\name"
	.popsection
	.pushsection cases, "aw"
	.quad 9b, \name
	.popsection
	function \name
	.endm

	.data
	.balign 16
one:	.quad 1, 0
five:	.long 5
pointer_to_plus: .quad plus
	.section .note.GNU-stack, "", @progbits
	.text

	/* What the others call: rax = rdi + 1, and nothing else changes. */
function plus
	lea 1(%rdi), %rax
	ret
end plus

	/* Returns the address it will return to. */
function where
	mov (%rsp), %rax
	ret
end where

/* First instructions: pushes and the like */
case entry_push
	push %rbp
	mov %rsp, %rbp
	lea 1(%rdi), %rax
	pop %rbp
	ret
end entry_push

case entry_push_r15
	push %r15
	lea 1(%rdi), %r15
	mov %r15, %rax
	pop %r15
	ret
end entry_push_r15

case entry_push_rsp
	push %rsp
	pop %rdx
	sub %rsp, %rdx
	lea 1(%rdi, %rdx), %rax
	ret
end entry_push_rsp

case entry_push_immediate
	push $1
	pop %rax
	add %rdi, %rax
	ret
end entry_push_immediate

case entry_push_relative
	push one(%rip)
	pop %rax
	add %rdi, %rax
	ret
end entry_push_relative

case entry_push_flags
	pushfq
	pop %rax
	and $0x100, %rax /* the trap flag: none may be seen stepping */
	lea 1(%rax, %rdi), %rax
	ret
end entry_push_flags

case entry_pop_return_address
	pop %rdx
	lea 1(%rdi), %rax
	jmp *%rdx
end entry_pop_return_address

case entry_read_return_address
	mov (%rsp), %rdx
	lea 1(%rdi), %rax
	add $8, %rsp
	jmp *%rdx
end entry_read_return_address

case entry_enter
	enter $16, $0
	lea 1(%rdi), %rax
	leave
	ret
end entry_enter

/* Plain ones, of every length */
case entry_endbr64
	endbr64
	lea 1(%rdi), %rax
	ret
end entry_endbr64

case entry_sub_rsp
	sub $24, %rsp
	lea 1(%rdi), %rax
	add $24, %rsp
	ret
end entry_sub_rsp

case entry_sub_rsp_long
	sub $4096, %rsp
	lea 1(%rdi), %rax
	add $4096, %rsp
	ret
end entry_sub_rsp_long

case entry_nop
	nop
	lea 1(%rdi), %rax
	ret
end entry_nop

case entry_nop_long
	nopw %cs:512(%rax, %rax, 1)
	lea 1(%rdi), %rax
	ret
end entry_nop_long

case entry_mov_register
	mov %rdi, %rax
	inc %rax
	ret
end entry_mov_register

case entry_mov_immediate
	movabs $0x123456789abcdef1, %rax
	movabs $0x123456789abcdef0, %rdx
	sub %rdx, %rax
	add %rdi, %rax
	ret
end entry_mov_immediate

case entry_xor
	xor %eax, %eax
	lea 1(%rax, %rdi), %rax
	ret
end entry_xor

case entry_fs
	mov %fs:0, %rax
	sub %fs:0, %rax
	lea 1(%rax, %rdi), %rax
	ret
end entry_fs

case entry_repeat
	rep stosb
	lea 1(%rsi), %rax
	ret
end entry_repeat

case entry_locked
	lock addl $0, five(%rip)
	lea 1(%rdi), %rax
	ret
end entry_locked

case entry_cpuid
	cpuid
	lea 1(%rdi), %rax
	mov %r8, %rbx
	ret
end entry_cpuid

/* Relative to the instruction pointer */
case entry_lea_relative
	lea one(%rip), %rax
	mov (%rax), %rax
	add %rdi, %rax
	ret
end entry_lea_relative

case entry_mov_relative
	mov one(%rip), %rax
	add %rdi, %rax
	ret
end entry_mov_relative

case entry_add_relative
	add one(%rip), %rdi
	mov %rdi, %rax
	ret
end entry_add_relative

case entry_compare_relative
	cmpl $5, five(%rip)
	sete %al
	movzbl %al, %eax
	add %rdi, %rax
	ret
end entry_compare_relative

case entry_store_relative
	movq $1, one(%rip)
	mov one(%rip), %rax
	add %rdi, %rax
	ret
end entry_store_relative

case entry_sse_relative
	movaps one(%rip), %xmm0
	movq %xmm0, %rax
	add %rdi, %rax
	ret
end entry_sse_relative

/* Branches */
case entry_call
	call where
1:	lea 1b(%rip), %rdx
	sub %rdx, %rax
	lea 1(%rax, %rdi), %rax
	ret
end entry_call

case entry_call_pop
	call 1f
1:	pop %rax
	lea 1b(%rip), %rdx
	sub %rdx, %rax
	lea 1(%rax, %rdi), %rax
	ret
end entry_call_pop

case entry_jump_short
	jmp 1f
	ud2
1:	lea 1(%rdi), %rax
	ret
end entry_jump_short

case entry_jump_near
	jmp plus
end entry_jump_near

1:	lea 1(%rdi), %rax
	ret
case entry_jump_back
	jmp 1b
end entry_jump_back

case entry_jump_if
	jz 1f /* neither way may differ */
	lea 1(%rdi), %rax
	ret
1:	lea 1(%rdi), %rax
	ret
end entry_jump_if

function jump_if_zero
	jz 1f
	mov $0, %eax
	ret
1:	mov $1, %eax
	ret
end jump_if_zero

case entry_jump_if_taken
	cmp %rdi, %rdi
	call jump_if_zero
	add %rdi, %rax
	ret
end entry_jump_if_taken

case entry_jump_if_not_taken
	test %rsp, %rsp
	call jump_if_zero
	lea 1(%rax, %rdi), %rax
	ret
end entry_jump_if_not_taken

function jump_if_carry_far
	jc plus
	mov $0, %eax
	ret
end jump_if_carry_far

case entry_jump_if_far
	stc
	call jump_if_carry_far
	ret
end entry_jump_if_far

case entry_jump_indirect
	jmp *pointer_to_plus(%rip)
end entry_jump_indirect

case entry_call_indirect
	call *pointer_to_plus(%rip)
	ret
end entry_call_indirect

function jump_register
	jmp *%rdx
end jump_register

case entry_jump_register
	lea plus(%rip), %rdx
	call jump_register
	ret
end entry_jump_register

function call_register
	call *%rdx
	ret
end call_register

case entry_call_register
	lea plus(%rip), %rdx
	call call_register
	ret
end entry_call_register

function call_stack
	call *8(%rsp)
	ret
end call_stack

case entry_call_stack
	lea plus(%rip), %rdx
	push %rdx
	call call_stack
	add $8, %rsp
	ret
end entry_call_stack

function jump_stack
	jmp *8(%rsp)
end jump_stack

case entry_jump_stack
	lea plus(%rip), %rdx
	push %rdx
	call jump_stack
	add $8, %rsp
	ret
end entry_jump_stack

function jump_rcx_zero
	jrcxz 1f
	mov $0, %eax
	ret
1:	mov $1, %eax
	ret
end jump_rcx_zero

case entry_jrcxz_taken
	xor %ecx, %ecx
	call jump_rcx_zero
	add %rdi, %rax
	ret
end entry_jrcxz_taken

case entry_jrcxz_not_taken
	mov $7, %ecx
	call jump_rcx_zero
	lea 1(%rax, %rdi), %rax
	ret
end entry_jrcxz_not_taken

function loop_first
	loop 1f
	mov $100, %eax
	ret
1:	mov %rcx, %rax
	ret
end loop_first

case entry_loop
	mov $2, %ecx
	call loop_first
	add %rdi, %rax
	ret
end entry_loop

	/* A first instruction that the function itself comes back to. */
function again
	dec %rdx
	jnz again
	lea 1(%rdi), %rax
	ret
end again

case entry_loop_back
	mov $50, %edx
	call again
	ret
end entry_loop_back

function only_return
	ret
end only_return

case entry_return
	lea 1(%rdi), %rax
	call only_return
	ret
end entry_return

function return_pop
	ret $16
end return_pop

case entry_return_pop
	lea 1(%rdi), %rax
	sub $16, %rsp
	call return_pop
	ret
end entry_return_pop

function system_call
	syscall
1:	lea 1b(%rip), %rdx
	sub %rdx, %rcx /* the kernel leaves the address after it there */
	lea 1(%rcx, %rdi), %rax
	ret
end system_call

case entry_system_call
	mov $39, %eax /* getpid */
	call system_call
	ret
end entry_system_call

/* What a call returns to */
case return_to_nop
	call plus
	nop
	ret
end return_to_nop

case return_to_return
	call plus
	ret
end return_to_return

case return_to_return_pop
	push %rdi
	call 1f
	ret
1:	call plus
	ret $8
end return_to_return_pop

case return_to_mov
	call plus
	mov %rax, %rdx
	mov %rdx, %rax
	ret
end return_to_mov

case return_to_push
	call plus
	push %rax
	pop %rax
	ret
end return_to_push

case return_to_pop
	push %rdi
	call plus
	pop %rdi
	ret
end return_to_pop

case return_to_add_rsp
	sub $8, %rsp
	call plus
	add $8, %rsp
	ret
end return_to_add_rsp

case return_to_leave
	push %rbp
	mov %rsp, %rbp
	sub $32, %rsp
	call plus
	leave
	ret
end return_to_leave

case return_to_xor
	call plus
	xor %edx, %edx
	add %rdx, %rax
	ret
end return_to_xor

case return_to_lea_relative
	call plus
	lea one(%rip), %rdx
	sub (%rdx), %rax
	inc %rax
	ret
end return_to_lea_relative

case return_to_compare_relative
	call plus
	cmpl $5, five(%rip)
	je 1f
	xor %eax, %eax
1:	ret
end return_to_compare_relative

case return_to_store_relative
	call plus
	mov %rax, answer(%rip)
	xor %eax, %eax
	mov answer(%rip), %rax
	ret
end return_to_store_relative
	.comm answer, 8

case return_to_call
	call plus
	call where
	lea 1(%rdi), %rax
	ret
end return_to_call

case return_to_same_call
	dec %rdi
	call plus
	call plus
	inc %rax
	inc %rdi
	ret
end return_to_same_call

case return_to_jump
	call plus
	jmp 1f
	ud2
1:	ret
end return_to_jump

case return_to_jump_near
	call plus
	jmp only_return
end return_to_jump_near

case return_to_jump_if
	call plus
	jz 1f
1:	ret
end return_to_jump_if

case return_to_jrcxz
	xor %ecx, %ecx
	call plus
	jrcxz 1f
	ud2
1:	ret
end return_to_jrcxz

case return_to_loop
	mov $3, %ecx
1:	call plus
	loop 1b
	ret
end return_to_loop

case return_to_call_indirect
	call plus
	call *pointer_to_plus(%rip)
	ret
end return_to_call_indirect

case return_to_jump_indirect
	call plus
	jmp *pointer_to_plus(%rip)
end return_to_jump_indirect

case return_to_jump_register
	lea 1f(%rip), %rdx
	call plus
	jmp *%rdx
	ud2
1:	ret
end return_to_jump_register

function number_of_getpid
	mov $39, %eax
	ret
end number_of_getpid

case return_to_system_call
	mov %rdi, %r8
	call number_of_getpid
	syscall
	lea 1(%r8), %rax
	ret
end return_to_system_call

case return_to_conditional_move
	call plus
	cmovz %rdi, %rdx
	ret
end return_to_conditional_move

	/* The place that a call returns to begins a function as well. */
case return_to_entry
	sub $8, %rsp
	call plus
end return_to_entry
function also_an_entry
	add $8, %rsp
	ret
end also_an_entry
