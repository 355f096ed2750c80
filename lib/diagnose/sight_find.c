/*
 * Which namespaces and devices are looked at. Devices come from one RTM_GETLINK dump a namespace;
 * the two ends of a veth are found by index and namespace, which name each other (IFLA_LINK,
 * IFLA_LINK_NETNSID).
 */
#include "sight.h"

#include <ctype.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "counter.h"
#include "json.h"
#include "netlink.h"
#include "netns.h"
#include "rtnl.h"

/* The other end of a device, as the namespace that it is in calls that. */
struct end {
	int ifindex;
	int32_t nsid; /* -1: in the same one */
};

/* While devices are gathered. */
struct finder {
	struct sight *sight;
	const char *ifname; /* NULL: all */
	struct end *ends;   /* of each subject */
	size_t home;
	char names[512]; /* of the devices that are there, for people */
};

struct subject *sight_add(struct sight *sight, enum subject_kind kind)
{
	struct subject *more = realloc(sight->subjects, (sight->n + 1) * sizeof(*more)), *added;

	if (!more)
		return NULL;
	sight->subjects = more;
	added = &more[sight->n++];
	*added = (struct subject){.kind = kind, .netns_fd = -1, .sysfs = -1};
	return added;
}

int sight_call(int netns, int (*fn)(void *arg), void *arg, struct error *err)
{
	/* where this thread is already, nobody needs a right to be */
	return netns_fd_inode(netns) == netns_inode("") ? fn(arg)
							: netns_call_fd(netns, fn, arg, err);
}

static int take_link(const struct nlmsghdr *nlh, void *ctx)
{
	const struct ifinfomsg *ifm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	struct finder *finder = ctx;
	const char *name = "";
	struct subject *device;
	struct end end = {.nsid = -1}, *ends;
	size_t len = strlen(finder->names);

	mnl_attr_for_each(attr, nlh, sizeof(*ifm))
	{
		if (mnl_attr_get_type(attr) == IFLA_IFNAME)
			name = mnl_attr_get_str(attr);
		else if (mnl_attr_get_type(attr) == IFLA_LINK)
			end.ifindex = (int)mnl_attr_get_u32(attr);
		else if (mnl_attr_get_type(attr) == IFLA_LINK_NETNSID)
			end.nsid = (int32_t)mnl_attr_get_u32(attr);
	}
	snprintf(finder->names + len, sizeof(finder->names) - len, "%s%s", len ? ", " : "", name);
	if (finder->ifname && strcmp(finder->ifname, name))
		return MNL_CB_OK;
	ends = realloc(finder->ends, (finder->sight->n + 1) * sizeof(*ends));
	if (ends)
		finder->ends = ends;
	device = ends ? sight_add(finder->sight, SUBJECT_DEVICE) : NULL;
	if (!device)
		return MNL_CB_ERROR;
	ends[finder->sight->n - 1] = end;
	snprintf(device->ifname, sizeof(device->ifname), "%s", name);
	device->ifindex = ifm->ifi_index;
	device->home = finder->home;
	return MNL_CB_OK;
}

static int find_devices(void *arg)
{
	_Alignas(struct nlmsghdr) char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct finder *finder = arg;
	struct sight *sight = finder->sight;
	const struct subject *home;
	size_t first = sight->n;
	int ret;

	/* without it some facts are missing, and nothing else */
	sight->subjects[finder->home].sysfs = netns_sysfs_open(NULL);
	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = 1;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	ret = netlink_query(NETLINK_ROUTE, nlh, take_link, finder);
	home = &sight->subjects[finder->home];
	for (size_t i = first; i < sight->n; i++) {
		struct subject *device = &sight->subjects[i];

		snprintf(device->netns, sizeof(device->netns), "%s", home->netns);
		device->inode = home->inode;
		device->netns_fd = home->netns_fd;
		device->sysfs = home->sysfs;
		counter_driver_find(&(struct snapshot_request){.ifname = device->ifname},
				    device->driver, device->bus, sizeof(device->driver));
	}
	return ret == -EINTR ? 0 : ret; /* one came or went meanwhile */
}

/* Add the namespace open as FD, which the sight takes over, with its devices. */
static int add_netns(struct finder *finder, int fd, const char *name, struct error *err)
{
	struct subject *netns = sight_add(finder->sight, SUBJECT_NETNS);
	int ret;

	if (!netns) {
		close(fd);
		return error_set(err, EX_OSERR, -ENOMEM, "no memory");
	}
	netns->netns_fd = fd;
	netns->inode = netns_fd_inode(fd);
	snprintf(netns->netns, sizeof(netns->netns), "%s", name);
	finder->home = finder->sight->n - 1;
	netns->home = finder->home;
	finder->ends = realloc(finder->ends, finder->sight->n * sizeof(*finder->ends));
	if (!finder->ends)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory");
	ret = sight_call(fd, find_devices, finder, err);
	if (ret && !err->text[0])
		error_set(err, EX_OSERR, ret, "namespace %s: cannot list its interfaces: %s",
			  *name ? name : "of this process", strerror(-ret));
	return ret;
}

/* What tells namespaces without a name: a process that holds them. */
static void name_of(uint64_t inode, char *buf, size_t size)
{
	pid_t pid;

	if (inode == netns_inode("")) {
		buf[0] = '\0';
		return;
	}
	if (netns_find(inode, buf, size))
		return;
	pid = netns_process(inode);
	snprintf(buf, size, pid ? "pid:%d" : "(no name)", (int)pid);
}

