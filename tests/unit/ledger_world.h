/*
 * A world that loses frames, for test_ledger.c: a table says which counters of the
 * kernel each loss moves, independent of the ledger's own tables, and a trial is a
 * set of such losses on one of several paths.
 */
#ifndef RINGLOSS_TESTS_LEDGER_WORLD_H
#define RINGLOSS_TESTS_LEDGER_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "ledger.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define COUNTERS_MAX 64

/* Where a loss lies: after the edge of the same place in edge_ids. */
enum position { GEN, WIRE, DEV, PROG, SINK };
static const char *const edge_ids[] = {"accepted", "wire",     "device-rx",
				       "program",  "received", "unique"};

enum path_kind {
	UDP_PLAIN,     /* veth without NAPI or qdisc */
	UDP_NAPI,      /* veth with NAPI, no qdisc */
	UDP_QDISC,     /* veth with NAPI behind a qdisc */
	UDP_NIC,       /* a NIC behind a qdisc */
	UDP_IPV6,      /* IPv6, veth with NAPI, no qdisc */
	XDP_NATIVE,    /* AF_XDP to AF_XDP over veth */
	XDP_TO_UDP,    /* AF_XDP to a socket over veth with NAPI */
	UDP_TO_XDP,    /* a socket to generic AF_XDP over veth without NAPI */
	XDP_NIC,       /* AF_XDP in native mode over a NIC: no device edge */
	PACKET_VETH,   /* AF_PACKET to AF_PACKET over veth without qdisc */
	PACKET_NIC,    /* the same over a NIC behind a qdisc */
	LIVE_NATIVE,   /* live XDP frames to the XDP checker over veth */
	UDP_TO_CHECK,  /* a socket to the XDP checker in generic mode over veth without NAPI */
	LIVE_NIC,      /* live XDP frames to the XDP checker over a NIC: no device edge */
	NULL_LOOP,     /* both ends in one worker */
	NULL_DISCARDS, /* a generator alone */
	N_PATHS
};

#define BIT(path) (1u << (path))
#define ANY_UDP4_RX                                                                                \
	(BIT(UDP_PLAIN) | BIT(UDP_NAPI) | BIT(UDP_QDISC) | BIT(UDP_NIC) | BIT(XDP_TO_UDP))
#define ANY_UDP_RX (ANY_UDP4_RX | BIT(UDP_IPV6))
/* where no qdisc of ours stands between socket and driver */
#define UDP_SENDS (BIT(UDP_PLAIN) | BIT(UDP_NAPI) | BIT(UDP_TO_XDP) | BIT(UDP_IPV6))
#define ANY_XDP_RX (BIT(XDP_NATIVE) | BIT(UDP_TO_XDP) | BIT(XDP_NIC))
#define ANY_CHECK_RX (BIT(LIVE_NATIVE) | BIT(UDP_TO_CHECK) | BIT(LIVE_NIC))
#define ANY_XDP_TX (BIT(XDP_NATIVE) | BIT(XDP_TO_UDP) | BIT(XDP_NIC))
#define ANY_PACKET (BIT(PACKET_VETH) | BIT(PACKET_NIC))
#define ANY_DEVICE (BIT(NULL_LOOP) - 1)

