#!/bin/bash
# model: vmxnet3
# needs: guest
# when: all
# seconds: 480
# Which counters of vmxnet3 tell the truth: what its full ring drops is in ethtool's "pkts rx OOB", and
# not in rtnetlink's missed. A ledger afterwards cites it.
set -u
# shellcheck source-path=SCRIPTDIR source=trust.sh
. "$(dirname "$0")/trust.sh"
# shellcheck disable=SC2034 # of in_guest
GUEST=(--timeout 400)
# shellcheck disable=SC2034 # of judge
ALSO='ringloss trust --lab --set tx.cpus=1 --set rx.cpus=2 --results results --out results/veth.json'

judge later.ini
is "ring: it was caused" "$(jq -r '.causes[] | select(.cause == "ring") | .caused' "$TRUST")" true
is "ring: rtnetlink's missed" "$(verdict ring rx:dev.rx_missed_errors)" "silent 0"
is "ring: ethtool's pkts rx OOB" "$(verdict ring rx:eth.rx_ring_full)" "true $(known ring)"
is "ring, DPDK: imissed" "$(verdict ring-dpdk rx:dpdk.imissed)" "true $(known ring-dpdk)"
has "oversize: QEMU's takes frames longer than its MTU" "$(jq -r '.causes[] | select(.cause == "oversize") | .why' \
	"$TRUST")" "nothing was lost"
is "every cause that such a port can have was tried" "$(cat "$SHARE/results/trust.code" 2>/dev/null)" ""
is "nothing lies" "$(jq -r '.causes[] | .cause as $c | .counters[]? | select(.verdict == "lies") |
	"\($c) \(.counter) \(.moved)"' "$TRUST")" ""
is "a ledger afterwards: which file applied" "$(jq -r '.sides.rx.trust.file' "$RUN")" \
	"$(jq -r '"\(.driver)-\(.version).json"' "$TRUST")"
has "a ledger afterwards cites it" "$(tr -s ' \n' ' ' <"$SHARE/results/later.text")" \
	"rtnetlink's rx_missed_errors is silent with vmxnet3 6\.[0-9]*: trust, 20"

# drops that the observer sees in the receiver's namespace, of addresses with five levels of page tables
is "a veth of this kernel: another MAC address, a backlog" "$(TRUST=$SHARE/results/veth.json
	verdict wrong-mac rx:dev.rx_otherhost_dropped
	verdict backlog rx:softnet.dropped
	verdict backlog tx:dev.tx_dropped)" "true 1064
$(jq -r '.causes[] | select(.cause == "backlog") | "true \(.known)\ndouble \(.known)"' "$SHARE/results/veth.json")"
