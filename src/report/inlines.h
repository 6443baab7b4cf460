/*
 * Profiles as reports show them. While a program runs, calls of a function from different
 * sites are on paths of their own, since nobody knows yet what those sites are. When they have
 * been looked up, what differs in nothing that is shown is put together again, and the
 * functions that were inlined around a call stand between the caller and what it called.
 *
 * Such a function has no calls and no memory of its own: that is its caller's. What it comes to
 * is what the calls made from its code come to, counted once where it is nested in itself.
 */
#ifndef PTMEM_REPORT_INLINES_H
#define PTMEM_REPORT_INLINES_H

#include "base/error.h"
#include "profile/profiles.h"

#include <stdbool.h>

/*
 * Makes profiles whose locations and sites have their names what reports take; once. With
 * `callsites`, calls from different lines stay apart, and locations have the line of the call.
 * They share their places and nothing goes on in them. When out of memory they are good for
 * profiles_deinit() only.
 */
struct ptmem_error *inlines_show(struct profiles *profiles, bool callsites);

#endif
