#!/bin/bash
# needs: root netns bpf xdp cpus2
# ringloss diagnose on a host that loses packets: each fault of faults/rows is started, must be the first
# finding, with no more than another tool counted, must end by the remedy that was printed, and be found
# no more. Then two faults at once, hosts that lose nothing, and that nothing is sent or changed.
# `diagnose.sh ROW...` does these rows (or functions) alone; `diagnose.sh --faults [ROW...]` asks the other tools only.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=faults/faults.sh
. "$TOP/tests/net/faults/faults.sh"

ROWS=$TOP/tests/net/faults/rows
LOOK=0.3 # seconds of a look: of every fault at least tens of packets are lost meanwhile
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
	jq -c '.findings[].causes' "$TMP/found"
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
		"[$1]") here=yes row=([name]=$1 [kind]=loss [remedy]="") ;;
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
	stops+=("${row[stop]:-:}")
	eval "${row[start]}" >"$TMP/start" 2>&1 || {
		not_ok "${row[name]}: it is under way" "$(cat "$TMP/start" "$TMP"/load.*)"
		return 1
	}
	[ -z "${row[counter]:-}" ] || wait_for 15 moves "$((before + 10))" || {
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
	local before=$1 after=$2 skip=''

	# nothing in front of it; of a sign alone the loss that comes with it
	[ "${row[kind]}" = sign ] && skip=${row[also]:-}
	if [ "$(jq -r --arg skip "$skip" '[.findings[] | select(.place != $skip)][0] | "\(.kind) \(.place) \(.row)"' \
		"$TMP/found")" = \
		"${row[kind]} ${row[place]} ${row[number]}" ]; then
		ok "${row[name]}: the first finding is ${row[place]}"
	else
		not_ok "${row[name]}: the first finding is ${row[place]}" "$(found)"
	fi
	[ -z "${row[cause]:-}" ] || has "${row[name]}: why" "$(jq -r '.findings[].causes[]?' "$TMP/found")" "${row[cause]}"
	empty "${row[name]}: nothing else is being lost" "$(jq -r --arg place "${row[place]}" --arg also "${row[also]:-}" \
		'.findings[] | select(.kind == "loss" and (.place | . != $place and . != $also)) | "\(.place): \(.lost) \(.evidence)"' "$TMP/found")"
	[ -z "${row[counter]:-}" ] && return
	if jq -e --argjson most $((after - before)) --arg skip "$skip" \
		'[.findings[] | select(.place != $skip)][0].lost | . > 0 and . <= $most' "$TMP/found" >/dev/null; then
		ok "${row[name]}: as many as ${row[counter]} says"
	else
		not_ok "${row[name]}: as many as ${row[counter]} says" "$((after - before))" "$(found)"
	fi
}

# look_at_fault NETNS: a look at a moment at which another tool counted nothing tells nothing, and
# is made again.
look_at_fault() {
	local before after tries=5

	while ((tries-- > 0)); do
		before=$(count)
		diagnose --netns "$1" --seconds $LOOK
		after=$(count)
		if [ -z "${row[counter]:-}" ] || [ "$after" -gt "$before" ]; then
			break
		fi
	done
	judge "$before" "$after"
}

do_row() {
	local netns

	take_row "$1"
	netns=$(side_netns "${row[look]}")
	rm -f "$TMP"/load.*
	if begin_fault; then
		if [ "$ask" = yes ]; then
			look_at_fault "$netns"
			end_fault
			if [ -n "${row[remedy]}${row[fixed]:-}" ]; then
				diagnose --netns "$netns" --seconds $LOOK
				is "${row[name]}: and then it is found no more" "$(found_place "${row[place]}" "${row[kind]}")" 0
			fi
		else
			end_fault
		fi
	fi
	fault_stop >"$TMP/stop" 2>&1
}

# ---- two at once ----

