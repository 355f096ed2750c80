/* lib/observer: which group an event is in; a table of what the kernel says and what it means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <string.h>

#include "groups.h"
#include "observer.h"

enum way { OUT, LINK, IN, TCP, ICMP, MANY };

static const struct {
	enum observer_kind kind;
	enum way way;
	const char *reason, *function, *counter;
} cases[] = {
	{OBSERVER_DROP, IN, "NETFILTER_DROP", "nft_do_chain", "bpf.firewall"},
	{OBSERVER_DROP, IN, "NETFILTER_DROP", "nf_hook_slow", "bpf.hook"},
	{OBSERVER_DROP, OUT, "NETFILTER_DROP", "nft_do_chain", "bpf.firewall_output"},
	{OBSERVER_DROP, LINK, "NETFILTER_DROP", "nft_do_chain", "bpf.firewall_egress"},
	{OBSERVER_DROP, OUT, "NEIGH_FAILED", "__neigh_event_send", "bpf.neighbour"},
	{OBSERVER_DROP, LINK, "QDISC_DROP", "__dev_queue_xmit", "bpf.qdisc"},
	{OBSERVER_DROP, LINK, "FQ_FLOW_LIMIT", "", "bpf.qdisc"},
	{OBSERVER_DROP, LINK, "TC_EGRESS", "__dev_queue_xmit", "bpf.tc_egress"},
	{OBSERVER_DROP, LINK, "NOT_SPECIFIED", "__dev_forward_skb2", "bpf.frame_length"},
	{OBSERVER_DROP, LINK, "NOT_SPECIFIED", "veth_xmit", "bpf.driver_tx"},
	{OBSERVER_DROP, LINK, "FULL_RING", "tun_net_xmit", "bpf.driver_tx"},
	{OBSERVER_DROP, OUT, "NOT_SPECIFIED", "ip_finish_output2", "bpf.tx_other"},
	/* a veth's other end has it, and has not received it */
	{OBSERVER_DROP, OUT, "CPU_BACKLOG", "enqueue_to_backlog", "bpf.backlog"},
	{OBSERVER_DROP, IN, "CPU_BACKLOG", "enqueue_to_backlog", "bpf.backlog"},
	{OBSERVER_DROP, IN, "XDP", "do_xdp_generic", "bpf.xdp"},
	{OBSERVER_DROP, IN, "NOT_SPECIFIED", "netif_receive_generic_xdp", "bpf.xdp"},
	{OBSERVER_DROP, IN, "TC_INGRESS", "__netif_receive_skb_core", "bpf.tc_ingress"},
	{OBSERVER_DROP, IN, "OTHERHOST", "ip_rcv_core", "bpf.other_host"},
	{OBSERVER_DROP, IN, "UNHANDLED_PROTO", "__netif_receive_skb_core", "bpf.protocol"},
	/* of IPv6 a wrong version (ip6_rcv_core, net/ipv6/ip6_input.c) */
	{OBSERVER_DROP, IN, "UNHANDLED_PROTO", "ip6_rcv_core", "bpf.ip_header"},
	{OBSERVER_DROP, IN, "NOT_SPECIFIED", "ip_defrag", "bpf.reassembly"},
	{OBSERVER_DROP, IN, "UDP_CSUM", "__udp4_lib_rcv", "bpf.udp_checksum_early"},
	{OBSERVER_DROP, IN, "UDP_CSUM", "udp_queue_rcv_one_skb", "bpf.udp_checksum"},
	{OBSERVER_DROP, IN, "SOCKET_RCVBUFF", "udp_queue_rcv_one_skb", "bpf.receive_buffer"},
	{OBSERVER_DROP, IN, "SOCKET_FILTER", "udp_queue_rcv_one_skb", "bpf.socket"},
	{OBSERVER_DROP, IN, "XFRM_POLICY", "udpv6_queue_rcv_one_skb", "bpf.socket"},
	{OBSERVER_DROP, IN, "XFRM_POLICY", "ip_protocol_deliver_rcu", "bpf.rx_other"},
	{OBSERVER_DROP, IN, "reason 4711", "?", "bpf.rx_other"},
	{OBSERVER_DROP, IN, "PACKET_SOCK_ERROR", "tpacket_rcv", "bpf.copies"},
	/* TCP's at its sockets are apart from UDP's, and what is no loss from what is one */
	{OBSERVER_DROP, TCP, "TCP_OLD_DATA", "tcp_rcv_established", "bpf.tcp_repeated"},
	{OBSERVER_DROP, TCP, "TCP_OFOMERGE", "tcp_ofo_queue", "bpf.tcp_repeated"},
	{OBSERVER_DROP, TCP, "TCP_RFC7323_PAWS_ACK", "tcp_validate_incoming", "bpf.tcp_repeated"},
	{OBSERVER_DROP, TCP, "TCP_RESET", "tcp_validate_incoming", "bpf.tcp_ended"},
	{OBSERVER_DROP, TCP, "TCP_ABORT_ON_DATA", "tcp_v4_do_rcv", "bpf.tcp_ended"},
	{OBSERVER_DROP, TCP, "NOT_SPECIFIED", "tcp_v4_rcv", "bpf.tcp_ended"},
	{OBSERVER_DROP, TCP, "NOT_SPECIFIED", "ip_defrag", "bpf.reassembly"},
	{OBSERVER_DROP, TCP, "NO_SOCKET", "tcp_v4_rcv", "bpf.tcp_no_socket"},
	{OBSERVER_DROP, IN, "NO_SOCKET", "__udp4_lib_rcv", "bpf.no_listener"},
	{OBSERVER_DROP, ICMP, "NO_SOCKET", "icmp_rcv", "bpf.icmp_unasked"},
	{OBSERVER_DROP, TCP, "TCP_RFC7323_PAWS", "tcp_validate_incoming", "bpf.tcp_paws"},
	{OBSERVER_DROP, TCP, "TCP_RFC7323_TW_PAWS", "tcp_v4_rcv", "bpf.tcp_paws"},
	{OBSERVER_DROP, TCP, "TCP_LISTEN_OVERFLOW", "tcp_v4_rcv", "bpf.tcp_accept_queue"},
	{OBSERVER_DROP, TCP, "SOCKET_BACKLOG", "tcp_v4_rcv", "bpf.tcp_backlog"},
	{OBSERVER_DROP, TCP, "TCP_ZEROWINDOW", "tcp_data_queue", "bpf.tcp_window"},
	/* beyond the window, too (tcp_sequence, net/ipv4/tcp_input.c) */
	{OBSERVER_DROP, TCP, "TCP_INVALID_END_SEQUENCE", "tcp_validate_incoming", "bpf.tcp_window"},
	{OBSERVER_DROP, TCP, "TCP_OFO_QUEUE_PRUNE", "tcp_prune_ofo_queue",
	 "bpf.tcp_receive_buffer"},
	{OBSERVER_DROP, TCP, "PROTO_MEM", "tcp_data_queue", "bpf.tcp_memory"},
	{OBSERVER_DROP, IN, "PROTO_MEM", "udp_queue_rcv_one_skb", "bpf.udp_memory"},
	{OBSERVER_DROP, TCP, "TCP_CSUM", "tcp_v4_rcv", "bpf.tcp_checksum"},
	{OBSERVER_DROP, TCP, "SOCKET_FILTER", "tcp_v4_rcv", "bpf.tcp_refused"},
	{OBSERVER_DROP, TCP, "TCP_MD5NOTFOUND", "tcp_v4_rcv", "bpf.tcp_refused"},
	{OBSERVER_DROP, TCP, "NETFILTER_DROP", "nft_do_chain", "bpf.firewall"},
	{OBSERVER_DROP, TCP, "XFRM_POLICY", "tcp_v4_rcv", "bpf.rx_other"},
	{OBSERVER_DROP, TCP, "QUEUE_PURGE", "sk_stream_kill_queues", "bpf.tcp_ended"},
	{OBSERVER_DROP, IN, "QUEUE_PURGE", "inet_sock_destruct", "bpf.copies"},
	{OBSERVER_DROP, MANY, "NOT_SPECIFIED", "ip6_mc_input", "bpf.multicast"},
	{OBSERVER_DROP, IN, "NOT_SPECIFIED", "ip6_mc_input", "bpf.rx_other"},
	{OBSERVER_DROP, MANY, "NOT_SPECIFIED", "__udp4_lib_rcv", "bpf.multicast"},
	{OBSERVER_DROP, IN, "NOT_SPECIFIED", "__udp4_lib_rcv", "bpf.rx_other"},
	{OBSERVER_DROP, MANY, "NETFILTER_DROP", "nft_do_chain", "bpf.firewall"},
	{OBSERVER_DROP, IN, "NOT_SPECIFIED", "udp_destruct_common", "bpf.unread"},
	{OBSERVER_XDP_ACTION, IN, "XDP_ABORTED", "", "bpf.xdp_action"},
	{OBSERVER_XDP_REDIRECT, IN, "ENOBUFS", "", "bpf.xdp_redirect"},
	{OBSERVER_UDP_QUEUE, IN, "ENOMEM", "", "bpf.udp_queue"},
};

