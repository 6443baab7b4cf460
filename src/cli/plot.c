/*
 * plot: memory over time as a picture, in a file or on the terminal.
 *
 *     ptmem plot
 *     ptmem plot --slope -o growth.svg -2 -1
 */
#include "plot/canvas.h"
#include "plot/chart.h"
#include "plot/figure.h"
#include "plot/recorded.h"
#include "plot/terminal.h"
#include "report/output.h"
#include "series/folder.h"

#include "cli/command.h"
#include "cli/destination.h"
#include "cli/load.h"
#include "cli/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS_UNKNOWN 80
#define COLUMNS_LEAST 30
#define COLUMNS_MOST 400
#define ROWS_UNKNOWN 24
#define ROWS_MOST 200

/* A file of samples, which is nothing but the series, or a recording. They stay where they are. */
struct plots {
	struct folder folder;
	struct VEC(struct chart_source) sources; /* names are the folder's or of argv */
	struct VEC(struct recorded *) files;
};

static void plots_deinit(struct plots *plots)
{
	for (size_t i = 0; i < plots->files.count; i++) {
		recorded_deinit(plots->files.items[i]);
		free(plots->files.items[i]);
	}
	vec_deinit(&plots->files);
	vec_deinit(&plots->sources);
	folder_close(&plots->folder);
}

static struct ptmem_error *read_file(const char *path, struct recorded *file)
{
	struct ptmem_error *error;

	*file = (struct recorded){0};
	if (!load_is_recording(path))
		return series_read(path, &file->series);
	error = recorded_read(path, file);
	if (!error && file->cut)
		message_print("%s: cut: %s: what follows is what was recorded until then", path,
			file->cut);
	return error;
}

/* Takes it over. */
static struct ptmem_error *add_file(struct plots *plots, const char *path, struct recorded *file)
{
	struct chart_source *source = vec_append(&plots->sources);
	struct recorded **place = source ? vec_append(&plots->files) : NULL;

	if (!place) {
		recorded_deinit(file);
		free(file);
		return &error_no_memory;
	}
	*place = file;
	*source = (struct chart_source){.name = path,
		.series = &file->series,
		.history = &file->history,
		.bands = &file->bands,
		.passings = &file->passings,
		.passings_left_out = file->passings_left_out};
	return NULL;
}

/* The newest where there is no word. */
static struct ptmem_error *read_one(struct plots *plots, const char *word)
{
	const char *path = NULL;
	struct ptmem_error *error = word ? folder_resolve(&plots->folder, word, &path)
					 : folder_newest(&plots->folder, &path);
	struct recorded *file = error ? NULL : malloc(sizeof *file);

	if (!file)
		return error ? error : &error_no_memory;
	error = read_file(path, file);
	if (error) {
		free(file);
		return error;
	}
	return add_file(plots, path, file);
}

static struct ptmem_error *read_all(struct plots *plots, const struct options *options)
{
	struct ptmem_error *error = folder_open(&plots->folder);

	if (!error && !options->files.count)
		error = read_one(plots, NULL);
	for (size_t i = 0; !error && i < options->files.count; i++)
		error = read_one(plots, options->files.items[i]);
	return error;
}

static struct chart_options chart_options_of(const struct plot_options *plot)
{
	return (struct chart_options){
		.title = plot->title,
		.brackets = !plot->no_brackets,
		.slope = plot->slope,
		.flame = plot->flame,
		.has_window = plot->has_window,
		.from = plot->from,
		.to = plot->to,
		.columns = FIGURE_COLUMNS,
		.time_ticks = FIGURE_TIME_TICKS,
		.memory_ticks = FIGURE_MEMORY_TICKS,
	};
}

static struct ptmem_error *write_figure(struct destination *destination,
	const struct options *options, const struct canvas_ops *ops, const struct chart *chart)
{
	struct ptmem_error *error = destination_begin(destination, options, false);

	if (error)
		return error;
	error = figure_write(chart, ops, destination->out);
	if (!error && (fflush(destination->out) || ferror(destination->out)))
		error = error_errno(errno, "cannot write");
	return destination_finish(destination, error);
}

static struct ptmem_error *plot_to_file(struct plots *plots, const struct options *options)
{
	struct chart_options wanted = chart_options_of(&options->plot);
	const struct canvas_ops *ops;
	struct destination destination;
	struct ptmem_error *error = canvas_choose(options->output, &ops);
	struct chart chart;

	if (!error && options->plot.ascii)
		error = error_new(
			ERROR_USAGE, "--ascii is for the terminal: leave it out, or --output");
	if (!error)
		error = destination_open(&destination, options);
	if (error)
		return error;
	error = read_all(plots, options);
	if (!error)
		error = chart_init(&chart, plots->sources.items, plots->sources.count, &wanted);
	if (!error) {
		error = write_figure(&destination, options, ops, &chart);
		chart_deinit(&chart);
	}
	destination_abandon(&destination);
	return error;
}

/* What the environment says of the terminal goes before what it says itself, as in shells. */
static unsigned terminal_size(const char *name, unsigned said, unsigned unknown, unsigned most)
{
	const char *text = getenv(name);
	unsigned long size = text ? strtoul(text, NULL, 10) : 0;

	if (!size)
		size = said ? said : unknown;
	return size > most ? most : (unsigned)size;
}

static struct terminal find_terminal(const struct options *options, bool color)
{
	struct winsize window = {0};
	struct terminal terminal = {.ascii = options->plot.ascii, .color = color};

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window))
		window = (struct winsize){0};
	terminal.width = terminal_size("COLUMNS", window.ws_col, COLUMNS_UNKNOWN, COLUMNS_MOST);
	terminal.height = terminal_size("LINES", window.ws_row, ROWS_UNKNOWN, ROWS_MOST);
	if (terminal.width < COLUMNS_LEAST)
		terminal.width = COLUMNS_LEAST;
	return terminal;
}

static struct ptmem_error *print_chart(
	const struct plots *plots, const struct options *options, bool color, FILE *out)
{
	struct terminal terminal = find_terminal(options, color);
	struct chart_options wanted = chart_options_of(&options->plot);
	struct strbuf text = {0};
	struct ptmem_error *error;
	struct chart chart;

	wanted.columns = terminal_columns(&terminal);
	wanted.time_ticks = terminal_time_ticks(&terminal);
	wanted.memory_ticks = terminal_memory_ticks(&terminal);
	error = chart_init(&chart, plots->sources.items, plots->sources.count, &wanted);
	if (error)
		return error;
	error = terminal_print(&chart, &terminal, &text);
	chart_deinit(&chart);
	if (!error)
		error = output_text(out, &text);
	strbuf_deinit(&text);
	return error;
}

static struct ptmem_error *plot_to_terminal(struct plots *plots, const struct options *options)
{
	struct destination destination;
	struct ptmem_error *error;

	if (!isatty(STDOUT_FILENO))
		return error_new(ERROR_USAGE,
			"standard output is no terminal: give -o FILE, which ends in %s",
			canvas_suffixes);
	error = read_all(plots, options);
	if (!error)
		error = destination_open(&destination, options);
	if (error)
		return error;
	error = destination_begin(&destination, options, false);
	if (!error)
		error = destination_finish(&destination,
			print_chart(plots, options, destination.color, destination.out));
	destination_abandon(&destination);
	return error;
}

struct ptmem_error *command_plot(struct options *options, int *status)
{
	struct plots plots = {0};
	struct ptmem_error *error =
		options->output ? plot_to_file(&plots, options) : plot_to_terminal(&plots, options);

	plots_deinit(&plots);
	if (!error)
		*status = 0;
	return error;
}
