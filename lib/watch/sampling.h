/* Inside the sampler: what sampler.c and slow.c share. */
#ifndef RINGLOSS_WATCH_SAMPLING_H
#define RINGLOSS_WATCH_SAMPLING_H

#include "diagnose.h"
#include "drops.h"
#include "links.h"
#include "sampler.h"

struct sampler {
	struct watch_request request;
	struct sight *sight;
	struct watch_ifs ifs; /* of the latest look */
	struct drops drops;
	uint64_t window_ns; /* when the window began */
	bool anew;          /* the next look begins another */
	json_t *owners;     /* {inode: {"pid", "program"} or null} of sockets that were asked for */
	uint64_t owners_ns; /* they are not asked for again before */
};

/* FN(ARG) in the namespace. */
int sampler_call(struct sampler *sampler, int (*fn)(void *arg), void *arg);

/* Fact NAME of its kind as it is now; in the namespace. New reference or NULL. */
json_t *sampler_fact(const struct subject *s, const char *name);

/* OBJ[KEY] as a counter of BITS; not known if it is not there. */
struct watch_count watch_count_of(const json_t *obj, const char *key, uint8_t bits);

#endif
