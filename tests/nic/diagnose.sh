#!/bin/bash
# model: e1000e
# needs: guest
# ringloss diagnose beside traffic through a card's driver, each port in a namespace: where nothing is lost
# nothing is found (this driver frees what it has sent in a way that looks like a drop), what a rule
# drops is found with the rule, and what is sent to another MAC address with the device.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

cat >"$SHARE/traffic.ini" <<'PLAN'
[plan]
name = traffic
[traffic]
rate = 2kpps
duration = 5s
unsent_max = 100%
[tx]
endpoint = udp
device = net:eth0
netns = ringloss-a
cpus = 1
[rx]
endpoint = udp
device = net:eth1
netns = ringloss-b
cpus = 2
rcvbuf = 8M
PLAN

in_guest "the job" <<'JOB'
settle_ports
# Packets that the sink's port has received.
received() {
	ip -n ringloss-b -s link show eth1 2>/dev/null | awk '/RX:/ {getline; print $2}'
}

# look NAME COMMAND: diagnose both namespaces while traffic flows and COMMAND has been run
look() {
	ringloss run traffic.ini --out results >results/$1.run 2>&1 &
	until [ "$(received || true)" -gt 1000 ] 2>/dev/null; do
		kill -0 $! || break
		usleep 20000
	done
	eval "$2"
	ringloss diagnose --netns all --seconds 1 --json >results/$1.json || true
	wait $! || true
}
look quiet :
look rule 'ip netns exec ringloss-b nft -f -' <<'NFT'
table inet fw {
	chain input {
		type filter hook input priority 0
		udp dport 1-65535 numgen inc mod 4 0 counter drop
	}
}
NFT
JOB

# found NAME: the losses that were found
found() {
	jq -r '.findings[] | select(.kind == "loss") | "\(.place) \(.netns) \(.device // "")"' "$SHARE/results/$1.json"
}

empty "nothing is lost: no finding" "$(found quiet)"
is "nothing is lost: it was looked at" "$(jq -r '.looked_at | test("in [0-9]+ namespaces")' "$SHARE/results/quiet.json")" true
is "a rule: the first finding" "$(found rule | head -n 1)" "firewall ringloss-b "
has "a rule: its chain and handle" "$(jq -r '.findings[0].causes | join("; ")' "$SHARE/results/rule.json")" \
	'rule inet fw input.*handle'
check_host
