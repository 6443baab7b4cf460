/* The target's memory, through /proc/PID/mem. */
#include "target/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

struct ptmem_error *target_memory_open(pid_t pid, struct target_memory *memory)
{
	char path[32];
	int fd;

	snprintf(path, sizeof path, "/proc/%d/mem", pid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return error_proc(errno, path);
	*memory = (struct target_memory){.pid = pid, .fd = fd};
	return NULL;
}

void target_memory_close(struct target_memory *memory)
{
	if (memory->fd >= 0)
		close(memory->fd);
	memory->fd = -1;
}

/* Nothing is transferred once the last thread has let the memory go. */
static struct ptmem_error *target_memory_problem(
	ssize_t done, struct target_address at, const char *what)
{
	return done == 0 ? &error_gone : error_at(done < 0 ? errno : EFAULT, at.value, what);
}

size_t target_read_some(
	const struct target_memory *memory, struct target_address at, void *bytes, size_t size)
{
	ssize_t done = pread(memory->fd, bytes, size, (off_t)at.value);

	return done < 0 ? 0 : (size_t)done;
}

struct ptmem_error *target_read(
	const struct target_memory *memory, struct target_address at, void *bytes, size_t size)
{
	ssize_t done = pread(memory->fd, bytes, size, (off_t)at.value);

	return done == (ssize_t)size ? NULL : target_memory_problem(done, at, "reading memory");
}

struct ptmem_error *target_write(const struct target_memory *memory, struct target_address at,
	const void *bytes, size_t size)
{
	ssize_t done = pwrite(memory->fd, bytes, size, (off_t)at.value);

	return done == (ssize_t)size ? NULL : target_memory_problem(done, at, "writing memory");
}
