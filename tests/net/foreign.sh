#!/bin/bash
# needs: root netns bpf xdp
# Frames that are not ours beside a trial: they are counted exactly, are in no sum of ours, and the
# ledger closes. And our counters beside those of other tools around one trial.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

COUNT=10000

# Whether frames still arrive: the blast fell inside the time of sending.
still_flowing() {
	local before

	before=$(rx_packets)
	wait_for 1 received_more_than $((before + 200))
}

# beside SECONDS BLAST_RATE PORT ARGUMENTS...: a trial with a blast inside; sets blast and inside
beside() {
	local seconds=$1 rate=$2 port=$3

	shift 3
	inside=no
	start run "$PLAIN" --out "$TMP/r" --json --set traffic.duration="${seconds}s" "$@"
	if traffic_flows 0; then
		blast=$("$BLAST" --netns "/run/netns/$(netns_of tx)" ${rate:+--rate "$rate"} \
			"198.18.0.2:$port" $COUNT 2>&1)
		still_flowing && inside=yes
	fi
	finish
}

# foreign_case WHAT BLAST_RATE PORT SEEN ARGUMENTS...: SEEN says whether the sink can see the port
foreign_case() {
	local what=$1 rate=$2 port=$3 seen=$4 seconds wanted

	shift 4
	# a slow machine may need longer for the blast than the trial lasts
	for seconds in 2 6 18; do
		beside $seconds "$rate" "$port" "$@"
		[ $inside = yes ] && break
	done
	is "$what: the blast fell inside the trial" "$inside" yes
	wanted=0
	[ "$seen" = yes ] && wanted=$(jq .taken <<<"$blast")
	is "$what: received.foreign is what the kernel took" \
		"$(jq .received.foreign "$TMP/out")" "$wanted"
	is "$what: every datagram of the blast is accounted for" \
		"$(jq '.taken + .refused' <<<"$blast")" $COUNT
	empty "$what: the ledger closes" "$(identity_faults "$TMP/out")"
	is "$what: none is taken for a damaged or repeated one of ours" \
		"$(jq -c '.received | [.corrupt, .duplicate, .stale]' "$TMP/out")" '[0,0,0]'
	cat "$TMP/out" >>"$TMP/all"
}

host_remember
for sink in udp 'af_xdp native' 'af_xdp generic' packet; do
	read -r endpoint mode <<<"$sink"
	options=(--set rx.endpoint="$endpoint" ${mode:+--set "rx.xdp_mode=$mode"})
	other=yes
	[ "$endpoint" = udp ] && other=no
	for load in 50kpps max; do
		rate=20000
		[ $load = max ] && rate=
		foreign_case "$sink at $load, our port" "$rate" 9 yes "${options[@]}" \
			--set traffic.rate=$load
		foreign_case "$sink at $load, another port" "$rate" 10 $other "${options[@]}" \
			--set traffic.rate=$load
	done
done
# DPDK over the interface: foreign frames are told apart before its rings, whose overrun hides none.
for pmd in net_af_xdp net_af_packet; do
	options=(--set rx.endpoint=dpdk --set "rx.pmd=$pmd" --set traffic.rate=50kpps)
	foreign_case "$pmd, our port" 20000 9 yes "${options[@]}"
	foreign_case "$pmd, another port" 20000 10 yes "${options[@]}"
	foreign_case "$pmd, its ring overrun" 20000 9 yes "${options[@]}" --set rx.ring=64 \
		--set rx.pause=10ms
	is "$pmd, its ring overrun: there is loss, all of it the ring's" "$(jq '.loss.frames > 0 and
		.loss.frames == ([.ledger[] | select(.place | test("RX ring full")) | .frames] | add)' \
		"$TMP/out")" true
done
check_schema "every line is valid by the schema" "$TMP/all"
check_host "foreign"

# Our counters and other tools', on the standing lab, where they can be read afterwards.
# absolute COUNTER FILE: value in the last trial's snapshot after it
absolute() {
	tail -n 1 "$2" | jq --arg id "$1" '.sides.rx.counters.after[$id]'
}

