/* What memit measured, as JSON; doc/json.md describes it. Amounts are in bytes. */
#include "report/json_string.h"
#include "report/memit.h"
#include "report/output.h"

#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>

/* An exit has a status, and the end by a signal has that. */
static void add_run(struct strbuf *text, const struct peak_run *run)
{
	strbuf_addf(text,
		"        {\"peak\": %" PRId64 ", \"increment\": %" PRId64 ", \"start\": %" PRId64
		", \"status\": ",
		run->peak, peak_run_increment(run), run->start);
	if (WIFSIGNALED(run->status))
		strbuf_addf(text, "null, \"signal\": %d", WTERMSIG(run->status));
	else
		strbuf_addf(text, "%d, \"signal\": null", WEXITSTATUS(run->status));
	strbuf_addf(text, ", \"cut\": %s}", run->cut ? "true" : "false");
}

static void add_statistics(
	struct strbuf *text, const char *name, const struct statistics *statistics)
{
	strbuf_addf(text,
		"      \"%s\": {\"median\": %" PRId64 ", \"min\": %" PRId64 ", \"max\": %" PRId64
		", \"stddev\": %.0f},\n",
		name, statistics->median, statistics->least, statistics->most,
		statistics->deviation);
}

static struct ptmem_error *add_command(struct strbuf *text, const struct memit_command *command)
{
	struct memit_summary summary;
	struct ptmem_error *error = memit_summarize(command, &summary);

	if (error)
		return error;
	strbuf_add(text, "    {\n      \"command\": ");
	json_add_string(text, command->text, strlen(command->text));
	strbuf_add(text, ",\n      \"argv\": [");
	for (char *const *word = command->argv; *word; word++) {
		strbuf_add(text, word > command->argv ? ", " : "");
		json_add_string(text, *word, strlen(*word));
	}
	strbuf_add(text, "],\n");
	add_statistics(text, "peak", &summary.peak);
	add_statistics(text, "increment", &summary.increment);
	strbuf_add(text, "      \"runs\": [\n");
	for (size_t i = 0; i < command->runs.count; i++) {
		add_run(text, &command->runs.items[i]);
		strbuf_add(text, i + 1 < command->runs.count ? ",\n" : "\n");
	}
	strbuf_add(text, "      ]\n    }");
	return NULL;
}

static struct ptmem_error *json_write(const struct memit *memit, FILE *out)
{
	struct ptmem_error *error = NULL;
	struct strbuf text = {0};

	strbuf_addf(&text,
		"{\n  \"format\": \"ptmem-memit\",\n  \"version\": 1,\n  \"unit\": \"bytes\",\n"
		"  \"metric\": \"%s\",\n  \"children\": %s,\n  \"sampled\": %s,\n"
		"  \"commands\": [\n",
		metric_name(memit->metric), memit->children ? "true" : "false",
		memit->sampled ? "true" : "false");
	for (size_t i = 0; !error && i < memit->count; i++) {
		error = add_command(&text, &memit->commands[i]);
		strbuf_add(&text, i + 1 < memit->count ? ",\n" : "\n");
	}
	strbuf_add(&text, "  ]\n}\n");
	if (!error)
		return output_text(out, &text);
	strbuf_deinit(&text);
	return error;
}

const struct memit_ops memit_json = {.write = json_write};
