/* The table of commands, and the statuses that their errors end in. */
#include "cli/command.h"

#include <string.h>

#define STATUS_FAILED 125
#define STATUS_NOT_EXECUTABLE 126
#define STATUS_NOT_FOUND 127

/* Of those that share a row. */
static const char over_time[] = "memory over time";

const struct command commands[COMMAND_COUNT] = {
	[COMMAND_RUN] = {.name = "",
		.usage = "[OPTION...] [--] PROGRAM [ARG...]",
		.help = "which functions made it grow?",
		.arguments = ARGUMENTS_PROGRAM,
		.lacking = "program to run",
		.run = command_run},
	[COMMAND_POST] = {.name = "post",
		.usage = "[OPTION...] FILE...",
		.help = "other looks at recordings",
		.about = "Reports from recordings of earlier runs; several are added up.\n",
		.arguments = ARGUMENTS_FILES,
		.lacking = "recording to report from",
		.least = 1,
		.run = command_post},
	[COMMAND_DIFF] = {.name = "diff",
		.usage = "[OPTION...] BASE NEW",
		.help = "what grew between two",
		.about = "What grew and what shrank from one recording to another.\n",
		.arguments = ARGUMENTS_FILES,
		.lacking = "recordings to compare",
		.least = 2,
		.most = 2,
		.run = command_diff},
	[COMMAND_CHECK] = {.name = "check",
		.usage = "[OPTION...] [--] PROGRAM|FILE",
		.help = "for CI: is it within limits?",
		.about = "Judges a run of PROGRAM, or a recording: status 120 beyond a limit.\n",
		.arguments = ARGUMENTS_PROGRAM,
		.lacking = "program or recording to check",
		.run = command_check},
	[COMMAND_SAMPLE] = {.name = "run",
		.kin = over_time,
		.usage = "[OPTION...] [--] PROGRAM [ARG...]",
		.help = "its memory over time",
		.about = "Samples the memory of PROGRAM into mprofile_YYYYMMDDhhmmss.dat.\n",
		.arguments = ARGUMENTS_PROGRAM,
		.lacking = "program to run",
		.run = command_sample},
	[COMMAND_LIST] = {.name = "list",
		.kin = over_time,
		.usage = "[OPTION...]",
		.help = "the samples in this folder",
		.about = "Lists mprofile_*.dat by index, with time and command.\n",
		.arguments = ARGUMENTS_NONE,
		.run = command_list},
	[COMMAND_RM] = {.name = "rm",
		.kin = over_time,
		.usage = "[OPTION...] INDEX|FILE...",
		.help = "remove some of them",
		.about = "Removes samples over time; -1 is the newest, as ptmem list has them.\n",
		.arguments = ARGUMENTS_FILES,
		.lacking = "samples to remove",
		.least = 1,
		.indices = true,
		.run = command_rm},
	[COMMAND_CLEAN] = {.name = "clean",
		.kin = over_time,
		.usage = "[OPTION...]",
		.help = "remove all of them",
		.about = "Removes all samples over time, mprofile_*.dat, from this folder.\n",
		.arguments = ARGUMENTS_NONE,
		.run = command_clean},
	[COMMAND_PEAK] = {.name = "peak",
		.kin = over_time,
		.usage = "[OPTION...] [INDEX|FILE...]",
		.help = "the highest memory in them",
		.about = "The highest memory in samples over time, the newest ones by default.\n",
		.arguments = ARGUMENTS_FILES,
		.indices = true,
		.run = command_peak},
	[COMMAND_PLOT] = {.name = "plot",
		.kin = over_time,
		.usage = "[OPTION...] [INDEX|FILE...]",
		.help = "a picture of them",
		.about = "Plots memory over time, of the newest samples by default.\n",
		.arguments = ARGUMENTS_FILES,
		.indices = true,
		.run = command_plot},
};

const struct command *command_find(const char *name)
{
	for (const struct command *command = commands; command < commands + COMMAND_COUNT;
		command++)
		if (*command->name && !strcmp(command->name, name))
			return command;
	return NULL;
}

enum command_id command_id(const struct command *command)
{
	return (enum command_id)(command - commands);
}

struct ptmem_error *command_execute(struct options *options, int *status)
{
	switch (options->action) {
	case ACTION_COMMAND:
		break;
	case ACTION_HELP:
		return command_help(options, status);
	case ACTION_VERSION:
		return command_version(options, status);
	case ACTION_COMPLETION:
		return command_completion(options, status);
	}
	return options->command->run(options, status);
}

int command_error_status(const struct ptmem_error *error)
{
	if (error_is(error, ERROR_NOT_FOUND))
		return STATUS_NOT_FOUND;
	return error_is(error, ERROR_NOT_EXECUTABLE) ? STATUS_NOT_EXECUTABLE : STATUS_FAILED;
}
