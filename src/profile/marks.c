/* Marks that a program passes. */
#include "profile/marks.h"

#include <stdlib.h>
#include <string.h>

uint32_t marks_find(struct mark_list *marks, const char *name)
{
	struct mark *new;
	char *copy;

	for (size_t i = 0; i < marks->count; i++)
		if (!strcmp(marks->items[i].name, name))
			return (uint32_t)i;
	copy = marks->count < MARKS_MAX ? strdup(name) : NULL;
	new = copy ? vec_append(marks) : NULL;
	if (!new) {
		free(copy);
		return MARK_NONE;
	}
	*new = (struct mark){.name = copy};
	return (uint32_t)marks->count - 1;
}

void marks_pass(struct mark_list *marks, uint32_t mark, int64_t bytes)
{
	marks->items[mark].count++;
	marks->items[mark].bytes = bytes;
}

bool marks_add(struct mark_list *marks, const struct mark_list *from)
{
	for (size_t i = 0; i < from->count; i++) {
		uint32_t mark = marks_find(marks, from->items[i].name);

		if (mark == MARK_NONE)
			return false;
		marks->items[mark].count += from->items[i].count;
		marks->items[mark].bytes = from->items[i].bytes;
	}
	return true;
}

void marks_deinit(struct mark_list *marks)
{
	for (size_t i = 0; i < marks->count; i++)
		free(marks->items[i].name);
	vec_deinit(marks);
}
