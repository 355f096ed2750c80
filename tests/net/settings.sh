#!/bin/bash
# needs: root netns bpf xdp
# Settings of the host: in effect during the trial, told in the result, and back afterwards, also
# when the processes that knew them are killed.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

own_standing_lab "settings"
host_remember
"$RINGLOSS" lab up >/dev/null
STANDING=1

feature() {
	ip netns exec "ringloss-$1" ethtool -k "rl-${1}0" | sed -n "s/^$2: \\([a-z]*\\).*/\\1/p"
}

threaded() {
	ip netns exec ringloss-rx cat /sys/class/net/rl-rx0/threaded
}

# All that could be changed, of both ends.
values() {
	local end

	for end in tx rx; do
		ip netns exec "ringloss-$end" ethtool -k "rl-${end}0"
		ip netns exec "ringloss-$end" cat "/sys/class/net/rl-${end}0/threaded"
	done
}

in_effect() {
	echo "gro $(feature rx generic-receive-offload), threaded $(threaded)," \
		"gso $(feature tx generic-segmentation-offload)"
}

wanted='gro on, threaded 1, gso off'
settings=(--set plan.lab=standing --set rx.endpoint=udp --set rx.offload.gro=on
	--set rx.napi.threaded=1 --set tx.offload.gso=off)

values >"$TMP/before"
if [ "$(in_effect)" = "$wanted" ]; then
	not_ok "the lab starts with other values, or nothing can be seen here" "$(in_effect)"
fi

unchanged() {
	values >"$TMP/now"
	diff "$TMP/before" "$TMP/now"
}

# ---- a run that ends ----
start run "$PLAIN" --out "$TMP/r" --json "${settings[@]}" --set traffic.duration=2s
traffic_flows "$(rx_packets)" || not_ok "traffic flows" "$(cat "$TMP/err")"
is "during the trial they are in effect" "$(in_effect)" "$wanted"
finish
is "the run ends well" "$RUN_CODE" 0
is "the result tells what took effect" "$(jq -c '[.sides.rx.settings.effective["offload.gro"],
	.sides.rx.settings.effective["napi.threaded"], .sides.tx.settings.effective["offload.gso"]]' \
	"$TMP/out")" '["on","1","off"]'
is "the result tells what was asked for" "$(jq -c '[.sides.rx.settings.asked["offload.gro"],
	.sides.rx.settings.asked["napi.threaded"], .sides.rx.settings.asked["offload.gso"]]' \
	"$TMP/out")" '["on","1","keep"]'
empty "the ledger closes" "$(identity_faults "$TMP/out")"
empty "afterwards everything is as it was" "$(unchanged)"
empty "afterwards no journal is left" "$(state_files)"

# ---- an axis: each point has its own, and the next one does not inherit it ----
start run "$PLAIN" --out "$TMP/r" --json --set plan.lab=standing --set traffic.duration=20ms \
	--set rx.napi.threaded=keep,1,0 --set rx.offload.gro=keep,on
finish
is "an axis of settings: each point has its own" "$(jq -r '[.point["rx.napi.threaded"],
	.point["rx.offload.gro"], .sides.rx.settings.effective["napi.threaded"],
	.sides.rx.settings.effective["offload.gro"]] | join(" ")' "$TMP/out" | sort)" \
	"$(for t in keep 1 0; do
		for g in on keep; do
			echo "$t $g ${t/keep/0} ${g/keep/off}"
		done
	done | sort)"
empty "an axis of settings: the ledgers close" "$(identity_faults "$TMP/out")"
empty "an axis of settings: everything is as it was" "$(unchanged)"

# ---- a veth has a NAPI only with GRO or an XDP program, which both are gone at the end ----
start run "$PLAIN" --out "$TMP/r" --json --set plan.lab=standing --set rx.napi.threaded=1
finish
is "threaded without GRO: it took effect" "$(jq -r '.verdict + " " +
	.sides.rx.settings.effective["napi.threaded"] + " " +
	.sides.rx.settings.effective["offload.gro"]' "$TMP/out")" 'valid 1 off'
