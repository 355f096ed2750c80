#!/bin/bash
# needs: root netns bpf xdp cpus2
# ringloss trust on a veth: each counter's verdict is what another tool counts, and what is known of the
# driver; a run afterwards cites them, also without the file; everything is put back; what cannot be
# judged is refused. What cards count needs the guest: tests/nic/vmxnet3-trust.sh, igb-trust.sh.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

FILE=$TMP/trust.json

# trust ARGUMENTS: into $FILE; sets CODE. At NETNS, if that is set.
trust() {
	${NETNS:+nsenter --net=/run/netns/$NETNS} "$RINGLOSS" trust --results "$TMP/results" --json "$@" >"$FILE" 2>"$TMP/err"
	CODE=$?
}

# verdicts CAUSE: "COUNTER VERDICT" of those that are there, and by how much they moved of what was lost
verdicts() {
	jq -r --arg cause "$1" '.causes[] | select(.cause == $cause) | .known as $known | .counters[] |
		select(.verdict != "n/a") | "\(.counter) \(.verdict) \(if .moved == $known then "all" else .moved end)"' \
		"$FILE" | paste -sd' '
}

lost() {
	jq --arg cause "$1" '.causes[] | select(.cause == $cause) | .known' "$FILE"
}

# Two ends of a cable in a namespace of the user's, from where a run takes them.
HOME_NS=ringloss-home-$$
at_exit "ip netns del $HOME_NS"
here() {
	ip netns exec "$HOME_NS" "$@"
}
ip netns add "$HOME_NS"
here ip link add pa mtu 3000 type veth peer name pb mtu 1500
here ip address add 198.18.7.1/24 dev pa
here ip address add 198.18.7.2/24 dev pb
here ip link set pa up
here ip link set pb up

settled() {
	! here ip -6 address show tentative | grep -q inet6
}

# All that a run may have set on them.
look() {
	local port

	wait_for 10 settled
	for port in pa pb; do
		here ip -d link show $port
		here ip address show $port
		here ethtool -k $port
		here cat /sys/class/net/$port/threaded
	done 2>&1
	here ip neighbour show nud permanent
}

# ---- what is no port, or no pair of them ----

refused() {
	local what=$1 code=$2 says=$3

	shift 3
	trust "$@"
	is "$what: exit code" "$CODE" "$code"
	has "$what: says why" "$(cat "$TMP/err")" "$says"
}

host_remember
look >"$TMP/look.before"
NETNS=$HOME_NS
refused "no interface" 64 'interface is missing, or --lab'
refused "no peer" 64 '--peer is missing' pb
refused "its own peer" 64 'cannot be its own peer' pb --peer pb
refused "its own peer, in one namespace" 64 'cannot be its own peer' pb --peer pb --netns ringloss-x --peer-netns ringloss-x
refused "a lab and a port" 64 'leave IFACE' --lab pb
refused "no such cause" 64 'no cause smoke' --lab --cause smoke
refused "a cause that software has not" 64 'no cause bad-fcs' --lab --cause bad-fcs
refused "no such interface" 66 'absent' absent --peer pa
refused "no such peer" 66 'absent' pb --peer absent
refused "no such peer in a namespace that is there: it is named, with what it has" 66 \
	"namespace $HOME_NS: there is no device net:absent here: choose one of .*net:pa" pb --peer absent --peer-netns "$HOME_NS"
refused "no such namespace" 66 'there is no namespace absent' pb --peer pa --peer-netns absent
refused "an unknown option" 64 'unknown option' --lab --smoke
here ip route add default via 198.18.7.1 dev pb
refused "a port that carries the default route" 78 'pb is not taken: it carries a default route' pb --peer pa
here ip route del default
is "nothing was kept of what was refused" "$(find "$TMP/results" -mindepth 1 2>/dev/null)" ""

# ---- a lab ----

