/*
 * What the user says of objects: by which parameter a function has its object, where an object's
 * name is, and which functions end one.
 */
#ifndef PTMEM_SYMBOL_OBJECT_RULES_H
#define PTMEM_SYMBOL_OBJECT_RULES_H

#include "base/error.h"
#include "base/vec.h"
#include "symbol/pattern.h"

#include <stdbool.h>

/* `FUNC=PARAM`, or `CLASS=MEMBER`. */
struct object_rule {
	struct pattern_list of; /* one pattern */
	char *text;             /* what it says */
	bool used;              /* there is such a parameter, or member */
};

struct object_rule_list VEC(struct object_rule);

/* Zeroed is: nothing said. */
struct object_rules {
	struct object_rule_list parameters, names;
	struct pattern_list gone; /* functions that end the object that they are called with */
};

/* `PATTERN=TEXT`; ERROR_USAGE for anything else. */
struct ptmem_error *object_rules_add(struct object_rule_list *list, const char *rule);

/* The last of those for this name, or NULL. */
struct object_rule *object_rules_find(struct object_rule_list *list, const char *name);

/* One line about a rule that there was no use for; NULL where each had its use. */
struct ptmem_error *object_rules_unused(const struct object_rules *rules);
void object_rules_deinit(struct object_rules *rules);

#endif
