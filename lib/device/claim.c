/* Claims on interfaces; see claim.h. */
#include "claim.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int device_claim(const struct device *device, struct error *err)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int len = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "ringloss/device/%s",
			   device->ifname);
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret;

	if (fd < 0)
		return error_set(err, EX_OSERR, -errno, "cannot claim %s: %s", device->ifname,
				 strerror(errno));
	if (bind(fd, (struct sockaddr *)&name, size) == 0)
		return fd;
	ret = -errno;
	close(fd);
	if (ret == -EADDRINUSE)
		return error_set(err, EX_TEMPFAIL, -EBUSY,
				 "another run of ringloss is using %s: wait for it, or end it",
				 device->ifname);
	return error_set(err, EX_OSERR, ret, "cannot claim %s: %s", device->ifname, strerror(-ret));
}