NETNS=
trust --lab --out "$TMP/copy/veth.json"
is "lab: every cause was caused" "$CODE" 0
[ "$CODE" = 0 ] || sed 's/^/# /' "$TMP/err"
is "lab: whose port" "$(jq -r '"\(.driver) \(.version)"' "$FILE")" "veth $(uname -r | cut -d. -f1,2)"
STORED=$RINGLOSS_STATE_DIR/trust/$(jq -r '"\(.driver)-\(.version).json"' "$FILE")
for copy in "$STORED" "$TMP"/results/trust-lab-*/trust/*.json "$TMP/copy/veth.json"; do
	is "lab: the same in each file" "$(jq -cS . "$copy" 2>&1)" "$(jq -cS . "$FILE")"
done
is "nothing lost: no counter moved" "$(verdicts none)$(verdicts none-xsk)" ""
is "ring: booked by the sender alone" "$(verdicts ring)" \
	"rx:dev.rx_missed_errors silent 0 tx:dev.tx_dropped true all"
more_than "ring: frames were lost" "$(lost ring)" 0
is "DPDK's net_af_xdp: imissed leaves a full ring out" "$(verdicts ring-dpdk)" "rx:dpdk.imissed silent 0 $(
	)rx:xsk.rx_ring_full true all rx:eth.rx_drops double all rx:dev.rx_dropped double all"
is "oversize: dropped at both ends" "$(verdicts oversize)" "rx:dev.rx_length_errors silent 0 $(
	)rx:dev.rx_dropped true all tx:dev.tx_dropped double all"
is "wrong MAC" "$(verdicts wrong-mac)" "rx:dev.rx_otherhost_dropped true all"
is "fill ring empty" "$(verdicts fill-empty)" "rx:xsk.rx_dropped true all rx:xsk.rx_fill_ring_empty_descs double all $(
	)rx:eth.rx_drops double all rx:dev.rx_dropped double all"
is "AF_XDP RX ring full" "$(verdicts xsk-ring)" \
	"rx:xsk.rx_ring_full true all rx:eth.rx_drops double all rx:dev.rx_dropped double all"
is "AF_XDP RX ring full, generic: no device counter" "$(verdicts xsk-ring-generic)" "rx:xsk.rx_ring_full true all"
has "backlog: once for the CPU, once for each end" "$(verdicts backlog)" \
	'rx:dev.rx_dropped (double|true) all tx:dev.tx_dropped double all$'
is "UDP buffer: InErrors holds RcvbufErrors" "$(verdicts udp-buffer)" "rx:snmp.Udp.RcvbufErrors true all $(
	)rx:udp.socket_drops double all rx:snmp.Udp.InErrors double all"
is "known numbers" "$(for cause in oversize wrong-mac fill-empty xsk-ring; do lost $cause; done | xargs)" \
	"500 1064 1000 1000"
is "what software cannot cause: why, a command and a source" "$(jq -r '.causes[] | select(.caused | not) |
	select(.why and .command and .source) | .cause' "$FILE" | xargs)" "memory bad-fcs pause"
cat "$TMP"/results/trust-lab-*/*/trials.jsonl >"$TMP/trials"
empty "each is a trial whose ledger balances" "$(identity_faults "$TMP/trials")"
check_schema "each is a trial by the schema" "$TMP/trials"
is "each names its trial" "$(jq -r '.causes[] | .trial // empty' "$FILE" |
	while read -r trial; do wc -l <"$(echo "$TMP"/results/trust-lab-*)/$trial"; done | sort -u)" 1

# ---- files that are shipped ----

for shipped in "$TOP"/trust/*.json; do
	is "shipped: ${shipped##*/}" "$(jq -r '"\(.schema) \(.driver)-\(.version).json \([.causes[].cause] | join(" "))"' \
		"$shipped")" "1 ${shipped##*/} $(jq -r '[.causes[].cause] | join(" ")' "$FILE")"
done

# ---- a ledger afterwards ----

cite() {
	"$RINGLOSS" run "$PLAIN" --out "$TMP/later" --set plan.name=later --set traffic.rate=5kpps \
		--set traffic.frames=1064 --set traffic.duration=5s --set rx.ring=64 --set rx.fill_ring=4096 \
		--set rx.pause=60s >"$TMP/later.out" 2>&1
	LATER=$(last_result "$TMP/later")
}

SENTENCE="xsk.rx_ring_full is true with veth $(jq -r .version "$FILE"): trust, $(jq -r '.made[:10]' "$FILE")"
cite
is "a run: which file" "$(jq -r .sides.rx.trust.file "$LATER/trials.jsonl")" "${STORED##*/}"
is "a run: its row says so" "$(jq -r '.ledger[].trust[0]' "$LATER/trials.jsonl")" "$SENTENCE"
check_schema "a run: the line is valid by the schema" "$LATER/trials.jsonl"
has "a run: its report says so" "$(tr -s ' \n' ' ' <"$TMP/later.out")" \
	"AF_XDP RX ring full: $SENTENCE .*rx_queue_N_drops and rtnetlink's rx_dropped repeat xsk.rx_ring_full"
mv "$STORED" "$TMP/away"
has "a stored result: without the file, too" "$("$RINGLOSS" report "$LATER" | tr -s ' \n' ' ')" "$SENTENCE"
has "a stored result: the page says so" "$(cat "$LATER/report.html")" "$SENTENCE"
cite
is "a run without a file cites none" "$(jq -c '[.ledger[].trust, .sides.rx.trust]' "$LATER/trials.jsonl")" '[null,null]'
sed 's/"schema": 1/"schema": 99/' "$TMP/away" >"$STORED"
cite
is "nor one of another schema" "$(jq -c '[.ledger[].trust, .sides.rx.trust]' "$LATER/trials.jsonl")" '[null,null]'
mv "$TMP/away" "$STORED"

# ---- two ends of the user's ----

NETNS=$HOME_NS
trust pb --peer pa --cause oversize
is "two ends: exit code" "$CODE" 0
is "two ends: this cause and the control" "$(jq -r '.causes[].cause' "$FILE" | xargs)" "none oversize"
is "two ends: verdicts" "$(verdicts oversize)" "rx:dev.rx_length_errors silent 0 $(
	)rx:dev.rx_dropped true all tx:dev.tx_dropped double all"
