#!/usr/bin/env bash
# What is measured begins and ends where it is told to: at functions, and at marks of the program's.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
EVERY_ENGINE=1
. "$(dirname "$0")/../lib.sh"

engines=('--engine faults' --exact '--engine breakpoints')

# pages FUNCTION PAGES: by so much, over all calls; no row where it is 0.
pages() {
	local found

	found=$(row "$1" | cut -d ' ' -f 1)
	[ "${found:-0}" -eq "$2" ] || fail "$1: $found pages, not $2" "$(cat report)"
}

# build COMPILER OPTION...
build() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
	"$1" -g -D_GNU_SOURCE -I "$tests/../include" "${@:2}" -o program "$tests/debuggee/scope.c"
	DEBUGGEES=$PWD
}

# grew_in SET_UP LOAD SERVE CLEAN_UP
grew_in() {
	pages set_up "$1"
	pages load "$2"
	pages serve "$3"
	pages clean_up "$4"
}

test_functions() {
	build gcc -O0
	for engine in "${engines[@]}"; do
		# shellcheck disable=SC2086 # two words
		set -- --no-raw --net $engine
		watch "$@" --from load --until clean_up -- program
		grew_in 0 20 120 0
		watch "$@" --from serve -- program
		grew_in 0 0 120 80
		watch "$@" --until load -- program
		grew_in 10 0 0 0
		watch "$@" --from load,clean_up --until serve -- program
		grew_in 0 20 0 80
	done
}

marks() {
	build "$@" -DMARKS
	./program | grep -qx 'done'
	for engine in "${engines[@]}"; do
		# shellcheck disable=SC2086 # two words
		watch --raw run.raw --net $engine -- program
		grew_in 0 20 120 0
		# shellcheck disable=SC2086
		ptmem --raw run.raw --tree --min 0 $engine ./program
		grep -Eqx '\[mark loaded\]  +[0-9.]+ MB  \(1 times\)' out || fail "$(cat out)"
		grep -Eqx '\[mark served 100%\]  +[0-9.]+ MB  \(3 times\)' out
		grep -vx 'done' out >live
		"$PTMEM" post run.raw --tree --min 0 >out
		same live out
	done
}

test_marks() {
	marks gcc -O0
}

test_marks_optimised() {
	marks clang -O3
}

# What a note says is not taken for granted: where it says that a mark is, there must be one.
test_marks_that_lie() {
	build gcc -O0 -DMARKS -Wl,--build-id
	objcopy --dump-section .note.ptmem=notes program
	# The addresses come behind 12 bytes and the owner's name.
	printf '\5' | dd of=notes bs=1 seek=20 conv=notrunc status=none
	objcopy --update-section .note.ptmem=notes program
	for engine in "${engines[@]}"; do
		# shellcheck disable=SC2086 # two words
		ptmem --no-raw -o /dev/null $engine ./program
		ended 0
		grep -qx 'done' out
	done
	head -c 24 notes >short
	objcopy --update-section .note.ptmem=short program
	ptmem --no-raw -o /dev/null ./program
	ended 0
}

test_mistakes() {
	build gcc -O0
	ptmem --no-raw --from laod ./program
	refused 125 "--from: no function matches 'laod': the nearest is load"
	ptmem --no-raw --until laod ./program
	refused 125 "--until: no function matches 'laod': the nearest is load"
	refuses 125 '--from: a process that runs already is sampled and never stopped: give --exact as well, or --engine breakpoints' \
		--from load --attach $$
}

run_tests "$@"
