/*
 * Labs by their id: names, the lock, journalling, and deciding what to do with what is there
 * already; see lab.h. The veth itself is made in cable.c.
 */
#include "lab.h"

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

/* What differs between the two ends. RFC 2544 C.2.2 gives the addresses. */
static const struct {
	const char *netns;  /* without the id */
	const char *ifname; /* the same in every lab */
	uint8_t last;       /* byte of MAC and IP */
} end_rows[LAB_ENDS] = {
	{"ringloss-tx", "rl-tx0", 1},
	{"ringloss-rx", "rl-rx0", 2},
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

/* Names and addresses of the lab ID; checks the id and the caller's rights. */
static int lab_name(struct lab *lab, const char *id, struct error *err)
{
	size_t i;

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
	for (i = 0; i < LAB_ENDS; i++) {
		struct lab_end *end = &lab->end[i];
		const uint8_t mac[] = {0x02, 0x72, 0x6c, 0, 0, end_rows[i].last};
		const uint8_t ip[] = {198, 18, 0, end_rows[i].last};

		snprintf(end->netns, sizeof(end->netns), "%s%s%s", end_rows[i].netns,
			 *id ? "-" : "", id);
		snprintf(end->ifname, sizeof(end->ifname), "%s", end_rows[i].ifname);
		memcpy(end->mac, mac, sizeof(mac));
		memcpy(end->ip, ip, sizeof(ip));
		end->prefix = 24;
	}
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

/* What there is of LAB, whose queues and mtu get what was found. */
static int lab_look(struct lab *lab, enum lab_condition *condition, struct error *err)
{
	struct cable_state state[LAB_ENDS] = {0};
	int i, n = 0, ret;
	bool whole;

	*condition = LAB_ABSENT;
	for (i = 0; i < LAB_ENDS; i++)
		n += netns_exists(lab->end[i].netns);
	if (n == 0)
		return 0;
	*condition = LAB_BROKEN;
	for (i = 0; n == LAB_ENDS && i < LAB_ENDS; i++) {
		ret = cable_look(&lab->end[i], &state[i], err);
		if (ret == -EINVAL || ret == -ENOENT)
			return 0; /* a file that is no namespace, or one taken away just now */
		if (ret)
			return ret;
	}
	whole = n == LAB_ENDS && state[0].queues && state[0].queues == state[1].queues &&
		state[0].mtu == state[1].mtu;
	for (i = 0; i < LAB_ENDS; i++)
		whole = whole && state[i].present && state[i].up && state[i].addressed;
	if (!whole)
		return 0;
	*condition = LAB_WHOLE;
	lab->queues = state[0].queues;
	lab->mtu = state[0].mtu;
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

	int i, ret, first;

	/* The veth first: with the namespaces alone the kernel would keep it for a while. */
	first = cable_cut(lab, err);
	for (i = LAB_ENDS; i-- > 0;) {
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
	int i, ret = 0;

	for (i = 0; i < LAB_ENDS && !ret; i++)
		ret = netns_make(&lab->end[i], j, err);
	if (!ret)
		ret = cable_make(lab, err);
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
static int lab_settle(struct lab *lab, uint32_t queues, uint32_t mtu, struct error *err)
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
	if (lab->queues == queues && (!mtu || lab->mtu == mtu))
		return 1;
	return error_set(err, EX_UNAVAILABLE, -EEXIST,
			 "the standing lab has %u queues and MTU %u, not %u and %u: `ringloss lab "
			 "down` first, or ask for the same",
			 lab->queues, lab->mtu, queues, mtu ? mtu : lab->mtu);
}

static int lab_up_locked(struct lab *lab, uint32_t queues, uint32_t mtu, struct journal *j,
			 struct error *err)
{
	struct journal *own = NULL;
	int ret;

	if (!j) {
		/* Opening it also undoes what a killed `lab up` left. */
		own = own_journal(lab, err);
		if (!own)
			return err && err->code ? err->code : -EIO;
	}
	ret = lab_settle(lab, queues, mtu, err);
	if (ret == 0) {
		lab->queues = queues;
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

int lab_up(struct lab *lab, const char *id, uint32_t queues, uint32_t mtu, struct journal *j,
	   struct error *err)
{
	int lock, ret;

	if (queues < 1 || queues > LAB_QUEUES_MAX)
		return error_set(err, EX_USAGE, -EINVAL, "lab: %u queues: choose 1 to %d", queues,
				 LAB_QUEUES_MAX);
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
	ret = lab_up_locked(lab, queues, mtu, j, err);
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
	size_t i;

	for (i = 0; i < LAB_ENDS; i++) {
		const struct lab_end *end = &lab->end[i];
		char mac[18], ip[20];

		snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", end->mac[0],
			 end->mac[1], end->mac[2], end->mac[3], end->mac[4], end->mac[5]);
		snprintf(ip, sizeof(ip), "%u.%u.%u.%u/%u", end->ip[0], end->ip[1], end->ip[2],
			 end->ip[3], end->prefix);
		json_array_append_new(ends, json_pack("{s:s, s:s, s:s, s:s}", "netns", end->netns,
						      "ifname", end->ifname, "mac", mac, "ip", ip));
	}
	return json_pack("{s:b, s:s, s:I, s:I, s:o}", "up", up, "id", lab->id, "queues",
			 (json_int_t)lab->queues, "mtu", (json_int_t)lab->mtu, "ends", ends);
}
