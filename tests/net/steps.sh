#!/bin/bash
# needs: root netns xdp
# The journal of settings: kill -9 at every step of a sweep and of a restore leaves nothing behind; what
# somebody else has set meanwhile is a conflict and stays; a pending journal refuses a new run.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

NS=ringloss-steps-$$
host_remember
ip netns add "$NS"
at_exit "ip netns del $NS"
ip -n "$NS" link add name v0 numrxqueues 2 numtxqueues 2 type veth peer name v1 \
	numrxqueues 2 numtxqueues 2
ip -n "$NS" link set v0 up
ip -n "$NS" link set v1 up

inside() {
	ip netns exec "$NS" "$@"
}

# What other tools say of the device.
look() {
	inside ethtool -k v1
	inside ethtool -l v1 2>&1
	inside ip -d link show v1
	inside tc qdisc show dev v1
	cat /proc/sys/net/core/netdev_max_backlog
	inside sh -c 'grep -s . /sys/class/net/v1/threaded /sys/class/net/v1/gro_flush_timeout \
		/sys/class/net/v1/napi_defer_hard_irqs /sys/class/net/v1/queues/*/?ps_*'
}

look >"$TMP/before"
"$BUILD/tests/net/kill_steps" "$NS/v1" offload.gro=on sysctl.netdev_max_backlog=500 napi.threaded=1 \
	-- napi.threaded=0 offload.gso=off -- offload.gro=on napi.threaded=1 offload.uso=off rps.cpus=one:0 \
	sysctl.netdev_max_backlog=2000 \
	>"$TMP/steps" 2>&1
is "killed at every step: all settings are back" "$?" 0
more_than "killed at every step: there were some" "$(awk 'END { print $1 }' "$TMP/steps")" 50
echo "#: $(tail -n 1 "$TMP/steps")"
empty "killed at every step: other tools see no difference" "$(look | diff "$TMP/before" -)"
empty "killed at every step: no journal is left" "$(ls "$RINGLOSS_STATE_DIR/journal")"

# ---- somebody else's value ----

# left_changed IFNAME KEY=VALUE...: a journal of a dead run that set these
left_changed() {
	{ inside "$BUILD/tests/net/apply_settings" --kill "$@" >/dev/null; } 2>/dev/null
}

left_changed v1 offload.gro=on offload.gso=off
is "a dead run's values" "$(inside ethtool -k v1 | grep -cE \
	'^(generic-receive-offload: on|generic-segmentation-offload: off)')" 2
before=$(look | sha256sum)
"$RINGLOSS" restore --dry-run >"$TMP/dry"
is "restore --dry-run: changes nothing" "$(look | sha256sum)" "$before"
has "restore --dry-run: names the setting and its old value" "$(cat "$TMP/dry")" \
	'would undo: .*ifname=v1 .*setting=offload.gro to off'
run_fails() {
	start run "$PLAN" --out "$TMP/r" --set traffic.duration=10ms
	finish
}
run_fails
is "a pending journal refuses a new run: exit code" "$RUN_CODE" 75
has "a pending journal refuses a new run: what to type" "$(cat "$TMP/err")" 'ringloss restore'
empty "a pending journal refuses a new run: no result" "$(ls "$TMP/r" 2>/dev/null)"
"$RINGLOSS" restore >"$TMP/restored"
is "restore" $? 0
empty "restore: as before" "$(look | diff "$TMP/before" -)"

left_changed v1 napi.gro_flush_timeout=20000
inside sh -c 'echo 30000 >/sys/class/net/v1/gro_flush_timeout'
"$RINGLOSS" restore >"$TMP/restored" 2>&1
is "somebody else's value: exit code" $? 69
has "somebody else's value: a conflict, with all three values" "$(cat "$TMP/restored")" \
	'conflict: .*napi.gro_flush_timeout.*it is 30000, neither the old 0 nor ours'
is "somebody else's value: stays" "$(inside cat /sys/class/net/v1/gro_flush_timeout)" 30000
inside sh -c 'echo 0 >/sys/class/net/v1/gro_flush_timeout'
"$RINGLOSS" restore >"$TMP/restored" 2>&1
is "somebody else's value, once it is as before: nothing to undo" $? 0

# ---- a device that is called otherwise ----

left_changed v1 offload.gro=on
inside ip link set v1 down
inside ip link set v1 name v7
inside ip link set v7 up
"$RINGLOSS" restore >/dev/null
is "a renamed device: found again" "$(inside ethtool -k v7 | grep -c '^generic-receive-offload: off')" 1


# ---- a device that was moved ----

left_changed v7 offload.gro=on
ip netns add "$NS-away"
at_exit "ip netns del $NS-away"
ip -n "$NS" link set v7 netns "$NS-away"
"$RINGLOSS" restore >/dev/null
is "a moved device: found again" \
	"$(ip netns exec "$NS-away" ethtool -k v7 | grep -c '^generic-receive-offload: off')" 1
empty "a moved device: no journal is left" "$(ls "$RINGLOSS_STATE_DIR/journal")"
ip netns del "$NS-away"

# ---- the machine's, by two runs: also one that finds it as it wants it ----

backlog=$(cat /proc/sys/net/core/netdev_max_backlog)
start run "$PLAN" --out "$TMP/r" --json --set rx.endpoint=udp --set traffic.rate=1kpps \
	--set rx.sysctl.netdev_max_backlog=901 --set traffic.duration=2s
is_901() { [ "$(cat /proc/sys/net/core/netdev_max_backlog)" = 901 ]; }
wait_for 10 is_901
"$RINGLOSS" run "$PLAN" --out "$TMP/r2" --set rx.endpoint=udp --set traffic.rate=1kpps \
	--set rx.sysctl.netdev_max_backlog=901 --set traffic.duration=10ms >"$TMP/second" 2>&1
is "a second run that wants the same value: exit code" $? 75
has "a second run that wants the same value: why" "$(cat "$TMP/second")" "the whole host's, and another run"
finish
is "the first run: exit code" "$RUN_CODE" 0
is "the first run: the value is back" "$(cat /proc/sys/net/core/netdev_max_backlog)" "$backlog"

# ---- somebody else sets what a trial is being measured with ----

start run "$PLAN" --out "$TMP/r" --json --set rx.endpoint=udp --set traffic.rate=1kpps \
	--set rx.sysctl.netdev_max_backlog=901 --set traffic.duration=2s
wait_for 10 is_901
sysctl -qw net.core.netdev_max_backlog=902
finish
is "set by somebody else: the trial is invalid" "$(jq -r .verdict "$TMP/out")" invalid
has "set by somebody else: the reason" "$(jq -r '.validity.reasons[]' "$TMP/out")" \
	'rx: sysctl.netdev_max_backlog was 901 and is 902'
is "set by somebody else: the run says that it is not as before" "$RUN_CODE" 69
sysctl -qw net.core.netdev_max_backlog="$backlog"
"$RINGLOSS" restore >/dev/null
ip netns del "$NS"
check_host "steps"
