/* Unwinding samples: the same frames as libunwind finds, from a copy of the stack. */
#include "finder.h"
#include "subject.h"
#include "target/ptrace.h"
#include "unwind/sampled.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define COPY_MAX ((size_t)16 << 10)
struct sampling {
	struct subject subject;
	struct finder finder;
	struct sampled_unwinder *unwinder;
	struct sampled_stack stack;
	uint8_t copy[COPY_MAX];
	size_t copy_size;
	bool runs; /* the target is taken to run on */
};

static void sampling_begin(struct sampling *sampling)
{
	sampling->finder = (struct finder){.memory = &sampling->subject.memory};
	sampling->stack = (struct sampled_stack){0};
	sampling->copy_size = COPY_MAX;
	sampling->runs = false;
	cr_assert_null(sampled_unwinder_create(
		&sampling->subject.memory, finder_find, &sampling->finder, &sampling->unwinder));
}

static void sampling_start(
	struct sampling *sampling, const char *name, const char *mode, const char *number)
{
	subject_start(&sampling->subject, name, mode, number);
	sampling_begin(sampling);
}

static void sampling_finish(struct sampling *sampling)
{
	sampled_unwinder_destroy(sampling->unwinder);
	sampled_stack_deinit(&sampling->stack);
	finder_deinit(&sampling->finder);
	subject_finish(&sampling->subject);
}

/* As the kernel would: registers, and the stack from the stack pointer on. */
static void sample_registers(struct sampling *sampling, const struct registers *registers)
{
	size_t size = target_read_some(&sampling->subject.memory, arch->stack_pointer(registers),
		sampling->copy, sampling->copy_size);
	struct stack_sample sample = {.registers = registers,
		.stack = sampling->copy,
		.stack_size = size,
		.stopped = !sampling->runs};

	cr_assert_null(sampled_unwind(sampling->unwinder, &sample, &sampling->stack));
}

static void sample(struct sampling *sampling)
{
	struct registers registers;

	cr_assert_null(tracee_registers(sampling->subject.pid, &registers));
	sample_registers(sampling, &registers);
}

/* Exactly these; but what libunwind cannot follow may be guessed here. */
static void check_same(const struct sampling *sampling)
{
	const struct unwound *expected = &sampling->subject.frames;
	const struct sampled_stack *stack = &sampling->stack;

	if (sampling->subject.complete) {
		cr_assert_eq(stack->count, expected->count, "%zu frames instead of %zu",
			stack->count, expected->count);
		cr_assert(stack->complete);
	}
	cr_assert_geq(stack->count, expected->count);
	for (size_t i = 0; i < expected->count; i++) {
		const struct sampled_frame *frame = &stack->items[stack->count - 1 - i];
		const struct unwound_frame *other = &expected->items[i];

		cr_assert_eq(frame->pc, other->pc.value, "frame %zu: %lx instead of %lx", i,
			frame->pc, other->pc.value);
		cr_assert_eq(frame->interrupted, other->interrupted, "frame %zu", i);
		cr_assert_not(frame->guessed);
		if (i + 1 < expected->count)
			cr_assert_eq(frame->slot, other->slot.value, "frame %zu", i);
	}
}

static void check_sample(struct sampling *sampling)
{
	subject_unwind(&sampling->subject);
	sample(sampling);
	check_same(sampling);
}

static void check_mode(const char *name, const char *mode, const char *number)
{
	static struct sampling sampling;

	sampling_start(&sampling, name, mode, number);
	check_sample(&sampling);
	cr_assert_eq(sampling.stack.kept, 0);
	check_sample(&sampling);
	cr_assert_eq(sampling.stack.kept, sampling.stack.count);
	sampling_finish(&sampling);
}

static const char *const programs[] = {
	"unwinds", "unwinds-framed", "unwinds-static", "unwinds-static-pie"};

