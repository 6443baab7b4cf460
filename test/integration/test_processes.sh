#!/usr/bin/env bash
# Children that are not followed come to no harm, and other programs take over a process.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

# Only the process itself counts: twice grow_n.
children() {
	watch --funcs grow_n -- forks "$1" 6 "$2"
	grew grow_n 12 2
	watch -- forks "$1" 6 "$2"
	ended 0
}

test_fork() { children fork 3; }
test_many_forks() { children fork 200; }
test_nested_forks() { children nested 3; }
test_vfork() { children vfork 3; }
test_posix_spawn() { children spawn 3; }
test_popen() { children popen 3; }
test_system() { children system 3; }
test_daemon() { children daemon 3; }
test_forks_among_threads() { children threads 3; }

test_child_in_the_same_memory() {
	watch -- forks clone_vm 6 3
	ended 0
}

test_exec() {
	watch --funcs 'first,second,run_again' -- execs 3
	grew first 6 3
	grew second 100 1
}

test_exec_often() {
	watch -- execs 30
	grew second 100 1
	ended 0
}

test_script() {
	printf '#!%s 8x5\n' "$DEBUGGEES/grow" >script
	chmod +x script
	ptmem -v --precision 17 -o report --funcs grow_n ./script
	ended 0
	grep -q '^grew 8 pages 5 times$' out
	grew grow_n 40 5
}

test_script_of_a_shell() {
	printf '#!/bin/sh\n"%s" 8x5\nexit 9\n' "$DEBUGGEES/grow" >script
	chmod +x script
	ptmem ./script
	ended 9
	grep -q '^grew 8 pages 5 times$' out
}

test_script_that_becomes_a_program() {
	printf '#!/bin/sh\nexec "%s" 8x5\n' "$DEBUGGEES/grow" >script
	chmod +x script
	ptmem -v --precision 17 -o report ./script
	ended 0
	grew grow_n 40 5
}

test_pipeline() {
	"$PTMEM" -o report --funcs grow_n "$DEBUGGEES/grow" 8x5 | cat >out
	grep -q '^grew 8 pages 5 times$' out
}

run_tests "$@"
