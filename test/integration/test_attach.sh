#!/usr/bin/env bash
# Attaching to a process that runs: what is seen of it, and how that ends.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../target.sh
. "$(dirname "$0")/../target.sh"
JOBS=2

# --- What is seen ---

test_growth_after_the_attach() {
	serve served 0
	order grow 0 100 1
	attach --funcs 'grow_*'
	order grow 0 8 5
	let_go
	grew grow_0 40 5
}

test_all_watched() {
	serve served 0
	attach
	order grow 0 8 5
	let_go
	grew grow_0 40 5
	grew map_pages 40 5
	grew repeat 40 1
	grew obey 40 1
	grew serve 40 1
	grew main 40 1
}

test_nothing_that_moved() {
	serve served 1
	attach
	let_go
	[ -z "$(row main)$(row work)" ] || fail "$(cat report)"
}

test_each_of_eight_threads() {
	local i

	serve served 8
	attach
	for i in {0..8}; do
		order grow "$i" $((i + 1)) 3
	done
	let_go
	for i in {0..8}; do
		grew "grow_$i" $((3 * (i + 1))) 3
	done
	grew map_pages 135 27
	grew repeat 135 9
	grew work 132 8 # under way since before the attach, in each of them
}

test_threads_are_named() {
	local i

	serve served 8
	attach --tree --min 0
	for i in {0..8}; do
		order grow "$i" 1 1
	done
	let_go
	for i in {1..8}; do
		grep -q "^\\[thread worker-$i\\( #[0-9]*\\)\\?\\] " report ||
			fail "no thread worker-$i:" "$(cat report)"
	done
	[ "$(grep -c '^\[thread ' report)" -eq 9 ] || fail 'not 9 threads:' "$(cat report)"
}

test_tree_starts_at_main() {
	serve served 0
	order grow 0 1 1
	attach --tree --min 0
	order grow 0 8 5
	let_go
	reached grow_0 'main x1 > serve x1 > obey x1 > have_grown x1 > repeat x1 > grow_0 x5'
}

test_tree_starts_at_the_function_of_a_thread() {
	serve served 2
	attach --tree --min 0
	order grow 2 8 5
	let_go
	reached grow_2 '\[thread worker-2*\] x1 > work x1 > repeat x1 > grow_2 x5'
}

test_growth_in_calls_under_way() {
	serve served 0
	order in
	attach
	order grow 0 4 2
	order out # a page by itself
	order grow 0 1 3
	let_go
	grew grow_0 11 5
	grew hold 9 1
	grew obey 12 2 # one of them since before the attach
	grew serve 12 1
	grew main 12 1
}

test_tree_of_calls_under_way() {
	serve served 0
	order in
	attach --tree --min 0
	order grow 0 4 2
	let_go
	reached grow_0 \
		'main x1 > serve x1 > obey x1 > hold x1 > obey x1 > have_grown x1 > repeat x1 > grow_0 x2'
}

test_recursive_calls_under_way() {
	serve served 0
	order in
	order in
	order in
	attach --funcs hold
	order out
	order out
	order out
	let_go
	grew hold 3 1
	serve served 0
	order in
	order in
	order in
	attach --self --funcs hold
	order out
	order out
	order out
	let_go
	grew hold 3 3
}

test_calls_under_way_until_the_end() {
	serve served 1
	order in
	attach --funcs 'hold,main,work,grow_*'
	order grow 0 8 1
	order grow 1 4 2
	let_go
	grew hold 8 1
	grew main 8 1
	grew work 8 1
}

test_watched_by_name_under_way() {
	serve served 0
	order in
	attach --tree --min 0 --funcs 'main,hold,grow_*'
	order grow 0 4 2
	let_go
	reached grow_0 'main x1 > hold x1 > grow_0 x2'
}

test_attached_twenty_times() {
	local i

	serve served 3
	for i in {1..20}; do
		attach
		order grow $((i % 4)) "$i" 2
		let_go
		grew "grow_$((i % 4))" $((2 * i)) 2
	done
}

# A thread's id is as good as its process's, or ptmem says that it is not.
test_id_of_a_thread() {
	local threads

	serve served 2
	threads=("/proc/$target/task"/*)
	ATTACH_TO=${threads[2]##*/}
	attaching --funcs 'grow_*' --duration 1
	await 5 watched_or_gone || fail 'neither attached nor refused' "$(cat err)"
	if gone "$watcher"; then
		collect "$watcher" ptmem
		refused_with "attaching to process $ATTACH_TO: *"
	else
		order grow 0 8 5
		order grow 1 4 1
		reported
		ended 0
		grew grow_0 40 5
		grew grow_1 4 1
	fi
	unharmed
}

watched_or_gone() {
	gone "$watcher" || "$DEBUGGEES/traces" "$target" | grep -q '^text'
}

test_a_thousand_threads() {
	serve served 1000
	attach --funcs 'main,work,grow_*'
	order grow 1000 8 5
	order grow 7 8 5
	let_go
	grew grow_8 40 5
	grew grow_7 40 5
	grew work 80 2
	attach
	order grow 500 8 5
	let_go
	grew grow_8 40 5
}

# --- How it ends ---

# ends HOW STATUS ORDER...: the target ends by the order, or the signal.
ends() {
	serve served 2
	attach --funcs 'main,grow_*'
	order grow 0 8 5
	order grow 2 8 1
	case $1 in
	signal) kill -s "$3" "$target" ;;
	order) ordered "${@:3}" ;;
	esac
	reported
	ended "$2"
	collect "$target" 'the target'
	ended "$2"
	! grep -q 'runs on' err || fail "$(cat err)"
	grew grow_0 40 5
	grew grow_2 8 1
}

