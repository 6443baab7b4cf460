#!/usr/bin/env bash
# Children that are followed: each a section of the report, and all of them its end.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../target.sh
. "$(dirname "$0")/../target.sh"

# The lines of a program's output, whatever its process ids and in whatever order.
without_ids() {
	sed 's/ [0-9]*$//' "$1" | sort
}

# follow OPTION... -- COMMAND...: alone and followed; as `watch`, but for the process ids in
# the output, and the report is in sections.
follow() {
	local options=() alone

	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	limited "$@"
	alone=$status
	mv out alone.out
	ptmem -f -v --precision 17 -o whole "${options[@]}" -- "$@"
	grep '^ptmem: ' err >said || true
	[ "$status" -eq "$alone" ] || fail "status $status, alone $alone" "$(cat out err)"
	same <(without_ids alone.out) <(without_ids out)
	sections
	balanced
}

# Cuts `whole` into section.PID and section.all; their headings, `PID COMMAND`, are in
# `headings`. The report of a single process need not have sections.
sections() {
	rm -f section.* headings
	awk '
		/^[0-9]+ [^ ]/ { section = $1; print >"headings"; next }
		/^all [0-9]+ processes$/ { section = "all"; count = $2; next }
		section { print >("section." section) }
		END {
			if (!section) exit 1
			if (section != "all") { print "no total"; exit 2 }
			close("headings")
			while ((getline <"headings") > 0) found++
			if (found != count) { print count " processes, and " found " sections"; exit 2 }
		}' whole && return
	[ $? -eq 1 ] || fail "$(head -n 60 whole)"
	cp whole section.all
}

# How many processes the report has.
processes() {
	[ "$(wc -l 2>/dev/null <headings || echo 1)" -eq "$1" ] ||
		fail "not $1 processes:" "$(head -n 60 whole)" "$(cat out)"
}

# in_process PID FUNCTION PAGES CALLS, or `all`
in_process() {
	[ -e "section.$1" ] || [ "$(wc -l 2>/dev/null <headings || echo 1)" -eq 1 ] ||
		fail "no section of $1:" "$(head -n 60 whole)" "$(cat err)"
	cp "section.$1" report 2>/dev/null || cp whole report
	grew "${@:2}"
}

# who ROLE: the ids of those that said it, each once.
who() {
	sed -n "s/^$1 //p" out | sort -u
}

