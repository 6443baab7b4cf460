#!/usr/bin/env bash
# Functions of shared libraries: those that a program is linked with, those that it loads and
# unloads while it runs, and the kernel's own.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=../target.sh
. "$(dirname "$0")/../target.sh"

watched() {
	sed -n 's/.* \([0-9]*\) functions\{0,1\} watched.*/\1/p' err
}

# --- What a program is linked with ---

test_linked() {
	watch -- loads 'linked 5' 'linked 3'
	grew growing_grow 8 2
	grep -q '/test/debuggee/growing\.c:[0-9]*:growing_grow$' report || fail "$(cat report)"
}

test_before_main() {
	watch -- loads 'linked 1'
	grew growing_begin 16 1
}

test_called_back() {
	watch --tree --min 0 -- loads 'back 6'
	reached called_back 'main x1 > obey x1 > growing_call x1 > called_back x1'
}

# --- What it loads ---

test_loaded() {
	watch -- loads load 'plug 4' 'plug 2' unload 'linked 3'
	grew plugin_grow 6 2
	grew plugin_inner 6 2
	grew growing_grow 3 1
}

# The same address, with other code or the same: what was there before is forgotten.
test_loaded_again_and_again() {
	watch -- loads 'cycle 50 3'
	grew plugin_grow 150 50
	grew plugin_inner 150 50
}

# Every call is seen. Whose the memory is that others give back meanwhile, by letting the
# library go, page faults do not tell: a few calls may come out with less, or with nothing.
test_loaded_by_threads_at_once() {
	watch --tree --min 0 -- loads 'crowd 20 2'
	path_to plugin_grow | awk -F ' x' '{ calls += $NF } END { print calls }' >found
	same <(echo 80) found
	watch -- loads 'crowd 20 2'
	row plugin_grow | awk '{ exit !($1 >= 120 && $1 <= 160 && $2 <= 80) }' ||
		fail "plugin_grow: $(row plugin_grow)" "$(cat report)"
}

test_loaded_twice() {
	watch -- loads 'twice 4'
	grew plugin_grow 8 2
	# A function that is let go is let go in both.
	ptmem --no-raw --max-hits 1 -o report "$DEBUGGEES/loads" 'twice 1'
	ended 0
}

test_loaded_by_a_child() {
	watch -- loads 'linked 1' 'fork 4' 'linked 1'
	grew growing_grow 2 2
	grew plugin_grow 0 0
	ptmem -f -v --no-raw --precision 17 -o report "$DEBUGGEES/loads" 'linked 1' 'fork 4'
	grep '^ptmem: ' err >said
	balanced
	grep -q 'plugin_grow$' report || fail "$(cat report)"
	row plugin_grow | head -n 1 >found
	same <(echo 4 1) found
}

# A library of the same name and place, with other functions.
test_replaced_while_it_is_not_loaded() {
	cat >one.c <<-'END'
		#include <string.h>
		#include <sys/mman.h>
		void plugin_grow(unsigned long pages)
		{
			memset(mmap(0, pages << 12, 3, 0x22, -1, 0), 1, pages << 12);
		}
	END
	{
		echo 'static int counter; int another(void) { return counter++; }'
		sed 's/plugin_grow/grow_otherwise/' one.c
		echo 'void plugin_grow(unsigned long pages) { another(); grow_otherwise(pages + 1); }'
	} >two.c
	cc -g -shared -fPIC -o plugin.so one.c
	cc -g -shared -fPIC -o other.so two.c
	PLUGIN=$PWD/plugin.so serve loads
	attach
	order load
	order plug 3
	order unload
	mv other.so plugin.so
	order load
	order plug 3
	order unload
	let_go
	grew grow_otherwise 4 1
	ends_with 0
}

# --- Which of them ---

test_libs_chooses() {
	watch --libs 'libplugin*' -- loads 'linked 5' load 'plug 4'
	grew plugin_grow 4 1
	grew growing_grow 0 0
	grew main 0 0
	watch --libs main -- loads 'linked 5' load 'plug 4'
	grew plugin_grow 0 0
	grep -q ':main$' report || fail "$(cat report)"
	watch --libs 'libgrowing*,main' --funcs 'growing_*,main' -- loads 'linked 5'
	grew growing_grow 5 1
	[ "$(watched)" -eq 4 ] || fail "$(cat err)"
}

# Those that have only symbols, by the name that they are linked by.
test_libs_without_debug_info() {
	watch --libs libc.so.6 --funcs mmap,mmap64 -- loads 'linked 5' 'linked 2'
	[ "$(watched)" -ge 1 ] || fail "$(cat err)"
}

test_the_kernels_own() {
	watch --libs '[[]vdso]' --max-hits 0 -- loads 'clock 25'
	[ "$(watched)" -ge 1 ] || fail "$(cat err)"
	grep -qE '[^0-9]25 calls seen' err || fail "$(cat err)"
}

test_nothing_matches() {
	refuses 125 "--funcs: no function matches 'growing_gorw': the nearest are growing_grow, growing_call" \
		--funcs growing_gorw "$DEBUGGEES/loads" 'linked 1'
	[ ! -e mem_trace.raw ] || fail 'recorded all the same'
	refuses 125 "--funcs: no function matches 'growing_grow': it is in libgrowing.so: add --libs 'libgrowing.so'" \
		--libs main --funcs growing_grow "$DEBUGGEES/loads" 'linked 1'
	# What is not loaded yet may come.
	ptmem --no-raw --libs 'libplugin*' --funcs plugin_grow "$DEBUGGEES/loads" load 'plug 1'
	ended 0
	grep -q ':plugin_grow$' out || fail "$(cat out err)"
	ptmem --no-raw --libs 'libplug' "$DEBUGGEES/loads" load
	ended 0
	grep -qx "ptmem: --libs: nothing that was loaded matches 'libplug'" err || fail "$(cat err)"
}

# --- Of a process that runs already ---

test_attached() {
	serve loads
	order load
	attach
	order plug 4
	order linked 5
	order unload
	order cycle 3 2
	let_go
	grew plugin_grow 10 4
	grew growing_grow 5 1
	ends_with 0
}

test_attached_to_what_has_loaded_nothing() {
	serve loads
	attach --funcs 'growing_*'
	order linked 2
	order load
	order plug 1
	let_go
	grew growing_grow 2 1
	order unload
	ends_with 0
}

# The files that its mappings name are not there any more, or are others.
test_attached_to_deleted_files() {
	cp "$DEBUGGEES/libplugin.so" "$DEBUGGEES/libgrowing.so" "$DEBUGGEES/loads" .
	export LD_LIBRARY_PATH=$PWD
	serve_by ./loads
	unset LD_LIBRARY_PATH
	order load
	rm libplugin.so loads
	cp "$DEBUGGEES/loads" libgrowing.so.new
	mv libgrowing.so.new libgrowing.so
	attach
	order plug 4
	order linked 5
	let_go
	grew plugin_grow 4 1
	grew growing_grow 5 1
	ends_with 0
}

run_tests "$@"
