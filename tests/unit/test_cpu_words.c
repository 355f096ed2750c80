/* CPUs as text and as masks, and which ones a user's words come to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "cpu_words.h"

static void test_text(void **state)
{
	static const struct {
		const char *text, *list, *mask; /* list NULL: TEXT is none */
	} rows[] = {
		{"none", "none", "0"},
		{"", "none", "0"},
		{"0", "0", "1"},
		{"0-3", "0-3", "f"},
		{"0,1,2", "0-2", "7"},
		{"5,0-1", "0-1,5", "23"},
		{"31-32", "31-32", "1,80000000"},
		{"64", "64", "1,00000000,00000000"},
		{"1023", "1023", NULL},
		{"1024", NULL, NULL},
		{"0,", NULL, NULL},
		{"-1", NULL, NULL},
		{"0 1", NULL, NULL},
		{"x", NULL, NULL},
	};
	char text[CPUS_TEXT_MAX];
	cpu_set_t set, back;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!rows[i].list) {
			assert_true(cpus_parse(rows[i].text, ',', &set) < 0);
			continue;
		}
		assert_int_equal(cpus_parse(rows[i].text, ',', &set), 0);
		cpus_format(&set, ',', text);
		assert_string_equal(text, rows[i].list);
		cpus_format_mask(&set, text);
		if (rows[i].mask)
			assert_string_equal(text, rows[i].mask);
		assert_int_equal(cpus_parse_mask(text, &back), 0);
		assert_true(CPU_EQUAL(&set, &back));
	}
	/* as the kernel writes them, with leading zeros */
	assert_int_equal(cpus_parse_mask("00000000,00000003", &set), 0);
	cpus_format(&set, '+', text);
	assert_string_equal(text, "0-1");
	assert_int_equal(cpus_parse_mask("3g", &set), -EINVAL);
	assert_int_equal(cpus_parse_mask("", &set), -EINVAL);
}

static void test_check(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{"one:3", true},     {"list:0+2+4", true}, {"list:0-3", true}, {"list:3+1", true},
		{"one:", false},     {"one:0+1", false},   {"list:", false},   {"list:0+0", false},
		{"list:3-1", false}, {"0 1", false},       {"0", false},       {"Same", false},
		{"list:1 2", false},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(!cpu_words_check(rows[i].text), rows[i].good);
}

/* 16 CPUs, the second half on node 1; CPU n and n + 4 of a node are siblings. 15 is offline. */
static struct cpu_topology two_nodes(void)
{
	struct cpu_topology t = {0};
	unsigned int cpu;

	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		t.node[cpu] = cpu < 16 ? (int16_t)(cpu / 8) : -1;
		t.core[cpu] = (int16_t)(cpu / 8 * 8 + cpu % 4);
		if (cpu < 15) {
			CPU_SET(cpu, &t.online);
			CPU_SET(cpu, &t.allowed);
		}
	}
	return t;
}

/* Four CPUs of one node, without SMT. */
static struct cpu_topology one_node(void)
{
	struct cpu_topology t = {0};
	unsigned int cpu;

	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		t.core[cpu] = (int16_t)cpu;
		if (cpu < 4) {
			CPU_SET(cpu, &t.online);
			CPU_SET(cpu, &t.allowed);
		}
	}
	return t;
}

