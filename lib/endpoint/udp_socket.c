/* Sockets of the UDP back end, of either family, bound to an address of a device. */
#include <arpa/inet.h>
#include <linux/if_vlan.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "patience.h"
#include "udp.h"

int udp_set_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) < 0 ? -errno : 0;
}

socklen_t udp_address(union udp_address *at, uint32_t family, const uint8_t *ip, uint16_t port)
{
	memset(at, 0, sizeof(*at));
	if (family == FRAME_IPV6) {
		at->in6.sin6_family = AF_INET6;
		at->in6.sin6_port = htons(port);
		memcpy(&at->in6.sin6_addr, ip, sizeof(at->in6.sin6_addr));
		return sizeof(at->in6);
	}
	at->in.sin_family = AF_INET;
	at->in.sin_port = htons(port);
	memcpy(&at->in.sin_addr, ip, sizeof(at->in.sin_addr));
	return sizeof(at->in);
}

const char *udp_ip_text(char text[INET6_ADDRSTRLEN], uint32_t family, const uint8_t *ip)
{
	return inet_ntop(family == FRAME_IPV6 ? AF_INET6 : AF_INET, ip, text, INET6_ADDRSTRLEN);
}

static int bind_patiently(int fd, const struct endpoint_setup *setup, const uint8_t *ip,
			  uint16_t port, bool reuse_port)
{
	const char *ifname = setup->device->ifname;
	union udp_address at;
	socklen_t len = udp_address(&at, setup->family, ip, port);
	uint64_t deadline = 0;
	int ret;

	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, ifname, (socklen_t)strlen(ifname)) < 0)
		return -errno;
	ret = reuse_port ? udp_set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1) : 0;
	if (!ret && setup->family == FRAME_IPV6)
		ret = udp_set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (ret)
		return ret;
	do
		ret = bind(fd, &at.any, len) < 0 ? -errno : 0;
	while (ret == -EADDRINUSE && patience(&deadline));
	return ret;
}

int udp_bound_socket(const struct endpoint_setup *setup, const uint8_t *ip, uint16_t port,
		     bool reuse_port, struct error *err)
{
	bool six = setup->family == FRAME_IPV6;
	int fd = socket(six ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char text[INET6_ADDRSTRLEN];
	int ret;

	if (fd < 0)
		return error_set(err, EX_OSERR, -errno, "cannot open a UDP socket: %s%s",
				 strerror(errno),
				 errno == EMFILE ? "; fewer flows, or ulimit -n" : "");
	ret = bind_patiently(fd, setup, ip, port, reuse_port);
	if (!ret)
		return fd;
	error_set(err, ret == -EADDRINUSE ? EX_TEMPFAIL : EX_OSERR, ret,
		  "cannot bind UDP %s%s%s:%u on %s: %s%s", six ? "[" : "",
		  udp_ip_text(text, setup->family, ip), six ? "]" : "", port, setup->device->ifname,
		  strerror(-ret),
		  ret == -EADDRINUSE ? "; end the program that has it (ss -ulnp), or choose "
				       "another traffic.port"
				     : "");
	close(fd);
	return ret;
}

int udp_check_vlan(const struct endpoint_setup *setup, struct error *err)
{
	struct vlan_ioctl_args args = {.cmd = GET_VLAN_VID_CMD};
	const char *ifname = setup->device->ifname;
	int fd, ret;

	if (!setup->vlan)
		return 0;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(args.device1, sizeof(args.device1), "%s", ifname);
	ret = fd < 0 ? -errno : ioctl(fd, SIOCGIFVLAN, &args) < 0 ? -errno : 0;
	if (fd >= 0)
		close(fd);
	if (!ret && args.u.VID == setup->vlan)
		return 0;
	return error_set(
		err, EX_CONFIG, -EINVAL,
		"traffic.vlan = %u, and endpoint udp leaves tags to a VLAN interface, which %s "
		"is not: ip link add link %s name %s.%u type vlan id %u, and device = "
		"net:%s.%u",
		setup->vlan, ifname, ifname, ifname, setup->vlan, setup->vlan, ifname, setup->vlan);
}
