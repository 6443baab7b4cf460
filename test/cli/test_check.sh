#!/usr/bin/env bash
# check: what it says of a run or a recording, and the status that it ends in.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

here=$(cd "$(dirname "$0")" && pwd)
ci=$here/../../doc/ci.md
unset GITHUB_WORKSPACE CI_PROJECT_DIR WORKSPACE

# check ARG...: the report in `report`, normalised. `grow 64x5` adds 1.25 MB in grow_n and in
# what that calls.
check() {
	ptmem check -o plain "$@"
	[ ! -e plain ] || sed -E 's,[^ ">]*/test/debuggee/,DIR/,g' plain >report
}

# What to put before a program, so that only grow's own functions are judged.
watched=(--funcs 'grow_n,map_pages' --metric anon)

record() {
	ptmem -o /dev/null "${watched[@]}" --raw "$1" "$DEBUGGEES/grow" "$2"
	ended 0
}

test_min() {
	check "${watched[@]}" --min 1.25 -- "$DEBUGGEES/grow" 64x5
	ended 120
	same - report <<-'END'
	DIR/debuggee.h:80: map_pages added 1.25 MB, which reaches the limit of 1.25 MB
	    heaviest path, 1.25 MB: grow_n > map_pages
	DIR/grow.c:9: grow_n added 1.25 MB, which reaches the limit of 1.25 MB
	    heaviest path, 1.25 MB: grow_n
	2 of 2 exceed their limits
	END
	same - out <<<'grew 64 pages 5 times'
	check "${watched[@]}" --min 1.26 "$DEBUGGEES/grow" 64x5
	ended 0
	same - report <<<'within limits (2 checked)'
}

test_report_stands_behind_the_program() {
	ptmem check "${watched[@]}" --min 9 "$DEBUGGEES/grow" 64x5
	ended 0
	same - out <<-'END'
	grew 64 pages 5 times
	within limits (2 checked)
	END
}

test_nothing_is_recorded_but_on_demand() {
	check --min 99 "$DEBUGGEES/grow" 1x1
	[ ! -e mem_trace.raw ]
	check --min 99 --raw kept.raw "$DEBUGGEES/grow" 1x1
	ended 0
	[ -s kept.raw ]
}

test_baseline() {
	record base 64x5
	record new 64x9
	check "${watched[@]}" --baseline base --min 1 -- "$DEBUGGEES/grow" 64x9
	ended 120
	mv report run
	check --baseline base --min 1 new
	ended 120
	same run report
	same - report <<-'END'
	DIR/debuggee.h:80: map_pages grew by 1 MB, from 1.25 MB to 2.25 MB, which reaches the limit of 1 MB
	    heaviest path, 2.25 MB: grow_n > map_pages
	DIR/grow.c:9: grow_n grew by 1 MB, from 1.25 MB to 2.25 MB, which reaches the limit of 1 MB
	    heaviest path, 2.25 MB: grow_n
	2 of 2 exceed their limits
	END
	check --baseline base --min 1.5 new
	ended 0
	check --baseline new --min 0 base
	ended 0
	check --baseline base --min 0 base
	ended 0
}

test_budgets() {
	printf '%s\n' '# ours' 'map_* 2 MB' 'grow_n 1.2MB # less' 'nobody 1 kB' >budgets.txt
	check "${watched[@]}" --min 0.1 --budgets budgets.txt "$DEBUGGEES/grow" 64x5
	ended 120
	same - report <<-'END'
	DIR/grow.c:9: grow_n added 1.25 MB, 0.05 MB over its budget of 1.2 MB (budgets.txt:3)
	    heaviest path, 1.25 MB: grow_n
	1 of 2 exceeds its limit
	END
	grep -qx "ptmem: budgets.txt:4: 'nobody' decides about no function of this run" err
	echo '[startup] 0' >budgets.txt
	check --funcs main --budgets budgets.txt "$DEBUGGEES/grow" 1x1
	ended 120
	grep -q '^\[startup\] added .* over its budget of 0 MB (budgets.txt:1)$' report
}

test_max_rss() {
	check --max-rss 1000 "$DEBUGGEES/grow" 64x5
	ended 0
	same - report <<<'within limits (1 checked)'
	check --max-rss 1 "$DEBUGGEES/grow" 64x5
	ended 120
	grep -qE '^max mem usage was [0-9.]+ MB, [0-9.]+ MB over the limit of 1 MB$' report
}

test_statuses() {
	check --min 99 -- sh -c 'exit 7'
	ended 7
	grep -qx 'ptmem: the program ended with status 7 in run 1 of 1' err
	check --min 99 -- sh -c 'kill -9 $$'
	ended 137
	check --max-rss 0.1 -- sh -c 'exit 7'
	ended 120
	refuses 127 'no-such-program: not found in PATH' check --min 1 no-such-program
	printf text >text
	ptmem check --min 1 ./text
	ended 126
}

