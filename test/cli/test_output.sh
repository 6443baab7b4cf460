#!/usr/bin/env bash
# The table and the lines beside it, character by character. Paths become DIR.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

# table ARG...: the report on `grow 64x5`, normalised: what [startup] and [unwatched] took is
# the C library's affair.
table() {
	ptmem "$@" -o report "$DEBUGGEES/grow" 64x5
	ended 0
	sed -E 's,[^ ]*/test/debuggee/,DIR/,; s,^(Max mem usage:) +[0-9.]+,\1 N,; /\[(startup|unwatched)\]$/d' report >table
}

test_flat_table() {
	table --funcs 'grow_n,map_pages,idle'
	same - table <<-'END'
	Memory (MB)   Calls  File:Line:Function
	---------------------------------------
	      1.25        5  DIR/debuggee.h:80:map_pages
	      1.25        5  DIR/grow.c:9:grow_n
	---------------------------------------
	Memory (MB)   Calls  File:Line:Function
	Max mem usage: N MB
	END
}

test_report_goes_to_standard_output_after_the_program() {
	ptmem --funcs grow_n "$DEBUGGEES/grow" 64x5
	ended 0
	same <(printf '%s\n' 'grew 64 pages 5 times' 'Memory (MB)   Calls  File:Line:Function') <(head -n 2 out)
	[ "$(grep -vc '^ptmem: ' err)" -eq 0 ]
}

test_dash_is_standard_output() {
	ptmem -o - --funcs grow_n "$DEBUGGEES/grow" 64x5
	grep -q '^Max mem usage: ' out
	[ ! -e ./- ]
}

test_precision() {
	table --funcs grow_n --precision 2
	grep -q '^       1.2        5  ' table || grep -q '^       1.3        5  ' table
}

test_top() {
	table --funcs 'grow_n,map_pages' --top 1
	[ "$(sed '1,2d; /^---/,$d' report | wc -l)" -eq 1 ]
	grep -qx 'ptmem: 3 rows beyond the top 1 are not shown' err
}

test_min() {
	table --funcs 'grow_n' --min 2
	[ "$(grep -c DIR table)" -eq 0 ]
	grep -qx 'ptmem: 3 rows below 2 MB are not shown' err
}

test_reverse() {
	table --funcs 'grow_n,map_pages' --reverse
	[[ $(grep -m 1 DIR table) == *:grow_n ]]
}

test_sort_by_name() {
	table --funcs 'grow_n,map_pages,main' --sort name
	grep -o 'DIR.*' table >names
	sort -c names
	[ "$(wc -l <names)" -eq 3 ]
}

test_sort_by_time() {
	table --funcs 'grow_n,map_pages,prepare' --sort time
	[[ $(grep DIR table | tail -n 2 | head -n 1) == *:grow_n ]]
	[[ $(grep DIR table | tail -n 1) == *:map_pages ]]
}

test_color() {
	table --funcs grow_n --color always
	grep -q $'\033' table
	table --funcs grow_n --color never
	[ "$(grep -c $'\033' table)" -eq 0 ]
	table --funcs grow_n
	[ "$(grep -c $'\033' table)" -eq 0 ]
}

test_verbose_balance() {
	ptmem -v -o report --funcs grow_n "$DEBUGGEES/grow" 64x5
	for line in 'memory at start' 'charged to functions' '\[startup\]' 'memory at end' 'difference 0'; do
		grep -q "^ptmem: $line" err || fail "nothing of $line in:" "$(cat err)"
	done
	grep -q '^ptmem: charged to functions .* 1310720 bytes$' err
}

# grow is stopped at its 5 calls and their returns, or at its 320 pages, or at neither.
test_verbose_stops() {
	local at='at breakpoints' faults='at page faults' others='[0-9]* for other reasons'

	ptmem -v --no-raw --libs main --funcs grow_n "$DEBUGGEES/grow" 64x5
	grep -qx "ptmem: stopped [0-9]* times: 1[0-9] $at, 0 $faults, $others" err || fail "$(cat err)"
	ptmem -v --no-raw --libs main --engine faults --exact "$DEBUGGEES/grow" 64x5
	grep -qx "ptmem: stopped [0-9]* times: [0-9]* $at, [3-9][0-9][0-9] $faults, $others" err ||
		fail "$(cat err)"
	ptmem -v --no-raw --libs main --engine faults "$DEBUGGEES/grow" 64x5
	grep -qx "ptmem: stopped [0-9]* times: [0-9]\{1,2\} $at, 0 $faults, $others" err || fail "$(cat err)"
	ptmem --no-raw "$DEBUGGEES/grow" 64x5
	! grep stopped err
}

test_unwritable_output_is_known_before_the_program_runs() {
	refuses 125 "--output: '/no/such/folder/x' cannot be written: No such file or directory" \
		-o /no/such/folder/x "$DEBUGGEES/grow" 1x1
	mkdir folder
	refuses 125 "--output: 'folder' cannot be written: Is a directory" -o folder "$DEBUGGEES/grow" 1x1
}

test_full_disk() {
	ptmem -o /dev/full "$DEBUGGEES/grow" 1x1
	ended 125
	grep -q '^ptmem: the report cannot be written to ' err
}

test_reader_of_the_table_that_leaves() {
	{ "$PTMEM" "$DEBUGGEES/grow" 1x1 2>err || echo $? >left; } | head -n 1 >first
	same - first <<<'grew 1 pages 1 times'
}

test_metric_all_has_a_column_each() {
	ptmem --metric all --funcs grow_n -o report "$DEBUGGEES/grow" 64x5
	for column in rss anon file shmem swap; do
		grep -qi "$column" report || fail "no $column in:" "$(cat report)"
	done
}

run_tests "$@"
