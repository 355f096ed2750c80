/* Trust files: made, written, read, found; see trust.h. */
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "counter.h"
#include "file.h"
#include "json.h"
#include "trust.h"

/* What the driver calls it: "pkts rx OOB", "rx_queue_N_drops"; the first of several. NULL: nothing
 * of its own. New reference. */
static json_t *name_of(const char *counter, const char *driver)
{
	const struct counter_name *names;
	size_t n, i;

	names = counter_names(&n);
	for (i = 0; i < n; i++) {
		const char *name = names[i].name, *number = strstr(name, "%u");

		if (strcmp(names[i].driver, driver) || strcmp(names[i].id, counter + 3))
			continue;
		name += strspn(name, " ");
		return number ? json_sprintf("%.*sN%s", (int)(number - name), name, number + 2)
			      : json_string(name);
	}
	return NULL;
}

static json_t *counters_json(const struct trust_reading *readings, size_t n, const char *driver)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < n; i++) {
		const struct trust_reading *r = &readings[i];

		/* what this driver never had, and need not have */
		if (r->verdict == TRUST_QUIET ||
		    (r->verdict == TRUST_NA && !r->should && !r->by_foreign))
			continue;
		json_array_append_new(
			list, json_pack("{s:s, s:s*, s:o*, s:o, s:s, s:s*}", "counter", r->counter,
					"why", r->by_foreign ? TRUST_FOREIGN : NULL, "name",
					name_of(r->counter, driver), "moved",
					r->known ? json_integer(r->delta) : json_null(), "verdict",
					trust_verdict_name(r->verdict), "of",
					r->of < 0 ? NULL : readings[r->of].counter));
	}
	return list;
}

static const json_t *rx_of(const json_t *line)
{
	return json_object_get(json_object_get(line, "sides"), "rx");
}

json_t *trust_cause_json(const struct trust_cause *cause, const struct trust_way *way,
			 const json_t *line, const json_t *control, int64_t known,
			 const char *result, const char *why)
{
	struct trust_reading readings[TRUST_READINGS_MAX];
	const json_t *rx = rx_of(line), *settings = json_object_get(rx, "settings");
	json_t *obj =
		json_pack("{s:s, s:s, s:b, s:b, s:b}", "cause", cause->name, "what", cause->what,
			  "caused", line != NULL, "nic_full", cause->nic_full, "dpdk", cause->dpdk);
	size_t n;

	if (!line) {
		json_object_update_new(obj, json_pack("{s:s, s:s*, s:s*}", "why", why, "command",
						      cause->command, "source", cause->source));
		return obj;
	}
	n = trust_read(cause, way, line, control, readings);
	trust_judge(readings, n, known);
	json_object_update_new(
		obj,
		json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:s*, s:o}", "plan", way->set,
			  "mode", json_str(rx, "mode", ""), "places", way->places, "sent",
			  (json_int_t)json_s64(json_object_get(line, "offered"), "accepted", 0),
			  "known", (json_int_t)known, "foreign", (json_int_t)trust_foreign(line),
			  "trial", result, "pmd",
			  cause->dpdk ? json_str(json_object_get(settings, "effective"), "pmd", "")
				      : NULL,
			  "counters",
			  counters_json(readings, n,
					json_str(json_object_get(rx, "device"), "driver", ""))));
	return obj;
}

void trust_version(const char *release, char *buf, size_t size)
{
	const char *dot = strchr(release, '.');
	size_t len =
		dot ? (size_t)(dot - release) + 1 + strspn(dot + 1, "0123456789") : strlen(release);

	snprintf(buf, size, "%.*s", (int)len, release);
}

void trust_file_name(const char *driver, const char *version, char *buf, size_t size)
{
	snprintf(buf, size, "%s-%s.json", driver, version);
	for (; *buf; buf++)
		if (*buf == '/')
			*buf = '-';
}

json_t *trust_file_json(const json_t *line, json_t *causes, struct error *err)
{
	const json_t *rx = rx_of(line), *device = json_object_get(rx, "device");
	const json_t *host = json_object_get(rx, "host");
	const json_t *tx = json_object_get(json_object_get(line, "sides"), "tx");
	const char *release = json_str(host, "kernel", ""), *pmd = NULL;
	char made[32], version[64];
	json_t *cause;
	size_t i;

	if (!*json_str(device, "driver", "") || !*release) {
		json_decref(causes);
		error_set(err, EX_SOFTWARE, -ENODATA, "the port's driver or kernel is not known");
		return NULL;
	}
	json_array_foreach (causes, i, cause)
		if (*json_str(cause, "pmd", ""))
			pmd = json_str(cause, "pmd", "");
	clock_wall_iso(made, sizeof(made));
	trust_version(release, version, sizeof(version));
	return json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:s*, s:o}", "schema",
			 TRUST_SCHEMA, "made", made, "driver", json_str(device, "driver", ""),
			 "version", version, "kernel", release, "firmware",
			 json_str(device, "firmware", ""), "virtualised",
			 json_flag(host, "virtualised", false), "peer_driver",
			 json_str(json_object_get(tx, "device"), "driver", ""), "pmd", pmd,
			 "causes", causes);
}

