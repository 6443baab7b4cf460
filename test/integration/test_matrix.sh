#!/usr/bin/env bash
# The same growth through every way that debug info reaches a disk: a line of the table below
# is a way, and another line is another way. What a program grows by, its sources say where
# the function is (`grows PAGES CALLS NAME`): exactly these rows must be there, and each with
# its file and line.
# shellcheck source-path=SCRIPTDIR source=../lib.sh source=../target.sh
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../target.sh"

matrix=$tests/debuggee/matrix
JOBS=2

# NAME | WHAT IT NEEDS | HOW TO MAKE `program` | HOW IT IS WATCHED | SOURCES | ITS ROWS ARE
#
# The name makes a test's. What it needs are commands and files: where one is missing, the
# way is skipped. The third and fourth are shell code, in a folder of the way's own; the
# fourth is `run`, unless said. The rows are those that the sources tell, `program.c` unless
# said, by
#   source    FILE:LINE:NAME, all that debug info can tell
#   symbol    OBJECT:0:NAME, which symbols tell
#   offset    OBJECT:0:OBJECT+0xOFFSET, which is left without either
ways() {
	cat <<-'END'
	gcc_dwarf2         |         | cc gcc -gdwarf-2 -gstrict-dwarf
	gcc_dwarf3         |         | cc gcc -gdwarf-3 -gstrict-dwarf
	gcc_dwarf4         |         | cc gcc -gdwarf-4
	gcc_dwarf5         |         | cc gcc -gdwarf-5
	gcc_dwarf64        |         | cc gcc -gdwarf64
	gcc_optimised      |         | cc gcc -O2 -fcf-protection=full
	clang_dwarf2       | clang   | cc clang -gdwarf-2
	clang_dwarf3       | clang   | cc clang -gdwarf-3
	clang_dwarf4       | clang   | cc clang -gdwarf-4
	clang_dwarf5       | clang   | cc clang -gdwarf-5
	clang_optimised    | clang   | cc clang -O2
	clang_aranges      | clang   | cc clang -gdwarf-aranges
	clang_names        | clang   | cc clang -gpubnames
	line_tables_only   | clang   | cc clang -gline-tables-only | | | symbol
	gcc_g1             |         | cc gcc -g1
	gcc_g3             |         | cc gcc -g3
	twins4             |         | cc gcc -gdwarf-4 "$matrix/twin.c" | run | twins.c twin.c twins.h
	twins5             |         | cc gcc -gdwarf-5 "$matrix/twin.c" | run | twins.c twin.c twins.h
	twins4_clang       | clang   | cc clang -gdwarf-4 "$matrix/twin.c" | run | twins.c twin.c twins.h
	twins5_clang       | clang   | cc clang -gdwarf-5 "$matrix/twin.c" | run | twins.c twin.c twins.h
	twins_dwz          | dwz     | cc gcc "$matrix/twin.c"; try dwz program | run | twins.c twin.c twins.h
	twins_lto          |         | cc gcc -O2 -flto -fno-ipa-icf "$matrix/twin.c" | run | twins.c twin.c twins.h
	twins_split        |         | cc gcc -gsplit-dwarf "$matrix/twin.c" | run | twins.c twin.c twins.h
	twins_package      | clang llvm-dwp | cc clang -gsplit-dwarf "$matrix/twin.c"; try llvm-dwp -e program -o program.dwp; rm ./*.dwo | run | twins.c twin.c twins.h

	pie                |         | cc gcc -fpie -pie
	fixed              |         | cc gcc -fno-pie -no-pie
	static             |         | cc gcc -fno-pie -no-pie -static
	static_pie         |         | cc gcc -fpie -static-pie
	separate_code      |         | cc gcc -Wl,-z,separate-code
	noseparate_code    |         | cc gcc -Wl,-z,noseparate-code
	fixed_elsewhere    |         | cc gcc -fno-pie -no-pie -Wl,-Ttext-segment=0x10000000
	pie_elsewhere      |         | cc gcc -fpie -pie -Wl,-Ttext-segment=0x7000000
	lld                | ld.lld  | cc gcc -fuse-ld=lld
	lld_rosegment      | ld.lld  | cc gcc -fuse-ld=lld -Wl,--no-rosegment
	lld_image_base     | ld.lld  | cc gcc -fno-pie -no-pie -fuse-ld=lld -Wl,--image-base=0x8000000
	gold               | ld.gold | cc gcc -fuse-ld=gold
	lto_gcc            |         | cc gcc -O2 -flto
	lto_clang          | clang ld.lld | cc clang -O2 -flto -fuse-ld=lld
	lto_thin           | clang ld.lld | cc clang -O2 -flto=thin -fuse-ld=lld
	gc_sections        |         | cc gcc -ffunction-sections -Wl,--gc-sections
	gc_sections_lld    | ld.lld  | cc gcc -ffunction-sections -Wl,--gc-sections -fuse-ld=lld
	gc_sections_gold   | ld.gold | cc gcc -ffunction-sections -Wl,--gc-sections -fuse-ld=gold
	fold_gold          | ld.gold | cc gcc -ffunction-sections -fuse-ld=gold -Wl,--icf=all | run_folded | fold.c
	fold_lld           | ld.lld  | cc gcc -ffunction-sections -fuse-ld=lld -Wl,--icf=all | run_folded | fold.c
	cold               |         | cc gcc -O2 -freorder-blocks-and-partition; has_symbol grow_n.cold | | cold.c
	ifunc              |         | cc gcc | | ifunc.c
	ifunc_static       |         | cc gcc -static | | ifunc.c
	alias              |         | cc gcc | | alias.c
	nested             |         | cc gcc | | nested.c

	type_units4        |         | cc gcc -gdwarf-4 -fdebug-types-section; has_section .debug_types
	type_units5        |         | cc gcc -gdwarf-5 -fdebug-types-section
	zlib               |         | cc gcc -gz=zlib
	zlib_gnu           |         | cc gcc; try objcopy --compress-debug-sections=zlib-gnu program; has_section .zdebug_info
	zstd               |         | cc gcc; try objcopy --compress-debug-sections=zstd program; if_zstd_is_built_in
	split4             |         | cc gcc -gdwarf-4 -gsplit-dwarf; has_section .debug_addr
	split5             |         | cc gcc -gdwarf-5 -gsplit-dwarf; has_section .debug_addr
	split4_clang       | clang   | cc clang -gdwarf-4 -gsplit-dwarf
	split5_clang       | clang   | cc clang -gdwarf-5 -gsplit-dwarf
	split_inlining     | clang   | cc clang -O2 -gdwarf-5 -gsplit-dwarf -fsplit-dwarf-inlining
	split_zlib         |         | cc gcc -gsplit-dwarf -gz
	split_lto          | clang ld.lld | cc clang -O2 -flto=thin -gsplit-dwarf -fuse-ld=lld -Wl,-plugin-opt=dwo_dir=made
	split_types        |         | cc gcc -gdwarf-5 -gsplit-dwarf -fdebug-types-section
	split_in_comp_dir  |         | mkdir made; (cd made && cc gcc -gdwarf-5 -gsplit-dwarf); mv made/program .
	split_package4     | dwp     | cc gcc -gdwarf-4 -gsplit-dwarf; try dwp -e program; rm ./*.dwo
	split_package_tree | dwp     | cc gcc -gdwarf-4 -gsplit-dwarf; try dwp -e program; rm ./*.dwo; to_tree tree | run --debug-dir tree
	split_package5     | clang llvm-dwp | cc clang -gdwarf-5 -gsplit-dwarf; try llvm-dwp -e program -o program.dwp; rm ./*.dwo
	split_gone         |         | cc gcc -gdwarf-5 -gsplit-dwarf; rm ./*.dwo | | | symbol
	dwz                | dwz     | cc gcc -gdwarf-4 "$matrix/prepare.c"; try dwz program
	dwz_multi4         | dwz     | relatively -gdwarf-4; share | | a/program.c
	dwz_multi5         | dwz     | cc gcc -gdwarf-5 "$matrix/prepare.c"; share
	dwz_multi_gone     | dwz     | cc gcc "$matrix/prepare.c"; share; rm shared.debug | run; warned shared.debug

	link_beside        |         | cc gcc; split_off program.debug
	link_in_debug      |         | cc gcc; split_off program.debug; mkdir .debug; mv program.debug .debug
	link_in_dir        |         | cc gcc; split_off program.debug; mkdir -p "tree$PWD"; mv program.debug "tree$PWD" | run --debug-dir tree
	link_not_its_crc   |         | cc gcc -Wl,--build-id=none; keeps=-g split_off program.debug; echo >>program.debug | run; warned program.debug | | symbol
	link_not_its_id    |         | cc gcc -O1; mv program other; cc gcc; keeps=-g split_off program.debug other; try strip -g program; try objcopy --add-gnu-debuglink=program.debug program | run; warned program.debug | | symbol
	build_id_not_its   |         | cc gcc -O1; mv program other; cc gcc; keeps=-g to_tree tree; try objcopy --only-keep-debug other tree/.build-id/*/*.debug | run --debug-dir tree; warned .debug | | symbol
	link_by_eu_strip   | eu-strip | cc gcc; try eu-strip -f program.debug program
	build_id_dir       |         | cc gcc; to_tree tree | run --debug-dir nowhere --debug-dir tree
	build_id_variable  |         | cc gcc; to_tree tree | PTMEM_DEBUG_DIR=nowhere:tree run
	build_id_dwz       | dwz     | cc gcc "$matrix/prepare.c"; share -M "$PWD/shared.debug"; to_tree tree | run --debug-dir tree
	build_id_zlib      |         | cc gcc -gz; to_tree tree | run --debug-dir tree
	debuginfod         | debuginfod | cc gcc; to_tree tree | served run
	debuginfod_no_lib  |         | cc gcc; keeps=-g to_tree tree | without_the_library run | | symbol
	debuginfod_refused | debuginfod | cc gcc; keeps=-g to_tree tree | served run --debuginfod=no | | symbol

	stripped_debug     |         | cc gcc; strip -g program | | | symbol
	debugdata          | xz      | cc gcc; mini_debug | | | symbol
	dynamic_symbols    |         | cc gcc -rdynamic; strip program | | | symbol
	stripped           |         | cc gcc; bare strip program | run_all | | offset
	stripped_fixed     |         | cc gcc -fno-pie -no-pie; bare strip program | run_all | | offset
	headless           |         | cc gcc; bare behead program | run_all | | offset
	musl               | musl-gcc | cc musl-gcc
	musl_static        | musl-gcc | cc musl-gcc -static
	spaces             |         | copy_source "a ü b"; cc gcc | | "a ü b/program.c"
	mapped_away        |         | cc gcc -ffile-prefix-map="$matrix=/nowhere" | run --path-map /nowhere="$matrix"
	relative           |         | relatively | | a/program.c
	mapped_to_relative |         | copy_source a; (cd a && source=program.c cc gcc -ffile-prefix-map="$PWD=./a"); mv a/program . | run --path-map a="$PWD/a" | a/program.c

	deleted            |         | cc gcc | attached rm program | waits.c
	replaced           |         | cc gcc | attached replace | waits.c
	other_root         |         | cc gcc -static; to_root | PTMEM_DEBUG_DIR= run_in_root
	other_root_attach  |         | cc gcc -static; to_root | PTMEM_DEBUG_DIR= attached_in_root | waits.c

	library            |         | library; cc gcc ./library.so -Wl,-rpath,'$ORIGIN' | run | uses.c library.c
	library_symbols    |         | library -g0; cc gcc ./library.so -Wl,-rpath,'$ORIGIN' | run --libs 'main,library.so' | uses.c library.c:symbol
	library_only       |         | library; source=$matrix/uses.c cc gcc ./library.so -Wl,-rpath,'$ORIGIN' | run --libs 'library.so' | library.c
	library_main_only  |         | library; cc gcc ./library.so -Wl,-rpath,'$ORIGIN' | run --libs main | uses.c
	library_debuglink  |         | library; split_off library.debug library.so; cc gcc ./library.so -Wl,-rpath,'$ORIGIN' | run | uses.c library.c
	library_served     | debuginfod | library; cc gcc ./library.so -Wl,-rpath,'$ORIGIN'; to_tree tree; to_tree tree library.so | served run --libs 'main,library.so' | uses.c library.c
	library_not_asked  | debuginfod | library; cc gcc ./library.so -Wl,-rpath,'$ORIGIN'; to_tree tree; to_tree tree library.so | served run | uses.c
	loaded             |         | library; cc gcc | run_with 1 ./library.so -- --libs 'library*' | loads.c library.c
	loaded_again       |         | library; cc gcc | run_with 3 ./library.so -- --libs 'library*' | loads.c library.c
	loaded_in_turn     |         | library; cp library.so other.so; cc gcc | run_with 3 ./library.so ./other.so -- --libs 'library*,other*' | loads.c library.c
	loaded_attach      |         | library; cc gcc | attached true | waits.c

	cxx_gcc            | g++     | cc g++ | run | program.cc
	cxx_gcc_optimised  | g++     | cc g++ -O2 | run | program.cc
	cxx_clang          | clang++ | dialect=clang; cc clang++ | run | program.cc
	cxx_symbols        | g++     | cc g++ -g0 | run | program.cc | symbol
	cxx_split          | g++     | cc g++ -gsplit-dwarf | run | program.cc
	cxx_type_units     | g++     | cc g++ -fdebug-types-section | run | program.cc
	cxx_dwz_multi      | g++ dwz | cc g++; share | run | program.cc
	cxx_dwz            | g++ dwz | cc g++; try dwz program | run | program.cc
	rust_legacy        | /usr/bin/rustc | rust | run | program.rs
	rust_v0            | /usr/bin/rustc | dialect=v0; rust -C symbol-mangling-version=v0 | run | program.rs
	rust_optimised     | /usr/bin/rustc | rust -O | run | program.rs
	d                  | gdc     | d | run | program.d
	go                 | /usr/bin/go | go_build | run_go | program.go
	END
}

