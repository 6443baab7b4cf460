/* The processes of a run. */
#include "profile/profiles.h"

#include <stdlib.h>

struct process_profile *profiles_add(struct profiles *profiles, enum metric metric, pid_t pid)
{
	struct process_profile *new = calloc(1, sizeof *new);
	struct process_profile **place;
	bool begun;

	if (!new)
		return NULL;
	begun = profiles->count ? profile_init_beside(&new->profile, profiles_first(profiles))
				: profile_init(&new->profile, metric);
	place = begun ? vec_append(profiles) : NULL;
	if (!place) {
		profile_deinit(&new->profile);
		free(new);
		return NULL;
	}
	new->pid = pid;
	return *place = new;
}

void process_profile_destroy(struct process_profile *process)
{
	profile_deinit(&process->profile);
	free(process->command);
	free(process);
}

void profiles_deinit(struct profiles *profiles)
{
	for (size_t i = 0; i < profiles->count; i++)
		process_profile_destroy(profiles->items[i]);
	vec_deinit(profiles);
}

struct profile *profiles_first(const struct profiles *profiles)
{
	return &profiles->items[0]->profile;
}

struct ptmem_error *profiles_fold(struct profiles *profiles)
{
	struct process_profile *first = profiles->items[0];
	struct ptmem_error *error;
	struct profile total;

	if (profiles->count == 1)
		return NULL;
	error = profiles_total(profiles, &total);
	if (error)
		return error;
	while (profiles->count > 1)
		process_profile_destroy(profiles->items[--profiles->count]);
	profile_deinit(&first->profile);
	first->profile = total;
	return NULL;
}
