# The faults engine on real programs, beside the other engine and beside others' tools: what
# test/bench/run does for its part `faults`.
# shellcheck shell=bash disable=SC2154 # what is not set here, run has set

# What the programs are given to do.
write_workloads() {
	cat >"$tmp/tables.lua" <<-'END'
		local t = {}
		for i = 1, 400000 do t[i] = {i, name = "x" .. i} end
	END
	cat >"$tmp/rows.sql" <<-'END'
		create table t(a integer primary key, b text, c integer);
		with recursive n(i) as (select 1 union all select i + 1 from n where i < 300000)
		insert into t
			select i, 'row number ' || i || hex(zeroblob(110)), i * 7919 % 1000003 from n;
		create index x on t(c);
	END
	awk 'BEGIN {
		print "rule cc"; print "  command = cc -c $in -o $out"
		for (i = 0; i < 60000; i++) printf "build obj/%d.o: cc src/%d.c | inc/%d.h\n", i, i, i % 500
	}' >"$tmp/build.ninja"
}

# workloads DO: for each, with a name, what it is, how much longer it may take, and how it is run.
workloads() {
	"$1" lua 'Lua: 400,000 small tables' 1.20 "$programs/lua" "$tmp/tables.lua"
	"$1" sqlite 'SQLite: 300,000 rows in memory, an index' 1.20 \
		"$programs/sqlite3" :memory: ".read $tmp/rows.sql"
	"$1" ninja 'Ninja (C++): 60,000 edges' 1.20 "$programs/ninja" -C "$tmp" -n -t targets all
	"$1" touch 'touch: fresh pages, one thread' 2.00 "$bench/touch" 1 100000
	"$1" touches 'touch: fresh pages, a thread a processor' 2.00 \
		"$bench/touch" "$(nproc)" 50000
	"$1" compute 'compute: 400 million calls' 1.02 "$bench/compute" 400000000
}

# idles NAME: the command that begins and ends as that program does, and does nothing.
idles() {
	case $1 in
	lua) idle=("$programs/lua" /dev/null) ;;
	sqlite) idle=("$programs/sqlite3" :memory: .quit) ;;
	ninja) idle=("$programs/ninja" --version) ;;
	touch*) idle=("$bench/touch" 1 1) ;;
	compute) idle=("$bench/compute" 1) ;;
	esac
}

# copied NAME: the bytes of stack that its calls need in a sample.
copied() {
	case $1 in
	sqlite) echo 17408 ;;
	*) echo 4096 ;;
	esac
}

# --- Measuring ---

# said BEHIND [BEFORE]: the number before that text, and behind this, in what was said; or 0.
said() {
	sed -n "s/^\(.*[^0-9]\)\{0,1\}${2-}\([0-9][0-9]*\)$1.*/\2/p" "$tmp/log" | grep -m 1 . || echo 0
}

# watched NAME OPTIONS COMMAND...: a run under ptmem, with what it said of itself.
watched() {
	# shellcheck disable=SC2086 # words
	whole "$1" "$ptmem" -v $2 "${@:3}"
	said ' page faults* sampled' >"$tmp/$1.samples"
	said ' samples* lost' >>"$tmp/$1.lost"
	said ' times* to keep up' >>"$tmp/$1.held"
	said ' times*: ' 'stopped ' >"$tmp/$1.stops"
}

# by_perf NAME COMMAND...: what it records may be a gigabyte.
by_perf() {
	whole "$1" perf record -e page-faults -c 1 --call-graph dwarf -o "$tmp/perf.data" "${@:2}"
	said ' samples)' '(' >"$tmp/$1.samples"
	said ' chunks' 'lost ' >>"$tmp/$1.lost"
	rm -f "$tmp/perf.data"
}

# own NAME COMMAND...: what ptmem takes for itself.
own() {
	"$bench/own" "$ptmem" "${@:2}" >>"$tmp/$1.own" 2>"$tmp/log" || failed "${@:2}"
}

# by_each NAME WHAT GOAL COMMAND...: alone, by each engine, and by others.
by_each() {
	local name=$1 idle
	shift 3

	idles "$name"
	whole "$name.alone" "$@"
	whole "$name.floor" "$bench/discard" "$(copied "$name")" "$@"
	watched "$name.default" '' "$@"
	watched "$name.unrecorded" --no-raw "$@"
	# gdb and heaptrack bring debug info of the C library along, which takes 0.1 s to read.
	PTMEM_DEBUG_DIR=$tmp watched "$name.bare" --no-raw "$@"
	watched "$name.exact" '--no-raw --exact' "$@"
	own "$name" "$@"
	own "$name.idle" "${idle[@]}"
	own "$name.exact" --exact "$@"
	with heaptrack whole "$name.heaptrack" heaptrack -r -o "$tmp/heaptrack" "$@"
	[ "$round" -gt 0 ] || watched "$name.calls" '--no-raw --engine breakpoints' "$@"
	[ "$round" -gt 0 ] || with perf by_perf "$name.perf" "$@"
}