static void check_mode_everywhere(const char *mode, const char *number)
{
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
		check_mode(programs[i], mode, number);
}

Test(sampled, known_chains)
{
	check_mode_everywhere("chain", NULL);
	check_mode_everywhere("sleep", NULL);
	check_mode_everywhere("chroot", NULL);
}

Test(sampled, what_a_signal_interrupted)
{
	check_mode_everywhere("signal", NULL);
}

Test(sampled, code_without_tables)
{
	check_mode_everywhere("untabled", NULL);
	check_mode_everywhere("made", NULL);
	check_mode_everywhere("leaf", NULL);
}

Test(sampled, recursion)
{
	check_mode_everywhere("recurse", "1000");
	check_mode("unwinds", "recurse", "60000");
}

/* To the next instruction, a signal's handler's as well. */
static void step(const struct sampling *sampling, int *signal)
{
	int status;

	cr_assert_eq(ptrace(PTRACE_SINGLESTEP, sampling->subject.pid, NULL, *signal), 0);
	cr_assert_eq(waitpid(sampling->subject.pid, &status, __WALL), sampling->subject.pid);
	cr_assert(WIFSTOPPED(status));
	*signal = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
}

/* How often what was to be seen was. */
struct seen {
	uint64_t outermost; /* at first */
	unsigned interrupted, vdso, coroutine;
};

static void note_seen(const struct sampling *sampling, struct seen *seen)
{
	const struct sampled_stack *stack = &sampling->stack;
	const struct sampled_frame *inner = &stack->items[stack->count - 1];
	const struct mapped_file *file = finder_file_at(&sampling->finder, inner->pc);

	seen->vdso += file && !file->inode;
	if (!seen->outermost)
		seen->outermost = stack->items[0].pc;
	seen->coroutine += stack->items[0].pc != seen->outermost;
	for (size_t i = 0; i < stack->count; i++)
		seen->interrupted += stack->items[i].interrupted;
}

/* What is unwound by itself, and replaces the sample before, is what is unwound after that one. */
static void check_replaced(struct sampling *sampling, struct sampled_stack *stack)
{
	struct sampled_stack expected = sampling->stack;

	sampling->stack = (struct sampled_stack){0};
	sample(sampling);
	cr_assert_null(sampled_replace(stack, &sampling->stack));
	cr_assert_eq(stack->count, expected.count);
	cr_assert_eq(stack->kept, expected.kept);
	cr_assert_eq(stack->unmoved, expected.unmoved);
	cr_assert_eq(stack->complete, expected.complete);
	for (size_t i = 0; i < stack->count; i++) {
		cr_assert_eq(stack->items[i].pc, expected.items[i].pc);
		cr_assert_eq(stack->items[i].slot, expected.items[i].slot);
	}
	sampled_stack_deinit(&sampling->stack);
	sampling->stack = expected;
}

/* At every instruction: the first of a function, the last, and all between. */
static struct seen check_every_instruction(const char *name, const char *mode, int count)
{
	static struct sampling sampling;
	struct sampled_stack replaced = {0};
	struct seen seen = {0};
	int signal = 0;

	sampling_start(&sampling, name, mode, NULL);
	for (int i = 0; i < count; i++) {
		check_sample(&sampling);
		check_replaced(&sampling, &replaced);
		note_seen(&sampling, &seen);
		step(&sampling, &signal);
	}
	sampled_stack_deinit(&replaced);
	sampling_finish(&sampling);
	return seen;
}

Test(sampled, at_every_instruction)
{
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
		check_every_instruction(programs[i], "loop", 2000);
}

static void check_varied(const char *name)
{
	struct seen seen = check_every_instruction(name, "loop-varied", 8000);

	cr_assert_gt(seen.interrupted, 100);
	cr_assert_gt(seen.vdso, 100);
	cr_assert_gt(seen.coroutine, 100);
}

Test(sampled, at_every_instruction_of_all_sorts)
{
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
		check_varied(programs[i]);
}

