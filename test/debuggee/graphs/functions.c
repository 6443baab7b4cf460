/*
 * graphs SEED FILE [WITHOUT...]: runs the program of that number, and writes to FILE what
 * moved where. WITHOUT are words of KINDS, or `release`: what the program does not do.
 */
#include "graph.h"

#include "../debuggee.h"

#include <alloca.h>
#include <stdarg.h>

/* Pages that come in the function itself. */
INLINE void touch_own(void)
{
	struct run run = note_fresh();

	for (size_t i = 0; i < run.pages; i++)
		*(volatile char *)(run.at + i * PAGE) = 1;
	note_moved((long)run.pages);
}

INLINE void drop_own(void)
{
	size_t there;
	struct run run = note_drop(&there);

	CHECK(!run.pages || !madvise(run.at, run.pages * PAGE, MADV_DONTNEED));
	note_moved(-(long)there);
}

/* What a function does; `call` is how it calls. */
#define STEPS(call)                                   \
	for (unsigned steps = note_steps(); steps--;) \
		switch (note_step()) {                \
		case STEP_TOUCH:                      \
			touch_own();                  \
			break;                        \
		case STEP_DROP:                       \
			drop_own();                   \
			break;                        \
		case STEP_OPERATE:                    \
			note_operation()();           \
			break;                        \
		case STEP_CALL:                       \
			result += call;               \
			break;                        \
		}

#define SHAPE(name, before, call, after) \
	APART int name(int level)        \
	{                                \
		int result = level;      \
                                         \
		note_begin(ID_##name);   \
		before;                  \
		STEPS(call)              \
		after;                   \
		note_end();              \
		return result;           \
	}

#define ANY note_callee()(level + 1)
#define NOTHING (void)0

/* Not one thing to the compiler, whatever it does with what is the same in two branches. */
#define HERE(text) __asm__ volatile("nop # " text ::: "memory")

static APART int with_arguments(int a, long b, int c, long d, int e, long f, int g, long h, int i)
{
	int level = a, result = (int)(b + c + d + e + f + g + h + i);

	note_begin(ID_with_arguments);
	STEPS(ANY)
	note_end();
	return result;
}

static APART int with_any(int level, ...)
{
	va_list list;
	int result;

	note_begin(ID_with_any);
	va_start(list, level);
	result = va_arg(list, int) + (int)va_arg(list, double);
	va_end(list);
	STEPS(ANY)
	note_end();
	return result;
}

/* Through a pointer */
SHAPE(f00, NOTHING, ANY, NOTHING)
SHAPE(f01, NOTHING, ANY, touch_own())
SHAPE(f02, touch_own(), ANY, NOTHING)
SHAPE(f03, NOTHING, ANY, note_operation()())
SHAPE(f04, NOTHING, ANY, NOTHING)
SHAPE(f05, NOTHING, ANY, NOTHING)

/* Several times from one place */
INLINE int in_loop(shape *callee, int level)
{
	int result = callee(level);

	for (unsigned times = note_draw(6); times-- && note_may_call();)
		result += callee(level + (int)times);
	return result;
}

SHAPE(f06, NOTHING, in_loop(note_callee(), level), NOTHING)
SHAPE(f07, NOTHING, in_loop(f20, level), NOTHING)
SHAPE(f08, NOTHING, in_loop(f39, level), touch_own())
SHAPE(f09, NOTHING, in_loop(note_callee(), level), NOTHING)

/* From two places */
INLINE int from_two(shape *callee, int level)
{
	int result;

	if (note_draw(2)) {
		HERE("one");
		result = callee(level + 1);
		HERE("one");
	} else {
		HERE("other");
		result = callee(level + 2);
		touch_own();
	}
	return result;
}

SHAPE(f10, NOTHING, from_two(f11, level), NOTHING)
SHAPE(f11, NOTHING, from_two(f24, level), NOTHING)
SHAPE(f12, NOTHING, from_two(f38, level), NOTHING)
SHAPE(f13, NOTHING, from_two(f30, level), touch_own())

/* Recursive, by themselves or by way of others */
SHAPE(f14, NOTHING, f14(level + 1), NOTHING)
SHAPE(f15, touch_own(), f15(level + 1), NOTHING)
SHAPE(f16, NOTHING, (note_draw(2) ? f16(level + 1) : ANY), touch_own())
SHAPE(f17, NOTHING, f18(level + 1), NOTHING)
SHAPE(f18, NOTHING, (note_draw(3) ? f17(level + 1) : f14(level)), NOTHING)

/* With big frames */
#define FRAME(size)                \
	volatile char frame[size]; \
	frame[0] = frame[size - 1] = 1
SHAPE(f19, FRAME(3000), ANY, result += frame[0])
SHAPE(f20, FRAME(5000), ANY, result += frame[0])
SHAPE(f21, FRAME(9000), in_loop(note_callee(), level), result += frame[0])

/* Of no fixed size */
#define SPACE(size)                                          \
	volatile char *space = alloca(16 + note_draw(size)); \
	space[0] = 1
SHAPE(f22, SPACE(100), ANY, result += space[0])
SHAPE(f23, SPACE(2000), ANY, result += space[0])
SHAPE(f24, SPACE(500), from_two(f25, level), result += space[0])
SHAPE(f25, SPACE(6000), f26(level), result += space[0])

/* With a frame pointer, whatever the rest has */
#define FRAMED volatile uintptr_t here = (uintptr_t)__builtin_frame_address(0)
SHAPE(f26, FRAMED, ANY, result += here != 0)
SHAPE(f27, FRAMED, f28(level), result += here != 0)
SHAPE(f28, FRAMED, in_loop(f29, level), result += here != 0)

/* On a stack that is aligned anew */
#define ALIGNED                                                \
	volatile char line[128] __attribute__((aligned(128))); \
	line[0] = 1
SHAPE(f29, ALIGNED, ANY, result += line[0])
SHAPE(f30, ALIGNED, from_two(f31, level), result += line[0])
SHAPE(f31, ALIGNED; SPACE(300), ANY, result += line[0] + space[0])

/* To which others jump back */
#define TARGET(name)                           \
	APART int name(int level)              \
	{                                      \
		volatile int result = level;   \
                                               \
		note_begin(ID_##name);         \
		if (!setjmp(*note_target())) { \
			STEPS(ANY)             \
			note_target_over();    \
		}                              \
		note_end();                    \
		return result;                 \
	}
TARGET(f32)
TARGET(f34)

/* One calls the next */
SHAPE(f33, NOTHING, f35(level), NOTHING)
SHAPE(f35, NOTHING, f36(level), NOTHING)

SHAPE(f36, NOTHING, with_arguments(level, 1, 2, 3, 4, 5, 6, 7, 8), NOTHING)
SHAPE(f37, NOTHING, with_any(level, 1, 2.0), NOTHING)

/* Over at once, now and then */
APART int f38(int level)
{
	int result = level;

	note_begin(ID_f38);
	if (note_draw(2)) {
		note_end();
		return 0;
	}
	STEPS(ANY)
	note_end();
	return result;
}

/* A leaf */
APART int f39(int level)
{
	note_begin(ID_f39);
	touch_own();
	note_end();
	return level;
}

static APART int graph(void)
{
	int level = 0, result = 0;

	note_begin(ID_graph);
	for (int i = 0; i < 4 && result != -1; i++) {
		STEPS(ANY)
	}
	note_end();
	return result;
}

int main(int argc, char **argv)
{
	CHECK(argc > 2);
	plan_init(strtoull(argv[1], NULL, 0), argv + 3);
	operations_init();
	graph();
	truth_write(argv[2]);
	return 0;
}
