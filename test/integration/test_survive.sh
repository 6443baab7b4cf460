#!/usr/bin/env bash
# Killing ptmem at any moment does the target no harm.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../target.sh
. "$(dirname "$0")/../target.sh"

# What ptmem starts inherits this, by which it is found when it outlives ptmem.
mark=PTMEM_TEST_SURVIVE=$$-$RANDOM

# Processes that carry the mark, whoever their parents are now.
marked() {
	grep -lsxz -e "$mark" /proc/[0-9]*/environ | cut -d / -f 3
}

none_marked() {
	[ -z "$(marked)" ]
}

is_clean() {
	"$DEBUGGEES/traces" "$target" >found
}

# kill_after MS OPTION...: ptmem is killed so long after its start; tells what it had done.
kill_after() {
	start out err env "$mark" "$PTMEM" --no-raw -o report "${@:2}" --attach "$target"
	watcher=$!
	sleep "$(printf '0.%03d' "$1")"
	had=nothing
	is_clean || had=something
	! grep -q '^text' found || had=breakpoints
	kill -KILL "$watcher"
	wait "$watcher" 2>/dev/null || true
	forget "$watcher"
}

rounds=${SURVIVE_ROUNDS-40}

# kills ROUNDS LONGEST OPTION...: at random moments up to LONGEST ms after its start.
kills() {
	local round ms had counts=()

	for ((round = 1; round <= $1; round++)); do
		ms=$((RANDOM % ($2 + 1)))
		kill_after "$ms" "${@:3}"
		await 2 is_clean >/dev/null ||
			fail "round $round, killed after $ms ms with $had in the target, 2 s later:" \
				"$(head -n 20 found)" "$(task_states "$target")"
		! gone "$target" || fail "round $round, killed after $ms ms: the target has ended" \
			"$(cat answers complaints)"
		counts+=("$had")
	done
	printf '%s\n' "${counts[@]}" | sort | uniq -c
	await 5 none_marked || fail "left running: $(marked)"
}

# The target did what it had to, and says so when its input ends.
all_right() {
	ends_with 0
	grep -qx '0 of the laps wrong' answers || fail "$(cat answers complaints)"
	cat complaints
}

test_killed_while_hot_functions_are_watched() {
	serve hot 4
	kills "$rounds" 300 --funcs 'hot_*'
	all_right
}

test_killed_while_all_are_watched() {
	serve hot 4
	kills $((rounds * 2 / 3)) 300 --max-hits 0
	all_right
}

# Near the attach itself, where threads are stopped and breakpoints planted.
test_killed_while_attaching() {
	serve hot 16
	kills $((rounds * 2 / 3)) 60 --funcs 'hot_*'
	all_right
}

# ptmem, asked to end, is killed while it lets go.
test_killed_while_letting_go() {
	local i

	serve hot 4
	for i in {1..10}; do
		attach --no-raw --funcs 'hot_*'
		kill -INT "$watcher"
		sleep "0.00$((RANDOM % 10))"
		kill -KILL "$watcher" 2>/dev/null || true
		await 2 is_clean >/dev/null ||
			fail "round $i: 2 s after the end:" "$(head -n 20 found)" "$(task_states "$target")"
		wait "$watcher" 2>/dev/null || true
		forget "$watcher"
	done
	all_right
}

# The whole group of ptmem's, as a terminal that goes away would have it.
test_hung_up_and_killed() {
	local i

	serve hot 4
	for i in {1..10}; do
		attach --no-raw --funcs 'hot_*'
		kill -HUP -- "-$watcher"
		kill -KILL "$watcher" 2>/dev/null || true
		await 2 is_clean >/dev/null ||
			fail "round $i: 2 s after the end:" "$(head -n 20 found)" "$(task_states "$target")"
		wait "$watcher" 2>/dev/null || true
		forget "$watcher"
	done
	all_right
}

# Killed and attached again at once, while the former one may still be letting go: each is
# either refused or sees its target, which is known by the growth in it.
test_attached_again_after_each_kill() {
	local i

	serve served 4
	for i in {1..10}; do
		attach --no-raw
		kill -KILL "$watcher"
		wait "$watcher" 2>/dev/null || true
		forget "$watcher"
		await 2 is_clean || fail "round $i:" "$(cat found)"
		attach --no-raw
		order grow 2 "$i" 1
		let_go
		grew grow_2 "$i" 1
	done
	ends_with 3 exit 3
}

# Wherever descriptors run out, the program ends as it would, and so does ptmem.
test_few_descriptors() {
	local few seen=0

	for few in 12 16 18 20 21 24 32; do
		(ulimit -n "$few" && timeout -s KILL 10 "$PTMEM" --engine faults --no-raw -o /dev/null echo done) \
			>out 2>err || seen=$?
		[ "$seen" -ne 137 ] || fail "no end with $few descriptors"
	done
	[ "$(cat out)" = done ] || fail "with $few descriptors: $(cat err)"
}

run_tests "$@"
