/*
 * ELF files through libelf. The file is mapped, so that opening costs what is touched and
 * no section is copied unless it is compressed.
 */
#include "symbol/elf.h"

#include "base/vec.h"
#include "symbol/elf_segments.h"
#include "symbol/inflate.h"

#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <string.h>
#include <sys/stat.h>

#define PAGE 4096u

/* elf.h of the C library knows of it since 2.37. */
#define ELF_COMPRESSED_ZSTD 2

/* How a section lies in the file. */
enum elf_packing {
	ELF_PLAIN,
	ELF_PACKED,
	ELF_PACKED_GNU, /* `.zdebug_*` */
};

struct elf_file {
	Elf *elf;
	uint64_t file_size;
	GElf_Ehdr header;
	uint64_t load_start, load_end; /* 0 where nothing is loaded */
	struct elf_image image;
	struct elf_entries
		entries; /* sections; their bytes only where libelf does not know of any */
	struct inflater inflater;
};

static struct ptmem_error *not_ours(const char *path, const char *why)
{
	return error_new(ERROR_FORMAT, "%s: %s", path, why);
}

static struct ptmem_error *truncated(const char *path)
{
	return not_ours(path, "truncated ELF file");
}

static struct ptmem_error *check_type(const char *path, const GElf_Ehdr *header)
{
	if (header->e_machine != EM_X86_64)
		return not_ours(path, "program for another processor: only x86-64 can be profiled");
	if (header->e_type == ET_REL)
		return not_ours(path, "object file that is not linked yet");
	if (header->e_type == ET_CORE)
		return not_ours(path, "core dump, not a program");
	if (header->e_type != ET_EXEC && header->e_type != ET_DYN)
		return not_ours(path, "ELF file that is not a program");
	return NULL;
}

static struct ptmem_error *check_header(const char *path, Elf *elf, bool program, GElf_Ehdr *header)
{
	if (elf_kind(elf) != ELF_K_ELF)
		return not_ours(path, "not an ELF program");
	const char *ident = elf_getident(elf, NULL);
	if (!ident)
		return truncated(path);
	if (ident[EI_CLASS] == ELFCLASS32)
		return not_ours(path, "32-bit program: only 64-bit programs can be profiled");
	if (ident[EI_CLASS] != ELFCLASS64)
		return not_ours(path, "ELF file of an unknown class");
	if (ident[EI_DATA] != ELFDATA2LSB)
		return not_ours(path, "big-endian program: only x86-64 can be profiled");
	if (!gelf_getehdr(elf, header))
		return truncated(path);
	return program ? check_type(path, header) : NULL;
}

/* Whether a stretch of bytes lies inside the file. */
static bool within(const struct elf_file *file, uint64_t offset, uint64_t size)
{
	return offset <= file->file_size && size <= file->file_size - offset;
}

static void note_loaded(struct elf_file *file, const GElf_Phdr *segment)
{
	uint64_t start = segment->p_vaddr & ~(uint64_t)(PAGE - 1);
	uint64_t end = (segment->p_vaddr + segment->p_memsz + PAGE - 1) & ~(uint64_t)(PAGE - 1);

	if (!file->load_end || start < file->load_start)
		file->load_start = start;
	if (end > file->load_end)
		file->load_end = end;
}

/* Every byte that a program loads must be there to be mapped; of debug files none is. */
static struct ptmem_error *read_segment(
	const char *path, struct elf_file *file, const GElf_Phdr *segment, bool program)
{
	bool wraps = segment->p_memsz > UINT64_MAX - PAGE - segment->p_vaddr;

	if (segment->p_type != PT_LOAD)
		return NULL;
	if (program && !within(file, segment->p_offset, segment->p_filesz))
		return truncated(path);
	if (program && wraps)
		return not_ours(path, "segment that wraps around the address space");
	if (!wraps)
		note_loaded(file, segment);
	return NULL;
}

