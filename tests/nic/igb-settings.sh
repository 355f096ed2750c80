#!/bin/bash
# model: igb
# needs: guest
# seconds: 480
# A NIC's settings as axes of sweeps: rings, channels, the CPUs of interrupts, coalescing. What took effect
# is what ethtool and /proc/interrupts say; the flows spread over as many queues as there are channels,
# and interrupts come where they were sent. Everything reads as before afterwards, also after kill -9 at
# any step.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
: "${BUILD:?build folder}"

# shellcheck disable=SC2034 # of in_guest
GUEST=(--cpus 4 --nodes 2 --timeout 400)
mkdir -p "$SHARE/results"
cp "$BUILD/tests/net/kill_steps" "$BUILD/tests/net/apply_settings" "$SHARE/results/"
cat >"$SHARE/settings.ini" <<'PLAN'
[plan]
order = blocked
[traffic]
rate = 5kpps
duration = 300ms
flows = 256
unsent_max = 100%
[tx]
endpoint = packet
device = net:eth0
netns = ringloss-a
cpus = 0
nic.pause = off
[rx]
endpoint = packet
device = net:eth1
netns = ringloss-b
cpus = 1
ring = 32768
nic.pause = off
PLAN

in_guest "the job" <<'JOB'
settle_ports
mark_port
look_at_ports before
# what a full ring loses, if the machine gives it the chance
measure settings.ini --set plan.name=rings --set rx.nic.rx_ring=64,256,1024,4096,8192 \
	--set traffic.rate=max --set traffic.frames=20000 --set traffic.duration=20s
measure settings.ini --set plan.name=coalescing --set rx.coalesce.rx_usecs=3,500 \
	--set rx.nic.channels=1

# Interrupts of a port's queues so far, a line a CPU: "CPU N".
interrupts() {
	awk -v port="$1" 'NR == 1 { n = NF } $0 ~ port "-" { for (i = 0; i < n; i++) sum[i] += $(i + 2) }
		END { for (i = 0; i < n; i++) print i, sum[i] + 0 }' /proc/interrupts
}

queue_packets() {
	ip netns exec ringloss-b ethtool -S eth1 | sed -n 's/^ *rx_queue_\([0-9]*\)_packets: /\1 /p'
}

received() {
	ip netns exec ringloss-b ethtool -S eth1 2>/dev/null | awk '/ rx_packets:/ { print $2 }'
}

# Whether the sink's port is there, and frames come faster than in the warm-up before it has a link.
comes() {
	local before

	before=$(received)
	[ -n "$before" ] || return
	usleep 100000
	[ "$(($(received) - before))" -gt 100 ]
}

# during NAME ARGUMENTS: a run of one point, and what is seen while it is at work
during() {
	local name=$1 pid

	shift
	ringloss run settings.ini --out results --set plan.name="$name" --set traffic.duration=2500ms "$@" \
		>/dev/null 2>"results/$name.err" &
	pid=$!
	until comes || ! kill -0 $pid 2>/dev/null; do
		:
	done
	# a run that failed has no namespace any more, and the checks say so
	queue_packets >"results/$name.queues0" || true
	interrupts eth1 >"results/$name.irqs0"
	ip netns exec ringloss-b ethtool -l eth1 >"results/$name.channels" || true
	ip netns exec ringloss-b ethtool -a eth1 >"results/$name.pause" || true
	usleep 800000
	interrupts eth1 >"results/$name.irqs1"
	queue_packets >"results/$name.queues1" || true
	wait $pid || true
}
for n in 1 2 3 4; do
	during channels$n --set rx.nic.channels=$n --set rx.rss.hash_udp4=sdfn # by ports, too
done
for word in same other far spread one:2; do
	during irq-${word%:*} --set rx.nic.channels=2 --set rx.rss.hash_udp4=sdfn \
		--set rx.irq.affinity=$word
done
look_at_ports after
# a port that is up takes this driver most of a second to be set anew; with one queue there is less of it
ethtool -L eth1 combined 1
wait_for_link
results/kill_steps eth1 nic.rx_ring=1024 >results/steps 2>&1 || true
ethtool -L eth1 combined 4
rm results/kill_steps
look_at_ports steps
taken() {
	ip -n ringloss-b link show eth1 && ip netns exec ringloss-b ethtool -g eth1 | grep -q 'RX:.*1024$'
} >/dev/null 2>&1
killed killed settings.ini --set rx.nic.rx_ring=1024 --set rx.nic.channels=2 --set rx.irq.affinity=other
# renamed and moved after the kill: found by its bus address
results/apply_settings --kill eth1 nic.rx_ring=1024 nic.channels=2 >/dev/null 2>&1 || true
rm results/apply_settings
ip netns add elsewhere
ip link set eth1 netns elsewhere
ip -n elsewhere link set eth1 name other
ip -n elsewhere link set other up # a port that is down has no interrupts to be put back
ringloss restore >results/moved
for what in -g -l; do
	ip netns exec elsewhere ethtool $what other | sed '1,/Current/d' | grep -E '^(RX|Combined):.*[0-9]'
