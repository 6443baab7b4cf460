/*
 * Where the dynamic linker meets a debugger. The program's dynamic section has a pointer to
 * struct r_debug (DT_DEBUG, see <link.h>), which the dynamic linker fills in when it begins.
 */
#include "target/rendezvous.h"

#include "target/maps.h"

#include <link.h>
#include <linux/auxvec.h>

#define HEADERS_MAX 64
#define ENTRIES_MAX 512

/* How far the program's headers are from where they say that they are. */
static bool find_dynamic(const struct target_memory *memory, struct target_address *dynamic)
{
	struct target_address headers = target_address(target_auxv(memory->pid, AT_PHDR));
	uint64_t count = target_auxv(memory->pid, AT_PHNUM), bias = 0;
	ElfW(Phdr) header[HEADERS_MAX];
	const ElfW(Phdr) *found = NULL;
	size_t got;

	if (!headers.value || !count || count > HEADERS_MAX)
		return false;
	got = target_read_some(memory, headers, header, count * sizeof *header) / sizeof *header;
	for (size_t i = 0; i < got; i++) {
		if (header[i].p_type == PT_PHDR)
			bias = headers.value - header[i].p_vaddr;
		if (header[i].p_type == PT_DYNAMIC)
			found = &header[i];
	}
	if (found)
		*dynamic = target_address(found->p_vaddr + bias);
	return found;
}

static bool find_debug(const struct target_memory *memory, struct r_debug *debug)
{
	struct target_address dynamic;
	ElfW(Dyn) entries[ENTRIES_MAX];
	size_t got;

	if (!find_dynamic(memory, &dynamic))
		return false;
	got = target_read_some(memory, dynamic, entries, sizeof entries) / sizeof *entries;
	for (size_t i = 0; i < got && entries[i].d_tag != DT_NULL; i++)
		if (entries[i].d_tag == DT_DEBUG && entries[i].d_un.d_ptr)
			return target_read_some(memory, target_address(entries[i].d_un.d_ptr),
				       debug, sizeof *debug) == sizeof *debug;
	return false;
}

struct target_address rendezvous_find(const struct target_memory *memory)
{
	struct r_debug debug;

	return target_address(find_debug(memory, &debug) ? debug.r_brk : 0);
}

/* Where it does not say, each call may be the one after which all is there. */
bool rendezvous_is_consistent(const struct target_memory *memory)
{
	struct r_debug debug;

	return !find_debug(memory, &debug) || debug.r_state == RT_CONSISTENT;
}
