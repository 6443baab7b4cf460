#!/usr/bin/env bash
# The faults engine against the breakpoints engine, on the same debuggees: what each function
# added is the same to the page, whether page faults are sampled or each is a stop.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
EVERY_ENGINE=1
. "$(dirname "$0")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../target.sh
. "$(dirname "$0")/../target.sh"

# flat FILE OPTION... -- DEBUGGEE ARG...: memory and names of the functions, brackets left out.
flat() {
	local file=$1

	shift
	ptmem --no-raw -m anon --libs main --precision 17 -o table "$@"
	awk '$1 ~ /^-?[0-9]/ && $1 != 0 && !/ \[/ { print $1, $2, $3 }' table | sort >"$file"
}

# sampled DEBUGGEE ARG...: the signed sums are those of the breakpoints engine.
sampled() {
	local debuggee=$1

	shift
	flat by_calls --engine breakpoints --net -- "$DEBUGGEES/$debuggee" "$@"
	flat by_faults -v --engine faults --net -- "$DEBUGGEES/$debuggee" "$@"
	grep '^ptmem: ' err >said
	grep '^ptmem: stopped ' said >stopped
	balanced
	if grep -q 'cut off\|samples* lost' said; then
		fail "$(cat said)"
	fi
	diff -u <(cut -d' ' -f1,3 by_calls | sort) <(cut -d' ' -f1,3 by_faults | sort)
}

# exact DEBUGGEE ARG...: sums of increases and calls are.
exact() {
	local debuggee=$1

	shift
	flat by_calls --engine breakpoints -- "$DEBUGGEES/$debuggee" "$@"
	flat by_stops -v --exact -- "$DEBUGGEES/$debuggee" "$@"
	grep '^ptmem: ' err >said
	balanced
	diff -u by_calls by_stops
}

both() {
	sampled "$@"
	exact "$@"
}

test_growth() {
	both grow 64x5
}

test_growth_given_back() {
	both grow 8x5 back
}

test_growth_at_O2() {
	both grow-optimised 64x5
}

test_without_a_pie() {
	both grow-fixed 64x5
}

test_recursion() {
	both recursion plain 30 2
	both recursion mutual 5 2
}

test_recursion_that_grows_the_stack() {
	both recursion deep 50000 1
}

test_recursion_deeper_than_a_sample() {
	both recursion direct 1000 1
}

# Stacks that are relied on, and what ends that.
test_stacks_relied_on() {
	sampled relied return 3000 6
	sampled relied jump 3000 6
	sampled relied fork 3000 6
	sampled relied exec 2000 4
}

# Each of two routes has half; threads take some pages for their stacks as well.
test_stacks_relied_on_of_many() {
	for how in switch threads; do
		ptmem --no-raw -m anon --net --engine faults "$DEBUGGEES/relied" "$how" 3000 6
		awk '/:route_a$/ { a = $1 } /:route_b$/ { b = $1 } /\[lost\]$/ { lost = $1 }
			END { exit !(b + lost > 35 && a - b < 0.3 + lost && b - a < 0.3 + lost) }' out ||
			fail "$how" "$(cat out)"
	done
}

test_exceptions() {
	both exceptions 8 6
}

test_longjmp() {
	both longjmp 8 6
}

test_heap() {
	both heap 64 4
}

# A heap that grows again and again stops nobody for it, and what it gives back has its path.
test_heap_by_brk() {
	both breaks 4 60 thread
	both breaks 4 60 exec
	both breaks 4 60 often
	both breaks 4 200
	[ "$(sed -n 's/^ptmem: stopped \([0-9]*\) times: .*/\1/p' stopped)" -lt 150 ] ||
		fail "$(cat stopped)"
}

test_alloca() {
	both alloca 2 200
}

test_stack() {
	both stack 16 5
}

test_signal_handlers() {
	both signals raise 8 5
	both signals altstack 8 5
}

test_call_sites() {
	both sites 5 4
}

