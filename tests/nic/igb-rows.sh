#!/bin/bash
# model: igb
# needs: guest
# when: all
# Every row of a NIC's settings that igb has, and what it refuses.
set -u
# shellcheck source-path=SCRIPTDIR source=rows.sh
. "$(dirname "$0")/rows.sh"

rows <<'JOB'
# The driver gives multiples of 8, at least 80.
row "nic.rx_ring=100 nic.tx_ring=max" "104 4096" "ethtool -g eth0 | sed '1,/Current/d' | grep '^[RT]X:'" "RX: 104 TX: 4096"
refused nic.rx_ring=8192 "8192: the driver's maximum is 4096"
row nic.channels=1 1 "ethtool -l eth0 | sed '1,/Current/d' | grep Combined" "Combined: 1"
row "nic.channels=2 rss.indirection=equal:1 -- nic.channels=4 rss.indirection=0+3 -- nic.channels=1" \
	"2 equal:1 4 0 3 1" "ethtool -l eth0 | sed '1,/Current/d' | grep Combined" "Combined: 1"
refused nic.channels=9 "9 channels: the driver's maximum is 8"
row nic.flags=legacy-rx:on legacy-rx:on "ethtool --show-priv-flags eth0 | grep legacy" "legacy-rx: on"
refused nic.flags=nonsense:on "no private flag nonsense; it has legacy-rx"
row "nic.mtu=1400 nic.txqueuelen=500 nic.promisc=on" "1400 500 on" \
	"ip link show eth0 | grep -oE 'PROMISC|mtu 1400|qlen 500'" "PROMISC mtu 1400 qlen 500"
refused nic.mtu=20000 "20000: the device's maximum is 9216"
row nic.pause=off "autoneg off rx off tx off" "ethtool -a eth0 | grep :" \
	"Pause parameters for eth0: Autonegotiate: off RX: off TX: off"
row "nic.pause=tx -- nic.pause=autoneg -- nic.pause=rx" \
	"autoneg off rx off tx on autoneg on autoneg off rx on tx off" \
	"ethtool -a eth0 | grep :" "Pause parameters for eth0: Autonegotiate: off RX: on TX: off"
# forced, but the other end does not take it: the driver goes by that, and it is no conflict
row nic.pause=tx "autoneg off rx off tx on" "ethtool -a eth0 | grep :" \
	"Pause parameters for eth0: Autonegotiate: off RX: off TX: off"
# off while the link of another change is still coming up: does not come back with it
row "nic.rx_ring=512 nic.pause=off" "512 autoneg off rx off tx off" "ethtool -a eth0 | grep :" \
	"Pause parameters for eth0: Autonegotiate: off RX: off TX: off"
row rss.indirection=weight:1+2+1 "0*32 1*64 2*32" \
	"ethtool -x eth0 | sed -n 's/^ *\(31\|32\|95\|96\|88\):.*/&/p' | grep -c ." 3
row "endpoint=af_xdp queues=2 receives=yes rss.indirection=auto" "- - - equal:2" \
	"ethtool -x eth0 | grep '^ *120:'" " 120: 0 1 0 1 0 1 0 1"
row "endpoint=udp queues=2 receives=yes rss.indirection=auto" "- - - blocks" \
	"ethtool -x eth0 | grep '^ *120:'" " 120: 2 2 2 2 2 2 2 2"
refused rss.indirection=equal:4 "channel 3 of 3.*raise nic.channels"
refused rss.key=6d:5a "set it to keep"
row "rss.hash_udp4=sdfn rss.hash_udp6=sdfn" "sdfn sdfn" \
	"ethtool -n eth0 rx-flow-hash udp4 | grep -c L4; ethtool -n eth0 rx-flow-hash udp6 | grep -c L4" "2 2"
row "coalesce.rx_usecs=50 coalesce.tx_usecs=70" "50 70" \
	"ethtool -c eth0 | grep -E '^.x-usecs:'" "rx-usecs: 50 tx-usecs: 70"
refused coalesce.rx_frames=3 "set it to keep"
row coalesce.adaptive_rx=off unsupported "ethtool -c eth0 | grep Adaptive" "Adaptive RX: n/a TX: n/a"
row "offload.tx_checksum=off offload.tso=off offload.rx_vlan=off" "off off off" \
	"ethtool -k eth0 | grep -E 'tx-checksum-ip-generic|tx-tcp-seg|rx-vlan-off'" \
	" tx-checksum-ip-generic: off tx-tcp-segmentation: off rx-vlan-offload: off"
row "offload.tx_checksum=off offload.tso=on" "off off [requested on]" \
	"ethtool -k eth0 | grep tx-tcp-seg" " tx-tcp-segmentation: off [requested on]"
refused offload.lro=on "cannot change it"
row "qdisc.root=pfifo -- qdisc.root=mq -- qdisc.root=default -- qdisc.root=pfifo_fast" \
	"pfifo mq default:mq pfifo_fast" "ip link show eth0 | grep -o 'qdisc [a-z_]*'" "qdisc pfifo_fast"
# a table that its user made names channels that are to go
ethtool -X eth0 equal 2
look_at_ports before
row nic.channels=1 1 "ethtool -l eth0 | sed '1,/Current/d' | grep Combined" "Combined: 1"
JOB
check_host
