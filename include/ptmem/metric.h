/**
 * @file
 * What of a process's memory is measured.
 */
#ifndef PTMEM_METRIC_H
#define PTMEM_METRIC_H

#include "export.h"

PTMEM_BEGIN

/** What is measured. Zero is the default everywhere. More may be added. */
enum ptmem_metric {
	PTMEM_METRIC_RSS = 0,   /**< resident memory: VmRSS of proc(5) */
	PTMEM_METRIC_ANON = 1,  /**< of that, what is in no file: RssAnon */
	PTMEM_METRIC_FILE = 2,  /**< of that, mapped files: RssFile */
	PTMEM_METRIC_SHMEM = 3, /**< of that, shared memory: RssShmem */
	PTMEM_METRIC_SWAP = 4,  /**< swapped out: VmSwap */
	PTMEM_METRIC_PSS = 5,   /**< resident, what n processes share counted as an nth of it */
	PTMEM_METRIC_USS = 6    /**< resident and shared with no other process */
};

PTMEM_END

#endif
