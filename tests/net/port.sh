#!/bin/bash
# needs: root netns
# A port that a plan has moved into a namespace comes back as it was: its flags, addresses, routes,
# neighbours, sysctls and queue files, after a run, after Ctrl-C, and by restore after kill -9. Ports
# that others depend on are not taken. What binding to another driver destroys needs a NIC: tests/nic.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

HOME_NS=ringloss-home-$$ TX_NS=ringloss-ptx-$$ RX_NS=ringloss-prx-$$
at_exit "for ns in $HOME_NS $TX_NS $RX_NS; do ip netns del \$ns; done"

here() {
	ip netns exec "$HOME_NS" "$@"
}

# The two ends of a cable, with something of everything on the first.
make_ports() {
	here ip link add pa numtxqueues 1 numrxqueues 1 type veth peer name pb
	here ip link set pa mtu 1400 txqueuelen 77 alias "a port" promisc on up
	here ip link set pb up
	here ip addr add 198.18.7.1/24 dev pa
	here ip addr add 198.18.7.3/24 dev pa valid_lft 5000 preferred_lft 4000
	here ip addr add 198.18.7.2/24 dev pb
	here ip addr add 2001:2:0:7::1/64 dev pa nodad
	here ip addr add 2001:2:0:7::2/64 dev pb nodad
	here ip route add 198.19.0.0/16 via 198.18.7.9 dev pa metric 77 mtu 1300
	here ip route add 198.19.7.0/24 dev pa table 77
	here ip route add local 198.19.200.0/24 dev pa table local
	here ip route add 2001:2:0:99::/64 via 2001:2:0:7::9 dev pa
	here ip neigh add 198.18.7.9 lladdr 02:00:00:00:00:09 dev pa nud permanent
	here sysctl -qw net.ipv4.conf.pa.rp_filter=2 net.ipv6.conf.pa.hop_limit=33 \
		net.ipv4.neigh.pa.gc_stale_time=61
	here ethtool -K pa gro on >/dev/null
	here sh -c 'echo 1 >/sys/class/net/pa/threaded; echo 3 >/sys/class/net/pa/queues/rx-0/rps_cpus'
}

settled() {
	! here ip -6 addr show tentative | grep -q inet6
}

# All that `ip`, sysctl and sysfs tell of both, without what changes by itself.
look() {
	local port

	wait_for 10 settled
	for port in pa pb; do
		here ip -d link show "$port"
		here ip addr show "$port"
	done | sed 's/ [0-9]*sec/ SEC/g'
	here ip route show table all | sort
	here ip -6 route show table all | sort
	here ip neigh show nud permanent
	here ethtool -k pa
	here grep -rs . /proc/sys/net/ipv{4,6}/{conf,neigh}/p{a,b} /sys/class/net/pa/threaded \
		/sys/class/net/p{a,b}/queues --include='*' | grep -vE 'stall_|retrans|inflight'
}

plan() {
	cat <<-PLAN
		[plan]
		name = port
		[traffic]
		rate = 10kpps
		duration = 200ms
		flows = 16
		unsent_max = 100%
		[tx]
		endpoint = udp
		device = net:pa
		netns = $TX_NS
		cpus = 0
		[rx]
		endpoint = udp
		device = net:pb
		netns = $RX_NS
		cpus = 1
		idle = poll
	PLAN
}

# start, in the namespace that the ports live in
start_here() {
	: >"$TMP/out"
	: >"$TMP/err"
	setsid env --default-signal=INT,QUIT nsenter --net="/run/netns/$HOME_NS" \
		"$RINGLOSS" run "$TMP/plan.ini" --out "$TMP/r" --json "$@" >"$TMP/out" 2>"$TMP/err" &
	RUN_PID=$!
	started+=("$RUN_PID")
}

as_before() {
	local faults

	look >"$TMP/after"
	faults=$(diff "$TMP/before" "$TMP/after")
	empty "$1: the ports are as before" "$faults"
	empty "$1: no namespace is left" "$(cd /run/netns && compgen -G "ringloss-p[tr]x-$$")"
}

both_moved() {
	nsenter --net="/run/netns/$RX_NS" ip link show pb up 2>/dev/null | grep -q LOWER_UP &&
		nsenter --net="/run/netns/$TX_NS" ip link show pa up 2>/dev/null | grep -q LOWER_UP
}

host_remember
ip netns add "$HOME_NS"
here ip link set lo up
make_ports
plan >"$TMP/plan.ini"
look >"$TMP/before"

