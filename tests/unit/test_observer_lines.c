/* What reports say of an observer: only what was measured. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <jansson.h>

#include "observer_lines.h"

static const struct {
	const char *observer; /* of side rx; JSON */
	const char *lines[3]; /* all that there are */
} cases[] = {
	{"{'mode': 'counters', 'ns_per_event': 199.6, 'missed': 0, 'events': []}",
	 {"rx: counters, 200 ns an event, 0 missed"}},
	{"{'mode': 'full', 'ns_per_event': null, 'missed': 3, 'events': []}",
	 {"rx: full, cost n/a, 3 missed"}},
	{"{'mode': 'counters', 'ns_per_event': 200}",
	 {"rx: counters, 200 ns an event, missed n/a"}},
	{"{'mode': 'none', 'why': 'no BTF'}", {"rx: none, no BTF"}},
	{"{'mode': 'counters', 'ns_per_event': 200, 'missed': 0, 'events': ["
	 "{'kind': 'xdp redirect', 'reason': 'ENOBUFS', 'function': '', 'direction': 'in', "
	 "'device': 'eth5', 'protocol': '0x0000/0', 'counter': 'bpf.xdp_redirect', 'ours': 0, "
	 "'stale': 0, 'foreign': 0, 'unknown': 7}, "
	 "{'kind': 'drop', 'reason': 'NO_SOCKET', 'function': 'udp_rcv', 'direction': 'out', "
	 "'device': '', 'protocol': '0x0800/17', 'counter': 'bpf.no_listener', 'ours': 2, "
	 "'stale': 1, 'foreign': 4, 'unknown': 0}]}",
	 {"rx: counters, 200 ns an event, 0 missed",
	  "rx: xdp redirect, ENOBUFS, going in on eth5: 7 of anyone",
	  "rx: drop, NO_SOCKET at udp_rcv, going out, no device chosen yet: 2 of ours, 5 of "
	  "others"}},
};

static json_t *quoted(const char *text)
{
	char copy[1024];
	char *c;

	assert_true(strlen(text) < sizeof(copy));
	strcpy(copy, text);
	for (c = copy; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	return json_loads(copy, 0, NULL);
}

static void test_lines(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *trials = json_pack("[{s:{s:{s:o}}}]", "sides", "rx", "observer",
					   quoted(cases[i].observer));
		json_t *lines = observer_lines(trials);
		size_t n = 0;

		while (n < 3 && cases[i].lines[n]) {
			assert_string_equal(json_string_value(json_array_get(lines, n)),
					    cases[i].lines[n]);
			n++;
		}
		assert_int_equal(json_array_size(lines), n);
		json_decref(lines);
		json_decref(trials);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