static void test_words(void **state)
{
	static const struct {
		const char *asked;
		bool two; /* nodes */
		int node; /* of the device */
		struct cpu_list side;
		uint64_t queues; /* of the side */
		uint32_t first;
		size_t users;       /* queues 0, 1, ... of the device */
		const char *expect; /* NULL: refused, with WHY in it */
		const char *why;
	} rows[] = {
		{"same", false, 0, {2, {1, 2}}, 2, 0, 4, "1 2 1 2"},
		{"same", false, 0, {1, {3}}, 4, 0, 4, "3 3 3 3"},
		/* more CPUs than queues of the side: the device's others go round the threads */
		{"same", false, 0, {3, {0, 1, 2}}, 2, 0, 4, "0 1 0 1"},
		/* both roles: generators on the first ones */
		{"same", false, 0, {4, {0, 1, 2, 3}}, 2, 2, 2, "2 3"},
		{"same", false, 0, {0}, 1, 0, 1, NULL, "cpus"},
		{"same", false, 0, {1, {9}}, 1, 0, 1, NULL, "CPU 9 is not there"},
		{"other", false, 0, {2, {0, 1}}, 2, 0, 2, "2 3"},
		{"other", false, 0, {2, {2, 3}}, 2, 0, 2, "0 1"},
		{"other", false, 0, {1, {3}}, 1, 0, 3, "0 0 0"},
		{"other", false, 0, {4, {0, 1, 2, 3}}, 4, 0, 4, NULL, "name fewer"},
		/* not the sibling 4, nor what is of the side; other queues share when there are no
		   more */
		{"other", true, 0, {1, {0}}, 1, 0, 1, "1"},
		{"other", true, 0, {3, {3, 5, 6}}, 3, 0, 3, "4 7 0"},
		{"other", true, 0, {7, {0, 1, 2, 3, 4, 5, 6}}, 7, 0, 7, "7 7 7 7 7 7 7"},
		/* the sibling where nothing else is left */
		{"other", true, 0, {7, {1, 2, 3, 4, 5, 6, 7}}, 7, 0, 4, "0 0 0 0"},
		{"far", true, 0, {2, {6, 7}}, 2, 0, 3, "8 9 8"},
		{"far", true, 0, {1, {9}}, 1, 0, 1, "0"},
		{"far", false, 0, {1, {0}}, 1, 0, 1, NULL, "other NUMA node"},
		{"spread", false, 0, {1, {0}}, 1, 0, 6, "0 1 2 3 0 1"},
		{"spread", true, 1, {1, {0}}, 1, 0, 8, "8 9 10 11 12 13 14 8"},
		{"spread", false, -1, {0}, 0, 0, 2, "0 1"},
		{"all", true, 1, {0}, 0, 0, 2, "8-14 8-14"},
		{"all", true, -1, {0}, 0, 0, 1, "0-14"},
		{"none", false, 0, {0}, 0, 0, 2, "none none"},
		{"one:2", false, 0, {0}, 0, 0, 3, "2 2 2"},
		{"one:15", true, 0, {0}, 0, 0, 1, NULL, "CPU 15 is not there or offline"},
		{"list:3+1", false, 0, {0}, 0, 0, 3, "3 1 3"},
		{"list:0+9", false, 0, {0}, 0, 0, 1, NULL, "online are 0-3"},
		/* canonical: as it stands, also what is offline now */
		{"0 1 0-3+9", false, 0, {0}, 0, 0, 3, "0 1 0-3+9"},
		{"0 1", false, 0, {0}, 0, 0, 5, "0 1 0 1 0"},
		{"0 1 2 3", false, 0, {0}, 0, 0, 2, "0 1"},
		{"none", false, 0, {0}, 0, 0, 0, ""},
		{"0 x", false, 0, {0}, 0, 0, 2, NULL, "no CPUs"},
		{"", false, 0, {0}, 0, 0, 2, NULL, "no CPUs"},
	};
	struct cpu_topology topologies[] = {one_node(), two_nodes()};
	struct cpu_user users[8];
	cpu_set_t sets[8];
	char text[256];
	size_t i;

	for (i = 0; i < 8; i++)
		users[i] = (struct cpu_user){(unsigned int)i, false};
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cpu_where where = {
			.topology = &topologies[rows[i].two],
			.node = rows[i].node,
			.side = rows[i].side,
			.queues = rows[i].queues,
			.first = rows[i].first,
		};
		struct error err = {0};
		int ret =
			cpu_words_resolve(rows[i].asked, &where, users, rows[i].users, sets, &err);

		if (!rows[i].expect) {
			assert_true(ret < 0);
			assert_non_null(strstr(err.text, rows[i].why));
			continue;
		}
		assert_int_equal(ret, 0);
		assert_int_equal(cpu_sets_format(sets, rows[i].users, text, sizeof(text)), 0);
		if (strcmp(text, rows[i].expect))
			print_error("row %zu: %s\n", i, rows[i].asked);
		assert_string_equal(text, rows[i].expect);
	}
	assert_int_equal(cpu_sets_format(sets, 8, text, 4), -EFBIG);
}

/* What only sends is of a generator's thread, of a side with both roles. */
static void test_senders(void **state)
{
	struct cpu_topology topology = one_node();
	struct cpu_where where = {
		.topology = &topology, .side = {4, {0, 1, 2, 3}}, .queues = 2, .first = 2};
	struct cpu_user users[] = {{0, false}, {0, true}, {1, false}, {1, true}};
	struct error err = {0};
	cpu_set_t sets[4];
	char text[64];

	assert_int_equal(cpu_words_resolve("same", &where, users, 4, sets, &err), 0);
	assert_int_equal(cpu_sets_format(sets, 4, text, sizeof(text)), 0);
	assert_string_equal(text, "2 0 3 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_senders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
