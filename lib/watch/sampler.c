/*
 * The looks of `ringloss watch`: diagnose's sight with counters only, kept in step with the
 * interfaces that are there; see sampler.h. Slower questions are in slow.c.
 */
#include "sampling.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "counter.h"
#include "json.h"
#include "netns.h"
#include "sight.h"

#define NETNS 1 /* subject of the namespace; devices follow */
#define WINDOW_NS                                                                                  \
	(10 * NSEC_PER_SEC) /* 32-bit counters wrap, and what was reset is known again             \
			     */

/* ---- interfaces ---- */

static bool is_wanted(const struct watch_request *request, const char *ifname)
{
	for (size_t i = 0; i < request->n_ifnames; i++)
		if (!strcmp(request->ifnames[i], ifname))
			return true;
	return !request->n_ifnames;
}

static void device_remove(struct sight *sight, size_t at)
{
	struct subject *s = &sight->subjects[at];

	json_decref(s->before);
	json_decref(s->after);
	json_decref(s->facts_before);
	json_decref(s->facts);
	memmove(s, s + 1, (sight->n - at - 1) * sizeof(*s));
	sight->n--;
	for (size_t i = NETNS + 1; i < sight->n; i++) {
		struct subject *other = &sight->subjects[i];

		if (other->peer == at)
			other->peer = 0;
		else if (other->peer > at)
			other->peer--;
	}
}

static bool device_add(struct sight *sight, const struct watch_if *new)
{
	struct subject *s = sight_add(sight, SUBJECT_DEVICE), *home;

	if (!s)
		return false;
	home = &sight->subjects[NETNS];
	memcpy(s->netns, home->netns, sizeof(s->netns));
	memcpy(s->ifname, new->ifname, sizeof(s->ifname));
	s->inode = home->inode;
	s->netns_fd = home->netns_fd;
	s->sysfs = home->sysfs;
	s->ifindex = new->ifindex;
	s->home = NETNS;
	counter_driver_find(&(struct snapshot_request){.ifname = s->ifname}, s->driver, s->bus,
			    sizeof(s->driver));
	return true;
}

static struct subject *device_find(struct sight *sight, const struct watch_if *one)
{
	for (size_t i = NETNS + 1; i < sight->n; i++)
		if (sight->subjects[i].ifindex == one->ifindex &&
		    !strcmp(sight->subjects[i].ifname, one->ifname))
			return &sight->subjects[i];
	return NULL;
}

/* In the namespace. The devices of the sight become those that are there and wanted. */
static int devices_follow(void *arg)
{
	struct sampler *sampler = arg;
	struct sight *sight = sampler->sight;
	int ret = watch_ifs_read(&sampler->ifs);

	if (ret)
		return ret;
	for (size_t i = sight->n; i-- > NETNS + 1;) {
		const struct watch_if *now =
			watch_ifs_find(&sampler->ifs, sight->subjects[i].ifindex);

		if (now && !strcmp(now->ifname, sight->subjects[i].ifname) &&
		    is_wanted(&sampler->request, now->ifname))
			continue;
		device_remove(sight, i);
		sampler->anew = true;
	}
	for (size_t i = 0; i < sampler->ifs.n; i++) {
		const struct watch_if *one = &sampler->ifs.list[i];

		if (is_wanted(&sampler->request, one->ifname) && !device_find(sight, one) &&
		    !device_add(sight, one))
			return -ENOMEM;
	}
	return 0;
}

int sampler_call(struct sampler *sampler, int (*fn)(void *arg), void *arg)
{
	return sight_call(sampler->sight->subjects[NETNS].netns_fd, fn, arg, NULL);
}

/* ---- counters ---- */

/* Note once what could not be read, and what went back since the look before: whether any did. */
static bool went_back(struct sampler *sampler, const struct subject *s, const json_t *last)
{
	size_t n;
	const struct counter_def *defs = counter_table(&n);
	const char *failed = NULL;
	bool back = false;

	for (size_t i = 0; i < n; i++) {
		const json_t *now = json_object_get(s->after, defs[i].id);
		const json_t *old = json_is_integer(now) ? json_object_get(last, defs[i].id) : NULL;
		uint64_t value;

		if (json_is_string(now) && !failed &&
		    snapshot_value(s->after, defs[i].id, &value) == SAMPLE_FAILED)
			failed = defs[i].id;
		if (defs[i].bits != 64 || !json_is_integer(old) ||
		    json_integer_value(now) >= json_integer_value(old))
			continue;
		sight_unseen(sampler->sight, "%s%s%s went back: it was reset meanwhile", s->ifname,
			     s->ifname[0] ? ": " : "", defs[i].id);
		back = true;
	}
	if (failed)
		sight_unseen(sampler->sight, "%s%s%s, and maybe others, could not be read",
			     s->ifname, s->ifname[0] ? ": " : "", failed);
	return back;
}

