/* What instructions do to memory. */
#include "unwind/accesses.h"

void accesses_init(struct accesses *accesses, struct process_images *images)
{
	*accesses = (struct accesses){.images = images};
}

void accesses_deinit(struct accesses *accesses)
{
	map_deinit(&accesses->known);
}

void accesses_forget(struct accesses *accesses)
{
	map_deinit(&accesses->known);
}

/* As much as an instruction may have, or as there is up to where the code ends. */
static enum arch_access decode(struct accesses *accesses, uint64_t pc)
{
	const struct known_image *image = process_image_at(accesses->images, pc);
	struct view *view = image ? process_image_view(accesses->images, image) : NULL;
	uint8_t code[ARCH_INSTRUCTION_MAX];

	for (size_t size = sizeof code; view && size > 0; size--)
		if (view_read(view, pc, code, size))
			return arch->access(code, size);
	return ARCH_ACCESS_UNKNOWN;
}

enum arch_access access_to(
	struct accesses *accesses, const struct registers *registers, uint64_t address)
{
	uint64_t pc = arch->pc(registers).value;
	uint32_t known = map_get(&accesses->known, pc);
	enum arch_access access;

	/* The instruction itself was not there. */
	if (address - pc < ARCH_INSTRUCTION_MAX)
		return ARCH_ACCESS_READ;
	access = known == MAP_NONE ? decode(accesses, pc) : (enum arch_access)known;
	if (known == MAP_NONE)
		map_set(&accesses->known, pc, access);
	if (access == ARCH_ACCESS_BOTH)
		return arch->writes_at(registers, address) ? ARCH_ACCESS_WRITE : ARCH_ACCESS_READ;
	return access;
}
