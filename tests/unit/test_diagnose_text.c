/* What a diagnosis looks like: for people, and as metrics. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagnose.h"
#include "json.h"

static json_t *parse(const char *text)
{
	char *copy = strdup(text);
	json_error_t why;
	json_t *value;

	assert_non_null(copy);
	for (char *at = copy; *at; at++)
		if (*at == '\'')
			*at = '"';
	value = json_loads(copy, 0, &why);
	if (!value)
		fail_msg("%s: %s", copy, why.text);
	free(copy);
	return value;
}

#define FULL                                                                                       \
	"{'place': 'qdisc', 'row': 4, 'kind': 'loss', 'netns': 'blue', 'device': 'eth0', 'lost': " \
	"1500, 'per_second': 750.4, 'unit': 'packets', 'means': 'the queue is full', 'evidence': " \
	"[{'counter': 'qdisc.drops', 'delta': 1500, 'per_second': 750.4}, {'counter': 'x', "       \
	"'delta': 1, 'per_second': 0.004}], 'causes': ['limit 2', 'from \\u001b[31mhere'], "       \
	"'remedies': [{'command': 'tc qdisc'}, {'advice': 'send less'}], 'source': 'qdisc_drop'}"
#define SIGN                                                                                       \
	"{'place': 'flow control', 'row': 8, 'kind': 'sign', 'netns': '', 'device': 'eth1', "      \
	"'lost': 1, 'per_second': 0.5, 'unit': 'packets', 'means': 'wait', 'evidence': [], "       \
	"'causes': [], 'remedies': [], 'source': '802.3'}"
#define LEVEL                                                                                      \
	"{'place': 'local ports', 'row': 32, 'kind': 'sign', 'netns': '', 'device': null, "        \
	"'lost': 10, 'per_second': 0.0, 'unit': 'ports', 'means': 'm', 'evidence': [], "           \
	"'causes': [], 'remedies': [], 'source': 's'}"

#define DIAGNOSIS(findings, totals, unseen)                                                        \
	"{'seconds': 2.0, 'findings': [" findings "], 'totals': [" totals "], 'unseen': [" unseen  \
	"]}"
#define TOTAL(counter)                                                                             \
	"{'netns': 'blue', 'device': 'eth0', 'counter': '" counter                                 \
	"', 'total': 1234567, 'help': 'lost long ago'}"
#define THREE(counter) TOTAL(counter "a") ", " TOTAL(counter "b") ", " TOTAL(counter "c")

static const struct {
	const char *diagnosis, *says, *never; /* SAYS: pieces in this order, with | between */
} prints[] = {
	{DIAGNOSIS("", "", ""), "2.0 s|Nothing is being lost.\n\n", "Signs"},
	{DIAGNOSIS("", "", ""), "Nothing is being lost.\n\n", "Could not be seen"},
	{DIAGNOSIS(FULL, "", ""),
	 "1. qdisc (place 4) at eth0 in blue: 1,500 packets lost, 750/s\n   the queue is full\n"
	 "   seen    qdisc.drops +1,500 (750/s)\n           x +1 (0.004/s)\n   here    limit 2\n"
	 "           from ?[31mhere\n   do      $ tc qdisc\n           send less\n"
	 "   source  qdisc_drop\n\n",
	 "Nothing"},
	{DIAGNOSIS(SIGN, "", ""),
	 "Nothing is being lost.|Signs: nothing is lost by these themselves|1. flow control "
	 "(place 8) at eth1: 1 packet, 0.5/s\n   wait\n   source",
	 "lost, "},
	{DIAGNOSIS(SIGN, "", ""), "1 packet, ", "1 packets"},
	{DIAGNOSIS(FULL ", " SIGN, "", ""), "1. qdisc|Signs|2. flow control", "Nothing is being"},
	{DIAGNOSIS(LEVEL, "", ""), "1. local ports (place 32): 10 ports\n", "/s"},
	{DIAGNOSIS("", TOTAL("dev.rx_dropped"), ""),
	 "Not moving now; since boot:\n|dev.rx_dropped at eth0 in blue|1,234,567|lost long ago",
	 "more, in --json"},
	{DIAGNOSIS("", THREE("a") ", " THREE("b") ", " THREE("c") ", " THREE("d"), ""), "dc at",
	 "more, in --json"},
	{DIAGNOSIS("", THREE("a") ", " THREE("b") ", " THREE("c") ", " THREE("d") ", " THREE("e"),
		   ""),
	 "dc at|and 3 more, in --json", "ea at"},
	{DIAGNOSIS("", "", "'no root\\u0007', 'eth0: 3 counters'"),
	 "Could not be seen:\n  no root?\n  eth0: 3 counters\n", "\a"},
};

