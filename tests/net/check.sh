#!/bin/bash
# needs: root netns bpf xdp cpus2
# ringloss check on a real result: limits that are kept, one that cannot be, a generator that is too slow, a
# run that was cut off; exit codes, JUnit's XML and JSON; and what is no limit.
# shellcheck disable=SC2016
set -u
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# check WHAT CODE RESULT [ARGUMENTS]: by $TMP/limits.ini; output in $TMP/out and $TMP/err
check() {
	local what=$1 code=$2

	shift 2
	"$RINGLOSS" check "$@" --limits "$TMP/limits.ini" >"$TMP/out" 2>"$TMP/err"
	is "$what: exit code" "$?" "$code"
}

says() {
	has "$1" "$(tr '\n' ' ' <"$TMP/out" | tr -s ' ')" "$2"
}

# Lines of what is wrong with JUnit's XML: elements and attributes are those of Jenkins' junit-10.xsd and,
# where they are mandatory, of Ant's schema; counts are those of the test cases.
junit_faults() {
	/usr/bin/python3 - "$1" <<-'PYTHON'
		import re, sys
		import xml.etree.ElementTree as ET

		result = {"message", "type"}
		schema = { # element: (attributes that must be, that may be, children)
		    "testsuites": (set(), {"name", "time", "tests", "failures", "disabled", "errors"},
		                   {"testsuite"}),
		    "testsuite": ({"name", "tests", "failures", "errors", "time", "timestamp", "hostname"},
		                  {"skipped", "disabled", "id", "package"},
		                  {"properties", "testcase", "system-out", "system-err"}),
		    "properties": (set(), set(), {"property"}),
		    "property": ({"name", "value"}, set(), set()),
		    "testcase": ({"name", "classname", "time"}, {"status", "assertions"},
		                 {"skipped", "error", "failure", "system-out", "system-err"}),
		    "failure": (result, set(), set()),
		    "error": (result, set(), set()),
		    "skipped": (set(), result, set()),
		    "system-out": (set(), set(), set()),
		    "system-err": (set(), set(), set()),
		}

		def look(element):
		    must, may, children = schema[element.tag]
		    have = set(element.attrib)
		    if must - have or have - must - may:
		        print(f"{element.tag}: attributes {sorted(have)}")
		    for child in element:
		        if child.tag not in children:
		            print(f"{element.tag}: child {child.tag}")
		        else:
		            look(child)

		root = ET.parse(sys.argv[1]).getroot()
		if root.tag != "testsuites":
		    print("root", root.tag)
		else:
		    look(root)
		for suite in root.iter("testsuite"):
		    cases = suite.findall("testcase")
		    for name, count in (("tests", len(cases)),
		            ("failures", sum(c.find("failure") is not None for c in cases)),
		            ("errors", sum(c.find("error") is not None for c in cases)),
		            ("skipped", sum(c.find("skipped") is not None for c in cases))):
		        if suite.get(name) != str(count):
		            print(name, suite.get(name), "counted", count)
		    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp")):
		        print("timestamp", suite.get("timestamp"))
		    float(suite.get("time"))
	PYTHON
}

# What of a case's name is in it: "pass", or its child.
junit_case() {
	/usr/bin/python3 - "$1" "$2" <<-'PYTHON'
		import sys
		import xml.etree.ElementTree as ET

		for case in ET.parse(sys.argv[1]).getroot().iter("testcase"):
		    if case.get("name") == sys.argv[2]:
		        print(*[f"{c.tag}: {c.get('message', '')}" for c in case] or ["pass"])
	PYTHON
}

host_remember
# A sink that stays away for 10 ms at 20 kpps: a ring of 64 loses most of 200 frames; one of 4096 has room
# for all that are sent.
start run "$PLAIN" --out "$TMP/r" --set plan.name=two --set plan.repeats=2 --set traffic.rate=20kpps \
	--set rx.pause=10ms --set rx.ring=64,4096
finish
is "the run" "$RUN_CODE" 0
two=$(last_result "$TMP/r")

cat >"$TMP/limits.ini" <<-'INI'
	[limit explained]
	measure = remainder
	most    = 0
	[limit large-ring]
	place   = AF_XDP RX ring full
	most    = 0
	where   = rx.ring>=4096
	[limit small-ring]
	place   = AF_XDP RX ring full
	most    = 95%
	where   = rx.ring=64
	[limit arrives]
	measure = received
	least   = 1kpps
	of      = median
INI
check "limits that are kept" 0 "$two" --junit "$TMP/kept.xml"
says "the verdict, and how many" 'verdict: pass; 4 passed $'
says "what 0 of so many frames says" 'large-ring AF_XDP RX ring full at most 0 1 0 frames \(<[0-9.e-]+ %\) - pass'
says "the worst point is named" 'small-ring AF_XDP RX ring full at most 95% 1 [0-9.]+ % 64, repeat [12] pass|small-ring .* % ring 64, repeat [12] pass'
empty "JUnit: as its schema" "$(junit_faults "$TMP/kept.xml" 2>&1)"
is "JUnit: a case that passed has nothing in it" "$(junit_case "$TMP/kept.xml" explained)" pass
check "the same by JSON" 0 "$two" --json
is "the same by JSON: verdicts" "$(of '[.verdict, .limits[].verdict]')" \
	'["pass","pass","pass","pass","pass"]'
