/* Receivers of an object's functions. */
#include "symbol/receiver.h"

#include "symbol/debug_info.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void class_description_deinit(struct class_description *described)
{
	for (size_t i = 0; i < described->bases.count; i++)
		free(described->bases.items[i].name);
	vec_deinit(&described->bases);
	free(described->name);
	*described = (struct class_description){0};
}

void receiver_deinit(struct receiver *receiver)
{
	class_description_deinit(&receiver->described);
	name_reader_deinit(&receiver->name);
	*receiver = (struct receiver){0};
}

/*
 * A thunk corrects `this` and goes on to a method, whose symbol is its own but for the beginning:
 * `_ZThn16_N6Circle6renameEv` stands before `_ZN6Circle6renameEv`. NULL where it is none.
 */
static const char *thunk_target(const char *symbol)
{
	const char *at = symbol + strlen("_ZTh");
	unsigned numbers = symbol[0] && !strncmp(symbol, "_ZTv", 4) ? 2 : 1;

	if (strncmp(symbol, "_ZTh", 4) && strncmp(symbol, "_ZTv", 4))
		return NULL;
	for (; numbers; numbers--) {
		at += *at == 'n';
		at += strspn(at, "0123456789");
		if (*at++ != '_')
			return NULL;
	}
	return at;
}

/* The method that a thunk goes on to, or the function itself. */
static const struct function *find_method(
	struct object *object, const struct function *function, bool *is_thunk)
{
	const char *rest = thunk_target(function->symbol);
	const struct function *found;
	char *symbol;

	*is_thunk = rest;
	if (!rest || asprintf(&symbol, "_Z%s", rest) < 0)
		return function;
	found = object_function_named(object, symbol);
	free(symbol);
	return found ? found : function;
}

struct ptmem_error *object_receiver(struct object *object, const struct function *function,
	struct object_rules *rules, struct receiver *receiver)
{
	struct debug_info *debug = object_debug_info(object);
	struct receiver new = {0};
	struct ptmem_error *error = NULL;
	bool is_thunk;
	char *name;
	*receiver = new;
	function = find_method(object, function, &is_thunk);
	if (!debug)
		return NULL;
	name = object_function_name(object, function);
	if (!name)
		return &error_no_memory;
	error = debug_info_receiver(debug, function->address.value, name, rules, &new);
	free(name);
	new.is_thunk = is_thunk;
	if (is_thunk)
		name_reader_deinit(&new.name);
	if (error || !new.found)
		receiver_deinit(&new);
	else
		*receiver = new;
	return error;
}
