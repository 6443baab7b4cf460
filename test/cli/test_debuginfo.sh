#!/usr/bin/env bash
# Debug info that is broken or lies: the program runs, and ptmem neither crashes nor hangs.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
JOBS=2

# section NAME FILE: where a section lies in a file, and how long it is.
section() {
	readelf -SW "$2" | sed 's/^ *\[ *[0-9]*\] *//' |
		awk -v name="$1" '$1 == name { print "0x" $4, "0x" $5 }'
}

# lie NAME OFFSET BYTES: `liar`, a good program with bytes of a section replaced.
lie() {
	local start size

	cp "$DEBUGGEES/grow" liar
	read -r start size < <(section "$1" liar)
	# shellcheck disable=SC2059 # the format is the bytes
	printf "$3" | dd of=liar bs=1 seek=$((start + $2)) conv=notrunc status=none
}

# survives: the program comes to its own end, and what ptmem says are lines of its own.
survives() {
	ptmem -o report ./liar 2x3
	ended 0
	grep -qx 'grew 2 pages 3 times' out
	[ "$(grep -vc '^ptmem: ' err)" -eq 0 ] || fail "$(cat err)"
}

test_unit_length() {
	lie .debug_info 0 '\xf0\xff\xff\x7f'
	survives
	lie .debug_info 0 '\x00\x00\x00\x00'
	survives
	lie .debug_info 0 '\xff\xff\xff\xff\xff\xff\xff\xff'
	survives
}

test_version() {
	lie .debug_info 4 '\x63\x00'
	survives
}

test_abbreviations() {
	lie .debug_abbrev 0 '\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f'
	survives
	lie .debug_abbrev 1 '\x00\x00\x00\x00'
	survives
}

test_abbreviation_offset() {
	lie .debug_info 8 '\xff\xff\xff\x7f'
	survives
}

test_line_table() {
	lie .debug_line 0 '\xf0\xff\xff\x7f'
	survives
	lie .debug_line 4 '\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff'
	survives
}

test_names_that_end_nowhere() {
	local start size

	cp "$DEBUGGEES/grow" liar
	read -r start size < <(section .debug_str liar)
	head -c $((size)) /dev/zero | tr '\0' 'A' |
		dd of=liar bs=1 seek=$((start)) conv=notrunc status=none
	survives
}

test_section_beyond_the_file() {
	local table

	cp "$DEBUGGEES/grow" liar
	table=$(readelf -hW liar | awk '/Start of section headers/ { print $5 }')
	# Every section's offset, far away.
	for i in $(seq 1 "$(readelf -hW liar | awk '/Number of section headers/ { print $5 - 1 }')"); do
		printf '\xff\xff\xff\xff\xff\xff\x00\x00' |
			dd of=liar bs=1 seek=$((table + i * 64 + 24)) conv=notrunc status=none
	done
	survives
}

test_section_table_beyond_the_file() {
	cp "$DEBUGGEES/grow" liar
	printf '\xff\xff\xff\xff\xff\xff\x00\x00' | dd of=liar bs=1 seek=40 conv=notrunc status=none
	ptmem -o report ./liar 2x3
	[ "$status" -eq 0 ] || refused 125 "$PWD/liar: truncated ELF file"
}

# Bytes everywhere in the debug info, the same ones each time.
test_noise() {
	local start size seed

	for seed in $(seq 1 60); do
		cp "$DEBUGGEES/grow" liar
		for name in .debug_info .debug_abbrev .debug_line .debug_aranges .debug_rnglists; do
			read -r start size < <(section $name liar) || continue
			awk -v seed="$seed" -v start=$((start)) -v size=$((size)) 'BEGIN {
				srand(seed)
				for (i = 0; i < 12; i++)
					printf "%d \\%03o\n", start + int(rand() * size), int(rand() * 256)
			}' >bytes
			while read -r at byte; do
				# shellcheck disable=SC2059 # the format is the byte
				printf "$byte" | dd of=liar bs=1 seek="$at" conv=notrunc status=none
			done <bytes
		done
		survives
	done
}

run_tests "$@"
