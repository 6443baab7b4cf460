/* The marks that a program has for ptmem. */
#include "symbol/markers.h"

#include "symbol/debug_bytes.h"
#include "symbol/elf.h"

#include <string.h>

#define SECTION ".note.ptmem"
#define OWNER "ptmem"
#define MARKERS_MAX 65536

/* Notes are padded to four bytes. */
static uint64_t padded(uint64_t size)
{
	return (size + 3) & ~(uint64_t)3;
}

/* One note; false when out of memory. A name or a size that lies ends the section. */
static bool read_note(struct cursor *cursor, struct markers *markers)
{
	uint64_t owner = cursor_fixed(cursor, 4), size = cursor_fixed(cursor, 4);
	uint64_t type = cursor_fixed(cursor, 4);
	const uint8_t *name = cursor->at;
	struct cursor inside;
	uint64_t address;
	struct marker *new;

	cursor_skip(cursor, padded(owner));
	inside = *cursor;
	cursor_skip(cursor, padded(size));
	if (cursor->bad || owner != sizeof OWNER || memcmp(name, OWNER, sizeof OWNER) != 0 ||
		size <= sizeof address || type < MARKER_START || type > MARKER_MARK ||
		inside.at[size - 1])
		return true;
	address = cursor_fixed(&inside, sizeof address);
	new = markers->count < MARKERS_MAX ? vec_append(markers) : NULL;
	if (new)
		*new = (struct marker){
			(enum marker_kind)type, {address}, true, (const char *)inside.at};
	return new || markers->count == MARKERS_MAX;
}

struct ptmem_error *object_markers(struct object *object, struct markers *markers)
{
	struct elf_file *file = object_file(object);
	bool enough = true;

	*markers = (struct markers){0};
	for (size_t i = 0; enough && i < elf_section_count(file); i++) {
		struct elf_bytes bytes;
		struct cursor cursor;

		if (strcmp(elf_section(file, i)->name, SECTION) != 0 ||
			!elf_section_bytes(file, i, &bytes))
			continue;
		cursor = cursor_at(bytes, 0);
		while (enough && cursor_left(&cursor) && !cursor.bad)
			enough = read_note(&cursor, markers);
	}
	if (enough)
		return NULL;
	vec_deinit(markers);
	return &error_no_memory;
}
