/* CPUs in a user's words; see cpu_words.h. */
#include "cpu_words.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_deal.h"
#include "value.h"

#define ONE "one:"
#define LIST "list:"

static const struct knob list_knob = {.name = "list", .type = KNOB_CPUS, .def = "0"};

static const char *starts(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(text, prefix, len) ? NULL : text + len;
}

static int list_parse(const char *text, struct cpu_list *list, const char **why)
{
	union value value;
	int ret = value_type(KNOB_CPUS)->parse(&list_knob, text, &value, why);

	if (!ret)
		*list = value.cpus;
	return ret;
}

const char *cpu_words_check(const char *text)
{
	const char *one = starts(text, ONE), *list = starts(text, LIST), *why;
	struct cpu_list cpus;

	if (!one && !list)
		return "none of the words, nor one:CPU, nor list:0+2+4";
	if (list_parse(one ? one : list, &cpus, &why))
		return why;
	return one && cpus.n != 1 ? "more than one CPU: list:0+2+4" : NULL;
}

static int not_online(const struct cpu_where *where, unsigned int cpu, struct error *err)
{
	char online[CPUS_TEXT_MAX];

	cpus_format(&where->topology->online, '+', online);
	return error_set(err, EX_CONFIG, -EINVAL,
			 "CPU %u is not there or offline; online are %.200s", cpu, online);
}

/* ---- beside the worker: other and far ---- */

struct beside {
	const struct cpu_where *where;
	bool far;
	uint32_t used[CPU_SETSIZE];  /* how often a CPU was chosen */
	int16_t chosen[CPU_SETSIZE]; /* by the worker's CPU; -1 not yet */
};

static bool is_of_side(const struct cpu_where *where, unsigned int cpu)
{
	uint32_t i;

	for (i = 0; i < where->side.n; i++)
		if (where->side.cpu[i] == cpu)
			return true;
	return false;
}

static bool fits(const struct beside *b, unsigned int cpu, unsigned int worker, bool siblings)
{
	const struct cpu_topology *t = b->where->topology;

	return CPU_ISSET(cpu, &t->allowed) && !is_of_side(b->where, cpu) &&
	       (t->node[cpu] != t->node[worker]) == b->far &&
	       (siblings || t->core[cpu] != t->core[worker]);
}

/* Of those that fit the one chosen least often, and of these the next after WORKER. -1: none. */
static int choose(struct beside *b, unsigned int worker)
{
	int best = -1, siblings;
	unsigned int i;

	if (b->chosen[worker] >= 0)
		return b->chosen[worker];
	for (siblings = 0; siblings < 2 && best < 0; siblings++)
		for (i = 1; i < CPU_SETSIZE; i++) {
			unsigned int cpu = (worker + i) % CPU_SETSIZE;

			if (fits(b, cpu, worker, siblings) &&
			    (best < 0 || b->used[cpu] < b->used[best]))
				best = (int)cpu;
		}
	if (best >= 0) {
		b->used[best]++;
		b->chosen[worker] = (int16_t)best;
	}
	return best;
}

static int by_worker(const char *word, const struct cpu_where *where, const struct cpu_user *users,
		     size_t n, cpu_set_t *sets, struct error *err)
{
	uint32_t threads = cpu_deal_threads(&where->side, where->queues);
	bool same = !strcmp(word, "same");
	struct beside *b;
	size_t i;
	int cpu = 0;

	if (!where->side.n || !threads)
		return error_set(err, EX_CONFIG, -EINVAL,
				 "%s goes by the side's cpus, and it has none: use list:", word);
	b = calloc(1, sizeof(*b));
	if (!b)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory");
	b->where = where;
	b->far = !strcmp(word, "far");
	memset(b->chosen, 0xff, sizeof(b->chosen));
	for (i = 0; i < n && cpu >= 0; i++) {
		unsigned int worker = cpu_deal(&where->side, users[i].sends ? 0 : where->first,
					       users[i].queue % threads);

		if (worker >= CPU_SETSIZE || !CPU_ISSET(worker, &where->topology->online)) {
			free(b);
			return not_online(where, worker, err);
		}
		cpu = same ? (int)worker : choose(b, worker);
		CPU_ZERO(&sets[i]);
		if (cpu >= 0)
			CPU_SET((size_t)cpu, &sets[i]);
	}
	free(b);
	if (cpu >= 0)
		return 0;
	if (!strcmp(word, "far"))
		return error_set(err, EX_CONFIG, -EINVAL,
				 "there is no other NUMA node with a CPU that may be used: ask for "
				 "other, or name CPUs (list:)");
	return error_set(err, EX_CONFIG, -EINVAL,
			 "the node has no CPU beside the side's own that may be used: name fewer "
			 "in cpus, or name CPUs (list:)");
}

