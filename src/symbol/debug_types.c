/* Types: what they are once typedefs are off, classes, and how the ABI passes them. */
#include "symbol/debug_types.h"

#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

/* How far entries are followed from one to the next. */
#define MAX_HOPS 32

/* Bases of a class, and how deep they are looked for. */
#define MAX_BASES 64
#define MAX_DEPTH 12

/* What is larger is passed and returned in memory: System V ABI, 3.2.3. */
#define MAX_IN_REGISTERS 16

/* Members that are looked at to tell integers from floats. */
#define MAX_MEMBERS 64

/* Sections are walked over so many times, and this much anyway. */
#define WALK_OVER 16
#define WALK_ANYWAY (UINT64_C(64) << 20)

static bool has_enough(const struct die *die)
{
	const struct debug_info *info = die->unit->file->info;
	uint64_t size = debug_section(die->unit->file, die->unit->section).size;
	return info->types_spent <= WALK_OVER * size + WALK_ANYWAY;
}

bool debug_next_child(struct die_walk *walk, struct die *die)
{
	struct debug_info *info = walk->unit->file->info;
	const uint8_t *before = walk->cursor.at;
	const struct die place = {.unit = walk->unit};
	bool next;
	if (!has_enough(&place))
		return false;
	next = die_walk_next(walk, die, false);
	info->types_spent += (uint64_t)(walk->cursor.at - before);
	return next;
}

struct die debug_die_with(struct die die, uint16_t attribute)
{
	for (unsigned hops = 0; die.unit && hops < MAX_HOPS; hops++) {
		struct form_value value;
		if (die_has(&die, attribute))
			return die;
		value = die_value(&die, DW_AT_abstract_origin);
		if (!value.form)
			value = die_value(&die, DW_AT_specification);
		die = die_of_reference(&die, &value);
	}
	return (struct die){0};
}

struct die debug_type_of(struct die die)
{
	struct die with = die.unit ? debug_die_with(die, DW_AT_type) : die;
	struct form_value value;
	if (!with.unit)
		return with;
	value = die_value(&with, DW_AT_type);
	return die_of_reference(&with, &value);
}

static bool is_transparent(uint16_t tag)
{
	return tag == DW_TAG_typedef || tag == DW_TAG_const_type || tag == DW_TAG_volatile_type ||
	       tag == DW_TAG_restrict_type || tag == DW_TAG_atomic_type;
}

struct die debug_plain_type(struct die type, const char **name)
{
	unsigned hops;
	for (hops = 0; type.unit && is_transparent(type.abbrev->tag) && hops < MAX_HOPS; hops++) {
		if (type.abbrev->tag == DW_TAG_typedef)
			*name = die_string(&type, DW_AT_name);
		type = debug_type_of(type);
	}
	if (type.unit && die_has(&type, DW_AT_signature)) {
		struct form_value value = die_value(&type, DW_AT_signature);
		struct die described = die_of_reference(&type, &value);
		type = described.unit ? described : type;
	}
	return hops < MAX_HOPS ? type : (struct die){0};
}

bool debug_is_class(const struct die *type)
{
	return type->unit && (type->abbrev->tag == DW_TAG_class_type ||
				     type->abbrev->tag == DW_TAG_structure_type ||
				     type->abbrev->tag == DW_TAG_union_type);
}

bool debug_is_pointer(const struct die *type)
{
	return type->unit && (type->abbrev->tag == DW_TAG_pointer_type ||
				     type->abbrev->tag == DW_TAG_reference_type ||
				     type->abbrev->tag == DW_TAG_rvalue_reference_type);
}

static uint64_t language_of(struct debug_unit *unit)
{
	struct debug_unit *linked = debug_unit_linked(unit);
	if (debug_unit_read_root(unit) && unit->language)
		return unit->language;
	return debug_unit_read_root(linked) ? linked->language : 0;
}

bool debug_is_c(struct debug_unit *unit)
{
	uint64_t language = language_of(unit);
	return language == DW_LANG_C || language == DW_LANG_C89 || language == DW_LANG_C99 ||
	       language == DW_LANG_C11;
}

bool debug_is_rust(struct debug_unit *unit)
{
	return language_of(unit) == DW_LANG_Rust;
}

struct die debug_pointee_class(struct die type, const char **name)
{
	struct die pointer = debug_plain_type(type, name), pointee;
	*name = NULL;
	if (!debug_is_pointer(&pointer))
		return (struct die){0};
	pointee = debug_plain_type(debug_type_of(pointer), name);
	return debug_is_class(&pointee) ? pointee : (struct die){0};
}

