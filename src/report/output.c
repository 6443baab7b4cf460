/* Text to a stream, whole or with an error. */
#include "report/output.h"

#include <errno.h>

struct ptmem_error *output_text(FILE *out, struct strbuf *text)
{
	struct ptmem_error *error = NULL;

	errno = 0;
	if (text->failed)
		error = &error_no_memory;
	else if (fwrite(text->text ? text->text : "", 1, text->length, out) != text->length ||
	         fflush(out))
		error = error_errno(errno ? errno : EIO, "writing the output");
	strbuf_deinit(text);
	return error;
}

double output_mb(int64_t bytes)
{
	double mb = (double)bytes / BYTES_PER_MB;

	return mb > -0.005 && mb < 0 ? 0 : mb;
}
