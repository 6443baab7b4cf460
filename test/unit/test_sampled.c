/* Unwinding samples: the same frames as libunwind finds, from a copy of the stack. */
#include "subject.h"
#include "target/mapped.h"
#include "target/ptrace.h"
#include "unwind/sampled.h"

#include <criterion/criterion.h>
#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define COPY_MAX ((size_t)16 << 10)
#define FILES_MAX 16

/* What finds images for the unwinder, as the engine does. */
struct finder {
	struct subject *subject;
	struct mapped_files files;
	int fds[FILES_MAX];
	size_t fd_count;
};

struct sampling {
	struct subject subject;
	struct finder finder;
	struct sampled_unwinder *unwinder;
	struct sampled_stack stack;
	size_t kept;
	uint8_t copy[COPY_MAX];
	size_t copy_size;
};

static bool read_part(const struct finder *finder, const struct mapped_file *file, int fd,
	uint64_t offset, void *bytes, size_t size)
{
	if (fd >= 0)
		return pread(fd, bytes, size, (off_t)offset) == (ssize_t)size;
	return target_read_some(&finder->subject->memory, target_address(file->start + offset),
		       bytes, size) == size;
}

/* From the segment that has the code which is mapped. */
static bool find_bias(
	const struct finder *finder, const struct mapped_file *file, int fd, uint64_t *bias)
{
	Elf64_Ehdr header;
	Elf64_Phdr segment;

	if (!read_part(finder, file, fd, 0, &header, sizeof header))
		return false;
	for (size_t i = 0; i < header.e_phnum; i++) {
		if (!read_part(finder, file, fd, header.e_phoff + i * sizeof segment, &segment,
			    sizeof segment))
			return false;
		if (segment.p_type != PT_LOAD || !(segment.p_flags & PF_X))
			continue;
		*bias = file->code - file->code_offset + segment.p_offset - segment.p_vaddr;
		return true;
	}
	return false;
}

static int open_file(struct finder *finder, const struct mapped_file *file)
{
	int fd = file->inode ? open(file->path, O_RDONLY | O_CLOEXEC) : -1;

	cr_assert_lt(finder->fd_count, FILES_MAX);
	if (fd >= 0)
		finder->fds[finder->fd_count++] = fd;
	return fd;
}

static const struct mapped_file *file_at(const struct finder *finder, uint64_t pc)
{
	for (size_t i = 0; i < finder->files.count; i++)
		if (pc >= finder->files.items[i].start && pc < finder->files.items[i].end)
			return &finder->files.items[i];
	return NULL;
}

static bool find_image(void *owner, uint64_t pc, struct unwind_image *image)
{
	struct finder *finder = owner;
	const struct mapped_file *file = file_at(finder, pc);

	if (!file) {
		cr_assert_null(mapped_files_read(finder->subject->pid, &finder->files));
		file = file_at(finder, pc);
	}
	if (!file)
		return false;
	*image = (struct unwind_image){
		.start = file->start, .end = file->end, .fd = open_file(finder, file)};
	return find_bias(finder, file, image->fd, &image->bias);
}

static void sampling_begin(struct sampling *sampling)
{
	sampling->finder = (struct finder){.subject = &sampling->subject};
	sampling->stack = (struct sampled_stack){0};
	sampling->copy_size = COPY_MAX;
	cr_assert_null(sampled_unwinder_create(
		&sampling->subject.memory, find_image, &sampling->finder, &sampling->unwinder));
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
	mapped_files_deinit(&sampling->finder.files);
	while (sampling->finder.fd_count)
		close(sampling->finder.fds[--sampling->finder.fd_count]);
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
		.stopped = true};

	cr_assert_null(
		sampled_unwind(sampling->unwinder, &sample, &sampling->stack, &sampling->kept));
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
	cr_assert_eq(sampling.kept, 0);
	check_sample(&sampling);
	cr_assert_eq(sampling.kept, sampling.stack.count);
	sampling_finish(&sampling);
}

static const char *const programs[] = {"unwinds", "unwinds-framed", "unwinds-static"};

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

/* At every instruction: the first of a function, the last, and all between. */
static void check_every_instruction(const char *name)
{
	static struct sampling sampling;
	int status;

	sampling_start(&sampling, name, "loop", NULL);
	for (int i = 0; i < 5000; i++) {
		check_sample(&sampling);
		cr_assert_eq(ptrace(PTRACE_SINGLESTEP, sampling.subject.pid, NULL, NULL), 0);
		cr_assert_eq(waitpid(sampling.subject.pid, &status, __WALL), sampling.subject.pid);
	}
	sampling_finish(&sampling);
}

Test(sampled, at_every_instruction)
{
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
		check_every_instruction(programs[i]);
}
