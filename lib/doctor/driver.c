/* The driver: what it is, what it can do, and what single ones do that others do not. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "counter.h"
#include "driver.h"
#include "xdp_features.h"

void check_driver(const struct doctor *d, struct doctor_finding *f)
{
	const struct device *dev = d->device;

	switch (driver_kind(dev->driver)) {
	case DRIVER_NONE:
		doctor_found(f, dev->ifname[0] ? DOCTOR_UNKNOWN : DOCTOR_WARN,
			     dev->ifname[0] ? "the kernel does not tell it" : "none is bound");
		if (!dev->ifname[0] && doctor_exists(d, "/sys/bus/pci/drivers_probe"))
			doctor_command(f, "echo %s > /sys/bus/pci/drivers_probe", dev->bus);
		return;
	case DRIVER_VFIO:
	case DRIVER_UIO:
		doctor_found(f, DOCTOR_OK, "%s: for endpoint dpdk alone, no interface",
			     dev->driver);
		return;
	default:
		doctor_found(f, DOCTOR_OK, "%s, firmware %s", dev->driver,
			     dev->firmware[0] ? dev->firmware : "not told");
	}
}

void check_xdp_features(const struct doctor *d, struct doctor_finding *f)
{
	uint64_t can = d->nic->xdp_features;

	if (d->nic->xdp_features_ret == -EOPNOTSUPP) {
		doctor_found(f, DOCTOR_UNKNOWN, "kernels before 6.3 do not tell");
		return;
	}
	if (d->nic->xdp_features_ret) {
		doctor_unread(f, "XDP features", -d->nic->xdp_features_ret);
		return;
	}
	doctor_found(f, can & XDP_FEATURE_BASIC ? DOCTOR_OK : DOCTOR_WARN,
		     "native XDP %s, redirect %s, zero-copy AF_XDP %s, XDP frames to send %s",
		     can & XDP_FEATURE_BASIC ? "yes" : "no",
		     can & XDP_FEATURE_REDIRECT ? "yes" : "no",
		     can & XDP_FEATURE_XSK_ZEROCOPY ? "yes" : "no",
		     can & XDP_FEATURE_NDO_XMIT ? "yes" : "no");
	if (f->state == DOCTOR_WARN)
		doctor_advice(f, "xdp_mode = generic for sinks xdp and af_xdp");
}

void check_loss_counters(const struct doctor *d, struct doctor_finding *f)
{
	const char *last = "";
	size_t n, i, found = 0;
	const struct counter_name *names = counter_names(&n);

	for (i = 0; i < n; i++)
		if (!strcmp(names[i].driver, d->device->driver) && strcmp(last, names[i].id)) {
			last = names[i].id;
			doctor_more(f, "%s%s", found++ ? ", " : "", last);
		}
	if (found) {
		f->state = DOCTOR_OK;
		return;
	}
	if (!d->device->bus[0]) {
		doctor_found(f, DOCTOR_NA, "no NIC, so no ring of one");
		return;
	}
	doctor_found(f, DOCTOR_WARN, "no counters of driver %s's own are known", d->device->driver);
	doctor_command(f, "ethtool -S %s", d->device->ifname);
}

void check_bifurcated(const struct doctor *d, struct doctor_finding *f)
{
	doctor_found(f, DOCTOR_WARN, "%s keeps the port while DPDK works on it", d->device->driver);
	doctor_advice(f,
		      "silence on the port, no address on its interface, and each flow of the plan "
		      "to the port's own MAC");
}

/* A private flag of the driver: 1, 0, or DOCTOR_UNKNOWN told and -1. */
static int flag_of(const struct doctor *d, struct doctor_finding *f, const char *name)
{
	size_t i;

	if (d->nic->flags_ret) {
		doctor_unread(f, "private flags", -d->nic->flags_ret);
		return -1;
	}
	for (i = 0; i < d->nic->n_flags; i++)
		if (!strcmp(d->nic->flag_names[i], name))
			return d->nic->flags >> i & 1;
	doctor_found(f, DOCTOR_UNKNOWN, "this version of the driver has no flag %s", name);
	return -1;
}

/* WARN while the flag is as it should not be. */
static void check_flag(const struct doctor *d, struct doctor_finding *f, const char *name, int bad)
{
	int is = flag_of(d, f, name);

	if (is < 0)
		return;
	doctor_found(f, is == bad ? DOCTOR_WARN : DOCTOR_OK, "%s %s", name, is ? "on" : "off");
	if (is == bad)
		doctor_command(f, "ethtool --set-priv-flags %s %s %s", d->device->ifname, name,
			       bad ? "off" : "on");
}

void check_mlx5_cqe_compress(const struct doctor *d, struct doctor_finding *f)
{
	check_flag(d, f, "rx_cqe_compress", 1);
}

void check_mlx5_striding_rq(const struct doctor *d, struct doctor_finding *f)
{
	check_flag(d, f, "rx_striding_rq", 1);
}

void check_i40e_lldp(const struct doctor *d, struct doctor_finding *f)
{
	check_flag(d, f, "disable-fw-lldp", 0);
}

void check_ice_lldp(const struct doctor *d, struct doctor_finding *f)
{
	check_flag(d, f, "fw-lldp-agent", 1);
}

void check_ena_llq(const struct doctor *d, struct doctor_finding *f)
{
	/* 128 or 256 bytes of an entry less two descriptors of 16 (ena_netdev.h) */
	uint32_t len = d->nic->tx_push_len;

	if (d->nic->push_ret)
		doctor_unread(f, "the TX push buffer", -d->nic->push_ret);
	else if (len)
		doctor_found(f, DOCTOR_OK, "LLQ with headers of %u bytes (%s)", len,
			     len > 128 ? "wide" : "normal");
	else
		doctor_found(f, DOCTOR_UNKNOWN,
			     "no TX push buffer is told: LLQ is off, or this kernel's driver does "
			     "not tell");
}

/* Bits of a virtio network device (virtio specification, 5.1.3). */
static const struct {
	size_t bit;
	const char *name;
} virtio_bits[] = {
	{15, "mrg_rxbuf"},
	{22, "mq"},
	{53, "notf_coal"},
	{60, "rss"},
};

void check_virtio_features(const struct doctor *d, struct doctor_finding *f)
{
	char *bits = doctor_file(d, "/sys/class/net/%s/device/features", d->device->ifname);
	size_t i;

	/* one character a bit, the first is bit 0 (drivers/virtio/virtio.c) */
	if (!bits || strlen(bits) <= 60) {
		doctor_unread(f, "features of the virtio device", bits ? EINVAL : errno);
		free(bits);
		return;
	}
	f->state = DOCTOR_OK;
	for (i = 0; i < sizeof(virtio_bits) / sizeof(virtio_bits[0]); i++)
		doctor_more(f, "%s%s %s", i ? ", " : "", virtio_bits[i].name,
			    bits[virtio_bits[i].bit] == '1' ? "on" : "off");
	free(bits);
}
