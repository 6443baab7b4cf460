/* The journal, played. */
#include "profile/player.h"

#include "profile/fields.h"
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
const char player_nonsense[] = "a record says what cannot be";

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

void play_deinit(struct play *play)
{
	texts_deinit(&play->modules);
}

void player_init(struct player *player, struct play *play, struct profile *profile, uint64_t stop)
{
	play->paths += profile->paths.count;
	*player = (struct player){
		.play = play, .profile = profile, .stop = stop, .thread = UINT32_MAX};
}

static void thread_destroy(struct shadow_stack *stack)
{
	if (stack)
		shadow_deinit(stack);
	free(stack);
}

void player_deinit(struct player *player)
{
	for (size_t i = 0; i < player->threads.count; i++)
		thread_destroy(player->threads.items[i]);
	vec_deinit(&player->threads);
	vec_deinit(&player->over);
	vec_deinit(&player->locations);
	vec_deinit(&player->modules);
	vec_deinit(&player->calls);
	vec_deinit(&player->sites);
	vec_deinit(&player->instances);
	site_names_deinit(&player->site_names);
	site_names_deinit(&player->place_names);
}

/*
 * The module of this path and build-id, the same for all processes; where there is no
 * build-id, each is one of its own. UINT32_MAX when out of memory.
 */
static uint32_t find_module(struct player *player, const char *path, const char *build_id)
{
	struct places *places = player->profile->places;
	uint32_t *known;

	if (!*build_id)
		return places_add_module(places, path, NULL);
	known = texts_find(&player->play->modules, module_key(path, build_id));
	if (!known)
		return UINT32_MAX;
	if (*known == UINT32_MAX)
		*known = places_add_module(places, path, build_id);
	return *known;
}

