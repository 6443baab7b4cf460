#!/usr/bin/env bash
# What is done with files of memory over time: list, rm, clean, peak. The files are written by
# hand, as Python's mprof has them.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

export TZ=UTC

# written NAME SECONDS [LINE...]: of two samples, the first at that time, and these lines.
written() {
	printf '%s\n' "CMDLINE ./app --fast $2" "MEM 1.500000 $2.2500" "MEM 12.503906 $2.3500" \
		"${@:3}" >"$1"
}

three() {
	written mprofile_20231114221320.dat 1700000000
	written mprofile_20231114221330.dat 1700000010 'CHLD 4711 3.250000 1700000010.3000' \
		'CHLD 4711 2.000000 1700000010.4000' 'PEAK 15.500000'
	written mprofile_20231114221340.dat 1700000020 \
		'FUNC load 1.0000 1700000020.2000 2.0000 1700000020.3000 1' \
		'FUNC app::save(int) 1.0000 1700000020.3000 2.0000 1700000020.4000 1' \
		'MEM 4.000000 1700000020.9500'
}

# prints ARG...: what is on standard input, and no more.
prints() {
	ptmem "$@"
	ended 0
	same - out
	[ ! -s err ] || fail "$(cat err)"
}

test_list() {
	three
	prints list <<-'END'
	0 mprofile_20231114221320.dat 22:13:20 14/11/2023 ./app --fast 1700000000
	1 mprofile_20231114221330.dat 22:13:30 14/11/2023 ./app --fast 1700000010
	2 mprofile_20231114221340.dat 22:13:40 14/11/2023 ./app --fast 1700000020
	END
	printf 'CMDLINE a\033[31mb\nMEM 1.0 1.0\n' >mprofile_1.dat
	ptmem list
	grep -qx '0 mprofile_1.dat 00:00:01 01/01/1970 a?\[31mb' out
}

test_list_of_nothing() {
	prints list </dev/null
	: >mprofile_1.dat
	mkdir mprofile_2.dat
	written mprofile_3.dat 1700000000
	ptmem list
	ended 0
	grep -qx '1 mprofile_3.dat .*' out
	grep -q '^ptmem: 0: .*mprofile_1.dat: ' err
	[ "$(cat out err | wc -l)" -eq 2 ]
	refuses 125 "list: it takes no files: leave 'x' out" list x
}

test_peak() {
	three
	printf 'mprofile_20231114221340.dat\t12.504 MiB\n' >newest
	prints peak <newest
	prints peak -1 <newest
	prints peak 2 <newest
	prints peak -- -1 <newest
	prints peak ./mprofile_20231114221340.dat 1 <<-END
	./mprofile_20231114221340.dat	12.504 MiB
	mprofile_20231114221330.dat	15.500 MiB
	  Child 4711			3.250 MiB
	END
	printf 'MEM 1.5 1.0\nCHLD 12 7.25 1.0\n' >mprofile_3.dat
	prints peak <<-END
	mprofile_3.dat	1.500 MiB
	  Child 12			7.250 MiB
	END
}

test_peak_of_a_function() {
	three
	prints peak --func load <<<$'mprofile_20231114221340.dat\t2.000 MiB'
	prints peak --func 'app::save(int)' <<<$'mprofile_20231114221340.dat\t12.504 MiB'
	prints peak --func='*' -1 <<<$'mprofile_20231114221340.dat\t12.504 MiB'
	refuses 125 "mprofile_20231114221340.dat: no call of 'sav' in it" peak --func sav
	refuses 125 "mprofile_20231114221330.dat: no call of 'load' in it" peak --func load -1 1
}

test_rm() {
	three
	prints rm --dry-run -1 0 0 <<-'END'
	mprofile_20231114221340.dat
	mprofile_20231114221320.dat
	END
	[ "$(find . -name '*.dat' | wc -l)" -eq 3 ]
	prints rm -n -3 <<<mprofile_20231114221320.dat
	prints rm 0 -1 -1 </dev/null
	same - <(ls ./*.dat) <<<./mprofile_20231114221330.dat
	written other 1700000000
	prints rm other -1 </dev/null
	[ -z "$(find . -name '*.dat' -o -name other)" ]
}

# All or none; and nothing that is not ours, whatever it is called.
test_rm_of_what_is_not_ours() {
	three
	echo 'int main;' >mprofile_0.dat
	: >mprofile_1.dat
	ln -s mprofile_20231114221320.dat mprofile_2.dat
	ls >before
	refuses 125 '9: no such index: there are 0 to 4, or -1 to -5: see ptmem list' rm -1 9
	refuses 125 'none: No such file or directory' rm -1 none
	refuses 125 'mprofile_2.dat: no plain file: it stays' rm -1 mprofile_2.dat
	ptmem rm -1 mprofile_0.dat
	refused_by_one_line mprofile_0.dat
	ptmem rm -1 1
	refused_by_one_line mprofile_1.dat
	ptmem rm .
	refused_by_one_line .
	refuses 125 "no samples to remove: ptmem rm [OPTION...] INDEX|FILE..., or ptmem rm --help" rm
	rm out err
	same before <(ls)
	ptmem clean -n
	same <(ls mprofile_20*) out
	ptmem clean
	ended 0
	[ "$(grep -c '^ptmem: stays: .*mprofile_[01].dat: ' err)" -eq 2 ]
	same - <(ls) <<-'END'
	before
	err
	mprofile_0.dat
	mprofile_1.dat
	mprofile_2.dat
	out
	END
}

# refused_by_one_line FILE
refused_by_one_line() {
	ended 125
	[ "$(wc -l <err)" -eq 1 ]
	grep -q "^ptmem: .*$1: " err || fail "$(cat err)"
}

test_errors() {
	refuses 125 'no mprofile_*.dat in this folder: ptmem run makes them' peak
	refuses 125 'no mprofile_*.dat in this folder: ptmem run makes them' rm -1
	refuses 125 "--interval: '0' is not a number of seconds above 0, up to 1000000: give e.g. --interval 0.5" \
		run -T 0 true
	refuses 125 '--interval: 0.0005 s is too short: give 0.001 or more' run -T 0.0005 true
	refuses 125 '--kill: it is for when time is up: give --timeout as well' run --kill true
	refuses 125 "--kill: it is for a program that ptmem starts, and process $$ runs already" \
		run --kill -t 1 --attach $$
	refuses 125 "--metric: 'all' is none of rss|anon|file|shmem|swap|pss|uss" run -m all true
	refuses 125 'no program to run: ptmem run [OPTION...] [--] PROGRAM [ARG...], or ptmem run --help' run
	refuses 125 'no/folder: No such file or directory' run -o no/folder true
}

run_tests "$@"
