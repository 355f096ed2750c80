#!/bin/bash
# needs: root netns bpf xdp cpus2
# Endpoint packet: what a ring has no room for is booked to it, to the frame; what qdisc or driver
# refuse is sent again and is no loss; the stack behind the tap neither answers nor confuses.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# measure WHAT ARGUMENTS...: one trial; its line in $TMP/out. Its ledger must close.
measure() {
	local what=$1

	shift
	start run "$PLAIN" --out "$TMP/r" --json --set tx.endpoint=packet --set rx.endpoint=packet \
		"$@"
	finish
	[ "$RUN_CODE" -le 1 ] || not_ok "$what: exit code $RUN_CODE" "$(cat "$TMP/err")"
	empty "$what: the ledger closes" "$(identity_faults "$TMP/out")"
	cat "$TMP/out" >>"$TMP/all"
}

# stalled WHAT FRAMES ARGUMENTS...: a sink that reads nothing while frames come; FRAMES are left for
# it. A starved machine may begin to read late, when some have come already, and reads those too.
stalled() {
	local what=$1 frames=$2 try

	shift 2
	for try in 1 2 3; do
		measure "$what, try $try" --set rx.pause=60s "$@"
		[ "$(of .received.unique)" = "$frames" ] && break
	done
	is "$what: what the rings hold arrives" "$(of .received.unique)" "$frames"
	only_place "$what" "AF_PACKET RX ring full"
}

# of FILTER: of the trial
of() {
	jq -c "$1" "$TMP/out"
}

# moved SIDE COUNTER
moved() {
	jq --arg side "$1" --arg id "$2" \
		'.sides[$side].counters | .after[$id] - .before[$id]' "$TMP/out"
}

# only_place WHAT PLACE: all that was lost was lost there
only_place() {
	is "$1: all loss is at $2" \
		"$(of '[.ledger[] | select(.frames != null) | [.place, .frames]]')" \
		"$(of "[[\"$2\", .loss.frames]]")"
}

more_than() {
	if [ "${2:-0}" -gt "$3" ] 2>/dev/null; then
		ok "$1"
	else
		not_ok "$1" "got: $2" "wanted: more than $3"
	fi
}

host_remember

# A sink that does not read while frames come: the ring keeps what it has room for.
for ring in 64 1024; do
	stalled "v2, ring $ring, stalled" $ring --set rx.ring=$ring
	measure "v3, ring $ring, stalled" --set rx.version=v3 --set rx.ring=$ring --set rx.pause=60s
	# blocks are handed over after a while, full or not
	more_than "v3, ring $ring, stalled: the blocks' frames arrive" "$(of .received.unique)" \
		$((ring / 2))
	only_place "v3, ring $ring, stalled" "AF_PACKET RX ring full"
	more_than "v3, ring $ring, stalled: the queue was frozen" "$(moved rx packet.tp_freezes)" 0
done
# One that comes late, at all that can be sent, and frames of several sizes.
for version in v2 v3; do
	measure "$version, late, max" --set rx.version=$version --set rx.ring=64 \
		--set rx.pause=3ms --set traffic.rate=max --set traffic.frame=imix
	more_than "$version, late, max: there is loss" "$(of .loss.frames)" 0
	only_place "$version, late, max" "AF_PACKET RX ring full"
	is "$version, late, max: the kernel counted every frame of ours" \
		"$(moved rx packet.tp_packets)" "$(of .offered.accepted)"
done
# Two sockets: a flow stays on one, and both get their half.
stalled "fanout" 128 --set rx.queues=2 --set rx.ring=64
measure "fanout, reading" --set rx.queues=2 --set tx.queues=2
is "fanout, reading: every flow in order" "$(of '.received | [.reordered, .duplicate]')" '[0,0]'

# What becomes of a frame behind the tap: NoPorts, and ICMP errors back to the generator.
for stack in auto stop deaf pass; do
	measure "stack = $stack" --set rx.ring=16384 --set rx.stack=$stack
	is "stack = $stack: nothing is lost" "$(of .loss.frames)" 0
	effective=$stack
	[ $stack = auto ] && effective=stop
	is "stack = $stack: in effect" "$(of .sides.rx.settings.effective.stack)" "\"$effective\""
	case $stack in
	pass)
		more_than "stack = pass: the stack finds no receiver" \
			"$(moved rx snmp.Udp.NoPorts)" $(($(of .offered.accepted) - 1))
		;;
	deaf)
		is "stack = deaf: no answer" \
			"$(moved rx snmp.Udp.NoPorts) $(moved tx dev.rx_packets)" "0 0"
		more_than "stack = deaf: a socket drops them" "$(moved rx snmp.Udp.InErrors)" \
			$(($(of .offered.accepted) - 1))
		;;
	*)
		is "stack = $stack: the stack sees none of them" \
			"$(moved rx snmp.Ip.InReceives) $(moved tx dev.rx_packets)" "0 0"
		;;
	esac
done

