/* Reading the maps of the observer's programs; see seen.h. */
#include "seen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "kernel.h"
#include "observe.skel.h"

uint64_t seen_sum(const uint64_t *per_cpu, int cpus)
{
	uint64_t total = 0;

	for (int i = 0; i < cpus; i++)
		total += per_cpu[i];
	return total;
}

int seen_read(const struct observer *o, struct seen_list *list)
{
	int fd = bpf_map__fd(o->skel->maps.events);
	uint64_t *per_cpu = calloc((size_t)o->cpus, sizeof(*per_cpu));
	struct observer_key key, last;
	bool first = true;
	size_t room = 0;
	int ret = 0;

	*list = (struct seen_list){0};
	if (!per_cpu)
		return -ENOMEM;
	while (!ret && !bpf_map_get_next_key(fd, first ? NULL : &last, &key)) {
		if (list->n == room) {
			struct seen *grown;

			room = room ? 2 * room : 64;
			grown = realloc(list->list, room * sizeof(*grown));
			if (!grown) {
				ret = -ENOMEM;
				break;
			}
			list->list = grown;
		}
		if (bpf_map_lookup_elem(fd, &key, per_cpu)) {
			ret = -errno;
			break;
		}
		list->list[list->n].key = key;
		list->list[list->n++].frames = seen_sum(per_cpu, o->cpus);
		last = key;
		first = false;
	}
	free(per_cpu);
	if (ret) {
		free(list->list);
		*list = (struct seen_list){0};
	}
	return ret;
}

bool seen_missed(const struct observer *o, uint64_t *missed)
{
	struct bpf_program *prog;
	uint64_t *per_cpu = calloc((size_t)o->cpus, sizeof(*per_cpu));
	uint32_t zero = 0;
	bool known = per_cpu &&
		     !bpf_map_lookup_elem(bpf_map__fd(o->skel->maps.overflow), &zero, per_cpu);

	*missed = known ? seen_sum(per_cpu, o->cpus) : 0;
	free(per_cpu);
	bpf_object__for_each_program(prog, o->skel->obj)
	{
		struct bpf_prog_info info = {0};
		uint32_t len = sizeof(info);

		if (bpf_program__fd(prog) < 0)
			continue; /* not loaded in this mode */
		known = known && !bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len);
		*missed += info.recursion_misses;
	}
	return known;
}

const char *seen_reason(const struct observer *o, const struct observer_key *key, char *buf,
			size_t size)
{
	static const char *const actions[] = {"XDP_ABORTED", "XDP_DROP", "XDP_PASS", "XDP_TX",
					      "XDP_REDIRECT"};

	switch (key->kind) {
	case OBSERVER_DROP:
		return kernel_reason_name(o->kernel, key->reason, buf, size);
	case OBSERVER_XDP_ACTION:
		if (key->reason < sizeof(actions) / sizeof(actions[0]))
			return actions[key->reason];
		snprintf(buf, size, "action %u", key->reason);
		return buf;
	default:
		return strerrorname_np((int)key->reason) ?: "?";
	}
}

const char *seen_kind_name(const struct observer_key *key)
{
	static const char *const kinds[OBSERVER_KINDS] = {"drop", "xdp action", "xdp redirect",
							  "udp queue"};

	return kinds[key->kind];
}

int seen_most_first(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return (x->frames < y->frames) - (x->frames > y->frames);
}
