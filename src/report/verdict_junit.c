/*
 * A judgement as JUnit XML, which GitLab and Jenkins read: a test case for each limit.
 *
 *     <testcase classname="ptmem.min" name="/src/table.c:table_grow" file="/src/table.c" time="0">
 *       <failure type="min" message="table_grow added 12.59 MB, ...">...</failure>
 *     </testcase>
 *
 * A test case is named without the function's line, so that it is the same test from one
 * build to the next.
 */
#include "report/output.h"
#include "report/verdict.h"

#include <stdint.h>
#include <string.h>

/* The character that starts here, strictly as UTF-8 has it, and its length; 0 where none. */
static uint32_t decode(const unsigned char *s, size_t *length)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t character;

	*length = *s < 0xc0 || *s >= 0xf8 ? 1 : *s >= 0xf0 ? 4 : *s >= 0xe0 ? 3 : 2;
	if (*length == 1)
		return *s < 0x80 ? *s : 0;
	character = *s & (0x7fu >> *length);
	for (size_t i = 1; i < *length; i++) {
		if ((s[i] & 0xc0) != 0x80) {
			*length = 1;
			return 0;
		}
		character = character << 6 | (s[i] & 0x3f);
	}
	return character >= least[*length] ? character : 0;
}

/* XML 1.0, section 2.2, without what was C1 controls there. */
static bool is_allowed(uint32_t character)
{
	return character == '\t' || character == '\n' || (character >= 0x20 && character < 0x7f) ||
	       (character >= 0xa0 && character <= 0xd7ff) ||
	       (character >= 0xe000 && character <= 0xfffd) ||
	       (character >= 0x10000 && character <= 0x10ffff);
}

/* Text in an element or an attribute. What XML has no place for is left out. */
static void add_escaped(struct strbuf *out, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t length;

	for (; *s; s += length) {
		uint32_t character = decode(s, &length);

		if (!is_allowed(character))
			continue;
		if (strchr("&<>\"'\t\n", (int)character) && length == 1)
			strbuf_addf(out, "&#%u;", (unsigned)character);
		else
			strbuf_add_bytes(out, (const char *)s, length);
	}
}

static void add_attribute(struct strbuf *out, const char *name, const char *value)
{
	strbuf_addf(out, " %s=\"", name);
	add_escaped(out, value);
	strbuf_add(out, "\"");
}

static void add_failure(struct strbuf *out, const struct verdict *verdict,
	const struct judgement *judgement, const struct verdict_options *options)
{
	const char *file = verdict_file(verdict);
	struct strbuf text = {0};

	strbuf_addf(out, ">\n      <failure type=\"%s\"", verdict_kind(verdict));
	verdict_add_sentence(&text, verdict, judgement, options->precision);
	add_attribute(out, "message", text.text ? text.text : "");
	strbuf_add(out, ">");
	if (file) {
		add_escaped(out, verdict_below(file, options->root));
		strbuf_addf(out, ":%d: ", verdict->location->line);
	}
	add_escaped(out, text.text ? text.text : "");
	out->failed |= text.failed;
	strbuf_deinit(&text);
	if (verdict->path != CALLPATH_NONE) {
		verdict_add_path(&text, verdict, options->precision);
		strbuf_add(out, "\n");
		add_escaped(out, text.text ? text.text : "");
		out->failed |= text.failed;
		strbuf_deinit(&text);
	}
	strbuf_add(out, "</failure>\n    </testcase>\n");
}

static void add_case(struct strbuf *out, const struct verdict *verdict,
	const struct judgement *judgement, const struct verdict_options *options)
{
	const char *file = verdict_file(verdict);

	strbuf_addf(out, "    <testcase classname=\"ptmem.%s\"", verdict_kind(verdict));
	add_attribute(out, "name",
		verdict->text ? verdict_below(verdict->text, options->root) : "max mem usage");
	if (file)
		add_attribute(out, "file", verdict_below(file, options->root));
	strbuf_add(out, " time=\"0\"");
	if (verdict->exceeded)
		add_failure(out, verdict, judgement, options);
	else
		strbuf_add(out, "/>\n");
}

static void add_counts(struct strbuf *out, const struct judgement *judgement)
{
	strbuf_addf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" time=\"0\"",
		judgement->verdicts.count, judgement->exceeded);
}

static struct ptmem_error *junit_write(
	const struct judgement *judgement, const struct verdict_options *options, FILE *out)
{
	struct ptmem_error *error = NULL;
	struct strbuf text = {0};

	strbuf_add(&text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ptmem\"");
	add_counts(&text, judgement);
	strbuf_add(&text, ">\n  <testsuite");
	add_attribute(&text, "name", options->name);
	add_counts(&text, judgement);
	strbuf_add(&text, " skipped=\"0\">\n");
	for (size_t i = 0; !error && i < judgement->verdicts.count; i++) {
		add_case(&text, &judgement->verdicts.items[i], judgement, options);
		error = output_block(out, &text);
	}
	if (error) {
		strbuf_deinit(&text);
		return error;
	}
	strbuf_add(&text, "  </testsuite>\n</testsuites>\n");
	return output_text(out, &text);
}

const struct verdict_ops verdict_junit = {.name = "junit", .write = junit_write};
