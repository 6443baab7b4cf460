/* Threads without signals. */
#include "base/thread.h"

#include <signal.h>

int thread_begin(pthread_t *thread, void *(*run)(void *), void *context)
{
	sigset_t all, before;
	int problem;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	problem = pthread_create(thread, NULL, run, context);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return problem;
}
