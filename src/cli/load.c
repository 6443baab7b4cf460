/* Recordings for commands. */
#include "cli/load.h"

#include "cli/message.h"
#include "library/load.h"
#include "profile/recording.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct ptmem_error *load_recording(const char *path, const struct symbol_options *symbols,
	struct profiles *profiles, bool *cut)
{
	struct recording recording;
	struct ptmem_error *error = recording_load(path, symbols, profiles, &recording);

	if (error)
		return error;
	if (recording.cut)
		message_print("%s: cut: %s: what follows is what was recorded until then", path,
			recording.cut);
	if (cut)
		*cut = recording.cut;
	recording_deinit(&recording);
	return NULL;
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
