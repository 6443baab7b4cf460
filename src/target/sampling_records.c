/* What the rings hold, in the order of its time. */
#include "target/sampling_internal.h"

#include <string.h>
#include <sys/mman.h>

/* Part of a ring that is read before the kernel is told that it has room again. */
#define TOLD_OF 4

/* Part of a ring that is to come from one look to the next, and how soon that may be, in ns. */
#define LOOK_AT 8
#define APART_MIN 500000
#define APART_MAX 20000000

/* A thread that has no page fault for so long is not waited for. */
#define WANTED_NS 20000000

/* Where looks are so far apart, a ring has room for eight times as long. */
#define APART_EASY 2000000

/* Of the next record: what comes before the stack, and where the stack ends. */
#define FETCHED 512
#define CACHE_LINE 64

/* Copies of stacks have so many bytes some times over, unless there is no more to copy. */
#define STACK_UNIT 1024

/* By which a fault is known again that was sampled at two depths, within so many ns. */
#define AT_ONCE 20000

/* So that about this part of a ring comes from one look to the next, if it comes as it did since
 * the last one. */
static uint64_t apart_by(const struct sampling_stream *stream, uint64_t time, uint64_t came)
{
	return came ? stream->size / LOOK_AT * time / came : APART_MAX;
}

/* What stood still has to go on for a while before it is looked at less often. */
static uint64_t limit_apart(uint64_t apart, uint64_t before)
{
	if (apart > 2 * before)
		apart = 2 * before;
	if (apart < APART_MIN)
		apart = APART_MIN;
	return apart < APART_MAX ? apart : APART_MAX;
}

void sampling_look(struct sampling *sampling, uint64_t now)
{
	uint64_t time = now - sampling->until, least = APART_MAX;

	if (sampling->wanted && now - sampling->wanted_since > WANTED_NS)
		sampling_unwant(sampling, sampling->wanted);
	for (size_t i = 0; i < sampling->streams.count; i++) {
		struct sampling_stream *stream = &sampling->streams.items[i];
		uint64_t before = stream->head, apart;

		sampling_count(sampling, stream);
		stream->head = __atomic_load_n(stream->written, __ATOMIC_ACQUIRE);
		apart = apart_by(stream, time, stream->head - before);
		least = apart < least ? apart : least;
	}
	sampling->apart = limit_apart(least, sampling->apart);
	sampling->until = now;
}

bool sampling_is_behind(const struct sampling *sampling)
{
	for (size_t i = 0; i < sampling->streams.count; i++) {
		const struct sampling_stream *stream = &sampling->streams.items[i];

		if (stream->head - stream->told > stream->size / 2)
			return true;
	}
	return false;
}

bool sampling_has_time(const struct sampling *sampling)
{
	return sampling->apart >= APART_EASY;
}

/* Where so much of the record at the tail lies in one piece; NULL: it goes round the end. */
static const uint8_t *stream_piece(const struct sampling_stream *stream, size_t size)
{
	size_t at = (size_t)stream->tail & (stream->size - 1);

	return stream->brief || at + size <= stream->size ? stream->data + at : NULL;
}

/* Some bytes of the record at the tail. */
static void stream_copy(
	const struct sampling_stream *stream, size_t offset, void *bytes, size_t size)
{
	const uint8_t *piece = stream_piece(stream, offset + size);
	size_t at = (size_t)(stream->tail + offset) & (stream->size - 1);
	size_t first = size < stream->size - at ? size : stream->size - at;

	if (piece) {
		memcpy(bytes, piece + offset, size);
		return;
	}
	memcpy(bytes, stream->data + at, first);
	memcpy((uint8_t *)bytes + first, stream->data, size - first);
}

static struct perf_event_header stream_header(const struct sampling_stream *stream)
{
	struct perf_event_header header;

	stream_copy(stream, 0, &header, sizeof header);
	return header;
}

/* The time of the record at the tail: of a sample the fourth word, of all others the last but one.
 */
