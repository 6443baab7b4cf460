/*
 * Objects in profiles that are about to be reported on. LOCATION_METHOD is what calls on objects
 * were charged to; here it becomes what reports take: with `shown` functions of their own, each
 * with its object behind it, else the functions that they are.
 */
#ifndef PTMEM_REPORT_METHODS_H
#define PTMEM_REPORT_METHODS_H

#include "base/error.h"
#include "base/strbuf.h"
#include "profile/profiles.h"

#include <stdbool.h>

/* Before inlines_show(), once all names are known. */
void methods_show(struct profiles *profiles, bool shown);

/* Whether any call of these was on an object. */
bool methods_are_there(const struct profiles *profiles);

/* `Grid#1` and, where the object has a name, `(west)`. Fit for a terminal. */
void methods_add_object(
	struct strbuf *text, const struct places *places, const struct location *location);

/* `Grid#1`, and `:'west'`. */
void methods_add_node_object(
	struct strbuf *text, const struct places *places, const struct location *location);

#endif
