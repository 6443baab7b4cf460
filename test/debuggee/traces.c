/*
 * traces PID: what a tracer left in a process, a line each, and nothing where it left nothing:
 * program text that is not what the file says, a task that is traced or stopped or has a
 * stop's signal pending, executable memory that is of no file. Its status is 1 if there was
 * any, and 2 if there is no such process. What gets in the way of seeing is a trace as well.
 */
#include "debuggee.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>

#define MOST_BYTES 20 /* that are printed of a mapping */

static const char *pid;
static int found;

#define FOUND(...)                   \
	do {                         \
		printf(__VA_ARGS__); \
		found = 1;           \
	} while (0)

struct mapping {
	unsigned long start, end, offset, inode;
	char rights[5], path[PAGE];
};

/* The file itself, whatever its name means elsewhere; else by its name over there. */
static int open_mapped(const struct mapping *mapping)
{
	char path[2 * PAGE];
	int fd;

	snprintf(
		path, sizeof path, "/proc/%s/map_files/%lx-%lx", pid, mapping->start, mapping->end);
	fd = open(path, O_RDONLY);
	if (fd >= 0)
		return fd;
	snprintf(path, sizeof path, "/proc/%s/root%s", pid, mapping->path);
	return open(path, O_RDONLY);
}

static int compare_page(const struct mapping *mapping, unsigned long at, const unsigned char *there,
	const unsigned char *file, size_t length, int printed)
{
	for (size_t i = 0; i < length; i++)
		if (there[i] != file[i] && printed++ < MOST_BYTES)
			FOUND("text at %lx: %02x, in the file %02x: %s+%lx\n", at + i, there[i],
				file[i], mapping->path, mapping->offset + at - mapping->start + i);
	return printed;
}

static void compare_text(const struct mapping *mapping, int memory)
{
	unsigned char there[PAGE], file[PAGE];
	int fd = open_mapped(mapping), printed = 0;

	if (fd < 0)
		FOUND("text of %s: cannot be compared: %s\n", mapping->path, strerror(errno));
	for (unsigned long at = mapping->start; fd >= 0 && at < mapping->end; at += PAGE) {
		off_t offset = (off_t)(mapping->offset + at - mapping->start);
		ssize_t length = pread(fd, file, PAGE, offset);

		if (length > 0 && pread(memory, there, PAGE, (off_t)at) != (ssize_t)PAGE)
			FOUND("text at %lx: cannot be read: %s\n", at, strerror(errno));
		else if (length > 0)
			printed = compare_page(mapping, at, there, file, (size_t)length, printed);
	}
	if (printed > MOST_BYTES)
		printf("text of %s: and %d bytes more\n", mapping->path, printed - MOST_BYTES);
	if (fd >= 0)
		close(fd);
}

/* 55d0c0001000-55d0c0002000 r-xp 00001000 fe:01 42 /bin/x */
static void look_at_mapping(const char *line, int memory)
{
	struct mapping mapping = {0};

	if (sscanf(line, "%lx-%lx %4s %lx %*s %lu %4095[^\n]", &mapping.start, &mapping.end,
		    mapping.rights, &mapping.offset, &mapping.inode, mapping.path) < 5 ||
		mapping.rights[2] != 'x' || mapping.path[0] == '[')
		return;
	if (mapping.inode)
		compare_text(&mapping, memory);
	else
		FOUND("mapping %lx-%lx %s: executable, and of no file\n", mapping.start,
			mapping.end, mapping.rights);
}

static FILE *open_proc(const char *name)
{
	char path[PAGE];

	snprintf(path, sizeof path, "/proc/%s/%s", pid, name);
	return fopen(path, "r");
}

static int look_at_memory(void)
{
	static char line[2 * PAGE];
	FILE *maps = open_proc("maps"), *memory = open_proc("mem");

	if (!maps || !memory)
		return 0;
	while (fgets(line, sizeof line, maps))
		look_at_mapping(line, fileno(memory));
	fclose(maps);
	fclose(memory);
	return 1;
}

static void look_at_pending(const char *task, const char *line)
{
	static const int of_stops[] = {SIGTRAP, SIGSTOP};
	unsigned long pending = strtoul(line, NULL, 16);

	for (size_t i = 0; i < sizeof of_stops / sizeof *of_stops; i++)
		if (pending & 1ul << (of_stops[i] - 1))
			FOUND("task %s: pending: %s\n", task, strsignal(of_stops[i]));
}

static void look_at_task(const char *task)
{
	char name[64], line[512], state[64];
	long tracer;
	FILE *status;

	snprintf(name, sizeof name, "task/%.20s/status", task);
	status = open_proc(name);
	if (!status)
		return; /* it has ended meanwhile */
	while (fgets(line, sizeof line, status)) {
		if (sscanf(line, "State: %63[^\n]", state) == 1 && strpbrk(state, "tT") == state)
			FOUND("task %s: %s\n", task, state);
		if (sscanf(line, "TracerPid: %ld", &tracer) == 1 && tracer)
			FOUND("task %s: traced by %ld\n", task, tracer);
		if (!strncmp(line, "SigPnd:", 7) || !strncmp(line, "ShdPnd:", 7))
			look_at_pending(task, line + 7);
	}
	fclose(status);
}

static int look_at_tasks(void)
{
	char path[64];
	struct dirent *entry;
	DIR *tasks;

	snprintf(path, sizeof path, "/proc/%s/task", pid);
	tasks = opendir(path);
	if (!tasks)
		return 0;
	while ((entry = readdir(tasks)))
		if (entry->d_name[0] != '.')
			look_at_task(entry->d_name);
	closedir(tasks);
	return 1;
}

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	pid = argv[1];
	if (!look_at_tasks() || !look_at_memory()) {
		printf("process %s: %s\n", pid, strerror(errno));
		return 2;
	}
	return found;
}
