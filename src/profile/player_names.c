/* What a recording tells when the run is over: names of what its journal has numbers for. */
#include "profile/fields.h"
#include "profile/instance_record.h"
#include "profile/player.h"
#include "profile/span_record.h"

#include <stdlib.h>

/* What a record says of one location. */
struct naming {
	uint32_t index; /* UINT32_MAX: of a location that is not known */
	int line;
	char *name, *file, *source;
};

static void naming_deinit(struct naming *naming)
{
	free(naming->name);
	free(naming->file);
	free(naming->source);
}

static bool naming_read(const struct player *player, struct source *source, struct naming *naming)
{
	*naming = (struct naming){0};
	naming->index = player_location(player, get_u32(source), LOCATION_CODE);
	naming->line = get_line(source);
	naming->name = get_string(source);
	naming->file = get_string(source);
	naming->source = get_string(source);
	return naming->name && naming->file && naming->source;
}

static char *unless_empty(char **text)
{
	char *taken = **text ? *text : NULL;

	if (taken)
		*text = NULL;
	return taken;
}

const char *player_names(struct player *player, const uint8_t *bytes, size_t size)
{
	struct source source = {.at = bytes, .end = bytes + size};

	while (!source.bad && source.at < source.end) {
		struct naming naming;
		bool good = naming_read(player, &source, &naming);
		bool known = good && naming.index != UINT32_MAX;
		struct location *location =
			known ? &player->profile->places->locations.items[naming.index] : NULL;

		if (known && !location->name) {
			location->name = naming.name;
			naming.name = NULL;
			location->file = unless_empty(&naming.file);
			location->source = unless_empty(&naming.source);
			location->line = naming.line;
		} else if (!good || player->stop == UINT64_MAX) {
			/* Before its end a play knows fewer locations than there are names. */
			source.bad = true;
		}
		naming_deinit(&naming);
	}
	return source.bad ? player_nonsense : NULL;
}

/* Before its end a play knows fewer calls than there are sites. */
static uint32_t find_site(const struct player *player, uint32_t number, struct source *source)
{
	uint32_t index = player_call(player, number);
	const struct location *call;

	if (index == UINT32_MAX) {
		source->bad |= player->stop == UINT64_MAX;
		return SITE_NONE;
	}
	call = &player->profile->places->locations.items[index];
	return call->kind == LOCATION_CALL ? call->site : SITE_NONE;
}

const char *player_sites(struct player *player, const uint8_t *bytes, size_t size)
{
	struct source source = {.at = bytes, .end = bytes + size};
	struct places *places = player->profile->places;

	while (!source.bad && source.at < source.end) {
		uint32_t call;

		site_record_begin(&source, &player->site_names, places, &call);
		if (call != UINT32_MAX)
			site_record_read(&source, &player->site_names, places,
				find_site(player, call, &source));
	}
	return source.bad ? player_nonsense : NULL;
}

const char *player_places(struct player *player, const uint8_t *bytes, size_t size)
{
	struct source source = {.at = bytes, .end = bytes + size};
	struct places *places = player->profile->places;

	while (!source.bad && source.at < source.end) {
		uint32_t number, site = SITE_NONE;

		site_record_begin(&source, &player->place_names, places, &number);
		if (number == UINT32_MAX)
			continue;
		/* Before its end a play knows fewer than there are. */
		if (number < player->sites.count)
			site = player->sites.items[number];
		else
			source.bad |= player->stop == UINT64_MAX;
		site_record_read(&source, &player->place_names, places, site);
	}
	return source.bad ? player_nonsense : NULL;
}

/* Before its end a play knows fewer objects than there are. */
const char *player_instances(struct player *player, const uint8_t *bytes, size_t size)
{
	struct source source = {.at = bytes, .end = bytes + size};

	while (!source.bad && source.at < source.end) {
		uint32_t number = instance_record_begin(&source);
		bool known = number < player->instances.count;

		source.bad |= !known && player->stop == UINT64_MAX;
		instance_record_read(&source, player->profile->places,
			known ? player->instances.items[number] : INSTANCE_NONE);
	}
	return source.bad ? player_nonsense : NULL;
}

const char *player_spans(struct player *player, const uint8_t *bytes, size_t size)
{
	struct source source = {.at = bytes, .end = bytes + size};

	while (!source.bad && source.at < source.end)
		span_record_read(&source, &player->profile->places->listings);
	return source.bad ? player_nonsense : NULL;
}