# --- Printing ---

# sum NAME: of the numbers in that file.
sum() {
	awk '{ sum += $1 } END { printf "%d", sum }' "$tmp/$1"
}

# column NAME NUMBER: the median.
column() {
	cut -d ' ' -f "$2" "$tmp/$1.own" | sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'
}

# line WHAT NS ALONE NOTE: a run beside the program alone.
line() {
	awk -v what="$1" -v ns="$2" -v alone="$3" -v note="$4" 'BEGIN {
		if (ns ~ /^[0-9]+$/)
			line = sprintf("    %-32s %10.1f %9.2f   %s", what, ns / 1e6, ns / alone, note)
		else
			line = sprintf("    %-32s %20s   %s", what, ns, note)
		sub(/ +$/, "", line)
		print line
	}'
}

# told NAME: what its samples were worth.
told() {
	echo "$(<"$tmp/$1.samples") samples, $(sum "$1.lost") lost, held $(sum "$1.held") times"
}

# perf_line NAME ALONE
perf_line() {
	local note=''

	[ ! -e "$tmp/$1.perf.samples" ] ||
		note="$(<"$tmp/$1.perf.samples") samples, $(sum "$1.perf.lost") chunks lost"
	line 'perf record, page-faults, dwarf' "$(median "$1.perf")" "$2" "$note"
}

# samples_floor_line NAME ALONE: its samples taken by the kernel itself, and thrown away.
samples_floor_line() {
	line '    samples of the kernel alone' "$(median "$1.floor")" "$2" \
		"$(awk -v took="$(median "$1.bare")" -v floor="$(median "$1.floor")" \
			'BEGIN { printf "ptmem takes %.2f times that", took / floor }')"
}

# floor_line NAME ALONE: the program alone, and as many stops as --exact had, if nothing is done in them.
floor_line() {
	local stops floor
	stops=$(<"$tmp/$1.exact.stops")
	floor=$(($2 + stops * $(median stop) / 2))

	line '    floor: as many bare stops' "$floor" "$2" "$(awk -v took="$(median "$1.exact")" \
		-v floor="$floor" 'BEGIN { printf "--exact takes %.2f times that, at most 1.50", took / floor }')"
}

# own_lines NAME: of ptmem's processor and memory. Few samples cost what starting and reporting do.
own_lines() {
	awk -v samples="$(<"$tmp/$1.default.samples")" -v all="$(column "$1" 1)" \
		-v idle="$(column "$1.idle" 1)" 'BEGIN {
		printf "    %-32s %10.1f ms, %.1f to start and report",
			"own processor time", all / 1e6, idle / 1e6
		if (samples >= 1000 && all > idle)
			printf "; a sample %.1f us, under 5", (all - idle) / samples / 1e3
		print ""
	}'
	own_memory "$1" 'own memory'
	own_memory "$1.exact" 'own memory, --exact'
}

own_memory() {
	awk -v what="$2" -v peak="$(column "$1" 2)" -v rings="$(column "$1" 3)" \
		-v half="$(column "$1" 4)" -v end="$(column "$1" 5)" 'BEGIN {
		printf "    %-32s %10.1f MB, under 80; rings are %.1f; half-way %.1f, at the end %.1f\n",
			what, peak / 1024, rings / 1024, half / 1024, end / 1024
	}'
}

# tell NAME WHAT GOAL COMMAND...
tell() {
	local alone
	alone=$(median "$1.alone")

	printf '\n%-36s %10s %9s\n' "$2" ms 'to alone'
	line alone "$alone" "$alone" ''
	line 'ptmem' "$(median "$1.default")" "$alone" "at most $3; $(told "$1.default")"
	line 'ptmem --no-raw' "$(median "$1.unrecorded")" "$alone" "$(told "$1.unrecorded")"
	line '    no debug info of libc' "$(median "$1.bare")" "$alone" "$(told "$1.bare")"
	samples_floor_line "$1" "$alone"
	line 'ptmem --no-raw --exact' "$(median "$1.exact")" "$alone" "$(<"$tmp/$1.exact.stops") stops"
	floor_line "$1" "$alone"
	line 'ptmem --engine breakpoints' "$(median "$1.calls")" "$alone" "$(<"$tmp/$1.calls.stops") stops"
	line 'heaptrack -r' "$(median "$1.heaptrack")" "$alone" ''
	perf_line "$1" "$alone"
	own_lines "$1"
}

part_faults() {
	local programs

	programs=$("$here/programs") || return 0
	compile touch -O1 -pthread
	compile compute -O1
	compile discard -O2
	write_workloads
	for ((round = 0; round < (rounds + 1) / 2; round++)); do
		each stop "$bench/bare" 10000
		workloads by_each
	done
	printf '\na bare ptrace stop: %s ns\n' "$(($(median stop) / 2))"
	workloads tell
}
