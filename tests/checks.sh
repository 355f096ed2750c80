# shellcheck shell=bash
# What every suite that is a script shares: TAP lines, the identities that every trial must satisfy,
# and settings of the host that must not change. To be sourced. Packages: jq python3-jsonschema
# iproute2 procps.
: "${TOP:?source folder}" "${TMP:?an empty folder}"
export LC_ALL=C

# ---- TAP ----

ok() {
	printf 'ok - %s\n' "$1"
}

# not_ok WHAT [DETAILS...]: details may have many lines
not_ok() {
	printf 'not ok - %s\n' "$1"
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@" | head -n 40 | sed 's/^/# /'
}

skip() {
	printf 'ok - %s # SKIP %s\n' "$1" "$2"
}

# is WHAT GOT WANTED
is() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "got:    $2" "wanted: $3"
	fi
}

# empty WHAT TEXT: what is in TEXT speaks against it
empty() {
	if [ -z "$2" ]; then
		ok "$1"
	else
		not_ok "$1" "$2"
	fi
}

# has WHAT TEXT REGEX
has() {
	if grep -qE -- "$3" <<<"$2"; then
		ok "$1"
	else
		not_ok "$1" "looked for: $3" "$2"
	fi
}

# more_than WHAT GOT LEAST
more_than() {
	if [ "${2:-0}" -gt "$3" ] 2>/dev/null; then
		ok "$1"
	else
		not_ok "$1" "got:    $2" "wanted: more than $3"
	fi
}

# wait_for SECONDS COMMAND...: until it succeeds
wait_for() {
	local end=$((SECONDS + $1))

	shift
	until "$@"; do
		[ "$SECONDS" -le "$end" ] || return 1
		sleep 0.02
	done
}

# ---- what is wrong with trials ----

# Lines of JSON Schema complaints about a file of trials.
schema_faults() {
	/usr/bin/python3 - "$TOP/results/trial.schema.json" "$1" <<-'PYTHON'
		import json, sys
		import jsonschema

		schema = json.load(open(sys.argv[1]))
		validator = jsonschema.Draft202012Validator(schema)
		for number, line in enumerate(open(sys.argv[2]), 1):
		    try:
		        trial = json.loads(line)
		    except ValueError as why:
		        print(f"line {number}: no JSON: {why}")
		        continue
		    for fault in validator.iter_errors(trial):
		        at = "/".join(map(str, fault.absolute_path))
		        print(f"line {number}: {at}: {fault.message[:200]}")
	PYTHON
}

has_jsonschema() {
	/usr/bin/python3 -c 'import jsonschema' 2>/dev/null
}

# check_schema WHAT FILE
check_schema() {
	if has_jsonschema; then
		empty "$1" "$(schema_faults "$2" 2>&1)"
	else
		skip "$1" "python3-jsonschema is not installed"
	fi
}

# identity_faults FILE [located]: everything that must hold for any trial that was measured, and does
# not; a line each. With located frames may be missing between two edges, as long as a row says so.
identity_faults() {
	jq -r --arg located "${2:-}" '
		def sum: map(. // 0) | add // 0;
		def fault(bad; what): if bad then what else empty end;
		. as $t | select(.verdict != "failed") | "trial \(.seq): " as $at
		| fault(.offered.intended != .offered.unsent + .offered.accepted;
			"intended \(.offered)"),
		  fault(.received != null and .loss.frames != .offered.accepted - .received.unique;
			"loss \(.loss)"),
		  fault((.loss != null and .bursts.frames != .loss.frames) or
			.bursts.frames != .queue_bursts.frames or
			(.loss == null) != (.bursts == null); "bursts \(.bursts), loss \(.loss)"),
		  (.paths[] | fault(.bursts.frames != .loss.frames or
			.queue_bursts.frames != .loss.frames; "path: bursts \(.bursts), loss \(.loss)")),
		  (., .paths[] | .bursts, .gaps, .queue_bursts, .queue_gaps | fault(. != null and
			(.count != (.lengths | sum) or (.count == 0) != (.longest == 0) or
			.longest > .frames or (.count == 0) != (.mean == null) or
			(.count > 0 and (.mean * .count - .frames | fabs) > 0.001 * .count));
			"runs \(.)")),
		  (.series // empty | (.t_s | length) as $n |
			fault($n == 0 or .t_s != (.t_s | unique) or
				any(.paths[][], .sides[][]; length != $n); "series: columns of \([.t_s,
				.paths[][], .sides[][]] | map(length))"),
			(.paths | to_entries[] | fault(.value.accepted[-1] != $t.paths[.key].offered.accepted or
				.value.accepted != (.value.accepted | sort) or
				(.value.received // [null])[-1] != $t.paths[.key].received.frames;
				"series of \(.key): ends with \(.value | map_values(.[-1]))"))),
		  fault((.received == null) != any(.paths[]; .to == null); "received \(.received)"),
		  (.paths[] | fault((.to == null) != (.received == null) or
			(.to == null) != (.loss == null) or (.to == null) != (.rates.rx_pps == null) or
			(.to == null) != (.flows_seen == null); "a path without sink: \(.)")),
		  fault(.offered.accepted != .received.unique + ([.ledger[].frames] | sum);
			"accepted \(.offered.accepted) is not unique \(.received.unique) + " +
			"\([.ledger[] | {place, frames}])"),
		  fault($located == "" and (.balanced != true or .remainder != 0);
			"remainder \(.remainder), \([.ledger[] | select(.state == "LOCATED") |
			{from, to, frames}])"),
		  fault(.balanced != (.remainder == 0); "balanced \(.balanced)"),
		  fault(.remainder != ([.ledger[] | select(.state == "LOCATED") | .frames] | sum);
			"remainder \(.remainder) is not what is located"),
		  fault(.offered.accepted == 0; "nothing was sent"),
		  fault(any(.ledger[]; .state == "BOOKED" and (.frames <= 0 or (.evidence | length) == 0));
			"a row without frames or evidence: \(.ledger)"),
		  (.paths[] | .edges[] | fault($located == "" and (.remainder // 0) != 0;
			"edge \(.edge): remainder \(.remainder)")),
		  fault(any(.paths[] | .edges[]; .passed_over != true and
			.ours == null and .total == null); "an edge is not counted")
		| $at + .' "$1" 2>&1
}

# Both, and that there are N lines.
check_trials() {
	local what=$1 file=$2 n=$3

	is "$what: one line a trial" "$(wc -l <"$file")" "$n"
	check_schema "$what: every line is valid by the schema" "$file"
	empty "$what: every ledger balances" "$(identity_faults "$file")"
}

# ---- what a host looks like ----

# Mounts of somebody else at work here, the runs' namespaces among them, are no setting.
host_settings() {
	sysctl -a --pattern '^net\.core\.' 2>/dev/null
	cat /sys/kernel/mm/hugepages/*/nr_hugepages 2>/dev/null
	ip -br link show
	ip -br address show
	awk -v tmp="$TMP" 'index($2, tmp) == 1 || $2 !~ "^/(tmp|run/netns)/" {print $2}' \
		/proc/self/mounts | sort
}
