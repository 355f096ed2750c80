/*
 * What xdp_check.bpf.c and its loader share: the counts of a CPU. The other maps are laid
 * out as seqcheck_state.h says, so that a struct seqcheck shows them.
 */
#ifndef RINGLOSS_XDP_CHECK_H
#define RINGLOSS_XDP_CHECK_H

#include <linux/types.h>

/* An element of map "counts", by CPU; never reset. A cache line. */
struct check_counts {
	__u64 ours;      /* frames of this trial, damaged ones included */
	__u64 stale;     /* ours, of another trial */
	__u64 foreign;   /* everything else */
	__u64 duplicate; /* of ours: whole, seen before */
	__u64 reordered; /* of ours: first arrivals below NextExp */
	__u64 corrupt;   /* of ours: damaged */
	__u64 bytes;     /* UDP payload of ours */
	__u64 pad;
};

/* An element of map "tally", by stream: struct seqcheck_tally, which is not freestanding. */
struct check_tally {
	__u64 duplicate;
	__u64 reordered;
	__u64 corrupt;
	__u64 corrupt_bytes;
	__u64 bytes_beyond;
};

#endif
