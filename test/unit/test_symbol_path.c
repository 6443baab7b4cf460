/* Paths as text. */
#include "symbol/path.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static void expect_folded(const char *path, const char *expected)
{
	char *folded = path_fold(path);
	cr_expect_str_eq(folded, expected, "%s", path);
	free(folded);
}

Test(path, folds_absolute_paths)
{
	expect_folded("/src/a.c", "/src/a.c");
	expect_folded("/src/./a.c", "/src/a.c");
	expect_folded("/src//a.c", "/src/a.c");
	expect_folded("/src/b/../a.c", "/src/a.c");
	expect_folded("/src/b/c/../../a.c", "/src/a.c");
	expect_folded("/../../a.c", "/a.c");
	expect_folded("/src/..", "/");
	expect_folded("/src/", "/src");
	expect_folded("//", "/");
	expect_folded("/src/..a/...c", "/src/..a/...c");
}

Test(path, folds_relative_paths)
{
	expect_folded("a.c", "a.c");
	expect_folded("./a.c", "a.c");
	expect_folded("../a.c", "../a.c");
	expect_folded("../../a.c", "../../a.c");
	expect_folded("b/../a.c", "a.c");
	expect_folded("b/../../a.c", "../a.c");
	expect_folded("b/..", ".");
	expect_folded("", ".");
}

Test(path, joins)
{
	char *joined = path_join("/src", "a.c");
	cr_expect_str_eq(joined, "/src/a.c");
	free(joined);
	joined = path_join("/src", "/a.c");
	cr_expect_str_eq(joined, "/a.c");
	free(joined);
}
