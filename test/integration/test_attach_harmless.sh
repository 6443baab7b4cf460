#!/usr/bin/env bash
# What happens to a process that ptmem is attached to happens to it alone as well, and nothing
# of ptmem is left in it.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../target.sh
. "$(dirname "$0")/../target.sh"
JOBS=2

# --- What is left in the target ---

# As the target itself sees it: which mappings, descriptors, limits, masks, threads it has.
surroundings() {
	cat "/proc/$target/maps"
	ls -l "/proc/$target/fd"
	cat "/proc/$target/limits"
	sed '/ctxt_switches\|^SigQ/d; /^Vm\|^Rss\|^HugetlbPages/d' "/proc/$target/status"
	ls "/proc/$target/task"
}

test_nothing_is_left() {
	local funcs

	serve served 4
	surroundings >before
	for funcs in '*' 'grow_*' main; do
		attach --funcs "$funcs"
		let_go
		surroundings >after
		same before after
	done
}

test_let_go_while_all_threads_call() {
	serve hot 2
	attach
	sleep 0.5
	let_go
	ends_with 0
	grep -qx '0 of the laps wrong' answers || fail "$(cat answers complaints)"
}

# What makes the heap larger goes round the breakpoint behind brk(): code that is changed for that is
# what it was, also where a thread runs through it at the time.
test_a_heap_that_grows() {
	serve served 0
	attach --engine faults --exact -v
	order heap 2 100
	let_go
	awk '/:extend$/ { found = $1 == 0.78125 && $2 == 100 } END { exit !found }' report || fail "$(cat report)"
	[ "$(sed -n 's/^ptmem: stopped \([0-9]*\) times: .*/\1/p' err)" -lt 450 ] || fail "$(cat err)"
	attach --engine faults --exact
	ordered heap 1 30000
	sleep 0.2
	let_go
	orders=$((orders + 1))
	await "$LIMIT" answered >/dev/null
	order heap 1 1000
	ends_with 0
}

# --- System calls under way ---

# block NAME: attached to and let go while it waits. In a folder of its own.
block() {
	started=()
	mkdir "$1"
	cd "$1"
	serve blocked "$1"
	attaching --duration 0.2
	runs_on
	[ "$(wc -l <answers)" -eq 1 ] || fail "$(tail -n 1 answers)"
	ends_with 0 wake
}

test_system_calls_go_on() {
	local name names disturbed=

	names=$("$DEBUGGEES/blocked" list | grep -vx vfork)
	# Six at once: most of the time they wait.
	for name in $names; do
		while [ "$(jobs -pr | wc -l)" -ge 6 ]; do
			wait -n || true
		done
		(block "$name"; touch undisturbed) >"$name.log" 2>&1 &
	done
	wait || true
	for name in $names; do
		[ -e "$name/undisturbed" ] || {
			disturbed+=" $name"
			sed "s/^/$name: /" "$name.log"
		}
	done
	[ -z "$disturbed" ] || fail "disturbed:$disturbed"
}

# Its thread cannot be stopped before the wait is over, and a child that is not traced
# calls functions in its memory.
test_while_a_child_borrows_the_memory() {
	serve blocked vfork
	attaching --duration 0.2
	collect "$watcher" ptmem
	[ "$status" -eq 0 ] || fail "ptmem: status $status" "$(cat err)"
	ends_with 0 wake
}

# --- Signals and stops ---

# counted TEXT: the target has counted that.
counted() {
	order report
	[ "$(tail -n 1 answers)" = "$1" ] || fail "counted: $(tail -n 1 answers)" "expected: $1"
}

state() {
	sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$target/status"
}

is_stopped() {
	[ "$(state)" = T ]
}

test_stopped_target_stays_stopped() {
	serve rain
	kill -STOP "$target"
	await 5 is_stopped
	attaching --duration 0.3
	reported
	ended 0
	is_stopped || fail "state $(state) after the detach"
	[ "$("$DEBUGGEES/traces" "$target")" = "task $target: T (stopped)" ] ||
		fail "$("$DEBUGGEES/traces" "$target")"
	kill -CONT "$target"
	counted 'continued 1, usr1 0, queued 0, out of turn 0'
	unharmed
	ends_with 0
}

test_stopped_target_is_continued_meanwhile() {
	serve rain
	kill -STOP "$target"
	await 5 is_stopped
	attaching
	sleep 0.5
	kill -CONT "$target"
	counted 'continued 1, usr1 0, queued 0, out of turn 0'
	let_go
	counted 'continued 1, usr1 0, queued 0, out of turn 0'
}