/* What the loader maps, in whole pages. */
static struct ptmem_error *read_segments(const char *path, struct elf_file *file, bool program)
{
	struct ptmem_error *error = NULL;
	size_t count = 0;
	if (!within(file, file->header.e_phoff, file->header.e_phnum * sizeof(Elf64_Phdr)) ||
		elf_getphdrnum(file->elf, &count) != 0)
		return program ? truncated(path) : NULL;

	for (size_t i = 0; i < count && !error; i++) {
		GElf_Phdr segment;
		if (!gelf_getphdr(file->elf, (int)i, &segment))
			return truncated(path);
		Elf64_Phdr *kept = vec_append(&file->image.segments);
		if (!kept)
			return &error_no_memory;
		*kept = segment;
		error = read_segment(path, file, &segment, program);
	}
	if (!error && program && !file->load_end)
		error = not_ours(path, "nothing to load: not a program");
	return error;
}

static enum elf_section_kind section_kind(uint32_t type)
{
	if (type == SHT_SYMTAB)
		return ELF_SECTION_SYMTAB;
	return type == SHT_DYNSYM ? ELF_SECTION_DYNSYM : ELF_SECTION_OTHER;
}

static struct elf_section read_section(struct elf_file *file, size_t names, Elf_Scn *scn)
{
	GElf_Shdr header;
	if (!gelf_getshdr(scn, &header))
		return (struct elf_section){.name = ""};
	const char *name = elf_strptr(file->elf, names, header.sh_name);
	return (struct elf_section){
		.name = name ? name : "",
		.kind = section_kind(header.sh_type),
		.address = header.sh_addr,
		.size = header.sh_size,
		.executable = (header.sh_flags & SHF_EXECINSTR) != 0,
		.in_file = header.sh_type != SHT_NOBITS && header.sh_type != SHT_NULL,
		.link = header.sh_link,
	};
}

static bool make_sections(struct elf_file *file)
{
	vec_deinit(&file->entries);
	return elf_segments_list(&file->image, &file->entries);
}

/* A program without section headers is unusual and valid. */
static struct ptmem_error *read_sections(const char *path, struct elf_file *file)
{
	size_t count, names = 0;
	if (file->header.e_shoff && !within(file, file->header.e_shoff, sizeof(Elf64_Shdr)))
		return truncated(path);
	if (elf_getshdrnum(file->elf, &count) != 0)
		return truncated(path);
	if (file->header.e_shoff && !within(file, file->header.e_shoff, count * sizeof(Elf64_Shdr)))
		return truncated(path);
	if (count && elf_getshdrstrndx(file->elf, &names) != 0)
		return not_ours(path, "section names are not where the header says");

	for (size_t i = 0; i < count; i++) {
		Elf_Scn *scn = elf_getscn(file->elf, i);
		if (!scn)
			return truncated(path);
		struct elf_entry *entry = vec_append(&file->entries);
		if (!entry)
			return &error_no_memory;
		*entry = (struct elf_entry){.section = read_section(file, names, scn)};
	}
	if (count <= 1)
		return make_sections(file) ? NULL : &error_no_memory;
	return NULL;
}

static struct ptmem_error *read_file(const char *path, int fd, bool program, struct elf_file *file)
{
	struct stat status;
	if (fstat(fd, &status) != 0)
		return error_errno(errno, "%s: cannot read", path);
	if (!S_ISREG(status.st_mode))
		return not_ours(path, "not a regular file");
	file->file_size = (uint64_t)status.st_size;

	if (elf_version(EV_CURRENT) == EV_NONE)
		return not_ours(path, "libelf is too old for this file");
	file->elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (!file->elf)
		return error_new(ERROR_FORMAT, "%s: cannot read: %s", path, elf_errmsg(-1));

	struct ptmem_error *error = check_header(path, file->elf, program, &file->header);
	if (error)
		return error;
	file->image.bytes.data = (const uint8_t *)elf_rawfile(file->elf, &file->image.bytes.size);
	if (!file->image.bytes.data)
		return truncated(path);
	error = read_segments(path, file, program);
	if (!error)
		error = read_sections(path, file);
	return error;
}

