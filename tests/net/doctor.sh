#!/bin/bash
# needs: root netns bpf xdp
# ringloss doctor on a real host and a veth: each thing that is put in the way is told, with a remedy
# that, typed as it stands, ends it; what it says of the host is what the host's own files say; bad
# input is told; nothing changes; and a run stores its findings.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

host_remember
own_pair

# All that could be changed, of the interface and its namespace.
values() {
	ip -n "$PAIR_RX" -d link show pk-rx0
	ip -n "$PAIR_RX" address show
	ip -n "$PAIR_RX" route show table all
	tc -n "$PAIR_RX" qdisc show
	ip netns exec "$PAIR_RX" ethtool -k pk-rx0
	ip netns exec "$PAIR_RX" sysctl -a --pattern '^net\.' 2>/dev/null | grep -vE 'count|entropy'
	ip netns exec "$PAIR_RX" nft list ruleset
}

# Sets CODE; the findings are in $TMP/findings
look() {
	CODE=0
	"$RINGLOSS" doctor pk-rx0 --netns "$PAIR_RX" --json >"$TMP/findings" 2>"$TMP/err" || CODE=$?
}

# of_check NAME FILTER: of the last look
of_check() {
	jq -r --arg check "$1" ".[] | select(.check == \$check) | $2" "$TMP/findings"
}

# in_the_way CHECK STATE FACT WHAT: what stands in the way now is told; its remedy ends it
in_the_way() {
	local remedy

	look
	is "$4: state" "$(of_check "$1" .state)" "$2"
	has "$4: fact" "$(of_check "$1" .fact)" "$3"
	is "$4: exit code" "$CODE" "$([ "$2" = FAIL ] && echo 1 || echo 0)"
	remedy=$(of_check "$1" .remedy)
	has "$4: the remedy is for its namespace" "$remedy" "^ip netns exec $PAIR_RX "
	bash -c "$remedy" >"$TMP/remedy" 2>&1 || not_ok "$4: its remedy" "$remedy" "$(cat "$TMP/remedy")"
	look
	is "$4: well after its remedy" "$(of_check "$1" .state)" OK
}

# ---- as it is ----
values >"$TMP/before"
look
is "a lab's end: exit code" "$CODE" 0
empty "a lab's end: no complaint" "$(cat "$TMP/err")"
is "every finding has its members, in one order" \
	"$(jq -c '[.[] | keys_unsorted] | unique' "$TMP/findings")" \
	'[["check","group","scope","device","state","fact","why","remedy","setting","source"]]'
is "states are those that there are" \
	"$(jq -r '[.[].state] - ["OK", "WARN", "FAIL", "UNKNOWN", "N/A"] | length' "$TMP/findings")" 0
is "devices are told from the host" \
	"$(jq -c '[.[] | [.scope, .device]] | unique' "$TMP/findings")" \
	'[["device","pk-rx0"],["host",null]]'
empty "a check that is not well has a fact and says why" \
	"$(jq -r '.[] | select(.fact == "" or .why == "") | .check' "$TMP/findings")"
empty "a warning has a remedy" \
	"$(jq -r '.[] | select((.state == "WARN" or .state == "FAIL") and .remedy == null) | .check' \
		"$TMP/findings")"
settings=$("$RINGLOSS" list settings --json | jq -r '.[].key')
empty "a setting that a check names is one of a plan's" "$("$RINGLOSS" list checks --json |
	jq -r '.[].setting | select(. != "")' | while read -r key; do
	grep -qxF "SIDE.$key" <<<"$settings" || echo "$key"
done)"
is "what is set up short of hugepages can be in a plan" "$(of_check hugepages '.state != "WARN" or
	.setting == "SIDE.host.hugepages_2m"')" true
is "what a veth has not does not apply" "$(jq -c '[.[] | select(.device and .state == "N/A") | .check] |
	sort' "$TMP/findings")" '["coalescing","eee","iommu-group","numa-node","pause","pcie","rings","rss"]'
is "link" "$(of_check link .fact)" "up, 10000 Mb/s (a number only: it is virtual), full duplex, MTU 9000"
is "qdisc" "$(of_check qdisc '.state + " " + .fact')" "OK noqueue"
is "driver" "$(of_check driver .fact)" "veth, firmware not told"
is "used by nobody" "$(of_check used-by '.state + " " + .fact')" "OK nobody else"

