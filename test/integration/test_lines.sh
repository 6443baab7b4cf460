#!/usr/bin/env bash
# Line by line, to the page: what each line adds, as the sources of the debuggees say behind it,
# by both compilers, with and without optimisation, by every engine; and what the reports say.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
EVERY_ENGINE=1
. "$(dirname "$0")/../lib.sh"
JOBS=2

debuggees=$tests/debuggee
functions=loop,nested,recurse,ping,pong,early,jumps,catches,inlines,turns,cases

# build COMPILER SOURCE OPTION...: as `program`, in the working directory.
build() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
	case $2 in
	*.rs) "$1" -g "${@:3}" -o program "$debuggees/$2" ;;
	*) "$1" -g -D_GNU_SOURCE -fno-optimize-sibling-calls -pthread "${@:3}" -o program \
		"$debuggees/$2" ;;
	esac
}

# list OPTION...: a run of `program`, with its listings in `out`.
list() {
	ptmem --precision 6 --raw run.raw "$@" ./program
	ended 0
}

# lacks PATTERN: no line of `out` has it.
lacks() {
	if grep -q "$1" out; then
		fail "$1:" "$(cat out)"
	fi
}

# marked COUNTS: each marked line of `out` adds what its mark says, and is begun as often as COUNTS
# allows: `exactly` so often, or `at-most`. There must be some.
marked() {
	awk -v counts="$1" '
		/\/\/= / {
			split(substr($0, index($0, "//= ") + 4), mark, " ")
			ran = $3 == "MiB"
			pages = ran ? $4 * 256 : 0
			begun = ran ? $6 : 0
			pages = int(pages + (pages < 0 ? -0.5 : 0.5))
			wrong = pages != mark[1] || begun > mark[2] ||
				(counts == "exactly" && begun != mark[2])
			if (wrong)
				printf "%d pages, begun %d times: %s\n", pages, begun, $0
			bad += wrong
			seen++
		}
		END { exit bad || !seen }' out || fail 'listed:' "$(cat out err)"
}

# net FUNCTION: its pages in `report`, inlined or not.
net() {
	awk -v name="$1" '
		$1 ~ /^-?[0-9][0-9.e+-]*$/ && $2 ~ /^([0-9]+|-)$/ {
			function_name = $0
			sub(/^.*:[0-9]+:/, "", function_name)
			sub(/ \[inlined\]$/, "", function_name)
			if (function_name == name)
				pages += $1 * 256
		}
		END { printf "%.0f", pages }' report
}

# sums_agree: what is listed of a function sums to its row in the flat table.
sums_agree() {
	local name sum

	"$PTMEM" post run.raw --net --precision 17 >report
	awk '/^Function: / { name = $2 } $3 == "MiB" { sum[name] += $4 * 256 }
		END { for (name in sum) printf "%s %.0f\n", name, sum[name] }' out >sums
	[ -s sums ]
	while read -r name sum; do
		[ "$(net "$name")" -eq "$sum" ] || fail "$name: $sum pages are listed" "$(cat report out)"
	done <sums
}

# of_c COMPILER OPTIMISATION COUNTS
of_c() {
	build "$1" lines.c "$2"
	list --engine faults "--lines=$functions,both"
	marked at-most
	sums_agree
	list --exact "--lines=$functions"
	marked at-most
	sums_agree
	list --engine breakpoints "--lines=$functions"
	marked "$3"
	sums_agree
}

test_c() {
	of_c gcc -O0 exactly
}

test_c_optimised() {
	of_c gcc -O2 at-most
}

test_c_by_clang() {
	of_c clang -O0 exactly
}

test_c_by_clang_optimised() {
	of_c clang -O3 at-most
}

test_inlined_code_by_breakpoints() {
	build gcc lines.c -O2
	list --engine breakpoints --lines=both
	marked at-most
	[ "$(grep -c '^Function: ' out)" -eq 1 ]
}

# of_cc COMPILER OPTIMISATION COUNTS
of_cc() {
	build "$1" lines.cc "$2"
	list --engine faults --lines=throws,rethrows,catches,fills,fill
	marked at-most
	grep -qx 'Function: table<>::fill (3 instantiations)' out
	list --engine breakpoints \
		--lines=throws,rethrows,catches,fills,fill
	marked "$3"
}

test_cc() {
	of_cc g++ -O0 exactly
}

