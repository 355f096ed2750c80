/* Permanent neighbours by rtnetlink; see neighbour.h. */
#include "neighbour.h"

#include <arpa/inet.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "netns.h"
#include "rtnl.h"

#define MAC_TEXT 18

/* The entry of an address, as the kernel has it. */
struct entry {
	int ifindex;
	uint8_t family, ip[16];
	size_t size;
	char mac[MAC_TEXT]; /* "" when there is no permanent one */
};

static void mac_print(const uint8_t mac[6], char text[MAC_TEXT])
{
	snprintf(text, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
		 mac[4], mac[5]);
}

static bool mac_parse(const char *text, uint8_t mac[6])
{
	return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &mac[0], &mac[1], &mac[2],
		      &mac[3], &mac[4], &mac[5]) == 6;
}

static int entry_take(const struct nlmsghdr *nlh, void *arg)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	const uint8_t *ip = NULL, *mac = NULL;
	struct entry *e = arg;
	const struct nlattr *attr;

	if (ndm->ndm_ifindex != e->ifindex || ndm->ndm_family != e->family ||
	    !(ndm->ndm_state & NUD_PERMANENT))
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*ndm))
	{
		if (mnl_attr_get_type(attr) == NDA_DST)
			ip = mnl_attr_get_payload(attr);
		if (mnl_attr_get_type(attr) == NDA_LLADDR && mnl_attr_get_payload_len(attr) == 6)
			mac = mnl_attr_get_payload(attr);
	}
	if (ip && mac && !memcmp(ip, e->ip, e->size))
		mac_print(mac, e->mac);
	return MNL_CB_OK;
}

static int entry_read(struct rtnl *rtnl, struct entry *e)
{
	char buf[RTNL_BUFFER];
	struct nlmsghdr *nlh;
	void *extra;

	e->mac[0] = '\0';
	nlh = rtnl_request(buf, RTM_GETNEIGH, NLM_F_DUMP, sizeof(struct ndmsg), &extra);
	((struct ndmsg *)extra)->ndm_family = e->family;
	return rtnl_talk(rtnl, nlh, entry_take, e);
}

/* MAC "": no permanent one; who needs it asks for it again. */
static int entry_write(struct rtnl *rtnl, const struct entry *e, const char *mac)
{
	char buf[RTNL_BUFFER];
	struct nlmsghdr *nlh;
	struct ndmsg *ndm;
	uint8_t bytes[6];
	void *extra;

	if (mac_parse(mac, bytes))
		return rtnl_neighbour_add(rtnl, e->ifindex, e->family, e->ip, e->size, bytes);
	nlh = rtnl_request(buf, RTM_DELNEIGH, 0, sizeof(*ndm), &extra);
	ndm = extra;
	ndm->ndm_family = e->family;
	ndm->ndm_ifindex = e->ifindex;
	mnl_attr_put(nlh, NDA_DST, e->size, e->ip);
	return rtnl_talk(rtnl, nlh, NULL, NULL);
}

static int note(struct journal *j, const char *ifname, const struct entry *e, const char *mac,
		struct error *err)
{
	char ip[INET6_ADDRSTRLEN] = "", netns[64] = "";
	json_t *object, *before = json_string(e->mac), *after = json_string(mac);
	int ret;

	inet_ntop(e->family, e->ip, ip, sizeof(ip));
	netns_find(netns_inode(""), netns, sizeof(netns));
	object = json_pack("{s:s, s:s, s:I, s:s, s:i}", "ip", ip, "netns", netns, "netns_inode",
			   (json_int_t)netns_inode(""), "ifname", ifname, "ifindex", e->ifindex);
	ret = journal_note(j, neighbour_change_kind.name, object, before, after, err);
	json_decref(object);
	json_decref(before);
	json_decref(after);
	return ret;
}

