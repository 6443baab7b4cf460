#!/usr/bin/env bash
# What each object added, to the page: C++, C and Rust, optimised and not, by both compilers.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
JOBS=2

# build COMPILER SOURCE OPTION...: `program`, in the working directory.
build() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
	"$1" -g -w -Wl,-z,now "${@:3}" -o program "$tests/debuggee/$2"
	DEBUGGEES=$PWD
}

# rows OPTION...: of a run's listing by objects, in pages, in the order of their first calls,
# without what is not the program's.
rows() {
	watch --instances --libs main --sort time "$@" -- program
	pages report
}

# pages FILE: its rows but for those of the library's strings.
pages() {
	awk '/ MB$/ && !/^\[|^main |std::|^_|Grid::Grid / { printf "%s %.5g\n", substr($0, 1, match($0, / [^ ]* MB$/) - 1), $(NF - 1) * 256 }' "$1"
}

expected_cplusplus() {
	cat <<-'END'
		Grid#1(west).Grid::fill 150
		Grid#2(a name that is too long for a small string).Grid::fill 300
		Header#1.Header::stamp 16
		Grid#4(r1).Grid::fill 450
		Grid#3(r0).Grid::fill 480
		Circle#1.Circle::Circle 16
		Circle#1.Shape::Shape 32
		Circle#1.Circle::draw 128
		Circle#1.Named::note 40
		Circle#1.Shape::plain 24
		Circle#1.Circle::rename 56
		Circle#1.Circle::~Circle 4
		Circle#1.Shape::~Shape 8
		Shape#1.Shape::Shape 32
		Shape#1.Shape::draw 64
		Shape#1.Shape::~Shape 8
		Whole#1.Whole::Whole 28
		Whole#1.Shape::Shape 32
		Whole#1.Part::Part 12
		Whole#1.Whole::finish 36
		Whole#1.Part::work 20
		Whole#1.Shape::plain 24
		Maker#1.Maker::make 10
		Maker#2.Maker::make 10
		Whole#1.Shape::~Shape 8
	END
}

cplusplus() {
	build "$1" objects.cc "${@:2}"
	rows --name-of 'Grid=name_' >actual
	same <(expected_cplusplus) actual
}

test_cplusplus_gcc() { cplusplus g++ -O0 -gsplit-dwarf; }
test_cplusplus_gcc_optimised() { cplusplus g++ -O2 -gdwarf-4; }
test_cplusplus_clang() { cplusplus clang++ -O0 -gdwarf-4 -fdebug-types-section; }
test_cplusplus_clang_optimised() { cplusplus clang++ -O2; }

expected_c() {
	cat <<-'END'
		struct list#1(one).list_push 110
		struct link#1.link_use 5
		struct list#1(one).list_done 1
		struct list#2(two).list_push 210
		struct list#3.list_push 6
		Table#1.table_set 6
		Table#1.table_count 7
	END
}

c() {
	build "$1" objects_c.c "${@:2}"
	rows --name-of 'list=title' --gone 'list_don?' --object-of 'table_count=table' >actual
	same <(expected_c) actual
}

test_c_gcc() { c gcc -O0; }
test_c_gcc_optimised() { c gcc -O2; }
test_c_clang() { c clang -O0; }
test_c_clang_optimised() { c clang -O2; }

# A name may have anything in it.
test_odd_names() {
	cat >odd.cc <<-'END'
		struct Odd {
			const char *name;
			__attribute__((noinline)) void use() { asm volatile("" : : "r"(this) : "memory"); }
		};
		int main()
		{
			Odd odd[3] = {{"a\033[31m\nb"}, {""}, {"d\377"}};
			for (Odd &each : odd)
				each.use();
		}
	END
	g++ -g -O0 -o program odd.cc
	ptmem --no-raw --instances --libs main --tree --min 0 --name-of Odd=name -- "$PWD/program"
	same <(printf '%s\n' "Odd#1:'a?[31m?b'" 'Odd#2' "Odd#3:'d?'") \
		<(sed -n 's/^ *Odd::use \(.*\)  *0.00 MB.*/\1/p' out | sed 's/ *$//' | sort)
	grep -q ', 3 objects told apart' err || fail "$(cat err)"
}

# Without what the options say.
test_c_by_itself() {
	build gcc objects_c.c -O0
	rows >actual
	same <(printf '%s\n' 'struct list#1.list_push 320' 'struct link#1.link_use 5' \
		'struct list#1.list_done 1' 'struct list#2.list_push 6' 'Table#1.table_set 6' \
		'struct list#1.table_count 7') actual
}

rust() {
	[ -x /usr/bin/rustc ] || skip 'rustc is not installed'
	/usr/bin/rustc -g "$@" -o program "$tests/debuggee/objects.rs"
	DEBUGGEES=$PWD
	watch --instances --libs main --sort time --name-of 'Store=title' -- program
	grep '^objects::app::Store#' report >stores
	[ "$(grep -c 'objects::app::Store::push' stores)" -eq 3 ] || fail "$(cat stores)"
	[ "$(sed -n 's/.*#\(.*\)\.objects::app::Store::push.*/\1/p' stores | tr '\n' ' ')" = \
		'1(boxed) 2(one) 3(two) ' ] || fail "$(cat stores)"
	# Vectors have a header in a page of their own.
	awk '{ pages = $(NF - 1) * 256
		if (pages < 200 * NR - 5 || pages > 400 * NR) exit 1 }' \
		<(grep 'Store::push' stores | tail -n 2) || fail "$(cat stores)"
}

