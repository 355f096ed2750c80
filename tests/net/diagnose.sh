#!/bin/bash
# needs: root netns bpf xdp cpus2
# ringloss diagnose on a host that loses packets: each fault of faults/rows is started, must be the first
# finding, with no more than another tool counted, must end by the remedy that was printed, and be found
# no more. Then two faults at once, hosts that lose nothing, and that nothing is sent or changed.
# `diagnose.sh ROW...` does these rows alone; `diagnose.sh --faults [ROW...]` asks the other tools only.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=faults/faults.sh
. "$TOP/tests/net/faults/faults.sh"

ROWS=$TOP/tests/net/faults/rows
LOOK=0.5 # seconds of a look: hundreds of packets of every fault are lost meanwhile
ask=yes
[ "${1:-}" = --faults ] && { ask=no; shift; }
only=("$@")
declare -A row

# ---- looking ----

# diagnose OPTIONS...: into $TMP/found; sets FOUND_CODE
diagnose() {
	"$RINGLOSS" diagnose --json "$@" >"$TMP/found" 2>"$TMP/found.err"
	FOUND_CODE=$?
}

# A line a finding: what it is, how much, and what moved.
found() {
	jq -r '.findings[] | "\(.kind): \(.place) (\(.row)), \(.netns) \(.device // ""), \(.lost) \(.unit): " +
		([.evidence[] | "\(.counter)=\(.delta)"] | join(" "))' "$TMP/found" 2>&1
	cat "$TMP/found.err"
}

# found_place PLACE KIND: how often
found_place() {
	jq --arg place "$1" --arg kind "$2" '[.findings[] | select(.place == $place and .kind == $kind)] | length' \
		"$TMP/found"
}

# ---- rows ----

row_names() {
	sed -n 's/^\[\(.*\)\]$/\1/p' "$ROWS"
}

# Row NAME, into row[].
take_row() {
	local line here=

	row=()
	while IFS= read -r line; do
		case $line in
		"[$1]") here=yes row=([name]=$1 [kind]=loss [remedy]=) ;;
		'['*']') here= ;;
		*' = '*) [ -n "$here" ] && row[${line%% = *}]=${line#* = } ;;
		esac
	done <"$ROWS"
}

count() {
	eval "${row[counter]:-echo 0}"
}

moves() {
	[ "$(count)" -gt "$1" ]
}

stands() {
	local before

	before=$(count)
	sleep 0.3
	[ "$(count)" = "$before" ]
}

# Start the row; false if another tool sees nothing of it.
begin_fault() {
	local before

	before=$(count)
	eval "${row[start]}" >"$TMP/start" 2>&1 || {
		not_ok "${row[name]}: it is under way" "$(cat "$TMP/start" "$TMP"/load.*)"
		return 1
	}
	[ -z "${row[counter]:-}" ] || wait_for 5 moves "$((before + 10))" || {
		not_ok "${row[name]}: it is under way: ${row[counter]}" "$(count)" "$(cat "$TMP/start" "$TMP"/load.*)"
		return 1
	}
}

# The command of the finding that the row asks for: the first, or that which its pattern fits.
remedy() {
	jq -r --arg place "${row[place]}" --arg kind "${row[kind]}" --arg pattern "${row[remedy]}" '
		[.findings[] | select(.place == $place and .kind == $kind)][0].remedies // [] |
		[.[].command // empty | select(test($pattern))][0] // empty' "$TMP/found"
}

end_fault() {
	local command

	[ -n "${row[fixed]:-}" ] || { [ "$ask" = yes ] && [ -n "${row[remedy]}" ]; } || return
	if [ "$ask" = yes ] && [ -n "${row[remedy]}" ]; then
		command=$(remedy)
		[ -n "$command" ] || not_ok "${row[name]}: there is a remedy with ${row[remedy]}" "$(jq -c '.findings[0].remedies' "$TMP/found")"
		sh -c "$command" >"$TMP/remedy" 2>&1 || not_ok "${row[name]}: $command" "$(cat "$TMP/remedy")"
	fi
	eval "${row[fixed]:-:}" >"$TMP/fixed" 2>&1
	[ "$ask" = no ] && [ -n "${row[remedy]}" ] && return
	wait_for 5 stands || not_ok "${row[name]}: ${command:-${row[fixed]:-}} ends it" "$(cat "$TMP/fixed")"
}

# The finding in front must be the row's, and say no more than another tool counted meanwhile.
judge() {
	local before=$1 after=$2

	if [ "$(jq -r '.findings[0] | "\(.kind) \(.place) \(.row)"' "$TMP/found")" = \
		"${row[kind]} ${row[place]} ${row[number]}" ]; then
		ok "${row[name]}: the first finding is ${row[place]}"
	else
		not_ok "${row[name]}: the first finding is ${row[place]}" "$(found)"
	fi
	empty "${row[name]}: nothing else is being lost" "$(jq -r --arg place "${row[place]}" \
		'.findings[] | select(.kind == "loss" and .place != $place) | "\(.place): \(.lost) \(.evidence)"' "$TMP/found")"
	[ -z "${row[counter]:-}" ] && return
	if jq -e --argjson most $((after - before)) '.findings[0].lost | . > 0 and . <= $most' "$TMP/found" >/dev/null; then
		ok "${row[name]}: as many as ${row[counter]} says"
	else
		not_ok "${row[name]}: as many as ${row[counter]} says" "$((after - before))" "$(found)"
	fi
}

do_row() {
	local before netns since=$SECONDS

	take_row "$1"
	netns=$(side_netns "${row[look]}")
	rm -f "$TMP"/load.*
	if begin_fault; then
		if [ "$ask" = yes ]; then
			before=$(count)
			diagnose --netns "$netns" --seconds $LOOK
			judge "$before" "$(count)"
			end_fault
			if [ -n "${row[remedy]}${row[fixed]:-}" ]; then
				diagnose --netns "$netns" --seconds $LOOK
				is "${row[name]}: and then it is found no more" "$(found_place "${row[place]}" "${row[kind]}")" 0
			fi
		else
			end_fault
		fi
		# what docs/places.md can be made of
		printf '# %s s: ' $((SECONDS - since))
		printf 'place|%s|%s|%s|%s\n' "${row[number]}" "${row[place]}" "${row[kind]}" "${row[how]}"
	fi
	fault_stop >"$TMP/stop" 2>&1
}

# ---- all of them ----

# nobody else sets what the machine has one of
exec 9>"${TMPDIR:-/tmp}/ringloss-matrix.lock"
flock 9
own_pair
faults_prepare
[ ${#only[@]} -gt 0 ] || mapfile -t only < <(row_names)
for name in "${only[@]}"; do
	do_row "$name"
done
