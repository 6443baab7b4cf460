/*
 * A fuzz target for what reads object files. An input is an ELF file as it is, or two of
 * them with PAIR_MAGIC and the second one's size (4 bytes, little endian) behind: the second
 * is then whatever file the first one asks for, be it as its debug file (by build-id or by
 * .gnu_debuglink), its .dwo or .dwp file or its supplement, since all those lead to SECOND.
 *
 * Built with clang -fsanitize=fuzzer, together with mutate.c, it is a fuzzer; with -DREPLAY
 * it reads the files that it is given, once each, and fails where one takes too much.
 */
#include "pair.h"

#include "symbol/markers.h"
#include "symbol/object.h"
#include "symbol/pattern.h"
#include "symbol/receiver.h"
#include "symbol/rows.h"
#include "symbol/site.h"
#include "symbol/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define FUNCTIONS_LOOKED_UP 64
#define SITES_LOOKED_UP 128

/* Where the links are that lead to the second file, and what is asked for there. */
static char folder[256];
static const char *const links[] = {
	"program.debug", "program.dwp", "program.dwo", ".build-id/ab/cdef.debug"};

/* Good until the next call. */
static const char *in_folder(const char *name)
{
	static char path[512];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static void remove_links(void)
{
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		unlink(in_folder(links[i]));
	rmdir(in_folder(".build-id/ab"));
	rmdir(in_folder(".build-id"));
	rmdir(folder);
}

static void make_links(void)
{
	const char *temporary = getenv("TMPDIR");

	snprintf(folder, sizeof folder, "%s/ptmem-fuzz.XXXXXX", temporary ? temporary : "/tmp");
	if (!mkdtemp(folder) || mkdir(in_folder(".build-id"), 0700) ||
		mkdir(in_folder(".build-id/ab"), 0700))
		abort();
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		if (symlink(SECOND, in_folder(links[i])))
			abort();
	atexit(remove_links);
}

static int memory_file(const uint8_t *bytes, size_t size)
{
	int fd = memfd_create("object", MFD_CLOEXEC);

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		abort();
	return fd;
}

static void look_at_patterns(struct pattern_list *list, const char *name, const char *file)
{
	struct nearest nearest;

	pattern_list_matches_name(list, name);
	if (file)
		pattern_list_matches_path(list, file);
	nearest_init(&nearest, "grown");
	for (size_t length = strlen(name); length; length /= 2)
		nearest_offer(&nearest, name + strlen(name) - length);
	free(nearest_phrase(&nearest));
	nearest_deinit(&nearest);
}

/* What a call tells of objects. */
static void look_at_receiver(struct object *object, const struct function *function)
{
	static const char *const members[] = {"*=name", "*=next->x", "*=a.b"};
	struct object_rules rules = {0};
	struct receiver receiver;
	int64_t to_top;

	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		error_free(object_rules_add(&rules.names, members[i]));
		error_free(object_rules_add(&rules.parameters, i == 1 ? "*=p" : "g*=self"));
		if (!object_receiver(object, function, &rules, &receiver))
			receiver_deinit(&receiver);
	}
	object_rules_deinit(&rules);
	free(object_vtable_class(object, function->address, &to_top));
}

static void look_at_function(
	struct object *object, const struct function *function, struct pattern_list *list)
{
	struct function_source source;
	struct ptmem_error *error;
	char *name = object_function_name(object, function);

	if (object_function_at(object, function->address) != function)
		abort();
	object_function_around(object, function->address);
	object_function_may_be_from(object, function, list);
	error = object_function_source(object, function, &source);
	if (!error) {
		look_at_patterns(list, source.name, source.file);
		function_source_deinit(&source);
	}
	error_free(error);
	free(name);
	look_at_receiver(object, function);
}

static void look_at_site(struct object *object, uint64_t address)
{
	struct object_site site;
	struct ptmem_error *error = object_site(object, (struct file_address){address}, &site);

	if (!error)
		object_site_deinit(&site);
	error_free(error);
}

