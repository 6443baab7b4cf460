/* The memory of the program itself while a function of its own runs. */
#include <ptmem/ptmem.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE ((size_t)32 << 20)

static void work(void *context)
{
	char **block = (char **)context;

	*block = (char *)malloc(SIZE);
	if (*block)
		memset(*block, 1, SIZE);
}

int main(void)
{
	struct ptmem_usage_options options = PTMEM_USAGE_OPTIONS_INIT;
	struct ptmem_usage *usage;
	struct ptmem_error *error;
	char *block = NULL;
	long long grown;

	options.function = work;
	options.context = &block;
	options.interval = 0.001;
	error = ptmem_memory_usage(&options, &usage);
	if (error) {
		fprintf(stderr, "%s\n", ptmem_error_message(error));
		ptmem_error_free(error);
		return 1;
	}
	grown = usage->samples[usage->count - 1].bytes - usage->samples[0].bytes;
	printf("grew by %lld MiB\n", grown >> 20);
	ptmem_usage_free(usage);
	free(block);
	return 0;
}
