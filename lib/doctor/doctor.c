/* Running checks, and how they answer; see doctor.h. The rows are in rows.c. */
#include "doctor.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "clock.h"
#include "json.h"
#include "setting.h"

const char *doctor_state_name(enum doctor_state state)
{
	static const char *const names[DOCTOR_STATES] = {
		[DOCTOR_OK] = "OK",           [DOCTOR_WARN] = "WARN", [DOCTOR_FAIL] = "FAIL",
		[DOCTOR_UNKNOWN] = "UNKNOWN", [DOCTOR_NA] = "N/A",
	};

	return names[state];
}

const char *doctor_scope_name(enum doctor_scope scope)
{
	return scope == DOCTOR_HOST ? "host" : "device";
}

__attribute__((format(printf, 3, 0))) static void append(char *text, size_t size, const char *fmt,
							 va_list ap)
{
	size_t len = strlen(text);

	vsnprintf(text + len, size - len, fmt, ap);
}

void doctor_found(struct doctor_finding *f, enum doctor_state state, const char *fmt, ...)
{
	va_list ap;

	f->state = state;
	f->fact[0] = '\0';
	va_start(ap, fmt);
	append(f->fact, sizeof(f->fact), fmt, ap);
	va_end(ap);
}

void doctor_more(struct doctor_finding *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	append(f->fact, sizeof(f->fact), fmt, ap);
	va_end(ap);
}

void doctor_unread(struct doctor_finding *f, const char *what, int err)
{
	doctor_found(f, DOCTOR_UNKNOWN, "cannot read %s: %s%s", what, strerror(err),
		     err == EPERM || err == EACCES ? "; run as root" : "");
}

void doctor_command(struct doctor_finding *f, const char *fmt, ...)
{
	va_list ap;

	f->command = true;
	f->remedy[0] = '\0';
	va_start(ap, fmt);
	append(f->remedy, sizeof(f->remedy), fmt, ap);
	va_end(ap);
}

void doctor_advice(struct doctor_finding *f, const char *fmt, ...)
{
	va_list ap;

	f->command = false;
	f->remedy[0] = '\0';
	va_start(ap, fmt);
	append(f->remedy, sizeof(f->remedy), fmt, ap);
	va_end(ap);
}

bool doctor_answered(const struct doctor *d, struct doctor_finding *f, int ret, const char *what)
{
	const char *driver = d->device->driver;

	if (!ret)
		return true;
	/* what a kernel or a driver says that has no such thing */
	if (ret == -EOPNOTSUPP || ret == -ENOTTY)
		doctor_found(f, DOCTOR_NA, "%s%s has no %s", *driver ? "driver " : "its driver",
			     driver, what);
	else
		doctor_unread(f, what, -ret);
	return false;
}

static bool needs_interface(const struct doctor_check *check)
{
	return check->needs == DOCTOR_NEEDS_INTERFACE || check->needs == DOCTOR_NEEDS_FREE;
}

static bool is_for(const struct doctor_check *check, const struct doctor *d)
{
	const char *at = check->drivers;
	size_t len;

	if (check->needs == DOCTOR_NEEDS_LOOK && !d->stat_before)
		return false;
	if (check->needs == DOCTOR_NEEDS_FREE && d->ours)
		return false;
	if (!at)
		return true;
	for (; *at; at += len + strspn(at + len, " ")) {
		len = strcspn(at, " ");
		if (len == strlen(d->device->driver) && !strncmp(at, d->device->driver, len))
			return true;
	}
	return false;
}

/* What is built into shells, and stands before a command that is to be copied. */
static bool is_builtin(const char *word)
{
	static const char *const words[] = {"echo", "for", "kill", "ulimit"};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i], word))
			return true;
	return false;
}

/* The remedy as it can be copied: in the device's namespace, and with what it needs. */
static json_t *remedy(const struct doctor *d, const struct doctor_check *check,
		      const struct doctor_finding *f)
{
	const char *netns = d->device ? d->device->netns : "";
	bool there = *netns && f->command && needs_interface(check);
	char program[32], text[sizeof(f->remedy) + 160];

	if (!f->remedy[0])
		return json_null();
	snprintf(program, sizeof(program), "%.*s", (int)strcspn(f->remedy, " "), f->remedy);
	snprintf(text, sizeof(text), "%s%s%s%s%s%s", there ? "ip netns exec " : "",
		 there ? netns : "", there ? " " : "", f->remedy,
		 f->command && !is_builtin(program) && !doctor_program(d, program)
			 ? "   # not installed here: "
			 : "",
		 f->command && !is_builtin(program) && !doctor_program(d, program) ? program : "");
	return json_text(text);
}

