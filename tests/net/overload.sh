#!/bin/bash
# needs: root netns bpf xdp
# Twenty runs of every stack at a rate that is too much: the ledger of every single trial closes, and
# standard output is lines of JSON and nothing else.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

rounds=20
stacks=7 # sinks of quick, generic and native apart
host_remember
for ((round = 1; round <= rounds; round++)); do
	# the smallest ring and buffer: it is loss that is to be booked
	start run "$PLAN" --out "$TMP/r" --json --set traffic.rate=max --set traffic.duration=300ms \
		--set rx.ring=64 --set rx.rcvbuf=4096
	finish
	# 1: a trial is invalid, which a busy machine may cause; the ledger must close all the same
	[ "$RUN_CODE" -le 1 ] || not_ok "round $round: exit code $RUN_CODE" "$(cat "$TMP/err")"
	lines=$(jq -c . "$TMP/out" 2>&1 | wc -l)
	if [ "$(wc -l <"$TMP/out")" = "$stacks" ] && [ "$lines" = "$stacks" ]; then
		ok "round $round: standard output is one line a trial"
	else
		not_ok "round $round: standard output is one line a trial" "$(cut -c -200 "$TMP/out")"
	fi
	cmp -s "$TMP/out" "$(last_result "$TMP/r")/trials.jsonl" ||
		not_ok "round $round: trials.jsonl has the same lines"
	empty "round $round: no trial failed" \
		"$(jq -r 'select(.verdict == "failed") | .validity.reasons[]' "$TMP/out")"
	empty "round $round: every ledger and every edge closes" "$(identity_faults "$TMP/out")"
	cat "$TMP/out" >>"$TMP/all"
done
# A sink whose CPU another takes away for most of a second (sched_rt_runtime_us), the end of
# sending within it: what waits in its ring is not lost.
for stack in udp 'af_xdp native' 'af_xdp generic'; do
	read -r endpoint mode <<<"$stack"
	start run "$PLAIN" --out "$TMP/r" --json --set traffic.duration=700ms \
		--set rx.endpoint="$endpoint" ${mode:+--set "rx.xdp_mode=$mode"} \
		${mode:+--set rx.ring=16384}
	traffic_flows 0 || not_ok "$stack, starved: traffic flows" "$(cat "$TMP/err")"
	timeout 3 chrt -f 1 taskset -c 1 sh -c 'while :; do :; done' &
	hog=$!
	started+=("$hog")
	finish
	kill "$hog" 2>/dev/null
	is "$stack, starved: the trial is valid" "$(jq -r .verdict "$TMP/out")" valid
	empty "$stack, starved: the ledger closes" "$(identity_faults "$TMP/out")"
	cat "$TMP/out" >>"$TMP/all"
done

check_schema "every line is valid by the schema" "$TMP/all"
is "every trial is counted" "$(wc -l <"$TMP/all")" $((stacks * rounds + 3))
is "a frame is never received twice on a cable" "$(jq '.received.duplicate' "$TMP/all" | sort -u)" 0
is "nothing is corrupt, stale or foreign" \
	"$(jq '.received | .corrupt + .stale + .foreign' "$TMP/all" | sort -u)" 0
for stack in 'udp ' 'af_xdp native' 'af_xdp generic'; do
	lost=$(jq --arg stack "$stack" 'select("\(.sides.rx.endpoint) \(.sides.rx.mode)" == $stack) |
		.loss.frames' "$TMP/all" | sort -n | tail -n 1)
	if [ "${lost:-0}" -gt 0 ]; then
		ok "$stack: there was loss to be booked"
	else
		not_ok "$stack: there was loss to be booked" "most in a trial: ${lost:-no trial}"
	fi
done
check_host "afterwards"
