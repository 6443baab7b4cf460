/* Patterns: splitting, matching names and paths, last parts, nearest names. */
#include "symbol/pattern.h"

#include <criterion/criterion.h>
#include <string.h>

static struct pattern_list list_of(const char *value)
{
	struct pattern_list list = {0};
	cr_assert_null(pattern_list_add(&list, value));
	return list;
}

static bool matches(const char *pattern, const char *name)
{
	struct pattern_list list = list_of(pattern);
	bool matched = pattern_list_matches_name(&list, name);
	pattern_list_deinit(&list);
	return matched;
}

static void expect_last_part(const char *name, const char *expected)
{
	size_t length;
	const char *part = name_last_part(name, &length);
	cr_expect(length == strlen(expected) && strncmp(part, expected, length) == 0,
		"last part of %s: %.*s, expected %s", name, (int)length, part, expected);
}

Test(pattern, commas_separate)
{
	struct pattern_list list = list_of("grow,list_*,main");
	cr_assert_eq(list.count, 3);
	cr_expect_str_eq(list.items[0].text, "grow");
	cr_expect_str_eq(list.items[1].text, "list_*");
	cr_expect_str_eq(list.items[2].text, "main");
	pattern_list_deinit(&list);
}

Test(pattern, commas_in_brackets_do_not)
{
	struct pattern_list list = list_of("std::map<int, char>::find,f(int,int),a[,b],{x,y}");
	cr_assert_eq(list.count, 4);
	cr_expect_str_eq(list.items[0].text, "std::map<int, char>::find");
	cr_expect_str_eq(list.items[1].text, "f(int,int)");
	cr_expect_str_eq(list.items[3].text, "{x,y}");
	pattern_list_deinit(&list);
}

Test(pattern, a_bracket_never_closed_holds_nothing)
{
	struct pattern_list list = list_of("operator<,grow");
	cr_assert_eq(list.count, 2);
	cr_expect_str_eq(list.items[0].text, "operator<");
	pattern_list_deinit(&list);
}

Test(pattern, empty_is_refused)
{
	static const char *const values[] = {"", ",", "a,", ",a", "a,,b"};
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		struct pattern_list list = {0};
		struct ptmem_error *error = pattern_list_add(&list, values[i]);
		cr_expect(error_is(error, ERROR_USAGE), "'%s'", values[i]);
		error_free(error);
		pattern_list_deinit(&list);
	}
}

Test(pattern, values_add_up)
{
	struct pattern_list list = list_of("a");
	cr_assert_null(pattern_list_add(&list, "b"));
	cr_expect_eq(list.count, 2);
	pattern_list_deinit(&list);
}

Test(pattern, globs_on_the_whole_name)
{
	cr_expect(matches("app::*", "app::Table<int>::grow"));
	cr_expect(matches("list_?ush", "list_push"));
	cr_expect(matches("[gl]*", "list_push"));
	cr_expect_not(matches("list", "list_push"));
	cr_expect(matches("*", ""));
}

Test(pattern, bare_last_part)
{
	cr_expect(matches("grow", "app::Table<int>::grow"));
	cr_expect(matches("gr*", "app::Table<int>::grow"));
	cr_expect(matches("area", "<app::Table<T> as app::Area>::area"));
	cr_expect_not(matches("Table", "app::Table<int>::grow"));
	cr_expect_not(matches("Table::grow", "app::Table::grow"), "a `::` asks for the whole");
	cr_expect(matches("*Table::grow", "app::Table::grow"));
	cr_expect_not(matches("(x*", "a::(x)b"), "a `(` asks for the whole");
}

Test(pattern, every_match_is_marked)
{
	struct pattern_list list = list_of("grow,gr*,shrink");
	cr_expect(pattern_list_matches_name(&list, "app::grow"));
	cr_expect(list.items[0].used && list.items[1].used && !list.items[2].used);
	cr_expect_str_eq(pattern_list_unused(&list)->text, "shrink");
	cr_expect(pattern_list_matches_name(&list, "shrink"));
	cr_expect_null(pattern_list_unused(&list));
	pattern_list_deinit(&list);
}

Test(pattern, no_patterns_match_nothing)
{
	struct pattern_list list = {0};
	cr_expect_not(pattern_list_matches_name(&list, "main"));
	cr_expect_null(pattern_list_unused(&list));
}

Test(pattern, paths_whole_or_last_part)
{
	struct pattern_list list = list_of("table.c,/src/net/*,*.rs");
	cr_expect(pattern_list_matches_path(&list, "/src/app/table.c"));
	cr_expect(pattern_list_matches_path(&list, "/src/net/tcp/in.c"));
	cr_expect(pattern_list_matches_path(&list, "main.rs"));
	cr_expect_not(pattern_list_matches_path(&list, "/src/table.c/x"));
	cr_expect_null(pattern_list_unused(&list));
	pattern_list_deinit(&list);
}

Test(last_part, plain)
{
	expect_last_part("main", "main");
	expect_last_part("", "");
	expect_last_part("app::grow", "grow");
	expect_last_part("a::b::c", "c");
	expect_last_part("~Shape", "~Shape");
	expect_last_part("app::Shape::~Shape", "~Shape");
	expect_last_part("odd::", "odd");
	expect_last_part("name[abi:cxx11]", "name");
}

