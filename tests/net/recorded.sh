#!/bin/bash
# ringloss diagnose on recorded trees: what it finds in each is tests/recorded/findings, line by line
# ("TREE ROW KIND AMOUNT PLACE"), in this order. And trees that are none, or damaged.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

TREES=$TOP/tests/recorded

replay() {
	"$RINGLOSS" diagnose --replay "$1" --json 2>"$TMP/err"
}

for tree in "$TREES"/*/; do
	name=$(basename "$tree")
	replay "$tree" >"$TMP/found"
	is "$name: what is found" "$(jq -r --arg tree "$name" \
		'.findings[] | "\($tree) \(.row) \(.kind) \(.lost) \(.place)"' "$TMP/found")" \
		"$(grep "^$name " "$TREES/findings")"
	is "$name: rates are over the ten seconds between the two" \
		"$(jq '[.findings[] | select((.per_second * 10 - .lost | fabs) > 0.001)] | length' "$TMP/found")" 0
	jq -r --arg tree "$name" '.findings[] | "# place|\(.row)|\(.place)|\(.kind)|recorded: \($tree)"' "$TMP/found"
done

# a NIC whose ring is small says how large it could be
mkdir -p "$TMP/tree"
cp -r "$TREES/mlx5_core/." "$TMP/tree"
echo '{"device": {"eth0": {"rings": {"rx": 1024, "rx_max": 8192}}}}' >"$TMP/tree/after/facts.json"
replay "$TMP/tree" >"$TMP/found"
is "facts of a tree make a remedy" "$(jq -r '.findings[0].remedies[0].command' "$TMP/found")" "ethtool -G eth0 rx 8192"

"$RINGLOSS" diagnose --replay "$TMP/nowhere" >"$TMP/out" 2>"$TMP/err"
is "a tree that is not there" $? 66
grep -q 'before and after' "$TMP/err" || not_ok "it says what a tree is" "$(cat "$TMP/err")"
head -c 100 "$TREES/mlx5_core/after/link.json" >"$TMP/tree/after/link.json"
replay "$TMP/tree" >"$TMP/found"
is "of a damaged tree what could not be read is told" \
	"$(jq -r '[.unseen[] | select(test("could not be read"))] | length' "$TMP/found")" 1
is "and the rest is found" "$(jq -r '.findings[0] | "\(.place) \(.lost)"' "$TMP/found")" "RX descriptor ring 1000"
