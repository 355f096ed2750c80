/* What the readers share: setting samples, ways to files; see source.h. */
#include "source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

void sample_set(struct sample *sample, uint64_t value)
{
	sample->value = sample->def->bits == 32 ? (uint32_t)value : value;
	sample->state = SAMPLE_OK;
}

void sample_add(struct sample *sample, uint64_t value)
{
	sample_set(sample, sample->state == SAMPLE_OK ? sample->value + value : value);
}

/* What stands in front of a file of a process that a tree has without one. */
static const char *const selves[] = {"/proc/thread-self/", "/proc/1/"};

int source_path(const struct source_target *target, const char *path, char *buf, size_t size)
{
	const char *proc = "";

	for (size_t i = 0; target->root[0] && i < sizeof(selves) / sizeof(selves[0]); i++)
		if (!strncmp(path, selves[i], strlen(selves[i]))) {
			path += strlen(selves[i]);
			proc = "/proc/";
		}
	return (size_t)snprintf(buf, size, "%s%s%s", target->root, proc, path) < size
		       ? 0
		       : -ENAMETOOLONG;
}

char *source_file_read(const struct source_target *target, const char *path, struct error *err)
{
	char buf[SOURCE_PATH_SIZE];
	int ret = source_path(target, path, buf, sizeof(buf));

	if (ret) {
		error_set(err, EX_NOINPUT, ret, "%s%s: the path is too long; shorten it",
			  target->root, path);
		return NULL;
	}
	return file_read(buf, NULL, err);
}

void source_statistics_free(struct source_statistics *statistics)
{
	free(statistics->names);
	free(statistics->values);
}
