/*
 * libdwarf, wherever it is installed: Debian's older releases have it in a folder, as do
 * some packages of newer ones.
 */
#ifndef PTMEM_SYMBOL_DEBUG_LIBDWARF_H
#define PTMEM_SYMBOL_DEBUG_LIBDWARF_H

#if __has_include(<libdwarf/libdwarf.h>)
#include <libdwarf/dwarf.h>
#include <libdwarf/libdwarf.h>
#elif __has_include(<libdwarf-2/libdwarf.h>)
#include <libdwarf-2/dwarf.h>
#include <libdwarf-2/libdwarf.h>
#elif __has_include(<libdwarf-0/libdwarf.h>)
#include <libdwarf-0/dwarf.h>
#include <libdwarf-0/libdwarf.h>
#else
#include <dwarf.h>
#include <libdwarf.h>
#endif

/* The header has named its version since the interface was renewed (0.1, late in 2021). */
#ifdef DW_LIBDWARF_VERSION
#define LIBDWARF_RENEWED 1
#else
#define LIBDWARF_RENEWED 0
#endif

#endif
