#!/bin/bash
# needs: root netns bpf xdp
# Sweeps: axes that run together, points that cannot be had, and runs that are killed or stopped and
# gone on with: the result is that of one that was left alone.
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

host_remember

# order FILE: which trials, in which order; what failed came again
order() {
	jq -c 'select(.verdict != "failed") | [.point, .repeat, .verdict == "skipped"]' "$1"
}

verdicts() {
	jq -r .verdict "$1" | sort | uniq -c | xargs
}

# kill_run: with nothing said to anybody
kill_run() {
	{ kill -KILL "$RUN_PID" && wait "$RUN_PID"; } 2>/dev/null
	wait_for 10 no_ringloss || not_ok "$1: nobody lives on" "$(ringloss_pids)"
}

restore() {
	"$RINGLOSS" restore >"$TMP/restore" 2>&1
	is "$1: restore succeeds" "$?" 0
}

# ---- 200 points, 3 repeats: 40 of the points are on CPUs that there are not ----
list() {
	seq -s, -f "%g$3" "$1" "$2"
}
cat >"$TMP/sweep.ini" <<-PLAN
	[plan]
	name = sweep
	repeats = 3
	seed = 12345
	zip = traffic.frames+self.cpus
	[traffic]
	rate = $(list 1001 1020 pps)
	frames = $(list 1 10 "")
	duration = 1ms
	sample = 0s
	flows = 1
	unsent_max = 100%
	observer = off
	[side self]
	role = both
	endpoint = null
	cpus = 0,0,0,0,0,0,0,0,4000,4001
	idle = poll
PLAN
start run "$TMP/sweep.ini" --out "$TMP/whole" --json
finish
WHOLE=$(last_result "$TMP/whole")
cp "$TMP/out" "$TMP/whole.jsonl"
is "left alone: skipped points are no success" "$RUN_CODE" 1
is "left alone: a line a trial, and one a skipped point" "$(wc -l <"$TMP/whole.jsonl")" 520
is "left alone: 40 points are skipped" \
	"$(jq -r 'select(.verdict == "skipped") | .point["self.cpus"]' "$TMP/whole.jsonl" | sort |
		uniq -c | xargs)" "20 4000 20 4001"
is "left alone: as many repeats of all others" "$(jq -c 'select(.verdict != "skipped") | .point' \
	"$TMP/whole.jsonl" | sort | uniq -c | awk '{print $1}' | sort | uniq -c | xargs)" "160 3"
is "axes that run together do" "$(jq -r '[.point["traffic.frames", "self.cpus"]] | join(" ")' \
	"$TMP/whole.jsonl" | sort -u | sort -n | xargs -n 2 | tail -n 3 | xargs)" "8 0 9 4000 10 4001"
has "a skipped point has its reason" \
	"$(jq -r 'select(.verdict == "skipped") | .validity.reasons[0]' "$TMP/whole.jsonl" | head -n 1)" \
	'^self: cpus: CPU 400. is not there'
is "a skipped point says what was asked" "$(jq -r 'select(.verdict == "skipped") |
	.sides.self.settings.asked.cpus == .point["self.cpus"]' "$TMP/whole.jsonl" | sort -u)" true
check_schema "left alone: every line is valid by the schema" "$TMP/whole.jsonl"
has "left alone: progress counts trials that are left out" "$(grep -v warning "$TMP/err" | tail -n 1)" \
	'\[[0-9]+/600\]'
has "the report tells of skipped points" "$("$RINGLOSS" report "$WHOLE" | head -n 1)" \
	'480 trials at 200 points: .* 0 failed; 40'

# ---- the same, killed twice, stopped once, and gone on with each time ----
start run "$TMP/sweep.ini" --out "$TMP/parts" --json
wait_for 40 lines_at_least "$TMP/out" 90
PARTS=$(last_result "$TMP/parts")
T=$PARTS/trials.jsonl
kill_run "killed first"
is "killed first: the host is there already" \
	"$(jq -r .hostname "$PARTS/host-self.json")" "$(uname -n)"
