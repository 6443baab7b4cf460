/* Programs that have privileges of their own. */
#include "target/privileges.h"

#include "target/status.h"

#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

bool may_trace_privileged(void)
{
	struct task_status status;

	return task_status_read(getpid(), &status) && (status.capable >> CAP_SYS_PTRACE & 1);
}

bool gives_privileges(const char *path)
{
	struct statvfs mounted;
	struct stat file;

	if (stat(path, &file) || !S_ISREG(file.st_mode) || access(path, X_OK) ||
		statvfs(path, &mounted) || (mounted.f_flag & ST_NOSUID))
		return false;
	if ((file.st_mode & S_ISUID) && file.st_uid != geteuid())
		return true;
	if ((file.st_mode & S_ISGID) && (file.st_mode & S_IXGRP) && file.st_gid != getegid())
		return true;
	return getxattr(path, "security.capability", NULL, 0) > 0;
}