# What the sections say of a function adds up to what the total says.
adds_up() {
	awk '
		$1 ~ /^-?[0-9][0-9.e+-]*$/ && $2 ~ /^[0-9]+$/ && /  [^ ]/ && $3 !~ /^\[/ {
			name = $0; sub(/^ *[^ ]+ +[0-9]+ +/, "", name)
			sign = FILENAME == "section.all" ? -1 : 1
			memory[name] += sign * $1; calls[name] += sign * $2
			seen[sign]++
		}
		END {
			for (name in memory)
				if (memory[name] > 1e-9 || memory[name] < -1e-9 || calls[name]) {
					printf "off by %g MB, %d calls: %s\n", memory[name],
						calls[name], name
					wrong = 1
				}
			if (!seen[1] || !seen[-1]) { print "no rows"; wrong = 1 }
			exit wrong
		}' section.* || fail "$(head -n 60 whole)"
}

# family HOW: a parent that grows 5 pages twice, a child that grows 3.
family() {
	local child

	follow "${@:2}" -- "$DEBUGGEES/family" "$1" 5 3
	processes 2
	in_process "$(who parent)" parent_grow 10 2
	in_process "$(who parent)" child_grow 0 0
	child=$(who child)
	in_process "$child" child_grow 3 1
	in_process "$child" parent_grow 0 0
	in_process all parent_grow 10 2
	in_process all child_grow 3 1
	adds_up
	grep -q "^$child .*family" headings || fail 'heading of the child:' "$(cat headings)"
}

# both_ways HOW: all watched, and these alone.
both_ways() {
	family "$1"
	family "$1" --funcs '*_grow'
}

test_fork() { both_ways fork; }
test_fork_and_exec() { both_ways fork_exec; }
test_fork_in_a_thread() { both_ways fork_in_thread; }
test_vfork_and_exec() { both_ways vfork; }
test_posix_spawn() { both_ways spawn; }
test_clone() { both_ways clone; }
test_clone_that_shares_files() { both_ways clone_files; }
test_clone_without_a_signal() { both_ways clone_no_signal; }
test_clone_with_another_signal() { both_ways clone_signal; }
test_clone_that_waits() { both_ways clone_vfork; }
test_clone_of_the_parent() { both_ways clone_parent; }
test_clone3() { both_ways clone3; }
test_leader_ends_before_its_threads() { both_ways leader; }

test_daemon() {
	follow -- "$DEBUGGEES/family" daemon 5 3
	processes 3
	in_process "$(who parent)" parent_grow 10 2
	in_process "$(who child)" child_grow 3 1
	adds_up
}

# The same process: what it grew by before and after.
exec_in_place() {
	follow -- "$DEBUGGEES/family" "$1" 5 3
	ended 7
	processes 1
	in_process "$(who child)" parent_grow 5 1
	in_process "$(who child)" child_grow 3 1
	in_process all child_grow 3 1
}

test_exec() { exec_in_place exec; }
test_exec_by_another_thread() { exec_in_place exec_in_thread; }

# Calls that were under way at the fork go on in both. File pages, which a fork leaves behind,
# do not count here.
test_fork_within_calls() {
	follow --metric anon -- "$DEBUGGEES/family" nested 5 3
	processes 2
	in_process "$(who parent)" inner 5 1
	in_process "$(who parent)" outer 6 1
	in_process "$(who parent)" parent_grow 15 3
	in_process "$(who child)" inner 3 1
	in_process "$(who child)" outer 4 1
	in_process "$(who child)" child_grow 3 1
	in_process all outer 10 2
	adds_up
}

test_tree_of_a_fork_within_calls() {
	follow --tree --min 0 --metric anon -- "$DEBUGGEES/family" nested 5 3
	cp "section.$(who child)" report
	reached child_grow 'main x* > make_family x* > nested x* > outer x* > inner x* > child_grow x1'
}

test_generations() {
	local child

	follow --funcs '*_grow' -- "$DEBUGGEES/family" chain 5 3 10
	processes 11
	for child in $(who child); do
		in_process "$child" child_grow 3 1
	done
	in_process all child_grow 30 10
	adds_up
}

test_storm() {
	local child

	follow --funcs '*_grow' -- "$DEBUGGEES/family" storm 5 3 200
	processes 201
	for child in $(who child); do
		in_process "$child" child_grow 3 1
	done
	in_process all child_grow 600 200
	adds_up
}

test_storm_all_watched() {
	follow -- "$DEBUGGEES/family" storm 5 3 60
	processes 61
	in_process all child_grow 180 60
	adds_up
}

test_pipeline_of_a_shell() {
	# shellcheck disable=SC2016 # for the other shell
	follow -- sh -c '"$0" child 3 | cat; "$0" child 5 | (cat; exec "$0" child 7)' \
		"$DEBUGGEES/family"
	ended 7
	in_process all child_grow 15 3
	[ "$(grep -c family headings)" -ge 3 ] || fail "$(cat headings)"
	adds_up
}

test_shell_in_a_shell() {
	# shellcheck disable=SC2016 # for the other shell
	follow -- sh -c 'sh -c "\"$0\" fork 5 3; exit 9"' "$DEBUGGEES/family"
	ended 9
	in_process all child_grow 3 1
	in_process all parent_grow 10 2
	adds_up
}

test_make() {
	printf 'all: a b c\na b c:\n\t@%s child 3 || true\n' "$DEBUGGEES/family" >Makefile
	follow --funcs child_grow -- make -s -j3
	in_process all child_grow 9 3
}

test_child_that_grows_nothing_watched() {
	follow --funcs parent_grow -- "$DEBUGGEES/family" fork 5 3
	in_process "$(who parent)" parent_grow 10 2
	in_process all parent_grow 10 2
}

test_recording_of_each() {
	local child

	follow --raw 'trace.%p.raw' -- "$DEBUGGEES/family" fork_exec 5 3
	for child in $(who parent) $(who child); do
		[ -e "trace.$child.raw" ] || fail "no recording of $child:" "$(ls)"
		ptmem post --precision 17 -o again "trace.$child.raw"
		[ "$status" -eq 0 ] || fail "$(cat err)"
		cp "section.$child" report
		same <(grep -E '^ +[0-9.]+ +[0-9]+  ' report) <(grep -E '^ +[0-9.]+ +[0-9]+  ' again)
	done
	[ "$(find . -name 'trace.*.raw' | wc -l)" -eq 2 ] || fail "$(ls)"
}

# --- Without -f ---

test_not_followed() {
	ptmem -o report --precision 17 "$DEBUGGEES/family" idle 5 1000000
	ended 0
	grep -qx 'traced: 0' out || fail "$(cat out)"
	grew parent_grow 10 2
	[ "$(grep -c '^all ' report)" -eq 0 ] || fail "$(cat report)"
}

# A stop a call would take minutes.
test_not_followed_is_not_slowed_down() {
	LIMIT=20 ptmem --funcs '*' --max-hits 0 -o report "$DEBUGGEES/family" idle 5 50000000
	ended 0
	grep -qx 'traced: 0' out
}

test_not_followed_clones() {
	local how

	for how in clone clone_files clone_no_signal clone_signal clone_vfork clone_parent clone3 \
		leader nested; do
		limited "$DEBUGGEES/family" $how 5 3
		without_ids out >alone
		ptmem -o report "$DEBUGGEES/family" $how 5 3
		[ "$status" -eq 0 ] || fail "$how: status $status" "$(cat out err)"
		same alone <(without_ids out)
	done
}

# --- --first ---

# The child lives on, unwatched.
test_first() {
	local child

	mkfifo orders
	exec 8<>orders
	start out err "$PTMEM" -f --first -v --precision 17 -o whole \
		"$DEBUGGEES/family" linger 5 3 <orders
	watcher=$!
	collect "$watcher" ptmem
	ended 0
	sections
	in_process "$(who parent)" parent_grow 10 2
	child=$(sed -n 's/^\([0-9]*\) .*/\1/p' headings | grep -vx "$(who parent)") || true
	[ -n "$child" ] || fail 'no section of the child:' "$(head -n 60 whole)"
	target=$child
	started+=("$target")
	unharmed
	exec 8>&-
	await 5 gone "$child" || fail "$(task_states "$child")"
	grep -qx "child $child" out || fail 'the child said nothing:' "$(cat out)"
}

# Without it, ptmem ends with the last.
test_last() {
	mkfifo orders
	exec 8<>orders
	start out err "$PTMEM" -f -v --precision 17 -o whole "$DEBUGGEES/family" linger 5 3 <orders
	watcher=$!
	await 5 grep -q '^parent ' out
	sleep 0.5
	! gone "$watcher" || fail 'ptmem ended before the child:' "$(cat err)"
	exec 8>&-
	collect "$watcher" ptmem
	ended 0
	sections
	in_process "$(who child)" child_grow 3 1
	in_process "$(who parent)" parent_grow 10 2
}

# --- Attached ---

test_children_of_an_attached_process() {
	serve served 2
	attach -f
	order grow 0 8 5
	order fork 4
	order fork 4
	let_go
	mv report whole
	sections
	processes 3
	in_process "$target" grow_0 40 5
	in_process all grow_0 48 7
	adds_up
	order fork 4
	ends_with 3 exit 3
}

# Let go together with its parent.
test_children_of_an_attached_process_are_let_go() {
	local parent child

	serve served 2
	attach -f
	order linger
	parent=$target
	child=$(cat "/proc/$parent/task/$parent/children")
	child=${child%% *}
	started+=("$child")
	sleep 0.3
	let_go
	target=$child
	! gone "$child" || fail 'the child has ended'
	unharmed
}

# --- Rights ---

as_nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)

