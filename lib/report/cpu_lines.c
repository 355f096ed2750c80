/* Which CPUs did the work; see cpu_lines.h. */
#include "cpu_lines.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

/* Settings that say which CPUs are to do it. */
static const char *const words[] = {"irq.affinity", "rps.cpus", "napi.threaded", "napi.cpus"};

#define LIST_MAX 256

/* "rx, irq.affinity same" into BUF. False: nothing is asked. */
static bool name_group(const char *side, const json_t *asked, char *buf, size_t size)
{
	size_t i, len = (size_t)snprintf(buf, size, "%s", side);
	bool any = false;

	for (i = 0; i < sizeof(words) / sizeof(words[0]) && len < size; i++) {
		const char *wish = json_str(asked, words[i], "keep");

		if (!strcmp(wish, "keep"))
			continue;
		any = true;
		len += (size_t)snprintf(buf + len, size - len, ", %s %s", words[i], wish);
	}
	return any;
}

/* Add COUNT to SUMS[key][cpu]. */
static void add(json_t *sums, const char *key, const char *cpu, uint64_t count)
{
	json_t *of = json_object_get(sums, key);

	if (!of) {
		of = json_object();
		json_object_set_new(sums, key, of);
	}
	json_put_u64(of, cpu, json_u64(of, cpu, 0) + count);
}

static void add_trial(json_t *groups, const char *name, const json_t *side)
{
	const json_t *cpus = json_object_get(side, "cpus"), *one;
	json_t *sums;
	char group[LIST_MAX], cpu[16];
	bool asked = name_group(name, json_object_get(json_object_get(side, "settings"), "asked"),
				group, sizeof(group)),
	     interrupts = false, receives = strcmp(json_str(side, "role", ""), "generator") != 0;
	size_t i;

	json_array_foreach (cpus, i, one)
		interrupts |= json_u64(one, "interrupts", 0) > 0;
	if (!interrupts && !asked)
		return;
	sums = json_object_get(groups, group);
	if (!sums) {
		sums = json_object();
		json_object_set_new(groups, group, sums);
	}
	json_array_foreach (cpus, i, one) {
		snprintf(cpu, sizeof(cpu), "%" PRIu64, json_u64(one, "cpu", 0));
		if (json_u64(one, "interrupts", 0))
			add(sums, "interrupts", cpu, json_u64(one, "interrupts", 0));
		if (receives && json_u64(one, "net_rx", 0))
			add(sums, "NET_RX", cpu, json_u64(one, "net_rx", 0));
	}
}

struct share {
	const char *cpu;
	uint64_t count;
};

static int most_first(const void *a, const void *b)
{
	const struct share *x = a, *y = b;

	return (x->count < y->count) - (x->count > y->count);
}

/* "CPU 1 97 %, 0 3 %": those with a hundredth at least. */
static void put_shares(FILE *out, json_t *of)
{
	struct share shares[LIST_MAX];
	uint64_t sum = 0;
	const char *cpu;
	json_t *value;
	size_t n = 0, i;

	json_object_foreach (of, cpu, value) {
		if (n == LIST_MAX)
			break;
		shares[n] = (struct share){cpu, (uint64_t)json_integer_value(value)};
		sum += shares[n++].count;
	}
	qsort(shares, n, sizeof(shares[0]), most_first);
	for (i = 0; i < n && shares[i].count * 100 >= sum; i++)
		fprintf(out, "%s %s %.0f %%", i ? "," : " on CPU", shares[i].cpu,
			100.0 * (double)shares[i].count / (double)sum);
}

static json_t *group_line(const char *group, json_t *sums)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	const char *what;
	json_t *of, *line;
	int n = 0;

	if (!out)
		return NULL;
	fprintf(out, "%s:", group);
	json_object_foreach (sums, what, of) {
		fprintf(out, "%s %s", n++ ? ";" : "", what);
		put_shares(out, of);
	}
	line = fclose(out) ? NULL : json_string(text);
	free(text);
	return line;
}

json_t *cpu_lines(const json_t *trials)
{
	json_t *groups = json_object(), *lines = json_array(), *sums, *side, *trial;
	const char *group, *name;
	size_t i;

	json_array_foreach (trials, i, trial)
		json_object_foreach (json_object_get(trial, "sides"), name, side)
			add_trial(groups, name, side);
	json_object_foreach (groups, group, sums)
		if (json_object_size(sums))
			json_array_append_new(lines, group_line(group, sums));
	json_decref(groups);
	return lines;
}
