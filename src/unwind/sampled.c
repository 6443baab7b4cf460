/* What was on a thread's stack, by a sample of it. */
#include "unwind/sampled.h"

#include "unwind/accesses.h"
#include "unwind/unwind.h"
#include "unwind/walk.h"

#include <stdlib.h>

/* Frames beyond the copy that are compared one by one while the target runs. */
#define NEAR_FRAMES 64

/* A frame that lies within so many bytes of where a known one was has the same callers. */
#define NEAR_BYTES UINT64_C(16384)

/* After so many frames that seemed known but had changed callers, none are taken for known. */
#define TRIES_MAX 8

struct sampled_unwinder {
	struct process_images images;
	struct rules rules;
	struct returns returns;
	struct accesses accesses;
	struct window window;
	struct walk walk;
	uint64_t generation; /* one more each time that something was forgotten */
	struct sampled_frames VEC(struct sampled_frame) frames; /* walked, the innermost first */
};

/* The thread's last sample, as far as it is of use for this one. */
struct known {
	const struct sampled_frame *frames;
	size_t count;   /* of the outermost ones, which may still be what they were */
	size_t next;    /* those from here on have slots below the last frame's that was walked */
	size_t assumed; /* so many have not been seen to be where they were */
	unsigned tries_left;
	bool stopped;
};

static struct ptmem_error *unwinder_init(struct sampled_unwinder *unwinder,
	const struct target_memory *memory, unwind_find_image *find, void *owner)
{
	struct ptmem_error *error = process_images_init(&unwinder->images, memory, find, owner);

	if (!error)
		error = rules_init(&unwinder->rules, &unwinder->images);
	if (!error)
		error = returns_init(&unwinder->returns, &unwinder->images, memory);
	if (!error)
		error = window_init(&unwinder->window, memory);
	accesses_init(&unwinder->accesses, &unwinder->images);
	unwinder->generation = 1;
	unwinder->walk = (struct walk){.rules = &unwinder->rules,
		.returns = &unwinder->returns,
		.window = &unwinder->window};
	return error;
}

struct ptmem_error *sampled_unwinder_create(const struct target_memory *memory,
	unwind_find_image *find, void *owner, struct sampled_unwinder **unwinder)
{
	struct sampled_unwinder *new = calloc(1, sizeof *new);
	struct ptmem_error *error =
		new ? unwinder_init(new, memory, find, owner) : &error_no_memory;

	if (error)
		sampled_unwinder_destroy(new);
	else
		*unwinder = new;
	return error;
}

void sampled_unwinder_destroy(struct sampled_unwinder *unwinder)
{
	if (!unwinder)
		return;
	window_deinit(&unwinder->window);
	accesses_deinit(&unwinder->accesses);
	returns_deinit(&unwinder->returns);
	rules_deinit(&unwinder->rules);
	process_images_deinit(&unwinder->images);
	vec_deinit(&unwinder->frames);
	free(unwinder);
}

void sampled_unwinder_forget(struct sampled_unwinder *unwinder, uint64_t start, uint64_t end)
{
	unwinder->generation++;
	process_images_forget(&unwinder->images, start, end);
	rules_forget(&unwinder->rules);
	returns_forget(&unwinder->returns);
	accesses_forget(&unwinder->accesses);
}

void sampled_unwinder_clear(struct sampled_unwinder *unwinder, const struct target_memory *memory)
{
	sampled_unwinder_forget(unwinder, 0, UINT64_MAX);
	unwinder->images.memory = unwinder->returns.memory = unwinder->window.memory = memory;
	unwinder->window.is_gone = false;
}

void sampled_stack_clear(struct sampled_stack *stack)
{
	*stack = (struct sampled_stack){.items = stack->items, .capacity = stack->capacity};
}

void sampled_stack_deinit(struct sampled_stack *stack)
{
	free(stack->items);
	*stack = (struct sampled_stack){0};
}

/* Whether a frame still returns to where the next one further out goes on. */
static bool is_unchanged(const struct sampled_frame *frame, uint64_t word)
{
	return word == frame[-1].pc;
}

/* One that has no slot cannot be compared, but those around it. */
static bool check_frame(struct window *window, const struct sampled_frame *frame)
{
	uint64_t word;

	if (!frame->slot)
		return true;
	if (!window_read(window, frame->slot, &word))
		return window_is_gone(window);
	return is_unchanged(frame, word);
}

