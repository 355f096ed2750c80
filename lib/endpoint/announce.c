/* How a sink makes itself known by ARP or neighbour discovery; see endpoint_announce. */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "endpoint.h"

int endpoint_announce(const struct device *device, uint32_t family,
		      const uint8_t ip[FRAME_IP_LEN_MAX], struct error *err)
{
	bool six = family == FRAME_IPV6;
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(six ? ETH_P_IPV6 : ETH_P_ARP),
		.sll_ifindex = device->ifindex,
		.sll_halen = 6,
	};
	uint8_t frame[FRAME_NA_LEN];
	size_t len = six ? FRAME_NA_LEN : FRAME_ARP_LEN;
	int fd, ret = 0;

	_Static_assert(FRAME_NA_LEN >= FRAME_ARP_LEN, "one buffer for both");
	if (six)
		frame_announce_ip6(frame, device->mac, ip);
	else
		frame_announce(frame, device->mac, ip);
	memcpy(to.sll_addr, frame, 6);
	/* protocol 0: this socket receives nothing */
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0 || sendto(fd, frame, len, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		ret = error_set(err, EX_OSERR, -errno, "%s: cannot announce the sink by %s: %s",
				device->ifname, six ? "a neighbour advertisement" : "ARP",
				strerror(errno));
	if (fd >= 0)
		close(fd);
	return ret;
}
