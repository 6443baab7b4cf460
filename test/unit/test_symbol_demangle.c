/* Names of symbols as they are printed. */
#include "symbol/demangle.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void expect_name(const char *symbol, const char *expected)
{
	char *name = symbol_printed_name(symbol, DEMANGLE_SHORT);
	cr_expect_str_eq(name, expected, "%s", symbol);
	free(name);
}

/* What is printed must be the symbol itself: too much to demangle, or nothing to. */
static void expect_as_it_is(const char *symbol)
{
	char *name = demangle(symbol, DEMANGLE_SHORT);
	cr_expect_null(name, "%.80s", symbol);
	free(name);
}

/* `prefix`, then `middle` so many times, then `suffix`. To free. */
static char *repeat(const char *prefix, const char *middle, size_t times, const char *suffix)
{
	char *text = calloc(1, strlen(prefix) + strlen(middle) * times + strlen(suffix) + 1);
	char *end = stpcpy(text, prefix);
	for (size_t i = 0; i < times; i++)
		end = stpcpy(end, middle);
	strcpy(end, suffix);
	return text;
}

Test(demangle, cplus_without_parameters)
{
	expect_name("_ZN3app5TableIiE4growEi", "app::Table<int>::grow");
	expect_name("_ZNK3app5Shape4areaEv", "app::Shape::area");
	expect_name("_ZN3app5ShapeD1Ev", "app::Shape::~Shape");
	expect_name("_ZN3app12_GLOBAL__N_17anon_fnEi", "app::(anonymous namespace)::anon_fn");
	expect_name("_ZN3app5ShapelsEi", "app::Shape::operator<<");
	expect_name("_ZZ4mainENKUliE_clEi", "main::{lambda(int)#1}::operator()");
}

Test(demangle, cplus_without_return_type)
{
	expect_name("_ZN3app4growIiEEvT_", "app::grow<int>");
}

Test(demangle, cplus_clones)
{
	expect_name("_ZN3app4growEi.constprop.0", "app::grow");
	expect_name("_ZN3app4growEi.part.0.isra.3", "app::grow");
	expect_name("_ZN3app4growEi.llvm.1234567890", "app::grow");
}

Test(demangle, rust_legacy_without_hash)
{
	expect_name("_ZN1m3app14Table$LT$T$GT$4grow17h010f9162a837addeE", "m::app::Table<T>::grow");
	expect_name("_ZN55_$LT$m..app..Table$LT$T$GT$$u20$as$u20$m..app..Area$GT$4area17hfc98f09fdd"
		    "7291d2E",
		"<m::app::Table<T> as m::app::Area>::area");
	expect_name("_ZN1m4main17h4009bc0cd8b193aaE.llvm.42", "m::main");
}

Test(demangle, rust_v0)
{
	expect_name("_RNvCskK7mfDs1mzF_1m4main", "m::main");
	expect_name(
		"_RNvMNtCskK7mfDs1mzF_1m3appINtB2_5TablemE4growB4_", "<m::app::Table<u32>>::grow");
}

Test(demangle, d_without_parameters)
{
	expect_name("_D3app4growFiZv", "app.grow");
	expect_name("_D3app5Table4growMFiAyaZi", "app.Table.grow");
	expect_name("_D3app5Table4growMxFiZi", "app.Table.grow");
	expect_name("_Dmain", "D main");
}

Test(demangle, plain_names_lose_suffixes)
{
	expect_name("list_push", "list_push");
	expect_name("list_push.isra.0", "list_push");
	expect_name("list_push.constprop.12", "list_push");
	expect_name("list_push.part.0.lto_priv.1", "list_push");
	expect_name("nested.0", "nested");
	expect_name("static_fn.llvm.99", "static_fn");
	expect_name("f.__uniq.123.llvm.4", "f");
}

Test(demangle, what_only_looks_like_a_suffix_stays)
{
	expect_name("isra", "isra");
	expect_name(".0", ".0");
	expect_name("f.avx2", "f.avx2");
	expect_name("f.", "f.");
	expect_name("", "");
	expect_name("main.grow", "main.grow");
}

Test(demangle, what_is_not_mangled_stays)
{
	expect_as_it_is("main");
	expect_as_it_is("_start");
	expect_as_it_is("_Zebra");
	expect_as_it_is("_Real_thing");
	expect_as_it_is("_Dress");
	expect_as_it_is("_Z");
	expect_as_it_is("_R");
	expect_as_it_is("_D");
	expect_as_it_is("_");
	expect_as_it_is("");
}

Test(demangle, long_cplus_names)
{
	char *symbol = repeat("_ZN", "10abcdefghij", 200, "4growEv");
	char *name = demangle(symbol, DEMANGLE_SHORT);
	cr_assert_not_null(name, "%zu characters", strlen(symbol));
	cr_expect_str_eq(name + strlen(name) - strlen("::grow"), "::grow");
	free(name);
	free(symbol);
}

Test(demangle, too_long_is_left_alone)
{
	char *symbol = repeat("_ZN", "1a", 40000, "1bEv");
	expect_as_it_is(symbol);
	free(symbol);
}

/* Nesting, in each language, of what a demangler recurses on. */
Test(demangle, deep_nesting_is_survived)
{
	static const char *const parts[][3] = {
		{"_Z1fI", "P", "iEvv"},
		{"_Z1fI", "1AI", "iEvv"},
		{"_Z1fIXsr", "N1AI", "EvT_"},
		{"_Z1fDT", "cv1A", "E"},
		{"_D1a", "P", "i"},
		{"_D1aF", "DF", "Zv"},
		{"_D1a", "HA", "i"},
		{"_RIC1a", "R", "uE"},
		{"_R", "NvMC1a", "u1f"},
		{"_RIC1a", "FKC", "EuE"},
	};
	static const size_t depths[] = {100, 500, 1000, 4000, 20000};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		for (size_t k = 0; k < sizeof depths / sizeof *depths; k++) {
			char *symbol = repeat(parts[i][0], parts[i][1], depths[k], parts[i][2]);
			free(demangle(symbol, DEMANGLE_SHORT));
			free(symbol);
		}
	}
}

/* Each argument is a template with the one before as both of its arguments: 2^34 letters. */
Test(demangle, exponential_output_is_given_up, .timeout = 10)
{
	static const char digits[] = "123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char symbol[1024] = "_Z1fI1AIiiE";
	char *end = symbol + strlen(symbol);
	for (const char *digit = digits; *digit; digit++)
		end += sprintf(end, "S0_IS%c_S%c_E", *digit, *digit);
	strcpy(end, "Evv");
	expect_as_it_is(symbol);
}

Test(demangle, cold_parts)
{
	cr_expect(symbol_is_cold_part("f.cold"));
	cr_expect(symbol_is_cold_part("f.cold.3"));
	cr_expect(symbol_is_cold_part("_ZN3app4growEi.constprop.0.cold"));
	cr_expect_not(symbol_is_cold_part("cold"));
	cr_expect_not(symbol_is_cold_part("f.colder"));
	cr_expect_not(symbol_is_cold_part("f.cold.part"));
	cr_expect_not(symbol_is_cold_part("f_cold"));
	cr_expect_not(symbol_is_cold_part(""));
}
