#!/usr/bin/env bash
# plot: what is in the pictures, and how they are refused.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
JOBS=4

svg() {
	python3 "$tests/cli/svg.py" "$@"
}

# without PATTERN: no line that is read has it.
without() {
	if grep -- "$1"; then
		fail "has $1"
	fi
}

# steps: a file in mprof's format with a known curve: 10 MiB, from 2 s on 30, from 6 s on 20.
steps() {
	cat <<-'END'
	CMDLINE ./app --fast <in
	MEM 10.000000 1700000000.0000
	MEM 10.000000 1700000001.0000
	MEM 10.000000 1700000002.0000
	MEM 30.000000 1700000003.0000
	FUNC grow(std::vector<int, 8>&) 10.0000 1700000002.0000 30.0000 1700000003.0000 2
	MEM 30.000000 1700000006.0000
	MEM 20.000000 1700000007.0000
	FUNC main 10.0000 1700000000.5000 20.0000 1700000007.5000 1
	MEM 20.000000 1700000008.0000
	END
}

# children: a parent with two of them, and samples of each.
children() {
	local i

	for i in 0 1 2 3 4 5 6 7 8 9; do
		echo "MEM 5.000000 170000000$i.0000"
		[ "$i" -lt 2 ] || echo "CHLD 4711 $((i * 2)).000000 170000000$i.0000"
		[ "$i" -lt 5 ] || echo "CHLD 4712 $((i * 3)).500000 170000000$i.0000"
	done
}

# plot ARG...: into plot.svg, which is right in itself.
plot() {
	ptmem plot -o plot.svg "$@"
	ended 0
	[ ! -s out ] && [ ! -s err ]
	xmllint --noout plot.svg
	same /dev/null <(svg plot.svg check)
}

# shown ARG...: the plot as text, on a terminal of 60 columns and 24 rows.
shown() {
	limited env TERM=xterm COLUMNS=60 LINES=24 script -qec "$PTMEM plot $*" /dev/null
	tr -d '\r' <out >shown
}

test_svg_of_a_known_curve() {
	steps >steps.dat
	plot steps.dat
	same - <(svg plot.svg texts) <<-'END'
	./app --fast <in
	0
	5
	10
	15
	20
	25
	30
	memory (MiB)
	peak 30 MiB at 3 s
	a
	b
	0
	1
	2
	3
	4
	5
	6
	7
	8
	time (s)
	main
	7 s
	a
	grow(std::vector<int, 8>&)
	1 s
	b
	END
	same - <(svg plot.svg titles) <<-'END'
	steps.dat | peak 30 MiB at 3 s
	peak 30 MiB at 3 s
	main | 7 s, from 500 ms to 7.5 s | +10 MiB
	grow(std::vector<int, 8>&) | 1 s, from 2 s to 3 s | +20 MiB
	END
	grep -q '<polyline points="49.4,336.8 162.7,336.8 276.0,336.8 389.4,106.5 729.3,106.5 842.7,221.7 956.0,221.7" stroke="#0072b2" ' plot.svg
	same - <(svg plot.svg dashes) <<-'END'
	49.4,106.5 956.0,106.5
	389.4,106.5 389.4,452.0
	END
}

test_without_brackets() {
	steps >steps.dat
	plot -n steps.dat
	svg plot.svg titles | without main
	svg plot.svg texts | without '^main$'
}

test_flames() {
	steps >steps.dat
	plot -f steps.dat
	[ "$(svg plot.svg texts | grep -cx main)" -eq 2 ] # in its box, and in the legend
	svg plot.svg titles | grep -qx 'main | 7 s, from 500 ms to 7.5 s | +10 MiB'
	# One box over the other, by their time.
	grep -q '<polygon points="106.0,483.0 899.3,483.0 899.3,501.0 106.0,501.0"' plot.svg
	grep -q '<polygon points="276.0,463.0 389.4,463.0 389.4,481.0 276.0,481.0"' plot.svg
}

test_slope() {
	printf 'MEM %d %d\n' 10 100 11 101 12 102 13 103 >line.dat
	plot --slope line.dat
	svg plot.svg texts | grep -qx 'peak 13 MiB, slope +1 MiB/s'
	printf 'MEM %d %d\n' 3 100 2 3700 1 7300 >line.dat
	plot --slope line.dat
	svg plot.svg texts | grep -qx 'peak 3 MiB, slope -1 MiB/h'
	printf 'MEM 3 100\n' >line.dat
	plot --slope line.dat
	svg plot.svg texts | grep -qx 'peak 3 MiB, slope unknown'
}

