#!/usr/bin/env bash
# Generated programs, whose truth is known by construction: random call graphs, with
# recursion, loops, jumps and signals, in which memory comes and goes in every way. Every row must
# be right, to the page and to the call. What fails says how to see it again by hand.
#
# Which modes are tried, on which numbers, and what no program does, can be told:
#
#     DIFFERENTIAL_MODES='breakpoints some' DIFFERENTIAL_SEEDS='17 18' \
#         DIFFERENTIAL_WITHOUT='populate signals' bash test_differential.sh
#
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

: "${DIFFERENTIAL_MODES:=breakpoints some all exact faults}"
judge=$(cd "$(dirname "$0")" && pwd)/judge.py
JOBS=2
GROUP=10 # programs a test
breakpoints='--max-hits 0 --engine breakpoints'

# NAME | HOW judge.py JUDGES | PROGRAMS | OPTIONS
#
# The functions that keep the books move no memory. All they do is cost stops, so few programs
# are watched with them.
modes() {
	cat <<-END
	breakpoints | calls               | 200 | $breakpoints --exclude note_*,truth_*
	some        | calls:f*[02468],*a* | 60  | $breakpoints --exclude note_*,truth_* --funcs f*[02468],*a*
	all         | calls               | 20  | $breakpoints
	exact       | moved               | 200 | --engine faults --exact
	faults      | net                 | 200 | --engine faults
	END
}

# What the programs are built as, and what they do not do: a group has one of each.
variants=(graphs graphs-optimised graphs-clang graphs-fixed)
lacks=('' '' '' release '' 'release signals jumps')

# words NAME TEXT: an array of them; in options there are globs, and they stay.
words() {
	read -ra "$1" <<<"$2"
}

# What samples cannot tell of to the page: stacks that are larger than one.
sampled_without='stack'

# How to see again what failed.
by_hand() {
	cat <<-END
	by hand, for the number N before the colon:
	  $PTMEM ${options[*]} --raw raw -- $DEBUGGEES/$variant N s.truth ${left_out[*]}
	  $PTMEM post --export json -o s.json raw
	  python3 $judge '$how' s
	END
}

# set_out OPTIONS VARIANT LACKS: sets out what is run.
set_out() {
	variant=$2
	words options "$1"
	words left_out "$3 ${DIFFERENTIAL_WITHOUT-}"
	# shellcheck disable=SC2206 # words
	[ "$how" != net ] || left_out+=($sampled_without)
	options=(--metric anon --libs main "${options[@]}")
	[ -x "$DEBUGGEES/$variant" ] || skip "no $variant: there is no compiler for it"
}

# go SEED: runs it. Its books are in SEED.truth, what ptmem saw of it in SEED.json.
go() {
	watch "${options[@]}" --raw "$1.raw" -- "$variant" "$1" "$PWD/$1.truth" "${left_out[@]}"
	ptmem post --export json -o "$1.json" "$1.raw"
	ended 0
	rm "$1.raw"
}

# compare HOW OPTIONS VARIANT LACKS SEED...
compare() {
	local how=$1 variant options left_out seed log

	set_out "${@:2:3}"
	for seed in "${@:5}"; do
		log=$(go "$seed") || fail "$seed: $log" "$(by_hand)"
	done
	python3 "$judge" "$how" "${@:5}" || fail "$(by_hand)"
}

# repeat OPTIONS VARIANT: ten runs, and one report of anonymous memory. The peak is of all memory,
# and how much of files the kernel maps around a fault depends on what it has of them just then.
repeat() {
	local variant options left_out seed=8 run

	set_out "$1" "$2" ''
	for run in 0 1 2 3 4 5 6 7 8 9; do
		watch "${options[@]}" --tree --min 0 --raw raw --force -- \
			"$variant" "$seed" "$PWD/truth" "${left_out[@]}"
		ptmem post -o flat raw
		sed '/^Max mem usage: /d' report flat >"report.$run"
		same report.0 "report.$run"
	done
}

# define MODE HOW PROGRAMS OPTIONS: its tests, one for each group of programs.
define() {
	local mode=$1 how=$2 group=0 at all seeds variant name call

	words all "${DIFFERENTIAL_SEEDS-$(seq -s ' ' "$3")}"
	for ((at = 0; at < ${#all[@]}; at += GROUP, group++)); do
		seeds=("${all[@]:at:GROUP}")
		variant=${variants[group % ${#variants[@]}]}
		printf -v call ' %q' "$how" "$4" "$variant" "${lacks[group % ${#lacks[@]}]}" "${seeds[@]}"
		printf -v name '%s_%s_to_%s_%s' "$mode" "${seeds[0]}" "${seeds[-1]}" "${variant//-/_}"
		eval "test_$name() { compare $call; }"
	done
	printf -v call ' %q' "$4" graphs-optimised
	eval "test_${mode}_repeats() { repeat $call; }"
}

while IFS='|' read -r name how programs options; do
	name=$(trim "$name")
	if [[ " $DIFFERENTIAL_MODES " == *" $name "* ]]; then
		define "$name" "$(trim "$how")" "$(trim "$programs")" "$(trim "$options")"
	fi
done < <(modes)

run_tests "$@"