# as if the disk had taken half of a line
tail -n 1 "$T" | head -c 2000 >"$TMP/half"
cat "$TMP/half" >>"$T"
before=$(order "$TMP/out" | wc -l)
start run --resume "$PARTS" --json
wait_for 40 lines_at_least "$TMP/out" 150
kill_run "killed again"
has "going on: says how much is there" "$(cat "$TMP/err")" 'going on with .*: [0-9]+ trials are there, '
more_than "going on: behind what was there" "$(wc -l <"$T")" $((before + 149))
start run --resume "$PARTS/" --json
wait_for 40 lines_at_least "$TMP/out" 60
kill -INT "$RUN_PID"
finish
is "stopped: exit code" "$RUN_CODE" 130
is "stopped: the trial at work is kept as failed" \
	"$(tail -n 1 "$T" | jq -r '.verdict + " " + .validity.reasons[0]')" \
	"failed interrupted by the user"
start run --resume "$PARTS" --json
finish
is "in parts: exit code is that of the whole" "$RUN_CODE" 1
is "in parts: the same trials in the same order" "$(order "$T" | md5sum)" \
	"$(order "$TMP/whole.jsonl" | md5sum)"
is "in parts: only the one that was interrupted came twice" "$(wc -l <"$T")" 521
is "in parts: numbers go on" "$(jq -r .seq "$T" | md5sum)" "$(seq 521 | md5sum)"
is "in parts: one name" "$(jq -r .run "$T" | sort -u)" "$(basename "$PARTS")"
check_schema "in parts: every line is valid by the schema" "$T"
# of two neighbours the epochs are near; where a run was gone on with, far
is "in parts: frames of a killed part are stale" "$(jq -s '[.[].epoch] |
	[.[1:], .[:-1]] | transpose | map((.[0] - .[1] + 65536) % 65536) | map(select(. > 1000)) |
	length' "$T")" 3
is "in parts: the report is of the whole" "$("$RINGLOSS" report "$PARTS" | head -n 1 |
	sed 's/^[^:]*: //; s/ valid.*//')" "plan sweep, 481 trials at 200 points: $(jq -r .verdict "$T" |
	grep -cx valid)"
is "in parts: summary.csv is of the whole" "$(($(wc -l <"$PARTS/summary.csv") - 1))" 521
start run --resume "$PARTS"
finish
is "nothing left: the exit code is the same" "$RUN_CODE" 1
is "nothing left: nothing is run" "$(wc -l <"$T")" 521
has "nothing left: it says so" "$(cat "$TMP/err")" 'are there, 0 are left'

