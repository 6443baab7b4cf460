#!/usr/bin/env bash
# Threads: each with calls of its own.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

test_one_after_another() {
	watch --funcs 'work_*' -- threads turns 7 5
	grew work_a 35 5
	grew work_b 70 5
}

test_all_watched() {
	watch -- threads turns 7 5
	grew work_a 35 5
	grew work_b 70 5
}

# Growth of one thread shows in the calls of others: only the sums are known.
test_together() {
	watch --funcs 'work_*' -- threads together 1 4
	[ -n "$(row work_a)" ]
}

test_together_all_watched() {
	watch -- threads together 1 8
}

test_sixty_four_threads() {
	watch --funcs 'work_*' -- threads together 1 64
}

test_many_short_threads() {
	watch --funcs 'work_*' -- threads turns 1 250
	grew work_a 250 250
	grew work_b 500 250
}

test_ends_in_threads() {
	local how

	for how in main exit exec crash cancel; do
		watch -- threadends $how
		watch --funcs 'work,busy' -- threadends $how
	done
}

# within_two_percent NAME PAGES
within_two_percent() {
	local pages

	pages=$(row "$1" | cut -d' ' -f1)
	awk -v is="${pages:-0}" -v expected="$2" 'BEGIN {
		off = is - expected
		exit (off < 0 ? -off : off) * 50 > expected
	}' || fail "$1: ${pages:-no} pages, not $2 within 2 %" "$(cat report said)"
}

test_eight_that_grow_at_once() {
	local i

	watch --funcs 'grow_*' -- share 100
	for i in {0..7}; do
		within_two_percent "grow_$i" $((1000 * (i + 1)))
	done
}

run_tests "$@"
