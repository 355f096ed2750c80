/* The counters of a trial's series; see sampled.h. */
#include "sampled.h"

#include <string.h>

#include "clock.h"
#include "source.h"

/* Ids of rows that agents read, and their source; each source is asked once. */
static const char *const device_ids[] = {"dev.rx_dropped", "dev.tx_dropped",
					 "dev.rx_missed_errors"};
static const char *const machine_ids[] = {"softnet.dropped"};

#define N_DEVICE (sizeof(device_ids) / sizeof(device_ids[0]))
#define N_MACHINE (sizeof(machine_ids) / sizeof(machine_ids[0]))

static const struct counter_def *find_row(const char *id)
{
	size_t n, i;
	const struct counter_def *rows = counter_table(&n);

	for (i = 0; i < n; i++)
		if (!strcmp(rows[i].id, id))
			return &rows[i];
	return NULL;
}

/* The rows of IDS by READ into OBJ; one that is no row is left out. */
static void read_rows(const char *const *ids, size_t n, const struct source_target *target,
		      int (*read)(const struct source_target *target, struct sample *samples,
				  size_t n),
		      json_t *obj)
{
	struct sample samples[N_DEVICE + N_MACHINE];
	size_t count = 0, i;
	json_t *values;
	int ret;

	for (i = 0; i < n; i++) {
		const struct counter_def *def = find_row(ids[i]);

		if (def)
			samples[count++] = (struct sample){
				.def = def, .state = SAMPLE_UNSUPPORTED, .time_ns = clock_ns()};
	}
	ret = read(target, samples, count);
	for (i = 0; ret && i < count; i++)
		samples[i].state = SAMPLE_FAILED;
	values = snapshot_json(samples, count);
	json_object_update(obj, values);
	json_decref(values);
}

json_t *sampled_read(const char *ifname, int ifindex, bool machine)
{
	const struct source_target target = {.ifname = ifname,
					     .ifindex = ifindex,
					     .driver = "",
					     .bus = "",
					     .root = "",
					     .access = &source_live};
	json_t *obj = json_object();

	if (obj && ifname[0])
		read_rows(device_ids, N_DEVICE, &target, source_rtnl_read, obj);
	if (obj && machine)
		read_rows(machine_ids, N_MACHINE, &target, source_softnet_read, obj);
	return obj;
}

bool sampled_of_endpoint(const struct counter_def *def)
{
	static const char left[] = ".tx_left"; /* known only once sending has ended */
	const char *dot = strrchr(def->id, '.');

	return def->kind == COUNTER_LOSS && !(dot && !strcmp(dot, left));
}
