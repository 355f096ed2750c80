# shellcheck shell=bash
# Running suites and counting their TAP lines, for tests/run and tests/nic/run. To be sourced, and
# report called at the end. It makes a folder for the outputs, and removes it.
passed=0 failed=0 skipped=0 only=()
log=$(mktemp -d "${TMPDIR:-/tmp}/ringloss-tests.XXXXXX")
trap 'rm -rf "$log"' EXIT

# Whether the suite is among those that were asked for.
wanted() {
	local name

	[ ${#only[@]} -eq 0 ] && return 0
	for name in "${only[@]}"; do
		[ "$name" = "$1" ] && return 0
	done
	return 1
}

# The guest's own programs are fetched; see guest/fetch.
guest_possible() {
	[ "$(uname -m)" = x86_64 ] && command -v apt-get >/dev/null && grep -qx ID=debian /etc/os-release
}

# The one thing that a host lacks of the needs named, or nothing.
lacking() {
	local need

	for need in "$@"; do
		case $need in
		root) [ "$(id -u)" = 0 ] || { echo "root: run it with sudo"; return; } ;;
		netns) unshare -n true 2>/dev/null || { echo "network namespaces"; return; } ;;
		bpf) bpftool prog show >/dev/null 2>&1 || { echo "the bpf system call"; return; } ;;
		xdp) unshare -n ip link add rl-probe type veth peer name rl-probe2 2>/dev/null ||
			{ echo "veth devices"; return; } ;;
		guest) guest_possible || { echo "what the guest is made of: x86-64, Debian, apt"; return; } ;;
		cpus2) [ "$(nproc)" -ge 2 ] || { echo "two CPUs"; return; } ;;
		*) echo "unknown need $need"; return ;;
		esac
	done
}

# tally SUITE OUTPUT STATUS: count TAP lines; a suite that counts nothing or breaks is a failure.
tally() {
	local suite=$1 output=$2 status=$3 ok bad skip

	skip=$(grep -ciE '^(not )?ok\b.*# skip' "$output" || true)
	ok=$(grep -iE '^ok\b' "$output" | grep -civE '# skip' || true)
	bad=$(grep -iE '^not ok\b' "$output" | grep -civE '# skip' || true)
	if [ "$skip" -gt 0 ] && [ -n "${CI:-}" ]; then
		echo "   skipped although the host has what $suite needs:"
		grep -iE '^(not )?ok\b.*# skip' "$output" | sed 's/^/   /'
		bad=$((bad + skip))
		skip=0
	fi
	if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
		echo "   $suite ended with exit code $status"
		bad=1
	fi
	if [ $((ok + bad + skip)) -eq 0 ]; then
		echo "   $suite ran no test"
		bad=1
	fi
	sed -n 's/^#: /   /p' "$output" # what a suite wants to be seen
	[ "$bad" -eq 0 ] || sed 's/^/   /' "$output" | grep -vE '^   ok\b' | tail -n 60
	printf '   %s: %d passed, %d failed, %d skipped\n' "$suite" "$ok" "$bad" "$skip"
	passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
}

# run_suite SUITE SECONDS NEEDS COMMAND...
run_suite() {
	local suite=$1 seconds=$2 needs=$3 lack status=0

	shift 3
	wanted "$suite" || return 0
	# shellcheck disable=SC2086
	lack=$(lacking $needs)
	if [ -n "$lack" ]; then
		echo "   $suite: skipped, this host lacks $lack"
		skipped=$((skipped + 1))
		return
	fi
	mkdir -p "$log/$suite"
	TMP=$log/$suite RINGLOSS_STATE_DIR=$log/$suite/state \
		timeout -k 10 "$seconds" "$@" >"$log/$suite.out" 2>&1 </dev/null || status=$?
	tally "$suite" "$log/$suite.out" "$status"
}

# run_nic_cases default|all: those of tests/nic that CI has, or all. Fetching has no part in the time
# that a case has; if it fails, each case will say so.
run_nic_cases() {
	local script seconds

	if [ -z "$(lacking guest)" ] && { [ ${#only[@]} -eq 0 ] || [[ "${only[*]}" == *nic-* ]]; }; then
		"$TOP/guest/fetch" || true
	fi
	for script in "$TOP"/tests/nic/*.sh; do
		grep -q '^# model: ' "$script" || continue
		[ "$1" = default ] && grep -q '^# when: all' "$script" && continue
		seconds=$(sed -n 's/^# seconds: //p' "$script")
		run_suite "nic-$(basename "$script" .sh)" "${seconds:-300}" "$(sed -n 's/^# needs: //p' "$script")" \
			bash "$script"
	done
}

report() {
	echo
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
}
