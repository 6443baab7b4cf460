#!/usr/bin/env bash
# The command line: what it prints without a program, and what it refuses.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

# Every command's name, and an empty line for none.
commands() {
	ptmem --completion fish
	echo
	sed -n "s/^complete -c ptmem -n 'test (count.* -a \([a-z]*\) -d.*/\1/p" out
}

test_help_fits_a_screen() {
	local command

	[ "$(commands | wc -l)" -gt 1 ]
	for command in $(commands) ''; do
		ptmem ${command:+"$command"} --help
		ended 0
		[ ! -s err ]
		[ "$(wc -l <out)" -le 30 ] || fail 'too long:' "$(cat out)"
		[ "$(wc -L <out)" -le 80 ] || fail 'too wide:' "$(cat out)"
		grep -q "^Usage: ptmem ${command:+$command }\\[OPTION...\\]" out
		mv out long
		ptmem ${command:+"$command"} -h
		same long out
		[ -z "$command" ] || ptmem --help
		grep -Eq "^(Usage:|  *) ptmem ([a-z|]*\\|)?${command:+$command(\\|[a-z|]*)? }(\\[OPTION)?\\.\\.\\." out
	done
}

test_help_names_every_option_of_the_completions() {
	local option command

	for command in '' $(commands); do
		ptmem ${command:+"$command"} --help
		mv out help
		ptmem --completion fish
		sed -n "s/^complete -c ptmem -n '__ptmem_in_options${command:+ $command}'.* -l \([a-z-]*\).*/\1/p" \
			out >options
		[ "$(wc -l <options)" -gt 0 ]
		while read -r option; do
			grep -q -e "--$option" help ||
				fail "ptmem $command --help says nothing of --$option"
		done <options
	done
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
	for shell in bash zsh fish; do
		ptmem --completion $shell
		ended 0
		grep -q -e '--metric\|metric' out
		! command -v $shell >/dev/null || $shell -n out
	done
}

test_completions_of_processes() {
	ptmem --completion bash
	# shellcheck disable=SC2016 # as it stands there
	grep -qF ':--attach | :-*p) choices=$(cd /proc && echo [0-9]*) ;;' out
	ptmem --completion zsh
	grep -qF -e "'(-p --attach)--attach=[a running process]:PID:_pids'" out
	ptmem --completion fish
	grep -qF -e " -s p -l attach -x -a '(__fish_complete_pids)' " out
}

# completes EXPECTED WORD...: bash offers what matches this pattern for the last word.
completes() {
	ptmem --completion bash
	cat >>out <<-'END_OF_SCRIPT'
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_ptmem
		printf '%s ' "${COMPREPLY[@]}"
	END_OF_SCRIPT
	env -u COMP_LINE -u COMP_POINT bash out ptmem "${@:2}" >completed
	# shellcheck disable=SC2053 # it is a pattern
	[[ $(cat completed) == $1 ]] || fail "offered for ${*:2}: $(cat completed)"
}

test_bash_completes_options() {
	completes '--precision ' --prec
	completes '*--raw *' -v --
	completes '--peak --per-file ' post --pe
	completes '--peak --per-file ' post a.raw --pe
	completes ' ' post --ra
	completes ' ' --pea
	completes ' ' post -- --pe
	completes ' ' ./program --pe
}

test_bash_completes_values() {
	completes 'rss ' --metric r
	completes 'rss ' -vm r
	completes 'json ' post --export j
	completes 'json ' post a.raw --export j
	completes 'memory ' post --sort m
	completes ' ' post --metric r
	completes "* $$ *" --attach ''
	completes "* $$ *" -vp ''
	completes "$$ " --attach "$$"
	completes ' ' post --process 1
}

test_bash_completes_commands_programs_and_files() {
	completes '*post *' pos
	completes '*true *' tru
	completes ' ' post tru
	completes '*true *' -v tru
	completes '*true *' --min 3 tru
	completes '*true *' -- tru
	completes '*' -v pos
	[ "$(grep -cw post completed)" -eq 0 ]
}

test_no_program() {
	refuses 125 'no program to run: ptmem [OPTION...] [--] PROGRAM [ARG...], or ptmem --help'
	refuses 125 'no program to run: ptmem [OPTION...] [--] PROGRAM [ARG...], or ptmem --help' --
}

test_commands() {
	refuses 127 'post: not found in PATH' -- post
	refuses 127 './post: No such file or directory' ./post
	refuses 125 "'post' is a command: put it first: ptmem post [OPTION...] FILE...; for a program of this name: -- post" \
		--net post
	mkdir bin
	cp "$DEBUGGEES/grow" bin/post
	PATH=$PWD/bin:$PATH ptmem -- post 2x3
	ended 0
	grep -qx 'grew 2 pages 3 times' out
	(cd bin && ptmem ./post 2x3 && grep -qx 'grew 2 pages 3 times' out)
}

test_unknown_options() {
	refuses 125 "unknown option '--peak': it belongs to ptmem post" --peak true
	refuses 125 "unknown option '--raw': it belongs to a run: see ptmem --help" post --raw x y
	refuses 125 "unknown option '--bogus': see ptmem post --help" post x --bogus
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
	refuses 125 "--raw: '' is not a file's name" --raw '' true
	refuses 125 "--export: 'xml' is none of json|csv|folded" post --export xml r
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

test_processes() {
	local value

	for value in x -1 0 1.5 '' ' 1' 99999999999; do
		refuses 125 "--attach: '$value' is not a process id: give e.g. --attach 4242" \
			--attach "$value"
	done
	refuses 125 '--attach: the value is missing: give --attach PID' -p
	refuses 125 "--attach 1: it watches a process that runs: leave 'true' out, or the option" \
		-p 1 true -x
	refuses 125 '--aslr: it is for a program that ptmem starts, and process 1 runs already' \
		--aslr --attach 1
	refuses 125 '--thp: it is for a program that ptmem starts, and process 1 runs already' \
		--attach 1 --thp off
	refuses 125 '--first: it is for several processes: give --follow as well' --first true
	refuses 125 '--first: it is for several processes: give --follow as well' \
		check --min 1 --first true
	refuses 125 "unknown option '--attach': it belongs to a run: see ptmem --help" \
		check --attach 1
}

test_duration() {
	local value command

	for value in x -1 0 0.0 1e3 inf '' . 1000001; do
		for command in '' check; do
			refuses 125 "--duration: '$value' is not a number of seconds above 0, up to 1000000: give e.g. --duration 0.5" \
				${command:+"$command"} --duration "$value" true
		done
	done
}

test_recordings_are_not_followed() {
	"$DEBUGGEES/../cli/family" r
	refuses 125 "--follow: 'r' is a recording: give a program to run" check --min 1 -f r
	refuses 125 "--duration: 'r' is a recording: give a program to run" \
		check --min 1 --duration 1 r
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
