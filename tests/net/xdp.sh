#!/bin/bash
# needs: root netns bpf xdp
# Endpoint xdp at either end: ledgers that close beside foreign traffic, counts that are those of
# other tools, frames as tcpdump sees them, what it refuses, and nothing left after kill -9.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

COUNT=10000

# pair GENERATOR SINK [ARGUMENTS...]: into $TMP/out
pair() {
	local tx=$1 rx=$2

	shift 2
	start run "$PLAIN" --out "$TMP/r" --json --set tx.endpoint="$tx" --set rx.endpoint="$rx" "$@"
}

still_flowing() {
	local before

	before=$(rx_packets)
	wait_for 1 received_more_than $((before + 200))
}

# beside WHAT GENERATOR SINK RATE ARGUMENTS...: a trial with a blast inside
beside() {
	local what=$1 tx=$2 rx=$3 rate=$4 seconds inside blast

	shift 4
	# a slow machine may need longer for the blast than the trial lasts
	for seconds in 2 6 18; do
		inside=no
		blast='{"taken":0,"refused":0}'
		pair "$tx" "$rx" --set traffic.rate="$rate" --set traffic.duration="${seconds}s" "$@"
		if traffic_flows 0; then
			blast=$("$BLAST" --netns "/run/netns/$(netns_of tx)" --rate 20000 \
				198.18.0.2:10 $COUNT 2>&1)
			still_flowing && inside=yes
		fi
		finish
		[ $inside = yes ] && break
	done
	is "$what: the blast fell inside the trial" "$inside" yes
	is "$what: the trial is valid" "$(jq -r .verdict "$TMP/out")" valid
	is "$what: received.foreign is what the kernel took" "$(jq .received.foreign "$TMP/out")" \
		"$(jq .taken <<<"$blast")"
	is "$what: every datagram of the blast is accounted for" \
		"$(jq '.taken + .refused' <<<"$blast")" $COUNT
	is "$what: none is taken for a damaged or repeated one of ours" \
		"$(jq -c '.received | [.corrupt, .duplicate, .stale]' "$TMP/out")" '[0,0,0]'
	empty "$what: the ledger closes" "$(identity_faults "$TMP/out")"
	empty "$what: what the driver refused is what its own counter says" "$(jq -c '
		.sides.tx.counters as $c | def moved($id): $c.after[$id] - $c.before[$id];
		select(.sides.tx.endpoint == "xdp") |
		[moved("xdp.tx_refused"), moved("eth.tx_xdp_xmit_errors")] |
		select(.[0] != .[1])' "$TMP/out")"
	cat "$TMP/out" >>"$TMP/all"
}

host_remember
: >"$TMP/all"
for ends in 'xdp xdp native' 'xdp af_xdp native' 'af_xdp xdp native' 'udp xdp native' \
	'af_xdp xdp generic' 'udp xdp generic'; do
	read -r tx rx mode <<<"$ends"
	for rate in 50kpps max; do
		beside "$tx to $rx ($mode) at $rate" "$tx" "$rx" $rate --set rx.xdp_mode="$mode"
	done
done
check_schema "every line is valid by the schema" "$TMP/all"
is "a sink without sockets: received is what its program saw" "$(jq -c '
	select(.sides.rx.endpoint == "xdp") | .sides.rx.counters as $c |
	.received.frames == $c.after["xdp.ours"] - $c.before["xdp.ours"]' "$TMP/all" |
	sort | uniq -c | xargs)" '10 true'

# ---- frames of every form; several queues on both CPUs ----
pair xdp xdp --set traffic.frame=64,65,1518,imix --set traffic.rate=20kpps
finish
check_trials "sizes" "$TMP/out" 4
pair xdp xdp,af_xdp --set traffic.family=ipv6 --set traffic.vlan=0,100 --set traffic.frame=1000
finish
check_trials "IPv6 and VLAN" "$TMP/out" 4
is "IPv6 and VLAN: nothing is foreign, nothing damaged" "$(jq -c '.received |
	[.foreign, .corrupt]' "$TMP/out" | sort -u)" '[0,0]'
pair xdp xdp --set tx.queues=2 --set tx.cpus=0-1 --set traffic.rate=50kpps,max
finish
check_trials "two queues" "$TMP/out" 2
is "two queues: 256 flows planned are 256 seen" "$(jq '.paths[].flows_seen' "$TMP/out" |
	sort -u)" 256
pair xdp xdp --set tx.queues=2 --set tx.cpus=0 --set traffic.rate=50kpps
finish
check_trials "two queues of one CPU" "$TMP/out" 1

