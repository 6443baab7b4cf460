/* The paths of a recording that moved memory themselves: recording FILE */
#include <ptmem/ptmem.h>

#include <stdio.h>
#include <stdlib.h>

/* The path, the outermost function first. */
static void print_path(const struct ptmem_recording *recording, size_t process, size_t number)
{
	struct ptmem_path path = PTMEM_PATH_INIT;

	if (!ptmem_recording_path(recording, process, number, &path))
		return;
	if (path.parent != PTMEM_PATH_NONE)
		print_path(recording, process, path.parent);
	printf("/%s", path.function);
}

static void print_process(const struct ptmem_recording *recording, size_t process)
{
	struct ptmem_process about = PTMEM_PROCESS_INIT;
	char *engine = ptmem_recording_value(recording, process, "engine");

	if (ptmem_recording_process(recording, process, &about))
		printf("%s: peak %lld, engine %s\n", about.command ? about.command : "?",
			(long long)about.peak, engine ? engine : "?");
	free(engine);
	for (size_t i = 0; i < ptmem_recording_path_count(recording, process); i++) {
		struct ptmem_path path = PTMEM_PATH_INIT;

		if (!ptmem_recording_path(recording, process, i, &path) || !path.self)
			continue;
		printf("%lld ", (long long)path.self);
		print_path(recording, process, i);
		printf(" %s:%d\n",
			path.file     ? path.file
			: path.object ? path.object
				      : "-",
			path.line);
	}
}

int main(int argc, char **argv)
{
	struct ptmem_recording *recording;
	struct ptmem_error *error;

	if (argc != 2)
		return 2;
	error = ptmem_recording_open(argv[1], &recording);
	if (error) {
		fprintf(stderr, "%s\n", ptmem_error_message(error));
		ptmem_error_free(error);
		return 1;
	}
	for (size_t i = 0; i < ptmem_recording_process_count(recording); i++)
		print_process(recording, i);
	ptmem_recording_close(recording);
	return 0;
}
