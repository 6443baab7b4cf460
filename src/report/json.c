/*
 * A profile as JSON, for programs: the flat table's rows with all that they come to, and
 * the call tree as a list of nodes. doc/json.md describes every member.
 */
#include "base/strbuf.h"
#include "base/vec.h"
#include "report/calltree.h"
#include "report/json_string.h"
#include "report/output.h"
#include "report/report.h"
#include "report/rows.h"
#include "report/sections.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* A document of several processes has another form. */
#define FORMAT_VERSION 1
#define FORMAT_VERSION_SEVERAL 2

struct json {
	const struct profile *profile;
	const struct report_options *options;
	const char *run; /* NULL: nothing is said of it */
	const struct calltree *tree;
	const struct row_list *rows;
	FILE *out;
	struct strbuf text;
};

static void add_string(struct json *json, const char *string)
{
	json_add_string(&json->text, string, strlen(string));
}

static void add_integer(struct json *json, const char *key, int64_t value)
{
	strbuf_addf(&json->text, ", \"%s\": %" PRId64, key, value);
}

static const char *column_name(const struct json *json, unsigned column)
{
	return metric_name(metric_of_column(json->profile->metric, column));
}

/* One line of KEY=VALUE. */
struct run_line {
	const char *key, *value;
	size_t key_length, value_length;
};

struct run_lines VEC(struct run_line);

static int compare_keys(const struct run_line *left, const struct run_line *right)
{
	size_t shorter =
		left->key_length < right->key_length ? left->key_length : right->key_length;
	int order = memcmp(left->key, right->key, shorter);

	return order ? order
		     : (left->key_length > right->key_length) -
			       (left->key_length < right->key_length);
}

/* Lines of one key stay in the order in which they were given. */
static int compare_run_lines(const void *a, const void *b)
{
	const struct run_line *left = a, *right = b;
	int order = compare_keys(left, right);

	return order ? order : (left->key > right->key) - (left->key < right->key);
}

static bool run_split(const char *run, struct run_lines *lines)
{
	for (const char *at = run, *end; *at; at = *end ? end + 1 : end) {
		const char *equals = strchrnul(at, '=');
		struct run_line *line;

		end = strchrnul(at, '\n');
		if (equals >= end)
			continue;
		line = vec_append(lines);
		if (!line)
			return false;
		*line = (struct run_line){
			.key = at,
			.key_length = (size_t)(equals - at),
			.value = equals + 1,
			.value_length = (size_t)(end - equals - 1),
		};
	}
	if (lines->count)
		qsort(lines->items, lines->count, sizeof *lines->items, compare_run_lines);
	return true;
}

/* A key that occurs more than once has all its values in an array. */
static void add_run_lines(struct json *json, const struct run_lines *lines)
{
	size_t end;

	for (size_t i = 0; i < lines->count; i = end) {
		const struct run_line *line = &lines->items[i];

		for (end = i + 1; end < lines->count && !compare_keys(line, &lines->items[end]);)
			end++;
		strbuf_add(&json->text, i ? ",\n    " : "\n    ");
		json_add_string(&json->text, line->key, line->key_length);
		strbuf_add(&json->text, end > i + 1 ? ": [" : ": ");
		for (size_t j = i; j < end; j++) {
			strbuf_add(&json->text, j > i ? ", " : "");
			json_add_string(
				&json->text, lines->items[j].value, lines->items[j].value_length);
		}
		strbuf_add(&json->text, end > i + 1 ? "]" : "");
	}
}

static void add_run(struct json *json)
{
	struct run_lines lines = {0};

	if (!run_split(json->run ? json->run : "", &lines))
		json->text.failed = true;
	strbuf_add(&json->text, ",\n  \"run\": {");
	add_run_lines(json, &lines);
	strbuf_add(&json->text, "}");
	vec_deinit(&lines);
}

static void add_head(struct json *json, int version)
{
	const struct profile *profile = json->profile;

	strbuf_addf(&json->text,
		"{\n  \"format\": \"ptmem-profile\",\n  \"version\": %d,\n  \"unit\": \"bytes\",\n"
		"  \"metric\": \"%s\",\n  \"columns\": [",
		version, metric_name(profile->metric));
	for (unsigned column = 0; column < profile->columns; column++)
		strbuf_addf(&json->text, "%s\"%s\"", column ? ", " : "", column_name(json, column));
	strbuf_add(&json->text, "]");
}

