#!/bin/bash
# needs: root netns bpf xdp cpus2
# The built-in lab: up, down and status as often as one likes, queues, two labs at once, and a
# standing lab that runs leave as they found it.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# What a standing lab looks like: links, addresses, neighbours, features, rules, programs.
portrait() {
	local end

	for end in tx rx; do
		ip -n "ringloss-$end" -d link show | sed -E 's/ qdisc [a-z_]+//'
		ip -n "ringloss-$end" address show
		ip -n "ringloss-$end" neighbour show
		ip -n "ringloss-$end" route show table all
		ip netns exec "ringloss-$end" ethtool -k "rl-${end}0"
		ip netns exec "ringloss-$end" ethtool -l "rl-${end}0"
		ip netns exec "ringloss-$end" cat "/sys/class/net/rl-${end}0/threaded"
		ip netns exec "ringloss-$end" sysctl -a --pattern '^net\.(ipv4|ipv6|core)\.' |
			grep -vE 'gc_|stat_|neigh.*_time'
		ip netns exec "ringloss-$end" ss -uaw0H
	# said of a file of somebody else that is becoming a namespace just now
	done 2>&1 | grep -v "^Error: Peer netns reference is invalid"
}

lab() {
	"$RINGLOSS" lab "$@" >"$TMP/out" 2>"$TMP/err"
}

own_standing_lab "the lab"
host_remember

# ---- up, down, status ----
lab status
is "status without lab: exit code" "$?" 1
lab status --json
is "status --json without lab" "$(jq -c '[.up, .queues]' "$TMP/out")" '[false,0]'
lab down
is "down without lab" "$?" 0
lab up --queues 2
is "up" "$?" 0
portrait >"$TMP/first"
lab up --queues 2
is "up again" "$?" 0
portrait >"$TMP/second"
empty "up again changes nothing" "$(diff "$TMP/first" "$TMP/second")"
lab up --queues 4
is "up with other queues: exit code" "$?" 69
has "up with other queues: the remedy" "$(cat "$TMP/err")" 'has 2 queues.*ringloss lab down'
portrait >"$TMP/second"
empty "up with other queues changes nothing" "$(diff "$TMP/first" "$TMP/second")"
lab status --json
is "status --json" "$(jq -c '[.up, .queues, .pairs, .ends[].ifname, .ends[].ip]' "$TMP/out")" \
	'[true,2,1,"rl-tx0","rl-rx0","198.18.0.1/24","198.18.0.2/24"]'
is "status --json: IPv6" "$(jq -c '[.ends[].ip6]' "$TMP/out")" '["2001:2::1/64","2001:2::2/64"]'
is "status --json names real namespaces" \
	"$(jq -r '.ends[].netns' "$TMP/out" | while read -r n; do ip netns exec "$n" true && echo "$n"; done |
		xargs)" 'ringloss-tx ringloss-rx'
lab status
has "status" "$(cat "$TMP/out")" '^ringloss-rx +rl-rx0 +198\.18\.0\.2/24 +2001:2::2/64 +2 queues$'

# ---- nothing in it sends of its own accord ----
ip -n ringloss-rx -j -s link show rl-rx0 | jq -c '.[0].stats64' >"$TMP/quiet1"
sleep 1 # the only way to see that nothing happens
ip -n ringloss-rx -j -s link show rl-rx0 | jq -c '.[0].stats64' >"$TMP/quiet2"
empty "an idle lab carries no frame" "$(diff "$TMP/quiet1" "$TMP/quiet2")"

# ---- queues, on the standing lab ----
STANDING=1
on_standing() {
	start run "$PLAIN" --out "$TMP/r" --json --set plan.lab=standing \
		--set traffic.duration=500ms "$@"
	finish
	empty "the ledger closes: $*" "$(identity_faults "$TMP/out")"
	portrait >"$TMP/second"
	empty "the standing lab is left as it was: $*" "$(diff "$TMP/first" "$TMP/second")"
}

flows_seen() {
	jq -c '[.verdict, (.paths[] | .flows_seen)]' "$TMP/out"
}

on_standing --set tx.queues=2 --set rx.queues=2 --set rx.cpus=0-1
is "two queues: every flow is seen" "$(flows_seen)" '["valid",256]'
is "two queues: two threads on two CPUs" \
	"$(jq -c '[.sides.rx.threads[].cpu]' "$TMP/out")" '[0,1]'
