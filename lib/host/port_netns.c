/*
 * A port in another namespace (rtnetlink, IFLA_NET_NS_FD). Moving keeps what the driver has, and
 * loses what the namespace had: flags, addresses, routes, neighbours, sysctls. When a
 * namespace ends, the kernel itself moves the ports of NICs to the first one, with nothing.
 */
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ethtool.h"
#include "file.h"
#include "json.h"
#include "log.h"
#include "netns.h"
#include "port.h"
#include "port_move.h"
#include "port_state.h"
#include "rtnl.h"

/* One port on its way, carried into a namespace. */
struct move {
	const char *ifname;      /* where it comes from */
	const char *wanted;      /* its name where it goes */
	const char *bus;         /* "" for a virtual one */
	const json_t *state;     /* to have there */
	const uint8_t *ip, *ip6; /* to have there when there is none of the family; NULL */
	int to;                  /* namespace */
	bool found;
	struct error *err;
};

/* Of the family, and of more than the link. */
static bool has_address(const json_t *state, uint8_t family)
{
	json_t *list = json_object_get(state, "addresses"), *one;
	struct ifaddrmsg ifa;
	size_t i;

	json_array_foreach (list, i, one) {
		json_t *head = json_stringn(json_string_value(one), 2 * sizeof(ifa));
		bool ok = port_unhex(head, &ifa, sizeof(ifa));

		json_decref(head);
		if (ok && ifa.ifa_family == family && ifa.ifa_scope == RT_SCOPE_UNIVERSE)
			return true;
	}
	return false;
}

static int address_give(const struct move *m, uint8_t family, const uint8_t *ip, size_t size)
{
	struct rtnl rtnl;
	int ret;

	if (!ip || has_address(m->state, family))
		return 0;
	ret = rtnl_open(&rtnl, 0);
	if (!ret)
		ret = rtnl_address_add(&rtnl, (int)if_nametoindex(m->wanted), family, ip, size,
				       family == AF_INET ? 24 : 64);
	rtnl_close(&rtnl);
	/* IPv6 switched off: then there is none */
	return ret == -EEXIST || (ret == -EACCES && family == AF_INET6) ? 0 : ret;
}

/*
 * The state that it had, up, and with an address of each family, which can be used at once: nobody
 * else in there has it. What cannot be had in there (a route by a gateway that is not seen) is
 * no fault: the traffic shows whether it is missed.
 */
static int settle(void *arg)
{
	struct move *m = arg;
	json_t *state = json_deep_copy(m->state);
	json_t *link = json_object_get(state, "link");
	struct error why;
	int ret;

	json_object_set_new(link, "flags",
			    json_integer((json_int_t)json_u64(link, "flags", 0) | IFF_UP));
	json_put_str(json_object_get(json_object_get(state, "sysctl"), "ipv6/conf"), "accept_dad",
		     "0");
	if (port_state_write(m->wanted, state, &why))
		log_warn("%s", why.text);
	json_decref(state);
	ret = address_give(m, AF_INET, m->ip, 4);
	if (!ret)
		ret = address_give(m, AF_INET6, m->ip6, 16);
	return ret ? error_set(m->err, EX_OSERR, ret, "%s: no address can be added: %s", m->wanted,
			       strerror(-ret))
		   : 0;
}

/* The process that started the controller, whose child we are; 1 if it cannot be told. */
static int starter(void)
{
	char path[64], *text;
	int pid = 1;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)getppid());
	text = file_read(path, NULL, NULL);
	/* the name is in parentheses and may hold any character; proc_pid_stat(5) */
	if (text && strrchr(text, ')'))
		sscanf(strrchr(text, ')') + 1, " %*c %d", &pid);
	free(text);
	return pid;
}

/*
 * A port must outlive us. A namespace whose file is in a mount namespace that ends with us (`ip
 * netns exec NAME ringloss` makes one) ends, too, and a virtual port in it.
 */
static int lasting_check(const char *netns, int fd, struct error *err)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/root" NETNS_FOLDER "/%s", starter(), netns);
	if (stat(path, &st) == 0 && st.st_ino == netns_fd_inode(fd))
		return 0;
	return error_set(err, EX_CONFIG, -EXDEV,
			 "namespace %s would end with this process, and the port with it: in place "
			 "of `ip netns exec NAME ringloss` say `nsenter --net=" NETNS_FOLDER
			 "/NAME ringloss`",
			 netns);
}

static json_t *object_make(const char *ifname, const char *netns, int target)
{
	char from[64] = "", bus[32] = "";
	uint64_t inode = netns_inode("");
	int fd = ethtool_open();

	if (fd >= 0) {
		ethtool_bus(fd, ifname, bus, sizeof(bus));
		close(fd);
	}
	netns_find(inode, from, sizeof(from));
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "ifname", ifname, "bus", bus, "to",
			 netns, "from", from, "from_inode", (json_int_t)inode, "to_inode",
			 (json_int_t)netns_fd_inode(target));
}