static const struct {
	struct ledger_path path;
	unsigned int edges; /* BIT of each of edge_ids that the path has */
	bool napi;          /* veth's xdp_packets count what it receives */
	const char *lacks;  /* counters that are UNSUPPORTED, by their beginnings; "tx:" or "rx:" */
} paths[N_PATHS] = {
	/* clang-format off */
	[UDP_PLAIN] = {{"udp", "", "veth", "udp", "", "veth"}, 0x3f, false,
		"tx:qdisc. rx:qdisc. rx:xdp. rx:xsk. tx:xsk. tx:null."},
	[UDP_NAPI] = {{"udp", "", "veth", "udp", "", "veth"}, 0x3f, true,
		"tx:qdisc. rx:qdisc. rx:xdp. rx:xsk. tx:xsk. tx:null."},
	[UDP_QDISC] = {{"udp", "", "veth", "udp", "", "veth"}, 0x3f, true,
		"rx:qdisc. rx:xdp. rx:xsk. tx:xsk. tx:null."},
	[UDP_NIC] = {{"udp", "", "ice", "udp", "", "ice"}, 0x3f, false,
		"tx:eth. rx:eth. rx:xdp. rx:xsk. tx:xsk. tx:null."},
	[UDP_IPV6] = {{"udp", "", "veth", "udp", "", "veth", "ipv6"}, 0x3f, true,
		"tx:qdisc. rx:qdisc. rx:xdp. rx:xsk. tx:xsk. tx:null."},
	[XDP_NATIVE] = {{"af_xdp", "copy", "veth", "af_xdp", "native", "veth"}, 0x3f, true,
		"tx:qdisc. rx:udp. tx:null."},
	[XDP_TO_UDP] = {{"af_xdp", "copy", "veth", "udp", "", "veth"}, 0x3f, true,
		"tx:qdisc. rx:xdp. rx:xsk. tx:null."},
	[UDP_TO_XDP] = {{"udp", "", "veth", "af_xdp", "generic", "veth"}, 0x3f, false,
		"rx:udp. tx:xsk. tx:qdisc. tx:null."},
	[XDP_NIC] = {{"af_xdp", "zero-copy", "ice", "af_xdp", "native", "ice"}, 0x3b, false,
		"tx:eth. rx:eth. rx:udp. tx:null."},
	[PACKET_VETH] = {{"packet", "", "veth", "packet", "v2", "veth"}, 0x3f, false,
		"tx:qdisc. rx:qdisc. rx:xdp. rx:xsk. tx:xsk. tx:null. rx:udp. tx:udp."},
	[PACKET_NIC] = {{"packet", "bypass", "ice", "packet", "v3", "ice"}, 0x3f, false,
		"tx:eth. rx:eth. rx:xdp. rx:xsk. tx:xsk. tx:null. rx:udp. tx:udp."},
	[LIVE_NATIVE] = {{"xdp", "live frames", "veth", "xdp", "native", "veth"}, 0x3f, true,
		"tx:qdisc. rx:udp. tx:null. tx:xsk. rx:xsk."},
	[UDP_TO_CHECK] = {{"udp", "", "veth", "xdp", "generic", "veth"}, 0x3f, false,
		"rx:udp. tx:xsk. rx:xsk. tx:qdisc. tx:null."},
	[LIVE_NIC] = {{"xdp", "live frames", "ice", "xdp", "native", "ice"}, 0x3b, false,
		"tx:eth. rx:eth. rx:udp. tx:null. tx:xsk. rx:xsk."},
	[NULL_LOOP] = {{"null", "", "", "null", "", ""}, 0x33, false,
		"tx:dev. rx:dev. tx:eth. rx:eth. tx:qdisc. rx:xdp. rx:xsk. rx:udp. tx:xsk."},
	[NULL_DISCARDS] = {{"null", "", "", "null", "", ""}, 0x33, false,
		"tx:dev. rx:dev. tx:eth. rx:eth. tx:qdisc. rx:xdp. rx:xsk. rx:udp."},
	/* clang-format on */
};