test_target_is_stopped_meanwhile() {
	serve rain
	attach --funcs work
	kill -STOP "$target"
	sleep 0.3
	kill -INT "$watcher"
	reported
	ended 0
	is_stopped || fail "state $(state) after the detach"
	kill -CONT "$target"
	counted 'continued 1, usr1 0, queued 0, out of turn 0'
	unharmed
}

test_stopped_and_continued_while_attached() {
	serve rain
	attach
	kill -STOP "$target"
	sleep 0.3
	kill -CONT "$target"
	counted 'continued 1, usr1 0, queued 0, out of turn 0'
	let_go
	counted 'continued 1, usr1 0, queued 0, out of turn 0'
}

test_no_signal_is_lost_or_made() {
	local sender i

	serve rain
	start sent sent.err "$DEBUGGEES/rain" "$target" 4000
	sender=$!
	for i in {1..12}; do
		attaching --duration "0.$((i % 4))5"
		reported
		ended 0
	done
	await "$LIMIT" gone "$sender" || fail "the sender goes on: $(cat sent.err)"
	grep -qx 'sent 4000' sent
	counted 'continued 0, usr1 0, queued 4000, out of turn 0'
	unharmed
	ends_with 0
	grep -qx 'sum: right' answers || fail "$(cat answers)"
}

# --- What the target does meanwhile ---

test_target_executes_another_program() {
	serve served 2
	attach
	order grow 0 8 5
	ordered exec "$DEBUGGEES/grow" 3x7
	reported
	ended 0
	collect "$target" 'the target'
	ended 0
	grep -qx 'grew 3 pages 7 times' answers
	grew grow_n 21 7
	grew grow_0 40 5
}

test_target_executes_a_program_without_debug_info() {
	serve served 2
	attach
	ordered exec /bin/sleep 1
	reported
	ended 0
	collect "$target" 'the target'
	ended 0
}

ready_twice() {
	[ "$(grep -cx ready answers)" -eq 2 ]
}

test_target_executes_and_is_let_go() {
	serve served 2
	attach
	ordered exec "$DEBUGGEES/hot" 2
	await 5 ready_twice || fail "$(cat answers complaints err)"
	let_go
	ends_with 0
	grep -qx '0 of the laps wrong' answers || fail "$(cat answers complaints)"
}

test_target_forks() {
	serve served 2
	attach
	order grow 0 8 5
	order fork 4
	order grow 0 8 5
	let_go
	grew grow_0 80 10
	order fork 4
	ends_with 3 exit 3
}

test_target_ends_while_attaching() {
	local i refusals=0 said

	for i in {1..100}; do
		start answers complaints "$DEBUGGEES/brief" $((RANDOM % 200)) 7
		target=$!
		[ $((RANDOM % 3)) -eq 0 ] || sleep "0.0$((RANDOM % 6))"
		attaching --no-raw --funcs step
		collect "$watcher" ptmem
		said=$status
		collect "$target" 'the target'
		ended 7
		case $said in
		7) grep -q 'difference 0$' err || fail "round $i: no report" "$(cat err)" ;;
		125)
			status=$said
			refused_with "attaching to process $target: *"
			refusals=$((refusals + 1))
			;;
		*) fail "round $i: status $said" "$(cat out err)" ;;
		esac
	done
	echo "$refusals of 100 refused"
	[ "$refusals" -lt 100 ]
}

resident() {
	sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$1/status"
}

# The process that traces.
tracer_of() {
	sed -n 's/^TracerPid:[[:space:]]*//p' "/proc/$1/status"
}

threads_made() {
	order count
	made=$(tail -n 1 answers)
	made=${made##* }
}

test_while_threads_come_and_go() {
	# What AddressSanitizer keeps of freed memory is not what is measured here.
	export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}quarantine_size_mb=1"
	local tracer before after first made

	serve churn
	attach --funcs 'pass,grow_n'
	order grow 200 3
	tracer=$(tracer_of "$target")
	sleep 2
	threads_made
	first=$made
	before=$(resident "$tracer")
	sleep 5
	threads_made
	after=$(resident "$tracer")
	let_go
	grew grow_n 600 200
	echo "$((made - first)) threads, $before kB, then $after kB"
	[ $((made - first)) -gt 100 ] || fail 'the target hardly runs'
	[ $((after - before)) -lt $((2 * (made - first) + 1024)) ] ||
		fail "more than 2 kB a thread: $(cat err)"
}

test_attached_often_while_threads_come_and_go() {
	local i made first

	serve churn
	for i in {1..15}; do
		attach
		order grow 20 "$i"
		let_go
		grew grow_n $((20 * i)) 20
	done
	threads_made
	first=$made
	sleep 0.3
	threads_made
	[ "$made" -gt "$first" ] || fail 'the target stands still' "$(task_states "$target")"
}

run_tests "$@"
