/* Unwinding a live program, whose calls are known: the debuggee `unwinds`. */
#include "target/ptrace.h"
#include "unwind/cfi.h"
#include "unwind/tables.h"
#include "unwind/unwind.h"

#include "subject.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define END UNWINDS_FUNCTIONS

static enum unwinds_function function_at(const struct subject *subject, uint64_t pc)
{
	for (int i = 0; i < UNWINDS_FUNCTIONS; i++)
		if (pc >= subject->ranges.of[i].start && pc < subject->ranges.of[i].end)
			return i;
	return UNWINDS_FUNCTIONS;
}

static enum unwinds_function frame_function(const struct subject *subject, size_t index)
{
	return function_at(subject, subject->frames.items[index].pc.value);
}

/* The known functions among the frames are these, ending with END. */
static void check_functions(const struct subject *subject, const enum unwinds_function *expected)
{
	for (size_t i = 0; i < subject->frames.count; i++) {
		enum unwinds_function function = frame_function(subject, i);

		if (function == UNWINDS_FUNCTIONS)
			continue;
		cr_assert_eq(
			function, *expected, "frame %zu: %d instead of %d", i, function, *expected);
		expected++;
	}
	cr_assert_eq(*expected, END, "%d is missing", *expected);
}

/* The slot of each frame holds where the next one goes on, and slots ascend. */
static void check_slots(const struct subject *subject)
{
	const struct unwound_frame *frames = subject->frames.items;
	size_t count = subject->frames.count;
	uint64_t word, last = 0;

	for (size_t i = 0; i + 1 < count; i++) {
		cr_assert_eq(frames[i].slot.value == 0, frames[i + 1].interrupted, "frame %zu", i);
		if (!frames[i].slot.value)
			continue;
		cr_assert_null(target_read(&subject->memory, frames[i].slot, &word, sizeof word));
		cr_assert_eq(word, frames[i + 1].pc.value, "frame %zu", i);
		cr_assert(frames[i].slot.value > last || frames[i].interrupted);
		last = frames[i + 1].interrupted ? 0 : frames[i].slot.value;
	}
	cr_assert_eq(frames[count - 1].slot.value, 0);
}

static void check_whole(struct subject *subject, const enum unwinds_function *expected)
{
	cr_assert(subject->complete, "%zu frames", subject->frames.count);
	check_functions(subject, expected);
	check_slots(subject);
}

/* Whatever it began with: all but the innermost frame are in code, and behind their slots. */
static void check_sane(const struct subject *subject)
{
	const struct unwound_frame *frames = subject->frames.items;
	struct tables tables = {.pid = subject->pid};
	uint64_t word;

	for (size_t i = 1; i < subject->frames.count; i++) {
		struct target_address slot = frames[i - 1].slot;

		cr_assert(tables_executable(&tables, frames[i].pc.value), "frame %zu", i);
		if (!slot.value)
			continue;
		cr_assert_null(target_read(&subject->memory, slot, &word, sizeof word));
		cr_assert_eq(word, frames[i].pc.value, "frame %zu", i);
	}
	tables_deinit(&tables);
}

static const enum unwinds_function chain[] = {UNWINDS_C, UNWINDS_B, UNWINDS_A, UNWINDS_MAIN, END};

static void check_mode(const char *name, const char *mode)
{
	struct subject subject;

	subject_start(&subject, name, mode, NULL);
	subject_unwind(&subject);
	check_whole(&subject, chain);
	cr_assert_leq(subject.frames.count, 12);
	subject_finish(&subject);
}

Test(unwind, a_known_chain)
{
	check_mode("unwinds", "chain");
	check_mode("unwinds-framed", "chain");
	check_mode("unwinds-static", "chain");
}

Test(unwind, in_a_system_call)
{
	check_mode("unwinds", "sleep");
	check_mode("unwinds-static", "sleep");
}

Test(unwind, in_another_root)
{
	check_mode("unwinds", "chroot");
	check_mode("unwinds-static", "chroot");
}

Test(unwind, the_file_was_deleted)
{
	char path[5000], copy[] = "/tmp/ptmem-unwinds-XXXXXX", command[10100];
	struct subject subject = {0};
	int fd = mkstemp(copy);

	cr_assert_geq(fd, 0);
	close(fd);
	debuggee_path("unwinds", path, sizeof path);
	snprintf(command, sizeof command, "cp '%s' '%s' && chmod 755 '%s'", path, copy, copy);
	cr_assert_eq(system(command), 0);
	subject_start_program(&subject, copy, "chain", NULL);
	unlink(copy);
	subject_stop(&subject, true);
	subject_unwind(&subject);
	check_whole(&subject, chain);
	subject_finish(&subject);
}

