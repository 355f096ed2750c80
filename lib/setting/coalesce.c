/*
 * coalesce.*: how long a device waits before it interrupts, as `ethtool -C` sets it. By netlink,
 * since only there a parameter that the driver does not have is left out (net/ethtool/coalesce.c,
 * coalesce_put_u32), where the ioctl has a 0; and each is set alone.
 * Documentation/networking/ethtool-netlink.rst, COALESCE_GET.
 */
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netlink.h"
#include "setting_nic.h"

#define REQUEST_MAX 256

/* A number, or a switch of one byte. */
struct parameter {
	uint16_t attr;
	bool is_switch;
};

struct answer {
	const struct parameter *parameter;
	uint32_t value;
	bool found;
};

static int answer_take(const struct nlmsghdr *nlh, void *arg)
{
	struct answer *answer = arg;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attr) != answer->parameter->attr)
			continue;
		answer->found = true;
		answer->value = answer->parameter->is_switch ? mnl_attr_get_u8(attr)
							     : mnl_attr_get_u32(attr);
	}
	return MNL_CB_OK;
}

static int refused(int ret, struct error *err)
{
	if (ret == -ENOENT)
		return error_set(
			err, EX_UNAVAILABLE, -EOPNOTSUPP,
			"the kernel has no netlink of ethtool's (5.7 and later do): set it "
			"to keep");
	return setting_refused(ret, "this parameter of coalescing", err);
}

/*
 * A request CMD for the device in BUF, to be sent by netlink_query. NULL with *err set. Its
 * header's attribute is the same in all of ethtool's messages.
 */
static struct nlmsghdr *request(char *buf, uint8_t cmd, const struct setting_site *site,
				struct error *err)
{
	struct nlmsghdr *nlh;
	struct nlattr *header;
	uint16_t family;
	int ret = netlink_genl_family(ETHTOOL_GENL_NAME, &family);

	if (ret) {
		refused(ret, err);
		return NULL;
	}
	nlh = netlink_genl_request(buf, family, cmd, NLM_F_ACK);
	header = mnl_attr_nest_start(nlh, ETHTOOL_A_COALESCE_HEADER);
	mnl_attr_put_strz(nlh, ETHTOOL_A_HEADER_DEV_NAME, site->ifname);
	mnl_attr_nest_end(nlh, header);
	return nlh;
}

static SETTING_READ(coalesce_read)
{
	_Alignas(struct nlmsghdr) char buf[REQUEST_MAX];
	struct answer answer = {.parameter = row->what};
	struct nlmsghdr *nlh = request(buf, ETHTOOL_MSG_COALESCE_GET, site, err);
	int ret;

	if (!nlh)
		return -EOPNOTSUPP;
	ret = netlink_query(NETLINK_GENERIC, nlh, answer_take, &answer);
	if (!ret && !answer.found)
		ret = -EOPNOTSUPP;
	if (ret)
		return refused(ret, err);
	if (answer.parameter->is_switch)
		snprintf(value, SETTING_TEXT_MAX, "%s", answer.value ? "on" : "off");
	else
		snprintf(value, SETTING_TEXT_MAX, "%u", answer.value);
	return 0;
}

static SETTING_WRITE(coalesce_write)
{
	_Alignas(struct nlmsghdr) char buf[REQUEST_MAX];
	const struct parameter *parameter = row->what;
	struct nlmsghdr *nlh = request(buf, ETHTOOL_MSG_COALESCE_SET, site, err);
	int ret;

	if (!nlh)
		return -EOPNOTSUPP;
	if (parameter->is_switch)
		mnl_attr_put_u8(nlh, parameter->attr, !strcmp(value, "on"));
	else
		mnl_attr_put_u32(nlh, parameter->attr, (uint32_t)strtoul(value, NULL, 10));
	ret = netlink_query(NETLINK_GENERIC, nlh, NULL, NULL);
	return ret ? refused(ret, err) : 0;
}

static const char *const keep[] = {SETTING_KEEP, NULL};
static const char *const switch_choices[] = {SETTING_KEEP, "off", "on", NULL};

#define PARAMETER(key, a, number, text, ...)                                                       \
	{                                                                                          \
		.knob = {.name = key,                                                              \
			 .def = SETTING_KEEP,                                                      \
			 .help = text,                                                             \
			 .sweepable = true,                                                        \
			 .change = KNOB_RETUNE,                                                    \
			 __VA_ARGS__},                                                             \
		.absent = (number) ? NULL : "off",                                                 \
		.what = &(const struct parameter){ETHTOOL_A_COALESCE_##a, !(number)},              \
		.read = coalesce_read, .write = coalesce_write,                                    \
	}
#define SWITCH(key, a, text)                                                                       \
	PARAMETER(key, a, false, text, .type = KNOB_CHOICE, .choices = switch_choices, .unit = "")
#define NUMBER(key, a, its_unit, text)                                                             \
	PARAMETER(key, a, true, text, .type = KNOB_U64, .max = UINT32_MAX, .words = keep,          \
		  .unit = its_unit)

/* What adapts by itself first: some drivers take no time while it is on. */
static const struct setting rows[] = {
	SWITCH("adaptive_rx", USE_ADAPTIVE_RX,
	       "let the driver choose when to interrupt (receiving)"),
	SWITCH("adaptive_tx", USE_ADAPTIVE_TX, "the same for sending"),
	NUMBER("rx_usecs", RX_USECS, "us", "wait so long after a received packet"),
	NUMBER("rx_frames", RX_MAX_FRAMES, "frames", "interrupt at the latest after so many"),
	NUMBER("rx_usecs_irq", RX_USECS_IRQ, "us", "rx_usecs while an interrupt is served"),
	NUMBER("rx_frames_irq", RX_MAX_FRAMES_IRQ, "frames",
	       "rx_frames while an interrupt is served"),
	NUMBER("tx_usecs", TX_USECS, "us", "wait so long after a sent packet"),
	NUMBER("tx_frames", TX_MAX_FRAMES, "frames", "interrupt at the latest after so many"),
	NUMBER("tx_usecs_irq", TX_USECS_IRQ, "us", "tx_usecs while an interrupt is served"),
	NUMBER("tx_frames_irq", TX_MAX_FRAMES_IRQ, "frames",
	       "tx_frames while an interrupt is served"),
	SWITCH("cqe_rx", USE_CQE_MODE_RX, "count the time from the last completion (receiving)"),
	SWITCH("cqe_tx", USE_CQE_MODE_TX, "the same for sending"),
};

const struct setting_group setting_coalesce_group = SETTING_GROUP("coalesce", rows);
