/*
 * Debug info in every form that it comes in: places.cc, built with each, says the same of every
 * function and every byte of code. What it says is known of one of them.
 */
#include "symbol/object.h"
#include "symbol/site.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* --- a program of test/debuggee, which is built beside this one --- */

struct program {
	char *path;
	int fd;
	struct object *object;
};

static char *path_of(const char *name)
{
	char own[4096], *path;
	ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
	cr_assert_gt(length, 0);
	own[length] = '\0';
	cr_assert_geq(asprintf(&path, "%s/../debuggee/%s", dirname(own), name), 0);
	return path;
}

static struct program open_as(const char *name, int fd)
{
	struct program program = {.path = path_of(name), .fd = fd};
	if (program.fd < 0)
		program.fd = open(program.path, O_RDONLY | O_CLOEXEC);
	cr_assert_geq(program.fd, 0, "%s is not built", program.path);
	struct ptmem_error *error =
		object_open(program.path, program.fd, &search_ours, &program.object);
	cr_assert_null(error, "%s", error ? error->message : "");
	return program;
}

static struct program open_program(const char *name)
{
	return open_as(name, -1);
}

static void close_program(struct program *program)
{
	object_close(program->object);
	close(program->fd);
	free(program->path);
}

static void skip_unless_built(const char *name)
{
	char *path = path_of(name);
	bool built = access(path, R_OK) == 0;
	free(path);
	if (!built)
		cr_skip_test("%s is not built: the tool that makes it is missing", name);
}

/* --- what is said, as text --- */

static void tell_source(FILE *out, const struct function_source *source)
{
	fprintf(out, "%s %s:%d", source->name, source->file ? source->file : "?", source->line);
}

static void tell_site(FILE *out, struct object *object, struct file_address address)
{
	struct object_site site;
	cr_assert_null(object_site(object, address, &site));
	fprintf(out, "%#lx %s:%d", (unsigned long)address.value, site.file ? site.file : "?",
		site.line);
	for (size_t i = 0; i < site.inlined.count; i++) {
		const struct inlined_call *call = &site.inlined.items[i];
		fputs(" < ", out);
		tell_source(out, &call->function);
		fprintf(out, " at %s:%d", call->file ? call->file : "?", call->line);
	}
	fputc('\n', out);
	object_site_deinit(&site);
}

static void tell_function(FILE *out, struct object *object, const struct function *function)
{
	struct function_source source;
	cr_assert_null(object_function_source(object, function, &source));
	tell_source(out, &source);
	fputc('\n', out);
	function_source_deinit(&source);
}

/* All functions, and all bytes of those that are described. */
static char *tell_everything(struct object *object)
{
	char *text = NULL;
	size_t size, count;
	FILE *out = open_memstream(&text, &size);
	const struct function *functions = object_functions(object, &count);
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "%d ", object_describes(object, &functions[i]));
		tell_function(out, object, &functions[i]);
		for (uint64_t at = 0;
			object_describes(object, &functions[i]) && at < functions[i].size; at++)
			tell_site(out, object,
				(struct file_address){functions[i].address.value + at});
	}
	fclose(out);
	return text;
}

static void expect_same_lines(const char *name, const char *expected, const char *found)
{
	while (*expected || *found) {
		size_t left = strcspn(expected, "\n"), right = strcspn(found, "\n");
		cr_assert(left == right && !memcmp(expected, found, left),
			"%s: %.*s, expected %.*s", name, (int)right, found, (int)left, expected);
		expected += left + (expected[left] == '\n');
		found += right + (found[right] == '\n');
	}
}

/* The same debug info as that of `places`, without anything to complain of, read ahead or not. */
static void expect_same_read(const char *name, bool ahead)
{
	struct program plain = open_program("places"), other = open_program(name);
	char *expected, *found;
	if (ahead)
		object_expect(other.object);
	expected = tell_everything(plain.object);
	found = tell_everything(other.object);
	expect_same_lines(name, expected, found);
	cr_expect_null(object_debug_problem(other.object), "%s: %s", name,
		object_debug_problem(other.object));
	free(expected);
	free(found);
	close_program(&plain);
	close_program(&other);
}

static void expect_same(const char *name)
{
	expect_same_read(name, false);
}

Test(forms, dwarf_versions)
{
	expect_same("places-dwarf4");
	expect_same("places-dwarf3");
	expect_same("places-dwarf2");
}

Test(forms, offsets_of_64_bits)
{
	expect_same("places-wide");
}

Test(forms, compressed)
{
	expect_same("places-compressed");
}

Test(forms, compressed_and_expected)
{
	for (int i = 0; i < 20; i++)
		expect_same_read("places-compressed", true);
}