/* What the kernel does when it loses a frame. Counters: "tx:a rx:b", each moved by one. */
static const struct fault {
	const char *place;
	enum position at;
	unsigned int paths;
	const char *each;  /* by a frame of anyone */
	const char *ours;  /* by one of ours alone */
	unsigned int kind; /* of two faults with one bit in common a trial has one */
	bool exact;        /* told apart whatever foreign frames do; with SEEN, by that alone */
	const char *seen;  /* what the observer, if there is one, counts of ours; NULL: nothing */
} faults[] = {
	/* clang-format off */
	{"qdisc", GEN, BIT(UDP_QDISC) | BIT(UDP_NIC),
	 "tx:qdisc.drops tx:snmp.Ip.OutDiscards", "tx:worker.refused tx:udp.refused_sends", 0, false, "tx:bpf.qdisc"},
	{"driver TX", GEN,
	 BIT(UDP_PLAIN) | BIT(UDP_NAPI) | BIT(UDP_TO_XDP) | BIT(UDP_IPV6) | BIT(UDP_TO_CHECK),
	 "tx:dev.tx_dropped", "tx:worker.refused tx:udp.refused_sends", 1, false},
	{"driver TX", GEN, BIT(XDP_NATIVE) | BIT(XDP_TO_UDP),
	 "tx:dev.tx_dropped", "tx:worker.refused tx:udp.refused_sends", 0, true},
	/* the receiving veth counts what its ring refused (peer_tq_xdp_xmit_err) */
	{"driver TX", GEN, BIT(LIVE_NATIVE),
	 "", "tx:dev.tx_dropped rx:dev.rx_dropped tx:worker.refused", 2, true},
	{"driver TX", GEN, BIT(LIVE_NIC), "", "tx:dev.tx_dropped tx:worker.refused", 0, true},
	{"TX invalid descriptor", GEN, ANY_XDP_TX, "", "tx:xsk.tx_invalid_descs", 0, true},
	{"TX ring not drained", GEN, ANY_XDP_TX, "", "tx:xsk.tx_left", 0, true},
	{"firewall output", GEN, BIT(UDP_PLAIN) | BIT(UDP_NAPI) | BIT(UDP_NIC) | BIT(UDP_TO_XDP) |
	 BIT(UDP_TO_CHECK), "", "tx:udp.tx_eperm", 0, false, "tx:bpf.firewall_output"},
	{"backlog", GEN, BIT(UDP_PLAIN) | BIT(UDP_TO_XDP) | BIT(UDP_TO_CHECK),
	 "tx:dev.tx_dropped rx:dev.rx_dropped rx:softnet.dropped",
	 "tx:worker.refused tx:udp.refused_sends", 0, false, "rx:bpf.backlog"},
	{"AF_PACKET TX ring not drained", GEN, ANY_PACKET, "", "tx:packet.tx_left", 0, true},
	{"qdisc", WIRE, BIT(UDP_QDISC) | BIT(UDP_NIC) | BIT(PACKET_NIC), "tx:qdisc.drops", "", 0, false, "tx:bpf.qdisc"},
	{"driver TX", WIRE,
	 BIT(UDP_QDISC) | BIT(UDP_NIC) | BIT(XDP_NIC) | ANY_PACKET | BIT(LIVE_NIC),
	 "tx:dev.tx_dropped", "", 0, false},
	{"damaged on the wire", WIRE, ANY_DEVICE,
	 "rx:dev.rx_crc_errors rx:dev.rx_errors", "", 0, false},
	{"damaged on the wire", WIRE, ANY_DEVICE,
	 "rx:dev.rx_frame_errors rx:dev.rx_errors", "", 0, false},
	{"frame length", WIRE, ANY_DEVICE,
	 "rx:dev.rx_length_errors rx:dev.rx_errors", "", 0, false},
	{"NIC FIFO", WIRE, ANY_DEVICE, "rx:dev.rx_fifo_errors", "", 0, false},
	/* As igb counts: missed frames are in the FIFO errors too. */
	{"RX descriptor ring", WIRE, ANY_DEVICE,
	 "rx:dev.rx_missed_errors rx:dev.rx_fifo_errors", "", 0, false},
	{"driver RX drop", WIRE, ANY_DEVICE & ~BIT(XDP_NATIVE) & ~BIT(LIVE_NATIVE),
	 "rx:dev.rx_dropped", "", 2, false},
	{"backlog", DEV, BIT(UDP_QDISC) | BIT(UDP_NIC) | BIT(XDP_TO_UDP) | BIT(PACKET_NIC),
	 "rx:dev.rx_dropped rx:softnet.dropped", "", 0, false, "rx:bpf.backlog"},
	{"backlog", DEV, BIT(UDP_NAPI) | BIT(UDP_IPV6),
	 "rx:dev.rx_dropped rx:softnet.dropped", "", 1, false, "rx:bpf.backlog"},
	{"driver RX drop", DEV, ANY_UDP_RX | BIT(XDP_NATIVE) | ANY_PACKET | BIT(LIVE_NATIVE),
	 "rx:dev.rx_dropped rx:eth.rx_drops", "", 2, false},
	{"other host", DEV, ANY_UDP_RX, "rx:dev.rx_otherhost_dropped", "", 0, false, "rx:bpf.other_host"},
	{"inactive device", DEV, ANY_UDP_RX, "rx:dev.rx_nohandler", "", 0, false},
	{"IP header", DEV, ANY_UDP4_RX,
	 "rx:snmp.Ip.InHdrErrors rx:netstat.IpExt.InCsumErrors", "", 0, false, "rx:bpf.ip_header"},
	{"IP header", DEV, BIT(UDP_IPV6),
	 "rx:snmp6.Ip6InHdrErrors", "", 0, false, "rx:bpf.ip_header"},
	{"IP truncated", DEV, ANY_UDP4_RX, "rx:netstat.IpExt.InTruncatedPkts", "", 0, false, "rx:bpf.ip_truncated"},
	{"IP truncated", DEV, BIT(UDP_IPV6), "rx:snmp6.Ip6InTruncatedPkts", "", 0, false, "rx:bpf.ip_truncated"},
	{"IP memory", DEV, ANY_UDP4_RX, "rx:snmp.Ip.InDiscards", "", 0, false},
	{"IP memory", DEV, BIT(UDP_IPV6), "rx:snmp6.Ip6InDiscards", "", 0, false},
	{"IP address", DEV, ANY_UDP4_RX, "rx:snmp.Ip.InAddrErrors", "", 0, false, "rx:bpf.ip_address"},
	{"IP address", DEV, BIT(UDP_IPV6), "rx:snmp6.Ip6InNoRoutes", "", 0, false, "rx:bpf.ip_address"},
	{"reverse path filter", DEV, ANY_UDP4_RX,
	 "rx:netstat.TcpExt.IPReversePathFilter", "", 0, false, "rx:bpf.rp_filter"},
	{"reassembly", DEV, ANY_UDP4_RX,
	 "rx:snmp.Ip.ReasmFails rx:snmp.Ip.ReasmTimeout", "", 0, false, "rx:bpf.reassembly"},
	{"reassembly", DEV, BIT(UDP_IPV6),
	 "rx:snmp6.Ip6ReasmFails rx:snmp6.Ip6ReasmTimeout", "", 0, false, "rx:bpf.reassembly"},
	{"UDP checksum", DEV, ANY_UDP4_RX,
	 "rx:snmp.Udp.InCsumErrors rx:snmp.Udp.InErrors", "", 4, false, "rx:bpf.udp_checksum_early"},
	{"UDP checksum", DEV, BIT(UDP_IPV6),
	 "rx:snmp6.Udp6InCsumErrors rx:snmp6.Udp6InErrors", "", 4, false, "rx:bpf.udp_checksum_early"},
	{"no listener", DEV, ANY_UDP4_RX, "rx:snmp.Udp.NoPorts", "", 8, false, "rx:bpf.no_listener"},
	{"no listener", DEV, BIT(UDP_IPV6), "rx:snmp6.Udp6NoPorts", "", 8, false, "rx:bpf.no_listener"},
	{"UDP receive buffer", PROG, ANY_UDP4_RX,
	 "rx:snmp.Udp.RcvbufErrors rx:snmp.Udp.InErrors rx:udp.socket_drops", "", 0, false, "rx:bpf.receive_buffer"},
	{"UDP receive buffer", PROG, BIT(UDP_IPV6),
	 "rx:snmp6.Udp6RcvbufErrors rx:snmp6.Udp6InErrors rx:udp.socket_drops", "", 0, false, "rx:bpf.receive_buffer"},
	{"UDP memory", PROG, ANY_UDP4_RX,
	 "rx:snmp.Udp.MemErrors rx:snmp.Udp.InErrors rx:udp.socket_drops", "", 0, false, "rx:bpf.udp_memory"},
	{"UDP memory", PROG, BIT(UDP_IPV6),
	 "rx:snmp6.Udp6MemErrors rx:snmp6.Udp6InErrors rx:udp.socket_drops", "", 0, false, "rx:bpf.udp_memory"},
	{"UDP checksum", PROG, ANY_UDP4_RX,
	 "rx:snmp.Udp.InCsumErrors rx:snmp.Udp.InErrors rx:udp.socket_drops", "", 4, false, "rx:bpf.udp_checksum"},
	{"UDP checksum", PROG, BIT(UDP_IPV6),
	 "rx:snmp6.Udp6InCsumErrors rx:snmp6.Udp6InErrors rx:udp.socket_drops", "", 4, false, "rx:bpf.udp_checksum"},
	{"socket drop", PROG, ANY_UDP4_RX, "rx:snmp.Udp.InErrors rx:udp.socket_drops", "", 4, false, "rx:bpf.socket"},
	{"socket drop", PROG, BIT(UDP_IPV6), "rx:snmp6.Udp6InErrors rx:udp.socket_drops", "", 4, false, "rx:bpf.socket"},
	{"no AF_XDP socket", PROG, ANY_XDP_RX, "", "rx:xdp.no_socket", 0, true},
	{"AF_XDP fill ring empty", PROG, BIT(XDP_NATIVE),
	 "", "rx:xsk.rx_dropped rx:xsk.rx_fill_ring_empty_descs rx:dev.rx_dropped rx:eth.rx_drops",
	 0, true},
	{"AF_XDP RX ring full", PROG, BIT(XDP_NATIVE),
	 "", "rx:xsk.rx_ring_full rx:dev.rx_dropped rx:eth.rx_drops", 0, true},
	{"frame above chunk", PROG, BIT(XDP_NATIVE),
	 "", "rx:xsk.rx_dropped rx:dev.rx_dropped rx:eth.rx_drops", 0, true},
	{"redirect refused", PROG, BIT(XDP_NATIVE),
	 "", "rx:dev.rx_dropped rx:eth.rx_drops", 2, false},
	{"AF_XDP fill ring empty", PROG, BIT(UDP_TO_XDP),
	 "", "rx:xsk.rx_dropped rx:xsk.rx_fill_ring_empty_descs", 0, true},
	{"AF_XDP RX ring full", PROG, BIT(UDP_TO_XDP), "", "rx:xsk.rx_ring_full", 0, true},
	{"AF_PACKET RX ring full", PROG, ANY_PACKET, "", "rx:packet.tp_drops", 0, true},
	/* Each in a packet of its own here; what merging does to sums is test_segments'. */
	{"merged frames", PROG, ANY_PACKET, "", "rx:packet.merged rx:packet.merged_packets", 0,
	 true},
	{"firewall egress", GEN, UDP_SENDS, "", "tx:worker.refused tx:udp.refused_sends", 0, true,
	 "tx:bpf.firewall_egress"},
	{"tc egress", GEN, UDP_SENDS, "", "tx:worker.refused tx:udp.refused_sends", 0, true,
	 "tx:bpf.tc_egress"},
	{"frame length", GEN, UDP_SENDS, "tx:dev.tx_dropped",
	 "tx:worker.refused tx:udp.refused_sends", 0, true, "tx:bpf.frame_length"},
	{"cloud limit", WIRE, 0, "rx:eth.limit_packets", "", 0, false},
	{"neighbour unresolved", WIRE, UDP_SENDS, "", "", 0, true, "tx:bpf.neighbour"},
	{"no route", WIRE, UDP_SENDS, "", "", 0, true, "tx:bpf.no_route"},
	{"kernel drop", WIRE, UDP_SENDS, "", "", 0, true, "tx:bpf.tx_other"},
	/* generic mode and native mode: two programs in one trial there cannot be */
	{"XDP program", DEV, ANY_UDP_RX | ANY_PACKET, "", "", 16, true, "rx:bpf.xdp"},
	{"XDP program", DEV, ANY_UDP_RX & ~BIT(UDP_NIC), "rx:eth.rx_xdp_drops", "", 16, false},
	{"tc ingress", DEV, ANY_UDP_RX, "", "", 0, true, "rx:bpf.tc_ingress"},
	{"firewall", DEV, ANY_UDP_RX, "", "", 0, true, "rx:bpf.firewall"},
	{"firewall", DEV, ANY_UDP_RX, "", "", 32, true, "rx:bpf.hook"},
	{"connection tracking", DEV, ANY_UDP_RX, "rx:ct.drop", "", 32, false, "rx:bpf.hook"},
	{"unknown protocol", DEV, ANY_UDP_RX, "rx:dev.rx_dropped", "", 2, true, "rx:bpf.protocol"},
	{"kernel drop", DEV, ANY_UDP_RX, "", "", 0, true, "rx:bpf.rx_other"},
	{"null generator", WIRE, BIT(NULL_DISCARDS), "", "tx:null.discarded", 0, true},
	{"corrupt", SINK, (BIT(N_PATHS) - 1), "", "rx:worker.corrupt", 0, true},
	/* clang-format on */
};

