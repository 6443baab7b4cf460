/* What the writer and the reader of a recording share. */
#include "profile/recording.h"

#include <string.h>

char *recording_value(const struct strbuf *lines, const char *key)
{
	size_t length = strlen(key);

	for (const char *line = lines->text; line && *line;) {
		size_t rest = strcspn(line, "\n");

		if (rest > length && !strncmp(line, key, length) && line[length] == '=')
			return strndup(line + length + 1, rest - length - 1);
		line += rest + (line[rest] == '\n');
	}
	return NULL;
}
