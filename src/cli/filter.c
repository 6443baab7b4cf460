/* --funcs, --exclude and --files on a profile that is there already. */
#include "cli/filter.h"

#include <stdlib.h>

#define FIRST_NODE (CALLPATH_ROOT + 1)

/* What the patterns say of a location. */
struct verdict {
	bool wanted, excluded;
};

/* What is to be kept of the tree. */
struct pruning {
	const struct profile *profile;
	const struct verdict *verdicts; /* by location */
	bool *matched;                  /* by node: it or one that leads to it is wanted */
	bool *kept;                     /* by node: matched, or leads to one that is */
	bool sums;   /* sums with callees are shown: what is not kept stays in them */
	bool stacks; /* what leads to a match shows nothing of its own */
};

bool filter_is_wanted(const struct options *options)
{
	return options->funcs.count || options->exclude.count || options->sources.count;
}

/* Memory of no function is wanted unless functions are asked for. */
static struct verdict judge(struct options *options, const struct location *location)
{
	const char *name = location->name ? location->name : "";
	bool (*matches)(struct pattern_list *, const char *) =
		location->kind == LOCATION_INLINED ? pattern_list_matches_inlined
						   : pattern_list_matches_name;
	bool any = !options->funcs.count && !options->sources.count;
	struct verdict verdict = {.wanted = any};
	bool named, there;

	if (!location_is_code(location))
		return verdict;
	named = matches(&options->funcs, name) || !options->funcs.count;
	there = (location->file && pattern_list_matches_path(&options->sources, location->file)) ||
		!options->sources.count;
	verdict.wanted = named && there;
	verdict.excluded = matches(&options->exclude, name);
	return verdict;
}

void filter_match(struct options *options, const struct profile *profile)
{
	for (size_t i = 0; i < profile->places->locations.count; i++)
		judge(options, &profile->places->locations.items[i]);
}

static char *nearest_names(const struct profile *profile, const char *pattern)
{
	struct nearest nearest;
	char *phrase;

	nearest_init(&nearest, pattern);
	for (size_t i = 0; i < profile->places->locations.count; i++) {
		const struct location *location = &profile->places->locations.items[i];

		if (location_is_code(location) && location->name)
			nearest_offer(&nearest, location->name);
	}
	phrase = nearest_phrase(&nearest);
	nearest_deinit(&nearest);
	return phrase;
}

static struct ptmem_error *no_match(const struct options *options, const char *option,
	const char *what, const char *pattern, const char *nearest)
{
	return error_new(ERROR_NO_MATCH, "%s: no %s in the recording%s matches '%s'%s", option,
		what, options->peak ? " up to its peak" : "", pattern, nearest ? nearest : "");
}

struct ptmem_error *filter_check(const struct options *options, const struct profile *profile)
{
	const struct pattern *funcs = pattern_list_unused(&options->funcs);
	const struct pattern *exclude = pattern_list_unused(&options->exclude);
	const struct pattern *sources = pattern_list_unused(&options->sources);
	const struct pattern *unused = funcs ? funcs : exclude;
	struct ptmem_error *error;
	char *nearest;

	if (!unused)
		return sources ? no_match(options, "--files", "source file", sources->text, NULL)
			       : NULL;
	nearest = nearest_names(profile, unused->text);
	error = no_match(
		options, funcs ? "--funcs" : "--exclude", "function", unused->text, nearest);
	free(nearest);
	return error;
}

static void pruning_deinit(struct pruning *pruning)
{
	free(pruning->matched);
	free(pruning->kept);
}

static bool pruning_init(struct pruning *pruning, const struct options *options,
	const struct verdict *verdicts, const struct profile *profile)
{
	bool folded = options->format == &report_folded;

	*pruning = (struct pruning){
		.profile = profile,
		.verdicts = verdicts,
		.matched = calloc(profile->paths.count, sizeof *pruning->matched),
		.kept = calloc(profile->paths.count, sizeof *pruning->kept),
		.sums = !folded && !options->report.self,
		.stacks = folded,
	};
	return pruning->matched && pruning->kept;
}

