/* Children, looked for where nobody tells of them: /proc/PID/task/TID/children. */
#ifndef PTMEM_TIMELINE_CHILDREN_H
#define PTMEM_TIMELINE_CHILDREN_H

#include "base/error.h"
#include "timeline/family.h"

/* Adds the children of all members, and theirs, that are not known yet. */
struct ptmem_error *children_look(struct family *family);

#endif