/* What was charged to each label in one column. */
static int64_t *charged_to_labels(const struct calltree *tree, unsigned column)
{
	int64_t *charged = calloc(tree->labels.list.count + 1, sizeof *charged);

	for (uint32_t i = CALLPATH_ROOT + 1; charged && i < tree->paths.count; i++)
		charged[callpath_at(&tree->paths, i)->location] +=
			calltree_amount(tree, i, column, true);
	return charged;
}

static void add_charged(struct json *json, const int64_t *charged)
{
	const struct labels *labels = &json->tree->labels;
	const char *separator = "";
	int64_t functions = 0;

	for (size_t i = 0; i < labels->list.count; i++)
		if (labels->list.items[i].kind != LOCATION_BRACKET)
			functions += charged[i];
	add_integer(json, "functions", functions);
	strbuf_add(&json->text, ", \"brackets\": {");
	for (size_t i = 0; i < labels->list.count; i++) {
		const struct label *label = &labels->list.items[i];

		if (label->kind != LOCATION_BRACKET)
			continue;
		strbuf_add(&json->text, separator);
		add_string(json, label->text);
		strbuf_addf(&json->text, ": %" PRId64, charged[i]);
		separator = ", ";
	}
	strbuf_add(&json->text, "}");
}

static void add_balance(struct json *json)
{
	const struct balance *balance = &json->profile->balance;

	strbuf_addf(
		&json->text, ",\n  \"peak\": %" PRId64 ",\n  \"balance\": {", json->profile->peak);
	for (unsigned column = 0; column < json->profile->columns; column++) {
		int64_t *charged = charged_to_labels(json->tree, column);

		strbuf_addf(&json->text, "%s\n    \"%s\": {\"start\": %" PRId64, column ? "," : "",
			column_name(json, column), balance->start.bytes[column]);
		add_integer(json, "end", balance->end.bytes[column]);
		add_integer(json, "footprint", balance->footprint.bytes[column]);
		if (charged)
			add_charged(json, charged);
		else
			json->text.failed = true;
		strbuf_add(&json->text, "}");
		free(charged);
	}
	strbuf_add(&json->text, "\n  }");
}

/* The object that a function was called on. */
static void add_instance(struct json *json, const struct location *location)
{
	const struct places *places = json->profile->places;
	const struct instance *instance = &places->instances.list.items[location->instance];

	strbuf_add(&json->text, ", \"instance\": {\"class\": ");
	add_string(json, places_text_at(places, instance->class));
	add_integer(json, "number", instance->number);
	strbuf_add(&json->text, ", \"name\": ");
	if (instance->name == INSTANCE_UNNAMED)
		strbuf_add(&json->text, "null");
	else
		add_string(json, places_text_at(places, instance->name));
	strbuf_add(&json->text, "}");
}

/* `name` is what a location that is no function is called. */
static void add_location(struct json *json, uint32_t index, const char *name)
{
	static const char *const kinds[] = {
		[LOCATION_CODE] = "function",
		[LOCATION_BRACKET] = "bracket",
		[LOCATION_THREAD] = "thread",
		[LOCATION_INLINED] = "function",
		[LOCATION_METHOD] = "function",
	};
	const struct profile *profile = json->profile;
	const struct location *location = &profile->places->locations.items[index];
	bool code = location_is_code(location);

	strbuf_addf(&json->text, "{\"kind\": \"%s\", \"function\": ", kinds[location->kind]);
	add_string(json, code ? location_name(location) : name);
	strbuf_add(&json->text, ", \"file\": ");
	if (location->file)
		add_string(json, location->file);
	else
		strbuf_add(&json->text, "null");
	add_integer(json, "line", location->file ? location->line : 0);
	if (location->kind == LOCATION_INLINED)
		strbuf_add(&json->text, ", \"inlined\": true");
	if (location->source) {
		strbuf_add(&json->text, ", \"source\": ");
		add_string(json, location->source);
	}
	if (location->kind == LOCATION_METHOD)
		add_instance(json, location);
	strbuf_add(&json->text, ", \"object\": ");
	if (code)
		add_string(json, profile->places->modules.items[location->module].path);
	else
		strbuf_add(&json->text, "null");
}

