/*
 * From what a device is to what a point asks for: only what differs is changed, each change noted
 * before it is made; see setting.h. Putting back is in undo.c.
 *
 * Of each row that was changed the journal holds one live entry. While a value is being written,
 * and for what was lost with remade queues, it says that any value may be found there ("new" is
 * null): what a driver makes of it is not known before. At rest it names the values that are ours,
 * so that somebody else's is told from them.
 */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "netns.h"
#include "port.h"
#include "setting.h"
#include "setting_claim.h"
#include "setting_row.h"

/* A row that was changed, or may have been. */
struct change {
	const struct setting *row;
	char *old;    /* before the first change */
	json_t *ours; /* values that were read back after our writes */
	bool lost;    /* noted as lost with remade queues, for good */
	off_t entry;  /* in the journal; 0: none */
	int claim;    /* on the machine's; -1: none */
	struct change *next;
};

struct settings {
	char netns[64], ifname[IF_NAMESIZE];
	struct change *changes;
};

/* One call of setting_apply. */
struct apply {
	struct settings *s;
	struct journal *journal;
	const json_t *values;
	void (*quiet)(void *arg);
	void *quiet_arg;
	bool quieted, checked;
	int (*row)(const struct setting *row, const char *key, void *arg); /* NULL: any_row */
	bool again; /* only what belongs to queues, which were made anew */
	struct setting_outcome *out;
	struct setting_site site;
	struct error *err;
};

struct settings *settings_new(const char *netns, const char *ifname)
{
	struct settings *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	snprintf(s->netns, sizeof(s->netns), "%s", netns ? netns : "");
	snprintf(s->ifname, sizeof(s->ifname), "%s", ifname);
	return s;
}

void settings_free(struct settings *s)
{
	struct change *c, *next;

	for (c = s ? s->changes : NULL; c; c = next) {
		next = c->next;
		if (c->claim >= 0)
			close(c->claim);
		json_decref(c->ours);
		free(c->old);
		free(c);
	}
	free(s);
}

static struct change *change_of(struct settings *s, const struct setting *row)
{
	struct change *c;

	for (c = s->changes; c; c = c->next)
		if (c->row == row)
			return c;
	return NULL;
}

/* The row's change, made with OLD as what was before. NULL: no memory. */
static struct change *change_make(struct settings *s, const struct setting *row, const char *old)
{
	struct change *c = change_of(s, row);

	if (c)
		return c;
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	*c = (struct change){.row = row, .old = strdup(old), .ours = json_array(), .claim = -1};
	if (!c->old || !c->ours) {
		free(c->old);
		json_decref(c->ours);
		free(c);
		return NULL;
	}
	c->next = s->changes;
	s->changes = c;
	return c;
}

static int no_memory(struct error *err)
{
	return error_set(err, EX_OSERR, -ENOMEM, "no memory for it");
}

/* ---- noting ---- */

/*
 * What undoing finds the device by. The namespace goes by its inode: an agent that lives in one
 * calls it its own, and a lab made anew has the same names and numbers as the last.
 */
static json_t *object_make(const struct apply *a, const char *key, bool machine)
{
	char netns[64] = "", mac[18];
	uint64_t inode = netns_inode("");

	if (machine)
		return json_pack("{s:s, s:b}", "setting", key, "machine", true);
	if (*a->s->netns)
		snprintf(netns, sizeof(netns), "%s", a->s->netns);
	else
		netns_find(inode, netns, sizeof(netns));
	ethtool_mac(a->site.ethtool, a->site.ifname, mac);
	return json_pack("{s:s, s:I, s:s, s:i, s:s, s:s, s:s}", "netns", netns, "netns_inode",
			 (json_int_t)inode, "ifname", a->site.ifname, "ifindex",
			 (int)if_nametoindex(a->site.ifname), "bus", a->site.bus, "mac", mac,
			 "setting", key);
}

