/*
 * What the files of a session share. Only they include this.
 *
 *     session.c    the whole, the loop, the dispatch of events
 *     stops.c      a thread at a breakpoint, after a step, about to get a signal
 *     exact.c      a thread at a page fault, where each is a stop
 *     samples.c    what page faults tell while the target runs on
 *     anchors.c    what samples need not have a copy of
 *     account.c    what a stop finds moved, and whose doing it was
 *     observer.c   what is told of calls, as they are made
 *     limit.c      a process that passes a limit of its memory
 *     lifecycle.c  tasks and processes that begin and end
 *     family.c     the children that a traced process makes
 *     programs.c   programs that begin: the first one, and every exec
 *     loading.c    what they load, and what of it is watched
 *     recordings.c what is written of each process
 *     attach.c     a process that runs already
 *     observe.c    the same, sampled and not traced
 *     leave.c      letting go of all that is traced
 */
#ifndef PTMEM_ENGINE_SESSION_INTERNAL_H
#define PTMEM_ENGINE_SESSION_INTERNAL_H

#include "engine/depth.h"
#include "engine/image.h"
#include "engine/process.h"
#include "engine/record.h"
#include "engine/session.h"
#include "engine/task.h"
#include "target/eager.h"
#include "target/event.h"
#include "target/event_switch.h"
#include "target/ptrace.h"
#include "target/sampling.h"
#include "target/status.h"
#include "target/wait.h"

#define GRAVES 4

/* A child that is traced and has not stopped yet. Its maker is held until it has been let go:
 * alone, nobody would trace it by then. */
struct expected {
	pid_t pid;
	pid_t maker;
};

/* The recording of a process, until the names are known. */
struct recorded {
	struct process_profile *record;
	struct recorder *recorder;
	char *mappings;
};

/* A child that has stopped at its beginning, before its parent's stop told whose it is. */
struct parked {
	pid_t pid;
	pid_t parent;
};

/* Readings of an attached process that are to agree. */
#define RESTS 4

struct session {
	const struct session_options *options;
	struct profiles *profiles;
	struct session_result *result;
	pid_t pid; /* the process that was launched or attached to */
	struct VEC(struct process *) processes;
	struct process *graves[GRAVES]; /* those that ended last */
	unsigned next_grave;
	struct waiter waiter;
	struct tasks tasks;
	struct VEC(struct expected) expected;
	struct VEC(struct parked) parked;
	struct images images;
	struct calls_observer observer;       /* where somebody is told of calls */
	struct receivers receivers;           /* where calls are told apart by their objects */
	struct recorder *recorder;            /* of all, unless each has its own */
	struct VEC(struct recorded) recorded; /* those that are over */
	enum engine engine;                   /* that is at work: not AUTO */
	bool exact;                           /* faults: each is a stop */
	bool sampled;                         /* faults: they are sampled, by this */
	bool brakes;                       /* threads may stop by themselves; or may have been told to */
	struct event_switch event_switch;
	struct sampling sampling;
	struct depth depth;
	struct eager patient; /* ptmem as it was before samples came */
	uint32_t named; /* paths whose names were looked up while nothing else was to be done */
	bool blind;     /* exact: the faults of some thread are none */
	bool missed;    /* samples, since what is charged was settled */
	bool observed;  /* what was attached to is not traced */
	int64_t rests[RESTS]; /* bytes that it had more than samples told, when last looked at */
	unsigned looks;
	struct event
		failed; /* whose handling went wrong: its thread has not gone on; tid 0: none */
	enum event_kind stop;              /* that is being handled */
	bool goes_on;                      /* its thread does so already */
	struct sampled_stack still;        /* as it was when that stood still */
	bool leaving;                      /* what stops now is let go */
	pid_t broken;                      /* that was stopped for a debugger, or 0 */
	bool has_ended;                    /* the status of the first process is known */
	uint64_t hottest_calls;            /* of the hottest function in the result */
	bool checked;                      /* that every pattern matches something */
	bool capable;                      /* programs with privileges keep them */
	bool has_begun;                    /* a program that was launched has begun to run */
	bool has_first;                    /* a process that was watched has ended */
	uint32_t startup, unwatched, exec; /* locations of the brackets */
	uint32_t given_back, unmatched, lost, outside;
};

/* The only place where a tracee is resumed; or let go, once the session is leaving. */
struct ptmem_error *session_resume(struct session *session, struct task *task, int signal);

