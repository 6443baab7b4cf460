/* Recordings of several processes in one file, and of threads that come and go. */
#include "engine/record.h"
#include "profile/ledger.h"
#include "profile/recorder.h"
#include "profile/recording.h"
#include "profile/replay.h"
#include "profile/shadow.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#define KB 1024
#define PROCESSES 3

static char path[] = "/tmp/ptmem-unit-XXXXXX";

static void setup(void)
{
	int fd = mkstemp(path);

	cr_assert(fd >= 0);
	close(fd);
}

static void teardown(void)
{
	char old[sizeof path + 4];

	snprintf(old, sizeof old, "%s.old", path);
	unlink(path);
	unlink(old);
}

/* A run of processes that each have one thread, with functions f, g and h. */
static struct profiles run;
static struct shadow_stack stacks[PROCESSES];
static struct recorder *recorder;
static uint32_t f, g, h, idle;

static struct profile *profile_of(size_t number)
{
	return &run.items[number]->profile;
}

/* One more, with so much memory from the start. */
static void begin(size_t number, int64_t kb)
{
	struct process_profile *process = profiles_add(&run, METRIC_RSS, 100 + (pid_t)number);
	struct amounts start = {.bytes = {kb * KB}};
	struct places *places = process->profile.places;

	if (!number) {
		uint32_t module = places_add_module(places, "/bin/app", "c0ffee");

		f = places_code_location(places, module, 0x1000, "f");
		g = places_code_location(places, module, 0x2000, "g");
		module = places_add_module(places, "/bin/bare", NULL);
		h = places_code_location(places, module, 0x1000, "h");
		idle = places_bracket_location(places, "unwatched");
	}
	cr_assert_null(
		record_begin(recorder, process, number ? 100 : 0, "./app 'a b'", "breakpoints"));
	ledger_start(&process->profile, &start);
	cr_assert(shadow_init(&stacks[number], &process->profile,
		places_thread_location(places, 1, "app"), idle));
}

static void move(size_t number, int64_t kb)
{
	struct amounts reading = profile_of(number)->balance.end, moved;

	reading.bytes[0] += kb * KB;
	moved = ledger_move(profile_of(number), &reading);
	shadow_charge(&stacks[number], &moved);
}

static void enter(size_t number, uint32_t location)
{
	cr_assert(shadow_enter(&stacks[number], location, target_address(0), SHADOW_NO_SITE));
}

/* Their steps between each other; the second one is over while the others go on. */
static void live(unsigned rounds)
{
	begin(0, 100);
	move(0, 4);
	begin(1, 60);
	for (unsigned i = 0; i < rounds; i++) {
		enter(0, f);
		enter(1, g);
		move(0, 8);
		enter(1, h);
		move(1, 16);
		shadow_leave(&stacks[1]);
		shadow_leave(&stacks[0]);
		move(1, -8);
		shadow_leave(&stacks[1]);
	}
	recorder_leave(recorder, profile_of(1));
	cr_assert_null(profile_of(1)->journal);
	begin(2, 20);
	enter(2, f);
	move(2, 400);
	enter(2, h);
	move(2, -300);
	shadow_leave(&stacks[2]);
	shadow_leave(&stacks[2]);
	move(0, -4);
}

static void name(uint32_t location, const char *text)
{
	struct location *place = &profile_of(0)->places->locations.items[location];

	place->name = strdup(text);
	place->file = strdup("/src/app.c");
	place->line = (int)location + 1;
}

static void end(void)
{
	name(f, "f");
	name(g, "g");
	name(h, "h");
	for (size_t i = 0; i < PROCESSES; i++) {
		struct process_profile *process = run.items[i];

		process->profile.peak = (int64_t)(i + 1) * 1000 * KB;
		process->ended = i != 2;
		process->status = (int)i << 8;
		process->command = i == 1 ? strdup("/bin/other") : NULL;
		record_end(recorder, process, NULL, NULL);
	}
}

static void record(unsigned rounds)
{
	cr_assert_null(recorder_open(path, true, &recorder));
	live(rounds);
	end();
	cr_assert_null(recorder_close(recorder));
}