is "two ends: one cause alone is not for others to go by" "$(jq '.causes | length > 2' "$STORED")" true
is "two ends: as before" "$(look | diff "$TMP/look.before" - 2>&1)" ""

# ---- frames of others: to a hardware address of no host, and so a device's counter moves ----

FA=ringloss-fa-$$ FB=ringloss-fb-$$
at_exit "ip netns del $FA 2>/dev/null; ip netns del $FB 2>/dev/null"
ip netns add $FA
ip netns add $FB
ip link add fa netns $FA type veth peer name fb netns $FB
ip -n $FA address add 198.18.9.1/24 dev fa
ip -n $FB address add 198.18.9.2/24 dev fb
ip -n $FA link set fa up
ip -n $FB link set fb up
ip -n $FA neighbour add 198.18.9.3 lladdr 02:00:00:00:00:99 dev fa nud permanent
ip netns exec $FA ping -q -i 0.005 -c 20000 -w 60 198.18.9.3 >/dev/null 2>&1 &
STRANGER=$!
"$RINGLOSS" trust fb --peer fa --netns $FB --peer-netns $FA --cause wrong-mac --results "$TMP/results" \
	--out "$FILE" >"$TMP/text" 2>"$TMP/err"
is "frames of others: exit code" $? 0
is "frames of others: no lie is made of them" "$(jq -r '.causes[] | .cause as $c | .counters[] |
	"\($c) \(.counter) \(.verdict) \(.why)"' "$FILE" | paste -sd,)" \
	"none rx:dev.rx_otherhost_dropped n/a foreign traffic,wrong-mac rx:dev.rx_otherhost_dropped n/a foreign traffic"
more_than "frames of others: how many" "$(jq '.causes[0].foreign' "$FILE")" 0
has "a result that can be reported is named" "$("$RINGLOSS" report "$(sed -n 's/^trials: .*ringloss report //p' \
	"$TMP/text")" 2>&1)" '1,064'
has "frames of others: are told" "$(tr -s ' \n' ' ' <"$TMP/text")" "foreign traffic: [0-9,]* frames of others at least"
kill $STRANGER
wait $STRANGER 2>/dev/null
ip netns del $FA
ip netns del $FB

# ---- what is no control ----

here ip link add pc type veth peer name pd
here ip address add 198.18.8.1/24 dev pc
here ip address add 198.18.8.2/24 dev pd
here ip link set pc up
here ip link set pd up
cp "$STORED" "$TMP/away"
refused "a wrong cable" 69 "pd .* and its peer pa .* control none, .* 1064 of 1064 frames were lost" \
	pd --peer pa --out "$TMP/wrong.json"
has "a wrong cable: the remedy" "$(cat "$TMP/err")" 'cable between these two'
is "a wrong cable: nothing is judged, nothing written" "$(cat "$FILE"; find "$TMP/wrong.json" "$TMP"/results/trust-pd-*/trust 2>/dev/null
	find "$TMP"/results/trust-pd-*/* -maxdepth 0 | wc -l)" 1
is "a wrong cable: what was known is" "$(cmp "$STORED" "$TMP/away" 2>&1)" ""
here ip link del pc

# a file that knows more: of a cause that there is no way to
NETNS=
jq '.causes |= map(if .cause == "memory" then .caused = true else . end)' "$TMP/away" >"$STORED"
cp "$STORED" "$TMP/more"
trust --lab --out "$TMP/less.json"
is "a file that knows more is kept" "$CODE $(cmp "$STORED" "$TMP/more" 2>&1)" "0 "
has "a file that knows more: that is said" "$(cat "$TMP/err")" 'is kept: it has verdicts for memory'
is "a file that knows more: --out is written" "$(jq -cS . "$TMP/less.json")" "$(jq -cS . "$FILE")"
rm -rf "$RINGLOSS_STATE_DIR/trust"
check_host "the end"
