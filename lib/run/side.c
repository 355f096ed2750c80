/* Sides of a run; see side.h. */
#include "side.h"

#include <stdio.h>
#include <string.h>

#include "json.h"
#include "log.h"
#include "port.h"

bool side_generates(const struct side *side)
{
	return side->plan->role == ROLE_GENERATOR || side->plan->role == ROLE_BOTH;
}

bool side_sinks(const struct side *side)
{
	return side->plan->role == ROLE_SINK || side->plan->role == ROLE_BOTH;
}

const char *side_endpoint(const struct side *side)
{
	return endpoint_table[side->config.endpoint]->name;
}

/* What the plan says, else one of the benchmark's (RFC 2544 appendix C.2.2, RFC 5180). */
static void asked_ip(const struct side *side, uint32_t family, uint8_t ip[FRAME_IP_LEN_MAX])
{
	const uint8_t benchmark[4] = {198, 18, 0, (uint8_t)(side->index + 1)};
	const uint8_t benchmark6[16] = {0x20, 0x01, 0, 2, [15] = (uint8_t)(side->index + 1)};

	memset(ip, 0, FRAME_IP_LEN_MAX);
	if (family == FRAME_IPV6)
		memcpy(ip, side->config.ip6.set ? side->config.ip6.addr : benchmark6, 16);
	else
		memcpy(ip, side->config.ip.set ? side->config.ip.addr : benchmark, 4);
}

void side_ip(const struct side *side, uint32_t family, uint8_t ip[FRAME_IP_LEN_MAX])
{
	asked_ip(side, family, ip);
	if (family == FRAME_IPV6 && !side->config.ip6.set && side->device.has_ip6)
		memcpy(ip, side->device.ip6, 16);
	if (family == FRAME_IPV4 && !side->config.ip.set && side->device.has_ip)
		memcpy(ip, side->device.ip, 4);
}

/* What an agent or worker that died took with it. */
static void forget(struct side *side, bool agent_too)
{
	json_decref(side->opened);
	side->opened = NULL;
	if (!agent_too)
		return;
	json_decref(side->prepared);
	side->prepared = NULL;
}

int side_call(struct side *side, const char *op, const json_t *args, int wake_fd, json_t **reply,
	      struct error *err)
{
	int ret = agent_call(&side->agent, op, args, wake_fd, reply, err);

	if (ret == -EPIPE)
		forget(side, true);
	else if (ret == -ECHILD)
		forget(side, false);
	if (ret)
		error_prefix(err, "%s", side->plan->name);
	return ret;
}

/* Findings of a new look take the place of those at the same device (or host). */
static void keep_findings(struct side *side, const json_t *found)
{
	json_t *kept = json_array(), *old,
	       *device = json_object_get(json_array_get(found, 0), "device");
	size_t i;

	if (!json_array_size(found)) {
		json_decref(kept);
		return;
	}
	json_array_foreach (side->doctor, i, old)
		if (!json_equal(json_object_get(old, "device"), device))
			json_array_append(kept, old);
	json_array_extend(kept, (json_t *)found);
	json_decref(side->doctor);
	side->doctor = kept;
}

json_t *side_host_json(const struct side *side)
{
	json_t *host = json_copy(side->host);

	if (host && side->doctor)
		json_object_set(host, "doctor", side->doctor);
	return host;
}

int side_start(struct side *side, struct error *err)
{
	json_t *hello;
	int ret;

	if (side->agent.pid)
		return 0;
	forget(side, true);
	ret = agent_spawn(&side->agent, side->run_id, side->plan->name, &hello, err);
	if (ret)
		return error_prefix(err, "%s", side->plan->name);
	json_decref(side->host);
	side->host = json_incref(json_object_get(hello, "host"));
	keep_findings(side, json_object_get(hello, "doctor"));
	json_decref(hello);
	return 0;
}

/* Where the side lives: the lab's end, or what the plan says. */
static json_t *prepare_request(const struct side *side, struct error *err)
{
	/* what a setting may depend on, beside those of the groups ("irq.affinity") */
	static const char *const words[] = {"endpoint", "queues", "cpus", "pmd"};
	json_t *settings = json_object(), *value;
	const char *netns = side->config.netns, *key;
	size_t i;
	char device[sizeof(side->config.device) + 8];
	/* an observer changes nothing, and the lab's ends are where they belong */
	bool observer = side->plan->role == ROLE_OBSERVER, take = !observer, user_space;
	uint8_t ip[FRAME_IP_LEN_MAX], ip6[FRAME_IP_LEN_MAX];

	snprintf(device, sizeof(device), "%s", side->config.device);
	if (!strcmp(device, "lab")) {
		if (!side->lab_end) {
			json_decref(settings);
			error_set(err, EX_CONFIG, -EINVAL,
				  "%s.device = lab, but plan.lab = none: set plan.lab=own",
				  side->plan->name);
			return NULL;
		}
		take = false;
		netns = side->lab_end->netns;
		snprintf(device, sizeof(device), "net:%s", side->lab_end->ifname);
	}
	json_object_foreach (side->values, key, value)
		if (strchr(key, '.'))
			json_object_set(settings, key, value);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		json_object_set(settings, words[i], json_object_get(side->values, words[i]));
	json_put_str(settings, "receives", side_sinks(side) ? "yes" : "no");
	user_space = endpoint_table[side->config.endpoint]->caps & ENDPOINT_USER_SPACE &&
		     !strcmp(json_str(settings, "nic.driver", ""), PORT_AUTO);
	asked_ip(side, FRAME_IPV4, ip);
	asked_ip(side, FRAME_IPV6, ip6);
	return json_pack("{s:s, s:s, s:b, s:b, s:o, s:o, s:o, s:b}", "netns", netns, "device",
			 device, "take", take, "user_space", user_space, "ip", json_bytes(ip, 4),
			 "ip6", json_bytes(ip6, 16), "values", settings, "claim", !observer);
}

