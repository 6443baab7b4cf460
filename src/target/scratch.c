/* Slots for instructions that run out of line. */
#include "target/scratch.h"

#include "arch/arch.h"

void scratch_deinit(struct scratch *scratch)
{
	for (size_t i = 0; i < scratch->count; i++)
		vec_deinit(&scratch->items[i].owners);
	vec_deinit(scratch);
}

bool scratch_copy(struct scratch *scratch, const struct scratch *from)
{
	if (!vec_copy(scratch, from))
		return false;
	for (size_t i = 0; i < scratch->count; i++)
		scratch->items[i].owners = (__typeof__(scratch->items[i].owners)){0};
	for (size_t i = 0; i < scratch->count; i++)
		if (!vec_copy(&scratch->items[i].owners, &from->items[i].owners))
			return false;
	return true;
}

bool scratch_add(struct scratch *scratch, struct target_address start, uint64_t size)
{
	struct scratch_area *area = vec_append(scratch);

	if (!area)
		return false;
	*area = (struct scratch_area){.start = start.value, .size = size};
	return true;
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a < b ? b - a : a - b;
}

/* All of it is within reach: relative addresses hold from code to anywhere near. */
static bool is_near(const struct scratch_area *area, struct target_address near)
{
	return distance(area->start, near.value) < arch->scratch_reach - area->size;
}

static size_t area_room(const struct scratch_area *area)
{
	return area->size / ARCH_SLOT_SIZE - area->owners.count;
}

size_t scratch_room(const struct scratch *scratch, struct target_address near)
{
	size_t room = 0;

	for (size_t i = 0; i < scratch->count; i++)
		if (is_near(&scratch->items[i], near))
			room += area_room(&scratch->items[i]);
	return room;
}

static bool area_take(struct scratch_area *area, size_t count, uint32_t owner)
{
	size_t before = area->owners.count;

	while (area->owners.count < before + count) {
		uint32_t *new = vec_append(&area->owners);

		if (!new)
			return false;
		*new = owner;
	}
	return true;
}

bool scratch_take(struct scratch *scratch, struct target_address near, size_t count, uint32_t owner,
	struct target_address *slot)
{
	for (size_t i = 0; i < scratch->count; i++) {
		struct scratch_area *area = &scratch->items[i];

		if (!is_near(area, near) || area_room(area) < count)
			continue;
		*slot = target_address(area->start + area->owners.count * ARCH_SLOT_SIZE);
		return area_take(area, count, owner);
	}
	return false;
}

uint32_t scratch_owner(
	const struct scratch *scratch, struct target_address address, uint64_t *offset)
{
	for (size_t i = 0; i < scratch->count; i++) {
		const struct scratch_area *area = &scratch->items[i];
		uint64_t at = address.value - area->start;

		if (at >= area->owners.count * ARCH_SLOT_SIZE)
			continue;
		*offset = at % ARCH_SLOT_SIZE;
		return area->owners.items[at / ARCH_SLOT_SIZE];
	}
	return SCRATCH_NONE;
}
