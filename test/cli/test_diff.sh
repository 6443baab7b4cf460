#!/usr/bin/env bash
# diff: two recordings, and what it prints of them, character by character. Paths become DIR.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

# record FILE DEBUGGEE ARG...: but for main, which also adds what the C library does.
record() {
	ptmem -o /dev/null --metric anon --exclude main --raw "$1" "$DEBUGGEES/$2" "${@:3}"
	ended 0
}

# difference ARG...: what diff prints, normalised.
difference() {
	ptmem diff "$@"
	ended 0
	sed -E 's,[^ ]*/test/debuggee/,DIR/,; s,^(Max mem usage[a-z ]*:) +[0-9.]+,\1 N,' out >difference
}

test_table() {
	record base grow 64x5
	record new grow 64x9
	difference base new
	same - difference <<-'END'
	 Base (MB)   New (MB) Growth (MB)  Change  File:Function
	--------------------------------------------------------
	      1.25       2.25          +1  grown   DIR/debuggee.h:map_pages
	      1.25       2.25          +1  grown   DIR/grow.c:grow_n
	--------------------------------------------------------
	 Base (MB)   New (MB) Growth (MB)  Change  File:Function
	Max mem usage: N MB
	Max mem usage of the base: N MB
	END
	[ ! -s err ]
	difference new base --top 1 --precision 2
	grep -qx '       2.2        1.2          -1  shrunk  DIR/grow.c:grow_n' difference
	same - err <<<'ptmem: 1 row beyond the top 1 is not shown'
}

test_functions_that_come_and_go() {
	record base grow 64x5
	record new hits 300
	difference base new --min 1
	grep -qx '      1.25          0       -1.25  gone    DIR/grow.c:grow_n' difference
	difference new base --min 1
	grep -qx '         0       1.25       +1.25  new     DIR/grow.c:grow_n' difference
	grep -q '^ptmem: [0-9]* rows* below 1 MB .* not shown$' err
}

test_the_same_program_twice_differs_by_nothing() {
	local program

	for program in 'grow 64x5' 'recursion direct 5 4' 'hits 2000'; do
		# shellcheck disable=SC2086 # words
		record base $program
		# shellcheck disable=SC2086
		record new $program
		ptmem diff base new
		ended 0
		[ "$(sed '/^Max/d' out | sort -u | wc -l)" -eq 2 ] ||
			fail "$program differs from itself:" "$(cat out)"
		ptmem diff --tree --min 0 base new
		ended 0
		[ "$(sed '/^Max/d; /^$/d' out | wc -l)" -eq 0 ] || fail "$program: tree" "$(cat out)"
	done
}

test_tree() {
	record base grow 64x5
	record new grow 64x9
	difference --tree base new
	same - difference <<-'END'
	DIR/grow.c:9:grow_n     1.00 MB  (9 calls)
	    DIR/debuggee.h:80:map_pages     1.00 MB  (9 calls)

	Max mem usage: N MB
	Max mem usage of the base: N MB
	END
}

# A line that moved, and sources in another folder: built twice from the same text.
test_functions_that_moved() {
	local body='int main(void) { return use(); }' grown

	mkdir -p one/app two/app
	# shellcheck disable=SC2016 # C
	grown='char *p; int use(void) { unsigned long n = PAGES * 4096UL; p = malloc(n); while (n) p[n -= 4096] = 1; return 0; }'
	printf '#include <stdlib.h>\n%s\n%s\n' "$grown" "$body" >one/app/app.c
	printf '#include <stdlib.h>\n\n\n%s\n%s\n' "$grown" "$body" >two/app/app.c
	cc -g -O0 -DPAGES=256 -o one/app/app one/app/app.c
	cc -g -O0 -DPAGES=512 -o two/app/app two/app/app.c
	for app in one two; do
		ptmem -o /dev/null --metric anon --raw "$app.raw" "$app/app/app"
		ended 0
	done
	ptmem diff --precision 2 one.raw two.raw
	ended 0
	grep -q "^ *1 *2 *+1  grown   $PWD/two/app/app.c:use\$" out || fail "$(cat out)"
	[ "$(grep -c 'gone\|new ' out)" -eq 0 ] || fail "$(cat out)"
}

test_output_and_color() {
	record base grow 64x5
	record new grow 64x9
	ptmem diff -o report --color always base new
	ended 0
	[ ! -s out ]
	grep -q $'^\033\[1m Base (MB)' report
	grep -q $'^\033\[31m .*:grow_n\033\[0m$' report
	ptmem diff base new
	[ "$(grep -c $'\033' out)" -eq 0 ]
}

test_errors() {
	local usage='ptmem diff [OPTION...] BASE NEW'

	record base grow 64x5
	ptmem -o /dev/null --metric rss --raw rss "$DEBUGGEES/grow" 1x1
	refuses 125 "no recordings to compare: $usage, or ptmem diff --help" diff
	refuses 125 "diff: 1 file is given, and it takes 2: $usage" diff base
	refuses 125 "diff: 3 files are given, and it takes 2: $usage" diff base base base
	refuses 125 'missing: No such file or directory' diff base missing
	refuses 125 'the base measured anon, the other rss: record both with the same --metric' \
		diff base rss
	echo text >text
	refuses 125 "text: not a recording of ptmem's" diff text base
	mkfifo fifo
	refuses 125 'fifo: not a file' diff fifo base
}

test_a_recording_that_was_cut() {
	record base grow 64x5
	head -c -20 base >cut.raw
	ptmem diff base cut.raw
	ended 0
	grep -q '^ptmem: cut.raw: cut: .*: what follows is what was recorded until then$' err
}

run_tests "$@"
