#!/usr/bin/env bash
# A program that ends deep in its stack: its open calls count, and the table is printed.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

# ends HOW STATUS [FUNCTION]
ends() {
	watch --funcs "last,lower${3+,$3}" -- ends "$1" 25
	ended "$2"
	grew last 25 1
	grew lower 25 1
	grep -q '^Max mem usage: ' report
}

# What was not read before an exec is gone: end_by() begins just before it.
test_exec() { ends exec 0 end_by; }
test_exit() { ends exit 3; }
test__exit() { ends _exit 4; }
test_quick_exit() { ends quick_exit 5; }
# pthread_exit() loads a library for the unwinding.
test_pthread_exit() {
	watch --funcs 'last' -- ends pthread_exit 25
	[[ $(row last) == *" 1" ]]
}

test_abort() { ends abort 134; }
test_segv() { ends segv 139; }
test_illegal_instruction() { ends ill 132; }
test_breakpoint_of_its_own() { ends int3 133; }
test_sigkill() { ends kill 137; }
test_sigterm() { ends term 143; }
test_real_time_signal() { ends rt 165; }

test_all_watched() {
	watch -- ends segv 25
	grew last 25 1
}

test_no_core_is_lost() {
	ulimit -c 0
	watch -- ends abort 1
	ended 134
}

# signalled SIGNAL TARGET: a program that waits gets a signal; TARGET is a prefix of the
# process to send it to: `-` is the whole group, as with Ctrl-C, and nothing is ptmem alone.
signalled() {
	set -m
	"$PTMEM" -v --precision 17 -o report --funcs 'grow_n,wait_for_end' "$DEBUGGEES/waits" 25 >out 2>err &
	set +m
	for _ in {1..500}; do
		! grep -q waiting out || break
		sleep 0.02
	done
	kill -s "$1" -- "$2$!"
	status=0
	wait $! 2>/dev/null || status=$?
	ended $((128 + $(kill -l "$1")))
	grew grow_n 25 1
}

test_interrupted_from_the_terminal() { signalled INT -; }
test_quit_from_the_terminal() { signalled QUIT -; }
test_terminal_hangs_up() { signalled HUP -; }
test_ptmem_is_terminated() { signalled TERM ''; }
test_ptmem_is_interrupted() { signalled INT ''; }

# ptmem, killed, takes a launched program with it: nothing is left to stop at a breakpoint.
test_killed_ptmem_leaves_nothing() {
	mkfifo hold
	"$PTMEM" -- "$DEBUGGEES/transparent" 0 <hold >out 2>err &
	exec 9>hold
	for _ in {1..200}; do
		child=$(cat "/proc/$!/task/$!/children" 2>/dev/null) && [ -n "$child" ] && break
		sleep 0.02
	done
	[ -n "$child" ]
	kill -KILL $!
	wait $! || true
	for _ in {1..200}; do
		[ -e "/proc/${child// /}" ] || return 0
		sleep 0.02
	done
	fail "process $child is left"
}

run_tests "$@"
