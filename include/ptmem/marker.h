/**
 * @file
 * Marks in a program for ptmem, with nothing to link: each is one `nop` in the code, and a note in
 * the file that says where. A program that is not watched passes it as any other nop.
 *
 *     PTMEM_START();           what is measured begins
 *     work();
 *     PTMEM_MARK("worked");    what is held here, by that name: a plain string
 *     PTMEM_STOP();            what is measured ends
 *
 * A program that has a PTMEM_START() is measured from there. All may be passed any number of times,
 * by any thread; they are for the process as a whole. Marks are listed below the tree.
 */
#ifndef PTMEM_MARKER_H
#define PTMEM_MARKER_H

/** @cond internal */
/* An ELF note: owner "ptmem", its type as below; the address of the nop, and a name with a zero
 * behind it, which only marks have. */
#define PTMEM_MARKER_START 1
#define PTMEM_MARKER_STOP 2
#define PTMEM_MARKER_MARK 3

#define PTMEM_MARKER_STRING_(text) #text
#define PTMEM_MARKER_STRING(text) PTMEM_MARKER_STRING_(text)

/* clang-format off */
#define PTMEM_MARKER(type, name)                                                        \
	__asm__ volatile("990:\tnop\n"                                                  \
			 "\t.pushsection .note.ptmem,\"\",@note\n"                      \
			 "\t.balign 4\n"                                                \
			 "\t.long 992f-991f, 994f-993f, " PTMEM_MARKER_STRING(type) "\n"\
			 "991:\t.asciz \"ptmem\"\n"                                     \
			 "992:\t.balign 4\n"                                            \
			 "993:\t.quad 990b\n"                                           \
			 "\t.asciz \"" name "\"\n"                                      \
			 "994:\t.balign 4\n"                                            \
			 "\t.popsection")
/* clang-format on */
/** @endcond */

/** What is measured begins. */
#define PTMEM_START() PTMEM_MARKER(PTMEM_MARKER_START, "")
/** What is measured ends. */
#define PTMEM_STOP() PTMEM_MARKER(PTMEM_MARKER_STOP, "")
/** What is held here, by this name: a plain string. */
#define PTMEM_MARK(name) PTMEM_MARKER(PTMEM_MARKER_MARK, name)

#endif
