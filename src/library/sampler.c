/* Samples of a process and its children. */
#include "library/sampler.h"

#include "base/clock.h"
#include "target/reading.h"
#include "timeline/children.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#define NS 1000000000u
#define INTERVAL 0.1

/* Children are looked for not more often than so many times a second, and so is the peak. */
#define LOOKS_A_SECOND 100

static uint64_t nanoseconds(double seconds)
{
	return (uint64_t)(seconds * NS);
}

/* Whether it is worth keeping, where only the highest is. */
static bool is_kept(struct sampler *sampler, const struct ptmem_usage_sample *sample)
{
	if (!sampler->options->max_usage)
		return true;
	if (sample->pid ||
		(sampler->samples.count && sampler->samples.items[0].bytes >= sample->bytes))
		return false;
	sampler->samples.count = 0;
	return true;
}

static struct ptmem_error *add_sample(
	struct sampler *sampler, pid_t pid, int64_t bytes, uint64_t time)
{
	struct ptmem_usage_sample sample = {
		.bytes = bytes, .time = (double)(time - sampler->start) / NS, .pid = pid};

	if (!pid && bytes > sampler->peak)
		sampler->peak = bytes;
	if (is_kept(sampler, &sample)) {
		struct ptmem_usage_sample *new = vec_append(&sampler->samples);

		if (!new)
			return &error_no_memory;
		*new = sample;
	}
	if (sampler->options->on_sample &&
		sampler->options->on_sample(&sample, sampler->options->context))
		sampler->stopped = true;
	return NULL;
}

/* Those that are not there any more, but for the process itself, whose end is waited for. */
static void remove_ended(struct family *family)
{
	for (size_t i = family->members.count; i-- > 1;)
		if (member_has_ended(&family->members.items[i]))
			family_remove(family, &family->members.items[i]);
}

static struct ptmem_error *look(struct sampler *sampler, uint64_t time)
{
	const struct ptmem_usage_options *options = sampler->options;
	struct ptmem_error *error = NULL;
	int64_t peak;

	if (time < sampler->look)
		return NULL;
	sampler->look = time + NS / LOOKS_A_SECOND;
	if (options->include_children || options->multiprocess) {
		remove_ended(&sampler->family);
		error = children_look(&sampler->family);
	}
	if (sampler->started && options->metric == PTMEM_METRIC_RSS && !options->include_children) {
		struct ptmem_error *unknown =
			memory_peak(sampler->family.members.items[0].pid, &peak);

		if (!unknown && peak > sampler->peak)
			sampler->peak = peak;
		error_free(unknown);
	}
	return error;
}

/* A child that cannot be read counts for nothing. */
static struct ptmem_error *read_children(struct sampler *sampler, int64_t *sum, uint64_t time)
{
	struct family *family = &sampler->family;
	struct ptmem_error *error = NULL;

	for (size_t i = 1; !error && i < family->members.count; i++) {
		struct member *member = &family->members.items[i];
		int64_t bytes;
		struct ptmem_error *unread = member_read(member, family->metric, &bytes);

		if (error_is(unread, ERROR_NO_MEMORY))
			return unread;
		error_free(unread);
		if (unread)
			continue;
		*sum += sampler->options->include_children ? bytes : 0;
		if (sampler->options->multiprocess)
			error = add_sample(sampler, member->pid, bytes, time);
	}
	return error;
}

/* ERROR_GONE where the process itself has no memory any more. */
static struct ptmem_error *take(struct sampler *sampler)
{
	struct family *family = &sampler->family;
	uint64_t time = clock_ns();
	int64_t bytes, children = 0;
	struct ptmem_error *error = look(sampler, time);

	if (!sampler->start)
		sampler->start = time;
	if (!error)
		error = member_read(&family->members.items[0], family->metric, &bytes);
	if (!error)
		error = read_children(sampler, &children, time);
	return error ? error : add_sample(sampler, 0, bytes + children, time);
}

struct ptmem_error *sampler_begin(
	struct sampler *sampler, const struct ptmem_usage_options *options, pid_t pid)
{
	struct ptmem_error *error;

	*sampler = (struct sampler){
		.options = options, .family = {.metric = (enum metric)options->metric}};
	error = family_add(&sampler->family, pid, 0, true, NULL);
	if (!error || error->errnum != ENOSYS)
		return error;
	/* Before Linux 5.3, and in valgrind, its end is seen in what cannot be read any more. */
	error_free(error);
	return family_add(&sampler->family, pid, 0, false, NULL);
}

struct ptmem_error *sampler_take_first(struct sampler *sampler)
{
	return take(sampler);
}

void sampler_deinit(struct sampler *sampler)
{
	family_deinit(&sampler->family);
	vec_deinit(&sampler->samples);
}

/* Whether the end came before that time. Signals do not count. */
static bool ends_before(int end, uint64_t until)
{
	struct pollfd polled = {.fd = end, .events = POLLIN};
	int found;

	do {
		uint64_t time = clock_ns(), left = until > time ? until - time : 0;
		struct timespec wait = {
			.tv_sec = (time_t)(left / NS), .tv_nsec = (long)(left % NS)};

		found = ppoll(&polled, 1, &wait, NULL);
	} while (found < 0 || (!found && clock_ns() < until));
	return found > 0;
}

/* On the grid of the first sample, however long the last one took. */
static uint64_t next_due(uint64_t due, uint64_t interval)
{
	uint64_t time = clock_ns();

	due += interval;
	return due >= time ? due : due + (time - due + interval - 1) / interval * interval;
}

struct ptmem_error *sampler_go_on(struct sampler *sampler, int end)
{
	const struct ptmem_usage_options *options = sampler->options;
	uint64_t interval = nanoseconds(options->interval > 0 ? options->interval : INTERVAL);
	uint64_t due = sampler->start;
	uint64_t over =
		options->timeout > 0 ? sampler->start + nanoseconds(options->timeout) : UINT64_MAX;
	struct ptmem_error *error = NULL;

	while (!error && !sampler->stopped && !sampler->ended) {
		due = next_due(due, interval);
		if (due > over) {
			sampler->ended = ends_before(end, over);
			break;
		}
		sampler->ended = ends_before(end, due);
		if (!sampler->ended || sampler->last)
			error = take(sampler);
		/* It is about to end, which is for the descriptor to say, where there is one. */
		if (error_is(error, ERROR_GONE)) {
			sampler->ended |= end < 0;
			error = NULL;
		}
	}
	if (!error && sampler->ended && sampler->last && due > over)
		error = take(sampler);
	return error;
}
