/*
 * list: the samples over time that are in the working folder, as mprof lists them, and what ran.
 *
 *     0 mprofile_20261126145502.dat 14:55:02 26/11/2026 ./app --fast
 */
#include "cli/command.h"
#include "cli/message.h"
#include "report/output.h"
#include "series/folder.h"
#include "series/series.h"

#include <time.h>

static double first_time(const struct series *series)
{
	const struct series_curve *curve = &series->whole;

	if (!curve->count && series->child_count)
		curve = &series->children[0];
	return curve->count ? curve->samples[0].time : 0;
}

static void add_time(struct strbuf *text, double seconds)
{
	time_t whole = seconds > 0 && seconds < 1e12 ? (time_t)seconds : 0;
	char formatted[64];
	struct tm local;

	localtime_r(&whole, &local);
	strftime(formatted, sizeof formatted, "%H:%M:%S %d/%m/%Y", &local);
	strbuf_add(text, formatted);
}

static void add_file(
	struct strbuf *text, size_t index, const char *name, const struct series *series)
{
	strbuf_addf(text, "%zu ", index);
	strbuf_add_printable(text, name);
	strbuf_add(text, " ");
	add_time(text, first_time(series));
	if (series->command && *series->command) {
		strbuf_add(text, " ");
		strbuf_add_printable(text, series->command);
	}
	strbuf_add(text, "\n");
}

/* What cannot be read keeps its index, and a line says why. */
static void list_file(struct strbuf *text, const struct folder *folder, size_t index)
{
	const char *name = folder->files.items[index];
	struct series series;
	struct ptmem_error *error = series_read(name, &series);

	if (error) {
		message_print("%zu: %s", index, error->message);
		error_free(error);
		return;
	}
	add_file(text, index, name, &series);
	series_deinit(&series);
}

struct ptmem_error *command_list(struct options *options, int *status)
{
	struct folder folder = {0};
	struct strbuf text = {0};
	struct ptmem_error *error = folder_open(&folder);

	(void)options;
	for (size_t i = 0; !error && i < folder.files.count; i++)
		list_file(&text, &folder, i);
	folder_close(&folder);
	if (error)
		return error;
	*status = 0;
	return output_text(stdout, &text);
}
