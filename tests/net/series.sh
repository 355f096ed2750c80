#!/bin/bash
# needs: root netns bpf xdp
# The shape of loss: numbers that a firewall takes out are one burst of exactly that length, or as
# many bursts of one, at any sink; and the samples of a trial say when it was.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

host_remember
own_pair

drop_nothing() {
	nsenter --net="/run/netns/$PAIR_RX" nft flush ruleset
	nsenter --net="/run/netns/$PAIR_TX" nft flush ruleset
}

# drop END EXPRESSION: what of our frames does not come through at the device's ingress (rx) or
# egress (tx). The stamp begins behind the 64 bits of the UDP header: magic 16, epoch 16, stream 16,
# sequence 48. The warm-up has numbers below 100.
drop() {
	local ns=$PAIR_RX dev=pk-rx0 hook=ingress

	[ "$1" = rx ] || ns=$PAIR_TX dev=pk-tx0 hook=egress
	drop_nothing
	nsenter --net="/run/netns/$ns" nft -f - <<-NFT
		table netdev shape {
			chain holes {
				type filter hook $hook device "$dev" priority 0
				udp dport 9 $2 drop
			}
		}
	NFT
}

seq=@th,128,32    # the lower 32 bits
stream=@th,96,16

# trial WHAT ARGUMENTS: one trial, in $TMP/out. Its receive buffer has room for all of
# its frames, so that a sink without a CPU loses none.
trial() {
	local what=$1 sink=(--set rx.endpoint=udp --set rx.rcvbuf=32M)

	shift
	case $* in
	*rx.endpoint=*) sink=() ;;
	esac
	start run "$PLAIN" --out "$TMP/r" --json "${PAIR[@]}" --set tx.endpoint=udp \
		"${sink[@]}" --set traffic.flows=1 --set traffic.rate=5kpps \
		--set traffic.duration=2s "$@"
	finish
	is "$what: one line" "$(wc -l <"$TMP/out")" 1
	# a rule without a counter is a remainder: that the loss is located is another suite's concern
	empty "$what: bursts and series agree with the totals" "$(identity_faults "$TMP/out" located)"
	check_schema "$what: the line is valid by the schema" "$TMP/out"
}

runs() {
	of "[.$1 | .count, .frames, .longest, .lengths]"
}

# What of .series speaks against a loss of frames FROM up to TO of the only flow; a line each. What is
# missing at a sample and at all later ones is all that can be lost by then. Nothing here depends on
# how fast the machine was: times are those at which so many frames had been sent. A burst of 64 may
# have arrived that does not count as sent yet.
series_faults() {
	jq -r --argjson from "$1" --argjson to "$2" '(.paths | keys[0]) as $name
		| .series as $s | $s.paths[$name] as $p
		| [range($s.t_s | length) | {i: ., t: $s.t_s[.], sent: $p.accepted[.],
			missing: ($p.accepted[.] - $p.received[.])}] as $rows
		| ($rows[] | select(.missing < -64) | "received before it was sent: \(.)"),
		  ($rows[] | select(.sent >= $to and .missing < $to - $from - 64) |
			"sent up to the end of the hole, and not missing: \(.)"),
		  ($rows | map(select(.sent <= $from)) | select(length == 0) |
			"no sample before the hole"),
		  ($rows | map(select(.sent <= $from and .missing < ($to - $from) / 2)) | select(length == 0) |
			"as much missing before the hole as in it"),
		  ($rows[-1] | select(.missing != $to - $from) | "the end: \(.)")' "$TMP/out"
}

# The times that the report gives, as how many frames had been sent by then.
report_window() {
	local from to

	read -r from to < <("$RINGLOSS" report "$(last_result "$TMP/r")" |
		sed -n 's/.*, four fifths of it between \([0-9.]*\) s and \([0-9.]*\) s.*/\1 \2/p')
	jq -c --arg from "${from:-none}" --arg to "${to:-none}" '(.paths | keys[0]) as $name | .series |
		[.t_s, .paths[$name].accepted] | transpose as $rows |
		def sent($t): if $t == "0.000" then 0 else ($rows[] |
			select((.[0] - ($t | tonumber)) | fabs < 0.001) | .[1]) end;
		[sent($from), sent($to)]' "$TMP/out"
}

# ---- one hole ----
drop rx "$seq 4000-5499"
trial "a hole"
is "a hole: one burst of exactly that length" "$(runs bursts)" '[1,1500,1500,[0,0,0,0,0,0,0,0,0,0,1]]'
is "a hole: nothing lies between bursts" "$(runs gaps)" '[0,0,0,[]]'
empty "a hole: the samples have it where it was" "$(series_faults 4000 5500)"
is "a hole: the report has its time" "$(report_window | jq -c '[.[0] <= 4300, .[1] >= 5200,
	.[1] - .[0] < 9000]')" '[true,true,true]'
has "a hole: the report has the burst" "$("$RINGLOSS" report "$(last_result "$TMP/r")")" \
	'loss in 1 burst, longest 1,500 frames, four fifths of it between'
has "a hole: the page draws it" "$(cat "$(last_result "$TMP/r")/report.html")" \
	'<h2>Over time</h2>'
is "a hole: the table has it" "$(sed -n '1s/\r//p;2s/\r//p' "$(last_result "$TMP/r")/summary.csv" |
	python3 -c 'import csv, sys
for row in csv.DictReader(sys.stdin):
    print(row["loss_bursts"], row["longest_burst_frames"], row["longest_flow_burst_frames"])')" '1 1500 1500'

# ---- a hole in all of several flows; udp sends 5 frames of each in turn ----
drop rx "$seq 500-599"
trial "a hole in four flows" --set traffic.flows=4
is "a hole in four flows: a burst of each" "$(runs bursts)" '[4,400,100,[0,0,0,0,0,0,4]]'
is "a hole in four flows: one in the order of sending" "$(runs queue_bursts)" \
	'[1,400,400,[0,0,0,0,0,0,0,0,1]]'
