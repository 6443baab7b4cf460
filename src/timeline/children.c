/* Children, looked for. */
#include "timeline/children.h"

#include "target/threads.h"

#include <errno.h>
#include <stdio.h>

/* One that ends meanwhile was none; one too many (EMFILE) cannot be read either. */
static struct ptmem_error *add_child(struct family *family, pid_t pid, pid_t parent)
{
	struct ptmem_error *error = NULL;

	if (!family_find(family, pid))
		error = family_add(family, pid, parent, true, NULL);
	/* Before Linux 5.3, and in valgrind, its end is seen in what cannot be read any more. */
	if (error && error->errnum == ENOSYS) {
		error_free(error);
		error = family_add(family, pid, parent, false, NULL);
	}
	if (error_is(error, ERROR_NO_MEMORY))
		return error;
	error_free(error);
	return NULL;
}

/* 4711 4712 : the children that this thread made, or was left with. */
static struct ptmem_error *read_children(struct family *family, pid_t parent, FILE *file)
{
	struct ptmem_error *error = NULL;
	int child;

	while (!error && fscanf(file, "%d", &child) == 1)
		error = add_child(family, child, parent);
	return error;
}

static struct ptmem_error *look_at_thread(struct family *family, pid_t pid, pid_t tid)
{
	char path[64];
	struct ptmem_error *error;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, tid);
	file = fopen(path, "re");
	if (!file)
		return NULL;
	error = read_children(family, pid, file);
	fclose(file);
	return error;
}

static struct ptmem_error *look_at(struct family *family, pid_t pid)
{
	struct threads threads = {0};
	struct ptmem_error *error = threads_read(pid, &threads);

	for (size_t i = 0; !error && i < threads.count; i++)
		error = look_at_thread(family, pid, threads.items[i]);
	vec_deinit(&threads);
	return error_is(error, ERROR_GONE) ? NULL : error;
}

/* Those that are added come to be looked at as well. */
struct ptmem_error *children_look(struct family *family)
{
	struct ptmem_error *error = NULL;

	for (size_t i = 0; !error && i < family->members.count; i++)
		error = look_at(family, family->members.items[i].pid);
	return error;
}
