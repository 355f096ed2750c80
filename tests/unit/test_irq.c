/* Which queue an interrupt serves, by the names that drivers give them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "irq.h"

#define NAMES_MAX 10

/* As /proc/interrupts has them; numbers from 30 on. EXPECT: "IRQ:QUEUE" and r, t or b. */
static const struct {
	const char *driver;
	const char *names[NAMES_MAX];
	unsigned int rx, tx;
	const char *expect;
} rows[] = {
	{"igb", {"eth0", "eth0-TxRx-0", "eth0-TxRx-1"}, 2, 2, "31:0b 32:1b"},
	{"igb, queues not paired",
	 {"eth0", "eth0-rx-0", "eth0-rx-1", "eth0-tx-0", "eth0-tx-1"},
	 2,
	 2,
	 "31:0r 33:0t 32:1r 34:1t"},
	{"igb, as an interface called rx0",
	 {"rx0", "rx0-TxRx-0", "rx0-TxRx-1"},
	 2,
	 2,
	 "31:0b 32:1b"},
	{"e1000e", {"eth0-rx-0", "eth0-tx-0", "eth0"}, 1, 1, "30:0r 31:0t"},
	{"e1000, one for all", {"eth0"}, 1, 1, "30:0b"},
	{"ixgbe", {"enp3s0f0-TxRx-0", "enp3s0f0-TxRx-1", "enp3s0f0"}, 2, 2, "30:0b 31:1b"},
	{"i40e",
	 {"i40e-0000:05:00.0:misc", "i40e-eth0-TxRx-0", "i40e-eth0-TxRx-1",
	  "i40e-0000:05:00.0:fdir-TxRx-0"},
	 2,
	 2,
	 "31:0b 32:1b"},
	{"iavf",
	 {"iavf-0000:05:02.0:mbx", "iavf-ens5-TxRx-0", "iavf-ens5-TxRx-1"},
	 2,
	 2,
	 "31:0b 32:1b"},
	{"ice",
	 {"ice-0000:17:00.0:misc", "ice-ens1-TxRx-0", "ice-ens1-TxRx-1"},
	 2,
	 2,
	 "31:0b 32:1b"},
	{"idpf",
	 {"idpf-0000:17:00.0-Mailbox-0", "idpf-eth0-TxRx-0", "idpf-eth0-TxRx-1"},
	 2,
	 2,
	 "31:0b 32:1b"},
	{"mlx5, fewer channels than vectors",
	 {"mlx5_async0@pci:0000:08:00.0", "mlx5_comp0@pci:0000:08:00.0",
	  "mlx5_comp1@pci:0000:08:00.0", "mlx5_comp2@pci:0000:08:00.0"},
	 2,
	 2,
	 "31:0b 32:1b"},
	{"mlx4",
	 {"mlx4-async@pci:0000:08:00.0", "mlx4-1@0000:08:00.0", "mlx4-2@0000:08:00.0"},
	 2,
	 2,
	 "31:0b 32:1b"},
	{"bnxt_en", {"eth0-TxRx-0", "eth0-TxRx-1"}, 2, 2, "30:0b 31:1b"},
	{"bnx2x", {"eth0", "eth0-fp-0", "eth0-fp-1"}, 2, 2, "31:0b 32:1b"},
	{"bnx2", {"eth0-0", "eth0-1"}, 2, 2, "30:0b 31:1b"},
	{"tg3", {"eth0-tx-0", "eth0-rx-1", "eth0-rx-2"}, 2, 1, "31:0r 30:0t 32:1r"},
	{"ena",
	 {"ena-mgmnt@pci:0000:00:05.0", "eth0-Tx-Rx-0", "eth0-Tx-Rx-1"},
	 2,
	 2,
	 "31:0b 32:1b"},
	{"vmxnet3, shared", {"eth0-rxtx-0", "eth0-rxtx-1", "eth0-event-2"}, 2, 2, "30:0b 31:1b"},
	{"vmxnet3", {"eth0-tx-0", "eth0-rx-0", "eth0-event-2"}, 1, 1, "31:0r 30:0t"},
	{"virtio_net",
	 {"virtio1-config", "virtio1-input.0", "virtio1-output.0", "virtio1-input.1",
	  "virtio1-output.1", "virtio1-control"},
	 2,
	 2,
	 "31:0r 32:0t 33:1r 34:1t"},
	{"virtio_net, vectors for more queues than are on",
	 {"virtio1-config", "virtio1-input.0", "virtio1-output.0", "virtio1-input.1",
	  "virtio1-output.1"},
	 1,
	 1,
	 "31:0r 32:0t"},
	{"sfc", {"eth0-0", "eth0-1", "eth0-ptp"}, 2, 2, "30:0b 31:1b"},
	{"qede", {"qed-sp-0", "eth0-fp-0", "eth0-fp-1"}, 2, 2, "31:0b 32:1b"},
	{"hns3",
	 {"hclge-misc-0000:bd:00.0", "hns3-0000:bd:00.0-TxRx-0", "hns3-0000:bd:00.0-TxRx-1"},
	 2,
	 2,
	 "31:0b 32:1b"},
	{"enic", {"eth0-rx-0", "eth0-tx-0", "eth0-err", "eth0-notify"}, 1, 1, "30:0r 31:0t"},
	{"nfp",
	 {"0000:04:00.0-exn", "eth0-lsc", "eth0-rxtx-0", "eth0-rxtx-1"},
	 2,
	 2,
	 "32:0b 33:1b"},
	{"cxgb4", {"0000:02:00.4-FWeventq", "eth0-Rx0", "eth0-Rx1"}, 2, 2, "31:0r 32:1r"},
	{"cxgb3", {"cxgb3", "eth2 (queue 0)", "eth2 (queue 1)"}, 2, 2, "31:0b 32:1b"},
	{"mana",
	 {"mana_hwc@pci:7870:00:00.0", "mana_q0@pci:7870:00:00.0", "mana_q1@pci:7870:00:00.0"},
	 2,
	 2,
	 "31:0b 32:1b"},
	{"be2net", {"eth0-q0", "eth0-q1"}, 2, 2, "30:0b 31:1b"},
	{"hinic", {"hinic_aeq0@pci:0000:01:00.0", "eth0_rxq0", "eth0_rxq1"}, 2, 2, "31:0r 32:1r"},
	{"one that others share", {"ehci_hcd:usb1,eth0"}, 1, 1, "30:0b"},
	{"names that say nothing", {"left", "right"}, 2, 2, "30:0b 31:1b"},
	{"down: nobody asked for them", {"", "", ""}, 2, 2, ""},
};

static void test_names(void **state)
{
	struct irq_name names[NAMES_MAX];
	struct irq_queue list[NAMES_MAX];
	size_t i, k, n;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[256] = "";
		size_t len = 0;

		for (n = 0; n < NAMES_MAX && rows[i].names[n]; n++)
			names[n] = (struct irq_name){30 + (unsigned int)n, rows[i].names[n]};
		n = irq_queues_of_names(names, n, rows[i].rx, rows[i].tx, true, list);
		for (k = 0; k < n; k++)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%u:%u%c",
						k ? " " : "", list[k].irq, list[k].queue,
						" rtb"[list[k].serves]);
		if (strcmp(text, rows[i].expect))
			print_error("%s\n", rows[i].driver);
		assert_string_equal(text, rows[i].expect);
	}
}

/* Beside what the driver told names that say nothing are none. */
static void test_no_guess(void **state)
{
	const struct irq_name names[] = {{30, "left"}, {31, "right"}};
	struct irq_queue list[2];

	assert_int_equal(irq_queues_of_names(names, 2, 2, 2, false, list), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_names),
					   cmocka_unit_test(test_no_guess)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
