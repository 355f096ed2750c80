#!/bin/bash
# needs: root netns
# ringloss watch beside what other tools count: rates of a veth pair, drops at a socket that nobody reads,
# interfaces that come and go; plain lines, JSON, and a pseudo terminal (watch_terminal.py).
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

FRAMES=20000
RATE=10000
PORT=5000

# ---- what others count ----

link_count() {
	ip -n "$PAIR_RX" -j -s link show dev pk-rx0 | jq ".[0].stats64.rx.$1"
}

buffer_errors() {
	ip netns exec "$PAIR_RX" nstat -asz UdpRcvbufErrors | awk '/UdpRcvbufErrors/ {print $2}'
}

# ---- watching ----


# more_lines N: until N more were printed
more_lines() {
	local goal=$(($(wc -l <"$TMP/out") + $1))

	wait_for 20 lines_at_least "$TMP/out" "$goal" || not_ok "lines come" "$(tail -n 1 "$TMP/err")"
}

# What FILTER, of all lines that were printed, is.
lines() {
	jq -sc "$1" "$TMP/out" 2>&1
}

# about WHAT GOT WANTED: within a tenth
about() {
	if jq -en "($2) as \$got | ($3) as \$wanted | \$got >= \$wanted * 0.9 and \$got <= \$wanted * 1.1" >/dev/null 2>&1; then
		ok "$1"
	else
		not_ok "$1" "got:    $2" "wanted: $3"
	fi
}

reader_is_there() {
	[ -n "$(ip netns exec "$PAIR_RX" ss -Hlun "sport = :$PORT")" ]
}

# A program with a small receive buffer that reads nothing, and listens with a backlog of 7.
start_reader() {
	ip netns exec "$PAIR_RX" python3 -c '
import socket, time
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
t = socket.socket()
t.bind(("198.18.0.2", '$PORT'))
t.listen(7)
u.bind(("198.18.0.2", '$PORT'))
time.sleep(60)' &
	READER=$!
	started+=("$READER")
	wait_for 10 reader_is_there
}

figures() {
	local packets bytes errors

	start_reader
	packets=$(link_count packets) bytes=$(link_count bytes) errors=$(buffer_errors)
	start watch pk-rx0 --netns "$PAIR_RX" --interval 0.5 --json
	more_lines 1
	"$BLAST" --netns "/run/netns/$PAIR_TX" --rate $RATE "198.18.0.2:$PORT" $FRAMES >"$TMP/blast"
	more_lines 3
	kill -INT "$RUN_PID"
	finish
	{ kill "$READER"; wait "$READER"; } 2>/dev/null
	is "Ctrl-C: exit code" "$RUN_CODE" 0
	empty "nothing is said beside" "$(cat "$TMP/err")"
	packets=$(($(link_count packets) - packets)) bytes=$(($(link_count bytes) - bytes))
	errors=$(($(buffer_errors) - errors))
	more_than "there was traffic" "$packets" $((FRAMES - 1))
	about "packets are those of ip -s link" \
		"$(lines 'map(.seconds * .interfaces[0].rx_packets_per_second) | add')" "$packets"
	about "bytes are those of ip -s link" \
		"$(lines 'map(.seconds * .interfaces[0].rx_bytes_per_second) | add')" "$bytes"
	is "the one interface that was asked for" "$(lines 'map(.interfaces[].interface) | unique')" '["pk-rx0"]'
	is "a veth's speed means nothing" "$(lines 'map(.interfaces[] | .utilisation_percent, .speed_mbps) | unique')" '[null]'
	is "queues that count only XDP's packets are left out" "$(lines '.[-1].queues')" '[]'
	more_than "packets were dropped" "$errors" 1000
	is "as many at UDP receive buffer as nstat says" \
		"$(lines '.[-1].drops[] | select(.place == "UDP receive buffer") | .total')" "$errors"
	about "and their rates say so too" \
		"$(lines 'map(.seconds * (.drops[] | select(.place == "UDP receive buffer") | .per_second)) | add')" "$errors"
	# the machine's own counters have what others do on it
	is "no other loss" "$(lines '[.[-1].drops[] | select(.kind == "loss" and .where != "machine") | .place]')" \
		'["UDP receive buffer"]'
	is "the socket, its program" "$(lines '.[-1].sockets[] | select(.port == '$PORT') | [.protocol, .address, .program]')" \
		'["UDP","198.18.0.2","python3"]'
	is "which is full" "$(lines '.[-1].sockets[] | select(.port == '$PORT') | .full_percent > 50')" true
	is "the listener and its backlog" "$(lines '.[-1].listeners[] | select(.port == '$PORT') | [.queue, .backlog, .program]')" \
		'[0,7,"python3"]'
	is "a row for each CPU" "$(lines '.[-1].cpus | length')" "$(nproc --all)"
	more_than "softirqs ran" "$(lines 'map(.cpus[] | .net_rx_per_second) | add | floor')" 0
	is "nothing is unknown of CPUs" "$(lines '[.[].cpus[][] | select(. == null)] | length < 9')" true
}

