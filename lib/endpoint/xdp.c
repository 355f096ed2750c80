/*
 * Endpoint xdp: frames that no socket sees. Its sink checks and drops them in the driver's
 * XDP program, its generator makes them in the kernel. Here knobs, counters and the contract; the
 * sink is in xdp_check.c, the generator in xdp_generate.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "back_ends.h"
#include "clock.h"
#include "xdp.h"
#include "xdp_features.h"

#define FIELD(member) offsetof(struct xdp_config, member)

static const struct knob xdp_rows[] = {
	{.name = "xdp_mode",
	 .type = KNOB_CHOICE,
	 .offset = FIELD(xdp_mode),
	 .choices = xdp_mode_names,
	 .def = "native",
	 .unit = "",
	 .help = "where a sink's XDP program runs: in the driver or in the kernel's generic path",
	 .sweepable = true,
	 .change = KNOB_REOPEN},
};

static const struct knob_set xdp_knobs = {
	.name = "xdp",
	.scope = KNOB_SCOPE_SIDE,
	.endpoint = "xdp",
	.rows = xdp_rows,
	.n = sizeof(xdp_rows) / sizeof(xdp_rows[0]),
	.config_size = sizeof(struct xdp_config),
};

enum { COUNT_OURS, COUNT_STALE, COUNT_FOREIGN, COUNT_REFUSED, COUNTS };

#define COUNTER(name, where, what, text)                                                           \
	{                                                                                          \
		.id = name, .stage = where, .kind = what, .scope = SCOPE_DEVICE,                   \
		.reader = READER_WORKER, .source = SOURCE_ENDPOINT, .locator = "", .bits = 64,     \
		.since = "", .overlaps = "", .help = text                                          \
	}

static const struct counter_def xdp_counters[COUNTS] = {
	[COUNT_OURS] = COUNTER("xdp.ours", "XDP program", COUNTER_IN,
			       "our frames seen by the XDP program, damaged ones included"),
	[COUNT_STALE] = COUNTER("xdp.stale", "XDP program", COUNTER_IN,
				"our frames of another trial, dropped by the XDP program"),
	[COUNT_FOREIGN] = COUNTER("xdp.foreign", "XDP program", COUNTER_IN,
				  "frames not ours, passed on to the stack"),
	[COUNT_REFUSED] = COUNTER("xdp.tx_refused", "generator", COUNTER_LOSS,
				  "frames made that the driver did not take (tracepoint "
				  "xdp_devmap_xmit); UNSUPPORTED without kernel BTF"),
};

struct xdp_priv {
	struct xdp_check_state *sink;
	struct xdp_generate_state *generator;
};

static void xdp_close(struct endpoint *ep)
{
	struct xdp_priv *p = ep->priv;

	if (!p)
		return;
	xdp_check_close(p->sink);
	xdp_generate_close(p->generator);
	free(p);
	ep->priv = NULL;
}

/* The sink's program is attached by rx_checker, which knows how large its arrays have to be. */
static int xdp_open(struct endpoint *ep, struct error *err)
{
	const struct xdp_config *cfg = ep->setup.config;
	struct xdp_priv *p = calloc(1, sizeof(*p));

	if (!p)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory for endpoint xdp");
	ep->priv = p;
	if (ep->setup.tx) {
		p->generator = xdp_generate_open(&ep->setup, err);
		if (!p->generator) {
			xdp_close(ep);
			return err->code;
		}
	}
	ep->mode = ep->setup.rx ? xdp_mode_names[cfg->xdp_mode] : "live frames";
	return 0;
}

static int xdp_rx_checker(struct endpoint *ep, uint32_t streams, uint64_t max_seq,
			  struct seqcheck **check, struct error *err)
{
	struct xdp_priv *p = ep->priv;

	p->sink = xdp_check_open(&ep->setup, streams, max_seq, err);
	*check = p->sink ? xdp_check_seqcheck(p->sink) : NULL;
	return p->sink ? 0 : err->code;
}

static void xdp_rx_totals(struct endpoint *ep)
{
	xdp_check_totals(((struct xdp_priv *)ep->priv)->sink);
}

