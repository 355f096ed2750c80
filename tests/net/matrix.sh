#!/bin/bash
# needs: root netns bpf xdp cpus2
# The injection matrix: for every place that can be reached here exactly K of our frames are lost there,
# beside foreign traffic that meets the same cause, and the ledger must book K there, nothing anywhere
# else, and leave no remainder. matrix/rows says what is done and expected, matrix/inject.sh how.
# What was measured must be what docs/matrix.md says; `matrix.sh --write` writes it. `matrix.sh ROW...`
# measures these alone, and compares nothing.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
MATRIX=$TOP/tests/net/matrix
# shellcheck source-path=SCRIPTDIR source=matrix/inject.sh
. "$MATRIX/inject.sh"

DOC=$TOP/docs/matrix.md
MEMIF=$TMP/memif.ini
cat >"$MEMIF" <<-PLAN
	[plan]
	name = memif
	order = listed
	[traffic]
	flows = 1
	rate = 20kpps
	duration = 100ms
	unsent_max = 100%
	[tx]
	endpoint = dpdk
	device = vdev:net_memif0,role=client,socket=ringloss-matrix-$$
	cpus = 0
	[rx]
	endpoint = dpdk
	device = vdev:net_memif0,role=server,socket=ringloss-matrix-$$
	cpus = 1
PLAN
write=no
[ "${1:-}" = --write ] && { write=yes; shift; }
only=("$@")
declare -A row places
witness_what=() witness_want=() witness_before=() witness_after=()

# ---- one row ----

# families: those that the row is measured with
families() {
	[ "${row[families]:-both}" = both ] && echo ipv4 ipv6 || echo "${row[families]}"
}

