/* Names of devices, good and bad, and a device through JSON and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "device.h"

static void test_names(void **state)
{
	static const struct {
		const char *name;
		int ret;
		int exit;
		const char *says; /* part of the message */
	} rows[] = {
		{"", 0, 0, NULL},
		{"none", 0, 0, NULL},
		{"net:lo", 0, 0, NULL},
		{"vdev:net_memif0,role=client", 0, 0, NULL},
		{"vdev:net_af_xdp0,iface=lo,force_copy=1", 0, 0, NULL},
		{"vdev:net_af_packet0,qpairs=1,iface=rl-absent0", -ENODEV, EX_NOINPUT, "net:lo"},
		{"pci:ffff:ff:1f.7,representor=1", -ENODEV, EX_NOINPUT, "there is no device"},
		{"net:", -EINVAL, EX_USAGE, "interface name"},
		{"net:a-name-much-too-long", -EINVAL, EX_USAGE, "interface name"},
		{"net:rl-absent0", -ENODEV, EX_NOINPUT, "net:lo"},
		{"pci:", -EINVAL, EX_USAGE, "pci:0000:3b:00.0"},
		{"pci:xyz", -EINVAL, EX_USAGE, "pci:0000:3b:00.0"},
		{"pci:0000:3b:00", -EINVAL, EX_USAGE, "pci:0000:3b:00.0"},
		{"pci:0000:3b:00.9", -EINVAL, EX_USAGE, "pci:0000:3b:00.0"},
		{"pci:0000:3b:00.0x", -EINVAL, EX_USAGE, "pci:0000:3b:00.0"},
		{"pci:0000:3b:00.0 ", -EINVAL, EX_USAGE, "pci:0000:3b:00.0"},
		{"pci:ffff:ff:1f.7", -ENODEV, EX_NOINPUT, "there is no device"},
		{"pci:ff:1f.7", -ENODEV, EX_NOINPUT, "there is no device"},
		{"vdev:", -EINVAL, EX_USAGE, "vdev:net_memif0"},
		{"lab", -EINVAL, EX_USAGE, "plan.lab"},
		{"eth0", -EINVAL, EX_USAGE, "net:eth5"},
		{"Net:lo", -EINVAL, EX_USAGE, "net:eth5"},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = {0};
		struct device device;

		assert_int_equal(device_resolve(rows[i].name, &device, &err), rows[i].ret);
		assert_int_equal(err.exit, rows[i].exit);
		if (rows[i].says)
			assert_non_null(strstr(err.text, rows[i].says));
	}
}

/* On an interface of the kernel's a virtual device has that one's properties; else an own address.
 */
static void test_vdev(void **state)
{
	struct device device, again;

	assert_int_equal(device_resolve("vdev:net_af_packet0,qpairs=1,iface=lo", &device, NULL), 0);
	assert_string_equal(device.ifname, "lo");
	assert_true(device.ifindex > 0);
	assert_int_equal(device_resolve("vdev:net_tap0,iface=lo", &device, NULL), 0);
	assert_string_equal(device.ifname, "");
	assert_string_equal(device.driver, "net_tap");
	assert_int_equal(device_resolve("vdev:net_null0", &device, NULL), 0);
	assert_int_equal(device_resolve("vdev:net_null1", &again, NULL), 0);
	assert_int_equal(device.mac[0], 0x02);
	assert_memory_not_equal(device.mac, again.mac, sizeof(device.mac));
	assert_int_equal(device_resolve("vdev:net_null0", &again, NULL), 0);
	assert_memory_equal(device.mac, again.mac, sizeof(device.mac));
}

static void test_too_long(void **state)
{
	struct device device;
	struct error err = {0};
	char name[600];

	memset(name, 'x', sizeof(name));
	memcpy(name, "net:", 4);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(device_resolve(name, &device, &err), -EINVAL);
	assert_int_equal(err.exit, EX_USAGE);
}

static void test_loopback(void **state)
{
	struct device device;

	assert_int_equal(device_resolve("net:lo", &device, NULL), 0);
	assert_string_equal(device.name, "net:lo");
	assert_string_equal(device.ifname, "lo");
	assert_true(device.ifindex > 0);
	assert_true(device.mtu > 0);
	assert_true(device.rx_queues > 0);
	assert_false(device.real_speed);
	assert_string_equal(device.bus, "");
}

