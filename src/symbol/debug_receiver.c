/*
 * Which argument of a function points to its object. At the first instruction of a function that
 * was not optimised, arguments are where the ABI has them, whatever debug info says of later; so
 * what is counted is how many registers those before it take. Of others debug info tells.
 */
#include "symbol/receiver.h"

#include "symbol/debug_types.h"

#include <string.h>

/* Arguments in integer registers: System V ABI, 3.2.3. */
#define REGISTERS 6

/* A function that is looked at: which of its parameters it may be. */
struct looking {
	struct object_rules *rules;
	struct object_rule *rule; /* that names the parameter, or NULL */
	const char *name;         /* as it prints */
	uint64_t address;         /* where it is entered */
	bool is_c, is_rust;
};

static const char *name_of(struct die die)
{
	struct die with = debug_die_with(die, DW_AT_name);
	return with.unit ? die_string(&with, DW_AT_name) : NULL;
}

/* Rust's own function that ends values: its parameter has no name. */
static bool is_drop_glue(const struct looking *looking)
{
	return looking->is_rust && strstr(looking->name, "drop_in_place");
}

static bool is_it(const struct looking *looking, const char *parameter, bool first)
{
	if (looking->rule)
		return parameter && !strcmp(parameter, looking->rule->text);
	if (looking->is_rust)
		return is_drop_glue(looking) ? first : parameter && !strcmp(parameter, "self");
	return looking->is_c || (parameter && !strcmp(parameter, "this"));
}

/* The parameter, the class that it points to, and how many registers come before. */
struct parameter {
	struct die class;
	const char *typedef_name;
	enum debug_place place;
	unsigned number; /* of the register; else how many are taken by those before it */
};

static bool find_parameter(
	const struct looking *looking, const struct die *function, struct parameter *found)
{
	struct die_walk walk = die_walk_below(function);
	struct die die;
	unsigned before = debug_is_returned_in_memory(debug_type_of(*function));
	for (bool first = true; debug_next_child(&walk, &die);) {
		bool in_memory;
		unsigned registers;
		if (die.abbrev->tag != DW_TAG_formal_parameter)
			continue;
		found->class = debug_pointee_class(debug_type_of(die), &found->typedef_name);
		if (is_it(looking, name_of(die), first) && found->class.unit) {
			found->place = debug_place_at(&die, looking->address, &found->number);
			if (found->place == DEBUG_PLACE_UNKNOWN)
				found->number = before;
			return found->place == DEBUG_PLACE_REGISTER ||
			       (found->place == DEBUG_PLACE_UNKNOWN && before < REGISTERS);
		}
		first = false;
		registers =
			debug_argument_registers(debug_type_of(die), looking->is_rust, &in_memory);
		if (before + registers <= REGISTERS)
			before += registers;
	}
	return false;
}

/* `Grid` is the constructor of Grid<int>, and `~Grid` its destructor. */
static bool is_named_for(const char *name, const char *class)
{
	size_t length = strcspn(class, "<");
	return !strncmp(name, class, length) && (!name[length] || name[length] == '<');
}

static enum receiver_role find_role(
	const struct looking *looking, const struct die *function, const struct die *class)
{
	const char *name = name_of(*function), *of = die_string(class, DW_AT_name);
	if (pattern_list_matches_name(&looking->rules->gone, looking->name))
		return RECEIVER_DESTRUCTOR;
	if (looking->is_c || !name || looking->rule)
		return RECEIVER_METHOD;
	if (looking->is_rust)
		return is_drop_glue(looking) || strstr(looking->name, "Drop>::drop")
			       ? RECEIVER_DESTRUCTOR
			       : RECEIVER_METHOD;
	if (of && name[0] == '~')
		return RECEIVER_DESTRUCTOR;
	return of && is_named_for(name, of) ? RECEIVER_CONSTRUCTOR : RECEIVER_METHOD;
}

/* The rule for the class, or one of those that it has within. */
static struct object_rule *name_rule(
	struct object_rules *rules, const struct class_description *described)
{
	const char *space = strchr(described->name, ' ');
	bool tagged = space && (!strncmp(described->name, "struct ", 7) ||
				       !strncmp(described->name, "union ", 6));
	struct object_rule *rule =
		object_rules_find(&rules->names, tagged ? space + 1 : described->name);
	if (!rule && tagged)
		rule = object_rules_find(&rules->names, described->name);
	for (size_t i = 0; !rule && i < described->bases.count; i++)
		rule = object_rules_find(&rules->names, described->bases.items[i].name);
	return rule;
}

static bool describe(const struct looking *looking, const struct die *function,
	const struct parameter *parameter, struct receiver *receiver)
{
	struct object_rule *rule;
	if (!debug_class_read(&parameter->class, parameter->typedef_name, &receiver->described))
		return false;
	if (!receiver->described.name)
		return true;
	receiver->found = true;
	receiver->argument = parameter->number;
	receiver->is_dwarf_register = parameter->place == DEBUG_PLACE_REGISTER;
	receiver->is_new = looking->is_c;
	receiver->role = find_role(looking, function, &parameter->class);
	if (looking->rule)
		looking->rule->used = true;
	rule = name_rule(looking->rules, &receiver->described);
	if (rule)
		rule->used |= debug_member_compile(&parameter->class, rule->text, &receiver->name);
	return true;
}

bool debug_receiver_read(const struct die *function, uint64_t address, const char *name,
	struct object_rules *rules, struct receiver *receiver)
{
	struct looking looking = {.rules = rules,
		.name = name,
		.address = address,
		.rule = object_rules_find(&rules->parameters, name),
		.is_c = debug_is_c(function->unit),
		.is_rust = debug_is_rust(function->unit)};
	struct parameter parameter = {0};
	return !find_parameter(&looking, function, &parameter) ||
	       describe(&looking, function, &parameter, receiver);
}
