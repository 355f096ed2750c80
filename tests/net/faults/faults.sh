# shellcheck shell=bash disable=SC2016,SC2034,SC2154
# How a host is made to lose packets between the ends of own_pair, the way operators meet it, for
# diagnose.sh: loads, what is set up, and what other tools count meanwhile. faults/rows says what is
# done where. To be sourced.

FAULT=$BUILD/tests/net/tcp_fault
DROP=$BUILD/tests/net/drop.bpf.o
SERVER=198.18.0.2    # of the receiving end
CLIENTS=198.18.128.1 # of peers made by hand: nobody has this address
loads=()
stops=() # commands that put back, of the rows begun

# ---- loads: bounded in time, and ended by fault_stop ----

# A load that has begun says so; one that ended at once has said why.
load_ready() {
	grep -qE "^($2)" "$TMP/load.$1" || ! [ -e "/proc/$1" ]
}

# started_load PID [WORD]: wait until its output begins a line with WORD
started_load() {
	loads+=("$1")
	started+=("$1")
	wait_for 5 load_ready "$1" "${2:-ready}"
	grep -qE "^(${2:-ready})" "$TMP/load.$1"
}

# tcp SIDE [OPTIONS] MODE ADDR:PORT
tcp() {
	local ns word=ready

	ns=$(side_netns "$1")
	shift
	[[ " $* " == *" lock "* ]] && word=listening
	(exec "$FAULT" --netns "/run/netns/$ns" --seconds 20 "$@" >"$TMP/load.$BASHPID" 2>&1) &
	started_load $! $word
}

# blast RATE ADDR:PORT: datagrams from the sending end, for 20 s at most
blast() {
	(exec "$BLAST" --netns "/run/netns/$PAIR_TX" --rate "$1" "$2" $(($1 * 20)) >"$TMP/load.$BASHPID" 2>&1) &
	loads+=($!)
	started+=($!)
}

# A UDP server that looks after its socket every 20 ms only. reader PORT [SO_RCVBUF [ADDRESS]]
READER='
import socket, sys, time
address = sys.argv[3] if len(sys.argv) > 3 else "198.18.0.2"
s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
if len(sys.argv) > 2:
    s.setsockopt(socket.SOL_SOCKET, 33, int(sys.argv[2]))  # SO_RCVBUFFORCE
s.bind((address, int(sys.argv[1])))
s.setblocking(False)
print("ready", flush=True)
end = time.monotonic() + 20
while time.monotonic() < end:
    try:
        while True:
            s.recv(2048)
    except BlockingIOError:
        time.sleep(0.02)
'
reader() {
	(exec nsenter --net="/run/netns/$PAIR_RX" /usr/bin/python3 -c "$READER" "$@" >"$TMP/load.$BASHPID" 2>&1) &
	started_load $!
	READER_PID=$!
}

end_load() {
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

# paced SIDE RATE CODE: calls one() of this Python code, for 20 s; errors are what the sender is told
PACED='
import socket, sys, time
from socket import *
exec(sys.argv[2])
begin, n = time.monotonic(), 0
print("ready", flush=True)
while time.monotonic() - begin < 20:
    try:
        one()
    except OSError:
        pass
    n += 1
    while (time.monotonic() - begin) * int(sys.argv[1]) < n:
        time.sleep(0.0005)
'
paced() {
	local side=$1

	shift
	(exec nsenter --net="/run/netns/$(side_netns "$side")" /usr/bin/python3 -c "$PACED" "$@" \
		>"$TMP/load.$BASHPID" 2>&1) &
	started_load $!
}

# Datagrams of SIZE to ADDR:PORT that must not be cut, whatever is told of the way: whole ADDR PORT SIZE
whole() {
	paced tx 1000 "s = socket(AF_INET, SOCK_DGRAM); s.setsockopt(0, 10, 3)  # IP_PMTUDISC_PROBE
one = lambda: s.sendto(bytes($3), ('$1', $2))"
}

# Frames of an EtherType of nobody's.
strange_frames() {
	paced tx 1000 'f = bytes.fromhex("02000000000202000000000188b5") + bytes(50)
s = socket(AF_PACKET, SOCK_RAW); s.bind(("pk-tx0", 0)); one = lambda: s.send(f)'
}

# Packets of an IP protocol of nobody's.
strange_packets() {
	paced tx 1000 's, s6 = socket(AF_INET, SOCK_RAW, 253), socket(AF_INET6, SOCK_RAW, 253)
def one(): s.sendto(bytes(50), ("198.18.0.2", 0)); s6.sendto(bytes(50), ("2001:2::2", 0))'
}

# A sender that does not wait, with a send buffer of 4,608 bytes: small_buffer PORT
small_buffer() {
	paced tx 1000 "s = socket(AF_INET, SOCK_DGRAM); s.setsockopt(SOL_SOCKET, SO_SNDBUF, 2304); s.setblocking(False)
s.connect(('198.18.0.2', $1)); one = lambda: s.send(bytes(1000))"
}

# 64 frames in one call, cut before the device: segments PORT
segments() {
	paced tx 100 "s = socket(AF_INET, SOCK_DGRAM); s.setsockopt(17, 103, 100)  # UDP_SEGMENT
s.connect(('198.18.0.2', $1)); one = lambda: s.send(bytes(6000))"
}

# A tap whose program does not read until it is told to by a signal.
TAP='
import fcntl, os, signal, struct
signal.signal(signal.SIGUSR1, lambda *_: None)
tap = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tap, 0x400454CA, struct.pack("16sH22x", b"pk-tap", 0x1002))  # TUNSETIFF, IFF_TAP | IFF_NO_PI
print("ready", flush=True)
signal.pause()
while True:
    os.read(tap, 2048)
