# shellcheck shell=bash
# The beginning of every job in the guest: its two ports, eth0 and eth1, what they are given, and
# looks at them.
set -eu
mkdir -p results

# The PCI device of a port; virtio's has one of its own between.
device_of() {
	local device

	device=$(readlink -f "/sys/class/net/$1/device")
	[ -e "$device/driver_override" ] || device=$(dirname "$device")
	echo "$device"
}

# The interrupts of a port, in order.
irqs_of() {
	local device

	device=$(device_of "$1")
	if [ -e "$device/msi_irqs" ]; then
		printf '%s\n' "$device/msi_irqs"/* | sed 's|.*/||' | sort -n
	else
		cat "$device/irq"
	fi
}

# Addresses for both, the other's as a neighbour, and silence: IPv6 and ARP send nothing by themselves.
# All of it goes along when a run moves a port into a namespace.
settle_ports() {
	local i

	for i in 0 1; do
		sysctl -qw net.ipv6.conf.eth$i.disable_ipv6=1
		ip link set eth$i arp off multicast off
		ip address add 198.18.0.$((i + 1))/24 dev eth$i
		ip link set eth$i up
		ip neighbour add 198.18.0.$((2 - i)) nud permanent lladdr 52:54:00:00:00:0$((2 - i)) \
			dev eth$i
	done
	wait_for_link
}

# Until both interfaces have a link: a driver that was set anew takes seconds.
wait_for_link() {
	until [ "$(ip -br link | grep -c '^eth.*LOWER_UP')" = 2 ]; do
		usleep 20000
	done
}

# Something of everything that a port loses with its driver or namespace, on the first one.
mark_port() (
	set +e # what a model does not have it refuses
	ip link set eth0 txqueuelen 2000 alias 'a port'
	ip address add 198.18.7.1/24 dev eth0
	ip route add 198.19.0.0/16 via 198.18.7.9 dev eth0 metric 77
	sysctl -qw net.ipv4.conf.eth0.rp_filter=2 net.ipv4.neigh.eth0.gc_stale_time=61
	ethtool -K eth0 gro off
	ethtool -G eth0 rx 512
	ethtool -L eth0 combined 2
	ethtool -X eth0 equal 1
	ethtool -N eth0 rx-flow-hash udp4 sdfn
	ethtool -C eth0 rx-usecs 33
	ethtool -A eth0 rx off tx off
	echo 1 >/sys/class/net/eth0/threaded
	echo 3 >/sys/class/net/eth0/queues/rx-0/rps_cpus
	echo 2 >"/proc/irq/$(irqs_of eth0 | head -n 1)/smp_affinity"
	wait_for_link
) 2>/dev/null

# All that is told of both ports, but their numbers, which a new driver changes.
look_at_ports() {
	local port what irq

	wait_for_link
	for port in eth0 eth1; do
		{ ip -d link show $port; ip address show $port; } |
			sed 's/^[0-9]*: //; s/parentdev virtio.*//'
		for what in -g -l -c -a -k -x --show-priv-flags; do
			ethtool $what $port 2>&1 || true
		done
		ethtool -n $port rx-flow-hash udp4 2>&1 || true
		cat "$(device_of $port)/driver_override"
		for irq in $(irqs_of $port); do
			cat "/proc/irq/$irq/smp_affinity_list"
		done
	done
	ip route show table all | sort
	ip neighbour show nud permanent | sort
	grep -rs . /proc/sys/net/ipv4/*/eth? /proc/sys/net/ipv6/*/eth? /sys/class/net/eth?/threaded \
		/sys/class/net/eth?/queues | grep -vE 'stall_|retrans|inflight|byte_queue_limits/limit:'
} >"results/ports-$1"

both_are() {
	[ "$(find /sys/bus/pci/devices/*/driver -maxdepth 0 -exec readlink {} \; | grep -c "/$1\$")" = 2 ]
}

# killed NAME PLAN ARGUMENTS: kill -9 of all of a run once it has both ports, then restore
killed() {
	local name=$1 pid

	shift
	ringloss run "$@" --out results --set traffic.duration=60s >/dev/null 2>&1 &
	pid=$!
	until taken; do
		usleep 20000
	done
	# shellcheck disable=SC2046
	kill -KILL $(cat "/proc/$pid/task/$pid/children") $pid
	wait $pid || true
	"${before_restore[@]:-true}"
	ringloss restore
	look_at_ports "$name"
}

# Back to the kernel's driver by hand, the second port first: each gets the other's name.
swap_names() {
	local port

	for port in 0000:02:00.0 0000:01:00.0; do
		echo >/sys/bus/pci/devices/$port/driver_override
		echo $port >/sys/bus/pci/devices/$port/driver/unbind
		echo $port >/sys/bus/pci/drivers_probe
		until [ "$(readlink /sys/bus/pci/devices/$port/driver)" ] && [ -e /sys/bus/pci/devices/$port/net ]; do
			usleep 20000
		done
	done
}

# measure PLAN ARGUMENTS: exit codes 1 and 2 are invalid trials, which a busy machine may cause
measure() {
	local status=0

	ringloss run "$@" --out results 2>&1 || status=$?
	[ $status -le 2 ]
}