/* A look, after which `before` is still what the window began with. */
static int look_in_window(struct sampler *sampler, struct error *err)
{
	struct sight *sight = sampler->sight;
	bool anew = sampler->anew || clock_ns() - sampler->window_ns > WINDOW_NS, back = false;
	json_t **first = calloc(sight->n, sizeof(json_t *));
	int ret;

	if (!first)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory");
	for (size_t i = 0; i < sight->n; i++)
		first[i] = json_incref(sight->subjects[i].before);
	ret = sight_look(sight, err);
	for (size_t i = 0; !ret && i < sight->n; i++)
		back |= went_back(sampler, &sight->subjects[i], sight->subjects[i].before);
	anew |= back;
	for (size_t i = 0; i < sight->n; i++) {
		struct subject *s = &sight->subjects[i];

		if (anew || ret || !first[i]) {
			json_decref(first[i]);
			continue;
		}
		json_decref(s->before);
		s->before = first[i];
	}
	free(first);
	if (anew) {
		drops_begin(&sampler->drops);
		sampler->window_ns = clock_ns();
	}
	sampler->anew = back;
	return ret;
}

static int take_drops(struct sampler *sampler, struct error *err)
{
	json_t *findings = diagnose_counted(sampler->sight);
	int ret = findings ? drops_take(&sampler->drops, findings) : -ENOMEM;

	json_decref(findings);
	return ret ? error_set(err, EX_OSERR, ret, "no memory") : 0;
}

static struct watch_count counter_of(const struct subject *s, const char *id)
{
	struct watch_count count = {0};

	if (snapshot_value(s->after, id, &count.value) == SAMPLE_OK)
		count.bits = 64;
	return count;
}

static int fill_links(struct sampler *sampler, struct watch_fast *look)
{
	const struct sight *sight = sampler->sight;

	look->links = calloc(sight->n, sizeof(*look->links));
	if (!look->links)
		return -ENOMEM;
	for (size_t i = NETNS + 1; i < sight->n; i++) {
		const struct subject *s = &sight->subjects[i];
		const struct watch_if *state = watch_ifs_find(&sampler->ifs, s->ifindex);
		struct watch_link *link = &look->links[look->n_links++];

		*link = (struct watch_link){
			.ifindex = s->ifindex,
			.up = state && state->up,
			.carrier = state && state->carrier,
			.time_ns = s->time_ns,
			.rx_packets = counter_of(s, "dev.rx_packets"),
			.rx_bytes = counter_of(s, "dev.rx_bytes"),
			.tx_packets = counter_of(s, "dev.tx_packets"),
			.tx_bytes = counter_of(s, "dev.tx_bytes"),
		};
		memcpy(link->ifname, s->ifname, sizeof(link->ifname));
		memcpy(link->driver, s->driver, sizeof(link->driver));
	}
	return 0;
}

/* ---- CPUs ---- */

struct watch_count watch_count_of(const json_t *obj, const char *key, uint8_t bits)
{
	const json_t *value = json_object_get(obj, key);

	return json_is_integer(value)
		       ? (struct watch_count){(uint64_t)json_integer_value(value), bits}
		       : (struct watch_count){0};
}

json_t *sampler_fact(const struct subject *s, const char *name)
{
	size_t n;
	const struct fact_row *rows = fact_table(&n);

	for (size_t i = 0; i < n; i++)
		if (rows[i].of == s->kind && !strcmp(rows[i].name, name))
			return rows[i].read(s, s->sysfs);
	return NULL;
}

