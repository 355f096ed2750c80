# shellcheck shell=bash
# What a NIC's drivers do, as facts: rings, a full ring, channels, RSS, interrupts, AF_XDP, DPDK, every stack
# on the same pair of ports. To be sourced by a case, which then calls table. The facts are
# lines "key: value" in tests/nic/facts/CASE, of which tests/net/nics.sh makes docs/nics.md. Those
# that begin with ~ depend on speed or versions and are only shown; the others are compared with the file,
# or written to it with NIC_FACTS=write.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$TOP/tests/nic/lib.sh"

CASE=$(basename "$0" .sh)
FACTS=$TOP/tests/nic/facts/${CASE%-table}
RINGS=64,256,1024,4096
BURST=20000 # frames, more than any ring

write_plan() {
	cat >"$SHARE/table.ini" <<-'PLAN'
		[plan]
		order = listed
		[traffic]
		rate = 5kpps
		duration = 200ms
		flows = 16
		unsent_max = 100%
		[tx]
		endpoint = packet
		device = net:eth0
		netns = ringloss-a
		nic.driver = auto
		ip = 198.18.0.1/24
		cpus = 1
		[rx]
		endpoint = udp
		device = net:eth1
		netns = ringloss-b
		nic.driver = auto
		ip = 198.18.0.2/24
		cpus = 2
	PLAN
}

measure_in_guest() {
	# shellcheck disable=SC2034 # of in_guest
	GUEST+=(--timeout 500)
	in_guest "the job" <<-JOB
		rings=$RINGS burst=$BURST sender=${SENDER:-dpdk}
	$(cat "$TOP/tests/nic/table-job.sh")
	JOB
}

# fact KEY VALUE...: one line of the file; with no value there is nothing to say
fact() {
	local key=$1

	shift
	echo "$key: $*" >>"$TMP/facts"
}

# Why nothing of a plan's run could be measured.
refused_run() {
	sed 's/^[rt]x: //; s/;.*//; s/^/refused: /' "$SHARE/results/$1.refused" 2>/dev/null
}

