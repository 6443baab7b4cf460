/* Recordings: what is written is what is read, and what is damaged does no harm. */
#include "engine/record.h"
#include "profile/ledger.h"
#include "profile/recorder.h"
#include "profile/recording.h"
#include "profile/replay.h"
#include "profile/shadow.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/ptmem-unit-XXXXXX";
static char path[64], old[64];

static void setup(void)
{
	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/run.raw", folder);
	snprintf(old, sizeof old, "%s/run.raw.old", folder);
}

static void teardown(void)
{
	unlink(path);
	unlink(old);
	rmdir(folder);
}

/* A run of two threads, with everything that a journal can say. */
static struct profile profile;
static struct shadow_stack first, second;
static uint32_t f, g, other, startup, unwatched;

static void begin_run(enum metric metric)
{
	uint32_t module;

	cr_assert(profile_init(&profile, metric));
	module = places_add_module(profile.places, "/bin/app", "c0ffee");
	f = places_code_location(profile.places, module, 0x1000, "f");
	g = places_code_location(profile.places, module, 0x2000, "g");
	other = places_code_location(profile.places, module, 0x3000, "never_called");
	startup = places_bracket_location(profile.places, "startup");
	unwatched = places_bracket_location(profile.places, "unwatched");
}

static void move(struct shadow_stack *stack, int64_t kb)
{
	struct amounts reading = profile.balance.end;

	amounts_add(&reading, &profile.balance.footprint, profile.columns);
	for (unsigned i = 0; i < profile.columns; i++)
		reading.bytes[i] += kb * 1024 * (i + 1);
	struct amounts moved = ledger_move(&profile, &reading);

	shadow_charge(stack, &moved);
}

static void enter(struct shadow_stack *stack, uint32_t location)
{
	cr_assert(shadow_enter(stack, location, target_address(0), SHADOW_NO_SITE));
}

static void run(unsigned rounds)
{
	struct amounts start = {.bytes = {81920, 40960, 8192, 4096, 0}}, own = {.bytes = {4096}};
	struct amounts none = {0};
	uint32_t root = places_thread_location(profile.places, 1, "main");

	cr_assert(shadow_init(&first, &profile, root, startup));
	ledger_start(&profile, &start);
	move(&first, 100);
	cr_assert(shadow_set_idle(&first, unwatched));
	root = places_thread_location(profile.places, 2, "worker");
	cr_assert(shadow_init(&second, &profile, root, unwatched));
	for (unsigned i = 0; i < rounds; i++) {
		enter(&first, f);
		move(&first, 8);
		enter(&second, g);
		enter(&first, f);
		move(&second, 400);
		shadow_leave(&first);
		move(&second, -396);
		shadow_leave(&second);
		shadow_leave(&first);
	}
	ledger_own(&profile, &none, &own);
	shadow_rename(&second, "renamed");
	profile_pass(&profile, "first");
	profile_pass(&profile, "second");
	profile_pass(&profile, "first");
	enter(&first, g);
	move(&first, 4);
	shadow_leave(&first);
	profile.peak = 1 << 20;
}

static void name(uint32_t location, const char *text, const char *file, int line)
{
	profile.places->locations.items[location].name = strdup(text);
	profile.places->locations.items[location].file = file ? strdup(file) : NULL;
	profile.places->locations.items[location].line = line;
	profile.places->locations.items[location].source = file ? strdup("int f(void)") : NULL;
}

static void end_run(void)
{
	shadow_deinit(&first);
	shadow_deinit(&second);
	profile_deinit(&profile);
}

static struct ptmem_error *record(enum metric metric, unsigned rounds, const char *end)
{
	struct recorder *recorder;
	char text[64];

	begin_run(metric);
	snprintf(text, sizeof text, "command=./app\nmetric=%s\n", metric_name(metric));
	cr_assert_null(recorder_open(path, false, &recorder));
	cr_assert_null(recorder_begin(recorder, text, &profile));
	run(rounds);
	name(f, "f", "/src/app.c", 10);
	name(g, "g", NULL, 0);
	recorder_end(recorder, &profile, end);
	return recorder_close(recorder);
}

static void same_amounts(const struct amounts *a, const struct amounts *b)
{
	for (unsigned i = 0; i < profile.columns; i++)
		cr_assert_eq(a->bytes[i], b->bytes[i], "%ld and %ld in column %u",
			(long)a->bytes[i], (long)b->bytes[i], i);
}

/* Location numbers may differ; what they say may not. */
static void same_location(
	const struct profile *one, uint32_t a, const struct profile *two, uint32_t b)
{
	const struct location *x = &one->places->locations.items[a],
			      *y = &two->places->locations.items[b];

	cr_assert_eq(x->kind, y->kind);
	cr_assert_eq(x->offset, y->offset);
	cr_assert_eq(x->line, y->line);
	cr_assert(x->name && y->name);
	cr_assert_str_eq(x->name, y->name);
	cr_assert_eq(!x->file, !y->file);
	if (x->file) {
		cr_assert_str_eq(x->file, y->file);
		cr_assert_str_eq(x->source, y->source);
	}
}