Test(last_part, templates)
{
	expect_last_part("app::Table<int>::grow", "grow");
	expect_last_part("app::Table<std::pair<a::b, c> >::grow", "grow");
	expect_last_part("app::make<std::string>", "make");
	expect_last_part("std::vector<int, std::allocator<int> >::push_back", "push_back");
	expect_last_part("f<(g::kind)1>", "f");
}

Test(last_part, operators)
{
	expect_last_part("app::operator<<", "operator<<");
	expect_last_part("app::Shape::operator()", "operator()");
	expect_last_part("app::Shape::operator[]", "operator[]");
	expect_last_part("app::Shape::operator->", "operator->");
	expect_last_part("app::operator< <app::T>", "operator<");
	expect_last_part("app::operator<=> <a::T>", "operator<=>");
	expect_last_part("app::T<int>::operator>>", "operator>>");
	expect_last_part("app::T::operator std::string", "operator std::string");
	expect_last_part("app::T::operator new", "operator new");
	expect_last_part("app::T::operator delete[]", "operator delete[]");
	expect_last_part("app::T::operator=", "operator=");
	expect_last_part("app::my_operator", "my_operator");
	expect_last_part("f<&app::operator<< >::g", "g");
}

Test(last_part, lambdas_and_anonymous)
{
	expect_last_part("foo::{lambda(int)#1}::operator()", "operator()");
	expect_last_part("foo(a::b)::{lambda(c::d)#1}::operator()", "operator()");
	expect_last_part("foo::{lambda(int)#1}", "{lambda(int)#1}");
	expect_last_part("(anonymous namespace)::f", "f");
	expect_last_part("app::(anonymous namespace)::Table::grow", "grow");
}

Test(last_part, rust)
{
	expect_last_part("<app::Table<T> as app::Area>::area", "area");
	expect_last_part("app::main::{{closure}}", "{{closure}}");
	expect_last_part("app::make::<u32>", "make");
	expect_last_part("core::ptr::drop_in_place::<alloc::vec::Vec<u8>>", "drop_in_place");
	expect_last_part("core::fmt::num::<impl core::fmt::Debug for u32>::fmt", "fmt");
	expect_last_part("f::<fn(u8) -> a::B>", "f");
	expect_last_part("<alloc::vec::Vec<T> as core::ops::drop::Drop>::drop", "drop");
	expect_last_part("app::main::{closure#0}", "{closure#0}");
	expect_last_part("<app::Table<T>>::find::<app::same<&str>::{closure#0}>", "find");
	expect_last_part("core::ops::FnOnce::call_once{{vtable.shim}}", "call_once{{vtable.shim}}");
}

Test(last_part, d)
{
	expect_last_part("app.table.grow", "grow");
	expect_last_part("app.make!(int).make", "make");
	expect_last_part("app.Table.~this", "~this");
	expect_last_part("app.main().__lambda2", "__lambda2");
}

Test(last_part, go)
{
	expect_last_part("main.main", "main");
	expect_last_part("main.(*Table).Grow", "Grow");
	expect_last_part("main.main.func1", "func1");
	expect_last_part("github.com/a/b.Map[go.shape.int_0]", "Map");
}

Test(last_part, unbalanced)
{
	expect_last_part("a<b::c", "a");
	expect_last_part("a>b::c", "c");
	expect_last_part("operator", "operator");
	expect_last_part("::", "::");
}

Test(nearest, keeps_the_three_nearest_in_order)
{
	struct nearest nearest;
	nearest_init(&nearest, "table_grwo");
	static const char *const names[] = {"main", "tables_grown", "table_gro", "table_growx",
		"app::TABLE_GROW", "table_gro", "table_grow"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		nearest_offer(&nearest, names[i]);
	cr_assert_eq(nearest.count, NEAREST_NAMES);
	cr_expect_str_eq(nearest.names[0], "app::TABLE_GROW", "a swap is one mistake");
	cr_expect_str_eq(nearest.names[1], "table_gro");
	cr_expect_str_eq(nearest.names[2], "table_grow");
	nearest_deinit(&nearest);
}

Test(nearest, far_names_are_never_kept)
{
	struct nearest nearest;
	nearest_init(&nearest, "grow");
	nearest_offer(&nearest, "shrink");
	nearest_offer(&nearest, "a");
	nearest_offer(&nearest, "growing_table");
	cr_expect_eq(nearest.count, 0);
	nearest_offer(&nearest, "gow");
	cr_expect_eq(nearest.count, 1);
	nearest_deinit(&nearest);
}

Test(nearest, ignores_case)
{
	struct nearest nearest;
	nearest_init(&nearest, "TABLE_GROW");
	nearest_offer(&nearest, "table_gro");
	cr_expect_eq(nearest.count, 1);
	nearest_deinit(&nearest);
}

Test(nearest, compares_last_parts)
{
	struct nearest nearest;
	nearest_init(&nearest, "Table::grwo");
	nearest_offer(&nearest, "very::long::scope::of::Table<int>::go");
	cr_expect_eq(nearest.count, 0, "two edits in four letters");
	nearest_offer(&nearest, "very::long::scope::of::Table<int>::grow");
	cr_expect_eq(nearest.count, 1);
	nearest_deinit(&nearest);
}
