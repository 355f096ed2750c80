/* Rules by what names them; see agent_rules.h. */
#include "agent_rules.h"

#include <stdio.h>

#include "drop_rules.h"
#include "json.h"

static const char *name_of(const json_t *rule, char *buf, size_t size)
{
	snprintf(buf, size, "%s %s %s %s %llu %d", json_str(rule, "kind", ""),
		 json_str(rule, "family", ""), json_str(rule, "table", ""),
		 json_str(rule, "chain", ""), (unsigned long long)json_u64(rule, "handle", 0),
		 json_flag(rule, "legacy", false));
	return buf;
}

json_t *agent_rules_mark(void)
{
	struct error why = {0};
	json_t *rules = drop_rules_json(&why), *mark, *rule;
	char name[512];
	size_t i;

	if (!rules)
		return NULL;
	mark = json_object();
	json_array_foreach (rules, i, rule)
		json_put_u64(mark, name_of(rule, name, sizeof(name)), json_u64(rule, "packets", 0));
	json_decref(rules);
	return mark;
}

json_t *agent_rules_moved(const json_t *mark)
{
	struct error why = {0};
	json_t *rules = drop_rules_json(&why), *moved, *rule;
	char name[512];
	size_t i;

	if (!rules)
		return NULL;
	moved = json_array();
	json_array_foreach (rules, i, rule) {
		uint64_t now = json_u64(rule, "packets", 0);
		uint64_t then = json_u64(mark, name_of(rule, name, sizeof(name)), 0);

		if (now <= then || json_array_size(moved) == AGENT_RULES_MAX)
			continue;
		json_put_u64(rule, "packets", now - then);
		json_array_append(moved, rule);
	}
	json_decref(rules);
	return moved;
}
