/* Which processor this is: the only place that asks. */
#include "arch/arch.h"

#if defined __x86_64__
extern const struct arch_ops arch_x86_64;
const struct arch_ops *const arch = &arch_x86_64;
#else
#error "ptmem has no arch_ops for this processor yet: see src/arch/x86_64.c for what one is"
#endif
