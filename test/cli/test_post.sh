#!/usr/bin/env bash
# post: what it makes of recordings, and what it says of bad ones.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
JOBS=2

# record FILE DEBUGGEE ARG...: a recording, and nothing else that is of interest here.
record() {
	ptmem -o /dev/null --raw "$1" "$DEBUGGEES/$2" "${@:3}"
	ended 0
}

# alike OPTION...: a run prints what post prints of its recording. What only a run has
# stands before `--`. Of threads that grow at once it is chance who is charged with what, so
# the two are compared alone; where one goes after another, the functions must be there.
alike() {
	both_print 'together 64 3' "$@"
	both_print 'turns 600 3' "$@"
	grep -qE 'work_|map_pages' looked || fail "options $*: nothing in it" "$(cat looked)"
}

# both_print ARGUMENTS OPTION...
both_print() {
	local run=() program
	read -ra program <<<"$1"
	shift

	while [ "$1" != -- ]; do
		run+=("$1")
		shift
	done
	shift
	ptmem -o ran "${run[@]}" "$@" "$DEBUGGEES/threads" "${program[@]}"
	ended 0
	grep 'not shown$' err >hidden || true
	ptmem post -o looked "$@" mem_trace.raw
	ended 0
	same ran looked
	same hidden err
}

test_what_the_run_printed() {
	alike --
	alike -- --self
	alike -- --net
	alike -- --net --self --precision 17
	alike -- --tree
	alike -- --tree --min 0
	alike -- --tree --sort name --reverse --color always
	alike -- --sort calls --top 5
	alike -- --sort time --min 0.5
	alike --metric all --
	alike --metric all -- --tree
	alike --metric anon --aslr -- --net
	alike --funcs 'work_*' --max-hits 5 -- --tree
}

test_is_the_default_look() {
	ptmem -o ran "$DEBUGGEES/grow" 64x5
	ptmem post mem_trace.raw
	same ran out
	ptmem post mem_trace.raw -o -
	same ran out
	[ ! -s err ]
}

test_needs_no_program() {
	cp "$DEBUGGEES/grow" program
	ptmem -o ran ./program 64x5
	rm program
	ptmem post mem_trace.raw
	same ran out
}

# shown NAME...: exactly these functions, in this order, of a table.
shown() {
	same <(printf '%s\n' "$@") <(sed -n 's/^ *[0-9.e+-]* *[0-9]* .*[:0-9]:\([a-z_]*\)$/\1/p' out)
}

# drawn: the tree in `out`, without numbers and files.
drawn() {
	sed -n 's,^\( *\)/[^ ]*:\([a-z_]*\)  .* MB  .*,\1\2,p' out
}

test_functions_of_the_table() {
	record r grow 64x5
	ptmem post r --funcs 'grow_n,map_*'
	shown map_pages grow_n
	ptmem post r --funcs '*' --exclude main,grow_n
	shown touch_stack touch_mapping map_pages prepare
	ptmem post r --files grow.c
	shown grow_n main
	ptmem post r --exclude 'map_*,touch_*,prepare,main'
	shown grow_n
	grep -q ' \[startup\]$' out
	ptmem post -v r --funcs grow_n
	shown grow_n
	grep -q 'difference 0$' err
}

# A function's figures are those that it has without the pattern.
test_functions_keep_their_figures() {
	record r heap 64 5
	for option in '' --self --net '--net --self'; do
		# shellcheck disable=SC2086 # options are words
		ptmem post r $option --sort name
		grep -E ':(allocate|cycle)$' out >all || true
		# shellcheck disable=SC2086
		ptmem post r $option --sort name --funcs allocate,cycle
		grep -E '^ .*[0-9] ' out >some || true
		same all some
	done
}

test_paths_of_the_tree() {
	record r grow 64x5
	ptmem post r --tree --funcs grow_n
	same - <(drawn) <<-'END_OF_TREE'
	main
	    grow_n
	        map_pages
	END_OF_TREE
	ptmem post r --tree --min 0 --exclude 'grow_n,touch_*,idle'
	same - <(drawn) <<-'END_OF_TREE'
	main
	    prepare
	END_OF_TREE
	# What is left out stays in the sums of what called it.
	[ "$(grep -c ':main     2\.[0-9]* MB  (1 calls)$' out)" -eq 1 ] || fail "$(cat out)"
	ptmem post r --export folded --funcs grow_n
	same - out <<<'main;grow_n;map_pages 1310720'
}

test_patterns_that_match_nothing() {
	record r grow 2x3
	refuses 125 "--funcs: no function in the recording matches 'gorw_n': the nearest is grow_n" \
		post r --funcs gorw_n
	refuses 125 "--files: no source file in the recording matches 'x.c'" post r --files x.c
	refuses 125 "--funcs: empty pattern in ''" post r --funcs ''
}