static void same_profile(const struct profile *one, const struct profile *two)
{
	cr_assert_eq(one->marks.count, two->marks.count);
	for (size_t i = 0; i < one->marks.count; i++) {
		cr_assert_str_eq(one->marks.items[i].name, two->marks.items[i].name);
		cr_assert_eq(one->marks.items[i].count, two->marks.items[i].count);
		cr_assert_eq(one->marks.items[i].bytes, two->marks.items[i].bytes);
	}
	cr_assert_eq(one->metric, two->metric);
	cr_assert_eq(one->peak, two->peak);
	same_amounts(&one->balance.start, &two->balance.start);
	same_amounts(&one->balance.end, &two->balance.end);
	same_amounts(&one->balance.footprint, &two->balance.footprint);
	cr_assert_eq(one->paths.count, two->paths.count);
	for (uint32_t i = 1; i < one->paths.count; i++) {
		const struct callpath_node *x = callpath_at(&one->paths, i);
		const struct callpath_node *y = callpath_at(&two->paths, i);

		same_location(one, x->location, two, y->location);
		cr_assert_eq(x->parent, y->parent);
		cr_assert_eq(x->calls, y->calls);
		cr_assert_eq(x->rise_calls, y->rise_calls);
		cr_assert_eq(x->self_rise_calls, y->self_rise_calls);
		for (unsigned column = 0; column < one->columns; column++)
			cr_assert_arr_eq(callpath_amounts(&one->paths, i, column),
				callpath_amounts(&two->paths, i, column),
				sizeof(struct callpath_amounts));
	}
}

static void plays_back(enum metric metric, unsigned rounds)
{
	struct profiles played;
	struct recording recording;
	char *command;

	cr_assert_null(record(metric, rounds, "status=256\npeak=1048576\n"));
	cr_assert_null(recording_play(path, REPLAY_END, &played, &recording));
	cr_assert_null(recording.cut, "%s", recording.cut);
	cr_assert_eq(played.count, 1);
	same_profile(&profile, profiles_first(&played));
	cr_assert_str_eq(profiles_first(&played)->places->modules.items[0].build_id, "c0ffee");
	cr_assert_str_eq(played.items[0]->command, "./app");
	cr_assert(played.items[0]->ended);
	cr_assert_eq(played.items[0]->status, 256);
	command = recording_value(&recording.processes.items[0].run, "command");
	cr_assert_str_eq(command, "./app");
	cr_assert_null(recording_value(&recording.processes.items[0].run, "comm"));
	free(command);
	recording_deinit(&recording);
	profiles_deinit(&played);
	end_run();
}

Test(recording, plays_back_the_same_profile, .init = setup, .fini = teardown)
{
	plays_back(METRIC_RSS, 3);
}

Test(recording, plays_back_every_column, .init = setup, .fini = teardown)
{
	plays_back(METRIC_ALL, 3);
}

Test(recording, plays_back_many_blocks, .init = setup, .fini = teardown)
{
	plays_back(METRIC_RSS, 100000);
}

Test(recording, a_stop_costs_a_few_bytes, .init = setup, .fini = teardown)
{
	struct stat file;

	cr_assert_null(record(METRIC_RSS, 100000, "status=0\n"));
	cr_assert_eq(stat(path, &file), 0);
	/* Each round has three calls, which are six stops. */
	cr_assert_lt(file.st_size, 600000 * 4, "%ld bytes", (long)file.st_size);
	end_run();
}

Test(recording, is_for_its_owner_alone, .init = setup, .fini = teardown)
{
	struct stat file;

	umask(0);
	cr_assert_null(record(METRIC_RSS, 1, ""));
	cr_assert_eq(stat(path, &file), 0);
	cr_assert_eq(file.st_mode & 0777, 0600);
	end_run();
}