static uint64_t stream_time(struct sampling_stream *stream)
{
	struct perf_event_header header;

	if (stream->time)
		return stream->time;
	header = stream_header(stream);
	stream_copy(stream, header.type == PERF_RECORD_SAMPLE ? 24 : header.size - 16u,
		&stream->time, sizeof stream->time);
	return stream->time;
}

static struct sampling_stream *earliest(const struct sampling *sampling, uint64_t until)
{
	struct sampling_stream *found = NULL;

	for (size_t i = 0; i < sampling->streams.count; i++) {
		struct sampling_stream *stream = &sampling->streams.items[i];

		if (stream->tail < stream->head && stream_time(stream) <= until) {
			until = stream->time;
			found = stream;
		}
	}
	return found;
}

static uint64_t take_word(const uint8_t **at)
{
	uint64_t word;

	memcpy(&word, *at, sizeof word);
	*at += sizeof word;
	return word;
}

/* The place that an event is of; NULL: of none. */
static const struct sampling_place *place_of(
	const struct sampling *sampling, uint64_t address, uint64_t id)
{
	bool is_place = false;

	for (size_t i = 0; i < sampling->options.place_count; i++)
		is_place |= sampling->options.places[i].address == address;
	for (size_t i = 0; is_place && i < sampling->place_events.count; i++)
		if (sampling->place_events.items[i].id == id)
			return sampling->place_events.items[i].place;
	return NULL;
}

static void take_registers(const uint8_t **at, bool of_call, struct registers *registers)
{
	uint64_t mask = of_call ? arch->sampled_call_registers : arch->sampled_registers;
	unsigned count = (unsigned)__builtin_popcountll(mask);
	uint64_t values[64];

	for (unsigned i = 0; i < count; i++)
		values[i] = take_word(at);
	if (of_call)
		arch->take_sampled_call(registers, values);
	else
		arch->take_sampled(registers, values);
}

/* event, which what is in brief has none of; pid, tid; time; addr; abi, registers; size, stack,
 * size that counts. */
static void parse_sample(
	const struct sampling *sampling, const uint8_t *at, struct sampled *sampled)
{
	uint64_t event = take_word(&at), ids = take_word(&at), size;
	const struct sampling_place *place;

	sampled->event = event;
	sampled->pid = (pid_t)(uint32_t)ids;
	sampled->tid = (pid_t)(ids >> 32);
	sampled->time = take_word(&at);
	sampled->address = take_word(&at);
	place = place_of(sampling, sampled->address, event);
	sampled->kind = place ? SAMPLED_PLACE : SAMPLED_FAULT;
	sampled->what = place ? place->what : 0;
	sampled->has_registers = take_word(&at) != PERF_SAMPLE_REGS_ABI_NONE;
	if (sampled->has_registers)
		take_registers(&at, place, &sampled->registers);
	size = take_word(&at);
	if (event && size % STACK_UNIT && sampled->has_registers)
		sampling_note_end(sampling, arch->stack_pointer(&sampled->registers).value + size);
	sampled->stack = at;
	at += size;
	sampled->stack_size = size ? take_word(&at) : 0;
}

/* Where stacks are relied on, one fault after the other may be sampled by another event: a fault is
 * twice only while what is sampled was being changed. Else it may always be: a thread that began
 * meanwhile was found, and has inherited. */
static bool may_be_double(const struct sampling *sampling, uint64_t time)
{
	return !sampling->selects ||
	       (time + AT_ONCE > sampling->both_from && time < sampling->both_to + AT_ONCE);
}

/* The same fault as the one before, by another event. Who reads and then writes has two at one
 * address in less time, but by the same event. */
static bool is_double(const struct sampling *sampling, struct sampling_stream *stream,
	const struct sampled *sampled)
{
	struct sampled_fault last = stream->last;

	if (stream->brief)
		return false;
	if (last.tid == sampled->tid && last.address == sampled->address &&
		last.event != sampled->event && sampled->time - last.time < AT_ONCE &&
		may_be_double(sampling, sampled->time))
		return true;
	stream->last = (struct sampled_fault){
		sampled->tid, sampled->event, sampled->address, sampled->time};
	return false;
}