# ---- the host, beside what its files say ----
has "cpus" "$(of_check cpus .fact)" "^$(nproc) of $(getconf _NPROCESSORS_ONLN) allowed "
has "hugepages" "$(of_check hugepages .fact)" \
	"$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages) of $(
		cat /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages) free of 2 MiB"
has "clocksource" "$(of_check clocksource .fact)" \
	"^$(cat /sys/devices/system/clocksource/clocksource0/current_clocksource) of "
has "mitigations" "$(of_check mitigations .fact)" \
	"of $(find /sys/devices/system/cpu/vulnerabilities -type f | wc -l) known"
is "bpf-jit" "$(of_check bpf-jit .state)" \
	"$([ "$(cat /proc/sys/net/core/bpf_jit_enable)" = 1 ] && echo OK || echo WARN)"
has "backlog" "$(of_check backlog .fact)" \
	"netdev_max_backlog $(cat /proc/sys/net/core/netdev_max_backlog), netdev_budget $(
		cat /proc/sys/net/core/netdev_budget), "
is "irqbalance" "$(of_check irqbalance .state)" "$(pgrep -x irqbalance >/dev/null && echo WARN || echo OK)"
has "tick" "$(of_check tick .fact)" "^[0-9]+ Hz"

# ---- what is put in the way ----
cat >"$TMP/pass.c" <<'C'
__attribute__((section("xdp"), used)) int pass(void *ctx) { return 2; }
__attribute__((section("classifier"), used)) int classify(void *ctx) { return 0; }
char _license[] __attribute__((section("license"), used)) = "GPL";
C
clang -O2 -target bpf -c "$TMP/pass.c" -o "$TMP/pass.o"
ip -n "$PAIR_TX" link set pk-tx0 mtu 1500 # veth takes no native program with a larger one there
for mode in xdpgeneric xdpdrv; do
	ip -n "$PAIR_RX" link set dev pk-rx0 $mode obj "$TMP/pass.o" sec xdp
	in_the_way xdp-programs FAIL "^program $(ip -n "$PAIR_RX" -j -d link show pk-rx0 |
		jq '.[0].xdp.prog.id'), (native|generic)$" "an XDP program, $mode"
done
ip -n "$PAIR_TX" link set pk-tx0 mtu 9000
ip -n "$PAIR_RX" link set pk-rx0 down
in_the_way link FAIL '^down$' "a link that is down"
ip -n "$PAIR_RX" address add 2001:2::2/64 dev pk-rx0 nodad # it goes with the link
tc -n "$PAIR_RX" qdisc add dev pk-rx0 root tbf rate 1mbit burst 10k latency 10ms
in_the_way qdisc WARN '^tbf$' "a shaper"
look
has "a qdisc that somebody chose" "$(of_check used-by .fact)" "queueing discipline that somebody chose"
tc -n "$PAIR_RX" qdisc del dev pk-rx0 root
tc -n "$PAIR_RX" qdisc add dev pk-rx0 clsact
for way in ingress egress; do
	tc -n "$PAIR_RX" filter add dev pk-rx0 $way bpf da obj "$TMP/pass.o" sec classifier
done
in_the_way tc-programs WARN '^2 tc filters, 0 tcx programs$' "tc filters"
ip netns exec "$PAIR_RX" ethtool -K pk-rx0 rx-gro-list on
in_the_way merging WARN 'rx-gro-list on' "merging"

ip -n "$PAIR_RX" route add default via 198.18.0.1
ip -n "$PAIR_RX" link add link pk-rx0 name pk-upper type macvlan
look
is "a default route and an interface upon it" "$(of_check used-by '.state + " " + .fact')" \
	"WARN other interfaces (VLAN, macvlan ...) stand upon it; it carries a default route"
ip -n "$PAIR_RX" link del pk-upper
ip -n "$PAIR_RX" route del default
ip netns exec "$PAIR_RX" nft -f - <<-'NFT'
	table inet filter {
		chain input {
			type filter hook input priority 0; policy accept;
			udp dport 7 counter drop
			ct state invalid counter drop
		}
	}
NFT
look
is "a firewall" "$(of_check firewall '.state + " " + .fact')" \
	"WARN 2 rules or policies that drop; they counted 0 packets"
ip netns exec "$PAIR_RX" nft flush ruleset
look
is "no firewall" "$(of_check firewall .state)" OK
ip -n "$PAIR_TX" link set pk-tx0 down
look
is "no carrier" "$CODE $(of_check link '.state + " " + .fact')" "1 FAIL up, but there is no carrier"
ip -n "$PAIR_TX" link set pk-tx0 up