done | tr -d '\t' | xargs >>results/moved
JOB

moved() {
	paste -d ' ' "$SHARE/results/$1.${2}0" "$SHARE/results/$1.${2}1" |
		awk -v least="$3" '$4 - $2 > least { printf "%s%s", sep, $1; sep = " " }'
}

trials_of rings
is "rings: what took effect" "$(jq -r '.sides.rx.settings |
	select(.effective["nic.rx_ring"]) | "\(.asked["nic.rx_ring"]) \(.effective["nic.rx_ring"])"' "$RUN" |
	sort -n | xargs)" "64 64 256 256 1024 1024 4096 4096"
has "rings: one that the NIC has not is skipped, and why" "$(jq -r '.validity.reasons[]' "$RUN")" \
	'nic.rx_ring.*8192.*4096'
jq -c 'select(.verdict != "skipped")' "$RUN" >"$TMP/measured"
empty "rings: every identity but the balance holds" "$(identity_faults "$TMP/measured" located)"
jq -r 'select(.loss.frames != null) | "#: ring \(.sides.rx.settings.effective["nic.rx_ring"]): \(
	.received.unique) of \(.offered.accepted) received, \(.remainder) missing between wire and driver"' "$RUN"

for n in 1 2 3 4; do
	trials_of channels$n
	is "$n channels: took effect" \
		"$(jq -r '.sides.rx.settings.effective["nic.channels"]' "$RUN")" $n
	is "$n channels: ethtool says so, too" \
		"$(grep -c "^Combined:.*$n\$" "$SHARE/results/channels$n.channels")" "$((1 + (n == 8)))"
	is "$n channels: 256 flows come on each of them" "$(moved channels$n queues 100)" \
		"$(seq -s ' ' 0 $((n - 1)))"
	empty "$n channels: every identity but the balance holds" "$(identity_faults "$RUN" located)"
	has "$n channels: pause is off" "$(tr '\n' ' ' <"$SHARE/results/channels$n.pause")" 'RX:[ 	]*off.*TX:[ 	]*off'
done

# the sink's thread is on CPU 1, of node 0, with 0; 2 and 3 are node 1's
for pair in same=1 other=0 far=2 "spread=0 1" one=2; do
	trials_of "irq-${pair%%=*}"
	echo "#: affinity ${pair%%=*}: effective $(jq -r '.sides.rx.settings.effective["irq.affinity"]' "$RUN"), interrupts on CPU $(
		moved "irq-${pair%%=*}" irqs 100)"
	is "affinity ${pair%%=*}: interrupts come to its CPUs only" "$(moved "irq-${pair%%=*}" irqs 20)" "${pair#*=}"
done

trials_of coalescing
is "coalescing: took effect" "$(jq -r '.sides.rx.settings.effective["coalesce.rx_usecs"]' "$RUN" | sort -n |
	xargs)" "3 500"
irqs() {
	jq -r --arg usecs "$1" 'select(.point["rx.coalesce.rx_usecs"] == $usecs) | .sides.rx.counters |
		.after["irq.device"] - .before["irq.device"]' "$RUN"
}
echo "#: coalescing: $(irqs 3) interrupts at 3 us, $(irqs 500) at 500 us"
more_than "coalescing: fewer interrupts when they are held back" "$(irqs 3)" "$(irqs 500)"

is "kill -9 at every step: everything is back" \
	"$(sed -n 's/.*restore, \([0-9]* differences\)/\1/p' "$SHARE/results/steps")" "0 differences"
echo "#: $(tail -n 1 "$SHARE/results/steps")"
same_ports "after sweeps of settings" after
same_ports "after kill -9 at every step" steps
same_ports "after kill -9 of a run with settings, and restore" killed
is "a NIC that was renamed and moved: found and put back" "$(tail -n 1 "$SHARE/results/moved")" \
	"RX:256 Combined:4"
check_host
