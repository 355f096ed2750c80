/* Hosts of a result; see hosts.h. */
#include "hosts.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "log.h"

/* What a machine is known by. A boot is told apart, too, but is no other machine. */
static const char *const identity[] = {"hostname", "arch", "cpu_model"};

static bool identifies(const char *key)
{
	size_t i;

	for (i = 0; i < sizeof(identity) / sizeof(identity[0]); i++)
		if (!strcmp(key, identity[i]))
			return true;
	return false;
}

/* "kernel 6.12 (was 6.11)" behind what BUF has. */
static void add(char *buf, size_t size, const char *key, const json_t *was, const json_t *is)
{
	size_t len = strlen(buf);
	char *before = json_line(was), *now = json_line(is);

	if (!strcmp(key, "boot_id"))
		snprintf(buf + len, size - len, "%sbooted anew", len ? ", " : "");
	else
		snprintf(buf + len, size - len, "%s%s %.80s (was %.80s)", len ? ", " : "", key,
			 now ? now : "?", before ? before : "?");
	free(before);
	free(now);
}

void hosts_compare(const json_t *was, const json_t *is, bool *other, char *buf, size_t size)
{
	const char *key;
	json_t *value;

	*other = false;
	buf[0] = '\0';
	json_object_foreach ((json_t *)was, key, value) {
		const json_t *now = json_object_get(is, key);

		/* what is amiss, and may be mended meanwhile, is no property */
		if (!strcmp(key, "doctor"))
			continue;
		if (now && json_equal((json_t *)now, value))
			continue;
		*other |= identifies(key);
		add(buf, size, key, value, now);
	}
}

void hosts_note_devices(json_t *was, const json_t *trial)
{
	json_t *side;
	const char *name;

	json_object_foreach (json_object_get(trial, "sides"), name, side) {
		json_t *device = json_object_get(side, "device");

		if (*json_str(device, "bus", ""))
			json_object_set(was, name, device);
	}
}

/* Some drivers do not say (vfio-pci, for one). */
static bool known(const json_t *value)
{
	const char *text = json_string_value(value);

	return value && (!text || text[strspn(text, "0:")]);
}

void hosts_check_devices(json_t *was, const struct side *sides, size_t n)
{
	/* not the driver: the endpoint may want one or the other */
	static const char *const keys[] = {"bus", "permanent_mac", "firmware", "numa_node"};
	size_t i, k;

	for (i = 0; i < n; i++) {
		const char *name = sides[i].plan->name;
		json_t *before = json_object_get(was, name), *now;
		char text[400] = "";

		if (!before)
			continue;
		now = device_json(&sides[i].device);
		for (k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
			json_t *old = json_object_get(before, keys[k]);
			json_t *value = json_object_get(now, keys[k]);

			if (known(old) && known(value) && !json_equal(old, value))
				add(text, sizeof(text), keys[k], old, value);
		}
		if (*text)
			log_warn("%s: the device is not as it was when the run began: %s; trials "
				 "before and after may differ for that",
				 name, text);
		json_decref(now);
		json_object_del(was, name);
	}
}

/* TOLD: the host of which a warning was given before; NULL: none. */
static int compare_with(const char *path, const struct side *side, const json_t *told,
			struct error *err)
{
	json_error_t fault = {.text = "not an object"};
	json_t *was = json_load_file(path, JSON_DECODE_ANY, &fault);
	char text[400];
	bool other;

	if (!json_is_object(was)) {
		json_decref(was);
		return error_set(err, EX_DATAERR, -EINVAL,
				 "%s is no host (%s): start a new run, for it cannot be told "
				 "whether this one began here",
				 path, fault.text);
	}
	hosts_compare(was, side->host, &other, text, sizeof(text));
	json_decref(was);
	if (other)
		return error_set(
			err, EX_CONFIG, -EXDEV,
			"%s: the run began on another machine: %s; two in one result would "
			"be neither: start a new run",
			path, text);
	/* once a machine */
	if (*text && !json_equal(side->host, (json_t *)told))
		log_warn(
			"%s: the host is not quite as it was when the run began: %s; trials before "
			"and after may differ for that",
			side->plan->name, text);
	return 0;
}

static int store(const struct side *side, struct result *result, struct error *err)
{
	json_t *host = side_host_json(side);
	int ret = host ? result_host(result, side->plan->name, host, err)
		       : error_set(err, EX_OSERR, -ENOMEM, "no memory");

	json_decref(host);
	return ret;
}

int hosts_meet(struct side *sides, size_t n, struct result *result, struct error *err)
{
	char path[PATH_MAX + 128];
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < n; i++) {
		struct side *side = &sides[i];

		ret = side_start(side, err);
		if (ret)
			break;
		snprintf(path, sizeof(path), "%s/" RESULT_HOST_PREFIX "%s" RESULT_HOST_SUFFIX,
			 result_path(result), side->plan->name);
		/* a run that was killed early may not have got so far */
		if (access(path, F_OK) == 0)
			ret = compare_with(path, side, i ? sides[0].host : NULL, err);
		else
			ret = store(side, result, err);
	}
	return ret;
}

int hosts_store(struct side *sides, size_t n, struct result *result, struct error *err)
{
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < n; i++)
		if (sides[i].host)
			ret = store(&sides[i], result, err);
	return ret;
}
