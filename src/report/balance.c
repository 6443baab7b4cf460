/*
 * The balance of the ledger: memory at the start, and what was charged to each kind of
 * row, add up to memory at the end.
 *
 *     ptmem: memory at start             1.23 MB          1290240 bytes
 */
#include "base/strbuf.h"
#include "report/output.h"
#include "report/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What is charged to the locations of one kind. */
static int64_t charged(const struct profile *profile, unsigned column, enum location_kind kind)
{
	int64_t sum = 0;

	for (uint32_t i = CALLPATH_ROOT + 1; i < profile->paths.count; i++) {
		uint32_t index = callpath_at(&profile->paths, i)->location;
		const struct location *location = &profile->places->locations.items[index];

		if (location->kind == kind)
			sum += callpath_amounts(&profile->paths, i, column)->self;
	}
	return sum;
}

/* Those that are inlined were charged with nothing. */
static int64_t charged_to_functions(const struct profile *profile, unsigned column)
{
	return charged(profile, column, LOCATION_CODE) + charged(profile, column, LOCATION_METHOD);
}

static int64_t difference(const struct profile *profile, unsigned column)
{
	const struct balance *balance = &profile->balance;

	return balance->end.bytes[column] - balance->start.bytes[column] -
	       charged_to_functions(profile, column) - charged(profile, column, LOCATION_BRACKET);
}

/* The lines, and whose they are. */
struct sheet {
	const struct profile *profile;
	const pid_t *pid; /* NULL: it is the only one */
	struct strbuf text;
};

static void begin_line(struct sheet *sheet)
{
	strbuf_add(&sheet->text, "ptmem: ");
	if (sheet->pid)
		strbuf_addf(&sheet->text, "%d: ", *sheet->pid);
}

static void add_line(struct sheet *sheet, const char *what, int64_t bytes)
{
	struct strbuf *text = &sheet->text;

	begin_line(sheet);
	strbuf_add_printable(text, what);
	strbuf_addf(text, "%*s", (int)(strlen(what) < 24 ? 24 - strlen(what) : 0), "");
	strbuf_addf(text, " %10.2f MB %16" PRId64 " bytes\n", output_mb(bytes), bytes);
}

static void add_bracket(struct sheet *sheet, const struct location *location, int64_t bytes)
{
	struct strbuf name = {0};

	strbuf_addf(&name, "[%s]", location->name);
	add_line(sheet, name.text ? name.text : "", bytes);
	strbuf_deinit(&name);
}

/* What is charged to a location, and whether anything ever could. */
struct charge {
	bool occurs;
	int64_t bytes;
};

/* Of several processes, each has those that it has come by. */
static void add_brackets(struct sheet *sheet, unsigned column)
{
	const struct profile *profile = sheet->profile;
	size_t count = profile->places->locations.count;
	struct charge *charges = calloc(count + 1, sizeof *charges);

	sheet->text.failed |= !charges;
	for (uint32_t i = CALLPATH_ROOT + 1; charges && i < profile->paths.count; i++) {
		struct charge *charge = &charges[callpath_at(&profile->paths, i)->location];

		charge->occurs = true;
		charge->bytes += callpath_amounts(&profile->paths, i, column)->self;
	}
	for (size_t i = 0; charges && i < count; i++) {
		const struct location *location = &profile->places->locations.items[i];

		if (location->kind == LOCATION_BRACKET && (charges[i].occurs || !sheet->pid))
			add_bracket(sheet, location, charges[i].bytes);
	}
	free(charges);
}

static void add_column(struct sheet *sheet, unsigned column)
{
	const struct profile *profile = sheet->profile;
	const struct balance *balance = &profile->balance;

	if (profile->metric == METRIC_ALL) {
		begin_line(sheet);
		strbuf_addf(&sheet->text, "balance of %s\n",
			metric_name(metric_of_column(profile->metric, column)));
	}
	add_line(sheet, "memory at start", balance->start.bytes[column]);
	add_line(sheet, "charged to functions", charged_to_functions(profile, column));
	add_brackets(sheet, column);
	add_line(sheet, "memory at end", balance->end.bytes[column]);
	add_line(sheet, "left out, ptmem's own", balance->footprint.bytes[column]);
	begin_line(sheet);
	strbuf_addf(&sheet->text, "difference %" PRId64 "\n", difference(profile, column));
}

bool report_balance(const struct profile *profile, const pid_t *pid, FILE *out)
{
	struct sheet sheet = {.profile = profile, .pid = pid};
	bool closes = true;

	for (unsigned column = 0; column < profile->columns; column++) {
		if (out)
			add_column(&sheet, column);
		closes = closes && !difference(profile, column);
	}
	if (out)
		error_free(output_text(out, &sheet.text));
	strbuf_deinit(&sheet.text);
	return closes;
}
