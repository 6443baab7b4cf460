/* Names for what a run found, looked up when it is over. */
#ifndef PTMEM_ENGINE_NAMES_H
#define PTMEM_ENGINE_NAMES_H

#include "base/error.h"
#include "engine/image.h"
#include "profile/profile.h"

/* Fills in names, files and lines of the locations that occur in the profile's paths. */
struct ptmem_error *names_resolve(const struct images *images, struct profile *profile);

#endif
