/* Recordings for commands. */
#include "cli/load.h"

#include "cli/message.h"
#include "engine/names.h"
#include "profile/recording.h"
#include "profile/replay.h"
#include "report/inlines.h"
#include "report/methods.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct ptmem_error *load_recording(const char *path, const struct symbol_options *symbols,
	struct profiles *profiles, bool *cut)
{
	struct recording recording;
	struct profiles loaded;
	struct ptmem_error *error = recording_play(path, REPLAY_END, &loaded, &recording);

	if (error)
		return error;
	if (recording.cut)
		message_print("%s: cut: %s: what follows is what was recorded until then", path,
			recording.cut);
	if (cut)
		*cut = recording.cut;
	recording_deinit(&recording);
	error = names_resolve_modules(profiles_first(&loaded), symbols);
	if (!error)
		methods_show(&loaded, false);
	if (!error)
		error = inlines_show(&loaded, false);
	if (error)
		profiles_deinit(&loaded);
	else
		*profiles = loaded;
	return error;
}

struct ptmem_error *load_total(
	const char *path, const struct symbol_options *symbols, struct profiles *profiles)
{
	struct profiles loaded;
	struct ptmem_error *error = load_recording(path, symbols, &loaded, NULL);

	if (error)
		return error;
	error = profiles_fold(&loaded);
	if (error)
		profiles_deinit(&loaded);
	else
		*profiles = loaded;
	return error;
}

bool load_is_recording(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char magic[RECORDING_MAGIC_SIZE];
	struct stat file;
	bool begins;

	if (fd < 0)
		return false;
	begins = !fstat(fd, &file) && S_ISREG(file.st_mode) &&
		 pread(fd, magic, sizeof magic, 0) == (ssize_t)sizeof magic &&
		 !memcmp(magic, RECORDING_MAGIC, sizeof magic);
	close(fd);
	return begins;
}
