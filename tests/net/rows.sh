#!/bin/bash
# needs: root netns xdp
# A device's settings, row by row, on a veth: set, told as in effect, seen by the standard tool, back
# after the normal end and after kill -9 with restore. What it does not have is refused or unsupported.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

NS=ringloss-rows-$$
host_remember
ip netns add "$NS"
at_exit "ip netns del $NS"
ip -n "$NS" link add name v0 numrxqueues 4 numtxqueues 4 type veth peer name v1 \
	numrxqueues 4 numtxqueues 4
ip -n "$NS" link set v0 up
ip -n "$NS" link set v1 up

inside() {
	ip netns exec "$NS" "$@"
}

apply() {
	inside "$BUILD/tests/net/apply_settings" "$@" 2>/dev/null
}

look() {
	inside ethtool -k v1
	inside ethtool -l v1
	inside ip -d link show v1
	inside tc qdisc show dev v1
}

# as_before WHAT: other tools see no difference, and there is no journal
as_before() {
	empty "$1" "$(look | diff "$TMP/before" - && ls "$RINGLOSS_STATE_DIR/journal")"
}

# row SETTINGS EFFECTIVE OUTPUT COMMAND...: of a device so set the words in EFFECTIVE are told, and
# the command says OUTPUT
row() {
	local settings told seen

	IFS=, read -ra settings <<<"$1"
	told=$(apply --kill v1 "${settings[@]}" | sed 's/^[^ ]* //' | xargs)
	seen=$(inside "${@:4}" 2>&1)
	is "$1: told" "$told" "$2"
	has "$1: seen by $4" "$seen" "$3"
	"$RINGLOSS" restore >/dev/null
	as_before "$1: after kill -9 and restore"
	apply v1 "${settings[@]}" >"$TMP/said"
	is "$1: undone" "$(tail -n 1 "$TMP/said")" undone
	as_before "$1: after the normal end"
}

# refused SETTINGS REGEX: with such a message, and everything is as before
refused() {
	local settings

	IFS=, read -ra settings <<<"$1"
	apply v1 "${settings[@]}" >"$TMP/said"
	has "$1: refused" "$(cat "$TMP/said")" "^error: v1: .*$2"
	as_before "$1: after that"
}

look >"$TMP/before"
row nic.channels=2 2 '^RX:[[:space:]]+2$' ethtool -l v1
row nic.channels=1,--,nic.channels=max,--,nic.channels=3 '1 4 3' '^TX:[[:space:]]+3$' ethtool -l v1
row 'nic.channels=rx 1 tx 3' 'rx 1 tx 3' '^RX:[[:space:]]+1$' ethtool -l v1
refused nic.channels=5 "5 channels: the driver's maximum is 4"
refused nic.channels=none 'give keep, max'
row nic.mtu=9000 9000 'mtu 9000' ip link show v1
row nic.mtu=max 65535 'mtu 65535' ip link show v1
row nic.txqueuelen=5 5 'qlen 5$' ip link show v1
row nic.promisc=on on PROMISC ip link show v1
refused nic.rx_ring=64 'set it to keep'
refused nic.flags=x:on 'set it to keep'
refused nic.pause=on 'set it to keep'
row nic.pause=off unsupported 'mtu' ip link show v1
refused coalesce.rx_usecs=1 'set it to keep'
row coalesce.adaptive_rx=off unsupported 'mtu' ip link show v1
refused rss.indirection=equal:1 'set it to keep'
row rss.indirection=auto,queues=1,receives=yes,endpoint=af_xdp 'unsupported - - -' mtu ip link show v1
refused rss.hash_udp4=sdfn 'set it to keep'
row offload.gro_list=on,offload.udp_gro_forwarding=on 'on on' 'rx-gro-list: on' ethtool -k v1
row offload.tx_checksum=off,offload.tso=off 'off off' 'tx-tcp-segmentation: off$' ethtool -k v1
# what goes along with another, and what was wanted otherwise meanwhile
row offload.tx_checksum=off,offload.tso=on 'off off [requested on]' \
	'tx-tcp-segmentation: off \[requested on\]' ethtool -k v1
row offload.tso=off,--,offload.tx_checksum=off,--,offload.tx_checksum=off,offload.tso=off \
	'off off off off' 'tx-tcp-segmentation: off$' ethtool -k v1
row qdisc.root=pfifo pfifo 'pfifo .*root' tc qdisc show dev v1
row qdisc.root=bfifo,--,qdisc.root=mq,--,qdisc.root=default,--,qdisc.root=pfifo_fast \
	'bfifo mq default:noqueue pfifo_fast' 'pfifo_fast .*root' tc qdisc show dev v1
refused qdisc.root=nonsense 'give keep.default'

# ---- what its user made is not replaced ----

inside tc qdisc replace dev v1 root pfifo limit 7
look >"$TMP/before"
refused qdisc.root=mq 'of its user.*tc qdisc del dev v1 root'
row nic.txqueuelen=5 5 'limit 7p' tc qdisc show dev v1
inside tc qdisc del dev v1 root

ip netns del "$NS"
check_host "rows"
