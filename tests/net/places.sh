#!/bin/bash
# docs/places.md: for each of the 36 kinds of places where packets get lost, how the ledger books it, how
# diagnose names it, and which test shows that. Written from the program's tables and from what the tests
# themselves hold to be true: docs/matrix.md (matrix.sh), faults/rows (diagnose.sh) and
# tests/recorded/findings (recorded.sh). `places.sh --write` writes it; else it is compared.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

DOC=$TOP/docs/places.md
FAULTS=$TOP/tests/net/faults/rows

titles=(
	"generator could not hand over" "socket send buffer" "neighbour unresolved, table full" "qdisc"
	"driver TX" "wire: link, duplex, cable, optics" "frame length, MTU" "flow control" "NIC FIFO, port buffer"
	"RX descriptor ring" "all interrupts on one CPU" "receive buffer allocation" "XDP program"
	"AF_XDP rings, sockets, descriptors" "softirq budget" "backlog" "not for this host, unknown protocol"
	"IP header, address, route, TTL" "reverse path filter" "reassembly" "firewall" "connection tracking"
	"UDP no listener" "UDP checksum" "UDP receive buffer" "UDP memory" "TCP half-open queue" "TCP accept queue"
	"TCP PAWS" "TCP socket backlog and memory" "TCP retransmission, resets" "TIME_WAIT, local ports"
	"any kernel drop" "RDMA" "system load" "virtual NIC limits of clouds"
)

# Why a cell has nothing: no place of loss, or nothing of the kind in a trial.
reason() {
	case $1 in
	ledger-1 | ledger-2) echo "unsent: such frames were never handed over, and are no loss" ;;
	ledger-8) echo "nothing is lost by it: the sender waits, which is unsent" ;;
	ledger-11 | ledger-15 | ledger-35) echo "a cause, no place: what is lost by it is lost in rows 9, 10, 14, 16 or 25" ;;
	ledger-2[7-9] | ledger-3[0-2]) echo "no trial sends TCP" ;;
	ledger-34) echo "no endpoint sends RDMA" ;;
	esac
}

# Words of standard input as a list with commas; the same once.
list() {
	awk 'NF && !seen[$0]++ {printf "%s%s", n++ ? ", " : "", $0}'
}

ledger_cell() {
	jq -r --argjson row "$1" '.[] | select(.row == $row) | .place' "$TMP/places" | list
}

rule_cell() {
	jq -r --argjson row "$1" '.[] | select(.row == $row) | .place + (if .kind == "sign" then " (sign)" else "" end)' \
		"$TMP/rules" | list
}

# Rows of docs/matrix.md in which K frames were lost, and how often.
matrix_cell() {
	awk -F '|' -v row="$1" '$2 ~ /^ [0-9]+ $/ && $2 + 0 == row && ($5 !~ /none/ || $6 !~ /none/) {n++}
		END {if (n) printf "K frames, %d way%s (matrix.md)", n, (n > 1 ? "s" : "")}' \
		"$TOP/docs/matrix.md"
}

fault_cell() {
	awk -v row="$1" '/^\[/ {name = substr($0, 2, length($0) - 2)} $1 == "number" && $3 == row {print name}' "$FAULTS" | list
}

recorded_cell() {
	awk -v row="$1" '$2 == row {print $1}' "$TOP/tests/recorded/findings" | list
}

shown_cell() {
	local matrix faults recorded

	matrix=$(matrix_cell "$1") faults=$(fault_cell "$1") recorded=$(recorded_cell "$1")
	printf '%s\n' "${matrix:+ledger: $matrix}" "${faults:+diagnose: $faults (faults/rows)}" \
		"${recorded:+recorded: $recorded}" | awk 'NF {printf "%s%s", n++ ? "; " : "", $0}'
}

# A row of the table; EMPTY gets what has neither content nor reason.
empty_cells=()
table_row() {
	local n=$1 ledger rules shown

	ledger=$(ledger_cell "$n") rules=$(rule_cell "$n") shown=$(shown_cell "$n")
	: "${ledger:=$(reason "ledger-$n")}"
	[ -n "$ledger" ] || empty_cells+=("ledger $n")
	[ -n "$rules" ] || empty_cells+=("diagnose $n")
	[ -n "$shown" ] || empty_cells+=("shown $n")
	echo "| $n | ${titles[n - 1]} | $ledger | $rules | $shown |"
}

write_doc() {
	local n

	cat <<-'EOF'
		# Where packets get lost, and what shows it

		Made by `tests/net/places.sh --write` from the program's tables and the tests' own; a test compares it. The ledger
		books what a run lost (`ringloss list places`), diagnose names what a host loses without a run (`ringloss list
		rules`). The last column says what shows it: frames lost on purpose with exact numbers (`docs/matrix.md`), faults as
		operators meet them (`tests/net/faults/rows`, each started, found first, and ended by its remedy), and trees written after
		the names in drivers' sources (`tests/recorded`: none was taken from hardware). NICs under emulation are in `tests/nic`.

		| # | kind of place | ledger | diagnose | shown by |
		| --- | --- | --- | --- | --- |
	EOF
	for n in $(seq 1 36); do
		table_row "$n"
	done
}

"$RINGLOSS" list places --json >"$TMP/places"
"$RINGLOSS" list rules --json >"$TMP/rules"
write_doc >"$TMP/doc"
is "every cell of the 36 rows is filled in, or has its reason" "${empty_cells[*]}" ""
if [ "${1:-}" = --write ]; then
	cp "$TMP/doc" "$DOC"
else
	is "docs/places.md is what the tables say" "$(diff "$DOC" "$TMP/doc")" ""
fi