static struct ptmem_error *open_file(const char *path, int fd, bool program, struct elf_file **file)
{
	struct elf_file *new = calloc(1, sizeof *new);
	if (!new)
		return &error_no_memory;
	struct ptmem_error *error = read_file(path, fd, program, new);
	if (error)
		elf_file_close(new);
	else
		*file = new;
	return error;
}

struct ptmem_error *elf_file_open(const char *path, int fd, struct elf_file **file)
{
	return open_file(path, fd, true, file);
}

struct ptmem_error *elf_file_open_any(const char *path, int fd, struct elf_file **file)
{
	return open_file(path, fd, false, file);
}

void elf_file_close(struct elf_file *file)
{
	if (!file)
		return;
	inflater_deinit(&file->inflater);
	elf_end(file->elf);
	vec_deinit(&file->image.segments);
	vec_deinit(&file->entries);
	free(file);
}

size_t elf_section_count(const struct elf_file *file)
{
	return file->entries.count;
}

const struct elf_section *elf_section(const struct elf_file *file, size_t index)
{
	static const struct elf_section empty = {.name = ""};
	return index < file->entries.count ? &file->entries.items[index].section : &empty;
}

bool elf_section_bytes(struct elf_file *file, size_t index, struct elf_bytes *bytes)
{
	if (!elf_section(file, index)->in_file)
		return false;
	*bytes = file->entries.items[index].bytes;
	if (bytes->data)
		return true;
	/* Not elf_getdata(), which copies what is not aligned as its type wants. */
	Elf_Data *data = elf_rawdata(elf_getscn(file->elf, index), NULL);
	if (!data || (data->d_size && !data->d_buf))
		return false;
	*bytes = (struct elf_bytes){data->d_buf, data->d_size};
	return true;
}

/* A header struct, then the stream. */
static bool add_standard(struct elf_file *file, size_t index, struct elf_bytes raw)
{
	GElf_Chdr header;
	Elf_Scn *scn = elf_getscn(file->elf, index);
	if (!gelf_getchdr(scn, &header) || raw.size < sizeof(Elf64_Chdr))
		return false;
	enum inflate_method method =
		header.ch_type == ELFCOMPRESS_ZLIB ? INFLATE_ZLIB : INFLATE_ZSTD;
	struct elf_bytes packed = {raw.data + sizeof(Elf64_Chdr), raw.size - sizeof(Elf64_Chdr)};
	bool known = method == INFLATE_ZLIB || header.ch_type == ELF_COMPRESSED_ZSTD;
	return known && inflater_add(&file->inflater, index, method, packed, header.ch_size);
}

/* "ZLIB", the size in 8 bytes of big endian, then the stream. */
static bool add_gnu(struct elf_file *file, size_t index, struct elf_bytes raw)
{
	uint64_t size = 0;
	if (raw.size < 12 || memcmp(raw.data, "ZLIB", 4) != 0)
		return false;
	for (size_t i = 4; i < 12; i++)
		size = size << 8 | raw.data[i];
	struct elf_bytes packed = {raw.data + 12, raw.size - 12};
	return inflater_add(&file->inflater, index, INFLATE_ZLIB, packed, size);
}

/* By a flag of its header, or by the name that it had before there was one. */
static enum elf_packing packing_of(const struct elf_file *file, size_t index)
{
	GElf_Shdr header;
	if (file->entries.items[index].bytes.data)
		return ELF_PLAIN;
	if (!gelf_getshdr(elf_getscn(file->elf, index), &header))
		return ELF_PLAIN;
	if (header.sh_flags & SHF_COMPRESSED)
		return ELF_PACKED;
	return strncmp(elf_section(file, index)->name, ".zdebug", strlen(".zdebug")) == 0
		       ? ELF_PACKED_GNU
		       : ELF_PLAIN;
}