# What a row says of its trials: "VALUE=K ..." as a JSON object.
wanted_json() {
	jq -cn --arg axis "${row[values]}" '$axis | split(" ") | map(capture("(?<v>.*)=(?<k>[0-9]+|any)$") |
		{(.v): (.k | tonumber? // .)}) | add'
}

sum_of_k() {
	wanted_json | jq '[.[] | numbers] | add'
}

# The trials of the row, in $TMP/out. The plan's lists have no blanks.
measure() {
	local plan=$PLAIN options family key=${row[axis]}

	options=("${PAIR[@]}" --set tx.endpoint=udp --set rx.endpoint=udp --set traffic.flows=1
		--set traffic.rate=20kpps --set traffic.duration=2s --set traffic.frames=2500
		--set traffic.frame=84 --set rx.idle=poll)
	[[ ${row[plan]:-} == *rx.endpoint=* || -n "${row[device]:-}" ]] || options+=(--set rx.rcvbuf=32M)
	if [ "${row[device]:-}" = memif ]; then
		plan=$MEMIF options=(--set traffic.frame=84)
	elif [ "${row[device]:-}" = lab ]; then
		options=(--set traffic.rate=20kpps --set traffic.frame=84)
	fi
	options+=(--set "$key=$(tr ' ' '\n' <<<"${row[values]}" | sed 's/=[0-9a-z]*$//' | paste -sd,)")
	family=$(families)
	options+=(--set "traffic.family=${family// /,}")
	# shellcheck disable=SC2086
	start run "$plan" --out "$TMP/r" --json "${options[@]}" ${row[plan]:+$(printf -- '--set %s ' ${row[plan]})}
	finish
}

# Lines "FAMILY WANTED LOST PLACES REMAINDER UNSENT" of the trials.
seen() {
	jq -r --argjson k "$(wanted_json)" --arg axis "${row[axis]}" '
		.plan.values as $v | [$v["traffic.family"], $k[.point[$axis] // $v[$axis] | tostring],
		.loss.frames, ([.ledger[] | select(.state == "BOOKED")] | group_by(.place) |
			map("\(.[0].place):\(map(.frames) | add)") | join(",")),
		.remainder, .offered.unsent] | map(tostring) | join("|")' "$TMP/out"
}

# Whether the injection did what it should, by means that are not the program's; a line for each
# number that is not what it should be. Foreign frames meet the same cause, and are counted.
witness_faults() {
	local i got want

	for ((i = 0; i < ${#witness_what[@]}; i++)); do
		got=$((witness_after[i] - witness_before[i]))
		want=$(eval "echo \$((${witness_want[i]}))")
		[ "$got" = "$want" ] || echo "${witness_what[i]}: $got, not $want (${witness_want[i]})"
	done
}

# The row's own, and what the rules or programs of inject.sh counted.
witnesses() {
	local family n

	echo "${row[witness]:-}"
	[ -n "$HITS" ] && for family in $(families); do
		n=${family#ipv}
		printf ';hits ours%s = K' "$n"
	done
}

# What the row's witnesses say now: their commands, separated by ";", each "COMMAND = WANTED", where
# WANTED may use K (the sum of the losses of a family), N (families), F4 and F6 (foreign frames struck).
read_witnesses() {
	local -n into=$1
	local one

	witness_what=() witness_want=() into=()
	while IFS= read -r one; do
		[ -n "$one" ] || continue
		witness_what+=("${one%% = *}")
		witness_want+=("${one##* = }")
		into+=("$(eval "${one%% = *}")")
	done < <(tr ';' '\n' <<<"$(witnesses)" | sed 's/^ *//; s/ *$//')
}

# The lines of seen against what must be; sets seen4, seen6, faults.
judge() {
	local family want lost booked remainder unsent expect

	seen4='' seen6='' faults=''
	while IFS='|' read -r family want lost booked remainder unsent; do
		expect="${row[place]}:$want"
		[ "$want" = any ] && [ "$lost" -gt 0 ] && expect="${row[place]}:$lost"
		if [ "${row[place]}" = unsent ]; then
			[ "$lost $booked $remainder" = "0  0" ] && { [ "$unsent" = "$want" ] ||
				{ [ "$want" = any ] && [ "$unsent" -gt 0 ]; }; } && booked=$expect
		fi
		if [ "$booked" = "$expect" ] && [ "$remainder" = 0 ]; then
			[ "$family" = ipv4 ] && seen4+="${seen4:+, }$want" || seen6+="${seen6:+, }$want"
		else
			faults+="$family: wanted $expect, lost $lost, booked ${booked:-nothing}, "
			faults+="remainder $remainder, unsent $unsent"$'\n'
		fi
	done < <(seen)
}

# run_row: the row in row[]; sets seen4, seen6, injected
run_row() {
	local lines expected faults injected K N F4 F6

	# shellcheck disable=SC2034 # what a row's witnesses are reckoned with
	K=$(sum_of_k) N=$(families | wc -w)
	expected=$(($(wc -w <<<"${row[values]}") * N))
	# an injection that did not come off, on a busy machine, is done again; what the program says of one
	# that did is not
	for _ in 1 2 3; do
		eval "${row[inject]:-:}" >"$TMP/inject" 2>&1 ||
			not_ok "${row[name]}: the injection is in place" "$(cat "$TMP/inject")"
		read_witnesses witness_before
		foreign_start
		measure
		foreign_stop
		read_witnesses witness_after
		# shellcheck disable=SC2034
		F4=$(hits foreign4) F6=$(hits foreign6)
		injected=$(witness_faults)
		# how many frames a stalled sink has no room for is a matter of when it stopped reading
		[ -n "${row[stalled]:-}" ] && injected+=${injected:+$'\n'}$(seen | awk -F'|' '$2 != $3 + $6 {
			print $1 ": lost or unsent " $3 + $6 ", not " $2}')
		eval "${row[undo]:-:}" >/dev/null 2>&1
		undo_all
		lines=$(wc -l <"$TMP/out")
		[ -z "$injected" ] && [ "$lines" = "$expected" ] && break
	done
	cat "$TMP/out" >>"$TMP/all"
	is "${row[name]}: every trial is there" "$lines" "$expected"
	[ "$lines" = "$expected" ] || sed 's/^/# /' "$TMP/err" "$TMP/inject"
	empty "${row[name]}: exactly K were struck, by others' counters" "$injected"
	judge
	if ! known_place; then
		skip "${row[name]}: K are booked to ${row[place]}" "ringloss has no such place"
		printf '# %s\n' "${faults//$'\n'/ | }"
	else
		empty "${row[name]}: K are booked to ${row[place]}, none elsewhere" "$faults"
	fi
}

# ---- the table ----

# cell SEEN FAMILY: what was seen of it, or why nothing
cell() {
	local why="why${2#ipv}"

	if [ -n "$1" ]; then
		echo "$1"
	elif [[ " $(families) " != *" $2 "* ]]; then
		echo "none: ${row[$why]}"
	elif ! known_place; then
		echo "none: ringloss has no such place"
	else
		echo "none: booked elsewhere"
	fi
}

known_place() {
	[ "${row[place]}" = unsent ] || [ -n "${places[${row[place]}]:-}" ]
}

# Counters of the place's evidence that moved by K and more in every trial that booked to it. Not
# udp.tx_eperm: sendmmsg keeps the errno of a batch that went in part to itself, and how batches fall is
# a matter of time.
evidence() {
	jq -rs --arg place "${row[place]}" '
		[.[] | .plan.values["traffic.family"] as $family | .ledger[] |
			select(.place == $place and .state == "BOOKED") | .frames as $k | .evidence[]? |
			select(.counter | test("dev.rx_packets$") | not) |
			select(.counter != "tx:udp.tx_eperm") |
			{family: $family, counter, moved: (.delta != null and .delta >= $k)}] |
		group_by([.family, .counter]) | map(select(all(.moved)) | .[0].counter) | unique |
		map("`\(.)`") | join(" ")' "$TMP/out"
}

stages() {
	"$RINGLOSS" list places --json | jq -r --arg place "${row[place]}" '
		[.[] | select(.place == $place) | .stage] | unique | join(", ")'
}

table_row() {
	printf '| %s |' "$@" | sed 's/||/|/g'
	echo
}

wanted_row() {
	local name

	[ ${#only[@]} -eq 0 ] && return 0
	for name in "${only[@]}"; do
		# shellcheck disable=SC2053 # a pattern
		[[ ${row[name]} == $name ]] && return 0
	done
	return 1
}

do_row() {
	local seen4 seen6

	[ -n "${row[name]:-}" ] || return
	wanted_row || return
	if [ -z "${row[values]:-}" ]; then
		table_row "${row[number]}" "${row[place]}" "" "none: ${row[why]}" "none: ${row[why]}" "" "" \
			>>"$TMP/table"
		return
	fi
	run_row
	table_row "${row[number]}" "${row[place]}" "${row[how]}" "$(cell "$seen4" ipv4)" \
		"$(cell "$seen6" ipv6)" "$(stages)" "$(evidence)" >>"$TMP/table"
}

# What docs/matrix.md is: text, and the table as measured.
document() {
	cat <<-'TEXT'
		# Where exactly K frames were lost

		Made by `tests/net/matrix.sh --write`; the same test measures all of it again and compares. In each
		row exactly K frames of a trial are lost at one place on purpose, for three sizes of K and
		both families, between two namespaces. Foreign UDP traffic flows beside, about a tenth of ours, to the
		sink's port and to another, and every fourth of its frames meets the same cause. That the cause struck
		K of ours is seen by counters of others (nft, a BPF program, `nstat`, `ip -s`, `tc -s`). A K stands in
		the table where the ledger booked K to the place, nothing to any other, and left no remainder. "unsent"
		is no place of loss: such frames were never handed over; "any" is a number that the injection does not
		fix, and all of it was booked there. Numbers are those of `ringloss list places`.

	TEXT
	table_row "#" place "how K of ours are lost" "K, IPv4" "K, IPv6" stage "counters that moved by K"
	table_row --- --- --- --- --- --- ---
	cat "$TMP/table"
}

# ---- all of them ----

each_row() {
	local line

	while IFS= read -r line <&3 || [ -n "$line" ]; do
		case $line in
		'#'*) ;;
		'['*']')
			do_row
			row=([name]=${line:1:-1} [axis]=traffic.frame [values]="84=1 85=37 86=1000")
			;;
		*' = '*)
			row[${line%% = *}]=${line#* = }
			[ "${line%% = *}" = why ] && row[values]=''
			;;
		esac
	done 3<"$MATRIX/rows"
	do_row
}

# two at a time would each put back what the other has set for the machine
exec 9>"${TMPDIR:-/tmp}/ringloss-matrix.lock"
flock 9
machine_settings() {
	sysctl net.ipv4.udp_mem net.core.netdev_max_backlog net.netfilter.nf_conntrack_max
}
host_remember
machine_settings >"$TMP/machine"
own_pair
while IFS= read -r place; do
	places[$place]=1
done < <("$RINGLOSS" list places --json | jq -r '.[].place')
: >"$TMP/all"
: >"$TMP/table"
each_row
if [ "$write" = yes ]; then
	document >"$DOC"
elif [ ${#only[@]} -eq 0 ]; then
	empty "docs/matrix.md says what was measured" "$(document | diff "$DOC" - 2>&1)"
fi
check_schema "every line is valid by the schema" "$TMP/all"
leave_pair
check_host "matrix"
empty "matrix: the machine's limits are as before" "$(machine_settings | diff "$TMP/machine" - 2>&1)"
