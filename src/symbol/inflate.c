/* Inflating sections of files, by a thread or by who needs them. */
#include "symbol/inflate.h"

#include "base/thread.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef HAVE_LIBDEFLATE
#include <libdeflate.h>
#else
#include <zlib.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

/* Deflate cannot do better than that to 1, and what zstd makes of sections is far from it: whoever
 * promises more wants our memory. */
#define BEST_RATIO 1032

#define HUGE_BYTES ((size_t)2 << 20)

/* Whatever is traced goes before what is only done ahead of time. */
#define PATIENT 10

bool inflater_init(struct inflater *inflater, size_t count)
{
	*inflater = (struct inflater){
		.sections = calloc(count, sizeof *inflater->sections), .count = count};
	pthread_mutex_init(&inflater->lock, NULL);
	pthread_cond_init(&inflater->changed, NULL);
	return inflater->sections;
}

void inflater_deinit(struct inflater *inflater)
{
	if (!inflater->sections)
		return;
	pthread_mutex_lock(&inflater->lock);
	inflater->ends = true;
	pthread_mutex_unlock(&inflater->lock);
	if (inflater->begun)
		pthread_join(inflater->thread, NULL);
	for (size_t i = 0; i < inflater->count; i++)
		free(inflater->sections[i].plain);
	free(inflater->sections);
	pthread_cond_destroy(&inflater->changed);
	pthread_mutex_destroy(&inflater->lock);
	*inflater = (struct inflater){0};
}

#ifdef HAVE_LIBDEFLATE

/* One stream may follow another; each takes some bytes, so that there is an end. */
static bool inflate_zlib(const struct inflation *section, uint8_t *plain)
{
	struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
	const uint8_t *packed = section->packed.data;
	size_t left = section->packed.size, room = section->size;
	bool ended;

	if (!decompressor)
		return false;
	do {
		size_t in = 0, out = 0;

		ended = libdeflate_zlib_decompress_ex(decompressor, packed, left, plain, room, &in,
				&out) == LIBDEFLATE_SUCCESS;
		packed += in;
		left -= in;
		plain += out;
		room -= out;
	} while (ended && left);
	libdeflate_free_decompressor(decompressor);
	return ended && !room;
}

#else

/* One stream may follow another. */
static bool inflate_zlib(const struct inflation *section, uint8_t *plain)
{
	z_stream stream = {.next_out = plain};
	size_t left = section->packed.size, room = section->size;
	int result = inflateInit(&stream);
	bool ended = false;

	/* zlib reads only, for all that its type says. */
	stream.next_in = (Bytef *)(uintptr_t)section->packed.data;
	while (result == Z_OK && left) {
		uInt in = left < UINT32_MAX ? (uInt)left : UINT32_MAX;
		uInt out = room < UINT32_MAX ? (uInt)room : UINT32_MAX;

		stream.avail_in = in;
		stream.avail_out = out;
		result = inflate(&stream, Z_NO_FLUSH);
		left -= in - stream.avail_in;
		room -= out - stream.avail_out;
		ended = result == Z_STREAM_END;
		if (ended && left)
			result = inflateReset(&stream);
	}
	inflateEnd(&stream);
	return ended && !left && !room;
}

#endif

static bool inflate_zstd(const struct inflation *section, uint8_t *plain)
{
#ifdef HAVE_ZSTD
	return ZSTD_decompress(plain, section->size, section->packed.data, section->packed.size) ==
	       section->size;
#else
	(void)section, (void)plain;
	return false;
#endif
}

/* Where it is long, in huge pages: to get and give back small ones takes a third of the time. */
static uint8_t *make_room(size_t size)
{
	size_t rounded = size / HUGE_BYTES * HUGE_BYTES + HUGE_BYTES;
	uint8_t *room;

	if (size < HUGE_BYTES || rounded < size)
		return malloc(size + 1);
	room = aligned_alloc(HUGE_BYTES, rounded);
	if (room)
		madvise(room, rounded, MADV_HUGEPAGE);
	return room;
}

/* Whoever set the state to INFLATE_UNDER_WAY has it alone. */
static void inflate_section(struct inflater *inflater, struct inflation *section)
{
	uint8_t *plain = make_room(section->size);

	if (plain && !(section->method == INFLATE_ZSTD ? inflate_zstd(section, plain)
						       : inflate_zlib(section, plain))) {
		free(plain);
		plain = NULL;
	}
	pthread_mutex_lock(&inflater->lock);
	section->plain = plain;
	section->state = INFLATE_DONE;
	pthread_cond_broadcast(&inflater->changed);
	pthread_mutex_unlock(&inflater->lock);
}

/* The state that it was in, and is no longer if it was to be inflated. */
static enum inflate_state take(struct inflater *inflater, struct inflation *section)
{
	enum inflate_state state;

	pthread_mutex_lock(&inflater->lock);
	state = inflater->ends ? INFLATE_DONE : section->state;
	if (state == INFLATE_WANTED)
		section->state = INFLATE_UNDER_WAY;
	pthread_mutex_unlock(&inflater->lock);
	return state;
}

static void *inflate_wanted(void *arg)
{
	struct inflater *inflater = arg;

	setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), PATIENT);
	for (size_t i = 0; i < inflater->count; i++)
		if (take(inflater, &inflater->sections[i]) == INFLATE_WANTED)
			inflate_section(inflater, &inflater->sections[i]);
	pthread_mutex_lock(&inflater->lock);
	inflater->is_through = true;
	pthread_mutex_unlock(&inflater->lock);
	return NULL;
}

static bool is_plausible(enum inflate_method method, struct elf_bytes packed, uint64_t size)
{
#ifndef HAVE_ZSTD
	if (method == INFLATE_ZSTD)
		return false;
#endif
	(void)method;
	return size / BEST_RATIO <= packed.size;
}

bool inflater_add(struct inflater *inflater, size_t section, enum inflate_method method,
	struct elf_bytes packed, uint64_t size)
{
	if (!is_plausible(method, packed, size))
		return false;
	pthread_mutex_lock(&inflater->lock);
	inflater->sections[section] = (struct inflation){
		.state = INFLATE_WANTED, .method = method, .packed = packed, .size = size};
	pthread_mutex_unlock(&inflater->lock);
	return true;
}

bool inflater_has(const struct inflater *inflater, size_t section)
{
	return inflater->sections && inflater->sections[section].packed.data;
}

void inflater_begin(struct inflater *inflater)
{
	if (!inflater->begun)
		inflater->begun = !thread_begin(&inflater->thread, inflate_wanted, inflater);
}

bool inflater_is_busy(struct inflater *inflater)
{
	bool busy;

	if (!inflater->begun)
		return false;
	pthread_mutex_lock(&inflater->lock);
	busy = !inflater->is_through;
	pthread_mutex_unlock(&inflater->lock);
	return busy;
}

bool inflater_get(struct inflater *inflater, size_t section, struct elf_bytes *bytes)
{
	struct inflation *wanted = &inflater->sections[section];

	if (take(inflater, wanted) == INFLATE_WANTED)
		inflate_section(inflater, wanted);
	pthread_mutex_lock(&inflater->lock);
	while (wanted->state != INFLATE_DONE)
		pthread_cond_wait(&inflater->changed, &inflater->lock);
	pthread_mutex_unlock(&inflater->lock);
	*bytes = (struct elf_bytes){wanted->plain, wanted->size};
	return wanted->plain;
}
