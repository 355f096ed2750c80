/*
 * Labs by their id: names, the lock, journalling, and deciding what to do with what is there
 * already; see lab.h. The veth itself is made in cable.c.
 */
#include "lab.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cable.h"
#include "json.h"
#include "netns.h"

#define ID_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

/* What differs between the two ends of a pair. RFC 2544 C.2.2 and RFC 5180 give the addresses. */
static const struct {
	const char *netns, *ifname; /* without number and id */
	uint8_t last;               /* byte of MAC and addresses */
} end_rows[LAB_ENDS] = {
	{"ringloss-tx", "rl-tx", 1},
	{"ringloss-rx", "rl-rx", 2},
};

enum lab_condition { LAB_ABSENT, LAB_BROKEN, LAB_WHOLE };

static bool has_capability(unsigned int cap)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	/* The system call itself: libcap is not needed for two bits. */
	if (syscall(SYS_capget, &header, data) < 0)
		return false;
	return data[CAP_TO_INDEX(cap)].effective & CAP_TO_MASK(cap);
}

static void end_name(struct lab_end *end, const char *id, uint8_t pair, uint8_t which,
		     bool has_ipv6)
{
	const uint8_t last = end_rows[which].last;
	const uint8_t mac[] = {0x02, 0x72, 0x6c, 0, pair, last};
	const uint8_t ip[] = {198, 18, pair, last};
	const uint8_t ip6[16] = {0x20, 0x01, 0, 2, [7] = pair, [15] = last};
	char number[4] = "";

	if (pair)
		snprintf(number, sizeof(number), "%u", pair);
	snprintf(end->netns, sizeof(end->netns), "%s%s%s%s", end_rows[which].netns, number,
		 *id ? "-" : "", id);
	snprintf(end->ifname, sizeof(end->ifname), "%s%u", end_rows[which].ifname, pair);
	memcpy(end->mac, mac, sizeof(mac));
	memcpy(end->ip, ip, sizeof(ip));
	end->prefix = 24;
	memcpy(end->ip6, ip6, sizeof(ip6));
	end->prefix6 = has_ipv6 ? 64 : 0;
}

/* Names and addresses of the lab ID; checks the id and the caller's rights. */
static int lab_name(struct lab *lab, const char *id, struct error *err)
{
	bool has_ipv6 = access("/proc/net/if_inet6", F_OK) == 0;
	uint8_t i;

	memset(lab, 0, sizeof(*lab));
	if (strlen(id) >= sizeof(lab->id) || strspn(id, ID_CHARS) != strlen(id))
		return error_set(err, EX_USAGE, -EINVAL,
				 "lab id \"%s\": must be at most %zu letters, digits, '-' or '_'",
				 id, sizeof(lab->id) - 1);
	if (!has_capability(CAP_NET_ADMIN) || !has_capability(CAP_SYS_ADMIN))
		return error_set(
			err, EX_NOPERM, -EPERM,
			"the lab needs root (CAP_NET_ADMIN, CAP_SYS_ADMIN): run with sudo");
	snprintf(lab->id, sizeof(lab->id), "%s", id);
	for (i = 0; i < LAB_ENDS * LAB_PAIRS_MAX; i++)
		end_name(&lab->end[i], id, i / LAB_ENDS, i % LAB_ENDS, has_ipv6);
	return 0;
}

/* One lab is made or taken down at a time on a host. The fd holds the lock. */
static int lab_lock(struct error *err)
{
	char path[PATH_MAX - 16], file[PATH_MAX];
	int fd;

	journal_state_dir(path, sizeof(path));
	snprintf(file, sizeof(file), "%s/lab.lock", path);
	fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0 && flock(fd, LOCK_EX) == 0)
		return fd;
	error_set(err, EX_CANTCREAT, -errno,
		  "cannot lock %s: %s; set RINGLOSS_STATE_DIR to a writable folder", file,
		  strerror(errno));
	if (fd >= 0)
		close(fd);
	return err ? err->code : -EIO;
}

/* The number of pairs of which there is a namespace, in a lab without gaps. */
static uint32_t pairs_present(const struct lab *lab)
{
	uint32_t n = LAB_ENDS * LAB_PAIRS_MAX;

	while (n && !netns_exists(lab->end[n - 1].netns))
		n--;
	return (n + LAB_ENDS - 1) / LAB_ENDS;
}

