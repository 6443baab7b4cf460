/*
 * An ELF file as the rest of this folder needs it: validated, mapped rather than copied,
 * its sections with their bytes. Where it has no section headers, its program headers tell of the
 * sections that matter. The only header that leads to libelf.
 */
#ifndef PTMEM_SYMBOL_ELF_H
#define PTMEM_SYMBOL_ELF_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_file;

enum elf_section_kind {
	ELF_SECTION_OTHER,
	ELF_SECTION_SYMTAB,
	ELF_SECTION_DYNSYM,
};

struct elf_section {
	const char *name; /* owned by the file; "" where it has none that can be read */
	enum elf_section_kind kind;
	uint64_t address, size; /* where it is loaded; as its header says */
	bool executable;
	bool in_file;    /* has bytes in the file (not SHT_NOBITS) */
	size_t link;     /* the string table of a symbol table */
	bool by_headers; /* the file has no such section, but this at that offset: elf_headers.h */
	uint64_t offset;
};

/* Bytes of a section, owned by the file and read only. */
struct elf_bytes {
	const uint8_t *data;
	size_t size;
};

/*
 * Opens and validates: ERROR_FORMAT with the reason for anything but a whole 64-bit
 * little-endian x86-64 executable or shared object. The fd stays the caller's.
 */
struct ptmem_error *elf_file_open(const char *path, int fd, struct elf_file **file);

/*
 * The same for a file that is only read, such as one of debug info: it need not be linked, have
 * anything to load, or have what its program headers say is loaded.
 */
struct ptmem_error *elf_file_open_any(const char *path, int fd, struct elf_file **file);
void elf_file_close(struct elf_file *file);

/* Sections count from 0, which is the reserved empty one. An index out of range is empty too. */
size_t elf_section_count(const struct elf_file *file);
const struct elf_section *elf_section(const struct elf_file *file, size_t index);

/* A section's bytes as they are in the file; false where they are not there. */
bool elf_section_bytes(struct elf_file *file, size_t index, struct elf_bytes *bytes);

/* The same, decompressed where the section is compressed (either convention). */
bool elf_section_plain_bytes(struct elf_file *file, size_t index, struct elf_bytes *bytes);

/* Begins to decompress what places in the code are looked up in, while there is something else to
 * do. */
void elf_file_inflate_ahead(struct elf_file *file);

/* Whether that is under way. */
bool elf_file_is_inflating(struct elf_file *file);

/* Whether this is where debug info is, compressed or not. */
bool elf_section_is_debug_info(const struct elf_section *section);

/* The bytes that are loaded at an address, up to the end of their segment; empty where none are. */
struct elf_bytes elf_file_loaded(const struct elf_file *file, uint64_t address);

/* A debug file is loaded where the object is that it is of. */
void elf_file_adopt_place(struct elf_file *file, const struct elf_file *object);

/* The build-id in hex, to be freed; NULL where the file has none. */
char *elf_file_build_id(struct elf_file *file);

uint64_t elf_file_entry(const struct elf_file *file);
uint64_t elf_file_load_start(const struct elf_file *file);
uint64_t elf_file_load_end(const struct elf_file *file);

/* The address that the code at this offset of the file is loaded at; false where there is none. */
bool elf_file_code_address(const struct elf_file *file, uint64_t offset, uint64_t *address);

/* DT_SONAME, to free; NULL where it is not said. */
char *elf_file_soname(struct elf_file *file);

#endif
