#!/usr/bin/env bash
# memit: the peak and the increment of a program, what it says of several runs, and of two programs.
# shellcheck source-path=SCRIPTDIR
EVERY_ENGINE=1
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

JOBS=$(nproc)
grow=$DEBUGGEES/grow
amount='[0-9]+\.[0-9][0-9]'
line="^peak memory: $amount MiB, increment: $amount MiB\$"

# What grow has beside the pages that it is told to take: the C library, and all that prepare()
# touches.
most_beside=1500

# judge CONDITION: Python's, on the document `r` in result.json and its first command `a`.
judge() {
	python3 - "$1" <<-'END' || fail "not so: $1" "$(cat result.json)"
		import json, sys
		r = json.load(open('result.json'))
		a = r['commands'][0]
		b = r['commands'][-1]
		page = 4096

		def values(command, name):
		    return [run[name] for run in command['runs']]

		def spread_is_right(command, name):
		    told, all = command[name], sorted(values(command, name))
		    mean, half = sum(all) / len(all), len(all) // 2
		    deviation = (sum((x - mean) ** 2 for x in all) / (len(all) - 1)) ** 0.5
		    return ((told['min'], told['max']) == (all[0], all[-1])
		            and told['median'] == (all[half] + all[-1 - half]) // 2
		            and abs(told['stddev'] - deviation) <= 1)

		sys.exit(not eval(sys.argv[1]))
	END
}

memit() {
	rm -f result.json
	ptmem memit --json result.json "$@"
}

test_one_run() {
	ptmem memit "$grow" 10x5
	ended 0
	[ ! -s err ]
	[ "$(head -n 1 out)" = 'grew 10 pages 5 times' ]
	[ "$(wc -l <out)" -eq 2 ]
	tail -n 1 out | grep -Eq "$line"
}

test_increment_is_what_it_grew_by() {
	memit "$grow" 1000x5
	ended 0
	judge '5000 * page <= a["increment"]["median"] < (5000 + '$most_beside') * page'
	judge 'a["runs"][0]["peak"] - a["runs"][0]["start"] == a["increment"]["median"]'
	judge '0 < a["runs"][0]["start"] < 100 * page'
}

test_two_differ_by_their_pages() {
	memit "$grow 1000x5" --vs "$grow 100x5"
	ended 0
	judge 'abs(a["increment"]["median"] - b["increment"]["median"] - 4500 * page) <= 8 * page'
	grep -Eq "^$grow 100x5, against $grow 1000x5: peak memory -$amount MiB \\(x $amount\\), increment -$amount MiB \\(x $amount\\)\$" out
}

# The kernel has seen it, though nobody looked, and although the first thread was gone.
test_short_peaks_are_not_missed() {
	memit "$grow" 5000x1 back
	judge '5000 * page <= a["increment"]["median"] < (5000 + '$most_beside') * page'
	memit "$DEBUGGEES/leader" 5000
	ended 0
	judge '5000 * page <= a["increment"]["median"] and not a["runs"][0]["cut"]'
}

test_runs_are_as_many_as_asked_for() {
	ptmem memit sh -c 'echo >>once'
	[ "$(wc -l <once)" -eq 1 ]
	ptmem memit -r 7 -- sh -c 'echo >>seven'
	[ "$(wc -l <seven)" -eq 7 ]
	ptmem memit --runs=3 'sh -c "echo >>first"' --vs 'sh -c "echo >>second"'
	ended 0
	[ "$(wc -l <first)" -eq 3 ]
	[ "$(wc -l <second)" -eq 3 ]
}

test_statistics_are_those_of_the_runs() {
	# shellcheck disable=SC2016 # for the shell that is run
	memit -r 4 sh -c 'echo >>n; exec "$0" "$(wc -l <n)000x1"' "$grow"
	ended 0
	judge 'len(a["runs"]) == 4 and r["unit"] == "bytes" and r["metric"] == "rss"'
	judge '2900 * page < a["peak"]["max"] - a["peak"]["min"] < 3100 * page'
	judge 'all(spread_is_right(a, name) for name in ("peak", "increment"))'
	sed -E "s/  */ /g; s/$amount/N/g" out >table
	same - <(tail -n 4 table) <<-'END'
	peak memory: N MiB, increment: N MiB
	4 runs, in MiB median minimum maximum std. dev.
	peak memory N N N N
	increment N N N N
	END
}

