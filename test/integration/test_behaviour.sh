#!/usr/bin/env bash
# A table of what programs do, each run alone and watched: output, status, files and what a
# terminal is left like must be the same. The table is behave's (`behave --list`); here is
# what some of them are run in, and what cannot be the same.
#
# BEHAVE_MODES has the options of ptmem that each is run with, one set a line; an empty line
# stands for none; `run ...` is that command with its options. BEHAVE_ONLY is a regular expression that chooses behaviours.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
EVERY_ENGINE=1
. "$(dirname "$0")/../lib.sh"
JOBS=2

BEHAVE=$DEBUGGEES/behave
mapfile -t modes <<<"${BEHAVE_MODES-$'\n-f\n--libs main,libc.so.6\n--engine faults\n--engine faults --exact'}"

# MODE NAME HOW WHY: not the same, and that is known. MODE is a regular expression that the
# options must match, `none` where there are none; `faults` and `exact` are for the two modes of that
# engine and `run` for that command, which no other row is for. HOW is `always`, and a test fails
# where it has become the same; or `maybe`, where chance decides, or other options.
exceptions() {
	cat <<-'END'
		.* code_checksum always breakpoints are in the code that it reads
		.* code_read_by_kernel always the same, through /proc/self/mem
		.* code_copied always a copy of code has its breakpoints, at addresses that nobody knows
		.* code_jit_moved always the same, of the place that the call under way returns to
		.* family_traceme always a process has one tracer, and that is ptmem
		.* family_attached_by_child always the same, asked for by a child
		-f family_traced_child always the same, of a child that is followed
		-f family_attached_child always the same
		.* family_tracer always TracerPid in /proc/self/status says so
		.* process_clone_untraced always no tracer is told of a child with CLONE_UNTRACED
		.* process_clone_vm_untraced always the same, and with the breakpoints of its parent
		.* terminal_interrupt_often always the second of two Ctrl-C within seconds ends ptmem
		.* trap_blocked_in_handler always an int3 while SIGTRAP is blocked resets it to its default
		.* trap_blocked_kill always the same
		.* trap_blocked_with_handler always the same
		.* trap_usual_handler always the same: it is blocked while its handler runs
		.* trap_ignored always the same where it is ignored
		--libs.* trap_blocked_in_quiet always the same, at calls that are not its own
		faults family_attached_by_child always the same, asked for by a child
		faults family_traceme always a process has one tracer, and that is ptmem
		faults family_tracer always TracerPid in /proc/self/status says so
		faults terminal_interrupt_often always the second of two Ctrl-C within seconds ends ptmem
		exact family_attached_by_child always the same, asked for by a child
		exact family_traceme always a process has one tracer, and that is ptmem
		exact family_tracer always TracerPid in /proc/self/status says so
		exact terminal_interrupt_often always the second of two Ctrl-C within seconds ends ptmem
		exact trap_blocked_in_quiet always a page fault while SIGTRAP is blocked delivers those that wait
		exact trap_blocked_kill always the same
		exact trap_blocked_with_handler always the same
		exact trap_ignored always the same where it is ignored
		run family_attached_by_child always the same, asked for by a child
		run family_traceme always a process has one tracer, and that is ptmem
		run family_tracer always TracerPid in /proc/self/status says so
		run family_traced_child maybe the same, of a child that is sampled
		run family_attached_child maybe the same
		run terminal_interrupt_often always the second of two Ctrl-C within seconds ends ptmem
	END
}

# kind OPTIONS: what rows call them.
kind() {
	case $1 in
	'') echo none ;;
	'--engine faults') echo faults ;;
	'--engine faults --exact') echo exact ;;
	run*) echo run ;;
	*) echo "$1" ;;
	esac
}

# exception MODE NAME: how and why this is one, or nothing.
exception() {
	local mode name why kind

	kind=$(kind "$1")
	while read -r mode name why; do
		[[ ! $kind =~ ^(faults|exact|run)$ || $mode == "$kind" ]] || continue
		if [[ $2 == "$name" && $kind =~ ^($mode)$ ]]; then
			echo "$why"
		fi
	done < <(exceptions)
}

# What a behaviour is run in, where that matters: with_NAME COMMAND...

with_start_environment() {
	env -i A= B=c 'D=e f' "$@"
}

with_start_folder() (
	umask 027
	mkdir -m 0700 inner
	cd inner
	"$@"
)

with_start_priorities() (
	ulimit -n 100 -c 0 -s 4096
	taskset -c 0 nice -n 5 "$@"
)

with_start_signals_blocked() {
	env --block-signal=HUP,INT,CHLD,TERM,TSTP,STOP,USR1,RTMIN "$@"
}

with_start_signals_ignored() {
	env --ignore-signal=HUP,INT,CHLD,TERM,TSTP,USR1,RTMIN "$@"
}

