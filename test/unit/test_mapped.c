/* The files that are loaded into a process, of this one. */
#include "target/mapped.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096
#define PAGES 4

static struct mapped_files files;

static void look(void)
{
	cr_assert_null(mapped_files_read(getpid(), &files));
}

static void done(void)
{
	mapped_files_deinit(&files);
}

static const struct mapped_file *file_at(const void *address)
{
	uint64_t at = (uint64_t)(uintptr_t)address;

	for (size_t i = 0; i < files.count; i++)
		if (at >= files.items[i].start && at < files.items[i].end)
			return &files.items[i];
	return NULL;
}

/* A file of four pages in our folder of temporary files. */
static int make_file(char *path)
{
	int fd;

	strcpy(path, "/tmp/ptmem-mapped-XXXXXX");
	fd = mkstemp(path);
	cr_assert(fd >= 0);
	cr_assert_eq(ftruncate(fd, (off_t)PAGES * PAGE), 0);
	return fd;
}

/* Room for so many pages, of which none is anything. */
static char *reserve(size_t pages)
{
	char *room = mmap(NULL, pages * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cr_assert(room != MAP_FAILED);
	return room;
}

static void map_page(char *at, int fd, int page, int protection)
{
	cr_assert(
		mmap(at, PAGE, protection, MAP_PRIVATE | MAP_FIXED, fd, (off_t)page * PAGE) == at);
}

Test(mapped, own_program_is_there, .fini = done)
{
	const struct mapped_file *file;
	struct stat status;
	char path[4096] = "";

	cr_assert(readlink("/proc/self/exe", path, sizeof path - 1) > 0);
	cr_assert_eq(stat("/proc/self/exe", &status), 0);
	look();
	file = file_at((void *)make_file);
	cr_assert(file);
	cr_assert_str_eq(file->path, path);
	cr_assert_eq(file->inode, status.st_ino);
	cr_assert_not(file->deleted);
	cr_assert(file->code >= file->start && file->code_end <= file->end);
	for (size_t i = 1; i < files.count; i++)
		cr_assert(files.items[i].start >= files.items[i - 1].end);
}

Test(mapped, mappings_of_one_file_are_one, .fini = done)
{
	const struct mapped_file *file;
	char path[64];
	int fd = make_file(path);
	char *room = reserve(PAGES);

	map_page(room, fd, 0, PROT_READ);
	map_page(room + PAGE, fd, 1, PROT_READ | PROT_EXEC);
	map_page(room + 3 * PAGE, fd, 3, PROT_READ | PROT_WRITE);
	look();
	file = file_at(room);
	unlink(path);
	cr_assert(file);
	cr_assert_eq(file->start, (uintptr_t)room);
	cr_assert_eq(file->end, (uintptr_t)room + 4 * PAGE);
	cr_assert_eq(file->code, (uintptr_t)room + PAGE);
	cr_assert_eq(file->code_offset, PAGE);
	cr_assert_eq(file->code_end, (uintptr_t)room + 2 * PAGE);
}

Test(mapped, one_that_begins_again_is_loaded_twice, .fini = done)
{
	char path[64];
	int fd = make_file(path);
	char *room = reserve(4);

	map_page(room, fd, 0, PROT_READ);
	map_page(room + PAGE, fd, 1, PROT_READ | PROT_EXEC);
	map_page(room + 2 * PAGE, fd, 0, PROT_READ);
	map_page(room + 3 * PAGE, fd, 1, PROT_READ | PROT_EXEC);
	look();
	unlink(path);
	cr_assert(file_at(room));
	cr_assert(file_at(room + 2 * PAGE));
	cr_assert_eq(file_at(room + 3 * PAGE), file_at(room + 2 * PAGE));
	cr_assert_neq(file_at(room), file_at(room + 2 * PAGE));
}

Test(mapped, what_cannot_run_is_data, .fini = done)
{
	char path[64];
	int fd = make_file(path);
	char *room = reserve(1);

	map_page(room, fd, 0, PROT_READ);
	look();
	unlink(path);
	cr_assert_null(file_at(room));
}

Test(mapped, deleted_files_are_told, .fini = done)
{
	const struct mapped_file *file;
	char path[64];
	int fd = make_file(path);
	char *room = reserve(1);

	map_page(room, fd, 0, PROT_READ | PROT_EXEC);
	unlink(path);
	look();
	file = file_at(room);
	cr_assert(file);
	cr_assert(file->deleted);
	cr_assert_str_eq(file->path, path);
}

Test(mapped, the_kernels_own_code_is_named, .fini = done)
{
	size_t named = 0;

	look();
	for (size_t i = 0; i < files.count; i++)
		named += !strcmp(files.items[i].path, "[vdso]") && !files.items[i].inode;
	cr_assert_eq(named, 1);
}

Test(mapped, a_process_that_is_gone, .fini = done)
{
	struct ptmem_error *error = mapped_files_read(0x3fffffff, &files);

	cr_assert(error_is(error, ERROR_GONE));
}
