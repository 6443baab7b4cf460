/*
 * A command as one string, and as the words of it, quoted as a shell has them.
 *
 *     ./app --name 'two words' "and \"more\""
 *
 * What only a shell can do (pipes, redirections, variables, patterns, several commands) goes to
 * one: sh -c STRING.
 */
#ifndef PTMEM_CLI_COMMAND_LINE_H
#define PTMEM_CLI_COMMAND_LINE_H

#include "base/error.h"
#include "base/vec.h"

#include <stdbool.h>

struct command_line {
	struct VEC(char *) words; /* owned; NULL after the last, which is counted as well */
	bool shell;               /* they are those of a shell, which gets the string */
};

/* ERROR_USAGE where there is no word in it, or a quote is not closed. `line` is written on success
 * only. */
struct ptmem_error *command_line_split(const char *text, struct command_line *line);
void command_line_deinit(struct command_line *line);

/* The other way round: the words with blanks between, quoted where need be. To be freed; NULL when
 * out of memory. */
char *command_line_join(char *const *words);

#endif
