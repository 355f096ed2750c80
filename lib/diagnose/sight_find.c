/*
 * Which namespaces and devices are looked at. Devices come from one RTM_GETLINK dump a namespace;
 * the two ends of a veth are found by their indices, which name each other (IFLA_LINK).
 */
#include "sight.h"

#include <ctype.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "counter.h"
#include "json.h"
#include "netlink.h"
#include "netns.h"

/* While devices are gathered. */
struct finder {
	struct sight *sight;
	const char *ifname; /* NULL: all */
	int *links;         /* IFLA_LINK of each subject */
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

static int take_link(const struct nlmsghdr *nlh, void *ctx)
{
	const struct ifinfomsg *ifm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	struct finder *finder = ctx;
	const char *name = "";
	struct subject *device;
	int link = 0, *links;
	size_t len = strlen(finder->names);

	mnl_attr_for_each(attr, nlh, sizeof(*ifm))
	{
		if (mnl_attr_get_type(attr) == IFLA_IFNAME)
			name = mnl_attr_get_str(attr);
		else if (mnl_attr_get_type(attr) == IFLA_LINK)
			link = (int)mnl_attr_get_u32(attr);
	}
	snprintf(finder->names + len, sizeof(finder->names) - len, "%s%s", len ? ", " : "", name);
	if (finder->ifname && strcmp(finder->ifname, name))
		return MNL_CB_OK;
	links = realloc(finder->links, (finder->sight->n + 1) * sizeof(*links));
	if (links)
		finder->links = links;
	device = links ? sight_add(finder->sight, SUBJECT_DEVICE) : NULL;
	if (!device)
		return MNL_CB_ERROR;
	links[finder->sight->n - 1] = link;
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
	finder->links = realloc(finder->links, finder->sight->n * sizeof(*finder->links));
	if (!finder->links)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory");
	ret = netns_call_fd(fd, find_devices, finder, err);
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

/* The ends of a veth name each other's index; where that is not unique, nobody's peer is known. */
static void find_peers(struct sight *sight, const int *links)
{
	for (size_t i = 1; i < sight->n; i++) {
		struct subject *a = &sight->subjects[i];
		size_t found = 0, times = 0;

		if (a->kind != SUBJECT_DEVICE || strcmp(a->driver, "veth"))
			continue;
		for (size_t k = 1; k < sight->n; k++) {
			const struct subject *b = &sight->subjects[k];

			if (k != i && b->kind == SUBJECT_DEVICE && !strcmp(b->driver, "veth") &&
			    links[i] == b->ifindex && links[k] == a->ifindex) {
				found = k;
				times++;
			}
		}
		a->peer = times == 1 ? found : 0;
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
		find_peers(sight, finder.links);
	free(finder.links);
	return ret;
}
