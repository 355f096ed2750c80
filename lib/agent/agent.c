/* The agent's requests; see agent.h. */
#include "agent.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent_port.h"
#include "agent_rules.h"
#include "claim.h"
#include "counter.h"
#include "cpu_work.h"
#include "device.h"
#include "doctor.h"
#include "endpoint.h"
#include "journal.h"
#include "json.h"
#include "log.h"
#include "neighbour.h"
#include "netns.h"
#include "observer.h"
#include "plan.h"
#include "probe.h"
#include "protocol.h"
#include "sampled.h"
#include "setting.h"
#include "worker.h"

struct agent {
	struct channel ch;
	char run[96], side[64];
	char prefix[80]; /* of log lines */
	char netns[64];  /* entered; "" the host's own */
	bool entered;
	struct device device;
	char examined[sizeof(((struct device *)0)->name)]; /* device that doctor looked at last */
	int claim;                                         /* on the device; -1: none */
	bool reopen;               /* the worker was ended by the request at hand */
	struct journal *journal;   /* of settings; NULL until there is something to change */
	struct settings *settings; /* of the device; NULL: as they were */
	json_t *values;            /* that the settings were applied for */
	bool attached;             /* the endpoint that was open last has an XDP program there */
	struct agent_port port;
	struct worker worker;
	struct observer *observer; /* NULL: none */
	enum observer_mode observer_mode;
	int observer_ifindex;     /* of the device that it was opened for */
	json_t *rules;            /* agent_rules_mark of the trial */
	struct error no_observer; /* why there is none although there should be one */
};

/* {run, side}. */
static int do_hello(struct agent *a, const json_t *args, json_t **reply, struct error *err)
{
	snprintf(a->run, sizeof(a->run), "%s", json_str(args, "run", "run"));
	snprintf(a->side, sizeof(a->side), "%s", json_str(args, "side", "side"));
	snprintf(a->prefix, sizeof(a->prefix), "agent %s", a->side);
	log_set_prefix(a->prefix);
	/* now: a namespace does not show all of the host */
	*reply = json_pack("{s:o, s:o, s:i, s:i}", "host", host_probe(), "doctor", doctor_host(0),
			   "protocol", PROTOCOL_VERSION, "pid", (int)getpid());
	return *reply ? 0 : error_set(err, EX_OSERR, -ENOMEM, "no memory");
}

static int restore_settings(struct agent *a, struct error *err)
{
	settings_free(a->settings);
	a->settings = NULL;
	return a->journal ? journal_undo(a->journal, NULL, err) : 0;
}

static int open_journal(struct agent *a, struct error *err)
{
	char name[192];

	if (a->journal)
		return 0;
	snprintf(name, sizeof(name), "%s-%s", a->run, a->side);
	a->journal = journal_open(name, err);
	return a->journal ? 0 : err->code;
}

/* Queues go away: who has sockets on them lets go before. */
static void end_worker(void *arg)
{
	struct agent *a = arg;

	a->reopen |= a->worker.pid != 0;
	worker_end(&a->worker);
}

static int apply_settings(struct agent *a, const json_t *values, struct setting_outcome *out,
			  struct error *err)
{
	int ret;

	ret = open_journal(a, err);
	if (ret)
		return ret;
	if (!a->settings)
		a->settings = settings_new(a->netns, a->device.ifname);
	if (!a->settings)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory");
	ret = setting_apply(a->settings, a->journal, values, end_worker, a, out, err);
	json_decref(a->values);
	a->values = json_incref((json_t *)values);
	if (ret) {
		struct error why;

		/* half of a point's settings is no point */
		end_worker(a);
		if (restore_settings(a, &why))
			log_error("%s", why.text);
	}
	return ret;
}

/* A side that touches packets has its interface to itself. */
static int claim(struct agent *a, bool wanted, struct error *err)
{
	if (a->claim >= 0)
		close(a->claim);
	a->claim = -1;
	if (!wanted || !a->device.ifindex)
		return 0;
	a->claim = device_claim(&a->device, err);
	return a->claim < 0 ? err->code : 0;
}

