# What the tests of attached processes share, beside lib.sh: a target, ptmem attached to it,
# and what must hold of the target afterwards.
#
# What a test starts by `start` ends with the test, whether it fails or not.
# shellcheck shell=bash

started=() target='' watcher='' orders=0

# One that is stopped, or whose tracer waits for it, ends as well.
end_started() {
	[ ${#started[@]} -eq 0 ] || kill -KILL "${started[@]}" 2>/dev/null || true
}

# start OUTPUT ERRORS COMMAND...: in the background; its process id is in $!.
start() {
	trap end_started EXIT
	set -m # else it would ignore SIGINT
	"${@:3}" <&0 >"$1" 2>"$2" 8>&- &
	set +m
	started+=("$!")
}

forget() {
	local pid others=()

	for pid in "${started[@]}"; do
		[ "$pid" = "$1" ] || others+=("$pid")
	done
	started=("${others[@]}")
}

# await SECONDS COMMAND...: until it succeeds; fails, and says so, if it never does.
await() {
	local tries=$(($1 * 50))

	until "${@:2}"; do
		if [ $((tries--)) -le 0 ]; then
			echo "in vain for $1 s: ${*:2}"
			return 1
		fi
		sleep 0.02
	done
}

# gone PID: it has ended; one that nobody waited for yet has, too.
gone() {
	case $(sed -n 's/^State:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null) in
	'' | [ZX]*) ;;
	*) return 1 ;;
	esac
}

# collect PID WHAT: waits for it to end, and has its status in $status.
collect() {
	await "$LIMIT" gone "$1" >/dev/null ||
		fail "no end of $2 within $LIMIT s" "$(cat err)" "$(task_states "$1")"
	status=0
	wait "$1" 2>/dev/null || status=$?
	forget "$1"
}

# What its tasks do, a line for all that do the same.
task_states() {
	sed -sn '/^Name:/h; /^State:\|^TracerPid:/H; ${ x; s/[[:space:]]\+/ /g; s/-[0-9]\+ / /; p }' \
		"/proc/$1"/task/*/status 2>/dev/null | sort | uniq -c | sort -rn | head -n 20 || true
}

# says_ready FILE
says_ready() {
	grep -qx ready "$1"
}

# serve DEBUGGEE ARG...: starts the target; it takes orders, its output is in `answers`.
serve() {
	serve_by "$DEBUGGEES/$1" "${@:2}"
}

# serve_by COMMAND...: the same, of any program.
serve_by() {
	rm -f orders
	mkfifo orders
	exec 8<>orders # for reading as well, else it would wait for a reader
	: >answers
	start answers complaints "$@" <orders
	target=$!
	orders=0
	await "$LIMIT" says_ready answers || fail "not ready: $*" "$(cat answers complaints)"
}

answered() {
	[ "$(wc -l <answers)" -gt "$orders" ] || gone "$target"
}

# order WORD...: to the target, which obeys before this returns.
order() {
	orders=$((orders + 1))
	printf '%s\n' "$*" >&8
	await "$LIMIT" answered >/dev/null || true
	[ "$(wc -l <answers)" -gt "$orders" ] || fail "the target did not obey: $*" \
		"$(cat answers complaints err 2>/dev/null)" "$(task_states "$target")"
}

# ordered WORD...: the same, where no answer is to come.
ordered() {
	printf '%s\n' "$*" >&8
}

all_traced() {
	! cat "/proc/$target"/task/*/status 2>/dev/null | grep -qE '^TracerPid:\s*0$'
}

# Breakpoints are in place: all stood still when they were put there. Text that nobody
# changed after a second is watched in some other way.
under_watch() {
	gone "$watcher" && return
	all_traced || return
	[ "$((tries_without_breakpoints++))" -gt 50 ] ||
		"$DEBUGGEES/traces" "$target" | grep -q '^text'
}

# attach OPTION...: ptmem, attached to the target, with its report in `report`; returns when
# the target is watched. ATTACH_TO is what to attach to instead of the target itself.
attach() {
	attaching "$@"
	is_attached
}

# is_attached: it is, from now on.
is_attached() {
	tries_without_breakpoints=0
	await "$LIMIT" under_watch >/dev/null ||
		fail "not attached within $LIMIT s" "$(cat err)" "$(task_states "$target")"
	! gone "$watcher" || fail 'ptmem ended at once:' "$(cat out err)"
}

# attaching OPTION...: the same, and returns at once.
attaching() {
	rm -f report
	start out err "$PTMEM" -v --precision 17 -o report "$@" --attach "${ATTACH_TO:-$target}"
	watcher=$!
}

# What ptmem said is in `said`, its status in $status, and its ledger closes.
reported() {
	collect "$watcher" ptmem
	grep '^ptmem: ' err >said || true
	[ -s report ] || fail "no report, status $status:" "$(cat out err)"
	balanced
}

# The target runs as if nothing had been.
unharmed() {
	"$DEBUGGEES/traces" "$target" >found || fail 'left in the target:' "$(cat found err)"
}

# runs_on: ptmem ended without the target, says so, and left nothing in it.
runs_on() {
	reported
	ended 0
	grep -qx "ptmem: ${ATTACH_TO:-$target} runs on, unwatched" err ||
		fail 'not said that the target runs on:' "$(cat err)"
	unharmed
}

# let_go_by SIGNAL
let_go_by() {
	kill -s "$1" "$watcher"
	runs_on
}

let_go() {
	let_go_by INT
}

# ends_with STATUS [ORDER...]: the target does, by this order, or by the end of its input.
ends_with() {
	local status

	if [ $# -gt 1 ]; then
		ordered "${@:2}"
	else
		exec 8>&-
	fi
	collect "$target" 'the target'
	[ "$status" -eq "$1" ] ||
		fail "the target's status $status, not $1" "$(cat answers complaints)"
}

# path_to FUNCTION: what `report`, a tree, has from the root down to it: a > b > c, each
# without its file and line, and its calls.
path_to() {
	awk -v name="$1" '
		match($0, /^ */) && / MB  \([0-9]+ calls\)$/ {
			level = RLENGTH / 4; text = substr($0, RLENGTH + 1)
			calls = text; sub(/.* \(/, "", calls); sub(/ calls\)$/, "", calls)
			sub(/ +-?[0-9.]+ MB  \([0-9]+ calls\)$/, "", text)
			if (text !~ /^\[/) sub(/^.*:[0-9]+:/, "", text)
			path[level] = (level ? path[level - 1] " > " : "") text " x" calls
			if (text == name) print path[level]
		}' report
}

# reached FUNCTION PATTERN: by this path and no other.
reached() {
	# shellcheck disable=SC2053 # it is a pattern
	[[ $(path_to "$1") == $2 ]] ||
		fail "paths to $1: $(path_to "$1")" "expected: $2" "$(cat report)"
}

# refused_with PATTERN: by one line, which matches it, and nothing on standard output.
refused_with() {
	ended 125
	[ ! -s out ] || fail 'on standard output:' "$(cat out)"
	# shellcheck disable=SC2053 # it is a pattern
	[[ $(cat err) == "ptmem: "$1 ]] || fail "said: $(cat err)" "expected: ptmem: $1"
	[ "$(wc -l <err)" -eq 1 ] || fail 'not one line:' "$(cat err)"
}
