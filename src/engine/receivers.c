/* Methods and classes, from debug info. */
#include "engine/receivers.h"

#include <stdlib.h>
#include <string.h>

void receivers_init(struct receivers *receivers, struct places *places, struct object_rules *rules)
{
	*receivers = (struct receivers){.places = places, .rules = rules};
}

void receivers_deinit(struct receivers *receivers)
{
	for (size_t i = 0; i < receivers->methods.count; i++)
		name_reader_deinit(&receivers->methods.items[i].name);
	for (size_t i = 0; i < receivers->classes.count; i++) {
		vec_deinit(&receivers->classes.items[i].bases);
		vec_deinit(&receivers->classes.items[i].around);
	}
	vec_deinit(&receivers->methods);
	vec_deinit(&receivers->classes);
	map_deinit(&receivers->class_of);
	texts_deinit(&receivers->spellings);
}

/* Whether a number in a template's arguments ends here: `5ul` is 5, as `5` is. */
static size_t suffix_length(const char *at, char before)
{
	size_t length = before >= '0' && before <= '9' ? strspn(at, "uUlL") : 0;

	return length && strchr(",>)", at[length]) ? length : 0;
}

/*
 * Compilers and demanglers write the arguments of templates differently: `Array<int, 5>` is
 * `Array<int, 5ul>`, and blanks stand here and there. To free; NULL when out of memory.
 */
static char *common_spelling(const char *name)
{
	char *copy = strdup(name), *to = copy;
	char before = 0;

	for (const char *at = name; copy && *at; at++) {
		at += suffix_length(at, before);
		before = *at;
		if (*at && *at != ' ')
			*to++ = *at;
		if (!*at)
			break;
	}
	if (copy)
		*to = '\0';
	return copy;
}

static uint32_t class_key(struct receivers *receivers, const char *name)
{
	char *spelling = common_spelling(name);
	uint32_t *known = texts_find(&receivers->spellings, spelling);

	if (!known)
		return UINT32_MAX;
	if (*known == UINT32_MAX)
		*known = (uint32_t)receivers->spellings.list.count - 1;
	return *known;
}

uint32_t receivers_class(struct receivers *receivers, const char *name)
{
	uint32_t text = places_text(receivers->places, name), found;
	uint32_t key = class_key(receivers, name);
	struct class *new;

	if (text == UINT32_MAX || key == UINT32_MAX)
		return CLASS_NONE;
	found = map_get(&receivers->class_of, key);
	if (found != MAP_NONE)
		return found;
	found = (uint32_t)receivers->classes.count;
	new = vec_append(&receivers->classes);
	if (!new)
		return CLASS_NONE;
	*new = (struct class){.text = text};
	if (map_set(&receivers->class_of, key, found))
		return found;
	receivers->classes.count--;
	return CLASS_NONE;
}

static bool relate(struct class_relations *relations, uint32_t class, const struct class_base *base)
{
	struct class_relation *new = vec_append(relations);

	if (new)
		*new = (struct class_relation){class, base->offset, base->is_virtual};
	return new;
}

/* Units that only declare a class say less of it than others do. */
static bool describe(
	struct receivers *receivers, uint32_t index, const struct class_description *described)
{
	struct class *class = &receivers->classes.items[index];
	bool done = true;

	if (class->is_described)
		return true;
	class->vtable = described->vtable;
	class->size = described->size;
	class->is_described = described->vtable != CLASS_VTABLE_UNKNOWN;
	if (!class->is_described)
		return true;
	for (size_t i = 0; done && i < described->bases.count; i++) {
		const struct class_base *base = &described->bases.items[i];
		uint32_t inner = receivers_class(receivers, base->name);

		done = inner != CLASS_NONE &&
		       relate(&receivers->classes.items[index].bases, inner, base) &&
		       relate(&receivers->classes.items[inner].around, index, base);
	}
	return done;
}

static bool take(struct receivers *receivers, uint32_t location, struct receiver *receiver)
{
	struct method *method = &receivers->methods.items[location];

	method->is_known = true;
	if (!receiver->found)
		return true;
	method->class = receivers_class(receivers, receiver->described.name);
	if (method->class == CLASS_NONE ||
		!describe(receivers, method->class, &receiver->described))
		return false;
	method->is_method = true;
	method->is_thunk = receiver->is_thunk;
	method->is_new = receiver->is_new;
	method->argument = receiver->argument;
	method->is_dwarf_register = receiver->is_dwarf_register;
	method->role = receiver->role;
	method->name = receiver->name;
	receiver->name = (struct name_reader){0};
	return true;
}

struct ptmem_error *receivers_add(struct receivers *receivers, uint32_t location,
	struct object *object, const struct function *function)
{
	struct receiver receiver;
	struct ptmem_error *error;
	bool taken;

	while (receivers->methods.count <= location) {
		struct method *new = vec_append(&receivers->methods);

		if (!new)
			return &error_no_memory;
		*new = (struct method){0};
	}
	if (receivers->methods.items[location].is_known)
		return NULL;
	error = object_receiver(object, function, receivers->rules, &receiver);
	if (error)
		return error;
	taken = take(receivers, location, &receiver);
	receiver_deinit(&receiver);
	return taken ? NULL : &error_no_memory;
}

const struct method *receivers_method(const struct receivers *receivers, uint32_t location)
{
	const struct method *method =
		location < receivers->methods.count ? &receivers->methods.items[location] : NULL;

	return method && method->is_method ? method : NULL;
}

bool receivers_has_base(const struct receivers *receivers, uint32_t class, uint32_t base)
{
	const struct class_relations *bases = &receivers->classes.items[class].bases;

	for (size_t i = 0; i < bases->count; i++)
		if (bases->items[i].class == base)
			return true;
	return class == base;
}

bool receivers_begins_with(const struct receivers *receivers, uint32_t class, uint32_t base)
{
	const struct class_relations *bases = &receivers->classes.items[class].bases;

	for (size_t i = 0; i < bases->count; i++)
		if (bases->items[i].class == base && !bases->items[i].offset &&
			!bases->items[i].is_virtual)
			return true;
	return class == base;
}