# Tags and the other family.
measure "VLAN" --set rx.ring=16384 --set traffic.vlan=100 --set traffic.frame=68
is "VLAN: all arrive" "$(of '[.received.unique, .loss.frames]')" "$(of '[.offered.accepted, 0]')"
for form in v2 v3; do
	measure "IPv6, $form" --set rx.ring=16384 --set traffic.family=ipv6 --set traffic.frame=84 \
		--set rx.version=$form
	is "IPv6, $form: all arrive" "$(of '[.received.unique, .loss.frames]')" \
		"$(of '[.offered.accepted, 0]')"
done

# A queue that is too short for the load: the frames that it refuses are sent again.
own_pair
ip netns exec "$PAIR_TX" tc qdisc replace dev pk-tx0 root tbf rate 2mbit burst 2000 limit 1000
measure "short qdisc" "${PAIR[@]}" --set rx.ring=16384 --set traffic.rate=max
more_than "short qdisc: it refused frames" "$(moved tx packet.tx_retries)" 100
more_than "short qdisc: and counted that" "$(moved tx qdisc.drops)" 100
is "short qdisc: nothing is lost or sent twice" \
	"$(of '[.loss.frames, .received.duplicate, .received.unique]')" \
	"$(of '[0, 0, .offered.accepted]')"

# One that is slower still: what is in the ring two seconds after sending is given up, and the next
# trial sends none of it.
ip netns exec "$PAIR_TX" tc qdisc replace dev pk-tx0 root tbf rate 200kbit burst 2000 limit 1000
start run "$PLAIN" --out "$TMP/r" --json "${PAIR[@]}" --set tx.endpoint=packet \
	--set rx.endpoint=packet --set traffic.rate=max,100pps --set traffic.duration=500ms \
	--set traffic.flows=16 --set tx.ring=1024
finish
empty "ring not drained: both ledgers close" "$(identity_faults "$TMP/out")"
is "ring not drained: all loss is that" \
	"$(head -n 1 "$TMP/out" | jq -c '[.ledger[] | select(.frames != null) | [.place, .frames]]')" \
	"$(head -n 1 "$TMP/out" | jq -c '[["AF_PACKET TX ring not drained", .loss.frames]]')"
is "ring not drained: the next trial loses nothing and gets no old frame" \
	"$(tail -n 1 "$TMP/out" | jq -c '[.loss.frames, .received.stale, .received.unique]')" \
	"$(tail -n 1 "$TMP/out" | jq -c '[0, 0, .offered.accepted]')"
cat "$TMP/out" >>"$TMP/all"

# A driver whose queue is full, since the receiver's NAPI gets no CPU (sched_rt_runtime_us). Behind a
# qdisc the queue is stopped, which a bypass meets without any counter of the kernel's.
napi_threads() {
	pgrep '^napi/pk-rx0'
}

# starve NAME ARGUMENTS...
starve() {
	local what=$1 pid hog

	shift
	start run "$PLAIN" --out "$TMP/r" --json "${PAIR[@]}" --set tx.endpoint=packet \
		--set rx.endpoint=packet --set traffic.duration=1500ms --set rx.offload.gro=on \
		--set rx.napi.threaded=1 "$@"
	wait_for 20 napi_threads >/dev/null || not_ok "$what: a NAPI of its own" "$(cat "$TMP/err")"
	for pid in $(napi_threads); do
		taskset -pc 1 "$pid" >/dev/null
	done
	timeout 2 chrt -f 1 taskset -c 1 sh -c 'while :; do :; done' &
	hog=$!
	started+=("$hog")
	finish
	wait "$hog" 2>/dev/null
	[ "$RUN_CODE" -le 1 ] || not_ok "$what: exit code $RUN_CODE" "$(cat "$TMP/err")"
	empty "$what: the ledger closes" "$(identity_faults "$TMP/out")"
	more_than "$what: frames were refused" "$(moved tx packet.tx_retries)" 0
	is "$what: none is lost before the receiving device" \
		"$(of '[.paths[].edges[] | select(.edge == "device-rx") | .ours]')" \
		"$(of '[.offered.accepted]')"
	cat "$TMP/out" >>"$TMP/all"
}

# without TSO at the sender veth uses the receiver's NAPI (veth_skb_is_eligible_for_gro)
ip netns exec "$PAIR_TX" ethtool -K pk-tx0 tso off
for bypass in off on; do
	ip netns exec "$PAIR_TX" tc qdisc replace dev pk-tx0 root pfifo limit 100
	starve "full driver, qdisc, bypass $bypass" --set tx.qdisc_bypass=$bypass \
		--set traffic.rate=400kpps
	[ $bypass = off ] || is "full driver, bypass: no counter of the kernel's moved" \
		"$(moved tx dev.tx_dropped) $(moved tx qdisc.drops)" "0 0"
	ip netns exec "$PAIR_TX" tc qdisc del dev pk-tx0 root
	starve "full driver, no qdisc, bypass $bypass" --set tx.qdisc_bypass=$bypass \
		--set traffic.rate=400kpps
done

start run "$PLAIN" --out "$TMP/r" --json --set rx.endpoint=packet --set rx.ring=100
finish
is "a ring that is no power of two: exit code" "$RUN_CODE" 65
has "a ring that is no power of two: what to do" "$(cat "$TMP/err")" 'ring = 100 is no power of two'

check_schema "every line is valid by the schema" "$TMP/all"
leave_pair
check_host "afterwards"
