# shellcheck shell=bash disable=SC2034,SC2016
# How frames are lost on purpose between the ends of own_pair, for matrix.sh. To be sourced. The
# frames that are struck are known by length and sequence number: of a trial with frames of 84 bytes
# one (number 1000), of 85 bytes 37, of 86 bytes 1000. Of foreign ones every fourth meets the same.

FIRST=1000
OURS=21068 # 0x524c, the stamp's magic
LENGTHS4='46 47 48'
LENGTHS6='26 27 28'
KS='1 37 1000'
HITS='' # "SIDE FAMILY" of the nft table that counts, or "map ID"
blasts=()

# ---- foreign traffic: about a tenth of ours, to our port and another ----

foreign_start() {
	local to

	blasts=()
	for to in 198.18.0.2:9 198.18.0.2:10 '[2001:2::2]:9' '[2001:2::2]:10'; do
		[ "${row[foreign]:-}" = other ] && [[ $to == *:9 ]] && continue
		"$BLAST" --netns "/run/netns/$PAIR_TX" --rate 500 "$to" 14000 >>"$TMP/blast" 2>&1 &
		blasts+=($!)
		started+=($!)
	done
}

foreign_stop() {
	local pid

	for pid in "${blasts[@]}"; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	blasts=()
}

# ---- nft ----

# Rules that strike: those of one family, each with the statement DO.
nft_rules() {
	local family=$1 do=$2 protocol=ip lengths=$LENGTHS4 i k length

	[ "$family" = 6 ] && protocol=ip6 lengths=$LENGTHS6
	read -ra k <<<"$KS"
	read -ra length <<<"$lengths"
	for i in 0 1 2; do
		printf 'meta protocol %s udp length %s @th,64,16 %s @th,128,32 %s-%s counter name "ours%s" %s\n' \
			$protocol "${length[i]}" $OURS $FIRST $((FIRST + k[i] - 1)) "$family" "$do"
	done
	[ "${row[foreign]:-}" = spared ] && return
	printf 'meta protocol %s udp dport { 9, 10 } @th,64,16 != %s numgen inc mod 4 0 counter name "foreign%s" %s\n' \
		$protocol $OURS "$family" "$do"
}

# strike SIDE FAMILY CHAIN: row[do] (or do4, do6) for what is struck at this hook
strike() {
	local side=$1 family=$2 chain=$3 name

	HITS="$side $family"
	{
		echo "table $family strike {"
		for name in ours4 ours6 foreign4 foreign6; do
			printf 'counter %s {\n}\n' $name
		done
		printf 'chain strike {\n%s\n' "$chain"
		[ -z "${row[do4]:-${row[do]:-}}" ] || nft_rules 4 "${row[do4]:-${row[do]}}"
		[ -z "${row[do6]:-${row[do]:-}}" ] || nft_rules 6 "${row[do6]:-${row[do]}}"
		printf '}\n}\n'
	} >"$TMP/strike.nft"
	inside "$side" nft -f "$TMP/strike.nft"
}

input_hook() {
	strike rx inet "type filter hook input priority 0;"
}

# Behind the receiving driver, before IP.
ingress_hook() {
	strike rx netdev 'type filter hook ingress device "pk-rx0" priority 0;'
}

# Behind IP, before qdisc and driver of the sender.
egress_hook() {
	strike tx netdev 'type filter hook egress device "pk-tx0" priority 0;'
}

# Sender's IP, and a new look at the route for what changes its mark.
route_hook() {
	strike tx inet "type route hook output priority 0;"
}

# ---- programs: tests/net/matrix/drop.bpf.c ----

DROP=$BUILD/tests/net/drop.bpf.o

# The map of the program that was attached last.
find_map() {
	HITS="map $(bpftool -j map show | jq '[.[] | select(.name == "hits") | .id] | max')"
}

# tc_strike SIDE ingress|egress SECTION
tc_strike() {
	local device=pk-rx0

	[ "$1" = tx ] && device=pk-tx0
	inside "$1" tc qdisc add dev $device clsact &&
		inside "$1" tc filter add dev $device "$2" bpf da obj "$DROP" sec "$3" ||
		return
	find_map
}

