/*
 * The recording of a run, as a file: what a writer and a reader of it share. It has one
 * process or several.
 *
 * A file is a header and then records, each whole in itself and checked:
 *
 *     header   "PTMEMRAW", major u16, minor u16, 0 u32
 *     record   type u8, flags u8, process u16, stored size u32, raw size u32, crc u32, bytes
 *
 * Numbers are little-endian. The crc (zlib's crc32) covers the 12 bytes before it and the
 * stored bytes. What ends in the middle of a record was cut there: all before it is good.
 *
 * Each process begins with its RUN, and they are numbered by that from 0. Records of several
 * processes stand between each other; each process has threads, modules and locations of its
 * own. What is a module of one path and build-id in two processes is the same module, and
 * a location in it is named by one of them only. Each ends with its END, when all have begun.
 *
 * The stream is the journal of a process (journal.h) in the order in which things happened:
 * operations of a byte, kind in its low four bits and an argument in the high four, where 15
 * says that a varint follows with the rest. Amounts are zigzag varints in units of 1 kB.
 * Locations and modules are defined where they first occur and numbered in that order;
 * so are threads, but one that begins gets the number of the one that ended last, if any.
 *
 * A function as it is called on one object is a location as well. Objects are numbered in the order
 * in which they are defined, by the class that they had then; what they turned out to be is said
 * at the end (instance_record.h).
 *
 * What calls of a function from one site begin as is a location of its own. Which line such a
 * site is on, and which functions were inlined there, is said at the end (site_record.h).
 */
#ifndef PTMEM_PROFILE_RECORDING_H
#define PTMEM_PROFILE_RECORDING_H

#include "base/strbuf.h"

#include <stdint.h>

#define RECORDING_MAGIC "PTMEMRAW"
#define RECORDING_MAGIC_SIZE 8
#define RECORDING_MAJOR 1
#define RECORDING_MINOR 4
#define RECORDING_HEADER_SIZE 16
#define RECORD_HEAD_SIZE 16

/* A file has no more than this; the number of each then fits in its records. */
#define RECORDING_PROCESSES_MAX 65535

/* No record holds more than this, packed or not. */
#define RECORD_SIZE_MAX (UINT32_C(1) << 20)

enum record_type {
	RECORD_RUN = 1,    /* what was run, where and how: lines of KEY=VALUE */
	RECORD_STREAM = 2, /* a piece of the journal */
	RECORD_NAMES = 3,  /* names, files, lines and their text, of locations */
	RECORD_END = 4, /* how it ended: lines of KEY=VALUE; no more of this process comes after */
	RECORD_SITES = 5,   /* since 1.2: what the sites of calls were found to be */
	RECORD_PLACES = 6,  /* since 1.4: what the sites that calls were at were found to be */
	RECORD_SPANS = 7,   /* since 1.4: functions from their first line to their last, as text */
	RECORD_OBJECTS = 8, /* since 1.4: classes, numbers and names of objects */
};

enum record_flag {
	RECORD_ZSTD = 1, /* the stored bytes are a zstd frame */
};

enum journal_kind {
	JOURNAL_TIME = 1,     /* argument: ms since the one before */
	JOURNAL_THREAD = 2,   /* what follows is of thread ARG, by order of beginning */
	JOURNAL_MOVED = 3,    /* amounts, one a column; since 1.3, with ARG: to bracket ARG - 1 */
	JOURNAL_ENTER = 4,    /* location ARG */
	JOURNAL_LEAVE = 5,    /* ARG + 1 calls */
	JOURNAL_IDLE = 6,     /* bracket ARG is charged while nothing runs */
	JOURNAL_BEGIN = 7,    /* a thread: root ARG, then idle varint */
	JOURNAL_RENAME = 8,   /* this thread's root is called: string; since 1.4, with ARG: the
				 innermost call is at site (ARG - 1) / 2, and where ARG is even a
				 statement begins there */
	JOURNAL_LOCATION = 9, /* kind ARG; code: module, offset, symbol; since 1.4, method:
				 function, object; 6: a new object: class; else: offset, name */
	JOURNAL_MODULE = 10,  /* path, build-id in hex; since 1.4, with ARG: a site that a call is
				 at, in module ARG - 1: offset */
	JOURNAL_START = 11, /* the first reading: amounts; since 1.4, with ARG 1: a mark is called:
			       string; with more: mark ARG - 2 is passed */
	JOURNAL_OWN = 12,   /* ptmem's own pages: amounts */
	JOURNAL_END = 13,   /* thread ARG is over */

	/* Since 1.2. */
	JOURNAL_CALL = 0,        /* a call of location ARG from a site: module, offset */
	JOURNAL_ENTER_CALL = 14, /* call ARG, by order of definition */
	JOURNAL_SITES_OVER = 15, /* no new call path gets a site */
};

/* What JOURNAL_LOCATION has for an object, which is no location. */
#define JOURNAL_LOCATION_OBJECT 6

/* The value of a key in lines of KEY=VALUE, to be freed; NULL where it is not there. */
char *recording_value(const struct strbuf *lines, const char *key);

#endif
