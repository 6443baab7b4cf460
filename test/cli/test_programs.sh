#!/usr/bin/env bash
# Programs that cannot be run, or are not what they seem: one line, and the right status.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

# damage OFFSET OCTAL: a copy of a good program, `damaged`, with one byte of its header changed.
damage() {
	cp "$DEBUGGEES/grow" damaged
	# shellcheck disable=SC2059 # the format is the byte
	printf "\\$2" | dd of=damaged bs=1 seek="$1" conv=notrunc status=none
}

test_missing() {
	refuses 127 'no-such-program: not found in PATH' no-such-program
	refuses 127 './missing: No such file or directory' ./missing
	refuses 127 "the program's name is empty" ''
}

test_not_executable() {
	cp "$DEBUGGEES/grow" here
	chmod 644 here
	refuses 126 './here: is not executable: chmod +x it' ./here
	refuses 126 './here/x: Not a directory' ./here/x
}

test_directory() {
	mkdir folder
	refuses 126 './folder: is a directory' ./folder
}

test_device() {
	refuses 126 '/dev/null: is not a file' /dev/null
}

test_not_a_program() {
	echo hello >text
	: >empty
	chmod +x text empty
	refuses 126 './text: neither an ELF program nor a script that begins with #!' ./text
	refuses 126 './empty: neither an ELF program nor a script that begins with #!' ./empty
}

test_script_without_its_interpreter() {
	echo '#!/no/such/interpreter' >script
	chmod +x script
	refuses 126 './script: cannot be executed: its interpreter is not there' ./script
}

test_32_bit() {
	damage 4 001
	refuses 126 './damaged: 32-bit program: only 64-bit ones can be profiled' ./damaged
}

test_other_processor() {
	damage 18 267
	refuses 126 './damaged: built for another processor than x86-64' ./damaged
}

test_other_byte_order() {
	damage 5 002
	ptmem ./damaged
	[ "$status" -ge 125 ] && [ "$status" -le 126 ]
	[ "$(grep -c '^ptmem: ' err)" -eq "$(wc -l <err)" ]
}

test_truncated_header() {
	head -c 20 "$DEBUGGEES/grow" >short
	chmod +x short
	refuses 126 './short: truncated ELF file' ./short
}

test_truncated_anywhere() {
	local size

	for size in 64 100 1000 4096 9000 16000; do
		head -c $size "$DEBUGGEES/grow" >short
		chmod +x short
		ptmem ./short
		# Either it is refused, or it runs to the end that it has alone.
		[[ $status =~ ^(125|126|139|135)$ ]] || fail "$size: status $status" "$(cat err)"
		[[ $status -gt 126 || $(wc -l <err) -eq 1 ]] || fail "$(cat err)"
		[ "$(grep -vc '^ptmem: ' err)" -eq 0 ]
	done
}

test_path_is_searched() {
	PATH=$DEBUGGEES:$PATH ptmem -o report grow 2x3
	ended 0
	grep -qx 'grew 2 pages 3 times' out
}

test_no_debug_info_at_all() {
	ptmem -o report "$DEBUGGEES/grow-stripped" 2x3
	ended 0
	grep -qx 'grew 2 pages 3 times' out
	grep -q '^ptmem: ' err
}

test_tracing_is_forbidden() {
	limited "$DEBUGGEES/forbid" "$PTMEM" "$DEBUGGEES/grow" 2x3
	refused 125 "tracing is forbidden here: in a container, allow SYS_PTRACE; else see /proc/sys/kernel/yama/ptrace_scope"
}

run_tests "$@"