test_peak() {
	record r heap 1000 3
	ptmem post r --funcs allocate
	shown allocate
	ptmem post r --peak --funcs allocate
	shown allocate
	grep -q '^ *3\.9[0-9]*  *[0-9]*  .*:allocate$' out || fail "$(cat out)"
	# It was given back only after that.
	refuses 125 "--funcs: no function in the recording up to its peak matches 'release'" \
		post r --peak --funcs release
	ptmem post r --peak --tree --min 1
	drawn | grep -qx ' *allocate' || fail "$(cat out)"
	ptmem post r --peak -v
	grep -q 'difference 0$' err
}

test_several_are_added_up() {
	record a grow 64x5
	record b grow 128x5
	ptmem post a b --funcs grow_n
	grep -q '^  *3.75  *10  .*:grow_n$' out || fail "$(cat out)"
	ptmem post -v a b --tree
	[ "$(grep -c 'difference' err)" -eq 1 ]
	grep -q 'difference 0$' err
	drawn | grep -qx '    grow_n'
}

test_per_file() {
	record a grow 64x5
	record b grow 128x5
	ptmem post a -o one
	ptmem post b -o other
	ptmem post --per-file a b
	same <(echo '==> a <==' && cat one && printf '\n==> b <==\n' && cat other) out
	# A pattern need match in one of them only.
	record c heap 64 1
	ptmem post --per-file a c --funcs grow_n
	ended 0
	shown grow_n
}

test_metrics_do_not_add_up() {
	record a grow 2x3
	ptmem -m anon -o /dev/null --raw b "$DEBUGGEES/grow" 2x3
	refuses 125 'b: it has the metric anon, and a has rss: --per-file keeps them apart' post a b
	ptmem post --per-file a b
	ended 0
}

test_ranks() {
	for rank in 0 1 2 3; do
		OMPI_COMM_WORLD_RANK=$rank ptmem -o /dev/null --raw 'trace.%r.raw' \
			"$DEBUGGEES/grow" 64x5
	done
	ptmem post trace.*.raw --funcs grow_n
	grep -q '^  *5  *20  .*:grow_n$' out || fail "$(cat out)"
}

test_mpirun() {
	command -v mpirun >/dev/null || skip 'mpirun is not there'
	OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_plm_rsh_agent=false \
		limited mpirun --oversubscribe -n 4 \
		"$PTMEM" --raw 'trace.%r.raw' -o '/dev/null' "$DEBUGGEES/grow" 64x5
	ended 0
	[ "$(echo trace*)" = 'trace.0.raw trace.1.raw trace.2.raw trace.3.raw' ]
	ptmem post trace.*.raw --funcs grow_n
	grep -q '^  *5  *20  .*:grow_n$' out || fail "$(cat out)"
}

test_export() {
	record r grow 64x5
	ptmem post --export json r
	grep -q '"format"' out
	mv out json
	ptmem post r --export=json -o file
	same json file
	ptmem post --export csv r
	grep -q ',grow_n,' out
	ptmem post --export folded r
	grep -qx 'main;grow_n;map_pages 1310720' out
	ptmem post --export folded r --tree
	grep -q ' MB  (' out
}

test_verbose() {
	ptmem --metric rss -o /dev/null "$DEBUGGEES/grow" 64x5 'a b'
	ptmem post -v mem_trace.raw
	for line in 'recording  *mem_trace.raw' "command  *.*/grow 64x5 'a b'" 'engine  *breakpoints' \
		'metric  *rss' "host  *$(uname -n)" "kernel  *Linux $(uname -r) .*" 'started  *20.*' \
		"bytes  *$(stat -c %s mem_trace.raw)" 'operations  *[0-9]*' 'difference 0'; do
		grep -qx "ptmem: $line" err || fail "nothing of $line in:" "$(cat err)"
	done
}

test_no_recording() {
	echo hello >text
	: >empty
	mkdir folder
	mkfifo fifo
	refuses 125 "text: not a recording of ptmem's" post text
	refuses 125 'empty: empty: nothing was recorded' post empty
	refuses 125 'folder: not a file' post folder
	refuses 125 'fifo: not a file' post fifo
	refuses 125 '/dev/zero: not a file' post /dev/zero
	refuses 125 'none: No such file or directory' post none
	refuses 125 "'' is not a file's name" post ''
	refuses 125 'no recording to report from: ptmem post [OPTION...] FILE..., or ptmem post --help' post
}

test_one_bad_one_among_good_ones() {
	record a grow 2x3
	refuses 125 'none: No such file or directory' post a none
	refuses 125 'none: No such file or directory' post -o report a none
	[ ! -e report ]
}

test_of_a_later_format() {
	record r grow 2x3
	printf '\x02' | dd of=r bs=1 seek=8 conv=notrunc status=none
	refuses 125 'r: recorded in format 2: this ptmem reads format 1: use the ptmem that recorded it' \
		post r
}