# What jq makes of the trials of a plan, in the order in which they ran, as one line.
of_trials() {
	trials_of "$1"
	[ -s "$RUN" ] || { refused_run "$1"; return; }
	jq -r "def refused: select(.verdict == \"failed\" or .verdict == \"skipped\") |
			(.validity.reasons[0] // \"\") | sub(\"^(tx|rx): \"; \"\") | split(\";\")[0];
		def measured: select(.verdict == \"valid\" or .verdict == \"invalid\");
		def asked(key): .plan.values[key];
		def booked: [.ledger[] | select(.state == \"BOOKED\")];
		def located: [.ledger[] | select(.state == \"LOCATED\")];
		def held_back: (asked(\"traffic.frames\") | tonumber) - .offered.accepted;
		def rest: [(booked[] | \"\\(.frames) \\(.place) (\\(.evidence[0].counter))\"), (located[] |
			\"\\(.frames) missing between \\(.from) and \\(.to)\"), (held_back | if . > 0 then
			\"\\(.) held back at the sender\" else empty end)] | join(\", \") |
			if . == \"\" then \"nothing lost\" else . end;
		def moved(side): .sides[side].counters as \$c | [\$c.after | to_entries[] | select(.value | type == \"number\") |
			select(.key | test(\"drop|miss|err|full|no_dma|nombuf|alloc|over\")) |
			select((\$c.before[.key] | type) == \"number\" and .value > \$c.before[.key]) | .key];
		$2" "$RUN" | paste -sd ';' | sed 's/;/; /g'
}

# What a full ring of N keeps, over all sizes. A batch is what one call of the sink reads (64): some drivers
# give descriptors back to the card by batches only, so as many may be missing, or be free for more.
kept() {
	jq -rs 'map(select(.verdict == "valid" or .verdict == "invalid") | .sides.rx.settings.effective.ring as $ring |
			if $ring == null then null else .received.unique - $ring + 1 end) as $more |
		if $more == [] then "" elif any($more[]; . == null) then "N is not told"
		elif all($more[]; . == 0) then "N - 1"
		elif all($more[]; . <= 64) then "at most N - 1 and a batch"
		elif all($more[]; . <= 10064) and all($more[]; . >= 9000) then "about N, and 10,000 in a queue of QEMU\u0027s"
		else "more than N" end' "$RUN"
}

# Counters of loss that moved at the sink, in any trial of a plan; what the program itself counts is none of the driver's.
moved_in() {
	trials_of "$1"
	[ ! -s "$RUN" ] || of_trials "$1" 'measured | moved("rx")[]' | tr ';' '\n' | tr -d ' ' |
		grep -v '^bpf' | sort -u | xargs
}

# shellcheck disable=SC2016 # jq's variables
# The columns of the table that come of trials. A full ring of DPDK's driver into a sink that stands
# still is exact; a full ring of the kernel's depends on how fast its core is.
facts_of_trials() {
	fact kernel.rings "$(of_trials kernel-rings '(refused | "refused: \(.)"),
		(measured | "\(asked("rx.nic.rx_ring"))=\(.sides.rx.settings.effective["nic.rx_ring"])")')"
	fact '~kernel.full' "$(of_trials kernel-rings 'measured | "\(asked("rx.nic.rx_ring")): \(.received.unique) received, \(rest)"')"
	fact '~kernel.full.counters' "$(moved_in kernel-rings)"
	fact dpdk.drivers "$(of_trials drivers '(refused | "refused: \(.)"), (measured |
		"\(.sides.rx.settings.effective["nic.driver"]) \(.received.unique > 0 | if . then "works" else "receives nothing" end)")')"
	fact dpdk.rings "$(of_trials dpdk-rings '(refused | "refused: \(.)"), (measured |
		"\(asked("rx.ring"))=\(.sides.rx.settings.effective.ring // "not told")")')"
	fact '~dpdk.full' "$(of_trials dpdk-rings 'measured | "\(asked("rx.ring")): \(.received.unique) received, \(rest)"')"
	trials_of dpdk-rings
	fact dpdk.full "$(kept)$(of_trials dpdk-rings 'measured | [(booked[] | "\(.place) by \(.evidence[0].counter)"),
		(located[] | "missing between \(.from) and \(.to)"), (if held_back > 0 then "held back at the sender" else empty end)] |
		join(", ")' | tr ';' '\n' | sed 's/^ *//; /^refused/!s/^/, rest /' | sort -u | paste -sd ';' | sed 's/;/; /g')"
	fact dpdk.full.counters "$(moved_in dpdk-rings)"
	fact dpdk.queues "$(of_trials dpdk-queues 'asked("rx.queues") as $queues | (refused | "\($queues): refused: \(.)"), (measured |
		.sides.rx.counters as $c | ([$c.after | keys[] | select(test("xstats.rx_q[0-9]+_packets"))]) as $names |
		"\(asked("rx.queues")): RSS \(.sides.rx.settings.effective.rss // "not told"), flows in \(if $names == [] then "(not counted)" else
		[$names[] | select($c.after[.] > ($c.before[.] // 0)) | capture("rx_q(?<n>[0-9]+)").n] |
		unique | join("+") end)")')"
	fact irq.affinity "$(of_trials irq '(refused | "refused: \(.)"), (measured |
		"\(asked("rx.irq.affinity")) on CPU \([.sides.rx.cpus[] | select((.interrupts // 0) > 20) | .cpu] |
		join("+"))")')"
	fact af_xdp "$(of_trials steady 'select(asked("rx.endpoint") == "af_xdp") | (refused | "refused: \(.)"),
		(measured | .sides.rx.settings.effective.xdp_mode + " " + (.sides.rx.settings.effective.zero_copy | tostring |
		if . == "on" or . == "true" then "zero copy" else "copy" end))')"
	for name in steady stalled; do
		fact "~stacks.$name" "$(of_trials "$name" '"\(asked("rx.endpoint")) \(if asked("rx.endpoint") == "af_xdp" or
			asked("rx.endpoint") == "xdp" then asked("rx.xdp_mode") else "" end)|" + ((refused |
			"refused: \(.)||||"), (measured | "\(.offered.accepted)|\(.received.unique)|\([booked[] |
			"\(.frames) \(.place)"] | join(", "))|\([located[] | "\(.frames) \(.from) to \(.to)"] |
			join(", "))|\(.remainder)"))')$(refused_run "$name" | sed 's/^/; dpdk |/; s/$/||||/')"
	done
}

facts_of_port() {
	local port=$SHARE/results

	fact driver "$(sed -n 's/^driver: //p' "$port/port.i")"
	fact '~kernel' "$(cat "$port/kernel")"
	fact rings.max "$(sed -n '/Pre-set/,/Current/s/^\([RT]X\):[ 	]*\([0-9]*\)$/\1 \2/p' "$port/port.g" | xargs)"
	fact channels.max "$(sed -n '/Pre-set/,/Current/s/^\([A-Z][a-z]*\):[ 	]*\([0-9]*\)$/\1 \2/p' "$port/port.l" |
		grep -v ' 0$' | xargs)"
	fact channels.flows "$(paste -sd ';' "$port/channels" 2>/dev/null | sed 's/;/; /g')"
	fact rss "$(cat "$port/rss")"
	fact irq "$(cat "$port/irq")"
	fact '~counters.own' "$(grep -cE '^ +[^ ].*: [0-9]' "$port/port.S") of ethtool -S, of loss: $(
		sed -n 's/^ *\([^ ].*\): [0-9]*$/\1/p' "$port/port.S" | tr ' ' '_' |
			grep -iE 'drop|miss|fifo|over|no_(dma|buf)|alloc|full|OOB' | grep -viE '^(tx_)?queue_?[1-9]|[rt]x_queue_[1-9]|[rt]x[1-9]_' | awk '!seen[$0]++' | xargs)"
}

# Facts that do not depend on speed, for being compared.
fixed() {
	grep -v '^~' "$1" 2>/dev/null
}

table() {
	local name

	write_plan
	measure_in_guest
	: >"$TMP/facts"
	facts_of_port
	facts_of_trials
	for name in steady stalled kernel-rings dpdk-rings drivers dpdk-queues irq; do
		trials_of $name
		more_than "$name: was tried" "$(cat "$RUN" "$SHARE/results/$name.refused" 2>/dev/null | wc -l)" 0
		check_schema "$name: every line is valid by the schema" "$RUN"
		jq -c 'select(.verdict == "valid" or .verdict == "invalid")' "$RUN" >"$TMP/measured"
		empty "$name: every identity but the balance holds" "$(identity_faults "$TMP/measured" located)"
	done
	sed 's/^/#: /' "$TMP/facts"
	if [ "${NIC_FACTS:-}" = write ]; then
		mkdir -p "${FACTS%/*}"
		cp "$TMP/facts" "$FACTS"
	else
		is "what does not depend on speed is as $(basename "$FACTS") in tests/nic/facts has it" \
			"$(fixed "$TMP/facts")" "$(fixed "$FACTS")"
	fi
	same_ports "after all" after
	check_host
}
