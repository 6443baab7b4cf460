/*
 * ELF files through libelf. The file is mapped, so that opening costs what is touched and
 * no section is copied unless it is compressed.
 */
#include "symbol/elf.h"

#include "base/vec.h"
#include "symbol/elf_headers.h"

#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <string.h>
#include <sys/stat.h>

#define PAGE 4096u

/* Those in use have 8 to 20 bytes. */
#define BUILD_ID_MAX 64

struct elf_file {
	Elf *elf;
	uint64_t file_size;
	GElf_Ehdr header;
	uint64_t load_start, load_end;
	struct elf_sections sections;
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

/* What the loader maps, in whole pages. Every loaded byte must be there to be mapped. */
static struct ptmem_error *read_segments(const char *path, struct elf_file *file)
{
	size_t count;
	if (!within(file, file->header.e_phoff, file->header.e_phnum * sizeof(Elf64_Phdr)) ||
		elf_getphdrnum(file->elf, &count) != 0)
		return truncated(path);

	uint64_t start = UINT64_MAX, end = 0;
	for (size_t i = 0; i < count; i++) {
		GElf_Phdr segment;
		if (!gelf_getphdr(file->elf, (int)i, &segment))
			return truncated(path);
		if (segment.p_type != PT_LOAD)
			continue;
		if (!within(file, segment.p_offset, segment.p_filesz))
			return truncated(path);
		if (segment.p_memsz > UINT64_MAX - PAGE - segment.p_vaddr)
			return not_ours(path, "segment that wraps around the address space");
		if (segment.p_vaddr < start)
			start = segment.p_vaddr;
		if (segment.p_vaddr + segment.p_memsz > end)
			end = segment.p_vaddr + segment.p_memsz;
	}
	if (start > end)
		return not_ours(path, "nothing to load: not a program");
	file->load_start = start & ~(uint64_t)(PAGE - 1);
	file->load_end = (end + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	return NULL;
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

/* A program without section headers is unusual and valid. */
static struct ptmem_error *read_headers(struct elf_file *file)
{
	struct elf_bytes whole = {0};
	size_t count = 0;
	const Elf64_Phdr *segments = elf64_getphdr(file->elf);

	whole.data = (const uint8_t *)elf_rawfile(file->elf, &whole.size);
	if (!segments || !whole.data || elf_getphdrnum(file->elf, &count) != 0)
		return NULL;
	return elf_headers_sections(whole, segments, count, &file->sections) ? NULL
									     : &error_no_memory;
}

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
		struct elf_section *section = vec_append(&file->sections);
		if (!section)
			return &error_no_memory;
		*section = read_section(file, names, scn);
	}
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
	if (!error && program)
		error = read_segments(path, file);
	if (!error)
		error = read_sections(path, file);
	if (!error && program && !file->sections.count)
		error = read_headers(file);
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
	elf_end(file->elf);
	vec_deinit(&file->sections);
	free(file);
}

size_t elf_section_count(const struct elf_file *file)
{
	return file->sections.count;
}

const struct elf_section *elf_section(const struct elf_file *file, size_t index)
{
	static const struct elf_section empty = {.name = ""};
	return index < file->sections.count ? &file->sections.items[index] : &empty;
}

static bool headers_bytes(
	struct elf_file *file, const struct elf_section *section, struct elf_bytes *bytes)
{
	size_t size;
	const char *whole = elf_rawfile(file->elf, &size);