test_cc_by_clang_optimised() {
	of_cc clang++ -O2 at-most
}

test_instantiations_apart() {
	build g++ lines.cc -O0
	list --engine breakpoints --lines=fill --instantiations
	sums_agree
	[ "$(grep -c '^Function: table<.*>::fill$' out)" -eq 3 ]
}

test_rust() {
	build rustc lines.rs -C opt-level=0
	list --engine faults --lines=grows
	marked at-most
	list --engine breakpoints --lines=grows
	marked exactly
	build rustc lines.rs -C opt-level=3
	list --engine faults --lines=grows
	marked at-most
}

test_every_line_of_the_function() {
	local first last

	build gcc lines.c -O0
	list --engine breakpoints --lines=early
	first=$(grep -n '^NOINLINE int early' "$debuggees/lines.c" | cut -d: -f1)
	last=$(awk -v first="$first" 'NR > first && /^}/ { print NR; exit }' "$debuggees/lines.c")
	sed -n '/^===/,/^$/p' out | awk '/^ *[0-9]/ { print $1 }' >numbers
	same <(seq "$first" "$last") numbers
	sed -n "s/^ *[0-9][0-9]*   [^\t]*   \(\t.*\)/\1/p" out >text
	grep -Eqx "	take\(7\); *//= 21 3" text
}

test_form_of_memory_profiler() {
	build gcc lines.c -O0
	list --engine breakpoints --lines=inlines --precision 1
	sed -n 1,5p out | sed "s|$debuggees|.|" >heading
	same heading - <<-'END'
		Filename: ./lines.c
		Function: inlines

		Line #    Mem usage    Increment  Occurrences   Line Contents
		=============================================================
	END
	grep -Eqx ' {3}1[0-9]{2} {6}[0-9]\.[0-9] MiB {6}0\.0 MiB {11}3   	for \(int i = 0; i < 2; i\+\+\)' out
	ptmem post run.raw --lines=inlines --style classic
	grep -qx 'Line #    Mem usage  Increment   Line Contents' out
	grep -Eqx ' {3}1[0-9]{2} {6}[0-9]\.[0-9]{2} MB    0\.03 MB   		both\(3\);  *//= 8 2' out
}

test_recordings_say_the_same() {
	build gcc lines.c -O2
	list --engine faults "--lines=$functions"
	mv out live
	ptmem post run.raw --precision 6 "--lines=$functions"
	same live out
	# What was listed is in the recording, whatever became of the program.
	rm program
	ptmem post run.raw --precision 6 "--lines=$functions"
	same live out
}

test_any_recording_of_faults_tells_of_lines() {
	build gcc lines.c -O0
	ptmem --engine faults --raw run.raw ./program
	ended 0
	ptmem post run.raw --precision 6 "--lines=$functions"
	marked at-most
	ptmem --engine breakpoints --raw calls.raw ./program
	refuses 125 'calls.raw: it says nothing of lines: record with --lines, or with --engine faults' \
		post calls.raw --lines=loop
}

test_several_recordings() {
	build gcc lines.c -O0
	list --engine breakpoints --lines=loop
	cp run.raw other.raw
	ptmem post run.raw other.raw --precision 6 --lines=loop
	grep -Eq '3\.906250 MiB +10 .*char \*large' out || fail "$(cat out err)"
}

test_ranges() {
	local from

	build gcc lines.c -O2
	from=$(grep -n 'char \*large' "$debuggees/lines.c" | cut -d: -f1)
	list --engine breakpoints "--lines=lines.c:$from-$((from + 1))"
	marked exactly
	[ "$(grep -c '^ *[0-9]' out)" -eq 2 ]
	list --engine faults "--lines=lines.c:$((from + 2))"
	marked at-most
	[ "$(grep -c '^ *[0-9]' out)" -eq 1 ]
}

test_heaviest() {
	build gcc lines.c -O0
	list --engine faults --lines
	[ "$(grep -c '^Function: ' out)" -eq 5 ]
	[ "$(grep '^Function: ' out | tail -n 1)" = 'Function: map_pages' ]
	ptmem post run.raw --lines --top 2
	[ "$(grep -c '^Function: ' out)" -eq 2 ]
}

