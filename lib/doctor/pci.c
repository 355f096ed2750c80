/* Where a card sits: its link to the machine, and its node. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

/*
 * What one 64-byte frame costs on the way to memory: 60 bytes of data (the FCS stays in the NIC),
 * 16 of its descriptor, and 24 around each write, of which four descriptors share one (PCIe base
 * specification: framing 4, header 16, LCRC 4; model of Neugebauer et al., SIGCOMM 2018).
 */
#define FRAME_PCIE_BYTES (60 + 24 + 16 + 24 / 4)
#define FRAME_WIRE_BITS (84 * 8) /* 64 bytes, preamble 8, gap 12 (IEEE 802.3) */

/* "8.0 GT/s PCIe" and lanes as bits a second; 0: unknown. Encodings: PCIe base specification. */
static double link_bits(double gt, long long lanes)
{
	double code = gt <= 5 ? 8.0 / 10 : gt <= 32 ? 128.0 / 130 : 242.0 / 256;

	return gt > 0 && lanes > 0 ? gt * 1e9 * code * (double)lanes : 0;
}

/* ABOVE: "/.." for each bridge to go up, of which /sys/bus/pci/devices/BUS is a link into the tree.
 */
static bool read_link(const struct doctor *d, const char *above, const char *which, double *gt,
		      long long *lanes)
{
	const char *bus = d->device->bus;
	char *text = doctor_file(d, "/sys/bus/pci/devices/%s%s/%s_link_speed", bus, above, which);
	bool good = text && sscanf(text, "%lf GT/s", gt) == 1;

	errno = text ? EINVAL : errno;
	free(text);
	return good && doctor_number(d, lanes, "/sys/bus/pci/devices/%s%s/%s_link_width", bus,
				     above, which);
}

/* The least of what the bridges above let through, in bits a second; *LEVEL of them up. */
static double least_above(const struct doctor *d, double bits, int *level)
{
	char above[64] = "";
	long long lanes;
	double gt;
	int i;

	for (i = 1; i < 16; i++) {
		strcat(above, "/..");
		if (!read_link(d, above, "current", &gt, &lanes))
			break;
		if (lanes > 0 && link_bits(gt, lanes) < bits) {
			bits = link_bits(gt, lanes);
			*level = i;
		}
	}
	return bits;
}

void check_pcie(const struct doctor *d, struct doctor_finding *f)
{
	const char *bus = d->device->bus;
	double gt, gt_max, bits, frames, line;
	long long lanes, lanes_max;
	int level = 0;

	if (!doctor_exists(d, "/sys/bus/pci/devices/%s/current_link_speed", bus)) {
		doctor_found(f, DOCTOR_NA, "%s is on no PCIe link of its own", bus);
		return;
	}
	if (!read_link(d, "", "current", &gt, &lanes) ||
	    !read_link(d, "", "max", &gt_max, &lanes_max)) {
		doctor_unread(f, "current_link_speed, max_link_speed or their width", errno);
		return;
	}
	if (!lanes) {
		doctor_found(f, DOCTOR_UNKNOWN, "the device says a width of 0");
		return;
	}
	doctor_found(f, DOCTOR_OK, "%.1f GT/s x%lld of %.1f GT/s x%lld", gt, lanes, gt_max,
		     lanes_max);
	if (gt < gt_max || lanes < lanes_max) {
		f->state = DOCTOR_WARN;
		doctor_advice(f,
			      "a slot with more lanes or a newer generation; firmware and risers "
			      "may limit it, and power saving while idle (pcie_aspm=off)");
	}
	bits = least_above(d, link_bits(gt, lanes), &level);
	if (level) {
		f->state = DOCTOR_WARN;
		doctor_more(f, ", but %.1f Gb/s %d bridge%s above", bits / 1e9, level,
			    level > 1 ? "s" : "");
		doctor_advice(f, "a slot that is not behind a narrower bridge");
	}
	if (!d->device->real_speed)
		return;
	frames = bits / 8 / FRAME_PCIE_BYTES;
	line = (double)d->device->speed_mbps * 1e6 / FRAME_WIRE_BITS;
	doctor_more(f, "; room for %.2f Mpps of 64 bytes (estimate), line rate is %.2f",
		    frames / 1e6, line / 1e6);
	if (frames >= line)
		return;
	f->state = DOCTOR_WARN;
	if (!f->remedy[0])
		doctor_advice(f,
			      "larger frames, or lower rates: at line rate the bus loses, not the "
			      "ring");
}

void check_numa_node(const struct doctor *d, struct doctor_finding *f)
{
	size_t nodes = doctor_each(d, "/sys/devices/system/node", "node[0-9]*", NULL, NULL);
	cpu_set_t local, allowed;
	char list[96];
	long long node;

	if (!doctor_number(d, &node, "/sys/bus/pci/devices/%s/numa_node", d->device->bus)) {
		if (errno == ENOENT)
			doctor_found(f, DOCTOR_NA, "this kernel knows no nodes");
		else
			doctor_unread(f, "numa_node", errno);
		return;
	}
	if (nodes < 2) {
		doctor_found(f, DOCTOR_OK, "one node");
		return;
	}
	if (node < 0) {
		doctor_found(f, DOCTOR_WARN,
			     "the firmware does not say on which of %zu nodes it is", nodes);
		doctor_advice(f, "measure with CPUs of each node");
		return;
	}
	if (!doctor_cpus(d, &local, "/sys/devices/system/node/node%lld/cpulist", node) ||
	    !doctor_cpus_allowed(d, &allowed)) {
		doctor_unread(f, "cpulist of its node, or /proc/self/status", errno);
		return;
	}
	doctor_found(f, DOCTOR_OK, "node %lld of %zu, CPUs %s", node, nodes,
		     cpus_text(&local, list, sizeof(list)));
	allowed = cpus_both(&allowed, &local);
	if (cpus_count(&allowed))
		return;
	f->state = DOCTOR_WARN;
	doctor_more(f, ", none of which this process may use");
	doctor_advice(f, "taskset or the cgroup's cpuset with CPUs of that node");
}
