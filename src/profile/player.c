/* The journal, played. */
#include "profile/player.h"

#include "profile/ledger.h"
#include "profile/recording.h"

#include <stdlib.h>
#include <string.h>

#define UNIT 1024

/* Call paths that a file may have: about 1 GB of them. */
#define PATHS_MAX (UINT32_C(1) << 24)

/* No counter of memory is beyond what an address space holds, and no run moves more than
 * this in all; so sums of amounts cannot overflow. */
#define AMOUNT_MAX (INT64_C(1) << 48)
#define MOVED_MAX (INT64_C(1) << 56)

static const char no_memory[] = "out of memory";
static const char nonsense[] = "a record says what cannot be";

/* Bytes that are still to be read, and whether they were enough. */
struct source {
	const uint8_t *at, *end;
	bool bad;
};

static uint64_t get_varint(struct source *source)
{
	uint64_t value = 0;

	for (unsigned shift = 0; source->at < source->end && shift < 64; shift += 7) {
		uint8_t byte = *source->at++;

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	source->bad = true;
	return 0;
}

/* A number that fits in 32 bits, which is what all that counts things must. */
static uint32_t get_u32(struct source *source)
{
	uint64_t value = get_varint(source);

	if (value >= UINT32_MAX)
		source->bad = true;
	return (uint32_t)value;
}

static int64_t get_amount(struct source *source)
{
	uint64_t value = get_varint(source);
	int64_t amount = (int64_t)(value >> 1) ^ -(int64_t)(value & 1);

	if (amount > AMOUNT_MAX / UNIT || amount < -AMOUNT_MAX / UNIT)
		source->bad = true;
	return source->bad ? 0 : amount * UNIT;
}

static struct amounts get_amounts(struct source *source, unsigned columns)
{
	struct amounts amounts = {0};

	for (unsigned i = 0; i < columns; i++)
		amounts.bytes[i] = get_amount(source);
	return amounts;
}

/* A string, to be freed; NULL where it is not there. */
static char *get_string(struct source *source)
{
	uint64_t length = get_varint(source);
	char *text;

	if (source->bad || length > (uint64_t)(source->end - source->at)) {
		source->bad = true;
		return NULL;
	}
	text = strndup((const char *)source->at, length);
	source->at += length;
	return text;
}

void player_init(struct player *player, struct profile *profile, bool dry, uint64_t stop)
{
	*player =
		(struct player){.profile = profile, .dry = dry, .stop = stop, .thread = UINT32_MAX};
}

void player_deinit(struct player *player)
{
	for (size_t i = 0; i < player->threads.count; i++) {
		shadow_deinit(player->threads.items[i]);
		free(player->threads.items[i]);
	}
	vec_deinit(&player->threads);
	vec_deinit(&player->locations);
	vec_deinit(&player->modules);
}

const char *player_begin(struct player *player, const struct strbuf *run)
{
	char *name = recording_value(run, "metric");
	enum metric metric = METRIC_RSS;
	bool known = name && metric_parse(name, &metric);

	free(name);
	if (player->begun || !known)
		return nonsense;
	player->begun = true;
	player->no_memory = !profile_init(player->profile, metric);
	return player->no_memory ? no_memory : NULL;
}

static const char *play_module(struct player *player, struct source *source)
{
	char *path = get_string(source), *build_id = get_string(source);
	uint32_t *new = NULL, module = UINT32_MAX;

	if (path && build_id)
		module = places_add_module(
			player->profile->places, path, *build_id ? build_id : NULL);
	if (module != UINT32_MAX)
		new = vec_append(&player->modules);
	if (new)
		*new = module;
	free(path);
	free(build_id);
	return new ? NULL : nonsense;
}

static uint32_t add_location(
	struct player *player, uint64_t kind, uint32_t module, uint64_t offset, const char *name)
{
	switch (kind) {
	case LOCATION_CODE:
		return places_code_location(
			player->profile->places, player->modules.items[module], offset, name);
	case LOCATION_BRACKET:
		return places_bracket_location(player->profile->places, name);
	default:
		return places_thread_location(player->profile->places, offset, name);
	}
}

static const char *play_location(struct player *player, struct source *source, uint64_t kind)
{
	uint32_t module = kind == LOCATION_CODE ? get_u32(source) : 0;
	uint64_t offset = get_varint(source);
	char *name = get_string(source);
	uint32_t *new = NULL, location = UINT32_MAX;

	if (name && kind <= LOCATION_THREAD && offset < UINT64_C(1) << 48 &&
		(kind != LOCATION_CODE || module < player->modules.count))
		location = add_location(player, kind, module, offset, name);
	if (location != UINT32_MAX)
		new = vec_append(&player->locations);
	if (new)
		*new = location;
	free(name);
	return new ? NULL : nonsense;
}

/* The profile's location of this number and kind, UINT32_MAX where there is none such. */
static uint32_t find_location(const struct player *player, uint64_t number, enum location_kind kind)
{
	uint32_t location =
		number < player->locations.count ? player->locations.items[number] : UINT32_MAX;

	if (location != UINT32_MAX &&
		player->profile->places->locations.items[location].kind != kind)
		return UINT32_MAX;
	return location;
}

static const char *play_thread(struct player *player, uint64_t root_number, uint64_t idle_number)
{
	uint32_t root = find_location(player, root_number, LOCATION_THREAD);
	uint32_t idle = find_location(player, idle_number, LOCATION_BRACKET);
	struct shadow_stack *stack, **new;

	if (root == UINT32_MAX || idle == UINT32_MAX)
		return nonsense;
	stack = calloc(1, sizeof *stack);
	new = stack ? vec_append(&player->threads) : NULL;
	if (!new) {
		free(stack);
		return no_memory;
	}
	*new = stack;
	player->thread = (uint32_t)player->threads.count - 1;
	return shadow_init(stack, player->profile, root, idle) ? NULL : no_memory;
}

static const char *play_moved(
	struct player *player, struct shadow_stack *stack, const struct amounts *moved)
{
	struct balance *balance = &player->profile->balance;

	for (unsigned i = 0; i < player->profile->columns; i++)
		player->moved += moved->bytes[i] < 0 ? -moved->bytes[i] : moved->bytes[i];
	if (player->moved > MOVED_MAX)
		return nonsense;
	player->held += moved->bytes[0];
	if (player->held > player->peak) {
		player->peak = player->held;
		player->peak_operation = player->operations + 1;
	}
	amounts_add(&balance->end, moved, player->profile->columns);
	if (!player->dry)
		shadow_charge(stack, moved);
	return NULL;
}

static const char *play_enter(struct player *player, struct shadow_stack *stack, uint64_t number)
{
	uint32_t location = find_location(player, number, LOCATION_CODE);

	if (location == UINT32_MAX || player->profile->paths.count >= PATHS_MAX)
		return nonsense;
	if (player->dry)
		return NULL;
	return shadow_enter(stack, location, target_address(0), SHADOW_NO_SITE) ? NULL : no_memory;
}

static const char *play_leave(struct player *player, struct shadow_stack *stack, uint64_t more)
{
	if (player->dry)
		return NULL;
	if (more >= stack->frames.count)
		return nonsense;
	for (uint64_t i = 0; i <= more; i++)
		shadow_leave(stack);
	return NULL;
}

static const char *play_idle(struct player *player, struct shadow_stack *stack, uint64_t number)
{
	uint32_t idle = find_location(player, number, LOCATION_BRACKET);

	if (idle == UINT32_MAX)
		return nonsense;
	return shadow_set_idle(stack, idle) ? NULL : no_memory;
}

static const char *play_rename(
	struct player *player, struct shadow_stack *stack, struct source *source)
{
	char *name = get_string(source);
	uint32_t root = callpath_at(&player->profile->paths, stack->root)->location;
	bool renamed = name && places_rename(player->profile->places, root, name);

	free(name);
	return renamed ? NULL : nonsense;
}

static const char *play_start(struct player *player, const struct amounts *start)
{
	if (player->moved)
		return nonsense;
	ledger_start(player->profile, start);
	player->held = player->peak = start->bytes[0];
	return NULL;
}

static const char *play_own(struct player *player, const struct amounts *own)
{
	struct balance *balance = &player->profile->balance;

	amounts_add(&balance->footprint, own, player->profile->columns);
	for (unsigned i = 0; i < player->profile->columns; i++)
		if (balance->footprint.bytes[i] > AMOUNT_MAX ||
			balance->footprint.bytes[i] < -AMOUNT_MAX)
			return nonsense;
	return NULL;
}

/* What a thread does. */
static const char *play_in_thread(
	struct player *player, enum journal_kind kind, uint64_t argument, struct source *source)
{
	struct shadow_stack *stack;
	struct amounts amounts;

	if (player->thread >= player->threads.count)
		return nonsense;
	stack = player->threads.items[player->thread];
	switch (kind) {
	case JOURNAL_MOVED:
		amounts = get_amounts(source, player->profile->columns);
		return play_moved(player, stack, &amounts);
	case JOURNAL_ENTER:
		return play_enter(player, stack, argument);
	case JOURNAL_LEAVE:
		return play_leave(player, stack, argument);
	case JOURNAL_IDLE:
		return play_idle(player, stack, argument);
	case JOURNAL_RENAME:
		return play_rename(player, stack, source);
	case JOURNAL_TIME:
	case JOURNAL_THREAD:
	case JOURNAL_BEGIN:
	case JOURNAL_LOCATION:
	case JOURNAL_MODULE:
	case JOURNAL_START:
	case JOURNAL_OWN:
		break;
	}
	return nonsense;
}

static const char *play_one(struct player *player, struct source *source)
{
	uint8_t first = *source->at++;
	enum journal_kind kind = (enum journal_kind)(first & 15);
	uint64_t argument = first >> 4;
	struct amounts amounts;

	if (argument == 15)
		argument += get_varint(source);
	switch (kind) {
	case JOURNAL_TIME:
		player->time += argument;
		return NULL;
	case JOURNAL_THREAD:
		player->thread = argument < UINT32_MAX ? (uint32_t)argument : UINT32_MAX;
		return NULL;
	case JOURNAL_BEGIN:
		return play_thread(player, argument, get_varint(source));
	case JOURNAL_LOCATION:
		return play_location(player, source, argument);
	case JOURNAL_MODULE:
		return play_module(player, source);
	case JOURNAL_START:
		amounts = get_amounts(source, player->profile->columns);
		return play_start(player, &amounts);
	case JOURNAL_OWN:
		amounts = get_amounts(source, player->profile->columns);
		return play_own(player, &amounts);
	case JOURNAL_MOVED:
	case JOURNAL_ENTER:
	case JOURNAL_LEAVE:
	case JOURNAL_IDLE:
	case JOURNAL_RENAME:
		break;
	}
	return play_in_thread(player, kind, argument, source);
}

const char *player_stream(struct player *player, const uint8_t *bytes, size_t size)
{
	struct source source = {.at = bytes, .end = bytes + size};
	const char *problem = NULL;

	if (!player->begun)
		return nonsense;
	while (!problem && source.at < source.end && player->operations < player->stop) {
		problem = play_one(player, &source);
		if (!problem && source.bad)
			problem = nonsense;
		player->operations++;
	}
	player->no_memory |= problem == no_memory;
	return problem;
}

/* What a record says of one location. */
struct naming {
	uint32_t index; /* UINT32_MAX: of a location that is not known */
	uint32_t line;
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
	naming->index = find_location(player, get_u32(source), LOCATION_CODE);
	naming->line = get_u32(source);
	naming->name = get_string(source);
	naming->file = get_string(source);
	naming->source = get_string(source);
	return naming->name && naming->file && naming->source && naming->line <= INT32_MAX;
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
			location->line = (int)naming.line;
		} else if (!good || player->stop == UINT64_MAX) {
			/* Before its end a play knows fewer locations than there are names. */
			source.bad = true;
		}
		naming_deinit(&naming);
	}
	return source.bad ? nonsense : NULL;
}

void player_end(struct player *player, const struct strbuf *end)
{
	char *peak = recording_value(end, "peak");

	for (size_t i = 0; i < player->threads.count; i++)
		while (shadow_top(player->threads.items[i]))
			shadow_leave(player->threads.items[i]);
	if (player->begun)
		player->profile->peak = peak ? strtoll(peak, NULL, 10) : player->peak;
	free(peak);
}
