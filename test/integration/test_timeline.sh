#!/usr/bin/env bash
# Memory over time: programs whose curve is known, sampled and compared. What a moment has is
# asked for while the program waits at it, so that a slow machine makes no difference.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
EVERY_ENGINE=1
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../target.sh
. "$(dirname "$0")/../target.sh"

CURVE=$DEBUGGEES/curve

# sampling OPTION... -- STEP...: in the background, into `dat`.
sampling() {
	local options=()

	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	start out err "$PTMEM" run -o dat "${options[@]}" -- "$CURVE" "${@:2}"
	watcher=$!
}

# The process that waits at a file is there.
at() {
	await "$LIMIT" test -e "$1" || fail "nobody came to $1" "$(cat out err)"
}

samples() {
	grep -c "^${1:-MEM} " dat || true
}

more_samples_than() {
	[ "$(samples "${2:-MEM}")" -gt "$1" ]
}

# sampled_at FILE [WORD]: there are samples made since the process waits there; the last one is in
# $memory.
sampled_at() {
	at "$1"
	await "$LIMIT" more_samples_than "$(($(samples "${2-}") + 60))" "${2-}" >/dev/null ||
		fail 'no more samples' "$(tail -n 3 dat)"
	memory=$(awk -v word="${2:-MEM}" '$1 == word { last = $(NF - 1) } END { print last }' dat)
	rm "$1"
}

# is EXPRESSION: of numbers with fractions.
is() {
	awk "BEGIN { exit !($*) }" </dev/null || fail "not so: $*" "$(cat dat)"
}

# Every line is as Python's mprof reads it: split at single blanks, numbers in their places.
well_formed() {
	awk '
		function number(text, digits) {
			return text ~ "^[0-9]+[.]" digits "$"
		}
		BEGIN { six = "[0-9][0-9][0-9][0-9][0-9][0-9]"; four = "[0-9][0-9][0-9][0-9]" }
		/^CMDLINE ./ && NR == 1 { next }
		$1 == "MEM" && NF == 3 && number($2, six) && number($3, four) && $3 >= last {
			last = $3
			next
		}
		$1 == "CHLD" && NF == 4 && $2 ~ /^[0-9]+$/ && number($3, six) && number($4, four) { next }
		$1 == "FUNC" && NF == 7 && number($3, four) && number($4, four) && number($5, four) &&
			number($6, four) && $7 ~ /^[0-9]+$/ { next }
		$1 == "PEAK" && NF == 2 && number($2, six) { next }
		{ print "line " NR ": " $0; bad = 1 }
		END { exit bad }' "$1" || fail 'not as mprof reads it'
	if grep -q '  \| $\|^$' <(sed 1d "$1"); then
		fail 'blanks' "$(cat "$1")"
	fi
}

test_steps() {
	local before

	sampling -T 0.005 -- '&a' +16 '&b' +32 '&c' - '&d'
	sampled_at a
	before=$memory
	sampled_at b
	is "$memory == $before + 16"
	sampled_at c
	is "$memory == $before + 48"
	sampled_at d
	is "$memory == $before + 16"
	collect "$watcher" ptmem
	ended 0
	well_formed dat
	same <(echo "CMDLINE $CURVE &a +16 &b +32 &c - &d") <(head -n 1 dat)
	is "$(awk '/^MEM/ { print $2; exit }' dat) < $before" # before its first instruction
	is "$(awk '/^MEM/ { last = $2 } END { print last }' dat) == $memory"
	is "$(awk '/^PEAK/ { print $2 }' dat) == $before + 48"
	same <(echo "ptmem: $(samples) samples in dat") err
}

# Memory that is there for less than an interval is in the peak, and the first and the last sample
# are there whatever the interval is.
test_between_samples() {
	ptmem run -T 1000 -o dat "$CURVE" +32 - +2
	ended 0
	well_formed dat
	[ "$(samples)" -eq 2 ] || fail "$(cat dat)"
	is "$(awk '/^PEAK/ { print $2 }' dat) > 32"
	is "$(awk '/^MEM/ { last = $2 } END { print last }' dat) < 32"
	is "$(awk '/^MEM/ { last = $2 } END { print last }' dat) > 2"
}

