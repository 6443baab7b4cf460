/* What memit says of its runs. */
#include "cli/memit_say.h"

#include "cli/message.h"

#include <string.h>
#include <sys/wait.h>

/* As much of a command as a line has room for. */
#define NAME_MAX_SHOWN 60

int memit_status(const struct peak_run *run)
{
	return WIFSIGNALED(run->status) ? 128 + WTERMSIG(run->status) : WEXITSTATUS(run->status);
}

static int shown(const struct memit_command *command)
{
	return (int)strnlen(command->text, NAME_MAX_SHOWN);
}

static const char *rest(const struct memit_command *command)
{
	return strlen(command->text) > NAME_MAX_SHOWN ? "..." : "";
}

static void say_failed(const struct memit_command *command)
{
	size_t failed = 0, last = command->runs.count;

	for (size_t i = 0; i < command->runs.count; i++)
		if (memit_status(&command->runs.items[i])) {
			failed++;
			last = i;
		}
	if (failed && command->runs.count == 1)
		message_print("%.*s%s: ended with status %d", shown(command), command->text,
			rest(command), memit_status(&command->runs.items[0]));
	else if (failed)
		message_print("%.*s%s: %zu of %zu runs failed, run %zu with status %d",
			shown(command), command->text, rest(command), failed, command->runs.count,
			last + 1, memit_status(&command->runs.items[last]));
}

static void say_cut(const struct memit_command *command, size_t cut)
{
	message_print("%.*s%s: the end of %zu of %zu runs could not be seen: memory may have gone "
		      "higher in the last moment",
		shown(command), command->text, rest(command), cut, command->runs.count);
}

/* Of one that could not be traced, the reason may be known. */
static void say_doubts(const struct memit_command *command)
{
	const char *warning = NULL;
	size_t cut = 0, untraced = 0;

	for (size_t i = 0; i < command->runs.count; i++) {
		const struct peak_run *run = &command->runs.items[i];

		cut += run->cut && !run->untraced;
		untraced += run->untraced;
		if (!warning)
			warning = run->warning;
	}
	if (warning)
		message_print("%s", warning);
	if (untraced)
		message_print("%.*s%s: it could not be traced, only sampled: neither its beginning "
			      "nor its end is known",
			shown(command), command->text, rest(command));
	if (cut)
		say_cut(command, cut);
}

void memit_say_command(const struct memit_command *command, bool shell)
{
	say_doubts(command);
	if (shell)
		message_print(
			"%.*s%s: run by a shell, which this is the memory of: -C adds what it "
			"starts",
			shown(command), command->text, rest(command));
	say_failed(command);
}

void memit_say_measure(const struct peak_options *options, bool chosen)
{
	bool shared = options->metric == METRIC_RSS || options->metric == METRIC_FILE ||
		      options->metric == METRIC_SHMEM;

	if (options->children && !chosen)
		message_print("several processes are added up: as pss, so that what they share "
			      "counts once");
	if (options->children && shared)
		message_print("several processes are added up: what they share counts for each, "
			      "unlike with --metric pss");
	if (peak_is_sampled(options))
		message_print("%s%s is sampled, every %d ms at best: what was there for less may "
			      "be missing",
			metric_name(options->metric),
			options->children ? " of several processes" : "", PEAK_INTERVAL);
}