empty "threaded without GRO: the ledger closes" "$(identity_faults "$TMP/out")"
empty "threaded without GRO: everything is as it was" "$(unchanged)"
empty "threaded without GRO: no journal is left" "$(state_files)"

# killed WHO: agents, controller, or all of them in the middle of a trial. Sets RUN_CODE unless
# the controller is among them.
killed() {
	local pids=()

	start run "$PLAIN" --out "$TMP/r" --json "${settings[@]}" --set traffic.duration=30s,100ms
	traffic_flows "$(rx_packets)" || not_ok "$1: traffic flows" "$(cat "$TMP/err")"
	in_effect >"$TMP/effect"
	case $1 in
	worker) pids=("$(worker_of rx)") ;;
	agent) pids=("$(agent_of rx)") ;;
	agents) pids=("$(agent_of rx)" "$(agent_of tx)") ;;
	controller) pids=("$RUN_PID") ;;
	all) pids=("$RUN_PID" "$(agent_of rx)" "$(agent_of tx)") ;;
	esac
	{ kill -KILL "${pids[@]}"; } 2>/dev/null || not_ok "$1: there to be killed" "$(cat "$TMP/err")"
	finish
}

for who in worker agent agents; do
	killed $who
	is "$who killed: they were in effect" "$(cat "$TMP/effect")" "$wanted"
	is "$who killed: the next trial has them again" "$(jq -r 'select(.seq == 2) |
		"\(.verdict) \(.sides.rx.settings.effective["offload.gro"])" +
		"\(.sides.rx.settings.effective["napi.threaded"])" +
		"\(.sides.tx.settings.effective["offload.gso"])"' "$TMP/out")" 'valid on1off'
	empty "$who killed: afterwards everything is as it was" "$(unchanged)"
	has "$who killed: nothing to restore" "$("$RINGLOSS" restore 2>&1)" '^nothing to restore$'
done

killed controller
wait_for 10 no_ringloss
empty "controller killed: the agents put everything back" "$(unchanged)"
has "controller killed: nothing to restore" "$("$RINGLOSS" restore 2>&1)" '^nothing to restore$'

for round in 1 2 3; do
	killed all
	wait_for 10 no_ringloss
	is "all killed $round: nobody was there to put it back" "$(in_effect)" "$wanted"
	"$RINGLOSS" restore --dry-run >"$TMP/restore" 2>&1
	for setting in 'rl-rx0.*napi\.threaded' 'rl-rx0.*offload\.gro' 'rl-tx0.*offload\.gso'; do
		has "all killed $round: --dry-run names $setting" "$(cat "$TMP/restore")" "$setting"
	done
	is "all killed $round: --dry-run changes nothing" "$(in_effect)" "$wanted"
	"$RINGLOSS" restore >"$TMP/restore" 2>&1
	is "all killed $round: restore succeeds" "$?" 0
	empty "all killed $round: restore puts everything back" "$(unchanged)"
	has "all killed $round: nothing to restore the second time" \
		"$("$RINGLOSS" restore 2>&1)" '^nothing to restore$'
done

killed all
wait_for 10 no_ringloss
start run "$PLAIN" --out "$TMP/r" --json --set plan.lab=standing --set traffic.duration=20ms
finish
is "what is left refuses the next run: exit code" "$RUN_CODE" 75
has "what is left refuses the next run: what to type" "$(cat "$TMP/err")" \
	'interrupted runs? left.*ringloss restore'
empty "what is left refuses the next run: nothing is measured" "$(cat "$TMP/out")"
ip netns exec ringloss-rx ethtool -K rl-rx0 gro off
ip netns exec ringloss-tx ethtool -K rl-tx0 gso on
"$RINGLOSS" restore >"$TMP/restore" 2>&1
is "put back by hand: restore succeeds" "$?" 0
empty "put back by hand: everything is as it was" "$(unchanged)"

killed all
wait_for 10 no_ringloss
"$RINGLOSS" lab down >/dev/null
"$RINGLOSS" restore >"$TMP/restore" 2>&1
is "the lab is gone: restore succeeds" "$?" 0
check_host "the lab is gone"
