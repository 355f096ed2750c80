#!/bin/bash
# model: vmxnet3
# needs: guest
# when: all
# The CPUs of a NIC's interrupts in a user's words: in every trial they come to the CPUs that the word
# means, and nowhere else, also under an XDP program in the driver. Words that mean no CPU here are told
# before anything changes. Everything reads as before afterwards, and after kill -9 and restore.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

cat >"$SHARE/irq.ini" <<'PLAN'
[plan]
order = listed
[traffic]
rate = 3kpps
duration = 300ms
flows = 64
unsent_max = 100%
[tx]
endpoint = udp
device = net:eth0
netns = ringloss-a
cpus = 1
[rx]
endpoint = udp, af_xdp
device = net:eth1
netns = ringloss-b
cpus = 1
rcvbuf = 8M
xdp_mode = native
irq.affinity = same, other, one:2, list:2+0, spread
PLAN

in_guest "the job" <<'JOB'
settle_ports
mark_port
# not those that the driver's start left: a port's own
for irq in $(irqs_of eth1); do
	echo 1-2 >"/proc/irq/$irq/smp_affinity_list"
done
look_at_ports before
measure irq.ini --set plan.name=words
measure irq.ini --set plan.name=steering --set rx.endpoint=udp --set rx.irq.affinity=one:2 \
	--set rx.rps.cpus=none,one:0 --set rx.xps.cpus=same
for word in far one:7 list:0+3; do
	ringloss run irq.ini --out results --set plan.name=none --set rx.endpoint=udp \
		--set rx.irq.affinity=$word 2>&1 || true
done >results/refused
look_at_ports after
taken() {
	ip -n ringloss-b link show eth1 >/dev/null 2>&1 &&
		[ "$(cat "/proc/irq/$(irqs_of_bus 0000:02:00.0 | head -n 1)/smp_affinity_list")" = 2 ]
}
irqs_of_bus() {
	printf '%s\n' "/sys/bus/pci/devices/$1/msi_irqs"/* | sed 's|.*/||' | sort -n
}
killed killed irq.ini --set rx.endpoint=udp --set rx.irq.affinity=one:2
JOB

# the word, what took effect, and the CPUs that interrupts came to
came_to() {
	jq -r --arg endpoint "$1" 'select(.point["rx.endpoint"] == $endpoint) | .sides.rx |
		"\(.settings.asked["irq.affinity"])=\(.settings.effective["irq.affinity"]):\([.cpus[] |
		select(.interrupts > 20) | .cpu] | join("+"))"' "$RUN"
}

trials_of words
check_measured "words" 10
empty "words: every ledger balances" "$(identity_faults "$RUN")"
for endpoint in udp af_xdp; do
	echo "#: $endpoint: $(came_to $endpoint | xargs -d '\n')"
done
is "words: the channels, and where the interrupts of the one in use came" "$(came_to udp | xargs -d '\n')" \
	"same=1 1:1 other=2 2:2 one:2=2 2:2 list:2+0=2 0:2 spread=0 1:0"
is "words: with an XDP program" "$(came_to af_xdp | xargs -d '\n')" \
	"same=1 1:1 other=2 2:2 one:2=2 2:2 list:2+0=2 0:2 spread=0 1:0"

trials_of steering
check_measured "steering" 2
is "steering: packets are taken on the CPU of RPS" "$(jq -r '.point["rx.rps.cpus"] + "=" +
	([.sides.rx.cpus[] | select(.net_rx > 100) | .cpu] | join("+"))' "$RUN" | xargs)" \
	"none=2 one:0=0+2"

for word in 'other NUMA node' 'CPU 7 is not there or offline; online are 0-2' 'CPU 3 is not there'; do
	has "refused: $word" "$(cat "$SHARE/results/refused")" "$word"
done
same_ports "after runs that moved interrupts" after
same_ports "after kill -9 of such a run, and restore" killed
check_host