/*
 * From the very first instruction, which is the dynamic linker's. Nothing says where the first
 * function ends.
 */
Test(sampled, at_every_instruction_of_the_dynamic_linker)
{
	static struct sampling sampling;
	struct subject *subject = &sampling.subject;
	char path[5000];
	int signal = 0, status;

	debuggee_path("unwinds", path, sizeof path);
	subject->pid = fork();
	if (!subject->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(STDOUT_FILENO);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execl(path, path, "chain", NULL);
		_exit(127);
	}
	cr_assert_eq(waitpid(subject->pid, &status, 0), subject->pid);
	cr_assert_null(target_memory_open(subject->pid, &subject->memory));
	cr_assert_null(unwinder_create(subject->pid, &subject->memory, &subject->unwinder));
	sampling_begin(&sampling);
	for (int i = 0; i < 20000; i++) {
		check_sample(&sampling);
		step(&sampling, &signal);
	}
	sampling_finish(&sampling);
}

/* What is beyond the copy is read in memory. */
Test(sampled, copies_of_any_size)
{
	static struct sampling sampling;

	sampling_start(&sampling, "unwinds-framed", "recurse", "100");
	for (size_t size = 0; size < 8192; size += size < 64 ? 1 : 173) {
		sampling.copy_size = size;
		sampling.stack.generation = 0;
		check_sample(&sampling);
		check_sample(&sampling);
		cr_assert_eq(sampling.stack.kept, sampling.stack.count);
	}
	sampling_finish(&sampling);
}

/* Makes frame `depth` return into the other function, after whichever call that has. */
static void redirect(struct sampling *sampling, size_t depth, uint64_t pc)
{
	cr_assert_null(target_write(&sampling->subject.memory,
		target_address(sampling->stack.items[depth].slot), &pc, sizeof pc));
}

/*
 * While the target runs, not all that lies far beyond the copy is looked at. But a change further
 * in than what was looked at is seen where the walk meets it.
 */
Test(sampled, deep_recursion_while_it_runs)
{
	static struct sampling sampling;

	sampling_start(&sampling, "unwinds", "recurse", "60000");
	sampling.runs = true;
	sampling.copy_size = 4096;
	for (int i = 0; i < 20; i++) {
		check_sample(&sampling);
		cr_assert_eq(sampling.stack.kept, i ? sampling.stack.count : 0);
	}
	for (size_t depth = sampling.stack.count - 20; depth > sampling.stack.count - 120;
		depth -= 7) {
		uint64_t pc = sampling.stack.items[depth - 1].pc, other = pc + 1;

		redirect(&sampling, depth, other);
		check_sample(&sampling);
		redirect(&sampling, depth, pc);
		check_sample(&sampling);
		sample(&sampling);
	}
	sampling_finish(&sampling);
}

/* A recursion that was left half-way, and entered again from elsewhere: most of it is new. Only of
 * a thread that is stopped can that be known. */
Test(sampled, a_change_far_beyond_the_copy)
{
	static struct sampling sampling;
	const size_t first = 20000, last = 50000;

	sampling_start(&sampling, "unwinds", "recurse", "60000");
	sample(&sampling);
	for (size_t depth = first; depth < last; depth++)
		redirect(&sampling, depth, sampling.stack.items[depth - 1].pc + 1);
	check_sample(&sampling);
	cr_assert_eq(sampling.stack.kept, first, "%zu", sampling.stack.kept);
	sampling_finish(&sampling);
}

/* The registers of the frame so many calls further out, when its callee has returned. */
static struct registers outer_registers(const struct sampled_stack *stack, size_t depth)
{
	const struct sampled_frame *frame = &stack->items[depth];
	struct registers registers = {0};

	arch->set_frame(&registers, target_address(frame->pc),
		target_address(frame[1].slot + sizeof(uint64_t)), frame->frame_pointer);
	return registers;
}

