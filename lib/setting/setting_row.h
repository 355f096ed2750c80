/*
 * A setting: one row in the file of its group, exported to the table in setting.c.
 * Values are text. Asked: as a user writes it in a plan ("same", "4M", "max"). Canonical: what
 * read() gives and write() takes ("0 0 1 1", "4194304", "4096"); the journal has these only.
 */
#ifndef RINGLOSS_HOST_SETTING_ROW_H
#define RINGLOSS_HOST_SETTING_ROW_H

#include "error.h"
#include "ethtool.h"
#include "knob.h"
#include "setting.h"

#define SETTING_TEXT_MAX 16384 /* an RSS table of 2,048 entries */

/* The device that a row is applied to, in this thread's namespace. */
struct setting_site {
	const char *ifname;   /* "" for what is the machine's */
	char bus[32];         /* "" for virtual devices */
	int ethtool;          /* socket to ask by (ethtool.h) */
	int sysfs;            /* that shows this namespace; with openat: "class/net/IF/..." */
	const json_t *values; /* all that the plan says of the side; NULL when putting back */
	const char *before;   /* the row's value before ours, while resolving; NULL as above */
};

enum setting_flags {
	SETTING_MACHINE = 1 << 0,        /* of the whole host, in its own namespace */
	SETTING_REMAKES_QUEUES = 1 << 1, /* queues and interrupts are made anew by a change */
	SETTING_OF_QUEUES = 1 << 2, /* lost then; a value for more queues than there are is cut */
	SETTING_MOVES = 1 << 3,     /* by itself, too: no value that is found is a conflict */
};

struct setting {
	struct knob knob; /* sweepable; .change KNOB_RELINK when the link goes down */
	unsigned int flags;
	/* Asked for where there is no such thing (-EOPNOTSUPP), it holds: "off" of pause. May be
	 * NULL */
	const char *absent;
	const void *what; /* for rows that share functions */
	/* Canonical value. -EOPNOTSUPP with a remedy in *err when there is none here. */
	int (*read)(const struct setting *row, const struct setting_site *site,
		    char value[SETTING_TEXT_MAX], struct error *err);
	/*
	 * What ASKED (a canonical value, too) comes to on this site now. NULL: by the knob's type.
	 * SETTING_KEEP as the result: as its user has it.
	 */
	int (*resolve)(const struct setting *row, const struct setting_site *site,
		       const char *asked, char value[SETTING_TEXT_MAX], struct error *err);
	int (*write)(const struct setting *row, const struct setting_site *site, const char *value,
		     struct error *err);
	/*
	 * The effective value, where it is another than what can be written: what came of a wish.
	 * NULL: what read() gives.
	 */
	int (*show)(const struct setting *row, const struct setting_site *site,
		    char value[SETTING_TEXT_MAX], struct error *err);
};

/* Rows that belong together: [SIDE.GROUP] in a plan. In the order of applying. */
struct setting_group {
	struct knob_set knobs; /* .rows: of the first row's knob, .stride: sizeof(struct setting) */
	const struct setting *rows;
};

#define SETTING_GROUP(group, table)                                                                \
	{                                                                                          \
		.knobs = {.name = group,                                                           \
			  .scope = KNOB_SCOPE_GROUP,                                               \
			  .rows = &(table)[0].knob,                                                \
			  .n = sizeof(table) / sizeof((table)[0]),                                 \
			  .stride = sizeof(struct setting)},                                       \
		.rows = (table),                                                                   \
	}

/* The row of a key without side ("nic.rx_ring"), or NULL. */
const struct setting *setting_find(const char *key);

/* Call FN for every row in the order of applying, with its key; stops at what is not 0. */
int setting_each(int (*fn)(const struct setting *row, const char *key, void *arg), void *arg);

/* Canonical value for ASKED: the row's resolve, or by its knob's type. */
int setting_resolve(const struct setting *row, const struct setting_site *site, const char *asked,
		    char value[SETTING_TEXT_MAX], struct error *err);

/* Fill in a site for IFNAME of this thread's namespace. 0 or a negative errno with *err set. */
int setting_site_open(struct setting_site *site, const char *ifname, struct error *err);
void setting_site_close(struct setting_site *site);

/*
 * Run FN(ARG) where the rows of the machine are: in the namespace that has the machine's
 * sysctls, of this thread's, its parent's and the first process's; in this one if none has.
 */
int setting_machine_call(int (*fn)(void *arg), void *arg, struct error *err);

/* What a row's refusal is said by: "its rings: ERRNO's words; set it to keep" and the like. */
int setting_refused(int ret, const char *what, struct error *err);

/*
 * A file of sysfs ("class/net/eth5/threaded" with site->sysfs) or procfs (absolute path), its text
 * without the last newline. -EOPNOTSUPP with *err when it is not there.
 */
int setting_file_read(const struct setting_site *site, const char *path,
		      char value[SETTING_TEXT_MAX], struct error *err);
int setting_file_write(const struct setting_site *site, const char *path, const char *value,
		       struct error *err);

/* The groups, each in a file of its own. */
extern const struct setting_group setting_nic_group;      /* nic.c */
extern const struct setting_group setting_rss_group;      /* rss.c */
extern const struct setting_group setting_coalesce_group; /* coalesce.c */
extern const struct setting_group setting_offload_group;  /* offload.c */
extern const struct setting_group setting_qdisc_group;    /* qdisc.c */
extern const struct setting_group setting_napi_group;     /* napi.c */
extern const struct setting_group setting_irq_group;      /* irq.c */
extern const struct setting_group setting_rps_group;      /* steering.c */
extern const struct setting_group setting_rfs_group;      /* steering.c */
extern const struct setting_group setting_xps_group;      /* steering.c */
extern const struct setting_group setting_sysctl_group;   /* sysctl.c */
extern const struct setting_group setting_host_group;     /* host.c */

#endif