ethtool_sum() {
	in_netns rx ethtool -S rl-rx0 | awk -v name="^rx_queue_[0-9]+_$1\$" -F'[: ]+' \
		'$2 ~ name {sum += $3} END {print sum + 0}'
}

nft_packets() {
	in_netns rx nft -j list counters |
		jq --arg name "$1" '.nftables[].counter? | select(.name == $name) | .packets'
}

cross_check() {
	local what=$1 before drops

	shift
	RUN_NAME=''
	before=$(rx_packets)
	in_netns rx nft -f - <<-'NFT'
		table netdev rl {
			counter ingress {
			}
			chain ingress {
				type filter hook ingress device "rl-rx0" priority 0
				counter name "ingress"
			}
		}
		table inet rl {
			counter input {
			}
			chain input {
				type filter hook input priority 0
				udp dport 9 counter name "input"
			}
		}
	NFT
	# the second trial is slow, so that the first one's drops can be looked at in peace
	start run "$PLAIN" --out "$TMP/r" --json --set plan.lab=standing \
		--set traffic.rate=max,2kpps --set traffic.duration=1s "$@"
	wait_for 20 lines_at_least "$TMP/out" 1
	drops=$(in_netns rx ss -uamnH 'sport = :9' | grep -oE ',d[0-9]+\)' | tr -dc 0-9)
	finish
	is "$what: both trials are measured" "$(jq -r '.verdict' "$TMP/out" | sort -u)" valid
	empty "$what: the ledgers close" "$(identity_faults "$TMP/out")"
	is "$what: rx_packets is what ip -s says" "$(absolute dev.rx_packets "$TMP/out")" \
		"$(ip -n ringloss-rx -j -s link show rl-rx0 | jq '.[0].stats64.rx.packets')"
	is "$what: rx_dropped is what ip -s says" "$(absolute dev.rx_dropped "$TMP/out")" \
		"$(ip -n ringloss-rx -j -s link show rl-rx0 | jq '.[0].stats64.rx.dropped')"
	for name in xdp_packets drops xdp_redirect xdp_drops; do
		is "$what: rx_$name is what ethtool -S says" "$(absolute "eth.rx_$name" "$TMP/out")" \
			"$(ethtool_sum "$name")"
	done
	in_netns rx nstat -asz --json >"$TMP/nstat"
	for name in Ip.InReceives Ip.InDelivers Udp.InDatagrams Udp.NoPorts Udp.RcvbufErrors \
		Udp.InErrors; do
		is "$what: $name is what nstat says" "$(absolute "snmp.$name" "$TMP/out")" \
			"$(jq --arg name "${name/./}" '.kernel[$name]' "$TMP/nstat")"
	done
	if [ "$what" = udp ]; then
		is "$what: every frame passed nft's ingress hook" \
			$(($(absolute dev.rx_packets "$TMP/out") - before)) "$(nft_packets ingress)"
		is "$what: what nft counts at input is what IP delivered" "$(nft_packets input)" \
			"$(nft_packets ingress)"
		# ss looked in the second trial: not before its begin and not after its end
		is "$what: socket drops are what ss says" \
			"$(tail -n 1 "$TMP/out" | jq --argjson ss "$drops" '.sides.rx.counters |
				[.before, .after] | map(.["udp.socket_drops"]) |
				.[0] <= $ss and $ss <= .[1]')" true
	else
		is "$what: nothing passed nft's input hook" "$(nft_packets input)" 0
	fi
	in_netns rx nft flush ruleset
}

own_standing_lab "counters of other tools"
"$RINGLOSS" lab up >/dev/null
STANDING=1
cross_check udp --set rx.endpoint=udp --set rx.rcvbuf=4096
cross_check "af_xdp native" --set rx.xdp_mode=native --set rx.ring=64
cross_check "af_xdp generic" --set rx.xdp_mode=generic --set rx.ring=64
