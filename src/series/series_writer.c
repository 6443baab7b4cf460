/* Writes memory over time. */
#include "series/series_writer.h"

#include "base/clock.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* ns, and bytes, of which no more are kept back. */
#define KEEP_NS 500000000
#define KEEP_BYTES (64u << 10)

void series_writer_init(struct series_writer *writer, int fd, const char *name)
{
	*writer = (struct series_writer){.name = name, .fd = fd};
}

static struct ptmem_error *flush(struct series_writer *writer)
{
	struct strbuf *text = &writer->text;
	size_t written = 0;
	struct ptmem_error *error = text->failed ? &error_no_memory : NULL;

	while (!error && written < text->length) {
		ssize_t wrote = write(writer->fd, text->text + written, text->length - written);

		if (wrote > 0)
			written += (size_t)wrote;
		else if (wrote == 0 || errno != EINTR)
			error = error_errno(wrote ? errno : EIO, "writing %s", writer->name);
	}
	text->length = 0;
	writer->broken = error != NULL;
	return error;
}

/* A line is complete. */
static struct ptmem_error *end_line(struct series_writer *writer)
{
	uint64_t time = clock_ns();

	if (writer->broken) {
		writer->text.length = 0;
		return NULL;
	}
	if (!writer->text.failed && writer->text.length < KEEP_BYTES &&
		time - writer->flushed < KEEP_NS)
		return NULL;
	writer->flushed = time;
	return flush(writer);
}

struct ptmem_error *series_write_command(struct series_writer *writer, char *const *argv)
{
	strbuf_add(&writer->text, "CMDLINE");
	for (; *argv; argv++) {
		strbuf_add(&writer->text, " ");
		strbuf_add_printable(&writer->text, *argv);
	}
	strbuf_add(&writer->text, "\n");
	return end_line(writer);
}

/*
 * As %.6f has it, a tenth of the time: there may be a thousand samples a second. Not negative, and
 * what is too large for it is printed in the usual way.
 */
static void add_number(struct strbuf *text, double number, int decimals)
{
	double scaled = number;
	char digits[32], *at = digits + sizeof digits;
	uint64_t rest;

	for (int i = 0; i < decimals; i++)
		scaled *= 10;
	if (!(scaled >= 0 && scaled < 1e15)) {
		strbuf_addf(text, "%.*f", decimals, number);
		return;
	}
	rest = (uint64_t)(scaled + 0.5);
	for (int i = 0; rest || i <= decimals; i++) {
		if (i == decimals)
			*--at = '.';
		*--at = (char)('0' + rest % 10);
		rest /= 10;
	}
	strbuf_add_bytes(text, at, (size_t)(digits + sizeof digits - at));
}

static void add_sample(struct strbuf *text, const struct series_sample *sample)
{
	add_number(text, sample->memory, 6);
	strbuf_add(text, " ");
	add_number(text, sample->time, 4);
	strbuf_add(text, "\n");
}

struct ptmem_error *series_write_sample(
	struct series_writer *writer, pid_t pid, const struct series_sample *sample)
{
	if (pid)
		strbuf_addf(&writer->text, "CHLD %d ", pid);
	else
		strbuf_add(&writer->text, "MEM ");
	add_sample(&writer->text, sample);
	return end_line(writer);
}

static void add_name(struct strbuf *text, const char *name)
{
	size_t from = text->length;

	strbuf_add_printable(text, *name ? name : "?");
	for (size_t i = from; i < text->length; i++)
		if (text->text[i] == ' ')
			text->text[i] = '_';
}

struct ptmem_error *series_write_call(struct series_writer *writer, const struct series_call *call)
{
	strbuf_add(&writer->text, "FUNC ");
	add_name(&writer->text, call->name);
	strbuf_addf(&writer->text, " %.4f %.4f %.4f %.4f %u\n", call->entry.memory,
		call->entry.time, call->exit.memory, call->exit.time, call->level);
	return end_line(writer);
}

struct ptmem_error *series_write_peak(struct series_writer *writer, double peak)
{
	strbuf_addf(&writer->text, "PEAK %.6f\n", peak);
	return end_line(writer);
}

struct ptmem_error *series_writer_end(struct series_writer *writer)
{
	struct ptmem_error *error = writer->broken ? NULL : flush(writer);

	strbuf_deinit(&writer->text);
	return error;
}
