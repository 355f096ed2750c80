#!/bin/bash
# needs: root netns bpf xdp
# ringloss quick, twice: every stack in the table, every line in the schema, every ledger
# balanced, and the host afterwards as it was before.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

host_remember
for round in 1 2; do
	start quick --out "$TMP/r"
	finish
	folder=$(last_result "$TMP/r")
	# on a busy machine a generator may fall behind, which must be said
	invalid=$(jq -c 'select(.verdict != "valid")' "$folder/trials.jsonl" | wc -l)
	is "round $round: exit code" "$RUN_CODE" "$([ "$invalid" = 0 ] && echo 0 || echo 1)"
	is "round $round: one result folder each" "$(find "$TMP/r" -mindepth 1 -maxdepth 1 | wc -l)" \
		"$round"
	for stack in 'udp +-' 'packet +-' 'af_xdp +native' 'af_xdp +generic' 'dpdk +-' 'xdp +native' \
		'xdp +generic'; do
		has "round $round: the table has $stack" "$(cat "$TMP/out")" \
			"^ *(100kpps|max) +$stack "
	done
	for file in plan.ini host-tx.json host-rx.json trials.jsonl summary.csv ranking.json report.html; do
		[ -s "$folder/$file" ] || not_ok "round $round: $file is written"
	done
	check_trials "round $round" "$folder/trials.jsonl" 14
	empty "round $round: a generator that fell behind is all that may be wrong" "$(jq -c 'select(
		.verdict != "valid") | .validity.reasons[] | select(test("fell behind") | not)' \
		"$folder/trials.jsonl")"
	empty "round $round: every flow is seen at 100 kpps" "$(jq -c 'select(.point["traffic.rate"] ==
		"100kpps") | .paths[] | select(.flows_seen != 256) | [.flows_seen]' \
		"$folder/trials.jsonl")"
	is "round $round: a line of the CSV a trial" "$(wc -l <"$folder/summary.csv")" 15
	"$RINGLOSS" report "$folder" >"$TMP/again" 2>&1
	is "round $round: report reads it again" "$?" 0
	has "round $round: report has the same table" "$(cat "$TMP/again")" '^ *max +af_xdp +generic '
	is "round $round: report --json gives the lines back" \
		"$("$RINGLOSS" report --json "$folder" | jq -cS . | sha256sum)" \
		"$(jq -cS . "$folder/trials.jsonl" | sha256sum)"
	check_host "round $round"
done