# ---- without the rights of root ----
setpriv --bounding-set=-all --inh-caps=-all "$RINGLOSS" doctor lo --json >"$TMP/findings" 2>"$TMP/err"
is "without capabilities: exit code" "$?" 1
has "without capabilities: told" "$(of_check capabilities '.state + " " + .fact')" \
	"FAIL missing: CAP_NET_ADMIN, CAP_NET_RAW"
is "without capabilities: memlock" "$(of_check memlock .state)" \
	"$([ "$(ulimit -l)" = unlimited ] && echo OK || echo WARN)"

# ---- bad input ----
# refused CODE TEXT ARGUMENTS
refused() {
	local code=0 wanted=$1 text=$2

	shift 2
	"$RINGLOSS" doctor "$@" >"$TMP/out" 2>"$TMP/err" || code=$?
	is "doctor $*: exit code" "$code" "$wanted"
	has "doctor $*: message" "$(cat "$TMP/err")" "$text"
	empty "doctor $*: nothing else" "$(cat "$TMP/out")"
}
refused 66 'no device net:rl-absent0 here: choose one of net:.*lo' rl-absent0
refused 66 'no device net:rl-absent0 here' lo rl-absent0 --json
refused 66 'no device pci:ffff:ff:1f.7' pci:ffff:ff:1f.7
refused 64 'interfaces \(eth5\) and PCI devices' vdev:net_null0
refused 64 'an interface name has 1 to 15 characters' ''
refused 64 'unknown option --frobnicate' --frobnicate
refused 64 'takes a value' --netns
refused 66 'no namespace rl-absent' --netns rl-absent lo

# ---- people, and results ----
"$RINGLOSS" doctor lo >"$TMP/out" 2>&1
has "text: a heading a subject" "$(grep -E '^(host|device lo)$' "$TMP/out" | xargs)" '^host device lo$'
has "text: the last line counts" "$(tail -n 1 "$TMP/out")" \
	'^[0-9]+ checks: [0-9]+ OK, [0-9]+ WARN, [0-9]+ FAIL, [0-9]+ UNKNOWN, [0-9]+ do not apply$'
is "text: as many lines as checks" \
	"$(grep -cE '^    (ok|WARN|FAIL|UNKNOWN|n/a) ' "$TMP/out")" \
	"$(tail -n 1 "$TMP/out" | cut -d ' ' -f 1)"
start run "$PLAIN" --out "$TMP/linked" --set rx.endpoint=xdp --set traffic.duration=1s
traffic_flows 0 || not_ok "traffic flows" "$(cat "$TMP/err")"
"$RINGLOSS" doctor rl-rx0 --netns "$(netns_of rx)" --json >"$TMP/findings"
has "a run: its XDP program is held by a link" "$(of_check xdp-programs '.state + " " + .fact')" \
	'^FAIL program [0-9]+, native, held by link [0-9]+$'
finish
RUN_NAME=
start run "$PLAIN" --out "$TMP/r" --set rx.endpoint=packet --set traffic.duration=1s
traffic_flows 0 || not_ok "traffic flows" "$(cat "$TMP/err")"
"$RINGLOSS" doctor rl-rx0 --netns "$(netns_of rx)" --json >"$TMP/findings"
is "a run: its own program is seen" "$(of_check tc-programs '.state + " " + .fact')" \
	"WARN 0 tc filters, 1 tcx programs"
finish
is "a run: ends well" "$RUN_CODE" 0
is "a run: both sides' findings are in their hosts' files" \
	"$(jq -c '[.doctor[] | [.scope, .device]] | unique' "$TMP"/r/*/host-[tr]x.json | xargs)" \
	'[[device,rl-rx0],[host,null]] [[device,rl-tx0],[host,null]]'
is "a run: no time is spent looking" \
	"$(jq -r '[.doctor[] | select(.check == "load")] | length' "$TMP"/r/*/host-rx.json)" 0
empty "a run: trials do not repeat them" "$(grep -l doctor "$TMP"/r/*/trials.jsonl)"
has "a run: the report names what is not well" "$(grep -A 2 '^What doctor found' "$TMP/out")" \
	"^  rx: .*[0-9]+ WARN \(.*\)"
is "a run: the page has all" "$(grep -o '<td>loss-counters</td>' "$TMP"/r/*/report.html | wc -l)" 2

values | diff "$TMP/before" - >"$TMP/diff"
empty "its namespace is as it was" "$(cat "$TMP/diff")"
leave_pair
check_host "doctor"
