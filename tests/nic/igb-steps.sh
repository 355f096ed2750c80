#!/bin/bash
# model: igb
# needs: guest
# seconds: 2500
# when: all
# kill -9 at every step of a sweep of a NIC's settings, and of a restore: rings, channels, RSS, coalescing,
# pause, MTU, offloads and interrupts, of a port that is up. It takes some minutes: this driver needs most of
# a second each time that a port is set anew.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
: "${BUILD:?build folder}"

# shellcheck disable=SC2034 # of in_guest
GUEST=(--cpus 4 --timeout 2400)
mkdir -p "$SHARE/results"
cp "$BUILD/tests/net/kill_steps" "$SHARE/results/"
in_guest "the job" <<'JOB'
settle_ports
mark_port
look_at_ports before
results/kill_steps eth1 nic.rx_ring=1024 nic.channels=2 irq.affinity=one:2 coalesce.rx_usecs=50 \
	rss.indirection=equal:1 nic.pause=off offload.gro=off \
	-- nic.rx_ring=64 nic.channels=4 nic.mtu=2000 irq.affinity=spread >results/steps 2>&1 || true
rm results/kill_steps
look_at_ports steps
JOB
is "kill -9 at every step: everything is back" \
	"$(sed -n 's/.*restore, \([0-9]* differences\)/\1/p' "$SHARE/results/steps")" "0 differences"
echo "#: $(tail -n 1 "$SHARE/results/steps")"
same_ports "after kill -9 at every step" steps
check_host
