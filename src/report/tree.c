/*
 * The call-path tree: a row a path, below the one that called it, the largest last.
 *
 *     /src/app/main.c:12:main   5312.46 MB  (1 calls)
 *         /src/app/main.c:40:setup   3757.77 MB  (1 calls)
 */
#include "base/strbuf.h"
#include "report/calltree.h"
#include "report/output.h"
#include "report/report.h"
#include "report/sections.h"
#include "report/style.h"

#include <inttypes.h>

#define INDENT "    "
#define DECIMALS 2

/*
 * Deeper rows say how much deeper, since the blanks before 100,000 nested calls alone would
 * be 20 GB.
 */
#define INDENT_MAX 1000

struct printer {
	const struct profile *profile;
	const struct report_options *options;
	const struct calltree *tree;
	int decimals;
	struct strbuf text;
};

static void add_indent(struct strbuf *text, uint32_t level)
{
	for (uint32_t i = 0; i < level && i < INDENT_MAX; i++)
		strbuf_add_bytes(text, INDENT, sizeof INDENT - 1);
	if (level > INDENT_MAX)
		strbuf_addf(text, "[+%" PRIu32 "] ", level - INDENT_MAX);
}

/* A child that is larger than its parent: others below that parent gave memory back. */
static bool exceeds_parent(const struct calltree *tree, uint32_t node)
{
	uint32_t parent = callpath_at(&tree->paths, node)->parent;

	return parent != CALLPATH_ROOT &&
	       calltree_amount(tree, node, 0, false) > calltree_amount(tree, parent, 0, false);
}

static const char *row_style(const struct printer *printer, uint32_t node)
{
	enum location_kind kind = calltree_label(printer->tree, node)->kind;

	if (!printer->options->color)
		return STYLE_NONE;
	if (kind == LOCATION_THREAD)
		return STYLE_HEADER;
	if (!printer->options->self && exceeds_parent(printer->tree, node))
		return STYLE_LARGE;
	return kind == LOCATION_BRACKET ? STYLE_BRACKET : STYLE_NONE;
}

static void add_amount(struct printer *printer, uint32_t node, unsigned column)
{
	int64_t bytes = calltree_amount(printer->tree, node, column, printer->options->self);

	strbuf_addf(
		&printer->text, "%7.*f", printer->decimals, output_mb_to(bytes, printer->decimals));
}

/* The other columns stand behind the row, each with its name, so that the row is the usual one. */
static void add_more_columns(struct printer *printer, uint32_t node)
{
	for (unsigned column = 1; column < printer->profile->columns; column++) {
		strbuf_addf(&printer->text, "  %s ",
			metric_name(metric_of_column(printer->profile->metric, column)));
		add_amount(printer, node, column);
	}
}

static void add_row(struct printer *printer, uint32_t node, uint32_t level)
{
	const char *style = row_style(printer, node);
	struct strbuf *text = &printer->text;

	add_indent(text, level);
	strbuf_add(text, style);
	strbuf_add(text, calltree_label(printer->tree, node)->text);
	strbuf_add(text, "  ");
	add_amount(printer, node, 0);
	if (calltree_label(printer->tree, node)->kind == LOCATION_INLINED)
		strbuf_add(text, " MB  (- calls)");
	else
		strbuf_addf(text, " MB  (%" PRIu64 " calls)", calltree_calls(printer->tree, node));
	add_more_columns(printer, node);
	strbuf_add(text, *style ? STYLE_END "\n" : "\n");
}

/* `[mark loaded]    12.34 MB  (1 times)`: what was held when it was last passed. */
static void add_marks(struct strbuf *text, const struct mark_list *marks)
{
	for (size_t i = 0; i < marks->count; i++) {
		const struct mark *mark = &marks->items[i];

		strbuf_add(text, "[mark ");
		strbuf_add_printable(text, mark->name);
		strbuf_addf(text, "]  %7.2f MB  (%" PRIu64 " times)\n", output_mb(mark->bytes),
			mark->count);
	}
	strbuf_add(text, marks->count ? "\n" : "");
}

static struct ptmem_error *print_tree(struct printer *printer, FILE *out)
{
	const struct walk *walk = &printer->tree->walk;
	uint32_t left, level = 0, node = walk_next(walk, CALLPATH_ROOT, &left);
	struct ptmem_error *error = NULL;

	while (!error && node != CALLPATH_NONE) {
		add_row(printer, node, level);
		error = output_block(out, &printer->text);
		node = walk_next(walk, node, &left);
		level = level + 1 - left;
	}
	if (error) {
		strbuf_deinit(&printer->text);
		return error;
	}
	strbuf_add(&printer->text, "\n");
	add_marks(&printer->text, &printer->profile->marks);
	output_add_peak(&printer->text, printer->profile, printer->options);
	return output_text(out, &printer->text);
}

static struct ptmem_error *tree_write(const struct profile *profile,
	const struct report_options *options, FILE *out, struct report_hidden *hidden)
{
	struct printer printer = {
		.profile = profile,
		.options = options,
		.decimals = options->precision_given ? options->precision : DECIMALS,
	};
	uint64_t min = options->min_given ? (uint64_t)options->min : TREE_MIN;
	struct calltree tree;
	struct ptmem_error *error = calltree_init(&tree, profile, THREADS_WHERE_SEVERAL);

	if (error)
		return error;
	printer.tree = &tree;
	error = calltree_select(&tree, options, min, hidden);
	if (!error)
		error = calltree_order(&tree, options);
	if (!error)
		error = print_tree(&printer, out);
	calltree_deinit(&tree);
	return error;
}

static struct ptmem_error *tree_write_several(const struct profiles *profiles,
	const struct profile *total, const struct report_options *options, FILE *out,
	struct report_hidden *hidden)
{
	return sections_write(tree_write, profiles, total, options, out, hidden);
}

const struct report_ops report_tree = {
	.name = "tree", .write = tree_write, .write_several = tree_write_several};
