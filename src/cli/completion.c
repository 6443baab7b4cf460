/*
 * Completion scripts for bash, zsh and fish, made from the table of options.
 *
 * All three complete ptmem's options and their values, then the program as a command, then
 * its arguments as that command's own completion would, or as files. bash and fish have to
 * be told which words are values, so as to find the program: a regular expression for the
 * options whose value is the next word.
 */
#include "cli/command.h"
#include "cli/spec.h"
#include "report/output.h"

#include <stdio.h>
#include <string.h>

/* Appends `plain` with a backslash before each of the characters in `special`. */
static void add_escaped(struct strbuf *text, const char *plain, const char *special)
{
	for (; *plain; plain++) {
		if (strchr(special, *plain))
			strbuf_add(text, "\\");
		strbuf_add_bytes(text, plain, 1);
	}
}

/* The choices with spaces between. */
static void add_choices(struct strbuf *text, const char *choices)
{
	const char *choice = NULL;
	size_t length;

	while ((choice = option_next_choice(choices, choice, &length))) {
		if (choice != choices)
			strbuf_add(text, " ");
		strbuf_add_bytes(text, choice, length);
	}
}

static void add_letters(struct strbuf *text, bool with_value)
{
	for (const struct option_spec *spec = option_specs; spec->name; spec++)
		if (spec->letter && !spec->argument == !with_value)
			strbuf_add_bytes(text, &spec->letter, 1);
}

/* Matches an option whose value is the next word: ^(--(funcs|min)|-[vh]*[Fm])$ */
static void add_value_regex(struct strbuf *text)
{
	const char *separator = "";

	strbuf_add(text, "^(--(");
	for (const struct option_spec *spec = option_specs; spec->name; spec++) {
		if (!spec->argument)
			continue;
		strbuf_addf(text, "%s%s", separator, spec->name);
		separator = "|";
	}
	strbuf_add(text, ")|-[");
	add_letters(text, false);
	strbuf_add(text, "]*[");
	add_letters(text, true);
	strbuf_add(text, "])$");
}

/* `--name | -*x) what`, as a branch of a case on the option. */
static void add_bash_value(struct strbuf *text, const struct option_spec *spec)
{
	strbuf_addf(text, "\t--%s", spec->name);
	if (spec->letter)
		strbuf_addf(text, " | -*%c", spec->letter);
	if (spec->choices) {
		strbuf_add(text, ") choices='");
		add_choices(text, spec->choices);
		strbuf_add(text, "' ;;\n");
	} else {
		strbuf_add(text, ") return ;;\n");
	}
}

/*
 * bash splits words at = and :, which are joined again by what is on the line between
 * them. What is offered replaces only the piece after the last of them.
 */
static const char bash_words[] =
        "_ptmem()\n"
        "{\n"
        "\tlocal line=${COMP_LINE-${COMP_WORDS[*]}} words=() starts=() i word choices=\n"
        "\tCOMPREPLY=()\n"
        "\tline=${line:0:${COMP_POINT:-${#line}}}\n"
        "\tfor ((i = 0; i <= COMP_CWORD; i++)); do\n"
        "\t\tword=${COMP_WORDS[i]}\n"
        "\t\tif ((i == 0)) || [[ -z $line || $line == [[:blank:]]* ]]; then\n"
        "\t\t\twords+=(\"$word\") starts+=(\"$i\")\n"
        "\t\telse\n"
        "\t\t\twords[${#words[@]} - 1]+=$word\n"
        "\t\tfi\n"
        "\t\tline=${line#\"${line%%[![:blank:]]*}\"}\n"
        "\t\tline=${line#\"$word\"}\n"
        "\tdone\n";

