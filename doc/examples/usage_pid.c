/* The memory of a process that runs, for a second: usage_pid PID */
#include <ptmem/ptmem.h>

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	struct ptmem_usage_options options = PTMEM_USAGE_OPTIONS_INIT;
	struct ptmem_usage *usage;
	struct ptmem_error *error;

	if (argc != 2)
		return 2;
	options.pid = (pid_t)atoi(argv[1]);
	options.interval = 0.01;
	options.timeout = 1;
	error = ptmem_memory_usage(&options, &usage);
	if (error) {
		fprintf(stderr, "%s\n", ptmem_error_message(error));
		ptmem_error_free(error);
		return 1;
	}
	for (size_t i = 0; i < usage->count; i++)
		printf("%.3f s: %lld bytes\n", usage->samples[i].time,
			(long long)usage->samples[i].bytes);
	ptmem_usage_free(usage);
	return 0;
}
