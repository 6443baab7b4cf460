/* Recordings for the library's callers: what reports print from, read only. */
#include "ptmem/recording.h"

#include "library/load.h"
#include "library/options.h"
#include "profile/recording.h"
#include "report/label.h"
#include "report/subtree.h"
#include "symbol/search.h"

#include <stdlib.h>

/* A path's number is its node's, the root left out. */
#define FIRST_NODE (CALLPATH_ROOT + 1)

struct ptmem_recording {
	struct profiles profiles;
	struct recording recording;
	int64_t **sums; /* of each process: what each node comes to with all below */
};

static struct ptmem_error *add_up(struct ptmem_recording *recording)
{
	size_t count = recording->profiles.count;

	recording->sums = calloc(count, sizeof *recording->sums);
	for (size_t i = 0; recording->sums && i < count; i++) {
		const struct callpath_trie *paths = &recording->profiles.items[i]->profile.paths;

		recording->sums[i] = malloc(paths->count * sizeof **recording->sums);
		if (!recording->sums[i])
			return &error_no_memory;
		subtree_sum(paths, 0, recording->sums[i]);
	}
	return recording->sums ? NULL : &error_no_memory;
}

struct ptmem_error *ptmem_recording_open(const char *path, struct ptmem_recording **recording)
{
	struct ptmem_recording *opened = calloc(1, sizeof *opened);
	struct ptmem_error *error;

	if (!opened)
		return &error_no_memory;
	error = recording_load(path, search_ours.options, &opened->profiles, &opened->recording);
	if (error) {
		free(opened);
		return error;
	}
	error = add_up(opened);
	if (error)
		ptmem_recording_close(opened);
	else
		*recording = opened;
	return error;
}

void ptmem_recording_close(struct ptmem_recording *recording)
{
	if (!recording)
		return;
	for (size_t i = 0; recording->sums && i < recording->profiles.count; i++)
		free(recording->sums[i]);
	free(recording->sums);
	profiles_deinit(&recording->profiles);
	recording_deinit(&recording->recording);
	free(recording);
}

const char *ptmem_recording_cut(const struct ptmem_recording *recording)
{
	return recording->recording.cut;
}

enum ptmem_metric ptmem_recording_metric(const struct ptmem_recording *recording)
{
	enum metric metric = profiles_first(&recording->profiles)->metric;

	return (enum ptmem_metric)metric_of_column(metric, 0);
}

size_t ptmem_recording_process_count(const struct ptmem_recording *recording)
{
	return recording->profiles.count;
}

int ptmem_recording_process(
	const struct ptmem_recording *recording, size_t process, struct ptmem_process *out)
{
	const struct process_profile *found;
	struct ptmem_process known = {0};

	if (process >= recording->profiles.count)
		return 0;
	found = recording->profiles.items[process];
	known.pid = found->pid;
	known.ended = found->ended;
	known.status = found->status;
	known.command = found->command;
	known.peak = found->profile.peak;
	known.start = found->profile.balance.start.bytes[0];
	known.end = found->profile.balance.end.bytes[0];
	options_give(out, &known, sizeof known);
	return 1;
}

char *ptmem_recording_value(
	const struct ptmem_recording *recording, size_t process, const char *key)
{
	if (process >= recording->recording.processes.count)
		return NULL;
	return recording_value(&recording->recording.processes.items[process].run, key);
}

size_t ptmem_recording_path_count(const struct ptmem_recording *recording, size_t process)
{
	if (process >= recording->profiles.count)
		return 0;
	return recording->profiles.items[process]->profile.paths.count - FIRST_NODE;
}

static enum ptmem_path_kind kind_of(const struct location *location)
{
	switch (location->kind) {
	case LOCATION_BRACKET:
		return PTMEM_PATH_BRACKET;
	case LOCATION_THREAD:
		return PTMEM_PATH_THREAD;
	case LOCATION_INLINED:
		return PTMEM_PATH_INLINED;
	case LOCATION_CODE:
	case LOCATION_CALL:
	case LOCATION_METHOD:
		break;
	}
	return PTMEM_PATH_FUNCTION;
}

static void describe(
	const struct profile *profile, uint32_t node, int64_t sum, struct ptmem_path *path)
{
	const struct callpath_node *found = callpath_at(&profile->paths, node);
	const struct location *location = &profile->places->locations.items[found->location];
	bool in_module = location_is_code(location);

	path->parent =
		found->parent == CALLPATH_ROOT ? PTMEM_PATH_NONE : found->parent - FIRST_NODE;
	path->kind = kind_of(location);
	path->function = location_name(location);
	path->file = location->file;
	path->line = location->file ? location->line : 0;
	path->object = in_module ? profile->places->modules.items[location->module].path : NULL;
	path->calls = found->calls;
	path->memory = sum;
	path->self = found->first.self;
}

int ptmem_recording_path(const struct ptmem_recording *recording, size_t process, size_t path,
	struct ptmem_path *out)
{
	struct ptmem_path known = {0};
	uint32_t node;

	if (path >= ptmem_recording_path_count(recording, process))
		return 0;
	node = (uint32_t)path + FIRST_NODE;
	describe(&recording->profiles.items[process]->profile, node, recording->sums[process][node],
		&known);
	options_give(out, &known, sizeof known);
	return 1;
}
