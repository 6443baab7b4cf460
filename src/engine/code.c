/* What code means for the profile. */
#include "engine/code.h"

/* So many addresses are kept: code that is made at run time may have any number. */
#define CODE_MAX (1u << 18)

void code_deinit(struct code *code)
{
	map_deinit(&code->index);
	vec_deinit(&code->places);
}

void code_forget(struct code *code)
{
	code_deinit(code);
}

static bool code_find(const struct objects *objects, const struct images *images,
	struct target_address address, struct code_place *place)
{
	const struct loaded_object *object = objects_at(objects, address);
	const struct image *image = object ? &images->items[object->image] : NULL;
	const struct function *function = NULL;
	struct file_address offset;

	*place = (struct code_place){CODE_UNWATCHED, SITE_NONE};
	if (!image)
		return true;
	offset = object_address(object, address);
	place->site = places_site(images->places, image->module, offset.value);
	if (watch_selects_any(&image->watched))
		function = object_function_around(image->object, offset);
	if (!function || !watch_selects(&image->watched, image->object, function))
		return true;
	object_expect(image->object);
	place->function = places_code_location(
		images->places, image->module, function->address.value, function->symbol);
	return place->function != UINT32_MAX;
}

bool code_at(struct code *code, const struct objects *objects, const struct images *images,
	struct target_address address, struct code_place *place)
{
	uint32_t index = map_get(&code->index, address.value);
	struct code_place *new;

	if (index != MAP_NONE) {
		*place = code->places.items[index];
		return true;
	}
	if (!code_find(objects, images, address, place))
		return false;
	if (code->places.count >= CODE_MAX)
		code_forget(code);
	index = (uint32_t)code->places.count;
	new = vec_append(&code->places);
	if (!new || !map_set(&code->index, address.value, index))
		return false;
	*new = *place;
	return true;
}
