/*
 * Folded stacks, as flamegraph.pl, inferno and speedscope take them: a line a call path,
 * its frames from the outermost on, and what memory moved in the innermost, in bytes.
 *
 *     main;setup;grid_new 12345
 *
 * A flame graph has no place for what is below 0: such paths are left out and counted.
 */
#include "base/strbuf.h"
#include "report/calltree.h"
#include "report/output.h"
#include "report/report.h"
#include "report/sections.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/*
 * What is called deeper is one frame below these, since the lines of 100,000 nested calls
 * would be 100 GB.
 */
#define FRAMES_MAX 1000
#define DEEPER "[deeper]"

/* As flamegraph.pl takes it off again, and others that know of perf's stacks. */
#define INLINED "_[i]"

struct folder {
	const struct profile *profile;
	const struct calltree *tree;
	struct report_hidden *hidden;
	const char *process;           /* the frame around all, with its `;`; "" for one process */
	struct strbuf stack;           /* the frames that the walk is in */
	size_t starts[FRAMES_MAX + 1]; /* where each level's frame starts in it */
	int64_t deeper;
	struct strbuf text;
};

static void stack_cut(struct strbuf *stack, size_t length)
{
	if (stack->text && length < stack->length) {
		stack->length = length;
		stack->text[length] = '\0';
	}
}

/* `;` separates frames: there is none in a name. */
static void stack_push(struct folder *folder, uint32_t node, uint32_t level)
{
	const struct label *label = calltree_label(folder->tree, node);
	const struct location *location =
		&folder->profile->places->locations.items[label->location];
	struct strbuf *stack = &folder->stack;
	size_t start;

	stack_cut(stack, folder->starts[level]);
	strbuf_add(stack, level ? ";" : "");
	start = stack->length;
	if (location_is_code(location))
		strbuf_add_printable(stack, location_name(location));
	else
		strbuf_add(stack, label->text);
	if (stack->length == start)
		strbuf_add(stack, "?");
	for (size_t i = start; stack->text && i < stack->length; i++)
		if (stack->text[i] == ';')
			stack->text[i] = ':';
	strbuf_add(stack, label->kind == LOCATION_INLINED ? INLINED : "");
	folder->starts[level + 1] = stack->length;
}

static void add_line(struct folder *folder, const char *last, int64_t bytes)
{
	if (bytes < 0) {
		folder->hidden->negative++;
		folder->hidden->negative_bytes += bytes;
	} else if (bytes > 0) {
		strbuf_add(&folder->text, folder->process);
		strbuf_add_bytes(&folder->text, folder->stack.text ? folder->stack.text : "",
			folder->stack.length);
		strbuf_addf(&folder->text, "%s %" PRId64 "\n", last, bytes);
	}
}

/* What lay below the deepest frame is complete once the walk is out of it. */
static void end_deeper(struct folder *folder)
{
	add_line(folder, ";" DEEPER, folder->deeper);
	folder->deeper = 0;
}

static void fold_node(struct folder *folder, uint32_t node, uint32_t level)
{
	int64_t bytes = calltree_amount(folder->tree, node, 0, true);

	if (level >= FRAMES_MAX) {
		folder->deeper += bytes;
		return;
	}
	end_deeper(folder);
	stack_push(folder, node, level);
	add_line(folder, "", bytes);
}

static struct ptmem_error *fold(struct folder *folder, FILE *out)
{
	const struct walk *walk = &folder->tree->walk;
	uint32_t left, level = 0, node = walk_next(walk, CALLPATH_ROOT, &left);
	struct ptmem_error *error = NULL;

	while (!error && node != CALLPATH_NONE) {
		fold_node(folder, node, level);
		error = output_block(out, &folder->text);
		node = walk_next(walk, node, &left);
		level = level + 1 - left;
	}
	end_deeper(folder);
	folder->text.failed |= folder->stack.failed;
	if (!error)
		error = output_text(out, &folder->text);
	strbuf_deinit(&folder->stack);
	strbuf_deinit(&folder->text);
	return error;
}

static struct ptmem_error *write_stacks(const char *process, const struct profile *profile,
	const struct report_options *options, FILE *out, struct report_hidden *hidden)
{
	uint64_t min = options->min_given ? (uint64_t)options->min : 0;
	struct calltree tree;
	struct folder folder = {
		.process = process, .profile = profile, .tree = &tree, .hidden = hidden};
	struct ptmem_error *error = calltree_init(&tree, profile, THREADS_WHERE_SEVERAL);

	if (error)
		return error;
	error = calltree_select(&tree, options, min, hidden);
	if (!error)
		error = calltree_order(&tree, options);
	if (!error)
		error = fold(&folder, out);
	calltree_deinit(&tree);
	return error;
}

static struct ptmem_error *folded_write(const struct profile *profile,
	const struct report_options *options, FILE *out, struct report_hidden *hidden)
{
	return write_stacks("", profile, options, out, hidden);
}

/* `4242 ./app;` */
static char *process_frame(const struct process_profile *process)
{
	struct strbuf frame = {0};

	process_add_name(&frame, process);
	for (size_t i = 0; frame.text && i < frame.length; i++)
		if (frame.text[i] == ';')
			frame.text[i] = ':';
	strbuf_add(&frame, ";");
	return strbuf_take(&frame);
}

/* Without the total, which a flame graph makes itself. */
static struct ptmem_error *folded_write_several(const struct profiles *profiles,
	const struct profile *total, const struct report_options *options, FILE *out,
	struct report_hidden *hidden)
{
	struct ptmem_error *error = NULL;

	(void)total;
	*hidden = (struct report_hidden){0};
	for (size_t i = 0; !error && i < profiles->count; i++) {
		char *frame = process_frame(profiles->items[i]);
		struct report_hidden here = {0};

		error = frame ? write_stacks(
					frame, &profiles->items[i]->profile, options, out, &here)
			      : &error_no_memory;
		hidden_add(hidden, &here);
		free(frame);
	}
	return error;
}

const struct report_ops report_folded = {
	.name = "folded", .write = folded_write, .write_several = folded_write_several};
