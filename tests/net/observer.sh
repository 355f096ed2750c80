#!/bin/bash
# needs: root netns bpf xdp cpus2
# The observer beside other tools: rules that drop at random, foreign traffic that meets them too, a kernel
# without type information, an observer that is off, and one that sees each frame.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

host_remember
own_pair

# observed OPTIONS...: one trial from socket to socket, with 10 % of foreign datagrams beside
observed() {
	"$BLAST" --netns "/run/netns/$PAIR_TX" --rate 2000 "198.18.0.2:10" 5000 >"$TMP/blast" 2>&1 &
	started+=($!)
	"$RINGLOSS" run "$PLAIN" --out "$TMP/r" --json "${PAIR[@]}" --set tx.endpoint=udp \
		--set rx.endpoint=udp --set rx.rcvbuf=32M --set traffic.rate=20kpps --set traffic.duration=1s "$@" \
		>"$TMP/out" 2>"$TMP/err"
	wait $!
	cat "$TMP/out" >>"$TMP/all"
}

booked() {
	jq --arg place "$1" '[.ledger[] | select(.place == $place) | .frames] | add // 0' "$TMP/out"
}

# What the rule with a comment has counted.
rule() {
	nsenter --net="/run/netns/$PAIR_RX" nft -j list ruleset | jq --arg comment "$1" '.nftables[] |
		select(.rule.comment == $comment) | .rule.expr[] | select(.counter) | .counter.packets'
}

# Our frames of the trial alone: those of the warm-up pass, for they come in another number. nft
# counts each that it drops.
random_rules() {
	nsenter --net="/run/netns/$PAIR_RX" nft -f - <<-'NFT'
		table inet ringloss {
			chain input {
				type filter hook input priority 0
				udp dport 9 @th,128,32 >= 100 numgen random mod 10 < 3 counter drop comment "ours"
				udp dport 10 numgen random mod 10 < 3 counter drop comment "foreign"
			}
		}
	NFT
}

# Sinks whose frames all end as drops are not slowed down by an observer that nobody asked for.
for sink in udp packet xdp; do
	"$RINGLOSS" run "$PLAIN" --out "$TMP/r" --json "${PAIR[@]}" --set rx.endpoint=$sink >"$TMP/out"
	cat "$TMP/out" >>"$TMP/all"
	wanted=off
	[ $sink = udp ] && wanted=counters
	is "auto, $sink: $wanted" "$(jq -r '.sides.rx.observer.mode // "off"' "$TMP/out")" $wanted
done

random_rules
for mode in counters full; do
	before=$(rule ours)
	observed --set traffic.flows=1 --set traffic.observer=$mode
	dropped=$(($(rule ours) - before))
	is "$mode: the trial is there" "$(jq -r .verdict "$TMP/out")" valid
	is "$mode: firewall = the counter of the rule for our port" "$(booked firewall)" "$dropped"
	is "$mode: and that is all that was lost" "$(jq .loss.frames "$TMP/out")" "$dropped"
	is "$mode: the rule is named, with what it dropped" "$(jq -c '[.sides.rx.dropping_rules[] |
		select(.comment == "ours") | [.table, .chain, .packets]]' "$TMP/out")" \
		"[[\"ringloss\",\"input\",$dropped]]"
	is "$mode: every edge's remainder is 0" \
		"$(jq -c '[.paths[].edges[].remainder] | unique' "$TMP/out")" '[0]'
	is "$mode: others' drops are apart" "$(jq '.sides.rx.observer.events | map(select(.reason ==
		"NETFILTER_DROP") | .foreign) | add > 100' "$TMP/out")" true
	is "$mode: what an event costs is told" \
		"$(jq '[.sides[].observer.ns_per_event] | all(. > 0)' "$TMP/out")" true
	is "$mode: none was missed" "$(jq -c '[.sides[].observer.missed] | unique' "$TMP/out")" '[0]'
done
is "full: ours at the entrance of the protocols are those that the wire took" \
	"$(jq '.paths[].edges | (.[] | select(.edge == "stack") | .ours) ==
	(.[] | select(.edge == "wire") | .ours)' "$TMP/out")" true
is "foreign: the rule struck them, too" "$([ "$(rule foreign)" -gt 300 ] && echo yes)" yes

# Copies of ours that a mirror makes and that are dropped elsewhere are no loss of ours.
ip -n "$PAIR_RX" link add pk-mirror0 type veth peer name pk-mirror1
ip -n "$PAIR_RX" link set pk-mirror0 up
ip -n "$PAIR_RX" link set pk-mirror1 up
nsenter --net="/run/netns/$PAIR_RX" nft flush ruleset
nsenter --net="/run/netns/$PAIR_RX" nft -f - <<-'NFT'
	table netdev mirror {
		chain ingress {
			type filter hook ingress device "pk-rx0" priority 0
			udp dport 9 dup to "pk-mirror0"
		}
	}
NFT
observed --set traffic.flows=1
is "a mirror: its copies were dropped" "$(jq '[.sides.rx.observer.events[] | select(.device ==
	"pk-mirror1") | .ours] | add > 10000' "$TMP/out")" true
