/*
 * Whether a host and a NIC are fit to measure: checks as rows, each with a fact, why it matters and
 * what to do. Nothing is changed, and no packet sent: files of /proc and /sys are read, and the
 * kernel is asked by netlink and ethtool.
 */
#ifndef RINGLOSS_DOCTOR_DOCTOR_H
#define RINGLOSS_DOCTOR_DOCTOR_H

#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "device.h"

enum doctor_state {
	DOCTOR_OK,
	DOCTOR_WARN,    /* costs speed, or disturbs */
	DOCTOR_FAIL,    /* makes a measurement wrong or impossible */
	DOCTOR_UNKNOWN, /* could not be read; the fact says why */
	DOCTOR_NA,      /* there is no such thing here */
	DOCTOR_STATES,
};

enum doctor_scope { DOCTOR_HOST, DOCTOR_DEVICE };

/* What a check needs to be asked at all; without it the answer is DOCTOR_NA. */
enum doctor_needs {
	DOCTOR_NEEDS_NOTHING,
	DOCTOR_NEEDS_INTERFACE, /* of the kernel's */
	DOCTOR_NEEDS_FREE,      /* one that no endpoint of ours has; else it is left out */
	DOCTOR_NEEDS_PCI,       /* a PCI device */
	DOCTOR_NEEDS_LOOK,      /* that time is spent looking; else it is left out */
};

struct doctor;
struct doctor_finding;

/* A check. Those of one driver only are left out for others. */
struct doctor_check {
	const char *name, *group;
	enum doctor_scope scope;
	enum doctor_needs needs;
	const char *drivers; /* names with blanks between; NULL: any */
	void (*run)(const struct doctor *d, struct doctor_finding *f);
	const char *why;     /* it matters */
	const char *source;  /* kernel file or document that says so */
	const char *setting; /* of a side in a plan, which sets it for a run; NULL: none */
};

/* All rows, *n of them. */
const struct doctor_check *doctor_check_table(size_t *n);

/* "OK", "WARN", "FAIL", "UNKNOWN", "N/A"; "host", "device". */
const char *doctor_state_name(enum doctor_state state);
const char *doctor_scope_name(enum doctor_scope scope);

/*
 * The findings on this host, an array of {check, group, scope, device, state, fact, why, remedy,
 * setting, source}; device, remedy and setting may be null. LOOK_NS: how long to look at what the
 * CPUs do; 0: not at all. What only the first network namespace shows is DOCTOR_UNKNOWN in another.
 * New reference; NULL: no memory.
 */
json_t *doctor_host(uint64_t look_ns);

/*
 * The same on a device of this thread's namespace, of which /sys must be, too (netns_enter). OURS:
 * an endpoint of ours has it.
 */
json_t *doctor_device(const struct device *device, bool ours);

/* How many of FINDINGS are in that state. */
size_t doctor_count(const json_t *findings, enum doctor_state state);

/* FINDINGS for people, a line each, remedies below what is not well, and a last line of counts. */
void doctor_print(const json_t *findings, FILE *out);

#endif