# --- Making programs ---

# shellcheck disable=SC2054 # commas are the linker's
plain=(-D_GNU_SOURCE -fno-omit-frame-pointer -fno-stack-protector -fcf-protection=none
	-U_FORTIFY_SOURCE -Wl,-z,now)

# try COMMAND...: must succeed; what it says matters only if it does not.
try() {
	"$@" >tool.log 2>&1 || fail "failed: $*" "$(cat tool.log)"
}

# cc COMPILER OPTION...: `program`, from $source, with its debug info.
cc() {
	try "$1" -g -O0 "${plain[@]}" -o program "${source:-$(source_of "${sources[0]}")}" "${@:2}"
}

# library OPTION...: `library.so`
library() {
	try gcc -g -O0 "${plain[@]}" "$@" -fpic -shared -o library.so "$matrix/library.c"
}

prepared() {
	try gcc -c -O0 "${plain[@]}" "$matrix/prepare.c"
}

rust() {
	prepared
	try /usr/bin/rustc -g "$@" -C link-args='prepare.o -Wl,-z,now' "$matrix/program.rs"
}

d() {
	prepared
	try gdc -g -O0 -Wl,-z,now -o program "$matrix/program.d" prepare.o
}

go_build() {
	GOCACHE=$PWD/cache GO111MODULE=off try /usr/bin/go build -o program "$matrix/program.go"
	chmod -R u+w cache
}