has "a hole in four flows: the report has both" \
	"$("$RINGLOSS" report "$(last_result "$TMP/r")")" \
	'loss in 1 burst, longest 400 frames \(of one flow 100 in a row\)'

# ---- every second one of a stretch ----
drop rx "$seq & 1 == 1 $seq 5000-5199"
trial "every second one"
is "every second one: bursts of one" "$(runs bursts)" '[100,100,1,[100]]'
is "every second one: gaps of one" "$(runs gaps)" '[99,99,1,[99]]'
empty "every second one: the samples have it where it was" "$(jq -r '(.paths | keys[0]) as $name |
	.series.paths[$name] | [.accepted, .received] | transpose[] |
	select(.[0] >= 5200 and .[0] - .[1] < 100 - 64) | tostring' "$TMP/out")"

# ---- the end of the trial: only the generator knows how long it was ----
drop rx "$seq >= 9000"
trial "the tail"
is "the tail: one burst up to the last frame" "$(runs bursts | jq -c '.[:3]')" \
	"$(of '[1] + [.offered.accepted - 9000 | ., .]')"

# ---- flows of which one is lost ----
drop rx "$stream 2 $seq >= 100"
trial "one flow of four" --set traffic.flows=4 --set traffic.rate=5kpps
is "one flow of four: its burst, and of no other flow" "$(runs bursts | jq -c '.[:3]')" \
	"$(of '[1] + [.loss.frames | ., .]')"
more_than "one flow of four: in the order of sending it is many" "$(of .queue_bursts.count)" 300
is "one flow of four: of five each" "$(of '.queue_bursts | .longest == 5 and .lengths[2] >= .count - 1')" true
is "one flow of four: gaps of fifteen" "$(of '.queue_gaps | [.longest, .mean == 15]')" '[15,true]'
is "one flow of four: a quarter, less its beginning" \
	"$(of '.loss.frames - (.offered.accepted / 4 - 100) | fabs <= 5')" true

# ---- the sink that checks in the driver: frames that never leave the sender's device ----
drop tx "$seq 4000-5499"
trial "xdp" --set rx.endpoint=xdp
is "xdp: one burst of exactly that length" "$(runs bursts)" '[1,1500,1500,[0,0,0,0,0,0,0,0,0,0,1]]'
empty "xdp: the samples have it where it was" "$(series_faults 4000 5500)"
drop tx "$seq & 1 == 1 $seq 5000-5199"
trial "xdp, every second one" --set rx.endpoint=xdp
is "xdp, every second one: bursts of one" "$(runs bursts)" '[100,100,1,[100]]'
is "xdp, every second one: gaps of one" "$(runs gaps)" '[99,99,1,[99]]'

# ---- a sink that pauses: loss that a counter knows, in the course of the trial ----
drop_nothing
for sink in af_xdp packet udp; do
	case $sink in
	af_xdp) counters='xsk.rx_dropped xsk.rx_ring_full' small=(--set rx.ring=64 --set rx.xdp_mode=native) ;;
	packet) counters=packet.tp_drops small=(--set rx.ring=64) ;;
	udp) counters=udp.socket_drops small=(--set rx.rcvbuf=4096) ;;
	esac
	trial "$sink, pausing" --set rx.endpoint=$sink --set rx.pause=300ms --set traffic.duration=1s \
		"${small[@]}"
	more_than "$sink, pausing: several bursts" "$(of .bursts.count)" 1
	more_than "$sink, pausing: gaps between" "$(of .gaps.count)" 0
	is "$sink, pausing: the last sample has every loss" \
		"$(jq --arg ids "$counters" '.series.sides.rx as $rx |
			[$ids | split(" ")[] | $rx[.][-1]] | add' "$TMP/out")" "$(of .loss.frames)"
	is "$sink, pausing: it had not all happened at the start, nor at the end" \
		"$(jq --arg ids "$counters" '.series.sides.rx as $rx | .loss.frames as $all |
			[$ids | split(" ")[] | $rx[.]] | transpose | map(add) |
			map(select(. > 0 and . < $all)) | length > 0' "$TMP/out")" true
done

# ---- the interval ----
trial "every 10 ms" --set traffic.sample=10ms --set traffic.duration=500ms
more_than "every 10 ms: more than every 100 ms" "$(of '.series.t_s | length')" 10
trial "no samples" --set traffic.sample=0s --set traffic.duration=200ms
is "no samples: none" "$(of .series)" null
start run "$PLAIN" --out "$TMP/none" "${PAIR[@]}" --set traffic.sample=5ms
finish
is "samples nearer than 10 ms are refused" "$RUN_CODE" 65
has "samples nearer than 10 ms: the remedy is told" "$(cat "$TMP/err")" 'traffic.sample = 5 ms: 10ms or more'
leave_pair

# ---- two queues at both ends, each with a thread: every flow's bitmap is put together from two ----
start run "$PLAIN" --out "$TMP/r" --json --set tx.queues=2 --set rx.queues=2 --set rx.cpus=0-1 \
	--set rx.ring=64 --set rx.pause=50ms --set traffic.flows=16 --set traffic.rate=40kpps \
	--set traffic.duration=500ms
finish
check_trials "two queues" "$TMP/out" 1
is "two queues: two threads" "$(of '.sides.rx.threads | length')" 2
more_than "two queues: bursts" "$(of .queue_bursts.count)" 2
is "two queues: a burst in the order of sending is one of all 8 flows of a queue" \
	"$(of '.bursts.count / .queue_bursts.count | . > 7.5 and . <= 8')" true
check_host "afterwards"