/* Parents stand before their children: one pass for what is above a node, one for below. */
static bool pruning_mark(struct pruning *pruning)
{
	const struct callpath_trie *paths = &pruning->profile->paths;
	bool *excluded = calloc(paths->count, sizeof *excluded);

	if (!excluded)
		return false;
	for (uint32_t i = FIRST_NODE; i < paths->count; i++) {
		const struct callpath_node *node = callpath_at(paths, i);
		struct verdict verdict = pruning->verdicts[node->location];

		excluded[i] = excluded[node->parent] || verdict.excluded;
		pruning->matched[i] =
			!excluded[i] && (pruning->matched[node->parent] || verdict.wanted);
		pruning->kept[i] = pruning->matched[i];
	}
	for (uint32_t i = paths->count - 1; i > CALLPATH_ROOT; i--)
		pruning->kept[callpath_at(paths, i)->parent] |= pruning->kept[i];
	free(excluded);
	return true;
}

/* What a node did itself, in its own place or in that of what is kept above it. */
static void pruning_copy(
	const struct pruning *pruning, uint32_t node, struct callpath_trie *into, uint32_t place)
{
	const struct callpath_trie *paths = &pruning->profile->paths;
	const struct callpath_node *from = callpath_at(paths, node);
	struct callpath_node *to = callpath_at(into, place);
	bool kept = pruning->kept[node];
	bool self = kept ? pruning->matched[node] || !pruning->stacks : pruning->sums;

	if (kept) {
		to->calls = from->calls;
		to->rise_calls = from->rise_calls;
		to->self_rise_calls = from->self_rise_calls;
	}
	for (unsigned column = 0; column < paths->columns; column++) {
		const struct callpath_amounts *amounts = callpath_amounts(paths, node, column);
		struct callpath_amounts *sums = callpath_amounts(into, place, column);

		sums->self += self ? amounts->self : 0;
		sums->rise += kept ? amounts->rise : 0;
		sums->self_rise += kept ? amounts->self_rise : 0;
	}
}

static bool pruning_build(const struct pruning *pruning, struct callpath_trie *into)
{
	const struct callpath_trie *paths = &pruning->profile->paths;
	uint32_t *places = malloc(paths->count * sizeof *places);
	bool done = places != NULL;

	if (done)
		places[CALLPATH_ROOT] = CALLPATH_ROOT;
	for (uint32_t i = FIRST_NODE; done && i < paths->count; i++) {
		const struct callpath_node *node = callpath_at(paths, i);

		places[i] = places[node->parent];
		if (pruning->kept[i])
			places[i] = callpath_intern(into, places[i], node->location);
		done = places[i] != CALLPATH_NONE;
		if (done && places[i] != CALLPATH_ROOT)
			pruning_copy(pruning, i, into, places[i]);
	}
	free(places);
	return done;
}

static bool prune(
	const struct options *options, const struct verdict *verdicts, struct profile *profile)
{
	struct callpath_trie pruned = {0};
	struct pruning pruning;
	bool done = pruning_init(&pruning, options, verdicts, profile) && pruning_mark(&pruning) &&
		    callpath_init(&pruned, profile->columns) && pruning_build(&pruning, &pruned);

	pruning_deinit(&pruning);
	if (!done) {
		callpath_deinit(&pruned);
		return false;
	}
	callpath_deinit(&profile->paths);
	profile->paths = pruned;
	return true;
}

static struct ptmem_error *filter_paths(struct options *options, struct profiles *profiles)
{
	const struct places *places = profiles_first(profiles)->places;
	struct verdict *verdicts = calloc(places->locations.count + 1, sizeof *verdicts);
	bool done = verdicts;

	for (size_t i = 0; done && i < places->locations.count; i++)
		verdicts[i] = judge(options, &places->locations.items[i]);
	for (size_t i = 0; done && i < profiles->count; i++)
		done = prune(options, verdicts, &profiles->items[i]->profile);
	free(verdicts);
	return done ? NULL : &error_no_memory;
}

/* Threads have no rows: what is not to have one is made to look like one. */
static void filter_rows(struct options *options, struct places *places)
{
	for (size_t i = 0; i < places->locations.count; i++) {
		struct verdict verdict = judge(options, &places->locations.items[i]);

		if (!verdict.wanted || verdict.excluded)
			places->locations.items[i].kind = LOCATION_THREAD;
	}
}

struct ptmem_error *filter_apply(struct options *options, struct profiles *profiles)
{
	if (options->format != &report_flat && options->format != &report_csv &&
		options->format != &report_instances)
		return filter_paths(options, profiles);
	filter_rows(options, profiles_first(profiles)->places);
	return NULL;
}