test_rust() { rust; }
test_rust_optimised() { rust -O; }

# name MEMBER: what the first grid is called by it.
name() {
	rows --name-of "Grid=$1" --funcs 'Grid::fill' >/dev/null
	sed -n 's/^Grid#1\(.*\)\.Grid::fill.*/\1/p' report
}

test_names() {
	build g++ objects.cc -O0
	same <(printf '%s\n' '(LARGE)' '(tag)' '(-7)' '(label)' '(label)' '(0)' '(west)') \
		<(for member in kind tag number 'owner->text' label_.text header.tag name_; do
			name "$member"
		done)
}

test_names_that_are_not_there() {
	build g++ objects.cc -O0
	for member in nope owner label_.nope 'name_->' owner-text; do
		[ -z "$(name "$member")" ]
		grep -qxF "ptmem: --name-of: 'Grid' has no member that a name can be read from, by '$member'" said ||
			fail "$member" "$(cat said)"
	done
	ptmem --no-raw --instances --libs main --object-of 'Grid::fil=x' -- "$PWD/program"
	grep -qxF "ptmem: --object-of: no function that is watched matches 'Grid::fil'" err || fail "$(cat err)"
	ptmem --no-raw --instances --libs main --gone nothing -- "$PWD/program"
	grep -qF "ptmem: --gone: no function with an object" err || fail "$(cat err)"
}

test_tree() {
	build g++ objects.cc -O0
	watch --instances --libs main --name-of 'Grid=name_' --tree --min 0 -- program
	grep -Eq "^    Grid::fill Grid#1:'west'  +[0-9.]+ MB  \(1 calls\)$" report || fail "$(cat report)"
	grep -Eq "^        Circle::draw Circle#1  +[0-9.]+ MB  \(1 calls\)$" report || fail "$(cat report)"
	grep -Eq "^            Named::note Circle#1  " report || fail "$(cat report)"
	grep -Eq "^        .*:[0-9]+:Grid::help  " report || fail "$(cat report)"
}

# A recording has all of it; by another look than by objects it is as without them.
test_recording() {
	build g++ objects.cc -O0
	ptmem --raw objects.raw --instances --libs main --name-of 'Grid=name_' -- "$PWD/program"
	mv out live
	ptmem --raw plain.raw --engine breakpoints --libs main -- "$PWD/program"
	mv out table
	ptmem post --instances objects.raw
	same live out
	ptmem post objects.raw
	same table out
	ptmem post --tree --min 0 plain.raw
	mv out tree
	ptmem post --tree --min 0 objects.raw
	same tree out
	ptmem post --instances objects.raw objects.raw --top 1 --funcs Grid::fill
	grep -Eq '^Grid#3\(r0\)\.Grid::fill 3\.75 MB$' out || fail "$(cat out)"
	refuses 125 "plain.raw: it tells of no objects: record with --instances" \
		post --instances plain.raw
}

test_by() {
	build g++ objects.cc -O0
	ptmem --raw run.raw --instances --libs main --name-of 'Grid=name_' -- "$PWD/program"
	ptmem post --instances --by class run.raw
	same <(printf '%s\n' 'Maker 20' 'Shape 104' 'Whole 160' 'Circle 308') \
		<(pages out | grep '^[MSWC]')
	ptmem post --instances --by object run.raw
	same <(printf '%s\n' 'Maker#1 10' 'Maker#2 10' 'Shape#1 104' 'Whole#1 160' 'Circle#1 308') \
		<(pages out | grep '^[MSWC]')
	ptmem post --instances --by method run.raw
	same <(printf '%s\n' 'Maker::make 20' 'Grid::fill 1380') \
		<(pages out | grep '^Maker::\|^Grid::fill')
}

test_exports() {
	build g++ objects.cc -O0
	ptmem --raw run.raw --instances --libs main --name-of 'Grid=name_' -- "$PWD/program"
	ptmem post --instances --export json run.raw
	grep -qF '"instance": {"class": "Grid", "number": 1, "name": "west"}' out
	grep -qF '"instance": {"class": "Maker", "number": 2, "name": null}' out
	ptmem post --instances --export csv run.raw
	head -n 1 out | grep -q ',instance'
	grep -qF ',Grid#1(west)' out
	ptmem post --export csv run.raw
	! grep -qF 'Grid#1' out
}

# A child goes on with the objects of its maker, and with their numbers.
test_forks() {
	build gcc objects_c.c -O0
	limited "$PTMEM" --no-raw -f --instances --libs main --sort time -- "$PWD/program" forks
	ended 0
	pages out >actual
	grep -qx 'struct list#1.list_push 20' actual || fail "$(cat out)"
	grep -qx 'struct list#2.list_push 30' actual || fail "$(cat out)"
	grep -qx 'struct list#2.list_push 6' actual || fail "$(cat out)"
}

test_refused() {
	refuses 125 '--instances: a page fault does not tell of an object: leave --engine faults out' \
		--engine faults --instances true
	limited "$binary" --exact --instances true
	refused 125 '--instances: a page fault does not tell of an object: leave --exact out'
	refuses 125 '--by: it is for --instances: give that as well' --by class true
	refuses 125 '--name-of: it is for --instances: give that as well' --name-of A=b true
	refuses 125 "--name-of: 'A' is not NAME=WHAT" --instances --name-of A true
	refuses 125 "--object-of: '=a' is not NAME=WHAT" --instances --object-of =a true
	refuses 125 '--by: it is for the listing by objects: leave --tree and --export out' \
		--instances --tree --by class true
}

run_tests "$@"
