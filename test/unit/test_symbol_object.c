/*
 * Objects: this program's own file, as a compiler made it, and files made by hand that lie.
 */
#include "symbol/object.h"

#include <criterion/criterion.h>
#include <elf.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* --- a file made by hand: one segment, a few sections, up to 16 symbols --- */

#define BASE 0x400000
#define TEXT (BASE + offsetof(struct image, text))

enum { NONE, TEXT_SECTION, SYMTAB, STRTAB, SHSTRTAB, INFO, ABBREV, SECTIONS };

struct image {
	Elf64_Ehdr header;
	Elf64_Phdr segment;
	Elf64_Shdr sections[SECTIONS];
	Elf64_Sym symbols[16];
	char names[256];
	char section_names[64];
	uint8_t text[256];
	uint8_t info[64];
	uint8_t abbrev[64];
};

static Elf64_Shdr section(uint32_t name, uint32_t type, size_t offset, size_t size)
{
	return (Elf64_Shdr){.sh_name = name, .sh_type = type, .sh_offset = offset, .sh_size = size};
}

static struct image new_image(void)
{
	struct image image = {
		.header =
			{
				.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
					ELFDATA2LSB, EV_CURRENT},
				.e_type = ET_EXEC,
				.e_machine = EM_X86_64,
				.e_version = EV_CURRENT,
				.e_entry = TEXT + 4,
				.e_phoff = offsetof(struct image, segment),
				.e_shoff = offsetof(struct image, sections),
				.e_ehsize = sizeof(Elf64_Ehdr),
				.e_phentsize = sizeof(Elf64_Phdr),
				.e_phnum = 1,
				.e_shentsize = sizeof(Elf64_Shdr),
				.e_shnum = SECTIONS,
				.e_shstrndx = SHSTRTAB,
			},
		.segment = {.p_type = PT_LOAD,
			.p_vaddr = BASE,
			.p_filesz = sizeof(struct image),
			.p_memsz = sizeof(struct image)},
		.section_names = "\0.text\0.debug_info\0.debug_abbrev",
	};
	image.sections[TEXT_SECTION] =
		section(1, SHT_PROGBITS, offsetof(struct image, text), sizeof image.text);
	image.sections[TEXT_SECTION].sh_addr = TEXT;
	image.sections[TEXT_SECTION].sh_flags = SHF_ALLOC | SHF_EXECINSTR;
	image.sections[SYMTAB] =
		section(0, SHT_SYMTAB, offsetof(struct image, symbols), sizeof image.symbols);
	image.sections[SYMTAB].sh_link = STRTAB;
	image.sections[SYMTAB].sh_entsize = sizeof(Elf64_Sym);
	image.sections[STRTAB] =
		section(0, SHT_STRTAB, offsetof(struct image, names), sizeof image.names);
	image.sections[SHSTRTAB] = section(
		0, SHT_STRTAB, offsetof(struct image, section_names), sizeof image.section_names);
	return image;
}

/* Adds a function symbol; more can be done to what is returned. */
static Elf64_Sym *add(struct image *image, const char *name, unsigned binding, size_t offset)
{
	size_t used = 1;
	while (image->names[used])
		used += strlen(image->names + used) + 1;
	strcpy(image->names + used, name);
	Elf64_Sym *symbol = &image->symbols[1];
	while (symbol->st_name)
		symbol++;
	*symbol = (Elf64_Sym){
		.st_name = (uint32_t)used,
		.st_info = ELF64_ST_INFO(binding, STT_FUNC),
		.st_shndx = TEXT_SECTION,
		.st_value = TEXT + offset,
		.st_size = 8,
	};
	return symbol;
}

/* What is wrong with its debug info, once that was looked into. */
static const char *problem_of(struct object *object)
{
	struct function any = {.symbol = "any"};
	object_describes(object, &any);
	return object_debug_problem(object);
}