# copy_source FOLDER: a source of this test's own.
copy_source() {
	mkdir "$1"
	cp "$matrix/program.c" "$1"
	cp "$matrix/../debuggee.h" .
}

# relatively OPTION...: `program`, from a name that counts from where the compiler ran.
relatively() {
	copy_source a
	mkdir a/b
	(cd a/b && source=../program.c cc gcc "$@" "$matrix/prepare.c")
	mv a/b/program .
}

build_id() {
	readelf -nW "$1" | sed -n 's/.*Build ID: *//p'
}

# split_off FILE [OBJECT]: its debug info in a file of its own that it has a link to; $keeps
# says what strip leaves in the object.
split_off() {
	local object=${2-program}

	try objcopy --only-keep-debug "$object" "$1"
	try strip ${keeps+"$keeps"} "$object"
	try objcopy --add-gnu-debuglink="$1" "$object"
}

# to_tree FOLDER [OBJECT]: the same, found by its build-id.
to_tree() {
	local file=${2-program} id

	id=$(build_id "$file")
	mkdir -p "$1/.build-id/${id:0:2}"
	try objcopy --only-keep-debug "$file" "$1/.build-id/${id:0:2}/${id:2}.debug"
	try strip ${keeps+"$keeps"} "$file"
}

# share OPTION...: two programs have in shared.debug what is the same in both.
share() {
	cp program other
	try dwz -m shared.debug "$@" program other
	has_section .gnu_debugaltlink
}

