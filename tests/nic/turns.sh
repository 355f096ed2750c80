# shellcheck shell=bash
# One case for several models: every way to send and to receive, by turns, each time with the driver that
# it takes. To be sourced by a case, which then calls by_turns DRIVER XDP_MODE.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$TOP/tests/nic/lib.sh"

by_turns() {
	cat >"$SHARE/turns.ini" <<-PLAN
		[plan]
		name = turns
		order = listed
		[traffic]
		rate = 5kpps
		duration = 200ms
		flows = 16
		unsent_max = 100%
		[tx]
		endpoint = dpdk, udp, packet, af_xdp
		device = net:eth0
		netns = ringloss-a
		nic.driver = auto
		cpus = 1
		[rx]
		endpoint = dpdk, udp, packet, af_xdp, xdp
		device = net:eth1
		netns = ringloss-b
		nic.driver = auto
		cpus = 2
		rcvbuf = 8M
		xdp_mode = $2
	PLAN
	in_guest "the job" <<-'JOB'
		# a model without it has one queue
		for port in eth0 eth1; do
			ethtool -L $port combined 1 2>/dev/null || true
		done
		settle_ports
		mark_port
		look_at_ports before
		measure turns.ini
		look_at_ports after
		taken() {
			both_are vfio-pci
		}
		killed killed turns.ini --set tx.endpoint=dpdk --set rx.endpoint=dpdk
	JOB
	trials_of turns
	check_measured "every way by turns" 20
	empty "every way by turns: every ledger balances" "$(identity_faults "$RUN")"
	is "every way by turns: DPDK has its driver, the others the kernel's" \
		"$(jq -r '.sides | [.tx, .rx][].settings | "\(.asked.endpoint == "dpdk") \(
			.effective["nic.driver"])"' "$RUN" | sort -u | xargs)" \
		"false $1 true vfio-pci"
	jq -r '"#: \(.sides.tx.settings.asked.endpoint) to \(.sides.rx.settings.asked.endpoint): \(
		.offered.accepted) sent, \(.received.unique) received, remainder \(.remainder)"' "$RUN"
	same_ports "after runs that changed drivers by turns" after
	same_ports "after kill -9 of a run that had them bound to vfio-pci, and restore" killed
	check_host
}
