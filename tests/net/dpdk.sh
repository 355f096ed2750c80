#!/bin/bash
# needs: root netns bpf xdp cpus2
# DPDK end to end: over an interface of the kernel's every loss finds its place, also that which the
# drivers hide; virtual devices push back and lose nothing; frames on a capture are as planned;
# nothing is left of a killed sink; what EAL and drivers refuse gets a remedy.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# What the runs below set of PLAIN: DPDK at both ends of the lab, as fast as it goes.
both=(--set tx.endpoint=dpdk --set rx.endpoint=dpdk --set traffic.rate=max)

# lab_run WHAT ARGUMENTS: one trial that is valid; $TMP/out has it
lab_run() {
	local what=$1

	shift
	start run "$PLAIN" --out "$TMP/r" --json "$@"
	finish
	# 1: a trial is invalid, which a busy machine may cause; the ledger must close all the same
	[ "$RUN_CODE" -le 1 ] || not_ok "$what: exit code $RUN_CODE" "$(cat "$TMP/err")"
	check_trials "$what" "$TMP/out" "${TRIALS:-1}"
	empty "$what: no trial failed" \
		"$(jq -r 'select(.verdict == "failed") | .validity.reasons[]' "$TMP/out")"
}

# booked PLACE: frames of all trials that were booked there
booked() {
	jq --arg place "$1" '.ledger[] | select(.place == $place) | .frames' "$TMP/out" |
		awk '{sum += $1} END {print sum + 0}'
}

lost() {
	jq .loss.frames "$TMP/out" | awk '{sum += $1} END {print sum + 0}'
}

# alone WHAT DEVICE ROLE ARGUMENTS: one side, in the host's own namespace, on a virtual device
alone() {
	local what=$1 device=$2 role=$3

	shift 3
	cat >"$TMP/alone.ini" <<-PLAN
		[plan]
		name = alone
		[traffic]
		rate = max
		duration = 100ms
		unsent_max = 100%
		[side one]
		role = $role
		endpoint = dpdk
		device = $device
		cpus = 0-1
	PLAN
	"$RINGLOSS" run "$TMP/alone.ini" --out "$TMP/r" --json "$@" >"$TMP/out" 2>"$TMP/err"
	RUN_CODE=$?
}

# refused WHAT CODE REGEX DEVICE ARGUMENTS
refused() {
	local what=$1 code=$2 regex=$3 device=$4

	shift 4
	alone "$what" "$device" generator "$@"
	is "$what: exit code" "$RUN_CODE" "$code"
	has "$what: the remedy" "$(cat "$TMP/err")" "$regex"
}

host_remember

# ---- over an interface of the kernel's ----

# the sink is away for a while again and again: its ring overflows for certain
lab_run "net_af_xdp, 64 descriptors" "${both[@]}" --set rx.ring=64 --set traffic.frames=300000 \
	--set traffic.duration=20s --set rx.pause=1ms
is "net_af_xdp: 300,000 frames" "$(jq .offered.accepted "$TMP/out")" 300000
[ "$(lost)" -gt 0 ] || not_ok "net_af_xdp: there is loss to be booked"
is "net_af_xdp: all of it is the AF_XDP ring's" "$(booked "AF_XDP RX ring full")" "$(lost)"
is "net_af_xdp: the driver's imissed has nothing of it" \
	"$(jq '.sides.rx.counters.after["dpdk.imissed"]' "$TMP/out")" 0
is "net_af_xdp: extended counters are there, too" \
	"$(jq '.sides.rx.counters.after | has("dpdk.xstats.rx_good_packets")' "$TMP/out")" true
is "net_af_xdp: where memory is" \
	"$(jq -r '.sides.rx.settings.effective.hugepages' "$TMP/out" | grep -cE '^(on|off)$')" 1

lab_run "net_af_packet" "${both[@]}" --set tx.pmd=net_af_packet --set rx.pmd=net_af_packet \
	--set rx.ring=64 --set rx.pause=1ms
