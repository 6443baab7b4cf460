/* Reports on several processes: every byte of what is written. */
#include "handmade.h"

#include "report/sections.h"

static const struct report_options usual = {.precision = 4};

static struct profiles run;
static struct profile total;

/* Two that share a function; the first one's command would like to command a terminal. */
static void setup(void)
{
	struct profile *one, *two;
	uint32_t main, grow;

	cr_assert(profiles_add(&run, METRIC_RSS, 7));
	cr_assert(profiles_add(&run, METRIC_RSS, 8));
	one = &run.items[0]->profile;
	two = &run.items[1]->profile;
	run.items[0]->command = strdup("./a;b \033[31m");
	run.items[0]->ended = true;
	run.items[0]->status = 9;
	places_add_module(one->places, "/opt/app/bin/app", NULL);
	main = function(one, "/m.c", 1, "main");
	grow = function(one, "/m.c", 2, "grow");
	path(one, path(one, thread(one, 1, "app"), main, 1, MB), grow, 1, 2 * MB);
	path(two, path(two, thread(two, 1, "app"), main, 1, 0), grow, 3, -PAGE);
	path(two,
		callpath_intern(&two->paths, CALLPATH_ROOT, callpath_at(&two->paths, 1)->location),
		grow, 1, 5 * MB);
	one->peak = 9 * MB;
	two->peak = 8 * MB;
	one->balance.end.bytes[0] = 3 * MB;
	two->balance.end.bytes[0] = 5 * MB - PAGE;
	cr_assert_null(profiles_total(&run, &total));
}

static void teardown(void)
{
	profile_deinit(&total);
	profiles_deinit(&run);
}

static char *several_text(const struct report_ops *format, const struct report_options *options,
	struct report_hidden *hidden)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	*hidden = (struct report_hidden){.below_min = 77};
	cr_assert_null(format->write_several(&run, &total, options, out, hidden));
	fclose(out);
	return text;
}

static void expect_several(
	const struct report_ops *format, const struct report_options *options, const char *expected)
{
	struct report_hidden hidden;
	char *text = several_text(format, options, &hidden);

	cr_expect_str_eq(text, expected);
	free(text);
}

Test(several, flat, .init = setup, .fini = teardown)
{
	expect_several(&report_flat, &usual,
		"7 ./a;b ?[31m\n"
		"Memory (MB)   Calls  File:Line:Function\n"
		"---------------------------------------\n"
		"         1        1  /m.c:1:main\n"
		"         2        1  /m.c:2:grow\n"
		"---------------------------------------\n"
		"Memory (MB)   Calls  File:Line:Function\n"
		"Max mem usage: 9.00 MB\n"
		"\n"
		"8\n"
		"Memory (MB)   Calls  File:Line:Function\n"
		"---------------------------------------\n"
		"         5        1  /m.c:2:grow\n"
		"---------------------------------------\n"
		"Memory (MB)   Calls  File:Line:Function\n"
		"Max mem usage: 8.00 MB\n"
		"\n"
		"all 2 processes\n"
		"Memory (MB)   Calls  File:Line:Function\n"
		"---------------------------------------\n"
		"         1        1  /m.c:1:main\n"
		"         7        2  /m.c:2:grow\n"
		"---------------------------------------\n"
		"Memory (MB)   Calls  File:Line:Function\n"
		"Max mem usage: 9.00 MB (the largest of one process)\n");
}

Test(several, tree, .init = setup, .fini = teardown)
{
	expect_several(&report_tree, &usual,
		"7 ./a;b ?[31m\n"
		"/m.c:1:main     3.00 MB  (1 calls)\n"
		"    /m.c:2:grow     2.00 MB  (1 calls)\n"
		"\n"
		"Max mem usage: 9.00 MB\n"
		"\n"
		"8\n"
		"/m.c:2:grow     5.00 MB  (1 calls)\n"
		"\n"
		"Max mem usage: 8.00 MB\n"
		"\n"
		"all 2 processes\n"
		"/m.c:1:main     3.00 MB  (2 calls)\n"
		"    /m.c:2:grow     2.00 MB  (4 calls)\n"
		"/m.c:2:grow     5.00 MB  (1 calls)\n"
		"\n"
		"Max mem usage: 9.00 MB (the largest of one process)\n");
}