struct world {
	enum path_kind kind;
	const char *unread; /* one more counter that is not known, "" for none */
	bool observed;      /* an observer tells ours among the lost */
	struct {
		char name[48];
		int64_t value;
	} counters[COUNTERS_MAX];
	size_t n;
	int64_t sent, duplicate;
	int64_t foreign_in;             /* frames of others that reach the receiving NIC */
	int64_t to_port;                /* of these: survive to the sink's port */
	int64_t lost[SINK + 1];         /* ours */
	int64_t foreign_lost[SINK + 1]; /* of those not to_port, up to DEV; at PROG of to_port */
};

static void bump(struct world *w, const char *list, int64_t by)
{
	while (*list) {
		size_t len = strcspn(list, " "), i = 0;

		while (i < w->n && (strlen(w->counters[i].name) != len ||
				    memcmp(w->counters[i].name, list, len)))
			i++;
		if (i == w->n) {
			assert_true(w->n < COUNTERS_MAX && len < sizeof(w->counters[i].name));
			memcpy(w->counters[i].name, list, len);
			w->counters[i].name[len] = 0;
			w->counters[i].value = 0;
			w->n++;
		}
		w->counters[i].value += by;
		list += len;
		list += *list == ' ';
	}
}

/* The first fault of a place and a position. */
static const struct fault *find_fault(const char *place, enum position at)
{
	for (size_t i = 0; i < COUNT(faults); i++)
		if (faults[i].at == at && !strcmp(faults[i].place, place))
			return &faults[i];
	fail_msg("no fault %s", place);
	return NULL;
}