# The only processor is left to a program that is about to end: nobody asks all the time whether it has.
test_one_processor() {
	local TIMEFORMAT='%U %S' one

	one=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*\([0-9]*\).*/\1/p' /proc/self/status)
	{ time limited taskset -c "$one" "$PTMEM" --no-raw -m anon --libs main --engine faults \
		"$DEBUGGEES/grow" 64x5; } 2>used
	ended 0
	grep -q '^ *1.25 .*:grow_n$' out
	awk '{ exit !($1 + $2 < 0.8) }' used || fail "$(cat used)"
}

test_levels() {
	both levels 8
}

test_threads_one_after_another() {
	both threads turns 7 5
}

# in_brackets PROGRAM...: of all that is resident in the end, files included, less than half a per cent is in a bracket.
in_brackets() {
	ptmem -v --no-raw --engine faults -o /dev/null -- "$@"
	awk '/\[(given back|unmatched|lost)\]/ { bytes = $(NF - 1); apart += bytes < 0 ? -bytes : bytes }
		/memory at end/ { end = $(NF - 1) }
		END { exit !(end && apart * 200 < end) }' err || fail "$(cat err)"
}

test_ordinary_programs_have_nothing_in_brackets() {
	seq 20000 >numbers
	in_brackets sort -R numbers
	in_brackets tar cf archive numbers
	in_brackets awk '{ seen[$1] = $1 $1 } END { print length(seen) }' numbers
	in_brackets bash -c 'for i in {1..2000}; do a[i]=$i$i; done; echo ${#a[@]}'
}

test_files_cached_in_large_pieces() {
	in_brackets "$DEBUGGEES/mapped" file
	ptmem -v --no-raw --exact "$DEBUGGEES/mapped" file
	grep -q '\[unmatched\] .* 0 bytes$' err
}

test_huge_pages_that_nobody_was_told_of() {
	in_brackets "$DEBUGGEES/huge"
}

# A size that is no whole number of pages.
test_ends_where_a_mapping_is_replaced() {
	timeout -s KILL 20 "$PTMEM" --no-raw --engine faults -o /dev/null python3 -c "import ctypes
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p] + [ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
place = libc.mmap(None, 65536, 3, 0x22, -1, 0)
assert libc.mmap(place, 5000, 3, 0x32, -1, 0) == place"
}

# The function that was left by a jump is on no stack: all others are right.
test_tail_calls() {
	ptmem --no-raw -m anon --libs main --exact "$DEBUGGEES/tailcall" hop 8 5
	grep -q '^ *0.1562  *5 .*:land$' out
}

test_reports_repeat() {
	local i how

	for how in '--engine faults' --exact '--engine breakpoints'; do
		for i in 1 2 3 4 5 6 7 8 9 10; do
			# shellcheck disable=SC2086 # words
			ptmem --no-raw -m anon --libs main $how --tree --min 0 -o "run.$i" \
				"$DEBUGGEES/heap" 64 4
			sed -i '/^Max mem/d' "run.$i"
			same run.1 "run.$i"
		done
	done
}

# A recording tells the same.
test_recorded() {
	ptmem --raw r -m anon --libs main --engine faults --tree --min 0 -o run "$DEBUGGEES/heap" 64 4
	ptmem post --tree --min 0 -o post r
	same run post
}

test_default_engine() {
	ptmem --no-raw "$DEBUGGEES/grow" 8x5
	grep -q '^ptmem: engine faults, ' err
	ptmem --no-raw -F grow_n "$DEBUGGEES/grow" 8x5
	grep -q '^ptmem: engine breakpoints, ' err
	ptmem --no-raw -m pss "$DEBUGGEES/grow" 8x5
	grep -q '^ptmem: engine breakpoints, ' err
	refuses 125 "--engine faults: samples tell of rss and anon alone: give --exact as well, or \
--engine breakpoints" --engine faults -m pss true
	refuses 125 "--exact: it is how the faults engine works: leave --engine breakpoints out, \
which is exact" --engine breakpoints --exact true
}

