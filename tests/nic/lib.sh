# shellcheck shell=bash
# What the cases on NIC drivers share: running a job in the guest with the NIC that the case names,
# the results that it brought back, and that the host is as it was. To be sourced by a case.
: "${RINGLOSS:?path of the program}" "${TOP:?source folder}" "${TMP:?an empty folder}"
export RINGLOSS

# shellcheck source-path=SCRIPTDIR source=../checks.sh
. "$TOP/tests/checks.sh"

GUEST=() # further arguments of guest/run
MODEL=$(sed -n 's/^# model: //p' "$0")
SHARE=$TMP/share
mkdir -p "$SHARE"
apt_settings() {
	find /etc/apt /var/lib/dpkg/status -type f -print0 | sort -z | xargs -0 sha256sum
}

# Whether QEMU itself fell: with several emulated CPUs it does once in some dozens of boots, when
# another one moves a device's registers (its issue 1921: iotlb_to_section, an assertion).
qemu_fell() {
	[ "$1" = 70 ] && grep -qE '\(QEMU: (134|139)\)' "$TMP/console"
}

# in_guest WHAT <JOB: its output is in $TMP/console, what it leaves in its folder in $SHARE
in_guest() {
	local status=0 again

	cat "$TOP/tests/nic/job.sh" - >"$TMP/job"
	for again in 1 0; do
		status=0
		"$TOP/guest/run" "$MODEL" --share "$SHARE" --job "$TMP/job" --timeout 240 \
			"${GUEST[@]}" >"$TMP/console" 2>&1 || status=$?
		if [ $again = 0 ] || ! qemu_fell "$status"; then
			break
		fi
		echo "#: QEMU fell, and is started again: $(grep -m 1 Assertion "$TMP/console")"
		rm -rf "$SHARE/results"
	done
	if [ "$status" = 0 ]; then
		ok "$1: ended"
	else
		not_ok "$1: exit code $status" "$(tail -n 30 "$TMP/console")"
	fi
}

# trials_of PLAN: the trials of the runs of that name, all together; RUN is their file
trials_of() {
	RUN=$TMP/$1.jsonl
	cat "$SHARE/results/$1"-*/trials.jsonl >"$RUN" 2>/dev/null
}

# check_measured WHAT COUNT: so many trials in RUN, and none that failed
check_measured() {
	is "$1: one line a trial" "$(wc -l <"$RUN")" "$2"
	check_schema "$1: every line is valid by the schema" "$RUN"
	empty "$1: no trial failed" "$(jq -r 'select(.verdict == "failed") | .validity.reasons[]' "$RUN")"
}

# same_ports WHAT NAME: what look_at_ports saw then is what it saw before
same_ports() {
	if [ -s "$SHARE/results/ports-before" ]; then
		empty "ports: as before, $1" \
			"$(diff "$SHARE/results/ports-before" "$SHARE/results/ports-$2" 2>&1)"
	else
		not_ok "ports: looked at"
	fi
}

our_processes() {
	pgrep -fa -- "path=$SHARE,"
}

# What must not have changed when the case ends.
host_now() {
	apt_settings
	host_settings
}

host_now >"$TMP/host.before"
check_host() {
	empty "the host: nothing of its packages, sources, links, mounts changed" \
		"$(host_now | diff "$TMP/host.before" - 2>&1)"
	empty "the host: no process is left" "$(our_processes)"
	empty "the share: nothing is left but results" "$(find "$SHARE" -mindepth 1 -maxdepth 1 \
		! -name results ! -name '*.ini')"
}