static void test_groups(void **state)
{
	size_t n;
	const struct counter_def *defs = observer_counter_table(&n);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct observer_key key = {
			.kind = cases[i].kind,
			.direction = cases[i].way >= IN ? OBSERVER_RX : OBSERVER_TX,
			.at_link = cases[i].way == LINK,
			.to_many = cases[i].way == MANY,
			.ip_protocol = cases[i].way == TCP    ? IPPROTO_TCP
				       : cases[i].way == ICMP ? IPPROTO_ICMP
							      : IPPROTO_UDP,
		};
		size_t group = observer_group_of(&key, cases[i].reason, cases[i].function);

		assert_string_equal(defs[observer_group_counter(group, OBSERVER_OURS)].id,
				    cases[i].counter);
	}
}

/* Of what can be told there are two counters each, the second with ".others". */
static void test_counters(void **state)
{
	size_t n, pairs = 0;
	const struct counter_def *defs = observer_counter_table(&n);

	for (size_t i = 0; i < n; i++) {
		size_t len;

		assert_int_equal(strncmp(defs[i].id, "bpf.", 4), 0);
		assert_int_equal(defs[i].bits, 64);
		assert_true(defs[i].help[0] && defs[i].stage[0]);
		if (!strstr(defs[i].id, ".others"))
			continue;
		pairs++;
		len = strlen(defs[i - 1].id);
		assert_int_equal(strncmp(defs[i].id, defs[i - 1].id, len), 0);
		assert_string_equal(defs[i].id + len, ".others");
	}
	assert_true(pairs > 20 && n - 2 * pairs == 3);
}

/* Without an observer every counter says so. */
static void test_none(void **state)
{
	json_t *counters = json_object(), *value;
	const char *id;

	observer_counters(NULL, counters);
	json_object_foreach (counters, id, value)
		assert_string_equal(json_string_value(value), "UNSUPPORTED");
	assert_true(json_object_size(counters) > 0);
	json_decref(counters);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
