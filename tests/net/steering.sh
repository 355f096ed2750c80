#!/bin/bash
# needs: root netns bpf xdp cpus2
# CPUs as axes of a sweep in the lab: RPS with the backlog of its CPU, the thread that polls a NAPI, and
# the queue that a CPU sends by. What is lost moves to the place that the setting makes narrow, and the
# whole host's values are back afterwards, also when everybody is killed.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

own_standing_lab "steering"
host_remember
"$RINGLOSS" lab up >/dev/null
STANDING=1

values() {
	sysctl -a 2>/dev/null | grep -E '^net\.core\.(netdev_|rps_sock|[rw]mem)'
	ip netns exec ringloss-rx grep -s . /sys/class/net/rl-rx0/queues/*/{r,x}ps_* \
		/sys/class/net/rl-rx0/threaded
}

values >"$TMP/before"
unchanged() {
	values >"$TMP/now"
	diff "$TMP/before" "$TMP/now"
}

lab=(--set plan.lab=standing --set tx.cpus=1 --set rx.cpus=0 --set rx.endpoint=udp
	--set rx.rcvbuf=16M --set traffic.unsent_max=100%)

# ---- RPS: the backlog that it puts packets into is as long as the host's sysctl says ----
start run "$PLAIN" --out "$TMP/r" --json "${lab[@]}" --set traffic.rate=max --set traffic.frames=30000 \
	--set traffic.duration=5s --set rx.rps.cpus=same,none --set rx.sysctl.netdev_max_backlog=2,40000
finish
is "RPS: four trials" "$(wc -l <"$TMP/out")" 4
empty "RPS: every ledger closes" "$(identity_faults "$TMP/out")"
is "RPS: what took effect" "$(jq -r '.sides.rx.settings.effective |
	.["rps.cpus"] + "/" + .["sysctl.netdev_max_backlog"]' "$TMP/out" | sort | xargs)" \
	"0/2 0/40000 none/2 none/40000"
backlog() {
	jq -r --arg cpus "$1" --arg length "$2" 'select(.point["rx.rps.cpus"] == $cpus and
		.point["rx.sysctl.netdev_max_backlog"] == $length) |
		[.ledger[] | select(.place == "backlog" and .state == "BOOKED") | .frames] | add // 0' \
		"$TMP/out"
}
echo "#: lost in the backlog: $(backlog same 2) of 30000 with room for 2, $(backlog same 40000) with 40000"
more_than "RPS: a short backlog loses" "$(backlog same 2)" 0
is "RPS: one with room for all does not" "$(backlog same 40000)" 0
empty "RPS: everything is as it was" "$(unchanged)"

# ---- threaded NAPI: its threads are where they were sent ----
threads_of() {
	local comm

	for comm in /proc/[0-9]*/comm; do
		if grep -qs '^napi/rl-rx0-' "$comm"; then
			sed -n 's/^Cpus_allowed_list:\t//p' "${comm%/comm}/status"
		fi
	done | sort -u | xargs
}
for word in same other; do
	start run "$PLAIN" --out "$TMP/r" --json "${lab[@]}" --set traffic.duration=1s \
		--set rx.offload.gro=on --set rx.napi.threaded=1 --set rx.napi.cpus=$word
	traffic_flows "$(rx_packets)" || not_ok "threads $word: traffic flows" "$(cat "$TMP/err")"
	threads_of >"$TMP/$word"
	finish
	is "threads $word: they may run where the result says, and there only" "1 $(cat "$TMP/$word")" \
		"$(jq -r '.sides.rx.settings.effective | .["napi.threaded"] + " " + .["napi.cpus"]' "$TMP/out")"
	empty "threads $word: the ledger closes" "$(identity_faults "$TMP/out")"
done
is "threads same: with the sink" "$(cat "$TMP/same")" 0
has "threads other: on another CPU" "$(cat "$TMP/other")" '^[1-9][0-9]*$'
empty "threads: everything is as it was" "$(unchanged)"
empty "threads: none is left" "$(threads_of)"

start run "$PLAIN" --out "$TMP/r" --json "${lab[@]}" --set rx.irq.affinity=same
finish
has "a veth's interrupts: there are none, and what there is instead" "$(cat "$TMP/err")" 'napi\.cpus'
empty "a veth's interrupts: everything is as it was" "$(unchanged)"

# ---- of the whole host, and nobody there to put it back ----
start run "$PLAIN" --out "$TMP/r" --json "${lab[@]}" --set traffic.duration=30s \
	--set rx.sysctl.netdev_max_backlog=777 --set rx.sysctl.rmem_max=3M --set rx.rps.cpus=same
traffic_flows "$(rx_packets)" || not_ok "killed: traffic flows" "$(cat "$TMP/err")"
is "killed: it was in effect" "$(cat /proc/sys/net/core/{netdev_max_backlog,rmem_max} | xargs)" \
	"777 3145728"
{ kill -KILL "$RUN_PID" "$(agent_of rx)" "$(agent_of tx)"; } 2>/dev/null
finish
wait_for 10 no_ringloss
"$RINGLOSS" restore >"$TMP/restore" 2>&1
is "killed: restore succeeds" "$?" 0
empty "killed: everything is as it was" "$(unchanged)"
"$RINGLOSS" lab down >/dev/null
check_host "steering"
