/* Facts of an interface from netlink, ethtool and, for its PCI device, sysfs; see link.h. */
#include "link.h"

#include <limits.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>

#include "file.h"

#define PCI_DEVICES "/sys/bus/pci/devices"

/* Drivers on a bus whose speed is a number and no line rate. */
static const char *const virtual_drivers[] = {
	"virtio_net", "vmxnet3", "hv_netvsc", "xen_netfront", "netdevsim", "vif", NULL,
};

/* One look at a link, as netlink messages come in. */
struct link_look {
	struct device *device;
	bool found;
	bool has_kind; /* made by a kind of its own (veth, tun, bridge ...): no hardware */
};

static void mac_take(const struct nlattr *attr, uint8_t mac[6])
{
	if (mnl_attr_get_payload_len(attr) == 6)
		memcpy(mac, mnl_attr_get_payload(attr), 6);
}

/* A NIC that is a port of a bond has this block too, but no kind in it. */
static int kind_take(const struct nlattr *attr, void *arg)
{
	struct link_look *look = arg;

	if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
		look->has_kind = true;
	return MNL_CB_OK;
}

static int attr_take(const struct nlattr *attr, void *arg)
{
	struct link_look *look = arg;
	struct device *d = look->device;

	switch (mnl_attr_get_type(attr)) {
	case IFLA_ADDRESS:
		mac_take(attr, d->mac);
		break;
	case IFLA_PERM_ADDRESS:
		mac_take(attr, d->permanent_mac);
		break;
	case IFLA_MTU:
		d->mtu = mnl_attr_get_u32(attr);
		break;
	case IFLA_NUM_RX_QUEUES:
		d->rx_queues = mnl_attr_get_u32(attr);
		break;
	case IFLA_NUM_TX_QUEUES:
		d->tx_queues = mnl_attr_get_u32(attr);
		break;
	case IFLA_CARRIER:
		d->carrier = mnl_attr_get_u8(attr);
		break;
	case IFLA_QDISC:
		snprintf(d->qdisc, sizeof(d->qdisc), "%.*s", (int)mnl_attr_get_payload_len(attr),
			 mnl_attr_get_str(attr));
		break;
	case IFLA_LINKINFO:
		mnl_attr_parse_nested(attr, kind_take, look);
		break;
	}
	return MNL_CB_OK;
}

static int link_take(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct link_look *look = arg;

	look->found = true;
	look->device->ifindex = ifi->ifi_index;
	look->device->up = ifi->ifi_flags & IFF_UP;
	mnl_attr_parse(nlh, sizeof(*ifi), attr_take, look);
	return MNL_CB_OK;
}

/* One request; CB for each message of the answer, which a dump ends with NLMSG_DONE. */
static int netlink_ask(struct nlmsghdr *nlh, mnl_cb_t cb, void *ctx)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	/* Some drivers' answers (virtual functions, statistics) are larger than a page. */
	char buf[32768];
	bool dump = (nlh->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	int ret = MNL_CB_OK;
	ssize_t n;

	if (!nl)
		return -errno;
	nlh->nlmsg_seq = 1;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		ret = MNL_CB_ERROR;
	while (ret > MNL_CB_STOP) {
		do {
			n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		} while (n < 0 && errno == EINTR);
		ret = n < 0 ? MNL_CB_ERROR
			    : mnl_cb_run(buf, (size_t)n, 1, mnl_socket_get_portid(nl), cb, ctx);
		if (!dump)
			break;
	}
	if (ret == MNL_CB_ERROR)
		ret = errno ? -errno : -EIO;
	mnl_socket_close(nl);
	return ret < 0 ? ret : 0;
}

static int netlink_read(const char *ifname, struct link_look *look)
{
	_Alignas(struct nlmsghdr) char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	int ret;

	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, ifname);
	ret = netlink_ask(nlh, link_take, look);
	return ret ? ret : look->found ? 0 : -ENODEV;
}

/* What an address of the dump says of itself. */
struct address_look {
	const void *addr;
	uint32_t flags;
};

static int address_attr_take(const struct nlattr *attr, void *arg)
{
	struct address_look *look = arg;

	if (mnl_attr_get_type(attr) == IFA_ADDRESS && mnl_attr_get_payload_len(attr) == 16)
		look->addr = mnl_attr_get_payload(attr);
	/* the header has room for eight of the flags only */
	if (mnl_attr_get_type(attr) == IFA_FLAGS)
		look->flags = mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

/* fe80::/10 (RFC 4291 section 2.5.6) */
static bool is_link_local(const uint8_t ip6[16])
{
	return ip6[0] == 0xfe && (ip6[1] & 0xc0) == 0x80;
}

/* A link-local address stands until a better one comes; one that is being probed is none yet. */
static int address6_take(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct address_look look = {.flags = ifa->ifa_flags};
	struct device *d = arg;

	/* the kernel answers for every device: net/ipv6/addrconf.c, inet6_dump_addr */
	if (ifa->ifa_family != AF_INET6 || (int)ifa->ifa_index != d->ifindex)
		return MNL_CB_OK;
	mnl_attr_parse(nlh, sizeof(*ifa), address_attr_take, &look);
	if (!look.addr || (look.flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)))
		return MNL_CB_OK;
	if (d->has_ip6 && (ifa->ifa_scope != RT_SCOPE_UNIVERSE || !is_link_local(d->ip6)))
		return MNL_CB_OK;
	memcpy(d->ip6, look.addr, sizeof(d->ip6));
	d->has_ip6 = true;
	return MNL_CB_OK;
}

