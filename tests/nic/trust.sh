# shellcheck shell=bash
# What the cases on trust have in common: the guest's ports judged, then a run whose ledger cites what
# was found. To be sourced by a case, which then calls judge PLAN.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$TOP/tests/nic/lib.sh"

# verdict CAUSE COUNTER: "VERDICT MOVED", of the trust file
verdict() {
	jq -r --arg cause "$1" --arg counter "$2" '.causes[] | select(.cause == $cause) | .counters[] |
		select(.counter == $counter) | "\(.verdict) \(.moved)"' "$TRUST"
}

# known CAUSE: what was lost; nothing where it was not caused
known() {
	jq -r --arg cause "$1" '.causes[] | select(.cause == $cause) | .known // empty' "$TRUST"
}

# judge PLAN [ARGUMENTS] of the second run; sets TRUST, the file, and RUN, the trial of the second run
judge() {
	cat >"$SHARE/later.ini" <<-'PLAN'
		[plan]
		name = later
		[traffic]
		rate = max
		frames = 50000
		duration = 20s
		flows = 1
		unsent_max = 100%
		[tx]
		endpoint = af_xdp
		device = net:eth0
		netns = ringloss-a
		cpus = 1
		[rx]
		endpoint = packet
		device = net:eth1
		netns = ringloss-b
		cpus = 2
		ring = 65536
		nic.rx_ring = 64
		napi.threaded = 1
		napi.cpus = same
	PLAN
	in_guest "the job" <<-JOB
		settle_ports
		mark_port
		look_at_ports before
		ringloss trust eth1 --peer eth0 --set tx.cpus=1 --set rx.cpus=2 --results results \
			--out results/trust.json >results/trust.text 2>results/trust.err || echo "exit \$?" >results/trust.code
		look_at_ports after
		measure $*
		${ALSO:-true} >results/also.text 2>&1 || echo "exit \$?" >results/also.code
		ringloss report results/later-* >results/later.text
	JOB
	TRUST=$SHARE/results/trust.json
	sed 's/^/#: /' "$SHARE/results/trust.text"
	trials_of later
	same_ports "after trust" after
	check_host
}
