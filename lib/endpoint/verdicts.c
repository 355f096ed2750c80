/* Access to the maps of the sinks' BPF programs; see verdicts.h. */
#include "verdicts.h"

#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define CPUS_MAX 4096

int verdicts_expect(int config_fd, const struct stamp_expect *expect, uint32_t queues,
		    struct error *err)
{
	struct verdict_config config = {.expect = *expect, .queues = queues};
	uint32_t zero = 0;

	if (bpf_map_update_elem(config_fd, &zero, &config, BPF_ANY) < 0)
		return error_set(err, EX_OSERR, -errno, "cannot tell the BPF program its trial: %s",
				 strerror(errno));
	return 0;
}

void verdicts_read(int verdicts_fd, struct sample *samples, uint32_t n)
{
	uint64_t per_cpu[CPUS_MAX];
	int cpus = libbpf_num_possible_cpus();
	uint32_t v;
	int c;

	for (v = 0; v < n; v++) {
		samples[v].state = SAMPLE_FAILED;
		if (cpus <= 0 || cpus > CPUS_MAX ||
		    bpf_map_lookup_elem(verdicts_fd, &v, per_cpu) < 0)
			continue;
		samples[v].state = SAMPLE_OK;
		samples[v].value = 0;
		for (c = 0; c < cpus; c++)
			samples[v].value += per_cpu[c];
	}
}
