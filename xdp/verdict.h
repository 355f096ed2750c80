/*
 * What the BPF programs and their loaders share: what the programs are told of the trial,
 * and the verdicts that they count, per CPU, never reset.
 */
#ifndef RINGLOSS_XDP_VERDICT_H
#define RINGLOSS_XDP_VERDICT_H

#include <linux/types.h>

#include "stamp.h"

/* Most queues that one program serves: size of its socket maps. */
#define VERDICT_QUEUES_MAX 256

/* The one element of map "config". */
struct verdict_config {
	struct stamp_expect expect; /* of the trial */
	__u32 queues;               /* sockets that share the traffic (udp) */
	__u32 pad;
};

/* Indices into the per-CPU array "verdicts". */
enum verdict {
	VERDICT_OURS,           /* frames of this trial, damaged ones included */
	VERDICT_STALE,          /* ours, of another trial */
	VERDICT_FOREIGN,        /* everything else */
	VERDICT_NO_SOCKET,      /* of OURS: no socket on that queue, passed to the stack */
	VERDICT_MERGED,         /* of OURS: in packets that hold several frames */
	VERDICT_MERGED_PACKETS, /* such packets */
	VERDICT_COUNT
};

#endif
