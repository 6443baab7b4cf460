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

run_tests "$@"
