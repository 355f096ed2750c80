/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps that every sink's program has, and counting in them; for BPF programs only. */
#ifndef RINGLOSS_XDP_VERDICTS_BPF_H
#define RINGLOSS_XDP_VERDICTS_BPF_H

#include <bpf/bpf_helpers.h>

#include "verdict.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct verdict_config);
} config SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VERDICT_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} verdicts SEC(".maps");

static __always_inline const struct verdict_config *trial_config(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&config, &zero);
}

static __always_inline void count_many(__u32 verdict, __u64 frames)
{
	__u64 *n = bpf_map_lookup_elem(&verdicts, &verdict);

	if (n)
		*n += frames;
}

static __always_inline void count(__u32 verdict)
{
	count_many(verdict, 1);
}

#endif
