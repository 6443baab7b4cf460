/* The source lines that a recording takes along. */
#ifndef PTMEM_ENGINE_SOURCES_H
#define PTMEM_ENGINE_SOURCES_H

#include "profile/places.h"

/*
 * Fills in the text of each location's line, where its file can be read. Each file is read
 * once, up to the last line wanted. A line that cannot be had is none; that is no error.
 */
void sources_read(struct places *places);

#endif
