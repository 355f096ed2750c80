#!/bin/bash
# needs: root netns bpf xdp cpus2
# Several pairs at once, and both directions at once over one cable: every path has its own ledger,
# all of them close, and no frame is booked on two paths. By IPv4 and IPv6.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# side NAME ROLE ENDPOINT: both CPUs for each, the sink's threads asleep where nothing comes
side() {
	printf '[side %s]\nrole = %s\nendpoint = %s\ndevice = lab\ncpus = %s\nidle = poll\n' \
		"$1" "$2" "$3" "${4:-0-1}"
}

head_of() {
	cat <<-HEAD
		[plan]
		name = $1
		lab = own
		order = listed
		[traffic]
		duration = 400ms
		flows = 16
		unsent_max = 100%
	HEAD
}

# plan_pairs GENERATOR SINK: two pairs; plan_both A B: two sides with both roles
plan_pairs() {
	head_of pairs
	side tx1 generator "$1" 0
	side tx2 generator "$1" 1
	side rx1 sink "$2" 1
	side rx2 sink "$2" 0
}

plan_both() {
	head_of both
	side a both "$1" 0-1
	side b both "$2" 1+0
}

# What is wrong with the sum of paths, or with a row that names no path; a line each.
path_faults() {
	jq -r '
		def sum: map(. // 0) | add // 0;
		def fault(bad; what): if bad then what else empty end;
		. as $t | .paths | to_entries[] | .key as $name | .value as $p
		| ([$t.ledger[] | select(.path == $name) | .frames] | sum) as $booked
		| fault($p.offered.accepted != $p.received.unique + $booked;
			"\($name): \($p.offered.accepted) is not \($p.received.unique) + \($booked)"),
		  fault($p.remainder != 0 or $p.balanced != true; "\($name): remainder \($p.remainder)"),
		  fault($p.flows_seen != $p.flows; "\($name): \($p.flows_seen) flows seen")' "$1"
	jq -r '
		. as $t | ["offered.accepted", "received.unique", "received.frames"][]
		| split(".") as $key | ([$t.paths[] | getpath($key)] | add) as $sum
		| select($sum != ($t | getpath($key))) | "\($key): \($sum) of all paths"' "$1"
	jq -r '. as $t | .ledger[] | .path as $path | $t.paths[$path] as $p | .evidence[] |
		select(.counter | startswith($p.from + ":") or startswith($p.to + ":") | not) |
		"\($path): evidence of another path: \(.counter)"' "$1"
}

# at_rate WHAT ARGUMENTS...: paced, nothing may be lost; a busy machine may starve a generator
at_rate() {
	local what=$1

	shift
	start run "$TMP/plan.ini" --out "$TMP/r" --json --set traffic.rate=10kpps "$@"
	finish
	is "$what: exit code" "$RUN_CODE" 0
	check_trials "$what" "$TMP/out" 1
	empty "$what: every path" "$(path_faults "$TMP/out")"
	is "$what: nothing is lost, foreign or stale" \
		"$(jq -c '[.loss.frames, .received.foreign, .received.stale, .received.corrupt]' \
			"$TMP/out")" '[0,0,0,0]'
}

# overload WHAT ARGUMENTS...: the smallest rings and buffers, so that there is loss on every path
overload() {
	local what=$1 lossless

	shift
	start run "$TMP/plan.ini" --out "$TMP/r" --json --set traffic.rate=max "$@"
	finish
	# 1: the warm-up may lose a flow in a buffer that small
	[ "$RUN_CODE" -le 2 ] || not_ok "$what: exit code $RUN_CODE" "$(cat "$TMP/err")"
	check_trials "$what" "$TMP/out" 1
	empty "$what: every path" "$(path_faults "$TMP/out")"
	lossless=$(jq -r '.paths | to_entries[] | select(.value.loss.frames == 0) | .key' "$TMP/out")
	empty "$what: every path has loss to be booked" "$lossless"
}

# small SIDE...: arguments that make it lose
small() {
	local side

	for side in "$@"; do
		printf -- '--set %s.rcvbuf=4096 ' "$side"
	done
}

small_rings() {
	local side

	for side in "$@"; do
		printf -- '--set %s.ring=64 ' "$side"
	done
}

host_remember

# ---- pairs ----
for tx in udp af_xdp; do
	for rx in udp af_xdp; do
		plan_pairs "$tx" "$rx" >"$TMP/plan.ini"
		at_rate "two pairs, $tx to $rx"
		is "two pairs, $tx to $rx: paths" "$(jq -r '.paths | keys_unsorted[]' "$TMP/out" | xargs)" \
			'tx1-rx1 tx2-rx2'
		is "two pairs, $tx to $rx: each in namespaces of its own" \
			"$(jq '[.sides[].device.netns] | unique | length' "$TMP/out")" 4
		tiny=$(small rx1 rx2)
		[ "$rx" = udp ] || tiny=$(small_rings rx1 rx2)
		# shellcheck disable=SC2086
		overload "two pairs, $tx to $rx, overload" $tiny
	done
done

# ---- both directions ----
for a in udp af_xdp; do
	for b in udp af_xdp; do
		plan_both "$a" "$b" >"$TMP/plan.ini"
		at_rate "both directions, $a and $b"
		is "both directions, $a and $b: paths" \
			"$(jq -r '.paths | keys_unsorted[]' "$TMP/out" | xargs)" 'a-b b-a'
		is "both directions, $a and $b: one cable" \
			"$(jq -c '[.sides[].device.ifname]' "$TMP/out")" '["rl-tx0","rl-rx0"]'
		is "both directions, $a and $b: generators first, then sinks" \
			"$(jq -c '[.sides[].threads[].cpu]' "$TMP/out")" '[0,1,1,0]'
		tiny=
		[ "$a" = udp ] && tiny+=$(small a)
		[ "$a" = udp ] || tiny+=$(small_rings a)
		[ "$b" = udp ] && tiny+=" $(small b)"
		[ "$b" = udp ] || tiny+=" $(small_rings b)"
		# shellcheck disable=SC2086
		overload "both directions, $a and $b, overload" $tiny
	done
done
plan_both af_xdp af_xdp >"$TMP/plan.ini"
# shellcheck disable=SC2046
overload "both directions, native and generic, overload" $(small_rings a b) \
	--set b.xdp_mode=generic

# ---- IPv6 ----
v6="--set traffic.family=ipv6 --set traffic.frame=84"
for ends in "af_xdp af_xdp" "udp udp" "af_xdp udp"; do
	read -r a b <<<"$ends"
	plan_both "$a" "$b" >"$TMP/plan.ini"
	# shellcheck disable=SC2086
	at_rate "IPv6, both directions, $a and $b" $v6
	is "IPv6, both directions, $a and $b: addresses" \
		"$(jq -c '[.sides[].device.ip6]' "$TMP/out")" '["2001:2::1","2001:2::2"]'
done
plan_pairs udp udp >"$TMP/plan.ini"
# shellcheck disable=SC2046,SC2086
overload "IPv6, two pairs, udp to udp, overload" $v6 $(small rx1 rx2)
is "IPv6, two pairs, udp to udp, overload: the IPv6 stack's counters tell" \
	"$(jq -r '[.ledger[] | select(.place == "UDP receive buffer") | .evidence[0].counter] | unique[]' \
		"$TMP/out" | xargs)" 'rx1:snmp6.Udp6RcvbufErrors rx2:snmp6.Udp6RcvbufErrors'

# ---- killed with several cables ----
# Both generators on CPU 0: while one spins on each CPU, the scheduler may leave this shell, which
# waits for the traffic, without a CPU until the run is over (seen: 22 s runnable on kernel 6.18).
plan_pairs udp udp >"$TMP/plan.ini"
start run "$TMP/plan.ini" --out "$TMP/r" --json --set traffic.rate=10kpps --set traffic.duration=30s \
	--set tx2.cpus=0 --set rx2.cpus=1
wait_for 20 traffic_flows 0 || not_ok "traffic flows before the kill" "$(cat "$TMP/err")"
kill -KILL "$RUN_PID"
finish
wait_for 10 no_ringloss
is "after kill -9: four namespaces are left" \
	"$(find /run/netns -name "ringloss-*-$RUN_NAME" | wc -l)" 4
"$RINGLOSS" restore >"$TMP/out" 2>&1
is "restore after kill -9: exit code" "$?" 0

# ---- what cannot be ----
{
	head_of bad
	side tx generator udp
	side rx1 sink udp
	side rx2 sink udp
} >"$TMP/plan.ini"
start run "$TMP/plan.ini" --out "$TMP/r"
finish
is "one generator, two sinks: exit code" "$RUN_CODE" 65
has "one generator, two sinks: the remedy" "$(cat "$TMP/err")" 'generators: 1, sinks: 2.*\[path NAME\]'
printf '[path p]\nfrom = tx\nto = rx1\n[path q]\nfrom = tx\nto = rx2\n' >>"$TMP/plan.ini"
start run "$TMP/plan.ini" --out "$TMP/r"
finish
is "two paths of a generator: exit code" "$RUN_CODE" 65
has "two paths of a generator: the remedy" "$(cat "$TMP/err")" \
	'side tx sends on path p already.*add another generator'

check_host "afterwards"
