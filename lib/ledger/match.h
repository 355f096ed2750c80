/* Whether a row of the tables is meant for a path. */
#ifndef RINGLOSS_LEDGER_MATCH_H
#define RINGLOSS_LEDGER_MATCH_H

#include <stdbool.h>
#include <string.h>

#include "ledger.h"

static inline bool match_word(const char *rule, const char *word)
{
	return !rule || (word && !strcmp(rule, word));
}

/* NULL in a rule matches any. */
static inline bool match_path(const struct ledger_path *rule, const struct ledger_path *path)
{
	return match_word(rule->tx_endpoint, path->tx_endpoint) &&
	       match_word(rule->tx_mode, path->tx_mode) &&
	       match_word(rule->tx_driver, path->tx_driver) &&
	       match_word(rule->rx_endpoint, path->rx_endpoint) &&
	       match_word(rule->rx_mode, path->rx_mode) &&
	       match_word(rule->rx_driver, path->rx_driver) &&
	       match_word(rule->rx_way, path->rx_way) && match_word(rule->rx_into, path->rx_into) &&
	       match_word(rule->family, path->family ? path->family : "ipv4");
}

#endif