'
tap() {
	(exec nsenter --net="/run/netns/$PAIR_TX" /usr/bin/python3 -c "$TAP" >"$TMP/load.$BASHPID" 2>&1) &
	started_load $! || return
	TAP_PID=$!
	ip -n "$PAIR_TX" link set pk-tap txqueuelen 30 arp off multicast off up
	ip -n "$PAIR_TX" route add 198.19.0.0/16 dev pk-tap
}

tap_dropped() {
	inside tx ip -j -s link show dev pk-tap 2>/dev/null | jq -n 'input[0].stats64.tx.dropped // 0' 2>/dev/null || echo 0
}

# A program that takes frames by AF_XDP, with a ring of 64, and stands still: stalled_xsk RATE
stalled_xsk() {
	"$RINGLOSS" run "$PLAIN" --out "$TMP/r" "${PAIR[@]}" --set tx.endpoint=udp --set rx.ring=64 \
		--set rx.fill_ring=4096 --set rx.pause=60s --set traffic.rate="$1" --set traffic.duration=15s \
		>"$TMP/xsk.out" 2>"$TMP/xsk.err" &
	loads+=($!)
	started+=($!)
}

# Frames that a redirect by XDP at the receiving end had no place for.
redirects_failed() {
	inside rx ethtool -S pk-rx0 | awk '/_drops:/ && !/xdp_drops/ {sum += $2} END {print sum + 0}'
}

# A server of TCP that takes segments of its own segment alone (GTSM), and clients of further away: gtsm PORT
gtsm() {
	paced rx 100 "s = socket(); s.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1); s.setsockopt(0, 21, 255)  # IP_MINTTL
s.bind(('198.18.0.2', $1)); s.listen(64); s.settimeout(0.1); one = lambda: s.accept()"
	paced tx 500 "held = []
def one():
    s = socket(); s.setblocking(False); held.append(s); held[:-200] = []
    s.connect(('198.18.0.2', $1))"
}

# Somebody's socket that holds more than each CPU may in reserve before the kernel looks at udp_mem.
hold_udp_memory() {
	(exec nsenter --net="/run/netns/$PAIR_RX" /usr/bin/python3 -c "
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)
s.bind(('198.18.0.2', 14))
print('ready', flush=True)
time.sleep(20)
" >"$TMP/load.$BASHPID" 2>&1) &
	started_load $! && "$BLAST" --netns "/run/netns/$PAIR_TX" 198.18.0.2:14 3000
}

# ---- before and after ----

# What every fault may count on, and none changes: a way back to peers that are nobody. Their answers
# end at the sending end.
faults_prepare() {
	ip -n "$PAIR_RX" route add 198.18.128.0/17 via 198.18.0.1
	ip -n "$PAIR_TX" route add blackhole 198.18.128.0/17
}

# End the loads, and put back what the rows begun changed.
fault_stop() {
	local pid stop

	for pid in "${loads[@]}"; do
		end_load "$pid"
	done
	loads=()
	for stop in "${stops[@]}"; do
		eval "$stop"
	done
	stops=()
	# connections to peers that are gone would be retried for minutes
	inside rx ss -K
	inside tx ss -K
	inside rx nft flush ruleset
	inside tx nft flush ruleset
	sysctls_back
}

