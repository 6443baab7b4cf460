#!/usr/bin/env bash
# The faults engine with --exact: what it says is what the breakpoints engine says, and nothing of
# it is left behind.
# shellcheck source-path=SCRIPTDIR source=../lib.sh source=../target.sh
EVERY_ENGINE=1
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../target.sh"

exact=(--engine faults --exact)

# agree [OPTION...] -- DEBUGGEE ARG...: both engines give one table, or tree, of the program's own
# functions. What breakpoints make private, and which files' pages came along, is their own: only
# anonymous memory is compared.
agree() {
	watch -m anon --libs main --max-hits 0 --engine breakpoints "$@"
	rows >by_calls
	watch -m anon --libs main "${exact[@]}" "$@"
	rows >by_faults
	grep -q 'engine faults, exact' said
	[ -s by_calls ]
	same by_calls by_faults
}

rows() {
	grep -v '\[\|^Max' report
}

# Where calls are counted that moved nothing, they are left out.
agree_by_path() {
	rows() {
		sed -n 's/ *(.* calls)$//p' report | grep -v '\[\| 0\.0* MB$'
	}
	agree --tree --min 0 "$@"
}

agree_on_net() {
	rows() {
		awk '$1 ~ /^-?[0-9]/ && $3 !~ /\[/ {print $1, $3}' report
	}
	agree --net "$@"
}

test_growth_and_what_is_given_back() {
	agree -- grow 8x5 back
	agree_on_net -- grow 8x5 back
	agree_by_path -- grow 8x5 back
}

test_heap() {
	agree -- heap 64 4
	agree_on_net -- heap 64 4
	agree_by_path -- heap 64 4
}

test_recursion() {
	agree -- recursion direct 10 3
	agree --self -- recursion direct 10 3
	agree -- recursion mutual 5 2
	agree_by_path -- recursion mutual 5 2
}

test_deep_recursion() {
	watch --libs main "${exact[@]}" -- recursion deep 50000 1
	grew map_pages 1 1
}

test_jumps() {
	agree -- longjmp 8 6
	agree -- longjmp 1 100
	agree -- exceptions 8 6
	agree -- levels 8
	agree_by_path -- longjmp 8 6
}

test_other_stacks() {
	agree -- contexts 3 10
	agree -- signals
	agree -- stack
}

test_sites_and_names() {
	agree -- sites 5 4
	agree -- names
	agree_by_path -- sites 5 4
}

test_patterns() {
	watch --funcs 'grow_n,idle' "${exact[@]}" -- grow 8x5
	grew grow_n 40 5
	grew idle 0 0
}

test_each_thread_its_own() {
	local i

	watch -m anon --funcs 'grow_*' "${exact[@]}" -- share 100
	for i in {0..7}; do
		[[ $(row "grow_$i") == $((1000 * (i + 1)))" 100" ]] ||
			echo "grow_$i: $(row "grow_$i")" >>wrong
	done
	[ ! -s wrong ] || awk '{n = $1; gsub(/[^0-9]/, "", n); want = 1000 * (n + 1)
		if ($2 > want * 1.02 || $2 < want * 0.98 || $3 != 100) bad = 1
		print} END {exit bad}' wrong
}

test_ten_runs_are_one() {
	local i

	for i in {1..10}; do
		watch -m anon --libs main "${exact[@]}" -- heap 64 4
		rows >new
		[ -e first ] || cp new first
		same first new
	done
}

test_signals_held_back() {
	watch --funcs grow "${exact[@]}" -- held held 5 1
	ended 3
	[ -n "$(row grow)" ] || grep -q unwatched report
	watch --funcs grow "${exact[@]}" -- held open 5 1
	grew grow 5 5
}

# let_go HOW: attached for a moment, and nothing of it harms the program afterwards. No breakpoint
# is reached meanwhile: SIGTRAP is no longer held back after one.
let_go() {
	local pid

	"$DEBUGGEES/held" "$1" 400 5 >answers 2>&1 &
	pid=$!
	await "$LIMIT" grep -q ready answers
	ptmem "${exact[@]}" --funcs prepare --duration 0.5 -o report --attach $pid
	ended 0
	[ -s report ]
	! grep -q grew answers || fail 'it could not be let go until it was done'
	status=0
	wait $pid || status=$?
	ended 3
	grep -q grew answers
}

test_let_go() {
	let_go open
}

test_let_go_while_signals_are_held_back() {
	let_go held
}

test_killed() {
	local pid watcher

	"$DEBUGGEES/held" open 400 5 >answers 2>&1 &
	pid=$!
	await "$LIMIT" grep -q ready answers
	"$PTMEM" "${exact[@]}" --funcs grow -o report --attach $pid >out 2>err &
	watcher=$!
	sleep 0.5
	kill -KILL $watcher
	wait $watcher || true
	status=0
	wait $pid || status=$?
	ended 3
	grep -q grew answers
}

run_tests "$@"