/* Whoever is done before it is does not wait for all of it. */
Test(forms, expected_in_vain)
{
	for (int i = 0; i < 100; i++) {
		struct program program = open_program("places-compressed");
		object_expect(program.object);
		object_expect(program.object);
		close_program(&program);
	}
}

Test(forms, type_units)
{
	expect_same("places-types4");
	expect_same("places-types5");
}

Test(forms, split_units)
{
	expect_same("places-split4");
	expect_same("places-split5");
	expect_same("places-split-types4");
	expect_same("places-split-types5");
}

Test(forms, packed_units)
{
	skip_unless_built("places-packed");
	expect_same("places-packed");
}

Test(forms, shared_by_programs)
{
	skip_unless_built("places-shared4");
	expect_same("places-shared4");
	expect_same("places-shared5");
}

/* --- what is said of places.cc --- */

static const struct function *find(const struct program *program, const char *symbol)
{
	size_t count;
	const struct function *functions = object_functions(program->object, &count);
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(functions[i].symbol, symbol))
			return &functions[i];
	}
	cr_assert_fail("no %s", symbol);
	return NULL;
}

static void expect_source(
	const struct program *program, const char *symbol, const char *name, int line)
{
	struct function_source source;
	cr_assert_null(object_function_source(program->object, find(program, symbol), &source));
	cr_expect_str_eq(source.name, name);
	cr_assert_not_null(source.file);
	cr_expect(strstr(source.file, "/test/debuggee/places.cc"), "%s", source.file);
	cr_expect_eq(source.line, line, "%s: %d", name, source.line);
	function_source_deinit(&source);
}

Test(forms, where_functions_are_declared)
{
	struct program program = open_program("places");
	expect_source(&program, "plain", "plain", 60);
	expect_source(&program, "_ZN3app5Table4growEi", "app::Table::grow", 42);
	close_program(&program);
}

static void expect_call(const struct inlined_call *call, const char *name, int declared, int called)
{
	cr_expect_str_eq(call->function.name, name);
	cr_expect_eq(call->function.line, declared, "%s: %d", name, call->function.line);
	cr_expect_eq(call->line, called, "%s: %d", name, call->line);
	cr_assert_not_null(call->file);
	cr_expect(strstr(call->file, "/test/debuggee/places.cc"), "%s", call->file);
}

/* Every place of a function whose line is that of inner(). */
static void expect_inlined(const char *name, const char *symbol, int called)
{
	struct program program = open_program(name);
	const struct function *function = find(&program, symbol);
	size_t places = 0;
	for (uint64_t at = 0; at < function->size; at++) {
		struct object_site site;
		struct file_address address = {function->address.value + at};
		cr_assert_null(object_site(program.object, address, &site));
		if (site.line == 21) {
			places++;
			cr_assert_eq(site.inlined.count, 2);
			expect_call(&site.inlined.items[0], "app::middle", 25, called);
			expect_call(&site.inlined.items[1], "app::(anonymous namespace)::inner", 19,
				27);
		}
		object_site_deinit(&site);
	}
	cr_expect_gt(places, 0);
	close_program(&program);
}

Test(forms, what_is_inlined_where)
{
	expect_inlined("places", "plain", 65);
	expect_inlined("places", "_ZN3app5Table4growEi", 44);
	expect_inlined("places-split5", "plain", 65);
}

/* Where each function begins, and what the call there is. */
static char *tell_beginnings(struct object *object)
{
	char *text = NULL;
	size_t size, count;
	FILE *out = open_memstream(&text, &size);
	const struct function *functions = object_functions(object, &count);
	for (size_t i = 0; i < count; i++) {
		tell_function(out, object, &functions[i]);
		tell_site(out, object, functions[i].address);
	}
	fclose(out);
	return text;
}

/* How often it was late; each time as soon as the clock is looked at. */
static size_t prepare(struct object *object, struct file_address address)
{
	size_t late = 0;
	while (!object_prepare(object, address, 1))
		late++;
	return late;
}

/* This program, of whose units some take long. */
Test(forms, what_is_read_piece_by_piece)
{
	struct program whole = open_program("../unit/unit"), pieces = open_program("../unit/unit");
	size_t count, late = 0;
	const struct function *functions = object_functions(pieces.object, &count);
	char *expected = tell_beginnings(whole.object), *found;
	for (size_t i = 0; i < count; i++)
		late += prepare(pieces.object, functions[i].address);
	cr_expect_gt(late, 20, "%zu times late", late);
	found = tell_beginnings(pieces.object);
	expect_same_lines("piece by piece", expected, found);
	free(expected);
	free(found);
	close_program(&whole);
	close_program(&pieces);
}