plain() {
	"$RINGLOSS" watch --netns "$PAIR_RX" --interval 0.2 --count 3 >"$TMP/out" 2>"$TMP/err"
	is "plain: exit code" $? 0
	is "plain: a block an interval, each with its time" \
		"$(grep -cE '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z  '"$PAIR_RX"', [0-9.]+ s$' "$TMP/out")" 3
	is "plain: its interfaces" "$(grep -cE '^  pk-rx0 +up +' "$TMP/out")" 3
	has "plain: n/a, not 0" "$(grep pk-rx0 "$TMP/out")" ' n/a +n/a  n/a$'
	empty "plain: no terminal's codes" "$(grep -P '[^\x20-\x7e]' "$TMP/out")"
	"$RINGLOSS" watch --netns "$PAIR_RX" --interval 0.1 --count 5 --json >"$TMP/out"
	is "JSON: as many lines as --count" "$(wc -l <"$TMP/out")" 5
	is "JSON: each an object with its time" "$(lines 'map(.time | test("Z$")) | unique')" '[true]'
	"$RINGLOSS" watch --json --count 1 >/dev/full 2>"$TMP/err"
	is "no room for the output: exit code" $? 74
	start watch --netns "$PAIR_RX" --interval 600
	wait_for 10 waits
	kill -TERM "$RUN_PID"
	finish
	is "SIGTERM: exit code" "$RUN_CODE" 0
}

waits() {
	find "/proc/$RUN_PID/fd" -lname '*signalfd*' 2>/dev/null | grep -q .
}

# The first line has what opening cost; after it a second's 10 looks take less than a twentieth.
cost() {
	"$RINGLOSS" watch --netns "$PAIR_RX" --interval 0.1 --count 21 --json >"$TMP/out"
	is "10 looks a second take less than 5 % of a CPU" \
		"$(lines '(.[-1].cpu_seconds - .[0].cpu_seconds) / ((length - 1) * 0.1) < 0.05')" true
	echo "# $(lines '(.[-1].cpu_seconds - .[0].cpu_seconds) / ((length - 1) * 0.1) * 100') % of a CPU"
}

# A line says it of interface NAME: STATE
state_is() {
	lines ".[-1].interfaces[] | select(.interface == \"$1\") | .state" | grep -q "$2"
}

come_and_go() {
	start watch --netns "$PAIR_RX" --interval 0.1 --json
	more_lines 2
	ip -n "$PAIR_RX" link add pk-other type veth peer name pk-far
	if wait_for 10 state_is pk-other new; then ok "an interface that appears is new"; else not_ok "an interface that appears is new" "$(tail -n 1 "$TMP/out")"; fi
	ip -n "$PAIR_RX" link del pk-other
	if wait_for 10 state_is pk-other gone; then ok "one that vanishes is gone"; else not_ok "one that vanishes is gone" "$(tail -n 1 "$TMP/out")"; fi
	is "and nothing is known of it" "$(lines '.[-1].interfaces[] | select(.interface == "pk-other") | .rx_packets_per_second')" null
	kill -INT "$RUN_PID"
	finish
	is "come and go: exit code" "$RUN_CODE" 0
	ip -n "$PAIR_RX" link add pk-other type veth peer name pk-far
	start watch pk-other pk-rx0 --netns "$PAIR_RX" --interval 0.1 --json
	more_lines 1
	ip -n "$PAIR_RX" link del pk-other
	if wait_for 10 state_is pk-other gone; then ok "one that was named stays, gone"; else not_ok "one that was named stays, gone" "$(tail -n 1 "$TMP/out")"; fi
	ip -n "$PAIR_RX" link add pk-other type veth peer name pk-far
	if wait_for 10 state_is pk-other new; then ok "until it is there again"; else not_ok "until it is there again" "$(tail -n 1 "$TMP/out")"; fi
	kill -INT "$RUN_PID"
	finish
	ip -n "$PAIR_RX" link del pk-other
}

# refused CODE TEXT OPTIONS...
refused() {
	local code=$1 text=$2

	shift 2
	"$RINGLOSS" watch "$@" >"$TMP/said" 2>&1
	is "watch $*: exit code" $? "$code"
	has "watch $*: says why" "$(cat "$TMP/said")" "$text"
}

bad_input() {
	local value

	for value in 0 0.05 -1 abc 1e9 '' nan 1s; do
		refused 64 "--interval .*give seconds" --interval "$value"
	done
	for value in 0 -1 abc '' 1.5 99999999999999999999; do
		refused 64 "--count .*give a whole number" --count "$value"
	done
	refused 64 "unknown option" --colour
	refused 64 "takes a value" --netns
	refused 64 "one namespace at a time" --netns all
	refused 66 "nothere0.*there are .*lo" nothere0
	refused 66 "nothere0.*there are .*pk-rx0" pk-rx0 nothere0 --netns "$PAIR_RX"
	refused 66 "ringloss-nothere" --netns ringloss-nothere
}

host_remember
own_pair
figures
plain
cost
come_and_go
bad_input
python3 "$TOP/tests/net/watch_terminal.py" "$RINGLOSS" "$PAIR_RX"
leave_pair
check_host "watch"
