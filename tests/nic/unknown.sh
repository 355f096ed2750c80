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
	coalesce.rx_usecs=10 nic.pause=off nic.flags=any:on xdp_mode=native; do
	echo "== $setting"
	ringloss run unknown.ini "${one[@]}" --set rx.$setting 2>&1 || true
done >results/refused
look_at_ports after
ringloss doctor eth1 --json >results/doctor.json || true
ringloss doctor eth1 >results/doctor.text || true
ringloss run unknown.ini --out results --set plan.name=beside --set tx.endpoint=packet --set rx.endpoint=packet \
	--set traffic.rate=max --set traffic.duration=5s --set rx.ring=32768 >/dev/null 2>&1 &
until [ "$(ip -n ringloss-b -s link show eth1 2>/dev/null | awk '/RX:/ {getline; print $2}')" -gt 500 ] 2>/dev/null; do
	kill -0 $! || break
	usleep 20000
done
ringloss diagnose --netns all --seconds 1 --json >results/diagnose.json || true
wait $! || true
JOB
# whichever word

trials_of slow
check_measured "slow" 8
empty "slow: every identity but the balance holds" "$(identity_faults "$RUN" located)"

# What did not come to the driver: rows before it, and what they must add up to.
trials_of burst
check_measured "burst" 2
empty "burst: every identity but the balance holds" "$(identity_faults "$RUN" located)"
is "burst: what never came to the driver is in rows before it, to the frame" \
	"$(jq -c '[.ledger[] | select(.to == "device-rx") | .frames] | add // 0' "$RUN")" \
	"$(jq -c '.sides.rx.counters as $c | .offered.accepted - $c.after["dev.rx_packets"] + $c.before["dev.rx_packets"] -
		([.ledger[] | select(.from != "wire" and .to != "device-rx" and .state == "BOOKED" and
		(.stage | test("TX|qdisc|sender"))) | .frames] | add // 0)' "$RUN")"
jq -r '"#: \(.sides.rx.settings.asked.endpoint): \(.offered.accepted) sent, \(.received.unique) received, \([.ledger[] | "\(
	.frames) \(.place // "missing") \(.from) to \(.to) \(.stage) \(.state) \(.evidence | tostring)"] | join("; "))"' "$RUN"
sed 's/^/#: /' "$SHARE"/results/{dpdk,refused,doctor.text} | grep -v 'trial'
check_host
