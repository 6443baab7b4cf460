/*
 * Completion scripts for bash, zsh and fish, made from the tables of commands and options.
 *
 * All three complete a command's name, options and their values, then files; or ptmem's
 * own options, then the program as a command, then its arguments as that command's own
 * completion would, or as files. bash and fish have to be told which words are values, so as
 * to find the program: a regular expression for the options whose value is the next word.
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

/* The names of all commands, with this between. */
static void add_command_names(struct strbuf *text, const char *between)
{
	for (size_t i = COMMAND_RUN + 1; i < COMMAND_COUNT; i++)
		strbuf_addf(text, "%s%s", i > COMMAND_RUN + 1 ? between : "", commands[i].name);
}

/* The names of a command's options, with their dashes. */
static void add_option_names(struct strbuf *text, const struct command *command)
{
	const struct option_spec *spec = NULL;
	const char *separator = "";

	while ((spec = option_next(command, spec))) {
		strbuf_addf(text, "%s--%s", separator, spec->name);
		separator = " ";
	}
}

static void add_letters(struct strbuf *text, const struct command *command, bool with_value)
{
	const struct option_spec *spec = NULL;

	while ((spec = option_next(command, spec)))
		if (spec->letter && !spec->argument == !with_value)
			strbuf_add_bytes(text, &spec->letter, 1);
}

/* Matches an option whose value is the next word: ^(--(funcs|min)|-[vh]*[Fm])$ */
static void add_value_regex(struct strbuf *text, const struct command *command)
{
	const struct option_spec *spec = NULL;
	const char *separator = "";

	strbuf_add(text, "^(--(");
	while ((spec = option_next(command, spec))) {
		if (!spec->argument || spec->optional)
			continue;
		strbuf_addf(text, "%s%s", separator, spec->name);
		separator = "|";
	}
	strbuf_add(text, ")|-[");
	add_letters(text, command, false);
	strbuf_add(text, "]*[");
	add_letters(text, command, true);
	strbuf_add(text, "])$");
}

/* `post:--name | post:-*x) what`, as a branch of a case on command and option. */
static void add_bash_value(
	struct strbuf *text, const struct command *command, const struct option_spec *spec)
{
	strbuf_addf(text, "\t%s:--%s", command->name, spec->name);
	if (spec->letter)
		strbuf_addf(text, " | %s:-*%c", command->name, spec->letter);
	if (spec->choices) {
		strbuf_add(text, ") choices='");
		add_choices(text, spec->choices);
		strbuf_add(text, "' ;;\n");
	} else if (spec->process) {
		strbuf_add(text, ") choices=$(cd /proc && echo [0-9]*) ;;\n");
	} else {
		strbuf_add(text, ") return ;;\n");
	}
}

/* A command's options, and whether files follow them, as a branch of a case on its name. */
static void add_bash_command(struct strbuf *text, const struct command *command)
{
	strbuf_addf(text, "\t%s)\n\t\toptions='", *command->name ? command->name : "*");
	add_option_names(text, command);
	strbuf_add(text, "'\n\t\ttakes_value='");
	add_value_regex(text, command);
	strbuf_add(text, "'\n");
	if (command->arguments != ARGUMENTS_PROGRAM)
		strbuf_add(text, "\t\tfiles=yes\n");
	strbuf_add(text, "\t\t;;\n");
}

/*
 * bash splits words at = and :, which are joined again by what is on the line between
 * them. What is offered replaces only the piece after the last of them.
 */
static const char bash_words[] =
	"_ptmem()\n"
	"{\n"
	"\tlocal line=${COMP_LINE-${COMP_WORDS[*]}} words=() starts=() i word choices=\n"
	"\tlocal command= options= takes_value= files= dashes=\n"
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

static const char bash_position[] =
	"\tlocal last=$((${#words[@]} - 1)) option= cur=${words[-1]} "
	"piece=${COMP_WORDS[COMP_CWORD]}\n"
	"\tfor ((i = command_words; i < last; i++)); do\n"
	"\t\tif [[ ${words[i]} == -- ]]; then\n"
	"\t\t\tdashes=yes\n"
	"\t\t\t((i++))\n"
	"\t\t\tbreak\n"
	"\t\telif [[ ${words[i]} =~ $takes_value ]]; then\n"
	"\t\t\t((i++))\n"
	"\t\telif [[ ${words[i]} != -?* && ! $files ]]; then\n"
	"\t\t\tbreak\n"
	"\t\tfi\n"
	"\tdone\n"
	"\tif [[ $dashes && $files ]]; then\n"
	"\t\treturn\n"
	"\telif ((i > last)); then\n"
	"\t\toption=${words[last - 1]}\n"
	"\telif ((i == last)) && [[ $cur == --*=* && ! $dashes ]]; then\n"
	"\t\toption=${cur%%=*} cur=${cur#*=}\n"
	"\telif ((i < last)); then\n"
	"\t\tdeclare -F _command_offset >/dev/null && _command_offset \"${starts[i]}\"\n"
	"\t\treturn\n"
	"\telif [[ $cur == -* && ! $dashes ]]; then\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$cur\")\n"
	"\t\treturn\n"
	"\telse\n"
	"\t\t[[ $cur == */* || $files ]] ||\n"
	"\t\t\tmapfile -t COMPREPLY < <(compgen -c -W \"$commands\" -- \"$cur\")\n"
	"\t\treturn\n"
	"\tfi\n"
	"\t[[ $piece == = ]] && cur=\n"
	"\tcase $command:$option in\n";