# ---- what cannot be gone on with ----
# refused WHAT CODE MESSAGE ARGUMENTS: nothing in the folder changes
refused() {
	local what=$1 code=$2 message=$3 sum

	shift 3
	sum=$(md5sum "$PARTS"/*)
	start run "$@"
	finish
	is "$what: exit code" "$RUN_CODE" "$code"
	has "$what: it says why" "$(cat "$TMP/err")" "$message"
	is "$what: the folder is as it was" "$(md5sum "$PARTS"/*)" "$sum"
}
refused "a plan beside it" 64 'takes no PLAN, --set, --out or --dry-run' --resume "$PARTS" "$TMP/sweep.ini"
refused "--set" 64 'takes no PLAN, --set, --out or --dry-run' --resume "$PARTS" --set plan.seed=1
refused "--out" 64 'takes no PLAN, --set, --out or --dry-run' --resume "$PARTS" --out "$TMP"
refused "no such folder" 66 'cannot open .*nope' --resume "$TMP/nope"
refused "a folder of something else" 66 'cannot open .*plan.ini' --resume "$TMP"
cp -a "$PARTS" "$TMP/copy"
sed -i 's/^repeats = 3/repeats = 4/' "$PARTS/plan.ini"
refused "a plan that was changed" 65 'plan.ini was changed since the run began' --resume "$PARTS"
cp "$TMP/copy/plan.ini" "$PARTS/plan.ini"
sed -i '7s/"self.cpus":"[0-9]*"/"self.cpus":"5"/g' "$T"
refused "a trial of another plan" 65 'trial 7 is none of the plan|the point .* of trial 7 is none' \
	--resume "$PARTS"
cp "$TMP/copy/trials.jsonl" "$T"
sed -i '7s/"schema":1/"schema":2/' "$T"
refused "lines of another schema" 65 "trials.jsonl:7: not a trial: 'schema' is not 1" --resume "$PARTS"
head -n 500 "$TMP/copy/trials.jsonl" >"$T"
jq '.hostname = "elsewhere"' "$TMP/copy/host-self.json" >"$PARTS/host-self.json"
refused "another machine" 78 'began on another machine: hostname .* \(was "elsewhere"\)' \
	--resume "$PARTS"
jq '.kernel = "1.0" | .boot_id = "x"' "$TMP/copy/host-self.json" >"$PARTS/host-self.json"
start run --resume "$PARTS"
finish
has "another kernel is told" "$(cat "$TMP/err")" 'not quite as it was .* kernel .* \(was "1.0"\), booted anew'
is "another kernel: it goes on all the same" "$(order "$T" | md5sum)" "$(order "$TMP/whole.jsonl" | md5sum)"

# ---- a seed that was not given is drawn, and what it gave can be had again ----
for i in 1 2; do
	start run "$TMP/sweep.ini" --out "$TMP/seed$i" --json --set plan.seed=0 --set plan.repeats=1 \
		--set plan.zip= --set traffic.rate="$(list 1001 1012 pps)" --set traffic.frames=1 \
		--set self.cpus=0
	finish
	order "$TMP/out" >"$TMP/seed$i.order"
done
not_same=$(diff "$TMP/seed1.order" "$TMP/seed2.order" >/dev/null && echo same)
empty "drawn seeds: two runs have two orders" "$not_same"
start run "$(last_result "$TMP/seed1")/plan.ini" --out "$TMP/seed3" --json
finish
is "drawn seeds: the stored plan has the order again" "$(order "$TMP/out")" "$(cat "$TMP/seed1.order")"
start run "$TMP/sweep.ini" --out "$TMP/bad" --set self.cpus=0,1
finish
is "lists of two lengths are refused" "$RUN_CODE" 65
has "lists of two lengths: both are told" "$(cat "$TMP/err")" \
	'sweep.ini:5: plan.zip: traffic.frames has 10 values \(.*:8\) and self.cpus has 2 \(--set\)'

# ---- in a lab: killed in the middle of a trial ----
start run "$PLAIN" --out "$TMP/lab" --json --set plan.repeats=2 --set plan.order=shuffled \
	--set plan.zip=tx.ring+rx.ring --set tx.ring=64,64,128 --set rx.ring=64,128,128 \
	--set traffic.duration=1s
wait_for 30 lines_at_least "$TMP/out" 2 && wait_for 20 find_lab && traffic_flows "$(rx_packets)"
LAB=$(last_result "$TMP/lab")
# another one meanwhile
"$RINGLOSS" run --resume "$LAB" >"$TMP/second" 2>&1
is "a run that is being written: exit code" "$?" 75
has "a run that is being written: it says so" "$(cat "$TMP/second")" 'another run is writing '
kill_run "lab, killed"
is "lab, killed: what was measured is there" "$(wc -l <"$LAB/trials.jsonl")" 2
"$RINGLOSS" run --resume "$LAB" >"$TMP/second" 2>&1 </dev/null &
RUN_PID=$!
started+=("$RUN_PID")
RUN_NAME=
finish
is "lab, killed: refused until that is put back" "$RUN_CODE" 75
has "lab, killed: what it left is told of" "$(cat "$TMP/second")" '.ringloss restore. '
is "lab, killed: nothing was added meanwhile" "$(wc -l <"$LAB/trials.jsonl")" 2
restore "lab, killed"
start run --resume "$LAB" --json
finish
check_trials "lab, in parts" "$LAB/trials.jsonl" 6
is "lab, in parts: each pair of rings twice" "$(jq -r '[.point["tx.ring", "rx.ring"]] | join(" ")' \
	"$LAB/trials.jsonl" | sort | uniq -c | xargs)" "2 128 128 2 64 128 2 64 64"
is "lab, in parts: no frame of the killed part came in" \
	"$(jq -s 'map(.received.stale) | add' "$LAB/trials.jsonl")" 0
host_clean
empty "lab, in parts: nothing left" "$(cat "$TMP/host.left")"

# ---- what failed by chance is no impossible point: its other repeats are tried, and it, too ----
start run "$PLAIN" --out "$TMP/chance" --json --set plan.repeats=3 --set traffic.duration=1s
wait_for 20 find_lab && traffic_flows 0
kill -KILL "$(worker_of rx)"
finish
CHANCE=$(last_result "$TMP/chance")
is "a worker that died: a failure, and the others" "$(jq -r .verdict "$TMP/out" | xargs)" \
	"failed valid valid"
is "a worker that died: exit code" "$RUN_CODE" 1
start run --resume "$CHANCE" --json
finish
is "a worker that died: that repeat comes again" "$(jq -r '"\(.repeat) \(.verdict)"' "$TMP/out")" \
	"1 valid"
is "a worker that died: all are valid then" "$RUN_CODE" 0

# ---- what a driver refuses: the next point goes on, and the host is as before ----
own_pair
start run "$PLAIN" --out "$TMP/refused" --json "${PAIR[@]}" --set plan.repeats=2 \
	--set tx.endpoint=udp --set rx.endpoint=udp,af_xdp --set rx.queues=1,4 \
	--set rx.napi.threaded=1 --set traffic.duration=100ms
finish
is "refused by a driver: it is skipped once, the rest is measured" "$(jq -r '[.point["rx.endpoint",
	"rx.queues"], .verdict] | join(" ")' "$TMP/out" | sort | uniq -c | xargs)" \
	"2 af_xdp 1 valid 1 af_xdp 4 skipped 2 udp 1 valid 2 udp 4 valid"
is "refused by a driver: exit code" "$RUN_CODE" 1
check_schema "refused by a driver: every line is valid by the schema" "$TMP/out"

# ---- blocked: what takes the link down is changed once a value and round ----
sweep_mtu=(run "$PLAIN" --out "$TMP/mtu" --json "${PAIR[@]}" --set plan.repeats=3
	--set plan.seed=5 --set traffic.rate="$(list 10 13 kpps)" --set traffic.duration=20ms
	--set "rx.nic.mtu=1500,3000,8000")
start "${sweep_mtu[@]}" --set plan.order=blocked
finish
is "blocked: every point once a round" "$(jq -c '[.repeat, .point]' "$TMP/out" | sort | uniq -c |
	awk '{print $1}' | sort | uniq -c | xargs)" "36 1"
is "blocked: rounds come one after the other" "$(jq .repeat "$TMP/out" | uniq -c | xargs)" \
	"12 1 12 2 12 3"
is "blocked: in each round the points of a value come together" "$(jq -r '"\(.repeat) " +
	.point["rx.nic.mtu"]' "$TMP/out" | uniq -c | awk '{print $1}' | xargs)" "4 4 4 4 4 4 4 4 4"
is "blocked: what took effect" "$(jq -r '.point["rx.nic.mtu"] ==
	(.sides.rx.settings.effective["nic.mtu"] | tostring)' "$TMP/out" | sort -u)" true
is "blocked: the device has its MTU again" \
	"$(ip -n "$PAIR_RX" -j link show pk-rx0 | jq '.[0].mtu')" 9000
start "${sweep_mtu[@]}" --set plan.order=shuffled
finish
has "shuffled: says how often a link goes down" "$(cat "$TMP/err")" \
	'takes a link down [0-9]+ times in 36 trials.*blocked does it [0-9] times'
leave_pair
check_host "afterwards"