static bool is_in(const struct knob_set *set, const char *setting)
{
	size_t len = strlen(set->name), i;

	if (strncmp(setting, set->name, len) || setting[len] != '.')
		return false;
	for (i = 0; i < set->n; i++)
		if (!strcmp(knob_row(set, i)->name, setting + len + 1))
			return true;
	return false;
}

/* What is to be set in a plan instead of by the remedy, which a run then puts back. */
static json_t *setting(const struct doctor_check *check, const struct doctor_finding *f)
{
	const char *name = f->setting ? f->setting : check->setting;
	size_t n, i;
	const struct knob_set *const *sets = setting_knob_sets(&n);

	if (name && f->remedy[0])
		for (i = 0; i < n; i++)
			if (is_in(sets[i], name))
				return json_sprintf("SIDE.%s", name);
	return json_null();
}

static json_t *run_check(const struct doctor *d, const struct doctor_check *check)
{
	struct doctor_finding f = {.state = DOCTOR_UNKNOWN};
	const struct device *dev = check->scope == DOCTOR_DEVICE ? d->device : NULL;

	if (needs_interface(check) && !d->nic)
		doctor_found(
			&f, DOCTOR_NA,
			"no interface right at it: name the interface, if it has one (virtio)");
	else if (check->needs == DOCTOR_NEEDS_PCI && !strchr(dev->bus, '.'))
		doctor_found(&f, DOCTOR_NA, "no PCI device");
	else
		check->run(d, &f);
	return json_pack("{s:s, s:s, s:s, s:s?, s:s, s:o, s:s, s:o, s:o, s:s}", "check",
			 check->name, "group", check->group, "scope",
			 doctor_scope_name(check->scope), "device",
			 !dev             ? NULL
			 : dev->ifname[0] ? dev->ifname
					  : dev->bus,
			 "state", doctor_state_name(f.state), "fact", json_text(f.fact), "why",
			 check->why, "remedy", remedy(d, check, &f), "setting", setting(check, &f),
			 "source", check->source);
}

json_t *doctor_run(const struct doctor *d, enum doctor_scope scope)
{
	size_t n, i;
	const struct doctor_check *checks = doctor_check_table(&n);
	json_t *findings = json_array();

	for (i = 0; findings && i < n; i++)
		if (checks[i].scope == scope && is_for(&checks[i], d) &&
		    json_array_append_new(findings, run_check(d, &checks[i]))) {
			json_decref(findings);
			findings = NULL;
		}
	return findings;
}

json_t *doctor_host(uint64_t look_ns)
{
	struct timespec tick = {0};
	struct doctor d = {.root = "", .look_ns = look_ns};
	char *before = NULL;
	uint64_t start = clock_ns(), now;
	json_t *findings;

	if (!clock_getres(CLOCK_MONOTONIC_COARSE, &tick))
		d.tick_ns = (uint64_t)tick.tv_sec * NSEC_PER_SEC + (uint64_t)tick.tv_nsec;
	if (look_ns) {
		before = doctor_file(&d, "/proc/stat");
		d.stat_before = before ? before : "";
		while ((now = clock_ns()) < start + look_ns)
			clock_pause_ns(start + look_ns - now);
	}
	findings = doctor_run(&d, DOCTOR_HOST);
	free(before);
	return findings;
}

json_t *doctor_device(const struct device *device, bool ours)
{
	struct nic_facts facts;
	struct doctor d = {.root = "", .device = device, .ours = ours};
	json_t *findings;

	if (device->ifindex) {
		nic_facts_read(device, &facts);
		d.nic = &facts;
	}
	findings = doctor_run(&d, DOCTOR_DEVICE);
	if (device->ifindex)
		nic_facts_free(&facts);
	return findings;
}

size_t doctor_count(const json_t *findings, enum doctor_state state)
{
	const json_t *finding;
	size_t i, n = 0;

	json_array_foreach (findings, i, finding)
		n += !strcmp(json_str(finding, "state", ""), doctor_state_name(state));
	return n;
}
