/* The processes of a run. */
#include "profile/profiles.h"

#include "profile/merge.h"

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

void profiles_deinit(struct profiles *profiles)
{
	for (size_t i = 0; i < profiles->count; i++) {
		profile_deinit(&profiles->items[i]->profile);
		free(profiles->items[i]->command);
		free(profiles->items[i]);
	}
	vec_deinit(profiles);
}

struct profile *profiles_first(const struct profiles *profiles)
{
	return &profiles->items[0]->profile;
}

struct ptmem_error *profiles_total(const struct profiles *profiles, struct profile *total)
{
	struct ptmem_error *error = NULL;

	if (!profile_init(total, profiles_first(profiles)->metric))
		error = &error_no_memory;
	for (size_t i = 0; !error && i < profiles->count; i++)
		error = profile_merge(total, &profiles->items[i]->profile);
	if (error)
		profile_deinit(total);
	return error;
}