[ "$(lost)" -gt 0 ] || not_ok "net_af_packet: there is loss to be booked"
is "net_af_packet: all of it is the AF_PACKET ring's" "$(booked "AF_PACKET RX ring full")" "$(lost)"
is "net_af_packet: imissed is no counter of this driver" \
	"$(jq -r '.sides.rx.counters.after["dpdk.imissed"]' "$TMP/out")" UNSUPPORTED

# in one worker, port after port; larger rings need no new process
TRIALS=4 lab_run "both drivers and two rings, one after the other" "${both[@]}" \
	--set rx.pmd=net_af_xdp,net_af_packet --set rx.ring=128,1024 --set traffic.duration=100ms
for endpoint in udp af_xdp; do
	lab_run "$endpoint to DPDK" --set tx.endpoint=$endpoint --set rx.endpoint=dpdk
	lab_run "DPDK to $endpoint" --set tx.endpoint=dpdk --set rx.endpoint=$endpoint
done
lab_run "two queues of net_af_packet" "${both[@]}" --set rx.pmd=net_af_packet \
	--set tx.pmd=net_af_packet --set tx.queues=2 --set rx.queues=2
lab_run "jumbo frames over net_af_packet" "${both[@]}" --set rx.pmd=net_af_packet \
	--set tx.pmd=net_af_packet --set traffic.frame=9018

# ---- nothing is left of a sink that is killed ----
start run "$PLAIN" --out "$TMP/r" --json "${both[@]}" --set traffic.duration=30s
if traffic_flows 0; then
	program=$(in_netns rx bpftool -j net show 2>/dev/null | jq '[.[].xdp[].id] | length')
	is "the sink has its program on the interface" "${program:-0}" 1
	worker=$(worker_of rx)
	kill -KILL "$worker"
	wait_for 5 gone "$worker"
	no_program() {
		! ip -n "$(netns_of rx)" -d link show rl-rx0 2>/dev/null | grep -q 'prog/xdp'
	}
	wait_for 5 no_program || not_ok "kill -9 leaves no XDP program on the interface"
	ok "kill -9 of the worker: looked for the program"
else
	not_ok "traffic flows" "$(cat "$TMP/err")"
fi
kill -INT "$RUN_PID"
finish
check_host "a killed sink"

# ---- virtual devices ----
alone "net_null" vdev:net_null0 generator
is "net_null: exit code" "$RUN_CODE" 0
is "net_null: all is discarded by design" "$(booked "null generator")" \
	"$(jq .offered.accepted "$TMP/out")"
is "net_null: what nobody counts is not 0" "$(jq -c '[.received, .loss, .rates.rx_pps,
	.paths[].flows_seen, (.paths[].edges | map(select(.edge == "unique")) | length)]' "$TMP/out")" \
	'[null,null,null,null,0]'
is "net_null: balanced" "$(jq .balanced "$TMP/out")" true

alone "net_ring" vdev:net_ring0 both --set one.queues=2
is "net_ring: exit code" "$RUN_CODE" 0
is "net_ring: every frame comes back" "$(jq .received.unique "$TMP/out")" \
	"$(jq .offered.accepted "$TMP/out")"

cat >"$TMP/memif.ini" <<-PLAN
	[plan]
	name = memif
	order = listed
	[traffic]
	rate = max
	duration = 100ms
	unsent_max = 100%
	[tx]
	endpoint = dpdk
	device = vdev:net_memif0,role=client,socket=ringloss-test-$$
	cpus = 0
	[rx]
	endpoint = dpdk
	device = vdev:net_memif0,role=server,socket=ringloss-test-$$
	cpus = 1