/* Forth and back between two depths: what is further out than both is kept. */
static void check_kept_between(struct sampling *sampling, size_t depth)
{
	struct registers inner, outer;
	size_t count;

	cr_assert_null(tracee_registers(sampling->subject.pid, &inner));
	sample_registers(sampling, &inner);
	count = sampling->stack.count;
	outer = outer_registers(&sampling->stack, depth);
	sample_registers(sampling, &outer);
	cr_assert(sampling->stack.complete);
	cr_assert_eq(sampling->stack.count, depth + 1);
	cr_assert_eq(sampling->stack.kept, depth + 1);
	sample_registers(sampling, &inner);
	cr_assert_eq(sampling->stack.count, count);
	cr_assert_eq(sampling->stack.kept, depth + 1);
}

Test(sampled, calls_that_are_kept)
{
	static struct sampling sampling;

	sampling_start(&sampling, "unwinds-framed", "recurse", "300");
	for (size_t depth = 10; depth < 300; depth += 20) {
		check_kept_between(&sampling, depth);
		sampling.copy_size = sampling.copy_size == COPY_MAX ? 512 : COPY_MAX;
	}
	sampling_finish(&sampling);
}

/* As if that call had been made from another place: of what is further in, nothing is kept. */
static void check_changed_caller(struct sampling *sampling, size_t depth)
{
	uint64_t pc = sampling->stack.items[depth - 1].pc, other = pc + 1;

	sample(sampling);
	cr_assert_eq(sampling->stack.kept, sampling->stack.count);
	redirect(sampling, depth, other);
	check_sample(sampling);
	cr_assert_eq(
		sampling->stack.kept, depth, "%zu instead of %zu", sampling->stack.kept, depth);
	redirect(sampling, depth, pc);
	check_sample(sampling);
	cr_assert_eq(sampling->stack.kept, depth);
}

Test(sampled, callers_that_change)
{
	static struct sampling sampling;

	sampling_start(&sampling, "unwinds-framed", "recurse", "1000");
	sample(&sampling);
	for (size_t depth = 6; depth < 1000; depth += 31)
		check_changed_caller(&sampling, depth);
	sampling_finish(&sampling);
}

/* The innermost frame that returns to where the copy does not tell. */
static size_t last_beyond(const struct sampling *sampling)
{
	const struct sampled_stack *stack = &sampling->stack;
	uint64_t end = stack->stack_pointer + sampling->copy_size;
	size_t last = stack->count - 1;

	while (stack->items[last].slot < end)
		last--;
	return last;
}

/* As if the frame, and another one far out, had gone on to call the same functions from elsewhere.
 */
static void check_assumed(struct sampling *sampling)
{
	size_t last = last_beyond(sampling), moved = last - 3;
	uint64_t pc = sampling->stack.items[moved].pc;

	redirect(sampling, last + 1, sampling->stack.items[last].pc + 1);
	redirect(sampling, moved + 1, pc + 1);
	sampling->runs = true;
	sample(sampling);
	cr_assert_eq(sampling->stack.items[moved].pc, pc);
	cr_assert_eq(sampling->stack.assumed, last);
	cr_assert_eq(sampling->stack.kept, last + 1);

	sampling->runs = false;
	check_sample(sampling);
	cr_assert_eq(sampling->stack.assumed, 0);
	cr_assert_eq(sampling->stack.unmoved, moved);
	cr_assert_eq(sampling->stack.kept, sampling->stack.count);

	redirect(sampling, moved + 1, pc);
	check_sample(sampling);
	cr_assert_eq(sampling->stack.unmoved, moved);
	cr_assert_eq(sampling->stack.kept, moved + 1);
}

/* What lies beyond the copy may have moved when the frame before it has; when that is seen, no call
 * in the same slots is taken for another. */