test_what_is_hidden() {
	build gcc lines.c -O0
	list --engine breakpoints --lines=loop --only-increases
	[ "$(grep -c '^ *[0-9]' out)" -eq 2 ] || fail "$(cat out)"
	list --engine breakpoints --lines=loop --min 1
	[ "$(grep -c '^ *[0-9]' out)" -eq 2 ] || fail "$(cat out)"
	grep -q '^ptmem: [0-9]* rows below 1 MB are not shown' err
	list --engine breakpoints --lines=loop --color always
	grep -q $'^\033\[31m.*char \*large.*\033\[0m$' out
}

test_source_that_is_not_what_was_compiled() {
	mkdir old
	cp "$debuggees/lines.c" "$debuggees/debuggee.h" old
	gcc -g -O0 -D_GNU_SOURCE -pthread -o program old/lines.c
	touch -d '1 hour' old/lines.c
	list --engine breakpoints --lines=loop
	grep -qx 'Source: not the one that was compiled' out
	grep -Eqx ' +[0-9]+ +[0-9.]+ MiB +1\.953125 MiB +5' out
	rm old/lines.c
	list --engine breakpoints --lines=loop
	grep -qx 'Source: not found: see --path-map' out
	ptmem post run.raw --precision 6 --lines=loop "--path-map=$PWD/old=$debuggees"
	lacks '^Source'
	marked exactly
	list --engine breakpoints --lines=loop "--path-map=$PWD/old=$debuggees"
	lacks '^Source'
	marked exactly
	# Beside the program.
	cp -p "$debuggees/lines.c" .
	list --engine breakpoints --lines=loop
	lacks '^Source'
	marked exactly
}

test_sum_of_the_source() {
	command -v clang >/dev/null || skip 'clang is not installed'
	mkdir old
	cp "$debuggees/lines.c" "$debuggees/debuggee.h" old
	clang -g -gdwarf-5 -O0 -D_GNU_SOURCE -pthread -o program old/lines.c
	touch -d '1 hour' old/lines.c
	list --engine breakpoints --lines=loop
	lacks '^Source' # it is the same, whatever its time says
	sed -i 's/large/light/' old/lines.c
	touch -d '1 hour ago' old/lines.c
	list --engine breakpoints --lines=loop
	grep -qx 'Source: not the one that was compiled' out
}

# A server has the source by the path that the compiler knew, wherever that is printed to be.
test_source_from_a_server() {
	local port=$((20000 + RANDOM % 12000)) server tries=0

	command -v debuginfod >/dev/null || skip 'debuginfod is not installed'
	mkdir tree src
	cp "$debuggees/lines.c" "$debuggees/debuggee.h" src
	gcc -g -O0 -Wl,--build-id -D_GNU_SOURCE -pthread -o program "$PWD/src/lines.c"
	cp program tree
	debuginfod -p "$port" -d :memory: -F tree >server.log 2>&1 &
	server=$!
	# shellcheck disable=SC2064 # its number is known now
	trap "kill $server; wait $server || :" EXIT
	export DEBUGINFOD_URLS=http://127.0.0.1:$port
	until DEBUGINFOD_CACHE_PATH=$PWD/probed debuginfod-find debuginfo program >/dev/null 2>&1 ||
		[ $((++tries)) -gt 100 ]; do
		rm -rf probed # what is not there is remembered
		sleep 0.1
	done
	DEBUGINFOD_CACHE_PATH=$PWD/cache list --engine breakpoints --lines=early \
		"--path-map=$PWD/src=/nowhere"
	grep -qx 'Filename: /nowhere/lines.c' out
	marked exactly
}

test_mistakes() {
	build gcc lines.c -O0
	ptmem --no-raw --engine breakpoints --lines=lopo ./program
	refused 125 "--lines: no function matches 'lopo': the nearest is loop"
	ptmem --engine faults --raw run.raw --lines=lopo ./program
	ended 0
	grep -qx "ptmem: --lines: no function that has lines matches 'lopo': the nearest is loop" err
	refuses 125 "--lines: no function that has lines matches 'lopo': the nearest is loop" \
		post run.raw --lines=lopo
	refuses 125 "--lines: 'lines.c:20-10' is no range of lines: give e.g. lines.c:10-40" \
		--lines=lines.c:20-10 ./program
	refuses 125 "--lines: nothing was done in lines 1 to 2 of 'lines.c'" \
		post run.raw --lines=lines.c:1-2
}

run_tests "$@"