# No more than one an interval, but for those of the beginning and the end.
test_the_interval() {
	ptmem run -T 0.02 -o dat "$CURVE" ~300
	ended 0
	is "$(awk '/^MEM/ { if (!first) first = $3; last = $3; count++ }
		END { print count " <= (" last " - " first ") / 0.02 + 3" }' dat)"
}

test_children_that_overlap() {
	local one two

	sampling -T 0.005 -C -M -- '&a' '(' +16 '&b' ~1 '&c' ')' '&d' '(' +8 '&e' ')' @ '&f'
	sampled_at a
	is "$memory < 4"
	at d
	sampled_at b
	is "$memory > 16 && $memory < 20"
	rm d
	at c
	sampled_at e
	is "$memory > 24 && $memory < 28"
	rm c
	sampled_at f
	is "$memory < 4"
	collect "$watcher" ptmem
	ended 0
	well_formed dat
	read -r one two < <(awk '$1 == "(" { print $2 }' out | xargs)
	is "$(awk -v pid="$one" '/^CHLD/ && $2 == pid && $3 > highest { highest = $3 }
		END { print highest }' dat) > 16"
	is "$(awk -v pid="$two" '/^CHLD/ && $2 == pid && $3 > highest { highest = $3 }
		END { print highest }' dat) < 11"
	[ "$(awk '/^CHLD/ { print $2 }' dat | sort -u | wc -l)" -eq 2 ]
	[ "$(grep -c ^PEAK dat)" -eq 0 ] || fail 'a peak of one is not that of the sum'
	same - <(head -n 1 err) <<<'ptmem: several processes are added up: as pss, so that what they share counts once'
}

# Children alone: the program is as it would be without them. Short ones are seen at their ends.
test_each_child() {
	ptmem run -T 1000 -M -o dat "$CURVE" '(' +16 ')' @ '(' +8 ')' @
	ended 0
	well_formed dat
	[ "$(samples CHLD)" -eq 2 ] || fail "$(cat dat)"
	is "$(awk '/^CHLD/ { print $3; exit }' dat) > 16"
	is "$(awk '/^MEM/ && $2 > highest { highest = $2 } END { print highest }' dat) < 8"
	grep -q ^PEAK dat
}

test_borrowed_memory_counts_once() {
	ptmem run -T 0.005 -C -m rss -o dat "$CURVE" +40 v
	ended 0
	is "$(awk '/^MEM/ && $2 > highest { highest = $2 } END { print highest }' dat) < 60"
}

test_a_child_that_vanishes() {
	local child

	sampling -T 0.005 -M -- '(' +4 '&a' ~100000 ')' '(' +2 '&b' '&c' ')' '&d'
	at a
	at d
	child=$(awk '$1 == "(" { print $2; exit }' out)
	sampled_at b CHLD
	kill -KILL "$child"
	at c
	sampled_at c CHLD
	rm d
	collect "$watcher" ptmem
	ended 0
	well_formed dat
	[ "$(awk '/^CHLD/ { last = $2 } END { print last }' dat)" != "$child" ]
}

test_threads_and_ends() {
	ptmem run -T 0.01 -o dat "$DEBUGGEES/threads" 2
	well_formed dat
	for status in 0 7 255; do
		ptmem run -o dat "$CURVE" "=$status"
		ended "$status"
	done
	for signal in 6 9 11 15; do
		ptmem run -o dat "$CURVE" +1 "!$signal"
		ended $((128 + signal))
		well_formed dat
	done
}

test_what_cannot_run() {
	echo 'MEM 1.000000 1.0000' >dat
	: >plain
	refuses 127 'nothing: not found in PATH' run -o dat nothing
	ptmem run -o dat ./plain
	ended 126
	same - dat <<<'MEM 1.000000 1.0000'
	ptmem run -o new nothing
	[ ! -e new ]
	ptmem run nothing
	same <(printf '%s\n' dat err out plain) <(ls)
}

