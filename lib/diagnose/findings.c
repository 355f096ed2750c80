/*
 * From rules to findings. Rules are gone through in their order, and what one has explained of a
 * counter, no later one finds: a backlog drop behind a veth also moves the device's rx_dropped and
 * the other end's tx_dropped, and is one loss.
 */
#include <stdlib.h>
#include <string.h>

#include "counter.h"
#include "expr.h"
#include "json.h"
#include "sight.h"

#define PEER "peer:"
#define ALL "all:"

/*
 * Counters of one loss are not read in the same instant: what is left of one after another
 * explained it is no loss of its own below one in SKEW, what that loses in SKEW_SECONDS, and one.
 */
#define SKEW 50
#define SKEW_SECONDS 0.02

/* What has been explained of a counter at a subject. */
struct pot {
	const struct subject *subject;
	char id[EXPR_NAME_MAX];
	int64_t taken;
};

struct pots {
	struct pot *list;
	size_t n;
	bool no_memory;
};

struct finding {
	const struct diagnosis_rule *rule;
	struct subject *subject;
	int64_t lost;
	double per_second;
	json_t *evidence;
};

struct findings {
	struct sight *sight;
	struct pots pots;
	struct finding *list;
	size_t n;
};

/* ---- pots ---- */

static struct pot *pot_of(struct pots *pots, const struct subject *subject, const char *id)
{
	struct pot *more;

	for (size_t i = 0; i < pots->n; i++)
		if (pots->list[i].subject == subject && !strcmp(pots->list[i].id, id))
			return &pots->list[i];
	more = realloc(pots->list, (pots->n + 1) * sizeof(*more));
	if (!more) {
		pots->no_memory = true;
		return NULL;
	}
	pots->list = more;
	more = &pots->list[pots->n++];
	*more = (struct pot){.subject = subject};
	snprintf(more->id, sizeof(more->id), "%s", id);
	return more;
}

/* What of ID, as SUBJECT sees it, nothing has explained yet. False: it is not known. */
static bool left_of(struct findings *f, const struct subject *subject, const char *id,
		    int64_t *left)
{
	const struct subject *owner = sight_owner(f->sight, subject, id);
	struct pot *pot;
	int64_t skew;

	if (!owner || !sight_delta(f->sight, owner, id, left))
		return false;
	if (!*left)
		return true;
	pot = pot_of(&f->pots, owner, id);
	if (!pot || !pot->taken)
		return true;
	*left -= pot->taken;
	skew = 1 + pot->taken / SKEW;
	if (owner->seconds > 0 && (double)pot->taken * SKEW_SECONDS / owner->seconds > (double)skew)
		skew = (int64_t)((double)pot->taken * SKEW_SECONDS / owner->seconds);
	if (*left <= skew)
		*left = 0;
	return true;
}

/* Explain up to MOST of ID as SUBJECT sees it; how many that were. */
static int64_t take(struct findings *f, const struct subject *subject, const char *id, int64_t most)
{
	const struct subject *owner = sight_owner(f->sight, subject, id);
	struct pot *pot;
	int64_t left;

	if (!owner || !left_of(f, subject, id, &left) || left <= 0)
		return 0;
	pot = pot_of(&f->pots, owner, id);
	left = left < most ? left : most;
	if (pot)
		pot->taken += left;
	return left;
}

/* ---- evidence ---- */

static void add_evidence(struct finding *finding, const struct subject *owner, const char *id,
			 int64_t delta)
{
	const struct subject *own = finding->subject;
	char text[128];
	json_t *old;
	size_t i;

	/* whose it is, where that is not plain */
	snprintf(text, sizeof(text), "%s%s%s", id, owner->ifname[0] && owner != own ? " of " : "",
		 owner != own ? owner->ifname : "");
	json_array_foreach (finding->evidence, i, old)
		if (!strcmp(json_str(old, "counter", ""), text))
			return;
	json_array_append_new(finding->evidence,
			      json_pack("{s:s, s:I, s:f}", "counter", text, "delta",
					(json_int_t)delta, "per_second",
					owner->seconds > 0 ? (double)delta / owner->seconds : 0));
}

/* Counters of LIST that moved, as SUBJECT sees them. */
static void add_moved(struct findings *f, struct finding *finding, const struct subject *subject,
		      const char *list)
{
	struct expr_term term;
	int64_t delta;

	while (list && expr_next(&list, &term)) {
		const struct subject *owner;

		const char *id = term.name;

		if (!strncmp(id, PEER, strlen(PEER)))
			continue;
		if (!strncmp(id, ALL, strlen(ALL)))
			id += strlen(ALL);
		owner = sight_owner(f->sight, subject, id);
		if (owner && sight_delta(f->sight, owner, id, &delta) && delta)
			add_evidence(finding, owner, id, delta);
	}
}

