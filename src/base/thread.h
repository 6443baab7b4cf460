/* Threads that work beside the first one, which is the one that gets signals. */
#ifndef PTMEM_BASE_THREAD_H
#define PTMEM_BASE_THREAD_H

#include <pthread.h>

/* One begins, with all signals blocked; 0, or the number of an error where there is none to be had.
 */
int thread_begin(pthread_t *thread, void *(*run)(void *), void *context);

#endif