/* Whether a section can be inflated. */
static bool add_packed(struct elf_file *file, size_t index, enum elf_packing packing)
{
	struct elf_bytes raw;
	if (!file->inflater.sections && !inflater_init(&file->inflater, file->entries.count))
		return false;
	if (inflater_has(&file->inflater, index))
		return true;
	if (!elf_section_bytes(file, index, &raw))
		return false;
	return packing == ELF_PACKED ? add_standard(file, index, raw) : add_gnu(file, index, raw);
}

bool elf_section_plain_bytes(struct elf_file *file, size_t index, struct elf_bytes *bytes)
{
	if (!elf_section(file, index)->in_file)
		return false;
	enum elf_packing packing = packing_of(file, index);
	if (packing == ELF_PLAIN)
		return elf_section_bytes(file, index, bytes);
	return add_packed(file, index, packing) && inflater_get(&file->inflater, index, bytes);
}

/* What locations, and the lines of functions, are looked up in. */
static bool is_looked_up(const char *name)
{
	static const char *const wanted[] = {
		"info", "abbrev", "line", "str", "line_str", "ranges", "rnglists"};
	const char *prefix = name[0] && name[1] == 'z' ? ".zdebug_" : ".debug_";
	if (strncmp(name, prefix, strlen(prefix)) != 0)
		return false;
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		if (strcmp(name + strlen(prefix), wanted[i]) == 0)
			return true;
	return false;
}

void elf_file_inflate_ahead(struct elf_file *file)
{
	bool any = false;
	for (size_t i = 1; i < file->entries.count; i++) {
		const struct elf_section *section = elf_section(file, i);
		enum elf_packing packing = section->in_file && is_looked_up(section->name)
						   ? packing_of(file, i)
						   : ELF_PLAIN;
		any |= packing != ELF_PLAIN && add_packed(file, i, packing);
	}
	if (any)
		inflater_begin(&file->inflater);
}

bool elf_file_is_inflating(struct elf_file *file)
{
	return inflater_is_busy(&file->inflater);
}

/* The loader's view comes second: a debug file's segments are not in it. */
char *elf_file_build_id(struct elf_file *file)
{
	char *build_id = NULL;
	for (size_t i = 0; !build_id && i < elf_section_count(file); i++) {
		struct elf_bytes notes;
		if (strcmp(elf_section(file, i)->name, ".note.gnu.build-id") == 0 &&
			elf_section_bytes(file, i, &notes))
			build_id = elf_notes_build_id(notes, 4);
	}
	return build_id ? build_id : elf_segments_build_id(&file->image);
}

struct elf_bytes elf_file_loaded(const struct elf_file *file, uint64_t address)
{
	return elf_segments_at(&file->image, address);
}

void elf_file_adopt_place(struct elf_file *file, const struct elf_file *object)
{
	file->load_start = object->load_start;
	file->load_end = object->load_end;
}

bool elf_section_is_debug_info(const struct elf_section *section)
{
	return strcmp(section->name, ".debug_info") == 0 ||
	       strcmp(section->name, ".zdebug_info") == 0;
}

uint64_t elf_file_entry(const struct elf_file *file)
{
	return file->header.e_entry;
}

uint64_t elf_file_load_start(const struct elf_file *file)
{
	return file->load_start;
}

uint64_t elf_file_load_end(const struct elf_file *file)
{
	return file->load_end;
}

bool elf_file_code_address(const struct elf_file *file, uint64_t offset, uint64_t *address)
{
	for (size_t i = 0; i < file->header.e_phnum; i++) {
		GElf_Phdr segment;
		uint64_t into;

		if (!gelf_getphdr(file->elf, (int)i, &segment))
			return false;
		/* Segments are mapped in whole pages. */
		into = segment.p_offset & (PAGE - 1);
		if (segment.p_type != PT_LOAD || !(segment.p_flags & PF_X) ||
			offset < segment.p_offset - into ||
			offset >= segment.p_offset + segment.p_filesz)
			continue;
		*address = segment.p_vaddr + (offset - segment.p_offset);
		return true;
	}
	return false;
}