test_window() {
	steps >steps.dat
	plot -w 5,7.5 steps.dat
	svg plot.svg titles | grep -qx 'peak 30 MiB at 6 s'
	svg plot.svg texts | grep -qx '7.5'
	svg plot.svg texts | without '^4\.5$'
	plot -w 3.5,4 steps.dat # between two samples
	svg plot.svg titles | grep -qx 'peak 30 MiB at 3.5 s'
	refuses 125 '--window: nothing was measured between 20 and 30 s' plot -w 20,30 -o x.svg steps.dat
	[ ! -e x.svg ]
}

test_title() {
	steps >steps.dat
	plot -t 'A & B' steps.dat
	[ "$(svg plot.svg texts | head -n 1)" = 'A & B' ]
	plot -t '' steps.dat
	[ "$(svg plot.svg texts | head -n 1)" = 0 ]
}

test_several_files_begin_together() {
	printf 'MEM %d %d\n' 1 100 2 110 >a.dat
	printf 'MEM %d %d\n' 3 5000 4 5010 >b.dat
	plot a.dat b.dat
	grep -q 'points="41.7,339.6 956.0,253.3" stroke="#0072b2"' plot.svg
	grep -q 'points="41.7,166.9 956.0,80.5" stroke="#d55e00"' plot.svg
	svg plot.svg titles | grep -qx 'b.dat | peak 4 MiB at 10 s'
}

test_children_are_curves() {
	children >children.dat
	plot children.dat
	svg plot.svg texts | grep -A 1 -x 'child 4711' | grep -qx 'peak 18 MiB'
	svg plot.svg texts | grep -A 1 -x 'child 4712' | grep -qx 'peak 27.5 MiB'
	svg plot.svg titles | grep -qx 'peak 27.5 MiB at 9 s'
}

# Ten of them, by index, oldest first: each with a look of its own, and a legend below the data.
test_ten_curves() {
	local i

	for i in 0 1 2 3 4 5 6 7 8 9; do
		printf 'MEM %d %d\n' $((i + 1)) 100 $((20 - i)) 110 >"mprofile_2026110${i}120000.dat"
	done
	plot 0 1 2 3 4 5 6 7 -2 -1
	[ "$(svg plot.svg texts | grep -c '^mprofile_')" -eq 10 ]
	[ "$(grep -o 'stroke="#[0-9a-f]*" stroke-width="1.6".*' plot.svg | sort -u | wc -l)" -eq 10 ]
	plot
	svg plot.svg titles | grep -qx 'mprofile_20261109120000.dat | peak 11 MiB at 10 s'
	refuses 125 '10: no such index: there are 0 to 9, or -1 to -10: see ptmem list' plot 10 -o x.svg
}

# One sample of 300,000 is higher.
test_no_peak_is_lost() {
	awk 'BEGIN { for (i = 0; i < 300000; i++)
		printf "MEM %.6f %.4f\n", i == 123456 ? 900 : 100 + i % 7, 1700000000 + i / 1000 }' >many.dat
	plot many.dat
	svg plot.svg titles | grep -qx 'peak 900 MiB at 2 min 3 s'
	[ "$(wc -c <plot.svg)" -lt 150000 ]
	same - <(svg plot.svg dashes) <<-'END'
	57.0,80.5 956.0,80.5
	427.0,80.5 427.0,426.0
	END
	grep -q ' 427.0,80.5 .*stroke="#0072b2"' plot.svg || fail 'the peak is not drawn'
}

test_png_and_pdf() {
	steps >steps.dat
	if ! "$PTMEM" --version | grep -q cairo; then
		refuses 125 "--output: 'a.png': this ptmem was built without cairo, which draws .png: name a file that ends in .svg" plot -o a.png steps.dat
		skip 'built without cairo'
	fi
	ptmem plot -o steps.png steps.dat
	ended 0
	[ "$(head -c 8 steps.png | od -An -tx1 | tr -d ' ')" = 89504e470d0a1a0a ]
	[ "$(od -An -tu1 -j 16 -N 4 steps.png | tr -s ' ')" = ' 0 0 7 168' ] # 1960 wide
	ptmem plot -o steps.PDF steps.dat
	ended 0
	[ "$(head -c 5 steps.PDF)" = '%PDF-' ]
	[ "$(tail -n 1 steps.PDF)" = '%%EOF' ]
}