test_words_of_commands() {
	printf '%s\n' '#!/bin/sh' 'printf "[%s]" "$@"' >show
	chmod +x show
	# shellcheck disable=SC2016 # for the shell that is run
	memit "./show 'a b' \"c\" --vs d" --vs='./show $((1+1))' -r 1
	ended 0
	grep -q '^\[a b\]\[c\]\[--vs\]\[d\]\[2\]./show' out
	judge 'a["argv"] == ["./show", "a b", "c", "--vs", "d"]'
	# shellcheck disable=SC2016 # as it was given
	judge 'b["argv"] == ["sh", "-c", "./show $((1+1))"]'
	# shellcheck disable=SC2016 # as it was given
	grep -qF 'ptmem: ./show $((1+1)): run by a shell' err
	memit --vs './show x' -- ./show 'y  z' --vs
	ended 0
	judge 'a["argv"] == ["./show", "y  z", "--vs"] and b["argv"] == ["./show", "x"]'
	judge 'a["command"] == "./show '"'y  z'"' --vs"'
	memit -- ./show --vs a
	judge 'a["argv"] == ["./show", "--vs", "a"] and len(r["commands"]) == 1'
}

test_markdown() {
	ptmem memit --markdown - 'sh -c "exit 0"' --vs 'sh -c "printf \"|\""'
	ended 0
	sed -E "s/$amount/N/g" out >table
	same - table <<-'END'
	|| Command | Runs | Peak [MiB] | Min [MiB] | Max [MiB] | Increment [MiB] | Relative |
	|:---|---:|---:|---:|---:|---:|---:|
	| `sh -c "exit 0"` | 1 | N | N | N | N | N |
	| `sh -c "printf \"\|\""` | 1 | N | N | N | N | N |
	END
}

test_json_to_standard_output() {
	ptmem memit --json - -r 2 true
	ended 0
	[ ! -s err ]
	python3 -c 'import json, sys; assert json.load(sys.stdin)["format"] == "ptmem-memit"' <out
	ptmem memit --json - -o text true
	python3 -c 'import json, sys; assert json.load(sys.stdin)["commands"]' <out
	grep -Eq "$line" text
}

test_failing_programs() {
	memit sh -c 'exit 7'
	ended 7
	same - err <<<"ptmem: sh -c 'exit 7': ended with status 7"
	grep -Eq "$line" out
	judge 'a["runs"][0]["status"] == 7 and a["runs"][0]["signal"] is None'
	# shellcheck disable=SC2016 # for the shell that is run
	memit -r 3 sh -c 'echo >>n; [ $(wc -l <n) -ne 2 ] || exit 3'
	ended 0
	judge 'values(a, "status") == [0, 3, 0]'
	grep -q ': 1 of 3 runs failed, run 2 with status 3$' err
	memit true --vs false
	ended 1
	memit 'sh -c "exit 4"' --vs false
	ended 4
}

test_killed_programs() {
	# shellcheck disable=SC2016 # for the shell that is run
	for signal in 9 11 15; do
		memit -r 2 sh -c 'kill -$0 $$; sleep 9' $signal
		ended $((128 + signal))
		judge 'values(a, "signal") == ['$signal'] * 2 and values(a, "status") == [None] * 2'
		judge 'a["peak"]["min"] > 0'
	done
}

test_what_cannot_be_run() {
	refuses 127 'no-such-program: not found in PATH' memit no-such-program
	refuses 127 'no-such-program: not found in PATH' memit 'sh -c "echo >ran"' --vs no-such-program
	printf text >text
	ptmem memit ./text
	ended 126
	refuses 125 "--json: '/nonexistent/x' cannot be written: No such file or directory" \
		memit --json /nonexistent/x sh -c 'echo >ran'
	[ ! -e ran ]
	refuses 127 'no-such-program: not found in PATH' memit --json new no-such-program
	[ ! -e new ]
}

test_mistakes() {
	refuses 125 "--runs: '0' is not a number of runs from 1 to 1000: give e.g. --runs 5" \
		memit -r 0 true
	refuses 125 "a quote is not closed in the command: echo 'x" memit true --vs "echo 'x"
	refuses 125 'a command is empty' memit true --vs ''
	refuses 125 "--vs: 'c' is one word too many: put each command into quotes: memit 'A ARGS' --vs 'B ARGS'" \
		memit a --vs b c
	refuses 125 "--metric: 'all' is none of rss|anon|file|shmem|swap|pss|uss" \
		memit --metric all true
	refuses 125 'no program to run: ptmem memit [OPTION...] [--] PROGRAM [ARG...], or ptmem memit --help' \
		memit -r 3
}

