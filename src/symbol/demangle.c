/*
 * Demangling through libiberty. A mangled name may refer back to parts of itself, so that
 * a short one can stand for gigabytes: output is counted, and given up past a limit.
 */
#include "symbol/demangle.h"

#include "base/strbuf.h"

#include <ctype.h>
#include <libiberty/demangle.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SYMBOL (64u << 10)
#define MAX_OUTPUT (64u << 10)

/*
 * libiberty refuses C++ names of more than half its recursion limit in length, which
 * templates reach; up to this length it needs less than 2 MB of stack without that limit.
 */
#define MAX_UNLIMITED 4096u
#define LIMIT_OF_LIBIBERTY (DEMANGLE_RECURSION_LIMIT / 2)

/* The D demangler has no limits of its own: length bounds its depth, back references (each a
   `Q`) its output. */
#define MAX_D_SYMBOL 2048u
#define MAX_D_REFERENCES 30u

struct output {
	struct strbuf text;
	jmp_buf too_long;
};

/* A demangler cannot be told to stop; it has nothing on the heap when it calls this. */
static void collect(const char *text, size_t length, void *opaque)
{
	struct output *output = opaque;
	if (length > MAX_OUTPUT - output->text.length)
		longjmp(output->too_long, 1);
	strbuf_add_bytes(&output->text, text, length);
}

static int cplus_options(size_t length, enum demangle_mode mode)
{
	bool unlimited = length > LIMIT_OF_LIBIBERTY && length <= MAX_UNLIMITED;
	return (unlimited ? DMGL_NO_RECURSE_LIMIT : DMGL_NO_OPTS) |
	       (mode == DEMANGLE_FULL ? DMGL_PARAMS | DMGL_ANSI : DMGL_NO_OPTS);
}

/* Rust comes first: its older scheme is a C++ name with a hash at the end. */
static int demangle_into(struct output *output, const char *symbol, enum demangle_mode mode)
{
	if (setjmp(output->too_long))
		return 0;
	if (rust_demangle_callback(
		    symbol, mode == DEMANGLE_FULL ? DMGL_VERBOSE : DMGL_NO_OPTS, collect, output))
		return 1;
	output->text.length = 0;
	return strncmp(symbol, "_Z", 2) == 0 &&
	       cplus_demangle_v3_callback(
		       symbol, cplus_options(strlen(symbol), mode), collect, output);
}

static char *demangle_cplus_or_rust(const char *symbol, enum demangle_mode mode)
{
	struct output output = {0};
	if (demangle_into(&output, symbol, mode) && output.text.length)
		return strbuf_take(&output.text);
	strbuf_deinit(&output.text);
	return NULL;
}

/* Where the parentheses that end at `close` begin, or NULL. */
static char *matching_open(char *text, char *close)
{
	unsigned depth = 0;
	for (char *at = close; at >= text; at--) {
		if (*at == ')')
			depth++;
		else if (*at == '(' && --depth == 0)
			return at;
	}
	return NULL;
}

/* `app.Table.grow(int) const` becomes `app.Table.grow`; `app.make!(int)` stays. */
static void cut_d_parameters(char *name)
{
	char *close = strrchr(name, ')');
	if (!close || (close[1] != '\0' && close[1] != ' '))
		return;
	char *open = matching_open(name, close);
	if (open && open > name && open[-1] != '!')
		*open = '\0';
}

static char *demangle_d(const char *symbol, enum demangle_mode mode)
{
	size_t references = 0;
	for (const char *at = symbol; *at; at++)
		references += *at == 'Q';
	if (strlen(symbol) > MAX_D_SYMBOL || references > MAX_D_REFERENCES)
		return NULL;
	char *name = dlang_demangle(symbol, DMGL_NO_OPTS);
	if (name && mode == DEMANGLE_SHORT)
		cut_d_parameters(name);
	return name;
}

/* What compilers append: gcc's clones, LTO, LLVM's promotion of statics. */
static bool is_suffix_word(const char *word, size_t length)
{
	static const char *const words[] = {"isra", "constprop", "part", "lto_priv", "llvm", "cold",
		"clone", "localalias", "__uniq"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strlen(words[i]) == length && memcmp(words[i], word, length) == 0)
			return true;
	}
	return false;
}

static bool is_number(const char *word, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (!isdigit((unsigned char)word[i]))
			return false;
	}
	return length > 0;
}

/* Where the last part after a dot begins, its dot included; 0 where there is none. */
static size_t last_dot(const char *symbol, size_t length)
{
	const char *dot = memrchr(symbol, '.', length);
	return dot ? (size_t)(dot - symbol) : 0;
}

/* The length without compiler suffixes: `f.part.0.isra.3` is `f`, a nested `g.1` is `g`. */
static size_t stem_length(const char *symbol)
{
	size_t length = strlen(symbol);
	for (;;) {
		size_t dot = last_dot(symbol, length);
		const char *word = symbol + dot + 1;
		size_t word_length = length - dot - 1;
		if (!dot || (!is_number(word, word_length) && !is_suffix_word(word, word_length)))
			return length;
		length = dot;
	}
}

static char *demangle_stem(const char *stem, enum demangle_mode mode)
{
	if (strncmp(stem, "_Z", 2) == 0 || strncmp(stem, "_R", 2) == 0)
		return demangle_cplus_or_rust(stem, mode);
	return strncmp(stem, "_D", 2) == 0 ? demangle_d(stem, mode) : NULL;
}

/* In full, what tells a copy from others stands behind: `app::grow(int) [clone .isra.0]`. */
static char *add_clone(char *name, const char *suffix)
{
	struct strbuf text = {0};
	strbuf_addf(&text, "%s [clone %s]", name, suffix);
	free(name);
	return strbuf_take(&text);
}

bool symbol_is_mangled(const char *symbol)
{
	return symbol[0] == '_' && symbol[1] && strchr("ZRD", symbol[1]);
}

char *demangle(const char *symbol, enum demangle_mode mode)
{
	if (mode == DEMANGLE_NO || !symbol_is_mangled(symbol))
		return NULL;
	size_t length = stem_length(symbol);
	char *stem = length <= MAX_SYMBOL ? strndup(symbol, length) : NULL;
	char *name = stem ? demangle_stem(stem, mode) : NULL;
	free(stem);
	bool is_clone = mode == DEMANGLE_FULL && symbol[length];
	return name && is_clone ? add_clone(name, symbol + length) : name;
}

char *symbol_printed_name(const char *symbol, enum demangle_mode mode)
{
	char *name = demangle(symbol, mode);
	if (name)
		return name;
	return mode == DEMANGLE_SHORT ? strndup(symbol, stem_length(symbol)) : strdup(symbol);
}

/* Where `.cold` begins, with a number behind it or not; 0 where it is not there. */
static size_t cold_suffix(const char *symbol)
{
	size_t length = strlen(symbol);
	size_t dot = last_dot(symbol, length);
	if (dot && is_number(symbol + dot + 1, length - dot - 1)) {
		length = dot;
		dot = last_dot(symbol, length);
	}
	bool cold = dot && length - dot == strlen(".cold") && memcmp(symbol + dot, ".cold", 5) == 0;
	return cold ? dot : 0;
}

bool symbol_is_cold_part(const char *symbol)
{
	return cold_suffix(symbol) != 0;
}

size_t symbol_stem_of_part(const char *part)
{
	return cold_suffix(part);
}
