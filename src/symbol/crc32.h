/* The sum that .gnu_debuglink has of a file: CRC-32 as zlib and gzip make it. */
#ifndef PTMEM_SYMBOL_CRC32_H
#define PTMEM_SYMBOL_CRC32_H

#include <stdbool.h>
#include <stdint.h>

/* Of a whole file, which may be some hundred MB; false where it cannot be read. */
bool crc32_of_file(int fd, uint32_t *sum);

#endif
