#!/bin/bash
# needs: root netns bpf xdp
# Frames as others see them: sizes on the wire with every endpoint at either end, headers, checksums
# and flows by tcpdump, the sink's ARP, and an interface that does not listen to everything.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

host_remember

# Frames of the wrong size: bytes that the sink's device counted against frames. The FCS is not
# in them, nor, where veth's NAPI counts, the Ethernet header (veth_xdp_rcv).
size_faults() {
	jq -r '(if .sides.rx.mode == "native" then 18 else 4 end) as $less | (.sides.rx.counters | .after["dev.rx_bytes"] - .before["dev.rx_bytes"]) as $bytes |
		(.sides.rx.counters | .after["dev.rx_packets"] - .before["dev.rx_packets"]) as $n |
		(.point["traffic.frame"] | tonumber) as $size |
		select($n == 0 or $bytes != $n * ($size - $less)) |
		"\(.point): \($bytes) bytes in \($n) frames"' "$1"
}

# ---- every size, every endpoint at either end; 9018 needs a lab with another MTU ----
sizes=64,65,128,1518
start run "$PLAIN" --out "$TMP/r" --json --set tx.endpoint=udp,af_xdp --set rx.endpoint=udp,af_xdp \
	--set traffic.frame=$sizes --set traffic.rate=20kpps --set traffic.duration=500ms
finish
check_trials "every size and endpoint" "$TMP/out" 16
is "every size and endpoint: all are valid" "$(jq -r .verdict "$TMP/out" | sort | uniq -c | xargs)" \
	'16 valid'
empty "every size and endpoint: the wire carries that many bytes" "$(size_faults "$TMP/out")"
# runs of 20 frames (udp) or one (af_xdp) go round the flows
empty "every size and endpoint: every flow is seen" "$(jq -c 'select(.offered.accepted >= 5120 and
	.loss.frames == 0) | select(.paths[].flows_seen != 256) | [.point, .paths[].flows_seen]' \
	"$TMP/out")"

start run "$PLAIN" --out "$TMP/r" --json --set tx.endpoint=udp --set rx.endpoint=udp \
	--set traffic.frame=1519,9018 --set traffic.rate=5kpps
finish
check_trials "large frames" "$TMP/out" 2
is "large frames: all are valid" "$(jq -r .verdict "$TMP/out" | sort | uniq -c | xargs)" '2 valid'
empty "large frames: the wire carries that many bytes" "$(size_faults "$TMP/out")"
is "large frames: the lab's MTU is 9000" "$(jq .sides.rx.device.mtu "$TMP/out" | sort -u)" 9000

for size in 63 9019; do
	start run "$PLAIN" --out "$TMP/none" --set traffic.frame=$size
	finish
	is "frames of $size bytes are refused" "$RUN_CODE" 64
	has "frames of $size bytes: the range is told" "$(cat "$TMP/err")" '64\.\.9018'
done
check_host "sizes"

# ---- what tcpdump sees, on the standing lab ----
own_standing_lab "frames by tcpdump"
"$RINGLOSS" lab up >/dev/null
STANDING=1

# capture END FILTER: into $TMP/END.pcap. -p: tcpdump itself must not make it promiscuous.
declare -A captures=()
capture() {
	rm -f "$TMP/$1.pcap" "$TMP/$1.tcpdump" # the last one's say nothing of this one
	nsenter --net="/run/netns/ringloss-$1" tcpdump -p -n -i "rl-${1}0" -s 2048 -B 32768 -Z root \
		--immediate-mode -U -w "$TMP/$1.pcap" "$2" 2>"$TMP/$1.tcpdump" &
	captures[$1]=$!
	started+=("$!")
	wait_for 10 grep -qs 'listening on' "$TMP/$1.tcpdump" ||
		not_ok "tcpdump listens" "$(cat "$TMP/$1.tcpdump")"
}

captured() {
	[ "$(tcpdump -nr "$TMP/$1.pcap" 2>/dev/null | wc -l)" -ge "$2" ]
}

# capture_end END FRAMES: when that many are in the file, or never will be
capture_end() {
	wait_for 5 captured "$1" "$2"
	kill -INT "${captures[$1]}"
	wait "${captures[$1]}"
	is "tcpdump itself lost nothing ($1)" \
		"$(grep -oE '^[0-9]+ packets dropped by kernel' "$TMP/$1.tcpdump")" \
		'0 packets dropped by kernel'
}

promiscuity() {
	ip -n "ringloss-$1" -j -d link show "rl-${1}0" | jq '.[0].promiscuity'
}

# seen GENERATOR SIZE: 1,000 frames to a UDP sink, which a packet socket can look at
seen() {
	local what="$1, $2 bytes" text=$TMP/text frames

	frames=$(rx_packets)
	capture rx udp
	capture tx arp
	start run "$PLAIN" --out "$TMP/r" --json --set plan.lab=standing --set tx.endpoint="$1" \
		--set rx.endpoint=udp --set traffic.frame="$2" --set traffic.rate=2kpps \
		--set traffic.duration=500ms
	wait_for 20 received_more_than "$frames"
	is "$what: not promiscuous while at work" "$(promiscuity rx) $(promiscuity tx)" '0 0'
	finish
	is "$what: the trial is valid" "$(jq -r .verdict "$TMP/out")" valid
	frames=$(($(rx_packets) - frames))
	capture_end rx "$frames"
	capture_end tx 1
	# a packet a line: -v makes two of it
	tcpdump -nevv -r "$TMP/rx.pcap" 2>/dev/null | sed -E ':a;N;s/\n[ \t]+/ /;ta;P;D' >"$text"
	is "$what: every frame that the device took is there" "$(wc -l <"$text")" "$frames"
	empty "$what: headers are as planned" "$(grep -vE "^[0-9:.]+ 02:72:6c:00:00:01 > \
02:72:6c:00:00:02, ethertype IPv4 \(0x0800\), length $(($2 - 4)): \(tos 0x0, ttl 64, id [0-9]+, \
offset 0, flags \[DF\], proto UDP \(17\), length $(($2 - 18))\) 198\.18\.0\.1\.[0-9]+ > \
198\.18\.0\.2\.9: " "$text" | head -n 5)"
	empty "$what: IP checksums are right" "$(grep -m 5 'bad cksum' "$text")"
	# what a UDP socket sends over a veth leaves the checksum to the receiver (CHECKSUM_PARTIAL)
	[ "$1" = udp ] || is "$what: UDP checksums are right" "$(grep -c 'udp sum ok' "$text")" \
		"$(wc -l <"$text")"
	is "$what: a source port a flow" "$(grep -oE '198\.18\.0\.1\.[0-9]+' "$text" | sort -u |
		wc -l)" 256
	is "$what: the sink says by ARP where it is" "$(tcpdump -ner "$TMP/tx.pcap" 2>/dev/null |
		grep -cE '02:72:6c:00:00:02 > ff:ff:ff:ff:ff:ff, .*(who-has|Announcement|is-at).*198\.18\.0\.2|Announcement 198\.18\.0\.2')" 1
}

seen af_xdp 64
seen af_xdp 1518
seen udp 64
seen udp 65
