/* One ELF object: its symbols and its debug info, wherever they lie, put together. */
#include "symbol/object.h"

#include "symbol/debug_info.h"
#include "symbol/demangle.h"
#include "symbol/elf.h"
#include "symbol/functions.h"
#include "symbol/minidebug.h"
#include "symbol/parts.h"
#include "symbol/path.h"
#include "symbol/separate.h"
#include "symbol/vtables.h"

#include <stdlib.h>
#include <string.h>

/* How far down one of known size is looked for that others begin within. */
#define MAX_OVERLAP 16

/* How far into an object a part of it may lie that has a vtable. */
#define MAX_TO_TOP (INT64_C(1) << 30)

struct object {
	struct elf_file *file;
	int fd;
	struct separate separate; /* its debug file, if that is another */
	struct minidebug mini;    /* opened when first asked for */
	bool mini_sought;
	struct search search; /* with a copy of the root */
	char *path;
	struct debug_info *debug; /* opened when first asked for; NULL without memory for it */
	bool debug_sought;
	struct functions functions; /* read when first asked for */
	bool functions_read;
	struct vtables vtables;   /* read when first asked for */
	struct elf_file *symbols; /* that has a whole symbol table, or NULL */
	const struct symbol_options *options;
	bool expected; /* what is compressed of it is being inflated */
	bool is_go;    /* whose names are as the source has them, dots and numbers too */
};

static bool has_debug_info(const struct elf_file *file)
{
	for (size_t i = 0; i < elf_section_count(file); i++) {
		const struct elf_section *section = elf_section(file, i);
		if (section->in_file && section->size && elf_section_is_debug_info(section))
			return true;
	}
	return false;
}

static bool is_go(const struct elf_file *file)
{
	for (size_t i = 0; i < elf_section_count(file); i++) {
		if (strcmp(elf_section(file, i)->name, ".gopclntab") == 0)
			return true;
	}
	return false;
}

/* The file that has a whole symbol table, or NULL. */
static struct elf_file *symbols_of(const struct object *object)
{
	if (functions_are_complete(object->file))
		return object->file;
	return object->separate.elf && functions_are_complete(object->separate.elf)
		       ? object->separate.elf
		       : NULL;
}

/* Without memory for it there is none. */
static struct debug_info *debug_of(struct object *object)
{
	struct elf_file *separate = object->separate.elf;
	struct ptmem_error *error = NULL;

	if (!object->debug_sought)
		error = debug_info_open(separate ? separate : object->file,
			separate ? object->separate.found.path : object->path, object->path,
			&object->search, &object->debug);
	object->debug_sought = true;
	error_free(error);
	return object->debug;
}

/* Where symbols are; debug info is another matter. */
static struct ptmem_error *find_symbols(struct object *object, struct function_sources *sources)
{
	struct ptmem_error *error = NULL;

	if (!object->symbols && !object->mini_sought)
		error = minidebug_open(object->file, &object->mini);
	object->mini_sought = true;
	*sources = (struct function_sources){
		.name = path_last_part(object->path),
		.file = object->file,
		.symbols = object->symbols,
		.mini = object->mini.elf,
	};
	return error;
}

static struct ptmem_error *read_functions(struct object *object, struct functions *functions)
{
	struct function_sources sources;
	struct ptmem_error *error = find_symbols(object, &sources);

	if (!error && !sources.symbols) {
		sources.info = debug_of(object);
		error = sources.info ? NULL : &error_no_memory;
	}
	return error ? error : functions_read(&sources, functions);
}

struct ptmem_error *object_visit_symbols(
	struct object *object, function_visitor *visit, void *context)
{
	struct function_sources sources;
	struct ptmem_error *error = find_symbols(object, &sources);

	return error ? error : functions_visit(&sources, visit, context);
}

struct ptmem_error *object_visit_exports(
	struct object *object, function_visitor *visit, void *context)
{
	return functions_visit_exports(object->file, visit, context);
}

/* Without memory for them there are none. */
static const struct functions *functions_of(struct object *object)
{
	struct ptmem_error *error =
		object->functions_read ? NULL : read_functions(object, &object->functions);

	object->functions_read = true;
	if (error)
		functions_deinit(&object->functions);
	error_free(error);
	return &object->functions;
}

static struct ptmem_error *read_file(
	struct object *object, const char *path, int fd, const struct search *search)
{
	char *root = strdup(search->root);
	struct ptmem_error *error;

