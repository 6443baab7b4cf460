#!/usr/bin/env bash
# What fuzzing has found interesting is read without harm, and within bounds.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

test_recordings() {
	ulimit -t 60
	limited "$DEBUGGEES/../fuzz/replay" "$tests"/fuzz/corpus/*
	ended 0
}

run_tests "$@"
