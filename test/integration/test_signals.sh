#!/usr/bin/env bash
# Signal handlers that grow.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

test_handler() {
	watch --funcs 'on_signal' -- signals raise 8 5
	grew on_signal 40 5
}

test_handler_in_a_watched_call() {
	watch --funcs 'on_signal,work' -- signals raise 8 5
	grew on_signal 40 5
	grew work 50 5
}

test_handler_on_another_stack() {
	watch --funcs 'on_signal,work' -- signals altstack 8 5
	grew on_signal 40 5
	grew work 50 5
}

test_handler_on_a_stack_above_that_of_its_thread() {
	watch --funcs 'on_signal,work' -- signals thread 8 5
	grew on_signal 40 5
	grew work 50 5
}

test_all_watched_on_another_stack() {
	watch -- signals altstack 1 300
	grew on_signal 300 300
	grew work 900 300
}

test_handler_of_a_timer() {
	watch --funcs 'on_signal,spin' -- signals timer 8 20
	grew on_signal 160 20
	grew spin 160 1
}

test_all_watched_under_a_timer() {
	watch -- signals timer 1 50
	grew on_signal 50 50
}

test_signals_at_every_instruction() {
	watch --funcs '*' -- storm 3000
	watch --funcs add -- storm 3000
}

test_stopped_and_continued() {
	watch --funcs grow_n -- stops
	grew grow_n 7 2
	grep -qx 'stopped: yes' out
}

# That of the breakpoints is not the program's, and the program's own is.
test_sigtrap_of_its_own() {
	watch --funcs watched -- traps raise
	ended 133
	watch --funcs watched -- traps int3
	ended 133
	watch --funcs watched -- traps handle,raise,int3
	ended 0
	grew watched 4 4
}

run_tests "$@"