# Symbols that are not in .dynsym, packed into a section.
mini_debug() {
	cp program mini
	try strip -g mini
	try xz mini
	try strip program
	try objcopy --add-section .gnu_debugdata=mini.xz program
}

# bare COMMAND...: takes the names away; where the functions are is in `addresses`.
bare() {
	nm program >addresses
	try "$@"
}

# behead FILE: nothing in it says where its sections are.
behead() {
	try strip "$1"
	printf '\0\0\0\0\0\0\0\0' | dd of="$1" bs=1 seek=40 conv=notrunc status=none
	printf '\0\0\0\0' | dd of="$1" bs=1 seek=60 conv=notrunc status=none
}

to_root() {
	to_tree root/usr/lib/debug
	mv program root
}

has_section() {
	readelf -SW program | grep -qF " $1 " || fail "no $1 in it"
}

has_symbol() {
	nm program | grep -q " $1\$" || fail "no $1 in it"
}

# Else there is no way to its debug info, which is said.
if_zstd_is_built_in() {
	grep -q libzstd <("$PTMEM" --version) || rows=symbol watch='run; warned program'
}

# --- Watching them ---

# The functions to watch, as the sources say.
watched() {
	local source

	for source in "${sources[@]}"; do
		sed -n 's/^.* watched: *//p' "$(source_of "$source")"
	done | paste -s -d ,
}