int neighbour_set(struct journal *j, const char *ifname, uint8_t family, const uint8_t *ip,
		  const uint8_t mac[6], struct error *err)
{
	struct entry e = {.ifindex = (int)if_nametoindex(ifname),
			  .family = family,
			  .size = family == AF_INET ? 4 : 16};
	char wanted[MAC_TEXT];
	struct rtnl rtnl;
	int ret;

	memcpy(e.ip, ip, e.size);
	mac_print(mac, wanted);
	ret = rtnl_open(&rtnl, 0);
	if (!ret)
		ret = entry_read(&rtnl, &e);
	if (ret || !strcmp(e.mac, wanted)) {
		rtnl_close(&rtnl);
		return ret ? error_set(err, EX_OSERR, ret, "%s: cannot read its neighbours: %s",
				       ifname, strerror(-ret))
			   : 0;
	}
	ret = note(j, ifname, &e, wanted, err);
	if (!ret) {
		ret = entry_write(&rtnl, &e, wanted);
		if (ret)
			error_set(err, ret == -EPERM ? EX_NOPERM : EX_OSERR, ret,
				  "%s: cannot add a neighbour: %s%s", ifname, strerror(-ret),
				  ret == -EPERM ? "; run with sudo" : "");
	}
	rtnl_close(&rtnl);
	return ret;
}

/* ---- giving it back ---- */

struct undo {
	struct entry entry;
	const char *old, *ours;
	enum undo_result result;
	struct error *err;
};

static int undo_here(void *arg)
{
	struct undo *u = arg;
	struct rtnl rtnl;
	int ret;

	ret = rtnl_open(&rtnl, 0);
	if (!ret)
		ret = entry_read(&rtnl, &u->entry);
	if (!ret && strcmp(u->entry.mac, u->old) && strcmp(u->entry.mac, u->ours)) {
		error_set(u->err, EX_UNAVAILABLE, -EBUSY, "it is at %s, neither the old nor ours",
			  u->entry.mac[0] ? u->entry.mac : "no permanent address");
		u->result = u->entry.mac[0] ? UNDO_CONFLICT : UNDO_NOTHING;
	} else if (!ret && strcmp(u->entry.mac, u->old)) {
		ret = entry_write(&rtnl, &u->entry, u->old);
		u->result = UNDO_DONE;
	}
	rtnl_close(&rtnl);
	return ret;
}

static enum undo_result neighbour_undo(const json_t *object, const json_t *old_value,
				       const json_t *new_value, struct error *err)
{
	const char *ip = json_str(object, "ip", "");
	struct undo u = {
		.entry = {.ifindex = (int)json_u64(object, "ifindex", 0),
			  .family = strchr(ip, ':') ? AF_INET6 : AF_INET},
		.old = json_string_value(old_value),
		.ours = json_string_value(new_value),
		.result = UNDO_NOTHING,
		.err = err,
	};
	int fd, ret;

	u.entry.size = u.entry.family == AF_INET ? 4 : 16;
	if (!u.old || !u.ours || inet_pton(u.entry.family, ip, u.entry.ip) != 1) {
		error_set(err, EX_DATAERR, -EBADMSG, "no such entry of a neighbour");
		return UNDO_FAILED;
	}
	fd = netns_open_inode(json_u64(object, "netns_inode", 0));
	if (fd < 0)
		return UNDO_NOTHING; /* its neighbours are gone with it */
	ret = netns_call_fd(fd, undo_here, &u, err);
	close(fd);
	/* ENOENT: gone with the interface, or by itself */
	if (ret == -ENOENT || ret == -ENODEV || ret == -ENETDOWN)
		return UNDO_NOTHING;
	if (!ret)
		return u.result;
	error_set(err, EX_OSERR, ret, "the neighbour %s cannot be put back: %s", ip,
		  strerror(-ret));
	return UNDO_FAILED;
}

const struct change_kind neighbour_change_kind = {
	.name = "neighbour",
	.survives_reboot = false,
	.undo = neighbour_undo,
};
