/* From wait status to event. */
#include "target/event.h"

#include "target/brake.h"
#include "target/fault_event.h"

#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

/* Since Linux 5.13; older headers of the C library lack it. */
#ifndef TRAP_PERF
#define TRAP_PERF 6
#endif

bool event_needs_siginfo(int status)
{
	return WIFSTOPPED(status) && (status >> 8 == SIGTRAP || status >> 8 == SIGSTOP);
}

/* In the kernel's siginfo_t (include/uapi/asm-generic/siginfo.h): si_perf_flags, which the C
 * library has no name for, and TRAP_PERF_FLAG_ASYNC in it. */
#define PERF_FLAGS_OFFSET 36
#define PERF_FLAG_ASYNC 1u

/* And si_perf_data: a program may have events of its own. */
#define PERF_DATA_OFFSET 24

static bool is_ours(const siginfo_t *info)
{
	uint64_t data;

	memcpy(&data, (const char *)info + PERF_DATA_OFFSET, sizeof data);
	return data == FAULT_EVENT_DATA;
}

static bool is_late(const siginfo_t *info)
{
	uint32_t flags;

	memcpy(&flags, (const char *)info + PERF_FLAGS_OFFSET, sizeof flags);
	return flags & PERF_FLAG_ASYNC;
}

/* The kernel says who raised a SIGTRAP; one sent by kill(2) is the program's business. */
static enum event_kind event_of_trap(const siginfo_t *info)
{
	switch (info->si_code) {
	case SI_KERNEL: /* int3 on x86 */
	case TRAP_BRKPT:
		return EVENT_BREAKPOINT;
	case TRAP_TRACE:
		return EVENT_STEP;
	case TRAP_PERF:
		return is_ours(info) ? EVENT_FAULT : EVENT_SIGNAL;
	default:
		return EVENT_SIGNAL;
	}
}

static enum event_kind event_of_stop(int signal)
{
	switch (signal) {
	case SIGSTOP:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
		return EVENT_GROUP_STOP;
	default:
		return EVENT_STOPPED;
	}
}

static enum event_kind event_of_ptrace(int event, int signal)
{
	switch (event) {
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		return EVENT_NEW_TASK;
	case PTRACE_EVENT_EXEC:
		return EVENT_EXEC;
	case PTRACE_EVENT_EXIT:
		return EVENT_EXITING;
	case PTRACE_EVENT_STOP:
		return event_of_stop(signal);
	default:
		return EVENT_STOPPED;
	}
}

struct event event_classify(pid_t tid, int status, const siginfo_t *info)
{
	struct event event = {.tid = tid, .status = status};
	int signal = WSTOPSIG(status);

	if (!WIFSTOPPED(status)) {
		event.kind = EVENT_EXITED;
		return event;
	}
	if (status >> 16) {
		event.kind = event_of_ptrace(status >> 16, signal);
		event.signal = event.kind == EVENT_GROUP_STOP ? signal : 0;
		return event;
	}
	if (signal == (SIGTRAP | 0x80)) {
		event.kind = EVENT_SYSCALL;
		return event;
	}
	event.kind = EVENT_SIGNAL;
	if (signal == SIGTRAP)
		event.kind = event_of_trap(info);
	else if (signal == SIGSTOP && brake_sent(info))
		event.kind = EVENT_HELD;
	event.signal = event.kind == EVENT_FAULT ? 0 : signal;
	event.late = event.kind == EVENT_FAULT && is_late(info);
	return event;
}