# run OPTION...
run() {
	run_with -- "$@"
}

# run_with ARGUMENT... -- OPTION...
run_with() {
	local arguments=()

	while [ "$1" != -- ]; do
		arguments+=("$1")
		shift
	done
	DEBUGGEES=$PWD watch --funcs "$(watched)" "${@:2}" -- program "${arguments[@]}"
	judge
}

# All functions are watched, since they have no names; those that are known must be there.
run_all() {
	DEBUGGEES=$PWD watch "$@" -- program
	judge_known
}

# In a mount namespace of its own, the target has /proc and nothing else that we have.
enter_root=(unshare -m)
[ "$(id -u)" -eq 0 ] || enter_root+=(-r)
# shellcheck disable=SC2016 # the inner shell's
enter_root+=(sh -c 'mkdir root/proc && mount --rbind /proc root/proc && exec chroot root /program')

run_in_root() {
	ptmem -v --precision 17 -o report -- "${enter_root[@]}"
	ended 0
	grep '^ptmem: ' err >said
	balanced
	judge_known
}

# attached COMMAND...: a process that runs already, after this was done.
attached() {
	serve_by ./program
	attached_after "$@"
}

attached_after() {
	"$@"
	attach --funcs "$(watched)"
	ordered go
	reported
	judge
}

attached_in_root() {
	serve_by "${enter_root[@]}"
	attached_after true
}

replace() {
	try gcc -o other "$matrix/prepare.c" -x c <(echo 'int main(void) { return 0; }')
	mv other program
}

# served COMMAND...: with a server that has the debug files of `tree`.
served() {
	local port tries

	for tries in 1 2 3 4 5; do
		port=$((20000 + (RANDOM + tries * 7919) % 12000))
		start server.out server.err debuginfod -v -p "$port" -d :memory: -F tree
		await 10 listens_or_gone && break
	done
	export DEBUGINFOD_URLS=http://127.0.0.1:$port DEBUGINFOD_CACHE_PATH=$PWD/cache
	await 20 has_scanned || fail "$(tail server.err)"
	"$@"
}

# The library that asks servers is loaded for that alone.
without_the_library() {
	grep -q debuginfod <("$PTMEM" --version) || skip 'built without libdebuginfod'
	mkdir lib
	: >lib/libdebuginfod.so.1
	export DEBUGINFOD_URLS=http://127.0.0.1:9 LD_LIBRARY_PATH=$PWD/lib
	"$@"
	grep -qx "ptmem: debuginfod: its library cannot be loaded: $PWD/lib/libdebuginfod.so.1: file too \
short: install it" err || fail "$(cat err)"
}

listens_or_gone() {
	gone "$!" || grep -q 'started http server' server.err server.out
}

has_scanned() {
	local file

	rm -rf probed # what is not there is remembered
	for file in program library.so; do
		[ ! -e "$file" ] || DEBUGINFOD_CACHE_PATH=$PWD/probed \
			debuginfod-find debuginfo "$(build_id "$file")" >/dev/null 2>&1 || return
	done
}

