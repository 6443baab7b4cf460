/* tracer PID: traces that process and lets it run; says `ready`, and lets go when its input ends.
 */
#include "debuggee.h"

#include <sys/ptrace.h>

int main(int argc, char **argv)
{
	char byte;

	CHECK(!ptrace(PTRACE_SEIZE, (pid_t)number(argc, argv, 1), NULL, NULL));
	printf("ready\n");
	fflush(stdout);
	while (read(0, &byte, 1) > 0)
		continue;
	return 0;
}
