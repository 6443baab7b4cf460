/* Recording a run. */
#include "engine/record.h"

#include "base/strbuf.h"

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

bool record_is_of_one(const char *pattern)
{
	for (const char *at = pattern; *at; at++) {
		if (*at == '%' && at[1] == 'p')
			return true;
		at += *at == '%' && at[1];
	}
	return false;
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

/* As it could be typed again: in quotes where it needs them. */
static void add_word(struct strbuf *text, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-./:=,+@%";
	bool quoted = !*word || word[strspn(word, plain)];

	strbuf_add(text, text->length ? " " : "");
	strbuf_add(text, quoted ? "'" : "");
	strbuf_add_printable(text, word);
	strbuf_add(text, quoted ? "'" : "");
}

char *record_command(char *const *argv)
{
	struct strbuf text = {0};

	for (size_t i = 0; argv[i]; i++)
		add_word(&text, argv[i]);
	return strbuf_take(&text);
}

/* A file of /proc/PID; NULL where the process is gone. */
static FILE *open_proc(pid_t pid, const char *file)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
	return fopen(path, "re");
}

/* [name], for what has no command line: it has ended, or overwritten it. */
static void add_name(struct strbuf *text, pid_t pid)
{
	FILE *comm = open_proc(pid, "comm");
	char name[64] = "";

	if (comm && fgets(name, sizeof name, comm))
		name[strcspn(name, "\n")] = '\0';
	if (comm)
		fclose(comm);
	strbuf_add(text, "[");
	strbuf_add_printable(text, *name ? name : "?");
	strbuf_add(text, "]");
}

char *record_command_of(pid_t pid)
{
	FILE *words = open_proc(pid, "cmdline");
	struct strbuf text = {0};
	size_t capacity = 0;
	char *word = NULL;

	while (words && getdelim(&word, &capacity, '\0', words) > 0)
		add_word(&text, word);
	free(word);
	if (words)
		fclose(words);
	if (!text.length)
		add_name(&text, pid);
	return strbuf_take(&text);
}

/* map=555555554000-555555555000 r--p 00000000 fe:00 131  /bin/true */
static void add_mappings(struct strbuf *text, pid_t pid)
{
	FILE *maps = open_proc(pid, "maps");
	char *line = NULL;
	size_t capacity = 0;

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

struct ptmem_error *record_begin(struct recorder *recorder, struct process_profile *process,
	pid_t parent, const char *command, const char *engine)
{
	struct strbuf run = {0};
	struct ptmem_error *error;
	char *text;

	add_value(&run, "command", command ? command : "");
	strbuf_addf(&run, "pid=%d\n", process->pid);
	if (parent)
		strbuf_addf(&run, "parent=%d\n", parent);
	strbuf_addf(&run, "rank=%s\n", mpi_rank());
	add_system(&run);
	strbuf_addf(&run, "engine=%s\nmetric=%s\n", engine, metric_name(process->profile.metric));
	add_mappings(&run, process->pid);
	text = strbuf_take(&run);
	if (!text)
		return &error_no_memory;
	error = recorder_begin(recorder, text, &process->profile);
	free(text);
	return error;
}

static void add_result(struct strbuf *text, const struct session_result *result)
{
	strbuf_addf(text, "calls=%" PRIu64 "\nfunctions=%" PRIu64 "\nreleased=%" PRIu64 "\n",
		result->calls, result->functions, result->released);
	strbuf_addf(
		text, "steps=%" PRIu64 "\nuncaught=%" PRIu64 "\n", result->steps, result->uncaught);
}

void record_end(struct recorder *recorder, struct process_profile *process, const char *mappings,
	const struct session_result *result)
{
	struct strbuf end = {0};
	char *text;

	if (process->ended)
		strbuf_addf(&end, "status=%d\n", process->status);
	strbuf_addf(&end, "peak=%" PRId64 "\n", process->profile.peak);
	if (process->command)
		add_value(&end, "command", process->command);
	if (result)
		add_result(&end, result);
	strbuf_add(&end, mappings ? mappings : "");
	text = strbuf_take(&end);
	recorder_end(recorder, &process->profile, text ? text : "");
	free(text);
}