# Its runtime takes and gives memory as well.
run_go() {
	DEBUGGEES=$PWD watch --funcs 'main.*' -- program
	grep -q "/program.go:[0-9]*:main.growN\$" report || fail 'no main.growN:' "$(cat report)"
	[[ $(row main.growN) == 4???' 5' ]] || fail "main.growN: $(row main.growN)"
}

# --- Judging what was seen ---

# source_of NAME: one of this test's own, or one of all.
source_of() {
	if [ -e "$1" ]; then
		echo "$PWD/$1"
	else
		echo "$matrix/$1"
	fi
}

# truth SOURCE ROWS: what its lines say of themselves, as PAGES CALLS FILE:LINE:NAME.
truth() {
	local file object=program

	file=$(source_of "$1")
	[ "$1" != library.c ] || object=library.so
	sed 's| *\*/$||' "$file" | grep -n '[/*] grows [0-9]' |
		sed -e "s/:.* grows \([0-9]* [0-9]*\) .* | ${dialect:-none}: /: grows \1 /" \
			-e 's/ | .*//' -e 's/:.* grows / /' |
		while read -r line pages calls name; do
			case $2 in
			source) echo "$pages $calls $file:$line:$name" ;;
			symbol) echo "$pages $calls $PWD/$object:0:$name" ;;
			offset) echo "$pages $calls $PWD/$object:0:$object+0x$(address_of "$name")" ;;
			esac
		done
}

address_of() {
	awk -v name="$1" '$3 == name { sub(/^0*/, "", $1); print $1 }' addresses
}

expected() {
	local source

	for source in "${sources[@]}"; do
		truth "$source" "$rows"
	done | sort
}

# The rows that were printed, in the same form, but for what is in brackets.
seen() {
	awk '$1 ~ /^[0-9][0-9.e+-]*$/ && $2 ~ /^[0-9]+$/ && $3 !~ /^\[/ {
		pages = $1 * 256; calls = $2; sub(/^ *[^ ]+ +[0-9]+  /, "")
		printf "%.10g %d %s\n", pages, calls, $0
	}' report | sort
}

judge() {
	expected >wanted
	[ -s wanted ] || fail 'nothing is expected'
	seen | diff -u --label expected --label seen wanted - || fail "$(cat err)"
}

# Two functions that are one have the name of either.
run_folded() {
	DEBUGGEES=$PWD watch --funcs 'grow*' -- program
	expected >wanted
	seen >found
	[ "$(wc -l <found)" -eq 1 ] || fail 'not one row:' "$(cat report)"
	grep -qFxf wanted found || fail 'not one of these:' "$(cat wanted report)"
}

# Other rows may be there, but none for what is no function, as stubs are none.
judge_known() {
	expected >wanted
	[ -s wanted ] || fail 'nothing is expected'
	seen >found
	[ "$(grep -cFxf wanted found)" -eq "$(wc -l <wanted)" ] ||
		fail 'not all of these are there:' "$(cat wanted)" "$(cat report err)"
	sed -n 's/.*:0:program+0x//p' found | while read -r offset; do
		grep -qi "^0*$offset [tw] " addresses || fail "no function: $offset" "$(cat report)"
	done
}

# warned FILE: ptmem said, once, that this file is not used.
warned() {
	[ "$(grep -c "^ptmem: /.*$1[:,] " err)" -eq 1 ] || fail "not one warning of $1:" "$(cat err)"
}

# --- The tests ---

# go_way NEEDS MAKE WATCH SOURCES ROWS
go_way() {
	local needed watch=${3:-run} rows=${5:-source} source='' sources=() dialect=

	for needed in $1; do
		command -v "$needed" >/dev/null || skip "no $needed"
	done
	eval "sources=(${4:-program.c})"
	eval "$2"
	eval "$watch"
}

while IFS='|' read -r name needs make watch sources rows; do
	printf -v call ' %q' "$(trim "$needs")" "$(trim "$make")" "$(trim "$watch")" \
		"$(trim "$sources")" "$(trim "$rows")"
	eval "test_$(trim "$name")() { go_way $call; }"
done < <(ways | grep .)

run_tests "$@"
