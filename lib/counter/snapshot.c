/*
 * Two jobs: one sample of every counter now, and the difference of two such
 * samples. A source that fails marks its own samples and no others, so that a
 * trial never ends because one file could not be read.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "counter.h"
#include "log.h"
#include "source.h"

#define READ_TRIES 4 /* of a source that changes while it is read */

static const struct source_reader readers[] = {
	/* first, because with some drivers it brings rtnetlink's numbers up to date */
	{SOURCE_ETHTOOL, "ethtool", true, source_ethtool_read, source_ethtool_read},
	{SOURCE_RTNL, "rtnetlink", true, source_rtnl_read, source_rtnl_replay},
	{SOURCE_QDISC, "qdisc", true, source_qdisc_read, source_qdisc_replay},
	{SOURCE_SNMP, "snmp", false, source_snmp_read, source_snmp_read},
	{SOURCE_SNMP6, "snmp6", false, source_snmp6_read, source_snmp6_read},
	{SOURCE_SOFTNET, "softnet", false, source_softnet_read, source_softnet_read},
	{SOURCE_CONNTRACK, "conntrack", false, source_conntrack_read, NULL},
	{SOURCE_NFT, "nftables", false, source_nft_read, NULL},
	{SOURCE_XT, "iptables", false, source_xt_read, NULL},
	{SOURCE_RDMA, "rdma", true, source_rdma_read, source_rdma_read},
	{SOURCE_IRQ, "interrupt", true, source_irq_read, source_irq_read},
	{SOURCE_SOCKDIAG, "sock_diag", false, source_sockdiag_read, NULL},
	{SOURCE_SOCKSTAT, "sockstat", false, source_sockstat_read, source_sockstat_read},
	{SOURCE_PSI, "pressure", false, source_psi_read, source_psi_read},
	{SOURCE_SOFTIRQ, "softirq", false, source_softirq_read, source_softirq_read},
	{SOURCE_CPU, "cpu", false, source_cpu_read, source_cpu_read},
	{SOURCE_QSTATS, "qstats", true, source_qstats_read, NULL},
	{SOURCE_ETHSTD, "ethtool std", true, source_ethstd_read, source_ethstd_replay},
	{SOURCE_NEIGH, "neighbour", false, source_neigh_read, source_neigh_read},
};

static const char *const kind_names[] = {
	[COUNTER_IN] = "in",       [COUNTER_OUT] = "out",     [COUNTER_LOSS] = "loss",
	[COUNTER_EVENT] = "event", [COUNTER_GAUGE] = "gauge",
};

static const char *const scope_names[] = {
	[SCOPE_MACHINE] = "machine", [SCOPE_NETNS] = "netns",   [SCOPE_DEVICE] = "device",
	[SCOPE_QUEUE] = "queue",     [SCOPE_SOCKET] = "socket",
};

static const char *const state_names[] = {
	[SAMPLE_OK] = "OK",
	[SAMPLE_UNSUPPORTED] = "UNSUPPORTED",
	[SAMPLE_FAILED] = "FAILED",
	[SAMPLE_WENT_BACK] = "WENT_BACK",
};

const char *counter_kind_name(enum counter_kind kind)
{
	return kind_names[kind];
}

const char *counter_scope_name(enum counter_scope scope)
{
	return scope_names[scope];
}

const char *counter_source_name(enum counter_source source)
{
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (readers[i].source == source)
			return readers[i].name;
	return "";
}

const char *sample_state_name(enum sample_state state)
{
	return state_names[state];
}

/*
 * Narrow *SAMPLES, *N to the range that those of a source stand in: a reader compares each name
 * that it meets with each sample. False if there is none.
 */
static bool find_range(enum counter_source source, struct sample **samples, size_t *n)
{
	while (*n && !sample_is_from(&(*samples)[0], source)) {
		(*samples)++;
		(*n)--;
	}
	while (*n && !sample_is_from(&(*samples)[*n - 1], source))
		(*n)--;
	return *n;
}

/* What was found before it changed is forgotten. */
static int read_anew(const struct source_reader *reader, const struct source_target *target,
		     struct sample *samples, size_t n)
{
	int (*read)(const struct source_target *target, struct sample *samples, size_t n) =
		target->root[0] ? reader->replay : reader->read;
	int ret = read ? -EINTR : 0;

	for (int i = 0; i < READ_TRIES && ret == -EINTR; i++) {
		for (size_t k = 0; k < n; k++)
			if (sample_is_from(&samples[k], reader->source))
				samples[k].state = SAMPLE_UNSUPPORTED;
		ret = read(target, samples, n);
	}
	/* not recorded */
	return target->root[0] && ret == -ENOENT ? 0 : ret;
}

static void read_source(const struct source_reader *reader, const struct source_target *target,
			struct sample *samples, size_t n)
{
	uint64_t now;
	int ret = 0;

