/* Types in debug info, as receivers and members need them. For debug_*.c files only. */
#ifndef PTMEM_SYMBOL_DEBUG_TYPES_H
#define PTMEM_SYMBOL_DEBUG_TYPES_H

#include "symbol/debug_internal.h"
#include "symbol/name_reader.h"
#include "symbol/receiver.h"

/* The entry, or the first of those that it refers to, that has an attribute; or none. */
struct die debug_die_with(struct die die, uint16_t attribute);

/* The type that an entry says it has; none for void, or where it does not say. */
struct die debug_type_of(struct die die);

/* A type without const, typedefs and the like; *name (not NULL) becomes the last typedef's. A class
 * that is described in a type unit is that one. */
struct die debug_plain_type(struct die type, const char **name);

bool debug_is_class(const struct die *type);
bool debug_is_pointer(const struct die *type);
bool debug_is_c(struct debug_unit *unit);
bool debug_is_rust(struct debug_unit *unit);

/* A class that a pointer type points to, with the name of a typedef for it; or none. */
struct die debug_pointee_class(struct die type, const char **name);

/* How a class prints; NULL where it has no name, or out of memory. To free. */
char *debug_class_name(const struct die *type, const char *typedef_name);

/* The next of a walk over the entries directly below one. False as well where more has been walked
 * over by now than real debug info takes. */
bool debug_next_child(struct die_walk *walk, struct die *die);

/* The description is the caller's. False when out of memory; without a name the class has none. */
bool debug_class_read(
	const struct die *type, const char *typedef_name, struct class_description *described);

/* Integer registers that an argument of this type takes; *in_memory: it is on the stack. */
unsigned debug_argument_registers(struct die type, bool is_rust, bool *in_memory);

/* Whether a function with this result is handed a pointer to where it goes. */
bool debug_is_returned_in_memory(struct die type);

void debug_classes_deinit(struct debug_info *info);

/* debug_location.c */

enum debug_place {
	DEBUG_PLACE_UNKNOWN,  /* where the ABI has it */
	DEBUG_PLACE_REGISTER, /* by DWARF's number */
	DEBUG_PLACE_NONE,     /* in no register, or it was optimised away */
};

/* Where a parameter is at the address where its function is entered. */
enum debug_place debug_place_at(const struct die *parameter, uint64_t address, unsigned *number);

/* debug_member.c */

/* How a member of a class is read as a name. False where there is no such, or it is none that
 * could be a name; the reader is as it was then. */
bool debug_member_compile(
	const struct die *type, const char *expression, struct name_reader *reader);

/* debug_receiver.c */

/* Of which object a function, which is entered there and prints as `name`, is a method; false when
 * out of memory. */
bool debug_receiver_read(const struct die *function, uint64_t address, const char *name,
	struct object_rules *rules, struct receiver *receiver);

#endif
