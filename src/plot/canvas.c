/* Which formats there are. */
#include "plot/canvas.h"

#include <string.h>
#include <strings.h>

/* Those that are there; those that cairo would bring. */
static const struct canvas_ops *const formats[] = {
	&canvas_svg,
#ifdef HAVE_CAIRO
	&canvas_png,
	&canvas_pdf,
#endif
};

#ifdef HAVE_CAIRO
const char canvas_suffixes[] = ".svg, .png or .pdf";
static const char *const lacking[] = {NULL};
#else
const char canvas_suffixes[] = ".svg";
static const char *const lacking[] = {".png", ".pdf", NULL};
#endif

static bool has_suffix(const char *path, const char *suffix)
{
	size_t length = strlen(path), rest = strlen(suffix);

	return length > rest && !strcasecmp(path + length - rest, suffix);
}

struct ptmem_error *canvas_choose(const char *path, const struct canvas_ops **ops)
{
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (has_suffix(path, formats[i]->suffix)) {
			*ops = formats[i];
			return formats[i]->check ? formats[i]->check() : NULL;
		}
	for (const char *const *suffix = lacking; *suffix; suffix++)
		if (has_suffix(path, *suffix))
			return error_new(ERROR_USAGE,
				"--output: '%s': this ptmem was built without cairo, which draws "
				"%s: "
				"name a file that ends in .svg",
				path, *suffix);
	return error_new(
		ERROR_USAGE, "--output: '%s': its name must end in %s", path, canvas_suffixes);
}
