#!/bin/bash
# needs: root netns bpf xdp cpus2
# A sweep whose answer is known: a reader that stays away for 10 ms at 100 kpps loses all but a ring's
# worth of each 1,000 frames, whatever the flows. The ranking says so, and the same from the same file.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

host_remember
start run "$TOP/configs/ring-sweep.ini" --out "$TMP/r" --set rx.endpoint=af_xdp \
	--set rx.ring=64,4096 --set traffic.flows=16,64 --set traffic.duration=300ms \
	--set traffic.unsent_max=100% --set plan.repeats=5
finish
is "all trials are valid" "$RUN_CODE" 0
folder=$(last_result "$TMP/r")
ranking=$folder/ranking.json

has "the run says what matters" "$(cat "$TMP/out")" '^What matters$'
has "ring 4096 is the best" "$(cat "$TMP/out")" '^ +4096 .* best$'
is "the ring matters most, and its best value is 4096" \
	"$(jq -c '.loss_ratio.axes[0] | [.axis, .matters, (.values[] | select(.standing == "best") | .value)]' \
		"$ranking")" '["rx.ring",true,"4096"]'
is "ring 64 loses far more, and the interval is apart from 0" \
	"$(jq '.loss_ratio.axes[0].values[] | select(.value == "64") | .difference > 0.5 and .low > 0' "$ranking")" \
	true
is "both points of ring 4096 come before those of ring 64" \
	"$(jq -c '[.loss_ratio.points[].point["rx.ring"]]' "$ranking")" '["4096","4096","64","64"]'
is "shares add up to 1" "$(jq '.loss_ratio | ([.axes[].share] + [.other_shares[]] | add) as $all |
	$all > 0.999 and $all < 1.001' "$ranking")" true
is "values are counted once" "$(jq -c '[.trials_used, .points, .loss_ratio.points_with_known_noise]' \
	"$ranking")" '[20,4,4]'

cp "$ranking" "$TMP/first.json"
"$RINGLOSS" report --ranking "$folder" >"$TMP/printed.json"
is "report --ranking: exit code" "$?" 0
is "report --ranking prints the file" "$(sha256sum <"$TMP/printed.json")" "$(sha256sum <"$ranking")"
"$RINGLOSS" report "$folder" >"$TMP/again"
is "made again it is the same" "$(sha256sum <"$ranking")" "$(sha256sum <"$TMP/first.json")"
is "and the table says the same" "$(sed -n '/^What matters/,/Benjamini/p' "$TMP/again")" \
	"$(sed -n '/^What matters/,/Benjamini/p' "$TMP/out")"
"$RINGLOSS" report --json --ranking "$folder" >"$TMP/both" 2>&1
is "both kinds of JSON at once are refused" "$?" 64
check_host "afterwards"