# It is loaded for them alone.
test_without_the_library() {
	grep -q cairo <("$PTMEM" --version) || skip 'built without cairo'
	steps >steps.dat
	mkdir lib
	: >lib/libcairo.so.2
	export LD_LIBRARY_PATH=$PWD/lib
	refuses 125 "PNG and PDF are drawn by cairo, which cannot be loaded: $PWD/lib/libcairo.so.2: file \
too short: install it, or name a file that ends in .svg" plot -o a.png steps.dat
	[ ! -e a.png ] || fail 'it is there'
	ptmem plot -o a.svg steps.dat
	ended 0
}

test_on_a_terminal() {
	steps >steps.dat
	shown --ascii --color never steps.dat
	same - shown <<-'END'
	./app --fast <in
	MiB
	   |
	 30+--------------------]*********************--------------
	   |                   *:                     **
	   |                   *:                       *
	   |                  * :                        *
	   |                 *  :                         **
	 20+                 *  :                           ****]***
	   |                *   :
	   |               *    :
	   |              *     :
	   |              *     :
	 10+***[a********[b     :
	   |                    :
	   |                    :
	   |                    :
	  0+                    :
	   ++------------+-------------+-------------+-------------+
	    0            2             4             6           8 s
	peak 30 MiB at 3 s
	[a] main                        7 s
	[b] grow(std::vector<int, 8>&)  1 s
	END
	shown --color never steps.dat
	same - shown <<-'END'
	./app --fast <in
	MiB
	   │
	 30┤╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌]⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⡄╌╌╌╌╌╌╌╌╌╌╌╌╌
	   │                   ⢠⠃                     ⠈⢢
	   │                  ⢀⠇╎                       ⠱⡀
	   │                  ⡜ ╎                        ⠘⢄
	   │                 ⢰⠁ ╎                          ⠣⡀
	 20┤                ⢠⠃  ╎                           ⠑⠒⠒⠒]⠒⠒⠒
	   │                ⡎   ╎
	   │               ⡸    ╎
	   │              ⢠⠃    ╎
	   │             ⢀⠇     ╎
	 10┤⠉⠉⠉[a⠉⠉⠉⠉⠉⠉⠉⠉[b     ╎
	   │                    ╎
	   │                    ╎
	   │                    ╎
	  0┤                    ╎
	   └┬────────────┬─────────────┬─────────────┬─────────────┬
	    0            2             4             6           8 s
	peak 30 MiB at 3 s
	[a] main                        7 s
	[b] grow(std::vector<int, 8>&)  1 s
	END
}

test_colours_on_a_terminal() {
	children >children.dat
	shown children.dat
	grep -q $'\033\[38;5;166m━━\033\[0m child 4711    peak 18 MiB' shown
	limited env TERM=xterm NO_COLOR=1 COLUMNS=60 script -qec "$PTMEM plot children.dat" /dev/null
	without $'\033' <out
	grep -q '^+ child 4711    peak 18 MiB' out
}

# No line is wider than the terminal.
test_fits_the_terminal() {
	local columns

	steps >steps.dat
	for columns in 30 61 150; do
		limited env TERM=xterm COLUMNS=$columns script -qec \
			"$PTMEM plot --ascii -s -f --color never steps.dat" /dev/null
		[ "$(tr -d '\r' <out | awk '{ if (length > n) n = length } END { print n }')" -le "$columns" ] ||
			fail "more than $columns:" "$(cat out)"
	done
}

test_refused() {
	local suffixes='.svg' window name

	steps >steps.dat
	! "$PTMEM" --version | grep -q cairo || suffixes='.svg, .png or .pdf'
	refuses 125 "standard output is no terminal: give -o FILE, which ends in $suffixes" plot steps.dat
	for name in plot.gif plot .svg -; do
		refuses 125 "--output: '$name': its name must end in $suffixes" plot -o "$name" steps.dat
	done
	refuses 125 "--ascii is for the terminal: leave it out, or --output" plot --ascii -o a.svg steps.dat
	refuses 125 "cannot open none.dat: No such file or directory" plot -o a.svg none.dat
	[ ! -e a.svg ]
	for window in 5,2 1 ',' x,y 1,1 -1,4 1,nan 1,2,3; do
		refuses 125 "--window: '$window' is not two times in seconds, the first one earlier: give e.g. --window 0,2.5" plot "-w$window" -o a.svg steps.dat
	done
	printf 'MEM 1 10\nMEM nan 11\n' >bad.dat
	refuses 125 'cannot read bad.dat: line 2 is not as it must be: MEM, MiB, seconds' plot -o a.svg bad.dat
	: >empty.dat
	refuses 125 'cannot read empty.dat: no sample of memory in it' plot -o a.svg empty.dat
	ptmem plot -o /dev/full/a.svg steps.dat
	ended 125
}

test_what_cannot_be_written() {
	steps >steps.dat
	ln -s /dev/full full.svg
	refuses 125 'the report cannot be written to full.svg: No space left on device' plot -o full.svg steps.dat
}

# Names and commands come from files that anybody may have written.
test_hostile_names() {
	printf 'CMDLINE a\033[31m\xff<&\nMEM 1 10\nFUNC </title><script>\001 1 10 1 11 1\nCHLD 5 2 10\n' >bad.dat
	plot bad.dat
	plot -f bad.dat
	svg plot.svg texts | head -n 1 | grep -qx 'a?\[31m?<&'
	[ "$(grep -c '<script' plot.svg)" -eq 0 ]
	shown --color never bad.dat
	without $'\033' <shown
}

# Lines where the program passed marks, with their names.
test_marks() {
	cc -g -D_GNU_SOURCE -DMARKS -I "$tests/../include" -o program "$tests/debuggee/scope.c"
	ptmem -o report --tree --raw one.raw ./program
	grep -q 'loaded' report
	plot one.raw
	[ "$(svg plot.svg titles | grep -cx loaded)" -eq 1 ]
	svg plot.svg titles | grep -qx 'served 100%'
	svg plot.svg texts | grep -qx 'served 100%'
	shown --ascii --color never one.raw
	grep -q '^marks: loaded at .*, served 100% at ' shown
}

# Bands are what the heaviest paths had; with several processes each is a curve.
test_recordings() {
	ptmem -o /dev/null --raw one.raw "$DEBUGGEES/grow" 2560x5
	plot one.raw
	svg plot.svg texts | grep -A 1 -Fx 'map_pages < grow_n < main' | grep -qx '50 MiB at the peak'
	svg plot.svg titles | grep -Fqx 'map_pages < grow_n < main'
	[ "$(grep -c '<polygon.*fill="#ef[0-9a-f]*"' plot.svg)" -eq 2 ] # the band, and in the legend
	plot -w 0,0.01 -s one.raw
	shown --ascii --color never one.raw
	grep -q '^+ map_pages < grow_n < main  50 MiB at the peak' shown
	ptmem -o /dev/null -f --raw several.raw sh -c "'$DEBUGGEES/grow' 2560x5; '$DEBUGGEES/grow' 1280x5; :"
	plot several.raw
	[ "$(svg plot.svg texts | grep -c '^child [0-9]*$')" -eq 2 ]
	[ "$(svg plot.svg titles | grep -c '^child [0-9]* | peak 5[0-3][.0-9]* MiB at ')" -eq 1 ]
	[ "$(svg plot.svg titles | grep -c '^child [0-9]* | peak 2[5-8][.0-9]* MiB at ')" -eq 1 ]
	plot one.raw several.raw
}

test_recordings_that_are_cut() {
	ptmem -o /dev/null --raw one.raw "$DEBUGGEES/grow" 2560x5
	head -c $(($(wc -c <one.raw) - 20)) one.raw >cut.raw
	ptmem plot -o plot.svg cut.raw
	ended 0
	grep -q '^ptmem: cut.raw: cut: ' err
	same /dev/null <(svg plot.svg check)
	head -c 40 one.raw >cut.raw
	ptmem plot -o none.svg cut.raw
	ended 125
	[ ! -e none.svg ]
}

test_peaks_of_recordings() {
	ptmem -o /dev/null --raw one.raw "$DEBUGGEES/grow" 2560x5
	ptmem peak one.raw
	ended 0
	grep -qx $'one.raw\t5[12]\.[0-9][0-9][0-9] MiB' out
	refuses 125 "--func: 'one.raw' is a recording: ptmem post tells of its functions" peak --func main one.raw
}

test_in_a_browser() {
	command -v chromium >/dev/null || skip 'no chromium'
	children >children.dat
	plot --slope children.dat
	limited env HOME="$PWD" chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
		--user-data-dir="$PWD/profile" --window-size=980,600 \
		--screenshot="$PWD/shot.png" --dump-dom "file://$PWD/plot.svg"
	ended 0
	[ "$(head -c 8 shot.png | od -An -tx1 | tr -d ' ')" = 89504e470d0a1a0a ]
	without parsererror <out
	[ "$(grep -c '<title>child 4712$' out)" -eq 1 ]
	[ "$(grep -c '<title' out)" -eq "$(grep -c '<title' plot.svg)" ]
	grep -q '^</g>' out
}

run_tests "$@"