# set_sysctl KEY VALUE: of the machine; put back by fault_stop. What is there already is somebody
# else's: to put that back would leave it for good.
declare -A sysctls
set_sysctl() {
	local old

	old=$(sysctl -n "$1" | xargs) || return
	if [ "$old" = "$2" ]; then
		echo "$1 is $2 already: somebody else has set it"
		return 1
	fi
	[ -n "${sysctls[$1]:-}" ] || sysctls[$1]=$old
	sysctl -qw "$1=$2"
}

sysctls_back() {
	local key

	for key in "${!sysctls[@]}"; do
		sysctl -qw "$key=${sysctls[$key]}" && unset "sysctls[$key]"
	done
}
at_exit sysctls_back

# ---- what other tools count ----

# mib tx|rx NAME, as nstat has it
mib() {
	inside "$1" nstat -asz --json | jq ".kernel[\"$2\"] // 0"
}

# Both families together: mibs tx|rx NAME NAME
mibs() {
	inside "$1" nstat -asz --json | jq ".kernel | (.[\"$2\"] // 0) + (.[\"$3\"] // 0)"
}

# link tx|rx .stats64.rx.dropped
link() {
	ip -n "$(side_netns "$1")" -j -s -s link show dev "pk-${1}0" | jq ".[0]$2 // 0"
}