static void add_totals(struct json *json, const struct row_totals *totals, unsigned column)
{
	strbuf_addf(&json->text,
		"\"memory\": %" PRId64 ", \"self\": %" PRId64 ", \"net\": %" PRId64
		", \"net_self\": %" PRId64,
		totals->rise.bytes[column], totals->self_rise.bytes[column],
		totals->net.bytes[column], totals->self.bytes[column]);
}

static void add_function(struct json *json, const struct row *row)
{
	unsigned columns = json->profile->columns;

	add_location(json, row->location, row->text);
	strbuf_add(&json->text, ", ");
	add_totals(json, &row->totals, 0);
	if (row->inlined)
		strbuf_add(&json->text, ", \"calls\": null, \"all_calls\": null");
	else
		strbuf_addf(&json->text, ", \"calls\": %" PRIu64 ", \"all_calls\": %" PRIu64,
			row->totals.rise_calls, row->totals.calls);
	for (unsigned column = 1; column < columns; column++) {
		strbuf_addf(&json->text, ", \"%s\": {", column_name(json, column));
		add_totals(json, &row->totals, column);
		strbuf_add(&json->text, "}");
	}
	strbuf_add(&json->text, "}");
}

static void add_sums(struct json *json, uint32_t node, unsigned column)
{
	strbuf_addf(&json->text, "\"memory\": %" PRId64 ", \"self\": %" PRId64,
		calltree_amount(json->tree, node, column, false),
		calltree_amount(json->tree, node, column, true));
}

static void add_node(struct json *json, uint32_t node, uint32_t parent)
{
	if (parent == CALLPATH_NONE)
		strbuf_add(&json->text, "{\"parent\": null");
	else
		strbuf_addf(&json->text, "{\"parent\": %" PRIu32, parent);
	strbuf_addf(&json->text, ", \"location\": %" PRIu32 ", ",
		callpath_at(&json->tree->paths, node)->location);
	add_sums(json, node, 0);
	if (calltree_label(json->tree, node)->kind == LOCATION_INLINED)
		strbuf_add(&json->text, ", \"calls\": null");
	else
		strbuf_addf(&json->text, ", \"calls\": %" PRIu64, calltree_calls(json->tree, node));
	for (unsigned column = 1; column < json->profile->columns; column++) {
		strbuf_addf(&json->text, ", \"%s\": {", column_name(json, column));
		add_sums(json, node, column);
		strbuf_add(&json->text, "}");
	}
	strbuf_add(&json->text, "}");
}

static void begin_item(struct json *json, bool first)
{
	strbuf_add(&json->text, first ? "\n    " : ",\n    ");
}

static struct ptmem_error *write_functions(struct json *json)
{
	struct ptmem_error *error = NULL;

	strbuf_add(&json->text, ",\n  \"functions\": [");
	for (size_t i = 0; !error && i < json->rows->count; i++) {
		begin_item(json, !i);
		add_function(json, &json->rows->items[i]);
		error = output_block(json->out, &json->text);
	}
	strbuf_add(&json->text, "\n  ]");
	return error;
}

static struct ptmem_error *write_locations(struct json *json)
{
	const struct labels *labels = &json->tree->labels;
	struct ptmem_error *error = NULL;

	strbuf_add(&json->text, ",\n  \"locations\": [");
	for (size_t i = 0; !error && i < labels->list.count; i++) {
		const struct label *label = &labels->list.items[i];

		begin_item(json, !i);
		add_location(json, label->location, label->text);
		strbuf_add(&json->text, "}");
		error = output_block(json->out, &json->text);
	}
	strbuf_add(&json->text, "\n  ]");
	return error;
}

/* `numbers` is where each node that is shown stands in the list. */
static struct ptmem_error *write_nodes(struct json *json, uint32_t *numbers)
{
	const struct calltree *tree = json->tree;
	struct ptmem_error *error = NULL;
	uint32_t count = 0;

	numbers[CALLPATH_ROOT] = CALLPATH_NONE;
	strbuf_add(&json->text, ",\n  \"nodes\": [");
	for (uint32_t i = CALLPATH_ROOT + 1; !error && i < tree->paths.count; i++) {
		if (!tree->shown[i])
			continue;
		begin_item(json, !count);
		add_node(json, i, numbers[callpath_at(&tree->paths, i)->parent]);
		numbers[i] = count++;
		error = output_block(json->out, &json->text);
	}
	strbuf_add(&json->text, "\n  ]\n}");
	return error;
}

