#!/usr/bin/env bash
# Recordings of several processes: what is said of each, and of all. `family` makes one of
# 4242 and 4244, two servers, and 4243, a worker.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

family() {
	"$DEBUGGEES/../cli/family" "$1"
}

# flat MB CALLS LINE:NAME...: a table of these rows, without the line below it.
flat() {
	echo 'Memory (MB)   Calls  File:Line:Function'
	echo '---------------------------------------'
	while [ $# -gt 0 ]; do
		printf '%10s  %7s  %s\n' "$1" "$2" "$3"
		shift 3
	done
	echo '---------------------------------------'
	echo 'Memory (MB)   Calls  File:Line:Function'
}

test_flat() {
	family r
	ptmem post r
	ended 0
	[ ! -s err ]
	same - out < <(
		echo '4242 ./server --port 1'
		flat 0.0625 1 '[startup]' 1.5 1 /src/family.c:20:grow 2 1 /src/family.c:10:serve
		printf 'Max mem usage: 4.00 MB\n\n'
		echo "4243 './wor ker'"
		flat 4 1 /src/family.c:20:grow
		printf 'Max mem usage: 6.00 MB\n\n'
		echo '4244 ./server --port 1'
		flat
		printf 'Max mem usage: 1.00 MB\n\n'
		echo 'all 3 processes'
		flat 0.0625 1 '[startup]' 2 1 /src/family.c:10:serve 5.5 2 /src/family.c:20:grow
		echo 'Max mem usage: 6.00 MB (the largest of one process)'
	)
}

test_tree() {
	family r
	ptmem post --tree r
	ended 0
	same - err <<<'ptmem: 2 rows below 1 MB are not shown'
	same - out <<-'END'
	4242 ./server --port 1
	/src/family.c:10:serve     2.00 MB  (1 calls)
	    /src/family.c:20:grow     1.50 MB  (1 calls)

	Max mem usage: 4.00 MB

	4243 './wor ker'
	[startup]    -1.00 MB  (1 calls)
	/src/family.c:20:grow     4.00 MB  (1 calls)

	Max mem usage: 6.00 MB

	4244 ./server --port 1

	Max mem usage: 1.00 MB

	all 3 processes
	/src/family.c:10:serve     2.00 MB  (1 calls)
	    /src/family.c:20:grow     1.50 MB  (1 calls)
	/src/family.c:20:grow     4.00 MB  (1 calls)

	Max mem usage: 6.00 MB (the largest of one process)
	END
}

test_headings_are_bold() {
	family r
	ptmem post --color always r
	[ "$(grep -c $'^\033\\[1m[4a].*[1s]\033\\[0m$' out)" -eq 3 ] || fail "$(cat -v out)"
}

test_one_of_them() {
	family r
	ptmem post --process 4243 r
	ended 0
	same - out < <(flat 4 1 /src/family.c:20:grow && echo 'Max mem usage: 6.00 MB')
	ptmem post --process 4242 --tree r
	same - out <<-'END'
	/src/family.c:10:serve     2.00 MB  (1 calls)
	    /src/family.c:20:grow     1.50 MB  (1 calls)

	Max mem usage: 4.00 MB
	END
	ptmem post --process 4243 --export json r
	grep -q '"version": 1,' out
	grep -q '"pid": "4243"' out
	refuses 125 '--process 99: recorded are 4242, 4243, 4244' post --process 99 r
	refuses 125 "--process: '0' is not a process id: give e.g. --process 4242" post --process 0 r
	refuses 125 "--process: 'x' is not a process id: give e.g. --process 4242" post --process x r
}

test_one_of_several_recordings() {
	family r
	ptmem -o /dev/null --raw other "$DEBUGGEES/grow" 64x5
	ptmem post --process 4243 other r
	ended 0
	same - out < <(flat 4 1 /src/family.c:20:grow && echo 'Max mem usage: 6.00 MB')
	refuses 125 '--process 1: recorded are 4242, 4243, 4244, 4242, 4243, 4244, 4242, 4243 and 1 more' \
		post --process 1 r r r
	ptmem post other --process 1
	grep -qx 'ptmem: --process 1: recorded is only [0-9]*' err
}

test_several_recordings_are_one_report() {
	family r
	ptmem post r r
	same - out < <(
		flat 0.125 2 '[startup]' 4 2 /src/family.c:10:serve 11 4 /src/family.c:20:grow
		echo 'Max mem usage: 6.00 MB'
	)
	ptmem post r
	mv out one
	ptmem post --per-file r r
	same out <(echo '==> r <==' && cat one && printf '\n==> r <==\n' && cat one)
}

test_functions_of_each() {
	family r
	ptmem post --funcs serve r
	[ "$(grep -c ':serve$' out)" -eq 2 ]
	[ "$(grep -c ':grow$' out)" -eq 0 ]
	ptmem post --tree --exclude grow --min 0 r
	[ "$(grep -c ':serve ' out)" -eq 2 ]
	[ "$(grep -c ':grow ' out)" -eq 0 ]
	refuses 125 "--funcs: no function in the recording matches 'swerve': the nearest is serve" \
		post --funcs swerve r
}

test_each_at_its_own_peak() {
	family r
	ptmem post --peak --export csv r
	grep -q '^4242,./server --port 1,.*,serve,' out
	grep -q "^4243,'./wor ker',4194304,4194304,4194304,.*,grow," out
	[ "$(grep -c '^4243' out)" -eq 1 ] || fail "$(cat out)"
}

test_balances() {
	family r
	ptmem post -v -o /dev/null r
	for pid in 4242 4243 4244; do
		grep -qx "ptmem: $pid: difference 0" err || fail "$(cat err)"
	done
	grep -qx "ptmem: and process  *4243 './wor ker'" err
}

test_exports() {
	family r
	ptmem post --export csv r
	same <(tr -d '\r' <out | cut -d , -f 1-3,10) - <<-'END'
	pid,command,memory_bytes,function
	4242,./server --port 1,65536,[startup]
	4242,./server --port 1,1572864,grow
	4242,./server --port 1,2097152,serve
	4243,'./wor ker',0,[startup]
	4243,'./wor ker',4194304,grow
	END
	ptmem post --export folded r
	same - out <<-'END'
	4242 ./server --port 1;[startup] 65536
	4242 ./server --port 1;serve 524288
	4242 ./server --port 1;serve;grow 1572864
	4243 './wor ker';grow 4194304
	END
	same - err <<<'ptmem: 1 path that gave memory back, -1.00 MB in all, not shown: folded has no place for less than 0'
}

test_json() {
	command -v python3 >/dev/null || skip 'python3 is not there'
	family r
	ptmem post --export json r
	python3 -c '
import json, sys
document = json.load(open("out"))
assert document["version"] == 2
assert [p["pid"] for p in document["processes"]] == [4242, 4243, 4244]
assert [p["status"] for p in document["processes"]] == [0, 3, None]
assert document["total"]["processes"] == 3
for part in document["processes"] + [document["total"]]:
    for sums in part["balance"].values():
        assert sums["end"] - sums["start"] == sums["functions"] + sum(sums["brackets"].values())
'
}

# What is judged, and compared, is all of them together.
test_check_and_diff() {
	family r
	ptmem check --min 5.5 r
	ended 120
	grep -q ': grow added 5.5 MB, which reaches the limit of 5.5 MB$' out
	ptmem check --min 5.6 --max-rss 6 r
	ended 0
	ptmem check --max-rss 5.9 r
	ended 120
	ptmem check -v --min 9 --funcs grow r
	ended 0
	[ "$(grep -c ': difference 0$' err)" -eq 3 ]
	ptmem check --baseline r --min 0 r
	ended 0
	ptmem diff r r
	ended 0
	[ "$(grep -c ':grow$' out)" -eq 0 ]
}

# Of what was cut, each process as far as it goes.
test_cut() {
	family r
	head -c $(($(stat -c %s r) - 1)) r >short
	ptmem post short
	ended 0
	grep -qx '4244 ./server --port 1' out
	grep -q ' 5.5        2  /src/family.c:20:grow$' out
	same - err <<<'ptmem: short: cut: it ends in the middle of a record: what follows is what was recorded until then'
}

run_tests "$@"
