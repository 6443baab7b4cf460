/* The lines of a table. */
#include "report/style.h"

void style_add_line(struct strbuf *text, bool color, const char *style, const char *line)
{
	bool styled = color && *style;

	strbuf_add(text, styled ? style : "");
	strbuf_add(text, line);
	strbuf_add(text, styled ? STYLE_END "\n" : "\n");
}

void style_add_rule(struct strbuf *text, size_t width)
{
	while (width--)
		strbuf_add(text, "-");
	strbuf_add(text, "\n");
}
