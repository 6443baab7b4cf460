/* Words of a command: the shell's quoting (POSIX, Shell Command Language, 2.2). */
#include "cli/command_line.h"

#include "base/strbuf.h"

#include <string.h>

#define BLANKS " \t"
#define SPECIAL "|&;<>()$`*?[\n" /* to a shell, wherever it stands unquoted */
#define AT_BEGIN "#~"            /* of a word */

struct splitter {
	const char *next;
	struct command_line line;
	struct strbuf word;
	bool within; /* a word, which may be empty where it was quoted */
	bool plain;  /* all of it so far was without quotes */
};

static void begin_word(struct splitter *splitter)
{
	if (!splitter->within)
		splitter->plain = true;
	splitter->within = true;
}

static bool is_name(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_", text[i]) &&
			!(i && text[i] >= '0' && text[i] <= '9'))
			return false;
	return length > 0;
}

/* NAME=value before a program, or `!`, is the shell's business. */
static bool is_for_shell(const struct splitter *splitter, const char *word)
{
	size_t length = strcspn(word, "=");

	if (splitter->line.words.count)
		return false;
	return (word[length] && is_name(word, length)) || (splitter->plain && !strcmp(word, "!"));
}

static bool end_word(struct splitter *splitter)
{
	char *word, **place;

	if (!splitter->within)
		return true;
	splitter->within = false;
	word = strbuf_take(&splitter->word);
	if (!word)
		return false;
	splitter->line.shell |= is_for_shell(splitter, word);
	place = vec_append(&splitter->line.words);
	if (place)
		*place = word;
	else
		free(word);
	return place;
}

/* Behind the first quote, up to the next one; false where there is none. */
static bool take_single(struct splitter *splitter)
{
	size_t length = strcspn(splitter->next, "'");

	strbuf_add_bytes(&splitter->word, splitter->next, length);
	splitter->next += length;
	return *splitter->next++ != '\0';
}

static bool take_double(struct splitter *splitter)
{
	for (char c; (c = *splitter->next++) != '"'; strbuf_add_bytes(&splitter->word, &c, 1)) {
		if (!c)
			return false;
		splitter->line.shell |= c == '$' || c == '`';
		if (c == '\\' && *splitter->next && strchr("\"\\$`", *splitter->next))
			c = *splitter->next++;
	}
	return true;
}

/* A backslash at the very end stands for itself. */
static void take_bare(struct splitter *splitter, char c)
{
	bool first = !splitter->within;

	begin_word(splitter);
	splitter->line.shell |= strchr(SPECIAL, c) || (first && strchr(AT_BEGIN, c));
	if (c == '\\' && *splitter->next) {
		c = *splitter->next++;
		splitter->plain = false;
	}
	strbuf_add_bytes(&splitter->word, &c, 1);
}

/* False where a quote is not closed, or out of memory, which word.failed says. */
static bool take_all(struct splitter *splitter)
{
	bool closed = true;

	for (char c; closed && (c = *splitter->next) != '\0';) {
		splitter->next++;
		if (strchr(BLANKS, c)) {
			closed = end_word(splitter);
		} else if (c == '\'' || c == '"') {
			begin_word(splitter);
			splitter->plain = false;
			closed = c == '"' ? take_double(splitter) : take_single(splitter);
		} else {
			take_bare(splitter, c);
		}
	}
	return closed && end_word(splitter);
}

/* sh -c TEXT */
static bool set_words(struct command_line *line, const char *const *words, size_t count)
{
	for (size_t i = 0; i < line->words.count; i++)
		free(line->words.items[i]);
	line->words.count = 0;
	for (size_t i = 0; i < count; i++) {
		char *word = strdup(words[i]), **place = word ? vec_append(&line->words) : NULL;

		if (!place) {
			free(word);
			return false;
		}
		*place = word;
	}
	return true;
}

static struct ptmem_error *finish(struct splitter *splitter, const char *text)
{
	const char *const words[] = {"sh", "-c", text};
	struct command_line *line = &splitter->line;
	char **end;

	if (!line->words.count)
		return error_new(ERROR_USAGE, "a command is empty");
	if (line->shell && !set_words(line, words, sizeof words / sizeof *words))
		return &error_no_memory;
	end = vec_append(&line->words);
	if (!end)
		return &error_no_memory;
	*end = NULL;
	return NULL;
}

struct ptmem_error *command_line_split(const char *text, struct command_line *line)
{
	struct splitter splitter = {.next = text};
	struct ptmem_error *error = NULL;

	if (!take_all(&splitter))
		error = splitter.within ? error_new(ERROR_USAGE,
						  "a quote is not closed in the command: %s", text)
					: &error_no_memory;
	if (!error)
		error = finish(&splitter, text);
	strbuf_deinit(&splitter.word);
	if (error)
		command_line_deinit(&splitter.line);
	else
		*line = splitter.line;
	return error;
}

void command_line_deinit(struct command_line *line)
{
	for (size_t i = 0; i < line->words.count; i++)
		free(line->words.items[i]);
	vec_deinit(&line->words);
}

static bool is_plain(const char *word)
{
	return *word && !strpbrk(word, BLANKS SPECIAL AT_BEGIN "'\"\\!{}");
}

static void add_quoted(struct strbuf *text, const char *word)
{
	strbuf_add(text, "'");
	for (; *word; word++)
		if (*word == '\'')
			strbuf_add(text, "'\\''");
		else
			strbuf_add_bytes(text, word, 1);
	strbuf_add(text, "'");
}

char *command_line_join(char *const *words)
{
	struct strbuf text = {0};

	for (char *const *word = words; *word; word++) {
		strbuf_add(&text, word > words ? " " : "");
		if (is_plain(*word))
			strbuf_add(&text, *word);
		else
			add_quoted(&text, *word);
	}
	return strbuf_take(&text);
}
