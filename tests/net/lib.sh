# shellcheck shell=bash disable=SC2034,SC2016
# What the end-to-end suites share: running ringloss and waiting for it, and what a host must look
# like afterwards. To be sourced. Packages: iproute2 ethtool nftables procps tcpdump util-linux
# bpftool clang, and those of checks.sh.
: "${RINGLOSS:?path of the program}" "${TOP:?source folder}" "${BUILD:?build folder}"
: "${TMP:?an empty folder}" "${RINGLOSS_STATE_DIR:?state folder}"

PLAN=$TOP/configs/quick.ini
BLAST=$BUILD/tests/net/udp_blast
RINGLOSS_EXE=$(readlink -f "$RINGLOSS")
RUN_PID='' RUN_NAME='' RUN_CODE=''
cleanups=()
started=()
mkdir -p "$RINGLOSS_STATE_DIR"
# shellcheck source-path=SCRIPTDIR source=../checks.sh
. "$TOP/tests/checks.sh"

# ---- cleaning up ----

# at_exit COMMAND: run when the suite ends, last first
at_exit() {
	cleanups+=("$1")
}

leave() {
	local i pid name end

	set +e
	for pid in "${started[@]}"; do
		is_child "$pid" && kill -KILL "$pid" 2>/dev/null
	done
	for ((i = ${#cleanups[@]} - 1; i >= 0; i--)); do
		eval "${cleanups[i]}" >/dev/null 2>&1
	done
	wait_for 5 no_ringloss
	for pid in $(ringloss_pids); do
		kill -KILL "$pid"
	done
	"$RINGLOSS" restore >/dev/null 2>&1
	# what even that left, of the runs of this suite
	[ -f "$TMP/runs" ] && while read -r name; do
		for end in /run/netns/ringloss-*-"$name"; do
			ip netns del "${end#/run/netns/}"
		done
	done <"$TMP/runs" 2>/dev/null
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# ---- processes ----

# Whether PID is a child of this shell still: a number that was freed may be another's.
is_child() {
	[ "$(awk '{print $4}' "/proc/$1/stat" 2>/dev/null)" = "$$" ]
}

# Processes of our program with our state folder: this suite's, and nobody else's.
ringloss_pids() {
	local exe

	find /proc -maxdepth 2 -path '/proc/[0-9]*/exe' -lname "$RINGLOSS_EXE" 2>/dev/null |
		while read -r exe; do
			tr '\0' '\n' 2>/dev/null <"${exe%exe}environ" |
				grep -qxF "RINGLOSS_STATE_DIR=$RINGLOSS_STATE_DIR" || continue
			exe=${exe#/proc/}
			echo "${exe%/exe}"
		done
}

no_ringloss() {
	[ -z "$(ringloss_pids)" ]
}

children() {
	cat "/proc/$1/task/$1/children" 2>/dev/null
}

gone() {
	! [ -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null
}

# ---- runs ----

# The standing lab has one name on a host: somebody else's is not ours to use.
own_standing_lab() {
	if [ -e /run/netns/ringloss-tx ] || [ -e /run/netns/ringloss-rx ]; then
		skip "$1" "a standing lab is up already: ringloss lab down"
		exit 0
	fi
	at_exit '"$RINGLOSS" lab down'
}

leave_pair() {
	ip netns del "$PAIR_TX"
	ip netns del "$PAIR_RX"
}

# Two namespaces and a veth of this suite's own, where qdiscs and offloads may be changed: pk-tx0
# in $PAIR_TX, pk-rx0 in $PAIR_RX, silent. Sets PAIR, the plan's options for it.
own_pair() {
	local i ns

	PAIR_TX=ringloss-pair$$-tx PAIR_RX=ringloss-pair$$-rx
	at_exit leave_pair
	for ns in "$PAIR_TX" "$PAIR_RX"; do
		ip netns add "$ns"
		nsenter --net="/run/netns/$ns" sysctl -qw net.ipv6.conf.all.accept_ra=0 \
			net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.addr_gen_mode=1
	done
	ip -n "$PAIR_TX" link add pk-tx0 mtu 9000 address 02:00:00:00:00:01 type veth \
		peer name pk-rx0 mtu 9000 address 02:00:00:00:00:02 netns "$PAIR_RX"
	i=1
	for ns in "$PAIR_TX/pk-tx0" "$PAIR_RX/pk-rx0"; do
		# without ARP IPv6 joins no group, and reports none
		ip -n "${ns%/*}" link set "${ns#*/}" arp off multicast off
		ip -n "${ns%/*}" address add 198.18.0.$i/24 dev "${ns#*/}"
		ip -n "${ns%/*}" address add 2001:2::$i/64 dev "${ns#*/}" nodad
		ip -n "${ns%/*}" link set "${ns#*/}" up
		ip -n "${ns%/*}" neighbour add 198.18.0.$((3 - i)) nud permanent \
			lladdr 02:00:00:00:00:0$((3 - i)) dev "${ns#*/}"
		ip -n "${ns%/*}" neighbour add 2001:2::$((3 - i)) nud permanent \
			lladdr 02:00:00:00:00:0$((3 - i)) dev "${ns#*/}"
		i=2
	done
	PAIR=(--set plan.lab=none --set tx.netns="$PAIR_TX" --set tx.device=net:pk-tx0
		--set rx.netns="$PAIR_RX" --set rx.device=net:pk-rx0)
}

# The end of that pair.
side_netns() {
	case $1 in
	tx) echo "$PAIR_TX" ;;
	rx) echo "$PAIR_RX" ;;
	esac
}

# inside tx|rx COMMAND...
inside() {
	local ns

	ns=$(side_netns "$1")
	shift
	nsenter --net="/run/netns/$ns" "$@"
}

# A plan without axes, to be filled in by --set: keys of one endpoint only stand in no way.
PLAIN=$TMP/plain.ini
cat >"$PLAIN" <<-'PLAIN'
	[plan]
	name = plain
	lab = own
	order = listed
	[traffic]
	rate = 50kpps
	duration = 200ms
	unsent_max = 100%
	[tx]
	endpoint = af_xdp
	device = lab
	cpus = 0
	[rx]
	endpoint = af_xdp
	device = lab
	cpus = 1
PLAIN

# start ARGUMENTS: ringloss in the background, in a process group of its own, with Ctrl-C as a
# terminal gives it. Sets RUN_PID; standard output and error go to $TMP/out and $TMP/err.
start() {
	# emptied here, so that nobody takes the last run's for this one's
	: >"$TMP/out"
	: >"$TMP/err"
	setsid env --default-signal=INT,QUIT "$RINGLOSS" "$@" >"$TMP/out" 2>"$TMP/err" &
	RUN_PID=$!
	RUN_NAME=
	started+=("$RUN_PID")
}

# Wait for it. Sets RUN_CODE. What the shell says of a child killed on purpose is no news.
finish() {
	local end=$((SECONDS + 50))

	{
		while ! gone "$RUN_PID"; do
			if [ "$SECONDS" -gt "$end" ]; then
				not_ok "the run ends in time" "$(cat "$TMP/err")"
				kill -KILL "$RUN_PID"
			fi
			sleep 0.02
		done
		wait "$RUN_PID"
		RUN_CODE=$?
	} 2>/dev/null
}

# Its lab. Sets RUN_NAME, the id of namespaces and journals, which begins with its pid.
find_lab() {
	local path

	path=$(compgen -G "/run/netns/ringloss-rx-$(printf %x "$RUN_PID")-*") || return 1
	RUN_NAME=${path#/run/netns/ringloss-rx-}
	echo "$RUN_NAME" >>"$TMP/runs"
}

netns_of() {
	case ${RUN_NAME:-} in
	"") echo "ringloss-$1" ;;
	*) echo "ringloss-$1-$RUN_NAME" ;;
	esac
}

# in_netns tx|rx COMMAND...: /proc/net is then that of the namespace, /sys is not
in_netns() {
	local netns

	netns=$(netns_of "$1")
	shift
	nsenter --net="/run/netns/$netns" "$@"
}

# Frames that the receiving device has taken; 0 without lab.
rx_packets() {
	local line packets

	line=$(in_netns rx grep rl-rx0: /proc/net/dev 2>/dev/null)
	read -r _ packets _ <<<"${line#*:}"
	echo "${packets:-0}"
}

received_more_than() {
	[ "$(rx_packets)" -gt "$1" ]
}

# Nobody sends any more: the slowest load of the suites is 2,000 frames in a second.
stands_still() {
	local before

	before=$(rx_packets)
	sleep 0.2
	[ "$(rx_packets)" = "$before" ]
}

lines_at_least() {
	[ "$(wc -l <"$1")" -ge "$2" ]
}

# More frames than every warm-up together: the trial itself is being sent. BASE is what the
# device had taken before.
WARM_UP_FRAMES=4096
traffic_flows() {
	local base=$1

	if [ -z "$RUN_NAME" ] && [ "${STANDING:-}" != 1 ]; then
		wait_for 20 find_lab || return 1
	fi
	wait_for 20 received_more_than $((base + WARM_UP_FRAMES))
}

# The agent of a side and its worker: the child of the controller that is in the side's namespace.
agent_of() {
	local pid netns

	netns=$(stat -Lc %i "/run/netns/$(netns_of "$1")") || return 1
	for pid in $(children "$RUN_PID"); do
		[ "$(stat -Lc %i "/proc/$pid/ns/net" 2>/dev/null)" = "$netns" ] && echo "$pid"
	done
}

worker_of() {
	local agent

	agent=$(agent_of "$1")
	[ -n "$agent" ] || return 1
	children "$agent" | tr -d ' \n'
}

# ---- the trial in $TMP/out ----

# of FILTER
of() {
	jq -c "$1" "$TMP/out"
}

# moved SIDE COUNTER: by how much, in the trial
moved() {
	jq --arg side "$1" --arg id "$2" \
		'.sides[$side].counters | .after[$id] - .before[$id]' "$TMP/out"
}

# The result folder made last under a folder.
last_result() {
	find "$1" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' 2>/dev/null |
		sort -n | tail -n 1 | cut -d' ' -f2-
}

# ---- what a host looks like ----

state_files() {
	find "$RINGLOSS_STATE_DIR" -type f ! -name lab.lock 2>/dev/null
}

# What is there, a line each: programs, links and labs of anybody, files and processes of ours.
host_now() {
	{
		bpftool -j prog 2>/dev/null | jq -r '.[] |
			select(.name // "" | startswith("xdp_sink", "udp_sink", "packet_", "xdp_check",
			"xdp_generate", "count_sent", "xsk_def_prog", "observe_", "retransmit_")) | "program \(.id)"'
		bpftool -j link 2>/dev/null | jq -r '.[] | select(.type == "xdp" or .type == "tcx") | "link \(.id)"'
		find /run/netns -maxdepth 1 -name 'ringloss-*' -printf 'namespace %f\n' 2>/dev/null
		state_files | sed 's/^/file /'
		ringloss_pids | sed 's/^/process /'
	} | sort
}

# Remember the host as it is.
host_remember() {
	host_now >"$TMP/host.before"
	host_settings >"$TMP/host.settings"
}

still_left() {
	host_now | comm -12 "$TMP/host.left" - >"$TMP/host.still"
	mv "$TMP/host.still" "$TMP/host.left"
	[ -s "$TMP/host.left" ]
}

left_is_gone() {
	! still_left
}

# What is there now and was not, and stays: others may be at work on this host, whose things go
# again; numbers and names do not come twice. False, and lines in $TMP/host.left, if anything is.
host_clean() {
	host_now | comm -13 "$TMP/host.before" - >"$TMP/host.left"
	wait_for 20 left_is_gone
}

# check_host WHAT: as it was remembered
check_host() {
	host_clean
	empty "$1: nothing left" "$(cat "$TMP/host.left")"
	empty "$1: no setting of the host changed" \
		"$(host_settings | diff "$TMP/host.settings" - 2>&1)"
}
