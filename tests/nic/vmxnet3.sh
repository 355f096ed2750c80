#!/bin/bash
# model: vmxnet3
# needs: guest
# DPDK's driver of a NIC that counts what its full ring drops, over vfio-pci and an IOMMU: whatever the
# size of the ring, a burst into a sink that stands still loses all but what the ring has room for,
# and all of it is booked to the ring. At full rate the ledger closes, too.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

BURST=20000
cat >"$SHARE/rings.ini" <<PLAN
[plan]
name = rings
order = listed
[traffic]
rate = max
frames = $BURST
duration = 20s
unsent_max = 100%
[tx]
endpoint = dpdk
device = net:eth0
nic.driver = auto
ip = 198.18.0.1/24
cpus = 1
[rx]
endpoint = dpdk
device = net:eth1
nic.driver = vfio-pci
ip = 198.18.0.2/24
cpus = 2
ring = 64, 256, 1024, 4096
pause = 30s
PLAN

in_guest "the job" <<'JOB'
# before the ports were ever up, when this driver has no RSS table yet
measure rings.ini --set plan.name=fresh --set traffic.rate=1kpps --set traffic.frames=100 \
	--set rx.endpoint=udp,dpdk --set rx.ring=1024 --set rx.pause=0s --set rx.nic.driver=auto \
	--set rx.netns=ringloss-b
ringloss restore >results/fresh-restore
settle_ports
mark_port
look_at_ports before
measure rings.ini
# by the kernel's driver, whose XDP switches LRO off and leaves it so
measure rings.ini --set plan.name=native --set traffic.rate=5kpps --set traffic.frames=1500 \
	--set tx.endpoint=af_xdp --set rx.endpoint=af_xdp --set rx.ring=2048 --set rx.pause=0s \
	--set rx.nic.driver=auto
look_at_ports after
measure rings.ini --set plan.name=flood --set traffic.frames=0 --set traffic.duration=1s \
	--set rx.ring=1024 --set rx.pause=0s
# while the sink is away 200 or 600 frames come, and the ring has room for 127, 511 or 2047
measure rings.ini --set plan.name=crossed --set plan.order=shuffled --set plan.repeats=3 \
	--set traffic.rate=2kpps,6kpps --set traffic.frames=0 --set traffic.duration=500ms \
	--set rx.ring=128,512,2048 --set rx.pause=100ms
cp results/crossed-*/ranking.json results/crossed.json
taken() {
	both_are vfio-pci
}
killed killed rings.ini --set rx.ring=1024
before_restore=(swap_names)
killed swapped rings.ini --set rx.ring=1024
JOB

trials_of rings
check_measured "rings" 4
empty "rings: every ledger balances" "$(identity_faults "$RUN")"
# the ring is the one that the port made of what was asked for (128 is its smallest); one of its
# descriptors stays empty
is "rings: a full ring has room for all its descriptors but one" \
	"$(jq -c '[.received.unique, .offered.accepted]' "$RUN")" \
	"$(jq -c "[.sides.rx.settings.effective.ring - 1, $BURST]" "$RUN")"
is "rings: all that is lost was the ring's, one row" \
	"$(jq -c '[.ledger[] | [.place, .state, .frames]]' "$RUN")" \
	"$(jq -c "[[\"RX descriptor ring\", \"BOOKED\", $BURST - .received.unique]]" "$RUN")"
is "rings: by imissed" "$(jq -c '.ledger[].evidence[].counter' "$RUN" | sort -u)" '"rx:dpdk.imissed"'
jq -r '"#: ring \(.point["rx.ring"]) (\(.sides.rx.settings.effective.ring) made): \(.received.unique
	) received, \(.ledger[0].evidence[0].delta) imissed, remainder \(.remainder)"' "$RUN"

trials_of crossed
check_measured "ring x rate" 18
empty "ring x rate: every ledger balances" "$(identity_faults "$RUN")"
is "ring x rate: the ring matters most, then the rate, and the largest ring is the best" \
	"$(jq -c '[.loss_ratio.axes[] | .axis, (.values[] | select(.standing == "best") | .value)]' \
		"$SHARE/results/crossed.json")" '["rx.ring","2048","traffic.rate","2kpps"]'
is "ring x rate: smaller rings are worse, told from the noise" \
	"$(jq -c '[.loss_ratio.axes[0].values[] | select(.value != "2048") | .low > 0]' \
		"$SHARE/results/crossed.json")" "[true,true]"
is "ring x rate: points in their order" "$(jq -c '[.loss_ratio.points[].point | .["rx.ring"] + " " +
	.["traffic.rate"]] | .[-3:]' "$SHARE/results/crossed.json")" \
	'["512 6kpps","128 2kpps","128 6kpps"]'
is "ring x rate: one depends on the other" \
	"$(jq '.loss_ratio.interactions | length' "$SHARE/results/crossed.json")" 1
jq -r '.loss_ratio | "#: ring x rate: variation " + ([.axes[] | "\(.axis) \(.share * 100 | round) %"] | join(", ")),
	(.points[] | "#:   ring \(.point["rx.ring"]), \(.point["traffic.rate"]): \(.mean * 10000 | round / 100) % (" +
	"\(.low * 10000 | round / 100) to \(.high * 10000 | round / 100))")' "$SHARE/results/crossed.json"

trials_of fresh
check_measured "ports that were never up" 2
empty "ports that were never up: every ledger balances" "$(identity_faults "$RUN")"
is "ports that were never up: given back" "$(cat "$SHARE/results/fresh-restore")" "nothing to restore"

trials_of native
check_measured "native" 1
empty "native: the ledger balances" "$(identity_faults "$RUN")"
is "native: nothing is lost" "$(jq .loss.frames "$RUN")" 0

trials_of flood
check_measured "flood" 1
empty "flood: the ledger balances" "$(identity_faults "$RUN")"
jq -r '"#: flood for 1 s: \(.offered.accepted) sent, \(.received.unique) received, \(
	.ledger[0].evidence[0].delta // 0) imissed, remainder \(.remainder)"' "$RUN"
same_ports "after runs that had them bound to vfio-pci, and an XDP program on one" after
same_ports "after kill -9 of such a run, and restore" killed
same_ports "after kill -9, both back by hand with each other's names, and restore" swapped
check_host
