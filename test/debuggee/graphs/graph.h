/*
 * A program made from a number: a call graph in which memory comes and goes at places that
 * a pseudo-random plan picks, and which keeps the books on it as it runs. What ptmem says of
 * it must be what the books say, to the page and to the call.
 *
 *     plan.c        what is done next: all chance is there
 *     truth.c       the books: which call is under way, what memory moved in it
 *     operations.c  one function a way in which memory comes or goes
 *     functions.c   functions of every shape, which call each other and operations
 *
 * Functions that are judged begin with note_begin() and end with note_end(). Those called
 * note_* do the bookkeeping. No memory moves in them.
 */
#ifndef PTMEM_TEST_GRAPH_H
#define PTMEM_TEST_GRAPH_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE 4096ul

/* A call in the source is a call in the program, of this very function. */
#ifdef __clang__
#define APART __attribute__((noinline))
#else
#define APART __attribute__((noipa))
#endif
#define INLINE static inline __attribute__((always_inline))

/* clang-format off */
/* All that are judged. */
#define SHAPES(X)                                                             \
	X(f00) X(f01) X(f02) X(f03) X(f04) X(f05) X(f06) X(f07) X(f08) X(f09) \
	X(f10) X(f11) X(f12) X(f13) X(f14) X(f15) X(f16) X(f17) X(f18) X(f19) \
	X(f20) X(f21) X(f22) X(f23) X(f24) X(f25) X(f26) X(f27) X(f28) X(f29) \
	X(f30) X(f31) X(f32) X(f33) X(f34) X(f35) X(f36) X(f37) X(f38) X(f39)
#define OPERATIONS(X)                                                          \
	X(fresh) X(again) X(peek) X(read_into) X(drop)                         \
	X(map) X(fill) X(copy_on_write) X(populate)                            \
	X(unmap) X(shrink) X(stretch) X(raise_break) X(lower_break)            \
	X(allocate) X(resize) X(release) X(grow_stack) X(interrupt) X(leap)
#define OTHERS(X) X(graph) X(on_signal) X(with_arguments) X(with_any)
#define FUNCTIONS(X) SHAPES(X) OPERATIONS(X) OTHERS(X)

/* What a plan may do without. */
#define KINDS(X)                                                               \
	X(touch) X(peek) X(syscall) X(dontneed) X(mmap) X(cow) X(populate)     \
	X(munmap) X(mremap) X(brk) X(sbrkdown) X(malloc) X(free) X(stack)      \
	X(signals) X(jumps)
/* clang-format on */

#define AS_ID(name) ID_##name,
enum function { FUNCTIONS(AS_ID) FUNCTION_COUNT };

typedef int shape(int level);
typedef void operation(void);
#define AS_SHAPE(name) shape name;
#define AS_OPERATION(name) operation name;
SHAPES(AS_SHAPE)
OPERATIONS(AS_OPERATION)

#define AS_KIND(name) KIND_##name,
enum kind { KINDS(AS_KIND) KIND_COUNT };

enum step { STEP_TOUCH, STEP_DROP, STEP_OPERATE, STEP_CALL };

/* --- plan.c --- */

/* Words of what is left out; `release` is all that gives memory back. */
void plan_init(uint64_t seed, char **without);
uint32_t note_draw(uint32_t limit); /* below limit, or 0 */
bool note_may(enum kind kind);      /* not left out */
size_t note_pages(size_t most);     /* how many pages to take */
unsigned note_steps(void);
enum step note_step(void);
bool note_may_call(void);
shape *note_callee(void);
operation *note_operation(void);

/* --- truth.c --- */

void note_begin(enum function function);
void note_end(void);
void note_moved(long pages); /* by the call that is under way */
size_t note_taken(void);     /* pages that came, from the start on */
unsigned note_depth(void);
jmp_buf *note_target(void);  /* of the call that is under way */
void note_target_over(void); /* that call does not wait for a jump any more */
bool note_has_target(void);
jmp_buf *note_leap(void);     /* ends the calls that the jump leaves */
void note_signal(int change); /* a handler begins, or ends */
bool note_in_handler(void);
void truth_write(const char *path);

/* --- operations.c --- */

struct run {
	char *at;
	size_t pages;
};

void operations_init(void);
struct run note_fresh(void);         /* pages that are to be touched */
struct run note_drop(size_t *there); /* pages that are to be given back, and how many there are */
bool note_stack_left(void);

#endif
