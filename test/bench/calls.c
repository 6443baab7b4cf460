/* calls N: calls an empty function N times. */
#include <stdlib.h>

__attribute__((noipa)) void empty(void);
void empty(void)
{
}

int main(int argc, char **argv)
{
	long calls = argc > 1 ? atol(argv[1]) : 0;

	while (calls-- > 0)
		empty();
	return 0;
}