int trust_file_write(const json_t *file, const char *path, struct error *err)
{
	char *text = json_dumps(file, JSON_INDENT(1) | JSON_PRESERVE_ORDER), *slash;
	char folder[PATH_MAX];
	int ret = 0;

	if (!text)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory for %s", path);
	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (slash && slash != folder) {
		*slash = '\0';
		ret = file_make_dirs(folder, err);
	}
	if (!ret)
		ret = file_replace(path, text, strlen(text), err);
	free(text);
	return ret;
}

json_t *trust_file_read(const char *path, struct error *err)
{
	char *text = file_read(path, NULL, err);
	json_error_t fault = {.text = "not an object"};
	json_t *file;

	if (!text)
		return NULL;
	file = json_loads(text, 0, &fault);
	free(text);
	if (json_s64(file, "schema", 0) == TRUST_SCHEMA && *json_str(file, "driver", "") &&
	    json_is_array(json_object_get(file, "causes")))
		return file;
	error_set(err, EX_DATAERR, -EINVAL, "%s is no trust file of schema %d (%s)", path,
		  TRUST_SCHEMA, file ? "other members" : fault.text);
	json_decref(file);
	return NULL;
}

/* Of the same card: a driver may drive several, and an emulated one counts otherwise. */
static bool fits(const json_t *file, const char *is)
{
	const char *was = json_str(file, "firmware", "");

	return !*was || !*is || !strcmp(was, is);
}

static bool has_caused(const json_t *file, const char *name)
{
	const json_t *cause;
	size_t i;

	json_array_foreach (json_object_get(file, "causes"), i, cause)
		if (!strcmp(json_str(cause, "cause", ""), name))
			return json_flag(cause, "caused", false);
	return false;
}

const char *trust_forgets(const json_t *was, const json_t *file)
{
	const json_t *cause;
	size_t i;

	if (!was || !fits(was, json_str(file, "firmware", "")))
		return NULL;
	json_array_foreach (json_object_get(was, "causes"), i, cause) {
		const char *name = json_str(cause, "cause", "");

		if (json_flag(cause, "caused", false) && !has_caused(file, name))
			return name;
	}
	return NULL;
}

/* A port that DPDK drives: by its driver's name, since the kernel's is not there to be asked. */
static json_t *find_pmd(const char *folder, const char *pmd, const char *version)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	json_t *found = NULL;

	while (dir && !found && (entry = readdir(dir))) {
		char path[PATH_MAX + NAME_MAX + 2];
		struct error ignored;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		found = trust_file_read(path, &ignored);
		if (strcmp(json_str(found, "pmd", ""), pmd) ||
		    strcmp(json_str(found, "version", ""), version)) {
			json_decref(found);
			found = NULL;
		}
	}
	if (dir)
		closedir(dir);
	return found;
}

json_t *trust_find(const char *folder, const json_t *side)
{
	const char *driver = json_str(json_object_get(side, "device"), "driver", "");
	const char *pmd = json_str(json_object_get(json_object_get(side, "settings"), "effective"),
				   "pmd", "");
	char version[64], name[128], path[PATH_MAX + sizeof(name) + 1];
	struct error ignored;
	json_t *file;

	if (!*driver)
		return NULL;
	trust_version(json_str(json_object_get(side, "host"), "kernel", ""), version,
		      sizeof(version));
	trust_file_name(driver, version, name, sizeof(name));
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = access(path, R_OK) == 0 ? trust_file_read(path, &ignored) : NULL;
	if (!file && *pmd)
		return find_pmd(folder, pmd, version);
	if (file && !fits(file, json_str(json_object_get(side, "device"), "firmware", ""))) {
		json_decref(file);
		return NULL;
	}
	return file;
}

json_t *trust_applied_json(const json_t *file)
{
	char name[128];

	trust_file_name(json_str(file, "driver", ""), json_str(file, "version", ""), name,
			sizeof(name));
	return json_pack("{s:s, s:s, s:s, s:s}", "driver", json_str(file, "driver", ""), "version",
			 json_str(file, "version", ""), "made", json_str(file, "made", ""), "file",
			 name);
}