static void assert_in_order(const char *text, const char *pieces)
{
	char *copy = strdup(pieces), *save = NULL;
	const char *at = text;

	assert_non_null(copy);
	for (char *p = strtok_r(copy, "|", &save); p; p = strtok_r(NULL, "|", &save)) {
		at = strstr(at, p);
		if (!at)
			fail_msg("\"%s\" is not where it should be in:\n%s", p, text);
		at += strlen(p);
	}
	free(copy);
}

static void test_print(void **state)
{
	for (size_t i = 0; i < sizeof(prints) / sizeof(prints[0]); i++) {
		json_t *diagnosis = parse(prints[i].diagnosis);
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		assert_non_null(out);
		diagnosis_print(diagnosis, out);
		fclose(out);
		assert_in_order(text, prints[i].says);
		if (prints[i].never && strstr(text, prints[i].never))
			fail_msg("\"%s\" is in:\n%s", prints[i].never, text);
		free(text);
		json_decref(diagnosis);
	}
}

static const struct {
	int64_t n;
	const char *unit, *text;
} amounts[] = {
	{0, "packets", "0 packets"}, {1, "packets", "1 packet"}, {2, "entries", "2 entries"},
	{1, "entries", "1 entry"},   {1, "times", "1 time"},     {1, "us", "1 us"},
	{1, "CPUs", "1 CPU"},        {1234, "us", "1,234 us"},
};

static void test_amounts(void **state)
{
	char buf[48];

	for (size_t i = 0; i < sizeof(amounts) / sizeof(amounts[0]); i++)
		assert_string_equal(amount_text(buf, sizeof(buf), amounts[i].n, amounts[i].unit),
				    amounts[i].text);
}

/* Two namespaces, whose counters are one family; names that labels must escape. */
static void test_openmetrics(void **state)
{
	struct subject subjects[] = {
		{.kind = SUBJECT_MACHINE},
		{.kind = SUBJECT_NETNS},
		{.kind = SUBJECT_NETNS, .netns = "a\"b\\c\nd"},
	};
	struct sight sight = {.subjects = subjects, .n = 3};
	json_t *diagnosis = parse(DIAGNOSIS(FULL ", " LEVEL, "", ""));
	const char *family;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	subjects[0].after = parse("{'softnet.dropped': 18446744073709551}");
	subjects[1].after = parse("{'snmp.Udp.NoPorts': 7, 'ct.count': 5, 'ct.drop': 'FAILED'}");
	subjects[2].after = parse("{'snmp.Udp.NoPorts': 8}");
	diagnosis_openmetrics(&sight, diagnosis, out);
	fclose(out);
	assert_in_order(
		text, "# TYPE ringloss_softnet_dropped_total counter\n|"
		      "ringloss_softnet_dropped_total{netns=\"\",device=\"\"} 18446744073709551\n");
	assert_in_order(
		text, "# HELP ringloss_snmp_udp_noports_total snmp.Udp.NoPorts: |"
		      "# TYPE ringloss_snmp_udp_noports_total counter\n"
		      "ringloss_snmp_udp_noports_total{netns=\"\",device=\"\"} 7\n"
		      "ringloss_snmp_udp_noports_total{netns=\"a\\\"b\\\\c\\nd\",device=\"\"} 8\n");
	assert_in_order(text, "# TYPE ringloss_ct_count_entries gauge\n|_entries{netns=\"\",device="
			      "\"\"} 5\n");
	assert_in_order(
		text, "# TYPE ringloss_finding_per_second gauge\n|{place=\"qdisc\",row=\"4\",kind="
		      "\"loss\",netns=\"blue\",device=\"eth0\",unit=\"packets\"|} 750.4\n|"
		      "# TYPE ringloss_finding_amount gauge\n|} 1500\n|unit=\"ports\"|} 10\n|"
		      "ringloss_looked_seconds 2.000\n# EOF\n");
	/* what is not known is left out, and a family is begun once */
	assert_null(strstr(text, "ringloss_ct_drop"));
	family = strstr(text, "# TYPE ringloss_snmp_udp_noports_total");
	assert_null(strstr(family + 1, "# TYPE ringloss_snmp_udp_noports_total"));
	free(text);
	for (size_t i = 0; i < sight.n; i++)
		json_decref(subjects[i].after);
	json_decref(diagnosis);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_amounts),
		cmocka_unit_test(test_openmetrics),
	};

	return cmocka_run_group_tests_name("diagnose_text", tests, NULL, NULL);
}