Test(unwind, a_function_without_table_in_between)
{
	static const enum unwinds_function expected[] = {
		UNWINDS_UNTABLED, UNWINDS_C, UNWINDS_B, UNWINDS_A, UNWINDS_MAIN, END};
	struct subject subject;

	subject_start(&subject, "unwinds", "untabled", NULL);
	subject_unwind(&subject);
	check_whole(&subject, expected);
	subject_finish(&subject);
}

Test(unwind, code_made_at_run_time)
{
	check_mode("unwinds", "made");
	check_mode("unwinds-framed", "made");
}

Test(unwind, a_function_without_table_or_frame)
{
	static const enum unwinds_function expected[] = {
		UNWINDS_UNTABLED, UNWINDS_C, UNWINDS_B, UNWINDS_A, UNWINDS_MAIN, END};
	struct subject subject;

	subject_start(&subject, "unwinds", "leaf", NULL);
	subject_unwind(&subject);
	check_whole(&subject, expected);
	subject_finish(&subject);
}

static void check_signal(const char *name)
{
	static const enum unwinds_function expected[] = {
		UNWINDS_HANDLER, UNWINDS_C, UNWINDS_B, UNWINDS_A, UNWINDS_MAIN, END};
	struct subject subject;
	size_t interrupted = 0;

	subject_start(&subject, name, "signal", NULL);
	subject_unwind(&subject);
	check_whole(&subject, expected);
	for (size_t i = 0; i < subject.frames.count; i++) {
		if (!subject.frames.items[i].interrupted)
			continue;
		interrupted++;
		cr_assert_eq(frame_function(&subject, i - 2), UNWINDS_HANDLER);
		cr_assert_neq(frame_function(&subject, i), UNWINDS_HANDLER);
	}
	cr_assert_eq(interrupted, 1);
	subject_finish(&subject);
}

Test(unwind, what_a_signal_interrupted)
{
	check_signal("unwinds");
	check_signal("unwinds-framed");
	check_signal("unwinds-static");
}

static void check_recursion(const char *name, const char *number)
{
	struct subject subject;
	size_t depth = (size_t)atol(number), found = 0;

	subject_start(&subject, name, "recurse", number);
	subject_unwind(&subject);
	cr_assert(subject.complete);
	check_slots(&subject);
	for (size_t i = 0; i < subject.frames.count; i++)
		found += frame_function(&subject, i) == UNWINDS_RECURSE;
	cr_assert_eq(found, depth + 1);
	subject_finish(&subject);
}

Test(unwind, recursion)
{
	check_recursion("unwinds", "1000");
	check_recursion("unwinds", "60000");
	check_recursion("unwinds-framed", "60000");
}

Test(unwind, too_deep_is_cut_off)
{
	struct subject subject;

	subject_start(&subject, "unwinds", "recurse", "200000");
	subject_unwind(&subject);
	cr_assert_eq(subject.frames.count, UNWIND_DEPTH_MAX);
	cr_assert_not(subject.complete);
	subject_finish(&subject);
}

/* The process's threads but for the first, stopped. */
static size_t stop_threads(struct subject *subject, pid_t *tids, size_t max)
{
	char path[32];
	struct dirent *entry;
	size_t count = 0;
	DIR *folder;

	snprintf(path, sizeof path, "/proc/%d/task", subject->pid);
	folder = opendir(path);
	cr_assert_not_null(folder);
	while ((entry = readdir(folder)) && count < max) {
		pid_t tid = atoi(entry->d_name);

		if (tid <= 0 || tid == subject->pid)
			continue;
		subject_wait_until_asleep(tid);
		subject_stop_thread(tid);
		tids[count++] = tid;
	}
	closedir(folder);
	return count;
}

Test(unwind, threads)
{
	static const enum unwinds_function expected[] = {UNWINDS_C, UNWINDS_B, UNWINDS_A,
		UNWINDS_RECURSE, UNWINDS_RECURSE, UNWINDS_RECURSE, UNWINDS_RECURSE, UNWINDS_RECURSE,
		UNWINDS_RECURSE, UNWINDS_THREAD, END};
	struct subject subject;
	pid_t tids[100];

	subject_start(&subject, "unwinds", "threads", "100");
	cr_assert_eq(stop_threads(&subject, tids, 100), 100);
	for (size_t i = 0; i < 100; i++) {
		subject_unwind_task(&subject, tids[i]);
		check_whole(&subject, expected);
	}
	subject_finish(&subject);
}