test_ordinary_user() {
	[ "$(id -u)" -eq 0 ] || skip 'only root can be another user'
	limited setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$PTMEM" --no-raw -m anon --libs main --engine faults "$DEBUGGEES/grow" 64x5
	ended 0
	grep -q 'the kernel hides what system calls touched' err
	grep -q '^ *1.25 .*:grow_n$' out
}

# The kernel tells who has a fault by the numbers of the name space that ptmem is in.
test_in_a_name_space_of_its_own() {
	unshare -p -f --mount-proc true 2>/dev/null || skip 'not allowed here'
	limited unshare -p -f --mount-proc \
		"$PTMEM" -v --no-raw -m anon --libs main --engine faults "$DEBUGGEES/grow" 1024x8
	ended 0
	grep '^ptmem: ' err >said
	balanced
	! grep -q 'samples* lost' said || fail "$(cat said)"
	grep -q '^ *32 .*:grow_n$' out || fail "$(cat out)"
}

# Threads are told to stop now and then, which shows in no system call.
test_system_calls_are_not_cut_short() {
	watch --engine faults -- uncut 30
	grep -q '^0 were less$' out || fail "$(cat out)"
	[ "$(row add_and_read | cut -d' ' -f1)" -eq 36000 ] || fail "$(cat report)"
}

# What is read at a time has room, also where no more of the stack is known than where it ends: unless
# the machine has other things to do just then.
test_long_system_calls_are_not_cut_short() {
	local tries=5

	may_brake || skip 'only root has samples in brief'
	watch --engine faults -- uncut 20 400
	while ! grep -q '^0 were less$' out && [ $((tries--)) -gt 0 ]; do
		watch --engine faults -- uncut 20 400
	done
	grep -q '^0 were less$' out || fail "$(cat out)"
	[ "$(row read_fresh | cut -d' ' -f1)" -eq 8000 ] || fail "$(cat report)"
}

# Four pages a millisecond, with little memory to lock; seen is how many of 1,000 are charged.
grow_with_little_memory() {
	# shellcheck disable=SC2016 # the inner shell's
	limited setpriv --reuid 65534 --regid 65534 --clear-groups bash -c 'ulimit -l 64; exec "$@"' bash \
		"$PTMEM" -m anon --libs main --no-raw --precision 17 --engine faults \
		"$DEBUGGEES/grow" 4x250 slowly
	seen=$(awk '/:grow_n$/ { print int($1 * 256) }' out)
}

# Rings are small then, and read all the more often: hardly a sample is lost, but where the machine has
# other things to do for long.
test_little_memory_to_lock() {
	local tries=5 seen

	[ "$(id -u)" -eq 0 ] || skip 'only root can be another user'
	grow_with_little_memory
	while [ "$status" -ne 0 ] || [ "${seen:-0}" -lt 900 ]; do
		[ $((tries--)) -gt 0 ] || break
		grow_with_little_memory
	done
	ended 0
	[ "${seen:-0}" -ge 900 ] || fail "$(cat out err)"
}

# Whether the kernel would run programs for us (capabilities(7): CAP_SYS_ADMIN, CAP_BPF).
may_brake() {
	local capable

	capable=$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)
	((0x$capable & (1 << 21 | 1 << 39)))
}

# outrun HOW THREADS ROUNDS OPTION...: ptmem launches the program that outruns it, and is stopped for a
# moment again and again.
outrun() {
	"$DEBUGGEES/outruns" "${@:1:3}" >alone
	start out err "$PTMEM" -v -m anon --libs main --no-raw --precision 17 -o report \
		--engine faults "${@:4}" "$DEBUGGEES/outruns" "${@:1:3}"
	watcher=$!
	while ! gone "$watcher"; do
		sleep 0.02
		kill -STOP "$watcher" 2>/dev/null || true
		sleep 0.05
		kill -CONT "$watcher" 2>/dev/null || true
	done
	reported
	ended 0
	same alone out
}

