#!/usr/bin/env bash
# Growth by mapping, by the heap and of the stack, to the page.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

test_mapped_pages_are_charged_to_their_function() {
	watch --funcs 'grow_n,idle' -- grow 8x5
	grew grow_n 40 5
	grew idle 0 0
}

test_callers_include_their_callees() {
	watch --funcs 'main,grow_n,map_pages' --exclude prepare -- grow 8x5
	grew map_pages 40 5
	grew grow_n 40 5
}

test_self_leaves_callees_out() {
	watch --self --funcs 'grow_n,map_pages' -- grow 8x5
	grew map_pages 40 5
	grew grow_n 0 0
}

test_net_subtracts_what_went() {
	watch --net --funcs 'grow_n,give_back' -- grow 8x5 back
	grew grow_n 40 5
	[[ $(row give_back) == "-8 "* ]]
}

test_what_went_is_no_growth() {
	watch --funcs 'grow_n,give_back' -- grow 8x5 back
	grew give_back 0 0
}

test_everything_is_watched_by_default() {
	watch -- grow 8x5
	grew grow_n 40 5
	grew map_pages 40 5
	grew idle 0 0
	[ -n "$(row main)" ]
}

test_no_row_is_hidden_by_its_own_amount() {
	watch --funcs 'grow_n' --min 0.15625 -- grow 8x5
	grew grow_n 40 5
	watch --funcs 'grow_n' --min 0.1563 -- grow 8x5
	grew grow_n 0 0
}

test_program_at_a_fixed_address() {
	watch --funcs grow_n -- grow-fixed 8x5
	grew grow_n 40 5
}

test_optimised_program_with_endbr64() {
	watch --funcs grow_n -- grow-optimised 8x5
	grew grow_n 40 5
}

test_other_builds() {
	local build

	for build in static static-pie compressed dwarf4; do
		watch --funcs grow_n -- grow-$build 8x5
		grew grow_n 40 5
		grep -q '/grow.c:9:grow_n$' report
	done
}

test_symbols_serve_where_there_is_no_debug_info() {
	watch --funcs 'grow_n' -- grow-symbols 8x5
	grew grow_n 40 5
	grep -q '  .*grow-symbols:0:grow_n$' report
}

test_address_randomisation_changes_nothing() {
	watch --aslr --funcs grow_n -- grow 8x5
	grew grow_n 40 5
}

test_heap() {
	watch --funcs 'allocate,release' -- heap 64 4
	grew allocate 256 4
	grew release 0 0
}

test_heap_that_goes_back_adds_nothing() {
	watch --funcs cycle -- heap 64 4
	grew cycle 0 0
}

test_stack() {
	watch --funcs deepen -- stack 16 5
	grew deepen 80 5
}

test_numbers_repeat() {
	watch -- grow 3x50
	mv report first
	watch -- grow 3x50
	same first report
}

test_ten_thousand_growing_calls() {
	watch --funcs grow_n -- grow 1x10000
	grew grow_n 10000 10000
}

test_many_functions() {
	watch -- functions
	grew f999 10 1
	grew f0 0 0
}

run_tests "$@"