static int file_of(const void *bytes, size_t size)
{
	int fd = memfd_create("object", MFD_CLOEXEC);
	cr_assert(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
	return fd;
}

/* The image as an object; the caller closes both. */
static struct object *open_image(const struct image *image, int *fd)
{
	struct object *object = NULL;
	*fd = file_of(image, sizeof *image);
	struct ptmem_error *error = object_open("made", *fd, &search_ours, &object);
	cr_assert_null(error, "%s", error ? error->message : "");
	return object;
}

static void expect_refused(const void *bytes, size_t size, const char *why)
{
	struct object *object = NULL;
	int fd = file_of(bytes, size);
	struct ptmem_error *error = object_open("made", fd, &search_ours, &object);
	cr_assert(error_is(error, ERROR_FORMAT), "not refused: %s", why);
	cr_expect(strstr(error->message, "made: ") == error->message, "%s", error->message);
	cr_expect(strstr(error->message, why), "%s, expected %s", error->message, why);
	cr_expect_null(object);
	error_free(error);
	close(fd);
}

/* The names of all functions in their order, each with a space behind it. */
static void expect_functions(const struct image *image, const char *expected)
{
	int fd;
	struct object *object = open_image(image, &fd);
	size_t count;
	const struct function *functions = object_functions(object, &count);
	char names[256] = "";
	for (size_t i = 0; i < count; i++)
		strcat(strcat(names, functions[i].symbol), " ");
	cr_expect_str_eq(names, expected);
	object_close(object);
	close(fd);
}

/* --- what is not a program of ours --- */

Test(object, refuses_what_is_not_elf)
{
	expect_refused("", 0, "not an ELF program");
	expect_refused("#!/bin/sh\n", 10, "not an ELF program");
	expect_refused("\x7f"
		       "ELF",
		4, "");
}

Test(object, refuses_other_machines)
{
	struct image image = new_image();
	image.header.e_machine = EM_AARCH64;
	expect_refused(&image, sizeof image, "only x86-64 can be profiled");
	image = new_image();
	image.header.e_ident[EI_DATA] = ELFDATA2MSB;
	expect_refused(&image, sizeof image, "big-endian");
}

Test(object, refuses_32_bits)
{
	struct image image = new_image();
	image.header.e_ident[EI_CLASS] = ELFCLASS32;
	expect_refused(&image, sizeof image, "32-bit program: only 64-bit programs");
}

Test(object, refuses_what_is_not_a_program)
{
	struct image image = new_image();
	image.header.e_type = ET_REL;
	expect_refused(&image, sizeof image, "not linked yet");
	image.header.e_type = ET_CORE;
	expect_refused(&image, sizeof image, "core dump");
	image.header.e_type = ET_NONE;
	expect_refused(&image, sizeof image, "not a program");
	image = new_image();
	image.segment.p_type = PT_NOTE;
	expect_refused(&image, sizeof image, "nothing to load");
}

Test(object, refuses_truncated_files)
{
	struct image image = new_image();
	for (size_t size = EI_NIDENT; size < sizeof image; size += 37)
		expect_refused(&image, size, size < sizeof(Elf64_Ehdr) ? "" : "truncated");
	image.header.e_shoff = sizeof image - 8;
	expect_refused(&image, sizeof image, "truncated");
	image = new_image();
	image.header.e_phoff = UINT64_MAX - 16;
	expect_refused(&image, sizeof image, "");
	image = new_image();
	image.segment.p_memsz = UINT64_MAX;
	expect_refused(&image, sizeof image, "wraps");
}

Test(object, needs_a_regular_file)
{
	struct object *object = NULL;
	int fd = open("/", O_RDONLY | O_CLOEXEC);
	struct ptmem_error *error = object_open("/", fd, &search_ours, &object);
	cr_assert(error_is(error, ERROR_FORMAT));
	cr_expect_str_eq(error->message, "/: not a regular file");
	error_free(error);
	close(fd);
}

/* --- the image itself --- */

Test(object, tells_what_is_loaded)
{
	int fd;
	struct image image = new_image();
	image.segment.p_vaddr = BASE + 0x10;
	struct object *object = open_image(&image, &fd);
	cr_expect_eq(object_entry(object).value, TEXT + 4);
	cr_expect_eq(object_load_start(object).value, BASE);
	cr_expect_not(object_has_debug_info(object));
	cr_expect_null(problem_of(object));
	object_close(object);
	close(fd);
}

Test(object, functions_ascend)
{
	struct image image = new_image();
	add(&image, "second", STB_GLOBAL, 16);
	add(&image, "third", STB_LOCAL, 32);
	add(&image, "first", STB_GLOBAL, 0);
	expect_functions(&image, "first second third ");
}

Test(object, the_best_name_of_an_address)
{
	struct image image = new_image();
	add(&image, "weak", STB_WEAK, 0);
	add(&image, "a_global", STB_GLOBAL, 0);
	add(&image, "a", STB_LOCAL, 0);
	add(&image, "longer", STB_GLOBAL, 16);
	add(&image, "longe", STB_GLOBAL, 16);
	add(&image, "bb", STB_WEAK, 32);
	add(&image, "ab", STB_WEAK, 32);
	expect_functions(&image, "a_global longe ab ");
}

Test(object, leaves_out_what_is_no_function)
{
	struct image image = new_image();
	add(&image, "object", STB_GLOBAL, 0)->st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT);
	add(&image, "ifunc", STB_GLOBAL, 8)->st_info = ELF64_ST_INFO(STB_GLOBAL, STT_GNU_IFUNC);
	add(&image, "import", STB_GLOBAL, 16)->st_shndx = SHN_UNDEF;
	add(&image, "f.cold", STB_LOCAL, 24);
	add(&image, "f.cold.7", STB_LOCAL, 32);
	add(&image, "f", STB_GLOBAL, 40);
	expect_functions(&image, "f ");
}