static void forget(void)
{
	for (size_t i = 0; i < PROCESSES; i++)
		shadow_deinit(&stacks[i]);
	profiles_deinit(&run);
}

static void play(enum replay_until until, struct profiles *played, struct recording *recording)
{
	cr_assert_null(recording_play(path, until, played, recording));
}

static const struct location *location_at(const struct profile *profile, uint32_t node)
{
	return &profile->places->locations.items[callpath_at(&profile->paths, node)->location];
}

static void same_node(const struct profile *one, const struct profile *two, uint32_t node)
{
	const struct location *x = location_at(one, node), *y = location_at(two, node);

	cr_assert_eq(
		callpath_at(&one->paths, node)->parent, callpath_at(&two->paths, node)->parent);
	cr_assert_eq(callpath_at(&one->paths, node)->calls, callpath_at(&two->paths, node)->calls);
	cr_assert_arr_eq(callpath_amounts(&one->paths, node, 0),
		callpath_amounts(&two->paths, node, 0), sizeof(struct callpath_amounts));
	cr_assert_eq(x->kind, y->kind);
	cr_assert_eq(x->line, y->line);
	cr_assert(x->name && y->name, "node %u has no name", node);
	cr_assert_str_eq(x->name, y->name);
}

static void same_profile(const struct profile *one, const struct profile *two)
{
	cr_assert_eq(one->peak, two->peak);
	cr_assert_eq(one->balance.start.bytes[0], two->balance.start.bytes[0]);
	cr_assert_eq(one->balance.end.bytes[0], two->balance.end.bytes[0]);
	cr_assert_eq(one->paths.count, two->paths.count);
	for (uint32_t i = 1; i < one->paths.count; i++)
		same_node(one, two, i);
}

static void plays_back(unsigned rounds)
{
	struct profiles played;
	struct recording recording;
	char *parent;

	record(rounds);
	play(REPLAY_END, &played, &recording);
	cr_assert_null(recording.cut, "%s", recording.cut);
	cr_assert_eq(played.count, PROCESSES);
	cr_assert_eq(recording.processes.count, PROCESSES);
	for (size_t i = 0; i < PROCESSES; i++) {
		same_profile(profile_of(i), &played.items[i]->profile);
		cr_assert_eq(played.items[i]->pid, 100 + (pid_t)i);
		cr_assert_eq(played.items[i]->ended, i != 2);
		cr_assert_eq(played.items[i]->status, i == 2 ? 0 : (int)i << 8);
		cr_assert_str_eq(played.items[i]->command, i == 1 ? "/bin/other" : "./app 'a b'");
		cr_assert_eq(played.items[i]->profile.places, profiles_first(&played)->places);
		parent = recording_value(&recording.processes.items[i].run, "parent");
		cr_assert_eq(!parent, !i);
		free(parent);
	}
	recording_deinit(&recording);
	profiles_deinit(&played);
	forget();
}

Test(recording_processes, play_back, .init = setup, .fini = teardown)
{
	plays_back(3);
}

Test(recording_processes, play_back_many_blocks, .init = setup, .fini = teardown)
{
	plays_back(50000);
}

/* Of a file that all have; of one that nothing tells apart, each tells for itself. */
Test(recording_processes, a_function_is_named_once, .init = setup, .fini = teardown)
{
	struct profiles played;
	struct recording recording;
	const struct places *places;
	size_t named[3] = {0};

	record(1);
	play(REPLAY_END, &played, &recording);
	places = profiles_first(&played)->places;
	for (size_t i = 0; i < places->locations.count; i++)
		if (places->locations.items[i].kind == LOCATION_CODE)
			named[*places->locations.items[i].name - 'f']++;
	cr_assert_eq(named[0], 1);
	cr_assert_eq(named[1], 1);
	cr_assert_eq(named[2], 2);
	recording_deinit(&recording);
	profiles_deinit(&played);
	forget();
}

