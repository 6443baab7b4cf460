#!/usr/bin/env bash
# --max-hits: functions whose calls change nothing are let go, and the closing line says so.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

test_idle_functions_are_let_go() {
	watch -- hits 5000
	grep -q '^ptmem: .*empty' said
}

test_never_with_zero() {
	watch --max-hits 0 -- hits 3000
	grew late 1 1
}

test_never_with_names() {
	watch --funcs 'late,empty' -- hits 3000
	grew late 1 1
}

test_only_calls_in_a_row_count() {
	watch -- hits 10
	grew regular 2 2
	grew late 0 0
}

test_after_so_many() {
	watch --max-hits 2000 -- hits 1500
	grew late 1 1
	watch --max-hits 1000 -- hits 10
	grew late 0 0
}

run_tests "$@"