static void world_init(struct world *w, enum path_kind kind, int64_t sent)
{
	*w = (struct world){.kind = kind, .sent = sent, .unread = ""};
}

/* What only the observer tells apart has no place of its own without one. */
static bool can_show(const struct world *w, const struct fault *f)
{
	return w->observed || !(f->exact && f->seen);
}

/* Told apart whatever foreign frames do, or by the observer. */
static bool is_exact(const struct world *w, const struct fault *f)
{
	return f->exact || (w->observed && f->seen);
}

static void lose(struct world *w, const struct fault *f, int64_t ours, int64_t foreign)
{
	char others[64];

	bump(w, f->each, ours + foreign);
	bump(w, f->ours, ours);
	if (f->seen) {
		snprintf(others, sizeof(others), "%s.others", f->seen);
		bump(w, f->seen, ours);
		bump(w, others, foreign);
	}
	w->lost[f->at] += ours;
	w->foreign_lost[f->at] += foreign;
	/* Foreign frames of before the wire are none that the receiver misses. */
	if (f->at == WIRE || f->at == DEV)
		w->foreign_in += foreign;
	if (f->at == PROG) {
		w->foreign_in += foreign;
		w->to_port += foreign;
	}
}

/* What the program that sees every frame calls its counts; NULL: it sees those to our port. */
static const char *sees_all(enum path_kind kind)
{
	return BIT(kind) & (ANY_XDP_RX | ANY_CHECK_RX) ? "xdp"
	       : BIT(kind) & ANY_PACKET                ? "packet"
						       : NULL;
}