static const char bash_end[] =
	"\tesac\n"
	"\tcompopt +o bashdefault +o default 2>/dev/null\n"
	"\tif [[ -n $choices ]]; then\n"
	"\t\tlocal before=\n"
	"\t\t[[ $piece == --*=* ]] && before=$option=\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -P \"$before\" -W \"$choices\" -- \"$cur\")\n"
	"\tfi\n"
	"} && complete -o bashdefault -o default -F _ptmem ptmem\n";

/* Which command is on the line, and what the rest needs to know of it. */
static void add_bash_commands(struct strbuf *text)
{
	strbuf_add(text, "\tlocal commands= command_words=1\n"
			 "\t((${#words[@]} > 2)) || commands='");
	add_command_names(text, " ");
	strbuf_add(text, "'\n\t[[ $commands ]] || case ${words[1]} in\n\t");
	add_command_names(text, " | ");
	strbuf_add(text, ") command=${words[1]} command_words=2 ;;\n"
			 "\tesac\n"
			 "\tcase $command in\n");
	for (size_t i = COMMAND_COUNT; i-- > 0;) /* the one without a name last: it is `*` */
		add_bash_command(text, &commands[i]);
	strbuf_add(text, "\tesac\n");
}

static void add_bash(struct strbuf *text)
{
	strbuf_add(text, "# bash completion for ptmem, from: ptmem --completion bash\n");
	strbuf_add(text, bash_words);
	add_bash_commands(text);
	strbuf_add(text, bash_position);
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		const struct option_spec *spec = NULL;

		while ((spec = option_next(&commands[i], spec)))
			if (spec->choices || spec->file || spec->process)
				add_bash_value(text, &commands[i], spec);
	}
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
		strbuf_addf(text, "%s%s:", spec->optional ? "::" : ":", spec->argument);
		if (spec->choices) {
			strbuf_add(text, "(");
			add_choices(text, spec->choices);
			strbuf_add(text, ")");
		} else {
			strbuf_add(text, spec->file ? "_files" : spec->process ? "_pids" : " ");
		}
	}
	strbuf_add(text, "' \\\n");
}

static void add_zsh_options(struct strbuf *text, const struct command *command)
{
	const struct option_spec *spec = NULL;

	while ((spec = option_next(command, spec))) {
		char letter[] = {'-', spec->letter, spec->argument ? '+' : '\0', '\0'};
		struct strbuf name = {0};

		strbuf_addf(&name, "--%s%s", spec->name,
			spec->optional   ? "=-"
			: spec->argument ? "="
					 : "");
		if (spec->letter)
			add_zsh_form(text, spec, letter);
		add_zsh_form(text, spec, name.text ? name.text : "");
		text->failed |= name.failed;
		strbuf_deinit(&name);
	}
}

/* The function that offers a program, or a command as the first word. */
static void add_zsh_first(struct strbuf *text)
{
	strbuf_add(text, "_ptmem_first()\n"
			 "{\n"
			 "\tlocal -a subcommands=(\n");
	for (size_t i = COMMAND_RUN + 1; i < COMMAND_COUNT; i++) {
		strbuf_addf(text, "\t\t'%s:", commands[i].name);
		add_escaped(text, commands[i].help, ":\\");
		strbuf_add(text, "'\n");
	}
	strbuf_add(text, "\t)\n"
			 "\t((CURRENT > 2)) || _describe -t commands command subcommands\n"
			 "\t_command_names -e\n"
			 "}\n");
}

