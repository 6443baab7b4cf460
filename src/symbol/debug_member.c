/*
 * Expressions that lead to a name: `title`, `owner->name`, `header.tag`. Each part is looked for
 * among the members of what the one before leads to, its bases and unnamed members included.
 */
#include "symbol/debug_types.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 12
#define MAX_VALUES 1024

void name_reader_deinit(struct name_reader *reader)
{
	for (size_t i = 0; i < reader->values.count; i++)
		free(reader->values.items[i].name);
	vec_deinit(&reader->values);
	*reader = (struct name_reader){0};
}

/* A member by its name; what it is looked for in, and where that lies. */
struct wanted {
	const char *name;
	size_t length;
	unsigned depth;
};

struct place {
	struct die type; /* plain; none where nothing is known of it */
	uint64_t offset;
};

static struct die plain(struct die type)
{
	const char *name = NULL;
	return debug_plain_type(type, &name);
}

/* The fields of a Rust tuple have numbers, and are called __0 and so on. */
static bool is_called(const struct die *die, const struct wanted *wanted)
{
	const char *name = die_string(die, DW_AT_name);
	if (!name)
		return false;
	if (!strncmp(name, "__", 2) && wanted->name[0] >= '0' && wanted->name[0] <= '9')
		name += 2;
	return strlen(name) == wanted->length && !memcmp(name, wanted->name, wanted->length);
}

static bool find_member(const struct place *in, struct wanted wanted, struct place *found)
{
	struct die_walk walk;
	struct die die;
	if (!debug_is_class(&in->type) || wanted.depth++ > MAX_DEPTH)
		return false;
	walk = die_walk_below(&in->type);
	while (debug_next_child(&walk, &die)) {
		struct place place = {.offset = 0};
		bool member = die.abbrev->tag == DW_TAG_member;
		bool within = die.abbrev->tag == DW_TAG_inheritance ||
			      (member && !die_string(&die, DW_AT_name));
		if ((!member && !within) || die_has(&die, DW_AT_external) ||
			die_has(&die, DW_AT_virtuality))
			continue;
		die_number(&die, DW_AT_data_member_location, &place.offset);
		place.offset += in->offset;
		place.type = plain(debug_type_of(die));
		if (!within && is_called(&die, &wanted)) {
			*found = place;
			return true;
		}
		if (within && find_member(&place, wanted, found))
			return true;
	}
	return false;
}

static bool find_named(const struct place *in, const char *name, struct place *found)
{
	return find_member(in, (struct wanted){.name = name, .length = strlen(name)}, found);
}

static uint64_t size_of(const struct die *type)
{
	uint64_t size = 0;
	die_number(type, DW_AT_byte_size, &size);
	return size;
}

static bool is_character(struct die type)
{
	type = plain(type);
	return type.unit && type.abbrev->tag == DW_TAG_base_type && size_of(&type) == 1;
}

/* The characters of an array, or 0. */
static uint64_t count_of(const struct die *array)
{
	struct die_walk walk = die_walk_below(array);
	struct die die;
	uint64_t count = 0;
	while (!count && debug_next_child(&walk, &die))
		if (die.abbrev->tag == DW_TAG_subrange_type &&
			!die_number(&die, DW_AT_count, &count) &&
			die_number(&die, DW_AT_upper_bound, &count))
			count++;
	return count;
}

static bool follow(struct name_reader *reader, struct place *place)
{
	struct die pointee = plain(debug_type_of(place->type));
	if (reader->pointer_count == NAME_STEPS_MAX || !pointee.unit)
		return false;
	reader->pointers[reader->pointer_count++] = place->offset;
	*place = (struct place){pointee, 0};
	return true;
}

static bool use(struct name_reader *reader, enum name_kind kind, const struct place *place)
{
	reader->kind = kind;
	reader->offset = place->offset;
	reader->size = place->type.unit ? size_of(&place->type) : 0;
	return true;
}

static bool use_pointer_length(
	struct name_reader *reader, const struct place *pointer, const struct place *length)
{
	reader->length = length->offset;
	return use(reader, NAME_POINTER_LENGTH, pointer);
}

/* The first pointer that is in a class, however deep: of Rust's vectors each release puts it
 * elsewhere. */
static bool find_pointer(const struct place *in, unsigned depth, struct place *found)
{
	struct die_walk walk;
	struct die die;
	if (!debug_is_class(&in->type) || depth > MAX_DEPTH)
		return false;
	walk = die_walk_below(&in->type);
	while (debug_next_child(&walk, &die)) {
		struct place place = {.offset = 0};
		if (die.abbrev->tag != DW_TAG_member)
			continue;
		die_number(&die, DW_AT_data_member_location, &place.offset);
		place.offset += in->offset;
		place.type = plain(debug_type_of(die));
		if (debug_is_pointer(&place.type)) {
			*found = place;
			return true;
		}
		if (find_pointer(&place, depth + 1, found))
			return true;
	}
	return false;
}

