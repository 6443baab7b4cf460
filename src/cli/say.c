/* What commands say of their reports. */
#include "cli/say.h"

#include "base/strbuf.h"
#include "cli/message.h"

#include <stdio.h>

const char *say_plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static void say_negative(const struct report_hidden *hidden, const struct options *options)
{
	if (hidden->negative)
		message_print("%zu path%s that gave memory back, %.2f MB in all, not shown: %s has "
			      "no place for less than 0",
			hidden->negative, say_plural(hidden->negative),
			(double)hidden->negative_bytes / 1048576, options->format->name);
}

void say_hidden(const struct report_hidden *hidden, const struct options *options)
{
	size_t rows = hidden->below_min + hidden->beyond_top;
	struct strbuf text = {0};

	say_negative(hidden, options);
	if (!rows)
		return;
	if (hidden->below_min)
		strbuf_addf(&text, "%zu row%s below %s MB", hidden->below_min,
			say_plural(hidden->below_min), options->min_text);
	if (hidden->below_min && hidden->beyond_top)
		strbuf_addf(&text, " and %zu beyond the top %zu", hidden->beyond_top,
			options->report.top);
	else if (hidden->beyond_top)
		strbuf_addf(&text, "%zu row%s beyond the top %zu", hidden->beyond_top,
			say_plural(hidden->beyond_top), options->report.top);
	message_print("%s %s not shown", text.text ? text.text : "rows", rows == 1 ? "is" : "are");
	strbuf_deinit(&text);
}

void say_balance(const struct options *options, const struct profiles *profiles)
{
	bool closes = true;

	for (size_t i = 0; i < profiles->count; i++) {
		const struct process_profile *process = profiles->items[i];
		const pid_t *pid = profiles->count > 1 ? &process->pid : NULL;

		closes &= report_balance(&process->profile, pid, options->verbose ? stderr : NULL);
	}
	if (!closes)
		message_print("the rows do not add up to what memory changed by: "
			      "please report this, with what -v prints");
}
