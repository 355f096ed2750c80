/* Sides and paths made ready for a point: agents, settings, endpoints; see trial.h. */
#include <string.h>

#include "clock.h"
#include "json.h"
#include "trial.h"

/* Copper and DAC may take long to negotiate; less than what an agent waits for its worker. */
#define LINK_TIMEOUT_NS (20 * NSEC_PER_SEC)
#define LINK_SLICE_NS (100 * NSEC_PER_MSEC)

static struct path *path_from(struct trial_env *env, int side)
{
	size_t i;

	for (i = 0; i < env->n_paths; i++)
		if (env->paths[i].from == side)
			return &env->paths[i];
	return NULL;
}

/* What the generator of a path writes into its frames. */
static json_t *tx_request(struct trial_env *env, const struct path *path)
{
	const struct side *from = &env->sides[path->from];
	const struct side *to = path->to >= 0 ? &env->sides[path->to] : from;
	const struct size_mix *frame = &env->traffic->frame;
	uint8_t src_ip[FRAME_IP_LEN_MAX], dst_ip[FRAME_IP_LEN_MAX], mac[6];
	json_t *mix = json_array();
	uint32_t i;

	if (!side_to_mac(&from->config, mac))
		memcpy(mac, to->device.mac, sizeof(mac));

	side_ip(from, env->traffic->family, src_ip);
	side_ip(to, env->traffic->family, dst_ip);
	for (i = 0; i < frame->n; i++)
		json_array_append_new(
			mix, json_pack("[i, i]", (int)frame->size[i], (int)frame->weight[i]));
	return json_pack("{s:o, s:I, s:i, s:i, s:o, s:o, s:o}", "mix", mix, "port",
			 (json_int_t)env->traffic->port, "flows", (int)path->flows, "first_stream",
			 (int)path->first_stream, "src_ip", json_bytes(src_ip, sizeof(src_ip)),
			 "dst_mac", json_bytes(mac, sizeof(mac)), "dst_ip",
			 json_bytes(dst_ip, sizeof(dst_ip)));
}

/*
 * Numbers of one stream lie below this: all frames of a path on the queue with
 * the fewest flows, and a run more.
 */
static uint64_t max_seq(const struct trial_env *env)
{
	uint64_t most = 0;
	size_t i;

	for (i = 0; i < env->n_paths; i++) {
		const struct path *p = &env->paths[i];
		uint64_t flows = p->flows / env->sides[p->from].config.queues;
		uint64_t n = env->frames_bound / (flows ? flows : 1) + 4096;

		most = n > most ? n : most;
	}
	return most;
}

static json_t *open_request(struct trial_env *env, struct side *side)
{
	const struct path *path = side_generates(side) ? path_from(env, side->index) : NULL;
	json_t *rx = json_null(), *tx = json_null();
	uint8_t ip[FRAME_IP_LEN_MAX];

	if (path)
		tx = tx_request(env, path);
	if (side_sinks(side)) {
		side_ip(side, env->traffic->family, ip);
		rx = json_pack("{s:I, s:o}", "port", (json_int_t)env->traffic->port, "ip",
			       json_bytes(ip, sizeof(ip)));
	}
	return json_pack("{s:O, s:i, s:I, s:I, s:i, s:I, s:o, s:o, s:O}", "values", side->values,
			 "streams", (int)env->streams, "max_seq", (json_int_t)env->max_seq,
			 "frame_len", (json_int_t)(traffic_frame_max(env->traffic) - FRAME_FCS_LEN),
			 "family", (int)env->traffic->family, "vlan",
			 (json_int_t)env->traffic->vlan, "tx", tx, "rx", rx, "prepared",
			 side->prepared);
}

static int open_sides(struct trial_env *env, bool sinks, bool *fresh, struct error *err)
{
	struct error announce;
	bool opened;
	size_t i;
	int ret;

	for (i = 0; i < env->n_sides; i++) {
		struct side *side = &env->sides[i];
		uint8_t ip[FRAME_IP_LEN_MAX];
		json_t *args;

		if (side_sinks(side) != sinks || side->plan->role == ROLE_OBSERVER)
			continue;
		ret = side_open(side, open_request(env, side), env->wake_fd, &opened, err);
		if (ret)
			return ret;
		*fresh |= opened;
		if (!sinks || !opened)
			continue;
		side_ip(side, env->traffic->family, ip);
		args = json_pack("{s:i, s:o}", "family", (int)env->traffic->family, "ip",
				 json_bytes(ip, sizeof(ip)));
		/* without it a switch floods, which the warm-up shows; no error */
		ret = side_call(side, "announce", args, env->wake_fd, NULL, &announce);
		json_decref(args);
		if (ret == -EINTR || ret == -EPIPE) {
			*err = announce;
			return ret;
		}
	}
	return 0;
}

