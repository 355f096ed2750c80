# shellcheck shell=bash
# What the cases MODEL-table.sh do in the guest, behind job.sh: looks at a port, then runs of the plan
# table.ini. Nothing here knows a model: what one does not have is refused, and that is its fact.
: "${rings:?ring sizes}" "${burst:?frames}" "${sender:?endpoint}"

# try PLAN --set plan.name=NAME ...: a run of which nothing could be measured leaves no trials; why is a fact, too
try() {
	measure "$@" >results/said 2>&1 ||
		sed -n 's/^ringloss: error: nothing could be measured: //p' results/said >"results/${3#*=}.refused"
	cat results/said
}

settle_ports
uname -r >results/kernel
for what in i g l x S; do
	ethtool -$what eth1 >results/port.$what 2>&1 || true
done
{
	if [ -e "$(device_of eth1)/msi_irqs" ]; then
		echo "$(irqs_of eth1 | wc -l) $(head -qn 1 "$(device_of eth1)"/msi_irqs/* | sort -u)"
	else
		echo "1 INTx"
	fi
} >results/irq
{
	# lines of eight entries; the key has no blank behind its colons
	entries=$(sed -nE 's/^ *[0-9]+:[ \t]+//p' results/port.x | wc -w)
	if [ "$entries" -gt 0 ]; then
		echo "$entries entries, $(sed -n 's/^ *\([a-z0-9]*\): on$/\1/p' results/port.x | xargs)"
	else
		echo "none"
	fi
} >results/rss
look_at_ports before

try table.ini --set plan.name=steady --set rx.endpoint=udp,packet,af_xdp,xdp \
	--set rx.xdp_mode=generic,native --set rx.rcvbuf=8M
try table.ini --set plan.name=steady --set tx.endpoint=packet --set rx.endpoint=dpdk
# a sink that reads only when all was sent
stall=(--set rx.pause=30s --set traffic.rate=10kpps --set traffic.frames=4000 --set traffic.duration=5s)
try table.ini --set plan.name=stalled "${stall[@]}" --set rx.endpoint=udp
try table.ini --set plan.name=stalled "${stall[@]}" --set rx.ring=1024 --set rx.endpoint=packet,af_xdp --set rx.xdp_mode=generic,native
try table.ini --set plan.name=stalled "${stall[@]}" --set rx.ring=1024 --set rx.endpoint=dpdk
try table.ini --set plan.name=drivers --set tx.endpoint=dpdk --set rx.endpoint=dpdk \
	--set rx.nic.driver=vfio-pci,uio_pci_generic
try table.ini --set plan.name=dpdk-rings --set tx.endpoint=dpdk --set rx.endpoint=dpdk \
	--set rx.ring="$rings" --set rx.pause=30s --set traffic.rate=max --set traffic.frames="$burst" \
	--set traffic.duration=3s
try table.ini --set plan.name=dpdk-queues --set tx.endpoint=dpdk --set rx.endpoint=dpdk \
	--set rx.queues=1,2 --set traffic.flows=256
# by DPDK where the NIC has it, which is faster than any driver of the kernel here, so that rings do get full
try table.ini --set plan.name=kernel-rings --set tx.endpoint="$sender" --set rx.nic.rx_ring="$rings" --set rx.endpoint=packet \
	--set rx.ring=32768 --set traffic.rate=max --set traffic.frames="$burst" --set traffic.duration=5s
try table.ini --set plan.name=irq --set rx.irq.affinity=one:0,one:2 --set rx.rcvbuf=8M --set traffic.rate=3kpps
look_at_ports after

# Packets of each receive queue so far, by the driver's own names: "N packets". Where it has none (virtio_net), the
# interrupts of each.
queue_packets() {
	ethtool -S eth1 2>/dev/null | sed -nE 's/^ *rx(_queue_|)([0-9]+)_packets: /\2 /p'
	ethtool -S eth1 2>/dev/null | awk '/Rx Queue#:/ {q = $3} /ucast pkts rx:/ {print q, $4}'
	awk '/-input\.[0-9]+$/ {
		name = $NF; sub(/.*\./, "", name); sum = 0
		for (i = 2; $i ~ /^[0-9]+$/; i++) sum += $i
		if ($NF ~ port) print name, sum }' port="^$(basename "$(readlink /sys/class/net/eth1/device)")-" /proc/interrupts
}
for n in 1 2 3; do
	if ! ethtool -L eth1 combined $n 2>results/refused && ! ethtool -L eth1 rx $n 2>>results/refused; then
		[ "$(ethtool -l eth1 2>/dev/null | sed '1,/Current/d' | grep -cE "^(RX|Combined):.*[^0-9]$n\$")" = 1 ] || {
			echo "$n refused"
			continue
		}
	fi
	ethtool -N eth1 rx-flow-hash udp4 sdfn 2>/dev/null || true
	wait_for_link
	queue_packets >results/queues0
	try table.ini --set plan.name=channels$n --set tx.netns= --set rx.netns= --set rx.endpoint=packet \
		--set rx.ring=32768 --set traffic.flows=256 >&2
	queue_packets >results/queues1
	echo "$n: flows in $(paste -d ' ' results/queues0 results/queues1 | awk '$4 - $2 > 20 {print $1}' | paste -sd +)"
done >results/channels
grep -q : results/channels || echo "one, cannot be set" >results/channels
