/* The way of a packet through the kernel, and who else is on it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

void check_backlog(const struct doctor *d, struct doctor_finding *f)
{
	/* what a kernel begins with (net/core/hotdata.c); budget_usecs is two ticks */
	static const struct {
		const char *name, *setting;
		long long least;
	} rows[] = {{"netdev_max_backlog", "sysctl.netdev_max_backlog", 1000},
		    {"netdev_budget", "sysctl.netdev_budget", 300},
		    {"netdev_budget_usecs", "sysctl.netdev_budget_usecs", 2000}};
	size_t i;

	f->state = DOCTOR_OK;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		long long value;

		if (!doctor_number(d, &value, "/proc/sys/net/core/%s", rows[i].name)) {
			if (errno == ENOENT)
				doctor_found(
					f, DOCTOR_UNKNOWN,
					"no net.core.%s: only the first network namespace shows it",
					rows[i].name);
			else
				doctor_unread(f, rows[i].name, errno);
			return;
		}
		doctor_more(f, "%s%s %lld", i ? ", " : "", rows[i].name, value);
		if (value >= rows[i].least)
			continue;
		f->state = DOCTOR_WARN;
		doctor_command(f, "sysctl -w net.core.%s=%lld", rows[i].name, rows[i].least);
		f->setting = rows[i].setting;
	}
}

void check_socket_buffers(const struct doctor *d, struct doctor_finding *f)
{
	long long rmem, wmem;

	if (!doctor_number(d, &rmem, "/proc/sys/net/core/rmem_max") ||
	    !doctor_number(d, &wmem, "/proc/sys/net/core/wmem_max")) {
		if (errno == ENOENT)
			doctor_found(
				f, DOCTOR_UNKNOWN,
				"no net.core.rmem_max: only the first network namespace shows it");
		else
			doctor_unread(f, "/proc/sys/net/core/rmem_max", errno);
		return;
	}
	doctor_found(f, DOCTOR_OK, "rmem_max %lld, wmem_max %lld bytes; ringloss may go above",
		     rmem, wmem);
}

void check_conntrack(const struct doctor *d, struct doctor_finding *f)
{
	long long count, max;

	if (!doctor_exists(d, "/proc/sys/net")) {
		doctor_unread(f, "/proc/sys/net", ENOENT);
	} else if (!doctor_exists(d, "/proc/sys/net/netfilter/nf_conntrack_count")) {
		doctor_found(f, DOCTOR_OK, "not in this namespace");
	} else if (!doctor_number(d, &count, "/proc/sys/net/netfilter/nf_conntrack_count") ||
		   !doctor_number(d, &max, "/proc/sys/net/netfilter/nf_conntrack_max")) {
		doctor_unread(f, "/proc/sys/net/netfilter/nf_conntrack_count", errno);
	} else {
		doctor_found(f, count ? DOCTOR_WARN : DOCTOR_OK, "%lld of %lld entries", count,
			     max);
		if (count && doctor_program(d, "nft"))
			doctor_command(f, "nft list ruleset | grep -nE 'ct |nat|masquerade'");
		else if (count)
			doctor_advice(f, "remove the rules that use connection states or NAT");
	}
}

void check_firewall(const struct doctor *d, struct doctor_finding *f)
{
	const struct nic_facts *nic = d->nic;

	if (nic->firewall_ret) {
		doctor_unread(f, "the firewall", -nic->firewall_ret);
		return;
	}
	if (!nic->drop_rules) {
		doctor_found(f, DOCTOR_OK, "no rule that drops in its namespace");
		return;
	}
	doctor_found(f, DOCTOR_WARN, "%zu rules or policies that drop; they counted %llu packets",
		     nic->drop_rules, (unsigned long long)nic->dropped);
	if (doctor_program(d, "nft"))
		doctor_command(f, "nft -a list ruleset");
	else
		doctor_command(f, "iptables-save -c");
}

