#!/bin/bash
# model: rtl8139
# needs: guest
# when: all
# A NIC that the program has no word about: what its driver tells is taken, what it does not tell is
# located, and what it cannot is refused, by the name of what was asked for.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

cat >"$SHARE/unknown.ini" <<'PLAN'
[plan]
order = listed
[traffic]
rate = 2kpps
duration = 300ms
flows = 16
unsent_max = 100%
[tx]
endpoint = udp, packet
device = net:eth0
netns = ringloss-a
nic.driver = auto
cpus = 1
[rx]
endpoint = udp, packet, af_xdp, xdp
device = net:eth1
netns = ringloss-b
nic.driver = auto
cpus = 2
rcvbuf = 8M
xdp_mode = generic
PLAN

in_guest "the job" <<'JOB'
settle_ports
mark_port
for what in i g l x S; do
	ethtool -$what eth1 >results/port.$what 2>&1 || true
done
look_at_ports before
ringloss diagnose --netns all --seconds 1 --json >results/fresh.json || true
measure unknown.ini --set plan.name=slow
# more at once than the ring has room for
measure unknown.ini --set plan.name=burst --set traffic.rate=max --set traffic.frames=20000 \
	--set traffic.duration=10s --set tx.endpoint=packet --set rx.endpoint=packet,af_xdp --set rx.ring=32768
for driver in vfio-pci uio_pci_generic; do
	ringloss run unknown.ini --out results --set plan.name=dpdk --set tx.endpoint=packet \
		--set rx.endpoint=dpdk --set rx.nic.driver=$driver 2>&1 || true
done >results/dpdk
one=(--out results --set plan.name=refused --set tx.endpoint=packet --set rx.endpoint=af_xdp)
for setting in nic.rx_ring=128 nic.channels=2 rss.indirection=equal:2 rss.hash_udp4=sdfn \
	coalesce.rx_usecs=10 nic.flags=any:on xdp_mode=native nic.pause=off; do
	echo "== $setting"
	ringloss run unknown.ini "${one[@]}" --set rx.$setting 2>&1 || true
done >results/refused
look_at_ports after
ringloss doctor eth1 --json >results/doctor.json || true

# Packets that the sink's port has received.
received() {
	ip -n ringloss-b -s link show eth1 2>/dev/null | awk '/RX:/ {getline; print $2}'
}

# look NAME RATE: diagnose both namespaces while traffic flows
look() {
	local first='' now

	ringloss run unknown.ini --out results --set plan.name=$1 --set tx.endpoint=packet --set rx.endpoint=packet \
		--set traffic.rate=$2 --set traffic.duration=5s --set rx.ring=32768 >results/$1.run 2>&1 &
	# its counter goes on from earlier runs, and there is none while it is not in its namespace yet
	until now=$(received || true) && : "${first:=$now}" && [ "${now:-0}" -gt $((${first:-0} + 1000)) ]; do
		kill -0 $! || break
		usleep 20000
	done
	ringloss diagnose --netns all --seconds 1 --json >results/$1.json || true
	wait $! || true
}
look overrun max
JOB

trials_of slow
check_measured "slow" 8
empty "slow: every identity but the balance holds" "$(identity_faults "$RUN" located)"

# What did not come to the driver: rows before it, and what they must add up to.
trials_of burst
check_measured "burst" 2
empty "burst: every identity but the balance holds" "$(identity_faults "$RUN" located)"
is "burst: what never came to the driver is in rows before it, to the frame" \
	"$(jq -c '[.ledger[] | select(.to == "wire" or .to == "device-rx") | .frames] | add // 0' "$RUN")" \
	"$(jq -c '.sides.rx.counters as $c | .offered.accepted -
		($c.after["dev.rx_packets"] - $c.before["dev.rx_packets"])' "$RUN")"
jq -r '"#: \(.sides.rx.settings.asked.endpoint): \(.offered.accepted) sent, \(.received.unique) received, \(
	[.ledger[] | "\(.frames) \(.place) (\(.state), \(.evidence[0].counter))"] | join(", ")), remainder \(.remainder)"' "$RUN"
is "burst: they are the ring's, by the counter that this driver does feed" \
	"$(jq -c '[.ledger[] | select(.stage == "NIC") | [.place, .state, .evidence[0].counter]]' "$RUN" | sort -u)" \
	'[["RX descriptor ring","BOOKED","rx:dev.rx_missed_errors"]]'

said=$(cat "$SHARE/results/dpdk")
is "DPDK: refused, by either driver, with the port and what may be wrong" \
	"$(grep -c 'error: nothing could be measured: rx: pci:0000:02:00.0: DPDK finds no port on it: .*of a kind that DPDK drives' <<<"$said")" 2

# refused SETTING REGEX: of a driver that has no such thing
refused() {
	has "$1: refused" "$(sed -n "/^== $1/,/^== /p" "$SHARE/results/refused" | grep error:)" "eth1.*$2"
}
refused nic.rx_ring=128 "nic.rx_ring: 128: the driver's maximum is 64"
refused nic.channels=2 'nic.channels: the driver has no such thing'
refused rss.indirection=equal:2 'rss.indirection: the driver has no such thing'
refused rss.hash_udp4=sdfn 'rss.hash_udp4: the driver has no such thing'
refused coalesce.rx_usecs=10 'coalesce.rx_usecs: the driver has no such thing'
refused nic.flags=any:on 'nic.flags: the driver has no such thing'
refused xdp_mode=native 'driver 8139cp.* refuses native XDP: .*xdp_mode = generic'
trials_of refused
is "nic.pause=off: what it has not is off, and is not told as set" \
	"$(jq -r 'select(.verdict != "skipped" and .verdict != "failed") | .sides.rx.settings.effective["nic.pause"]' "$RUN")" \
	unsupported

is "doctor: no counter of this driver is known" \
	"$(jq -r '.[] | select(.check == "loss-counters") | .state + " " + .fact' "$SHARE/results/doctor.json")" \
	"WARN no counters of driver 8139cp's own are known"
has "diagnose: before a loss, that it may not see one" "$(jq -r '.unseen[]' "$SHARE/results/fresh.json")" \
	'eth1: driver 8139cp has no counter of its own .*rtnetlink.s are 0'
is "diagnose: an overrun is the ring's" \
	"$(jq -r '.findings[] | select(.kind == "loss") | "\(.place) \(.netns) \(.device)"' "$SHARE/results/overrun.json" | head -n 1)" \
	"RX descriptor ring ringloss-b eth1"
empty "diagnose: and no longer unseen" "$(jq -r '.unseen[] | select(test("eth1.*no counter"))' "$SHARE/results/overrun.json")"
same_ports "after all" after
check_host