/* Ticks are 64 bits wide, what counts softirqs and softnet 32 (net/core/net-procfs.c). */
static int fill_cpus(struct sampler *sampler, struct watch_fast *look)
{
	json_t *list = sampler_fact(&sampler->sight->subjects[0], "cpus"), *one;
	size_t i;

	look->has_cpus = list;
	look->cpus = calloc(json_array_size(list) + 1, sizeof(*look->cpus));
	if (!look->cpus) {
		json_decref(list);
		return -ENOMEM;
	}
	json_array_foreach (list, i, one)
		look->cpus[look->n_cpus++] = (struct watch_cpu){
			.cpu = (unsigned int)json_u64(one, "cpu", 0),
			.total = watch_count_of(one, "total_ticks", 64),
			.idle = watch_count_of(one, "idle_ticks", 64),
			.softirq = watch_count_of(one, "softirq_ticks", 64),
			.steal = watch_count_of(one, "steal_ticks", 64),
			.net_rx = watch_count_of(one, "net_rx", 32),
			.net_tx = watch_count_of(one, "net_tx", 32),
			.processed = watch_count_of(one, "processed", 32),
			.dropped = watch_count_of(one, "dropped", 32),
			.squeezed = watch_count_of(one, "squeezed", 32),
		};
	json_decref(list);
	return 0;
}

/* ---- the looks ---- */

static int fill_drops(struct sampler *sampler, struct watch_fast *look)
{
	look->drops = calloc(sampler->drops.n + 1, sizeof(*look->drops));
	if (!look->drops)
		return -ENOMEM;
	for (size_t i = 0; i < sampler->drops.n; i++)
		look->drops[look->n_drops++] = sampler->drops.list[i].drop;
	return 0;
}

int sampler_look_fast(struct sampler *sampler, struct watch_fast *look, struct error *err)
{
	int ret = sampler_call(sampler, devices_follow, sampler);

	*look = (struct watch_fast){0};
	if (ret)
		return error_set(err, EX_OSERR, ret, "cannot list the interfaces: %s",
				 strerror(-ret));
	ret = look_in_window(sampler, err);
	if (!ret)
		ret = take_drops(sampler, err);
	if (ret)
		return ret;
	look->time_ns = clock_ns();
	ret = fill_links(sampler, look);
	if (!ret)
		ret = fill_cpus(sampler, look);
	if (!ret)
		ret = fill_drops(sampler, look);
	if (!ret)
		return 0;
	watch_fast_free(look);
	return error_set(err, EX_OSERR, ret, "no memory");
}

void watch_fast_free(struct watch_fast *look)
{
	free(look->links);
	free(look->cpus);
	free(look->drops);
	*look = (struct watch_fast){0};
}

const json_t *sampler_notes(const struct sampler *sampler)
{
	return sampler->sight->unseen;
}

/* ---- open and close ---- */

/* All that were named must be there at the beginning. */
static int check_names(const struct sampler *sampler, struct error *err)
{
	const struct watch_request *request = &sampler->request;
	const char *netns = request->netns ? request->netns : "";
	char names[512] = "";

	for (size_t i = 0; i < sampler->ifs.n; i++) {
		size_t len = strlen(names);

		snprintf(names + len, sizeof(names) - len, "%s%s", len ? ", " : "",
			 sampler->ifs.list[i].ifname);
	}
	for (size_t k = 0; k < request->n_ifnames; k++) {
		size_t i;

		for (i = 0; i < sampler->ifs.n; i++)
			if (!strcmp(sampler->ifs.list[i].ifname, request->ifnames[k]))
				break;
		if (i == sampler->ifs.n)
			return error_set(err, EX_NOINPUT, -ENODEV,
					 "interface %s: there is none%s%s; there are %s",
					 request->ifnames[k], *netns ? " in namespace " : "", netns,
					 names);
	}
	return 0;
}

int sampler_open(const struct watch_request *request, struct sampler **sampler, struct error *err)
{
	struct sampler *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory");
	s->request = *request;
	s->owners = json_object();
	s->window_ns = clock_ns();
	ret = sight_open(&(struct sight_request){.netns = request->netns, .counters_only = true},
			 &s->sight, err);
	if (!ret) {
		ret = sampler_call(s, devices_follow, s);
		if (ret)
			error_set(err, EX_OSERR, ret, "cannot list the interfaces: %s",
				  strerror(-ret));
	}
	if (!ret)
		ret = check_names(s, err);
	if (ret) {
		sampler_close(s);
		return ret;
	}
	*sampler = s;
	return 0;
}

void sampler_close(struct sampler *sampler)
{
	if (!sampler)
		return;
	sight_close(sampler->sight);
	json_decref(sampler->owners);
	free(sampler->ifs.list);
	free(sampler->drops.list);
	free(sampler);
}
