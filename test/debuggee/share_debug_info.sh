#!/bin/sh
# share_debug_info.sh DWZ PROGRAM FOLDER: lets a program and its twin share debug info, by GNU's
# link (.gnu_debugaltlink) and by that of DWARF 5 (.debug_sup).
set -eu

dwz=$1 program=$2 folder=$3

share()
{
	shared=$1 twin=$2 common=$3
	shift 3
	cp "$program" "$folder/$shared"
	cp "$program" "$folder/$twin"
	(cd "$folder" && "$dwz" "$@" -m "$common" -M "$common" "$shared" "$twin")
}

share places-shared4 places-twin4 places-shared4.common
share places-shared5 places-twin5 places-shared5.common -5
