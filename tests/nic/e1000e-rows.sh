#!/bin/bash
# model: e1000e
# needs: guest
# when: all
# Pause frames, coalescing and rings of a port with one queue.
set -u
# shellcheck source-path=SCRIPTDIR source=rows.sh
. "$(dirname "$0")/rows.sh"

rows <<'JOB'
row nic.pause=off "autoneg off rx off tx off" "ethtool -a eth0 | grep -E '^(A|RX:|TX:)'" \
	"Autonegotiate: off RX: off TX: off"
row nic.pause=on "autoneg off rx on tx on" "ethtool -a eth0 | grep -E '^(A|RX:|TX:)'" \
	"Autonegotiate: off RX: on TX: on"
row "nic.pause=tx -- nic.pause=keep -- nic.pause=rx" \
	"autoneg off rx off tx on autoneg on autoneg off rx on tx off" \
	"ethtool -a eth0 | grep -E '^(A|RX:|TX:)'" "Autonegotiate: off RX: on TX: off"
row "coalesce.rx_usecs=20 -- coalesce.rx_usecs=0 -- coalesce.rx_usecs=50" "20 0 50" \
	"ethtool -c eth0 | grep '^rx-usecs:'" "rx-usecs: 50"
refused coalesce.tx_usecs=20 "set it to keep"
row "nic.rx_ring=100 nic.tx_ring=max" "104 4096" \
	"ethtool -g eth0 | sed '1,/Current/d' | grep '^[RT]X:'" "RX: 104 TX: 4096"
row nic.mtu=max 9212 "ip link show eth0 | grep -o 'mtu [0-9]*'" "mtu 9212"
refused nic.channels=1 "set it to keep"
refused rss.indirection=equal:1 "set it to keep"
row "endpoint=af_xdp queues=1 receives=yes rss.indirection=auto" "- - - unsupported" "echo no table" "no table"
row "offload.rx_checksum=off offload.tx_checksum=off" "off off" \
	"ethtool -k eth0 | grep -E '^.x-check'" "rx-checksumming: off tx-checksumming: off"
JOB
check_host