/* The row's entry anew: NEW_VALUE the values that are ours, or NULL for any. */
static int change_note(const struct apply *a, struct change *c, const char *key,
		       const json_t *new_value)
{
	json_t *object = object_make(a, key, c->row->flags & SETTING_MACHINE);
	json_t *before = json_string(c->old);
	int ret;

	if (object && before)
		ret = journal_renote(a->journal, &c->entry, setting_change_kind.name, object,
				     before, new_value, a->err);
	else
		ret = no_memory(a->err);
	json_decref(object);
	json_decref(before);
	return ret;
}

static int ours_add(struct change *c, const char *value)
{
	json_t *one;
	size_t i;

	json_array_foreach (c->ours, i, one)
		if (!strcmp(json_string_value(one), value))
			return 0;
	return json_array_append_new(c->ours, json_string(value)) ? -ENOMEM : 0;
}

/* ---- what goes with remade queues ---- */

/* Note what is set on the queues now, since it may be lost. */
static int keep_of_queues(const struct setting *row, const char *key, void *arg)
{
	struct apply *a = arg;
	char *now;
	struct change *c;
	int ret;

	if (!(row->flags & SETTING_OF_QUEUES))
		return 0;
	now = malloc(SETTING_TEXT_MAX);
	if (!now)
		return no_memory(a->err);
	/* what cannot be read cannot be lost */
	ret = row->read(row, &a->site, now, NULL);
	if (ret) {
		free(now);
		return 0;
	}
	c = change_make(a->s, row, now);
	free(now);
	if (!c)
		return no_memory(a->err);
	if (c->lost)
		return 0;
	c->lost = true;
	return change_note(a, c, key, NULL);
}

/* ---- one row ---- */

/* Before the first change of the device: whether it may be changed at all. */
static int device_check(struct apply *a)
{
	if (a->checked)
		return 0;
	a->checked = true;
	return strcmp(json_str(a->values, "nic.force", "off"), "on")
		       ? port_session_check(a->site.ifname, a->err)
		       : 0;
}

/* The machine's is ours while we count on it. */
static int change_claim(const struct apply *a, const char *key, struct change *c)
{
	if (c->claim < 0)
		c->claim = setting_claim(key, a->err);
	return c->claim < 0 ? c->claim : 0;
}

/* Claims, checks and notes that have to come before a change of ROW. */
static int change_begin(struct apply *a, const struct setting *row, const char *key,
			struct change *c)
{
	int ret;

	ret = row->flags & SETTING_MACHINE ? change_claim(a, key, c) : device_check(a);
	if (ret)
		return ret;
	if (row->flags & SETTING_REMAKES_QUEUES) {
		if (a->quiet && !a->quieted)
			a->quiet(a->quiet_arg);
		a->quieted = true;
		ret = setting_each(keep_of_queues, a);
		if (ret)
			return ret;
	}
	if (!c->lost)
		ret = change_note(a, c, key, NULL);
	c->lost |= a->again;
	return ret;
}

/* From what is (NOW, which gets what then is) to WANT, which ASKED came to. */
static int row_change(struct apply *a, const struct setting *row, const char *key,
		      const char *asked, const char *want, char now[SETTING_TEXT_MAX])
{
	struct change *c = change_make(a->s, row, now);
	char *before = c ? strdup(now) : NULL;
	int ret;

	if (!before)
		return no_memory(a->err);
	ret = change_begin(a, row, key, c);
	if (!ret)
		ret = row->write(row, &a->site, want, a->err);
	if (!ret)
		ret = row->read(row, &a->site, now, a->err);
	if (!ret && !strcmp(now, before) && strcmp(now, want))
		ret = error_set(a->err, EX_UNAVAILABLE, -EOPNOTSUPP,
				"the driver took %.200s without an error, but it is still %.200s: "
				"set it to keep, or to another value",
				asked, now);
	if (!ret && ours_add(c, now))
		ret = no_memory(a->err);
	if (!ret && !c->lost)
		ret = change_note(a, c, key, row->flags & SETTING_MOVES ? NULL : c->ours);
	free(before);
	if (ret)
		return ret;
	a->out->changed = true;
	a->out->relinked |= row->knob.change == KNOB_RELINK;
	return 0;
}