/* Waits, and says what came; event->tid is that of waiter_next(). */
struct ptmem_error *session_next(struct session *session, struct event *event);

/* One that is there already; false where there is none. event->tid may be 0. */
bool session_peek(struct event *event);

struct ptmem_error *session_dispatch(struct session *session, const struct event *event);

/* A line for the user, for when the run is over. Takes the error over. */
void session_warn(struct session *session, struct ptmem_error *error);

/* observer.c: calls of this process are told of. */
void session_observe_calls(struct session *session, struct process *process);

/* account.c */

/*
 * Reads the memory at a stop of this task, and charges it with what is its share of what
 * moved. A task that is being killed may have no memory to read: then nothing has moved.
 */
struct ptmem_error *session_account(
	struct session *session, struct task *task, struct amounts *reading);

/* The same, but it is not charged: *share is what the task is to be charged with. `faults_tell`:
 * none of it came without a fault. */
struct ptmem_error *session_take(struct session *session, struct task *task, bool faults_tell,
	struct amounts *reading, struct amounts *share);

/* Since that reading, ptmem itself has written to so many pages of the target that it had not yet. */
struct ptmem_error *session_own(
	struct session *session, struct task *task, const struct amounts *reading, uint64_t writes);

/* From here on the task's page faults count; those until now are settled. */
void session_count_faults(struct task *task);
void session_settle_faults(struct task *task);

/* Nobody else comes for what is left: the last one of a process, which ends. */
void session_take_rest(struct task *task);

/* samples.c: where page faults are sampled; each is nothing elsewhere. */

/* A program is about to be launched whose faults will be. */
void session_prepare_samples(struct session *session);

/* From here on they are, of this process that stands at the beginning of its program. */
struct ptmem_error *session_sample(struct session *session, pid_t pid);

/* A process has fresh memory, or a copy of another's: looks at what is resident. */
struct ptmem_error *session_know_pages(struct session *session, struct process *process);

/* Takes all that has come until now; or until then. */
struct ptmem_error *session_take_samples(struct session *session);
struct ptmem_error *session_take_samples_until(struct session *session, uint64_t now);

/* Memory moved where a sample was taken. */
struct ptmem_error *session_on_change(struct session *session, struct task *task,
	const struct sampled *sampled, struct page_change change);

/* What is to be charged now: the memory is taken to be more, or less, by so much. */
struct amounts session_expect(struct process *process, struct page_change change);

/* Notes the calls that a thread is in which is about to be interrupted by a signal. */
struct ptmem_error *session_sample_interrupted(
	struct session *session, struct task *task, const struct registers *registers);

/* What is on the stack of a thread that stands still: an empty one becomes that. */
struct ptmem_error *session_look_at_stack(
	struct task *task, const struct registers *registers, struct sampled_stack *stack);

/* Calls that are not on the thread's stack any more end; those that are begin if memory moved. */
struct ptmem_error *session_bring_stack(
	struct session *session, struct task *task, const struct stack_sample *sample, bool moved);
struct ptmem_error *session_bring_stopped(
	struct session *session, struct task *task, const struct registers *registers, bool moved);

/* The same, of a stack that has been unwound. */
struct ptmem_error *session_follow_stack(struct session *session, struct task *task, bool moved);

/* anchors.c: samples of less than the whole stack; see engine/anchor.h. */

/* A sample of a running thread was taken, in a system call of its or not; so many of the outermost
 * frames are what they were. */
void session_note_sample(struct session *session, struct task *task, bool by_kernel);

/* The thread stands still, as it was told to where its anchor is to be another. */
struct ptmem_error *session_move_anchor(
	struct session *session, struct task *task, const struct registers *registers);

/* A thread stands at a breakpoint: true where it did for nothing else. */
bool session_meet_anchor(struct session *session, struct task *task, uint32_t index,
	const struct registers *registers);

/* Nothing is relied on any more of a thread that stands still. */
void session_drop_anchor(struct session *session, struct task *task);

/* The same, soon, of all threads of a process, or (NULL) of any. */
void session_doubt_anchors(struct session *session, const struct process *process);

/* What was planted is gone, with all that it was in. */
void session_forget_anchors(struct session *session, struct process *process);

/* While little comes, or nothing more will: names are looked up, which would take its time at the
 * end. */
void session_name_ahead(struct session *session);