Test(sampled, callers_that_are_assumed)
{
	static struct sampling sampling;

	sampling_start(&sampling, "unwinds-framed", "recurse", "300");
	sample(&sampling);
	for (sampling.copy_size = 512; sampling.copy_size < 4096; sampling.copy_size += 512)
		check_assumed(&sampling);
	sampling_finish(&sampling);
}

/* Frame pointers lead the whole way, but for the instructions between which one is saved and set.
 */
Test(sampled, a_program_without_tables)
{
	check_mode("unwinds-untabled", "chain", NULL);
	check_mode("unwinds-untabled", "recurse", "1000");
}

static size_t count_guessed(const struct sampled_stack *stack)
{
	size_t count = 0;

	for (size_t i = 0; i < stack->count; i++)
		count += stack->items[i].guessed;
	return count;
}

static bool is_in(const struct sampling *sampling, uint64_t pc, enum unwinds_function function)
{
	const struct unwinds_ranges *ranges = &sampling->subject.ranges;

	return pc >= ranges->of[function].start && pc < ranges->of[function].end;
}

/* The known functions among the frames, in their order; others may be in between. */
static void check_functions(const struct sampling *sampling, const enum unwinds_function *next)
{
	const struct sampled_stack *stack = &sampling->stack;

	for (size_t i = 0; i < stack->count && *next != UNWINDS_FUNCTIONS; i++)
		next += is_in(sampling, stack->items[i].pc, *next);
	cr_assert_eq(*next, UNWINDS_FUNCTIONS, "%d is missing", *next);
}

/*
 * Return addresses are looked for, and what is found so is marked. b has a frame pointer, which
 * those that it calls do not save: so it seems to be that of the innermost of them.
 */
Test(sampled, a_program_without_tables_or_frame_pointers)
{
	static const enum unwinds_function chain[] = {UNWINDS_MAIN, UNWINDS_A, UNWINDS_FUNCTIONS};
	static struct sampling sampling;

	sampling_start(&sampling, "unwinds-bare", "chain", NULL);
	sample(&sampling);
	cr_assert_geq(count_guessed(&sampling.stack), 2);
	check_functions(&sampling, chain);
	sampling_finish(&sampling);
}

static void check_restore(const char *name)
{
	static const enum unwinds_function chain[] = {UNWINDS_MAIN, UNWINDS_A, UNWINDS_B, UNWINDS_C,
		UNWINDS_UNTABLED, UNWINDS_HANDLER, UNWINDS_FUNCTIONS};
	static struct sampling sampling;

	sampling_start(&sampling, name, "restore", NULL);
	sample(&sampling);
	cr_assert(sampling.stack.complete);
	cr_assert_eq(count_guessed(&sampling.stack), 0);
	check_functions(&sampling, chain);
	sampling_finish(&sampling);
}

Test(sampled, a_handler_that_returns_to_code_without_tables)
{
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
		check_restore(programs[i]);
}

/* The same numbers in each run. */
static uint64_t state;

static uint64_t random_word(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return state ^ state >> 29;
}

/* Anything, something near what it was, or an address of the stack or of code. */
static uint64_t random_value(const struct subject *subject, uint64_t now, uint64_t stack_pointer)
{
	switch (random_word() % 6) {
	case 0:
		return random_word();
	case 1:
		return now + random_word() % 4096 - 2048;
	case 2:
		return stack_pointer + random_word() % 8192;
	case 3:
		return subject->ranges.of[random_word() % UNWINDS_FUNCTIONS].start +
		       random_word() % 64;
	case 4:
		return now & ~(uint64_t)4095;
	default:
		return now;
	}
}

/* Whatever it was made of: the outermost has no slot, and what is kept is there. */
static void check_sane(const struct sampling *sampling)
{
	const struct sampled_stack *stack = &sampling->stack;

	cr_assert_gt(stack->count, 0);
	cr_assert_leq(sampling->stack.kept, stack->count);
	cr_assert_eq(stack->items[0].slot, 0);
}

