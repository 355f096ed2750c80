/* Why frames get lost between driver and stack, and before the driver on the way out. */
#include <string.h>

#include "causes.h"
#include "json.h"

#define SHOWN 3

static void explain_programs(struct explanation *e)
{
	const json_t *programs = fact(e->sight, e->subject, "xdp"), *p;
	size_t i;

	json_array_foreach ((json_t *)programs, i, p)
		explain_cause(e, "%s has XDP program %lld \"%s\" (%s)", e->subject->ifname,
			      (long long)json_s64(p, "id", 0), json_str(p, "name", ""),
			      json_str(p, "mode", ""));
}

void cause_xdp(struct explanation *e)
{
	explain_programs(e);
	explain_command(e, "ip link set dev %s xdp off", e->subject->ifname);
	explain_advice(
		e,
		"its own counters say why (bpftool map); it may be meant to drop these. A program "
		"held by a bpf_link goes with the process that holds it (bpftool link)");
}

/* The device is in the event, if one was seen. */
void cause_xdp_netns(struct explanation *e)
{
	static const char *const counters[] = {"bpf.xdp", "bpf.xdp_action"};
	char device[16] = "", amount[48];

	for (size_t c = 0; c < sizeof(counters) / sizeof(counters[0]); c++) {
		struct event events[SHOWN];
		size_t n = events_moved(e, counters[c], events, SHOWN);

		for (size_t i = 0; i < n; i++) {
			event_device(e, events[i].event, device, sizeof(device));
			explain_cause(
				e, "%s at %s: %s", json_str(events[i].event, "reason", "?"),
				*device ? device : "an unknown device",
				amount_text(amount, sizeof(amount), events[i].frames, "packets"));
			if (*device)
				explain_command(e, "ip link set dev %s xdp off", device);
		}
	}
	explain_advice(
		e,
		"its own counters say why (bpftool map); it may be meant to drop these. A program "
		"held by a bpf_link goes with the process that holds it (bpftool link)");
}

void cause_redirect(struct explanation *e)
{
	static const struct {
		const char *reason, *text;
	} reasons[] = {
		{"ENOBUFS",
		 "the RX ring of the AF_XDP socket is full: the program reads too slowly"},
		{"ENOMEM",
		 "the fill ring of the AF_XDP socket is empty: the program gives buffers back "
		 "too slowly"},
		{"ENOSPC", "the frame is larger than a chunk of the AF_XDP socket's memory"},
		{"EINVAL", "the AF_XDP socket is bound to another queue, or its map slot is empty"},
		{"ENXIO", "the target device does not take redirected frames"},
		{"ENETDOWN", "the target device is down"},
	};
	struct event events[SHOWN];
	size_t n = events_moved(e, "bpf.xdp_redirect", events, SHOWN);
	char device[16], amount[48];

	for (size_t i = 0; i < n; i++) {
		const char *reason = json_str(events[i].event, "reason", "?"), *text = "";

		for (size_t k = 0; k < sizeof(reasons) / sizeof(reasons[0]); k++)
			if (!strcmp(reasons[k].reason, reason))
				text = reasons[k].text;
		event_device(e, events[i].event, device, sizeof(device));
		explain_cause(e, "%s%s%s: %s%s%s", reason, *device ? " at " : "", device,
			      amount_text(amount, sizeof(amount), events[i].frames, "frames"),
			      *text ? "; " : "", text);
	}
	explain_advice(e, "larger rings of the AF_XDP socket, a CPU of its own, busy polling "
			  "(SO_PREFER_BUSY_POLL), as many sockets as the NIC has queues");
}

void cause_driver_rx(struct explanation *e)
{
	int64_t now, most;

	explain_programs(e);
	if (!strcmp(e->subject->driver, "veth")) {
		explain_cause(e, "a veth drops where its queue of 256 frames is full, or an XDP "
				 "redirect failed");
		explain_advice(e,
			       "its receiver's CPU is too slow: threaded NAPI on a CPU of its own "
			       "(echo 1 > /sys/class/net/%s/threaded), more queues (ethtool -L)",
			       e->subject->ifname);
	}
	if (fact_s64(e->sight, e->subject, "rings.rx", &now) &&
	    fact_s64(e->sight, e->subject, "rings.rx_max", &most) && now < most)
		explain_command(e, "ethtool -G %s rx %lld", e->subject->ifname, (long long)most);
	explain_command(e, "ethtool -S %s", e->subject->ifname);
	explain_advice(e,
		       "frames of protocols that this host does not know count here, too: "
		       "tcpdump -i %s shows what comes",
		       e->subject->ifname);
}

