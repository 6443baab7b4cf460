#!/usr/bin/env bash
# What `meson install` puts into a prefix, used from there: ptmem, its manual pages and completions;
# the library, shared and static, in C and C++, by pkg-config; and the examples under valgrind.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

build=$(cd "$DEBUGGEES/../.." && pwd)
sources=$(cd "$tests/.." && pwd)

# Where all is: in $root, with pkg-config as a user would have it. Once for all tests.
install_there() {
	local destination=$PWD/../installed

	[ -e "$destination" ] ||
		meson install -C "$build" --no-rebuild --quiet --destdir "$destination" >log 2>&1 ||
		fail "$(cat log)"
	root=$(dirname "$(dirname "$(find "$destination" -path '*/bin/ptmem')")")
	libraries=$(dirname "$(find "$root" -name libptmem.a)")
	export PKG_CONFIG_PATH=$libraries/pkgconfig
}

# flags OPTION...: a compiler's
flags() {
	pkg-config --define-variable=prefix="$root" "$@" libptmem
}

# compile COMPILER PROGRAM SOURCE FLAGS: a path, or an example.
# shellcheck disable=SC2046,SC2086 # flags are words
compile() {
	local source=$3

	[ -e "$source" ] || source=$sources/doc/examples/$3
	"$1" -Wall -Wextra -Werror -o "$2" "$source" $(flags --cflags) $4 2>log || fail "$(cat log)"
}

test_ptmem() {
	install_there
	limited "$root/bin/ptmem" --version
	ended 0
	limited "$root/bin/ptmem" -o report --no-raw --funcs grow_n -- "$DEBUGGEES/grow" 64x5
	ended 0
	grep -q grow_n report
	for page in "$sources"/doc/*.1.scd; do
		page=$(basename "$page" .scd)
		grep -q '^\.TH' "$root/share/man/man1/$page" || fail "$page is not installed"
	done
	bash -n "$root/share/bash-completion/completions/ptmem"
	[ -s "$root/share/zsh/site-functions/_ptmem" ]
	[ -s "$root/share/fish/vendor_completions.d/ptmem.fish" ]
	[ -s "$root/share/doc/ptmem/reference/index.html" ]
}

# The library that is linked is the one that was installed.
test_library() {
	install_there
	compile cc shared assertion.c "$(flags --libs)"
	readelf -d shared | grep -q 'NEEDED.*\[libptmem\.so\.0\]'
	LD_LIBRARY_PATH=$libraries limited ./shared
	ended 0
	compile cc static usage_child.c "$(flags --static --libs | sed 's/-lptmem/-l:libptmem.a/')"
	! readelf -d static | grep -q libptmem || fail 'the shared library was linked'
	limited ./static sh -c 'exit 3'
	ended 3
	compile cc profiler profiler.c "$(flags --static --libs | sed 's/-lptmem/-l:libptmem.a/')"
	limited ./profiler grow_n "$DEBUGGEES/grow" 64x5
	ended 0
	grep -qx 'grow_n: 1310720 bytes in 5 calls' out
}

test_assertion_that_fails() {
	install_there
	cat >fails.c <<-'END'
		#include <ptmem/assert.h>
		#include <string.h>

		int main(void)
		{
			PTMEM_ASSERT_GROWTH_BELOW(1 << 20, {
				void *block = malloc(4 << 20);

				if (block)
					memset(block, 1, 4 << 20);
			});
			return 0;
		}
	END
	compile cc fails fails.c "$(flags --libs)"
	LD_LIBRARY_PATH=$libraries limited ./fails
	ended 134
	grep -Eqx 'fails\.c:(6|11): memory grew by [4-9][0-9]{6} bytes, not below 1048576' err
}

# Every header by itself as well, whatever was included before it, by old and new standards.
test_cplusplus() {
	install_there
	for example in "$sources"/doc/examples/*.c; do
		compile g++ program "$(basename "$example")" "-x c++ -std=c++11 $(flags --libs)"
	done
	LD_LIBRARY_PATH=$libraries limited ./program $$
	ended 0
	for header in "$root"/include/ptmem/*.h; do
		g++ -x c++ -std=c++20 -Wall -Wextra -Werror -fsyntax-only "$header" 2>log || fail "$(cat log)"
		cc -x c -std=c99 -Wall -Wextra -Werror -fsyntax-only "$header" 2>log || fail "$(cat log)"
	done
}

# A name that comes or goes is a change of the interface: see doc/library.md.
test_symbols() {
	nm -D --defined-only "$build/src/libptmem.so" | awk '$2 != "A" { print $3 }' | sort >shared
	same "$tests/cli/libptmem.symbols" shared
	nm -g --defined-only "$build/src/libptmem.a" | awk 'NF == 3 { print $3 }' | sort >static
	same <(sed 's/@.*//' shared) static
}

test_valgrind() {
	export PTMEM_RECORDING=$PWD/run
	ptmem -o /dev/null --raw run --funcs grow_n "$DEBUGGEES/grow" 64x5
	# shellcheck disable=SC2054 # commas are valgrind's
	local valgrind=(valgrind -q --error-exitcode=99 --leak-check=full
		--errors-for-leak-kinds=definite,indirect,possible)
	cd "$build/doc/examples"
	for command in "usage_pid $$" 'usage_child sleep 0.1' usage_function assertion \
		"recording $PTMEM_RECORDING"; do
		# shellcheck disable=SC2086 # words
		(cd - >/dev/null && limited "${valgrind[@]}" "$build/doc/examples/example-"$command &&
			ended 0 && ! grep '^==' err)
	done
}

run_tests "$@"