/* A string that is only declared, since the library has it: by the namespace that tells whose. */
static bool use_declared(struct name_reader *reader, const struct place *string)
{
	struct place pointer = *string, length = *string;
	char *name = debug_class_name(&string->type, NULL);
	bool ours = name && !strncmp(name, "std::__cxx11::basic_string<char,", 32);
	bool other = name && !strncmp(name, "std::__1::basic_string<char,", 28);
	free(name);
	length.offset += sizeof(uint64_t);
	if (ours)
		return use_pointer_length(reader, &pointer, &length);
	return other && use(reader, NAME_LIBCXX, string);
}

/* Strings of libraries, by the members that they have. */
static bool use_string(struct name_reader *reader, const struct place *string)
{
	static const char *const pairs[][2] = {
		{"_M_p", "_M_string_length"}, /* libstdc++'s string */
		{"_M_str", "_M_len"},         /* and its string_view */
		{"__data_", "__size_"},       /* libc++'s string_view */
		{"data_ptr", "length"},       /* Rust's &str, Box<str> */
	};
	struct place pointer, length, inner = *string;
	if (die_has(&string->type, DW_AT_declaration))
		return use_declared(reader, string);
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		if (i == 0 && find_named(string, "_M_dataplus", &inner) &&
			find_named(&inner, pairs[i][0], &pointer) &&
			find_named(string, pairs[i][1], &length))
			return use_pointer_length(reader, &pointer, &length);
		if (i && find_named(string, pairs[i][0], &pointer) &&
			find_named(string, pairs[i][1], &length))
			return use_pointer_length(reader, &pointer, &length);
	}
	if (find_named(string, "__r_", &inner) || find_named(string, "__rep_", &inner))
		return use(reader, NAME_LIBCXX, string);
	if (find_named(string, "vec", &inner) && find_named(&inner, "len", &length) &&
		find_pointer(&inner, 0, &pointer))
		return use_pointer_length(reader, &pointer, &length);
	return false;
}

static bool add_value(struct name_reader *reader, const struct die *die)
{
	struct form_value value = die_value(die, DW_AT_const_value);
	const char *name = die_string(die, DW_AT_name);
	struct name_value *new;
	char *copy = name && value.form ? strdup(name) : NULL;
	if (!copy)
		return true;
	new = vec_append(&reader->values);
	if (!new) {
		free(copy);
		return false;
	}
	*new = (struct name_value){value.number, copy};
	return true;
}

static bool use_enum(struct name_reader *reader, const struct place *place)
{
	struct die_walk walk = die_walk_below(&place->type);
	struct die die;
	bool added = true;
	while (added && reader->values.count < MAX_VALUES && debug_next_child(&walk, &die))
		if (die.abbrev->tag == DW_TAG_enumerator)
			added = add_value(reader, &die);
	return added && use(reader, NAME_ENUM, place);
}

static bool use_number(struct name_reader *reader, const struct place *place)
{
	uint64_t encoding = 0;
	die_number(&place->type, DW_AT_encoding, &encoding);
	reader->is_signed = encoding == DW_ATE_signed || encoding == DW_ATE_signed_char;
	return encoding != DW_ATE_float && size_of(&place->type) <= 8 &&
	       use(reader, NAME_NUMBER, place);
}

/* What the expression has led to. */
static bool use_place(struct name_reader *reader, struct place place)
{
	if (debug_is_pointer(&place.type) && is_character(debug_type_of(place.type)))
		return use(reader, NAME_POINTER, &place);
	if (debug_is_pointer(&place.type) && !follow(reader, &place))
		return false;
	if (!place.type.unit)
		return false;
	switch (place.type.abbrev->tag) {
	case DW_TAG_array_type:
		use(reader, NAME_ARRAY, &place);
		reader->size = count_of(&place.type);
		return reader->size && is_character(debug_type_of(place.type));
	case DW_TAG_enumeration_type:
		return use_enum(reader, &place);
	case DW_TAG_base_type:
		return use_number(reader, &place);
	default:
		return debug_is_class(&place.type) && use_string(reader, &place);
	}
}

/* `.` and `->` are one: what stands before it tells which it must be. */
static const char *next_part(const char *at, size_t *length)
{
	*length = strcspn(at, ".-");
	at += *length;
	if (!*at)
		return at;
	if (*at == '-' && at[1] != '>')
		return NULL;
	at += *at == '-' ? 2 : 1;
	return *at ? at : NULL;
}

static bool compile(struct place place, const char *at, struct name_reader *reader)
{
	while (*at) {
		struct wanted wanted = {.name = at};
		at = next_part(at, &wanted.length);
		if (!at || !wanted.length)
			return false;
		if (debug_is_pointer(&place.type) && !follow(reader, &place))
			return false;
		if (!find_member(&place, wanted, &place))
			return false;
	}
	return use_place(reader, place);
}

bool debug_member_compile(
	const struct die *type, const char *expression, struct name_reader *reader)
{
	struct name_reader new = {0};
	if (!compile((struct place){*type, 0}, expression, &new)) {
		name_reader_deinit(&new);
		return false;
	}
	*reader = new;
	return true;
}
