/* A file in memory. */
#include "base/memory_file.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

int memory_file_create(const char *name)
{
	return memfd_create(name, MFD_CLOEXEC);
}

/* The signal would be pending once it may come again: it is taken before. */
bool memory_file_write(int fd, const void *bytes, size_t size, uint64_t offset)
{
	sigset_t limit, before;
	bool written;

	sigemptyset(&limit);
	sigaddset(&limit, SIGXFSZ);
	pthread_sigmask(SIG_BLOCK, &limit, &before);
	written = pwrite(fd, bytes, size, (off_t)offset) == (ssize_t)size;
	if (!written && !sigismember(&before, SIGXFSZ))
		sigtimedwait(&limit, NULL, &(struct timespec){0});
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return written;
}
