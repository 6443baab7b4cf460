/* The processes whose memory is read. */
#include "timeline/family.h"

#include "target/threads.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

void family_deinit(struct family *family)
{
	while (family->members.count)
		family_remove(family, &family->members.items[family->members.count - 1]);
	vec_deinit(&family->members);
}

struct member *family_find(const struct family *family, pid_t pid)
{
	for (size_t i = 0; i < family->members.count; i++)
		if (family->members.items[i].pid == pid)
			return &family->members.items[i];
	return NULL;
}

/* Where that may not be asked, it has memory of its own. */
static bool is_guest(pid_t pid, pid_t parent)
{
	return parent > 0 && !syscall(SYS_kcmp, pid, parent, KCMP_VM, 0, 0);
}

static struct ptmem_error *open_end(pid_t pid, int *end)
{
	*end = (int)syscall(SYS_pidfd_open, pid, 0);
	if (*end >= 0)
		return NULL;
	return errno == ESRCH ? &error_gone : error_errno(errno, "watching process %d", pid);
}

struct ptmem_error *family_add(
	struct family *family, pid_t pid, pid_t parent, bool watch, struct member **added)
{
	struct member member = {.pid = pid, .parent = parent, .end = -1, .source = {.fd = -1}};
	struct ptmem_error *error = watch ? open_end(pid, &member.end) : NULL;
	struct member *new;

	if (error)
		return error;
	member.guest = is_guest(pid, parent);
	new = vec_append(&family->members);
	if (!new) {
		if (member.end >= 0)
			close(member.end);
		return &error_no_memory;
	}
	*new = member;
	if (added)
		*added = new;
	return NULL;
}

void family_remove(struct family *family, struct member *member)
{
	size_t left = (size_t)(family->members.items + --family->members.count - member);

	memory_source_close(&member->source);
	if (member->end >= 0)
		close(member->end);
	memmove(member, member + 1, left * sizeof *member);
}

bool member_has_ended(const struct member *member)
{
	struct pollfd end = {.fd = member->end, .events = POLLIN};

	return member->end >= 0 && poll(&end, 1, 0) > 0;
}

void member_executes(struct member *member)
{
	member->guest = false;
	member->leader_ended = false;
	memory_source_close(&member->source);
}

/* By this thread, from now on. */
static struct ptmem_error *read_by(
	struct member *member, pid_t tid, enum metric metric, struct amounts *reading)
{
	struct ptmem_error *error;

	memory_source_close(&member->source);
	error = memory_source_open(tid, metric, &member->source);
	return error ? error : memory_source_read(&member->source, reading);
}

/* Its first thread may have ended before the others: each of these will do. */
static struct ptmem_error *read_by_any(
	struct member *member, enum metric metric, struct amounts *reading)
{
	struct threads threads = {0};
	struct ptmem_error *error = threads_read(member->pid, &threads);

	if (!error)
		error = &error_gone;
	for (size_t i = 0; i < threads.count && error_is(error, ERROR_GONE); i++)
		error = read_by(member, threads.items[i], metric, reading);
	vec_deinit(&threads);
	return error;
}

struct ptmem_error *member_read(struct member *member, enum metric metric, int64_t *bytes)
{
	struct amounts reading;
	struct ptmem_error *error = &error_gone;

	if (member->guest && is_guest(member->pid, member->parent))
		return &error_gone;
	member->guest = false;
	if (member->source.fd >= 0)
		error = memory_source_read(&member->source, &reading);
	/* After an exec some files go on telling of the memory that was. */
	if (error_is(error, ERROR_GONE) && !member_has_ended(member))
		error = read_by_any(member, metric, &reading);
	if (!error)
		*bytes = reading.bytes[0];
	return error;
}