/* What was interrupted is done when it is asked for, or thrown away. */
Test(forms, what_is_interrupted)
{
	struct program whole = open_program("../unit/unit"), begun = open_program("../unit/unit"),
		       left = open_program("../unit/unit");
	size_t count, late = 0;
	const struct function *functions = object_functions(begun.object, &count);
	char *expected = tell_beginnings(whole.object), *found;
	for (size_t i = 0; i < count; i++) {
		late += !object_prepare(begun.object, functions[i].address, 1);
		object_prepare(left.object, functions[i].address, 1);
	}
	cr_expect_gt(late, 5, "%zu times late", late);
	found = tell_beginnings(begun.object);
	expect_same_lines("interrupted", expected, found);
	free(expected);
	free(found);
	close_program(&whole);
	close_program(&begun);
	close_program(&left);
}

Test(forms, nothing_is_said_of_no_code)
{
	struct program program = open_program("places");
	const uint64_t addresses[] = {0, 1, UINT64_MAX, UINT64_MAX / 2};
	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
		struct object_site site;
		cr_assert_null(
			object_site(program.object, (struct file_address){addresses[i]}, &site));
		cr_expect_null(site.file);
		cr_expect_eq(site.inlined.count, 0);
		object_site_deinit(&site);
	}
	close_program(&program);
}

Test(forms, files_tell_which_units_matter)
{
	struct program program = open_program("places");
	const struct function *function = find(&program, "plain");
	struct pattern_list same = {0}, other = {0};
	cr_assert_null(pattern_list_add(&same, "places.cc"));
	cr_assert_null(pattern_list_add(&other, "elsewhere.cc"));
	cr_expect(object_function_may_be_from(program.object, function, &same));
	cr_expect_not(object_function_may_be_from(program.object, function, &other));
	cr_expect(object_function_may_be_from(program.object, function, &same));
	cr_expect_not(same.items[0].used);
	pattern_list_deinit(&same);
	pattern_list_deinit(&other);
	close_program(&program);
}

/* --- split units that are not there --- */

/* The program with one text in place of another of the same length, wherever it occurs. */
static int patched(const char *name, const char *from, const char *to)
{
	struct program program = open_program(name);
	size_t size = (size_t)lseek(program.fd, 0, SEEK_END), length = strlen(from), found = 0;
	uint8_t *bytes = malloc(size);
	cr_assert(bytes && pread(program.fd, bytes, size, 0) == (ssize_t)size);
	cr_assert_eq(strlen(to), length);
	for (size_t at = 0; at + length <= size; at++) {
		if (!memcmp(bytes + at, from, length)) {
			memcpy(bytes + at, to, length);
			found++;
		}
	}
	cr_assert_gt(found, 0, "no %s in %s", from, name);
	int fd = memfd_create(name, MFD_CLOEXEC);
	cr_assert(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
	free(bytes);
	close_program(&program);
	return fd;
}

static void expect_only_symbols(struct program *program, const char *why)
{
	struct function_source source;
	const struct function *function = find(program, "_ZN3app5Table4growEi");
	cr_assert_null(object_function_source(program->object, function, &source));
	cr_expect_str_eq(source.name, "app::Table::grow");
	cr_expect_eq(source.line, 0);
	function_source_deinit(&source);
	const char *problem = object_debug_problem(program->object);
	cr_assert_not_null(problem);
	cr_expect(strstr(problem, why), "%s, expected %s", problem, why);
}

Test(forms, a_split_unit_is_missing)
{
	int fd = patched("places-split5", "places-split5.p/", "places-absent.p/");
	struct program program = open_as("places-split5", fd);
	expect_only_symbols(&program, "not found");
	close_program(&program);
}

Test(forms, a_split_unit_of_another_build)
{
	int fd = patched("places-split5", "places-split5.p/", "places-again5.p/");
	struct program program = open_as("places-split5", fd);
	expect_only_symbols(&program, "of another build");
	close_program(&program);
}

Test(forms, a_package_needs_no_split_files)
{
	skip_unless_built("places-packed");
	int fd = patched("places-packed", "places-split4.p/", "places-absent.p/");
	struct program program = open_as("places-packed", fd);
	expect_source(&program, "plain", "plain", 60);
	cr_expect_null(object_debug_problem(program.object));
	close_program(&program);
}

Test(forms, a_shared_file_of_another_build)
{
	skip_unless_built("places-shared4");
	int fd = patched("places-shared4", "places-shared4.common", "places-shared5.common");
	struct program program = open_as("places-shared4", fd);
	free(tell_everything(program.object));
	const char *problem = object_debug_problem(program.object);
	cr_assert_not_null(problem);
	cr_expect(strstr(problem, "of another build"), "%s", problem);
	close_program(&program);
}
