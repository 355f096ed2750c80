/* What the sink's bitmaps say of bursts, as its result has it; see worker_bursts.h. */
#include "worker_bursts.h"

#include <stdlib.h>

#include "bursts.h"
#include "deal.h"
#include "endpoint.h"
#include "json.h"

int worker_add_bursts(struct seqcheck *const *parts, size_t n, uint32_t first, uint32_t count,
		      const json_t *dealt, json_t *result, struct error *err)
{
	const json_t *list = json_object_get(dealt, "sent"), *frames;
	uint64_t queues[ENDPOINT_QUEUES_MAX] = {0};
	struct deal deal = {.flows = count,
			    .queues = (uint32_t)json_array_size(list),
			    .run = (uint32_t)json_u64(dealt, "run", 1),
			    .sent = queues};
	struct bursts bursts;
	uint64_t *sent;
	size_t i;
	int ret;

	if (!deal.queues || deal.queues > ENDPOINT_QUEUES_MAX || deal.queues > count || !deal.run)
		return error_set(err, EX_PROTOCOL, -EPROTO,
				 "%u flows from %u queues in runs of %u: no generator deals so",
				 count, deal.queues, deal.run);
	json_array_foreach (list, i, frames)
		queues[i] = (uint64_t)json_integer_value(frames);
	sent = calloc(count, sizeof(*sent));
	if (!sent)
		return error_set(err, EX_OSERR, -ENOMEM, "no memory for %u flows", count);
	deal_frames(&deal, sent);
	ret = bursts_find(parts, n, first, count, sent, &bursts, err);
	free(sent);
	if (ret)
		return ret;
	bursts_put(result, "", &bursts);
	ret = bursts_find_in_order(parts, n, first, &deal, &bursts, err);
	if (!ret)
		bursts_put(result, "queue_", &bursts);
	return ret;
}
