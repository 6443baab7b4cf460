/* What a program's file says of .eh_frame, where no .eh_frame_hdr in memory does. */
#ifndef PTMEM_UNWIND_PROGRAM_H
#define PTMEM_UNWIND_PROGRAM_H

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Where the section lies, as the file counts addresses, and its size. False where the file
 * that the process runs does not begin with this header, or has no such section.
 */
bool program_eh_frame(pid_t pid, const Elf64_Ehdr *header, uint64_t *address, uint64_t *size);

/* The same of any file. */
bool file_eh_frame(int fd, const Elf64_Ehdr *header, uint64_t *address, uint64_t *size);

#endif
