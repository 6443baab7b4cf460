#!/usr/bin/env bash
# The recording that a run leaves: where, whose, what is kept, and what may go wrong with it.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
JOBS=2

# records OPTION...: a short run, recorded.
records() {
	ptmem -o report "$@" "$DEBUGGEES/grow" 64x5
	ended 0
}

# warned LINE: among what ptmem said, and the run went on.
warned() {
	ended 0
	grep -q '^grew ' out || fail 'the program did not run:' "$(cat out err)"
	grep -qxF "ptmem: $1" err || fail "not said: $1" "$(cat err)"
	grep -q 'grow_n$' report || fail 'no report'
}

test_default_place() {
	records
	[ -s mem_trace.raw ]
	[ "$(stat -c %a mem_trace.raw)" = 600 ]
	grep -qx 'ptmem: recorded in mem_trace.raw: see ptmem post --help' err
}

test_an_older_one_is_kept() {
	records
	mv report first
	records --funcs grow_n
	mv report second
	records --funcs idle,grow_n
	ptmem post -o looked mem_trace.raw.old
	same second looked
	[ "$(echo mem_trace*)" = 'mem_trace.raw mem_trace.raw.old' ]
	! cmp -s first second
}

test_a_file_of_someone_else_is_left_alone() {
	echo 'dear diary' >mem_trace.raw
	records
	warned "the recording mem_trace.raw: a file that is not ptmem's has this name: --force overwrites it"
	same - mem_trace.raw <<<'dear diary'
	[ "$(grep -c 'recorded in' err)" -eq 0 ]
	[ ! -e mem_trace.raw.old ]
	records --force
	grep -q 'recorded in mem_trace.raw' err
	ptmem post mem_trace.raw
	ended 0
	[ ! -e mem_trace.raw.old ]
}

test_no_link_is_followed() {
	echo 'dear diary' >diary
	ln -s diary mem_trace.raw
	records --force
	warned 'the recording mem_trace.raw: it is there, and no file'
	same - diary <<<'dear diary'
	[ -L mem_trace.raw ]
}

test_names() {
	records --raw '%n-%p-%h-%%-%x.raw'
	[ "$(echo ./*.raw)" = "./$(sed -n 's/^ptmem: recorded in \(.*\): see .*/\1/p' err)" ]
	[[ $(echo ./*.raw) =~ ^./grow-[0-9]+-$(uname -n)-%-%x.raw$ ]]
	for rank in 0 3; do
		OMPI_COMM_WORLD_RANK=$rank records --raw 'trace.%r.raw'
	done
	[ "$(echo trace*)" = 'trace.0.raw trace.3.raw' ]
}

test_no_raw() {
	records --no-raw
	[ ! -e mem_trace.raw ]
	[ "$(grep -c 'recorded in' err)" -eq 0 ]
	records --raw x.raw --no-raw
	[ ! -e x.raw ]
}

test_no_such_folder() {
	records --raw none/x.raw
	warned 'the recording none/x.raw: No such file or directory'
}

# What root may not write to either is rare: files in /proc cannot be made.
test_unwritable_folder() {
	local folder=locked why='Permission denied'

	mkdir locked
	chmod 555 locked
	[ "$(id -u)" -ne 0 ] || folder=/proc why='No such file or directory'
	records --raw $folder/x.raw
	warned "the recording $folder/x.raw: $why"
}

test_not_a_file() {
	mkfifo fifo
	mkdir folder
	for name in fifo folder /dev/full; do
		records --raw $name
		warned "the recording $name: it is there, and no file"
	done
}

# A disk that is full, as far as anybody can tell: no file may grow beyond 1 kB.
test_full_disk() {
	limited bash -c "ulimit -f 1; exec '$PTMEM' -o report '$DEBUGGEES/grow' 1x20000"
	warned 'the recording mem_trace.raw is not whole: File too large'
	ptmem post mem_trace.raw
	ended 0
	grep -q '^ptmem: mem_trace.raw: cut: it ends in the middle of a record: ' err
	rm mem_trace.raw
	limited bash -c "{ ulimit -f 0; '$PTMEM' -o /dev/null '$DEBUGGEES/grow' 2x3; echo \$?; } 2>&1 | cat"
	same - <(grep -v '^ptmem: \(engine\|no debug info\)' out) <<-'END_OF_OUTPUT'
	grew 2 pages 3 times
	ptmem: the recording mem_trace.raw: File too large
	0
	END_OF_OUTPUT
	[ ! -e mem_trace.raw ]
}

test_status_of_the_program_with_and_without() {
	local option

	for option in --no-raw --raw=x.raw --raw=none/x.raw; do
		ptmem -o report $option "$DEBUGGEES/ends" exit 1
		ended 3
		ptmem -o report $option "$DEBUGGEES/ends" term 1
		ended 143
	done
}

test_ends_of_the_program() {
	local how

	for how in exit _exit abort kill segv; do
		ptmem -o report "$DEBUGGEES/ends" "$how" 64
		ptmem post -o looked mem_trace.raw
		same report looked
		[ "$(grep -c cut err)" -eq 0 ] || fail "$how: cut"
	done
}

# Killed while it writes: what was written is there.
test_ptmem_is_killed() {
	local tracer tries=0

	"$PTMEM" -o report "$DEBUGGEES/grow" 1x100000000 >/dev/null 2>err &
	tracer=$!
	while [ "$(stat -c %s mem_trace.raw 2>/dev/null || echo 0)" -lt 2000 ]; do
		sleep 0.05
		[ $((tries += 1)) -lt 400 ] || fail 'nothing was recorded'
	done
	kill -KILL $tracer
	wait $tracer || true
	ptmem post -v mem_trace.raw
	ended 0
	grep -qx 'ptmem: mem_trace.raw: cut: .*: what follows is what was recorded until then' err
	grep -q '/grow.c:9:grow_n$' out || fail "$(cat out err)"
	grep -q 'difference 0$' err
}

run_tests "$@"
