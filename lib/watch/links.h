/* The interfaces of this thread's namespace, without their statistics. */
#ifndef RINGLOSS_WATCH_LINKS_H
#define RINGLOSS_WATCH_LINKS_H

#include <stdbool.h>
#include <stddef.h>

struct watch_if {
	char ifname[16];
	int ifindex;
	bool up, carrier;
};

struct watch_ifs {
	struct watch_if *list; /* the caller frees it */
	size_t n, room;
};

/* Into *IFS, which is emptied before. 0 or a negative errno. */
int watch_ifs_read(struct watch_ifs *ifs);

/* NULL: there is none. */
const struct watch_if *watch_ifs_find(const struct watch_ifs *ifs, int ifindex);

#endif
