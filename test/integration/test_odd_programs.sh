#!/usr/bin/env bash
# The same rows by every engine: calls that end in odd ways, other stacks, other processes,
# and threads. A line of the table below is a program and what its functions add; ODD_MODES
# says by which of the modes they are watched.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

: "${ODD_MODES:=breakpoints exact faults}"
JOBS=2
breakpoints='--max-hits 0 --engine breakpoints'

# NAME | WHAT IT KNOWS | OPTIONS
#
# It may know of all calls in which memory moved, which of several threads moved it even where others
# give some back at the same time, and of calls whose stack is above that which they interrupted.
modes() {
	cat <<-END
	breakpoints | calls above   | $breakpoints
	exact       | calls         | --engine faults --exact
	faults      | threads above | --engine faults
	END
}

# NAME | WHAT MUST BE KNOWN | PROGRAM | ROWS: FUNCTION PAGES CALLS, of calls that added memory
#
# A function that ends in a jump to the one that adds is not on the stack when memory moves, so no
# row of such is here.
programs() {
	cat <<-'END'
	grow                   |         | grow 8x5                    | grow_n 40 5
	grow_and_give_back     |         | grow 8x1 back               | grow_n 8 1; give_back 0 0
	grow_optimised         |         | grow-optimised 8x5          | grow_n 40 5
	grow_fixed             |         | grow-fixed 8x5              | grow_n 40 5
	grow_stripped_of_dwarf |         | grow-symbols 8x5            | grow_n 40 5
	grow_static            |         | grow-static 8x5             | grow_n 40 5
	grow_static_pie        |         | grow-static-pie 8x5         | grow_n 40 5
	heap                   | calls   | heap 64 4                   | cycle 0 0
	stack                  |         | stack 5 4                   | deepen 20 4
	alloca                 |         | alloca 2 200                | shift 400 200; map_pages 400 200
	sites                  |         | sites 5 4                   | one 40 8; two 40 4; three 60 4
	thousand_functions     |         | functions                   | f999 10 1

	recursion              |         | recursion direct 10 3       | direct 30 3; map_pages 30 30
	recursion_fixed        |         | recursion-fixed direct 10 3 | direct 30 3; map_pages 30 30
	mutual_recursion       |         | recursion mutual 5 2        | even 24 2; odd 20 2; map_pages 24 10
	a_thousand_levels      |         | recursion direct 1000 1     | direct 1000 1
	tail_call              |         | tailcall hop 8 5            | land 40 5

	longjmp                |         | longjmp 8 6                 | leaf_a 24 3; leaf_b 24 3; middle 60 6; after 6 6; round_trip 66 6
	longjmp_often          |         | longjmp 1 1000              | leaf_a 500 500; leaf_b 500 500; after 1000 1000
	longjmp_in_one_place   |         | levels 8                    | fourth 8 1; third 8 1; second 8 1; first 9 1
	exceptions             |         | exceptions 8 6              | thrower 48 6; after 6 6; middle 66 6; ~guard 6 6; caught 72 6
	exceptions_fixed       |         | exceptions-fixed 8 6        | thrower 48 6; after 6 6; middle 66 6; ~guard 6 6; caught 72 6
	exceptions_optimised   |         | exceptions-optimised 8 6    | thrower 48 6
	exceptions_often       |         | exceptions 1 1000           | thrower 1000 1000; after 1000 1000

	signals                |         | signals raise 8 5           | on_signal 40 5; work 50 5
	signals_elsewhere      |         | signals altstack 8 5        | on_signal 40 5; work 50 5
	signals_above          | above   | signals thread 8 5          | on_signal 40 5; work 50 5
	signals_of_a_timer     |         | signals timer 8 20          | on_signal 160 20; spin 160 1
	coroutines             |         | contexts 3 10               | step 33 11
	coroutines_often       |         | contexts 1 1000             | step 1001 1001

	fork                   |         | forks fork 6 3              | grow_n 12 2
	forks_nested           |         | forks nested 6 3            | grow_n 12 2
	vfork                  |         | forks vfork 6 3             | grow_n 12 2
	posix_spawn            |         | forks spawn 6 3             | grow_n 12 2
	popen                  |         | forks popen 6 3             | grow_n 12 2
	system                 |         | forks system 6 3            | grow_n 12 2
	daemon                 |         | forks daemon 6 3            | grow_n 12 2
	exec                   |         | execs 3                     | first 6 3; second 100 1

	threads_in_turn        |         | threads turns 7 5           | work_a 35 5; work_b 70 5
	threads_many           |         | threads turns 1 100         | work_a 100 100; work_b 200 100
	threads_at_once        | threads | share 20                    | grow_0 200 20; grow_1 400 20; grow_2 600 20; grow_3 800 20; grow_4 1000 20; grow_5 1200 20; grow_6 1400 20; grow_7 1600 20
	END
}

