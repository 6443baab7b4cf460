/* What ptmem says about itself: one line on standard error that begins with its name. */
#ifndef PTMEM_CLI_MESSAGE_H
#define PTMEM_CLI_MESSAGE_H

/* Prints `ptmem: ...`; whatever in it is not fit for a terminal becomes `?`. */
void message_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
