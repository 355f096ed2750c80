#!/bin/bash
# needs: root netns bpf xdp cpus2
# UDP_SEGMENT: frames of one send are counted one by one at every edge, whether the kernel cuts the
# send before the driver or a veth passes it on whole, and a refused send is as many frames lost.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# measure WHAT ARGUMENTS...: one trial; its line in $TMP/out. Its ledger must close.
measure() {
	local what=$1

	shift
	start run "$PLAIN" --out "$TMP/r" --json "${PAIR[@]}" --set tx.endpoint=udp \
		--set rx.endpoint=udp --set traffic.rate=max "$@"
	finish
	[ "$RUN_CODE" -le 1 ] || not_ok "$what: exit code $RUN_CODE" "$(cat "$TMP/err")"
	empty "$what: the ledger closes" "$(identity_faults "$TMP/out")"
	cat "$TMP/out" >>"$TMP/all"
}

# edge NAME: frames of ours there
edge() {
	jq --arg edge "$1" '.paths[].edges[] | select(.edge == $edge) | .ours' "$TMP/out"
}

# refused WHAT REGEX ARGUMENTS...: by the endpoint, before anything is sent
refused() {
	local what=$1 regex=$2

	shift 2
	start run "$PLAIN" --out "$TMP/r" --json "${PAIR[@]}" --set tx.endpoint=udp \
		--set rx.endpoint=udp "$@"
	finish
	is "$what: exit code" "$RUN_CODE" 78
	has "$what: what to do" "$(cat "$TMP/err")" "$regex"
}

host_remember
own_pair
for segments in 16 64; do
	for uso in on off; do
		what="$segments segments, uso $uso"
		options=(--set "tx.segments=$segments" --set "tx.offload.uso=$uso")
		measure "$what" "${options[@]}" --set rx.rcvbuf=64M
		more_than "$what: sends of several frames" "$(moved tx udp.gso_sends)" 0
		more_than "$what: and many in each" "$(moved tx udp.gso_segments)" \
			$((8 * $(moved tx udp.gso_sends)))
		is "$what: every frame is seen at the device and the program" \
			"$(edge device-rx) $(edge program)" "$(edge wire) $(edge wire)"
		if [ $uso = on ]; then
			is "$what: mode" "$(of .sides.tx.mode)" '"gso"'
			is "$what: packets on the veth are sends" "$(moved rx dev.rx_packets)" \
				$(($(edge wire) - $(moved tx udp.gso_segments) + $(moved tx udp.gso_sends)))
		else
			is "$what: mode" "$(of .sides.tx.mode)" '"gso-split"'
			is "$what: packets on the veth are frames" "$(moved rx dev.rx_packets)" \
				"$(edge wire)"
		fi
		measure "$what, small buffer" "${options[@]}" --set rx.rcvbuf=4096
		is "$what, small buffer: loss is where it was" \
			"$(of '[.ledger[] | select(.frames != null) | [.place, .frames]]')" \
			"$(of '[["UDP receive buffer", .loss.frames]]')"
		measure "$what, IPv6" "${options[@]}" --set traffic.family=ipv6 \
			--set traffic.frame=128 --set rx.rcvbuf=64M
		is "$what, IPv6: every frame is seen at the program" "$(edge program)" "$(edge wire)"

		# a qdisc counts what it drops of such sends as one each
		ip netns exec "$PAIR_TX" tc qdisc replace dev pk-tx0 root tbf rate 20mbit \
			burst 20k limit 10k
		measure "$what, short qdisc" "${options[@]}" --set rx.rcvbuf=64M
		is "$what, short qdisc: loss is the qdisc's, by frames" \
			"$(of '[.ledger[] | select(.frames != null) | [.place, .frames]]')" \
			"$(of '[["qdisc", .loss.frames]]')"
		is "$what, short qdisc: it counted sends" \
			"$(moved tx qdisc.drops)" "$(moved tx udp.refused_sends)"
		more_than "$what, short qdisc: of several frames" "$(of .loss.frames)" \
			$((4 * $(moved tx qdisc.drops)))
		ip netns exec "$PAIR_TX" tc qdisc del dev pk-tx0 root
	done
done

# A tap takes frames, no packets of several: what it cannot take it says.
measure "merged at a tap" --set tx.segments=16 --set rx.endpoint=packet
is "merged at a tap: all of them" "$(of '[.ledger[] | select(.place == "merged frames").frames]')" \
	"[$(moved tx udp.gso_segments)]"
measure "cut before a tap" --set tx.segments=16 --set rx.endpoint=packet --set rx.ring=65536 \
	--set tx.offload.uso=off
is "cut before a tap: all arrive" "$(of .received.unique)" "$(of .offered.accepted)"

# A driver that refuses some frames of a send: the sender is told of the last one alone.
napi_threads() {
	pgrep '^napi/pk-rx0'
}
ip netns exec "$PAIR_TX" ethtool -K pk-tx0 tso off
start run "$PLAIN" --out "$TMP/r" --json "${PAIR[@]}" --set tx.endpoint=udp --set rx.endpoint=udp \
	--set tx.segments=16 --set tx.offload.uso=off --set rx.offload.gro=on \
	--set rx.napi.threaded=1 --set traffic.rate=400kpps --set traffic.duration=1500ms
wait_for 20 napi_threads >/dev/null || not_ok "full driver: a NAPI of its own" "$(cat "$TMP/err")"
for pid in $(napi_threads); do
	taskset -pc 1 "$pid" >/dev/null
done
timeout 2 chrt -f 1 taskset -c 1 sh -c 'while :; do :; done' &
hog=$!
started+=("$hog")
finish
wait "$hog" 2>/dev/null
empty "full driver: the ledger closes" "$(identity_faults "$TMP/out")"
more_than "full driver: frames were refused" "$(moved tx udp.refused_sends)" 0
is "full driver: all that the driver dropped, told or not, is booked to it" \
	"$(of '[.ledger[] | select(.place == "driver TX").frames] | add')" \
	"$(moved tx dev.tx_dropped)"
cat "$TMP/out" >>"$TMP/all"

refused "a mix of sizes" 'segments = 8, and frames have 3 sizes' --set tx.segments=8 \
	--set traffic.frame=imix
refused "too many bytes" 'segments = 7 at most' --set tx.segments=8 --set traffic.frame=9018
for sink in xdp af_xdp; do
	refused "packets of several frames to $sink (generic)" 'tx\.offload\.uso = off' \
		--set tx.segments=8 --set rx.endpoint=$sink --set rx.xdp_mode=generic
done
refused "a tag without VLAN interface" 'type vlan id 100' --set traffic.vlan=100

check_schema "every line is valid by the schema" "$TMP/all"
leave_pair
check_host "afterwards"
