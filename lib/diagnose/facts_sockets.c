/* Sockets by sock_diag(7) or /proc/net; see fact_sockets.h. */
#include "fact_sockets.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "file.h"
#include "netlink.h"

struct look {
	socket_cb cb;
	void *ctx;
	bool stopped;
};

static int socket_take(const struct nlmsghdr *nlh, void *ctx)
{
	const struct inet_diag_msg *msg = mnl_nlmsg_get_payload(nlh);
	struct look *look = ctx;
	const struct nlattr *attr;
	struct socket s = {
		.family = msg->idiag_family,
		.state = msg->idiag_state,
		.port = ntohs(msg->id.idiag_sport),
		.queue = msg->idiag_rqueue,
		.backlog = msg->idiag_wqueue,
		.has_limits = true,
		.inode = msg->idiag_inode,
	};

	memcpy(s.addr, msg->id.idiag_src, sizeof(s.addr));
	mnl_attr_for_each(attr, nlh, sizeof(*msg))
	{
		uint32_t memory[SK_MEMINFO_VARS] = {0};
		size_t len = mnl_attr_get_payload_len(attr);

		if (mnl_attr_get_type(attr) != INET_DIAG_SKMEMINFO)
			continue;
		memcpy(memory, mnl_attr_get_payload(attr),
		       len < sizeof(memory) ? len : sizeof(memory));
		s.used = memory[SK_MEMINFO_RMEM_ALLOC];
		s.limit = memory[SK_MEMINFO_RCVBUF];
		s.drops = memory[SK_MEMINFO_DROPS];
	}
	look->stopped = !look->cb(&s, look->ctx);
	return look->stopped ? MNL_CB_STOP : MNL_CB_OK;
}

bool sockets_each_diag(uint8_t protocol, uint32_t states, bool memory, socket_cb cb, void *ctx)
{
	struct look look = {cb, ctx, false};
	bool v4 = !netlink_sockets(AF_INET, protocol, states, memory, socket_take, &look),
	     v6 = false;

	if (!look.stopped)
		v6 = !netlink_sockets(AF_INET6, protocol, states, memory, socket_take, &look);
	return v4 || v6;
}

/*
 * net/ipv4/tcp_ipv4.c, get_tcp4_sock; net/ipv4/udp.c, udp4_format_sock: addresses are words as this
 * CPU has them, a listener's queue stands for what is to be read. TCP does not tell its drops.
 */
static bool line_parse(const char *line, uint8_t family, uint8_t protocol, struct socket *s)
{
	unsigned int port, state, queue, inode, drops;
	char addr[33], word[9] = "";
	size_t i, words = family == AF_INET6 ? 4 : 1;

	if (sscanf(line,
		   " %*u: %32[0-9A-F]:%x %*[0-9A-F]:%*x %x %*x:%x %*x:%*x %*x %*u %*u %u %*d %*s "
		   "%u",
		   addr, &port, &state, &queue, &inode, &drops) != 6 ||
	    strlen(addr) != 8 * words)
		return false;
	*s = (struct socket){
		.family = family, .state = (uint8_t)state, .port = (uint16_t)port, .inode = inode};
	for (i = 0; i < words; i++) {
		uint32_t part;

		memcpy(word, addr + 8 * i, 8);
		part = (uint32_t)strtoul(word, NULL, 16);
		memcpy(s->addr + 4 * i, &part, sizeof(part));
	}
	if (protocol == IPPROTO_UDP) {
		s->used = queue;
		s->drops = drops;
	} else {
		s->queue = queue;
	}
	return true;
}

bool sockets_each_proc(uint8_t protocol, uint32_t states, socket_cb cb, void *ctx)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	bool found = false, more = true;
	char path[64], line[512];
	struct socket s;
	size_t i;

	for (i = 0; more && i < sizeof(families); i++) {
		FILE *file;

		snprintf(path, sizeof(path), "/proc/thread-self/net/%s%s",
			 protocol == IPPROTO_UDP ? "udp" : "tcp",
			 families[i] == AF_INET6 ? "6" : "");
		file = fopen(path, "re");
		found |= file != NULL;
		while (file && more && fgets(line, sizeof(line), file))
			if (line_parse(line, families[i], protocol, &s) && s.state < 32 &&
			    (states & 1u << s.state))
				more = cb(&s, ctx);
		if (file)
			fclose(file);
	}
	return found;
}

/* Whether TEXT, of a file, has NAME; a file that is not there has nothing. */
static bool file_has(const char *path, const char *name, bool *there)
{
	char *text = file_read(path, NULL, NULL);
	bool has = text && strstr(text, name);

	*there = text != NULL;
	free(text);
	return has;
}

/* Whether the kernel answers without a module being loaded for it. */
static bool diag_is_there(uint8_t protocol)
{
	const char *module = protocol == IPPROTO_UDP ? "udp_diag" : "tcp_diag";
	char path[160];
	struct utsname uts;
	bool modules, list;

	if (file_has("/proc/modules", module, &modules) || !modules)
		return true;
	if (uname(&uts))
		return false;
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.builtin", uts.release);
	return file_has(path, module, &list);
}

bool sockets_each(uint8_t protocol, uint32_t states, bool memory, socket_cb cb, void *ctx)
{
	return diag_is_there(protocol) ? sockets_each_diag(protocol, states, memory, cb, ctx)
				       : sockets_each_proc(protocol, states, cb, ctx);
}
