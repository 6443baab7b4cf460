/*
 * Where a command's report goes: a file, standard output, or a pager.
 *
 *     destination_open()       before anything costly: what cannot be written is known then
 *     destination_begin()      there is something to write
 *     destination_report()     any number of times; the command may write to `out` as well
 *     destination_finish()     all of it is written, or the error says why not
 *     destination_abandon()    in any case, last
 */
#ifndef PTMEM_CLI_DESTINATION_H
#define PTMEM_CLI_DESTINATION_H

#include "base/error.h"
#include "cli/options.h"

#include <stdbool.h>
#include <stdio.h>

struct destination {
	FILE *out;                   /* between begin and finish */
	bool color;                  /* from begin on */
	struct report_hidden hidden; /* of all reports together */

	const char *path; /* NULL: standard output */
	int fd;           /* of path, until there is a stream */
	bool created;     /* there was no such file before */
	bool paged;
	char *text; /* what is to be paged */
	size_t length;
};

/* A path of NULL or `-` is standard output. `option` is what named it. */
struct ptmem_error *destination_open_file(
	struct destination *destination, const char *option, const char *path);

/* The same for --output. Nothing is changed in the file yet. */
struct ptmem_error *destination_open(
	struct destination *destination, const struct options *options);

/*
 * From here on SIGPIPE is ignored: not before, since a program that is run would inherit it. With
 * `may_page`, what goes to a terminal is kept for a pager until the end. After a failure there is
 * nothing to finish.
 */
struct ptmem_error *destination_begin(
	struct destination *destination, const struct options *options, bool may_page);

/* One report, in the format that the options say; of all processes, where there are several. */
struct ptmem_error *destination_report(struct destination *destination,
	const struct options *options, const struct profiles *profiles);

/*
 * Takes the error that writing ended in, NULL for none, and answers what came of it all. A
 * reader that has seen enough and closed the pipe is no failure.
 */
struct ptmem_error *destination_finish(struct destination *destination, struct ptmem_error *error);

/* Without a report the old content stays, and a file that was not there is not there. */
void destination_abandon(struct destination *destination);

#endif
