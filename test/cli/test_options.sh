#!/usr/bin/env bash
# The command line: what it prints without a program, and what it refuses.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

test_help_fits_a_screen() {
	ptmem --help
	ended 0
	[ ! -s err ]
	[ "$(wc -l <out)" -le 24 ]
	[ "$(wc -L <out)" -le 80 ]
	grep -q '^Usage: ptmem \[OPTION...\] \[--\] PROGRAM \[ARG...\]$' out
	mv out long
	ptmem -h
	same long out
}

test_help_names_every_option_of_the_completions() {
	local option

	ptmem --help
	mv out help
	ptmem --completion fish
	sed -n 's/^complete.* -l \([a-z-]*\).*/\1/p' out >options
	[ "$(wc -l <options)" -gt 15 ]
	while read -r option; do
		grep -q -e "--$option" help || fail "--help says nothing of --$option"
	done <options
}

test_version() {
	ptmem --version
	ended 0
	[ ! -s err ]
	grep -Eqx 'ptmem [0-9]+\.[0-9]+\.[0-9]+' <(head -n 1 out)
	mv out long
	ptmem -V
	same long out
}

test_help_to_a_full_disk() {
	limited bash -c "'$PTMEM' --help >/dev/full"
	ended 125
	grep -q '^ptmem: ' err
}

test_completions_are_valid() {
	ptmem --completion bash
	bash -n out
	for shell in zsh fish; do
		ptmem --completion $shell
		ended 0
		grep -q -e '--metric\|metric' out
	done
}

test_bash_completes() {
	ptmem --completion bash
	bash -c '. ./out
		COMP_WORDS=(ptmem --prec) COMP_CWORD=1
		"$(complete -p ptmem | sed "s/.*-F \([^ ]*\).*/\1/")" ptmem --prec ptmem
		printf "%s\n" "${COMPREPLY[@]}"' >completed
	grep -q '^--precision' completed
}

test_no_program() {
	refuses 125 'no program to run: ptmem [OPTION...] [--] PROGRAM [ARG...], or ptmem --help'
	refuses 125 'no program to run: ptmem [OPTION...] [--] PROGRAM [ARG...], or ptmem --help' --
}

test_unknown_options() {
	refuses 125 "unknown option '--bogus': see ptmem --help" --bogus true
	refuses 125 "unknown option '--fun': did you mean --funcs?" --fun x true
	refuses 125 "unknown option '--exlude': did you mean --exclude?" --exlude x true
	refuses 125 "unknown option '-z': see ptmem --help" -z true
}

test_values() {
	refuses 125 '--min: the value is missing: give --min MB' --min
	refuses 125 "--self: it takes no value: leave '=1' out" --self=1 true
	refuses 125 "--metric: 'foo' is none of rss|anon|file|shmem|swap|pss|uss|all" -m foo true
	refuses 125 "--sort: 'foo' is none of memory|calls|name|time" --sort foo true
	refuses 125 "--color: 'foo' is none of auto|always|never" --color=foo true
	refuses 125 "--thp: 'foo' is none of on|off" --thp foo true
	refuses 125 "--completion: 'tcsh' is none of bash|zsh|fish" --completion tcsh
}

test_numbers() {
	local value

	for value in x -1 1e999 nan inf '' ' 1' 1x; do
		refuses 125 "--min: '$value' is not a number of MB from 0 to 1000000000: give e.g. --min 0.5" \
			--min "$value" true
	done
	for value in x -1 0 1.5 99999999999999999999 ''; do
		refuses 125 "--top: '$value' is not a number of rows from 1 up: give e.g. --top 10" \
			--top "$value" true
	done
	for value in x 0 18 -1; do
		refuses 125 "--precision: '$value' is not a number of digits from 1 to 17: give e.g. --precision 4" \
			--precision "$value" true
	done
	refuses 125 "--max-hits: '-1' is not a number of calls: give e.g. --max-hits 1000, or 0 for no limit" \
		--max-hits -1 true
}

test_empty_patterns() {
	refuses 125 "--funcs: empty pattern in ''" --funcs '' true
	refuses 125 "--funcs: empty pattern in ','" -F , true
}

test_options_end_at_the_program() {
	ptmem -o report "$DEBUGGEES/grow" 2x3 --help
	ended 0
	grep -qx 'grew 2 pages 3 times' out
}

test_double_dash() {
	ptmem -o report -- "$DEBUGGEES/grow" 2x3
	ended 0
	grep -qx 'grew 2 pages 3 times' out
}

run_tests "$@"