# However late ptmem comes, threads wait before a ring is full. Of 65,536 pages no more than a few may
# be in no sample for another reason, which are [unmatched].
test_outrun() {
	local touched

	may_brake || skip 'only root can have the kernel stop a thread'
	outrun touches 2 4
	grep -q '; held [0-9]* times* to keep up' said || fail "$(cat said)"
	! grep -q 'samples* lost' said || fail "$(cat said)"
	touched=$(row touch_pages | cut -d' ' -f1)
	((touched >= 65500 && touched <= 65536)) || fail "$(cat report)"
}

# A thread that was let go while it was about to wait goes on.
test_let_go_when_outrun() {
	local duration

	for duration in 0.{1..4}{0,5}; do
		outrun reads 3 8 --duration "$duration"
	done
}

# ptmem's tracer waits for the end of the target: all is under way.
observes() {
	local child

	child=$(tr -d ' ' <"/proc/$watcher/task/$watcher/children")
	[ -n "$child" ] && find "/proc/$child/fd" -lname '*pidfd*' | grep -q .
}

# Each thread of the target, and the first one, grows by what is its own.
each_grows() {
	local i

	for i in 0 1 2 3 4 5 6 7 8; do
		order grow "$i" "$((i + 1))" 5
	done
	let_go
	for i in 0 1 2 3 4 5 6 7 8; do
		[ "$(row "grow_$i" | cut -d' ' -f1)" = "$((5 * (i + 1)))" ] ||
			fail "grow_$i" "$(cat report)"
	done
}

# Eight threads of a running process, which nobody traces.
test_attached() {
	serve served 8
	attaching --engine faults -m anon --libs main
	await 10 observes || fail "$(cat err)"
	grep -q '^TracerPid:[[:space:]]*0$' "/proc/$target/status"
	each_grows
}

# What it gives back has its path as well, though it never stops.
observe_turns() {
	serve served 3
	order turn 1 10 1
	attaching --engine faults -m anon --libs main --net --min 0
	await 10 observes || fail "$(cat err)"
	order grow 1 7 5
	order turn 0 50 20
	order turn 2 300 5
	order turn 3 100 10
	order grow 2 9 5
	let_go
	ends_with 0
}

# A host that does not run its virtual processor for milliseconds makes who only observes lose
# samples, which it says: that is not what this is about.
test_attached_gives_back() {
	local tries=5

	observe_turns
	while grep -q 'samples* lost' err && [ $((tries--)) -gt 0 ]; do
		observe_turns
	done
	[ "$(row grow_1 | cut -d' ' -f1)" = 35 ] || fail "$(cat report)"
	[ "$(row grow_2 | cut -d' ' -f1)" = 45 ] || fail "$(cat report)"
	[ -z "$(row turn_over)" ] || fail "$(cat report)"
	! grep -q '\[\(given back\|unmatched\|lost\)\]' report || fail "$(cat report)"
}

# Faults come first where there are not descriptors enough for all.
test_attached_few_descriptors() {
	local processors

	processors=$(getconf _NPROCESSORS_CONF)
	serve served 8
	printf '#!/bin/sh\nexec prlimit --nofile=%d:%d "%s" "$@"\n' \
		$((60 + 11 * processors)) $((60 + 11 * processors)) "$PTMEM" >few
	chmod +x few
	PTMEM=$PWD/few attaching --engine faults -m anon --libs main
	await 10 observes || fail "$(cat err)"
	order turn 3 100 10
	each_grows
}

# What a process shares with its children is copied where it is written to, and adds nothing.
test_attached_forks() {
	local i

	serve served 0
	order grow 0 200 1
	attaching --engine faults -m anon --libs main --tree --min 0
	await 10 observes || fail "$(cat err)"
	order again 200
	for i in 1 2 3; do
		order grow 0 300 1
		order again 300
	done
	let_go
	grep -q 'grow_0 *3.515625' report || fail "$(cat report)"
	[[ $(path_to write_again) == '' ]] || fail "$(cat report)"
	# Of 1,100 pages, but for some that were written while the fork was looked at.
	awk '/\[(given back|unmatched)\]/ && ($(NF - 3) < -0.05 || $(NF - 3) > 0.05) { bad = 1 } END { exit bad }' report ||
		fail "$(cat report)"
}

run_tests "$@"