/* Counters of LIST of which something is left to explain. */
static void add_left(struct findings *f, struct finding *finding, const char *list)
{
	struct expr_term term;
	int64_t left;

	while (list && expr_next(&list, &term))
		if (left_of(f, finding->subject, term.name, &left) && left > 0)
			add_moved(f, finding, finding->subject, term.name);
}

/* ---- one rule at one subject ---- */

/* What the rule's counters say that nothing has explained; 0 also where none is known. */
static int64_t count(struct findings *f, const struct diagnosis_rule *rule,
		     const struct subject *subject)
{
	const char *at = rule->count;
	struct expr_term term;
	int64_t sum = 0, left;

	while (expr_next(&at, &term))
		if (left_of(f, subject, term.name, &left))
			sum += term.sign * left;
	return sum > 0 ? sum : 0;
}

/* What one end of a veth loses the other counts, too, and who sent into it is told. */
static void take_other_end(struct findings *f, const struct subject *end, const char *id,
			   int64_t lost)
{
	static const char *const told[] = {"snmp.Udp.SndbufErrors", "snmp.Ip.OutDiscards",
					   "snmp6.Udp6SndbufErrors", "snmp6.Ip6OutDiscards"};
	const struct subject *other = &f->sight->subjects[end->peer];

	if (!strcmp(id, "dev.tx_dropped")) {
		take(f, other, "dev.rx_dropped", lost);
		return;
	}
	take(f, other, "dev.tx_dropped", lost);
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		take(f, other, told[i], lost);
}

/*
 * What a rule repeats is looked for at its subject and above, else at the devices below, up to the
 * loss in all.
 */
static void take_repeated(struct findings *f, struct finding *finding, const char *id)
{
	const struct sight *sight = f->sight;
	const struct subject *s = finding->subject;
	int64_t rest = finding->lost;

	if (!strncmp(id, ALL, strlen(ALL))) {
		take(f, s, id + strlen(ALL), INT64_MAX);
		return;
	}
	if (!strncmp(id, PEER, strlen(PEER))) {
		if (s->peer)
			take(f, &sight->subjects[s->peer], id + strlen(PEER), rest);
		return;
	}
	if (sight_owner(sight, s, id)) {
		take(f, s, id, rest);
		return;
	}
	for (size_t i = 0; i < sight->n && rest > 0; i++) {
		const struct subject *below = &sight->subjects[i];
		int64_t taken;

		if (below == s || (s->kind == SUBJECT_NETNS && &sight->subjects[below->home] != s))
			continue;
		if (!json_object_get(below->after, id))
			continue;
		taken = take(f, below, id, rest);
		if (taken && below->peer)
			take_other_end(f, below, id, taken);
		if (taken)
			add_evidence(finding, below, id, taken);
		rest -= taken;
	}
}

static void take_list(struct findings *f, struct finding *finding, const char *list)
{
	struct expr_term term;

	add_moved(f, finding, finding->subject, list);
	while (list && expr_next(&list, &term))
		take_repeated(f, finding, term.name);
}

/* What a driver's counter repeats with this driver (lib/counter/drivers.c). */
static void take_driver_repeats(struct findings *f, struct finding *finding, const char *id)
{
	size_t n;
	const struct counter_name *names = counter_names(&n);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(names[i].id, id) && !strcmp(names[i].driver, finding->subject->driver))
			take_list(f, finding, names[i].overlaps);
}

static void apply(struct findings *f, const struct diagnosis_rule *rule, struct subject *subject)
{
	const char *at;
	struct finding *more, *finding;
	struct expr_term term;
	int64_t lost;

	if (rule->of != subject->kind || !subject->before || !subject->after)
		return;
	lost = rule->measure ? rule->measure(f->sight, subject) : count(f, rule, subject);
	if (!lost || (rule->when && !rule->when(f->sight, subject)))
		return;
	more = realloc(f->list, (f->n + 1) * sizeof(*more));
	if (!more) {
		f->pots.no_memory = true;
		return;
	}
	f->list = more;
	finding = &f->list[f->n++];
	*finding = (struct finding){.rule = rule, .subject = subject, .lost = lost};
	finding->per_second =
		subject->seconds > 0 && !rule->level ? (double)lost / subject->seconds : 0;
	finding->evidence = json_array();
	add_left(f, finding, rule->count);
	for (at = rule->count; at && expr_next(&at, &term);) {
		int64_t taken = term.sign > 0 ? take(f, subject, term.name, INT64_MAX) : 0;

		if (taken)
			take_driver_repeats(f, finding, term.name);
	}
	take_list(f, finding, rule->repeats);
	add_moved(f, finding, subject, rule->evidence);
}

