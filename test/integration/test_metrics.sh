#!/usr/bin/env bash
# The kinds of memory, and readings of them that agree with the kernel's own.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

# metric NAME PAGES CALLS. A static program, since one's share of a library (pss) depends on
# who else runs.
metric() {
	watch --metric "$1" --funcs grow_n -- grow-static 8x5
	grew grow_n "$2" "$3"
}

test_rss() { metric rss 40 5; }
test_anon() { metric anon 40 5; }
test_file() { metric file 0 0; }
test_shmem() { metric shmem 0 0; }
test_swap() { metric swap 0 0; }
test_pss() { metric pss 40 5; }
test_uss() { metric uss 40 5; }

test_all_side_by_side() {
	watch --metric all --funcs grow_n -- grow 8x5
	grep grow_n report
}

# Nothing that ptmem did to the program's text shows in what it grew by.
test_own_pages_are_not_charged() {
	watch --metric anon -- functions
	grew f999 10 1
	grew f0 0 0
}

run_tests "$@"