/* Called in each namespace by netns_each. */
static int gather_fd(void *arg)
{
	struct {
		int *list;
		size_t n;
	} *fds = arg;
	int *more = realloc(fds->list, (fds->n + 1) * sizeof(*more));
	int fd;

	if (!more)
		return 1;
	fds->list = more;
	fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		more[fds->n++] = fd;
	return 0;
}

static int add_all(struct finder *finder, struct error *err)
{
	struct {
		int *list;
		size_t n;
	} fds = {0};
	int ret = 0;

	if (netns_each(gather_fd, &fds))
		ret = error_set(err, EX_OSERR, -ENOMEM, "no memory");
	for (size_t i = 0; i < fds.n; i++) {
		char name[64];

		if (ret) {
			close(fds.list[i]);
			continue;
		}
		name_of(netns_fd_inode(fds.list[i]), name, sizeof(name));
		ret = add_netns(finder, fds.list[i], name, err);
	}
	free(fds.list);
	return ret;
}

static bool is_pid(const char *text)
{
	for (; isdigit((unsigned char)*text); text++)
		;
	return !*text;
}

static int open_netns(const char *name, struct error *err)
{
	char path[64];
	int fd;

	if (!*name) {
		fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
		return fd >= 0 ? fd
			       : error_set(err, EX_OSERR, -errno,
					   "cannot open this process's namespace: %s; is /proc "
					   "mounted?",
					   strerror(errno));
	}
	if (netns_exists(name) || !is_pid(name))
		return netns_open(name, err);
	snprintf(path, sizeof(path), "/proc/%.20s/ns/net", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	return error_set(err, errno == EACCES ? EX_NOPERM : EX_NOINPUT, -errno,
			 errno == ENOENT
				 ? "process %s: there is none; see ps -e"
				 : "process %s: its namespace cannot be opened; run with sudo",
			 name);
}

/* Which number the calling thread's namespace has for another. */
struct number {
	int of; /* that one, open */
	int32_t nsid;
};

static int take_number(const struct nlmsghdr *nlh, void *ctx)
{
	const struct nlattr *attr;
	struct number *number = ctx;

	mnl_attr_for_each(attr, nlh, sizeof(struct rtgenmsg))
	{
		if (mnl_attr_get_type(attr) == NETNSA_NSID)
			number->nsid = (int32_t)mnl_attr_get_u32(attr);
	}
	return MNL_CB_OK;
}

static int ask_number(void *arg)
{
	struct number *number = arg;
	char buf[RTNL_BUFFER];
	struct nlmsghdr *nlh;
	struct rtnl rtnl;
	void *extra;
	int ret = rtnl_open(&rtnl, 0);

	if (ret)
		return ret;
	nlh = rtnl_request(buf, RTM_GETNSID, 0, sizeof(struct rtgenmsg), &extra);
	mnl_attr_put_u32(nlh, NETNSA_FD, (uint32_t)number->of);
	ret = rtnl_talk(&rtnl, nlh, take_number, number);
	rtnl_close(&rtnl);
	return ret;
}

/* Whether END, of A, is in B's namespace. */
static bool is_there(const struct subject *a, const struct end *end, const struct subject *b)
{
	struct number number = {.of = b->netns_fd, .nsid = -1};

	if (end->nsid < 0 || a->inode == b->inode)
		return end->nsid < 0 && a->inode == b->inode;
	return !sight_call(a->netns_fd, ask_number, &number, NULL) && number.nsid == end->nsid;
}

static bool is_veth(const struct subject *s)
{
	return s->kind == SUBJECT_DEVICE && !strcmp(s->driver, "veth");
}

/* Devices of many namespaces have the same index; an end is what both say of each other. */
static void find_peers(struct sight *sight, const struct end *ends)
{
	for (size_t i = 1; i < sight->n; i++) {
		struct subject *a = &sight->subjects[i];

		for (size_t k = i + 1; k < sight->n && is_veth(a) && !a->peer; k++) {
			struct subject *b = &sight->subjects[k];

			if (!is_veth(b) || ends[i].ifindex != b->ifindex ||
			    ends[k].ifindex != a->ifindex || !is_there(a, &ends[i], b))
				continue;
			a->peer = k;
			b->peer = i;
		}
	}
}

int sight_find(struct sight *sight, const struct sight_request *request, struct error *err)
{
	struct finder finder = {.sight = sight, .ifname = request->ifname};
	const char *netns = request->netns ? request->netns : "";
	bool found = false;
	int fd, ret;

	*err = (struct error){0};
	if (!sight_add(sight, SUBJECT_MACHINE))
		return error_set(err, EX_OSERR, -ENOMEM, "no memory");
	if (!strcmp(netns, "all")) {
		ret = add_all(&finder, err);
	} else {
		char name[64];

		fd = open_netns(netns, err);
		if (fd < 0)
			return fd;
		name_of(netns_fd_inode(fd), name, sizeof(name));
		ret = add_netns(&finder, fd, name, err);
	}
	for (size_t i = 0; i < sight->n; i++)
		found = found || sight->subjects[i].kind == SUBJECT_DEVICE;
	if (!ret && request->ifname && !found)
		ret = error_set(err, EX_NOINPUT, -ENODEV,
				"interface %s: there is none%s%s; there are %s", request->ifname,
				*netns ? " in namespace " : "", netns, finder.names);
	if (!ret)
		find_peers(sight, finder.ends);
	free(finder.ends);
	return ret;
}