# xdp_strike xdpdrv|xdpgeneric
xdp_strike() {
	ip -n "$PAIR_RX" link set pk-rx0 "$1" obj "$DROP" sec xdp.frags || return
	find_map
}

# ---- how many were struck ----

# hits ours4|ours6|foreign4|foreign6
hits() {
	local key

	case $HITS in
	'') echo 0 ;;
	map*)
		for key in ours4 ours6 foreign4 foreign6; do
			[ $key = "$1" ] && break
		done
		case $1 in ours4) key=0 ;; ours6) key=1 ;; foreign4) key=2 ;; foreign6) key=3 ;; esac
		bpftool -j map dump id "${HITS#map }" |
			jq --argjson key $key '.[] | .formatted // . | select(.key == $key) | .value'
		;;
	*)
		inside "${HITS% *}" nft -j list counters table "${HITS#* }" strike |
			jq --arg name "$1" '.nftables[].counter? | select(.name == $name) | .packets'
		;;
	esac
}

# What other tools count: mib rx IpInHdrErrors, link rx .stats64.rx.dropped
mib() {
	inside "$1" nstat -asz --json | jq ".kernel[\"$2\"] // 0"
}

link() {
	local device=pk-rx0

	[ "$1" = tx ] && device=pk-tx0
	inside "$1" ip -j -s -s link show dev $device | jq ".[0]$2 // 0"
}

ethtool_of() {
	local device=pk-rx0

	[ "$1" = tx ] && device=pk-tx0
	inside "$1" ethtool -S $device | awk -v name="$2" -F'[: ]+' '$2 ~ name {sum += $3} END {print sum + 0}'
}

qdisc_drops() {
	inside tx tc -j -s qdisc show dev pk-tx0 | jq "[.[] | select(.kind == \"$1\") | .drops] | add // 0"
}

# ---- and back ----

undo_all() {
	local side device=pk-tx0

	for side in tx rx; do
		inside $side nft flush ruleset
		inside $side tc qdisc del dev $device clsact 2>/dev/null
		device=pk-rx0
	done
	ip -n "$PAIR_RX" link set pk-rx0 xdp off
	ip -n "$PAIR_RX" link set pk-rx0 xdpgeneric off
	HITS=''
	sysctls_back
}

# ---- what takes more than a rule ----

# Frames with mark 7 leave by table 100 of the sender.
mark_route() {
	local family

	for family in -4 -6; do
		ip -n "$PAIR_TX" $family rule add fwmark 7 table 100 priority 100
	done
	route_hook
}

mark_unroute() {
	local family

	for family in -4 -6; do
		ip -n "$PAIR_TX" $family rule del priority 100
		ip -n "$PAIR_TX" $family route flush table 100
	done
}

# The permanent neighbours go with the flag.
neighbours() {
	ip -n "$PAIR_TX" link set pk-tx0 arp "$1"
	ip -n "$PAIR_TX" neighbour replace 198.18.0.2 nud permanent lladdr 02:00:00:00:00:02 dev pk-tx0
	ip -n "$PAIR_TX" neighbour replace 2001:2::2 nud permanent lladdr 02:00:00:00:00:02 dev pk-tx0
}

neighbour_strike() {
	neighbours on
	inside tx sysctl -qw net.ipv4.neigh.pk-tx0.mcast_solicit=0 \
		net.ipv4.neigh.pk-tx0.app_solicit=0 net.ipv4.neigh.pk-tx0.ucast_solicit=0 \
		net.ipv6.neigh.pk-tx0.mcast_solicit=0 net.ipv6.neigh.pk-tx0.app_solicit=0 \
		net.ipv6.neigh.pk-tx0.ucast_solicit=0
	ip -n "$PAIR_TX" route add default via 198.18.0.99 dev pk-tx0 table 100
	ip -n "$PAIR_TX" -6 route add default via 2001:2::99 dev pk-tx0 table 100
	mark_route
}