Test(several, options_are_for_each, .init = setup, .fini = teardown)
{
	struct report_options options = usual;
	struct report_hidden hidden;
	char *text;

	options.top = 1;
	options.color = true;
	text = several_text(&report_flat, &options, &hidden);
	cr_expect_eq(hidden.below_min, 0);
	cr_expect_eq(hidden.beyond_top, 2);
	cr_expect(!strncmp(text, "\033[1m7 ./a;b ?[31m\033[0m\n", 22));
	cr_expect(strstr(text, "\n\033[1mall 2 processes\033[0m\n"));
	free(text);
}

Test(several, csv, .init = setup, .fini = teardown)
{
	expect_several(&report_csv, &usual,
		"pid,command,memory_bytes,self_bytes,net_bytes,calls,all_calls,file,line,function,"
		"object\r\n"
		"7,./a;b ?[31m,1048576,1048576,3145728,1,1,/m.c,1,main,/opt/app/bin/app\r\n"
		"7,./a;b ?[31m,2097152,2097152,2097152,1,1,/m.c,2,grow,/opt/app/bin/app\r\n"
		"8,,0,0,-4096,0,1,/m.c,1,main,/opt/app/bin/app\r\n"
		"8,,5242880,5242880,5238784,1,4,/m.c,2,grow,/opt/app/bin/app\r\n");
}

Test(several, folded, .init = setup, .fini = teardown)
{
	struct report_hidden hidden;
	char *text = several_text(&report_folded, &usual, &hidden);

	cr_expect_str_eq(text, "7 ./a:b ?[31m;main 1048576\n"
			       "7 ./a:b ?[31m;main;grow 2097152\n"
			       "8;grow 5242880\n");
	cr_expect_eq(hidden.negative, 1);
	cr_expect_eq(hidden.negative_bytes, -PAGE);
	free(text);
}

Test(several, json, .init = setup, .fini = teardown)
{
	struct report_options options = usual;
	struct report_hidden hidden;
	char *text;

	options.runs = (const char *[]){"pid=7\n", "pid=8\nparent=7\n"};
	text = several_text(&report_json, &options, &hidden);
	cr_expect(!strncmp(text,
		"{\n"
		"  \"format\": \"ptmem-profile\",\n"
		"  \"version\": 2,\n"
		"  \"unit\": \"bytes\",\n"
		"  \"metric\": \"rss\",\n"
		"  \"columns\": [\"rss\"],\n"
		"  \"processes\": [{\n"
		"  \"pid\": 7,\n"
		"  \"command\": \"./a;b \\u001b[31m\",\n"
		"  \"status\": 137,\n"
		"  \"run\": {\n"
		"    \"pid\": \"7\"},\n"
		"  \"peak\": 9437184,\n"
		"  \"balance\": {\n",
		200));
	cr_expect(strstr(text, "\n}, {\n"
			       "  \"pid\": 8,\n"
			       "  \"command\": null,\n"
			       "  \"status\": null,\n"
			       "  \"run\": {\n"
			       "    \"parent\": \"7\",\n"
			       "    \"pid\": \"8\"},\n"
			       "  \"peak\": 8388608,\n"));
	cr_expect(strstr(text, "\n  ]\n}],\n"
			       "  \"total\": {\n"
			       "  \"processes\": 2,\n"
			       "  \"peak\": 9437184,\n"
			       "  \"balance\": {\n"
			       "    \"rss\": {\"start\": 0, \"end\": 8384512, "));
	cr_expect(!strcmp(text + strlen(text) - 9, "\n  ]\n}\n}\n"), "%s", text);
	free(text);
}

static char *balance_of(const pid_t *pid)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	cr_assert(report_balance(&run.items[1]->profile, pid, out));
	fclose(out);
	return text;
}

Test(several, balances_tell_whose_they_are, .init = setup, .fini = teardown)
{
	char *text = balance_of(&run.items[1]->pid);

	cr_expect_str_eq(text,
		"ptmem: 8: memory at start                0.00 MB                0 bytes\n"
		"ptmem: 8: charged to functions           5.00 MB          5238784 bytes\n"
		"ptmem: 8: memory at end                  5.00 MB          5238784 bytes\n"
		"ptmem: 8: left out, ptmem's own          0.00 MB                0 bytes\n"
		"ptmem: 8: difference 0\n");
	free(text);
	text = balance_of(NULL);
	cr_expect(!strncmp(text, "ptmem: memory at start ", 23));
	free(text);
}
