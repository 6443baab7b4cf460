#!/usr/bin/env bash
# The examples of the library: each is run, and what it prints is what its program did.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../target.sh
. "$tests/target.sh"
: "${EXAMPLES:=$DEBUGGEES/../../doc/examples}"

# example NAME ARG...
example() {
	limited "$EXAMPLES/example-$1" "${@:2}"
}

test_usage_pid() {
	start /dev/null /dev/null sleep 600
	example usage_pid $!
	ended 0
	grep -Eqx '0\.000 s: [1-9][0-9]* bytes' out
	[ "$(wc -l <out)" -ge 2 ]
	example usage_pid 0
	ended 1
	grep -q '^memory usage: one of pid, argv and function must be given' err
}

test_usage_child() {
	example usage_child sh -c 'sleep 0.5 & wait; exit 3'
	ended 3
	grep -Eqx 'child [0-9]+: [1-9][0-9]*' out
	grep -Eqx 'peak: [1-9][0-9]* bytes' out
	example usage_child /no/such/program
	ended 1
	same - err <<<'/no/such/program: No such file or directory'
}

test_usage_function() {
	example usage_function
	ended 0
	grep -Eqx 'grew by (3[2-9]|4[0-9]) MiB' out
}

test_recording() {
	ptmem -o /dev/null --metric anon --raw run --funcs grow_n,map_pages "$DEBUGGEES/grow" 64x5
	example recording run
	ended 0
	grep -q 'grow 64x5: peak [1-9][0-9]*, engine breakpoints$' out
	grep -Eqx '1310720 .*/grow_n/map_pages /.*/debuggee\.h:[0-9]+' out
	example recording /dev/null
	ended 1
	[ "$(wc -l <err)" -eq 1 ]
}

test_profiler() {
	example profiler grow_n,map_pages "$DEBUGGEES/grow" 64x5
	ended 0
	same - out <<-'END'
		grew 64 pages 5 times
		grow_n: 1310720 bytes in 5 calls
		map_pages: 1310720 bytes in 5 calls
		status 0
	END
	example profiler no_such_function "$DEBUGGEES/grow" 64x5
	ended 1
	[ ! -s out ]
	grep -q 'no_such_function' err
}

# What is not kept is not left either, also where the caller is killed while its program runs.
test_profiler_leaves_nothing() {
	mkdir tmp
	export TMPDIR=$PWD/tmp
	example profiler '*' "$DEBUGGEES/grow" 1x1
	[ -z "$(ls -A tmp)" ] || fail "left: $(ls -A tmp)"
	# shellcheck disable=SC2016 # sh expands it
	start out err "$EXAMPLES/example-profiler" '*' sh -c 'echo $$ >pid; exec sleep 600'
	await "$LIMIT" [ -s pid ]
	kill -KILL $!
	await "$LIMIT" gone "$(cat pid)"
}

test_assertion() {
	example assertion
	ended 0
	[ ! -s out ] && [ ! -s err ]
}

run_tests "$@"
