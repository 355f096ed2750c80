/* Dropping rules of both kinds as JSON, and their sums as counters; see drop_rules.h. */
#include "drop_rules.h"

#include <errno.h>
#include <string.h>

#include "json.h"
#include "source.h"

#define LIST_TRIES 4 /* of rules that change while they are read */

static int add_json(const struct drop_rule *rule, void *ctx)
{
	json_t *obj = json_pack(
		"{s:s, s:s, s:o, s:o, s:I, s:o, s:b, s:o}", "kind", rule->kind, "family",
		rule->family, "table", json_text(rule->table), "chain", json_text(rule->chain),
		"handle", (json_int_t)rule->handle, "comment",
		rule->comment ? json_text(rule->comment) : json_null(), "legacy", rule->legacy,
		"packets", rule->counted ? json_integer((json_int_t)rule->packets) : json_null());

	return json_array_append_new(ctx, obj) ? -ENOMEM : 0;
}

json_t *drop_rules_json(struct error *err)
{
	static int (*const kinds[])(drop_rule_cb cb, void *ctx) = {nft_rules_each, xt_rules_each};
	json_t *list = json_array();

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		size_t before = json_array_size(list);
		int ret = -EINTR;

		for (int i = 0; i < LIST_TRIES && ret == -EINTR; i++) {
			while (json_array_size(list) > before)
				json_array_remove(list, json_array_size(list) - 1);
			ret = kinds[k](add_json, list);
		}
		if (ret && ret != -EOPNOTSUPP) {
			error_set(err, EX_OSERR, ret,
				  "firewall rules could not be read: %s; this needs the right to "
				  "administer the network (root)",
				  strerror(-ret));
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

struct sums {
	uint64_t drops, unsaid;
};

static int add_sums(const struct drop_rule *rule, void *ctx)
{
	struct sums *sums = ctx;

	if (rule->counted)
		sums->drops += rule->packets;
	else
		sums->unsaid++;
	return 0;
}

static int read_sums(int (*each)(drop_rule_cb cb, void *ctx), enum counter_source source,
		     struct sample *samples, size_t n)
{
	struct sums sums = {0};
	int ret = each(add_sums, &sums);

	if (ret)
		return ret == -EOPNOTSUPP ? 0 : ret;
	for (size_t i = 0; i < n; i++)
		if (sample_is_from(&samples[i], source))
			sample_set(&samples[i], strcmp(samples[i].def->locator, "unsaid")
							? sums.drops
							: sums.unsaid);
	return 0;
}

int source_nft_read(const struct source_target *target, struct sample *samples, size_t n)
{
	return read_sums(nft_rules_each, SOURCE_NFT, samples, n);
}

int source_xt_read(const struct source_target *target, struct sample *samples, size_t n)
{
	return read_sums(xt_rules_each, SOURCE_XT, samples, n);
}