void cause_alloc(struct explanation *e)
{
	int64_t reserve;

	explain_log(e, "page allocation failure");
	if (sysctl_value(e, "vm.min_free_kbytes", &reserve)) {
		explain_cause(e, "vm.min_free_kbytes is %lld: what is kept for interrupts",
			      (long long)reserve);
		explain_sysctl_more(e, "vm.min_free_kbytes", reserve, 65536, 2);
	}
	explain_advice(
		e, "free memory, or a smaller MTU (large frames need several pages in one piece)");
}

void cause_driver_tx(struct explanation *e)
{
	const json_t *link = fact(e->sight, e->subject, "link");
	const char *name = e->subject->ifname;
	int64_t now, most;

	if (link && !json_flag(link, "up", true)) {
		explain_cause(e, "%s is down", name);
		explain_command(e, "ip link set %s up", name);
	} else if (link && !json_flag(link, "carrier", true)) {
		explain_cause(e, "%s has no carrier: cable, or the other end is down", name);
	}
	if (e->subject->peer)
		explain_cause(e, "the other end is %s%s%s",
			      e->sight->subjects[e->subject->peer].ifname,
			      *e->sight->subjects[e->subject->peer].netns ? " in " : "",
			      e->sight->subjects[e->subject->peer].netns);
	if (!strcmp(json_str(link, "duplex", ""), "half"))
		explain_cause(e, "the link is half duplex: collisions");
	if (fact_s64(e->sight, e->subject, "rings.tx", &now) &&
	    fact_s64(e->sight, e->subject, "rings.tx_max", &most) && now < most) {
		explain_cause(e, "the transmit ring has %lld descriptors of %lld possible",
			      (long long)now, (long long)most);
		explain_command(e, "ethtool -G %s tx %lld", name, (long long)most);
	}
	if (!strcmp(e->subject->driver, "veth"))
		explain_advice(
			e,
			"a veth refuses what its other end does not take: its queue is full, it is "
			"down, or its backlog is full; look there: ringloss diagnose --netns all");
	if (!strcmp(e->subject->driver, "tun"))
		explain_advice(e,
			       "the program behind %s reads too slowly; a longer queue helps with "
			       "bursts: ip "
			       "link set %s txqueuelen 10000",
			       name, name);
	explain_command(e, "ip -s -s link show dev %s", name);
}

void cause_tx_ring(struct explanation *e)
{
	int64_t now, most;

	if (fact_s64(e->sight, e->subject, "rings.tx", &now) &&
	    fact_s64(e->sight, e->subject, "rings.tx_max", &most)) {
		explain_cause(e, "the transmit ring has %lld descriptors of %lld possible",
			      (long long)now, (long long)most);
		if (now < most)
			explain_command(e, "ethtool -G %s tx %lld", e->subject->ifname,
					(long long)most);
	}
	explain_advice(
		e,
		"more is sent than the link carries, or the NIC is paused; that is normal for TCP");
}

