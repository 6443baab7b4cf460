/*
 * The objects of a process that are alive: which one a method is called on.
 *
 * An object is known by its address and its class, since one that begins with another has its
 * address. A class and its bases are one object. Where objects have vtables, the vtable tells the
 * class and where the whole object begins; while it is being constructed, the constructors do.
 * Its class is the most derived one that was seen, and may become known late; it keeps its
 * place among the objects that appeared.
 *
 * It ends when the outermost of its destructors returns (of a base's, which may be one of several
 * where its own was inlined, when it is next used for anything else), when a constructor that is
 * not part of another begins at its place, or when the frame that it lies in is left.
 */
#ifndef PTMEM_ENGINE_LIVING_H
#define PTMEM_ENGINE_LIVING_H

#include "arch/arch.h"
#include "base/map.h"
#include "base/vec.h"
#include "engine/receivers.h"
#include "profile/shadow.h"
#include "target/memory.h"

#include <stdbool.h>
#include <stdint.h>

/* An object that is alive, or was: then it is free for another one. */
struct live {
	uint64_t address; /* where the whole of it begins */
	uint32_t instance;
	uint32_t class;
	uint32_t next;     /* at the same address, or LIVE_NONE */
	uint32_t building; /* calls of its constructors under way */
	uint32_t ending;   /* the same for destructors */
	uint32_t calls;    /* that are over, up to a few */
	uint32_t tries;    /* to read its name */
	bool is_dying;     /* a base of it is gone; its own destructor was not seen */
	bool is_named;
	bool is_settled; /* its class is what its vtable says, with no constructor under way */
};

/* What a pointer to a vtable tells. */
struct vtable {
	uint32_t class; /* CLASS_NONE: it is none */
	int64_t to_top;
};

/* The class of the vtable at an address, to free, or NULL: object_vtable_class(). */
typedef char *living_vtable(const void *locator, struct target_address address, int64_t *to_top);

/* Objects on a thread's stack, by address and number. Zeroed is empty. */
struct on_stack {
	struct VEC(struct stack_object) list;
	uint64_t lowest;
};

struct stack_object {
	uint64_t address;
	uint32_t instance;
};

struct living {
	struct receivers *receivers; /* NULL: objects are not told apart */
	const struct target_memory *memory;
	living_vtable *vtable;
	const void *locator;
	uint32_t heap;                /* in the places, or UINT32_MAX: not yet */
	struct VEC(struct live) list; /* free ones are in a chain by `next` */
	uint32_t free;                /* or LIVE_NONE */
	struct map at;                /* address to the first one there, or LIVE_NONE */
	struct map of;                /* instance to its place in the list, or LIVE_NONE */
	struct VEC(struct vtable) vtables;
	struct map vtable_of; /* address to vtable */
	uint64_t reads;       /* of memory that the call may not have touched */
};

void living_init(struct living *living, const struct target_memory *memory);
void living_deinit(struct living *living);

/* The same objects live in a forked copy; false when out of memory. */
bool living_copy(struct living *living, const struct living *from);

/* A new program: none lives any more. */
void living_forget(struct living *living);

/* Something was unloaded, and with it vtables. */
void living_forget_vtables(struct living *living);

/*
 * The object that a function is about to be called on, by the registers at its entry; INSTANCE_NONE
 * where it is no method, or there are too many objects. `slot` is where its return address is.
 */
uint32_t living_find(struct living *living, const struct shadow_stack *shadow,
	struct on_stack *stack, uint32_t function, const struct registers *registers,
	struct target_address slot);

/* The call on it has begun; and, in reverse order, is over. */
void living_begin(struct living *living, uint32_t function, uint32_t instance);
void living_end(struct living *living, uint32_t function, uint32_t instance);

/* Whether a function begins or ends objects, and so is to be watched whatever it does to memory. */
bool living_needs(const struct living *living, uint32_t function);

/* The frame with this slot was left: what lies below is no more. */
void living_leave_frame(struct living *living, struct on_stack *stack, struct target_address slot);

#endif
