/* Recording a run. */
#include "engine/record.h"

#include "base/strbuf.h"
#include "engine/sources.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* What the launchers of MPI jobs tell a process of its rank. */
static const char *mpi_rank(void)
{
	static const char *const variables[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK",
		"MV2_COMM_WORLD_RANK", "SLURM_PROCID"};

	for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
		const char *rank = getenv(variables[i]);

		if (rank && *rank && rank[strspn(rank, "0123456789")] == '\0')
			return rank;
	}
	return "0";
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *record_path(const char *pattern, pid_t pid, const char *program)
{
	struct utsname system = {0};
	struct strbuf path = {0};

	uname(&system);
	for (const char *at = pattern; *at; at++) {
		char next = *at == '%' ? at[1] : '\0';

		switch (next) {
		case 'p':
			strbuf_addf(&path, "%d", pid);
			break;
		case 'h':
			strbuf_add(&path, system.nodename);
			break;
		case 'n':
			strbuf_add(&path, last_part(program));
			break;
		case 'r':
			strbuf_add(&path, mpi_rank());
			break;
		case '%':
			strbuf_add(&path, "%");
			break;
		default:
			strbuf_add_bytes(&path, at, 1);
			continue;
		}
		at++;
	}
	return strbuf_take(&path);
}

static void add_value(struct strbuf *text, const char *key, const char *value)
{
	strbuf_addf(text, "%s=", key);
	strbuf_add_printable(text, value);
	strbuf_add(text, "\n");
}

/* As it could be typed again; words that need it in quotes. */
static void add_command(struct strbuf *text, char *const *argv)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-./:=,+@%";

	strbuf_add(text, "command=");
	for (size_t i = 0; argv[i]; i++) {
		bool quoted = !*argv[i] || argv[i][strspn(argv[i], plain)];

		strbuf_add(text, i ? quoted ? " '" : " " : quoted ? "'" : "");
		strbuf_add_printable(text, argv[i]);
		strbuf_add(text, quoted ? "'" : "");
	}
	strbuf_add(text, "\n");
}

/* map=555555554000-555555555000 r--p 00000000 fe:00 131  /bin/true */
static void add_mappings(struct strbuf *text, pid_t pid)
{
	char name[32], *line = NULL;
	size_t capacity = 0;
	FILE *maps;

	snprintf(name, sizeof name, "/proc/%d/maps", pid);
	maps = fopen(name, "re");
	if (!maps)
		return;
	while (getline(&line, &capacity, maps) > 0) {
		line[strcspn(line, "\n")] = '\0';
		add_value(text, "map", line);
	}
	free(line);
	fclose(maps);
}

char *record_mappings(pid_t pid)
{
	struct strbuf text = {0};

	add_mappings(&text, pid);
	return strbuf_take(&text);
}

static void add_system(struct strbuf *text)
{
	struct utsname system = {0};

	uname(&system);
	add_value(text, "host", system.nodename);
	strbuf_addf(text, "kernel=%s %s %s\n", system.sysname, system.release, system.machine);
	strbuf_addf(text, "page_size=%ld\n", sysconf(_SC_PAGESIZE));
	strbuf_addf(text, "started=%lld\n", (long long)time(NULL));
}

struct ptmem_error *record_begin(const struct session_options *options, pid_t pid, const char *path,
	struct profile *profile, struct recorder **recorder)
{
	struct strbuf run = {0};
	struct ptmem_error *error;
	char *text;

	add_command(&run, options->argv);
	strbuf_addf(&run, "pid=%d\nrank=%s\n", pid, mpi_rank());
	add_system(&run);
	strbuf_addf(&run, "engine=breakpoints\nmetric=%s\n", metric_name(profile->metric));
	add_mappings(&run, pid);
	text = strbuf_take(&run);
	if (!text)
		return &error_no_memory;
	error = recorder_open(path, options->record.force, text, profile, recorder);
	free(text);
	return error;
}

struct ptmem_error *record_end(struct recorder *recorder, struct profile *profile,
	const char *mappings, const struct session_result *result)
{
	struct strbuf end = {0};
	struct ptmem_error *error;
	char *text;

	sources_read(profile);
	strbuf_addf(&end, "status=%d\npeak=%" PRId64 "\n", result->status, profile->peak);
	strbuf_addf(&end, "calls=%" PRIu64 "\nfunctions=%" PRIu64 "\nreleased=%" PRIu64 "\n",
		result->calls, result->functions, result->released);
	strbuf_addf(
		&end, "steps=%" PRIu64 "\nuncaught=%" PRIu64 "\n", result->steps, result->uncaught);
	strbuf_add(&end, mappings ? mappings : "");
	text = strbuf_take(&end);
	error = recorder_close(recorder, profile, text ? text : "");
	free(text);
	return error;
}
