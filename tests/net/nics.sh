#!/bin/bash
# docs/nics.md: what each NIC of the guest does under each of its drivers. Made of tests/nic/facts, which the
# cases tests/nic/NAME-table.sh measure and compare; no guest is needed here. `nics.sh --write` writes it;
# else it is compared.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

DOC=$TOP/docs/nics.md
FACTS=$TOP/tests/nic/facts

models() {
	awk '!/^#/ {print $1}' "$TOP/guest/models" | while read -r model; do
		[ -f "$FACTS/$model" ] && echo "$model"
	done
}

# value MODEL KEY: as the table has it; a bar would end its cell
value() {
	local text

	text=$(sed -n "s/^$2: //p" "$FACTS/$1" | tr '|' '/')
	echo "${text:-none}"
}

# table KEYS WITH THEIR TITLES, "key=title": a row a model
table() {
	local model pair

	printf '| NIC | driver |'
	printf ' %s |' "${@#*=}"
	printf '\n| --- | --- |'
	printf ' --- |%.0s' "$@"
	echo
	for model in $(models); do
		printf '| %s | %s |' "$model" "$(value "$model" driver)"
		for pair in "$@"; do
			printf ' %s |' "$(value "$model" "${pair%%=*}")"
		done
		echo
	done
}

# stacks MODEL NAME: a row an endpoint
stacks() {
	echo '| endpoint | offered | received | booked | located | remainder |'
	echo '| --- | --- | --- | --- | --- | --- |'
	sed -n "s/^~stacks.$2: //p" "$FACTS/$1" | sed 's/; /\n/g' | while IFS='|' read -r endpoint rest; do
		echo "| ${endpoint% } | ${rest//|/ | } |"
	done
}

write_doc() {
	local model

	cat <<-'DOC'
		# Emulated NICs, driver by driver

		Made by `tests/net/nics.sh --write` of `tests/nic/facts`, which `sudo NIC_FACTS=write tests/nic/run igb-table` (and so
		on, a case a NIC) measures in the guest: the NIC is QEMU's, the drivers are Debian's kernel's and DPDK's. Without
		`NIC_FACTS=write` the case compares what it measures with the file; numbers that depend on how fast the machine
		is are in it, but not compared: those of *full ring, kernel* and of the last tables. No number here is a speed.

		## The kernel's driver

		Rings are asked for with `rx.nic.rx_ring` and read back (`asked=got`); *flows* are 256, hashed by ports where the driver lets
		itself be told so, and the queues are those whose own counter moved. *Interrupts* come to the CPU that
		`irq.affinity` names. AF_XDP is tried in the driver (native) and in the stack (generic).

	DOC
	table "rings.max=largest rings" "kernel.rings=RX rings taken" "channels.max=most channels" \
		"channels.flows=channels: where flows land" "rss=RSS table" "irq=vectors" "irq.affinity=interrupts" "af_xdp=AF_XDP"
	cat <<-'DOC'

		A burst of 20,000 frames as fast as can be into a full ring of the kernel's driver, whose core is in part fast enough, and which
		counters moved with it (those that the driver has by name are on the right):

	DOC
	table "~kernel.full=full ring, kernel: received, and where the rest is" "~kernel.full.counters=counters that moved" \
		"~counters.own=counters that it has"
	cat <<-'DOC'

		## DPDK's driver

		A burst of 20,000 frames into a sink that stands still, ring by ring. What is *booked* has a counter of the driver, what is *missing* has
		none, and what is *held back* never left the sender: the NIC pushed back, and nothing is lost. QEMU keeps up to 10,000 frames
for e1000e itself while its ring is full (`net/queue.c`, nq_maxlen) and gives them later, which is no loss, and a tap 1,000
(virtio-mq). What is missing has no counter in the guest.

	DOC
	table "dpdk.drivers=bound to" "dpdk.rings=rings made" "dpdk.full=a full ring of N keeps" "~dpdk.full=seen" \
		"dpdk.full.counters=counters that moved" "dpdk.queues=queues"
	cat <<-'DOC'

		## Every stack on the same pair of ports

		First 5,000 frames per second for 0.2 s, 16 flows; then 4,000 frames into a sink that does not read until all are sent,
		with rings of 1,024 frames and the default of a socket's buffer.
	DOC
	for model in $(models); do
		printf '\n### %s\n\n' "$model"
		stacks "$model" steady
		printf '\nA sink that stands still:\n\n'
		stacks "$model" stalled
	done
}

write_doc >"$TMP/doc"
more_than "NICs have facts" "$(models | wc -l)" 0
for model in $(models); do
	for key in kernel.rings channels.flows rss irq irq.affinity af_xdp dpdk.drivers dpdk.full ~stacks.steady ~stacks.stalled; do
		has "$model: $key is known" "$(sed -n "s/^$key: //p" "$FACTS/$model")" .
	done
done
if [ "${1:-}" = --write ]; then
	cp "$TMP/doc" "$DOC"
else
	is "docs/nics.md is what the facts say" "$(diff "$DOC" "$TMP/doc" 2>&1)" ""
fi