int port_netns_take(struct journal *j, const char *ifname, const char *netns, const uint8_t *ip,
		    const uint8_t *ip6, struct error *err)
{
	struct move m = {.wanted = ifname, .ip = ip, .ip6 = ip6, .err = err};
	json_t *object, *state;
	int ret, to;

	ret = port_use_check(ifname, err);
	if (ret)
		return ret;
	to = netns_open(netns, err);
	if (to < 0)
		return to;
	ret = lasting_check(netns, to, err);
	if (ret) {
		close(to);
		return ret;
	}
	state = port_state_read(ifname, err);
	object = object_make(ifname, netns, to);
	if (!state || !object)
		ret = state ? -ENOMEM : err->code;
	else
		ret = journal_note(j, port_netns_change_kind.name, object, state, NULL, err);
	if (!ret) {
		ret = port_move(ifname, to, ifname);
		if (ret)
			error_set(err, EX_UNAVAILABLE, ret,
				  "%s cannot be moved to namespace %s: %s%s", ifname, netns,
				  strerror(-ret),
				  ret == -EEXIST ? "; there is one of that name" : "");
	}
	m.state = state;
	if (!ret)
		ret = netns_call_fd(to, settle, &m, err);
	json_decref(object);
	json_decref(state);
	close(to);
	return ret;
}

/* ---- giving it back ---- */

/* A virtual port is known by its name and address: another may have its name by now. */
static bool find_ours(const struct move *m, char now[IF_NAMESIZE])
{
	struct ifreq ifr = {0};
	uint8_t mac[6];
	bool same = false;
	int fd;

	if (!port_find(m->bus, m->ifname, now))
		return false;
	if (*m->bus)
		return true;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", now);
	if (fd >= 0 && ioctl(fd, SIOCGIFHWADDR, &ifr) == 0 &&
	    port_unhex(json_object_get(json_object_get(m->state, "link"), "address"), mac,
		       sizeof(mac)))
		same = !memcmp(ifr.ifr_hwaddr.sa_data, mac, sizeof(mac));
	if (fd >= 0)
		close(fd);
	return same;
}

/* Send it from this namespace to where it came from. */
static int send_back(void *arg)
{
	struct move *m = arg;
	char now[IF_NAMESIZE];

	m->found = find_ours(m, now);
	return m->found ? port_move(now, m->to, m->wanted) : 0;
}

static int arrive(void *arg)
{
	struct move *m = arg;
	char now[IF_NAMESIZE];

	m->found = find_ours(m, now);
	return m->found ? port_state_write(now, m->state, m->err) : 0;
}

static enum undo_result netns_undo(const json_t *object, const json_t *old_value,
				   const json_t *new_value, struct error *err)
{
	struct move m = {
		.ifname = json_str(object, "ifname", ""),
		.wanted = json_str(object, "ifname", ""),
		.bus = json_str(object, "bus", ""),
		.state = old_value,
		.err = err,
	};
	const char *from = json_str(object, "from", "");
	bool ended;
	int there, ret;

	m.to = netns_open_inode(json_u64(object, "from_inode", 0));
	if (m.to < 0) {
		/* a virtual one would have ended with its namespace, had it stayed */
		if (!*m.bus && *from)
			return UNDO_NOTHING;
		error_set(err, EX_UNAVAILABLE, m.to,
			  "the namespace%s%s that %s came from cannot be found: run `ringloss "
			  "restore` in it",
			  *from ? " " : "", from, m.ifname);
		return UNDO_FAILED;
	}
	there = netns_open_inode(json_u64(object, "to_inode", 0));
	/* that one may have ended: then the kernel has moved the port to the first one */
	ended = there < 0;
	if (ended && *m.bus)
		there = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
	ret = there < 0 || netns_fd_inode(there) == netns_fd_inode(m.to)
		      ? 0
		      : netns_call_fd(there, send_back, &m, err);
	if (there >= 0)
		close(there);
	if (ret)
		error_set(err, EX_UNAVAILABLE, ret, "%s cannot be moved back: %s%s", m.ifname,
			  strerror(-ret),
			  ret == -EEXIST ? "; another interface has its name there" : "");
	else
		ret = netns_call_fd(m.to, arrive, &m, err);
	close(m.to);
	if (ret)
		return UNDO_FAILED;
	if (m.found || ended)
		return m.found ? UNDO_DONE : UNDO_NOTHING;
	error_set(err, EX_UNAVAILABLE, -ENODEV, "%s is neither where it was nor where we had it",
		  m.ifname);
	return UNDO_CONFLICT;
}

const struct change_kind port_netns_change_kind = {
	.name = "port.netns",
	.survives_reboot = false,
	.undo = netns_undo,
};