/* From there outwards, ever further apart: what is to be compared. */
static size_t choose_far(const struct sampled_frame *frames, size_t from, size_t *indices)
{
	size_t count = 0;

	for (size_t apart = NEAR_FRAMES; from > 0 && count < WINDOW_WORDS; apart *= 2) {
		if (frames[from].slot)
			indices[count++] = from;
		from -= apart < from ? apart : from;
	}
	return count;
}

/* *failed is the outermost that was found to differ. */
static bool check_far(
	struct window *window, const struct sampled_frame *frames, size_t from, size_t *failed)
{
	uint64_t addresses[WINDOW_WORDS] = {0}, words[WINDOW_WORDS];
	size_t indices[WINDOW_WORDS], count = choose_far(frames, from, indices), done;

	for (size_t i = 0; i < count; i++)
		addresses[i] = frames[indices[i]].slot;
	done = window_read_words(window, addresses, words, count);
	if (done < count && window_is_gone(window))
		return true;
	while (count-- > 0) {
		if (count < done && is_unchanged(&frames[indices[count]], words[count]))
			continue;
		*failed = indices[count];
		return false;
	}
	return true;
}

/* Whether the word that was compared was the thread's own at that moment. */
static bool is_seen(
	const struct window *window, const struct known *known, const struct sampled_frame *frame)
{
	return frame->slot && (known->stopped || window_has(window, frame->slot));
}

/*
 * Whether frames 0 to `last` are what they were, judging by where they return to. While the target
 * runs, of those far beyond the copy only some are looked at: a deep recursion would make each
 * sample dear. Else known->count becomes what may still be the same.
 */
static bool check_known(struct window *window, struct known *known, size_t last)
{
	size_t beyond = 0, i;

	for (i = last; i > 0; i--) {
		const struct sampled_frame *frame = &known->frames[i];

		if (!window_has(window, frame->slot) && !known->stopped && beyond++ == NEAR_FRAMES)
			break;
		if (!check_frame(window, frame)) {
			known->count = i;
			return false;
		}
		if (known->assumed >= i && is_seen(window, known, frame))
			known->assumed = i - 1;
	}
	return i == 0 || check_far(window, known->frames, i, &known->count);
}

static bool same_place(const struct sampled_stack *stack, const struct walk *walk)
{
	const struct sampled_frame *frame = &stack->items[stack->count - 1];

	return stack->stack_pointer == walk->registers[arch->dwarf_stack_pointer] &&
	       frame->pc == walk->pc &&
	       frame->frame_pointer == walk->registers[arch->dwarf_frame_pointer];
}

static bool is_same_frame(const struct sampled_frame *left, const struct sampled_frame *right)
{
	return left->pc == right->pc && left->slot == right->slot &&
	       left->frame_pointer == right->frame_pointer &&
	       left->interrupted == right->interrupted && left->guessed == right->guessed;
}

/* Looks among the known ones for the frame, whose slot is above those looked for before. */
static bool is_known(struct known *known, const struct sampled_frame *frame)
{
	if (known->next > known->count)
		known->next = known->count;
	if (!frame->slot || !known->tries_left)
		return false;
	while (known->next && known->frames[known->next - 1].slot < frame->slot)
		known->next--;
	return known->next && is_same_frame(&known->frames[known->next - 1], frame);
}

/* The outer end of one that is too deep stays where it is, as long as it can be met. */
static bool meets_known(
	struct sampled_unwinder *unwinder, struct known *known, const struct sampled_frame *frame)
{
	if (!is_known(known, frame) ||
		known->next + unwinder->frames.count > 2 * (size_t)UNWIND_DEPTH_MAX)
		return false;
	if (check_known(&unwinder->window, known, known->next - 1))
		return true;
	known->tries_left--;
	return false;
}

static struct sampled_frame *append_frame(struct sampled_unwinder *unwinder)
{
	const struct walk *walk = &unwinder->walk;
	struct sampled_frame *frame = vec_append(&unwinder->frames);

	if (frame)
		*frame = (struct sampled_frame){
			.pc = walk->pc,
			.frame_pointer = walk->registers[arch->dwarf_frame_pointer],
			.interrupted = walk->interrupted,
			.guessed = walk->guessed,
		};
	return frame;
}

