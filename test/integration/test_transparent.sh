#!/usr/bin/env bash
# What a program can see of its surroundings is the same with ptmem and without.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

# transparent STATUS ARG...: alone and watched, with the same input. Huge pages and address
# randomisation are asked about elsewhere.
transparent() {
	local program=$DEBUGGEES/transparent

	printf 'some\0input\n' >input
	env -u _ "$program" "$@" <input >alone.out 2>alone.err || alone=$?
	env -u _ "$PTMEM" -o report -- "$program" "$@" <input >out 2>err || status=$?
	[ "${status-0}" -eq "${alone-0}" ]
	grep -v '^ptmem: ' err >program.err || true
	grep -q '^umask' alone.out
	same alone.out out
	same alone.err program.err
}

test_status() {
	transparent 0
	transparent 42
}

test_arguments() {
	transparent 0 '' ' ' "a'b" --help -- -x $'new\nline' $'\xff'
}

test_environment() {
	env -i A= B=c "$DEBUGGEES/transparent" >alone.out
	env -i A= B=c "$PTMEM" -o report "$DEBUGGEES/transparent" >out
	same alone.out out
}

test_signal_mask_and_dispositions() (
	trap '' HUP USR1 PIPE
	transparent 0
)

test_signals_that_ptmem_uses_itself() {
	local with

	for with in --ignore-signal=CHLD,INT --block-signal=CHLD,TERM,STOP; do
		env -u _ "$with" "$DEBUGGEES/transparent" 3 >alone.out || alone=$?
		env -u _ "$with" "$PTMEM" -o report "$DEBUGGEES/transparent" 3 >out || status=$?
		same alone.out out
		[ "$alone" -eq 3 ]
		[ "$status" -eq 3 ]
	done
}

# on_terminal COMMAND: in `out`, with a terminal as its input and output, and a shell around
# it that leads the session.
on_terminal() {
	limited script -qec "env -u _ $1; exit \$?" /dev/null < <(printf 'input\n\004')
}

test_terminal() {
	on_terminal "'$DEBUGGEES/transparent' 5"
	ended 5
	mv out alone.out
	on_terminal "'$PTMEM' -o report '$DEBUGGEES/transparent' 5"
	ended 5
	# The terminal echoes the input at some time or other.
	same <(sort alone.out) <(grep -v '^ptmem: ' out | sort)
}

test_closed_descriptors() {
	env -u _ "$DEBUGGEES/transparent" 0 <&- >alone.out
	env -u _ "$PTMEM" -o report "$DEBUGGEES/transparent" 0 <&- >out
	same alone.out out
}

test_open_descriptors() {
	transparent 0 7<"$PTMEM" 8>&1
}

test_limits() (
	ulimit -n 64
	ulimit -c 0
	transparent 0
)

test_session_leader() {
	env -u _ setsid -w "$DEBUGGEES/transparent" >alone.out
	env -u _ setsid -w "$PTMEM" -o report "$DEBUGGEES/transparent" >out
	# Who is asked to lead a session is ptmem: its child is in it.
	same <(grep -v '^leads\|^group' alone.out) <(grep -v '^leads\|^group' out)
}

run_tests "$@"
