/* Reading for checks, below a root folder; see check.h. */
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "check.h"
#include "file.h"

static bool make_path(const struct doctor *d, char *path, size_t size, const char *fmt, va_list ap)
{
	int n = snprintf(path, size, "%s", d->root), m;

	m = n < 0 || (size_t)n >= size ? -1 : vsnprintf(path + n, size - (size_t)n, fmt, ap);
	if (m >= 0 && (size_t)(n + m) < size)
		return true;
	errno = ENAMETOOLONG;
	return false;
}

static char *read_path(const char *path)
{
	struct error err;
	char *text = file_read(path, NULL, &err);
	size_t len;

	if (!text) {
		errno = -err.code;
		return NULL;
	}
	len = strlen(text);
	while (len && (text[len - 1] == '\n' || text[len - 1] == ' '))
		text[--len] = '\0';
	return text;
}

char *doctor_file(const struct doctor *d, const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list ap;
	bool made;

	va_start(ap, fmt);
	made = make_path(d, path, sizeof(path), fmt, ap);
	va_end(ap);
	return made ? read_path(path) : NULL;
}

bool doctor_exists(const struct doctor *d, const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list ap;
	bool made;

	va_start(ap, fmt);
	made = make_path(d, path, sizeof(path), fmt, ap);
	va_end(ap);
	return made && !access(path, F_OK);
}

bool doctor_number(const struct doctor *d, long long *value, const char *fmt, ...)
{
	char path[PATH_MAX], *text, *end;
	va_list ap;
	bool made;

	va_start(ap, fmt);
	made = make_path(d, path, sizeof(path), fmt, ap);
	va_end(ap);
	text = made ? read_path(path) : NULL;
	if (!text)
		return false;
	errno = 0;
	*value = strtoll(text, &end, 10);
	if (!errno && (end == text || *end))
		errno = EINVAL;
	free(text);
	return !errno;
}

bool doctor_choice(const struct doctor *d, char *buf, size_t size, const char *fmt, ...)
{
	char path[PATH_MAX], *text, *open;
	va_list ap;
	bool made;

	va_start(ap, fmt);
	made = make_path(d, path, sizeof(path), fmt, ap);
	va_end(ap);
	text = made ? read_path(path) : NULL;
	if (!text)
		return false;
	open = strchr(text, '[');
	if (open)
		snprintf(buf, size, "%.*s", (int)strcspn(open + 1, "]"), open + 1);
	free(text);
	errno = EINVAL;
	return open;
}

static int by_number(const struct dirent **a, const struct dirent **b)
{
	return strverscmp((*a)->d_name, (*b)->d_name);
}

size_t doctor_each(const struct doctor *d, const char *folder, const char *pattern,
		   void (*each)(const char *name, void *arg), void *arg)
{
	struct dirent **names;
	char path[PATH_MAX];
	size_t found = 0;
	int i, n;

	snprintf(path, sizeof(path), "%s%s", d->root, folder);
	n = scandir(path, &names, NULL, by_number);
	for (i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.' && !fnmatch(pattern, names[i]->d_name, 0)) {
			found++;
			if (each)
				each(names[i]->d_name, arg);
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return found;
}

bool doctor_program(const struct doctor *d, const char *name)
{
	static const char *const folders[] = {"/usr/sbin", "/usr/bin",        "/sbin",
					      "/bin",      "/usr/local/sbin", "/usr/local/bin"};
	size_t i;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (doctor_exists(d, "%s/%s", folders[i], name))
			return true;
	return false;
}

bool doctor_boot_option(const struct doctor *d, const char *key, char *buf, size_t size)
{
	char *text = doctor_file(d, "/proc/cmdline"), *word, *rest = text;
	size_t len = strlen(key);
	bool found = false;

	/* the last one counts */
	while (rest && (word = strsep(&rest, " \n"))) {
		if (strncmp(word, key, len) || (word[len] && word[len] != '='))
			continue;
		snprintf(buf, size, "%s", word[len] ? word + len + 1 : "");
		found = true;
	}
	free(text);
	return found;
}

/* Whether a line of the file is "PATH/NAME.ko", perhaps compressed and with more behind it. */
static bool names_module(const char *text, const char *name)
{
	size_t len = strlen(name);
	const char *at;

	for (at = text; at && (at = strstr(at, name)); at++) {
		bool begins = at == text || at[-1] == '/' || at[-1] == '\n';

		if (begins && !strncmp(at + len, ".ko", 3))
			return true;
	}
	return false;
}

enum module_is doctor_module(const struct doctor *d, const char *name)
{
	static const char *const lists[] = {"modules.builtin", "modules.dep"};
	struct utsname uts;
	char loaded[64], *c;
	size_t i;

	snprintf(loaded, sizeof(loaded), "%s", name);
	for (c = loaded; *c; c++)
		if (*c == '-')
			*c = '_';
	if (doctor_exists(d, "/sys/module/%s", loaded))
		return MODULE_LOADED;
	for (i = 0; !uname(&uts) && i < sizeof(lists) / sizeof(lists[0]); i++) {
		char *text = doctor_file(d, "/lib/modules/%s/%s", uts.release, lists[i]);
		bool found = text && names_module(text, name);

		free(text);
		if (found)
			return i ? MODULE_THERE : MODULE_LOADED;
	}
	return MODULE_MISSING;
}

bool doctor_module_folder(const struct doctor *d)
{
	struct utsname uts;

	return !uname(&uts) && doctor_exists(d, "/lib/modules/%s", uts.release);
}