# conntrack tx|rx COLUMN of /proc/net/stat/nf_conntrack, of all CPUs
conntrack() {
	local n sum=0

	for n in $(inside "$1" awk -v name="$2" 'NR == 1 {for (i = 1; i <= NF; i++) if ($i == name) column = i
		next} {print $column}' /proc/net/stat/nf_conntrack); do
		sum=$((sum + 16#$n))
	done
	echo $sum
}

# Packets of the rule of tables "fw" that counts and drops.
rule_hits() {
	inside "$1" nft -j list table inet fw 2>/dev/null | jq '[.nftables[].rule?.expr? // [] | select(any(.[]; has("drop"))) |
		.[].counter? // empty | .packets] | add // 0'
}

# qdisc_drops tx|rx [KIND]
qdisc_drops() {
	inside "$1" tc -j -s qdisc show dev "pk-${1}0" |
		jq --arg kind "${2:-}" '[.[] | select($kind == "" or .kind == $kind) | .drops] | add // 0'
}

xdp_drops() {
	inside rx ethtool -S pk-rx0 | awk '/xdp_drops/ {sum += $2} END {print sum + 0}'
}

# Column 2 of /proc/net/softnet_stat: what backlogs had no room for, of the whole machine.
backlog_drops() {
	local n sum=0

	while read -r _ n _; do
		sum=$((sum + 16#$n))
	done </proc/net/softnet_stat
	echo $sum
}

# Packets of the counter NAME of table "fw": nft_counter SIDE NAME
nft_counter() {
	inside "$1" nft -j list counters table inet fw 2>/dev/null |
		jq --arg name "$2" '[.nftables[].counter? // empty | select(.name == $name) | .packets] | add // 0'
}

# xt_hits PROGRAM: of its rules that drop, at the receiving end
xt_hits() {
	inside rx "$1" -nvxL INPUT | awk '$3 == "DROP" {sum += $1} END {print sum + 0}'
}

# What the last of the programs in drop.bpf.c struck.
struck() {
	bpftool -j map dump id "$(bpftool -j map show | jq '[.[] | select(.name == "hits") | .id] | max')" |
		jq '[.[]? | .formatted? // empty | select(.key < 4) | .value] | add // 0'
}

xfrm_blocked() {
	inside rx awk '$1 == "XfrmInPolBlock" {print $2}' /proc/net/xfrm_stat
}

# Datagrams that the sockets of the receiving end had no room for.
socket_drops() {
	inside rx awk 'NR > 1 {sum += $NF} END {print sum + 0}' /proc/net/udp
}

# How often the receive softirq ended with work left, of the whole machine.
squeezed() {
	local n sum=0

	while read -r _ _ n _; do
		sum=$((sum + 16#$n))
	done </proc/net/softnet_stat
	echo $sum
}

# ---- what takes more than a line ----

# What comes to port 9 is changed before IP sees it: damage STATEMENT [STATEMENT OF IPV6]
damage() {
	inside rx nft -f - <<-NFT
		table netdev damage {
			chain in {
				type filter hook ingress device "pk-rx0" priority 0;
				meta protocol ip udp dport 9 $1
				${2:+meta protocol ip6 udp dport 9 $2}
			}
		}
	NFT
}

# A program at tc of the device between the ends: classify SIDE ingress|egress SECTION
classify() {
	inside "$1" tc qdisc add dev "pk-${1}0" clsact
	inside "$1" tc filter add dev "pk-${1}0" "$2" bpf da obj "$DROP" sec "$3"
}

# The receiving end is a router with one more device, and what it takes there goes nowhere.
router() {
	inside rx sysctl -qw net.ipv4.ip_forward=1
	ip -n "$PAIR_TX" route replace 198.19.0.0/16 via 198.18.0.2
}

router_off() {
	inside rx sysctl -qw net.ipv4.ip_forward=0
	ip -n "$PAIR_TX" route del 198.19.0.0/16
	inside tx ip route flush cache
}

# A veth of one end alone, whose far end nobody looks at: stub SIDE [MTU]
stub() {
	local ns

	ns=$(side_netns "$1")
	ip -n "$ns" link add pk-other mtu "${2:-1500}" type veth peer name pk-far mtu "${2:-1500}"
	ip -n "$ns" link set pk-other arp off multicast off up
	ip -n "$ns" link set pk-far arp off multicast off up
	ip -n "$ns" route add 198.19.0.0/16 dev pk-other
}

# rules SIDE HOOK RULE: a firewall with other rules before and behind it
rules() {
	inside "$1" nft -f - <<-NFT
		table inet fw {
			chain services {
				type filter hook $2 priority 0; policy accept;
				tcp dport 22 counter accept
				icmp type echo-request limit rate 5/second counter accept
				$3
				udp dport 53 counter accept
			}
		}
	NFT
}

# Connections are tracked at the receiving end from now on.
track() {
	inside rx nft -f - <<-NFT
		table inet track {
			chain input {
				type filter hook input priority 0;
				ct state new counter
			}
		}
	NFT
}

# One socket after the other, five datagrams each: flows SIDE ADDR PORT RATE
FLOWS='
import socket, sys, time
begin, n = time.monotonic(), 0
print("ready", flush=True)
while time.monotonic() - begin < 20:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect((sys.argv[1], int(sys.argv[2])))
    for _ in range(5):
        try:
            s.send(b"x" * 20)
        except OSError:
            pass
    n += 5
    while (time.monotonic() - begin) * int(sys.argv[3]) < n:
        time.sleep(0.001)
'
flows() {
	local side=$1

	shift
	(exec nsenter --net="/run/netns/$(side_netns "$side")" /usr/bin/python3 -c "$FLOWS" "$@" \
		>"$TMP/load.$BASHPID" 2>&1) &
	started_load $!
}

# Ten datagrams of 1,000 bytes at a time, or of SIZE: bursts ADDR PORT RATE [SIZE]
BURSTS='
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, 11, 1)  # IP_RECVERR
s.connect((sys.argv[1], int(sys.argv[2])))
data = bytes(int(sys.argv[4]) if len(sys.argv) > 4 else 1000)
begin, n = time.monotonic(), 0
print("ready", flush=True)
while time.monotonic() - begin < 20:
    for _ in range(10):
        try:
            s.send(data)
        except OSError:
            pass
    n += 10
    while (time.monotonic() - begin) * int(sys.argv[3]) < n:
        time.sleep(0.0005)
'
bursts() {
	(exec nsenter --net="/run/netns/$PAIR_TX" /usr/bin/python3 -c "$BURSTS" "$@" >"$TMP/load.$BASHPID" 2>&1) &
	started_load $!
}

# Sockets that hold more than each CPU may in reserve before the kernel looks at tcp_mem.
hold_tcp_memory() {
	local port

	for port in 91 92 93 94; do
		tcp rx --rcvbuf 8000000 serve $SERVER:$port || return
		tcp tx pump $SERVER:$port || return
	done
	wait_for 5 tcp_memory_above 4096
}

tcp_memory_above() {
	[ "$(awk '$1 == "TCP:" {print $NF}' /proc/net/sockstat)" -gt "$1" ]
}

# The permanent neighbours go with the flag.
neighbours() {
	ip -n "$PAIR_TX" link set pk-tx0 arp "$1"
	ip -n "$PAIR_TX" neighbour replace 198.18.0.2 nud permanent lladdr 02:00:00:00:00:02 dev pk-tx0
	ip -n "$PAIR_TX" neighbour replace 2001:2::2 nud permanent lladdr 02:00:00:00:00:02 dev pk-tx0
}

# rps MASK: of the receiving end; sysfs shows the devices of the namespace that mounted it
rps() {
	ip netns exec "$PAIR_RX" sh -c "echo $1 >/sys/class/net/pk-rx0/queues/rx-0/rps_cpus"
}