Test(object, leaves_out_what_lies)
{
	struct image image = new_image();
	add(&image, "behind", STB_GLOBAL, 256);
	add(&image, "far", STB_GLOBAL, 0)->st_value = UINT64_MAX;
	add(&image, "nameless", STB_GLOBAL, 8)->st_name = UINT32_MAX;
	add(&image, "f", STB_GLOBAL, 16);
	expect_functions(&image, "f ");
	memset(image.names, 'x', sizeof image.names);
	expect_functions(&image, "");
}

Test(object, a_size_beyond_its_section_is_unknown)
{
	int fd;
	struct image image = new_image();
	add(&image, "f", STB_GLOBAL, 0)->st_size = UINT64_MAX;
	add(&image, "g", STB_GLOBAL, 248)->st_size = 8;
	struct object *object = open_image(&image, &fd);
	size_t count;
	const struct function *functions = object_functions(object, &count);
	cr_assert_eq(count, 2);
	cr_expect_eq(functions[0].size, 0);
	cr_expect_eq(functions[1].size, 8);
	object_close(object);
	close(fd);
}

Test(object, sections_that_lie)
{
	struct image image = new_image();
	add(&image, "f", STB_GLOBAL, 0);
	image.sections[SYMTAB].sh_size = UINT64_MAX;
	expect_functions(&image, "");
	image = new_image();
	add(&image, "f", STB_GLOBAL, 0);
	image.sections[SYMTAB].sh_link = 99;
	expect_functions(&image, "");
	image = new_image();
	add(&image, "f", STB_GLOBAL, 0);
	image.sections[STRTAB].sh_offset = UINT64_MAX;
	expect_functions(&image, "");
}

Test(object, without_debug_info_only_a_name)
{
	int fd;
	struct image image = new_image();
	add(&image, "grow.isra.0", STB_LOCAL, 0);
	struct object *object = open_image(&image, &fd);
	const struct function *function = object_function_at(object, (struct file_address){TEXT});
	cr_assert_not_null(function);
	cr_expect_not(object_describes(object, function));
	struct function_source source;
	cr_assert_null(object_function_source(object, function, &source));
	cr_expect_str_eq(source.name, "grow");
	cr_expect_null(source.file);
	cr_expect_eq(source.line, 0);
	function_source_deinit(&source);
	object_close(object);
	close(fd);
}

/* --- debug info that is damaged --- */