Test(recording, stops_at_the_peak, .init = setup, .fini = teardown)
{
	struct profiles profiles;
	struct profile played;
	struct recording recording;
	uint32_t in_g = UINT32_MAX;

	cr_assert_null(record(METRIC_RSS, 3, "status=0\npeak=1048576\n"));
	cr_assert_null(recording_play(path, REPLAY_PEAK, &profiles, &recording));
	played = *profiles_first(&profiles);
	/* The highest is in the third round, while the worker's g holds 400 kB and twice 4. */
	cr_assert_eq(played.balance.end.bytes[0] - played.balance.start.bytes[0],
		(100 + 3 * 8 + 400 + 2 * 4) * 1024);
	for (uint32_t i = 1; i < played.paths.count; i++) {
		uint32_t location = callpath_at(&played.paths, i)->location;
		const char *text = played.places->locations.items[location].name;

		if (text && !strcmp(text, "g"))
			in_g = i;
	}
	cr_assert_neq(in_g, UINT32_MAX);
	cr_assert_eq(callpath_amounts(&played.paths, in_g, 0)->self, (400 + 2 * 4) * 1024);
	cr_assert_eq(played.peak, 1048576);
	recording_deinit(&recording);
	profiles_deinit(&profiles);
	end_run();
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

/* Plays what is there; true where it was whole. An error has a message. */
static bool play_damaged(enum replay_until until)
{
	struct profiles played;
	struct recording recording;
	struct ptmem_error *error = recording_play(path, until, &played, &recording);
	bool whole;

	if (error) {
		cr_assert(strlen(error->message) > 0);
		error_free(error);
		return false;
	}
	whole = !recording.cut;
	recording_deinit(&recording);
	profiles_deinit(&played);
	return whole;
}

static void refused(const char *file, enum error_code code)
{
	struct profiles played;
	struct recording recording;
	struct ptmem_error *error = recording_play(file, REPLAY_END, &played, &recording);

	cr_assert(error_is(error, code));
	error_free(error);
}

Test(recording, cut_at_every_byte, .init = setup, .fini = teardown)
{
	size_t size;
	uint8_t *bytes;

	cr_assert_null(record(METRIC_RSS, 20, "status=0\n"));
	end_run();
	bytes = read_file(&size);
	for (size_t cut = 0; cut < size; cut++) {
		write_file(bytes, cut);
		cr_assert_not(play_damaged(REPLAY_END), "cut at %zu", cut);
	}
	write_file(bytes, size);
	cr_assert(play_damaged(REPLAY_END));
	free(bytes);
}

/* Without an end that was written, what came after may be missing. */
Test(recording, of_nobody, .init = setup, .fini = teardown)
{
	struct recorder *recorder;

	cr_assert_null(recorder_open(path, false, &recorder));
	cr_assert_null(recorder_close(recorder));
	refused(path, ERROR_FORMAT);
}

Test(recording, every_bit_flipped, .init = setup, .fini = teardown)
{
	size_t size;
	uint8_t *bytes;

	cr_assert_null(record(METRIC_RSS, 5, "status=0\n"));
	end_run();
	bytes = read_file(&size);
	for (size_t bit = 0; bit < size * 8; bit++) {
		/* The minor version and what is reserved after it mean nothing yet. */
		if (bit / 8 >= 10 && bit / 8 < RECORDING_HEADER_SIZE)
			continue;
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		write_file(bytes, size);
		cr_assert_not(play_damaged(bit % 2 ? REPLAY_END : REPLAY_PEAK), "bit %zu", bit);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	free(bytes);
}

Test(recording, a_later_major_version_is_refused_by_name, .init = setup, .fini = teardown)
{
	struct profiles played;
	struct recording recording;
	struct ptmem_error *error;
	size_t size;
	uint8_t *bytes;

	cr_assert_null(record(METRIC_RSS, 1, ""));
	end_run();
	bytes = read_file(&size);
	bytes[RECORDING_MAGIC_SIZE] = 77;
	write_file(bytes, size);
	error = recording_play(path, REPLAY_END, &played, &recording);
	cr_assert(error_is(error, ERROR_FORMAT));
	cr_assert_not_null(strstr(error->message, "format 77"));
	error_free(error);
	free(bytes);
}

Test(recording, what_is_no_recording_is_refused, .init = setup, .fini = teardown)
{
	refused(folder, ERROR_FORMAT);
	refused(path, ERROR_SYSTEM);
	cr_assert_eq(mkfifo(path, 0600), 0);
	refused(path, ERROR_FORMAT);
	unlink(path);
	write_file((const uint8_t *)"", 0);
	refused(path, ERROR_FORMAT);
	write_file((const uint8_t *)"PTMEMRAX and so on", 18);
	refused(path, ERROR_FORMAT);
}

Test(recording, one_before_is_kept, .init = setup, .fini = teardown)
{
	cr_assert_null(record(METRIC_RSS, 1, ""));
	end_run();
	cr_assert_null(record(METRIC_RSS, 1, ""));
	end_run();
	cr_assert_eq(access(old, R_OK), 0);
}

Test(recording, a_foreign_file_is_left_alone, .init = setup, .fini = teardown)
{
	struct recorder *recorder;
	struct ptmem_error *error;

	begin_run(METRIC_RSS);
	write_file((const uint8_t *)"precious", 8);
	error = recorder_open(path, false, &recorder);
	cr_assert(error_is(error, ERROR_FORMAT));
	cr_assert_not_null(strstr(error->message, "--force"));
	error_free(error);
	cr_assert_null(recorder_open(path, true, &recorder));
	cr_assert_null(recorder_close(recorder));
	profile_deinit(&profile);
}

Test(recording, knows_what_is_mapped)
{
	char *mappings = record_mappings(getpid()), *none = record_mappings(-1);

	cr_assert_not_null(mappings);
	cr_assert_not_null(strstr(mappings, "map="));
	cr_assert_not_null(strstr(mappings, "/libcriterion"));
	cr_assert_str_eq(none, "");
	free(mappings);
	free(none);
}
