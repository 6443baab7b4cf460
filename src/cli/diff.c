/*
 * diff: what grew and what shrank between two recordings.
 *
 *     ptmem diff before.raw after.raw --min 1
 */
#include "report/diff.h"

#include "cli/command.h"
#include "cli/destination.h"
#include "cli/load.h"
#include "cli/say.h"

static struct ptmem_error *write_diff(struct destination *destination,
	const struct options *options, const struct profile *base, const struct profile *new)
{
	struct report_options report = options->report;

	report.color = destination->color;
	if (options->format == &report_tree)
		return diff_write_tree(base, new, &report, destination->out, &destination->hidden);
	return diff_write(base, new, &report, destination->out, &destination->hidden);
}

static struct ptmem_error *diff_report(struct destination *destination,
	const struct options *options, const struct profile *base, const struct profile *new)
{
	struct ptmem_error *error = diff_check(base, new);

	if (!error)
		error = destination_begin(destination, options, !options->no_pager);
	if (!error)
		error = destination_finish(
			destination, write_diff(destination, options, base, new));
	if (!error)
		say_hidden(&destination->hidden, options);
	return error;
}

struct ptmem_error *command_diff(struct options *options, int *status)
{
	struct profiles base = {0}, new = {0};
	struct destination destination;
	struct ptmem_error *error = destination_open(&destination, options);

	if (error)
		return error;
	error = load_total(options->files.items[0], &options->symbols, &base);
	if (!error)
		error = load_total(options->files.items[1], &options->symbols, &new);
	if (!error)
		error = diff_report(
			&destination, options, profiles_first(&base), profiles_first(&new));
	if (!error)
		*status = 0;
	profiles_deinit(&base);
	profiles_deinit(&new);
	destination_abandon(&destination);
	return error;
}
