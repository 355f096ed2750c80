#!/bin/bash
# needs: root netns bpf xdp
# What a user can get wrong, and what a host can refuse: the exit code of sysexits.h, a message that
# names the object and the remedy, nothing changed and nothing left.
# shellcheck disable=SC2016
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

RESULTS=$TMP/r
OPEN=$(mktemp -d /tmp/ringloss-open.XXXXXX) # where nobody may look: $TMP may be closed to it
at_exit 'rm -rf "$OPEN"'
chmod 755 "$OPEN"
cp "$RINGLOSS" "$OPEN/ringloss"
cp "$PLAIN" "$OPEN/plain.ini"
chmod 755 "$OPEN/ringloss"
chmod 644 "$OPEN/plain.ini"

# refused WHAT CODE MESSAGE COMMAND...: CODE and MESSAGE, of standard error, are patterns
refused() {
	local what=$1 code=$2 message=$3 got faults=''

	shift 3
	"$@" >"$TMP/out" 2>"$TMP/err"
	got=$?
	[[ $got =~ ^$code$ ]] || faults+="exit code $got, wanted $code"$'\n'
	grep -qE -- "$message" "$TMP/err" || faults+="no message like: $message"$'\n'
	[ ! -e "$RESULTS" ] || faults+="left: $(find "$RESULTS")"$'\n'
	host_clean || faults+=$(cat "$TMP/host.left")$'\n'
	rm -rf "$RESULTS"
	if [ -z "$faults" ]; then
		ok "$what"
	else
		not_ok "$what" "$faults" "$(cat "$TMP/err")"
	fi
}

# works WHAT COMMAND...
works() {
	local what=$1

	shift
	if "$@" >"$TMP/out" 2>"$TMP/err"; then
		ok "$what"
	else
		not_ok "$what" "exit code $?" "$(cat "$TMP/err")"
	fi
	host_clean || not_ok "$what: nothing left" "$(cat "$TMP/host.left")"
	rm -rf "$RESULTS"
}

run() {
	refused "$1" "$2" "$3" "$RINGLOSS" run "$PLAIN" --out "$RESULTS" "${@:4}"
}

# in_mounts SETUP COMMAND...: in a mount namespace of its own
in_mounts() {
	local setup=$1

	shift
	unshare -m sh -c "$setup && exec timeout 30 \"\$@\"" sh "$@"
}

host_remember

# ---- the command line ----
refused "no command" 64 'ringloss help|list knobs' "$RINGLOSS"
refused "unknown command" 64 'no command "frob"; .ringloss help' "$RINGLOSS" frob
refused "unknown option" 64 'unknown option.*--bogus' "$RINGLOSS" run "$PLAIN" --bogus
refused "no plan" 64 'run takes one plan file' "$RINGLOSS" run
refused "two plans" 64 'run takes one plan file' "$RINGLOSS" run "$PLAIN" "$PLAIN"
refused "lab without verb" 64 'takes one of up, down, status' "$RINGLOSS" lab
refused "lab with another verb" 64 'not "sideways"' "$RINGLOSS" lab sideways
refused "list of something else" 64 'no list of "frobs"' "$RINGLOSS" list frobs
for queues in 0 65 abc -1 2x '' 99999999999999999999; do
	refused "lab up --queues '$queues'" 64 'a number from 1 to 64' "$RINGLOSS" lab up \
		--queues "$queues"
done
for junk in foo = =1 x=y rx=1 rx.=1 .=1 'a b=c' $'rx.ring=1\n2'; do
	run "--set $(printf %q "$junk")" 64 '^ringloss: error: --set: ' --set "$junk"
done
run "--set without value" 64 'missing value: --set' --set
run "--set of an unknown key" 64 'rx\.foo: no such key; .ringloss list knobs' --set rx.foo=1
run "value below its range" 64 'traffic\.frame: "9": out of range; give 64\.\.9018 bytes' \
	--set traffic.frame=9
run "value above its range" 64 'traffic\.port: "70000": out of range' --set traffic.port=70000
run "value beyond 64 bits" 64 'out of range' --set traffic.frame=99999999999999999999
run "no number" 64 'traffic\.flows: "many"' --set traffic.flows=many
run "negative rate" 64 'traffic\.rate: "-1"' --set traffic.rate=-1
run "percentage of a veth's line rate" 64 'a real line rate' --set traffic.rate=50%
run "endpoint that there is not" 64 'rx\.endpoint: "magic"' --set rx.endpoint=magic
run "key of another endpoint" 64 'endpoint udp has no such key' --set rx.endpoint=udp \
	--set rx.ring=64

