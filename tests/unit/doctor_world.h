/*
 * Hosts and NICs for the tests of lib/doctor: a host is a few files in a folder of their own, a NIC
 * the answers that ethtool and netlink would give. A row says what a check must find there.
 */
#ifndef RINGLOSS_TESTS_DOCTOR_WORLD_H
#define RINGLOSS_TESTS_DOCTOR_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "json.h"

#define CPU "/sys/devices/system/cpu"
#define PCI "/sys/bus/pci/devices/0000:3b:00.0"
#define NODE "/sys/devices/system/node"
#define HUGE "/sys/kernel/mm/hugepages/hugepages-2048kB"
#define STATUS(caps, cpus)                                                                         \
	{                                                                                          \
		"/proc/thread-self/status",                                                        \
			"Name:\tx\nCapEff:\t" caps "\nCpus_allowed_list:\t" cpus "\n"              \
	}
#define ROOT_CAPS "000001ffffffffff"

/* A file of a host; a text that begins with "->" is where a link points to. */
struct file {
	const char *path, *text;
};

struct row {
	const char *check;
	enum doctor_state state;
	const char *fact, *remedy; /* parts of them; NULL: any, and no remedy */
	/* NULL: a check of the host; else what is another than at a NIC that is well */
	void (*nic)(struct nic_facts *nic, struct device *device);
	struct file files[14];
};

static inline void make_file(const char *root, const struct file *file)
{
	char path[PATH_MAX], *slash;
	FILE *f;

	snprintf(path, sizeof(path), "%s%s", root, file->path);
	for (slash = path + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		assert_true(!mkdir(path, 0700) || errno == EEXIST);
		*slash = '/';
	}
	if (!strncmp(file->text, "->", 2)) {
		assert_int_equal(symlink(file->text + 2, path), 0);
		return;
	}
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(file->text, f);
	assert_int_equal(fclose(f), 0);
}

static inline void make_device(struct device *device, struct nic_facts *nic)
{
	static uint32_t table[10];
	size_t i;

	*device = (struct device){.ifname = "eth9",
				  .ifindex = 9,
				  .bus = "0000:3b:00.0",
				  .driver = "igb",
				  .firmware = "3.25",
				  .mtu = 1500,
				  .rx_queues = 4,
				  .up = true,
				  .carrier = true,
				  .speed_mbps = 10000,
				  .real_speed = true};
	*nic = (struct nic_facts){
		.duplex = DUPLEX_FULL,
		.ring = {.rx_pending = 4096, .rx_max_pending = 4096, .tx_max_pending = 4096},
		.channels = {.combined_count = 4, .max_combined = 8},
		.rss = table,
		.rss_size = 10,
		.coalesce = {.rx_coalesce_usecs = 50},
		.xdp_features = 7,
		.qdiscs = {"mq"},
		.n_qdiscs = 1,
	};
	for (i = 0; i < 10; i++)
		table[i] = (uint32_t)i % 4;
}

/* The finding of CHECK, borrowed. */
static inline const json_t *find(const json_t *findings, const char *check)
{
	const json_t *finding;
	size_t i;

	json_array_foreach (findings, i, finding)
		if (!strcmp(json_str(finding, "check", ""), check))
			return finding;
	return NULL;
}

static inline void check_row(const struct row *row)
{
	char root[] = "/tmp/test_doctor.XXXXXX", command[64];
	struct device device;
	struct nic_facts nic;
	struct doctor d = {
		.root = mkdtemp(root),
		.tick_ns = 4000000,
		.stat_before = "cpu 0 0 0 0 0 0 0 0 0 0\n",
		.look_ns = 200000000,
	};
	const char *state, *fact, *remedy;
	const json_t *finding;
	json_t *findings;
	size_t i;

	assert_non_null(d.root);
	for (i = 0; row->files[i].path; i++)
		make_file(root, &row->files[i]);
	if (row->nic) {
		make_device(&device, &nic);
		row->nic(&nic, &device);
		d.device = &device;
		d.nic = &nic;
	}
	findings = doctor_run(&d, row->nic ? DOCTOR_DEVICE : DOCTOR_HOST);
	finding = find(findings, row->check);
	state = json_str(finding, "state", "(none)");
	fact = json_str(finding, "fact", "");
	remedy = json_str(finding, "remedy", NULL);
	if (strcmp(state, doctor_state_name(row->state)) ||
	    (row->fact && !strstr(fact, row->fact)) || !remedy != !row->remedy ||
	    (remedy && !strstr(remedy, row->remedy)))
		fail_msg("%s (wanted \"%s\"): %s, \"%s\", remedy %s", row->check,
			 row->fact ? row->fact : "", state, fact, remedy ? remedy : "none");
	/* one name in what is removed, made by mkdtemp above */
	snprintf(command, sizeof(command), "rm -rf %s", root);
	assert_int_equal(system(command), 0);
	json_decref(findings);
}

/* Every check of SCOPE has a row that is well, if it can be, and one that is not. */
static inline void check_covered(enum doctor_scope scope, const struct row *rows, size_t n_rows)
{
	/* that warns of a danger that is always there, and those that only tell a fact */
	static const char *const never_well = "bifurcated", *const facts[] = {"driver", "tick"};
	size_t n, i, k;
	const struct doctor_check *checks = doctor_check_table(&n);

	for (i = 0; i < n; i++) {
		bool well = !strcmp(checks[i].name, never_well);
		bool ill = !strcmp(checks[i].name, facts[0]) || !strcmp(checks[i].name, facts[1]);

		if (checks[i].scope != scope)
			continue;
		for (k = 0; k < n_rows; k++)
			if (!strcmp(rows[k].check, checks[i].name)) {
				well |= rows[k].state == DOCTOR_OK;
				ill |= rows[k].state != DOCTOR_OK;
			}
		if (!well || !ill)
			fail_msg("%s: well %d, ill %d", checks[i].name, well, ill);
	}
}

/*
 * A host without files, and a NIC of which nobody may ask: nothing of it is well but the checks
 * named in EXCEPT.
 */
static inline void check_unreadable(enum doctor_scope scope, const char *except)
{
	struct device device;
	struct nic_facts nic;
	struct doctor d = {.root = "/nowhere", .stat_before = "", .device = &device, .nic = &nic};
	json_t *findings, *finding;
	size_t i;

	make_device(&device, &nic);
	nic.link_ret = nic.ring_ret = nic.push_ret = nic.channels_ret = nic.rss_ret = -EPERM;
	nic.pause_ret = nic.coalesce_ret = nic.eee_ret = nic.flags_ret = -EPERM;
	nic.xdp_features_ret = nic.xdp_ret = nic.tc_ret = nic.qdisc_ret = -EPERM;
	nic.use_ret = nic.firewall_ret = -EPERM;
	for (i = 0; i < NIC_FEATURES; i++)
		nic.feature[i] = -EPERM;
	findings = doctor_run(&d, scope);
	assert_true(json_array_size(findings) > 15);
	json_array_foreach (findings, i, finding) {
		const char *check = json_str(finding, "check", "");

		if (!strstr(except, check) && !strcmp(json_str(finding, "state", ""), "OK"))
			fail_msg("%s is OK: %s", check, json_str(finding, "fact", ""));
	}
	json_decref(findings);
}

#endif