# What is there up to the last whole record; without names, those of the program's own file.
test_cut() {
	local size

	record r grow 64x5
	ptmem post r
	grep -v '^Max' out >whole
	size=$(stat -c %s r)
	head -c $((size - 1)) r >short
	ptmem post short
	ended 0
	same whole <(grep -v '^Max' out)
	same - err <<<'ptmem: short: cut: it ends in the middle of a record: what follows is what was recorded until then'
}

# without_names FILE: `short`, what there is of it before its names.
without_names() {
	local at=16 type size

	while read -r type size < <(od -An -tu1 -j $at -N 1 "$1" | tr -d '\n' &&
		od -An -tu4 -j $((at + 4)) -N 4 "$1") && [ "$type" -lt 3 ]; do
		at=$((at + 16 + size))
	done
	head -c $at "$1" >short
}

test_cut_before_the_names() {
	local copy

	for copy in grow grow-symbols; do
		cp "$DEBUGGEES/$copy" program
		ptmem -o /dev/null --raw r ./program 64x5
		ptmem post r --tree --min 0
		grep -v '^Max' out >whole
		without_names r
		ptmem post short --tree --min 0
		ended 0
		grep -q '^ptmem: short: cut: the run was cut short: ' err
		same whole <(grep -v '^Max' out)
	done
	# Another build now has that name: it may have its functions elsewhere.
	cp "$DEBUGGEES/grow-dwarf4" program
	ptmem post short
	ended 0
	grep -q '/program:0:main$' out || fail "$(cat out)"
	[ "$(grep -c '\.c:' out)" -eq 0 ] || fail "$(cat out)"
	rm program
	ptmem post short
	ended 0
	grep -q '/program:0:main$' out || fail "$(cat out)"
	mkfifo program
	ptmem post short
	ended 0
}

test_full_disk() {
	record r grow 2x3
	limited bash -c "'$PTMEM' post r >/dev/full"
	ended 125
	same - err <<<'ptmem: the report cannot be written to standard output: No space left on device'
	refuses 125 "--output: '/no/x' cannot be written: No such file or directory" post r -o /no/x
}

test_reader_that_leaves() {
	record r grow 2x3
	limited bash -c "set -o pipefail; '$PTMEM' post r | true"
	ended 0
	[ ! -s err ]
}

# on_terminal COMMAND: in the shell, with a terminal to write to; what that showed is in `typed`.
on_terminal() {
	limited env TERM=xterm script -qec "$1" /dev/null
	tr -d '\r' <out >typed
}

test_pager() {
	record r grow 64x5
	ptmem post r
	mv out plain
	on_terminal "PTMEM_PAGER='sed s/^/paged:/' PAGER=false '$PTMEM' post --color never r"
	ended 0
	same <(sed 's/^/paged:/' plain) typed
	on_terminal "PAGER='sed s/^/paged:/' '$PTMEM' post --color never r"
	same <(sed 's/^/paged:/' plain) typed
	on_terminal "PAGER='printf %s\\\\n \$LESS; cat >/dev/null' '$PTMEM' post r"
	same - typed <<<FRX
	on_terminal "PAGER='sed s/^/paged:/' '$PTMEM' post r | cat"
	same plain typed
	on_terminal "PAGER='sed s/^/paged:/' '$PTMEM' post -o file r"
	same - typed </dev/null
	for unpaged in "PAGER=cat '$PTMEM' post" "PAGER= '$PTMEM' post" "PAGER=no-such-pager '$PTMEM' post" \
		"PAGER=sed TERM=dumb '$PTMEM' post" "PAGER=sed '$PTMEM' post --no-pager"; do
		on_terminal "$unpaged --color never r 2>/dev/null"
		ended 0
		same plain typed
	done
	on_terminal "PAGER='sed s/^/paged:/' '$PTMEM' --color never --no-raw '$DEBUGGEES/grow' 2x3"
	[ "$(grep -c paged typed)" -eq 0 ]
}

test_pager_that_leaves() {
	record r grow 64x5
	on_terminal "PAGER='head -n 1' '$PTMEM' post --color never r"
	ended 0
	same - typed <<<'Memory (MB)   Calls  File:Line:Function'
	# More than it is ready to take.
	cat >many <<-END_OF_SCRIPT
		for ((i = 0; i < 400; i++)); do files+=(r); done
		PAGER=true '$PTMEM' post --per-file "\${files[@]}"
	END_OF_SCRIPT
	on_terminal 'bash many'
	ended 0
	same - typed </dev/null
	on_terminal "PAGER='kill -9 \$\$' '$PTMEM' post r"
	ended 0
	same - typed </dev/null
}

test_colors_on_a_terminal() {
	record r grow 64x5
	on_terminal "PAGER=cat '$PTMEM' post r"
	grep -q $'\033' typed
	on_terminal "PAGER='cat -v' '$PTMEM' post r"
	grep -q '\^\[\[' typed
	on_terminal "NO_COLOR=1 '$PTMEM' post --no-pager r"
	[ "$(grep -c $'\033' typed)" -eq 0 ]
}

run_tests "$@"