/* A unit of DWARF 4 with one entry, of abbreviation 1: a compile unit with low and high pc. */
static void add_debug_info(struct image *image)
{
	static const uint8_t abbrev[] = {1, 0x11, 0, 0x11, 1, 0x12, 7, 0, 0, 0};
	uint8_t *info = image->info;
	info[0] = 7 + 1 + 8 + 8; /* bytes that follow */
	info[4] = 4;             /* version */
	info[10] = 8;            /* bytes of an address */
	info[11] = 1;
	memcpy(info + 12, &(uint64_t){TEXT}, 8);
	memcpy(info + 20, &(uint64_t){64}, 8);
	memcpy(image->abbrev, abbrev, sizeof abbrev);
	image->sections[INFO] = section(7, SHT_PROGBITS, offsetof(struct image, info), 28);
	image->sections[ABBREV] =
		section(19, SHT_PROGBITS, offsetof(struct image, abbrev), sizeof abbrev);
}

static void expect_problem(const struct image *image)
{
	int fd;
	struct object *object = open_image(image, &fd);
	cr_expect(object_has_debug_info(object));
	const char *problem = problem_of(object);
	cr_assert_not_null(problem);
	cr_expect(*problem && !strchr(problem, '\n'), "%s", problem);
	size_t count;
	object_functions(object, &count);
	cr_expect_eq(count, 1, "functions stay known");
	object_close(object);
	close(fd);
}

Test(object, described_by_a_unit)
{
	int fd;
	struct image image = new_image();
	add_debug_info(&image);
	add(&image, "inside", STB_GLOBAL, 63);
	add(&image, "outside", STB_GLOBAL, 64);
	struct object *object = open_image(&image, &fd);
	size_t count;
	const struct function *functions = object_functions(object, &count);
	cr_assert_eq(count, 2);
	cr_expect(object_describes(object, &functions[0]));
	cr_expect_not(object_describes(object, &functions[1]));
	cr_expect_null(problem_of(object), "%s", problem_of(object));
	object_close(object);
	close(fd);
}

Test(object, damaged_debug_info_is_told)
{
	struct image image = new_image();
	add(&image, "f", STB_GLOBAL, 0);
	add_debug_info(&image);
	struct image damaged = image;
	damaged.info[1] = 0x7f; /* the unit is longer than the section */
	expect_problem(&damaged);
	damaged = image;
	damaged.info[4] = 77; /* version */
	expect_problem(&damaged);
	damaged = image;
	damaged.info[11] = 9; /* no such abbreviation */
	expect_problem(&damaged);
	damaged = image;
	damaged.sections[INFO].sh_size = UINT64_MAX / 2;
	expect_problem(&damaged);
	damaged = image;
	damaged.sections[INFO].sh_flags = SHF_COMPRESSED;
	expect_problem(&damaged);
	damaged = image;
	damaged.sections[ABBREV].sh_size = 3;
	expect_problem(&damaged);
	damaged = image;
	damaged.sections[ABBREV].sh_name = 0; /* no abbreviations at all */
	expect_problem(&damaged);
}

/* --- this program's own file --- */

static const int known_line = __LINE__ + 1;
__attribute__((noinline)) static int known_function(int x)
{
	__asm__ volatile("" : "+r"(x));
	return x * 3;
}

struct own_file {
	int fd;
	struct object *object;
	const struct function *functions;
	size_t count;
};

static struct own_file open_own_file(void)
{
	struct own_file own = {.fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC)};
	cr_assert(known_function(1) == 3 && own.fd >= 0);
	struct ptmem_error *error =
		object_open("/proc/self/exe", own.fd, &search_ours, &own.object);
	cr_assert_null(error, "%s", error ? error->message : "");
	own.functions = object_functions(own.object, &own.count);
	return own;
}

static void close_own_file(struct own_file *own)
{
	object_close(own->object);
	close(own->fd);
}

static const struct function *find(const struct own_file *own, const char *symbol)
{
	for (size_t i = 0; i < own->count; i++) {
		if (strcmp(own->functions[i].symbol, symbol) == 0)
			return &own->functions[i];
	}
	return NULL;
}