test_a_new_program_in_the_process() {
	sampling -T 0.005 -m pss -- '&a'
	sampled_at a
	collect "$watcher" ptmem
	ptmem run -T 0.005 -m pss -o dat sh -c "exec '$CURVE' +16 ~50"
	ended 0
	is "$(awk '/^MEM/ { last = $2 } END { print last }' dat) > 16"
}

untraced() {
	! grep -q '^TracerPid:[[:space:]]*[1-9]' /proc/"$1"/task/*/status
}

the_child_of() {
	tr -d " " <"/proc/$1/task/$1/children"
}

test_the_time_is_up() {
	sampling -T 0.005 -t 0.1 -CM -- '(' '&a' ')' '&b' +64 @ =5
	at a
	at b
	await "$LIMIT" untraced "$(the_child_of "$watcher")"
	rm a b
	collect "$watcher" ptmem
	ended 5
	well_formed dat
	is "$(awk '/^MEM/ && $2 > highest { highest = $2 } END { print highest }' dat) < 60"
	ptmem run -t 0.05 --kill -o dat "$CURVE" +1 '&c'
	ended 137
	well_formed dat
}

test_interrupted() {
	sampling -T 0.005 -- '&a'
	at a
	await "$LIMIT" more_samples_than 10
	kill -INT -- "-$watcher"
	collect "$watcher" ptmem
	ended 130
	well_formed dat
	grep -q 'samples in dat$' err
}

# What ptmem had a second before is there, and the program runs on.
test_killed() {
	local program

	sampling -T 0.005 -C -- '(' '&b' ')' '&a' @ =3
	at a
	at b
	program=$(the_child_of "$watcher")
	await "$LIMIT" more_samples_than 100
	kill -KILL "$watcher"
	collect "$watcher" ptmem
	await "$LIMIT" untraced "$program"
	ptmem peak dat
	ended 0
	rm a b
	await "$LIMIT" gone "$program"
}

# runs PID PROGRAM: no longer the shell that started it.
runs() {
	[ "/proc/$1/exe" -ef "$2" ]
}

test_attached() {
	local pid

	start answers complaints "$CURVE" '&a' +16 '&b' '(' +8 '&c' ')' '&d'
	pid=$!
	await "$LIMIT" runs "$pid" "$CURVE"
	start out err "$PTMEM" run -T 0.005 -CM -m rss -o dat --attach "$pid"
	watcher=$!
	await "$LIMIT" more_samples_than 1
	untraced "$pid" || fail 'traced'
	sampled_at a
	sampled_at b
	is "$memory > 16 && $memory < 20"
	sampled_at c CHLD
	is "$memory > 8"
	sampled_at d
	collect "$watcher" ptmem
	ended 0
	well_formed dat
	same <(echo "CMDLINE $CURVE &a +16 &b ( +8 &c ) &d") <(head -n 1 dat)
	collect "$pid" 'the target'
	ended 0
}

test_attached_and_let_go() {
	local pid

	start answers complaints "$CURVE" '&a' =4
	pid=$!
	at a
	ptmem run -T 0.005 -t 0.1 -o dat --attach "$pid"
	ended 0
	grep -qx "ptmem: $pid runs on, not sampled any more" err
	grep -q ^PEAK dat
	rm a
	collect "$pid" 'the target'
	ended 4
}

test_attached_by_name() {
	local one two name=ptmem-curve-$$

	cp "$CURVE" "$name"
	refuses 125 "--attach: no process is called '$name': see ps" run --attach "$name"
	start answers complaints "./$name" '&a'
	one=$!
	at a
	ptmem run -T 0.005 -t 0.05 -o dat --attach "$name"
	ended 0
	grep -qx "ptmem: $one runs on, not sampled any more" err
	start answers complaints "./$name" '&b'
	two=$!
	at b
	ptmem run -o dat --attach "$name"
	ended 125
	grep -Eqx "ptmem: --attach: 2 processes are called '$name': give one of ($one, $two|$two, $one)" err
	refuses 125 "attaching to process 2147483647: there is no such process" \
		run --attach 2147483647
	rm a b
	collect "$one" 'the target'
	collect "$two" 'the target'
}

# calls_of FUNCTION: growth and level of each.
calls_of() {
	awk -v name="$1" '$1 == "FUNC" && $2 == name && $4 <= $6 { print $5 - $3, $7 }' dat
}

test_calls() {
	start out err "$PTMEM" run -T 0.005 -F 'step,grow' --funcs shrink -o dat "$CURVE" \
		+16 '&a' +8 - =3
	watcher=$!
	sampled_at a
	is "$memory > 16"
	collect "$watcher" ptmem
	ended 3
	well_formed dat
	same - <(calls_of grow) <<<$'16 2\n8 2'
	same - <(calls_of shrink) <<<'-8 2'
	same - <(calls_of step) <<<$'16 1\n0 1\n8 1\n-8 1\n0 1'
	is "$(awk '/^PEAK/ { print $2 }' dat) > 24"
	ptmem peak --func grow dat
	ended 0
	is "$(awk '{ print $2 }' out) > 24"
	refuses 125 "--funcs: no function matches 'nothing'" run -F nothing -o new "$CURVE"
	[ ! -e new ]
	refuses 125 "--funcs: it is for a program that ptmem starts, and process $$ runs already" \
		run -F main --attach $$
}

# Calls that are under way when the time is up, and children beside them.
test_calls_until_the_time_is_up() {
	start out err "$PTMEM" run -T 0.005 -t 0.2 -C -m rss -F 'borrow,meet,grow' -o dat "$CURVE" \
		'(' +4 '&a' ')' '&b' +64 @ =5
	watcher=$!
	at a
	at b
	await "$LIMIT" untraced "$(the_child_of "$watcher")"
	rm a b
	collect "$watcher" ptmem
	ended 5
	well_formed dat
	[[ $(calls_of meet) == *' 1' ]] || fail "$(cat dat)"
	[ -z "$(calls_of grow)" ]
	is "$(awk '/^MEM/ && $2 > highest { highest = $2 } END { print highest }' dat) < 60"
}

# Where ptrace is forbidden nothing is traced, and all but the ends is there.
test_untraced() {
	export ASAN_OPTIONS=detect_leaks=0 # which takes ptrace
	start out err "$DEBUGGEES/forbid" "$PTMEM" run -T 0.005 -C -M -m rss -o dat "$CURVE" \
		+1 '(' +8 '&a' ')' '&b' @ =6
	watcher=$!
	at a
	at b
	untraced "$(the_child_of "$watcher")" || fail traced
	sampled_at a CHLD
	is "$memory > 8"
	sampled_at b
	collect "$watcher" ptmem
	ended 6
	well_formed dat
	grep -q 'so ends are not sampled, and short children may be missed$' err
	ptmem run -o dat "$CURVE" =2
	ended 2
}

test_full_disk() {
	ptmem run -T 0.005 -o /dev/full "$CURVE" +1 ~700 =3
	refused_after_all 'writing /dev/full: No space left on device'
}

# refused_after_all MESSAGE: the program ran to its end.
refused_after_all() {
	ended 125
	grep -q '^+ 1 ' out
	same <(echo "ptmem: $1") err
}

test_names_of_files() {
	ptmem run "$CURVE"
	ptmem run "$CURVE"
	ptmem run "$CURVE"
	ended 0
	[ "$(find . -name 'mprofile_*.dat' | wc -l)" -eq 3 ]
	find . -name 'mprofile_*.dat' | grep -Evx '\./mprofile_[0-9]{14}\.dat' && fail 'name'
	echo mine >text
	refuses 125 'text: is there, and no samples over time: remove it, or give another name' \
		run -o text "$CURVE"
	same - text <<<mine
	ptmem run -o - "$CURVE"
	grep -q '^MEM ' out
}

# As alone, in what a terminal and signals do: those behaviours that another tracer could change.
test_behaviour() {
	BEHAVE_MODES='run -CM' BEHAVE_ONLY='^(terminal_(suspend|background|job)|family_group_signal|exec_(thread|leader))$' \
		bash "$tests/integration/test_behaviour.sh" >behaviours
	if grep -q '^not ok' behaviours; then
		fail "$(cat behaviours)"
	fi
}

JOBS=4
run_tests "$@"