/*
 * The port as ARGS ask for it. One that changes hands is given back first, by a worker that has
 * ended (vfio waits for its user) and with its settings put back.
 */
static int take_port(struct agent *a, const json_t *args, struct error *err)
{
	char name[180];
	int ret;

	if (!agent_port_differs(&a->port, args))
		return 0;
	if (a->port.asked) {
		end_worker(a);
		ret = restore_settings(a, err);
		if (!ret)
			ret = agent_port_give_back(&a->port, err);
		if (ret)
			return ret;
	}
	/* it is claimed while it is taken, too */
	if (a->claim >= 0)
		close(a->claim);
	a->claim = -1;
	snprintf(name, sizeof(name), "%s-%s", a->run, a->side);
	return agent_port_take(&a->port, args, name, err);
}

/* What doctor finds at the device as it is measured, when it is another than before; else NULL. */
static json_t *examine(struct agent *a)
{
	struct device now;
	struct error err;

	if (!strcmp(a->examined, a->device.name) || (!a->device.ifindex && !a->device.bus[0]))
		return NULL;
	snprintf(a->examined, sizeof(a->examined), "%s", a->device.name);
	/* it had no link yet when it was prepared */
	if (device_resolve(a->port.device, &now, &err))
		return NULL;
	snprintf(now.netns, sizeof(now.netns), "%s", a->device.netns);
	return doctor_device(&now, a->worker.pid);
}

/* Once the links are up: the device is as it is measured. {"settings", "doctor"}. */
static int do_examine(struct agent *a, const json_t *args, json_t **reply, struct error *err)
{
	json_t *settings = NULL;
	int ret = a->settings ? setting_look(a->settings, NULL, &settings, err) : 0;

	if (ret)
		return ret;
	*reply = json_pack("{s:o*, s:o*}", "settings", settings, "doctor", examine(a));
	return *reply ? 0 : error_set(err, EX_OSERR, -ENOMEM, "no memory");
}