/* A kernel that sends to a port which a program drives past the other kernel. */
static int tell_neighbours(struct trial_env *env, struct error *err)
{
	static const uint8_t none[6];
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < env->n_paths; i++) {
		struct side *from = &env->sides[env->paths[i].from], *to;
		uint8_t ip[FRAME_IP_LEN_MAX];
		json_t *args;

		if (env->paths[i].to < 0)
			continue;
		to = &env->sides[env->paths[i].to];
		if (!(endpoint_table[from->config.endpoint]->caps & ENDPOINT_NEEDS_IP) ||
		    to->device.ifindex || !memcmp(to->device.mac, none, sizeof(none)))
			continue;
		side_ip(to, env->traffic->family, ip);
		args = json_pack("{s:i, s:o, s:o}", "family", (int)env->traffic->family, "ip",
				 json_bytes(ip, sizeof(ip)), "mac", json_bytes(to->device.mac, 6));
		ret = side_call(from, "neighbour", args, env->wake_fd, NULL, err);
		json_decref(args);
	}
	return ret;
}

/* In slices, so that the user is heard meanwhile. A cable that is not there is waited for once. */
static int ask_for_link(struct trial_env *env, struct side *side, struct error *err)
{
	json_t *args = json_pack("{s:I}", "timeout_ns", (json_int_t)LINK_SLICE_NS);
	uint64_t deadline = clock_ns() + (side->no_link ? NSEC_PER_SEC : LINK_TIMEOUT_NS);
	int ret;

	do
		ret = side_call(side, "wait_link", args, env->wake_fd, NULL, err);
	while (ret == -EAGAIN && clock_ns() < deadline);
	side->no_link = ret == -EAGAIN;
	json_decref(args);
	return ret;
}

/* One that lost its other end for a new one is opened anew, too. */
static int wait_link(struct trial_env *env, struct side *side, struct error *err)
{
	int ret = ask_for_link(env, side, err);
	bool fresh;

	if (ret != -ERESTART)
		return ret;
	json_decref(side->opened);
	side->opened = NULL;
	ret = side_open(side, open_request(env, side), env->wake_fd, &fresh, err);
	return ret ? ret : ask_for_link(env, side, err);
}

/* Some links come up only when both ends are there. */
static int wait_links(struct trial_env *env, struct error *err)
{
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < env->n_sides; i++)
		if (env->sides[i].plan->role != ROLE_OBSERVER)
			ret = wait_link(env, &env->sides[i], err);
	return ret;
}

/*
 * A send of several frames passes a virtual device as one packet; a sink that reads single frames
 * above the driver would get nothing, or all of it as one damaged frame.
 */
static int check_merged(struct trial_env *env, struct error *err)
{
	size_t i;

	for (i = 0; i < env->n_paths; i++) {
		const struct side *from = &env->sides[env->paths[i].from], *to;

		if (env->paths[i].to < 0 || strcmp(from->mode, "gso") || from->device.bus[0])
			continue;
		to = &env->sides[env->paths[i].to];
		if (!strcmp(to->mode, "generic") || !strcmp(to->mode, "net_af_xdp/generic"))
			return error_set(
				err, EX_CONFIG, -EINVAL,
				"%s sends several frames as one packet, and %s (generic "
				"XDP) reads single ones: %s.offload.uso = off, or %s.segments "
				"= 1, or native XDP",
				from->plan->name, to->plan->name, from->plan->name,
				from->plan->name);
	}
	return 0;
}

