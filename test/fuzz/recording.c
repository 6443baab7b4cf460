/*
 * A fuzz target for the reader of recordings. The first byte chooses: an even one has the
 * rest read as a file as it is; an odd one has it made into records with sums that are
 * right, each of a type and (in the high half of its byte) a process, a size of two bytes
 * and that many bytes, so that the play behind the checks is reached. What comes of it is made
 * what reports take.
 *
 * Built with clang -fsanitize=fuzzer it is a fuzzer; with -DREPLAY it reads the files that
 * it is given, once each.
 */
#include "profile/recording.h"
#include "profile/replay.h"
#include "report/inlines.h"
#include "report/line_rows.h"
#include "report/methods.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(int fd, const void *bytes, size_t size)
{
	if (write(fd, bytes, size) != (ssize_t)size)
		abort();
}

static void put_record(int fd, uint8_t first, const uint8_t *bytes, uint32_t size)
{
	uint8_t head[RECORD_HEAD_SIZE] = {first & 15, 0, first >> 4};
	uint32_t crc;

	memcpy(head + 4, &size, sizeof size);
	memcpy(head + 8, &size, sizeof size);
	crc = (uint32_t)crc32(crc32(0, head, 12), bytes, size);
	memcpy(head + 12, &crc, sizeof crc);
	put(fd, head, sizeof head);
	put(fd, bytes, size);
}

static void put_records(int fd, const uint8_t *data, size_t size)
{
	static const uint8_t header[RECORDING_HEADER_SIZE] = RECORDING_MAGIC "\1";

	put(fd, header, sizeof header);
	while (size >= 3) {
		size_t length = data[1] | (size_t)data[2] << 8;

		if (length > size - 3)
			length = size - 3;
		put_record(fd, data[0], data + 3, (uint32_t)length);
		data += 3 + length;
		size -= 3 + length;
	}
}

/* Each of the first functions is listed. */
static void list(const struct profile *profile)
{
	struct listings *listings = &profile->places->listings;
	uint32_t span = listings_span(listings, "file", 1);

	for (uint32_t i = 0; span != SPAN_NONE && i < profile->places->locations.count && i < 8;
		i++) {
		struct listing *listing = listings_add(listings, strdup("name"), span);
		uint32_t *member = listing ? vec_append(&listing->members) : NULL;
		struct line_rows rows;

		if (!member)
			return;
		*member = i;
		line_rows_collect(profile, listing, &rows);
		line_rows_deinit(&rows);
	}
}

static void play(int fd, enum replay_until until, bool callsites)
{
	struct recording recording;
	struct profiles profiles;
	struct profile total;
	char path[32];
	struct ptmem_error *error;

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	error = recording_play_lines(path, until, &profiles, &recording);
	error_free(error);
	if (error)
		return;
	recording_deinit(&recording);
	list(profiles_first(&profiles));
	places_number_instances(profiles_first(&profiles)->places);
	methods_show(&profiles, callsites);
	if (!inlines_show(&profiles, callsites) && !profiles_total(&profiles, &total))
		profile_deinit(&total);
	profiles_deinit(&profiles);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd;

	if (!size)
		return 0;
	fd = memfd_create("recording", MFD_CLOEXEC);
	if (fd < 0)
		abort();
	if (data[0] & 1)
		put_records(fd, data + 1, size - 1);
	else
		put(fd, data + 1, size - 1);
	play(fd, data[0] & 2 ? REPLAY_PEAK : REPLAY_END, data[0] & 4);
	close(fd);
	return 0;
}

#ifdef REPLAY
int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		static uint8_t bytes[1 << 20];
		FILE *file = fopen(argv[i], "rb");
		size_t size = file ? fread(bytes, 1, sizeof bytes, file) : 0;

		if (!file) {
			perror(argv[i]);
			return 1;
		}
		fclose(file);
		LLVMFuzzerTestOneInput(bytes, size);
	}
	return 0;
}
#endif
