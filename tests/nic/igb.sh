#!/bin/bash
# model: igb
# needs: guest
# A driver of the kernel's, each port in a namespace of its own, and a NIC that does not count what
# its full ring drops: such a loss is told as missing between the wire and the driver, to the frame,
# and is booked to no place. Where its ring has room for all, the ledger closes, for every way to
# receive, also by an XDP program in the driver, which takes the link down for seconds when one comes or
# goes. (Other places may have lost frames all the same, where the machine is busy.)
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

cat >"$SHARE/igb.ini" <<'PLAN'
[plan]
order = listed
[traffic]
rate = 5kpps
duration = 300ms
unsent_max = 100%
[tx]
endpoint = udp, packet
device = net:eth0
netns = ringloss-a
cpus = 1
[rx]
endpoint = udp, packet, af_xdp, xdp
device = net:eth1
netns = ringloss-b
cpus = 2
ring = 2048
rcvbuf = 8M
xdp_mode = generic
PLAN

in_guest "the job" <<'JOB'
for port in eth0 eth1; do
	ethtool -L $port combined 1
	ethtool -G $port rx 4096
	ethtool -A $port autoneg off rx off tx off
done
settle_ports
mark_port
ethtool -L eth0 combined 1 # of RSS, the sink's own
look_at_ports before
measure igb.ini --set plan.name=slow
measure igb.ini --set plan.name=native --set tx.endpoint=af_xdp --set rx.endpoint=af_xdp,xdp,dpdk \
	--set rx.xdp_mode=native
look_at_ports after
# the burst is more than the small ring has room for, and less than the large one has
burst() {
	ethtool -G eth1 rx "$1"
	wait_for_link
	measure igb.ini --set plan.name="burst$1" --set traffic.rate=max --set traffic.frames="$2" \
		--set traffic.duration=20s --set tx.endpoint="$3" --set rx.endpoint=packet \
		--set rx.ring=32768
}
burst 64 100000 packet,af_xdp
burst 4096 4000 packet
# DPDK and the kernel by turns: each time the port changes its driver, and its namespace
measure igb.ini --set plan.name=turns --set tx.endpoint=dpdk,udp --set rx.endpoint=dpdk,af_xdp \
	--set tx.nic.driver=auto --set rx.nic.driver=auto --set rx.xdp_mode=native
ethtool -G eth1 rx 4096
look_at_ports turns
taken() {
	ip -n ringloss-a link show eth0 && ip -n ringloss-b link show eth1
} >/dev/null 2>&1
killed killed igb.ini
JOB

trials_of slow
check_measured "slow" 8
empty "slow: every ledger balances" "$(identity_faults "$RUN")"

trials_of native
check_measured "native" 3
empty "native: every ledger balances" "$(identity_faults "$RUN")"
empty "native: the warm-up waited for the link" \
	"$(jq -r '.validity.reasons[] | select(test("^[^ ]* 0 of .* came through"))' "$RUN")"

show() {
	jq -r --arg ring "$1" '"#: ring \($ring), \(.sides.tx.settings.asked.endpoint) sends \(
		.offered.accepted): \(.received.unique) received, \([.ledger[] |
		select(.state == "BOOKED") | "\(.frames) \(.place), "] | add // "")\(.remainder
		) missing between wire and driver"' "$RUN"
}

trials_of burst64
check_measured "burst, ring 64" 2
is "burst, ring 64: a full TX ring stops no generator" "$(jq .offered.accepted "$RUN" | sort -u)" 100000
empty "burst, ring 64: every identity but the balance holds" "$(identity_faults "$RUN" located)"
more_than "burst, ring 64: frames are lost" "$(jq -s 'map(.remainder) | min' "$RUN")" 0
is "burst, ring 64: all that did not come to the driver, and only that, is missing there" \
	"$(jq -c '[.ledger[] | select(.state == "LOCATED") | [.from, .to, .frames]]' "$RUN")" \
	"$(jq -c '[["wire", "device-rx", .offered.accepted - (.sides.rx.counters |
		.after["dev.rx_packets"] - .before["dev.rx_packets"]) - ([.ledger[] |
		select(.state == "BOOKED" and .to == "device-rx") | .frames] | add // 0)]]' "$RUN")"
show 64

trials_of burst4096
check_measured "burst, ring 4096" 1
empty "burst, ring 4096: the ledger balances" "$(identity_faults "$RUN")"
show 4096

trials_of turns
check_measured "drivers by turns" 4
empty "drivers by turns: every ledger balances" "$(identity_faults "$RUN")"
is "drivers by turns: which" \
	"$(jq -r '.sides | [.tx, .rx][] | .settings.effective["nic.driver"]' "$RUN" | xargs)" \
	"vfio-pci vfio-pci vfio-pci igb igb vfio-pci igb igb"
same_ports "after runs that had them in namespaces" after
same_ports "after runs that changed drivers by turns" turns
same_ports "after kill -9 of a run that had them in namespaces, and restore" killed
check_host