neighbour_undo() {
	mark_unroute
	inside tx sysctl -qw net.ipv4.neigh.pk-tx0.mcast_solicit=3 \
		net.ipv4.neigh.pk-tx0.ucast_solicit=3 net.ipv6.neigh.pk-tx0.mcast_solicit=3 \
		net.ipv6.neigh.pk-tx0.ucast_solicit=3
	ip -n "$PAIR_TX" neighbour flush dev pk-tx0 nud failed
	neighbours off
}

qdisc_strike() {
	inside tx tc qdisc add dev pk-tx0 root handle 1: htb default 10
	inside tx tc class add dev pk-tx0 parent 1: classid 1:10 htb rate 10gbit quantum 60000
	inside tx tc class add dev pk-tx0 parent 1: classid 1:20 htb rate 10gbit quantum 60000
	inside tx tc qdisc add dev pk-tx0 parent 1:10 handle 10: pfifo limit 10000
	inside tx tc qdisc add dev pk-tx0 parent 1:20 handle 20: pfifo limit 0
	strike tx inet "type filter hook output priority 0;"
}

# Ours alone go by a class that sends one frame in ten milliseconds.
slow_class() {
	inside tx tc qdisc add dev pk-tx0 root handle 1: htb default 10
	inside tx tc class add dev pk-tx0 parent 1: classid 1:10 htb rate 10gbit quantum 60000
	inside tx tc class add dev pk-tx0 parent 1: classid 1:20 htb rate 24kbit burst 80 cburst 80 quantum 2000
	inside tx tc qdisc add dev pk-tx0 parent 1:10 handle 10: pfifo limit 10000
	inside tx tc qdisc add dev pk-tx0 parent 1:20 handle 20: pfifo limit 10000
	inside tx nft -f - <<-NFT
		table inet slow {
			chain slow {
				type filter hook output priority 0;
				udp dport 9 @th,64,16 $OURS meta priority set 1:20
			}
		}
	NFT
}

# The far end of a generator's tap: passes frames on to pk-tx0, but stops reading at number 10 of each
# trial until as many have been dropped as its arguments say, one after the other.
FORWARD='
import fcntl, socket, struct, sys, time
tap = open("/dev/net/tun", "r+b", buffering=0)
fcntl.ioctl(tap, 0x400454CA, struct.pack("16sH22x", b"pk-tap", 0x1002))  # TUNSETIFF, IFF_TAP | IFF_NO_PI
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
out.bind(("pk-tx0", 0))

def dropped():
    with open("/sys/class/net/pk-tap/statistics/tx_dropped") as f:
        return int(f.read())

print("open", flush=True)
wanted, until = [int(k) for k in sys.argv[1:]], 0
while True:
    frame = tap.read(2048)
    payload = frame[42:60] if frame[12:14] == b"\x08\0" else frame[62:80]
    if wanted and payload[:2] == b"RL" and int.from_bytes(payload[6:12], "big") == 10:
        until += wanted.pop(0)
        end = time.monotonic() + 2
        while dropped() < until and time.monotonic() < end:
            time.sleep(0.002)
    out.send(frame)
'

tap_up() {
	grep -q open "$TMP/tap.out"
}

# A queue of less than 32 frames gives each slot back at once (ptr_ring.h, __ptr_ring_set_size).
tap_strike() {
	: >"$TMP/tap.out"
	ip netns exec "$PAIR_TX" /usr/bin/python3 -c "$FORWARD" 1 1 37 37 1000 1000 \
		>"$TMP/tap.out" 2>&1 &
	TAP_PID=$!
	started+=("$TAP_PID")
	wait_for 10 tap_up || return
	ip -n "$PAIR_TX" link set pk-tap txqueuelen 30 arp off multicast off
	ip -n "$PAIR_TX" address add 198.18.0.5/24 dev pk-tap noprefixroute
	ip -n "$PAIR_TX" address add 2001:2::5/64 dev pk-tap nodad noprefixroute
	ip -n "$PAIR_TX" link set pk-tap up
	ip -n "$PAIR_TX" route add 198.18.0.0/24 dev pk-tap metric 1000
	ip -n "$PAIR_TX" -6 route add 2001:2::/64 dev pk-tap metric 1000
	ip -n "$PAIR_TX" neighbour add 198.18.0.2 nud permanent lladdr 02:00:00:00:00:02 dev pk-tap
	ip -n "$PAIR_TX" neighbour add 2001:2::2 nud permanent lladdr 02:00:00:00:00:02 dev pk-tap
}