/* ---- all of them ---- */

static int by_rate(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	if (x->rule->kind != y->rule->kind)
		return x->rule->kind < y->rule->kind ? -1 : 1;
	if (x->rule->kind == FINDING_LOSS && x->per_second != y->per_second)
		return x->per_second > y->per_second ? -1 : 1;
	if (x->rule->kind == FINDING_LOSS && x->lost != y->lost)
		return x->lost > y->lost ? -1 : 1;
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

/* Commands before advice. */
static json_t *commands_first(const json_t *remedies)
{
	json_t *sorted = json_array(), *one;
	size_t i;

	json_array_foreach ((json_t *)remedies, i, one)
		if (json_object_get(one, "command"))
			json_array_append(sorted, one);
	json_array_foreach ((json_t *)remedies, i, one)
		if (!json_object_get(one, "command"))
			json_array_append(sorted, one);
	return sorted;
}

/* What and where it is. */
static json_t *finding_head(const struct finding *finding)
{
	const struct diagnosis_rule *rule = finding->rule;
	const struct subject *s = finding->subject;

	return json_pack("{s:s, s:i, s:s, s:o, s:o, s:I, s:f, s:s}", "place", rule->place, "row",
			 rule->row, "kind", rule->kind == FINDING_LOSS ? "loss" : "sign", "netns",
			 s->kind == SUBJECT_MACHINE ? json_null() : json_text(s->netns), "device",
			 s->kind == SUBJECT_DEVICE ? json_text(s->ifname) : json_null(), "lost",
			 (json_int_t)finding->lost, "per_second", finding->per_second, "unit",
			 rule->unit ? rule->unit : "packets");
}

static json_t *finding_json(struct sight *sight, const struct finding *finding)
{
	const struct diagnosis_rule *rule = finding->rule;
	struct explanation e = {.sight = sight,
				.subject = finding->subject,
				.rule = rule,
				.lost = finding->lost,
				.evidence = finding->evidence,
				.causes = json_array(),
				.remedies = json_array()};
	json_t *head = finding_head(finding), *rest, *remedies;

	if (rule->facts)
		facts_read(sight, finding->subject, rule->facts);
	if (rule->explain)
		rule->explain(&e);
	remedies = commands_first(e.remedies);
	json_decref(e.remedies);
	rest = json_pack("{s:s, s:O, s:o, s:o, s:s}", "means", rule->means, "evidence",
			 finding->evidence, "causes", e.causes, "remedies", remedies, "source",
			 rule->source);
	json_object_update(head, rest);
	json_decref(rest);
	return head;
}

json_t *diagnose(struct sight *sight)
{
	size_t n_rules;
	const struct diagnosis_rule *rules = diagnosis_rule_table(&n_rules);
	struct findings f = {.sight = sight};
	json_t *list = json_array(), *result = NULL;

	for (size_t r = 0; r < n_rules; r++)
		for (size_t i = 0; i < sight->n; i++)
			apply(&f, &rules[r], &sight->subjects[i]);
	if (f.n)
		qsort(f.list, f.n, sizeof(*f.list), by_rate);
	for (size_t i = 0; i < f.n; i++) {
		json_array_append_new(list, finding_json(sight, &f.list[i]));
		json_decref(f.list[i].evidence);
	}
	sight_note_unread(sight);
	sight_note_uncounted(sight);
	if (!f.pots.no_memory)
		result = json_pack("{s:o, s:f, s:O, s:o, s:O}", "looked_at", sight_looked_at(sight),
				   "seconds", sight->subjects[0].seconds, "findings", list,
				   "totals", sight_totals(sight), "unseen", sight->unseen);
	json_decref(list);
	free(f.list);
	free(f.pots.list);
	return result;
}

json_t *diagnose_counted(struct sight *sight)
{
	size_t n_rules;
	const struct diagnosis_rule *rules = diagnosis_rule_table(&n_rules);
	struct findings f = {.sight = sight};
	json_t *list = json_array();

	for (size_t r = 0; r < n_rules; r++)
		for (size_t i = 0; i < sight->n && !rules[r].measure; i++)
			apply(&f, &rules[r], &sight->subjects[i]);
	for (size_t i = 0; i < f.n; i++) {
		json_array_append_new(list, finding_head(&f.list[i]));
		json_decref(f.list[i].evidence);
	}
	if (f.pots.no_memory) {
		json_decref(list);
		list = NULL;
	}
	free(f.list);
	free(f.pots.list);
	return list;
}
