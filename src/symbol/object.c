/* One ELF object: its symbol table and its debug info, put together. */
#include "symbol/object.h"

#include "symbol/debug_info.h"
#include "symbol/demangle.h"
#include "symbol/elf.h"
#include "symbol/functions.h"
#include "symbol/path.h"

#include <stdlib.h>
#include <string.h>

struct object {
	struct elf_file *file;
	struct debug_info *debug;
	struct functions functions;
};

static struct ptmem_error *read_functions(struct object *object, const char *name)
{
	bool complete = functions_are_complete(object->file);
	struct ptmem_error *error = functions_read(object->file, &object->functions);
	if (!error && !complete)
		error = functions_add_described(&object->functions, object->debug);
	if (!error && !complete)
		error = functions_add_nameless(&object->functions, object->file, name);
	for (size_t i = 0; i < object->functions.count && !error; i++) {
		struct function *function = &object->functions.items[i];
		function->described = debug_info_covers(object->debug, function->address.value);
	}
	return error;
}

struct ptmem_error *object_open(
	const char *path, int fd, const struct search *search, struct object **object)
{
	struct object *new = calloc(1, sizeof *new);
	if (!new)
		return &error_no_memory;
	struct ptmem_error *error = elf_file_open(path, fd, &new->file);
	if (!error)
		error = debug_info_open(new->file, path, search, &new->debug);
	if (!error)
		error = read_functions(new, path_last_part(path));
	if (error)
		object_close(new);
	else
		*object = new;
	return error;
}

void object_close(struct object *object)
{
	if (!object)
		return;
	functions_deinit(&object->functions);
	debug_info_close(object->debug);
	elf_file_close(object->file);
	free(object);
}

const struct function *object_functions(const struct object *object, size_t *count)
{
	*count = object->functions.count;
	return object->functions.items;
}

/* How many begin at or below this address. */
static size_t count_up_to(const struct object *object, struct file_address address)
{
	size_t low = 0, high = object->functions.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (object->functions.items[middle].address.value <= address.value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct function *object_function_at(const struct object *object, struct file_address address)
{
	size_t count = count_up_to(object, address);
	const struct function *found = count ? &object->functions.items[count - 1] : NULL;

	return found && found->address.value == address.value ? found : NULL;
}

const struct function *object_function_around(
	const struct object *object, struct file_address address)
{
	size_t count = count_up_to(object, address);
	const struct function *found = count ? &object->functions.items[count - 1] : NULL;

	if (found && (!found->size || address.value - found->address.value < found->size))
		return found;
	return functions_owner_of_part(&object->functions, object->file, address.value);
}

const char *object_alias(
	const struct object *object, const struct function *function, uint32_t index)
{
	return object->functions.aliases.items[function->aliases + index];
}

bool object_mentions(struct object *object, const char *name)
{
	return functions_mention(object->file, name);
}

char *object_function_name(const struct object *object, const struct function *function)
{
	(void)object;
	return symbol_printed_name(function->symbol);
}

/*
 * A mangled name says more than DW_AT_name, which lacks the scope; where neither the symbol
 * nor the linkage name is one, the source's own name is free of what the compiler appended.
 */
static char *choose_name(const struct function *function, const struct debug_function *described)
{
	char *name = demangle(function->symbol);
	if (!name && described->linkage_name)
		name = demangle(described->linkage_name);
	if (!name && described->name)
		name = strdup(described->name);
	return name ? name : symbol_printed_name(function->symbol);
}

struct ptmem_error *object_function_source(
	struct object *object, const struct function *function, struct function_source *source)
{
	struct debug_function described;
	struct ptmem_error *error =
		debug_info_find(object->debug, function->address.value, &described);
	if (error)
		return error;
	char *name = choose_name(function, &described);
	if (!name) {
		free(described.file);
		return &error_no_memory;
	}
	*source = (struct function_source){name, described.file, described.line};
	return NULL;
}

bool object_function_may_be_from(
	struct object *object, const struct function *function, const struct pattern_list *patterns)
{
	return debug_info_may_be_from(object->debug, function->address.value, patterns);
}

struct debug_info *object_debug_info(struct object *object)
{
	return object->debug;
}

void function_source_deinit(struct function_source *source)
{
	free(source->name);
	free(source->file);
	*source = (struct function_source){0};
}

bool object_has_debug_info(const struct object *object)
{
	return debug_info_is_present(object->debug);
}

const char *object_debug_problem(const struct object *object)
{
	return debug_info_problem(object->debug);
}

struct file_address object_entry(const struct object *object)
{
	return (struct file_address){elf_file_entry(object->file)};
}

struct file_address object_load_start(const struct object *object)
{
	return (struct file_address){elf_file_load_start(object->file)};
}

char *object_build_id(const struct object *object)
{
	return elf_file_build_id(object->file);
}

bool object_bias(const struct object *object, uint64_t offset, uint64_t mapped_at, uint64_t *bias)
{
	uint64_t address;

	if (!elf_file_code_address(object->file, offset, &address))
		return false;
	*bias = mapped_at - address;
	return true;
}

const struct function *object_function_named(const struct object *object, const char *symbol)
{
	for (size_t i = 0; i < object->functions.count; i++)
		if (!strcmp(object->functions.items[i].symbol, symbol))
			return &object->functions.items[i];
	return NULL;
}

char *object_soname(const struct object *object)
{
	return elf_file_soname(object->file);
}