static int xdp_expect(struct endpoint *ep, const struct stamp_expect *expect, struct error *err)
{
	struct xdp_priv *p = ep->priv;

	if (p->sink)
		xdp_check_expect(p->sink, expect);
	return 0;
}

/*
 * The other end may have to be ready first: a veth takes XDP frames only for a peer with NAPI,
 * which it has or has not once both ends are open. A card may come back from a change of its rings.
 */
static int xdp_wait_link(struct endpoint *ep, uint64_t timeout_ns, struct error *err)
{
	const struct device *dev = ep->setup.device;
	bool veth = !strcmp(dev->driver, "veth");
	uint64_t deadline = clock_ns() + (veth ? 0 : timeout_ns), features = 0;
	int ret;

	if (!ep->setup.tx)
		return 0;
	do {
		ret = xdp_features(dev->ifindex, &features);
		if (ret || (features & XDP_FEATURE_NDO_XMIT))
			return 0; /* or a kernel that does not tell: then the frames do */
		clock_pause_ns(NSEC_PER_MSEC);
	} while (clock_ns() < deadline);
	return error_set(
		err, EX_UNAVAILABLE, veth ? -EOPNOTSUPP : -EAGAIN,
		"%s (driver %s) takes no XDP frames to send%s; or another endpoint to "
		"generate, af_xdp say",
		dev->ifname, dev->driver,
		veth ? ", since its peer has no NAPI: a sink that attaches a native XDP "
		       "program (xdp, af_xdp), or ethtool -K PEER gro on (SIDE.offload.gro "
		       "= on)"
		     : ": a driver with ndo_xdp_xmit, or its option for it");
}

static uint32_t xdp_tx_make(struct endpoint *ep, uint32_t queue, const struct tx_batch *batch,
			    uint64_t *refused)
{
	return xdp_generate_make(((struct xdp_priv *)ep->priv)->generator, queue, batch, refused);
}

static void set_sample(struct sample *sample, uint64_t value)
{
	sample->state = SAMPLE_OK;
	sample->value = value;
}

static void xdp_stats(struct endpoint *ep, struct sample *samples)
{
	struct xdp_priv *p = ep->priv;
	struct xdp_check_counts sums;

	if (p->sink) {
		xdp_check_read(p->sink, &sums);
		set_sample(&samples[COUNT_OURS], sums.ours);
		set_sample(&samples[COUNT_STALE], sums.stale);
		set_sample(&samples[COUNT_FOREIGN], sums.foreign);
	}
	if (p->generator && xdp_generate_tells(p->generator))
		set_sample(&samples[COUNT_REFUSED], xdp_generate_refused(p->generator));
}

static void xdp_describe(struct endpoint *ep, json_t *effective)
{
	const struct xdp_config *cfg = ep->setup.config;
	struct xdp_priv *p = ep->priv;

	if (ep->setup.rx) {
		json_object_set_new(effective, "xdp_mode",
				    json_string(xdp_mode_names[cfg->xdp_mode]));
		json_object_set_new(effective, "rx_queues", json_string("all of the device"));
	}
	if (!p->generator)
		return;
	json_object_set_new(effective, "tx_queue", json_string("that of the CPU"));
	json_object_set_new(
		effective, "refusals",
		json_string(xdp_generate_tells(p->generator) ? "counted" : "by the device only"));
}

const struct endpoint_ops endpoint_xdp = {
	.name = "xdp",
	.help = "the driver itself: frames made in the kernel; checked and dropped in the XDP "
		"program, before any socket",
	.caps = ENDPOINT_TX | ENDPOINT_RX | ENDPOINT_NEEDS_DEVICE | ENDPOINT_ATTACHES,
	.tx_run = 1,
	.knobs = &xdp_knobs,
	.counters = xdp_counters,
	.n_counters = COUNTS,
	.foreign_counter = "xdp.foreign",
	.stale_counter = "xdp.stale",
	.open = xdp_open,
	.close = xdp_close,
	.wait_link = xdp_wait_link,
	.expect = xdp_expect,
	.tx_make = xdp_tx_make,
	.tx_most = XDP_GENERATE_MOST,
	.rx_checker = xdp_rx_checker,
	.rx_totals = xdp_rx_totals,
	.stats = xdp_stats,
	.describe = xdp_describe,
};
