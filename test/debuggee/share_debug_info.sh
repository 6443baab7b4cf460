#!/bin/sh
# share_debug_info.sh DWZ PROGRAM4 PROGRAM5 FOLDER: lets a program and its twin share debug info,
# by DWARF 4 (.gnu_debugaltlink) and by DWARF 5 (.debug_sup).
set -eu

dwz=$1 folder=$4

share()
{
	program=$1 shared=$2 twin=$3 common=$4
	shift 4
	cp "$program" "$folder/$shared"
	cp "$program" "$folder/$twin"
	(cd "$folder" && "$dwz" "$@" -m "$common" -M "$common" "$shared" "$twin")
}

share "$2" places-shared4 places-twin4 places-shared4.common
share "$3" places-shared5 places-twin5 places-shared5.common -5
