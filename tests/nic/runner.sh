#!/bin/bash
# model: virtio
# needs: guest
# when: all
# How the guest ends: with its job's exit code, at its time limit, with its terminal's or its script's
# end, killed or not; nothing stays.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# guest ARGUMENTS: its exit code, to be waited for
guest() {
	"$TOP/guest/run" "$@" >"$TMP/console" 2>&1 </dev/null
}

echo 'exit 7' >"$TMP/ends"
echo 'touch up; while :; do sleep 1; done' >"$TMP/stays"
guest "$MODEL" --share "$SHARE" --job "$TMP/ends"
is "the job's exit code" $? 7
guest "$MODEL" --share "$SHARE" --job "$TMP/stays" --timeout 15
is "a job that does not end: exit code" $? 75
has "a job that does not end: the remedy" "$(cat "$TMP/console")" '--timeout'
rm -f "$SHARE/up"
check_host
for signal in TERM KILL; do
	guest "$MODEL" --share "$SHARE" --job "$TMP/stays" &
	wait_for 40 test -e "$SHARE/up" || not_ok "the guest is up" "$(cat "$TMP/console")"
	runner=$(pgrep -f -- "guest/run $MODEL --share $SHARE")
	kill -$signal "$runner"
	{ wait; } 2>/dev/null
	no_process() { [ -z "$(our_processes)" ]; }
	wait_for 5 no_process
	rm -f "$SHARE/up"
	empty "SIG$signal to the script: no QEMU is left" "$(our_processes)"
done
rm -rf "$SHARE"/.guest.* # of the one that was killed

guest nonesuch --share "$SHARE" --job "$TMP/ends"
is "no such model: exit code" $? 64
has "no such model: those that there are" "$(cat "$TMP/console")" "$MODEL "
guest "$MODEL" --share "$SHARE/absent" --job "$TMP/ends"
is "no such share: exit code" $? 66
guest "$MODEL" --share "$SHARE"
is "a shell without terminal: exit code" $? 64
RINGLOSS_CACHE_DIR=/proc/absent guest "$MODEL" --share "$SHARE" --job "$TMP/ends"
is "no place for the cache: exit code" $? 73
check_host