	object->search = (struct search){search->options, root, search->no_server};
	object->path = strdup(path);
	if (!root || !object->path)
		return &error_no_memory;
	error = elf_file_open(path, fd, &object->file);
	if (!error && !has_debug_info(object->file))
		error = separate_find(object->file, path, fd, search, &object->separate);
	if (error)
		return error;
	object->is_go = is_go(object->file);
	object->symbols = symbols_of(object);
	return NULL;
}

struct ptmem_error *object_open(
	const char *path, int fd, const struct search *search, struct object **object)
{
	struct object *new = calloc(1, sizeof *new);
	if (!new)
		return &error_no_memory;
	new->separate.found.fd = -1;
	new->options = search->options;
	new->fd = fd;
	struct ptmem_error *error = read_file(new, path, fd, search);
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
	vtables_deinit(&object->vtables);
	debug_info_close(object->debug);
	minidebug_close(&object->mini);
	separate_close(&object->separate);
	elf_file_close(object->file);
	free((char *)(uintptr_t)object->search.root);
	free(object->path);
	free(object);
}

const struct function *object_functions(struct object *object, size_t *count)
{
	const struct functions *functions = functions_of(object);

	*count = functions->count;
	return functions->items;
}

bool object_describes(struct object *object, const struct function *function)
{
	struct debug_info *debug = debug_of(object);

	return debug && debug_info_covers(debug, function->address.value);
}

bool object_has_outline(struct object *object)
{
	struct debug_info *debug = debug_of(object);

	return debug && debug_info_has_outline(debug);
}

static struct elf_file *debug_file_of(const struct object *object)
{
	return object->separate.elf ? object->separate.elf : object->file;
}

void object_expect(struct object *object)
{
	if (!object->expected)
		elf_file_inflate_ahead(debug_file_of(object));
	object->expected = true;
}

bool object_is_expected(struct object *object)
{
	return elf_file_is_inflating(debug_file_of(object));
}

bool object_is_large(struct object *object)
{
	struct debug_info *debug = debug_of(object);

	return debug && debug_info_is_large(debug);
}

bool object_prepare(struct object *object, struct file_address address, uint64_t until)
{
	struct debug_info *debug = debug_of(object);

	return !debug || debug_info_prepare(debug, address.value, until);
}

