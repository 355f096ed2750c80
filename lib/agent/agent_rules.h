/*
 * The firewall rules that counted since a trial began, of however many there are: a message of the
 * agent's is bounded, and a host may have ten thousand rules.
 */
#ifndef RINGLOSS_AGENT_AGENT_RULES_H
#define RINGLOSS_AGENT_AGENT_RULES_H

#include <jansson.h>

#define AGENT_RULES_MAX 300 /* most that agent_rules_moved gives */

/* What each rule has counted now. New reference; NULL where the rules cannot be read. */
json_t *agent_rules_mark(void);

/*
 * Those that counted since MARK (borrowed; NULL: ever), as drop_rules_json has them, "packets"
 * since then. New reference; NULL where the rules cannot be read.
 */
json_t *agent_rules_moved(const json_t *mark);

#endif