/* Reads the memory; where nothing runs in it, what no sample told of is charged to a bracket. */
struct ptmem_error *session_settle_samples(
	struct session *session, struct task *task, struct amounts *reading);

/* The same, of what was read when nothing ran in it, and all samples until then have been taken. */
struct ptmem_error *session_settle_reading(
	struct session *session, struct task *task, const struct amounts *reading);

/* The bracket that is charged with this. */
uint32_t session_rest_bracket(struct session *session, const struct amounts *rest);

/* Nothing is sampled any more. */
void session_end_samples(struct session *session);

/* moves.c: the same, of calls that give memory back. */

/* There was one more stop at one. */
void session_count_move(struct session *session, struct process *process);

/* A thread stands behind a brk(), of which many only made the heap larger: from now on these stop
 * nobody, if that can be. */
struct ptmem_error *session_spare_reserves(struct process *process, uint32_t index);

/* A thread stands behind one, where it stopped for that. */
struct ptmem_error *session_on_sampled_move(struct session *session, struct task *task,
	uint32_t index, const struct registers *registers, struct amounts *reading);

/* Whether all there is to the stop is that one was made, alone in its memory; this deals with it, and
 * ends with the thread resumed. */
bool session_only_moves(const struct session *session, const struct task *task, uint32_t index,
	const struct registers *registers);
struct ptmem_error *session_on_mere_move(struct session *session, struct task *task,
	uint32_t index, struct registers *registers);

/* One was sampled. */
struct ptmem_error *session_on_place(
	struct session *session, struct task *task, const struct sampled *sampled);

/* observe.c: a process that runs already is not traced, but sampled. */
struct ptmem_error *session_observe(struct session *session);
struct ptmem_error *session_observe_loop(struct session *session);
void session_observe_leave(struct session *session);

/* A thread of it has begun, or is about to end. */
struct ptmem_error *session_observe_task(struct session *session, const struct sampled *sampled);

/* ptmem wrote to the target. */
void session_refresh_pages(struct session *session, struct process *process);

/* stops.c: each ends with the task resumed. */
struct ptmem_error *session_on_breakpoint(
	struct session *session, struct task *task, const struct event *event);
struct ptmem_error *session_on_step(
	struct session *session, struct task *task, const struct event *event);
struct ptmem_error *session_on_held(
	struct session *session, struct task *task, const struct event *event);
struct ptmem_error *session_on_signal(
	struct session *session, struct task *task, const struct event *event);

/* What a breakpoint took the place of is done, or is about to be. */
struct ptmem_error *session_pass(
	struct session *session, struct task *task, uint32_t index, struct registers *registers);

/* It stopped because it was told to. */
struct ptmem_error *session_on_stop(struct session *session, struct task *task);

/* Where the task is in its own code, with its pc moved there if it is in a slot of ours. */
struct ptmem_error *session_leave_slot(
	struct task *task, struct registers *registers, struct target_address *pc);

/* exact.c: where each fault is a stop. */

/* From here on the task's page faults are stops, if they are to be; it may run. */
void session_watch_faults(struct session *session, struct task *task);

/* The same for all that is in this memory. */
void session_watch_all_faults(struct session *session, struct process *process);

/* Whether a trap of it is pending, which must be reported before it is let go. One that it holds
 * back, with SIGTRAP, is reported all the same, when the task is next resumed. */
struct ptmem_error *session_lend_trap(struct session *session, struct task *task, bool *pending);

/* Ends with the task resumed. */
struct ptmem_error *session_on_fault(
	struct session *session, struct task *task, const struct event *event);

/* It has just made a system call that may have moved memory, and stands behind it. */
struct ptmem_error *session_on_move(struct session *session, struct task *task,
	const struct registers *registers, struct amounts *reading);

/*
 * This moved since the task's last stop: it is charged to what the task is in the midst of, as
 * its registers tell, and its calls are on its shadow stack from now on. Where nothing but
 * `grew` memory counts and none did, it was the doing of the calls that are there already.
 */
struct ptmem_error *session_charge_here(struct task *task, const struct registers *registers,
	const struct amounts *share, bool grew);

/* limit.c */

/* The task is stopped, and what moved until now has been charged. */
void session_check_limits(struct session *session, struct task *task);

/* What was stopped for it is let go: hands it to a debugger, and has it go on after that. */
void session_debug(struct session *session);

/* lifecycle.c */

/* NULL when out of memory. */
struct process *session_add_process(struct session *session, pid_t pid);

