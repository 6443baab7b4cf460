/* The tables of what is loaded, as their files have them. */
#include "unwind/images.h"

#include "arch/arch.h"
#include "unwind/program.h"

#include <elf.h>
#include <unistd.h>

#define HEADERS_MAX 64

/* A page that is read counts for 64: some twenty steps of a search, and a long entry. */
#define LOOKUP_ANSWERS ((uint64_t)1 << 16)

/* By offset in the file, or in memory for what has none. */
static size_t read_file(const struct process_images *images, const struct unwind_image *image,
	uint64_t offset, void *bytes, size_t size)
{
	ssize_t done;

	if (image->fd < 0)
		return target_read_some(
			images->memory, target_address(image->start + offset), bytes, size);
	done = pread(image->fd, bytes, size, (off_t)offset);
	return done < 0 ? 0 : (size_t)done;
}

/* A page at a time. The file's end is the end of what can be read, however much is mapped. */
static size_t read_image(void *owner, uint64_t address, void *bytes, size_t size)
{
	const struct process_images *images = owner;
	const struct known_image *known = images->source;

	for (size_t i = 0; i < known->segments.count; i++) {
		const struct image_segment *segment = &known->segments.items[i];

		if (address >= segment->start && address < segment->end)
			return read_file(images, &known->image,
				segment->offset + (address - segment->start), bytes, size);
	}
	return 0;
}

struct ptmem_error *process_images_init(struct process_images *images,
	const struct target_memory *memory, unwind_find_image *find, void *owner)
{
	*images = (struct process_images){.memory = memory, .find = find, .owner = owner};
	return view_init_source(&images->view, read_image, images);
}

static void known_deinit(struct known_image *known)
{
	vec_deinit(&known->segments);
	vec_deinit(&known->table.entries);
}

void process_images_deinit(struct process_images *images)
{
	for (size_t i = 0; i < images->known.count; i++)
		known_deinit(&images->known.items[i]);
	vec_deinit(&images->known);
	view_deinit(&images->view);
}

void process_images_forget(struct process_images *images, uint64_t start, uint64_t end)
{
	size_t kept = 0;

	for (size_t i = 0; i < images->known.count; i++) {
		struct known_image *known = &images->known.items[i];

		if (known->image.start < end && known->image.end > start)
			known_deinit(known);
		else
			images->known.items[kept++] = *known;
	}
	images->known.count = kept;
	images->last = 0;
	view_forget(&images->view);
}

static bool add_segment(struct known_image *known, const Elf64_Phdr *header)
{
	uint64_t before = header->p_vaddr % VIEW_PAGE, start = header->p_vaddr - before,
		 size = header->p_filesz + before;
	struct image_segment *segment;

	if (header->p_type == PT_GNU_EH_FRAME)
		known->table.header = header->p_vaddr + known->image.bias;
	if (header->p_type != PT_LOAD || before > header->p_offset || size < before)
		return true;
	segment = vec_append(&known->segments);
	if (segment)
		*segment = (struct image_segment){
			.start = start + known->image.bias,
			.end = start + known->image.bias + size,
			.offset = header->p_offset - before,
			.executable = header->p_flags & PF_X,
		};
	return segment;
}

static bool is_usable(const Elf64_Ehdr *header)
{
	return !memcmp(header->e_ident, ELFMAG, SELFMAG) &&
	       header->e_ident[EI_CLASS] == ELFCLASS64 && header->e_machine == arch->elf_machine &&
	       header->e_phentsize == sizeof(Elf64_Phdr) && header->e_phnum <= HEADERS_MAX;
}

/* False when out of memory. */
static bool read_segments(
	const struct process_images *images, const Elf64_Ehdr *header, struct known_image *known)
{
	Elf64_Phdr segments[HEADERS_MAX];
	size_t size = header->e_phnum * sizeof *segments;

	if (read_file(images, &known->image, header->e_phoff, segments, size) != size)
		return true;
	for (size_t i = 0; i < header->e_phnum; i++)
		if (!add_segment(known, &segments[i]))
			return false;
	return true;
}

/* Static programs have no header of the tables: a section says where those are. */
static void read_tables(
	struct process_images *images, const Elf64_Ehdr *header, struct known_image *known)
{
	struct view *view = process_image_view(images, known);
	uint64_t frames, size;

	if (known->table.header)
		known->has_table = table_read_header(view, &known->table);
	else if (known->image.fd >= 0 && file_eh_frame(known->image.fd, header, &frames, &size))
		known->has_table =
			table_read_entries(view, frames + known->image.bias, size, &known->table);
}

/* What is no ELF file has code without tables, anywhere. */
static bool read_known(struct process_images *images, struct known_image *known)
{
	Elf64_Ehdr header;

	known->table.start = known->image.start;
	known->table.end = known->image.end;
	if (read_file(images, &known->image, 0, &header, sizeof header) != sizeof header ||
		!is_usable(&header))
		return true;
	if (!read_segments(images, &header, known))
		return false;
	read_tables(images, &header, known);
	return true;
}

static bool covers(const struct known_image *known, uint64_t pc)
{
	return pc >= known->image.start && pc < known->image.end;
}

static const struct known_image *find_known(struct process_images *images, uint64_t pc)
{
	if (images->last < images->known.count && covers(&images->known.items[images->last], pc))
		return &images->known.items[images->last];
	for (size_t i = 0; i < images->known.count; i++) {
		if (!covers(&images->known.items[i], pc))
			continue;
		images->last = i;
		return &images->known.items[i];
	}
	return NULL;
}

static const struct known_image *find_new(struct process_images *images, uint64_t pc)
{
	struct known_image known = {0}, *new;

	if (!images->find(images->owner, pc, &known.image) || !covers(&known, pc))
		return NULL;
	new = read_known(images, &known) ? vec_append(&images->known) : NULL;
	if (new)
		*new = known;
	else
		known_deinit(&known);
	return new;
}

static bool is_code(const struct known_image *known, uint64_t pc)
{
	for (size_t i = 0; i < known->segments.count; i++) {
		const struct image_segment *segment = &known->segments.items[i];

		if (pc >= segment->start && pc < segment->end)
			return segment->executable;
	}
	return known->segments.count == 0;
}

const struct known_image *process_image_at(struct process_images *images, uint64_t pc)
{
	const struct known_image *known = find_known(images, pc);

	if (!known)
		known = find_new(images, pc);
	return known && is_code(known, pc) ? known : NULL;
}

struct view *process_image_view(struct process_images *images, const struct known_image *known)
{
	images->source = known;
	view_allow(&images->view, LOOKUP_ANSWERS);
	return &images->view;
}
