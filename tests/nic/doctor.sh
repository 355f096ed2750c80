#!/bin/bash
# model: igb
# needs: guest
# ringloss doctor at a card's driver: what it says is what ethtool and sysfs say, its commands typed
# as they stand make it content, and a port that vfio has is told as such.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

in_guest "the job" <<'JOB'
settle_ports
look() {
	ringloss doctor eth0 --json >results/$1.json || echo "exit code $?" >results/$1.code
	for what in -i -g -l -a -c -k -x; do
		ethtool $what eth0 || true
	done >results/$1.ethtool 2>&1
	ringloss doctor eth0 >results/$1.text
}
look before
cd /sys/bus/pci/devices/0000:01:00.0
grep . current_link_speed current_link_width max_link_speed max_link_width >/share/results/pci
basename "$(readlink iommu_group)" >/share/results/group
cd /share
grep -c processor /proc/cpuinfo >results/cpus
sed -n 's/^ *do:  \(ethtool .*\)/\1/p' results/before.text >results/remedies
while read -r remedy; do
	sh -c "$remedy"
	wait_for_link # new rings take it down, and igb negotiates RX pause anew when it comes up
done <results/remedies
look after
modprobe vfio-pci 2>/dev/null || true
echo vfio-pci >/sys/bus/pci/devices/0000:02:00.0/driver_override
echo 0000:02:00.0 >/sys/bus/pci/devices/0000:02:00.0/driver/unbind
echo 0000:02:00.0 >/sys/bus/pci/drivers_probe
ringloss doctor pci:0000:02:00.0 --json >results/vfio.json
JOB

# found FILE CHECK FILTER
found() {
	jq -r --arg check "$2" ".[] | select(.check == \$check) | $3" "$SHARE/results/$1.json"
}

# said FILE NAME: a value that ethtool printed; the Nth of that name
said() {
	sed -n "s/^$2:[[:space:]]*//p" "$SHARE/results/$1.ethtool" | sed -n "${3:-1}p"
}

is "no check says FAIL" "$(cat "$SHARE"/results/*.code 2>/dev/null)" ""
is "nothing of the device is unknown" \
	"$(jq -r '.[] | select(.device and .state == "UNKNOWN") | .check' "$SHARE/results/before.json")" ""
is "driver and firmware" "$(found before driver .fact)" \
	"$(said before driver), firmware $(said before firmware-version)"
is "rings" "$(found before rings '.state + " " + .fact')" \
	"WARN RX $(said before RX 2) of $(said before RX 1), TX $(said before TX 2) of $(said before TX 1)"
is "channels" "$(found before channels .fact)" "$(said before Combined 2) RX queues of $(
	said before Combined 1), $(cat "$SHARE/results/cpus") CPUs"
is "pause" "$(found before pause '.state + " " + .fact')" "WARN RX on, TX on, negotiated yes"
is "pause: as ethtool has it" "$(said before Autonegotiate) $(said before RX 5) $(said before TX 5)" "on on on"
is "coalescing" "$(found before coalescing '.state + " " + .fact')" \
	"WARN rx-usecs $(said before rx-usecs): no time with this driver, it adapts"
has "merging" "$(found before merging '.state + " " + .fact')" '^OK lro off, .*gro on$'
has "rss" "$(found before rss '.state + " " + .fact')" '^OK 128 entries over '
has "pcie" "$(found before pcie .fact)" "^$(sed -n 's/^current_link_speed:\(.*\) PCIe/\1/p' "$SHARE/results/pci") x$(
	sed -n 's/^current_link_width://p' "$SHARE/results/pci") of $(
	sed -n 's/^max_link_speed:\(.*\) PCIe/\1/p' "$SHARE/results/pci") x$(
	sed -n 's/^max_link_width://p' "$SHARE/results/pci");"
has "iommu-group" "$(found before iommu-group .fact)" "^group $(cat "$SHARE/results/group"), domain "
is "link" "$(found before link .fact)" "up, 1000 Mb/s, full duplex, MTU 1500"
is "commands: one a warning" "$(wc -l <"$SHARE/results/remedies")" 3
is "commands: they end what was warned of" \
	"$(for check in rings pause coalescing; do found after "$check" .state; done | xargs)" "OK OK OK"
is "commands: ethtool has what they asked for" \
	"$(said after RX 2) $(said after RX 5) $(said after TX 5) $(said after rx-usecs)" "4096 off off 50"
is "a port that vfio has" "$(found vfio driver '.state + " " + .fact')" \
	"OK vfio-pci: for endpoint dpdk alone, no interface"
is "a port that vfio has: its link is not asked" "$(found vfio link .state)" "N/A"
has "a port that vfio has: its bus is" "$(found vfio pcie .state)" '^(OK|WARN)$'
check_host
