/*
 * Prints a program too long to write.
 *
 *     generate functions    50,000 empty functions: those called a_* are 10, with b_* they
 *                           are 100, up to e_*. The program is told how many of them to call:
 *                           first once each, then N times in turn
 *     generate stand        5,000 empty functions, s_0 and so on, in a program of 500 threads
 *                           that looks how long it stands still: see stand.h
 *     generate main         a program that does nothing, or, if it has an argument, calls f_7. It
 *                           has these as well:
 *     generate UNIT TYPES   500 functions, from f_0 on with unit 1, and so many types
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUNCTIONS 50000
#define STANDING_FUNCTIONS 5000
#define FUNCTIONS_A_UNIT 500
#define MEMBERS 24

static char letter(int function)
{
	char name = 'a';

	for (int count = 10; function >= count; count *= 10)
		name++;
	return name;
}

static void print_functions(void)
{
	puts("#include \"clock.h\"");
	for (int i = 0; i < FUNCTIONS; i++)
		printf("static void %c_%d(void)\n{\n}\n", letter(i), i);
	puts("static void (*const functions[])(void) = {");
	for (int i = 0; i < FUNCTIONS; i++)
		printf("\t%c_%d,\n", letter(i), i);
	puts("};\n"
	     "int main(int argc, char **argv)\n{\n"
	     "\tlong count = argc == 3 ? atol(argv[1]) : 1;\n"
	     "\tlong calls = argc == 3 ? atol(argv[2]) : 1;\n"
	     "\tlong long start;\n"
	     "\tfor (long i = 0; i < count; i++)\n"
	     "\t\tfunctions[i]();\n"
	     "\tstart = clock_now();\n"
	     "\tfor (long i = 0; i < calls; i++)\n"
	     "\t\tfunctions[i % count]();\n"
	     "\tclock_report(start, calls);\n"
	     "\treturn 0;\n}");
}

static void print_stand(void)
{
	puts("#include \"stand.h\"");
	for (int i = 0; i < STANDING_FUNCTIONS; i++)
		printf("void s_%d(void);\nvoid s_%d(void)\n{\n}\n", i, i);
	puts("int main(void)\n{\n\treturn stand();\n}");
}

static void print_main(void)
{
	puts("long f_7(void *a, long b);\n"
	     "int main(int argc, char **argv)\n{\n"
	     "\tlong type[64] = {0};\n"
	     "\treturn argc > 1 && argv[1] ? (int)f_7(type, 0) : 0;\n}");
}

static void print_type(int type, int types)
{
	printf("struct type_%d {\n", type);
	for (int i = 0; i < MEMBERS; i++)
		printf("\tstruct type_%d *member_%d;\n", (type * 7 + i) % types, i);
	puts("\tlong value;\n};");
}

static void print_function(int function, int types)
{
	printf("long f_%d(struct type_%d *a, long b)\n{\n\tlong c = a->value;\n", function,
		function % types);
	for (int i = 0; i < 13; i++)
		printf("\tfor (long i_%d = 0; i_%d < b; i_%d++) {\n"
		       "\t\tlong d_%d = c * i_%d;\n\t\tc += d_%d;\n\t}\n",
			i, i, i, i, i, i);
	puts("\treturn c;\n}");
}

static void print_unit(int unit, int types)
{
	for (int i = 0; i < types; i++)
		print_type(i, types);
	for (int i = 0; i < FUNCTIONS_A_UNIT; i++)
		print_function((unit - 1) * FUNCTIONS_A_UNIT + i, types);
}

int main(int argc, char **argv)
{
	if (argc == 3)
		print_unit(atoi(argv[1]), atoi(argv[2]));
	else if (argc != 2)
		return 2;
	else if (!strcmp(argv[1], "functions"))
		print_functions();
	else if (!strcmp(argv[1], "stand"))
		print_stand();
	else if (!strcmp(argv[1], "main"))
		print_main();
	else
		return 2;
	return 0;
}