/* Without IPv6 in the kernel there is no answer, and no address. */
static void address6_read(struct device *d)
{
	_Alignas(struct nlmsghdr) char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *ifa;

	nlh->nlmsg_type = RTM_GETADDR;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	ifa->ifa_family = AF_INET6;
	ifa->ifa_index = (uint32_t)d->ifindex;
	netlink_ask(nlh, address6_take, d);
}

static int ethtool_ask(int fd, const char *ifname, void *cmd)
{
	struct ifreq ifr = {.ifr_data = cmd};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	return ioctl(fd, SIOCETHTOOL, &ifr) < 0 ? -errno : 0;
}

static void driver_read(int fd, struct device *d)
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};

	if (ethtool_ask(fd, d->ifname, &info))
		return;
	snprintf(d->driver, sizeof(d->driver), "%.*s", (int)sizeof(info.driver) - 1, info.driver);
	if (strcmp(info.fw_version, "N/A") != 0)
		snprintf(d->firmware, sizeof(d->firmware), "%.*s", (int)sizeof(info.fw_version) - 1,
			 info.fw_version);
	/* Some virtual drivers write a word here (tun: "tap"). */
	if (strchr(info.bus_info, ':') || strchr(info.bus_info, '-'))
		snprintf(d->bus, sizeof(d->bus), "%.*s", (int)sizeof(info.bus_info) - 1,
			 info.bus_info);
}

static void channels_read(int fd, struct device *d)
{
	struct ethtool_channels ch = {.cmd = ETHTOOL_GCHANNELS};

	/* Without the answer the number of queues that netlink named stands. */
	if (ethtool_ask(fd, d->ifname, &ch))
		return;
	if (ch.rx_count + ch.combined_count)
		d->rx_queues = ch.rx_count + ch.combined_count;
	if (ch.tx_count + ch.combined_count)
		d->tx_queues = ch.tx_count + ch.combined_count;
}

static void speed_read(int fd, struct device *d)
{
	struct {
		struct ethtool_link_settings head;
		uint32_t masks[3 * SCHAR_MAX]; /* three masks of at most 127 words */
	} s = {.head = {.cmd = ETHTOOL_GLINKSETTINGS}};

	/* The first call says how many words the masks have, negated; linux/ethtool.h. */
	if (ethtool_ask(fd, d->ifname, &s.head) || s.head.link_mode_masks_nwords >= 0)
		return;
	s.head.link_mode_masks_nwords = (int8_t)-s.head.link_mode_masks_nwords;
	s.head.cmd = ETHTOOL_GLINKSETTINGS;
	if (ethtool_ask(fd, d->ifname, &s.head) == 0 && s.head.speed &&
	    s.head.speed != (uint32_t)SPEED_UNKNOWN)
		d->speed_mbps = s.head.speed;
}

static void address_read(int fd, struct device *d)
{
	struct ifreq ifr = {0};
	struct sockaddr_in in;

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", d->ifname);
	if (ioctl(fd, SIOCGIFADDR, &ifr) < 0)
		return;
	memcpy(&in, &ifr.ifr_addr, sizeof(in));
	memcpy(d->ip, &in.sin_addr, sizeof(d->ip));
	d->has_ip = true;
}

static bool is_virtual(const struct device *d)
{
	size_t i;

	if (!d->bus[0])
		return true;
	for (i = 0; virtual_drivers[i]; i++)
		if (strcmp(d->driver, virtual_drivers[i]) == 0)
			return true;
	return false;
}

/* The last part of what the link BUS/NAME points to. */
static bool pci_link(const char *bus, const char *name, char *buf, size_t size)
{
	char path[128], target[PATH_MAX];
	char *slash;
	ssize_t n;

	snprintf(path, sizeof(path), PCI_DEVICES "/%s/%s", bus, name);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	slash = strrchr(target, '/');
	snprintf(buf, size, "%.*s", (int)size - 1, slash ? slash + 1 : target);
	return true;
}

void link_read_pci(const char *bus, struct device *device)
{
	char path[128];
	char *text, *end;
	long node;

	if (!device->driver[0])
		pci_link(bus, "driver", device->driver, sizeof(device->driver));
	pci_link(bus, "physfn", device->pf, sizeof(device->pf));
	snprintf(path, sizeof(path), PCI_DEVICES "/%s/numa_node", bus);
	text = file_read(path, NULL, NULL);
	if (!text)
		return;
	node = strtol(text, &end, 10);
	if (end != text && node >= 0 && node <= INT_MAX)
		device->numa_node = (int)node;
	free(text);
}

int link_read(const char *ifname, struct device *device)
{
	struct link_look look = {.device = device};
	int fd, ret;

	ret = netlink_read(ifname, &look);
	if (ret)
		return ret;
	snprintf(device->ifname, sizeof(device->ifname), "%s", ifname);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	driver_read(fd, device);
	channels_read(fd, device);
	speed_read(fd, device);
	address_read(fd, device);
	address6_read(device);
	close(fd);
	if (device->bus[0])
		link_read_pci(device->bus, device);
	device->real_speed = device->speed_mbps > 0 && !look.has_kind && !is_virtual(device);
	return 0;
}
