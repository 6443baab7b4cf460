/*
 * The bare last part of a printed name: `grow` of `app::Table<int>::grow`. Separators count
 * only outside brackets, and what looks like a bracket may belong to an operator's name.
 */
#include "symbol/pattern.h"

#include <ctype.h>
#include <string.h>

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* Where an operator's name stands: `operator` as a whole word. */
static bool is_operator(const char *name, const char *at)
{
	const size_t length = strlen("operator");
	return strncmp(at, "operator", length) == 0 && !is_word(at[length]) &&
	       (at == name || !is_word(at[-1]));
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* ` new`, ` delete[]`: the operators that are words; 0 for another. */
static size_t allocation_length(const char *at)
{
	size_t length = begins(at, " new") ? 4 : begins(at, " delete") ? 7 : 0;
	return length && begins(at + length, "[]") ? length + 2 : length;
}

/*
 * The length of an operator's symbol, behind the word `operator`. Those with brackets in
 * them come first, since a template's arguments may follow: `operator<<<int>`.
 */
static size_t symbol_length(const char *at)
{
	static const char *const bracketed[] = {
		"<=>", "->*", "<<=", ">>=", "()", "[]", "->", "<<", ">>", "<=", ">=", "<", ">"};
	for (size_t i = 0; i < sizeof bracketed / sizeof *bracketed; i++) {
		if (begins(at, bracketed[i]))
			return strlen(bracketed[i]);
	}
	return strspn(at, "+-*/%^&|~!=,");
}

/* The length of an operator's name. A conversion to a type reaches to the end. */
static size_t operator_length(const char *name)
{
	const char *symbol = name + strlen("operator");
	size_t allocation = allocation_length(symbol);
	if (allocation)
		return strlen("operator") + allocation;
	if (*symbol == ' ')
		return strlen(name);
	return strlen("operator") + symbol_length(symbol);
}

/* How far a bracket goes up or down. The `>` of `->` in a type is none. */
static int nesting(const char *name, const char *at)
{
	if (strchr("(<[{", *at))
		return 1;
	if (*at == '>' && at > name && at[-1] == '-')
		return 0;
	return strchr(")>]}", *at) ? -1 : 0;
}

/* Scanning a name: where the last part began, and what brackets are open. */
struct scan {
	const char *name, *part;
	int depth;
};

/* `::` separates in C++ and Rust, `.` in D. A generic argument, `f::<T>`, is not a part. */
static size_t separator_length(const struct scan *scan, const char *at)
{
	if (scan->depth)
		return 0;
	if (at[0] == ':' && at[1] == ':')
		return at[2] == '<' ? 0 : 2;
	return at[0] == '.' && at > scan->part && (is_word(at[1]) || at[1] == '~') ? 1 : 0;
}

/* Steps over what stands at `at`; its length. */
static size_t step(struct scan *scan, const char *at)
{
	if (is_operator(scan->name, at)) {
		bool conversion = at[strlen("operator")] == ' ' &&
				  !allocation_length(at + strlen("operator"));
		return conversion && scan->depth ? strlen("operator") : operator_length(at);
	}
	size_t separator = separator_length(scan, at);
	if (separator) {
		scan->part = at + separator;
		return separator;
	}
	int change = nesting(scan->name, at);
	if (scan->depth + change >= 0)
		scan->depth += change;
	return 1;
}

/* The length of the bracketed group that a part begins with: `{lambda(int)#1}`. */
static size_t group_length(const char *part)
{
	int depth = 0;
	for (size_t i = 0; part[i]; i++) {
		depth += nesting(part, part + i);
		if (depth <= 0)
			return depth < 0 || i == 0 ? 0 : i + 1;
	}
	return 0;
}

/* A part without what follows its name: template, generic or D arguments, an ABI tag. */
static size_t bare_length(const char *name, const char *part)
{
	if (is_operator(name, part))
		return operator_length(part);
	size_t own = group_length(part);
	size_t length = own + strcspn(part + own, "<(:![");
	return length ? length : strlen(part);
}

const char *name_last_part(const char *name, size_t *length)
{
	struct scan scan = {.name = name, .part = name};
	for (const char *at = name; *at;)
		at += step(&scan, at);
	if (!*scan.part)
		scan.part = name;
	*length = bare_length(name, scan.part);
	return scan.part;
}