static const char *play_module(struct player *player, struct source *source)
{
	char *path = get_string(source), *build_id = get_string(source);
	uint32_t *new = NULL, module = UINT32_MAX;

	if (path && build_id)
		module = find_module(player, path, build_id);
	if (module != UINT32_MAX)
		new = vec_append(&player->modules);
	if (new)
		*new = module;
	free(path);
	free(build_id);
	return new ? NULL : player_nonsense;
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

uint32_t player_location(const struct player *player, uint64_t number, enum location_kind kind)
{
	uint32_t location =
		number < player->locations.count ? player->locations.items[number] : UINT32_MAX;

	if (location != UINT32_MAX &&
		player->profile->places->locations.items[location].kind != kind)
		return UINT32_MAX;
	return location;
}

/* That of a function as it is called, on whatever object, or from wherever. */
static uint32_t find_called(const struct player *player, uint64_t number)
{
	uint32_t location = player_location(player, number, LOCATION_CODE);

	return location == UINT32_MAX ? player_location(player, number, LOCATION_METHOD) : location;
}

/* A new object; where there are too many, it is none. */
static const char *play_instance(struct player *player, struct source *source)
{
	struct places *places = player->profile->places;
	char *class = get_string(source);
	uint32_t text = class && *class ? places_text(places, class) : UINT32_MAX;
	uint32_t *new = text == UINT32_MAX ? NULL : vec_append(&player->instances);

	free(class);
	if (!new)
		return player_nonsense;
	if (!player->heap)
		player->heap = places_add_heap(places, UINT32_MAX) + 1;
	if (!player->heap)
		return player_nonsense;
	*new = places_add_instance(places, player->heap - 1, text);
	return NULL;
}

static const char *play_method(struct player *player, struct source *source)
{
	uint32_t function = player_location(player, get_varint(source), LOCATION_CODE);
	uint32_t instance = get_u32(source), method = UINT32_MAX, *new;

	if (function == UINT32_MAX || instance >= player->instances.count)
		return player_nonsense;
	instance = player->instances.items[instance];
	if (instance != INSTANCE_NONE)
		method = places_method_location(player->profile->places, function, instance);
	new = vec_append(&player->locations);
	if (!new)
		return no_memory;
	*new = method == UINT32_MAX ? function : method;
	return NULL;
}

static const char *play_location(struct player *player, struct source *source, uint64_t kind)
{
	uint32_t module, *new = NULL, location = UINT32_MAX;
	uint64_t offset;
	char *name;

	if (kind == LOCATION_METHOD)
		return play_method(player, source);
	if (kind == JOURNAL_LOCATION_OBJECT)
		return play_instance(player, source);
	module = kind == LOCATION_CODE ? get_u32(source) : 0;
	offset = get_varint(source);
	name = get_string(source);

	if (name && kind <= LOCATION_THREAD && offset < UINT64_C(1) << 48 &&
		(kind != LOCATION_CODE || module < player->modules.count))
		location = add_location(player, kind, module, offset, name);
	if (location != UINT32_MAX)
		new = vec_append(&player->locations);
	if (new)
		*new = location;
	free(name);
	return new ? NULL : player_nonsense;
}

/* Where there are too many, calls from there are calls from anywhere. */
static const char *play_call(struct player *player, struct source *source, uint64_t number)
{
	struct places *places = player->profile->places;
	uint32_t function = player_location(player, number, LOCATION_CODE);
	uint32_t module = get_u32(source), site, call;
	uint64_t offset = get_varint(source);
	uint32_t *new;

	if (function == UINT32_MAX || module >= player->modules.count ||
		offset >= UINT64_C(1) << 48)
		return player_nonsense;
	site = places_site(places, player->modules.items[module], offset);
	call = site == SITE_NONE ? UINT32_MAX : places_call_location(places, function, site);
	new = vec_append(&player->calls);
	if (!new)
		return no_memory;
	*new = call == UINT32_MAX ? function : call;
	return NULL;
}

/* A site that a call is at; where there are too many, it is nowhere. */
static const char *play_site(struct player *player, struct source *source, uint64_t module)
{
	uint64_t offset = get_varint(source);
	uint32_t *new;

	if (module >= player->modules.count || offset >= UINT64_C(1) << 48)
		return player_nonsense;
	new = vec_append(&player->sites);
	if (!new)
		return no_memory;
	*new = places_site(player->profile->places, player->modules.items[module], offset);
	return NULL;
}

static const char *play_at(struct player *player, struct shadow_stack *stack, uint64_t argument)
{
	uint64_t number = argument / 2;

	if (number >= player->sites.count)
		return player_nonsense;
	if (player->play->dry)
		return NULL;
	if (!shadow_top(stack))
		return player_nonsense;
	player->profile->places->knows_lines = true;
	shadow_at(stack, player->sites.items[number], argument & 1);
	return NULL;
}

/* The profile's location of this call. */
uint32_t player_call(const struct player *player, uint64_t number)
{
	return number < player->calls.count ? player->calls.items[number] : UINT32_MAX;
}

/* Where a new thread goes, which is the current one then; NULL when out of memory. */
static struct shadow_stack **thread_place(struct player *player)
{
	struct shadow_stack **place;

	if (player->over.count) {
		player->thread = player->over.items[--player->over.count];
		return &player->threads.items[player->thread];
	}
	place = vec_append(&player->threads);
	if (place)
		player->thread = (uint32_t)player->threads.count - 1;
	return place;
}

static const char *play_thread(struct player *player, uint64_t root_number, uint64_t idle_number)
{
	uint32_t root = player_location(player, root_number, LOCATION_THREAD);
	uint32_t idle = player_location(player, idle_number, LOCATION_BRACKET);
	struct shadow_stack *stack, **place;

	if (root == UINT32_MAX || idle == UINT32_MAX)
		return player_nonsense;
	stack = calloc(1, sizeof *stack);
	place = stack ? thread_place(player) : NULL;
	if (!place) {
		free(stack);
		return no_memory;
	}
	*place = stack;
	return shadow_init(stack, player->profile, root, idle) ? NULL : no_memory;
}

static void end_calls(struct shadow_stack *stack)
{
	while (shadow_top(stack))
		shadow_leave(stack);
}

static const char *play_end_thread(struct player *player, uint64_t number)
{
	struct shadow_stack *stack =
		number < player->threads.count ? player->threads.items[number] : NULL;
	uint32_t *over = stack ? vec_append(&player->over) : NULL;

	if (!over)
		return stack ? no_memory : player_nonsense;
	end_calls(stack);
	thread_destroy(stack);
	player->threads.items[number] = NULL;
	*over = (uint32_t)number;
	return NULL;
}

static const char *tell(const struct player *player, uint32_t path, int64_t bytes)
{
	const struct play_watcher *watcher = player->play->watcher;

	if (!watcher || watcher->moved(watcher->owner, player, path, bytes))
		return NULL;
	return no_memory;
}

static const char *tell_mark(const struct player *player, uint32_t mark)
{
	const struct play_watcher *watcher = player->play->watcher;

	return !watcher || watcher->passed(watcher->owner, player, mark) ? NULL : no_memory;
}

/* What the innermost call of a thread is charged to. */
static uint32_t charged_path(const struct shadow_stack *stack)
{
	const struct shadow_frame *top = shadow_top(stack);

	return top ? top->path : stack->idle;
}

static const char *play_moved(struct player *player, struct shadow_stack *stack, uint64_t aside,
	const struct amounts *moved)
{
	uint32_t bracket =
		aside ? player_location(player, aside - 1, LOCATION_BRACKET) : UINT32_MAX;
	struct balance *balance = &player->profile->balance;

	for (unsigned i = 0; i < player->profile->columns; i++)
		player->play->moved += moved->bytes[i] < 0 ? -moved->bytes[i] : moved->bytes[i];
	if (player->play->moved > MOVED_MAX || (aside && bracket == UINT32_MAX))
		return player_nonsense;
	player->has_moved = true;
	player->held += moved->bytes[0];
	if (player->held > player->peak) {
		player->peak = player->held;
		player->peak_operation = player->operations + 1;
	}
	amounts_add(&balance->end, moved, player->profile->columns);
	if (player->play->dry)
		return NULL;
	if (aside && !shadow_charge_aside(stack, bracket, moved))
		return no_memory;
	if (!aside)
		shadow_charge(stack, moved);
	return tell(player,
		aside ? callpath_find(&player->profile->paths, stack->root, bracket)
		      : charged_path(stack),
		moved->bytes[0]);
}

static const char *play_enter(struct player *player, struct shadow_stack *stack, uint32_t location)
{
	const struct callpath_trie *paths = &player->profile->paths;

	if (location == UINT32_MAX || player->play->paths + paths->count >= PATHS_MAX)
		return player_nonsense;
	if (player->play->dry)
		return NULL;
	return shadow_enter(stack, location, target_address(0), SHADOW_NO_SITE) ? NULL : no_memory;
}

static const char *play_leave(struct player *player, struct shadow_stack *stack, uint64_t more)
{
	if (player->play->dry)
		return NULL;
	if (more >= stack->frames.count)
		return player_nonsense;
	for (uint64_t i = 0; i <= more; i++)
		shadow_leave(stack);
	return NULL;
}

static const char *play_idle(struct player *player, struct shadow_stack *stack, uint64_t number)
{
	uint32_t idle = player_location(player, number, LOCATION_BRACKET);

	if (idle == UINT32_MAX)
		return player_nonsense;
	return shadow_set_idle(stack, idle) ? NULL : no_memory;
}

static const char *play_rename(
	struct player *player, struct shadow_stack *stack, struct source *source)
{
	char *name = get_string(source);
	uint32_t root = callpath_at(&player->profile->paths, stack->root)->location;
	bool renamed = name && places_rename(player->profile->places, root, name);

	free(name);
	return renamed ? NULL : player_nonsense;
}

static const char *play_start(struct player *player, const struct amounts *start)
{
	if (player->has_moved)
		return player_nonsense;
	ledger_start(player->profile, start);
	player->held = player->peak = start->bytes[0];
	player->peak_operation = player->operations + 1;
	return tell(player, CALLPATH_NONE, start->bytes[0]);
}

/* The name of a mark, which is numbered in the order of names; or that one is passed. */
static const char *play_mark(struct player *player, struct source *source, uint64_t argument)
{
	struct mark_list *marks = &player->profile->marks;
	size_t known = marks->count;
	char *name;
	bool new;

	if (argument > 1) {
		if (argument - 2 >= known)
			return player_nonsense;
		marks_pass(marks, (uint32_t)(argument - 2), player->profile->balance.end.bytes[0]);
		return tell_mark(player, (uint32_t)(argument - 2));
	}
	name = get_string(source);
	new = name &&marks_find(marks, name) == known;
	free(name);
	return new ? NULL : player_nonsense;
}

static const char *play_own(struct player *player, const struct amounts *own)
{
	struct balance *balance = &player->profile->balance;

	amounts_add(&balance->footprint, own, player->profile->columns);
	for (unsigned i = 0; i < player->profile->columns; i++)
		if (balance->footprint.bytes[i] > AMOUNT_MAX ||
			balance->footprint.bytes[i] < -AMOUNT_MAX)
			return player_nonsense;
	return NULL;
}

/* What a thread does. */
static const char *play_in_thread(
	struct player *player, enum journal_kind kind, uint64_t argument, struct source *source)
{
	struct shadow_stack *stack;
	struct amounts amounts;

	stack = player->thread < player->threads.count ? player->threads.items[player->thread]
						       : NULL;
	if (!stack)
		return player_nonsense;
	switch (kind) {
	case JOURNAL_MOVED:
		amounts = get_amounts(source, player->profile->columns);
		return play_moved(player, stack, argument, &amounts);
	case JOURNAL_ENTER:
		return play_enter(player, stack, find_called(player, argument));
	case JOURNAL_ENTER_CALL:
		return play_enter(player, stack, player_call(player, argument));
	case JOURNAL_LEAVE:
		return play_leave(player, stack, argument);
	case JOURNAL_IDLE:
		return play_idle(player, stack, argument);
	case JOURNAL_RENAME:
		return argument ? play_at(player, stack, argument - 1)
				: play_rename(player, stack, source);
	case JOURNAL_TIME:
	case JOURNAL_THREAD:
	case JOURNAL_BEGIN:
	case JOURNAL_LOCATION:
	case JOURNAL_MODULE:
	case JOURNAL_START:
	case JOURNAL_OWN:
	case JOURNAL_END:
	case JOURNAL_CALL:
	case JOURNAL_SITES_OVER:
		break;
	}
	return player_nonsense;
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
		return argument ? play_site(player, source, argument - 1)
				: play_module(player, source);
	case JOURNAL_START:
		if (argument)
			return play_mark(player, source, argument);
		amounts = get_amounts(source, player->profile->columns);
		return play_start(player, &amounts);
	case JOURNAL_OWN:
		amounts = get_amounts(source, player->profile->columns);
		return play_own(player, &amounts);
	case JOURNAL_END:
		return play_end_thread(player, argument);
	case JOURNAL_CALL:
		return play_call(player, source, argument);
	case JOURNAL_SITES_OVER:
		player->profile->sites_over = player->profile->places->sites.over = true;
		return NULL;
	case JOURNAL_MOVED:
	case JOURNAL_ENTER:
	case JOURNAL_ENTER_CALL:
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

	player->play->paths -= player->profile->paths.count;
	while (!problem && source.at < source.end && player->operations < player->stop) {
		problem = play_one(player, &source);
		if (!problem && source.bad)
			problem = player_nonsense;
		player->operations++;
	}
	player->play->paths += player->profile->paths.count;
	player->play->no_memory |= problem == no_memory;
	return problem;
}

void player_end(struct player *player, const struct strbuf *end)
{
	char *peak = recording_value(end, "peak");

	if (tell(player, CALLPATH_NONE, 0))
		player->play->no_memory = true;
	for (size_t i = 0; i < player->threads.count; i++)
		if (player->threads.items[i])
			end_calls(player->threads.items[i]);
	player->profile->peak = peak ? strtoll(peak, NULL, 10) : player->peak;
	free(peak);
}
