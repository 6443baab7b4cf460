/* The file within .gnu_debugdata. */
#include "symbol/minidebug.h"

#include "base/memory_file.h"

#include <string.h>
#include <unistd.h>

#ifdef HAVE_LZMA

#include <lzma.h>

/* What a packed file may come to, and what unpacking may need: xz -9 wants 65 MB. */
#define SIZE_MOST ((uint64_t)256 << 20)
#define MEMORY_MOST ((uint64_t)128 << 20)
#define CHUNK ((size_t)64 << 10)

/* Until the output is full or nothing more comes. Whether to go on. */
static bool unpack_chunk(lzma_stream *stream, int fd, uint64_t *size, bool *ended)
{
	uint8_t bytes[CHUNK];
	lzma_ret verdict;
	size_t made;

	stream->next_out = bytes;
	stream->avail_out = sizeof bytes;
	verdict = lzma_code(stream, LZMA_FINISH);
	made = sizeof bytes - stream->avail_out;
	*size += made;
	*ended = verdict == LZMA_STREAM_END;
	return (verdict == LZMA_OK || *ended) && *size <= SIZE_MOST &&
	       memory_file_write(fd, bytes, made, *size - made);
}

/* Whole, or not at all. */
static bool unpack(struct elf_bytes packed, int fd)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	uint64_t size = 0;
	bool ended = false;

	if (lzma_stream_decoder(&stream, MEMORY_MOST, 0) != LZMA_OK)
		return false;
	stream.next_in = packed.data;
	stream.avail_in = packed.size;
	while (!ended && unpack_chunk(&stream, fd, &size, &ended))
		;
	lzma_end(&stream);
	return ended;
}

#else

static bool unpack(struct elf_bytes packed, int fd)
{
	(void)packed, (void)fd;
	return false;
}

#endif

static bool find_section(struct elf_file *object, struct elf_bytes *packed)
{
	for (size_t i = 0; i < elf_section_count(object); i++)
		if (!strcmp(elf_section(object, i)->name, ".gnu_debugdata") &&
			elf_section_bytes(object, i, packed))
			return true;
	return false;
}

struct ptmem_error *minidebug_open(struct elf_file *object, struct minidebug *mini)
{
	struct ptmem_error *error = NULL;
	struct elf_bytes packed;
	struct minidebug new = {0};

	*mini = new;
	if (!find_section(object, &packed))
		return NULL;
	new.fd = memory_file_create("gnu_debugdata");
	if (new.fd < 0)
		return NULL;
	if (unpack(packed, new.fd))
		error = elf_file_open_any(".gnu_debugdata", new.fd, &new.elf);
	if (!new.elf)
		close(new.fd);
	else
		*mini = new;
	if (error_is(error, ERROR_NO_MEMORY))
		return error;
	error_free(error);
	return NULL;
}

void minidebug_close(struct minidebug *mini)
{
	if (!mini->elf)
		return;
	elf_file_close(mini->elf);
	close(mini->fd);
	*mini = (struct minidebug){0};
}
