#!/bin/bash
# model: igb
# needs: guest
# when: all
# seconds: 480
# Which counters of igb tell the truth in QEMU: of those that are there for a full ring, none. A ledger
# afterwards, with frames missing between the wire and the driver, cites it.
set -u
# shellcheck source-path=SCRIPTDIR source=trust.sh
. "$(dirname "$0")/trust.sh"
# shellcheck disable=SC2034 # of in_guest
GUEST=(--timeout 400)

judge later.ini
is "ring: it was caused" "$(jq -r '.causes[] | select(.cause == "ring") | .caused' "$TRUST")" true
is "ring: every counter of it is silent" "$(jq -r '.causes[] | select(.cause == "ring") | .counters[] |
	select(.verdict != "n/a") | "\(.counter) \(.verdict)"' "$TRUST" | sort | xargs)" \
	"rx:dev.rx_missed_errors silent rx:eth.rx_port_full silent rx:eth.rx_ring_full silent"
is "ring, DPDK: imissed" "$(verdict ring-dpdk rx:dpdk.imissed)" "silent 0"
more_than "oversize: half of the frames, but for what was lost before" "$(known oversize)" 400
is "every cause that such a port can have was tried" "$(cat "$SHARE/results/trust.code" 2>/dev/null)" ""
is "nothing lies" "$(jq -r '.causes[] | .cause as $c | .counters[]? | select(.verdict == "lies") |
	"\($c) \(.counter) \(.moved)"' "$TRUST")" ""
is "a ledger afterwards: which file applied" "$(jq -r '.sides.rx.trust.file' "$RUN")" \
	"$(jq -r '"\(.driver)-\(.version).json"' "$TRUST")"
has "a ledger afterwards cites it" "$(tr -s ' \n' ' ' <"$SHARE/results/later.text")" \
	"rtnetlink's rx_missed_errors are silent with igb 6\.[0-9]*: trust, 20"
