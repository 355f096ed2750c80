# shellcheck shell=bash
# The beginning of every job in the guest: its two ports, by the names of the interfaces that they
# have at first and by their PCI addresses.
set -eu
PORT0=$(basename "$(readlink /sys/class/net/eth0/device)")
PORT1=$(basename "$(readlink /sys/class/net/eth1/device)")

# bind DRIVER: both ports to it
bind() {
	local port

	for port in "$PORT0" "$PORT1"; do
		echo "$port" >"/sys/bus/pci/devices/$port/driver/unbind"
		echo "$1" >"/sys/bus/pci/devices/$port/driver_override"
		echo "$port" >/sys/bus/pci/drivers_probe
	done
}

# Until both interfaces have a link: a driver that was set anew takes seconds.
wait_for_link() {
	local ns

	for ns in a b; do
		until ip -n $ns -br link | grep -q '^eth.*LOWER_UP'; do
			usleep 20000
		done
	done
}

# eth0 into namespace a, eth1 into b, each with an address and the other's as a neighbour, silent.
apart() {
	local i ns dev

	for i in 0 1; do
		ns=a dev=eth$i
		[ $i = 0 ] || ns=b
		ip netns add $ns
		ip link set $dev netns $ns
		ip netns exec $ns sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
			net.ipv6.conf.default.disable_ipv6=1
		ip -n $ns link set $dev arp off multicast off
		ip -n $ns address add 198.18.0.$((i + 1))/24 dev $dev
		ip -n $ns link set $dev up
		ip -n $ns neighbour add 198.18.0.$((2 - i)) nud permanent \
			lladdr 52:54:00:00:00:0$((2 - i)) dev $dev
	done
	wait_for_link
}

# measure PLAN ARGUMENTS: exit codes 1 and 2 are invalid trials, which a busy machine may cause
measure() {
	local status=0

	ringloss run "$@" --out results 2>&1 || status=$?
	[ $status -le 2 ]
}
