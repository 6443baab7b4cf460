/* Text to a stream, whole or with an error. */
#include "report/output.h"

#include <errno.h>

#define OUTPUT_BLOCK (64 * 1024)

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

struct ptmem_error *output_block(FILE *out, struct strbuf *text)
{
	return text->failed || text->length >= OUTPUT_BLOCK ? output_text(out, text) : NULL;
}

double output_mb_to(int64_t bytes, int decimals)
{
	double mb = (double)bytes / BYTES_PER_MB, half = 0.5;

	while (decimals-- > 0)
		half /= 10;
	return mb < 0 && mb >= -half ? 0 : mb;
}

double output_mb(int64_t bytes)
{
	return output_mb_to(bytes, 2);
}

void output_add_peak(
	struct strbuf *text, const struct profile *profile, const struct report_options *options)
{
	strbuf_addf(text, "Max mem usage: %.2f MB%s\n", output_mb(profile->peak),
		options->several ? " (the largest of one process)" : "");
}
