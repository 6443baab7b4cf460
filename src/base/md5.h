/* MD5 (RFC 1321), with which compilers note what a source file was. It keeps nothing secret. */
#ifndef PTMEM_BASE_MD5_H
#define PTMEM_BASE_MD5_H

#include <stddef.h>
#include <stdint.h>

#define MD5_SIZE 16

struct md5 {
	uint32_t state[4];
	uint64_t length;
	uint8_t block[64];
};

void md5_init(struct md5 *md5);
void md5_add(struct md5 *md5, const void *bytes, size_t size);
void md5_finish(struct md5 *md5, uint8_t sum[MD5_SIZE]);

#endif
