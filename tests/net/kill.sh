#!/bin/bash
# needs: root netns bpf xdp
# kill -9 of worker, agent and controller in the middle of trials, and every polite way to stop a
# run: no lab, no program, no process and no setting is left, and what was measured is kept.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

rounds=10
sides=(tx rx)

# kill_one WHAT ENDPOINT REASON: trials 1, 3, 5 ... are long and are shot in the middle, trials
# 2, 4, 6 ... are short and must be valid: the run has picked itself up.
kill_one() {
	local what=$1 endpoint=$2 reason=$3 round side pid base dead=''

	start run "$PLAIN" --out "$TMP/$what" --json --set rx.endpoint="$endpoint" \
		--set traffic.duration=30s,200ms --set plan.repeats=$rounds
	wait_for 20 find_lab || not_ok "$what: the lab is there" "$(cat "$TMP/err")"
	for ((round = 0; round < rounds; round++)); do
		side=${sides[round % 2]}
		wait_for 20 lines_at_least "$TMP/out" $((2 * round)) || break
		base=$(rx_packets)
		traffic_flows "$base" || break
		pid=$("${what}_of" "$side")
		if [ -z "$pid" ] || ! kill -KILL "$pid"; then
			not_ok "$what $side, round $round: there is one" "$(cat "$TMP/err")"
			break
		fi
		wait_for 5 gone "$pid" || dead+="$pid lives on; "
	done
	finish
	is "$what: exit code says that some trials were not valid" "$RUN_CODE" 1
	empty "$what: killed means gone" "$dead"
	is "$what: every trial has its line" "$(wc -l <"$TMP/out")" $((2 * rounds))
	is "$what: each trial that was shot is stored as failed" \
		"$(jq -r 'select(.seq % 2 == 1) | .verdict' "$TMP/out" | sort | uniq -c | xargs)" \
		"$rounds failed"
	is "$what: each reason names the side and what happened" "$(jq -r 'select(.seq % 2 == 1) |
		.validity.reasons[0]' "$TMP/out" | grep -cE "$reason")" "$rounds"
	is "$what: each next trial is valid" "$(jq -r 'select(.seq % 2 == 0) | .verdict' "$TMP/out" |
		sort | uniq -c | xargs)" "$rounds valid"
	empty "$what: their ledgers balance" "$(identity_faults "$TMP/out")"
	check_schema "$what: failed trials are in the schema, too" "$TMP/out"
	check_host "$what"
}

# The controller is killed; nobody tells the others. WHEN names the round.
kill_controller() {
	local when=$1 before

	{ kill -KILL "$RUN_PID" && wait "$RUN_PID"; } 2>/dev/null
	if ! wait_for 5 no_ringloss; then
		not_ok "controller, $when: no orphan lives on" \
			"$(ps -fp "$(ringloss_pids | paste -sd,)" 2>&1)"
	fi
	if [ -n "$RUN_NAME" ]; then
		before=$(rx_packets)
		sleep 0.05 # a thousand frames and more, if anybody sent
		is "controller, $when: nobody sends any more" "$(rx_packets)" "$before"
	fi
	"$RINGLOSS" restore >"$TMP/restore" 2>&1
	is "controller, $when: restore succeeds" "$?" 0
	"$RINGLOSS" restore >"$TMP/restore2" 2>&1
	has "controller, $when: restore has nothing to do the second time" "$(cat "$TMP/restore2")" \
		'^nothing to restore$'
	host_clean
	empty "controller, $when: nothing left" "$(cat "$TMP/host.left")"
}

long_run() {
	start run "$PLAIN" --out "$TMP/long" --json "$@"
}

# stop_run HOW SIGNAL CODE: the first trial is done, the second at work
stop_run() {
	local how=$1 signal=$2 code=$3 target folder

	long_run --set traffic.duration=100ms,30s
	wait_for 20 lines_at_least "$TMP/out" 1 && wait_for 20 find_lab && traffic_flows "$(rx_packets)"
	target=$RUN_PID
	[ "$how" = group ] && target=-$RUN_PID
	kill "-$signal" -- "$target"
	finish
	folder=$(last_result "$TMP/long")
	is "$signal to $how: exit code" "$RUN_CODE" "$code"
	is "$signal to $how: the trial that was done is kept" \
		"$(head -n 1 "$folder/trials.jsonl" | jq -r '"\(.seq) \(.verdict)"')" '1 valid'
	is "$signal to $how: the one at work is kept as failed" \
		"$(tail -n +2 "$folder/trials.jsonl" | jq -r '"\(.seq) \(.verdict) " +
			.validity.reasons[0]')" '2 failed interrupted by the user'
	for file in report.html summary.csv host-tx.json; do
		[ -s "$folder/$file" ] || not_ok "$signal to $how: $file is written"
	done
	has "$signal to $how: nothing to restore" "$("$RINGLOSS" restore 2>&1)" '^nothing to restore$'
	check_host "$signal to $how"
}

host_remember
kill_one worker af_xdp '^(tx|rx): .*killed by signal 9'
kill_one agent udp '^(tx|rx): agent (tx|rx) is gone'

for ((round = 1; round <= rounds; round++)); do
	long_run --set traffic.duration=30s
	if traffic_flows 0; then
		kill_controller "mid-trial $round"
	else
		not_ok "controller, mid-trial $round: traffic flows" "$(cat "$TMP/err")"
	fi
done
# at any time: while the lab is being made, while agents start, in the warm-up
for ms in 0 10 20 40 60 80 110 150 200 300; do
	long_run --set traffic.duration=30s
	sleep "$(printf '0.%03d' "$ms")"
	find_lab
	kill_controller "after $ms ms"
done

stop_run group INT 130
stop_run controller INT 130
stop_run controller TERM 143