/* The first names f, by which it never came at its peak. */
Test(recording_processes, each_stops_at_its_own_peak, .init = setup, .fini = teardown)
{
	struct profiles played;
	struct recording recording;

	cr_assert_null(recorder_open(path, true, &recorder));
	begin(0, 100);
	move(0, 500);
	move(0, -500);
	enter(0, f);
	shadow_leave(&stacks[0]);
	begin(1, 60);
	begin(2, 20);
	enter(1, f);
	move(1, 80);
	move(1, -8);
	shadow_leave(&stacks[1]);
	end();
	cr_assert_null(recorder_close(recorder));
	play(REPLAY_PEAK, &played, &recording);
	cr_assert_eq(played.items[0]->profile.balance.end.bytes[0], 600 * KB);
	cr_assert_eq(played.items[1]->profile.balance.end.bytes[0], 140 * KB);
	cr_assert_eq(played.items[2]->profile.balance.end.bytes[0], 20 * KB);
	cr_assert_eq(callpath_amounts(&played.items[1]->profile.paths, 3, 0)->self, 80 * KB);
	cr_assert_str_eq(location_at(&played.items[1]->profile, 3)->name, "f");
	recording_deinit(&recording);
	profiles_deinit(&played);
	forget();
}

static uint8_t *read_file(size_t *size)
{
	struct stat file;
	uint8_t *bytes;
	int fd = open(path, O_RDONLY);

	cr_assert(fd >= 0 && !fstat(fd, &file));
	*size = (size_t)file.st_size;
	bytes = malloc(*size + 1);
	cr_assert_eq(read(fd, bytes, *size), (ssize_t)*size);
	close(fd);
	return bytes;
}

static void write_file(const uint8_t *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert(fd >= 0);
	cr_assert_eq(write(fd, bytes, size), (ssize_t)size);
	close(fd);
}

/* How many processes there are in what is there, and whether it is whole. */
static size_t count_processes(enum replay_until until, bool *whole)
{
	struct profiles played;
	struct recording recording;
	struct ptmem_error *error = recording_play(path, until, &played, &recording);
	size_t count;

	*whole = !error && !recording.cut;
	if (error) {
		error_free(error);
		return 0;
	}
	count = played.count;
	recording_deinit(&recording);
	profiles_deinit(&played);
	return count;
}

Test(recording_processes, cut_at_every_byte, .init = setup, .fini = teardown)
{
	size_t size, count = 0;
	uint8_t *bytes;
	bool whole;

	record(5);
	bytes = read_file(&size);
	for (size_t cut = 0; cut < size; cut++) {
		size_t now;

		write_file(bytes, cut);
		now = count_processes(cut % 2 ? REPLAY_END : REPLAY_PEAK, &whole);
		cr_assert_not(whole, "cut at %zu", cut);
		cr_assert_geq(now, count, "cut at %zu", cut);
		count = now;
	}
	cr_assert_eq(count, PROCESSES);
	write_file(bytes, size);
	cr_assert_eq(count_processes(REPLAY_END, &whole), PROCESSES);
	cr_assert(whole);
	free(bytes);
	forget();
}

/* One bit of each three, so every byte and each of the eight; a recording of one process has had
 * all of its own flipped. */
