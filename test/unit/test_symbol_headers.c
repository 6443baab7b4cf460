/* What is known of files that lack symbols, or sections: a real library, and it without them. */
#include "symbol/frames.h"
#include "symbol/object.h"

#include <criterion/criterion.h>
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* By a function that nothing else offers, as sanitizers do many. */
static int open_libc(void)
{
	Dl_info info;
	int fd;

	cr_assert(dladdr((void *)gnu_get_libc_version, &info));
	fd = open(info.dli_fname, O_RDONLY | O_CLOEXEC);
	cr_assert(fd >= 0);
	return fd;
}

/* A copy in memory, to be changed. */
static int copy_of(int fd, uint8_t **bytes, size_t *size)
{
	int copy = memfd_create("copy", MFD_CLOEXEC);
	struct stat file;

	cr_assert(copy >= 0 && !fstat(fd, &file));
	*size = (size_t)file.st_size;
	cr_assert(!ftruncate(copy, file.st_size));
	*bytes = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED, copy, 0);
	cr_assert(*bytes != MAP_FAILED);
	cr_assert_eq(pread(fd, *bytes, *size, 0), (ssize_t)*size);
	return copy;
}

static int without_sections(void)
{
	uint8_t *bytes;
	size_t size;
	int copy = copy_of(open_libc(), &bytes, &size);
	Elf64_Ehdr *header = (Elf64_Ehdr *)bytes;

	header->e_shoff = header->e_shnum = header->e_shstrndx = 0;
	munmap(bytes, size);
	return copy;
}

/* Debug info that may be installed for it is not looked for. */
static struct object *object_of(int fd)
{
	static const struct symbol_options alone = {.no_usual_dir = true};
	static const struct search nowhere = {.options = &alone, .root = ""};
	struct object *object;
	struct ptmem_error *error = object_open("/lib/libmade.so", fd, &nowhere, &object);

	cr_assert_null(error, "%s", error ? error->message : "");
	return object;
}

static const struct function *find_alias(struct object *object, const char *symbol)
{
	size_t count;
	const struct function *functions = object_functions(object, &count);

	for (size_t i = 0; i < count; i++) {
		if (!strcmp(functions[i].symbol, symbol))
			return &functions[i];
		const char *alias;

		for (size_t k = 0; (alias = object_function_alias(object, &functions[i], k)); k++)
			if (!strcmp(alias, symbol))
				return &functions[i];
	}
	return NULL;
}

Test(symbol_headers, the_same_functions_without_sections)
{
	struct object *whole = object_of(open_libc()), *bare = object_of(without_sections());
	size_t whole_count, bare_count, named = 0;
	const struct function *functions = object_functions(whole, &whole_count);

	object_functions(bare, &bare_count);
	cr_assert(whole_count > 1000);
	cr_assert(bare_count >= whole_count);
	for (size_t i = 0; i < whole_count; i++) {
		const struct function *same = object_function_at(bare, functions[i].address);

		if (strchr(functions[i].symbol, '+'))
			continue;
		named++;
		cr_assert(same, "%s", functions[i].symbol);
		cr_assert_str_eq(same->symbol, functions[i].symbol);
		cr_assert_eq(same->size, functions[i].size);
	}
	cr_assert(named > 1000);
	object_close(whole);
	object_close(bare);
}

Test(symbol_headers, the_same_identity_without_sections)
{
	struct object *whole = object_of(open_libc()), *bare = object_of(without_sections());
	char *id = object_build_id(whole), *bare_id = object_build_id(bare);
	char *name = object_soname(whole), *bare_name = object_soname(bare);

	if (id)
		cr_assert_str_eq(bare_id, id);
	cr_assert_str_eq(name, "libc.so.6");
	cr_assert_str_eq(bare_name, name);
	free(id);
	free(bare_id);
	free(name);
	free(bare_name);
	object_close(whole);
	object_close(bare);
}

Test(symbol_headers, frames_tell_of_functions)
{
	struct elf_file *file;
	struct frame_ranges ranges = {0};
	struct object *object;
	size_t count, found = 0, sized = 0;
	int fd = open_libc();

	cr_assert_null(elf_file_open("libc", fd, &file));
	cr_assert(frames_read(file, &ranges));
	object = object_of(fd);
	const struct function *functions = object_functions(object, &count);
	for (size_t i = 0; i < ranges.count; i++) {
		const struct function *function =
			object_function_at(object, (struct file_address){ranges.items[i].address});

		found += function != NULL;
		sized += function && function->size == ranges.items[i].size;
	}
	/* The library is written in C, but for some hundred functions. */
	cr_assert(found > ranges.count * 3 / 4, "%zu of %zu", found, ranges.count);
	cr_assert(sized > found * 3 / 4, "%zu of %zu", sized, found);
	cr_assert(functions);
	vec_deinit(&ranges);
	elf_file_close(file);
	object_close(object);
}

Test(symbol_headers, nameless_functions_have_the_objects_name)
{
	struct object *object = object_of(open_libc());
	size_t count, nameless = 0;
	const struct function *functions = object_functions(object, &count);

	for (size_t i = 0; i < count; i++) {
		char expected[64];

		snprintf(expected, sizeof expected, "libmade.so+0x%lx",
			(unsigned long)functions[i].address.value);
		nameless += !strcmp(functions[i].symbol, expected);
		cr_assert(i == 0 || functions[i - 1].address.value < functions[i].address.value);
	}
	cr_assert(nameless > 100);
	object_close(object);
}

Test(symbol_headers, aliases_are_one_function)
{
	struct object *object = object_of(open_libc());

	cr_assert(find_alias(object, "mmap"));
	cr_assert_eq(find_alias(object, "mmap"), find_alias(object, "mmap64"));
	cr_assert_eq(find_alias(object, "malloc"), find_alias(object, "__libc_malloc"));
	cr_assert_neq(find_alias(object, "malloc"), find_alias(object, "calloc"));
	object_close(object);
}

/* Wherever the headers are wrong, less is known, and nothing else happens. */
Test(symbol_headers, damaged_headers)
{
	uint8_t *bytes;
	size_t size;
	int copy = copy_of(without_sections(), &bytes, &size);
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)bytes;
	size_t first = header->e_phoff, end = first + header->e_phnum * sizeof(Elf64_Phdr);
	uint32_t seed = 1;

	for (int i = 0; i < 300; i++) {
		struct object *object;
		struct ptmem_error *error;
		size_t at;
		uint8_t before;

		seed = seed * 1103515245 + 12345;
		at = i % 2 ? first + (seed >> 8) % (end - first) : (seed >> 8) % 0x20000;
		before = bytes[at];
		bytes[at] ^= (uint8_t)(1 << (seed >> 4) % 8);
		error = object_open("damaged", copy, &search_ours, &object);
		if (!error)
			object_close(object);
		error_free(error);
		bytes[at] = before;
	}
}
