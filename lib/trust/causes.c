/* The causes of loss; see trust.h. A new one is a new row. */
#include <stdio.h>
#include <string.h>

#include "trust.h"

/* A generator that loses nothing by itself, to a sink that keeps up unless a cause says otherwise.
 * All trials are bounded in frames. */
const char trust_plan[] = "[plan]\n"
			  "order = listed\n"
			  "[traffic]\n"
			  "rate = 5kpps\n"
			  "frames = 1064\n"
			  "duration = 20s\n"
			  "flows = 4\n"
			  "unsent_max = 100%\n"
			  "sample = 0s\n"
			  "[tx]\n"
			  "endpoint = af_xdp\n"
			  "cpus = 0\n"
			  "[rx]\n"
			  "endpoint = udp\n"
			  "cpus = 1\n";

#define RING_COUNTERS "eth.rx_ring_full eth.rx_port_full dev.rx_missed_errors qstat.rx_hw_drops"
#define RING_MAY "dev.rx_fifo_errors dev.rx_over_errors eth.rx_no_buffer dev.rx_errors"
#define RING_PLACES "NIC FIFO|RX descriptor ring|receive buffers|driver RX drop"
#define STARVED                                                                                    \
	"traffic.rate=max traffic.frames=50000 traffic.flows=1 rx.napi.threaded=1 "                \
	"rx.napi.cpus=same "
/* What one of these takes: some drivers have no ring so small, some do not let go of pause frames,
 * by which a full ring stops the sender. */
#define SMALL_RING                                                                                 \
	"rx.ring=65536 rx.nic.rx_ring=64|128|256|512|512 tx.nic.pause=off|off|off|off|keep "       \
	"rx.nic.pause=off|off|off|off|keep"
#define XSK_MAY                                                                                    \
	"xsk.rx_dropped xsk.rx_fill_ring_empty_descs xsk.rx_ring_full eth.rx_drops eth.xdp_drops " \
	"eth.rx_xdp_drops dev.rx_dropped"