/* Only what the plan's rows allow reaches a driver, whoever filled in the values. */
static int asked_check(const struct setting *row, const char *asked, struct error *err)
{
	if (!strcmp(asked, SETTING_KEEP))
		return 0;
	return knob_parse(&row->knob, asked, NULL, err);
}

/* What the row is to be, into WANT; NOW is what it is. */
static int row_want(struct apply *a, const struct setting *row, const char *asked, const char *now,
		    char want[SETTING_TEXT_MAX])
{
	struct change *c = change_of(a->s, row);
	int ret = 0;

	a->site.before = c ? c->old : now;
	snprintf(want, SETTING_TEXT_MAX, "%s", SETTING_KEEP);
	if (strcmp(asked, SETTING_KEEP))
		ret = setting_resolve(row, &a->site, asked, want, a->err);
	if (ret || strcmp(want, SETTING_KEEP))
		return ret;
	/* as its user had it, for as many queues as there are */
	return setting_resolve(row, &a->site, a->site.before, want, a->err);
}

static int row_apply(const struct setting *row, const char *key, void *arg)
{
	struct apply *a = arg;
	const char *asked = json_str(a->values, key, row->knob.def);
	char *now = malloc(SETTING_TEXT_MAX), *want = malloc(SETTING_TEXT_MAX);
	bool optional = !strcmp(asked, row->knob.def) || !strcmp(asked, SETTING_KEEP);
	int ret = now && want ? asked_check(row, asked, a->err) : no_memory(a->err);

	if (!ret) {
		ret = row->read(row, &a->site, now, a->err);
		if (ret == -EOPNOTSUPP && row->absent && !strcmp(asked, row->absent))
			optional = true;
		if (ret && optional) {
			/* Nothing is missing: that it cannot be read is a fact to report. */
			json_put_str(a->out->effective, key, SETTING_UNSUPPORTED);
			ret = 0;
			goto out;
		}
	}
	/* also one that is as asked already: somebody else may have made it so, and put it back */
	if (!ret && row->flags & SETTING_MACHINE && !optional) {
		struct change *c = change_make(a->s, row, now);

		ret = c ? change_claim(a, key, c) : no_memory(a->err);
		if (!ret)
			ret = row->read(row, &a->site, now, a->err);
	}
	if (!ret)
		ret = row_want(a, row, asked, now, want);
	if (!ret && strcmp(want, now))
		ret = row_change(a, row, key, asked, want, now);
	if (!ret && row->show)
		ret = row->show(row, &a->site, now, a->err);
	if (!ret)
		json_put_str(a->out->effective, key, now);
out:
	free(now);
	free(want);
	return ret ? error_prefix(a->err, "%s: %s", a->s->ifname, key) : 0;
}

/* ---- all rows ---- */

/* FN with a row, where it is. */
struct row_call {
	struct apply *a;
	const struct setting *row;
	const char *key;
	int (*fn)(const struct setting *row, const char *key, void *arg);
};

static int machine_row(void *arg)
{
	struct row_call *call = arg;
	struct apply *a = call->a;
	struct setting_site device = a->site;
	int ret;

	ret = setting_site_open(&a->site, "", a->err);
	if (!ret) {
		a->site.values = a->values;
		ret = call->fn(call->row, call->key, a);
		setting_site_close(&a->site);
	}
	a->site = device;
	return ret;
}

static int any_row(const struct setting *row, const char *key, void *arg)
{
	struct row_call call = {arg, row, key, row_apply};

	if (call.a->again && !(row->flags & SETTING_OF_QUEUES))
		return 0;
	if (row->flags & SETTING_MACHINE)
		return setting_machine_call(machine_row, &call, call.a->err);
	return row_apply(row, key, arg);
}

