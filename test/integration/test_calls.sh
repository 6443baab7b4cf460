#!/usr/bin/env bash
# Every way in which calls do not simply nest: recursion, tail calls, jumps, shared places.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
JOBS=2

test_recursion_counts_once() {
	watch --funcs direct -- recursion direct 10 3
	grew direct 30 3
}

test_recursion_each_level_by_itself() {
	watch --self --funcs 'direct,map_pages' -- recursion direct 10 3
	grew map_pages 30 30
	watch --self --funcs direct -- recursion direct 10 3
	grew direct 30 30
}

test_mutual_recursion() {
	watch --funcs 'even,odd' -- recursion mutual 5 2
	grew even 24 2 # 2 + 3 + 2 + 3 + 2, twice
	grew odd 20 2
}

test_recursion_at_a_fixed_address() {
	watch --funcs 'even,odd' -- recursion-fixed mutual 5 2
	grew even 24 2
	grew odd 20 2
}

test_a_thousand_levels() {
	watch --funcs direct -- recursion direct 1000 1
	grew direct 1000 1
}

test_fifty_thousand_levels() {
	watch --funcs 'deep,map_pages' -- recursion deep 50000 1
	grew map_pages 1 1
	[[ $(row deep) == *" 1" ]]
}

test_tail_call() {
	watch --funcs land -- tailcall hop 8 5
	grew land 40 5
}

test_tail_call_from_a_watched_function() {
	watch --funcs 'hop,land' -- tailcall hop 8 5
	grew land 40 5
	grew hop 40 5
}

test_tail_calls_in_a_ring() {
	watch --funcs 'ping,pong,land' -- tailcall ring 10000 2
	grew land 2 2
	grew ping 2 2
}

test_a_million_tail_calls() {
	watch -- tailcall ring 1000000 1
	grew land 1 1
}

test_longjmp() {
	watch --funcs 'leaf_*,middle,after' -- longjmp 8 6
	grew leaf_a 24 3
	grew leaf_b 24 3
	grew middle 60 6
	grew after 6 6
}

test_longjmp_within_a_watched_call() {
	watch --funcs 'round_trip,leaf_*,after' -- longjmp 8 6
	grew round_trip 66 6
	grew leaf_a 24 3
}

test_longjmp_a_thousand_times() {
	watch -- longjmp 1 1000
	grew leaf_a 500 500
	grew leaf_b 500 500
	grew after 1000 1000
}

test_longjmp_to_a_call_that_returns_where_the_others_would() {
	watch --funcs 'first,second,third,fourth' -- levels 8
	grew fourth 8 1
	grew third 8 1
	grew second 8 1
	grew first 9 1
}

exceptions() {
	watch --funcs 'thrower,middle,after,*guard' -- "$1" 8 6
	grew '(anonymous namespace)::thrower' 48 6
	grew '(anonymous namespace)::after' 6 6
	[[ $(row '(anonymous namespace)::middle') == "66 6" ]]
}

test_exceptions() {
	exceptions exceptions
}

test_exceptions_at_a_fixed_address() {
	exceptions exceptions-fixed
}

test_exceptions_without_frame_pointers() {
	watch --funcs 'thrower,after' -- exceptions-optimised 8 6
	grew '(anonymous namespace)::after' 6 6
}

test_a_thousand_exceptions() {
	watch -- exceptions 1 1000
	grew '(anonymous namespace)::thrower' 1000 1000
	grew '(anonymous namespace)::after' 1000 1000
}

test_alloca() {
	watch --funcs shift -- alloca 2 200
	grew shift 400 200
}

test_entered_by_jumps() {
	watch --funcs target -- jumpentry 4 5
	grew target 60 15
}

test_entered_by_jumps_all_watched() {
	watch -- jumpentry 4 5
	grew target 60 15
}

test_coroutines() {
	watch --funcs step -- contexts 3 10
	grew step 33 11
}

test_coroutines_all_watched() {
	watch -- contexts 1 2000
	grew step 2001 2001
}

test_calls_from_one_place() {
	watch --funcs 'one,two,three' -- sites 5 4
	grew one 40 8
	grew two 40 4
	grew three 60 4
}

test_first_and_return_instructions() {
	watch -- prologues
	ended 0
}

test_first_and_return_instructions_at_a_fixed_address() {
	watch -- prologues-fixed
	ended 0
}

test_first_and_return_instructions_by_name() {
	watch --funcs 'entry_*,return_*,plus,where' -- prologues
	ended 0
}

test_names() {
	watch --funcs 'app::*,hidden' -- names
	grew 'app::table<int>::grow' 1 1
	grew 'app::table<int>::operator<<' 2 1
	grew '(anonymous namespace)::hidden' 5 1
}

test_bare_name_finds_qualified_ones() {
	watch --funcs grow -- names
	grew 'app::table<int>::grow' 1 1
	grew 'app::table<int>::operator<<' 0 0
	[ "$(row 'app::grow' | sort | tr '\n' ' ')" = '3 1 4 1 ' ] || [ "$(row app::grow)" = '7 2' ]
}

run_tests "$@"
