/* The least that an XDP program can do: what the xdp sink is compared with, and where frames of
 * generators end whose rate alone counts. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("xdp")
int xdp_drop(struct xdp_md *ctx)
{
	return XDP_DROP;
}

char _license[] SEC("license") = "Dual BSD/GPL";
