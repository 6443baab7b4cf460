#!/usr/bin/env bash
# What fuzzing has found interesting is read without harm, and within bounds.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

test_recordings() {
	ulimit -t 60
	limited "$DEBUGGEES/../fuzz/replay" "$tests"/fuzz/corpus/*
	ended 0
}

test_objects() {
	ulimit -t 60
	TMPDIR=$PWD limited "$DEBUGGEES/../fuzz/replay-symbol" "$tests"/fuzz/objects/*
	ended 0
	[ -z "$(ls -d ptmem-fuzz.* 2>/dev/null)" ] || fail "$(ls)"
}

run_tests "$@"