/* pid, tid; address, length, offset in the file; device and inode; ...; protection, flags. */
static void parse_map(const uint8_t *at, struct sampled *sampled)
{
	uint64_t ids = take_word(&at), inode;

	sampled->kind = SAMPLED_MAP;
	sampled->pid = (pid_t)(uint32_t)ids;
	sampled->tid = (pid_t)(ids >> 32);
	sampled->start = take_word(&at);
	sampled->size = take_word(&at);
	at += 16;
	inode = take_word(&at);
	at += 8;
	sampled->of_file = inode != 0;
	sampled->shared = take_word(&at) >> 32 & MAP_SHARED;
}

/* pid, parent; tid, its maker. */
static void parse_task(enum sampled_kind kind, const uint8_t *at, struct sampled *sampled)
{
	uint64_t pids = take_word(&at), tids = take_word(&at);

	sampled->kind = kind;
	sampled->pid = (pid_t)(uint32_t)pids;
	sampled->tid = (pid_t)(uint32_t)tids;
}

/* Whether it is one of those that are handed out. */
static bool parse(const struct sampling *sampling, const struct perf_event_header *header,
	const uint8_t *record, struct sampled *sampled)
{
	const uint8_t *at = record + sizeof *header;

	switch (header->type) {
	case PERF_RECORD_SAMPLE:
		parse_sample(sampling, at, sampled);
		sampled->by_kernel =
			(header->misc & PERF_RECORD_MISC_CPUMODE_MASK) != PERF_RECORD_MISC_USER;
		return true;
	case PERF_RECORD_MMAP2:
		parse_map(at, sampled);
		return true;
	case PERF_RECORD_FORK:
		parse_task(SAMPLED_FORK, at, sampled);
		return true;
	case PERF_RECORD_EXIT:
		parse_task(SAMPLED_EXIT, at, sampled);
		return true;
	case PERF_RECORD_LOST:
		take_word(&at);
		sampled->kind = SAMPLED_LOST;
		sampled->lost = take_word(&at);
		return true;
	default:
		return false;
	}
}

/* The other processor has written what is next: it is on its way while this one is dealt with. */
static void fetch_next(const struct sampling_stream *stream, size_t size)
{
	for (size_t offset = 0; offset < FETCHED; offset += CACHE_LINE)
		__builtin_prefetch(stream->data +
				   ((size_t)(stream->tail + size + offset) & (stream->size - 1)));
}

/* The record at the tail in one piece. */
static const uint8_t *stream_record(
	const struct sampling *sampling, const struct sampling_stream *stream, size_t size)
{
	const uint8_t *piece = stream_piece(stream, size);

	if (piece)
		return piece;
	stream_copy(stream, 0, sampling->wrapped, size);
	return sampling->wrapped;
}

/* What was handed out is done with. */
static void pass(struct sampling *sampling)
{
	struct sampling_stream *stream = sampling->current;

	if (!stream)
		return;
	stream->tail += stream_header(stream).size;
	stream->time = 0;
	sampling->current = NULL;
	if (stream->tail - stream->told >= stream->size / TOLD_OF)
		sampling_tell(sampling, stream);
}

static void tell_all(struct sampling *sampling)
{
	for (size_t i = 0; i < sampling->streams.count; i++)
		if (sampling->streams.items[i].told != sampling->streams.items[i].tail)
			sampling_tell(sampling, &sampling->streams.items[i]);
}

bool sampling_next(struct sampling *sampling, struct sampled *sampled)
{
	struct sampling_stream *stream;
	bool found = false;

	while (!found) {
		struct perf_event_header header;

		pass(sampling);
		stream = earliest(sampling, sampling->until);
		if (!stream) {
			tell_all(sampling);
			return false;
		}
		header = stream_header(stream);
		fetch_next(stream, header.size);
		sampling->current = stream;
		sampled->time = stream->time;
		found = parse(sampling, &header, stream_record(sampling, stream, header.size),
				sampled) &&
			!(sampled->kind == SAMPLED_FAULT && is_double(sampling, stream, sampled));
	}
	return true;
}
