#!/usr/bin/env bash
# Generated programs, whose truth is known by construction: random call graphs, with
# recursion, loops, jumps and signals, in which memory comes and goes in every way. Every row must
# be right, to the page and to the call.
#
# Each mode runs them all. Which are, and which of their numbers, can be told:
#
#     DIFFERENTIAL_MODES='breakpoints some' DIFFERENTIAL_SEEDS='17 18' bash test_differential.sh
#
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

: "${DIFFERENTIAL_MODES:=breakpoints some}"
: "${DIFFERENTIAL_SEEDS:=$(seq -s ' ' 200)}"
: "${DIFFERENTIAL_WITHOUT:=}" # what no program does: words of KINDS in graph.h
JOBS=2
GROUP=10 # programs a test
judge=$(cd "$(dirname "$0")" && pwd)/judge.py
read -ra without <<<"$DIFFERENTIAL_WITHOUT"

# NAME | HOW judge.py JUDGES | OPTIONS
# The books themselves are watched by those modes for which that costs nothing.
modes() {
	cat <<-'END'
	breakpoints | calls                | --max-hits 0 --exclude note_*,truth_*
	some        | calls:f*[02468],*a*  | --max-hits 0 --exclude note_*,truth_* --funcs f*[02468],*a*
	all         | calls                | --max-hits 0
	exact       | moved                | --engine faults --exact
	faults      | net                  | --engine faults
	END
}

# What the programs are built as, and what those of a group do not do.
variants=(graphs graphs-optimised graphs-clang graphs-fixed)
lacks=('' '' '' release '' 'release signals jumps')

# go NAME: one program; its truth and what ptmem saw of it are in NAME.truth and NAME.json.
go() {
	local arguments=("$seed" "$PWD/$1.truth" "${left_out[@]}")

	ptmem_options=(--metric anon --libs main "${options[@]}")
	watch "${ptmem_options[@]}" --raw "$1.raw" -- "$variant" "${arguments[@]}" || {
		echo "seed $seed"
		return 1
	}
	ptmem post --export json -o "$1.json" "$1.raw"
	ended 0
	rm "$1.raw"
}

# How to see a program's failure again.
repeat() {
	cat <<-END
	by hand, for SEED:
	  $PTMEM${options[*]/#/ } --metric anon --libs main --raw raw -- $DEBUGGEES/$variant SEED s.truth${left_out[*]/#/ }
	  $PTMEM post --export json -o s.json raw
	  python3 $judge '$how' s
	END
}

# compare MODE HOW OPTIONS VARIANT LACKS SEED...
compare() {
	local how=$2 options left_out variant=$4 seed names=()

	set -f
	# shellcheck disable=SC2206 # words
	options=($3) left_out=("${without[@]}" $5)
	set +f
	[ -x "$DEBUGGEES/$variant" ] || skip "no $variant: its compiler is not here"
	for seed in "${@:6}"; do
		go "$seed"
		names+=("$seed")
	done
	python3 "$judge" "$how" "${names[@]}" || fail "$(repeat)"
}

trim() {
	local text=$1

	text=${text#"${text%%[![:space:]]*}"}
	printf '%s' "${text%"${text##*[![:space:]]}"}"
}

# define MODE HOW OPTIONS: a test for each group of programs.
define() {
	local group=0 at seeds variant name call all

	read -ra all <<<"$DIFFERENTIAL_SEEDS"

	for ((at = 0; at < ${#all[@]}; at += GROUP, group++)); do
		seeds=("${all[@]:at:GROUP}")
		variant=${variants[group % ${#variants[@]}]}
		printf -v call ' %q' "$1" "$2" "$3" "$variant" "${lacks[group % ${#lacks[@]}]}" "${seeds[@]}"
		printf -v name '%s_%03d_to_%03d_%s' "$1" "${seeds[0]}" "${seeds[-1]}" "${variant//-/_}"
		eval "test_$name() { compare $call; }"
	done
}

while IFS='|' read -r name how options; do
	name=$(trim "$name")
	[[ " $DIFFERENTIAL_MODES " != *" $name "* ]] || define "$name" "$(trim "$how")" "$(trim "$options")"
done < <(modes)

run_tests "$@"