static int plan_streams(struct trial_env *env, struct error *err)
{
	uint32_t stream = 0;
	size_t i;

	for (i = 0; i < env->n_paths; i++) {
		env->paths[i].first_stream = stream;
		env->paths[i].flows = (uint32_t)env->traffic->flows;
		stream += env->paths[i].flows;
	}
	env->streams = stream;
	if (stream > UINT16_MAX + 1u)
		return error_set(
			err, EX_DATAERR, -ERANGE,
			"traffic.flows: %u flows of all paths, and the stamp numbers 65536",
			stream);
	return 0;
}

/* The kernel writes the address of a neighbour, and would go on to. */
static int check_addresses(struct trial_env *env, struct error *err)
{
	uint8_t mac[6];
	size_t i;

	for (i = 0; i < env->n_paths; i++) {
		const struct side *from = &env->sides[env->paths[i].from];

		if (side_to_mac(&from->config, mac) &&
		    endpoint_table[from->config.endpoint]->caps & ENDPOINT_NEEDS_IP)
			return error_set(err, EX_CONFIG, -EINVAL,
					 "%s.to_mac: frames of endpoint %s are addressed by the "
					 "kernel: take packet, af_xdp or dpdk",
					 from->plan->name, side_endpoint(from));
	}
	return 0;
}

/* A null endpoint has no wire: it feeds itself or nobody. */
static int check_paths(struct trial_env *env, struct error *err)
{
	size_t i;

	for (i = 0; i < env->n_paths; i++) {
		const struct path *p = &env->paths[i];
		int side[2] = {p->from, p->to};
		size_t k;

		if (p->to < 0 || p->to == p->from)
			continue;
		for (k = 0; k < 2; k++)
			if (endpoint_table[env->sides[side[k]].config.endpoint]->caps &
			    ENDPOINT_LOOPS)
				return error_set(
					err, EX_CONFIG, -EINVAL,
					"%s: endpoint %s has no wire to another side: give it "
					"role = both (to itself), or leave the other side out",
					env->sides[side[k]].plan->name,
					side_endpoint(&env->sides[side[k]]));
	}
	return 0;
}

bool trial_is_impossible(const struct error *why)
{
	static const int refusals[] = {EX_USAGE,       EX_DATAERR, EX_NOINPUT,
				       EX_UNAVAILABLE, EX_NOPERM,  EX_CONFIG};
	static const int passing[] = {EPIPE,    ECHILD, EINTR,  ETIMEDOUT, EPROTO,  EAGAIN,
				      ERESTART, EBUSY,  EEXIST, ENOMEM,    ENETDOWN};
	bool refused = why->code == -EROFS || why->code == -EOPNOTSUPP;
	size_t i;

	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		refused |= why->exit == refusals[i];
	for (i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		refused &= why->code != -passing[i];
	return refused;
}

static int set_up(struct trial_env *env, const struct point *point, bool *fresh, struct error *err)
{
	size_t i, k;
	int ret;

	ret = plan_streams(env, err);
	for (i = 0; !ret && i < env->n_sides; i++) {
		struct side *side = &env->sides[i];

		ret = side_prepare(side, point, env->wake_fd, err);
		/* carrier, warm-up and what flows come through are looked at again */
		*fresh |= side->changed;
		side->machine_counters = true;
		for (k = 0; !ret && k < i; k++)
			if (!strcmp(json_str(side->host, "boot_id", ""),
				    json_str(env->sides[k].host, "boot_id", "")))
				side->machine_counters = false;
	}
	if (!ret)
		ret = check_paths(env, err);
	if (!ret)
		ret = check_addresses(env, err);
	if (!ret)
		env->max_seq = max_seq(env);
	/* sinks first: nothing is sent before it can be received */
	if (!ret)
		ret = open_sides(env, true, fresh, err);
	if (!ret && *fresh)
		ret = tell_neighbours(env, err);
	if (!ret)
		ret = open_sides(env, false, fresh, err);
	if (!ret)
		ret = check_merged(env, err);
	if (!ret && *fresh)
		ret = wait_links(env, err);
	for (i = 0; !ret && *fresh && i < env->n_sides; i++)
		ret = side_examine(&env->sides[i], env->wake_fd, err);
	return ret;
}

int trial_set_up(struct trial_env *env, const struct point *point, struct error *err)
{
	bool fresh = false;
	int ret = set_up(env, point, &fresh, err);

	/* half a set-up is one that nothing is known of */
	env->warm = env->warm && !fresh && !ret;
	return ret;
}
