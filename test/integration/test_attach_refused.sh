#!/usr/bin/env bash
# Processes that cannot be attached to: one line says why. And whose rights decide it.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../target.sh
. "$(dirname "$0")/../target.sh"

# not_attached PID REASON
not_attached() {
	ptmem --attach "$1"
	refused_with "attaching to process $1: $2"
}

test_no_such_process() {
	true &
	wait $!
	not_attached $! 'there is no such process*'
}

test_no_process_id() {
	local id

	for id in x '' 0 -5 1x 99999999999; do
		ptmem --attach "$id"
		refused_with '*'
	done
	ptmem --attach
	refused_with '*'
	ptmem --attach $$ true
	refused_with '*'
}

test_no_duration() {
	local duration

	for duration in x '' -1 1x nan; do
		ptmem --duration "$duration" true
		refused_with '--duration: *'
	done
}

test_kernel_thread() {
	# In a process namespace of one's own there is none to be seen.
	[ "$(cat /proc/2/comm 2>/dev/null)" = kthreadd ] || return 0
	not_attached 2 'it is a kernel thread*'
}

test_zombie() {
	start zombie complaints sh -c 'sleep 0.2 & echo $!; exec sleep 60'
	await 5 test -s zombie
	await 5 gone "$(cat zombie)"
	not_attached "$(cat zombie)" "it has ended, and its parent $! has yet to ask for its status*"
}

test_traced_already() {
	local tracer

	serve served 0
	mkfifo hold
	exec 7<>hold
	start tracing complaints "$DEBUGGEES/tracer" "$target" <hold
	tracer=$!
	await 5 says_ready tracing || fail "$(cat complaints)"
	not_attached "$target" "process $tracer (tracer) traces it already*"
	order grow 0 1 1
}

test_watched_already() {
	serve served 0
	attach --no-raw
	mv err first.err
	not_attached "$target" 'process * (*) traces it already*'
	mv first.err err
	order grow 0 8 5
	let_go
	grew grow_0 40 5
}

# Where an ordinary user may run them.
copy_for_all() {
	cp "$binary" ptmem
	cp "$DEBUGGEES/served" served
	chmod 755 . .. ptmem served
}

as_nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)

test_process_of_another_user() {
	[ "$(id -u)" -eq 0 ] || return 0 # cannot be tried
	serve served 0
	copy_for_all
	limited "${as_nobody[@]}" ./ptmem --engine breakpoints --no-raw --attach "$target"
	refused_with "attaching to process $target: it belongs to root: run ptmem as that user or as root*"
	unharmed
}

test_as_an_ordinary_user() {
	[ "$(id -u)" -eq 0 ] || return 0 # everything is tried so
	copy_for_all
	serve_by "${as_nobody[@]}" ./served 2
	start out err "${as_nobody[@]}" ./ptmem --engine breakpoints --no-raw -v --precision 17 --attach "$target"
	watcher=$!
	is_attached
	order grow 2 8 5
	kill -INT "$watcher"
	collect "$watcher" ptmem
	ended 0
	mv out report
	grew grow_2 40 5
	unharmed
}

test_ptmem_itself() {
	limited sh -c "exec '$PTMEM' --attach \$\$"
	refused_with 'attaching to process *: it is ptmem itself*'
}

test_32_bit_program() {
	cat >program.c <<-'END'
		void _start(void)
		{
			for (;;)
				__asm__ volatile("int $0x80" : : "a"(29)); /* pause */
		}
	END
	cc -m32 -nostdlib -static -fno-pie -no-pie -o program program.c
	start answers complaints ./program
	target=$!
	sleep 0.3
	! gone "$target" || return 0 # this kernel does not run such programs
	not_attached "$target" 'it is a 32-bit program: only 64-bit ones can be watched*'
	[ -z "$("$DEBUGGEES/traces" "$target")" ] || fail "$("$DEBUGGEES/traces" "$target")"
}

run_tests "$@"