static const char bash_program[] =
        "\tfor ((i = 1; i < ${#words[@]} - 1; i++)); do\n"
        "\t\tif [[ ${words[i]} == -- ]]; then\n"
        "\t\t\t((i++))\n"
        "\t\t\tbreak\n"
        "\t\telif [[ ${words[i]} =~ $takes_value ]]; then\n"
        "\t\t\t((i++))\n"
        "\t\telif [[ ${words[i]} != -?* ]]; then\n"
        "\t\t\tbreak\n"
        "\t\tfi\n"
        "\tdone\n"
        "\tlocal last=$((${#words[@]} - 1)) option= cur=${words[-1]} "
        "piece=${COMP_WORDS[COMP_CWORD]}\n"
        "\tif ((i > last)); then\n"
        "\t\toption=${words[last - 1]}\n"
        "\telif ((i == last)) && [[ $cur == --*=* && ${words[i - 1]} != -- ]]; then\n"
        "\t\toption=${cur%%=*} cur=${cur#*=}\n"
        "\telif ((i < last)); then\n"
        "\t\tdeclare -F _command_offset >/dev/null && _command_offset \"${starts[i]}\"\n"
        "\t\treturn\n"
        "\telif [[ $cur == -* && ${words[i - 1]} != -- ]]; then\n"
        "\t\tmapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$cur\")\n"
        "\t\treturn\n"
        "\telse\n"
        "\t\t[[ $cur == */* ]] || mapfile -t COMPREPLY < <(compgen -c -- \"$cur\")\n"
        "\t\treturn\n"
        "\tfi\n"
        "\t[[ $piece == = ]] && cur=\n"
        "\tcase $option in\n";

static const char bash_end[] =
        "\tesac\n"
        "\tcompopt +o bashdefault +o default 2>/dev/null\n"
        "\tif [[ -n $choices ]]; then\n"
        "\t\tlocal before=\n"
        "\t\t[[ $piece == --*=* ]] && before=$option=\n"
        "\t\tmapfile -t COMPREPLY < <(compgen -P \"$before\" -W \"$choices\" -- \"$cur\")\n"
        "\tfi\n"
        "} && complete -o bashdefault -o default -F _ptmem ptmem\n";

static void add_bash(struct strbuf *text)
{
	const char *separator = "";

	strbuf_add(text, "# bash completion for ptmem, from: ptmem --completion bash\n");
	strbuf_add(text, bash_words);
	strbuf_add(text, "\tlocal options='");
	for (const struct option_spec *spec = option_specs; spec->name; spec++) {
		strbuf_addf(text, "%s--%s", separator, spec->name);
		separator = " ";
	}
	strbuf_add(text, "'\n\tlocal takes_value='");
	add_value_regex(text);
	strbuf_add(text, "'\n");
	strbuf_add(text, bash_program);
	for (const struct option_spec *spec = option_specs; spec->name; spec++)
		if (spec->choices || spec->file)
			add_bash_value(text, spec);
	strbuf_add(text, bash_end);
}

/* What _arguments is told of one form of an option: '(-m --metric)--metric=[help]:METRIC:(...)' */
static void add_zsh_form(struct strbuf *text, const struct option_spec *spec, const char *form)
{
	strbuf_add(text, "\t\t'");
	if (spec->repeats)
		strbuf_add(text, "*");
	else if (spec->letter)
		strbuf_addf(text, "(-%c --%s)", spec->letter, spec->name);
	strbuf_addf(text, "%s[", form);
	add_escaped(text, spec->help, "[]:\\");
	strbuf_add(text, "]");
	if (spec->argument) {
		strbuf_addf(text, ":%s:", spec->argument);
		if (spec->choices) {
			strbuf_add(text, "(");
			add_choices(text, spec->choices);
			strbuf_add(text, ")");
		} else {
			strbuf_add(text, spec->file ? "_files" : " ");
		}
	}
	strbuf_add(text, "' \\\n");
}