# do_pair NAME NAME: both of the receiving end
do_pair() {
	local name places=()

	rm -f "$TMP"/load.*
	for name in "$@"; do
		take_row "$name"
		begin_fault || { fault_stop >"$TMP/stop" 2>&1; return; }
		places+=("${row[place]}")
	done
	diagnose --netns "$PAIR_RX" --seconds $LOOK
	is "$1 and $2: these are the losses" "$(jq -r '[.findings[] | select(.kind == "loss") | .place] | sort | join(", ")' \
		"$TMP/found")" "$(printf '%s\n' "${places[@]}" | sort | paste -sd, | sed 's/,/, /g')"
	empty "$1 and $2: worst first, then signs" "$(jq -r '.findings | map([(if .kind == "loss" then 0 else 1 end),
		(if .kind == "loss" then -.per_second else 0 end)]) | select(. != sort)' "$TMP/found")"
	fault_stop >"$TMP/stop" 2>&1
}

# ---- hosts that lose nothing ----

# quiet WHAT TIMES SECONDS KINDS: looks at either end in turn, that find nothing of these kinds but the
# load of the machine
quiet() {
	local i netns faults=

	for ((i = 0; i < $2; i++)); do
		netns=$PAIR_RX
		((i % 2)) && netns=$PAIR_TX
		diagnose --netns "$netns" --seconds "$3"
		[ "$FOUND_CODE" = 0 ] && [ "$(jq --arg kinds "$4" '[.findings[] | select(.row != 35) |
			select(.kind | inside($kinds))] | length' "$TMP/found")" = 0 ] ||
			faults+="look $i: exit code $FOUND_CODE"$'\n'$(found)$'\n'
	done
	empty "$1: nothing is being lost, in $2 looks" "$faults"
}

# All that could be changed, or be left behind.
everything() {
	local side device

	# namespaces and programs of others come and go; ours are looked for at the end
	host_now | grep -vE '^(namespace|program|link) '
	host_settings
	for side in tx rx; do
		device=pk-${side}0
		inside $side sysctl -a --pattern '^net\.' 2>/dev/null | grep -vE 'nf_conntrack_count|random|\.stat_'
		inside $side nft list ruleset
		inside $side ip -d link show
		inside $side ip address show
		inside $side ip -d neighbour show nud all | sed 's/ used [0-9/]*//; s/ ref [0-9]*//; s/ probes [0-9]*//'
		inside $side ip route show table all
		inside $side tc qdisc show
		for what in k g l c a; do
			inside $side ethtool -$what $device
		done
	done 2>&1
}

# Frames that either end has sent or been sent.
frames() {
	link tx '.stats64 | .rx.packets, .tx.packets'
	link rx '.stats64 | .rx.packets, .tx.packets'
}

links_up() {
	[ "$(for side in tx rx; do ip -n "$(side_netns $side)" -j link show dev pk-${side}0; done |
		jq -r '.[].operstate' | sort -u)" = UP ]
}

idle_host() {
	local before

	wait_for 5 links_up
	everything >"$TMP/before"
	before=$(frames)
	quiet "idle" 20 0.2 "loss sign"
	is "idle: and nothing was sent" "$(frames)" "$before"
	empty "idle: or changed" "$(everything | diff "$TMP/before" -)"
	has "idle: in words" "$("$RINGLOSS" diagnose --netns "$PAIR_RX" --seconds 0.2 2>&1)" "[Nn]othing is being lost"
	"$RINGLOSS" diagnose --netns "$PAIR_RX" --seconds 0.2 --openmetrics >"$TMP/metrics"
	has "idle: as metrics" "$(tail -n 1 "$TMP/metrics")" "^# EOF$"
}

served() {
	[ -n "$(inside rx ss -Htln "sport = :$1")" ]
}

busy_host() {
	inside rx iperf3 -s -1 -p 5201 >"$TMP/iperf.server" 2>&1 &
	loads+=($!)
	started+=($!)
	wait_for 5 served 5201
	inside tx iperf3 -c $SERVER -p 5201 -P 8 --bidir -t 15 >"$TMP/iperf" 2>&1 &
	loads+=($!)
	started+=($!)
	tcp rx --backlog 4096 serve $SERVER:88
	tcp tx --rate 500 --open 20 clients $SERVER:88
	wait_for 5 busy
	quiet "8 streams in both directions and 500 connections a second" 5 $LOOK loss
	fault_stop >"$TMP/stop" 2>&1
}

busy() {
	[ "$(mib rx TcpInSegs)" -gt 20000 ]
}

# ---- what it is asked for ----