test_runs() {
	check "${watched[@]}" --min 1 --runs 3 "$DEBUGGEES/grow" 64x5
	ended 120
	tail -n 1 report >last
	same - last <<<'2 of 2 exceed their limits; 3 runs without a difference'
	grep -q '; median of 3 runs, which had 1.25 MB to 1.25 MB$' report
}

test_a_run_that_fails_is_the_last() {
	# shellcheck disable=SC2016 # the program's
	check --max-rss 1000 --runs 5 -- sh -c 'echo >>runs; [ $(wc -l <runs) -lt 2 ]'
	ended 1
	[ "$(wc -l <runs)" -eq 2 ]
	grep -qx 'ptmem: the program ended with status 1 in run 2 of 5' err
}

test_junit() {
	check "${watched[@]}" --min 1 --max-rss 1000 --format junit "$DEBUGGEES/grow" 64x5
	ended 120
	same - report <<-'END'
	<?xml version="1.0" encoding="UTF-8"?>
	<testsuites name="ptmem" tests="3" failures="2" errors="0" time="0">
	  <testsuite name="grow" tests="3" failures="2" errors="0" time="0" skipped="0">
	    <testcase classname="ptmem.max-rss" name="max mem usage" time="0"/>
	    <testcase classname="ptmem.min" name="DIR/debuggee.h:map_pages" file="DIR/debuggee.h" time="0">
	      <failure type="min" message="map_pages added 1.25 MB, 0.25 MB over the limit of 1 MB">DIR/debuggee.h:80: map_pages added 1.25 MB, 0.25 MB over the limit of 1 MB
	heaviest path, 1.25 MB: grow_n &#62; map_pages</failure>
	    </testcase>
	    <testcase classname="ptmem.min" name="DIR/grow.c:grow_n" file="DIR/grow.c" time="0">
	      <failure type="min" message="grow_n added 1.25 MB, 0.25 MB over the limit of 1 MB">DIR/grow.c:9: grow_n added 1.25 MB, 0.25 MB over the limit of 1 MB
	heaviest path, 1.25 MB: grow_n</failure>
	    </testcase>
	  </testsuite>
	</testsuites>
	END
}

# Whatever the names are: C++ has all that XML has to escape, and files may be called anything.
test_junit_is_valid() {
	local file

	file=$'a<&"\'\001\t\n\377.c'
	printf 'char *p; int eat(void) { unsigned long n = 1 << 20; p = __builtin_malloc(n); while (n) p[n -= 4096] = 1; return 0; }\nint main(void) { return eat(); }\n' >"$file"
	cc -g -O0 -o odd "$file"
	ptmem check --min 0.5 --format junit -o odd.xml ./odd
	ended 120
	ptmem check --min 0.01 --format junit -o names.xml "$DEBUGGEES/names"
	ptmem check --max-rss 1000 --min 1000 --format junit -o within.xml "$DEBUGGEES/grow" 64x5
	ended 0
	for file in odd names within; do
		xmllint --nonet --noout --schema "$here/junit.xsd" "$file.xml" 2>said ||
			fail "$(cat said "$file.xml")"
	done
	grep -q '&#60;' names.xml || fail 'no template in:' "$(cat names.xml)"
	# The schema does refuse what is none.
	sed 's/ tests="[0-9]*"//' within.xml >wrong.xml
	! xmllint --nonet --noout --schema "$here/junit.xsd" wrong.xml 2>said
}

test_github() {
	local root

	root=$(sed -n 's,^\(/.*\)/test/debuggee/grow\.c:.*,\1,p' <(
		ptmem --funcs grow_n --no-raw -o report "$DEBUGGEES/grow" 64x5
		sed 's/^ *[0-9.]* *[0-9]* *//' report
	))
	GITHUB_WORKSPACE=$root/ check "${watched[@]}" --min 1 --format github "$DEBUGGEES/grow" 64x5
	ended 120
	same - plain <<-'END'
	::error file=test/debuggee/debuggee.h,line=80,title=Memory of grow::map_pages added 1.25 MB, 0.25 MB over the limit of 1 MB%0Aheaviest path, 1.25 MB: grow_n > map_pages
	::error file=test/debuggee/grow.c,line=9,title=Memory of grow::grow_n added 1.25 MB, 0.25 MB over the limit of 1 MB%0Aheaviest path, 1.25 MB: grow_n
	2 of 2 exceed their limits
	END
}

test_json() {
	record new 64x5
	check --min 1 --format json new
	ended 120
	grep -qx '  "checked": 2,' plain
	grep -qx '  "exceeded": 2,' plain
	grep -qx '  "name": "new",' plain
	grep -q '"kind": "min", "exceeded": true, "function": "grow_n", .*"line": 9, "limit_bytes": 1048576, "judged_bytes": 1310720,' plain
}

test_patterns_on_a_recording() {
	record new 64x5
	check --min 1 --funcs 'map_*' new
	ended 120
	[ ! -s err ]
	same - report <<-'END'
	DIR/debuggee.h:80: map_pages added 1.25 MB, 0.25 MB over the limit of 1 MB
	    heaviest path, 1.25 MB: grow_n > map_pages
	1 of 1 exceeds its limit
	END
	ptmem check --min 1 --funcs growth new
	ended 125
}

