/* Classification of wait statuses, from fabricated ones. */
#include "target/event.h"
#include "target/fault_event.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#define STOPPED(signal) ((signal) << 8 | 0x7f)
#define EVENT(event, signal) (STOPPED(signal) | (event) << 16)

static struct event classify(int status)
{
	return event_classify(42, status, NULL);
}

static enum event_kind trap(int code)
{
	siginfo_t info = {.si_signo = SIGTRAP, .si_code = code};

	return event_classify(42, STOPPED(SIGTRAP), &info).kind;
}

Test(event, ends)
{
	struct event event = classify(3 << 8);

	cr_assert_eq(event.kind, EVENT_EXITED);
	cr_assert_eq(event.tid, 42);
	cr_assert_eq(WEXITSTATUS(event.status), 3);
	event = classify(SIGKILL);
	cr_assert_eq(event.kind, EVENT_EXITED);
	cr_assert_eq(WTERMSIG(event.status), SIGKILL);
	cr_assert_eq(classify(SIGSEGV | 0x80).kind, EVENT_EXITED);
}

Test(event, traps_are_told_apart_by_code)
{
	cr_assert_eq(trap(SI_KERNEL), EVENT_BREAKPOINT);
	cr_assert_eq(trap(TRAP_BRKPT), EVENT_BREAKPOINT);
	cr_assert_eq(trap(TRAP_TRACE), EVENT_STEP);
	cr_assert_eq(trap(SI_USER), EVENT_SIGNAL);
	cr_assert_eq(trap(SI_TKILL), EVENT_SIGNAL);
	cr_assert_eq(trap(SI_QUEUE), EVENT_SIGNAL);
	cr_assert_eq(trap(TRAP_HWBKPT), EVENT_SIGNAL);
}

Test(event, only_traps_and_stops_need_siginfo)
{
	cr_assert(event_needs_siginfo(STOPPED(SIGTRAP)));
	cr_assert(event_needs_siginfo(STOPPED(SIGSTOP)));
	cr_assert_not(event_needs_siginfo(STOPPED(SIGSEGV)));
	cr_assert_not(event_needs_siginfo(EVENT(PTRACE_EVENT_STOP, SIGTRAP)));
	cr_assert_not(event_needs_siginfo(EVENT(PTRACE_EVENT_STOP, SIGSTOP)));
	cr_assert_not(event_needs_siginfo(EVENT(PTRACE_EVENT_EXEC, SIGTRAP)));
	cr_assert_not(event_needs_siginfo(SIGTRAP));
	cr_assert_not(event_needs_siginfo(SIGTRAP << 8));
}

Test(event, signals_are_passed_on)
{
	static const int signals[] = {SIGSEGV, SIGINT, SIGTSTP, SIGCHLD, SIGUSR1, 64};

	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
		struct event event = classify(STOPPED(signals[i]));

		cr_assert_eq(event.kind, EVENT_SIGNAL);
		cr_assert_eq(event.signal, signals[i]);
	}
}

/* Nobody but the kernel may say that it is for us. */
Test(event, a_stop_is_passed_on_unless_a_brake_sent_it)
{
	siginfo_t info = {.si_signo = SIGSTOP, .si_code = SI_USER};
	struct event event = event_classify(42, STOPPED(SIGSTOP), &info);

	cr_assert_eq(event.kind, EVENT_SIGNAL);
	cr_assert_eq(event.signal, SIGSTOP);
	info.si_code = SI_TKILL;
	cr_assert_eq(event_classify(42, STOPPED(SIGSTOP), &info).kind, EVENT_SIGNAL);
	info.si_code = SI_KERNEL;
	cr_assert_eq(event_classify(42, STOPPED(SIGSTOP), &info).kind, EVENT_HELD);
}

Test(event, job_control_stops_are_left_alone)
{
	cr_assert_eq(classify(EVENT(PTRACE_EVENT_STOP, SIGSTOP)).kind, EVENT_GROUP_STOP);
	cr_assert_eq(classify(EVENT(PTRACE_EVENT_STOP, SIGTSTP)).kind, EVENT_GROUP_STOP);
	cr_assert_eq(classify(EVENT(PTRACE_EVENT_STOP, SIGTTIN)).kind, EVENT_GROUP_STOP);
	cr_assert_eq(classify(EVENT(PTRACE_EVENT_STOP, SIGTTOU)).kind, EVENT_GROUP_STOP);
	cr_assert_eq(classify(EVENT(PTRACE_EVENT_STOP, SIGTRAP)).kind, EVENT_STOPPED);
	cr_assert_eq(classify(EVENT(PTRACE_EVENT_STOP, SIGCONT)).kind, EVENT_STOPPED);
}

Test(event, ptrace_events)
{
	static const struct {
		int event;
		enum event_kind kind;
	} cases[] = {
		{PTRACE_EVENT_FORK, EVENT_NEW_TASK},
		{PTRACE_EVENT_VFORK, EVENT_NEW_TASK},
		{PTRACE_EVENT_CLONE, EVENT_NEW_TASK},
		{PTRACE_EVENT_EXEC, EVENT_EXEC},
		{PTRACE_EVENT_EXIT, EVENT_EXITING},
		{PTRACE_EVENT_VFORK_DONE, EVENT_STOPPED},
		{PTRACE_EVENT_SECCOMP, EVENT_STOPPED},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct event event = classify(EVENT(cases[i].event, SIGTRAP));

		cr_assert_eq(event.kind, cases[i].kind);
		cr_assert_eq(event.signal, 0, "nothing to deliver at a ptrace event");
	}
}

/* As the kernel lays out what a perf event sends. */
static struct event classify_fault(uint32_t flags)
{
	siginfo_t info = {.si_signo = SIGTRAP, .si_code = 6};
	uint64_t data = FAULT_EVENT_DATA;

	memcpy((char *)&info + 24, &data, sizeof data);
	memcpy((char *)&info + 36, &flags, sizeof flags);
	return event_classify(1, STOPPED(SIGTRAP), &info);
}

Test(event, a_page_fault_is_nothing_to_deliver)
{
	struct event event = classify_fault(0);

	cr_assert_eq(event.kind, EVENT_FAULT);
	cr_assert_eq(event.signal, 0);
	cr_assert_not(event.late);
}

Test(event, an_event_of_the_programs_own_is_a_signal)
{
	siginfo_t info = {.si_signo = SIGTRAP, .si_code = 6};

	cr_assert_eq(event_classify(1, STOPPED(SIGTRAP), &info).kind, EVENT_SIGNAL);
}

Test(event, a_page_fault_while_its_signal_was_held_back_is_late)
{
	cr_assert_eq(classify_fault(1).kind, EVENT_FAULT);
	cr_assert(classify_fault(1).late);
}