/* The counters of the edges, from what was sent and lost. */
static void settle(struct world *w)
{
	int64_t ours = w->sent, foreign = w->foreign_in, port = w->to_port;
	const char *all = sees_all(w->kind);
	char name[32];

	bump(w, "tx:worker.accepted", w->sent);
	ours -= w->lost[GEN] + w->lost[WIRE] - w->duplicate;
	foreign -= w->foreign_lost[WIRE];
	bump(w, "rx:dev.rx_packets", ours + foreign);
	if (paths[w->kind].napi)
		bump(w, "rx:eth.rx_xdp_packets", ours + foreign);
	ours -= w->lost[DEV];
	foreign -= w->foreign_lost[DEV];
	if (all) {
		snprintf(name, sizeof(name), "rx:%s.ours", all);
		bump(w, name, ours);
		snprintf(name, sizeof(name), "rx:%s.foreign", all);
		bump(w, name, foreign);
		/* what the checker drops is no loss */
		if (w->kind == LIVE_NATIVE)
			bump(w, "rx:eth.rx_xdp_drops", ours);
	} else {
		bump(w, "rx:udp.prog_ours", ours);
		bump(w, "rx:udp.prog_foreign", port);
	}
	ours -= w->lost[PROG];
	port -= w->foreign_lost[PROG];
	bump(w, "rx:worker.frames", ours);
	bump(w, "rx:worker.foreign", BIT(w->kind) & ANY_CHECK_RX ? foreign : all ? 0 : port);
	bump(w, "rx:worker.duplicate", w->duplicate);
	bump(w, "rx:worker.unique", ours - w->duplicate - w->lost[SINK]);
}

static bool world_read(void *ctx, enum ledger_end end, const char *id, int64_t *delta)
{
	const struct world *w = ctx;
	char name[80];

	snprintf(name, sizeof(name), "%s:%s", end == END_TX ? "tx" : "rx", id);
	if (!strcmp(name, w->unread))
		return false;
	if (!strncmp(id, "bpf.", 4) && (!w->observed || !strncmp(id, "bpf.at_stack", 12)))
		return false;
	for (const char *p = paths[w->kind].lacks; *p; p += strcspn(p, " "), p += *p == ' ')
		if (!strncmp(name, p, strcspn(p, " ")))
			return false;
	*delta = 0;
	for (size_t i = 0; i < w->n; i++)
		if (!strcmp(w->counters[i].name, name))
			*delta = w->counters[i].value;
	return true;
}

#endif
