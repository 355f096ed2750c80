#!/bin/bash
# model: igb
# needs: guest
# when: all
# seconds: 480
# Whether a NIC is good enough: the whole of configs/qualify.ini on an igb, both directions at once, with
# fewer and shorter points, and a verdict by configs/qualify-limits.ini. A burst is as long as the smallest
# ring, so that nothing can be lost, however slow the machine is; and every verdict is known.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2034 # of in_guest
GUEST=(--cpus 4 --timeout 400)
cp "$TOP/configs/qualify.ini" "$SHARE/"
# what an emulated NIC carries says nothing
sed 's/^least *= 50kpps/least = 1pps/' "$TOP/configs/qualify-limits.ini" >"$SHARE/limits.ini"
sed 's/^least *= 50kpps/least = 100Gpps/' "$TOP/configs/qualify-limits.ini" >"$SHARE/impossible.ini"

in_guest "the job" <<'JOB'
settle_ports
look_at_ports before
qualify() {
	measure qualify.ini --set a.device=net:eth0 --set b.device=net:eth1 --set a.cpus=0+1 \
		--set b.cpus=2+3 --set a.idle=poll --set b.idle=poll --set plan.repeats=1 \
		--set traffic.flows=16 --set traffic.duration=100ms "$@"
}
# judge NAME RESULT LIMITS: what it prints, and its exit code
judge() {
	local status=0

	ringloss check results/"$2"-* --limits "$3" --junit "results/$1.xml" >"results/$1.txt" 2>&1 ||
		status=$?
	echo "$status" >"results/$1.code"
}
qualify --set traffic.frame=64,1518 --set traffic.rate=2kpps,max --set traffic.frames=200 \
	--set traffic.unsent_max=100%
judge kept qualify limits.ini
judge impossible qualify impossible.ini
qualify --set plan.name=slow --set traffic.frame=64 --set traffic.rate=100Mpps \
	--set plan.zip= --set a.endpoint=udp --set b.endpoint=udp --set a.nic.rx_ring=4096 \
	--set b.nic.rx_ring=4096 --set a.irq.affinity=same --set b.irq.affinity=same
judge slow slow limits.ini
look_at_ports after
JOB

# verdict_of NAME LIMIT
verdict_of() {
	sed -n "s/^$2 .* \([a-z]*\)\$/\1/p" "$SHARE/results/$1.txt"
}

trials_of qualify
# frames x rates x endpoints x rings x affinities
check_measured "qualify" 32
is "qualify: both directions in each trial" "$(jq -c '.paths | keys' "$RUN" | sort -u)" '["a-b","b-a"]'
empty "qualify: every ledger balances" "$(identity_faults "$RUN")"
is "qualify: every limit is kept" "$(cat "$SHARE/results/kept.code")" 0
has "qualify: the verdict" "$(cat "$SHARE/results/kept.txt")" '^verdict: pass; [0-9]+ passed'
sed 's/^/#: /' "$SHARE/results/kept.txt"

is "a limit made impossible: the verdict" "$(cat "$SHARE/results/impossible.code")" 1
has "a limit made impossible: it alone failed, and is named" "$(cat "$SHARE/results/impossible.txt")" \
	'^verdict: fail; 1 failed \(carries\); [0-9]+ passed'
has "a limit made impossible: JUnit says so" "$(cat "$SHARE/results/impossible.xml")" '<failure .*100Gpps'

trials_of slow
is "a generator too slow: its trial is invalid" \
	"$(jq -c '.verdict' "$RUN")" '"invalid"'
is "a generator too slow: neither pass nor fail" "$(cat "$SHARE/results/slow.code")" 2
has "a generator too slow: why" "$(tr '\n' ' ' <"$SHARE/results/slow.txt" | tr -s ' ')" \
	'explained, undamaged, .* invalid: .*the generator fell behind'
is "a generator too slow: what is about its points has no verdict" "$(verdict_of slow no-loss)" invalid
same_ports "after qualify" after
check_host
