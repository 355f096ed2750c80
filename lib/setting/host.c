/*
 * host.*: hugepages and the CPUs' frequency governor, of the whole machine
 * (Documentation/admin-guide/mm/hugetlbpage.rst, Documentation/admin-guide/pm/cpufreq.rst).
 */
#include <errno.h>
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "setting_row.h"

static const char *const keep[] = {SETTING_KEEP, NULL};

/* ---- hugepages; .what is the folder ---- */

static void pages_path(const struct setting *row, char path[128])
{
	snprintf(path, 128, "kernel/mm/hugepages/%s/nr_hugepages", (const char *)row->what);
}

static int pages_read(const struct setting *row, const struct setting_site *site,
		      char value[SETTING_TEXT_MAX], struct error *err)
{
	char path[128];

	pages_path(row, path);
	return setting_file_read(site, path, value, err);
}

/* Whether PAGES more fit into what memory there is, by /proc/meminfo; the rest is others'. */
static int pages_check(const struct setting *row, unsigned long long pages, struct error *err)
{
	unsigned long long kib = strtoull(strchr(row->what, '-') + 1, NULL, 10), free_kib = 0;
	char *text = file_read("/proc/meminfo", NULL, NULL);
	const char *at = text ? strstr(text, "MemAvailable:") : NULL;

	if (at)
		free_kib = strtoull(at + strlen("MemAvailable:"), NULL, 10);
	free(text);
	if (!at || pages <= free_kib / kib / 10 * 9)
		return 0;
	return error_set(
		err, EX_UNAVAILABLE, -ERANGE,
		"%llu pages more of %llu KiB, and %llu KiB are available, of which the host "
		"needs some itself: ask for fewer",
		pages, kib, free_kib);
}

/* The kernel takes any number, and gives as many as it finds room for. */
static int pages_write(const struct setting *row, const struct setting_site *site,
		       const char *value, struct error *err)
{
	char path[128], *now = malloc(SETTING_TEXT_MAX), before[32] = "";
	int ret = now ? pages_read(row, site, now, err)
		      : error_set(err, EX_OSERR, -ENOMEM, "no memory for it");

	pages_path(row, path);
	if (!ret) {
		unsigned long long has = strtoull(now, NULL, 10), asked = strtoull(value, NULL, 10);

		snprintf(before, sizeof(before), "%.30s", now);
		ret = asked > has ? pages_check(row, asked - has, err) : 0;
	}
	if (!ret) {
		ret = setting_file_write(site, path, value, err);
	}
	if (!ret)
		ret = pages_read(row, site, now, err);
	if (!ret && strtoull(now, NULL, 10) < strtoull(value, NULL, 10)) {
		char given[32];

		snprintf(given, sizeof(given), "%.30s", now);
		setting_file_write(site, path, before, NULL);
		ret = error_set(err, EX_UNAVAILABLE, -ERANGE,
				"the kernel has memory in one piece for %s of them, not for %.30s "
				"(it is %s again): ask for fewer, or have them made at boot "
				"(hugepages=)",
				given, value, before);
	}
	free(now);
	return ret;
}

#define PAGES(key, folder, text)                                                                   \
	{                                                                                          \
		.knob = {.name = (key),                                                            \
			 .type = KNOB_U64,                                                         \
			 .max = INT32_MAX,                                                         \
			 .words = keep,                                                            \
			 .def = SETTING_KEEP,                                                      \
			 .unit = "pages",                                                          \
			 .help = (text),                                                           \
			 .sweepable = true,                                                        \
			 .change = KNOB_RETUNE},                                                   \
		.flags = SETTING_MACHINE, .what = (folder), .read = pages_read,                    \
		.write = pages_write,                                                              \
	}

/* ---- the governor: one word when all CPUs have the same, else one by policy ---- */

#define CPUFREQ "devices/system/cpu/cpufreq/"

static int by_policy(const void *a, const void *b)
{
	const char *x = strstr(*(char *const *)a, "/policy"),
		   *y = strstr(*(char *const *)b, "/policy");
	unsigned long m = strtoul(x + strlen("/policy"), NULL, 10);
	unsigned long n = strtoul(y + strlen("/policy"), NULL, 10);

	return m < n ? -1 : m > n;
}

/* The files of that name, one a policy, by their numbers. */
static int policies_find(const struct setting_site *site, const char *file, glob_t *found,
			 struct error *err)
{
	char pattern[128];
	int ret;

	snprintf(pattern, sizeof(pattern), "/proc/thread-self/fd/%d/" CPUFREQ "policy[0-9]*/%s",
		 site->sysfs, file);
	ret = glob(pattern, 0, NULL, found);
	if (ret) {
		globfree(found);
		return error_set(err, EX_UNAVAILABLE, -EOPNOTSUPP,
				 "the kernel does not set the CPUs' frequency here (a virtual "
				 "machine's host does): set it to keep");
	}
	qsort(found->gl_pathv, found->gl_pathc, sizeof(found->gl_pathv[0]), by_policy);
	return 0;
}

