/* The recordings of a folder, by index: which files count, and in which order. */
#include "series/folder.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char place[] = "/tmp/ptmem-folder-XXXXXX";

static void enter(void)
{
	cr_assert_not_null(mkdtemp(place));
	cr_assert_eq(chdir(place), 0);
}

static void leave(void)
{
	char command[64];

	snprintf(command, sizeof command, "rm -rf %s", place);
	cr_assert_eq(system(command), 0);
}

static void make(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT, 0644);

	cr_assert(fd >= 0);
	close(fd);
}

TestSuite(folder, .init = enter, .fini = leave);

static void resolves(const struct folder *folder, const char *word, const char *expected)
{
	const char *path;

	cr_assert_null(folder_resolve(folder, word, &path), "%s", word);
	cr_assert_str_eq(path, expected);
}

static void refuses(const struct folder *folder, const char *word, const char *message)
{
	const char *path = NULL;
	struct ptmem_error *error = folder_resolve(folder, word, &path);

	cr_assert(error_is(error, ERROR_USAGE), "%s", word);
	cr_assert_str_eq(error->message, message);
	cr_assert_null(path);
	error_free(error);
}

Test(folder, files_are_counted_by_their_names)
{
	struct folder folder = {0};
	const char *newest;

	make("mprofile_20261126145503.dat");
	make("mprofile_20261126145502.dat");
	make("mprofile_20251231235959.dat");
	make("profile_1.dat");
	make("mprofile_1.txt");
	mkdir("mprofile_0.dat", 0755);
	mkfifo("mprofile_1.dat", 0644);
	cr_assert_eq(symlink("mprofile_20251231235959.dat", "mprofile_2.dat"), 0);
	cr_assert_null(folder_open(&folder));
	cr_assert_eq(folder.files.count, 3);
	resolves(&folder, "0", "mprofile_20251231235959.dat");
	resolves(&folder, "2", "mprofile_20261126145503.dat");
	resolves(&folder, "-1", "mprofile_20261126145503.dat");
	resolves(&folder, "-3", "mprofile_20251231235959.dat");
	cr_assert_null(folder_newest(&folder, &newest));
	cr_assert_str_eq(newest, "mprofile_20261126145503.dat");
	folder_close(&folder);
}

Test(folder, other_words_are_names)
{
	struct folder folder = {0};

	cr_assert_null(folder_open(&folder));
	resolves(&folder, "./1", "./1");
	resolves(&folder, "-", "-");
	resolves(&folder, "1.dat", "1.dat");
	resolves(&folder, "", "");
}

Test(folder, there_is_no_such_index)
{
	struct folder folder = {0};
	const char *newest = NULL;
	struct ptmem_error *error;

	cr_assert_null(folder_open(&folder));
	refuses(&folder, "0", "no mprofile_*.dat in this folder: ptmem run makes them");
	error = folder_newest(&folder, &newest);
	cr_assert(error_is(error, ERROR_USAGE));
	error_free(error);
	make("mprofile_a.dat");
	make("mprofile_b.dat");
	cr_assert_null(folder_open(&folder));
	refuses(&folder, "2", "2: no such index: there are 0 to 1, or -1 to -2: see ptmem list");
	refuses(&folder, "-3", "-3: no such index: there are 0 to 1, or -1 to -2: see ptmem list");
	refuses(&folder, "-0", "-0: no such index: there are 0 to 1, or -1 to -2: see ptmem list");
	refuses(&folder, "99999999999999999999",
		"99999999999999999999: no such index: there are 0 to 1, or -1 to -2: see ptmem "
		"list");
	refuses(&folder, "-99999999999999999999",
		"-99999999999999999999: no such index: there are 0 to 1, or -1 to -2: see ptmem "
		"list");
	folder_close(&folder);
}