static void look_at_sites(struct object *object, const struct function *functions, size_t count)
{
	uint64_t start = object_load_start(object).value;

	for (uint64_t i = 0; i < SITES_LOOKED_UP / 4; i++)
		look_at_site(object, start + i * 61);
	for (size_t i = 0; i < count && i < SITES_LOOKED_UP / 4; i++) {
		look_at_site(object, functions[i].address.value - 1);
		look_at_site(object, functions[i].address.value);
		look_at_site(object, functions[i].address.value + functions[i].size / 2);
	}
	look_at_site(object, UINT64_MAX);
}

/* What is asked of a function that is listed line by line. */
static void look_at_lines(struct object *object, const struct function *function)
{
	struct code_rows rows;
	enum source_state state;
	FILE *source = NULL;

	if (object_function_rows(object, function, &rows))
		return;
	vec_deinit(&rows);
	error_free(source_open(object, function->address, "/dev/null/no.c", &state, &source));
	if (source)
		fclose(source);
}

static void look_at_functions(struct object *object)
{
	struct pattern_list list = {0};
	size_t count;
	const struct function *functions = object_functions(object, &count);
	size_t step = count / FUNCTIONS_LOOKED_UP + 1;

	error_free(pattern_list_add(&list, "grow,*::[a-m]*,operator(),*<*>,/?*/*.c"));
	for (size_t i = 0; i < count; i += step)
		look_at_function(object, &functions[i], &list);
	for (size_t i = 0; i < count; i += step * 16)
		look_at_lines(object, &functions[i]);
	look_at_sites(object, functions, count);
	pattern_list_unused(&list);
	pattern_list_deinit(&list);
}

static void look_at(struct object *object)
{
	struct markers markers;
	uint64_t bias;

	object_mentions(object, "vfork");
	object_has_debug_info(object);
	object_entry(object);
	object_bias(object, 0, 0x555555554000, &bias);
	object_function_named(object, "main");
	free(object_soname(object));
	free(object_build_id(object));
	if (!object_markers(object, &markers))
		vec_deinit(&markers);
	look_at_functions(object);
	object_debug_problem(object);
}

static void open_and_look(int fd)
{
	struct symbol_options options = {.debug_dirs = {.items = (char *[]){folder}, .count = 1}};
	struct search search = {.options = &options, .root = ""};
	struct object *object;
	struct ptmem_error *error = object_open(in_folder("program"), fd, &search, &object);
	if (!error) {
		look_at(object);
		object_close(object);
	}
	error_free(error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t first = pair_first_size(data, size), second = pair_second_size(data, size);
	int fd = memory_file(data, first), other = memory_file(data + first, second);

	if (!*folder)
		make_links();
	if (dup2(other, SECOND_FD) != SECOND_FD)
		abort();
	close(other);
	open_and_look(fd);
	close(fd);
	close(SECOND_FD);
	return 0;
}

#ifdef REPLAY
#define MEMORY_LIMIT (1024l << 10) /* in kB; AddressSanitizer keeps much of what was freed */
#define SECONDS_LIMIT 10

static void replay(const char *path)
{
	static uint8_t bytes[1 << 20];
	FILE *file = fopen(path, "rb");
	size_t size = file ? fread(bytes, 1, sizeof bytes, file) : 0;
	struct rusage usage;

	if (!file) {
		perror(path);
		exit(1);
	}
	fclose(file);
	fprintf(stderr, "%s\n", path);
	alarm(SECONDS_LIMIT);
	LLVMFuzzerTestOneInput(bytes, size);
	getrusage(RUSAGE_SELF, &usage);
	if (usage.ru_maxrss > MEMORY_LIMIT) {
		fprintf(stderr, "takes %ld kB\n", usage.ru_maxrss);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	return 0;
}
#endif
