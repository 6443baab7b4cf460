/* How a report is coloured, where it is. */
#ifndef PTMEM_REPORT_STYLE_H
#define PTMEM_REPORT_STYLE_H

#define STYLE_NONE ""
#define STYLE_HEADER "\033[1m"
#define STYLE_BRACKET "\033[2m"
#define STYLE_LARGE "\033[31m"
#define STYLE_NOTABLE "\033[33m"
#define STYLE_END "\033[0m"

#endif