# ---- a run ----
for set in "" "--set traffic.family=ipv6 --set traffic.frame=128" \
	"--set tx.endpoint=packet --set rx.endpoint=packet"; do
	# shellcheck disable=SC2086
	start_here $set
	finish
	is "moved ports ($set): exit code" "$RUN_CODE" 0
	[ "$RUN_CODE" = 0 ] || not_ok "what it says" "$(cat "$TMP/err")"
	is "moved ports ($set): nothing is lost" "$(jq -c '[.loss.frames, .remainder]' "$TMP/out")" '[0,0]'
	as_before "after a run ($set)"
done
is "its own address is used" "$(jq -r '.sides.tx.device.ip' "$TMP/out")" 198.18.7.1

# ---- an interface of that name in the namespace is the one that is meant ----
ip netns add "$TX_NS"
ip -n "$TX_NS" link add pa type veth peer name other
ip -n "$TX_NS" link set pa up
ip -n "$TX_NS" link set other up
ip -n "$TX_NS" addr add 198.18.66.1/24 dev pa
start_here --set rx.netns="$TX_NS" --set rx.device=net:other --set tx.endpoint=packet \
	--set rx.endpoint=packet
finish
is "of two of that name: exit code" "$RUN_CODE" 0
is "of two of that name: the namespace's own" "$(jq -r '.sides.tx.device.ip' "$TMP/out")" 198.18.66.1
ip netns del "$TX_NS"
as_before "of two of that name"

# ---- ended early ----
for how in INT KILL; do
	for whom in run agent; do
		[ "$how $whom" = "INT agent" ] && continue
		start_here --set traffic.duration=20s
		wait_for 20 both_moved || not_ok "$how, $whom: the ports move" "$(cat "$TMP/err")"
		pid=$RUN_PID
		[ "$whom" = agent ] && pid=$(children "$RUN_PID" | cut -d' ' -f1)
		kill -"$how" "$pid"
		[ "$whom" = agent ] && kill -INT "$RUN_PID"
		finish
		wait_for 10 no_ringloss
		"$RINGLOSS" restore >"$TMP/out" 2>&1
		is "$how, $whom: restore's exit code" "$?" 0
		as_before "$how, $whom"
	done
done

# all of it at once, so that nobody can give anything back
start_here --set traffic.duration=20s
wait_for 20 both_moved || not_ok "the ports move" "$(cat "$TMP/err")"
# shellcheck disable=SC2046
kill -KILL $(children "$RUN_PID") "$RUN_PID"
finish
wait_for 10 no_ringloss
"$RINGLOSS" restore --dry-run >"$TMP/out" 2>&1
is "dry-run tells both" "$(grep -c '^would undo: port.netns' "$TMP/out")" 2
"$RINGLOSS" restore >"$TMP/out" 2>&1
is "all killed: restore's exit code" "$?" 0
is "all killed: restore tells both" "$(grep -c '^undone: port.netns' "$TMP/out")" 2
as_before "all killed"

# the agents give back by themselves then; restore waits for them
start_here --set traffic.duration=20s
wait_for 20 both_moved || not_ok "the ports move" "$(cat "$TMP/err")"
kill -KILL "$RUN_PID"
"$RINGLOSS" restore >"$TMP/out" 2>&1
is "controller killed: restore's exit code" "$?" 0
as_before "controller killed, and restore at once"
finish

# ---- not taken ----
# refused WHAT REGEX SET-UP UNDO
refused() {
	eval "here $3"
	look >"$TMP/before"
	start_here
	finish
	is "$1: exit code" "$RUN_CODE" 78
	has "$1: the remedy" "$(cat "$TMP/err")" "$2"
	as_before "$1"
	eval "here $4"
}
refused "default route" "pa is not taken: it carries a default route" \
	"ip route add default via 198.18.7.9 dev pa" "ip route del default"
refused "VLAN's like" "other interfaces.*stand upon it" \
	"ip link add link pa name pm type macvlan" "ip link del pm"
ip netns add "$TX_NS-far"
at_exit "ip netns del $TX_NS-far"
refused "a macvlan in another namespace" "in another namespace stand upon it" \
	"ip link add link pa name pm type macvlan; here ip link set pm netns $TX_NS-far" \
	"true; ip -n $TX_NS-far link del pm"
ip netns del "$TX_NS-far"
refused "a qdisc" "tc qdisc del dev pa root" \
	"tc qdisc add dev pa root pfifo" "tc qdisc del dev pa root"