/* Who calls whom in the mode `loop`, from any of them up. */
static void check_at_instruction(struct subject *subject)
{
	for (size_t i = 0; i < 4; i++) {
		if (frame_function(subject, 0) != chain[i])
			continue;
		check_whole(subject, chain + i);
		return;
	}
}

/* At every instruction: the first of a function, the last, and all between. */
static void check_every_instruction(const char *name)
{
	struct subject subject;
	unsigned seen[UNWINDS_FUNCTIONS + 1] = {0};
	int status;

	subject_start(&subject, name, "loop", NULL);
	for (int i = 0; i < 5000; i++) {
		subject_unwind(&subject);
		seen[frame_function(&subject, 0)]++;
		check_at_instruction(&subject);
		cr_assert_eq(ptrace(PTRACE_SINGLESTEP, subject.pid, NULL, NULL), 0);
		cr_assert_eq(waitpid(subject.pid, &status, __WALL), subject.pid);
	}
	cr_assert_gt(seen[UNWINDS_A], 50);
	cr_assert_gt(seen[UNWINDS_B], 50);
	cr_assert_gt(seen[UNWINDS_C], 50);
	subject_finish(&subject);
}

Test(unwind, at_every_instruction)
{
	check_every_instruction("unwinds");
	check_every_instruction("unwinds-framed");
	check_every_instruction("unwinds-static");
}

/*
 * From the very first instruction, which is the dynamic linker's. Its own first function has no
 * table, and nothing says where that ends.
 */
