#!/bin/bash
# needs: root netns bpf xdp cpus2
# The speed bench runs: its cheapest rows, once and shortly, give numbers; what is not there is
# skipped with its reason; Ctrl-C leaves nothing. How fast anything is, is asserted nowhere.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

bench() {
	TMPDIR=$TMP "$TOP/tests/bench/run" --as-is "$@" >"$TMP/out" 2>"$TMP/err" </dev/null
}

own_wire() {
	[ -n "$(find /run/netns -name "ringloss-bench-rx-$bench_pid" 2>/dev/null)" ]
}

# numbers ROW: those of its object that are none, or are not above 0
not_numbers() {
	jq -c --arg row "$1" '.rows[] | select(.name == $row) | [.ours[], .theirs[], .ratios[],
		(.ours_spread, .theirs_spread, .ratio_spread | values | .[])] |
		select(length < 4 or any(type != "number" or . <= 0))' "$TMP/out"
}

ninja -C "$BUILD" bench >"$TMP/build.log" 2>&1 ||
	not_ok "the bench builds" "$(tail -n 20 "$TMP/build.log")"

host_remember
bench udp seqcheck-l2 --runs 1 --seconds 0.3 --json
is "two rows: exit code" "$?" 0
is "two rows: both are measured" \
	"$(jq -c '[.rows[] | [.name, .skipped, .failed, (.ours | length), (.theirs | length)]]' \
		"$TMP/out")" '[["udp",null,null,1,1],["seqcheck-l2",null,null,1,0]]'
empty "with a peer: rates and ratio are numbers" "$(not_numbers udp)"
empty "without: its figure is a number" "$(not_numbers seqcheck-l2)"
is "each has a verdict" "$(jq -r '.rows[] | .verdict | IN("aim", "pass", "below")' "$TMP/out" |
	sort -u)" true

(
	# what its first lines need, and no peer
	mkdir "$TMP/bin"
	for program in bash readlink dirname id; do
		ln -s "$(command -v "$program")" "$TMP/bin/$program"
	done
	PATH=$TMP/bin
	bench udp --runs 1 --seconds 0.3 --json
)
is "a peer that is missing: exit code" "$?" 0
is "a peer that is missing: the reason" "$(jq -r '.rows[].skipped' "$TMP/out")" \
	'iperf3 is not on PATH'
bench udp --runs 1 --seconds 0.3 --markdown
has "the table in Markdown" "$(cat "$TMP/out")" '^\| UDP, .*\| iperf3 .*pps .* x \|'
bench nothing
is "a row that is none: exit code" "$?" 64
has "a row that is none: the remedy" "$(cat "$TMP/err")" 'no row nothing: .*--list'

TMPDIR=$TMP "$TOP/tests/bench/run" --as-is udp --seconds 60 >"$TMP/out" 2>"$TMP/err" </dev/null &
bench_pid=$!
started+=("$bench_pid")
wait_for 10 own_wire || not_ok "the bench makes its namespaces" "$(cat "$TMP/err")"
kill -INT "$bench_pid"
wait "$bench_pid"
is "interrupted: exit code" "$?" 130
is "interrupted: its folder is gone" "$(find "$TMP" -maxdepth 1 -name 'ringloss-bench.*')" ''
check_host "the bench"