static void test_empty(void **state)
{
	struct device device;

	assert_int_equal(device_resolve("", &device, NULL), 0);
	assert_string_equal(device.ifname, "");
	assert_int_equal(device.ifindex, 0);
	assert_int_equal(device.numa_node, -1);
	assert_int_equal(device.speed_mbps, -1);
	assert_int_equal(device_resolve("vdev:net_memif0", &device, NULL), 0);
	assert_string_equal(device.driver, "net_memif");
}

static struct device sample(void)
{
	struct device d;

	memset(&d, 0, sizeof(d)); /* padding too: compared as memory */
	snprintf(d.name, sizeof(d.name), "pci:0000:3b:00.0");
	snprintf(d.ifname, sizeof(d.ifname), "eth5");
	snprintf(d.bus, sizeof(d.bus), "0000:3b:00.0");
	snprintf(d.driver, sizeof(d.driver), "ice");
	snprintf(d.firmware, sizeof(d.firmware), "4.40 0x8001c967");
	snprintf(d.pf, sizeof(d.pf), "0000:3b:00.1");
	snprintf(d.netns, sizeof(d.netns), "ringloss-rx");
	memcpy(d.mac, "\x02\x72\x6c\x00\xff\x01", 6);
	memcpy(d.permanent_mac, "\x40\xa6\xb7\x00\x00\x02", 6);
	memcpy(d.ip, "\xc6\x12\x00\xfe", 4);
	memcpy(d.ip6, "\x20\x01\x00\x02\0\0\0\0\0\0\0\0\0\0\0\xfe", 16);
	d.has_ip6 = true;
	d.has_ip = d.up = d.carrier = d.real_speed = true;
	d.ifindex = 7;
	d.numa_node = 1;
	d.mtu = 9000;
	d.rx_queues = 64;
	d.tx_queues = 63;
	d.speed_mbps = 400000;
	return d;
}

static void test_json(void **state)
{
	struct device devices[2] = {sample(), sample()};
	size_t i;

	devices[1].has_ip = false;
	memset(devices[1].ip, 0, 4);
	devices[1].has_ip6 = false;
	memset(devices[1].ip6, 0, 16);
	devices[1].speed_mbps = devices[1].numa_node = -1;
	for (i = 0; i < 2; i++) {
		struct device back;
		json_t *obj = device_json(&devices[i]);

		assert_int_equal(device_from_json(obj, &back, NULL), 0);
		assert_memory_equal(&back, &devices[i], sizeof(back));
		json_decref(obj);
	}
}

static void test_json_refused(void **state)
{
	static const struct {
		const char *key;
		const char *value; /* JSON; NULL: key missing */
	} rows[] = {
		{"name", NULL},
		{"name", "1"},
		{"ifname", "\"a-name-much-too-long\""},
		{"mac", "\"02:72:6c:00:00\""},
		{"mac", "\"02:72:6c:00:00:0g\""},
		{"mac", "\"02:72:6c:00:00:011\""},
		{"mtu", "-1"},
		{"mtu", "4294967296"},
		{"numa_node", "1.5"},
		{"up", "1"},
		{"ip", NULL},
		{"ip", "\"198.18.0\""},
		{"ip", "7"},
		{"ip6", NULL},
		{"ip6", "\"2001:2:::1\""},
		{"ip6", "\"198.18.0.1\""},
		{"ip6", "7"},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct device device = sample(), back;
		json_t *obj = device_json(&device);
		struct error err = {0};

		if (rows[i].value)
			json_object_set_new(obj, rows[i].key,
					    json_loads(rows[i].value, JSON_DECODE_ANY, NULL));
		else
			json_object_del(obj, rows[i].key);
		assert_int_equal(device_from_json(obj, &back, &err), -EPROTO);
		assert_non_null(strstr(err.text, rows[i].key));
		json_decref(obj);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),        cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_vdev),         cmocka_unit_test(test_loopback),
		cmocka_unit_test(test_empty),        cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