static void scramble(const struct sampling *sampling, uint64_t *words, size_t count, size_t times,
	uint64_t stack_pointer)
{
	for (size_t i = 0; i < times; i++) {
		size_t at = random_word() % count;

		words[at] = random_value(&sampling->subject, words[at], stack_pointer);
	}
}

/* With a copy that is not what memory has, so that both may be anything. */
static void unwind_wild(struct sampling *sampling, const struct registers *registers)
{
	uint64_t at = arch->stack_pointer(registers).value, words[128];
	struct registers wild = *registers;
	struct stack_sample sample = {.registers = &wild, .stack = (const uint8_t *)words};

	target_read_some(&sampling->subject.memory, target_address(at), words, sizeof words);
	scramble(sampling, words, 128, random_word() % 40, at);
	if (random_word() % 2)
		scramble(sampling, (uint64_t *)&wild, sizeof wild / sizeof *words, 10, at);
	sample.stack_size = random_word() % 4 ? sizeof words : random_word() % sizeof words;
	sample.stopped = random_word() % 2;
	cr_assert_null(sampled_unwind(sampling->unwinder, &sample, &sampling->stack));
	check_sane(sampling);
}

/* Afterwards the true ones are found all the same. */
static void check_wild(const char *name, const char *mode, int count)
{
	static struct sampling sampling;
	struct registers registers;

	sampling_start(&sampling, name, mode, "100");
	cr_assert_null(tracee_registers(sampling.subject.pid, &registers));
	for (int i = 0; i < count; i++)
		unwind_wild(&sampling, &registers);
	check_sample(&sampling);
	sampling_finish(&sampling);
}

Test(sampled, registers_and_stack_may_be_anything)
{
	check_wild("unwinds", "chain", 20000);
	check_wild("unwinds", "recurse", 20000);
	check_wild("unwinds", "signal", 20000);
	check_wild("unwinds-framed", "recurse", 20000);
	check_wild("unwinds-untabled", "chain", 5000);
}

/* The copy is all that there is; what lies beyond is taken to be what it was. */
Test(sampled, a_process_that_is_gone)
{
	static struct sampling sampling;
	struct registers registers;
	struct stack_sample last = {.registers = &registers, .stack = sampling.copy};

	sampling_start(&sampling, "unwinds", "recurse", "1000");
	cr_assert_null(tracee_registers(sampling.subject.pid, &registers));
	last.stack_size = target_read_some(
		&sampling.subject.memory, arch->stack_pointer(&registers), sampling.copy, 1024);
	sample_registers(&sampling, &registers);
	kill(sampling.subject.pid, SIGKILL);
	waitpid(sampling.subject.pid, NULL, __WALL);
	for (int i = 0; i < 10; i++) {
		last.stopped = i % 2;
		cr_assert_null(sampled_unwind(sampling.unwinder, &last, &sampling.stack));
		cr_assert(sampling.stack.complete);
		cr_assert_eq(sampling.stack.kept, sampling.stack.count);
		cr_assert_gt(sampling.stack.kept, 1000);
	}
	sampling_finish(&sampling);
}

/* Rules are not used for what lies there later. */
Test(sampled, what_was_forgotten)
{
	static struct sampling sampling;
	uint64_t pc;

	sampling_start(&sampling, "unwinds", "chain", NULL);
	for (int i = 0; i < 3; i++) {
		check_sample(&sampling);
		pc = sampling.stack.items[0].pc;
		sampling.finder.is_blind = true;
		sampled_unwinder_forget(sampling.unwinder, pc, pc + 1);
		sample(&sampling);
		cr_assert(!sampling.stack.complete || count_guessed(&sampling.stack));
		sampling.finder.is_blind = false;
		sampled_unwinder_clear(sampling.unwinder, &sampling.subject.memory);
	}
	check_sample(&sampling);
	sampling_finish(&sampling);
}
