/*
 * A session: a program launched or attached to, watched until its end or until it is let go,
 * and what it measured.
 *
 * The loop is three words: while (dispatch(next event)). Everything that happens to the
 * target happens from here; the engines only say what a stop means for the profile.
 */
#ifndef PTMEM_ENGINE_SESSION_H
#define PTMEM_ENGINE_SESSION_H

#include "base/error.h"
#include "profile/profiles.h"
#include "symbol/line_selection.h"
#include "symbol/object_rules.h"
#include "symbol/options.h"
#include "symbol/pattern.h"
#include "target/launch.h"

#include <stdbool.h>
#include <stdint.h>

/* Where a run is recorded. %p, %h, %n and %r in the name stand for the pid, the host, the
 * program and the rank of an MPI job. */
struct record_options {
	const char *pattern; /* NULL: nowhere */
	bool force;          /* overwrite a file that is not ptmem's */
};

/* How growth is caught. */
enum engine {
	ENGINE_AUTO,        /* by calls where functions are named, else by faults where it can be */
	ENGINE_BREAKPOINTS, /* a stop at every call of what is watched, and at its return */
	ENGINE_FAULTS, /* page faults, as samples that the kernel takes or, exactly, as stops */
};

/* Where nothing else is said: let a function go after so many calls that changed nothing. */
#define SESSION_MAX_HITS 1000

/*
 * Is told of what happens to the program as it does, while the thread in question stands still. A
 * thread's calls end in the reverse order of their beginning; those under way at its end do then.
 */
struct session_observer {
	void *context;
	void (*begin)(void *context, pid_t pid); /* its memory is there, and nothing of it has run */
	void (*enter)(void *context, pid_t tid, const char *function);
	void (*leave)(void *context, pid_t tid);
	void (*end)(void *context); /* it is about to; its memory is still there */
};

struct session_options {
	enum engine engine;
	bool exact;        /* faults: each is a stop */
	char *const *argv; /* the program, found in PATH where it has no slash */
	pid_t attach;      /* a process to attach to instead, or 0 */
	bool follow;       /* children too, each a process of its own */
	bool first;        /* until the first of the followed processes ends */
	double duration;   /* let go after so many seconds; 0: never */
	enum metric metric;
	struct pattern_list *funcs; /* empty: all that debug info describes */
	struct pattern_list *exclude;
	struct pattern_list *files; /* empty: any */
	struct object_rules
		*objects;          /* calls are told apart by their objects; NULL: they are not */
	struct pattern_list *libs; /* which objects; empty: all with debug info */
	uint64_t
		max_hits; /* let a function go after so many calls that changed nothing; 0: never */
	bool max_hits_given;
	bool aslr;
	enum thp_mode thp;
	const struct symbol_options *symbols; /* NULL: nothing said */
	struct record_options record;
	struct pattern_list *from, *until; /* where what is measured begins, and ends */
	struct line_selection *lines;      /* NULL: nothing line by line */
	const struct session_observer *observer; /* NULL: none */

	/*
	 * Bytes; 0: none. A process that passes one of them is stopped there, and each line about
	 * that is told. At the first it goes on, unless there is a debugger: that is called with
	 * the process stopped, and not traced any more. At the second it is killed.
	 */
	int64_t break_at, kill_at;
	void (*tell)(const char *line);
	void (*debug)(pid_t pid); /* returns when that is over; NULL: there is none */
};

/* What a run was like, beside the numbers in the profile. */
struct session_result {
	enum engine engine; /* that was at work */
	bool exact;         /* faults: each was a stop */
	bool over_limit;    /* a process was killed for its memory */
	bool user_only;     /* page faults inside of system calls were hidden */
	int status;         /* of the program, as waitpid(2) gives it */
	uint64_t let_go;    /* processes that run on */
	bool detached;      /* it was let go: its status is not known */
	uint64_t calls;     /* all that were seen */
	uint64_t functions; /* that were watched */
	uint64_t released;  /* functions let go by max_hits */
	uint32_t hottest;   /* location of the released one with the most calls, or UINT32_MAX */
	uint64_t stops;     /* of the program, for whatever reason: ends are none */
	uint64_t at_breakpoints, at_faults; /* of these */
	uint64_t steps;                     /* single steps that could not be avoided */
	uint64_t ambiguous; /* bytes that several threads moved at once, page faults not telling
			       whose */
	uint64_t samples;   /* page faults that were sampled */
	uint64_t lost;      /* that the rings had no room for */
	uint64_t held;      /* times that the target was held, to keep up with it */
	bool given_up;      /* stops at calls that give memory back, which were too many */
	uint64_t cut;       /* samples whose stack could not be followed to its end */
	uint64_t uncaught;  /* calls whose return could not be caught */
	char *recording;    /* the first file that the run was recorded in, or NULL; owned */
	uint64_t recordings;
	char *undescribed;  /* the objects whose functions debug info would have named, or NULL:
			       their  file names, separated by commas; owned */
	char *warnings[12]; /* one line each, NULL after the last; owned */
};

/*
 * Runs the program to its end, or watches one that runs. *profiles must be empty; they come
 * back resolved: their locations have names. An error means that nothing was measured, and
 * that nothing is left behind: no program of ours, nothing in one that was attached to.
 */
struct ptmem_error *session_run(const struct session_options *options, struct profiles *profiles,
	struct session_result *result);
void session_result_deinit(struct session_result *result);

#endif