is "the same by JSON: frames that a 0 is of" "$(of '.limits[] | select(.limit == "large-ring") |
	.points[].none_of')" "$(jq -s 'map(select(.point["rx.ring"] == "4096") | .offered.accepted) | add' \
	"$two/trials.jsonl")"
cp "$TMP/out" "$TMP/first.json"
rm "$two"/*.html "$two"/*.csv "$two"/ranking.json "$two"/host-*
check "again, with nothing but lines and plan" 0 "$two" --json
is "again: the same" "$(sha256sum <"$TMP/out")" "$(sha256sum <"$TMP/first.json")"

printf '[limit impossible]\nplace = AF_XDP RX ring full\nmost = 0\n' >>"$TMP/limits.ini"
check "a limit made impossible" 1 "$two" --junit "$TMP/failed.xml"
says "it is the one that failed" 'verdict: fail; 1 failed \(impossible\); 4 passed $'
says "by how much, and where" 'impossible fail: [a-z ]*64: [0-9,]+ frames in repeat [12]: wanted AF_XDP RX ring full at most 0'
empty "JUnit of a failure: as its schema" "$(junit_faults "$TMP/failed.xml" 2>&1)"
has "JUnit of a failure: says so" "$(junit_case "$TMP/failed.xml" impossible)" \
	'^failure: fail: .*64: .* wanted AF_XDP RX ring full'

# one line alone has its verdict
jq -c 'select(.point["rx.ring"] == "4096" and .repeat == 2)' "$two/trials.jsonl" >"$TMP/one.jsonl"
printf '[limit whole]\nmeasure = corrupt\nmost = 0\nrepeats = 1\n' >"$TMP/limits.ini"
check "a single stored line" 0 "$TMP/one.jsonl"
says "a single stored line: that the plan is not there is said" 'no plan beside the trials'

# ---- neither pass nor fail ----
start run "$PLAIN" --out "$TMP/r" --set plan.name=slow --set traffic.rate=1Gpps --set traffic.unsent_max=1%
finish
slow=$(last_result "$TMP/r")
printf '[limit no-loss]\nmeasure = loss\nmost = 100%%\n[limit here]\nmeasure = corrupt\nmost = 0\nwhere = rx.ring=1\n' >"$TMP/limits.ini"
check "a generator too slow" 2 "$slow" --junit "$TMP/slow.xml"
says "a generator too slow: why" 'no-loss invalid: .*0 valid trials of 1 that it takes: 1 invalid: tx-rx: the generator fell behind'
says "a limit for no point: what there is" 'here invalid: no point is for it \(where = rx.ring=1\): the result has rx.ring = [0-9]+'
says "neither is a failure" 'verdict: invalid; 2 could not be judged \(no-loss, here\) $'
empty "JUnit of what is invalid: as its schema" "$(junit_faults "$TMP/slow.xml" 2>&1)"
has "JUnit of what is invalid: an error" "$(junit_case "$TMP/slow.xml" no-loss)" '^error: invalid: .*fell behind'

# a run that was cut off in its second point, and whose last line is torn
printf '[limit no-loss]\nmeasure = loss\nmost = 100%%\n[limit small]\nmeasure = loss\nmost = 100%%\nwhere = rx.ring=64\n' >"$TMP/limits.ini"
cp -r "$two" "$TMP/torn"
jq -c 'select(.point["rx.ring"] == "64")' "$two/trials.jsonl" >"$TMP/torn/trials.jsonl"
tail -n 1 "$two/trials.jsonl" | head -c 500 >>"$TMP/torn/trials.jsonl"
check "a run that was cut off" 2 "$TMP/torn"
has "a run that was cut off: the torn line is told" "$(cat "$TMP/err")" 'the last line is cut short and left out'
says "a run that was cut off: what was never tried" 'no-loss invalid: 1 point of the plan was never tried \(rx\.ring=4096\): `ringloss run --resume RESULT` goes on'
says "a run that was cut off: what is whole is judged" 'small loss at most 100% 1 [0-9.]+ % [^%]* pass'
head -n 1 "$two/trials.jsonl" >"$TMP/torn/trials.jsonl"
check "a run without some repeats" 2 "$TMP/torn"
says "a run without some repeats: how many" '1 valid trial of 2 that it takes: 1 of 2 repeats were not run'
: >"$TMP/torn/trials.jsonl"
check "a run without any trial" 2 "$TMP/torn" --junit "$TMP/empty.xml"
empty "a run without any trial: JUnit as its schema" "$(junit_faults "$TMP/empty.xml" 2>&1)"
cp "$two/trials.jsonl" "$TMP/torn/trials.jsonl"
sed -i 's/64, *4096/64, 128/' "$TMP/torn/plan.ini"
check "a plan of other trials" 0 "$TMP/torn"
has "a plan of other trials: it says nothing, which is said" "$(cat "$TMP/err")" 'is not the plan of these trials'

# Ctrl-C, and the rest later: of ten repeats some are missing, then none.
printf '[limit corrupt]\nmeasure = corrupt\nmost = 0\n' >"$TMP/limits.ini"
start run "$PLAIN" --out "$TMP/r" --set plan.name=parts --set plan.repeats=10 --set traffic.rate=5kpps
begun() {
	parts=$(last_result "$TMP/r")
	[[ $parts == */parts-* ]] && [ -s "$parts/trials.jsonl" ]
}
wait_for 30 begun || not_ok "the run in parts begins"
kill -INT "$RUN_PID"
finish
is "a run that was interrupted" "$RUN_CODE" 130
check "a run that was interrupted, judged" 2 "$parts"
says "a run that was interrupted: how much is missing" \
	'of 10 that it takes: [0-9] of 10 repeats were not run: `ringloss run --resume RESULT` runs them'
