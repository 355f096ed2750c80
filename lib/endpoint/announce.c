/* The gratuitous ARP of a sink; see endpoint_announce. */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "endpoint.h"

int endpoint_announce(const struct device *device, const uint8_t ip[4], struct error *err)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ARP),
		.sll_ifindex = device->ifindex,
		.sll_halen = 6,
		.sll_addr = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	};
	uint8_t frame[FRAME_ARP_LEN];
	int fd, ret = 0;

	frame_announce(frame, device->mac, ip);
	/* protocol 0: this socket receives nothing */
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0 || sendto(fd, frame, sizeof(frame), 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		ret = error_set(err, EX_OSERR, -errno, "%s: cannot announce the sink by ARP: %s",
				device->ifname, strerror(errno));
	if (fd >= 0)
		close(fd);
	return ret;
}