/* The unit is walked for it from its beginning. */
static const char *scoped_name(const struct die *type, const char *name)
{
	if (!has_enough(type))
		return name;
	type->unit->file->info->types_spent += type->offset - type->unit->root;
	return debug_scoped_name(type, name);
}

char *debug_class_name(const struct die *type, const char *typedef_name)
{
	const char *name = die_string(type, DW_AT_name);
	bool is_union = type->abbrev->tag == DW_TAG_union_type;
	struct strbuf text = {0};
	if (!name && !typedef_name)
		return NULL;
	if (name && debug_is_c(type->unit)) {
		strbuf_add(&text, is_union ? "union " : "struct ");
		strbuf_add(&text, name);
	} else {
		strbuf_add(&text, name ? scoped_name(type, name) : typedef_name);
	}
	return strbuf_take(&text);
}

static bool add_base(struct class_description *described, char *name, uint64_t offset, bool virtual)
{
	struct class_base *base = name ? vec_append(&described->bases) : NULL;
	if (!base) {
		free(name);
		return false;
	}
	*base = (struct class_base){name, offset, virtual};
	return true;
}

/* A class around another one: where it begins, and whether that is known. */
struct around {
	uint64_t offset;
	bool is_virtual;
	unsigned depth;
};

static bool read_bases(
	const struct die *type, struct around around, struct class_description *described);

static bool read_base(
	const struct die *die, struct around around, struct class_description *described)
{
	const char *typedef_name = NULL;
	struct die type = debug_plain_type(debug_type_of(*die), &typedef_name);
	uint64_t offset = 0, virtuality = 0;
	char *name = debug_is_class(&type) ? debug_class_name(&type, typedef_name) : NULL;
	if (!name)
		return true;
	die_number(die, DW_AT_virtuality, &virtuality);
	around.is_virtual |= virtuality || !die_number(die, DW_AT_data_member_location, &offset);
	around.offset = around.is_virtual ? 0 : around.offset + offset;
	around.depth++;
	if (!around.offset && !around.is_virtual && described->vtable == CLASS_VTABLE_NONE &&
		die_has(&type, DW_AT_declaration))
		described->vtable = CLASS_VTABLE_UNKNOWN;
	return add_base(described, name, around.offset, around.is_virtual) &&
	       read_bases(&type, around, described);
}

static bool is_vtable_pointer(const struct die *member)
{
	const char *name = die_string(member, DW_AT_name);
	return name && !strncmp(name, "_vptr", strlen("_vptr"));
}

/* What an object of the class begins with, and all classes that it has within. */
static bool read_bases(
	const struct die *type, struct around around, struct class_description *described)
{
	struct die_walk walk;
	struct die die;
	if (around.depth > MAX_DEPTH)
		return true;
	walk = die_walk_below(type);
	while (described->bases.count < MAX_BASES && debug_next_child(&walk, &die)) {
		if (die.abbrev->tag == DW_TAG_member && is_vtable_pointer(&die) && !around.offset &&
			!around.is_virtual)
			described->vtable = CLASS_VTABLE_FIRST;
		if (die.abbrev->tag == DW_TAG_inheritance && !read_base(&die, around, described))
			return false;
	}
	return true;
}

static bool describe(
	const struct die *type, const char *typedef_name, struct class_description *described)
{
	bool declared = die_has(type, DW_AT_declaration);
	*described = (struct class_description){
		.vtable = declared ? CLASS_VTABLE_UNKNOWN : CLASS_VTABLE_NONE,
		.name = debug_class_name(type, typedef_name),
	};
	if (!described->name)
		return true;
	die_number(type, DW_AT_byte_size, &described->size);
	if (!debug_is_c(type->unit) && !debug_is_rust(type->unit))
		return read_bases(type, (struct around){0}, described);
	described->vtable = CLASS_VTABLE_NONE;
	return true;
}

static bool copy(const struct class_description *from, struct class_description *to)
{
	bool done;
	*to = *from;
	to->bases = (struct class_bases){0};
	to->name = from->name ? strdup(from->name) : NULL;
	done = to->name || !from->name;
	for (size_t i = 0; done && i < from->bases.count; i++) {
		const struct class_base *base = &from->bases.items[i];
		done = add_base(to, strdup(base->name), base->offset, base->is_virtual);
	}
	if (!done)
		class_description_deinit(to);
	return done;
}

