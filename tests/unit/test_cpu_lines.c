/* Which CPUs did the work, as reports say it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "cpu_lines.h"

/* Trials, and the lines that they come to. */
static const struct {
	const char *trials, *lines;
} cases[] = {
	/* no device with interrupts, nothing asked: nothing to say */
	{"[{'sides':{'rx':{'role':'sink','cpus':[{'cpu':0,'net_rx':9,'net_tx':0}]}}}]", "[]"},
	/* sums over the trials of what was asked alike; below a hundredth is left out */
	{"[{'sides':{'rx':{'role':'sink','settings':{'asked':{'irq.affinity':'same'}},"
	 "'cpus':[{'cpu':1,'interrupts':300,'net_rx':300,'net_tx':0},"
	 "{'cpu':2,'interrupts':1,'net_rx':0,'net_tx':0}]}}},"
	 "{'sides':{'rx':{'role':'sink','settings':{'asked':{'irq.affinity':'same'}},"
	 "'cpus':[{'cpu':1,'interrupts':200,'net_rx':100,'net_tx':0},"
	 "{'cpu':3,'net_rx':100,'net_tx':0}]}}}]",
	 "['rx, irq.affinity same: interrupts on CPU 1 100 %; NET_RX on CPU 1 80 %, 3 20 %']"},
	/* each wish has its line; softirqs are no generator's */
	{"[{'sides':{'tx':{'role':'generator','cpus':[{'cpu':0,'interrupts':5,'net_rx':5,"
	 "'net_tx':0}]}}},"
	 "{'sides':{'rx':{'role':'both','settings':{'asked':{'rps.cpus':'one:1','napi.cpus':'keep'"
	 "}},'cpus':[{'cpu':1,'net_rx':5,'net_tx':0}]}}}]",
	 "['tx: interrupts on CPU 0 100 %','rx, rps.cpus one:1: NET_RX on CPU 1 100 %']"},
	/* a trial that knows nothing */
	{"[{'sides':{'rx':{'role':'sink'}}},{}]", "[]"},
};

static json_t *parse(const char *text)
{
	char quoted[2048];
	size_t i;

	for (i = 0; text[i]; i++)
		quoted[i] = text[i] == '\'' ? '"' : text[i];
	quoted[i] = '\0';
	return json_loads(quoted, 0, NULL);
}

static void test_lines(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *trials = parse(cases[i].trials), *want = parse(cases[i].lines);
		json_t *lines = cpu_lines(trials);

		assert_non_null(trials);
		assert_non_null(want);
		assert_true(json_equal(lines, want));
		json_decref(lines);
		json_decref(want);
		json_decref(trials);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
