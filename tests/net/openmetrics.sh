#!/bin/bash
# needs: root netns bpf
# What ringloss diagnose --openmetrics writes, read by Prometheus' own parser (python3-prometheus-client), and
# what that does not ask for: names that promtool takes, one family in one piece, no sample twice. A port that
# nobody listens at makes a finding; a device has a name that labels must escape.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=faults/faults.sh
. "$TOP/tests/net/faults/faults.sh"

# read_metrics FILE: a line a metric that is wrong, then "= NAME NETNS VALUE" of each sample
read_metrics() {
	/usr/bin/python3 - "$1" <<-'PYTHON'
		import re, sys
		from prometheus_client.parser import text_string_to_metric_families

		text = open(sys.argv[1], encoding="utf-8").read()
		families, seen = [], set()
		for line in text.splitlines():
		    name = re.split(r"[{ ]", line.split()[2] if line.startswith("# ") and len(line.split()) > 2 else line)[0]
		    if line != "# EOF" and (not families or families[-1] != name):
		        families.append(name)
		for name in set(families):
		    if families.count(name) > 1:
		        print("in pieces:", name)
		    if not re.fullmatch("ringloss_[a-z0-9_]+", name):
		        print("a name that promtool does not take:", name)
		if text.splitlines()[-1] != "# EOF":
		    print("no EOF")
		for family in text_string_to_metric_families(text):
		    if family.type not in ("counter", "gauge") or not family.documentation:
		        print("no type or no help:", family.name)
		    for s in family.samples:
		        key = (s.name, tuple(sorted(s.labels.items())))
		        if key in seen:
		            print("twice:", key)
		        seen.add(key)
		        if (family.type == "counter") != s.name.endswith("_total") or s.name.endswith("_count") or s.value < 0:
		            print("not as its type wants:", s)
		        print("=", s.name, s.labels.get("netns", "-"), s.labels.get("device", "-"), s.labels.get("place", "-"), s.value)
	PYTHON
}

refused() {
	[ "$(mib rx UdpNoPorts)" -gt 10 ]
}

host_remember
own_pair
faults_prepare
ip -n "$PAIR_RX" link add 'a"b\c' type veth peer name pk-more
blast 2000 198.18.0.2:12
wait_for 5 refused || not_ok "datagrams come" "$(mib rx UdpNoPorts)"
before=$(mib rx UdpNoPorts)
"$RINGLOSS" diagnose --openmetrics --seconds 0.5 --netns all >"$TMP/metrics" 2>"$TMP/err"
is "it says by its exit code that something is being lost" $? 1
after=$(mib rx UdpNoPorts)
read_metrics "$TMP/metrics" >"$TMP/read" 2>&1
empty "the metrics are as Prometheus wants them" "$(grep -v '^= ' "$TMP/read")"
is "the finding is among them" \
	"$(grep -c "^= ringloss_finding_per_second $PAIR_RX  no listener" "$TMP/read")" 1
counted=$(sed -n "s/^= ringloss_snmp_udp_noports_total $PAIR_RX  - \([0-9]*\).*/\1/p" "$TMP/read")
if [ "${counted:-0}" -gt "$before" ] && [ "$counted" -le "$after" ]; then
	ok "the counter is what the namespace says"
else
	not_ok "the counter is what the namespace says" "$before $counted $after"
fi
is "a device of any name is there" "$(grep -cF "= ringloss_dev_rx_packets_total $PAIR_RX a\"b\\c - 0" "$TMP/read")" 1
fault_stop >"$TMP/stop" 2>&1
leave_pair
check_host "openmetrics"
