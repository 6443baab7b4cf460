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
#include <string.h>

/* What is charged to the locations of one kind, or to one location where it is given. */
static int64_t charged(const struct profile *profile, unsigned column, enum location_kind kind,
	const struct location *only)
{
	int64_t sum = 0;

	for (uint32_t i = CALLPATH_ROOT + 1; i < profile->paths.count; i++) {
		uint32_t index = callpath_at(&profile->paths, i)->location;
		const struct location *location = &profile->places->locations.items[index];

		if (location->kind == kind && (!only || location == only))
			sum += callpath_amounts(&profile->paths, i, column)->self;
	}
	return sum;
}

static int64_t difference(const struct profile *profile, unsigned column)
{
	const struct balance *balance = &profile->balance;

	return balance->end.bytes[column] - balance->start.bytes[column] -
	       charged(profile, column, LOCATION_CODE, NULL) -
	       charged(profile, column, LOCATION_BRACKET, NULL);
}

/* The lines, and whose they are. */
struct sheet {
	const struct profile *profile;
	pid_t pid;
	struct strbuf text;
};

static void begin_line(struct sheet *sheet)
{
	strbuf_add(&sheet->text, "ptmem: ");
	if (sheet->pid)
		strbuf_addf(&sheet->text, "%d: ", sheet->pid);
}

static void add_line(struct sheet *sheet, const char *what, int64_t bytes)
{
	struct strbuf *text = &sheet->text;

	begin_line(sheet);
	strbuf_add_printable(text, what);
	strbuf_addf(text, "%*s", (int)(strlen(what) < 24 ? 24 - strlen(what) : 0), "");
	strbuf_addf(text, " %10.2f MB %16" PRId64 " bytes\n", output_mb(bytes), bytes);
}

static void add_brackets(struct sheet *sheet, unsigned column)
{
	const struct profile *profile = sheet->profile;

	for (size_t i = 0; i < profile->places->locations.count; i++) {
		const struct location *location = &profile->places->locations.items[i];
		struct strbuf name = {0};

		if (location->kind != LOCATION_BRACKET)
			continue;
		strbuf_addf(&name, "[%s]", location->name);
		add_line(sheet, name.text ? name.text : "",
			charged(profile, column, LOCATION_BRACKET, location));
		strbuf_deinit(&name);
	}
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
	add_line(sheet, "charged to functions", charged(profile, column, LOCATION_CODE, NULL));
	add_brackets(sheet, column);
	add_line(sheet, "memory at end", balance->end.bytes[column]);
	add_line(sheet, "left out, ptmem's own", balance->footprint.bytes[column]);
	begin_line(sheet);
	strbuf_addf(&sheet->text, "difference %" PRId64 "\n", difference(profile, column));
}

bool report_balance(const struct profile *profile, pid_t pid, FILE *out)
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