void check_qdisc(const struct doctor *d, struct doctor_finding *f)
{
	/* those that drop, delay or shape by design; the others drop when they are full (tc(8)) */
	static const char *const active[] = {"netem", "tbf",    "red", "codel", "fq_codel", "cake",
					     "pie",   "fq_pie", "sfb", "choke", "htb",      "hfsc",
					     "fq",    "gred",   "etf", "taprio"};
	const struct nic_facts *nic = d->nic;
	size_t i, k;

	if (!doctor_answered(d, f, nic->qdisc_ret, "qdiscs"))
		return;
	f->state = DOCTOR_OK;
	if (!nic->n_qdiscs)
		doctor_more(f, "%s", d->device->qdisc[0] ? d->device->qdisc : "none");
	for (i = 0; i < nic->n_qdiscs; i++) {
		doctor_more(f, "%s%s", i ? ", " : "", nic->qdiscs[i]);
		for (k = 0; k < sizeof(active) / sizeof(active[0]); k++)
			if (!strcmp(active[k], nic->qdiscs[i]))
				f->state = DOCTOR_WARN;
	}
	if (f->state == DOCTOR_OK)
		return;
	/* mq makes its children of the kind that is the default then, which is the machine's */
	if (!strcmp(nic->qdiscs[0], "mq"))
		doctor_advice(f,
			      "sysctl -w net.core.default_qdisc=pfifo_fast, then tc qdisc replace "
			      "dev %s root mq",
			      d->device->ifname);
	else
		doctor_command(f, "tc qdisc replace dev %s root pfifo_fast", d->device->ifname);
}

void check_xdp_programs(const struct doctor *d, struct doctor_finding *f)
{
	const struct nic_facts *nic = d->nic;
	size_t i;

	if (nic->xdp_ret) {
		doctor_unread(f, "XDP programs", -nic->xdp_ret);
		return;
	}
	if (!nic->n_xdp) {
		doctor_found(f, DOCTOR_OK, "none");
		return;
	}
	f->state = DOCTOR_FAIL;
	for (i = 0; i < nic->n_xdp; i++) {
		doctor_more(f, "%sprogram %u, %s", i ? "; " : "", nic->xdp_ids[i],
			    nic->xdp_modes[i]);
		if (nic->xdp_links[i])
			doctor_more(f, ", held by link %u", nic->xdp_links[i]);
	}
	if (nic->xdp_links[0])
		doctor_advice(f, "end the process that holds link %u (bpftool link show id %u)",
			      nic->xdp_links[0], nic->xdp_links[0]);
	else
		doctor_command(f, "ip link set %s %s off", d->device->ifname,
			       !strcmp(nic->xdp_modes[0], "native")    ? "xdpdrv"
			       : !strcmp(nic->xdp_modes[0], "generic") ? "xdpgeneric"
								       : "xdpoffload");
}

void check_tc_programs(const struct doctor *d, struct doctor_finding *f)
{
	const struct nic_facts *nic = d->nic;

	if (nic->tc_ret) {
		doctor_unread(f, "tc filters and tcx programs", -nic->tc_ret);
		return;
	}
	if (!nic->tc_filters && !nic->tcx_programs) {
		doctor_found(f, DOCTOR_OK, "none");
		return;
	}
	doctor_found(f, DOCTOR_WARN, "%zu tc filters, %zu tcx programs", nic->tc_filters,
		     nic->tcx_programs);
	if (nic->tc_filters)
		doctor_command(f, "tc qdisc del dev %s clsact", d->device->ifname);
	else
		doctor_advice(f, "end the process that attached them (bpftool link, bpftool net)");
}

void check_used_by(const struct doctor *d, struct doctor_finding *f)
{
	const struct port_uses *uses = &d->nic->uses;
	const char *remedy = NULL;
	size_t i;

	if (d->nic->use_ret) {
		doctor_unread(f, "who uses it", -d->nic->use_ret);
		return;
	}
	for (i = 0; i < uses->n; i++) {
		if (d->ours && uses->use[i].what == port_use_xdp)
			continue;
		doctor_more(f, "%s%s", remedy ? "; " : "", uses->use[i].what);
		remedy = remedy ? remedy : uses->use[i].remedy;
	}
	if (!remedy) {
		doctor_found(f, DOCTOR_OK, "nobody else");
		return;
	}
	f->state = DOCTOR_WARN;
	doctor_advice(f, "%s", remedy);
}
