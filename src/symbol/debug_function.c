/*
 * What is said of a function: by its own entry, by the abstract one that it is an instance of,
 * by the declaration that it completes. They may lie in other units and other files.
 */
#include "symbol/debug_internal.h"

#include <stdlib.h>
#include <string.h>

/* How far abstract origins and specifications are followed; compilers need three. */
#define MAX_HOPS 16

#define UNKNOWN UINT64_MAX

/* An attribute by any of the names that compilers have given it. */
static const char *linkage_name(const struct die *die)
{
	const char *name = die_string(die, DW_AT_linkage_name);
	return name ? name : die_string(die, DW_AT_MIPS_linkage_name);
}

static struct die origin(const struct die *die)
{
	struct form_value value = die_value(die, DW_AT_abstract_origin);
	if (!value.form)
		value = die_value(die, DW_AT_specification);
	return die_of_reference(die, &value);
}

static void read_facts(const struct die *die, struct entry_facts *facts)
{
	*facts = (struct entry_facts){.file = UNKNOWN};
	facts->name = die_string(die, DW_AT_name);
	facts->linkage_name = linkage_name(die);
	die_number(die, DW_AT_decl_file, &facts->file);
	die_number(die, DW_AT_decl_line, &facts->line);
	facts->origin = origin(die);
}

static struct entry_facts facts_of(const struct die *die)
{
	struct entry_facts facts;
	if (!libdwarf_facts(die, &facts))
		read_facts(die, &facts);
	return facts;
}

/* Takes from an entry what no entry nearer to the code has said. */
static void take(
	struct debug_unit *unit, const struct entry_facts *facts, struct debug_function *function)
{
	if (!function->name)
		function->name = facts->name;
	if (!function->linkage_name)
		function->linkage_name = facts->linkage_name;
	if (!function->line && facts->line <= INT32_MAX)
		function->line = (int)facts->line;
	if (!function->file && facts->file != UNKNOWN)
		function->file = debug_unit_file(unit, facts->file);
}

static int compare_orphans(const void *a, const void *b)
{
	const uint64_t *offset = a;
	const struct debug_orphan *orphan = b;
	return (*offset > orphan->offset) - (*offset < orphan->offset);
}

/* The type that a method is in, if the method says nothing of its place. */
static struct die type_around(const struct die *method)
{
	const struct debug_orphans *orphans = &method->unit->orphans;
	const struct debug_orphan *orphan = NULL;
	/* Those of a unit that is only referred to are known once it has been read as well. */
	if (debug_unit_index(debug_unit_linked(method->unit)) && orphans->count)
		orphan = bsearch(&method->offset, orphans->items, orphans->count,
			sizeof *orphans->items, compare_orphans);
	return orphan ? die_at(method->unit, orphan->type) : (struct die){0};
}

/* The method of a type by its name, among the type's own entries. */
static struct die find_method(const struct die *type, const struct entry_facts *wanted)
{
	struct die_walk walk = die_walk_below(type);
	struct die die;
	while (die_walk_next(&walk, &die, false)) {
		if (die.abbrev->tag != DW_TAG_subprogram)
			continue;
		struct entry_facts facts;
		read_facts(&die, &facts);
		const char *a = wanted->linkage_name ? wanted->linkage_name : wanted->name;
		const char *b = wanted->linkage_name ? facts.linkage_name : facts.name;
		if (a && b && !strcmp(a, b))
			return die;
	}
	return (struct die){0};
}

/*
 * A method's place by its type: what stands for a type unit leads to the method there, another
 * type to its own place.
 */
static void take_from_type(
	const struct die *method, const struct entry_facts *facts, struct debug_function *function)
{
	struct die type = type_around(method);
	if (!type.unit)
		return;
	struct form_value signature = die_value(&type, DW_AT_signature);
	struct die placed = die_of_reference(&type, &signature);
	if (placed.unit) {
		struct die found = find_method(&placed, facts);
		placed = found.unit ? found : placed;
	} else {
		placed = type;
	}
	struct entry_facts more = facts_of(&placed);
	more.name = more.linkage_name = NULL;
	take(placed.unit, &more, function);
}

struct die debug_function_read(struct die die, struct debug_function *function)
{
	struct die last = die;
	*function = (struct debug_function){0};
	for (unsigned hops = 0; die.unit && hops < MAX_HOPS; hops++) {
		last = die;
		struct entry_facts facts = facts_of(&die);
		take(die.unit, &facts, function);
		if (!facts.origin.unit && !function->line)
			take_from_type(&die, &facts, function);
		die = facts.origin;
	}
	return last;
}