Test(object, where_a_function_was_declared)
{
	struct own_file own = open_own_file();
	cr_assert(object_has_debug_info(own.object), "tests are to be built with -g");
	const struct function *function = find(&own, "known_function");
	cr_assert_not_null(function);
	cr_expect(object_describes(own.object, function));
	struct function_source source;
	cr_assert_null(object_function_source(own.object, function, &source));
	cr_expect_str_eq(source.name, "known_function");
	cr_assert_not_null(source.file);
	cr_expect_eq(source.file[0], '/');
	cr_expect_null(strstr(source.file, "/../"), "%s", source.file);
	cr_expect_str_eq(strrchr(source.file, '/'), "/test_symbol_object.c");
	cr_expect_eq(source.line, known_line, "%d", source.line);
	function_source_deinit(&source);
	close_own_file(&own);
}

Test(object, every_function_is_found_again)
{
	struct own_file own = open_own_file();
	cr_assert_gt(own.count, 10);
	for (size_t i = 0; i < own.count; i++) {
		const struct function *function = &own.functions[i];
		cr_assert_eq(object_function_at(own.object, function->address), function);
		cr_assert(!i || function[-1].address.value < function->address.value);
	}
	struct file_address none = {own.functions[own.count - 1].address.value + 1};
	cr_expect_null(object_function_at(own.object, none));
	cr_expect_null(object_function_at(own.object, (struct file_address){0}));
	close_own_file(&own);
}

Test(object, every_described_function_has_a_source)
{
	struct own_file own = open_own_file();
	cr_expect_null(problem_of(own.object), "%s", problem_of(own.object));
	size_t described = 0;
	for (size_t i = 0; i < own.count; i++) {
		struct function_source source;
		cr_assert_null(object_function_source(own.object, &own.functions[i], &source));
		cr_expect_not_null(source.name);
		/* What AddressSanitizer adds to a file is nowhere in its source. */
		bool added = strncmp(own.functions[i].symbol, "_sub_", 5) == 0;
		if (object_describes(own.object, &own.functions[i]) && !added)
			cr_expect(source.file && source.line > 0, "%s", source.name);
		described += object_describes(own.object, &own.functions[i]);
		function_source_deinit(&source);
	}
	cr_expect_gt(described, 10);
	close_own_file(&own);
}

static uint8_t *own_bytes(size_t *size)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	*size = (size_t)lseek(fd, 0, SEEK_END);
	uint8_t *bytes = malloc(*size);
	cr_assert(bytes && pread(fd, bytes, *size, 0) == (ssize_t)*size);
	close(fd);
	return bytes;
}

/* Opens what may be an object and asks everything of it. */
static void try_everything(const uint8_t *bytes, size_t size)
{
	struct object *object = NULL;
	int fd = file_of(bytes, size);
	struct ptmem_error *error = object_open("damaged", fd, &search_ours, &object);
	if (!error) {
		size_t count;
		const struct function *functions = object_functions(object, &count);
		for (size_t i = 0; i < count; i++) {
			struct function_source source;
			error = object_function_source(object, &functions[i], &source);
			cr_assert_null(error);
			function_source_deinit(&source);
		}
		object_close(object);
	}
	error_free(error);
	close(fd);
}

Test(object, damage_anywhere_is_survived, .timeout = 60)
{
	size_t size;
	uint8_t *bytes = own_bytes(&size);
	uint64_t random = 42;
	for (unsigned round = 0; round < 60; round++) {
		size_t changed[64];
		uint8_t old[64];
		for (size_t i = 0; i < 64; i++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			/* Half of it lies behind what is loaded: debug info and headers. */
			changed[i] = i % 8 ? (random >> 20) % size : (random >> 20) % 64;
			old[i] = bytes[changed[i]];
			if (i % 8 || round % 4 == 0)
				bytes[changed[i]] = (uint8_t)(random >> 56);
		}
		try_everything(bytes, size);
		for (size_t i = 64; i-- > 0;)
			bytes[changed[i]] = old[i];
	}
	free(bytes);
}

Test(object, truncation_anywhere_is_survived, .timeout = 60)
{
	size_t size;
	uint8_t *bytes = own_bytes(&size);
	for (size_t kept = 0; kept < size; kept += size / 50 + 1)
		try_everything(bytes, kept);
	free(bytes);
}
