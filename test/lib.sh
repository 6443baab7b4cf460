# What the test scripts share; they source it, define functions called test_NAME, and end
# with `run_tests "$@"`, which runs each in an empty folder of its own and writes TAP.
#
# A test fails where a command in it fails; what it printed until then says why. It skips by
# `skip REASON`. Bash, shellcheck-clean.
#
# The engine is breakpoints where a test does not say otherwise. A script that sets EVERY_ENGINE
# before it sources this has ptmem as it is.
# shellcheck shell=bash

tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${PTMEM:=$tests/../build/src/ptmem}" "${DEBUGGEES:=$tests/../build/test/debuggee}"
: "${LIMIT:=60}" # seconds that a command may take
[ -x "$PTMEM" ] || { echo "$PTMEM: not built: test/run builds it" >&2 && exit 1; }
binary=$PTMEM # to be copied
[ -n "${EVERY_ENGINE-}" ] || PTMEM=$DEBUGGEES/by_calls
JOBS=1           # tests that run side by side
export LC_ALL=C
# What is watched must not depend on which debug info a machine has installed.
export PTMEM_DEBUG_DIR=/nonexistent
unset DEBUGINFOD_URLS

fail() {
	printf '%s\n' "$@"
	exit 1
}

skip() {
	printf '%s' "$*" >skipped
	exit 77
}

# limited COMMAND...: runs it with its output in `out` and `err`, its status in $status.
limited() {
	status=0
	timeout -k 2 "$LIMIT" "$@" >out 2>err || status=$?
	[ "$status" -ne 124 ] || fail "no end within $LIMIT s: $*"
}

# ptmem ARG...: runs it, as above.
ptmem() {
	limited "$PTMEM" "$@"
}

# watch OPTION... -- DEBUGGEE ARG...: a run, with its table in `report`, what the program
# wrote in `out`, what ptmem said in `said`, and the program's status in $status. Checks
# what every run promises: the program ends and writes as it does alone, and the ledger
# closes.
watch() {
	local options=() alone

	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	limited "$DEBUGGEES/$1" "${@:2}"
	alone=$status
	mv out alone.out
	mv err alone.err
	rm -f report
	ptmem -v --precision 17 -o report "${options[@]}" -- "$DEBUGGEES/$1" "${@:2}"
	grep '^ptmem: ' err >said || true
	grep -v '^ptmem: ' err >program.err || true
	[ "$status" -eq "$alone" ] || fail "status $status, alone $alone" "$(cat out err)"
	same alone.out out
	same alone.err program.err
	balanced
}

# same EXPECTED ACTUAL: two files.
same() {
	diff -au "$1" "$2" || fail "not the same: $1, $2"
}

# The difference that -v prints, one a column.
balanced() {
	if ! grep -q 'difference 0$' said || grep -q 'difference -*[1-9]' said; then
		fail 'the ledger does not close:' "$(cat said)"
	fi
}

# row FUNCTION: its pages and calls in `report`, or nothing.
row() {
	awk -v name="$1" '
		$1 ~ /^-?[0-9][0-9.e+-]*$/ && $2 ~ /^[0-9]+$/ {
			pages = $1 * 256; calls = $2; function_name = $0
			sub(/^.*:[0-9]+:/, "", function_name)
			if (function_name == name)
				printf "%.10g %d\n", pages, calls
		}' report
}

# grew FUNCTION PAGES CALLS: by so much, and no row where PAGES is 0.
grew() {
	local expected=''

	[ "$2" -eq 0 ] || expected="$2 $3"
	[ "$(row "$1")" = "$expected" ] ||
		fail "$1: $(row "$1") pages and calls, not $expected" "$(cat report)" "$(cat err)"
}

# ended STATUS
ended() {
	[ "$status" -eq "$1" ] || fail "status $status, not $1" "$(cat out err)"
}

# refused STATUS MESSAGE: with this one line, and nothing on standard output.
refused() {
	ended "$1"
	[ ! -s out ] || fail 'on standard output:' "$(cat out)"
	same <(printf 'ptmem: %s\n' "$2") err
}

# refuses STATUS MESSAGE ARG...: ptmem says this one line to these arguments.
refuses() {
	ptmem "${@:3}"
	refused "$1" "$2"
}

# trim TEXT: without the blanks around it.
trim() {
	local text=$1

	text=${text#"${text%%[![:space:]]*}"}
	printf '%s' "${text%"${text##*[![:space:]]}"}"
}

run_test() {
	local log

	log=$(
		set -eu
		mkdir "$1"
		cd "$1"
		"test_$1" 2>&1 </dev/null
	)
	case $? in
	0) echo "ok $2 - $1" ;;
	77) echo "ok $2 - $1 # SKIP $(cat "$1/skipped")" ;;
	*) printf 'not ok %d - %s\n%s\n' "$2" "$1" "  ${log//$'\n'/$'\n'  }" ;;
	esac
}

# run_aside NAME NUMBER: in the background, and prints what has ended so far, in order.
run_aside() {
	[ "$2" -le "$JOBS" ] || wait -n || true
	print_results
	{
		run_test "$1" "$2" >".part.$2" # in no condition: a command that fails would not end it
		mv ".part.$2" ".result.$2"
	} &
}

print_results() {
	while [ -e ".result.$((printed + 1))" ]; do
		cat ".result.$((++printed))"
	done
}

# run_tests [TAP-FILE]: $JOBS of them side by side.
run_tests() {
	local name number=0 names folder printed=0

	[ $# -eq 0 ] || exec >"$1"
	names=$(declare -F | sed -n 's/^declare -f test_//p')
	folder=$(mktemp -d)
	# shellcheck disable=SC2064 # the folder is known now
	trap "wait; rm -rf '$folder'" EXIT # what runs aside would still write there
	cd "$folder" || exit
	echo "1..$(wc -w <<<"$names")"
	for name in $names; do
		if [ "$JOBS" -gt 1 ]; then
			run_aside "$name" $((++number))
		else
			run_test "$name" $((++number))
		fi
	done
	wait
	print_results
}