/* ---- by the device's node: spread and all ---- */

static void of_node(const struct cpu_where *where, cpu_set_t *set)
{
	const struct cpu_topology *t = where->topology;
	size_t cpu;

	CPU_ZERO(set);
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &t->allowed) && t->node[cpu] == where->node)
			CPU_SET(cpu, set);
	if (where->node < 0 || !CPU_COUNT(set))
		*set = t->allowed;
}

static void by_node(bool all, const struct cpu_where *where, const struct cpu_user *users, size_t n,
		    cpu_set_t *sets)
{
	cpu_set_t set;
	size_t i, cpu;

	of_node(where, &set);
	for (i = 0; i < n; i++) {
		int skip = (int)(users[i].queue % (unsigned int)CPU_COUNT(&set));

		if (all) {
			sets[i] = set;
			continue;
		}
		for (cpu = 0; !CPU_ISSET(cpu, &set) || skip--; cpu++)
			;
		CPU_ZERO(&sets[i]);
		CPU_SET(cpu, &sets[i]);
	}
}

static int by_list(const char *text, const struct cpu_where *where, const struct cpu_user *users,
		   size_t n, cpu_set_t *sets, struct error *err)
{
	struct cpu_list list;
	const char *why;
	size_t i;

	if (list_parse(text, &list, &why))
		return error_set(err, EX_DATAERR, -EINVAL, "%.100s: %s", text, why);
	/* all of them, whether or not there is a queue for each: nothing is written by halves */
	for (i = 0; i < list.n; i++)
		if (list.cpu[i] >= CPU_SETSIZE || !CPU_ISSET(list.cpu[i], &where->topology->online))
			return not_online(where, list.cpu[i], err);
	for (i = 0; i < n; i++) {
		CPU_ZERO(&sets[i]);
		CPU_SET(list.cpu[users[i].queue % list.n], &sets[i]);
	}
	return 0;
}

static int by_sets(const char *text, size_t n, cpu_set_t *sets, struct error *err)
{
	size_t i, given;

	if (cpu_sets_parse(text, sets, n, &given) || (n && !given))
		return error_set(err, EX_DATAERR, -EINVAL, "%.100s: no CPUs by queue", text);
	for (i = given; i < n; i++)
		sets[i] = sets[i - given];
	return 0;
}

int cpu_words_resolve(const char *asked, const struct cpu_where *where,
		      const struct cpu_user *users, size_t n, cpu_set_t *sets, struct error *err)
{
	const char *one = starts(asked, ONE), *list = starts(asked, LIST);
	bool all = !strcmp(asked, "all");

	if (!strcmp(asked, "same") || !strcmp(asked, "other") || !strcmp(asked, "far"))
		return by_worker(asked, where, users, n, sets, err);
	if (one || list)
		return by_list(one ? one : list, where, users, n, sets, err);
	if (!all && strcmp(asked, "spread"))
		return by_sets(asked, n, sets, err);
	by_node(all, where, users, n, sets);
	return 0;
}

int cpu_sets_format(const cpu_set_t *sets, size_t n, char *text, size_t size)
{
	char one[CPUS_TEXT_MAX];
	size_t i, len = 0;

	text[0] = '\0';
	for (i = 0; i < n; i++) {
		cpus_format(&sets[i], '+', one);
		len += (size_t)snprintf(text + len, size - len, "%s%s", i ? " " : "", one);
		if (len >= size)
			return -EFBIG;
	}
	return 0;
}

int cpu_sets_parse(const char *text, cpu_set_t *sets, size_t max, size_t *n)
{
	char one[CPUS_TEXT_MAX];
	int ret = 0;

	for (*n = 0; !ret && *n < max && *text; ++*n) {
		size_t len = strcspn(text, " ");

		if (!len || len >= sizeof(one))
			return -EINVAL;
		memcpy(one, text, len);
		one[len] = '\0';
		ret = cpus_parse(one, '+', &sets[*n]);
		text += len + (text[len] == ' ');
	}
	return ret;
}