# has FUNCTION PAGES CALLS: its row, by any name that ends so. Where not all calls are known, it
# may have fewer. A page or two that come at the very moment at which another thread gives some back are
# now and then nobody's, on a machine that has more to do, where nothing stops for them.
has() {
	local pages=0 calls=0 lacking=0

	read -r pages calls < <(row_of "$1") || true
	[ "$needed" != threads ] || lacking=2
	if [ "$pages" -gt "$2" ] || [ "$pages" -lt $(($2 - lacking)) ]; then
		fail "$1: $pages pages, not $2" "$(cat report err)"
	fi
	if knows calls; then
		[ "$calls" -eq "$3" ]
	else
		[ "$calls" -ge $(($3 > 0)) ] && [ "$calls" -le "$3" ]
	fi || fail "$1: $calls calls, not $3" "$(cat report err)"
}

row_of() {
	awk -v name="$1" '
		$1 ~ /^-?[0-9][0-9.e+-]*$/ && $2 ~ /^[0-9]+$/ {
			function_name = $0
			sub(/^.*:[0-9]+:/, "", function_name)
			sub(/^.*::/, "", function_name)
			if (function_name == name) {
				pages += $1 * 256
				calls += $2
			}
		}
		END { print pages + 0, calls + 0 }' report
}

# knows WHAT: the mode does, or there is nothing to know.
knows() {
	[[ " $known " == *" $1 "* || -z $1 ]]
}

# judge KNOWN OPTIONS PROGRAM ROWS NEEDED
judge() {
	local known=$1 needed=$5 options program row rows name pages calls

	read -ra options <<<"$2"
	read -ra program <<<"$3"
	watch --metric anon --libs main "${options[@]}" -- "${program[@]}"
	IFS=';' read -ra rows <<<"$4"
	for row in "${rows[@]}"; do
		read -r name pages calls <<<"$row"
		has "$name" "$pages" "$calls"
	done
}

# judge_eight OPTIONS: each thread has what it says itself that it moved.
judge_eight() {
	local options

	read -ra options <<<"$1"
	watch --metric anon --libs main "${options[@]}" --raw raw -- eight 200
	mv out said_by_threads
	ptmem post --export json raw
	python3 - out >seen <<-'END'
		import json, sys
		profile = json.load(open(sys.argv[1]))
		locations = profile['locations']
		roots, sums = [], {}
		for node in profile['nodes']:
		    name = locations[node['location']]['function']
		    root = name if node['parent'] is None else roots[node['parent']]
		    roots.append(root)
		    sums[root, name] = sums.get((root, name), 0) + node['self'] // 4096
		for root in sorted({root for root, _ in sums if root.startswith('[thread grower')}):
		    moved = ' '.join(f'{name} {sums.get((root, name), 0)}'
		                     for name in ('touch', 'by_malloc', 'give_back'))
		    print(f'{root[len("[thread "):-1]}: {moved}')
	END
	same said_by_threads seen
}

# define MODE KNOWN OPTIONS
define() {
	local known=$2 name needed program rows call

	while IFS='|' read -r name needed program rows; do
		knows "$(trim "$needed")" || continue
		printf -v call ' %q' "$2" "$3" "$(trim "$program")" "$(trim "$rows")" \
			"$(trim "$needed")"
		eval "test_$1_$(trim "$name")() { judge $call; }"
	done < <(programs | grep .)
	if knows threads; then
		printf -v call ' %q' "$3"
		eval "test_$1_eight_threads() { judge_eight $call; }"
	fi
}

while IFS='|' read -r name known options; do
	name=$(trim "$name")
	if [[ " $ODD_MODES " == *" $name "* ]]; then
		define "$name" "$(trim "$known")" "$(trim "$options")"
	fi
done < <(modes)

run_tests "$@"