both=$(ip netns exec ringloss-rx ethtool -S rl-rx0 | grep -cE 'rx_queue_[01]_xdp_redirect: [1-9]')
is "two queues: both take frames" "$both" 2

on_standing --set tx.queues=2 --set rx.queues=2 --set rx.endpoint=udp --set rx.cpus=0-1
is "two queues to udp: every flow is seen" "$(flows_seen)" '["valid",256]'

# a thread a queue: each has half of the schedule
on_standing --set tx.queues=2 --set tx.cpus=0-1 --set rx.queues=1
is "two queues, one socket: half of the flows are seen" "$(flows_seen)" '["invalid",128]'
has "two queues, one socket: the reason says so" "$(jq -r '.validity.reasons[]' "$TMP/out")" \
	'128 of 256 flows'
is "two queues, one socket: the other half is booked where it was lost" "$(jq '(.ledger[] |
	select(.place == "no AF_XDP socket") | .frames) as $n |
	[(.offered.intended / 2 - $n | fabs) <= .offered.unsent,
	$n + ([.ledger[] | select(.place != "no AF_XDP socket") | .frames // 0] | add // 0) ==
	.offered.accepted - .received.unique] | all' "$TMP/out")" true

on_standing --set tx.queues=1 --set rx.queues=2
is "one queue to two sockets: every flow is seen" "$(flows_seen)" '["valid",256]'

# the axis goes over what is open: it is opened anew for each point
on_standing --set tx.queues=2,1 --set rx.queues=2,1 --set traffic.duration=300ms
is "queues as an axis: four points" "$(jq -c '[.point["tx.queues"], .point["rx.queues"],
	.paths[].flows_seen]' "$TMP/out" | sort | xargs)" \
	'[1,1,256] [1,2,256] [2,1,128] [2,2,256]'

start run "$PLAIN" --out "$TMP/r" --json --set plan.lab=standing --set tx.queues=3
finish
is "wider than the standing lab: exit code" "$RUN_CODE" 78
has "wider than the standing lab: the remedy" "$(cat "$TMP/err")" 'lab up --queues 3 --pairs 1'

lab down
is "down" "$?" 0

# ---- pairs, on the standing lab ----
lab up --pairs 2
is "two pairs: up" "$?" 0
is "two pairs: names and addresses" \
	"$("$RINGLOSS" lab status --json | jq -c '[.pairs, (.ends[2:][] | .netns, .ifname, .ip, .ip6)]')" \
	'[2,"ringloss-tx1","rl-tx1","198.18.1.1/24","2001:2:0:1::1/64","ringloss-rx1","rl-rx1","198.18.1.2/24","2001:2:0:1::2/64"]'
lab up
is "one pair where there are two: exit code" "$?" 69
has "one pair where there are two: the remedy" "$(cat "$TMP/err")" '2 pairs.*ringloss lab down'
ip netns del ringloss-rx1
lab status
is "half a pair: exit code" "$?" 69
lab up --pairs 3
is "half a pair: made anew, with another" "$?" 0
is "three pairs" "$("$RINGLOSS" lab status --json | jq .pairs)" 3
lab down
is "three pairs: down" "$?" 0
STANDING=0
check_host "down"
lab down
is "down again" "$?" 0
lab down --json
is "down --json" "$(jq -c '[.up, .ends[].netns]' "$TMP/out")" '[false,"ringloss-tx","ringloss-rx"]'

# ---- two runs at once, each with a lab of its own ----
pids=()
for i in 1 2; do
	"$RINGLOSS" run "$PLAN" --out "$TMP/at-once-$i" --json --set traffic.rate=30kpps,max \
		--set traffic.duration=300ms >"$TMP/out.$i" 2>"$TMP/err.$i" &
	pids+=("$!")
	started+=("$!")
done
for i in 1 2; do
	wait "${pids[i - 1]}"
	code=$?
	# 2 when every trial had a generator that fell behind: both runs share the CPUs
	[ "$code" -le 2 ] || not_ok "at once, run $i: exit code $code" "$(cat "$TMP/err.$i")"
	check_trials "at once, run $i" "$TMP/out.$i" 14
	empty "at once, run $i: a generator that fell behind is all that may be wrong" "$(jq -c 'select(
		.verdict != "valid") | .validity.reasons[] | select(test("fell behind") | not)' \
		"$TMP/out.$i")"
	is "at once, run $i: no frame of the other" \
		"$(jq '.received | .stale + .foreign + .corrupt' "$TMP/out.$i" | sort -u)" 0
done
check_host "at once"