static const struct trust_cause causes[] = {
	{
		.name = "none",
		.what = "nothing is lost: 1,064 frames at 5,000 a second into a UDP socket with "
			"room for all of them",
		.ways = {{.set = "rx.rcvbuf=8M", .places = ""}},
		.control = true,
		.should = "",
		.may = RING_COUNTERS " " RING_MAY,
	},
	{
		.name = "none-xsk",
		.what = "nothing is lost: the same into an AF_XDP socket",
		.ways = {{.set = "rx.endpoint=af_xdp", .places = ""},
			 {.set = "rx.endpoint=af_xdp rx.xdp_mode=generic", .places = ""}},
		.control = true,
		.should = "",
		.may = RING_COUNTERS " " RING_MAY " " XSK_MAY,
	},
	{
		.name = "ring",
		.what = "RX ring of the kernel's driver full: a burst, while the thread that polls "
			"the smallest ring waits for the CPU that the sink spins on",
		.ways = {{.set = STARVED "rx.endpoint=packet " SMALL_RING,
			  .port = TRUST_CARD,
			  .places = RING_PLACES},
			 {.set = "traffic.rate=max traffic.frames=100000 traffic.flows=1 "
				 "rx.endpoint=packet " SMALL_RING,
			  .port = TRUST_CARD,
			  .places = RING_PLACES},
			 {.set = STARVED "rx.endpoint=af_xdp rx.ring=65536 rx.fill_ring=65536 "
					 "rx.offload.gro=on",
			  .port = TRUST_VIRTUAL,
			  .places = RING_PLACES "|driver TX",
			  .should = "tx:dev.tx_dropped"}},
		.located = true,
		.should = RING_COUNTERS,
		.may = RING_MAY " dev.rx_dropped eth.rx_drops mac.rx_int_errors",
		.nic_full = true,
		.parts = "eth.rx_ring_full eth.rx_port_full",
	},
	{
		.name = "ring-dpdk",
		.what = "RX ring of DPDK's driver full: a sink that stands still with a small ring",
		.ways = {{.set = "rx.endpoint=dpdk rx.ring=64 rx.pause=60s traffic.frames=5000 "
				 "rx.nic.driver=auto tx.nic.pause=off|keep",
			  .port = TRUST_CARD,
			  .places = RING_PLACES},
			 {.set = "rx.endpoint=dpdk rx.ring=64 rx.pause=60s",
			  .port = TRUST_VIRTUAL,
			  .places = "AF_XDP RX ring full|AF_XDP fill ring empty"}},
		.located = true,
		.should = "dpdk.imissed",
		.may = "dpdk.ierrors dpdk.rx_nombuf " XSK_MAY,
		.nic_full = true,
		.dpdk = true,
	},
	{
		.name = "oversize",
		.what = "every second frame of 2,018 bytes, longer than the receiver's MTU of "
			"1,500 "
			"allows",
		.ways = {{.set = "traffic.frame=64:1+2018:1 traffic.frames=1000 tx.endpoint=udp "
				 "tx.nic.mtu=2000 rx.nic.mtu=1500 rx.rcvbuf=8M",
			  .port = TRUST_CARD,
			  .places = "frame length|receive buffers|driver RX drop|IP truncated"},
			 {.set = "traffic.frame=64:1+2018:1 traffic.frames=1000 tx.endpoint=udp "
				 "tx.nic.mtu=2000 rx.nic.mtu=1500 rx.rcvbuf=8M",
			  .port = TRUST_VIRTUAL,
			  .places = "frame length|driver RX drop|driver TX",
			  .should = "dev.rx_dropped tx:dev.tx_dropped"}},
		.located = true,
		.should = "dev.rx_length_errors eth.rx_oversize eth.rx_truncated mac.too_long "
			  "rmon.oversize",
		.may = "dev.rx_errors dev.rx_dropped mac.length_errors mac.out_of_range_length "
		       "rmon.jabbers",
	},
	{
		.name = "wrong-mac",
		.what = "frames for the address of no host; a NIC's filter drops them before its "
			"driver sees any, and nothing is to count that",
		.ways = {{.set = "tx.to_mac=02:00:00:00:00:77 rx.rcvbuf=8M",
			  .port = TRUST_CARD,
			  .places = "other host"},
			 {.set = "tx.to_mac=02:00:00:00:00:77 rx.rcvbuf=8M",
			  .port = TRUST_VIRTUAL,
			  .places = "other host",
			  .should = "dev.rx_otherhost_dropped"}},
		.located = true,
		.should = "",
		.may = "dev.rx_otherhost_dropped dev.rx_dropped",
	},
	{
		.name = "fill-empty",
		.what = "AF_XDP fill ring empty: a sink that stands still with 64 buffers",
		.ways = {{.set = "rx.endpoint=af_xdp rx.ring=2048 rx.fill_ring=64 rx.pause=60s",
			  .places = "AF_XDP fill ring empty"},
			 {.set = "rx.endpoint=af_xdp rx.ring=2048 rx.fill_ring=64 rx.pause=60s "
				 "rx.xdp_mode=generic",
			  .places = "AF_XDP fill ring empty"}},
		.should = "xsk.rx_dropped",
		.may = XSK_MAY,
	},
	{
		.name = "xsk-ring",
		.what = "AF_XDP RX ring full: a sink that stands still with a ring of 64",
		.ways = {{.set = "rx.endpoint=af_xdp rx.ring=64 rx.fill_ring=4096 rx.pause=60s",
			  .places = "AF_XDP RX ring full"},
			 {.set = "rx.endpoint=af_xdp rx.ring=64 rx.fill_ring=4096 rx.pause=60s "
				 "rx.xdp_mode=generic",
			  .places = "AF_XDP RX ring full"}},
		.should = "xsk.rx_ring_full",
		.may = XSK_MAY,
	},
	{
		.name = "xsk-ring-generic",
		.what = "the same with the XDP program in generic mode, above the driver",
		.ways = {{.set = "rx.endpoint=af_xdp rx.ring=64 rx.fill_ring=4096 rx.pause=60s "
				 "rx.xdp_mode=generic",
			  .places = "AF_XDP RX ring full"}},
		.should = "xsk.rx_ring_full",
		.may = XSK_MAY,
	},
	{
		.name = "backlog",
		.what = "backlog of a CPU full: sends of 64 frames that a device without NAPI gets "
			"at once, into a backlog of 27 (net.core.netdev_max_backlog)",
		.ways = {{.set = "tx.endpoint=udp tx.segments=64 tx.offload.uso=off "
				 "traffic.rate=max traffic.flows=1 rx.rcvbuf=8M "
				 "rx.sysctl.netdev_max_backlog=26",
			  .port = TRUST_VIRTUAL,
			  .places = "backlog"}},
		.should = "softnet.dropped",
		.may = "dev.rx_dropped tx:dev.tx_dropped",
	},
	{
		.name = "udp-buffer",
		.what = "UDP receive buffer full: a sink that stands still with 2,304 bytes; "
			"behind "
			"the NIC, so that its counters must not move",
		.ways = {{.set = "rx.rcvbuf=2304 rx.pause=60s", .places = "UDP receive buffer"}},
		.should = "snmp.Udp.RcvbufErrors udp.socket_drops",
		.may = "snmp.Udp.InErrors sock.udp_drops",
	},
	{
		.name = "memory",
		.what = "no memory for a receive buffer of the driver",
		.should = "",
		.may = "",
		.why = "a driver meets it only when the whole machine has no pages left, or by "
		       "fault "
		       "injection, which distributions' kernels are built without",
		.command =
			"with rx.napi.threaded = 1, in /sys/kernel/debug/fail_page_alloc "
			"(CONFIG_FAIL_PAGE_ALLOC=y), in this order: echo 1000 > times, echo Y > "
			"task-filter and echo 1 > /proc/PID/make-it-fail of the NIC's NAPI thread, "
			"echo 0 > min-order, and only then echo 100 > probability; ringloss run; "
			"echo 0 > probability. Without the first two it hits every program of the "
			"machine: never where others work",
		.source = "Documentation/fault-injection/fault-injection.rst, mm/fail_page_alloc.c",
	},
	{
		.name = "bad-fcs",
		.what = "frames with a wrong check sequence",
		.should = "",
		.may = "",
		.why = "the sending NIC makes the check sequence, and QEMU's NICs have none",
		.command =
			"a traffic generator's; or, from igb and e1000, an AF_PACKET socket with "
			"SO_NOFCS, whose frames end in four bytes of one's own; to see what came: "
			"ethtool -K IFACE rx-fcs on rx-all on",
		.source = "Documentation/networking/netdev-features.rst (rx-fcs, rx-all); "
			  "IFF_SUPP_NOFCS in drivers/net/ethernet/intel/igb/igb_main.c",
	},
	{
		.name = "pause",
		.what = "pause frames, by which a NIC stops the sender instead of losing",
		.should = "",
		.may = "",
		.why = "they are no loss at the receiver: the sender waits, and what it has no "
		       "room for meanwhile is unsent",
		.command = "ethtool -A IFACE autoneg off rx on tx on at both ports, then the cause "
			   "ring: rx_pause of the peer moves, and its unsent frames are the loss; "
			   "testpmd: set flow_ctrl rx on tx on 300 50 10 1 mac_ctrl_frame_fwd off "
			   "autoneg off PORT; by priority: set pfc_ctrl rx on tx on 300 50 10 PRIO "
			   "PORT",
		.source = "ethtool(8) -A; DPDK Testpmd User Guide, set flow_ctrl, set pfc_ctrl",
	},
};

