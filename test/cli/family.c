/*
 * Writes a recording of a run with three processes, of known growth:
 *
 *     family FILE
 *
 *     4242 ./server --port 1    serve adds 2 MB, in which grow adds 1.5
 *     4243 './wor ker'          grow adds 4 MB and gives 1 back; it ends with status 3
 *     4244 ./server --port 1    nothing; how it ended is not known
 */
#include "profile/ledger.h"
#include "profile/profiles.h"
#include "profile/recorder.h"
#include "profile/shadow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KB 1024
#define PROCESSES 3

static struct profiles run;
static struct shadow_stack stacks[PROCESSES];
static struct recorder *recorder;
static uint32_t serve, grow, startup;

static void expect(bool fine)
{
	if (fine)
		return;
	fputs("family: failed\n", stderr);
	exit(1);
}

static uint32_t add_function(uint64_t offset, const char *name, int line)
{
	struct places *places = profiles_first(&run)->places;
	uint32_t index = places_code_location(places, 0, offset, name);
	struct location *location = &places->locations.items[index];

	location->name = strdup(name);
	location->file = strdup("/src/family.c");
	location->line = line;
	return index;
}

static void add_places(struct places *places)
{
	expect(places_add_module(places, "/opt/family/server", "c0ffee") == 0);
	serve = add_function(0x1000, "serve", 10);
	grow = add_function(0x2000, "grow", 20);
	startup = places_bracket_location(places, "startup");
}

static void begin(size_t number, const char *command)
{
	struct process_profile *process = profiles_add(&run, METRIC_RSS, 4242 + (pid_t)number);
	struct amounts start = {.bytes = {1000 * KB}};
	char lines[256];

	expect(process);
	if (!number)
		add_places(process->profile.places);
	snprintf(lines, sizeof lines, "command=%s\npid=%d\nmetric=rss\n", command, process->pid);
	expect(!recorder_begin(recorder, lines, &process->profile));
	ledger_start(&process->profile, &start);
	expect(shadow_init(&stacks[number], &process->profile,
		places_thread_location(process->profile.places, 1, "server"), startup));
}

static void move(size_t number, int64_t kb)
{
	struct profile *profile = &run.items[number]->profile;
	struct amounts reading = profile->balance.end, moved;

	reading.bytes[0] += kb * KB;
	moved = ledger_move(profile, &reading);
	shadow_charge(&stacks[number], &moved);
}

static void enter(size_t number, uint32_t location)
{
	expect(shadow_enter(&stacks[number], location, target_address(0), SHADOW_NO_SITE));
}

static void live(void)
{
	begin(0, "./server --port 1");
	move(0, 64);
	enter(0, serve);
	move(0, 512);
	begin(1, "'./wor ker'");
	enter(0, grow);
	enter(1, grow);
	move(0, 1536);
	move(1, 4096);
	shadow_leave(&stacks[0]);
	begin(2, "./server --port 1");
	shadow_leave(&stacks[1]);
	shadow_leave(&stacks[0]);
	move(1, -1024);
}

static void end(void)
{
	static const char *const ends[PROCESSES] = {
		"status=0\npeak=4194304\n", "status=768\npeak=6291456\n", "peak=1048576\n"};

	for (size_t i = 0; i < PROCESSES; i++) {
		recorder_end(recorder, &run.items[i]->profile, ends[i]);
		shadow_deinit(&stacks[i]);
	}
}

int main(int argc, char **argv)
{
	expect(argc == 2 && !recorder_open(argv[1], true, &recorder));
	live();
	end();
	expect(!recorder_close(recorder));
	profiles_deinit(&run);
	return 0;
}
