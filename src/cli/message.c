/* What ptmem says about itself. */
#include "cli/message.h"

#include "base/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void message_print(const char *format, ...)
{
	struct strbuf line = {0};
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	strbuf_add(&line, "ptmem: ");
	strbuf_add_printable(&line, text ? text : "out of memory");
	strbuf_add(&line, "\n");
	fputs(line.failed ? "ptmem: out of memory\n" : line.text, stderr);
	strbuf_deinit(&line);
	free(text);
}
