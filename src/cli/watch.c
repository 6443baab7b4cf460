/* Running and watching a program, and what is said of it. */
#include "cli/watch.h"

#include "base/strbuf.h"
#include "cli/debugger.h"
#include "cli/message.h"
#include "cli/say.h"
#include "report/inlines.h"
#include "report/methods.h"

#include <inttypes.h>
#include <sys/wait.h>

static void tell_line(const char *line)
{
	message_print("%s", line);
}

int watch_status(const struct options *options, const struct session_result *result)
{
	int status = result->status;

	if (result->over_limit)
		return STATUS_EXCEEDED;
	if (result->detached && options->attach)
		return 0;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

struct ptmem_error *watch_program(
	struct options *options, struct profiles *profiles, struct session_result *result)
{
	struct session_options session = {
		.argv = options->program,
		.engine = options->engine,
		.exact = options->exact,
		.attach = options->attach,
		.follow = options->follow,
		.first = options->first,
		.duration = options->duration,
		.metric = options->metric,
		.funcs = &options->funcs,
		.exclude = &options->exclude,
		.files = &options->sources,
		.libs = &options->libs,
		.objects = options->report.instances ? &options->objects : NULL,
		.max_hits = options->max_hits,
		.max_hits_given = options->max_hits_given,
		.aslr = options->aslr,
		.thp = options->thp,
		.symbols = &options->symbols,
		.record = options->record,
		.from = &options->from,
		.until = &options->until,
		.lines = options->lines.wanted ? &options->lines : NULL,
		.break_at = options->break_at,
		.kill_at = options->kill_at,
		.tell = tell_line,
		.debug = debugger_is_wanted() ? debugger_run : NULL,
	};

	struct ptmem_error *error = session_run(&session, profiles, result);

	if (error)
		return error;
	methods_show(profiles, options->report.instances);
	return inlines_show(profiles, options->callsites);
}

static void add_released(struct strbuf *text, const struct options *options,
	const struct profile *profile, const struct session_result *result)
{
	if (!result->released)
		return;
	strbuf_addf(text,
		"; %" PRIu64 " function%s let go after %" PRIu64 " call%s that changed nothing",
		result->released, say_plural(result->released), options->max_hits,
		say_plural(options->max_hits));
	if (result->hottest < profile->places->locations.count)
		strbuf_addf(text, ", the hottest %s",
			profile->places->locations.items[result->hottest].name);
}

static void say_let_go(const struct options *options, const struct profiles *profiles,
	const struct session_result *result)
{
	uint64_t others = result->let_go - (result->let_go && result->detached);

	if (result->detached)
		message_print("%d runs on, unwatched",
			options->attach ? options->attach : profiles->items[0]->pid);
	if (others && (options->first || options->follow))
		message_print("%" PRIu64 " %sprocess%s on, unwatched", others,
			result->detached ? "more " : "", others == 1 ? " runs" : "es run");
}

/* To get debug info, beside packages. Not all objects' is asked for where servers are named. */
static const char *other_ways(const struct options *options)
{
	if (options->symbols.server_for_all)
		return ", or build with -g";
	return debug_server_is_named() ? ", build with -g, or give --debuginfod=yes"
				       : ", build with -g, or set DEBUGINFOD_URLS";
}

/* What the samples are worth: calls between two of them were not seen, nor what the kernel hid. */
static void add_sampled(
	struct strbuf *text, const struct options *options, const struct session_result *result)
{
	strbuf_addf(text, "engine faults, %" PRIu64 " page fault%s sampled; %s are a lower bound",
		result->samples, say_plural(result->samples),
		options->lines.wanted ? "calls and occurrences" : "calls");
	if (result->lost)
		strbuf_addf(text, "; %" PRIu64 " sample%s lost: see [lost]", result->lost,
			say_plural(result->lost));
	if (result->given_up)
		strbuf_add(text, "; memory was given back too often to follow: see [given back]");
	if (result->user_only)
		strbuf_add(text, "; the kernel hides what system calls touched (see "
				 "kernel.perf_event_paranoid)");
	if (result->cut)
		strbuf_addf(text, "; %" PRIu64 " stack%s cut off", result->cut,
			say_plural(result->cut));
	if (result->held && options->verbose)
		strbuf_addf(text, "; held %" PRIu64 " time%s to keep up", result->held,
			say_plural(result->held));
}

static void add_faults(
	struct strbuf *text, const struct options *options, const struct session_result *result)
{
	if (!result->exact)
		add_sampled(text, options, result);
	else
		strbuf_addf(text, "engine faults, exact, %" PRIu64 " call%s seen%s", result->calls,
			say_plural(result->calls),
			options->lines.wanted ? "; occurrences are a lower bound" : "");
}

/* What a run costs follows from these. */
static void say_stops(const struct session_result *result)
{
	uint64_t others = result->stops - result->at_breakpoints - result->at_faults;

	message_print("stopped %" PRIu64 " time%s: %" PRIu64 " at breakpoints, %" PRIu64
		      " at page faults, %" PRIu64 " for other reasons",
		result->stops, say_plural(result->stops), result->at_breakpoints, result->at_faults,
		others);
}

static void add_objects(
	struct strbuf *text, const struct options *options, const struct places *places)
{
	size_t count = places->instances.list.count;

	if (options->report.instances)
		strbuf_addf(text, ", %zu object%s told apart", count, say_plural(count));
}

void watch_say_closing(const struct options *options, const struct profiles *profiles,
	const struct session_result *result)
{
	struct strbuf text = {0};

	if (result->engine == ENGINE_FAULTS)
		add_faults(&text, options, result);
	else
		strbuf_addf(&text,
			"engine breakpoints, %" PRIu64 " call%s seen, %" PRIu64
			" function%s watched",
			result->calls, say_plural(result->calls), result->functions,
			say_plural(result->functions));
	add_objects(&text, options, profiles_first(profiles)->places);
	if (profiles->count > 1)
		strbuf_addf(&text, ", %zu processes", profiles->count);
	add_released(&text, options, profiles_first(profiles), result);
	if (result->steps)
		strbuf_addf(&text, "; %" PRIu64 " single step%s", result->steps,
			say_plural(result->steps));
	if (result->uncaught)
		strbuf_addf(&text, "; %" PRIu64 " return%s not caught", result->uncaught,
			say_plural(result->uncaught));
	if (result->ambiguous)
		strbuf_addf(&text,
			"; %.2f MB moved by several threads at once, divided by page faults",
			(double)result->ambiguous / 1048576);
	if (profiles_first(profiles)->places->sites.over)
		strbuf_addf(&text, "; beyond %d call paths more, call sites%s are not told apart",
			SITES_EXTRA_MAX, options->report.instances ? " and objects" : "");
	message_print("%s", text.text ? text.text : "out of memory");
	strbuf_deinit(&text);
	if (options->verbose)
		say_stops(result);
	if (result->undescribed)
		message_print("no debug info in %s: install their -dbgsym packages%s",
			result->undescribed, other_ways(options));
	say_let_go(options, profiles, result);
	if (result->recordings > 1)
		message_print("recorded in %s and %" PRIu64 " more: see ptmem post --help",
			result->recording, result->recordings - 1);
	else if (result->recording)
		message_print("recorded in %s: see ptmem post --help", result->recording);
}

void watch_say_warnings(const struct session_result *result)
{
	size_t count = sizeof result->warnings / sizeof result->warnings[0];

	for (size_t i = 0; i < count && result->warnings[i]; i++)
		message_print("%s", result->warnings[i]);
}
