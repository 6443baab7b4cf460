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

static void add_line(struct strbuf *text, const char *what, int64_t bytes)
{
	strbuf_add(text, "ptmem: ");
	strbuf_add_printable(text, what);
	strbuf_addf(text, "%*s", (int)(strlen(what) < 24 ? 24 - strlen(what) : 0), "");
	strbuf_addf(text, " %10.2f MB %16" PRId64 " bytes\n", output_mb(bytes), bytes);
}

static void add_brackets(struct strbuf *text, const struct profile *profile, unsigned column)
{
	for (size_t i = 0; i < profile->places->locations.count; i++) {
		const struct location *location = &profile->places->locations.items[i];
		struct strbuf name = {0};

		if (location->kind != LOCATION_BRACKET)
			continue;
		strbuf_addf(&name, "[%s]", location->name);
		add_line(text, name.text ? name.text : "",
			charged(profile, column, LOCATION_BRACKET, location));
		strbuf_deinit(&name);
	}
}

static void add_column(struct strbuf *text, const struct profile *profile, unsigned column)
{
	const struct balance *balance = &profile->balance;

	if (profile->metric == METRIC_ALL)
		strbuf_addf(text, "ptmem: balance of %s\n",
			metric_name(metric_of_column(profile->metric, column)));
	add_line(text, "memory at start", balance->start.bytes[column]);
	add_line(text, "charged to functions", charged(profile, column, LOCATION_CODE, NULL));
	add_brackets(text, profile, column);
	add_line(text, "memory at end", balance->end.bytes[column]);
	add_line(text, "left out, ptmem's own", balance->footprint.bytes[column]);
	strbuf_addf(text, "ptmem: difference %" PRId64 "\n", difference(profile, column));
}

bool report_balance(const struct profile *profile, FILE *out)
{
	struct strbuf text = {0};
	bool closes = true;

	for (unsigned column = 0; column < profile->columns; column++) {
		add_column(&text, profile, column);
		closes = closes && !difference(profile, column);
	}
	if (out)
		error_free(output_text(out, &text));
	strbuf_deinit(&text);
	return closes;
}