with_start_descriptors() {
	"$@" 5</dev/null 7<&0 9>here
}

with_start_descriptors_closed() {
	"$@" <&- 2>&-
}

with_input_pipe() {
	printf 'some\0input\n' | "$@"
}

with_input_closed() {
	"$@" <&-
}

with_input_file() {
	seq 1000 >numbers
	"$@" <numbers
	# What was not read is another's.
	wc -c
}

# finishing COMMAND...: waits for what goes on behind its back.
finishing() {
	"$@"
	for ((i = 0; i < 200; i++)); do
		[ ! -e finished ] || return 0
		sleep 0.01
	done
}

with_family_daemon() { finishing "$@"; }
with_family_daemon_itself() { finishing "$@"; }

with_process_clone_parent() {
	"$@"
	sleep 0.1
}

with_family_group_signal() {
	setsid -w "$@"
}

# A terminal, and what is typed there.
terminal() {
	local actions=()

	while [ "$1" != -- ]; do
		actions+=("$1")
		shift
	done
	"$DEBUGGEES/onterminal" "${actions[@]}" "$@"
}

with_terminal_settings() { terminal -- "$@"; }
with_terminal_raw() { terminal expect=raw send=^C -- "$@"; }
with_terminal_resized() { terminal expect=ready size=41,77 -- "$@"; }
with_terminal_interrupt() { terminal expect=ready send=^C -- "$@"; }
with_terminal_interrupt_kills() { terminal expect=ready send=^C -- "$@"; }
with_terminal_quit() { terminal expect=ready "send=^\\" -- "$@"; }
with_terminal_quit_kills() { terminal expect=ready "send=^\\" -- "$@"; }
with_terminal_hangup() { terminal expect=ready hangup -- "$@"; }
with_terminal_hangup_handled() { terminal expect=ready hangup -- "$@"; }
with_terminal_stop() { terminal expect=stopping stopped fg -- "$@"; }

with_terminal_interrupt_often() {
	terminal 'expect=ready 1' send=^C 'expect=ready 2' send=^C 'expect=ready 3' send=^C -- "$@"
}

with_terminal_suspend() {
	terminal expect=ready send=^Z stopped fg send=line^J expect=line send=^Z stopped fg \
		send=^D -- "$@"
}

with_terminal_suspend_handled() {
	terminal expect=ready send=^Z stopped fg expect=back send=^D -- "$@"
}

with_terminal_background() {
	terminal bg expect=ready stopped fg send=line^J expect=line send=^D -- "$@"
}

with_terminal_job() {
	terminal expect=ready send=^Z expect=again send=^C -- "$@"
}

with_terminal_foreground() {
	terminal expect=ready send=line^J -- "$@"
}

# run FOLDER NAME COMMAND...: in FOLDER/work, with its output, its errors and its status
# beside it.
run() {
	local folder=$1 name=$2 with=env status=0

	[ "$(type -t "with_$name")" != function ] || with=with_$name
	mkdir -p "$folder/here"
	# A shell of its own runs it, which can be stopped with all that it started.
	# shellcheck disable=SC2016 # it is that shell's to expand
	env -C "$folder/here" timeout -k 1 20 bash -c '"$@"' bash "$with" "${@:3}" "$name" \
		>"$folder/out" 2>"$folder/err" || status=$?
	echo "$status" >"$folder/status"
	# What is in a core is not compared.
	truncate -cs 0 "$folder"/here/core*
}

compare() {
	local name=$1 options=()

	read -ra options <<<"$2"
	[[ $2 == *--engine* || $2 == run* ]] || options+=(--engine breakpoints)
	[[ $2 == run* ]] || options+=(--no-raw -v)
	rm -rf alone watched
	run alone "$name" "$BEHAVE"
	run watched "$name" "$PTMEM" "${options[@]}" -o "$PWD/report" -- "$BEHAVE"
	sed -i '/^ptmem: /d; /^timeout: .*dumped core$/d' watched/out {alone,watched}/err
	diff -aur alone watched
}

behaves() {
	local mode why

	for mode in "${modes[@]}"; do
		why=$(exception "$mode" "$1")
		if (compare "$1" "$mode") >log 2>&1; then
			[[ $why != always* ]] || fail "with '$mode': the same now, but an exception: $why"
		else
			[ -n "$why" ] || fail "with '$mode':" "$(cat log)"
		fi
	done
}

export DEBUGGEES
export -f finishing terminal
for name in $("$BEHAVE" --list | grep -E "${BEHAVE_ONLY-}"); do
	eval "test_$name() { behaves '$name'; }"
	[ "$(type -t "with_$name")" != function ] || export -f "with_$name"
done
run_tests "$@"