int side_prepare(struct side *side, const struct point *point, int wake_fd, struct error *err)
{
	json_t *request, *reply;
	int ret;

	json_decref(side->values);
	side->values = point_side_values(point, side->index);
	ret = point_config(point, &side_knob_set, side->index, &side->config, err);
	if (!ret)
		ret = side_start(side, err);
	if (ret)
		return ret;
	request = prepare_request(side, err);
	if (!request)
		return err->code;
	side->changed = false;
	if (side->prepared && json_equal(side->prepared, request)) {
		json_decref(request);
		return 0;
	}
	json_decref(side->prepared);
	side->prepared = NULL;
	ret = side_call(side, "prepare", request, wake_fd, &reply, err);
	if (ret) {
		json_decref(request);
		/* what is open has seen settings come and go again */
		forget(side, false);
		return ret;
	}
	side->prepared = request;
	side->changed = json_flag(reply, "changed", false);
	/* the worker was ended for it */
	if (json_flag(reply, "reopen", false))
		forget(side, false);
	json_decref(side->settings);
	side->settings = json_incref(json_object_get(reply, "effective"));
	ret = device_from_json(json_object_get(reply, "device"), &side->device, err);
	json_decref(reply);
	return ret;
}

int side_settings_hold(struct side *side, int wake_fd, char *text, size_t size, struct error *err)
{
	const char *key;
	json_t *reply, *value;
	int ret = side_call(side, "settings", NULL, wake_fd, &reply, err);

	text[0] = '\0';
	if (ret)
		return ret;
	json_object_foreach (json_object_get(reply, "settings"), key, value) {
		const char *was = json_str(side->settings, key, ""), *is = json_string_value(value);

		if (!text[0] && strcmp(was, is))
			snprintf(text, size, "%s was %.60s and is %.60s", key, was, is);
	}
	json_decref(reply);
	return 0;
}

int side_examine(struct side *side, int wake_fd, struct error *err)
{
	json_t *reply;
	int ret = side_call(side, "examine", NULL, wake_fd, &reply, err);

	if (ret)
		return ret;
	keep_findings(side, json_object_get(reply, "doctor"));
	if (side->settings && json_object_get(reply, "settings"))
		json_object_update(side->settings, json_object_get(reply, "settings"));
	json_decref(reply);
	return 0;
}

/* The address of a port that only its endpoint can ask (DPDK's), for who sends to it. */
static void take_mac(struct side *side)
{
	static const uint8_t none[6];
	uint8_t *mac = side->device.mac;
	const char *text = json_str(side->knobs, "mac", "");

	if (memcmp(mac, none, sizeof(none)))
		return;
	if (sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &mac[0], &mac[1], &mac[2], &mac[3],
		   &mac[4], &mac[5]) != 6)
		memset(mac, 0, sizeof(none));
}

int side_open(struct side *side, json_t *request, int wake_fd, bool *fresh, struct error *err)
{
	json_t *reply;
	int ret;

	*fresh = false;
	if (side->opened && json_equal(side->opened, request)) {
		json_decref(request);
		return 0;
	}
	json_decref(side->opened);
	side->opened = NULL;
	ret = side_call(side, "open", request, wake_fd, &reply, err);
	if (ret) {
		json_decref(request);
		return ret;
	}
	*fresh = true;
	side->opened = request;
	json_decref(side->knobs);
	json_decref(side->threads);
	side->knobs = json_incref(json_object_get(reply, "effective"));
	side->threads = json_incref(json_object_get(reply, "threads"));
	/* what the endpoint made anew and was set again */
	json_object_update(side->settings, json_object_get(reply, "settings"));
	snprintf(side->mode, sizeof(side->mode), "%s", json_str(reply, "mode", ""));
	take_mac(side);
	json_decref(reply);
	return 0;
}

int side_end(struct side *side)
{
	int code = agent_end(&side->agent);

	forget(side, true);
	json_decref(side->host);
	json_decref(side->doctor);
	json_decref(side->values);
	json_decref(side->settings);
	json_decref(side->knobs);
	json_decref(side->threads);
	side->host = side->doctor = side->values = side->settings = side->knobs = side->threads =
		NULL;
	return code;
}
