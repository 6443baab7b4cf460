/* Reading one entry of the debug info. */
#include "symbol/debug_internal.h"

/* Whether a call succeeded; an error that nobody will read is freed. */
static bool ok(struct debug_info *info, int verdict, Dwarf_Error error)
{
	if (verdict == DW_DLV_ERROR && error)
		dwarf_dealloc_error(info->handle, error);
	return verdict == DW_DLV_OK;
}

Dwarf_Die die_at(struct debug_info *info, Dwarf_Off offset)
{
	Dwarf_Die die = NULL;
	Dwarf_Error error = NULL;
	int verdict = dwarf_offdie_b(info->handle, offset, true, &die, &error);
	return ok(info, verdict, error) ? die : NULL;
}

void die_free(Dwarf_Die die)
{
	if (die)
		dwarf_dealloc_die(die);
}

Dwarf_Die die_child(struct debug_info *info, Dwarf_Die die)
{
	Dwarf_Die child = NULL;
	Dwarf_Error error = NULL;
	return ok(info, dwarf_child(die, &child, &error), error) ? child : NULL;
}

Dwarf_Die die_sibling(struct debug_info *info, Dwarf_Die die)
{
	Dwarf_Die sibling = NULL;
	Dwarf_Error error = NULL;
	int verdict = dwarf_siblingof_b(info->handle, die, true, &sibling, &error);
	return ok(info, verdict, error) ? sibling : NULL;
}

Dwarf_Half die_tag(struct debug_info *info, Dwarf_Die die)
{
	Dwarf_Half tag = 0;
	Dwarf_Error error = NULL;
	return ok(info, dwarf_tag(die, &tag, &error), error) ? tag : 0;
}

Dwarf_Off die_offset(struct debug_info *info, Dwarf_Die die)
{
	Dwarf_Off offset = 0;
	Dwarf_Error error = NULL;
	return ok(info, dwarf_dieoffset(die, &offset, &error), error) ? offset : 0;
}

static Dwarf_Attribute find(struct debug_info *info, Dwarf_Die die, Dwarf_Half attribute)
{
	Dwarf_Attribute found = NULL;
	Dwarf_Error error = NULL;
	return ok(info, dwarf_attr(die, attribute, &found, &error), error) ? found : NULL;
}

bool die_address(struct debug_info *info, Dwarf_Die die, Dwarf_Half attribute, uint64_t *value)
{
	Dwarf_Attribute found = find(info, die, attribute);
	if (!found)
		return false;
	Dwarf_Addr address = 0;
	Dwarf_Error error = NULL;
	bool read = ok(info, dwarf_formaddr(found, &address, &error), error);
	dwarf_dealloc_attribute(found);
	if (read)
		*value = address;
	return read;
}

bool die_has(struct debug_info *info, Dwarf_Die die, Dwarf_Half attribute)
{
	Dwarf_Bool has = false;
	Dwarf_Error error = NULL;
	return ok(info, dwarf_hasattr(die, attribute, &has, &error), error) && has;
}

/* The value of DW_FORM_implicit_const is a signed number to some releases. */
static bool signed_number(struct debug_info *info, Dwarf_Attribute found, uint64_t *value)
{
	Dwarf_Signed number = 0;
	Dwarf_Error error = NULL;
	if (!ok(info, dwarf_formsdata(found, &number, &error), error) || number < 0)
		return false;
	*value = (uint64_t)number;
	return true;
}

static bool unsigned_number(struct debug_info *info, Dwarf_Attribute found, uint64_t *value)
{
	Dwarf_Unsigned number = 0;
	Dwarf_Error error = NULL;
	if (!ok(info, dwarf_formudata(found, &number, &error), error))
		return false;
	*value = number;
	return true;
}

bool die_number(struct debug_info *info, Dwarf_Die die, Dwarf_Half attribute, uint64_t *value)
{
	Dwarf_Attribute found = find(info, die, attribute);
	if (!found)
		return false;
	bool read = unsigned_number(info, found, value) || signed_number(info, found, value);
	dwarf_dealloc_attribute(found);
	return read;
}

bool die_form(struct debug_info *info, Dwarf_Die die, Dwarf_Half attribute, Dwarf_Half *form)
{
	Dwarf_Attribute found = find(info, die, attribute);
	if (!found)
		return false;
	Dwarf_Half value = 0;
	Dwarf_Error error = NULL;
	bool read = ok(info, dwarf_whatform(found, &value, &error), error);
	dwarf_dealloc_attribute(found);
	if (read)
		*form = value;
	return read;
}

bool die_section_offset(
	struct debug_info *info, Dwarf_Die die, Dwarf_Half attribute, uint64_t *value)
{
	Dwarf_Attribute found = find(info, die, attribute);
	if (!found)
		return false;
	Dwarf_Off offset = 0;
	Dwarf_Error error = NULL;
	bool read = ok(info, dwarf_global_formref(found, &offset, &error), error);
	dwarf_dealloc_attribute(found);
	if (read)
		*value = offset;
	return read || die_number(info, die, attribute, value);
}

const char *die_string(struct debug_info *info, Dwarf_Die die, Dwarf_Half attribute)
{
	Dwarf_Attribute found = find(info, die, attribute);
	if (!found)
		return NULL;
	char *text = NULL;
	Dwarf_Error error = NULL;
	bool read = ok(info, dwarf_formstring(found, &text, &error), error);
	dwarf_dealloc_attribute(found);
	return read && text && *text ? text : NULL;
}

Dwarf_Die die_reference(struct debug_info *info, Dwarf_Die die, Dwarf_Half attribute)
{
	Dwarf_Attribute found = find(info, die, attribute);
	if (!found)
		return NULL;
	Dwarf_Off offset = 0;
	Dwarf_Error error = NULL;
	bool read = ok(info, dwarf_global_formref(found, &offset, &error), error);
	dwarf_dealloc_attribute(found);
	return read ? die_at(info, offset) : NULL;
}
