/* What the user says of objects. */
#include "symbol/object_rules.h"

#include <stdlib.h>
#include <string.h>

static void rule_deinit(struct object_rule *rule)
{
	pattern_list_deinit(&rule->of);
	free(rule->text);
}

/* Names have `=` in them (operator==), what is said of them has not. */
struct ptmem_error *object_rules_add(struct object_rule_list *list, const char *rule)
{
	const char *equals = strrchr(rule, '=');
	struct object_rule new = {0}, *place;
	struct ptmem_error *error;
	char *of;

	if (!equals || equals == rule || !equals[1])
		return error_new(ERROR_USAGE, "'%s' is not NAME=WHAT", rule);
	of = strndup(rule, (size_t)(equals - rule));
	new.text = strdup(equals + 1);
	error = of && new.text ? pattern_list_add(&new.of, of) : &error_no_memory;
	free(of);
	place = error ? NULL : vec_append(list);
	if (place) {
		*place = new;
		return NULL;
	}
	rule_deinit(&new);
	return error ? error : &error_no_memory;
}

struct object_rule *object_rules_find(struct object_rule_list *list, const char *name)
{
	for (size_t i = list->count; i-- > 0;)
		if (pattern_list_matches_name(&list->items[i].of, name))
			return &list->items[i];
	return NULL;
}

static struct ptmem_error *unused_in(
	const struct object_rule_list *list, const char *option, const char *of, const char *what)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct object_rule *rule = &list->items[i];
		const char *name = rule->of.items[0].text;

		if (!rule->used && pattern_list_unused(&rule->of))
			return error_new(ERROR_NO_MATCH, "%s: no %s that is watched matches '%s'",
				option, of, name);
		if (!rule->used)
			return error_new(ERROR_NO_MATCH, "%s: '%s' has no %s '%s'", option, name,
				what, rule->text);
	}
	return NULL;
}

struct ptmem_error *object_rules_unused(const struct object_rules *rules)
{
	const struct pattern *gone = pattern_list_unused(&rules->gone);
	struct ptmem_error *error = unused_in(&rules->parameters, "--object-of", "function",
		"parameter that points to an object, called");

	if (!error)
		error = unused_in(&rules->names, "--name-of", "class of a method",
			"member that a name can be read from, by");
	if (!error && gone)
		error = error_new(ERROR_NO_MATCH,
			"--gone: no function with an object, of those watched, matches '%s'",
			gone->text);
	return error;
}

static void list_deinit(struct object_rule_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		rule_deinit(&list->items[i]);
	vec_deinit(list);
}

void object_rules_deinit(struct object_rules *rules)
{
	list_deinit(&rules->parameters);
	list_deinit(&rules->names);
	pattern_list_deinit(&rules->gone);
}
