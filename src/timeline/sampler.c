/*
 * Reading all that is to be read, and writing it down. The memory of several processes is
 * added up by one reading each, one right after the other.
 */
#include "timeline/timeline_internal.h"

#include "timeline/children.h"

#define MIB 1048576.0
#define NS 1000000000u

/* Not more often than so many times a second, however short the interval. */
#define LOOKS_A_SECOND 100
#define PEAKS_A_SECOND 20

/* A sum that an end brings about may cost a fifth of the time. */
#define SUM_PAUSES 4

static bool is_due(uint64_t *due, unsigned a_second)
{
	uint64_t time = timeline_now();

	if (time < *due)
		return false;
	*due = time + NS / a_second;
	return true;
}

struct series_sample timeline_sample_of(const struct timeline *timeline, int64_t bytes)
{
	return (struct series_sample){
		.memory = (double)bytes / MIB,
		.time = timeline->epoch + (double)timeline_now() / NS,
	};
}

static struct ptmem_error *write_whole(struct timeline *timeline, int64_t bytes)
{
	struct series_sample sample = timeline_sample_of(timeline, bytes);

	if (sample.memory > timeline->highest)
		timeline->highest = sample.memory;
	timeline->result->samples++;
	return series_write_sample(timeline->options->writer, 0, &sample);
}

static struct ptmem_error *write_child(struct timeline *timeline, pid_t pid, int64_t bytes)
{
	struct series_sample sample = timeline_sample_of(timeline, bytes);

	return series_write_sample(timeline->options->writer, pid, &sample);
}

/* What cannot be read of the program is an error; of a child, a warning. */
static struct ptmem_error *read_member(
	struct timeline *timeline, struct member *member, int64_t *bytes, bool *read)
{
	struct ptmem_error *error = member_read(member, timeline->family.metric, bytes);

	*read = !error;
	if (!error || error_is(error, ERROR_GONE))
		return NULL;
	if (member->pid == timeline->pid || error_is(error, ERROR_NO_MEMORY))
		return error;
	if (!timeline->unreadable)
		timeline_warn(timeline, error);
	else
		error_free(error);
	timeline->unreadable = true;
	return NULL;
}

/* Only while the program itself is there: else the sum would fall at its very end. */
static struct ptmem_error *sample_members(struct timeline *timeline)
{
	struct family *family = &timeline->family;
	struct ptmem_error *error = NULL;
	int64_t whole = 0;
	bool there = false;

	for (size_t i = 0; !error && i < family->members.count; i++) {
		struct member *member = &family->members.items[i];
		int64_t bytes = 0;
		bool read, first = member->pid == timeline->pid;

		error = read_member(timeline, member, &bytes, &read);
		there |= first && read;
		if (read && (first || timeline->options->sum))
			whole += bytes;
		if (!error && read && !first && timeline->options->each)
			error = write_child(timeline, member->pid, bytes);
	}
	return error || !there ? error : write_whole(timeline, whole);
}

/* The program's own end is waited for. */
static void remove_ended(struct timeline *timeline)
{
	struct family *family = &timeline->family;

	for (size_t i = family->members.count; i-- > 0;)
		if (family->members.items[i].pid != timeline->pid &&
			member_has_ended(&family->members.items[i]))
			family_remove(family, &family->members.items[i]);
}

void timeline_look_at_peak(struct timeline *timeline)
{
	int64_t peak;
	struct ptmem_error *error = memory_peak(timeline->pid, &peak);

	if (!error && peak > timeline->peak)
		timeline->peak = peak;
	error_free(error);
}

struct ptmem_error *timeline_sample(struct timeline *timeline)
{
	const struct timeline_options *options = timeline->options;
	uint64_t start = timeline_now();
	struct ptmem_error *error = NULL;

	if ((options->sum || options->each) && !timeline->traced &&
		is_due(&timeline->look_due, LOOKS_A_SECOND)) {
		remove_ended(timeline);
		error = children_look(&timeline->family);
	}
	if (!error)
		error = sample_members(timeline);
	if (is_due(&timeline->peak_due, PEAKS_A_SECOND))
		timeline_look_at_peak(timeline);
	timeline->sum_due = timeline_now();
	timeline->sum_due += SUM_PAUSES * (timeline->sum_due - start);
	return error;
}

struct ptmem_error *timeline_sample_end(struct timeline *timeline, struct member *member)
{
	const struct timeline_options *options = timeline->options;
	struct ptmem_error *error = NULL;
	int64_t bytes;
	bool read;

	if (member->pid == timeline->pid) {
		timeline_look_at_peak(timeline);
		return timeline_sample(timeline);
	}
	if (options->sum && timeline_now() >= timeline->sum_due)
		return timeline_sample(timeline);
	if (options->each)
		error = read_member(timeline, member, &bytes, &read);
	if (!error && options->each && read)
		error = write_child(timeline, member->pid, bytes);
	return error;
}

struct ptmem_error *timeline_write_peak(struct timeline *timeline)
{
	double peak = (double)timeline->peak / MIB;

	if (timeline->options->sum || timeline->family.metric != METRIC_RSS || !timeline->peak)
		return NULL;
	return series_write_peak(
		timeline->options->writer, peak > timeline->highest ? peak : timeline->highest);
}