refused "a next hop object" "ip nexthop flush dev pa" \
	"ip nexthop add id 5 via 198.18.7.9 dev pa" "ip nexthop del id 5"
refused "a route with several next hops" "several next hops" \
	"ip route add 198.19.5.0/24 nexthop via 198.18.7.8 dev pa nexthop via 198.18.7.9 dev pa" \
	"ip route del 198.19.5.0/24"
here ip link add pbr type bridge
refused "a bridge's port" "ip link set pb nomaster" \
	"ip link set pb master pbr" "ip link set pb nomaster"
here ip link del pbr
ip netns exec "$HOME_NS" python3 -c '
import signal, socket
server = socket.create_server(("198.18.7.1", 4000))
client = socket.create_connection(("198.18.7.1", 4000))
signal.pause()' &
talker=$!
started+=("$talker")
connected() { here ss -Htn state established | grep -q 198.18.7.1; }
wait_for 10 connected
refused "TCP connections" "TCP connections use its address" true true
kill "$talker"
look >"$TMP/before"

start_here --set tx.nic.driver=vfio-pci
finish
has "no PCI device: the remedy" "$(cat "$TMP/err")" 'no PCI device.*nic.driver = keep'
start_here --set tx.netns=nonesuch
finish
has "no such namespace: the remedy" "$(cat "$TMP/err")" 'no namespace nonesuch: .ip netns list'
as_before "bad input"

# a mount namespace that ends with the run hides the namespace, which would end, too
here "$RINGLOSS" run "$TMP/plan.ini" --out "$TMP/r" >"$TMP/out" 2>"$TMP/err"
is "by ip netns exec: exit code" "$?" 78
has "by ip netns exec: the remedy" "$(cat "$TMP/err")" 'nsenter --net='
as_before "by ip netns exec"

# ---- ports without addresses get those of the benchmark's networks for the run ----
for port in pa pb; do
	here ip link set $port addrgenmode none # or the kernel adds one whenever the link comes up
	here ip addr flush dev $port
done
here ip route del 2001:2:0:99::/64
look >"$TMP/before"
for set in "" "--set traffic.family=ipv6 --set traffic.frame=128"; do
	# shellcheck disable=SC2086
	start_here $set
	finish
	is "no addresses ($set): exit code" "$RUN_CODE" 0
	is "no addresses ($set): those used" \
		"$(jq -c '[.sides[].device | .ip, .ip6] | sort' "$TMP/out")" \
		'["198.18.0.1","198.18.0.2","2001:2::1","2001:2::2"]'
	as_before "no addresses ($set)"
done

# ---- what its user has renamed in there is not lost with the namespace ----
start_here --set traffic.duration=20s
wait_for 20 both_moved || not_ok "the ports move" "$(cat "$TMP/err")"
# shellcheck disable=SC2046
kill -KILL $(children "$RUN_PID") "$RUN_PID"
finish
wait_for 10 no_ringloss
ip -n "$TX_NS" link set pa down
ip -n "$TX_NS" link set pa name mine
"$RINGLOSS" restore >"$TMP/out" 2>&1
is "a renamed port: restore's exit code" "$?" 69
has "a renamed port: the remedy" "$(cat "$TMP/out")" "interface mine is in it.*move it out"
ip -n "$TX_NS" link set mine name pa
"$RINGLOSS" restore >"$TMP/out" 2>&1
is "a renamed port, named as before: restore's exit code" "$?" 0
as_before "a renamed port, named as before"

# ---- a stranger of that name is none of ours ----
start_here --set traffic.duration=20s
wait_for 20 both_moved || not_ok "the ports move" "$(cat "$TMP/err")"
# shellcheck disable=SC2046
kill -KILL $(children "$RUN_PID") "$RUN_PID"
finish
wait_for 10 no_ringloss
ip netns del "$TX_NS"
no_pb() { ! ip -n "$RX_NS" link show pb >/dev/null 2>&1; }
wait_for 10 no_pb
here ip link add pa type veth peer name pz
here ip -d link show pa >"$TMP/before"
"$RINGLOSS" restore >"$TMP/out" 2>&1
is "a stranger of that name: as it was" "$(here ip -d link show pa)" "$(cat "$TMP/before")"
is "a stranger of that name: no address" "$(here ip -o addr show pa)" ""
rm -f "$RINGLOSS_STATE_DIR"/journal/*

ip netns del "$HOME_NS"
check_host "afterwards"