	if (!whole || section->offset > size || section->size > size - section->offset)
		return false;
	*bytes = (struct elf_bytes){(const uint8_t *)whole + section->offset, section->size};
	return true;
}

bool elf_section_bytes(struct elf_file *file, size_t index, struct elf_bytes *bytes)
{
	const struct elf_section *section = elf_section(file, index);

	if (!section->in_file)
		return false;
	if (section->by_headers)
		return headers_bytes(file, section, bytes);
	/* Not elf_getdata(), which copies what is not aligned as its type wants. */
	Elf_Data *data = elf_rawdata(elf_getscn(file->elf, index), NULL);
	if (!data || (data->d_size && !data->d_buf))
		return false;
	*bytes = (struct elf_bytes){data->d_buf, data->d_size};
	return true;
}

/* zlib cannot do better than 1032 to 1: whoever promises more wants our memory. */
static bool plausible_size(uint64_t plain, uint64_t compressed)
{
	return plain / 1032 <= compressed;
}

/* SHF_COMPRESSED: a header struct, then the stream. */
static bool inflate_standard(Elf_Scn *scn, uint64_t size)
{
	GElf_Chdr header;
	return gelf_getchdr(scn, &header) && plausible_size(header.ch_size, size) &&
	       elf_compress(scn, 0, 0) >= 0;
}

/* .zdebug_*: "ZLIB", the size in 8 bytes of big endian, then the stream. */
static bool inflate_gnu(struct elf_file *file, size_t index, Elf_Scn *scn)
{
	struct elf_bytes raw;
	if (!elf_section_bytes(file, index, &raw) || raw.size < 12 || memcmp(raw.data, "ZLIB", 4))
		return false;
	uint64_t size = 0;
	for (size_t i = 4; i < 12; i++)
		size = size << 8 | raw.data[i];
	return plausible_size(size, raw.size) && elf_compress_gnu(scn, 0, 0) >= 0;
}

bool elf_section_plain_bytes(struct elf_file *file, size_t index, struct elf_bytes *bytes)
{
	Elf_Scn *scn = elf_getscn(file->elf, index);
	GElf_Shdr header;
	const struct elf_section *section = elf_section(file, index);
	if (section->by_headers)
		return elf_section_bytes(file, index, bytes);
	if (!section->in_file || !scn || !gelf_getshdr(scn, &header))
		return false;
	bool compressed = (header.sh_flags & SHF_COMPRESSED) != 0;
	bool gnu = strncmp(section->name, ".zdebug", strlen(".zdebug")) == 0;
	if (!compressed && !gnu)
		return elf_section_bytes(file, index, bytes);
	if (compressed ? !inflate_standard(scn, header.sh_size) : !inflate_gnu(file, index, scn))
		return false;

	Elf_Data *data = elf_getdata(scn, NULL);
	if (!data || (data->d_size && !data->d_buf))
		return false;
	*bytes = (struct elf_bytes){data->d_buf, data->d_size};
	return true;
}

/* A note: sizes of name and content, type, "GNU" and its NUL, then the id. */
static char *build_id_of_note(const struct elf_bytes *note)
{
	Elf64_Nhdr head;
	const uint8_t *id = note->data + sizeof head + sizeof "GNU";
	char *hex;

	if (note->size < sizeof head + sizeof "GNU")
		return NULL;
	memcpy(&head, note->data, sizeof head);
	if (head.n_type != NT_GNU_BUILD_ID || head.n_namesz != sizeof "GNU" ||
		head.n_descsz > BUILD_ID_MAX ||
		head.n_descsz > note->size - sizeof head - sizeof "GNU")
		return NULL;
	hex = malloc(head.n_descsz * 2 + 1);
	if (!hex)
		return NULL;
	for (size_t i = 0; i < head.n_descsz; i++) {
		hex[i * 2] = "0123456789abcdef"[id[i] >> 4];
		hex[i * 2 + 1] = "0123456789abcdef"[id[i] & 15];
	}
	hex[head.n_descsz * 2] = '\0';
	return hex;
}

char *elf_file_build_id(struct elf_file *file)
{
	for (size_t i = 0; i < elf_section_count(file); i++) {
		struct elf_bytes note;

		if (!strcmp(elf_section(file, i)->name, ".note.gnu.build-id") &&
			elf_section_bytes(file, i, &note))
			return build_id_of_note(&note);
	}
	return NULL;
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