/* The process with this id; NULL where none is traced. */
struct process *session_find_process(const struct session *session, pid_t pid);

/* A thread of this group in that memory; *added may be NULL. */
struct ptmem_error *session_add_task(struct session *session, struct process *process, pid_t tid,
	pid_t group, const char *name, struct task **added);

/* It is about to be seen no more: what is to be known of its process at the end. */
void session_keep_end(struct task *task);

/* Its calls end, and it is forgotten; with the last of them, so is the process. */
void session_remove_task(struct session *session, struct task *task);

struct ptmem_error *session_on_exiting(struct session *session, struct task *task);

/* If this is the end of the process that was launched or attached to, its status is known; one
 * that runs unwatched ends as well. */
void session_note_end(struct session *session, const struct event *event);
void session_on_exited(struct session *session, struct task *task, const struct event *event);

/* family.c */

/* A task that nobody has heard of has stopped: *known is what it is from now on, if ours. */
struct ptmem_error *session_meet(struct session *session, pid_t tid, struct task **known);

/* A task that nobody has heard of has ended. */
void session_forget(struct session *session, pid_t tid);

/* This task has made another one; ends with the task resumed, or held. */
struct ptmem_error *session_on_new_task(struct session *session, struct task *task);

/*
 * A guest begins or ends a system call. Where it is about to execute a program that would not
 * have its privileges under a tracer like us, it is let go.
 */
struct ptmem_error *session_on_syscall(struct session *session, struct task *task);

/* A process is no more, and with it whatever it would have told of children that have stopped. */
struct ptmem_error *session_adopt(struct session *session, struct process *process);

/* programs.c */

/* The child of a vfork has memory of its own now; ends with it resumed, or let go. */
struct ptmem_error *session_free_guest(struct session *session, struct task *task);

struct ptmem_error *session_on_exec(struct session *session, struct task *task);

/* Reads the files of what a process runs and has loaded. `begins`: it is before its first
 * instruction. */
struct ptmem_error *session_open_program(
	struct session *session, struct process *process, bool begins);

/* From its first reading on the process is measured. */
void session_start(struct session *session, struct process *process);

/* loading.c */

/* Looks at what a process has loaded, and decides what is watched of it. */
struct ptmem_error *session_load(struct session *session, struct process *process);

/* Plants what was decided, and has not been planted yet: in all objects, or the program alone. */
struct ptmem_error *session_plant(
	struct session *session, struct process *process, pid_t tid, bool program_alone);

/* The first program is about to begin: a pattern that matches nothing is an error, unless what is
 * still to come may match it. */
struct ptmem_error *session_check_patterns(struct session *session);

/* The same, of a process that ran already. ERROR_GONE where that has ended meanwhile. */
struct ptmem_error *session_check_running(struct session *session);

/* The run is over: warns of those that never matched, where that could not be known before. */
void session_tell_unmatched(struct session *session);

/* The same for what was said of objects. */
void session_tell_unused_rules(struct session *session);

/* The run is over, and all debug info was read that is needed: warns of what was not as it should
 * be. */
void session_tell_problems(struct session *session);

/* The objects that have no debug info, and would have been watched or are; see session.h. */
char *session_undescribed(const struct session *session);

/* recordings.c */

/* A process is about to be measured: its command is known, and its recording begins. */
void session_record(struct session *session, struct process *process);

/* It runs another program now. */
void session_know_command(struct process *process, char *const *argv);

/* It is over. */
void session_leave_recording(struct session *session, struct process *process);

/* The run is over, and all names are known. */
void session_end_recordings(struct session *session);

/* attach.c */

/* Every thread is traced and all is planted when this returns; some have yet to be met. */
struct ptmem_error *session_attach(struct session *session);

/* What is on the stack of a thread that ran before it was traced. It is stopped, just behind a
 * breakpoint where it is trapped. */
struct ptmem_error *session_greet(struct session *session, struct task *task, bool trapped);

/* leave.c */

/* Lets go of everything. Nothing is traced any more when this returns. */
void session_leave(struct session *session);

/* Lets go of those that were kept until all others of their memory had been let go. */
void session_finish(struct session *session);

/* The end of tracing a thread, which is no task any more. */
struct ptmem_error *session_free_thread(const struct session *session, pid_t tid, int signal);

/* The task has stopped while the session is leaving. */
struct ptmem_error *session_let_go(struct session *session, struct task *task, int signal);

#endif
