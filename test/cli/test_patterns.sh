#!/usr/bin/env bash
# Patterns that select nothing: an error before the program starts, with the nearest names.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

test_misspelt() {
	refuses 125 "--funcs: no function matches 'gorw_n': the nearest is grow_n" \
		--funcs gorw_n "$DEBUGGEES/grow" 1x1
}

test_nothing_like_it() {
	ptmem --funcs zzzzzzzzzz "$DEBUGGEES/grow" 1x1
	ended 125
	[ ! -s out ]
	[ "$(wc -l <err)" -eq 1 ]
}

test_one_of_several() {
	ptmem --funcs grow_n,idel "$DEBUGGEES/grow" 1x1
	ended 125
	grep -q "^ptmem: --funcs: no function matches 'idel'" err
}

test_files() {
	ptmem --files no-such-file.c "$DEBUGGEES/grow" 1x1
	ended 125
	grep -q "^ptmem: --files: .*'no-such-file.c'" err
}

test_all_taken_away() {
	refuses 125 'nothing to watch: --exclude or --files leave none of the functions' \
		--exclude '*' "$DEBUGGEES/grow" 1x1
}

test_files_by_last_part_and_by_path() {
	watch --files grow.c -- grow 2x3
	grew grow_n 6 3
	watch --files '*/debuggee/grow.*' -- grow 2x3
	grew grow_n 6 3
}

test_exclude() {
	watch --funcs '*_n,map_*' --exclude 'map_*' -- grow 2x3
	grew grow_n 6 3
	grew map_pages 0 0
}

# How names are printed is how patterns see them.
test_demangle() {
	watch --demangle=full --funcs 'app::grow(int)' -- names
	grew 'app::grow(int)' 3 1
	watch --demangle=no --funcs '_ZN3app4growEi,main' -- names
	grew _ZN3app4growEi 3 1
	grep -q ':main$' report || fail "$(cat report)"
	watch --demangle=short --funcs 'app::grow' -- names
	[ "$(grep -c ':app::grow$' report)" -eq 2 ] || fail "$(cat report)"
	refuses 125 "--demangle: 'long' is none of short|full|no" --demangle=long "$DEBUGGEES/names"
}

test_path_map() {
	watch --path-map "${tests%/test}=/elsewhere" --files '/elsewhere/test/*/grow.c' -- grow 2x3
	grep -q ' /elsewhere/test/debuggee/grow.c:[0-9]*:grow_n$' report || fail "$(cat report)"
	# Whole parts of a path, and the last of those that fit.
	watch --path-map "${tests%t}=/elsewhere" --path-map "$tests=/first" --path-map "$tests=/last" \
		-- grow 2x3
	grep -q ' /last/debuggee/grow.c:[0-9]*:grow_n$' report || fail "$(cat report)"
	refuses 125 "--path-map: 'x' is not OLD=NEW: give e.g. /build/app=/src/app" \
		--path-map x "$DEBUGGEES/grow"
}

run_tests "$@"