const struct trust_cause *trust_causes(size_t *n)
{
	*n = sizeof(causes) / sizeof(causes[0]);
	return causes;
}

const struct trust_cause *trust_cause_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (!strcmp(causes[i].name, name))
			return &causes[i];
	return NULL;
}

/* VALUE becomes the nth of "64|128", the last where there are fewer: false. */
static bool choose(const char **value, size_t *len, size_t nth)
{
	const char *at = *value, *end = *value + *len;
	size_t n = 0;

	for (;;) {
		const char *bar = memchr(at, '|', (size_t)(end - at));

		if (n == nth || !bar) {
			*value = at;
			*len = (size_t)((bar ? bar : end) - at);
			return n == nth;
		}
		at = bar + 1;
		n++;
	}
}

bool trust_way_choose(const struct trust_way *way, size_t nth, char *buf, size_t size)
{
	const char *at;
	bool any = !nth;
	size_t len, used = 0;

	*buf = '\0';
	for (at = way->set; *at && used < size; at += len + strspn(at + len, " ")) {
		const char *value;
		size_t key, rest;

		len = strcspn(at, " ");
		key = strcspn(at, "=");
		key = key < len ? key + 1 : len;
		value = at + key;
		rest = len - key;
		any |= choose(&value, &rest, nth);
		used += (size_t)snprintf(buf + used, size - used, "%s%.*s%.*s", used ? " " : "",
					 (int)key, at, (int)rest, value);
	}
	return any;
}

bool trust_list_has(const char *list, char separator, const char *word)
{
	size_t len = strlen(word), n;
	const char stop[] = {separator, '\0'};

	for (; list && *list; list += n + (list[n] == separator)) {
		n = strcspn(list, stop);
		if (n == len && !strncmp(list, word, len))
			return true;
	}
	return false;
}
