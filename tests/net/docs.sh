#!/bin/bash
# needs:
# The documents say what the program says: docs/reference.md is made from its tables,
# and what README.md and docs/ name exists.
set -u

check() {
	local what=$1

	shift
	if "$@" >"$TMP/docs.out" 2>&1; then
		echo "ok - $what"
	else
		echo "not ok - $what"
		head -n 20 "$TMP/docs.out" | sed 's/^/# /'
	fi
}

# shellcheck disable=SC2016 # the backquotes are Markdown
# Commands that the documents show must be commands of the program.
commands_exist() {
	local name status=0

	while read -r name; do
		"$RINGLOSS" help "$name" >/dev/null || status=1
	done < <(grep -ohE '(^    |`|app/)ringloss [a-z]+' "$TOP/README.md" "$TOP"/docs/*.md |
		sed -E 's/.*ringloss //' | sort -u)
	return $status
}

# Files and folders that the documents name must be there.
# shellcheck disable=SC2016 # the backquotes are Markdown
files_exist() {
	local file status=0

	while read -r file; do
		[ -e "$TOP/$file" ] || { echo "no $file"; status=1; }
	done < <(grep -ohE '`(lib|app|xdp|tests|configs|docs|results)/[A-Za-z0-9_./-]+`' \
		"$TOP/README.md" "$TOP"/docs/*.md | tr -d '`' | grep -v NAME | sort -u)
	return $status
}

# Keys that the README's examples set must be knobs.
keys_exist() {
	local key status=0

	"$RINGLOSS" list knobs --json | jq -r '.[].key' >"$TMP/keys"
	while read -r key; do
		grep -qxE "$(echo "$key" | sed -E 's/^(tx|rx|self|a|b)\./SIDE\./; s/\./\\./g')" "$TMP/keys" ||
			{ echo "no knob $key"; status=1; }
	done < <(grep -ohE -- '--set [a-z]+\.[a-z_.]+=' "$TOP/README.md" "$TOP"/docs/*.md |
		sed -E 's/--set //; s/=$//' | sort -u)
	return $status
}

# Every plan that is shipped can be run, as far as can be told without its devices, says what it
# answers, and on a NIC turns pause frames off.
plans_load() {
	local plan status=0

	for plan in "$TOP"/configs/*.ini; do
		case $plan in *-limits.ini) continue ;; esac
		"$RINGLOSS" run "$plan" --dry-run || status=1
		head -n 1 "$plan" | grep -q '^; Question: ' || { echo "$plan: no question"; status=1; }
		if grep -q 'net:eth' "$plan" && [ "$(grep -c '^nic.pause *= off' "$plan")" != 2 ]; then
			echo "$plan: pause"
			status=1
		fi
	done
	return $status
}

# Every file of limits is one, and is of a plan: no trial is a run that has not begun, so that limits
# cannot be judged (2), but could be read.
limits_load() {
	local limits status=0

	: >"$TMP/none.jsonl"
	for limits in "$TOP"/configs/*-limits.ini; do
		[ -f "${limits%-limits.ini}.ini" ] || { echo "$limits: no plan"; status=1; }
		"$RINGLOSS" check "$TMP/none.jsonl" --limits "$limits"
		[ $? = 2 ] || status=1
	done
	return $status
}

# Keys and paths in them are the plan's.
limits_fit() {
	local limits key status=0

	for limits in "$TOP"/configs/*-limits.ini; do
		while read -r key; do
			grep -qE "^${key#*.} *=" "${limits%-limits.ini}.ini" ||
				{ echo "$limits: $key"; status=1; }
		done < <(sed -n 's/^where *= *//p' "$limits" | tr ',' '\n' | sed -E 's/ *([a-z._]+).*/\1/')
	done
	return $status
}

# A plan's comments begin with a semicolon: anything else would be part of the value.
examples_parse() {
	! grep -nE '^    [a-z_.]+ *= .*#' "$TOP/README.md" "$TOP"/docs/*.md
}

reference_is_current() {
	"$TOP/docs/make-reference" "$RINGLOSS" | diff "$TOP/docs/reference.md" -
}


check "docs/reference.md is what docs/make-reference prints" reference_is_current
check "commands in the documents exist" commands_exist
check "files in the documents exist" files_exist
check "keys in the documents exist" keys_exist
check "comments in examples of plans are such as a plan has" examples_parse
check "every plan in configs loads, has its question, and pauses no NIC" plans_load
check "every file of limits in configs loads" limits_load
check "keys in files of limits are those of the plan" limits_fit