Test(recording_processes, bits_flipped_everywhere, .init = setup, .fini = teardown)
{
	size_t size;
	uint8_t *bytes;
	bool whole;

	record(2);
	bytes = read_file(&size);
	for (size_t bit = RECORDING_HEADER_SIZE * 8; bit < size * 8; bit += 3) {
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		write_file(bytes, size);
		count_processes(bit % 2 ? REPLAY_END : REPLAY_PEAK, &whole);
		cr_assert_not(whole, "bit %zu", bit);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	free(bytes);
	forget();
}

static void put_bytes(
	FILE *file, const uint8_t first[4], const void *bytes, uint32_t stored, uint32_t size)
{
	uint8_t head[RECORD_HEAD_SIZE];
	uint32_t crc;

	memcpy(head, first, 4);
	memcpy(head + 4, &stored, sizeof stored);
	memcpy(head + 8, &size, sizeof size);
	crc = (uint32_t)crc32(crc32(0, head, 12), bytes, stored);
	memcpy(head + 12, &crc, sizeof crc);
	fwrite(head, sizeof head, 1, file);
	fwrite(bytes, stored, 1, file);
}

/* A record as it would be written. */
static void put_record(FILE *file, uint8_t type, size_t process, const char *text)
{
	uint8_t first[4] = {type, 0, (uint8_t)process, (uint8_t)(process >> 8)};
	uint32_t size = (uint32_t)strlen(text);

	put_bytes(file, first, text, size, size);
}

static FILE *create(void)
{
	static const uint8_t header[RECORDING_HEADER_SIZE] = RECORDING_MAGIC "\1";
	FILE *file = fopen(path, "w");

	cr_assert(file);
	fwrite(header, sizeof header, 1, file);
	return file;
}

/* Two megabytes that claim as many processes as there can be. */
Test(recording_processes, as_many_as_there_can_be, .init = setup, .fini = teardown)
{
	FILE *file = create();
	struct rusage usage;
	bool whole;

	for (size_t i = 0; i < 65536; i++)
		put_record(file, RECORD_RUN, i, "metric=rss\n");
	fclose(file);
	cr_assert_eq(count_processes(REPLAY_PEAK, &whole), 65536);
	getrusage(RUSAGE_SELF, &usage);
#ifndef __SANITIZE_ADDRESS__
	cr_assert_lt(usage.ru_maxrss, 600 * 1024);
#endif
}

/* Process numbers that nobody has, twice the same, and what comes after the end. */
Test(recording_processes, numbers_that_lie, .init = setup, .fini = teardown)
{
	static const struct {
		size_t process;
		uint8_t type;
		size_t expected;
	} lies[] = {
		{65535, RECORD_RUN, 1},
		{2, RECORD_RUN, 1},
		{0, RECORD_RUN, 1},
		{1, RECORD_STREAM, 1},
		{1, RECORD_NAMES, 1},
		{1, RECORD_END, 1},
		{0, RECORD_STREAM, 1},
	};

	static const char time_passes[] = "\x11";

	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		FILE *file = create();
		bool whole;

		put_record(file, RECORD_RUN, 0, "metric=rss\n");
		put_record(file, RECORD_END, 0, "status=0\n");
		put_record(file, lies[i].type, lies[i].process,
			lies[i].type == RECORD_STREAM ? time_passes : "metric=rss\n");
		fclose(file);
		cr_assert_eq(count_processes(REPLAY_END, &whole), lies[i].expected, "%zu", i);
		cr_assert_not(whole, "%zu", i);
	}
}

Test(recording_processes, metrics_must_agree, .init = setup, .fini = teardown)
{
	FILE *file = create();
	bool whole;

	put_record(file, RECORD_RUN, 0, "metric=rss\n");
	put_record(file, RECORD_RUN, 1, "metric=anon\n");
	fclose(file);
	cr_assert_eq(count_processes(REPLAY_END, &whole), 1);
	cr_assert_not(whole);
}

#ifdef HAVE_ZSTD
/* What is said of processes packs well; it is not kept whatever it comes to. */
Test(recording_processes, many_words_about_them, .init = setup, .fini = teardown)
{
	static char words[1 << 20] = "metric=rss\n", packed[1 << 20];
	FILE *file = create();
	size_t size;
	bool whole;

	memset(words + 11, 'x', sizeof words - 11);
	size = ZSTD_compress(packed, sizeof packed, words, sizeof words, 1);
	for (size_t i = 0; i < 5000; i++) {
		uint8_t first[4] = {RECORD_RUN, RECORD_ZSTD, (uint8_t)i, (uint8_t)(i >> 8)};

		put_bytes(file, first, packed, (uint32_t)size, sizeof words);
	}
	fclose(file);
	cr_assert_lt(count_processes(REPLAY_END, &whole), 20);
	cr_assert_not(whole);
}
#endif

/* Until so much is on the disk. */
static void wait_for_size(size_t size)
{
	struct stat file;

	while (!stat(path, &file) && (size_t)file.st_size < size)
		usleep(1000);
}