PLAN
# memif <ARGUMENTS>
memif() {
	"$RINGLOSS" run "$TMP/memif.ini" --out "$TMP/r" --json "$@" >"$TMP/out" 2>"$TMP/err"
	is "memif $*: exit code" "$?" 0
	empty "memif $*: ledgers" "$(identity_faults "$TMP/out")"
	is "memif $*: pushed back is not lost" "$(lost)" 0
}
# a sink that is away: the ring fills, and the generator waits
memif --set traffic.rate=1Mpps --set rx.pause=20ms --set tx.ring=64
[ "$(jq .offered.unsent "$TMP/out")" -gt 0 ] || not_ok "memif: frames that had no room are unsent"
# either end made anew, and frames of many buffers' size
memif --set rx.ring=128,256 --set tx.ring=256,512 --set traffic.frame=64,9018

alone "net_pcap" "vdev:net_pcap0,tx_pcap=$TMP/frames.pcap" generator --set traffic.frames=2560 \
	--set traffic.rate=100kpps --set traffic.duration=1s
is "net_pcap: exit code" "$RUN_CODE" 0
is "net_pcap: all is in the file" "$(booked "capture file")" 2560
captured=$(tcpdump -nn -vv -r "$TMP/frames.pcap" udp 2>/dev/null)
[ "$(grep -c 'udp sum ok' <<<"$captured")" -ge 2560 ] ||
	not_ok "net_pcap: every UDP checksum is right" "$(grep -v 'udp sum ok' <<<"$captured")"
is "net_pcap: 256 flows planned, 256 seen" \
	"$(grep -oE '198\.18\.0\.1\.[0-9]+ > ' <<<"$captured" | sort -u | wc -l)" 256
check_host "virtual devices"

# ---- bad input ----
refused "no such driver" 69 'makes no virtual device "net_nonesuch0".*doc\.dpdk\.org' \
	vdev:net_nonesuch0
refused "an argument that the driver refuses" 69 'memif_set_role.*nonsense' \
	vdev:net_memif0,role=nonsense
runtime_folders() {
	find /var/run/dpdk -mindepth 1 -maxdepth 1 2>/dev/null | sort
}
folders=$(runtime_folders)
refused "more memory than there is" 69 "EAL does not start" vdev:net_null0 --set "one.eal=-m 99999999"
is "no folder is left of an EAL that did not start" "$(runtime_folders)" "$folders"
refused "an argument that EAL refuses" 69 "EAL does not start.*--nonsense" vdev:net_null0 \
	--set one.eal=--nonsense
refused "more queues than the port has" 65 'queues = 64, and vdev:net_ring0 .* has 16' \
	vdev:net_ring0 --set one.queues=64 --set traffic.flows=64
refused "a memif client before its server" 69 'role=server' \
	"vdev:net_memif0,role=client,socket=ringloss-test-$$"
refused "a ring that the driver cannot have" 65 'no power of two' vdev:net_memif0 --set one.ring=100
refused "a wrong key" 65 'hexadecimal' vdev:net_null0 --set one.rss_key=xyz
refused "frames that do not fit memif's buffers" 78 'a larger bsize' \
	vdev:net_memif0,bsize=128 --set traffic.frame=1518
refused "a device that is not there" 66 'choose one of' vdev:net_af_xdp0,iface=rl-absent0
nic=$(for path in /sys/bus/pci/devices/*; do
	[[ "$(cat "$path/class")" == 0x02* && -e $path/driver ]] &&
		[[ "$(basename "$(readlink "$path/driver")")" != *vfio* ]] && basename "$path"
done | head -n 1)
if [ -n "$nic" ]; then
	refused "a device bound to a driver of the kernel's" 69 'nic.driver = auto' "pci:$nic"
fi
for role in tx rx; do
	start run "$PLAIN" --out "$TMP/r" --json "${both[@]}" --set $role.queues=2
	finish
	has "more queues than the interface has ($role)" "$(cat "$TMP/err")" 'ethtool -L'
done
start run "$PLAIN" --out "$TMP/r" --json "${both[@]}" --set traffic.frame=4000
finish
has "frames that net_af_xdp does not take" "$(cat "$TMP/err")" 'pmd = net_af_packet'
check_host "afterwards"
