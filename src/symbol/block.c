/* Where a block of source text ends. */
#include "symbol/block.h"

#include <stddef.h>
#include <string.h>

/* Behind a string or a character that begins here. `'a` in Rust is neither. */
static const char *skip_quoted(const char *at)
{
	char quote = *at;

	if (quote == '\'' && at[1] != '\\' && !(at[1] && at[2] == '\''))
		return at + 1;
	for (at++; *at && *at != quote; at++)
		at += *at == '\\' && at[1];
	return *at ? at + 1 : at;
}

/* Behind what ends a comment; NULL where that is on another line. */
static const char *skip_comment(const char *at)
{
	const char *end = strstr(at, "*/");

	return end ? end + 2 : NULL;
}

bool block_goes_on(struct block *block, const char *line)
{
	const char *at = line;

	while (at && *at) {
		if (block->commented || !strncmp(at, "/*", 2)) {
			at = skip_comment(block->commented ? at : at + 2);
			block->commented = !at;
			continue;
		}
		if (!strncmp(at, "//", 2))
			break;
		if (*at == '"' || *at == '\'') {
			at = skip_quoted(at);
			continue;
		}
		block->depth += *at == '{';
		block->begun |= *at == '{';
		block->depth -= *at == '}';
		at++;
	}
	return block->begun && block->depth > 0;
}
