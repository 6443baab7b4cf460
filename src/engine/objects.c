/* The objects that are loaded into a process. */
#include "engine/objects.h"

void objects_begin(struct objects *objects, uint32_t program, struct target_address entry)
{
	objects->count = 0;
	objects->program = program;
	objects->entry = entry;
}

void objects_deinit(struct objects *objects)
{
	vec_deinit(objects);
}

bool objects_copy(struct objects *objects, const struct objects *from)
{
	objects->entry = from->entry;
	objects->program = from->program;
	return vec_copy(objects, from);
}

/* The program's own file is open already, and as a file it may be of another device. */
static bool is_program(const struct objects *objects, const struct mapped_file *file)
{
	return objects->entry.value >= file->start && objects->entry.value < file->end;
}

/* What cannot be read as an object is in nobody's way. */
static struct ptmem_error *add(struct objects *objects, struct images *images,
	const struct target_memory *memory, const struct mapped_file *file)
{
	bool program = is_program(objects, file);
	struct loaded_object *new;
	const struct object *object;
	uint32_t image = objects->program;
	uint64_t bias;
	struct ptmem_error *error =
		program ? NULL : images_open_mapped(images, memory, file, &image);

	if (error)
		return error;
	object = images->items[image].object;
	if (!object || !object_bias(object, file->code_offset, file->code, &bias))
		return NULL;
	new = vec_append(objects);
	if (!new)
		return &error_no_memory;
	*new = (struct loaded_object){
		.start = file->start,
		.end = file->end,
		.bias = bias,
		.image = image,
		.module = images->items[image].module,
		.is_new = true,
		.is_program = program,
	};
	return NULL;
}

/* The one that was there before, if this is still it. */
static struct loaded_object *find_same(
	const struct objects *objects, const struct images *images, const struct mapped_file *file)
{
	struct loaded_object *known = objects_at(objects, target_address(file->start));
	const struct image *image = known ? &images->items[known->image] : NULL;

	if (!known || known->start != file->start)
		return NULL;
	if (known->is_program)
		return is_program(objects, file) ? known : NULL;
	return image->inode == file->inode && image->device == file->device ? known : NULL;
}

static struct ptmem_error *keep(
	struct objects *objects, const struct loaded_object *known, const struct mapped_file *file)
{
	struct loaded_object *new = vec_append(objects);

	if (!new)
		return &error_no_memory;
	*new = *known;
	new->end = file->end;
	new->is_new = false;
	return NULL;
}

static void tell_gone(
	const struct objects *before, const struct objects *after, object_gone *gone, void *owner)
{
	for (size_t i = 0; i < before->count; i++) {
		const struct loaded_object *now =
			objects_at(after, target_address(before->items[i].start));

		if (!now || now->is_new || now->start != before->items[i].start)
			gone(owner, &before->items[i]);
	}
}

struct ptmem_error *objects_update(struct objects *objects, struct images *images,
	const struct target_memory *memory, object_gone *gone, void *owner)
{
	struct mapped_files files = {0};
	struct objects found = {.entry = objects->entry, .program = objects->program};
	struct ptmem_error *error = mapped_files_read(memory->pid, &files);

	for (size_t i = 0; !error && i < files.count; i++) {
		const struct mapped_file *file = &files.items[i];
		const struct loaded_object *known = find_same(objects, images, file);

		error = known ? keep(&found, known, file) : add(&found, images, memory, file);
	}
	mapped_files_deinit(&files);
	if (error) {
		objects_deinit(&found);
		return error;
	}
	tell_gone(objects, &found, gone, owner);
	objects_deinit(objects);
	*objects = found;
	return NULL;
}

struct loaded_object *objects_at(const struct objects *objects, struct target_address address)
{
	size_t low = 0, high = objects->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (objects->items[middle].end <= address.value)
			low = middle + 1;
		else
			high = middle;
	}
	return low < objects->count && objects->items[low].start <= address.value
		       ? &objects->items[low]
		       : NULL;
}