	if (!find_range(reader->source, &samples, &n))
		return;
	if (!reader->needs_device || target->ifname[0])
		ret = read_anew(reader, target, samples, n);
	if (ret)
		log_info("%s%s%s%scounters of %s could not be read: %s", target->root,
			 target->root[0] ? ": " : "", target->ifname, target->ifname[0] ? ": " : "",
			 reader->name, strerror(-ret));
	now = clock_ns();
	for (size_t i = 0; i < n; i++) {
		if (!sample_is_from(&samples[i], reader->source))
			continue;
		samples[i].time_ns = now;
		samples[i].refresh_ms = samples[i].def->refresh_ms;
		if (reader->needs_device && !samples[i].refresh_ms)
			samples[i].refresh_ms =
				counter_driver_refresh_ms(target->driver, reader->source);
		if (ret)
			samples[i].state = SAMPLE_FAILED;
	}
}

static struct source_target target_of(const struct snapshot_request *request, const char *driver,
				      const char *bus)
{
	const char *root = request->root ? request->root : "";

	return (struct source_target){
		request->ifname,
		request->ifindex,
		driver,
		bus,
		root,
		root[0] ? &source_recorded : &source_live,
	};
}

void counter_driver_find(const struct snapshot_request *request, char *driver, char *bus,
			 size_t size)
{
	const struct source_target target = target_of(request, "", "");

	target.access->find_driver(&target, driver, bus, size);
	if (strchr(bus, '/')) /* a name of a folder, not a way to another */
		bus[0] = '\0';
}

int snapshot_read(const struct snapshot_request *request, struct sample **samples, size_t *n,
		  struct error *err)
{
	char driver[64], bus[64];
	const struct source_target target = target_of(request, driver, bus);
	size_t n_defs, count = 0;
	const struct counter_def *defs = counter_table(&n_defs);
	struct sample *list = calloc(n_defs, sizeof(*list));

	if (!list)
		return error_set(err, EX_OSERR, -ENOMEM,
				 "%s: no memory for %zu counters; free some and try again",
				 request->ifname[0] ? request->ifname : "this host", n_defs);
	for (size_t i = 0; i < n_defs; i++)
		if (request->scopes & SCOPE_BIT(defs[i].scope))
			list[count++] =
				(struct sample){.def = &defs[i], .state = SAMPLE_UNSUPPORTED};
	counter_driver_find(request, driver, bus, sizeof(driver));
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		read_source(&readers[i], &target, list, count);
	*samples = list;
	*n = count;
	return 0;
}

uint32_t snapshot_refresh_ms(const struct sample *samples, size_t n)
{
	uint32_t longest = 0;

	for (size_t i = 0; i < n; i++)
		if (samples[i].state == SAMPLE_OK && samples[i].refresh_ms > longest)
			longest = samples[i].refresh_ms;
	return longest;
}

json_t *snapshot_json(const struct sample *samples, size_t n)
{
	json_t *obj = json_object();

	for (size_t i = 0; i < n; i++) {
		const struct sample *s = &samples[i];
		json_t *value = s->state == SAMPLE_OK ? json_integer((json_int_t)s->value)
						      : json_string(sample_state_name(s->state));

		json_object_set_new(obj, s->def->id, value);
	}
	return obj;
}

/* One that is not there is of a reader that was not asked. */
enum sample_state snapshot_value(const json_t *snapshot, const char *id, uint64_t *value)
{
	const json_t *v = json_object_get(snapshot, id);
	const char *name = json_string_value(v);

	if (json_is_integer(v)) {
		*value = (uint64_t)json_integer_value(v);
		return SAMPLE_OK;
	}
	if (!v)
		return SAMPLE_UNSUPPORTED;
	for (size_t i = 0; name && i < sizeof(state_names) / sizeof(state_names[0]); i++)
		if (i != SAMPLE_OK && !strcmp(name, state_names[i]))
			return (enum sample_state)i;
	return SAMPLE_FAILED;
}

enum sample_state snapshot_delta(const json_t *before, const json_t *after, const char *id,
				 uint32_t bits, uint64_t *delta)
{
	uint64_t old = 0, new = 0;
	enum sample_state old_state = snapshot_value(before, id, &old);
	enum sample_state new_state = snapshot_value(after, id, &new);

	if (old_state == SAMPLE_FAILED || new_state == SAMPLE_FAILED)
		return SAMPLE_FAILED;
	if (old_state != SAMPLE_OK)
		return old_state;
	if (new_state != SAMPLE_OK)
		return new_state;
	if (!bits)
		return SAMPLE_UNSUPPORTED;
	if (bits == 32) {
		*delta = (uint32_t)(new - old);
		return SAMPLE_OK;
	}
	if (new < old)
		return SAMPLE_WENT_BACK;
	*delta = new - old;
	return SAMPLE_OK;
}

/* Whether a row's value can be told only by the moment at which it was read. */
static bool moves(const char *id)
{
	size_t n;
	const struct counter_def *defs = counter_table(&n);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(defs[i].id, id))
			return defs[i].restless || defs[i].kind == COUNTER_GAUGE;
	return false;
}

bool snapshot_settled(const json_t *before, const json_t *after)
{
	const char *id;
	const json_t *value;

	if (json_object_size(before) != json_object_size(after))
		return false;
	json_object_foreach ((json_t *)before, id, value)
		if (!json_equal(value, json_object_get(after, id)) && !moves(id))
			return false;
	return true;
}