/* What there is of LAB, whose pairs, queues and mtu get what was found. */
static int lab_look(struct lab *lab, enum lab_condition *condition, struct error *err)
{
	struct cable_state first, state;
	uint32_t pairs = pairs_present(lab), i;
	bool whole = true;
	int ret;

	*condition = LAB_ABSENT;
	if (!pairs)
		return 0;
	*condition = LAB_BROKEN;
	for (i = 0; i < LAB_ENDS * pairs; i++)
		if (!netns_exists(lab->end[i].netns))
			return 0;
	for (i = 0; i < LAB_ENDS * pairs; i++) {
		ret = cable_look(&lab->end[i], &state, err);
		if (ret == -EINVAL || ret == -ENOENT)
			return 0; /* a file that is no namespace, or one taken away just now */
		if (ret)
			return ret;
		if (i == 0)
			first = state;
		whole = whole && state.present && state.up && state.addressed && state.queues &&
			state.queues == first.queues && state.mtu == first.mtu;
	}
	if (!whole)
		return 0;
	*condition = LAB_WHOLE;
	lab->pairs = pairs;
	lab->queues = first.queues;
	lab->mtu = first.mtu;
	return 0;
}

/*
 * The claim is a lock on the namespace itself, not on a file of ours: whoever looks, with
 * whatever state folder, sees the same one. An fd, or a negative errno; -ENOENT without lab.
 */
static int claim_namespace(const struct lab *lab, struct error *err)
{
	int fd, ret;

	if (!netns_exists(lab->end[0].netns))
		return error_set(err, EX_UNAVAILABLE, -ENOENT,
				 "there is no lab: `ringloss lab up` brings it up");
	fd = netns_open(lab->end[0].netns, err);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	ret = -errno;
	close(fd);
	return error_set(err, EX_TEMPFAIL, ret == -EWOULDBLOCK ? -EBUSY : ret,
			 "a run is using the lab: wait for it, or end it with Ctrl-C");
}

static int lab_remove(const struct lab *lab, struct error *err)
{
	int fd = claim_namespace(lab, err);

	if (fd == -EBUSY)
		return fd;
	if (fd >= 0)
		close(fd);

	int ret, first = 0;
	uint32_t i;

	/* The veth first: with the namespaces alone the kernel would keep it for a while. */
	for (i = 0; i < LAB_PAIRS_MAX; i++) {
		ret = cable_cut(lab_pair(lab, i), first ? NULL : err);
		first = first ? first : ret;
	}
	for (i = LAB_ENDS * LAB_PAIRS_MAX; i-- > 0;) {
		ret = netns_delete(lab->end[i].netns, first ? NULL : err);
		first = first ? first : ret;
	}
	return first;
}

static int netns_make(const struct lab_end *end, struct journal *j, struct error *err)
{
	json_t *object = json_pack("{s:s, s:s}", "name", end->netns, "ifname", end->ifname);
	int ret = object ? 0 : error_set(err, EX_OSERR, -ENOMEM, "no memory for a lab");

	if (!ret)
		ret = journal_note(j, netns_change_kind.name, object, NULL, NULL, err);
	if (!ret)
		ret = netns_create(end->netns, err);
	json_decref(object);
	return ret;
}

static int lab_make(const struct lab *lab, struct journal *j, struct error *err)
{
	uint32_t i;
	int ret = 0;

	for (i = 0; i < LAB_ENDS * lab->pairs && !ret; i++)
		ret = netns_make(&lab->end[i], j, err);
	for (i = 0; i < lab->pairs && !ret; i++)
		ret = cable_make(lab, lab_pair(lab, i), err);
	if (ret)
		lab_remove(lab, NULL); /* the first error is the one to report */
	return ret;
}

/* A name for the journal that the lab keeps while it is being made; the lock keeps it apart. */
static struct journal *own_journal(const struct lab *lab, struct error *err)
{
	char name[64];

	snprintf(name, sizeof(name), "lab-up%s%s", *lab->id ? "-" : "", lab->id);
	return journal_open(name, err);
}

/* 1: the lab is there as asked; 0: it is to be made; or a negative errno with *err set. */
static int lab_settle(struct lab *lab, uint32_t queues, uint32_t pairs, uint32_t mtu,
		      struct error *err)
{
	enum lab_condition condition;
	int ret;

	ret = lab_look(lab, &condition, err);
	if (ret || condition == LAB_ABSENT)
		return ret;
	if (*lab->id)
		return error_set(err, EX_UNAVAILABLE, -EEXIST,
				 "lab %s exists already: choose another id, or remove what an "
				 "interrupted run left by `ringloss restore`",
				 lab->id);
	if (condition == LAB_BROKEN)
		return lab_remove(lab, err);
	if (lab->queues == queues && lab->pairs == pairs && (!mtu || lab->mtu == mtu))
		return 1;
	return error_set(err, EX_UNAVAILABLE, -EEXIST,
			 "the standing lab has %u queues, %u pairs and MTU %u, not %u, %u and %u: "
			 "`ringloss lab down` first, or ask for the same",
			 lab->queues, lab->pairs, lab->mtu, queues, pairs, mtu ? mtu : lab->mtu);
}

static int lab_up_locked(struct lab *lab, uint32_t queues, uint32_t pairs, uint32_t mtu,
			 struct journal *j, struct error *err)
{
	struct journal *own = NULL;
	int ret;