# ---- what it refuses ----
pair xdp udp
finish
is "a sink without NAPI is refused" "$RUN_CODE" 69
has "a sink without NAPI: the remedy" "$(cat "$TMP/err" "$TMP/out")" 'gro on'
pair xdp udp --set rx.offload.gro=on
finish
check_trials "a sink with NAPI by GRO" "$TMP/out" 1
is "a sink with NAPI by GRO: valid" "$(jq -r .verdict "$TMP/out")" valid
pair xdp xdp --set traffic.frame=9018
finish
has "frames above a page: the remedy" "$(cat "$TMP/err" "$TMP/out")" 'one page.*traffic\.frame'
pair xdp xdp --set traffic.rate=max --set traffic.duration=1h
finish
has "more numbers than memory: the remedy" "$(cat "$TMP/err" "$TMP/out")" 'traffic\.duration'

# ---- kill -9 ----
for side in tx rx; do
	pair xdp xdp --set traffic.duration=30s,200ms
	if traffic_flows 0 && pid=$(worker_of $side) && [ -n "$pid" ]; then
		kill -KILL "$pid"
		wait_for 5 gone "$pid"
	fi
	finish
	is "worker of $side killed: that trial failed, the next is valid" \
		"$(jq -r .verdict "$TMP/out" | xargs)" 'failed valid'
	check_host "worker of $side killed"
done

# ---- other tools, on the standing lab ----
own_standing_lab "counters and frames as others see them"
"$RINGLOSS" lab up >/dev/null
STANDING=1
RUN_NAME=''

absolute() {
	tail -n 1 "$2" | jq --arg id "$1" '.sides.rx.counters.after[$id]'
}

ethtool_sum() {
	in_netns rx ethtool -S rl-rx0 | awk -v name="^rx_queue_[0-9]+_$1\$" -F'[: ]+' \
		'$2 ~ name {sum += $3} END {print sum + 0}'
}

pair xdp xdp --set plan.lab=standing --set traffic.rate=max
finish
is "counters: rx_packets is what ip -s says" "$(absolute dev.rx_packets "$TMP/out")" \
	"$(ip -n ringloss-rx -j -s link show rl-rx0 | jq '.[0].stats64.rx.packets')"
for name in xdp_packets xdp_drops drops; do
	is "counters: rx_$name is what ethtool -S says" "$(absolute "eth.rx_$name" "$TMP/out")" \
		"$(ethtool_sum "$name")"
done
is "counters: every frame that the program dropped is ours" "$(jq '.sides.rx.counters as $c |
	($c.after["eth.rx_xdp_drops"] - $c.before["eth.rx_xdp_drops"]) == .received.frames' \
	"$TMP/out")" true

captured() {
	[ "$(tcpdump -nr "$TMP/rx.pcap" 2>/dev/null | wc -l)" -ge "$1" ]
}

# seen WHAT ARGUMENTS...: 1,000 frames to a UDP sink, which a packet socket can look at
seen() {
	local what=$1 frames pid

	shift
	frames=$(rx_packets)
	rm -f "$TMP/rx.pcap"
	nsenter --net=/run/netns/ringloss-rx tcpdump -p -n -i rl-rx0 -s 2048 -B 32768 -Z root \
		--immediate-mode -U -w "$TMP/rx.pcap" udp 2>"$TMP/tcpdump" &
	pid=$!
	started+=("$pid")
	wait_for 10 grep -qs 'listening on' "$TMP/tcpdump"
	pair xdp udp --set plan.lab=standing --set rx.offload.gro=on --set traffic.rate=2kpps \
		--set traffic.duration=500ms "$@"
	finish
	is "$what: the trial is valid" "$(jq -r .verdict "$TMP/out")" valid
	empty "$what: the ledger closes" "$(identity_faults "$TMP/out")"
	frames=$(($(rx_packets) - frames))
	wait_for 5 captured "$frames"
	kill -INT "$pid"
	wait "$pid"
	tcpdump -nevv -r "$TMP/rx.pcap" 2>/dev/null | sed -E ':a;N;s/\n[ \t]+/ /;ta;P;D' >"$TMP/text"
	is "$what: every frame that the device took is there" "$(wc -l <"$TMP/text")" "$frames"
	empty "$what: IP checksums are right" "$(grep -m 5 'bad cksum' "$TMP/text")"
	is "$what: UDP checksums are right" "$(grep -c 'udp sum ok' "$TMP/text")" "$frames"
	is "$what: a source port a flow" "$(grep -oE '198\.18\.0\.1\.[0-9]+' "$TMP/text" |
		sort -u | wc -l)" 256
}

seen "64 bytes" --set traffic.frame=64
seen "three sizes" --set traffic.frame=64:7+570:4+1518:1
"$RINGLOSS" lab down >/dev/null
check_host "xdp"
