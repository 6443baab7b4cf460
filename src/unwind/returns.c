/* Code without tables. */
#include "unwind/returns.h"

#include "arch/arch.h"

/* Reading the maps takes as long as a hundred samples. */
#define PATIENCE 1024

struct ptmem_error *returns_init(
	struct returns *returns, struct process_images *images, const struct target_memory *memory)
{
	*returns = (struct returns){
		.images = images,
		.memory = memory,
		.kept = calloc(RETURNS_KEPT, sizeof *returns->kept),
	};
	return returns->kept ? NULL : &error_no_memory;
}

void returns_deinit(struct returns *returns)
{
	maps_deinit(&returns->maps);
	free(returns->kept);
	returns->kept = NULL;
}

void returns_begin(struct returns *returns)
{
	if (returns->patience)
		returns->patience--;
}

void returns_forget(struct returns *returns)
{
	memset(returns->kept, 0, RETURNS_KEPT * sizeof *returns->kept);
	returns->patience = 0;
	returns->maps.count = 0;
}

static bool maps_say_executable(const struct returns *returns, uint64_t pc)
{
	const struct mapping *mapping = maps_at(&returns->maps, target_address(pc));

	return mapping && mapping->executable;
}

/* Code may be made at any time. So maps that have none there are read again, now and then. */
static bool is_executable(struct returns *returns, uint64_t pc)
{
	if (maps_say_executable(returns, pc))
		return true;
	if (returns->patience)
		return false;
	returns->patience = PATIENCE;
	error_free(maps_read(returns->memory->pid, &returns->maps));
	return maps_say_executable(returns, pc);
}

bool returns_is_code(struct returns *returns, uint64_t pc)
{
	return process_image_at(returns->images, pc) || is_executable(returns, pc);
}

static bool ends_with_call(struct view *view, uint64_t pc)
{
	uint8_t before[ARCH_CALL_MAX];

	return view_read(view, pc - sizeof before, before, sizeof before) &&
	       arch->ends_with_call(before, sizeof before);
}

/* Code made at run time may be made anew, so nothing of it is kept. */
static bool made_code_ends_with_call(const struct returns *returns, uint64_t pc)
{
	uint8_t before[ARCH_CALL_MAX];

	return target_read_some(returns->memory, target_address(pc - sizeof before), before,
		       sizeof before) == sizeof before &&
	       arch->ends_with_call(before, sizeof before);
}

/* Most words on a stack are no addresses of code, which the maps say quickly. */
bool returns_lead_to(struct returns *returns, uint64_t pc)
{
	struct kept_return *kept = &returns->kept[pc % RETURNS_KEPT];
	const struct known_image *image;

	if (kept->pc == pc && pc)
		return kept->is_return;
	if (!is_executable(returns, pc))
		return false;
	image = process_image_at(returns->images, pc);
	if (!image)
		return made_code_ends_with_call(returns, pc);
	kept->pc = pc;
	kept->is_return = ends_with_call(process_image_view(returns->images, image), pc);
	return kept->is_return;
}