tap_undo() {
	kill "$TAP_PID"
	wait "$TAP_PID"
}

tap_dropped() {
	inside tx ip -j -s link show dev pk-tap | jq '.[0].stats64.tx.dropped'
}

# Somebody's socket with 3,000 datagrams that he does not read, more than each CPU may hold in
# reserve before the kernel looks at udp_mem (SK_MEMORY_PCPU_RESERVE, 256 pages).
HOLD='
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
s.bind(("198.18.0.2", 14))
print("open", flush=True)
sys.stdin.read()
'

holder_up() {
	grep -q open "$TMP/holder.out"
}

memory_hold() {
	: >"$TMP/holder.out"
	coproc HOLDER { exec nsenter --net="/run/netns/$PAIR_RX" /usr/bin/python3 -c "$HOLD" >"$TMP/holder.out"; }
	started+=("$HOLDER_PID")
	wait_for 10 holder_up || return
	"$BLAST" --netns "/run/netns/$PAIR_TX" 198.18.0.2:14 3000
}

# set_sysctl KEY VALUE: of the machine; undo_all puts it back. What is there already is somebody
# else's injection: to put that back would leave it for good.
declare -A sysctls
set_sysctl() {
	local old

	old=$(sysctl -n "$1" | xargs) || return
	if [ "$old" = "$2" ]; then
		echo "$1 is $2 already: somebody else has set it"
		return 1
	fi
	sysctls[$1]=$old
	sysctl -qw "$1=$2"
}

sysctls_back() {
	local key

	for key in "${!sysctls[@]}"; do
		sysctl -qw "$key=${sysctls[$key]}" && unset "sysctls[$key]"
	done
}
at_exit sysctls_back

# Only what is struck is tracked, in a table that is full before it comes: the machine's limit is as
# high above what others have as a few flows go.
conntrack_strike() {
	local max=$(($(sysctl -n net.netfilter.nf_conntrack_count) + 16)) ports

	ports=$(seq 0 99 | sed 's/.*/& : 20&/' | paste -sd,)

	set_sysctl net.netfilter.nf_conntrack_max $max
	HITS="rx inet"
	strike rx inet "type filter hook prerouting priority -400;"
	inside rx nft -f - <<-NFT
		table inet track {
			chain raw {
				type filter hook prerouting priority -350;
				udp dport 13 udp sport set numgen inc mod 100 map { $ports } return
				meta mark != 7 notrack
			}
			chain input {
				type filter hook input priority 0;
				ct state new counter
			}
		}
	NFT
	"$BLAST" --netns "/run/netns/$PAIR_TX" 198.18.0.2:13 $((max + 32))
	inside rx sysctl net.netfilter.nf_conntrack_count
}

conntrack_drops() {
	local n sum=0

	for n in $(inside rx awk 'NR == 1 {for (i = 1; i <= NF; i++) if ($i == "drop") column = i; next}
		{print $column}' /proc/net/stat/nf_conntrack); do
		sum=$((sum + 16#$n))
	done
	echo $sum
}

xfrm_strike() {
	inside rx ip xfrm policy add dir in action block mark 7
	inside rx ip -6 xfrm policy add src ::/0 dst ::/0 dir in action block mark 7
	strike rx inet "type filter hook prerouting priority 0;"
}

xfrm_blocked() {
	inside rx awk '$1 == "XfrmInPolBlock" {print $2}' /proc/net/xfrm_stat
}