/* The branches of a case on the first word. */
static void add_zsh_commands(struct strbuf *text)
{
	for (size_t i = COMMAND_RUN + 1; i < COMMAND_COUNT; i++) {
		bool program = commands[i].arguments == ARGUMENTS_PROGRAM;

		strbuf_addf(text,
			"\t%s)\n"
			"\t\tshift words\n"
			"\t\t((CURRENT--))\n"
			"\t\t_arguments -s -S%s \\\n",
			commands[i].name, program ? " -A '-*'" : "");
		add_zsh_options(text, &commands[i]);
		strbuf_add(text, program ? "\t\t'(-)1:program:_command_names -e' \\\n"
					   "\t\t'*::argument:_normal'\n"
					 : "\t\t'*:file:_files'\n");
		strbuf_add(text, "\t\treturn ;;\n");
	}
}

static void add_zsh(struct strbuf *text)
{
	strbuf_add(text, "#compdef ptmem\n"
			 "# zsh completion for ptmem, from: ptmem --completion zsh\n");
	add_zsh_first(text);
	strbuf_add(text, "_ptmem()\n"
			 "{\n"
			 "\t((CURRENT < 3)) || case $words[2] in\n");
	add_zsh_commands(text);
	strbuf_add(text, "\tesac\n"
			 "\t_arguments -s -S -A '-*' \\\n");
	add_zsh_options(text, &commands[COMMAND_RUN]);
	strbuf_add(text, "\t\t'(-)1:program:_ptmem_first' \\\n"
			 "\t\t'*::argument:_normal'\n"
			 "}\n"
			 "if [ \"$funcstack[1]\" = _ptmem ]; then\n"
			 "\t_ptmem \"$@\"\n"
			 "else\n"
			 "\tcompdef _ptmem ptmem\n"
			 "fi\n");
}

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
	"function __ptmem_in_options --description 'Whether options of this command can follow'\n"
	"\tset -l command (__ptmem_command)\n"
	"\ttest \"$command\" = \"$argv[1]\"; or return 1\n"
	"\tnot contains -- -- (commandline -opc); or return 1\n"
	"\ttest -n \"$command\"; or test -z (__ptmem_program | string collect)\n"
	"end\n"
	"\n"
	"function __ptmem_complete_program\n"
	"\tset -l words (__ptmem_program | string escape) (commandline -ct)\n"
	"\tset -l line (string join -- ' ' $words)\n"
	"\tcomplete \"--do-complete=$line\"\n"
	"end\n"
	"\n"
	"complete -c ptmem -f\n"
	"complete -c ptmem -n 'not __ptmem_command >/dev/null' -a '(__ptmem_complete_program)'\n"
	"complete -c ptmem -n '__ptmem_command >/dev/null' -F\n";

static void add_fish_option(
	struct strbuf *text, const struct command *command, const struct option_spec *spec)
{
	strbuf_addf(text, "complete -c ptmem -n '__ptmem_in_options%s%s'",
		*command->name ? " " : "", command->name);
	if (spec->letter)
		strbuf_addf(text, " -s %c", spec->letter);
	strbuf_addf(text, " -l %s", spec->name);
	if (spec->choices) {
		strbuf_add(text, " -x -a '");
		add_choices(text, spec->choices);
		strbuf_add(text, "'");
	} else if (spec->process) {
		strbuf_add(text, " -x -a '(__fish_complete_pids)'");
	} else if (spec->argument && !spec->optional) {
		strbuf_add(text, spec->file ? " -r -F" : " -x");
	}
	strbuf_add(text, " -d '");
	add_escaped(text, spec->help, "'\\");
	strbuf_add(text, "'\n");
}

static void add_fish_commands(struct strbuf *text)
{
	strbuf_add(text, "function __ptmem_command --description 'The command on the line'\n"
			 "\tset -l words (commandline -opc)\n"
			 "\tset -q words[2]; and contains -- $words[2] ");
	add_command_names(text, " ");
	strbuf_add(text, "; and echo $words[2]\n"
			 "end\n"
			 "\n");
}

static void add_fish(struct strbuf *text)
{
	strbuf_add(text, "# fish completion for ptmem, from: ptmem --completion fish\n");
	add_fish_commands(text);
	strbuf_add(text, "function __ptmem_program --description 'The program on the line, and its "
			 "arguments'\n"
			 "\tset -l takes_value '");
	add_value_regex(text, &commands[COMMAND_RUN]);
	strbuf_add(text, fish_program);
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		const struct option_spec *spec = NULL;

		if (i != COMMAND_RUN) {
			strbuf_addf(text,
				"complete -c ptmem -n 'test (count (commandline -opc)) -eq 1' "
				"-a %s -d '",
				commands[i].name);
			add_escaped(text, commands[i].help, "'\\");
			strbuf_add(text, "'\n");
		}
		while ((spec = option_next(&commands[i], spec)))
			add_fish_option(text, &commands[i], spec);
	}
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