test_command_lines_that_are_wrong() {
	record base 1x1
	refuses 125 'check: no limit to check: give --min MB, --budgets FILE or --max-rss MB' check true
	refuses 125 'check: no limit to check: give --min MB, --budgets FILE or --max-rss MB' check base
	refuses 125 '--baseline: how much may a function have grown? give --min MB as well' \
		check --baseline base --max-rss 1 true
	refuses 125 "--baseline: 'base' measured anon: give --metric anon" \
		check --baseline base --min 1 true
	refuses 125 'missing: No such file or directory' check --baseline missing --min 1 true
	refuses 125 "--runs: 'base' is a recording: give a program to run" check --min 1 --runs 2 base
	refuses 125 "--runs: '0' is not a number of runs from 1 to 1000: give e.g. --runs 5" \
		check --min 1 --runs 0 true
	refuses 125 "--max-rss: 'x' is not a number of MB from 0 to 1000000000: give e.g. --max-rss 0.5" \
		check --max-rss x true
	refuses 125 "'base' is a recording, and nothing may follow it: put options before it, and check one recording at a time" \
		check base --min 1
	echo 'grow ten' >budgets.txt
	refuses 125 "budgets.txt:1: 'grow ten': no limit at its end in kB, MB or GB: give e.g. 'table_grow 10 MB'" \
		check --budgets budgets.txt touch ran
	[ ! -e ran ]
	refuses 125 'no program or recording to check: ptmem check [OPTION...] [--] PROGRAM|FILE, or ptmem check --help' \
		check --min 1
}

test_budgets_that_are_no_file_of_text() {
	truncate -s 3G large
	refuses 125 'large: larger than 1 MB: this is no file of budgets' check --budgets large true
	refuses 125 '/dev/zero: larger than 1 MB: this is no file of budgets' check --budgets /dev/zero true
	printf 'f 1\n\0 2\n' >nul
	refuses 125 'nul:2: there is a NUL in it: this is no text' check --budgets nul true
	printf '\177ELF\002\001' >binary
	ptmem check --budgets binary true
	ended 125
	[ "$(wc -l <err)" -eq 1 ]
}

# What is left of it may exceed a limit; that it does not says nothing.
test_a_recording_that_was_cut() {
	record whole 64x5
	head -c -20 whole >cut.raw
	ptmem check --min 99 cut.raw
	ended 125
	grep -qx 'ptmem: cut.raw: it was cut: what came after that may have exceeded a limit' err
}

# block LANGUAGE NUMBER: a block of the documentation.
block() {
	awk -v language="$1" -v number="$2" '
		$0 == "```" { on = 0 }
		on { print }
		$0 == "```" language && ++count == number { on = 1 }' "$ci"
}

# A small program, and what the documentation's examples want beside it.
project() {
	cat >app.c <<-'END'
	#include <stdlib.h>
	char *kept;
	static void __attribute__((noinline)) grow(size_t size) { kept = malloc(size); while (size) kept[size -= 4096] = 1; }
	int main(int argc, char **argv) { grow(argc > 1 ? 8 << 20 : 2 << 20); return argv == 0; }
	END
	printf '%s\n' 'grow 4 MB' '* 8 MB' >budgets.txt
	mkdir bin
	ln -s "$PTMEM" bin/ptmem
	PATH=$PWD/bin:$PATH
}

test_makefile_of_the_documentation() {
	project
	block make 1 >Makefile
	[ -s Makefile ]
	limited make baseline
	ended 0
	limited make check-memory
	ended 0
	grep -qx 'within limits ([0-9]* checked)' out
	sed -i 's/2 << 20/4 << 20/' app.c
	touch -d '+1 minute' app.c
	limited make check-memory
	ended 2
	grep -q '^.*/app.c:3: grow grew by 2 MB, from 2.* MB to 4.* MB, 1 MB over the limit of 1 MB$' out ||
		fail "$(cat out err)"
}

# The commands that a CI would run: `run: COMMAND` of GitHub's, `- COMMAND` of GitLab's.
test_jobs_of_the_documentation() {
	local number

	project
	cc -g -O2 -o app app.c
	ptmem --metric anon --raw memory.raw -o /dev/null ./app
	for number in 1 2; do
		block yaml "$number" >job.yml
		sed -nE 's/^ +(run:|-) ((cc|ptmem) .*)/\2/p' job.yml >job.sh
		grep -q '^ptmem check' job.sh
		limited bash -eux job.sh
		[ "$status" -eq 0 ] || fail "job $number: status $status" "$(cat out err)"
	done
	xmllint --nonet --noout --schema "$here/junit.xsd" memory.xml
	[ -s new.raw ]
	if python3 -c 'import yaml' 2>err; then
		for number in 1 2; do
			block yaml "$number" | python3 -c 'import sys, yaml; yaml.safe_load(sys.stdin)'
		done
	fi
}

run_tests "$@"