is "a mirror: nothing is lost, booked or left over" \
	"$(jq -c '[.loss.frames, .remainder, ([.ledger[] | .frames] | add)]' "$TMP/out")" '[0,0,null]'
ip -n "$PAIR_RX" link del pk-mirror0

# Two paths between the same namespaces: each has its own loss.
ip -n "$PAIR_TX" link add pk-tx1 address 02:00:00:00:01:01 type veth peer name pk-rx1 \
	address 02:00:00:00:01:02 netns "$PAIR_RX"
i=1
for end in "$PAIR_TX/pk-tx1" "$PAIR_RX/pk-rx1"; do
	ip -n "${end%/*}" link set "${end#*/}" arp off multicast off
	ip -n "${end%/*}" address add 198.18.1.$i/24 dev "${end#*/}"
	ip -n "${end%/*}" link set "${end#*/}" up
	ip -n "${end%/*}" neighbour add 198.18.1.$((3 - i)) nud permanent \
		lladdr 02:00:00:00:01:0$((3 - i)) dev "${end#*/}"
	i=2
done
cat >"$TMP/two.ini" <<-PLAN
	[plan]
	name = two
	[traffic]
	rate = 10kpps
	duration = 500ms
	flows = 1
	unsent_max = 100%
	$(for i in 0 1; do
		printf '[side t%s]\nrole = generator\nendpoint = udp\nnetns = %s\n' $i "$PAIR_TX"
		printf 'device = net:pk-tx%s\ncpus = 0\n[side r%s]\nrole = sink\n' $i $i
		printf 'endpoint = udp\nnetns = %s\ndevice = net:pk-rx%s\n' "$PAIR_RX" $i
		printf 'cpus = 1\nrcvbuf = 32M\nidle = poll\n'
	done)
PLAN
nsenter --net="/run/netns/$PAIR_RX" nft flush ruleset
nsenter --net="/run/netns/$PAIR_RX" nft -f - <<-'NFT'
	table inet two {
		chain input {
			type filter hook input priority 0
			iif "pk-rx0" udp dport 9 @th,128,32 500-536 drop
			iif "pk-rx1" udp dport 9 @th,128,32 1000-1099 drop
		}
	}
NFT
"$RINGLOSS" run "$TMP/two.ini" --out "$TMP/r" --json >"$TMP/out" 2>"$TMP/err"
cat "$TMP/out" >>"$TMP/all"
is "two paths: each has what was dropped of it" "$(jq -c '[.ledger[] | select(.frames) |
	[.path, .place, .frames]] | sort' "$TMP/out")" \
	'[["t0-r0","firewall",37],["t1-r1","firewall",100]]'
is "two paths: nothing is left over" "$(jq -c '[.paths[].remainder]' "$TMP/out")" '[0,0]'
ip -n "$PAIR_TX" link del pk-tx1
nsenter --net="/run/netns/$PAIR_RX" nft flush ruleset
random_rules

# Without an observer the rules' own counters are what there is.
before=$(rule ours)
observed --set traffic.flows=1 --set traffic.observer=off
dropped=$(($(rule ours) - before))
is "off: the loss is the rule's" "$(jq .loss.frames "$TMP/out")" "$dropped"
is "off: nobody observed" "$(jq -c '[.sides[].observer] | unique' "$TMP/out")" '[null]'
is "off: no observer's counter is a number" "$(jq -c '[.sides[].counters.after | to_entries[] |
	select(.key | startswith("bpf.")) | .value] | unique' "$TMP/out")" '["UNSUPPORTED"]'
is "off: booked by the rules' counters, or located" \
	"$(jq --argjson k "$dropped" '[.ledger[] | select(.place == "firewall" or .state == "LOCATED") |
	.frames] | add == $k' "$TMP/out")" true

# without WHAT WORD COMMAND: a run that COMMAND hides something of the kernel from; the result says why
# nobody observed, by WORD.
without() {
	local what=$1 word=$2 dropped before

	before=$(rule ours)
	# shellcheck disable=SC2016
	unshare --mount --propagation private bash -c "$3"' && exec "$@"' - \
		"$RINGLOSS" run "$PLAIN" --out "$TMP/r" --json "${PAIR[@]}" --set tx.endpoint=udp \
		--set rx.endpoint=udp --set rx.rcvbuf=32M --set traffic.rate=20kpps \
		--set traffic.flows=1 >"$TMP/out" 2>"$TMP/err"
	dropped=$(($(rule ours) - before))
	cat "$TMP/out" >>"$TMP/all"
	is "no $what: the result says why nobody observed" "$(jq --arg word "$word" '[.sides[].observer |
		.mode == "none" and (.why | test($word))] | all' "$TMP/out")" true
	is "no $what: the ledger works on" "$(jq -c '[.verdict, .loss.frames, .remainder]' "$TMP/out")" \
		"[\"valid\",$dropped,0]"
}

without "type information" BTF 'mount -t tmpfs none /sys/kernel/btf'
without "addresses of functions" kallsyms 'mount --bind /dev/null /proc/kallsyms'

check_schema "every line is valid by the schema" "$TMP/all"
leave_pair
check_host "observer"
