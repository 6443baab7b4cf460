/* A judgement as JSON; doc/ci.md describes it. Amounts are in bytes. */
#include "report/json_string.h"
#include "report/label.h"
#include "report/output.h"
#include "report/verdict.h"

#include <inttypes.h>
#include <string.h>

static void add_string(struct strbuf *text, const char *value)
{
	if (value)
		json_add_string(text, value, strlen(value));
	else
		strbuf_add(text, "null");
}

/* A member that is not the first. */
static void add_member(struct strbuf *text, const char *name, const char *value)
{
	strbuf_addf(text, ", \"%s\": ", name);
	add_string(text, value);
}

static void add_place(struct strbuf *text, const struct location *location, const char *file)
{
	if (location->kind == LOCATION_INLINED)
		strbuf_add(text, ", \"inlined\": true");
	add_member(text, "file", file);
	if (location->line)
		strbuf_addf(text, ", \"line\": %d", location->line);
	else
		strbuf_add(text, ", \"line\": null");
}

static void add_path(struct strbuf *text, const struct verdict *verdict)
{
	struct shown_path path;

	verdict_path(verdict, &path);
	strbuf_addf(text, ", \"path_bytes\": %" PRId64 ", \"path_left_out\": %zu, \"path\": [",
		verdict->path_memory, path.left_out);
	for (size_t i = 0; i < path.count; i++) {
		strbuf_add(text, i ? ", {\"function\": " : "{\"function\": ");
		add_string(text, location_name(path.frames[i]));
		add_place(text, path.frames[i], path.frames[i]->file);
		strbuf_add(text, "}");
	}
	strbuf_add(text, "]");
}

static void add_verdict(
	struct strbuf *text, const struct verdict *verdict, const struct judgement *judgement)
{
	const struct location *location = verdict->location;

	strbuf_addf(text,
		"    {\"kind\": \"%s\", \"exceeded\": %s, \"function\": ", verdict_kind(verdict),
		verdict->exceeded ? "true" : "false");
	add_string(text, location ? location_name(location) : NULL);
	if (location)
		add_place(text, location, verdict_file(verdict));
	strbuf_addf(text,
		", \"limit_bytes\": %" PRId64 ", \"judged_bytes\": %" PRId64
		", \"memory_bytes\": %" PRId64,
		verdict->limit, verdict->judged, verdict->memory);
	if (verdict->kind == LIMIT_GROWTH)
		strbuf_addf(text, ", \"base_bytes\": %" PRId64, verdict->base);
	strbuf_addf(text, ", \"least_bytes\": %" PRId64 ", \"most_bytes\": %" PRId64,
		verdict->least, verdict->most);
	if (verdict->budget) {
		add_member(text, "pattern", verdict->budget->text);
		add_member(text, "budgets", judgement->limits->budgets->path);
		strbuf_addf(text, ", \"budgets_line\": %zu", verdict->budget->line);
	}
	if (verdict->exceeded && verdict->path != CALLPATH_NONE)
		add_path(text, verdict);
	strbuf_add(text, "}");
}

static struct ptmem_error *json_write(
	const struct judgement *judgement, const struct verdict_options *options, FILE *out)
{
	struct ptmem_error *error = NULL;
	struct strbuf text = {0};

	strbuf_add(&text, "{\n  \"version\": 1,\n  \"name\": ");
	add_string(&text, options->name);
	strbuf_addf(&text,
		",\n  \"runs\": %zu,\n  \"checked\": %zu,\n  \"exceeded\": %zu,\n"
		"  \"verdicts\": [",
		judgement->runs, judgement->verdicts.count, judgement->exceeded);
	for (size_t i = 0; !error && i < judgement->verdicts.count; i++) {
		strbuf_add(&text, i ? ",\n" : "\n");
		add_verdict(&text, &judgement->verdicts.items[i], judgement);
		error = output_block(out, &text);
	}
	if (error) {
		strbuf_deinit(&text);
		return error;
	}
	strbuf_add(&text, judgement->verdicts.count ? "\n  ]\n}\n" : "]\n}\n");
	return output_text(out, &text);
}

const struct verdict_ops verdict_json = {.name = "json", .write = json_write};