/* Each class has many methods, and is described once. */
bool debug_class_read(
	const struct die *type, const char *typedef_name, struct class_description *described)
{
	struct debug_info *info = type->unit->file->info;
	uint64_t key = (uintptr_t)type->values;
	uint32_t known = map_get(&info->class_of, key);
	struct class_description new, *place;
	if (known != MAP_NONE)
		return copy(&info->classes.items[known], described);
	if (!describe(type, typedef_name, &new)) {
		class_description_deinit(&new);
		return false;
	}
	place = vec_append(&info->classes);
	if (!place) {
		class_description_deinit(&new);
		return false;
	}
	*place = new;
	return map_set(&info->class_of, key, (uint32_t)info->classes.count - 1) &&
	       copy(&new, described);
}

void debug_classes_deinit(struct debug_info *info)
{
	for (size_t i = 0; i < info->classes.count; i++)
		class_description_deinit(&info->classes.items[i]);
	vec_deinit(&info->classes);
	map_deinit(&info->class_of);
}

/* Whether each half of what is passed in registers has an integer in it, or a pointer. */
struct halves {
	bool integers[2];
	bool in_memory;
	unsigned members;
};

static bool is_float(const struct die *type)
{
	uint64_t encoding = 0;
	die_number(type, DW_AT_encoding, &encoding);
	return type->abbrev->tag == DW_TAG_base_type &&
	       (encoding == DW_ATE_float || encoding == DW_ATE_complex_float);
}

static void look_at_type(struct die type, uint64_t offset, unsigned depth, struct halves *halves);

static void look_at_members(
	const struct die *type, uint64_t offset, unsigned depth, struct halves *halves)
{
	struct die_walk walk = die_walk_below(type);
	struct die die;
	while (debug_next_child(&walk, &die) && halves->members < MAX_MEMBERS) {
		uint64_t at = 0;
		bool is_static = die_has(&die, DW_AT_external) || die_has(&die, DW_AT_const_value);
		if ((die.abbrev->tag != DW_TAG_member && die.abbrev->tag != DW_TAG_inheritance) ||
			is_static)
			continue;
		die_number(&die, DW_AT_data_member_location, &at);
		look_at_type(debug_type_of(die), offset + at, depth + 1, halves);
	}
}

static void look_at_type(struct die type, uint64_t offset, unsigned depth, struct halves *halves)
{
	const char *name = NULL;
	uint64_t size = 0;
	type = debug_plain_type(type, &name);
	halves->members++;
	if (!type.unit || depth > MAX_DEPTH || offset >= MAX_IN_REGISTERS)
		return;
	die_number(&type, DW_AT_byte_size, &size);
	if (debug_is_class(&type)) {
		look_at_members(&type, offset, depth, halves);
	} else if (type.abbrev->tag == DW_TAG_array_type) {
		look_at_type(debug_type_of(type), offset, depth + 1, halves);
		halves->integers[1] |= halves->integers[0];
	} else if (is_float(&type)) {
		halves->in_memory |= size > 8;
	} else {
		halves->integers[offset / 8] = true;
	}
}

static bool is_by_reference(const struct die *type)
{
	uint64_t convention = 0;
	return die_number(type, DW_AT_calling_convention, &convention) &&
	       convention == DW_CC_pass_by_reference;
}

static unsigned class_registers(const struct die *type, bool is_rust, bool *in_memory)
{
	struct halves halves = {0};
	uint64_t size = 0;
	die_number(type, DW_AT_byte_size, &size);
	if (is_by_reference(type) || (is_rust && size > MAX_IN_REGISTERS))
		return 1;
	*in_memory = size > MAX_IN_REGISTERS;
	if (*in_memory)
		return 0;
	look_at_members(type, 0, 0, &halves);
	*in_memory = halves.in_memory;
	return halves.in_memory ? 0 : halves.integers[0] + (size > 8 ? halves.integers[1] : 0u);
}

unsigned debug_argument_registers(struct die type, bool is_rust, bool *in_memory)
{
	const char *name = NULL;
	uint64_t size = 0;
	*in_memory = false;
	type = debug_plain_type(type, &name);
	if (!type.unit)
		return 1;
	if (debug_is_class(&type))
		return class_registers(&type, is_rust, in_memory);
	die_number(&type, DW_AT_byte_size, &size);
	if (is_float(&type)) {
		*in_memory = size > 8;
		return 0;
	}
	if (type.abbrev->tag == DW_TAG_ptr_to_member_type) {
		struct die member = debug_type_of(type);
		return member.unit && member.abbrev->tag == DW_TAG_subroutine_type ? 2 : 1;
	}
	return size == 16 ? 2 : 1;
}

bool debug_is_returned_in_memory(struct die type)
{
	const char *name = NULL;
	uint64_t size = 0;
	type = debug_plain_type(type, &name);
	if (!debug_is_class(&type))
		return false;
	die_number(&type, DW_AT_byte_size, &size);
	return is_by_reference(&type) || size > MAX_IN_REGISTERS;
}
