/* Looking facts up: by path, at the subject, its namespace and the machine; and recorded ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diagnose.h"

enum { MACHINE, NETNS, DEVICE, OTHER_NETNS, OTHER_DEVICE, SUBJECTS };

static const char *const facts[SUBJECTS] = {
	[MACHINE] = "{'sysctl': {'net.core.rmem_max': '212992', 'net.ipv4.udp_mem': '1 20 300',"
		    " 'net.core.somaxconn': '4096'}, 'load': {'one_minute': 1.5}, 'files': null}",
	[NETNS] = "{'sysctl': {'net.core.somaxconn': '128'}, 'reverse_path': {'eth0.100': 2, "
		  "'eth0': 1},"
		  " 'listeners': [{'port': 80, 'queue': 7}, {'port': 81, 'queue': 0}]}",
	[DEVICE] = "{'rings': {'rx': 256, 'rx_max': 4096}, 'offloads': {'gro': true, 'lro': false},"
		   " 'link': {'kind': 'veth'}, 'channels': null}",
	[OTHER_NETNS] = "{'sysctl': {'net.core.somaxconn': '64'}}",
	[OTHER_DEVICE] = NULL,
};

struct world {
	struct subject subjects[SUBJECTS];
	struct sight sight;
};

static int world_make(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	static const enum subject_kind kinds[SUBJECTS] = {
		SUBJECT_MACHINE, SUBJECT_NETNS, SUBJECT_DEVICE, SUBJECT_NETNS, SUBJECT_DEVICE};
	size_t i;

	if (!w)
		return -1;
	for (i = 0; i < SUBJECTS; i++) {
		char text[512] = "", *at;

		w->subjects[i] = (struct subject){.kind = kinds[i], .netns_fd = -1};
		snprintf(text, sizeof(text), "%s", facts[i] ? facts[i] : "");
		for (at = text; (at = strchr(at, '\'')); at++)
			*at = '"';
		if (facts[i])
			w->subjects[i].facts = json_loads(text, 0, NULL);
	}
	w->subjects[DEVICE].home = NETNS;
	w->subjects[OTHER_DEVICE].home = OTHER_NETNS;
	w->sight = (struct sight){.subjects = w->subjects, .n = SUBJECTS, .root = ""};
	*state = w;
	return 0;
}

static int world_end(void **state)
{
	struct world *w = *state;
	size_t i;

	for (i = 0; i < SUBJECTS; i++)
		json_decref(w->subjects[i].facts);
	free(w);
	return 0;
}

#define NOT_KNOWN INT64_MIN

static void test_numbers(void **state)
{
	static const struct {
		int at;
		const char *path;
		int64_t want;
	} cases[] = {
		{DEVICE, "rings.rx", 256},
		{DEVICE, "rings.tx", NOT_KNOWN},
		{DEVICE, "rings", NOT_KNOWN},
		{DEVICE, "ring.rx", NOT_KNOWN},
		{DEVICE, "rings.rx.0", NOT_KNOWN},
		{DEVICE, "channels.rx", NOT_KNOWN},
		{DEVICE, "offloads.gro", 1},
		{DEVICE, "offloads.lro", 0},
		{DEVICE, "link.kind", NOT_KNOWN},
		/* names with dots in them */
		{DEVICE, "sysctl.net.core.rmem_max", 212992},
		{DEVICE, "reverse_path.eth0.100", 2},
		{DEVICE, "reverse_path.eth0", 1},
		/* the nearer one that has it */
		{DEVICE, "sysctl.net.core.somaxconn", 128},
		{NETNS, "sysctl.net.core.somaxconn", 128},
		{MACHINE, "sysctl.net.core.somaxconn", 4096},
		{OTHER_DEVICE, "sysctl.net.core.somaxconn", 64},
		{OTHER_DEVICE, "rings.rx", NOT_KNOWN},
		{MACHINE, "reverse_path.eth0", NOT_KNOWN},
		/* one of several numbers */
		{NETNS, "sysctl.net.ipv4.udp_mem", 1},
		{NETNS, "sysctl.net.ipv4.udp_mem.0", 1},
		{NETNS, "sysctl.net.ipv4.udp_mem.2", 300},
		{NETNS, "sysctl.net.ipv4.udp_mem.3", NOT_KNOWN},
		{NETNS, "listeners.0.queue", 7},
		{NETNS, "listeners.1.port", 81},
		{NETNS, "listeners.2.port", NOT_KNOWN},
		{NETNS, "load.one_minute", 1},
		{MACHINE, "files.open", NOT_KNOWN},
		{MACHINE, "files", NOT_KNOWN},
	};
	const struct world *w = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t value = NOT_KNOWN;
		bool known = fact_s64(&w->sight, &w->subjects[cases[i].at], cases[i].path, &value);

		if (known != (cases[i].want != NOT_KNOWN) || (known && value != cases[i].want))
			fail_msg("%s: %d, %lld", cases[i].path, known, (long long)value);
	}
}