start run --resume "$parts"
finish
check "and gone on with" 0 "$parts"

# ---- what is wrong is refused ----

# refused WHAT CODE MESSAGE LIMITS [ARGUMENTS]
refused() {
	local what=$1 code=$2 message=$3 status=0

	printf '%b' "$4" >"$TMP/limits.ini"
	shift 4
	"$RINGLOSS" check "$@" >"$TMP/out" 2>"$TMP/err" || status=$?
	if [ "$status" = "$code" ] && grep -qE -- "$message" "$TMP/err" && [ ! -s "$TMP/out" ]; then
		ok "$what"
	else
		not_ok "$what" "exit code $status, wanted $code" "no message like: $message" \
			"$(cat "$TMP/err" "$TMP/out")"
	fi
}

good='[limit x]\nmeasure = loss\nmost = 0\n'
by=(--limits "$TMP/limits.ini")
refused "no limits named" 64 'by which limits\? name them by --limits FILE' "$good" "$two"
refused "no result named" 64 'check takes one result folder' "$good" "${by[@]}"
refused "two results" 64 'check takes one result folder' "$good" "$two" "$two" "${by[@]}"
refused "an unknown option" 64 'unknown option --bogus' "$good" "$two" --bogus
refused "an option without its value" 64 'missing value: --limits' "$good" "$two" --limits
refused "no such result" 66 'cannot open .*/nope: No such file' "$good" "$TMP/nope" "${by[@]}"
refused "no such limits" 66 'cannot open .*/nope\.ini' "$good" "$two" --limits "$TMP/nope.ini"
refused "a folder of limits" 66 'cannot read .*: Is a directory' "$good" "$two" --limits "$TMP"
refused "a plan in the place of limits" 65 'limits\.ini:1: "plan": no section of a file of limits' \
	'[plan]\nname = x\n' "$two" "${by[@]}"
refused "an unknown measure" 65 'limits\.ini:2: "los": no such measure; did you mean "loss"' \
	'[limit x]\nmeasure = los\nmost = 0\n' "$two" "${by[@]}"
refused "an unknown place" 65 'limits\.ini:2: "ring full": no such place' \
	'[limit x]\nplace = ring full\nmost = 0\n' "$two" "${by[@]}"
refused "a key that the plan has not" 65 \
	'limits\.ini:4: limit x: the plan of this result has no key "rx\.rings"; did you mean "rx\.ring"\?' \
	"${good}where = rx.rings=64\n" "$two" "${by[@]}"
refused "a path that the result has not" 65 'limits\.ini:4: limit x: this result has no path "a-b"' \
	"${good}path = a-b\n" "$two" "${by[@]}"
refused "a number without unit" 65 'limits\.ini:3: "5": a number without a unit' \
	'[limit x]\nmeasure = loss\nmost = 5\n' "$two" "${by[@]}"
printf '{"schema":1}\n' >"$TMP/damaged.jsonl"
refused "a line that is no trial" 65 "damaged\\.jsonl:1: not a trial: 'point' is missing" "$good" \
	"$TMP/damaged.jsonl" "${by[@]}"
printf '%b' "$good" >"$TMP/limits.ini"
"$RINGLOSS" check "$two" "${by[@]}" --junit "$TMP/nope/x.xml" >"$TMP/out" 2>"$TMP/err"
is "XML where it cannot be written: exit code" "$?" 73
has "XML where it cannot be written: says so" "$(cat "$TMP/err")" 'cannot create .*/nope/x\.xml'
printf '[limit x]\nmeasure = corrupt\nmost = 0\n' >"$TMP/limits.ini"
"$RINGLOSS" check "$two" "${by[@]}" >/dev/full 2>"$TMP/err"
is "a verdict that nobody could read is none" "$?" 74
check_host "afterwards"
