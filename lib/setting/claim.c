/* Claims on settings of the machine; see setting_claim.h. */
#include "setting_claim.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int setting_claim(const char *key, struct error *err)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int len =
		snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "ringloss/setting/%s", key);
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret;

	if (fd < 0)
		return error_set(err, EX_OSERR, -errno, "cannot claim it: %s", strerror(errno));
	if (bind(fd, (struct sockaddr *)&name, size) == 0)
		return fd;
	ret = -errno;
	close(fd);
	if (ret == -EADDRINUSE)
		return error_set(err, EX_TEMPFAIL, -EBUSY,
				 "it is the whole host's, and another run or another side of this "
				 "one has changed it: set it on one side, and one run at a time");
	return error_set(err, EX_OSERR, ret, "cannot claim it: %s", strerror(-ret));
}