static void test_values(void **state)
{
	const struct world *w = *state;
	const struct subject *device = &w->subjects[DEVICE];

	assert_string_equal(json_string_value(fact(&w->sight, device, "link.kind")), "veth");
	assert_int_equal(json_array_size(fact(&w->sight, device, "listeners")), 2);
	assert_true(json_is_object(fact(&w->sight, device, "rings")));
	assert_null(fact(&w->sight, device, "channels"));
	assert_null(fact(&w->sight, device, "nothing"));
}

/* A tree has them in a file, and nothing is asked of this host. */
static void test_recorded(void **state)
{
	struct world *w = *state;
	char folder[] = "/tmp/ringloss-facts-XXXXXX", path[64];
	struct subject *device = &w->subjects[OTHER_DEVICE];
	int64_t value = 0;
	FILE *file;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/facts.json", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("{\"device\": {\"eth7\": {\"rings\": {\"rx\": 11}}, \"eth8\": {\"pause\": {\"rx\": "
	      "true}}},"
	      " \"netns\": {\"conntrack\": {\"max\": 22}}, \"machine\": {\"memory\": "
	      "{\"page_bytes\": 33}}}",
	      file);
	assert_int_equal(fclose(file), 0);
	snprintf(w->sight.root, sizeof(w->sight.root), "%s", folder);
	snprintf(device->ifname, sizeof(device->ifname), "eth7");
	facts_read(&w->sight, device, " rings  pause conntrack memory log nothing");
	assert_true(fact_s64(&w->sight, device, "rings.rx", &value));
	assert_int_equal(value, 11);
	assert_true(fact_s64(&w->sight, device, "conntrack.max", &value));
	assert_int_equal(value, 22);
	assert_true(fact_s64(&w->sight, device, "memory.page_bytes", &value));
	assert_int_equal(value, 33);
	assert_null(fact(&w->sight, device, "pause"));
	assert_null(fact(&w->sight, device, "log"));
	/* what is there already is left as it is */
	json_object_set_new(json_object_get(device->facts, "rings"), "rx", json_integer(12));
	facts_read(&w->sight, device, "rings");
	assert_true(fact_s64(&w->sight, device, "rings.rx", &value));
	assert_int_equal(value, 12);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

/* Names are by kind of subject, and what is read with each look is read by one reader. */
static void test_table(void **state)
{
	size_t i, k, n;
	const struct fact_row *rows = fact_table(&n);

	assert_true(n > 0);
	for (i = 0; i < n; i++) {
		assert_non_null(rows[i].read);
		for (k = 0; k < i; k++)
			if (!strcmp(rows[i].name, rows[k].name) && rows[i].of == rows[k].of)
				fail_msg("%s: twice", rows[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_numbers, world_make, world_end),
		cmocka_unit_test_setup_teardown(test_values, world_make, world_end),
		cmocka_unit_test_setup_teardown(test_recorded, world_make, world_end),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
