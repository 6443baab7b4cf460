/* generate N: prints a program of N functions, every one called once; the last adds 10 pages. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 0;

	puts("#include \"debuggee.h\"\nstatic unsigned calls;\n");
	for (int i = 0; i < count; i++)
		printf("NOINLINE void f%d(void);\nNOINLINE void f%d(void)\n{\n\tcalls++;\n%s}\n", i,
			i, i == count - 1 ? "\tmap_pages(10);\n" : "");
	puts("int main(void)\n{\n\tprepare();");
	for (int i = 0; i < count; i++)
		printf("\tf%d();\n", i);
	puts("\tprintf(\"%u calls\\n\", calls);\n\treturn 0;\n}");
	return 0;
}
