/* What may be asked of channels and private flags, as a plan is loaded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "setting_nic.h"

static void test_words(void **state)
{
	static const struct {
		const char *key, *text;
		bool good;
	} rows[] = {
		{"nic.channels", "keep", true},
		{"nic.channels", "max", true},
		{"nic.channels", "4", true},
		{"nic.channels", "rx 2 tx 4", true},
		{"nic.channels", "combined 1 rx 2 tx 0", true},
		{"nic.channels", "tx 1", true},
		{"nic.channels", "0", false},
		{"nic.channels", "rx 0 tx 0", false},
		{"nic.channels", "rx 1 rx 2", false},
		{"nic.channels", "rx", false},
		{"nic.channels", "rx -1", false},
		{"nic.channels", "rx 1 ", false},
		{"nic.channels", "rx 1tx 2", false},
		{"nic.channels", "4x", false},
		{"nic.channels", "9999999999", false},
		{"nic.channels", "", false},
		{"nic.flags", "keep", true},
		{"nic.flags", "a:on", true},
		{"nic.flags", "rx_cqe_compress:off+rx_striding_rq:on", true},
		{"nic.flags", "a:on b:off", true},
		{"nic.flags", "a:b:on", true},
		{"nic.flags", "a", false},
		{"nic.flags", "a:maybe", false},
		{"nic.flags", ":on", false},
		{"nic.flags", "a:on+", false},
		{"nic.flags", "a:on++b:on", false},
		{"nic.flags", "", false},
		{"nic.rx_ring", "max", true},
		{"nic.rx_ring", "4096", true},
		{"nic.rx_ring", "0", false},
		{"nic.rx_ring", "4K", false},
		{"nic.mtu", "67", false},
		{"nic.mtu", "max", true},
		{"nic.pause", "autoneg", true},
		{"nic.pause", "both", false},
		{"rss.key", "6d:5a", true},
		{"rss.key", "6d5a", false},
		{"rss.key", "6d:", false},
		{"rss.key", "6d:5", false},
		{"rss.hash_udp4", "sdfn", true},
		{"rss.hash_udp4", "none", true},
		{"rss.hash_udp4", "sdx", false},
		{"rss.hash_udp4", "", false},
		{"rss.indirection", "auto", true},
		{"rss.indirection", "equal:64", true},
		{"rss.indirection", "weight:1+2", true},
		{"rss.indirection", "0*4+7", true},
		{"rss.indirection", "equal:none", false},
		{"rss.indirection", "evenly", false},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct setting *row = setting_find(rows[i].key);
		struct error err = {0};

		assert_non_null(row);
		if (!knob_parse(&row->knob, rows[i].text, NULL, &err) != rows[i].good)
			fail_msg("%s = %s: %s", rows[i].key, rows[i].text,
				 rows[i].good ? err.text : "taken");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
