/* NAPI contexts by netdev's generic netlink; see napi.h. */
#include "napi.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <stdlib.h>

#include "netlink.h"

/* include/uapi/linux/netdev.h, which may be newer than the headers of this machine. */
#define FAMILY "netdev"
#define CMD_QUEUE_GET 10
#define CMD_NAPI_GET 11
#define CMD_NAPI_SET 14
enum { QUEUE_ID = 1, QUEUE_IFINDEX, QUEUE_TYPE, QUEUE_NAPI_ID };
enum { QUEUE_TYPE_RX = 0 };
enum { NAPI_IFINDEX = 1, NAPI_ID, NAPI_IRQ, NAPI_PID, NAPI_IRQ_SUSPEND = 7 };

struct answer {
	struct napi *list;
	size_t n;
};

/* The kernel writes an integer of 64 bits in 32 where it fits (nla_put_uint). */
static uint64_t attr_uint(const struct nlattr *attr)
{
	return mnl_attr_get_payload_len(attr) == sizeof(uint64_t) ? mnl_attr_get_u64(attr)
								  : mnl_attr_get_u32(attr);
}

static int take_napi(const struct nlmsghdr *nlh, void *ctx)
{
	struct napi one = {.rx_queue = -1, .tx_queue = -1}, *grown;
	struct answer *answer = ctx;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		switch (mnl_attr_get_type(attr)) {
		case NAPI_ID:
			one.id = mnl_attr_get_u32(attr);
			break;
		case NAPI_IRQ:
			one.irq = mnl_attr_get_u32(attr);
			one.has_irq = true;
			break;
		case NAPI_PID:
			one.pid = mnl_attr_get_u32(attr);
			break;
		case NAPI_IRQ_SUSPEND:
			one.irq_suspend_ns = attr_uint(attr);
			one.has_suspend = true;
			break;
		}
	}
	grown = reallocarray(answer->list, answer->n + 1, sizeof(*grown));
	if (!grown) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	answer->list = grown;
	grown[answer->n++] = one;
	return MNL_CB_OK;
}

static int take_queue(const struct nlmsghdr *nlh, void *ctx)
{
	uint32_t queue = 0, type = 0, id = 0;
	const struct answer *answer = ctx;
	const struct nlattr *attr;
	int32_t *field;
	size_t i;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		switch (mnl_attr_get_type(attr)) {
		case QUEUE_ID:
			queue = mnl_attr_get_u32(attr);
			break;
		case QUEUE_TYPE:
			type = mnl_attr_get_u32(attr);
			break;
		case QUEUE_NAPI_ID:
			id = mnl_attr_get_u32(attr);
			break;
		}
	}
	for (i = 0; id && i < answer->n; i++) {
		if (answer->list[i].id != id)
			continue;
		field = type == QUEUE_TYPE_RX ? &answer->list[i].rx_queue
					      : &answer->list[i].tx_queue;
		if (*field < 0 || (int32_t)queue < *field)
			*field = (int32_t)queue;
	}
	return MNL_CB_OK;
}

static int by_id(const void *a, const void *b)
{
	uint32_t x = ((const struct napi *)a)->id, y = ((const struct napi *)b)->id;

	return x < y ? -1 : x > y;
}

static int dump(uint16_t family, uint8_t cmd, uint16_t attr, int ifindex, mnl_cb_t cb,
		struct answer *answer)
{
	_Alignas(struct nlmsghdr) char buf[256];
	struct nlmsghdr *nlh = netlink_genl_request(buf, family, cmd, NLM_F_DUMP);

	mnl_attr_put_u32(nlh, attr, (uint32_t)ifindex);
	return netlink_query(NETLINK_GENERIC, nlh, cb, answer);
}

int napi_list(int ifindex, struct napi **list, size_t *n)
{
	struct answer answer = {0};
	uint16_t family;
	int ret = netlink_genl_family(FAMILY, &family);

	*list = NULL;
	*n = 0;
	if (ret)
		return ret == -ENOENT ? -EOPNOTSUPP : ret;
	ret = dump(family, CMD_NAPI_GET, NAPI_IFINDEX, ifindex, take_napi, &answer);
	if (!ret && answer.n) {
		qsort(answer.list, answer.n, sizeof(*answer.list), by_id);
		/* a device that is down has no queues to tell of */
		ret = dump(family, CMD_QUEUE_GET, QUEUE_IFINDEX, ifindex, take_queue, &answer);
		ret = ret == -ENOENT ? 0 : ret;
	}
	if (ret) {
		free(answer.list);
		return ret;
	}
	*list = answer.list;
	*n = answer.n;
	return 0;
}

int napi_set_irq_suspend(uint32_t id, uint64_t ns)
{
	_Alignas(struct nlmsghdr) char buf[256];
	struct nlmsghdr *nlh;
	uint16_t family;
	int ret = netlink_genl_family(FAMILY, &family);

	if (ret)
		return ret == -ENOENT ? -EOPNOTSUPP : ret;
	nlh = netlink_genl_request(buf, family, CMD_NAPI_SET, NLM_F_ACK);
	mnl_attr_put_u32(nlh, NAPI_ID, id);
	/* NLA_UINT: 4 or 8 bytes */
	if (ns <= UINT32_MAX)
		mnl_attr_put_u32(nlh, NAPI_IRQ_SUSPEND, (uint32_t)ns);
	else
		mnl_attr_put_u64(nlh, NAPI_IRQ_SUSPEND, ns);
	return netlink_query(NETLINK_GENERIC, nlh, NULL, NULL);
}