Test(unwind, at_every_instruction_of_the_dynamic_linker)
{
	struct subject subject = {0};
	char path[5000];
	int status;

	debuggee_path("unwinds", path, sizeof path);
	subject.pid = fork();
	if (!subject.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(STDOUT_FILENO);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execl(path, path, "chain", NULL);
		_exit(127);
	}
	cr_assert_eq(waitpid(subject.pid, &status, 0), subject.pid);
	cr_assert_null(target_memory_open(subject.pid, &subject.memory));
	cr_assert_null(unwinder_create(subject.pid, &subject.memory, &subject.unwinder));
	for (int i = 0; i < 20000; i++) {
		subject_unwind(&subject);
		cr_assert(subject.complete || i < 10, "instruction %d", i);
		check_slots(&subject);
		cr_assert_eq(ptrace(PTRACE_SINGLESTEP, subject.pid, NULL, NULL), 0);
		cr_assert_eq(waitpid(subject.pid, &status, 0), subject.pid);
	}
	subject_finish(&subject);
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

/* Of processor time: a few are enough, but a sanitizer's checks take three times as long. */
static double milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void unwind_quickly(struct subject *subject, const struct registers *registers)
{
	double begin = milliseconds(), took;

	subject_unwind_registers(subject, registers);
	took = milliseconds() - begin;
	cr_assert_lt(took, 30 + 0.005 * (double)subject->frames.count, "%f ms, %zu frames", took,
		subject->frames.count);
	check_sane(subject);
}

Test(unwind, registers_may_be_anything)
{
	struct registers registers, wild;
	struct subject subject;

	subject_start(&subject, "unwinds", "chain", NULL);
	cr_assert_null(tracee_registers(subject.pid, &registers));
	for (int i = 0; i < 10000; i++) {
		uint64_t stack_pointer = arch->stack_pointer(&registers).value;
		uint64_t *words = (uint64_t *)&wild;

		wild = registers;
		for (size_t j = 0; j < sizeof wild / sizeof *words; j++)
			words[j] = random_value(&subject, words[j], stack_pointer);
		unwind_quickly(&subject, &wild);
	}
	subject_finish(&subject);
}

Test(unwind, the_stack_may_be_anything)
{
	struct registers registers;
	struct subject subject;
	uint64_t words[512], wild[512];
	struct target_address at;
	size_t count;

	subject_start(&subject, "unwinds", "chain", NULL);
	cr_assert_null(tracee_registers(subject.pid, &registers));
	at = arch->stack_pointer(&registers);
	count = target_read_some(&subject.memory, at, words, sizeof words) / sizeof *words;
	cr_assert_gt(count, 50);
	for (int i = 0; i < 10000; i++) {
		memcpy(wild, words, sizeof wild);
		for (size_t j = 0; j < 100; j++) {
			size_t k = random_word() % count;

			wild[k] = random_value(&subject, wild[k], at.value);
		}
		cr_assert_null(target_write(&subject.memory, at, wild, count * sizeof *wild));
		unwind_quickly(&subject, &registers);
	}
	subject_finish(&subject);
}

/* Where the table's entry for each frame of the chain lies, and bytes around it. */
static void scribble_on_tables(struct subject *subject, const struct unwound *frames)
{
	struct tables tables = {.pid = subject->pid};
	struct view view;
	uint64_t fde;

	cr_assert_null(view_init(&view, &subject->memory));
	cr_assert_null(view_begin(&view, target_address(subject->ranges.of[0].start)));
	for (size_t i = 0; i < frames->count; i++) {
		uint64_t pc = frames->items[i].pc.value;
		const struct table *table = tables_at(&tables, &view, pc);
		uint64_t places[3];

		if (!table || !table_find(table, &view, pc, &fde))
			continue;
		places[0] = fde;
		places[1] = table->pairs + table->pair_count * 8;
		places[2] = table->header;
		for (int j = 0; j < 4; j++) {
			uint64_t value = random_word(),
				 where = places[random_word() % 20 ? j % 2 : 2];

			error_free(target_write(&subject->memory,
				target_address(where + random_word() % 48), &value,
				random_word() % 16 ? 1 : 8));
		}
	}
	view_deinit(&view);
	tables_deinit(&tables);
}

/* Each time a new unwinder, which has not seen the tables as they were. */
Test(unwind, the_tables_may_be_anything)
{
	struct registers registers;
	struct unwound whole = {0};

	for (int i = 0; i < 40; i++) {
		struct subject subject;

		subject_start(&subject, "unwinds", "chain", NULL);
		cr_assert_null(tracee_registers(subject.pid, &registers));
		subject_unwind(&subject);
		whole = subject.frames;
		subject.frames = (struct unwound){0};
		for (int j = 0; j < 50; j++) {
			scribble_on_tables(&subject, &whole);
			unwinder_destroy(subject.unwinder);
			cr_assert_null(
				unwinder_create(subject.pid, &subject.memory, &subject.unwinder));
			unwind_quickly(&subject, &registers);
		}
		vec_deinit(&whole);
		subject_finish(&subject);
	}
}

/* Frame records that lead back down: a's caller would be b again. */
Test(unwind, a_stack_that_goes_round)
{
	struct subject subject;
	uint64_t frame;

	subject_start(&subject, "unwinds-framed", "chain", NULL);
	subject_unwind(&subject);
	for (size_t i = 0; i + 1 < subject.frames.count; i++) {
		if (frame_function(&subject, i) != UNWINDS_C)
			continue;
		frame = subject.frames.items[i].slot.value - 8;
		cr_assert_null(target_write(&subject.memory,
			address_plus(subject.frames.items[i + 1].slot, -8), &frame, sizeof frame));
	}
	subject_unwind(&subject);
	cr_assert_lt(subject.frames.count, 20);
	cr_assert_not(subject.complete);
	subject_finish(&subject);
}

/* Two signals that interrupted each other's return: their frames overlap, 16 bytes apart. */
Test(unwind, signals_that_go_round)
{
	const int64_t saved = offsetof(ucontext_t, uc_mcontext.gregs[REG_RSP]);
	struct subject subject;

	subject_start(&subject, "unwinds", "signal", NULL);
	subject_unwind(&subject);
	for (size_t i = 2; i < subject.frames.count; i++) {
		const struct unwound_frame *frames = subject.frames.items + i - 2;
		uint64_t one = frames[0].slot.value + 8, code = frames[1].pc.value + 1;
		uint64_t registers[] = {one + 16, code, one, code};

		if (frames[2].interrupted)
			cr_assert_null(
				target_write(&subject.memory, target_address(one + (uint64_t)saved),
					registers, sizeof registers));
	}
	subject_unwind(&subject);
	cr_assert_lt(subject.frames.count, 100);
	cr_assert_gt(subject.frames.count, 10);
	cr_assert_not(subject.complete);
	subject_finish(&subject);
}

Test(unwind, a_process_that_is_gone)
{
	struct registers registers;
	struct subject subject;
	struct ptmem_error *error;

	subject_start(&subject, "unwinds", "chain", NULL);
	cr_assert_null(tracee_registers(subject.pid, &registers));
	kill(subject.pid, SIGKILL);
	waitpid(subject.pid, NULL, __WALL);
	error = unwind_thread(subject.unwinder, &registers, &subject.frames, &subject.complete);
	cr_assert(error_is(error, ERROR_GONE));
	unwinder_destroy(subject.unwinder);
	vec_deinit(&subject.frames);
	target_memory_close(&subject.memory);
}