/* All of a profile, from its balance to the end of the object that it is in. */
static struct ptmem_error *write_body(struct json *json)
{
	uint32_t *numbers = malloc(json->tree->paths.count * sizeof *numbers);
	struct ptmem_error *error = numbers ? NULL : &error_no_memory;

	add_balance(json);
	if (!error)
		error = write_functions(json);
	if (!error)
		error = write_locations(json);
	if (!error)
		error = write_nodes(json, numbers);
	free(numbers);
	return error;
}

/* The same for any profile, behind what is there of its object already. */
static struct ptmem_error *write_profile(
	struct json *json, const struct profile *profile, struct report_hidden *hidden)
{
	const struct report_options *options = json->options;
	uint64_t min = options->min_given ? (uint64_t)options->min : 0;
	struct report_hidden nodes_hidden;
	struct row_list rows;
	struct calltree tree;
	struct ptmem_error *error = rows_collect_all(profile, options, &rows, hidden);

	if (error)
		return error;
	json->profile = profile;
	json->rows = &rows;
	json->tree = &tree;
	error = calltree_init(&tree, profile, THREADS_ALWAYS);
	if (!error) {
		error = calltree_select(&tree, options, min, &nodes_hidden);
		if (!error)
			error = write_body(json);
		calltree_deinit(&tree);
	}
	rows_deinit(&rows);
	return error;
}

/* Takes the error of what was written until now. */
static struct ptmem_error *json_end(struct json *json, struct ptmem_error *error)
{
	if (!error)
		error = output_text(json->out, &json->text);
	strbuf_deinit(&json->text);
	return error;
}

static struct ptmem_error *json_write(const struct profile *profile,
	const struct report_options *options, FILE *out, struct report_hidden *hidden)
{
	struct json json = {.profile = profile,
		.options = options,
		.run = options->runs ? options->runs[0] : NULL,
		.out = out};
	struct ptmem_error *error;

	add_head(&json, FORMAT_VERSION);
	add_run(&json);
	error = write_profile(&json, profile, hidden);
	strbuf_add(&json.text, "\n");
	return json_end(&json, error);
}

/* As a shell has it, or null where it is not known. */
static void add_status(struct json *json, const struct process_profile *process)
{
	int status = process->status;

	if (process->ended)
		strbuf_addf(&json->text, ",\n  \"status\": %d",
			WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
	else
		strbuf_add(&json->text, ",\n  \"status\": null");
}

static void begin_process(struct json *json, const struct process_profile *process)
{
	strbuf_addf(&json->text, "{\n  \"pid\": %d,\n  \"command\": ", process->pid);
	if (process->command)
		add_string(json, process->command);
	else
		strbuf_add(&json->text, "null");
	add_status(json, process);
	add_run(json);
}

static struct ptmem_error *write_processes(
	struct json *json, const struct profiles *profiles, struct report_hidden *hidden)
{
	struct ptmem_error *error = NULL;

	strbuf_add(&json->text, ",\n  \"processes\": [");
	for (size_t i = 0; !error && i < profiles->count; i++) {
		struct report_hidden here = {0};

		strbuf_add(&json->text, i ? ", " : "");
		json->run = json->options->runs ? json->options->runs[i] : NULL;
		begin_process(json, profiles->items[i]);
		error = write_profile(json, &profiles->items[i]->profile, &here);
		hidden_add(hidden, &here);
	}
	strbuf_add(&json->text, "]");
	return error;
}

static struct ptmem_error *json_write_several(const struct profiles *profiles,
	const struct profile *total, const struct report_options *options, FILE *out,
	struct report_hidden *hidden)
{
	struct json json = {.profile = total, .options = options, .out = out};
	struct report_hidden here = {0};
	struct ptmem_error *error;

	*hidden = here;
	add_head(&json, FORMAT_VERSION_SEVERAL);
	error = write_processes(&json, profiles, hidden);
	strbuf_addf(&json.text, ",\n  \"total\": {\n  \"processes\": %zu", profiles->count);
	if (!error)
		error = write_profile(&json, total, &here);
	hidden_add(hidden, &here);
	strbuf_add(&json.text, "\n}\n");
	return json_end(&json, error);
}

const struct report_ops report_json = {
	.name = "json", .write = json_write, .write_several = json_write_several};
