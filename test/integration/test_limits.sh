#!/usr/bin/env bash
# Limits of memory: a program that passes one is stopped there, and what it is in the midst of told;
# handed to a debugger, or killed.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
EVERY_ENGINE=1
. "$(dirname "$0")/../lib.sh"

source=$tests/debuggee/passes.c
called=$(grep -n '/\* called \*/' "$source" | cut -d: -f1)

# told LIMIT: that it was passed, in the midst of leaf(), called by work() at its line.
told() {
	grep -Eq "^ptmem: [0-9]+ has passed $1 MB, with $1\.[0-9]+ MB:$" err || fail "$(cat err)"
	grep -Eq '^ptmem: #[01] +0\.0[01] MB  leaf at .*passes\.c:[0-9]+$' err || fail "$(cat err)"
	grep -Eq "^ptmem: #[12] +[0-9]\.[0-9]{2} MB  work at .*passes\.c:$called$" err ||
		fail "$(cat err)"
	[ "$(grep -c 'has passed' err)" -eq 1 ]
}

test_stops_and_goes_on() {
	for engine in '--engine faults' '--engine breakpoints' ''; do
		# shellcheck disable=SC2086 # two words
		ptmem --no-raw -o /dev/null $engine --break-at 5 "$DEBUGGEES/passes"
		ended 3
		[ "$(cat out)" = 'done' ]
		told 5
	done
}

test_is_killed() {
	ptmem --no-raw --kill-at 6 "$DEBUGGEES/passes"
	ended 120
	told 6
	[ "$(grep -c '^done$' out)" -eq 0 ]
	grep -q 'passes.c:[0-9]*:work$' out # there is a report all the same
}

test_is_not_passed() {
	ptmem --no-raw --break-at 100 --kill-at 200 "$DEBUGGEES/passes"
	ended 3
	[ "$(grep -c 'has passed' err)" -eq 0 ]
}

# Stopped where it passed the limit, by nobody traced, and as a debugger can take it over.
test_debugger() {
	mkdir bin
	cat >bin/gdb <<-'END'
		#!/bin/sh
		echo "called with $1 $2" >>called
		grep -E '^(State|TracerPid):' "/proc/$3/status" >>called
	END
	chmod +x bin/gdb
	PATH=$PWD/bin:$PATH limited "$DEBUGGEES/onterminal" expect=done -- \
		"$PTMEM" --no-raw -o /dev/null --break-at 5 "$DEBUGGEES/passes"
	same <(printf 'called with -q -p\nState:\tT (stopped)\nTracerPid:\t0\n') called
	grep -q 'has passed 5 MB' out
	grep -q 'done' out
}

test_mistakes() {
	refuses 125 '--break-at: a program has more than 0 MB: give e.g. --break-at 100' \
		--break-at 0 ./program
	refuses 125 "--kill-at: 'x' is not a number of MB from 0 to 1000000000: give e.g. --kill-at 0.5" \
		--kill-at x ./program
}

run_tests "$@"
