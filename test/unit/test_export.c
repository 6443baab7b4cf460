/* Exports: every byte of what is written. */
#include "handmade.h"

#include "report/json_string.h"

static const struct report_options usual = {.precision = 4};

/* main (1 page) calls grow (2 MB) and shrink (-3 pages); a page at startup. */
static struct profile small_profile(void)
{
	struct profile profile = new_profile(METRIC_RSS);
	uint32_t root = thread(&profile, 1, "app"), top;

	path(&profile, root, bracket(&profile, "startup"), 2, PAGE);
	top = path(&profile, root, function(&profile, "/src/main.c", 12, "main"), 1, PAGE);
	path(&profile, top, function(&profile, "/src/grid.c", 41, "grow"), 3, 2 * MB);
	path(&profile, top, function(&profile, NULL, 0, "shrink"), 1, -3 * PAGE);
	profile.peak = 12939264;
	profile.balance.start.bytes[0] = 10 * PAGE;
	profile.balance.end.bytes[0] = 10 * PAGE + 2 * MB - PAGE;
	profile.balance.footprint.bytes[0] = 2 * PAGE;
	return profile;
}

Test(csv, rows)
{
	struct profile profile = small_profile();

	expect_report(&report_csv, &profile, &usual,
		"memory_bytes,self_bytes,net_bytes,calls,all_calls,file,line,function,object\r\n"
		"0,0,-12288,0,1,,0,shrink,/opt/app/bin/app\r\n"
		"4096,4096,2088960,1,1,/src/main.c,12,main,/opt/app/bin/app\r\n"
		"4096,4096,4096,1,2,,0,[startup],\r\n"
		"2097152,2097152,2097152,1,3,/src/grid.c,41,grow,/opt/app/bin/app\r\n");
	profile_deinit(&profile);
}

Test(csv, options_choose_rows)
{
	struct profile profile = small_profile();
	struct report_options options = usual;
	struct report_hidden hidden;
	char *text;

	options.net = true;
	options.min_given = true;
	options.min = 3 * PAGE;
	options.top = 2;
	options.reverse = true;
	text = report_text(&report_csv, &profile, &options, &hidden);
	cr_expect_str_eq(text,
		"memory_bytes,self_bytes,net_bytes,calls,all_calls,file,line,function,object\r\n"
		"2097152,2097152,2097152,1,3,/src/grid.c,41,grow,/opt/app/bin/app\r\n"
		"4096,4096,2088960,1,1,/src/main.c,12,main,/opt/app/bin/app\r\n");
	cr_expect_eq(hidden.below_min, 1);
	cr_expect_eq(hidden.beyond_top, 1);
	free(text);
	profile_deinit(&profile);
}

Test(csv, quoting_and_hostile_names)
{
	struct profile profile = new_profile(METRIC_RSS);
	uint32_t evil = function(&profile, "/src/a \"b\".c", 1, "map<int, char>::x\r\n\033");

	path(&profile, thread(&profile, 1, "app"), evil, 1, PAGE);
	expect_report(&report_csv, &profile, &usual,
		"memory_bytes,self_bytes,net_bytes,calls,all_calls,file,line,function,object\r\n"
		"4096,4096,4096,1,1,\"/src/a \"\"b\"\".c\",1,\"map<int, char>::x???\","
		"/opt/app/bin/app\r\n");
	profile_deinit(&profile);
}

Test(csv, all_metrics)
{
	struct profile profile = new_profile(METRIC_ALL);
	uint32_t one = path(
		&profile, thread(&profile, 1, "app"), function(&profile, "/m.c", 1, "one"), 1, 0);

	callpath_charge(&profile.paths, one, &(struct amounts){{5, 4, 3, 2, -1}});
	expect_report(&report_csv, &profile, &usual,
		"memory_bytes,self_bytes,net_bytes,calls,all_calls,file,line,function,object,"
		"anon_memory_bytes,anon_self_bytes,anon_net_bytes,"
		"file_memory_bytes,file_self_bytes,file_net_bytes,"
		"shmem_memory_bytes,shmem_self_bytes,shmem_net_bytes,"
		"swap_memory_bytes,swap_self_bytes,swap_net_bytes\r\n"
		"0,0,5,0,1,/m.c,1,one,/opt/app/bin/app,0,0,4,0,0,3,0,0,2,0,0,-1\r\n");
	profile_deinit(&profile);
}

Test(folded, stacks)
{
	struct profile profile = small_profile();
	struct report_hidden hidden;
	char *text = report_text(&report_folded, &profile, &usual, &hidden);

	cr_expect_str_eq(text, "[startup] 4096\n"
			       "main 4096\n"
			       "main;grow 2097152\n");
	cr_expect_eq(hidden.negative, 1);
	cr_expect_eq(hidden.negative_bytes, -3 * PAGE);
	free(text);
	profile_deinit(&profile);
}

