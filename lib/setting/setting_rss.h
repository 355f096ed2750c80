/*
 * How a device spreads what it receives over its channels: ETHTOOL_GRSSH, ETHTOOL_GRXRINGS. What
 * the rows of [SIDE.rss] and the number of channels need of it.
 */
#ifndef RINGLOSS_HOST_SETTING_RSS_H
#define RINGLOSS_HOST_SETTING_RSS_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/ethtool.h>

#include "setting_row.h"

/* An RSS table as numbers. */
struct rss_table {
	uint32_t channels; /* there are to receive by */
	uint32_t n;        /* entries */
	uint32_t *entry;   /* malloc; the channel of each */
};

/*
 * Table, key and function, as one malloc'd structure: sizes, then the entries, then the key. NULL
 * with *ret a negative errno: -EOPNOTSUPP when the driver has nothing of it.
 */
struct ethtool_rxfh *rss_get(const struct setting_site *site, int *ret);

/* Channels to receive by; 0 when the driver does not say. */
uint32_t rss_channels(const struct setting_site *site);

/* The present table. 0 or a negative errno; rss_table_free in either case. */
int rss_table_get(const struct setting_site *site, struct rss_table *t);
void rss_table_free(struct rss_table *t);

/* Make the table the kernel's own, entry I of N channels I % N. 0 or a negative errno. */
int rss_table_reset(const struct setting_site *site);

/* Whether the driver can change anything of it, by a request for nothing. */
bool rss_can_set(const struct setting_site *site);

/*
 * A table's text, the shortest that is true: "default" (entry I is I % channels), "equal:N" (I %
 * N), "blocks" (I * channels / n, as igb makes it), or entries, with how many times each: "0*32
 * 1*32".
 */
void rss_table_format(const struct rss_table *t, char text[SETTING_TEXT_MAX]);

/*
 * Fill T (n, channels and room for entries are set) as TEXT says: one of the above, "weight:1+2+1"
 * as `ethtool -X` deals them out, or entries ("0*2+1"), begun again until the table is full. CUT:
 * channels that are not there become those that are (modulo), else -ERANGE. 0, or a negative errno
 * with *err set.
 */
int rss_table_parse(struct rss_table *t, const char *text, bool cut, struct error *err);

#endif