# Of these the last sample is at the end, while all that it took is there. One's share of a library
# shrinks where another process starts to use it.
test_metrics() {
	local metric

	for metric in anon pss uss; do
		memit --metric $metric "$grow" 1000x5
		ended 0
		same - err <<<"ptmem: $metric is sampled, every 2 ms at best: what was there for less may be missing"
		judge 'r["metric"] == "'$metric'" and r["sampled"]'
		judge '(5000 - '$most_beside') * page <= a["increment"]["median"] < (5000 + '$most_beside') * page'
	done
	memit --metric swap "$grow" 1x1
	ended 0
	judge 'r["metric"] == "swap"'
}

# One child is as high as the kernel says, whatever was sampled.
test_children() {
	memit "$grow" 1x1
	judge 'not r["children"]'
	memit sh -c "'$grow' 5000x1; true"
	judge 'a["increment"]["median"] < 5000 * page'
	memit -C --metric rss sh -c "'$grow' 5000x1 back; true"
	ended 0
	judge 'r["children"] and a["peak"]["median"] >= 5000 * page'
	grep -q '^ptmem: rss of several processes is sampled' err
	grep -q '^ptmem: several processes are added up: what they share counts for each' err
}

# Two that are there at the same time, for long enough.
test_children_are_added_up() {
	cat >child <<-'END'
		import os, sys, time
		held = b'x' * 40000000
		open('ready' + sys.argv[1], 'w').close()
		while not (os.path.exists('readya') and os.path.exists('readyb')):
		    time.sleep(0.01)
		time.sleep(0.5)
	END
	memit --include-children bash -c 'python3 child a & python3 child b & wait'
	ended 0
	judge 'r["metric"] == "pss" and 80000000 < a["peak"]["median"] < 120000000'
	grep -qx 'ptmem: several processes are added up: as pss, so that what they share counts once' err
}

test_it_runs_as_alone() {
	printf 'one\ntwo\n' >input
	"$PTMEM" memit sh -c 'cat; echo three >&2; umask; ulimit -n; trap' <input >out 2>err
	sh -c 'cat; umask; ulimit -n; trap' <input >alone
	same alone <(grep -v '^peak memory' out)
	same - err <<<three
}

# A program with privileges keeps them, and is only looked at.
test_what_cannot_be_traced() {
	local user=()

	[ "$(id -u)" -ne 0 ] || user=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	[ -u "$(command -v su)" ] || skip 'no program that has privileges'
	limited "${user[@]}" "$binary" memit -r 2 su --version
	ended 0
	same - err <<<'ptmem: su --version: it could not be traced, only sampled: neither its beginning nor its end is known'
	grep -Eq "$line" out
}

test_progress_on_a_terminal() {
	TERM=xterm limited "$DEBUGGEES/onterminal" -- "$PTMEM" memit -r 3 true
	tr '\r' '\n' <out | sed -E "s/$amount/N/; s/\x1b\[K/<erased>/" >lines
	grep -qx '<erased>run 1 of 3' lines
	grep -qx '<erased>run 3 of 3, peak so far N MiB' lines
	grep -qx '<erased>peak memory: .*' lines
	TERM=dumb limited "$DEBUGGEES/onterminal" -- "$PTMEM" memit -r 3 true
	! grep -q 'run 1 of' out || fail "$(cat out)"
	TERM=xterm limited "$DEBUGGEES/onterminal" -- "$PTMEM" memit true
	! grep -q 'run 1 of' out || fail "$(cat out)"
}

test_interrupt_ends_both() {
	# shellcheck disable=SC2016 # for the shell that is run
	TERM=dumb limited "$DEBUGGEES/onterminal" expect=ready-2 send=^C -- "$PTMEM" memit -r 9 \
		sh -c 'echo >>n; echo ready-$(wc -l <n); [ $(wc -l <n) -lt 2 ] || exec sleep 30'
	grep -q 'interrupted: 1 of 9 runs are reported' out
	grep -q '^peak memory: ' out
	grep -q 'ended with 130' out
	[ "$(wc -l <n)" -eq 2 ]
}

run_tests "$@"