# set_user_id MODE: an ordinary user runs, under ptmem, a program that works for root. It
# either does so or ptmem says in a line why not; in no case is the program harmed.
set_user_id() {
	[ "$(id -u)" -eq 0 ] || return 0 # cannot be tried
	cp "$binary" ptmem
	cp "$DEBUGGEES/family" .
	cp family suid
	chmod 755 . .. family ptmem
	chmod "$1" suid
	limited "${as_nobody[@]}" ./suid who
	grep -qx 'for 65534 as 0' out || return 0 # not honoured on this file system
	for command in ./suid "sh -c './suid who; exit 5' sh"; do
		limited "${as_nobody[@]}" sh -c "exec $command who"
		mv out alone
		alone=$status
		limited "${as_nobody[@]}" sh -c "exec ./ptmem --engine breakpoints -f --no-raw -o /dev/null -- $command who"
		[ "$status" -eq "$alone" ] || fail "$command: status $status, not $alone" "$(cat out err)"
		[ "$(grep -c '^for' out)" -eq 1 ] || fail "$command: it did not run:" "$(cat out err)"
		grep -qx 'for 65534 as 0' out ||
			grep -qi '^ptmem: .*\(set-user-id\|setuid\|privilege\)' err ||
			fail "$command: it ran as another, and nothing said why:" "$(cat out err)"
	done
}

test_set_user_id_program() { set_user_id 4755; }
test_set_user_id_program_that_cannot_be_read() { set_user_id 4711; }

test_program_that_cannot_be_read() {
	[ "$(id -u)" -eq 0 ] || return 0 # cannot be tried
	cp "$binary" ptmem
	cp "$DEBUGGEES/family" .
	chmod 755 . .. ptmem
	chmod 711 family
	limited "${as_nobody[@]}" ./ptmem --engine breakpoints -f --no-raw -o /dev/null -- sh -c './family fork 5 3; exit 6'
	ended 6
	[ "$(grep -c '^parent' out)" -eq 1 ] || fail "$(cat out err)"
}

run_tests "$@"