Test(folded, names_and_threads)
{
	struct profile profile = new_profile(METRIC_RSS);
	uint32_t array = function(&profile, "/a.rs", 1, "fill<[u8; 4]>\n");
	uint32_t unnamed = function(&profile, "/a.rs", 2, "");

	path(&profile, path(&profile, thread(&profile, 1, "a;b"), array, 1, 0), unnamed, 1, 5);
	path(&profile, thread(&profile, 2, "worker"), array, 1, 6);
	expect_report(&report_folded, &profile, &usual,
		"[thread a:b];fill<[u8: 4]>?;? 5\n"
		"[thread worker];fill<[u8: 4]>? 6\n");
	profile_deinit(&profile);
}

Test(folded, a_very_deep_path, .timeout = 20)
{
	struct profile profile = new_profile(METRIC_RSS);
	uint32_t again = function(&profile, "/r.c", 1, "f");
	uint32_t top = thread(&profile, 1, "app"), at = top;
	struct report_hidden hidden;
	char *text, *deeper;

	for (int depth = 0; depth < 100000; depth++)
		at = path(&profile, at, again, 1, depth < 999 ? 0 : 10);
	path(&profile, top, function(&profile, "/r.c", 2, "last"), 1, 7 * MB);
	text = report_text(&report_folded, &profile, &usual, &hidden);
	deeper = strstr(text, ";f 10\n");
	cr_assert(deeper);
	cr_expect_eq(deeper - text, 999 * 2 - 1);
	deeper = strstr(text, ";[deeper] 990000\n");
	cr_assert(deeper);
	cr_expect_str_eq(deeper, ";[deeper] 990000\nlast 7340032\n");
	free(text);
	profile_deinit(&profile);
}

Test(json, whole)
{
	struct profile profile = small_profile();
	struct report_options options = usual;

	options.runs = (const char *[]){"pid=7\nmap=a\ncommand=./app \"x\"\nnonsense\nmap=b=c\n"};
	expect_report(&report_json, &profile, &options,
		"{\n"
		"  \"format\": \"ptmem-profile\",\n"
		"  \"version\": 1,\n"
		"  \"unit\": \"bytes\",\n"
		"  \"metric\": \"rss\",\n"
		"  \"columns\": [\"rss\"],\n"
		"  \"run\": {\n"
		"    \"command\": \"./app \\\"x\\\"\",\n"
		"    \"map\": [\"a\", \"b=c\"],\n"
		"    \"pid\": \"7\"},\n"
		"  \"peak\": 12939264,\n"
		"  \"balance\": {\n"
		"    \"rss\": {\"start\": 40960, \"end\": 2134016, \"footprint\": 8192, "
		"\"functions\": 2088960, \"brackets\": {\"[startup]\": 4096}}\n"
		"  },\n"
		"  \"functions\": [\n"
		"    {\"kind\": \"function\", \"function\": \"shrink\", \"file\": null, "
		"\"line\": 0, \"object\": \"/opt/app/bin/app\", \"memory\": 0, \"self\": 0, "
		"\"net\": -12288, \"net_self\": -12288, \"calls\": 0, \"all_calls\": 1},\n"
		"    {\"kind\": \"function\", \"function\": \"main\", \"file\": "
		"\"/src/main.c\", \"line\": 12, \"object\": \"/opt/app/bin/app\", "
		"\"memory\": 4096, \"self\": 4096, \"net\": 2088960, \"net_self\": 4096, "
		"\"calls\": 1, \"all_calls\": 1},\n"
		"    {\"kind\": \"bracket\", \"function\": \"[startup]\", \"file\": null, "
		"\"line\": 0, \"object\": null, \"memory\": 4096, \"self\": 4096, "
		"\"net\": 4096, \"net_self\": 4096, \"calls\": 1, \"all_calls\": 2},\n"
		"    {\"kind\": \"function\", \"function\": \"grow\", \"file\": "
		"\"/src/grid.c\", \"line\": 41, \"object\": \"/opt/app/bin/app\", "
		"\"memory\": 2097152, \"self\": 2097152, \"net\": 2097152, "
		"\"net_self\": 2097152, \"calls\": 1, \"all_calls\": 3}\n"
		"  ],\n"
		"  \"locations\": [\n"
		"    {\"kind\": \"function\", \"function\": \"shrink\", \"file\": null, "
		"\"line\": 0, \"object\": \"/opt/app/bin/app\"},\n"
		"    {\"kind\": \"function\", \"function\": \"grow\", \"file\": "
		"\"/src/grid.c\", \"line\": 41, \"object\": \"/opt/app/bin/app\"},\n"
		"    {\"kind\": \"function\", \"function\": \"main\", \"file\": "
		"\"/src/main.c\", \"line\": 12, \"object\": \"/opt/app/bin/app\"},\n"
		"    {\"kind\": \"bracket\", \"function\": \"[startup]\", \"file\": null, "
		"\"line\": 0, \"object\": null},\n"
		"    {\"kind\": \"thread\", \"function\": \"[thread app]\", \"file\": null, "
		"\"line\": 0, \"object\": null}\n"
		"  ],\n"
		"  \"nodes\": [\n"
		"    {\"parent\": null, \"location\": 4, \"memory\": 2093056, \"self\": 0, "
		"\"calls\": 1},\n"
		"    {\"parent\": 0, \"location\": 3, \"memory\": 4096, \"self\": 4096, "
		"\"calls\": 2},\n"
		"    {\"parent\": 0, \"location\": 2, \"memory\": 2088960, \"self\": 4096, "
		"\"calls\": 1},\n"
		"    {\"parent\": 2, \"location\": 1, \"memory\": 2097152, \"self\": 2097152, "
		"\"calls\": 3},\n"
		"    {\"parent\": 2, \"location\": 0, \"memory\": -12288, \"self\": -12288, "
		"\"calls\": 1}\n"
		"  ]\n"
		"}\n");
	profile_deinit(&profile);
}

