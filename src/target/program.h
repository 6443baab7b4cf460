/* Finding a program to run, and knowing beforehand what could not be run. */
#ifndef PTMEM_TARGET_PROGRAM_H
#define PTMEM_TARGET_PROGRAM_H

#include "base/error.h"

/*
 * The path of a program as a shell would find it: in PATH where the name has no slash.
 * ERROR_NOT_FOUND or ERROR_NOT_EXECUTABLE with the reason; the path is to be freed.
 */
struct ptmem_error *program_find(const char *name, char **path);

/*
 * Fails where the file cannot be run or is no program that can be profiled: a directory,
 * not executable, 32-bit, of another processor, neither ELF nor a script.
 */
struct ptmem_error *program_check(const char *path);

#endif