/* How many begin at or below this address. */
static size_t count_up_to(struct object *object, struct file_address address)
{
	size_t low = 0, high = functions_of(object)->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (object->functions.items[middle].address.value <= address.value)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct function *object_function_at(struct object *object, struct file_address address)
{
	size_t count = count_up_to(object, address);
	const struct function *found = count ? &object->functions.items[count - 1] : NULL;

	return found && found->address.value == address.value ? found : NULL;
}

static bool reaches(const struct function *function, struct file_address address)
{
	return !function->size || address.value - function->address.value < function->size;
}

/* Some begin within others: the nearest one that reaches there is the innermost. */
const struct function *object_function_around(struct object *object, struct file_address address)
{
	size_t count = count_up_to(object, address);

	for (size_t back = 1; back <= count && back <= MAX_OVERLAP; back++) {
		const struct function *function = &object->functions.items[count - back];

		if (reaches(function, address))
			return back == 1 || function->size ? function : NULL;
	}
	return object->symbols && part_owner(object->symbols, address.value, &address.value)
		       ? object_function_at(object, address)
		       : NULL;
}

bool object_mentions(struct object *object, const char *name)
{
	return functions_mention(object->file, name);
}

char *object_printed_name(const struct object *object, const char *symbol)
{
	enum demangle_mode mode = object->options->demangle;

	if (object->is_go && !symbol_is_mangled(symbol))
		mode = DEMANGLE_NO;
	return symbol_printed_name(symbol, mode);
}

char *object_function_name(const struct object *object, const struct function *function)
{
	return object_printed_name(object, function->symbol);
}

const char *object_function_alias(
	const struct object *object, const struct function *function, size_t index)
{
	return functions_alias(&object->functions, function->address.value, index);
}

/* Of several names of an address, the one that the source has. */
static const char *choose_symbol(const struct object *object, const struct function *function,
	const struct debug_function *described)
{
	const char *alias;

	for (size_t i = 0; (alias = object_function_alias(object, function, i)); i++)
		if (described->linkage_name ? !strcmp(alias, described->linkage_name)
					    : described->name && !strcmp(alias, described->name))
			return alias;
	return function->symbol;
}

/*
 * A mangled name says more than DW_AT_name, which lacks the scope; where neither the symbol
 * nor the linkage name is one, the source's own name is free of what the compiler appended.
 */
static char *choose_name(const struct object *object, const struct function *function,
	const struct debug_function *described)
{
	enum demangle_mode mode = object->options->demangle;
	const char *symbol = choose_symbol(object, function, described);
	char *name = demangle(symbol, mode);

	if (mode == DEMANGLE_NO)
		return strdup(symbol);
	if (!name && described->linkage_name)
		name = demangle(described->linkage_name, mode);
	if (!name && described->name)
		name = strdup(described->name);
	return name ? name : object_printed_name(object, symbol);
}

char *object_inlined_name(const struct object *object, const struct debug_function *described)
{
	const char *linkage = described->linkage_name;
	char *name = linkage ? demangle(linkage, object->options->demangle) : NULL;

	if (!name && linkage && object->options->demangle == DEMANGLE_NO)
		name = strdup(linkage);
	if (!name && described->name)
		name = strdup(described->name);
	return name ? name : strdup(linkage ? linkage : "?");
}

struct ptmem_error *object_map_path(const struct object *object, char **path)
{
	if (!*path)
		return NULL;
	*path = symbol_options_map(object->options, *path);
	return *path ? NULL : &error_no_memory;
}

struct ptmem_error *object_function_source(
	struct object *object, const struct function *function, struct function_source *source)
{
	struct debug_function described = {0};
	struct debug_info *debug = debug_of(object);
	struct ptmem_error *error =
		debug ? debug_info_find(debug, function->address.value, &described) : NULL;
	if (error)
		return error;
	char *name = choose_name(object, function, &described);
	if (!name || object_map_path(object, &described.file)) {
		free(name);
		free(described.file);
		return &error_no_memory;
	}
	*source = (struct function_source){name, described.file, described.line};
	return NULL;
}

/* Units name files as the compiler knew them. */
bool object_function_may_be_from(
	struct object *object, const struct function *function, const struct pattern_list *patterns)
{
	struct debug_info *debug = debug_of(object);

	return debug && (object->options->path_maps.count ||
				debug_info_may_be_from(debug, function->address.value, patterns));
}

const char *object_path(const struct object *object)
{
	return object->path;
}

struct elf_file *object_file(const struct object *object)
{
	return object->file;
}

int object_fd(const struct object *object)
{
	return object->fd;
}

const struct symbol_options *object_options(const struct object *object)
{
	return object->options;
}

struct debug_info *object_debug_info(struct object *object)
{
	return debug_of(object);
}

void function_source_deinit(struct function_source *source)
{
	free(source->name);
	free(source->file);
	*source = (struct function_source){0};
}

bool object_has_debug_info(const struct object *object)
{
	return has_debug_info(object->file) ||
	       (object->separate.elf && has_debug_info(object->separate.elf));
}

const char *object_debug_problem(const struct object *object)
{
	return object->debug ? debug_info_problem(object->debug) : NULL;
}

const char *object_debug_refused(const struct object *object)
{
	return object->separate.refused;
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

const struct function *object_function_named(struct object *object, const char *symbol)
{
	const struct functions *functions = functions_of(object);

	for (size_t i = 0; i < functions->count; i++)
		if (!strcmp(functions->items[i].symbol, symbol))
			return &functions->items[i];
	return NULL;
}

char *object_soname(const struct object *object)
{
	return elf_file_soname(object->file);
}

/* The word before the one before what a pointer to a vtable points to: it needs no relocation. A
 * vtable that was copied to the program's own data has none in the file. */
static int64_t read_to_top(struct object *object, uint64_t address)
{
	struct elf_bytes bytes = elf_file_loaded(object->file, address - 16);
	int64_t to_top = 0;

	if (bytes.data && bytes.size >= sizeof to_top)
		memcpy(&to_top, bytes.data, sizeof to_top);
	return to_top <= 0 && to_top > -MAX_TO_TOP ? to_top : 0;
}

char *object_vtable_class(struct object *object, struct file_address address, int64_t *to_top)
{
	const struct vtable_symbol *vtable;
	struct elf_file *file = object->symbols ? object->symbols : object->file;

	if (!object->vtables.is_read)
		vtables_read(&object->vtables, file);
	vtable = vtables_at(&object->vtables, address.value);
	if (!vtable || address.value - vtable->address < 16)
		return NULL;
	*to_top = read_to_top(object, address.value);
	return vtable_class(vtable);
}