/* Nodes that min hides take their numbers with them. */
Test(json, parents_are_places_in_the_list)
{
	struct profile profile = new_profile(METRIC_RSS);
	struct report_options options = usual;
	struct report_hidden hidden;
	uint32_t root = thread(&profile, 1, "app"), top;
	char *text, *nodes;

	path(&profile, root, bracket(&profile, "startup"), 1, 1);
	top = path(&profile, root, function(&profile, "/a.c", 1, "a"), 1, 0);
	path(&profile, top, function(&profile, "/a.c", 2, "b"), 1, 100);
	options.min_given = true;
	options.min = 100;
	text = report_text(&report_json, &profile, &options, &hidden);
	nodes = strstr(text, "\"nodes\"");
	cr_assert(nodes);
	cr_expect_str_eq(nodes,
		"\"nodes\": [\n"
		"    {\"parent\": null, \"location\": 3, \"memory\": 101, \"self\": 0, "
		"\"calls\": 1},\n"
		"    {\"parent\": 0, \"location\": 0, \"memory\": 100, \"self\": 0, "
		"\"calls\": 1},\n"
		"    {\"parent\": 1, \"location\": 1, \"memory\": 100, \"self\": 100, "
		"\"calls\": 1}\n"
		"  ]\n"
		"}\n");
	free(text);
	profile_deinit(&profile);
}

Test(json, all_metrics)
{
	struct profile profile = new_profile(METRIC_ALL);
	uint32_t root = thread(&profile, 1, "app");
	uint32_t one = path(&profile, root, function(&profile, "/m.c", 1, "one"), 1, 0);
	struct report_hidden hidden;
	char *text;

	callpath_charge(&profile.paths, one, &(struct amounts){{5, 4, 3, 2, -1}});
	text = report_text(&report_json, &profile, &usual, &hidden);
	cr_expect(strstr(text, "\"columns\": [\"rss\", \"anon\", \"file\", \"shmem\", \"swap\"]"));
	cr_expect(strstr(text, "\"swap\": {\"memory\": 0, \"self\": 0, \"net\": -1, "
			       "\"net_self\": -1}}\n  ]"));
	cr_expect(strstr(text, "{\"parent\": 0, \"location\": 0, \"memory\": 5, \"self\": 5, "
			       "\"calls\": 1, \"anon\": {\"memory\": 4, \"self\": 4}, "));
	free(text);
	profile_deinit(&profile);
}

static void expect_json(const char *bytes, size_t length, const char *expected)
{
	struct strbuf text = {0};
	char *json;

	json_add_string(&text, bytes, length);
	json = strbuf_take(&text);
	cr_expect_str_eq(json, expected);
	free(json);
}

#define EXPECT_JSON(bytes, expected) expect_json(bytes, sizeof bytes - 1, expected)

Test(json, strings)
{
	EXPECT_JSON("", "\"\"");
	EXPECT_JSON("a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
	EXPECT_JSON("\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"");
	EXPECT_JSON("\0\1\033\x7f\xc2\x9b", "\"\\u0000\\u0001\\u001b\\u007f\\u009b\"");
	EXPECT_JSON(
		"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
}

#define BAD "\xef\xbf\xbd"

Test(json, invalid_utf8)
{
	EXPECT_JSON("\xff"
		    "a\x80",
		"\"" BAD "a" BAD "\"");
	EXPECT_JSON("\xc3", "\"" BAD "\"");
	EXPECT_JSON("\xe2\x82", "\"" BAD BAD "\"");
	EXPECT_JSON("\xc3(", "\"" BAD "(\"");
	EXPECT_JSON("\xc0\xaf", "\"" BAD BAD "\"");                 /* overlong */
	EXPECT_JSON("\xe0\x80\xaf", "\"" BAD BAD BAD "\"");         /* overlong */
	EXPECT_JSON("\xed\xa0\x80", "\"" BAD BAD BAD "\"");         /* a surrogate */
	EXPECT_JSON("\xf4\x90\x80\x80", "\"" BAD BAD BAD BAD "\""); /* above U+10FFFF */
	EXPECT_JSON("\xf4\x8f\xbf\xbf", "\"\xf4\x8f\xbf\xbf\"");
}