/*
 * From the innermost frame to one that is known, whose callers are then frames 0 to
 * *joined - 1; or to the end, which may not be the outermost frame.
 */
static struct ptmem_error *walk_stack(
	struct sampled_unwinder *unwinder, struct known *known, size_t *joined, enum walk_step *end)
{
	struct sampled_frame *frame;

	unwinder->frames.count = *joined = 0;
	*end = WALK_DONE;
	while (unwinder->frames.count < UNWIND_DEPTH_MAX) {
		frame = append_frame(unwinder);
		if (!frame)
			return &error_no_memory;
		*end = walk_out(&unwinder->walk);
		if (*end != WALK_DONE)
			return NULL;
		frame->slot = unwinder->walk.slot;
		if (!meets_known(unwinder, known, frame))
			continue;
		*joined = known->next - 1;
		return NULL;
	}
	return NULL;
}

/* How many of the known frames lie above a slot, or have it. What a signal interrupted has none,
 * and is where those around it are. */
static size_t count_above(const struct sampled_frame *frames, size_t count, uint64_t slot)
{
	while (count > 1 && frames[count - 1].slot < slot)
		count--;
	return count == 1 && frames->slot && frames->slot < slot ? 0 : count;
}

/* How many there are up to the frame that has a slot; 0 where none has. A handler's frames may be
 * on a stack of its own, anywhere. */
static size_t count_up_to(const struct sampled_frame *frames, size_t count, uint64_t slot)
{
	while (count && frames[count - 1].slot != slot)
		count--;
	return count;
}

static bool is_near(const struct sampled_frame *frame, uint64_t slot)
{
	return frame->slot && slot - frame->slot + NEAR_BYTES < 2 * NEAR_BYTES;
}

/*
 * Beyond the copy the stack of a thread that runs on is what it has become meanwhile, which another
 * time would be something else. So what was further out is taken to be there still. Where a known
 * frame has the slot that the walk came to at the end of the copy, its callers are this one's too:
 * so many, of which the innermost may have called from another place by now. Else those may be
 * whose slots lie above. `near`: only where little can have been between.
 */
static size_t join_beyond(struct sampled_unwinder *unwinder, struct known *known,
	const struct sampled_stack *stack, bool near)
{
	struct sampled_frame *last = &unwinder->frames.items[unwinder->frames.count - 1];
	uint64_t slot = unwinder->walk.tried;
	size_t joined;

	if (!slot || known->stopped || window_has(&unwinder->window, slot))
		return 0;
	joined = count_up_to(stack->items, stack->count, slot);
	if (!joined)
		joined = count_above(stack->items, stack->count, slot);
	if (joined > 1 && stack->items[joined - 1].slot == slot) {
		joined--;
		if (stack->items[joined].pc != last->pc)
			known->assumed = joined;
	} else if (near &&
		   (unwinder->walk.interruptions ||
			   !((joined < stack->count && is_near(&stack->items[joined], slot)) ||
				   (joined && is_near(&stack->items[joined - 1], slot))))) {
		return 0;
	} else {
		known->assumed = joined;
	}
	if (joined)
		last->slot = slot;
	return joined;
}

static bool is_same_call(const struct sampled_frame *left, const struct sampled_frame *right)
{
	return left->slot == right->slot && (left->slot || left->pc == right->pc);
}

/*
 * What the stack has in common with the one before; those that were joined have not changed. A
 * frame that is not where it was has called anew, unless where it was had only been assumed. The
 * newest frames go on from the outermost of them in steps of 1 or -1.
 */
static void count_kept(struct sampled_stack *stack, size_t joined,
	const struct sampled_frame *outermost, size_t count, ptrdiff_t step)
{
	size_t moved = SIZE_MAX;

	stack->kept = joined;
	for (size_t i = joined; i < stack->count && i - joined < count; i++) {
		const struct sampled_frame *old = &stack->items[i],
					   *new = &outermost[(ptrdiff_t)(i - joined) * step];

		if (!is_same_call(old, new))
			break;
		stack->kept++;
		if (old->pc == new->pc)
			continue;
		if (moved == SIZE_MAX)
			moved = i;
		if (i >= stack->assumed)
			break;
	}
	stack->unmoved = moved < stack->kept ? moved : stack->kept;
}