/* Every CPU named must be there and allowed, before anything is changed. */
static int check_cpus(const json_t *values, struct error *err)
{
	struct side_config side;
	const struct cpu_list *cpus = &side.cpus;
	cpu_set_t allowed;
	uint32_t i;
	int ret = knob_set_from_json(&side_knob_set, values, &side, err);

	if (ret || sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return ret; /* then starting the thread tells */
	for (i = 0; i < cpus->n; i++)
		if (!CPU_ISSET(cpus->cpu[i], &allowed))
			return error_set(
				err, EX_CONFIG, -ENXIO,
				"cpus: CPU %u is not there or not allowed; this process has %d "
				"(taskset -p, cpuset; numbers begin at 0)",
				cpus->cpu[i], CPU_COUNT(&allowed));
	return 0;
}

/*
 * {netns, device, take, user_space, ip, ip6, values, claim}: an agent lives in one namespace for
 * good.
 */
static int resolve(struct agent *a, const char *netns, struct error *err)
{
	int ret = device_resolve(a->port.device, &a->device, err);

	if (!ret)
		snprintf(a->device.netns, sizeof(a->device.netns), "%s", netns);
	return ret;
}

static int do_prepare(struct agent *a, const json_t *args, json_t **reply, struct error *err)
{
	const char *netns = json_str(args, "netns", "");
	struct setting_outcome out = {0};
	int ret;

	a->reopen = false;
	if (a->entered && strcmp(netns, a->netns))
		return error_set(err, EX_SOFTWARE, -EBUSY, "the agent is in namespace %s already",
				 a->netns);
	ret = check_cpus(json_object_get(args, "values"), err);
	if (!ret)
		ret = take_port(a, args, err);
	if (ret)
		return ret;
	if (!a->entered && *netns) {
		ret = netns_enter(netns, err);
		if (ret)
			return ret;
		snprintf(a->netns, sizeof(a->netns), "%s", netns);
	}
	a->entered = true;
	ret = resolve(a, netns, err);
	if (ret)
		return ret;
	ret = claim(a, json_flag(args, "claim", true), err);
	if (!ret)
		ret = agent_port_resolved(&a->port, &a->device, err);
	if (!ret && a->device.ifindex)
		ret = apply_settings(a, json_object_get(args, "values"), &out, err);
	/* its MTU, and how many queues it has, may be others now */
	if (!ret && out.changed)
		ret = resolve(a, netns, err);
	if (ret)
		return ret;
	if (!out.effective)
		out.effective = json_object();
	if (a->device.bus[0])
		json_put_str(out.effective, "nic.driver", a->device.driver);
	*reply = json_pack("{s:o, s:o, s:b, s:b}", "device", device_json(&a->device), "effective",
			   out.effective, "reopen", a->reopen, "changed", out.changed);
	return *reply ? 0 : error_set(err, EX_OSERR, -ENOMEM, "no memory");
}

/* What was asked of settings, as it is now: {"settings"}. Nothing where the device is gone. */
static int do_settings(struct agent *a, const json_t *args, json_t **reply, struct error *err)
{
	json_t *settings = NULL;
	struct error why;

	if (a->settings)
		setting_look(a->settings, a->values, &settings, &why);
	*reply = json_pack("{s:o*}", "settings", settings);
	return *reply ? 0 : error_set(err, EX_OSERR, -ENOMEM, "no memory");
}

/* {family, ip, mac}: where a sink is that answers nobody. */
static int do_neighbour(struct agent *a, const json_t *args, json_t **reply, struct error *err)
{
	uint8_t ip[FRAME_IP_LEN_MAX], mac[6];
	int ret;

	json_get_bytes(args, "ip", ip, sizeof(ip));
	json_get_bytes(args, "mac", mac, sizeof(mac));
	ret = open_journal(a, err);
	return ret ? ret
		   : neighbour_set(a->journal, a->device.ifname,
				   json_u64(args, "family", FRAME_IPV4) == FRAME_IPV6 ? AF_INET6
										      : AF_INET,
				   ip, mac, err);
}

/* {family, ip}: make the side's address known. */
static int do_announce(struct agent *a, const json_t *args, json_t **reply, struct error *err)
{
	uint8_t addr[FRAME_IP_LEN_MAX];

	if (!a->device.ifindex)
		return 0;
	json_get_bytes(args, "ip", addr, sizeof(addr));
	return endpoint_announce(&a->device, (uint32_t)json_u64(args, "family", FRAME_IPV4), addr,
				 err);
}

/* The observer that the trial asks for; one that cannot be had is told in the result. */
static void observe(struct agent *a, const json_t *args)
{
	enum observer_mode mode = (enum observer_mode)json_u64(args, "observer", OBSERVER_MODE_OFF);
	struct observer_expect expect = {
		.stamp = {.head = stamp_head_wire((unsigned int)json_u64(args, "epoch", 0)),
			  .streams = (unsigned int)json_u64(args, "streams", 0),
			  .max_seq = json_u64(args, "max_seq", 0)},
		.tx = {(uint32_t)json_u64(args, "tx_first", 0),
		       (uint32_t)json_u64(args, "tx_flows", 0)},
		.rx = {(uint32_t)json_u64(args, "rx_first", 0),
		       (uint32_t)json_u64(args, "rx_flows", 0)},
	};

	if (mode != a->observer_mode || a->device.ifindex != a->observer_ifindex) {
		observer_close(a->observer);
		a->observer = NULL;
		a->no_observer = (struct error){0};
		a->observer_mode = mode;
		a->observer_ifindex = a->device.ifindex;
		if (mode != OBSERVER_MODE_OFF &&
		    observer_open(mode, a->device.ifindex, &a->observer, &a->no_observer))
			log_warn("no observer: %s", a->no_observer.text);
	}
	if (a->observer)
		observer_expect(a->observer, &expect);
}

/*
 * {epoch, streams, max_seq, observer, tx_first, tx_flows, rx_first, rx_flows}: a trial begins; the
 * last are the streams of the paths that the side sends and receives on.
 */
static int do_trial(struct agent *a, const json_t *args, json_t **reply, struct error *err)
{
	observe(a, args);
	json_decref(a->rules);
	a->rules = agent_rules_mark();
	return worker_call(&a->worker, "trial", args, reply, err);
}

/* What there is beside counters, for people. */
static json_t *details(struct agent *a)
{
	json_t *all = json_object(), *rules = agent_rules_moved(a->rules);

	/* their counters are FAILED then, and say so */
	if (rules)
		json_object_set_new(all, "nft_rules", rules);
	json_object_set_new(all, "cpus", cpu_work_json(a->device.bus));
	if (a->observer)
		json_object_set_new(all, "observer", observer_details(a->observer));
	else if (a->no_observer.code)
		json_object_set_new(
			all, "observer",
			json_pack("{s:s, s:s}", "mode", "none", "why", a->no_observer.text));
	return all;
}

static int do_progress(struct agent *a, const json_t *args, json_t **reply, struct error *err)
{
	if (!worker_alive(&a->worker, err))
		return err->code;
	*reply = worker_progress(a->worker.shared);
	return *reply ? 0 : error_set(err, EX_OSERR, -ENOMEM, "no memory");
}

static int do_snapshot(struct agent *a, const json_t *args, json_t **reply, struct error *err)
{
	struct sample *samples;
	struct snapshot_request request;
	json_t *counters, *endpoint = NULL;
	uint32_t refresh_ms;
	size_t n;
	int ret;

	ret = worker_call(&a->worker, "stats", NULL, &endpoint, err);
	if (ret)
		return ret;
	request = (struct snapshot_request){
		.ifname = a->device.ifname, .ifindex = a->device.ifindex, .scopes = SCOPES_ALL};
	if (!json_flag(args, "machine", true))
		request.scopes &= ~SCOPE_BIT(SCOPE_MACHINE);
	ret = snapshot_read(&request, &samples, &n, err);
	if (ret) {
		json_decref(endpoint);
		return ret;
	}
	counters = snapshot_json(samples, n);
	refresh_ms = snapshot_refresh_ms(samples, n);
	free(samples);
	json_object_update(counters, json_object_get(endpoint, "counters"));
	json_decref(endpoint);
	observer_counters(a->observer, counters);
	*reply = json_pack("{s:o, s:o, s:i}", "counters", counters, "details", details(a),
			   "refresh_ms", (int)refresh_ms);
	return *reply ? 0 : error_set(err, EX_OSERR, -ENOMEM, "no memory");
}

/* {machine}: the few counters that are read while the threads run: {"counters"}. */
static int do_sample(struct agent *a, const json_t *args, json_t **reply, struct error *err)
{
	json_t *endpoint = NULL, *counters;
	int ret = worker_call(&a->worker, "sample", NULL, &endpoint, err);

	if (ret)
		return ret;
	counters =
		sampled_read(a->device.ifname, a->device.ifindex, json_flag(args, "machine", true));
	json_object_update(counters, json_object_get(endpoint, "counters"));
	json_decref(endpoint);
	*reply = json_pack("{s:o}", "counters", counters);
	return *reply ? 0 : error_set(err, EX_OSERR, -ENOMEM, "no memory");
}

static int do_restore(struct agent *a, const json_t *args, json_t **reply, struct error *err)
{
	int ret;

	worker_end(&a->worker);
	ret = restore_settings(a, err);
	return ret ? ret : agent_port_give_back(&a->port, err);
}

/* To the worker, with a new one if there is none. */
static int open_worker(struct agent *a, const json_t *args, json_t **reply, struct error *err)
{
	json_t *request;
	int ret = 0;

	if (!a->worker.pid) {
		worker_end(&a->worker); /* what a dead one left */
		ret = worker_spawn(&a->worker, err);
	}
	if (ret)
		return ret;
	request = json_copy((json_t *)args);
	json_object_set_new(request, "device", device_json(&a->device));
	ret = worker_call(&a->worker, "open", request, reply, err);
	if (ret == -ERESTART) {
		worker_end(&a->worker);
		ret = worker_spawn(&a->worker, err);
		if (!ret)
			ret = worker_call(&a->worker, "open", request, reply, err);
	}
	json_decref(request);
	return ret;
}

/*
 * The settings of queues are made again where the endpoint made these anew: its reply says what
 * took effect then.
 */
static int do_open(struct agent *a, const json_t *args, json_t **reply, struct error *err)
{
	const struct endpoint_ops *ops = endpoint_find(json_str(a->values, "endpoint", ""));
	bool attaches = ops && ops->caps & ENDPOINT_ATTACHES;
	bool remakes = a->settings && a->device.bus[0] && (attaches || a->attached);
	json_t *effective = NULL;
	int ret = remakes ? setting_hold(a->settings, a->journal, err) : 0;

	if (!ret)
		ret = open_worker(a, args, reply, err);
	if (ret)
		return ret;
	a->attached = attaches;
	if (remakes)
		ret = setting_again(a->settings, a->journal, a->values, &effective, err);
	if (ret) {
		json_decref(*reply);
		*reply = NULL;
		return ret;
	}
	if (effective)
		json_object_set_new(*reply, "settings", effective);
	return 0;
}

static const struct {
	const char *op;
	int (*run)(struct agent *a, const json_t *args, json_t **reply, struct error *err);
} requests[] = {
	{"hello", do_hello},       {"prepare", do_prepare},     {"announce", do_announce},
	{"progress", do_progress}, {"snapshot", do_snapshot},   {"restore", do_restore},
	{"open", do_open},         {"neighbour", do_neighbour}, {"trial", do_trial},
	{"sample", do_sample},     {"examine", do_examine},     {"settings", do_settings},
};

static int serve(struct agent *a, const json_t *request, json_t **reply, struct error *err)
{
	const char *op = json_str(request, "op", "");
	size_t i;

	if (json_u64(request, "v", 0) != PROTOCOL_VERSION)
		return error_set(
			err, EX_PROTOCOL, -EPROTO,
			"this agent speaks version %d of the protocol, the controller another: "
			"the same ringloss is needed on both hosts",
			PROTOCOL_VERSION);
	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		if (!strcmp(op, requests[i].op))
			return requests[i].run(a, request, reply, err);
	return worker_call(&a->worker, op, request, reply, err);
}

/* SIGTERM ends an agent like end of input; SIGINT is the controller's business. */
static int open_signals(void)
{
	sigset_t set;

	signal(SIGINT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

int agent_main(void)
{
	struct agent a = {.claim = -1};
	struct error err = {0};
	int wake = open_signals(), code = EX_OK;
	json_t *request;

	agent_port_init(&a.port);
	if (channel_init(&a.ch, STDIN_FILENO, STDOUT_FILENO, "the controller", &err))
		return EX_OSERR;
	while ((request = channel_receive(&a.ch, -1, wake, &err))) {
		json_t *reply = NULL;
		struct error why = {0}, gone;
		int ret = serve(&a, request, &reply, &why);

		if (!ret)
			ret = channel_reply(&a.ch, request, reply, &why);
		/* an answer that does not fit is an error, not the end */
		if (ret)
			ret = channel_reply_error(&a.ch, request, &why, &gone);
		json_decref(request);
		if (ret)
			break;
	}
	worker_end(&a.worker);
	if (restore_settings(&a, &err)) {
		log_error("%s; `ringloss restore` tries again", err.text);
		code = err.exit;
	}
	if (agent_port_leave(&a.port, &err)) {
		log_error("%s; `ringloss restore` tries again", err.text);
		code = err.exit;
	}
	journal_close(a.journal);
	agent_port_end(&a.port);
	observer_close(a.observer);
	json_decref(a.values);
	json_decref(a.rules);
	channel_free(&a.ch);
	if (wake >= 0)
		close(wake);
	return code;
}