static int apply_here(void *arg)
{
	struct apply *a = arg;
	const char *netns = a->s->netns;
	int ret;

	if (!if_nametoindex(a->s->ifname))
		return error_set(a->err, EX_NOINPUT, -ENODEV, "there is no device %s in %s%s",
				 a->s->ifname, *netns ? "namespace " : "this namespace", netns);
	ret = setting_site_open(&a->site, a->s->ifname, a->err);
	if (ret)
		return ret;
	a->site.values = a->values;
	ret = setting_each(a->row ? a->row : any_row, a);
	setting_site_close(&a->site);
	return ret;
}

int setting_apply(struct settings *s, struct journal *j, const json_t *values,
		  void (*quiet)(void *arg), void *arg, struct setting_outcome *out,
		  struct error *err)
{
	struct error local; /* error_prefix returns the code of *err */
	struct apply a = {
		.s = s,
		.journal = j,
		.values = values,
		.quiet = quiet,
		.quiet_arg = arg,
		.out = out,
		.err = err ? err : &local,
	};
	int ret;

	*out = (struct setting_outcome){.effective = json_object()};
	if (!out->effective)
		return no_memory(err);
	ret = netns_call(s->netns, apply_here, &a, a.err);
	if (ret) {
		json_decref(out->effective);
		out->effective = NULL;
	}
	return ret;
}

int setting_hold(struct settings *s, struct journal *j, struct error *err)
{
	struct error local;
	struct apply a = {
		.s = s,
		.journal = j,
		.row = keep_of_queues,
		.err = err ? err : &local,
	};

	return netns_call(s->netns, apply_here, &a, a.err);
}

int setting_again(struct settings *s, struct journal *j, const json_t *values, json_t **effective,
		  struct error *err)
{
	struct error local;
	struct setting_outcome out = {.effective = json_object()};
	struct apply a = {
		.s = s,
		.journal = j,
		.values = values,
		.again = true,
		.out = &out,
		.err = err ? err : &local,
	};
	int ret = out.effective ? netns_call(s->netns, apply_here, &a, a.err) : no_memory(a.err);

	if (ret) {
		json_decref(out.effective);
		out.effective = NULL;
	}
	*effective = out.effective;
	return ret;
}

static int read_row(const struct setting *row, const char *key, void *arg)
{
	struct apply *a = arg;
	char *now;
	int ret;

	now = malloc(SETTING_TEXT_MAX);
	if (!now)
		return no_memory(a->err);
	ret = row->read(row, &a->site, now, NULL);
	if (!ret && row->show)
		ret = row->show(row, &a->site, now, NULL);
	json_put_str(a->out->effective, key, ret ? SETTING_UNSUPPORTED : now);
	free(now);
	return 0;
}

/* Asked for by more than its default, or changed by that. */
static int counts_on(const struct setting *row, const char *key, void *arg)
{
	const struct apply *a = arg;
	const char *asked = json_str(a->values, key, SETTING_KEEP);

	return strcmp(asked, SETTING_KEEP) &&
	       (strcmp(asked, row->knob.def) || change_of(a->s, row));
}

static int look_at_row(const struct setting *row, const char *key, void *arg)
{
	struct row_call call = {arg, row, key, read_row};

	if (call.a->values && !counts_on(row, key, arg))
		return 0;
	if (!(row->flags & SETTING_MACHINE))
		return read_row(row, key, arg);
	/* those change with no link */
	return call.a->values ? setting_machine_call(machine_row, &call, call.a->err) : 0;
}

int setting_look(struct settings *s, const json_t *asked, json_t **effective, struct error *err)
{
	struct error local;
	struct setting_outcome out = {.effective = json_object()};
	struct apply a = {
		.s = s,
		.row = look_at_row,
		.values = asked,
		.out = &out,
		.err = err ? err : &local,
	};
	int ret = out.effective ? 0 : no_memory(err);

	if (!ret && (!asked || setting_each(counts_on, &a)))
		ret = netns_call(s->netns, apply_here, &a, a.err);
	*effective = ret ? NULL : json_incref(out.effective);
	json_decref(out.effective);
	return ret;
}
