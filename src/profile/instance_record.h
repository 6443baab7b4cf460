/*
 * What objects were found to be, as a recording has it (RECORD_OBJECTS): entries one after another,
 *
 *     OBJECT, class, number, name
 *
 * by the number of the object in the journal; the name is empty where it has none.
 */
#ifndef PTMEM_PROFILE_INSTANCE_RECORD_H
#define PTMEM_PROFILE_INSTANCE_RECORD_H

#include "base/strbuf.h"
#include "profile/fields.h"
#include "profile/places.h"

#include <stdint.h>

void instance_record_add(
	struct strbuf *buf, const struct places *places, uint32_t instance, uint32_t number);

/* Reads the number of an object, then has it be what the entry says; INSTANCE_NONE is left alone.
 * source->bad says that the entry cannot be right. */
uint32_t instance_record_begin(struct source *source);
void instance_record_read(struct source *source, struct places *places, uint32_t instance);

#endif