test_target_exits() { ends order 3 exit 3; }
test_target_exits_well() { ends order 0 exit 0; }
test_target_crashes() { ends order 139 crash; }
test_target_is_killed() { ends signal 137 KILL; }
test_target_is_terminated() { ends signal 143 TERM; }

# The same, attached anew to what has been attached to before.
test_target_ends_later() {
	serve served 2
	attach
	let_go
	attach --funcs grow_1
	order grow 1 1 1
	let_go
	order grow 1 1 1
	ends_with 3 exit 3
}

by_signal() {
	serve served 2
	attach
	order grow 0 8 5
	let_go_by "$1"
	grew grow_0 40 5
	order grow 0 8 5
	ends_with 3 exit 3
}

test_interrupted() { by_signal INT; }
test_terminated() { by_signal TERM; }
test_hung_up() { by_signal HUP; }

test_duration() {
	local start=$EPOCHREALTIME took

	serve served 2
	attach --duration 1
	order grow 0 8 5
	runs_on
	took=$(awk -v start="$start" -v end="$EPOCHREALTIME" 'BEGIN { print end - start }')
	awk -v took="$took" 'BEGIN { exit !(took >= 1 && took < 10) }' ||
		fail "--duration 1 took $took s"
	grew grow_0 40 5
	order grow 0 1 1
	ends_with 3 exit 3
}

test_target_ends_before_the_duration() {
	serve served 0
	attach --duration 50
	order grow 0 8 5
	ordered exit 3
	reported
	ended 3
	grew grow_0 40 5
}

# A program that does not end at Ctrl-C is let go by the second one.
test_second_interrupt() {
	local program watcher

	start out err "$PTMEM" --no-raw -o report -- sh -c 'trap "" INT; echo $$; exec sleep 60'
	watcher=$!
	await 5 test -s out
	program=$(cat out)
	started+=("$program")
	await 5 grep -q sleep "/proc/$program/comm"
	kill -INT "$watcher"
	sleep 0.3
	kill -INT "$watcher"
	collect "$watcher" ptmem
	ended 130
	grep -qx "ptmem: $program runs on, unwatched" err || fail "$(cat err)"
	grep -q '^Max mem usage: ' report
	target=$program
	unharmed
	kill -0 "$program"
}

# A program that ptmem started runs on unwatched as well, and its status is waited for.
test_duration_of_a_launched_program() {
	mkfifo orders
	exec 8<>orders
	start answers err "$PTMEM" -v --precision 17 --funcs 'grow_*' -o report --duration 2 \
		"$DEBUGGEES/served" 0 <orders
	watcher=$!
	await "$LIMIT" says_ready answers || fail 'not ready' "$(cat answers err)"
	target=$(cat "/proc/$watcher/task/$watcher/children")
	target=${target%% *}
	orders=0
	order grow 0 8 5
	await 10 "$DEBUGGEES/traces" "$target" >/dev/null ||
		fail 'still watched:' "$("$DEBUGGEES/traces" "$target")"
	order grow 0 1 1
	ordered exit 3
	reported
	ended 3
	grew grow_0 40 5
}

# Whatever happens to the process that the user sees, the target is let go.
test_killed_ptmem_lets_go() {
	serve served 8
	attach
	order grow 3 8 5
	kill -KILL "$watcher"
	await 2 "$DEBUGGEES/traces" "$target" >found || fail 'after 2 s:' "$(cat found)"
	order grow 3 8 5
	ends_with 3 exit 3
}

# --- Recordings ---

test_recording() {
	serve served 2
	order in
	attach --raw trace.raw
	order grow 0 8 5
	order grow 2 4 1
	order out
	let_go
	mv report first
	ptmem post --precision 17 -o report trace.raw
	ended 0
	same first report
	ptmem post --tree --min 0 -o report trace.raw
	reached grow_2 '\[thread worker-2*\] x1 > work x1 > repeat x1 > grow_2 x1'
}

test_recording_of_a_killed_ptmem() {
	serve served 0
	attach --raw trace.raw
	order grow 0 8 5
	sleep 1.5
	kill -KILL "$watcher"
	await 2 "$DEBUGGEES/traces" "$target" >found || fail 'after 2 s:' "$(cat found)"
	ptmem post --precision 17 -o report trace.raw
	ended 0
	grew grow_0 40 5
}

# What a compiler moved away from a function is code of that function all the same.
test_within_a_part_of_a_function() {
	readelf -sW "$DEBUGGEES/parted" | grep -q 'rare\.cold$' || skip 'this compiler does not part functions'
	serve parted
	attach --funcs 'rare,common'
	order go
	ordered go
	reported
	ended 0
	grew rare 5 1
	grew common 3 1
	ends_with 0
}

# --- Where the target is ---

# Its files are nowhere to be seen from here, and its process id is another one there.
test_in_other_namespaces() {
	local hidden=$PWD/hidden

	unshare -p -f -m true 2>/dev/null || return 0 # not allowed here
	mkdir hidden
	serve_by unshare -p -f -m sh -c "
		mount -t tmpfs none '$hidden' && cp '$DEBUGGEES/served' '$hidden/guest' &&
		exec '$hidden/guest' 2"
	[ ! -e hidden/guest ]
	target=$(cat "/proc/$target/task/$target/children")
	target=${target%% *}
	started+=("$target")
	attach
	order grow 0 8 5
	order grow 2 4 1
	let_go
	grew grow_0 40 5
	grew grow_2 4 1
	grew work 4 1
	order grow 0 8 5
}

# A program that was replaced since it started is read as it was.
test_program_was_replaced() {
	cp "$DEBUGGEES/served" program
	serve_by ./program 1
	rm program
	printf 'something else\n' >program
	attach
	order grow 1 8 5
	let_go
	grew grow_1 40 5
}

run_tests "$@"