static void add_zsh(struct strbuf *text)
{
	strbuf_add(text, "#compdef ptmem\n"
	                 "# zsh completion for ptmem, from: ptmem --completion zsh\n"
	                 "_ptmem()\n"
	                 "{\n"
	                 "\t_arguments -s -S -A '-*' \\\n");
	for (const struct option_spec *spec = option_specs; spec->name; spec++) {
		char letter[] = {'-', spec->letter, spec->argument ? '+' : '\0', '\0'};
		struct strbuf name = {0};

		strbuf_addf(&name, "--%s%s", spec->name, spec->argument ? "=" : "");
		if (spec->letter)
			add_zsh_form(text, spec, letter);
		add_zsh_form(text, spec, name.text ? name.text : "");
		text->failed |= name.failed;
		strbuf_deinit(&name);
	}
	strbuf_add(text, "\t\t'(-)1:program:_command_names -e' \\\n"
	                 "\t\t'*::argument:_normal'\n"
	                 "}\n"
	                 "if [ \"$funcstack[1]\" = _ptmem ]; then\n"
	                 "\t_ptmem \"$@\"\n"
	                 "else\n"
	                 "\tcompdef _ptmem ptmem\n"
	                 "fi\n");
}

static const char fish_begin[] =
        "function __ptmem_program --description 'The program on the line, and its arguments'\n"
        "\tset -l takes_value '";

static const char fish_program[] =
        "'\n"
        "\tset -l words (commandline -opc)\n"
        "\tset -e words[1]\n"
        "\twhile set -q words[1]\n"
        "\t\tif test \"$words[1]\" = --\n"
        "\t\t\tset -e words[1]\n"
        "\t\t\tbreak\n"
        "\t\telse if string match -qr -- $takes_value $words[1]\n"
        "\t\t\tset -q words[2]; and set -e words[2]\n"
        "\t\telse if not string match -qr -- '^-.' $words[1]\n"
        "\t\t\tbreak\n"
        "\t\tend\n"
        "\t\tset -e words[1]\n"
        "\tend\n"
        "\tstring join -- \\n $words\n"
        "end\n"
        "\n"
        "function __ptmem_in_options\n"
        "\tnot contains -- -- (commandline -opc); and test -z (__ptmem_program | string collect)\n"
        "end\n"
        "\n"
        "function __ptmem_complete_program\n"
        "\tset -l words (__ptmem_program | string escape) (commandline -ct)\n"
        "\tset -l line (string join -- ' ' $words)\n"
        "\tcomplete \"--do-complete=$line\"\n"
        "end\n"
        "\n"
        "complete -c ptmem -f\n"
        "complete -c ptmem -a '(__ptmem_complete_program)'\n";

static void add_fish_option(struct strbuf *text, const struct option_spec *spec)
{
	strbuf_add(text, "complete -c ptmem -n __ptmem_in_options");
	if (spec->letter)
		strbuf_addf(text, " -s %c", spec->letter);
	strbuf_addf(text, " -l %s", spec->name);
	if (spec->choices) {
		strbuf_add(text, " -x -a '");
		add_choices(text, spec->choices);
		strbuf_add(text, "'");
	} else if (spec->argument) {
		strbuf_add(text, spec->file ? " -r -F" : " -x");
	}
	strbuf_add(text, " -d '");
	add_escaped(text, spec->help, "'\\");
	strbuf_add(text, "'\n");
}

static void add_fish(struct strbuf *text)
{
	strbuf_add(text, "# fish completion for ptmem, from: ptmem --completion fish\n");
	strbuf_add(text, fish_begin);
	add_value_regex(text);
	strbuf_add(text, fish_program);
	for (const struct option_spec *spec = option_specs; spec->name; spec++)
		add_fish_option(text, spec);
}

struct ptmem_error *command_completion(struct options *options, int *status)
{
	static void (*const shells[])(struct strbuf *) = {
	        [SHELL_BASH] = add_bash,
	        [SHELL_ZSH] = add_zsh,
	        [SHELL_FISH] = add_fish,
	};
	struct strbuf text = {0};

	shells[options->shell](&text);
	*status = 0;
	return output_text(stdout, &text);
}
