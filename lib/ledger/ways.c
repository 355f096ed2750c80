/* How frames come to a sink's endpoint and where they go; see ledger.h. */
#include "ledger.h"

#include "match.h"

/* The first row that matches; NULL matches any. */
static const struct {
	const char *endpoint, *mode, *way, *into;
} ways[] = {
	{"udp", NULL, "skb", "socket"},
	{"packet", NULL, "skb", "tap"},
	{"af_xdp", "generic", "skb", "xsk"},
	{"af_xdp", NULL, "driver", "xsk"},
	{"xdp", "generic", "skb", "check"},
	{"xdp", NULL, "driver", "check"},
	{"dpdk", "net_af_packet", "skb", "tap"},
	{"dpdk", "net_af_xdp/generic", "skb", "xsk"},
	{"dpdk", "net_af_xdp", "driver", "xsk"},
	{"dpdk", NULL, "port", "port"},
	{NULL, NULL, "", ""},
};

void ledger_path_complete(struct ledger_path *path)
{
	size_t i = 0;

	while (!match_word(ways[i].endpoint, path->rx_endpoint) ||
	       !match_word(ways[i].mode, path->rx_mode))
		i++;
	if (!path->rx_way)
		path->rx_way = ways[i].way;
	if (!path->rx_into)
		path->rx_into = ways[i].into;
}