# ---- plan files ----
printf '[plan]\nname = x\nbogus = 1\n' >"$TMP/unknown.ini"
refused "unknown key in a plan, with file and line" 65 'unknown\.ini:3: plan\.bogus: no such key' \
	"$RINGLOSS" run "$TMP/unknown.ini" --out "$RESULTS"
printf '[traffic]\n\nframe = 63\n' >"$TMP/range.ini"
refused "value out of range in a plan" 65 'range\.ini:3: traffic\.frame: "63": out of range' \
	"$RINGLOSS" run "$TMP/range.ini" --out "$RESULTS"
refused "no plan file" 66 'cannot open .*/nope\.ini: No such file' \
	"$RINGLOSS" run "$TMP/nope.ini" --out "$RESULTS"
refused "a directory" 66 'cannot read .*: Is a directory' "$RINGLOSS" run "$TMP" --out "$RESULTS"
cp "$RINGLOSS_EXE" "$TMP/binary.ini"
refused "binary garbage" 65 'binary\.ini:1: ' "$RINGLOSS" run "$TMP/binary.ini" --out "$RESULTS"
: >"$TMP/empty.ini"
refused "an empty plan" 65 'empty\.ini' "$RINGLOSS" run "$TMP/empty.ini" --out "$RESULTS"
refused "no result to report" 66 'cannot open .*/nope' "$RINGLOSS" report "$TMP/nope"

# ---- devices and CPUs ----
run "a device that there is not" 66 'no device net:nope0 here: choose one of' \
	--set tx.device=net:nope0
run "device lab without a lab" 78 'plan\.lab = none: set plan\.lab=own' --set plan.lab=none
for device in net: net:averylonginterfacename net:a/b pci:zz eth0 '' vdev:; do
	run "device '$device'" '(64|66)' "device.*$device" --set "rx.device=$device"
done
run "a CPU that there is not" 78 'CPU 4095 is not there.*cpuset' --set rx.cpus=4095
run "more queues than there can be" 64 'queues: choose 1 to 64' --set rx.queues=65
run "a standing lab that is not up" 69 'bring it up by .ringloss lab up' --set plan.lab=standing
run "a ring that is no power of two" 65 'ring = 65 is no power of two' --set rx.ring=65

# ---- rights ----
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups "$OPEN/ringloss")
refused "run as nobody" 77 'root: run it with sudo' "${nobody[@]}" run "$OPEN/plain.ini"
refused "quick as nobody" 77 'root: run it with sudo' "${nobody[@]}" quick --out "$RESULTS"
refused "lab up as nobody" 77 'run with sudo' "${nobody[@]}" lab up
refused "restore as nobody" 77 'run it with sudo' "${nobody[@]}" restore
works "list works as nobody" "${nobody[@]}" list knobs

# ---- files ----
: >"$TMP/file"
refused "a file in the place of the result folder" 73 'name a writable one with --out DIR' \
	"$RINGLOSS" run "$PLAIN" --out "$TMP/file"
mkdir -p "$TMP/mnt"
refused "a read-only result folder" 73 'Read-only file system.*--out DIR' \
	in_mounts "mount -t tmpfs -o ro none '$TMP/mnt'" "$RINGLOSS" run "$PLAIN" --out "$TMP/mnt/r"
for state in "$TMP/file" "$TMP/mnt" /proc/nope; do
	for command in "run $PLAIN --out $RESULTS" 'lab up'; do
		# shellcheck disable=SC2086
		refused "state folder $(basename "$state") cannot be written: ${command%% *}" 73 \
			'RINGLOSS_STATE_DIR' in_mounts "mount -t tmpfs -o ro none '$TMP/mnt'" \
			env RINGLOSS_STATE_DIR="$state" "$RINGLOSS" $command
	done
done