# refused CODE TEXT OPTIONS...
refused() {
	local code=$1 text=$2

	shift 2
	"$RINGLOSS" diagnose "$@" >"$TMP/said" 2>&1
	is "diagnose $*: exit code" $? "$code"
	has "diagnose $*: says why" "$(cat "$TMP/said")" "$text"
}

bad_input() {
	local seconds

	for seconds in 0 -1 abc 1e9 '' nan 1s; do
		refused 64 seconds --seconds "$seconds"
	done
	refused 64 "unknown option" --colour
	refused 64 "takes a value" --netns
	refused 64 "one interface" a b
	refused 66 "nothere0" nothere0 --seconds 0.1
	refused 66 "ringloss-nothere" --netns ringloss-nothere --seconds 0.1
	refused 66 "4194999" --netns 4194999 --seconds 0.1
	refused 66 "nothere0" nothere0 --netns "$PAIR_RX" --seconds 0.1
}

# The first look has been: the wait begins with a signalfd.
between_looks() {
	find "/proc/$RUN_PID/fd" -lname '*signalfd*' 2>/dev/null | grep -q .
}

# look_begins OPTIONS...: in the background, and past its first look
look_begins() {
	start diagnose --json "$@"
	wait_for 10 between_looks || not_ok "diagnose $*: looks" "$(cat "$TMP/err")"
}

# look_ends WHAT: it ended well, and said what it saw
look_ends() {
	finish
	is "$1: the look ends" "$RUN_CODE" "${2:-0}"
	is "$1: with a diagnosis" "$(jq -r '.findings | type' "$TMP/out" 2>&1)" array
}

meanwhile() {
	ip -n "$PAIR_RX" link add pk-other type veth peer name pk-far
	look_begins --netns "$PAIR_RX" --seconds 1
	ip -n "$PAIR_RX" link del pk-other
	look_ends "a device goes meanwhile"
	ip netns add "ringloss-gone$$"
	at_exit 'ip netns del "ringloss-gone$$"'
	look_begins --netns "ringloss-gone$$" --seconds 1
	ip netns del "ringloss-gone$$"
	look_ends "the namespace goes meanwhile"
	look_begins --netns "$PAIR_RX" --seconds 600
	kill -INT "$RUN_PID"
	look_ends "Ctrl-C"
}

# A namespace by the number of a process in it, and all of them, while one of them loses.
whose_namespace() {
	take_row firewall
	begin_fault || { fault_stop >"$TMP/stop" 2>&1; return; }
	diagnose --netns "$READER_PID" --seconds $LOOK
	is "by PID: the firewall" "$(found_place firewall loss)" 1
	diagnose --netns all --seconds $LOOK
	is "all namespaces: the firewall of one" "$(jq -r --arg netns "$PAIR_RX" \
		'.findings[] | select(.place == "firewall" and .netns == $netns) | .place' "$TMP/found")" firewall
	diagnose pk-rx0 --netns "$PAIR_RX" --seconds $LOOK
	is "one device: the firewall" "$(found_place firewall loss)" 1
	is "one device: exit code" "$FOUND_CODE" 1
	fault_stop >"$TMP/stop" 2>&1
}

# ---- all of them ----

# nobody else sets what the machine has one of
exec 9>"${TMPDIR:-/tmp}/ringloss-matrix.lock"
flock 9
machine_settings() {
	sysctl net.ipv4.tcp_mem net.core.netdev_max_backlog net.core.rmem_default net.netfilter.nf_conntrack_max
}
host_remember
machine_settings >"$TMP/machine"
own_pair
faults_prepare
if [ ${#only[@]} -gt 0 ] || [ "$ask" = no ]; then
	[ ${#only[@]} -gt 0 ] || mapfile -t only < <(row_names)
	for name in "${only[@]}"; do
		if row_names | grep -qxF "$name"; then
			do_row "$name"
		else
			"$name"
		fi
	done
	exit 0
fi
idle_host
while read -r name; do
	do_row "$name"
done < <(row_names)
do_pair half-open accept
do_pair firewall udp-buffer
do_pair socket-backlog reassembly
whose_namespace
busy_host
bad_input
meanwhile
leave_pair
check_host "diagnose"
empty "the machine's limits are as before" "$(machine_settings | diff "$TMP/machine" - 2>&1)"
