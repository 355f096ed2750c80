/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sink side of AF_XDP: our frames go to the socket bound to their RX queue,
 * stale ones are dropped, all others go on to the stack. Every verdict is
 * counted per CPU: the only counter of a driver's XDP stage that exists everywhere.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#define STAMP_IN_PACKET
#include "verdicts.bpf.h"
#include "wire.h"

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, VERDICT_QUEUES_MAX);
	__type(key, __u32);
	__type(value, __u32);
} sockets SEC(".maps");

static __always_inline enum stamp_class classify(struct xdp_md *ctx)
{
	const unsigned char *frame = (const unsigned char *)(long)ctx->data;
	const unsigned char *end = (const unsigned char *)(long)ctx->data_end;
	const struct verdict_config *cfg = trial_config();
	const unsigned char *payload;
	unsigned int len;

	payload = frame_payload(frame, end, 0, &len);
	if (!payload || !cfg)
		return STAMP_FOREIGN;
	return stamp_classify(payload, &cfg->expect);
}

/* frags: frames of several buffers pass, too; all that is read lies in the first */
SEC("xdp.frags")
int xdp_sink(struct xdp_md *ctx)
{
	enum stamp_class class = classify(ctx);
	int action;

	if (class == STAMP_FOREIGN) {
		count(VERDICT_FOREIGN);
		return XDP_PASS;
	}
	if (class == STAMP_STALE) {
		count(VERDICT_STALE);
		return XDP_DROP;
	}
	count(VERDICT_OURS);
	/* the lower bits of the flags are the action without a socket in the map */
	action = bpf_redirect_map(&sockets, ctx->rx_queue_index, XDP_PASS);
	if (action != XDP_REDIRECT)
		count(VERDICT_NO_SOCKET);
	return action;
}

char _license[] SEC("license") = "Dual BSD/GPL";