Test(recording_processes, one_more_than_there_is_room_for, .init = setup, .fini = teardown)
{
	struct ptmem_error *error;
	bool whole;

	cr_assert_null(recorder_open(path, true, &recorder));
	for (size_t i = 0; i < RECORDING_PROCESSES_MAX + 2; i++) {
		struct process_profile *process = profiles_add(&run, METRIC_RSS, 1);

		cr_assert_null(recorder_begin(recorder, "metric=rss\n", &process->profile));
		cr_assert_eq(!process->profile.journal, i >= RECORDING_PROCESSES_MAX);
		recorder_leave(recorder, &process->profile);
		if (i % 8192 == 0 && i < RECORDING_PROCESSES_MAX)
			wait_for_size(RECORDING_HEADER_SIZE + i * (RECORD_HEAD_SIZE + 11));
	}
	for (size_t i = 0; i < run.count; i++)
		recorder_end(recorder, &run.items[i]->profile, "");
	error = recorder_close(recorder);
	cr_assert(error);
	cr_assert(strstr(error->message, "65535 processes, and 2 more"), "%s", error->message);
	error_free(error);
	cr_assert_eq(count_processes(REPLAY_END, &whole), RECORDING_PROCESSES_MAX);
	cr_assert(whole);
	profiles_deinit(&run);
}

/* Threads that come and go take the numbers of those before them. */
Test(recording_processes, threads_that_are_over_cost_nothing, .init = setup, .fini = teardown)
{
	struct profiles played;
	struct recording recording;
	struct profile *profile;

	cr_assert_null(recorder_open(path, true, &recorder));
	begin(0, 100);
	profile = profile_of(0);
	for (unsigned i = 0; i < 2000; i++) {
		struct shadow_stack pair[2];

		for (unsigned j = 0; j < 2; j++) {
			uint32_t root =
				places_thread_location(profile->places, 2 + 2 * i + j, "worker");

			cr_assert(shadow_init(&pair[j], profile, root, idle));
			cr_assert_leq(pair[j].thread, 2, "a number that was free");
			cr_assert(shadow_enter(&pair[j], f, target_address(0), 0));
		}
		move(0, 4);
		for (unsigned j = 0; j < 2; j++) {
			shadow_charge(&pair[j], &(struct amounts){.bytes = {0}});
			shadow_leave(&pair[j]);
			shadow_finish(&pair[j]);
			shadow_deinit(&pair[j]);
		}
		move(0, -4);
	}
	begin(1, 1);
	begin(2, 1);
	end();
	cr_assert_null(recorder_close(recorder));
	play(REPLAY_END, &played, &recording);
	cr_assert_null(recording.cut, "%s", recording.cut);
	same_profile(profile, profiles_first(&played));
	recording_deinit(&recording);
	profiles_deinit(&played);
	forget();
}

/* 13 is an end, in its low half; the argument is the thread. */
Test(recording_processes, ends_of_threads_that_lie, .init = setup, .fini = teardown)
{
	static const char *const streams[] = {"\x0d", "\xfd\x7f", "\xfd\xff\xff\xff\xff\x7f"};

	for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
		FILE *file = create();
		bool whole;

		put_record(file, RECORD_RUN, 0, "metric=rss\n");
		put_record(file, RECORD_STREAM, 0, streams[i]);
		put_record(file, RECORD_END, 0, "status=0\n");
		fclose(file);
		cr_assert_eq(count_processes(REPLAY_END, &whole), 1);
		cr_assert_not(whole);
	}
}

static char *command_of(char *const *argv)
{
	int ready[2];
	char *command;
	pid_t pid;

	cr_assert_eq(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		execv("/bin/sleep", argv);
		_exit(1);
	}
	close(ready[1]);
	cr_assert_eq(read(ready[0], &ready, 1), 0); /* until it has executed */
	command = record_command_of(pid);
	kill(pid, SIGKILL);
	return command;
}

Test(recording_processes, commands)
{
	char *const argv[] = {(char *)"sleep", (char *)"1000", NULL};
	char *const odd[] = {(char *)"./a b", (char *)"", (char *)"x\033y", (char *)"-k=v", NULL};
	char *text = record_command(odd);

	cr_assert_str_eq(text, "'./a b' '' 'x?y' -k=v");
	free(text);
	text = command_of(argv);
	cr_assert_str_eq(text, "sleep 1000");
	free(text);
	text = record_command_of(2);
	cr_assert(!strncmp(text, "[", 1), "%s", text);
	free(text);
	text = record_command_of(-1);
	cr_assert_str_eq(text, "[?]");
	free(text);
}
