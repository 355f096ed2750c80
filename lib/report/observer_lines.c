/* The observer's findings as text; see observer_lines.h. */
#include "observer_lines.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "number.h"

/* Lines of a run with more reasons are no help: the result has all. */
#define EVENTS_MAX 20

/* What makes two events of a side one line. */
static const char *const keys[] = {"kind", "reason", "function", "direction", "device", "counter"};
static const char *const classes[] = {"ours", "stale", "foreign", "unknown"};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool is_same(const json_t *a, const json_t *b)
{
	for (size_t i = 0; i < COUNT(keys); i++)
		if (strcmp(json_str(a, keys[i], ""), json_str(b, keys[i], "")))
			return false;
	return true;
}

static int add_event(json_t *sum, const json_t *event)
{
	json_t *old;
	size_t i, c;

	json_array_foreach (sum, i, old) {
		if (!is_same(old, event))
			continue;
		for (c = 0; c < COUNT(classes); c++)
			json_put_u64(old, classes[c],
				     json_u64(old, classes[c], 0) + json_u64(event, classes[c], 0));
		return 0;
	}
	return json_array_append_new(sum, json_copy((json_t *)event));
}

static int add_text(json_t *lines, const char *text)
{
	return json_array_append_new(lines, json_string(text));
}

static int event_line(const char *side, const json_t *event, json_t *lines)
{
	uint64_t ours = json_u64(event, "ours", 0), others = 0;
	char text[512], whose[2 * NUMBER_LEN + 32], of_ours[NUMBER_LEN], of_others[NUMBER_LEN];
	const char *function = json_str(event, "function", "");
	const char *device = json_str(event, "device", "");

	for (size_t c = 1; c < COUNT(classes); c++)
		others += json_u64(event, classes[c], 0);
	number_text(of_ours, NUMBER_FRAMES, (double)ours);
	number_text(of_others, NUMBER_FRAMES, (double)others);
	if (!ours && json_u64(event, "unknown", 0) == others) /* nobody could look */
		snprintf(whose, sizeof(whose), "%s of anyone", of_others);
	else
		snprintf(whose, sizeof(whose), "%s of ours, %s of others", of_ours, of_others);
	snprintf(text, sizeof(text), "%s: %s, %s%s%s, going %s%s%s: %s", side,
		 json_str(event, "kind", "?"), json_str(event, "reason", "?"),
		 *function ? " at " : "", function, json_str(event, "direction", "?"),
		 *device ? " on " : ", no device chosen yet", device, whose);
	return add_text(lines, text);
}

/* "rx: rule of inet filter input, handle 5 (comment): 300 packets, of anyone", summed over trials.
 */
static int rule_lines(const char *side, const json_t *trials, json_t *lines)
{
	json_t *sums = json_object(), *trial, *rule, *sum;
	const char *name;
	char text[512], packets[NUMBER_LEN];
	size_t i, r, n = 0;
	uint64_t unsaid = 0;
	int ret = sums ? 0 : -1;

	json_array_foreach (trials, i, trial) {
		const json_t *of_side = json_object_get(json_object_get(trial, "sides"), side);

		unsaid = json_u64(json_object_get(json_object_get(of_side, "counters"), "after"),
				  "nft.unsaid", unsaid);
		json_array_foreach (json_object_get(of_side, "dropping_rules"), r, rule) {
			const char *comment = json_str(rule, "comment", NULL);

			snprintf(text, sizeof(text), "%s of %s %s %s, %s %llu%s%s%s",
				 json_str(rule, "kind", "?"), json_str(rule, "family", "?"),
				 json_str(rule, "table", "?"), json_str(rule, "chain", "?"),
				 json_flag(rule, "legacy", false) ? "iptables number" : "handle",
				 (unsigned long long)json_u64(rule, "handle", 0),
				 comment ? " (" : "", comment ? comment : "", comment ? ")" : "");
			json_put_u64(sums, text,
				     json_u64(sums, text, 0) + json_u64(rule, "packets", 0));
		}
	}
	json_object_foreach (sums, name, sum) {
		if (n++ == EVENTS_MAX)
			break;
		snprintf(text, sizeof(text), "%s: %s dropped %s packets, of anyone", side, name,
			 number_text(packets, NUMBER_FRAMES, (double)json_integer_value(sum)));
		ret |= add_text(lines, text);
	}
	json_decref(sums);
	if (unsaid) {
		snprintf(text, sizeof(text),
			 "%s: %llu rules, policies or maps that drop have no counter of their own: "
			 "add "
			 "`counter` to see them here",
			 side, (unsigned long long)unsaid);
		ret |= add_text(lines, text);
	}
	return ret;
}

/* What SIDE's observer was in its trials, and all that it saw. */
static int side_lines(const char *side, const json_t *trials, json_t *lines)
{
	json_t *sum = json_array(), *trial, *event;
	const char *mode = NULL, *why = NULL;
	uint64_t missed = 0;
	bool all_known = true; /* what was missed */
	double ns = NAN;
	char text[512], cost[32] = "cost n/a", unseen[32] = "missed n/a";
	size_t i, e, n = 0;
	int ret = sum ? 0 : -1;

	json_array_foreach (trials, i, trial) {
		const json_t *observer = json_object_get(
			json_object_get(json_object_get(trial, "sides"), side), "observer");

		if (!observer)
			continue;
		mode = json_str(observer, "mode", "?");
		why = json_str(observer, "why", why);
		ns = json_num(observer, "ns_per_event", ns);
		missed += json_u64(observer, "missed", 0);
		all_known = all_known && json_object_get(observer, "missed");
		json_array_foreach (json_object_get(observer, "events"), e, event)
			ret |= add_event(sum, event);
	}
	if (!isnan(ns))
		snprintf(cost, sizeof(cost), "%.0f ns an event", ns);
	if (all_known)
		snprintf(unseen, sizeof(unseen), "%llu missed", (unsigned long long)missed);
	if (mode && why)
		snprintf(text, sizeof(text), "%s: none, %s", side, why);
	else if (mode)
		snprintf(text, sizeof(text), "%s: %s, %s, %s", side, mode, cost, unseen);
	if (mode)
		ret |= add_text(lines, text);
	json_array_foreach (sum, e, event) {
		if (n++ == EVENTS_MAX) {
			snprintf(text, sizeof(text), "%s: %zu further reasons are in the result",
				 side, json_array_size(sum) - EVENTS_MAX);
			ret |= add_text(lines, text);
			break;
		}
		ret |= event_line(side, event, lines);
	}
	json_decref(sum);
	return ret;
}

json_t *observer_lines(const json_t *trials)
{
	json_t *lines = json_array(), *names = json_object(), *trial, *side;
	const char *name;
	int ret = lines && names ? 0 : -1;
	size_t i;

	json_array_foreach (trials, i, trial)
		json_object_foreach (json_object_get(trial, "sides"), name, side)
			ret |= json_object_set_new(names, name, json_true());
	json_object_foreach (names, name, side) {
		ret |= side_lines(name, trials, lines);
		ret |= rule_lines(name, trials, lines);
	}
	json_decref(names);
	if (!ret)
		return lines;
	json_decref(lines);
	return NULL;
}