# full WHAT SIZE LINES: a disk of that size; the lines that fitted are whole
full() {
	local what=$1 size=$2 code

	mount -t tmpfs -o "size=$size" none "$TMP/mnt"
	timeout 30 "$RINGLOSS" run "$PLAIN" --out "$TMP/mnt" --set plan.repeats=9 \
		--set traffic.duration=50ms >"$TMP/out" 2>"$TMP/err"
	code=$?
	is "$what: exit code" "$code" 74
	has "$what: the message names file and remedy" "$(cat "$TMP/err")" \
		'cannot (append to|write) .*/(trials\.jsonl|host-rx\.json): No space left on device.*free space'
	cat "$TMP"/mnt/*/trials.jsonl >"$TMP/lines" 2>/dev/null
	full_lines=$(wc -l <"$TMP/lines")
	is "$what: every line that is there is whole" "$(jq -c .seq "$TMP/lines" 2>&1 | xargs)" \
		"$(seq -s ' ' "$full_lines")"
	[ "$full_lines" -eq 0 ] || empty "$what: and in the schema" "$(schema_faults "$TMP/lines")"
	umount "$TMP/mnt"
	check_host "$what"
}

full "a disk with room for some lines" 200k
[ "$full_lines" -gt 0 ] || not_ok "some lines fitted"
full "a disk with room for no line" 40k
is "no result without lines" "$(wc -c <"$TMP/lines")" 0

# stdout_case WHAT CODE COMMAND, as a shell line
stdout_case() {
	sh -c "\"\$1\" $3" sh "$RINGLOSS" 2>"$TMP/err"
	is "$1: exit code" "$?" "$2"
	has "$1: says so" "$(cat "$TMP/err")" 'cannot write to standard output'
	if [ -d "$RESULTS" ]; then
		is "$1: the result is there all the same" \
			"$(jq -c .seq "$(last_result "$RESULTS")/trials.jsonl")" 1
	fi
	rm -rf "$RESULTS"
}

stdout_case "run --json on a full disk" 74 "run '$PLAIN' --out '$RESULTS' --json >/dev/full"
stdout_case "run --json with stdout closed" 74 "run '$PLAIN' --out '$RESULTS' --json >&-"
stdout_case "run on a full disk" 74 "run '$PLAIN' --out '$RESULTS' >/dev/full"
stdout_case "run with all streams but one closed" 74 "run '$PLAIN' --out '$RESULTS' <&- >&-"
stdout_case "list on a full disk" 74 "list knobs >/dev/full"
stdout_case "help with stdout closed" 74 "help >&-"
check_host "standard output"

# ---- a kernel without BTF ----
works "no BTF of the kernel is needed" in_mounts "mount -t tmpfs none /sys/kernel/btf" \
	"$RINGLOSS" quick --out "$RESULTS" --set traffic.duration=50ms \
	--set traffic.unsent_max=100%

# ---- the device is another's ----
own_standing_lab "another XDP program on the device"
cat >"$TMP/pass.c" <<-'C'
	__attribute__((section("xdp"), used)) int pass(void *ctx) { return 2; }
	char _license[] __attribute__((section("license"), used)) = "GPL";
C
clang -O2 -target bpf -c "$TMP/pass.c" -o "$TMP/pass.o"
"$RINGLOSS" lab up --queues 2 >/dev/null
host_remember
run "more queues than the standing lab" 78 'ringloss lab down; ringloss lab up --queues 4' \
	--set plan.lab=standing --set rx.queues=4
for mode in xdpdrv xdpgeneric; do
	ip -n ringloss-rx link set dev rl-rx0 $mode obj "$TMP/pass.o" sec xdp
	id=$(ip -n ringloss-rx -j -d link show rl-rx0 | jq '.[0].xdp.prog.id')
	run "another program ($mode)" 75 "rl-rx0 has another XDP program \\(id $id\\).*xdp off" \
		--set plan.lab=standing
	is "another program ($mode) is left alone" \
		"$(ip -n ringloss-rx -j -d link show rl-rx0 | jq '.[0].xdp.prog.id')" "$id"
	ip -n ringloss-rx link set dev rl-rx0 $mode off
done
in_use=$(mktemp "$TMP/use.XXXXXX")
nsenter --net=/run/netns/ringloss-rx timeout 20 python3 -c '
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("198.18.0.2", 9))
open(sys.argv[1], "w").write("bound")
time.sleep(20)' "$in_use" &
started+=("$!")
wait_for 10 test -s "$in_use"
run "the port is taken" 75 'cannot bind UDP 198\.18\.0\.2:9.*(ss -ulnp|another traffic\.port)' \
	--set plan.lab=standing --set rx.endpoint=udp
kill "$!"