	if (!j) {
		/* Opening it also undoes what a killed `lab up` left. */
		own = own_journal(lab, err);
		if (!own)
			return err && err->code ? err->code : -EIO;
	}
	ret = lab_settle(lab, queues, pairs, mtu, err);
	if (ret == 0) {
		lab->queues = queues;
		lab->pairs = pairs;
		lab->mtu = mtu ? mtu : LAB_MTU_DEFAULT;
		ret = lab_make(lab, j ? j : own, err);
		if (ret && own)
			journal_undo(own, NULL, NULL);
	} else if (ret > 0) {
		ret = 0;
	}
	if (ret)
		journal_close(own);
	else
		journal_commit(own);
	return ret;
}

int lab_up(struct lab *lab, const char *id, uint32_t queues, uint32_t pairs, uint32_t mtu,
	   struct journal *j, struct error *err)
{
	int lock, ret;

	if (queues < 1 || queues > LAB_QUEUES_MAX)
		return error_set(err, EX_USAGE, -EINVAL, "lab: %u queues: choose 1 to %d", queues,
				 LAB_QUEUES_MAX);
	if (pairs < 1 || pairs > LAB_PAIRS_MAX)
		return error_set(err, EX_USAGE, -EINVAL, "lab: %u pairs: choose 1 to %d", pairs,
				 LAB_PAIRS_MAX);
	if (mtu && (mtu < LAB_MTU_MIN || mtu > LAB_MTU_MAX))
		return error_set(err, EX_USAGE, -EINVAL, "lab: MTU %u: choose %d to %d", mtu,
				 LAB_MTU_MIN, LAB_MTU_MAX);
	ret = lab_name(lab, id, err);
	if (ret)
		return ret;
	ret = journal_state_make(err);
	if (ret)
		return ret;
	lock = lab_lock(err);
	if (lock < 0)
		return lock;
	ret = lab_up_locked(lab, queues, pairs, mtu, j, err);
	close(lock);
	return ret;
}

int lab_claim(struct error *err)
{
	struct lab lab;
	int ret = lab_name(&lab, "", err);

	return ret ? ret : claim_namespace(&lab, err);
}

int lab_down(const char *id, struct error *err)
{
	struct lab lab;
	int lock, ret;

	ret = lab_name(&lab, id, err);
	if (ret)
		return ret;
	ret = journal_state_make(err);
	if (ret)
		return ret;
	lock = lab_lock(err);
	if (lock < 0)
		return lock;
	ret = lab_remove(&lab, err);
	close(lock);
	return ret;
}

int lab_find(struct lab *lab, const char *id, struct error *err)
{
	enum lab_condition condition;
	int ret;

	ret = lab_name(lab, id, err);
	if (!ret)
		ret = lab_look(lab, &condition, err);
	if (ret || condition == LAB_WHOLE)
		return ret;
	if (condition == LAB_ABSENT)
		return error_set(err, EX_UNAVAILABLE, -ENOENT, "there is no lab%s%s: %s",
				 *id ? " " : "", id,
				 *id ? "its run has ended" : "bring it up by `ringloss lab up`");
	return error_set(err, EX_UNAVAILABLE, -ENODEV, "lab%s%s (%s, %s) is there in part only: %s",
			 *id ? " " : "", id, lab->end[0].netns, lab->end[1].netns,
			 *id ? "`ringloss restore` removes what its run left"
			     : "`ringloss lab up` makes it anew");
}

json_t *lab_json(const struct lab *lab, bool up)
{
	json_t *ends = json_array();
	uint32_t i, n = LAB_ENDS * (lab->pairs ? lab->pairs : 1);

	for (i = 0; i < n; i++) {
		const struct lab_end *end = &lab->end[i];
		char mac[18], ip[20], addr[INET6_ADDRSTRLEN], ip6[INET6_ADDRSTRLEN + 4];

		snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", end->mac[0],
			 end->mac[1], end->mac[2], end->mac[3], end->mac[4], end->mac[5]);
		snprintf(ip, sizeof(ip), "%u.%u.%u.%u/%u", end->ip[0], end->ip[1], end->ip[2],
			 end->ip[3], end->prefix);
		inet_ntop(AF_INET6, end->ip6, addr, sizeof(addr));
		snprintf(ip6, sizeof(ip6), "%s/%u", addr, end->prefix6);
		json_array_append_new(ends, json_pack("{s:s, s:s, s:s, s:s, s:s?}", "netns",
						      end->netns, "ifname", end->ifname, "mac", mac,
						      "ip", ip, "ip6", end->prefix6 ? ip6 : NULL));
	}
	return json_pack("{s:b, s:s, s:I, s:I, s:I, s:o}", "up", up, "id", lab->id, "queues",
			 (json_int_t)lab->queues, "pairs", (json_int_t)lab->pairs, "mtu",
			 (json_int_t)lab->mtu, "ends", ends);
}
