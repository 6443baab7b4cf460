/* Recordings as reports take them. */
#include "library/load.h"

#include "engine/names.h"
#include "report/inlines.h"
#include "report/methods.h"

struct ptmem_error *recording_load(const char *path, const struct symbol_options *symbols,
	struct profiles *profiles, struct recording *recording)
{
	struct recording described;
	struct profiles loaded;
	struct ptmem_error *error = recording_play(path, REPLAY_END, &loaded, &described);

	if (error)
		return error;
	error = names_resolve_modules(profiles_first(&loaded), symbols);
	if (!error)
		methods_show(&loaded, false);
	if (!error)
		error = inlines_show(&loaded, false);
	if (error) {
		profiles_deinit(&loaded);
		recording_deinit(&described);
		return error;
	}
	*profiles = loaded;
	*recording = described;
	return NULL;
}