/* That FILE of every policy, collapsed when all are the same. */
static int policies_read(const struct setting *row, const struct setting_site *site,
			 char value[SETTING_TEXT_MAX], struct error *err)
{
	char *one = malloc(SETTING_TEXT_MAX), first[64] = "";
	bool equal = true;
	size_t i, len = 0;
	glob_t found;
	int ret = one ? policies_find(site, row->what, &found, err)
		      : error_set(err, EX_OSERR, -ENOMEM, "no memory for it");

	if (ret) {
		free(one);
		return ret;
	}
	for (i = 0; !ret && i < found.gl_pathc; i++) {
		ret = setting_file_read(site, found.gl_pathv[i], one, err);
		if (ret)
			break;
		if (!i)
			snprintf(first, sizeof(first), "%.60s", one);
		equal = equal && !strcmp(one, first);
		len += (size_t)snprintf(value + len, SETTING_TEXT_MAX - len, "%s%.60s",
					i ? " " : "", one);
		if (len >= SETTING_TEXT_MAX)
			ret = error_set(err, EX_SOFTWARE, -EFBIG,
					"more CPUs than a value has room for");
	}
	if (!ret && equal)
		snprintf(value, SETTING_TEXT_MAX, "%s", first);
	globfree(&found);
	free(one);
	return ret;
}

static int governor_refused(const struct setting_site *site, const char *path, const char *word,
			    int ret, struct error *err)
{
	char folder[128], *text = malloc(SETTING_TEXT_MAX);

	snprintf(folder, sizeof(folder), "%.*s/scaling_available_governors",
		 (int)(strrchr(path, '/') - path), path);
	if (text && ret == -EINVAL && !setting_file_read(site, folder, text, NULL))
		ret = error_set(err, EX_UNAVAILABLE, ret,
				"there is no governor %s; there are: %.200s", word, text);
	free(text);
	return ret;
}

static int policies_write(const struct setting *row, const struct setting_site *site,
			  const char *value, struct error *err)
{
	const char *at = value;
	char word[64];
	glob_t found;
	size_t i;
	int ret = policies_find(site, row->what, &found, err);

	if (ret)
		return ret;
	for (i = 0; !ret && i < found.gl_pathc; i++) {
		size_t len = strcspn(at, " ");

		snprintf(word, sizeof(word), "%.*s", (int)len, at);
		ret = setting_file_write(site, found.gl_pathv[i], word, err);
		if (ret)
			ret = governor_refused(site, found.gl_pathv[i], word, ret, err);
		at = at[len] ? at + len + 1 : value;
	}
	globfree(&found);
	return ret;
}

static const char *governor_check(const char *text)
{
	return text[strspn(text, "abcdefghijklmnopqrstuvwxyz_")] || !*text
		       ? "no governor's name (performance, powersave, schedutil)"
		       : NULL;
}

/* ---- boost ---- */

#define BOOST CPUFREQ "boost"
#define NO_TURBO "devices/system/cpu/intel_pstate/no_turbo"

static int boost_read(const struct setting *row, const struct setting_site *site,
		      char value[SETTING_TEXT_MAX], struct error *err)
{
	if (!setting_file_read(site, BOOST, value, NULL))
		return 0;
	if (setting_file_read(site, NO_TURBO, value, NULL))
		return error_set(err, EX_UNAVAILABLE, -EOPNOTSUPP,
				 "the kernel has no say in it here: set it to keep");
	snprintf(value, SETTING_TEXT_MAX, "%s", strcmp(value, "0") ? "0" : "1");
	return 0;
}

static int boost_write(const struct setting *row, const struct setting_site *site,
		       const char *value, struct error *err)
{
	int ret = setting_file_write(site, BOOST, value, NULL);

	if (ret == -EOPNOTSUPP)
		ret = setting_file_write(site, NO_TURBO, strcmp(value, "0") ? "0" : "1", err);
	else if (ret)
		setting_refused(ret, BOOST, err);
	return ret;
}

static const char *const boost_choices[] = {SETTING_KEEP, "0", "1", NULL};

static const struct setting rows[] = {
	PAGES("hugepages_2m", "hugepages-2048kB", "hugepages of 2 MiB of the host"),
	PAGES("hugepages_1g", "hugepages-1048576kB", "hugepages of 1 GiB of the host"),
	{
		.knob = {.name = "governor",
			 .type = KNOB_STRING,
			 .size = 64,
			 .check = governor_check,
			 .form = "a governor (performance, powersave, schedutil ...)",
			 .def = SETTING_KEEP,
			 .unit = "",
			 .help = "what sets the frequency of all CPUs",
			 .sweepable = true,
			 .change = KNOB_RETUNE},
		.flags = SETTING_MACHINE,
		.what = "scaling_governor",
		.read = policies_read,
		.write = policies_write,
	},
	{
		.knob = {.name = "boost",
			 .type = KNOB_CHOICE,
			 .choices = boost_choices,
			 .def = SETTING_KEEP,
			 .unit = "",
			 .help = "let CPUs run faster than their nominal frequency",
			 .sweepable = true,
			 .change = KNOB_RETUNE},
		.flags = SETTING_MACHINE,
		.read = boost_read,
		.write = boost_write,
	},
};

const struct setting_group setting_host_group = SETTING_GROUP("host", rows);