static bool make_room(struct sampled_stack *stack, size_t count)
{
	void *items = stack->items;
	bool room = true;

	while (room && stack->capacity < count)
		room = vec_grow(&items, &stack->capacity, sizeof *stack->items);
	stack->items = items;
	return room;
}

static struct ptmem_error *join(
	struct sampled_unwinder *unwinder, struct sampled_stack *stack, size_t joined)
{
	size_t count = unwinder->frames.count;

	if (!make_room(stack, joined + count))
		return &error_no_memory;
	for (size_t i = 0; i < count; i++)
		stack->items[joined + i] = unwinder->frames.items[count - 1 - i];
	stack->count = joined + count;
	return NULL;
}

static struct ptmem_error *unwind_anew(struct sampled_unwinder *unwinder,
	const struct stack_sample *sample, struct known *known, struct sampled_stack *stack);

/*
 * Too little is known of what is beyond the copy: as it is now is the best guess. So it is for what
 * a signal interrupted, where its handler has a stack of its own.
 */
static struct ptmem_error *unwind_by_sight(struct sampled_unwinder *unwinder,
	const struct stack_sample *sample, struct known *known, struct sampled_stack *stack)
{
	unwinder->window.is_blind = false;
	walk_begin(&unwinder->walk, sample->registers);
	return unwind_anew(unwinder, sample, known, stack);
}

static struct ptmem_error *unwind_anew(struct sampled_unwinder *unwinder,
	const struct stack_sample *sample, struct known *known, struct sampled_stack *stack)
{
	uint64_t stack_pointer = unwinder->walk.registers[arch->dwarf_stack_pointer];
	struct ptmem_error *error;
	enum walk_step end;
	size_t joined;

	error = walk_stack(unwinder, known, &joined, &end);
	if (error)
		return error;
	if (end == WALK_LOST)
		joined = join_beyond(unwinder, known, stack, unwinder->window.is_blind);
	if (end == WALK_LOST && !joined && unwinder->window.is_blind)
		return unwind_by_sight(unwinder, sample, known, stack);
	count_kept(stack, joined, &unwinder->frames.items[unwinder->frames.count - 1],
		unwinder->frames.count, -1);
	error = join(unwinder, stack, joined);
	if (error)
		return error;
	stack->stack_pointer = stack_pointer;
	stack->assumed = known->assumed < joined ? known->assumed : joined;
	if (!joined) {
		stack->complete = end == WALK_END;
		stack->generation = end == WALK_LOST ? 0 : unwinder->generation;
	}
	return NULL;
}

struct ptmem_error *sampled_unwind(struct sampled_unwinder *unwinder,
	const struct stack_sample *sample, struct sampled_stack *stack)
{
	struct known known = {.frames = stack->items,
		.assumed = stack->assumed,
		.tries_left = TRIES_MAX,
		.stopped = sample->stopped};

	window_begin(&unwinder->window, arch->stack_pointer(sample->registers).value, sample->stack,
		sample->stack_size);
	unwinder->window.is_blind = !sample->stopped;
	returns_begin(&unwinder->returns);
	walk_begin(&unwinder->walk, sample->registers);
	if (stack->generation == unwinder->generation)
		known.count = known.next = stack->count;
	if (!known.count || !same_place(stack, &unwinder->walk) ||
		!check_known(&unwinder->window, &known, known.count - 1))
		return unwind_anew(unwinder, sample, &known, stack);
	stack->kept = stack->unmoved = stack->count;
	stack->assumed = known.assumed;
	return NULL;
}

struct ptmem_error *sampled_replace(struct sampled_stack *stack, const struct sampled_stack *newest)
{
	if (!make_room(stack, newest->count))
		return &error_no_memory;
	count_kept(stack, 0, newest->items, newest->count, 1);
	if (newest->count)
		memcpy(stack->items, newest->items, newest->count * sizeof *newest->items);
	stack->count = newest->count;
	stack->complete = newest->complete;
	stack->assumed = newest->assumed;
	stack->generation = newest->generation;
	stack->stack_pointer = newest->stack_pointer;
	return NULL;
}

enum arch_access sampled_access(
	struct sampled_unwinder *unwinder, const struct registers *registers, uint64_t address)
{
	return access_to(&unwinder->accesses, registers, address);
}
