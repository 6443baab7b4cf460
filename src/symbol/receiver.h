/*
 * Of which object a function is a method: which argument points to it, what class that has, and
 * where in it the object's name is to be found. All of this is decided from debug info, once for a
 * function: what is left to do at a call is to read an argument.
 *
 * In C++ (and D) the object is `this`, in Rust `self`, in C the first parameter that points to a
 * struct or a union, unless rules say otherwise.
 */
#ifndef PTMEM_SYMBOL_RECEIVER_H
#define PTMEM_SYMBOL_RECEIVER_H

#include "base/address.h"
#include "base/error.h"
#include "base/vec.h"
#include "symbol/name_reader.h"
#include "symbol/object.h"
#include "symbol/object_rules.h"

#include <stdbool.h>
#include <stdint.h>

/* A class within another, however many classes are between. */
struct class_base {
	char *name;
	uint64_t offset; /* where it lies, unless it is virtual: then nobody knows */
	bool is_virtual;
};

struct class_bases VEC(struct class_base);

/* Whether objects of a class begin with a pointer to a vtable. */
enum class_vtable {
	CLASS_VTABLE_UNKNOWN, /* the class is declared and not described */
	CLASS_VTABLE_NONE,
	CLASS_VTABLE_FIRST,
};

struct class_description {
	char *name;    /* as a report prints it, with its scope; `struct list` in C */
	uint64_t size; /* 0 where unknown */
	enum class_vtable vtable;
	struct class_bases bases;
};

/* What a call of the function means for its object. */
enum receiver_role {
	RECEIVER_METHOD,
	RECEIVER_CONSTRUCTOR,
	RECEIVER_DESTRUCTOR,
};

struct receiver {
	bool found;        /* else nothing of this is set */
	bool is_thunk;     /* it is given a part of the object: the vtable there tells which */
	bool is_new;       /* C: what it is first given may not be anything yet */
	unsigned argument; /* that points to the object: its number among those in registers; */
	bool is_dwarf_register; /* or the register's own, as DWARF numbers it */
	enum receiver_role role;
	struct class_description described;
	struct name_reader name; /* from the object's address on; without a kind: none */
};

/* Fails only for want of memory; receiver_deinit() is due on success. */
struct ptmem_error *object_receiver(struct object *object, const struct function *function,
	struct object_rules *rules, struct receiver *receiver);
void receiver_deinit(struct receiver *receiver);
void class_description_deinit(struct class_description *described);

#endif
