#!/usr/bin/env bash
# Functions that the compiler inlined, and the lines of calls, to the page: C and C++, by both
# compilers.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

source=$tests/debuggee/inlined.c

# build COMPILER OPTION...: the debuggee, in the working directory.
build() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
	"$1" -O2 -g -D_GNU_SOURCE -fno-optimize-sibling-calls "${@:2}" -o inlined "$source"
	DEBUGGEES=$PWD
}

# inlined_grew FUNCTION PAGES: by so much, with no number of calls.
inlined_grew() {
	awk -v name="$1 [inlined]" -v pages="$2" '
		$2 == "-" { text = $0; sub(/^.*:[0-9]+:/, "", text); if (text == name) grown = $1 * 256 }
		END { exit grown != pages }' report || fail "$1 [inlined]: not $2 pages" "$(cat report)"
}

# tree OPTION...: of the recording, in pages, from fill() and twice() on, with the lines alone.
tree() {
	"$PTMEM" post run.raw --tree --min 0 --precision 17 --funcs 'fill,twice' "$@" |
		awk '{ match($0, /^ */); indent = RLENGTH / 4
			if (!match($0, /  +-?[0-9.]+ MB  \(/)) next
			what = substr($0, 1, RSTART - 1); sub(/^ */, "", what); sub(/^.*\//, "", what)
			rest = substr($0, RSTART); split(rest, part, " ")
			printf "%*s%s %g\n", indent, "", what, part[1] * 256 }'
}

# line TEXT: the number of the line that it is in.
line() {
	grep -nF "$1" "$source" | cut -d: -f1
}

# What main() leads to, as its declaration or as a call has it; CALLS is where calls are.
expected_declarations() {
	cat <<-END
		inlined.c:$(line 'NOINLINE void twice'):twice 4
		 inlined.c:$(line 'INLINE void pass'):pass [inlined] 4
		  inlined.c:$(line 'NOINLINE void first'):first 4
		   inlined.c:$(line 'INLINE void pass'):pass [inlined] 4
		    inlined.c:$(line 'NOINLINE void second'):second 4
		     inlined.c:$(line 'NOINLINE void take'):take 4
		inlined.c:$(line 'NOINLINE void fill'):fill 60
		 inlined.c:$(line 'INLINE void row'):row [inlined] 12
		  inlined.c:$(line 'INLINE void cell'):cell [inlined] 4
		   inlined.c:$(line 'NOINLINE void take'):take 4
		  inlined.c:$(line 'NOINLINE void take'):take 8
		 inlined.c:$(line 'INLINE void cell'):cell [inlined] 16
		  inlined.c:$(line 'NOINLINE void take'):take 16
		 inlined.c:$(line 'NOINLINE void take'):take 32
	END
}

expected_calls() {
	cat <<-END
		inlined.c:$(line '/* twice in main */'):twice 4
		 inlined.c:$(line 'pass(first, pages);'):pass [inlined] 4
		  inlined.c:$(line '/* in pass */'):first 4
		   inlined.c:$(line 'pass(second, pages);'):pass [inlined] 4
		    inlined.c:$(line '/* in pass */'):second 4
		     inlined.c:$(line '/* in second */'):take 4
		inlined.c:$(line '/* fill in main */'):fill 60
		 inlined.c:$(line '/* row in fill */'):row [inlined] 12
		  inlined.c:$(line '/* cell in row */'):cell [inlined] 4
		   inlined.c:$(line '/* in cell */'):take 4
		  inlined.c:$(line '/* in row */'):take 8
		 inlined.c:$(line '/* cell in fill */'):cell [inlined] 16
		  inlined.c:$(line '/* in cell */'):take 16
		 inlined.c:$(line '/* in fill */'):take 32
	END
}

# below_main: what tree() prints below main().
below_main() {
	sed -n 's/^ //p'
}

all_is_known() {
	build "$@"
	watch --raw run.raw -- inlined 4
	inlined_grew row 12
	inlined_grew cell 20
	inlined_grew pass 4
	grew fill 60 1
	grew take 64 5
	tree | below_main >declarations
	same <(expected_declarations) declarations
	tree --callsites | below_main >calls
	same <(expected_calls) calls
}

test_c_by_gcc() {
	all_is_known gcc
}

test_c_by_clang() {
	all_is_known clang
}

test_cxx_by_gcc() {
	all_is_known g++ -x c++
}

test_cxx_by_clang() {
	all_is_known clang++ -x c++
}

test_dwarf_4() {
	all_is_known gcc -gdwarf-4
}

test_post_prints_what_the_run_printed() {
	local view

	build gcc
	for view in --flat '--tree --min 0' '--tree --min 0 --callsites' '--net' '--self' '--top 3'; do
		# shellcheck disable=SC2086
		ptmem --raw run.raw --force -o run.txt $view -- ./inlined 4
		# shellcheck disable=SC2086
		ptmem post -o post.txt $view run.raw
		ended 0
		same run.txt post.txt
		[[ $view == --self || $view == --top* ]] || grep -q 'inlined\]' post.txt
	done
}

# Also where the program is not there any more.
test_a_recording_needs_no_program() {
	build gcc
	ptmem --raw run.raw -o run.txt --tree --min 0 --callsites -- ./inlined 4
	rm inlined
	ptmem post -o post.txt --tree --min 0 --callsites run.raw
	same run.txt post.txt
}

# And one that was cut before its names knows what the program's file says.
test_a_recording_that_was_cut_is_looked_up() {
	build gcc
	ptmem --raw run.raw -o run.txt --tree --min 0 -- ./inlined 4
	# The last records are names, sites and the end, 16 bytes and what they hold each.
	python3 - <<-'END'
		import struct
		bytes = open('run.raw', 'rb').read()
		at = 16
		while bytes[at] not in (3, 5):
		    at += 16 + struct.unpack('<I', bytes[at + 4:at + 8])[0]
		open('cut.raw', 'wb').write(bytes[:at])
	END
	ptmem post -o post.txt --tree --min 0 cut.raw
	grep -q 'cut' err
	grep -v '^Max mem' run.txt >run.rows
	grep -v '^Max mem' post.txt >post.rows
	same run.rows post.rows
}

test_patterns_match_them() {
	build gcc
	ptmem --raw run.raw -o run.txt -- ./inlined 4
	ptmem post --funcs cell run.raw
	ended 0
	[ "$(grep -c 'cell \[inlined\]$' out)" -eq 1 ]
	[ "$(grep -c take out)" -eq 0 ]
	ptmem post --funcs 'cell [inlined]' run.raw
	ended 0
	[ "$(grep -c 'cell \[inlined\]$' out)" -eq 1 ]
	ptmem post --exclude 'cell' run.raw
	[ "$(grep -c cell out)" -eq 0 ]
	ptmem post --tree --min 0 --funcs 'row' run.raw
	grep -q 'row \[inlined\]  *0.05 MB  (- calls)$' out
	[ "$(grep -c twice out)" -eq 0 ]
}

test_they_are_judged() {
	build gcc
	printf 'cell [inlined] 75 kB\nrow 1 MB\n' >budgets
	ptmem check --budgets budgets -- ./inlined 4
	ended 120
	grep -q 'cell \[inlined\] added 0.07812 MB, .* over its budget' out
	ptmem --raw run.raw -o run.txt -- ./inlined 4
	ptmem check --min 0.05 run.raw
	ended 120
	grep -q 'cell \[inlined\] added' out
	[ "$(grep -c 'row \[inlined\] added' out)" -eq 0 ]
}

test_exports() {
	build gcc
	ptmem --raw run.raw -o run.txt -- ./inlined 4
	ptmem post --export folded run.raw
	grep -qx 'main;fill;row_\[i\];cell_\[i\];take 16384' out
	ptmem post --export csv run.raw
	grep -q '^49152,0,49152,,,.*,row \[inlined\],' out
	ptmem post --export json run.raw
	python3 - out <<-'END'
		import json, sys
		profile = json.load(open(sys.argv[1]))
		row, = [f for f in profile['functions'] if f['function'] == 'row']
		assert row['inlined'] and row['calls'] is None and row['memory'] == 49152, row
		assert 'row(size_t pages)' in row['source'], row
		take, = [f for f in profile['functions'] if f['function'] == 'take']
		assert 'inlined' not in take and take['calls'] == 5, take
	END
}

test_several_recordings() {
	build gcc
	ptmem --raw a.raw -o a.txt -- ./inlined 4
	ptmem --raw b.raw -o b.txt -- ./inlined 8
	ptmem post --precision 17 -o report a.raw b.raw
	inlined_grew row 36
	inlined_grew cell 60
	ptmem diff a.raw b.raw
	grep -q '+0.07812  grown   .*:cell \[inlined\]$' out
}

# What is jumped to returns to where its caller was called from: that is no site of its own.
test_a_tail_call_has_no_line() {
	build gcc -foptimize-sibling-calls
	watch --raw run.raw -- inlined 4
	tree --callsites | below_main >calls
	grep -qx " inlined.c:$(line 'NOINLINE void take'):take 32" calls || fail "$(cat calls)"
}

# However often it calls itself, each depth is one path, and a recording has no more in it.
test_a_recursion_has_one_path() {
	build gcc
	watch --raw run.raw --max-hits 0 --funcs fib -- inlined 4 15
	ptmem post --tree --min 0 --callsites run.raw
	[ "$(grep -c fib out)" -eq 15 ]
	grep -q 'inlined.c:[0-9]*:fib .* (1 calls)$' out
}

test_callsites_are_of_the_tree() {
	refuses 125 '--callsites: it is for the tree, where a row is a call: give --tree as well' \
		--callsites true
	refuses 125 '--callsites: it is for the tree, where a row is a call: give --tree instead' \
		post --callsites --export json run.raw
}

run_tests "$@"
