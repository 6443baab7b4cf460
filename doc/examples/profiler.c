/* Which functions of a program made its memory grow: profiler FUNCTIONS PROGRAM ARGS... */
#include <ptmem/ptmem.h>

#include <stdio.h>

static int show(const struct ptmem_recording *recording, size_t process, size_t number,
	const struct ptmem_path *path, void *context)
{
	FILE *out = (FILE *)context;

	(void)recording;
	(void)process;
	(void)number;
	if (path->kind == PTMEM_PATH_FUNCTION && path->memory)
		fprintf(out, "%s: %lld bytes in %llu calls\n", path->function,
			(long long)path->memory, (unsigned long long)path->calls);
	return 0;
}

int main(int argc, char **argv)
{
	struct ptmem_profile_options options = PTMEM_PROFILE_OPTIONS_INIT;
	struct ptmem_profile *profile;
	struct ptmem_error *error;
	const char *warning;

	if (argc < 3)
		return 2;
	options.funcs = argv[1];
	options.argv = argv + 2;
	options.on_path = show;
	options.context = stdout;
	error = ptmem_profile_run(&options, &profile);
	if (error) {
		fprintf(stderr, "%s\n", ptmem_error_message(error));
		ptmem_error_free(error);
		return 1;
	}
	for (size_t i = 0; (warning = ptmem_profile_warning(profile, i)); i++)
		fprintf(stderr, "%s\n", warning);
	printf("status %d\n", ptmem_profile_status(profile));
	ptmem_profile_free(profile);
	return 0;
}