/* A longer queue for a qdisc whose length is all that its drops come from. */
static void explain_limit(struct explanation *e, const json_t *q, int64_t limit)
{
	static const char *const simple[] = {"pfifo", "bfifo", "fq_codel", "fq",
					     "codel", "netem", "tbf"};
	const char *kind = json_str(q, "kind", "?"), *parent = json_str(q, "parent", "root");
	const char *handle = json_str(q, "handle", "");
	/* one that the kernel made has the handle 0: and can be replaced only */
	const bool made = !*handle || !strcmp(handle, "0:");
	const bool tbf = !strcmp(kind, "tbf"), bytes = tbf || !strcmp(kind, "bfifo");
	char rate[32] = "", burst[32] = "";
	size_t i;

	for (i = 0; i < sizeof(simple) / sizeof(simple[0]) && strcmp(simple[i], kind); i++)
		;
	if (limit < 0 || i == sizeof(simple) / sizeof(simple[0]))
		return;
	if (tbf) {
		snprintf(rate, sizeof(rate), "%lldbit",
			 8 * (long long)json_s64(q, "rate_bytes", 0));
		snprintf(burst, sizeof(burst), "%lld", (long long)json_s64(q, "burst", 0));
	}
	if (bytes)
		limit = limit < 4 << 20 ? 4 << 20 : 4 * limit;
	else
		limit = limit < 1000 ? 10000 : 10 * limit;
	explain_command(e, "tc qdisc %s dev %s %s %s %s %s %s %s %s %s %s limit %lld",
			made ? "replace" : "change", e->subject->ifname,
			strcmp(parent, "root") ? "parent" : "", parent, made ? "" : "handle",
			made ? "" : handle, kind, tbf ? "rate" : "", rate, tbf ? "burst" : "",
			burst, (long long)limit);
}

void cause_qdisc(struct explanation *e)
{
	struct moved qdiscs[SHOWN];
	size_t n = facts_moved(e, "qdiscs", "handle parent", "drops", qdiscs, SHOWN);
	const char *name = e->subject->ifname;
	int64_t length;

	for (size_t i = 0; i < n; i++) {
		const json_t *q = qdiscs[i].element;
		const char *kind = json_str(q, "kind", "?");
		int64_t limit = json_s64(q, "limit", -1);
		char text[64] = "";

		if (limit >= 0)
			snprintf(text, sizeof(text), ", its limit is %lld %s", (long long)limit,
				 !strcmp(kind, "bfifo") || !strcmp(kind, "tbf") ? "bytes"
										: "packets");
		explain_cause(e, "qdisc %s %s %lld dropped, %lld packets wait%s", kind,
			      json_str(q, "handle", ""), (long long)qdiscs[i].delta,
			      (long long)json_s64(q, "qlen", 0), text);
		explain_limit(e, q, limit);
	}
	if (fact_s64(e->sight, e->subject, "link.tx_queue_len", &length))
		explain_cause(e, "%s has a txqueuelen of %lld (of pfifo and pfifo_fast alone)",
			      name, (long long)length);
	explain_command(e, "tc -s qdisc show dev %s", name);
	explain_advice(
		e,
		"a longer queue bridges bursts; if more is sent than the link or the shaper lets "
		"through, it only delays the loss. For TCP, drops of fq_codel are how it is told "
		"to slow down");
}

void cause_qdisc_netns(struct explanation *e)
{
	struct event events[SHOWN];
	size_t n = events_moved(e, "bpf.qdisc", events, SHOWN);
	char device[16], amount[48];

	for (size_t i = 0; i < n; i++) {
		event_device(e, events[i].event, device, sizeof(device));
		explain_cause(e, "%s%s%s: %s", json_str(events[i].event, "reason", "?"),
			      *device ? " at " : "", device,
			      amount_text(amount, sizeof(amount), events[i].frames, "packets"));
		if (*device)
			explain_command(e, "tc -s qdisc show dev %s", device);
	}
}

void cause_inactive(struct explanation *e)
{
	const char *master = json_str(fact(e->sight, e->subject, "link"), "master", "");

	if (*master)
		explain_cause(e, "it belongs to %s, and is not the one in use", master);
	explain_advice(e, "normal for the passive member of a bond: broadcasts and flooded frames "
			  "reach it, too");
}

void cause_other_host(struct explanation *e)
{
	struct event events[SHOWN];
	size_t n = events_moved(e, "bpf.other_host", events, SHOWN);
	char flow[64], amount[48];

	for (size_t i = 0; i < n; i++)
		explain_cause(e, "%s: %s", event_flow(events[i].event, flow, sizeof(flow)),
			      amount_text(amount, sizeof(amount), events[i].frames, "packets"));
	explain_command(e, "ip link show dev %s", e->subject->ifname);
	explain_command(e, "tcpdump -c 10 -e -nn -i %s", e->subject->ifname);
	explain_advice(
		e,
		"tcpdump -e shows the MAC address that they are for: a stale ARP entry or a static "
		"one at the sender, a switch that floods, or promiscuous mode here, where it is "
		"nobody's loss");
}
