/* The highest memory of a program and its children: usage_child PROGRAM ARGS... */
#include <ptmem/ptmem.h>

#include <stdio.h>
#include <sys/wait.h>

/* Each sample as it comes; it would end the sampling by another value than 0. */
static int show(const struct ptmem_usage_sample *sample, void *context)
{
	FILE *out = (FILE *)context;

	if (sample->pid)
		fprintf(out, "child %d: %lld\n", (int)sample->pid, (long long)sample->bytes);
	return 0;
}

int main(int argc, char **argv)
{
	struct ptmem_usage_options options = PTMEM_USAGE_OPTIONS_INIT;
	struct ptmem_usage *usage;
	struct ptmem_error *error;
	int status;

	if (argc < 2)
		return 2;
	options.argv = argv + 1;
	options.interval = 0.01;
	options.include_children = 1;
	options.multiprocess = 1;
	options.max_usage = 1;
	options.metric = PTMEM_METRIC_PSS;
	options.on_sample = show;
	options.context = stdout;
	error = ptmem_memory_usage(&options, &usage);
	if (error) {
		fprintf(stderr, "%s\n", ptmem_error_message(error));
		ptmem_error_free(error);
		return 1;
	}
	status = usage->status;
	printf("peak: %lld bytes\n", (long long)usage->peak);
	ptmem_usage_free(usage);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
