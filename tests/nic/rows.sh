# shellcheck shell=bash
# A NIC's settings, row by row: set, told as in effect, seen by the standard tool, back after the normal
# end and after kill -9 with restore. To be sourced by a case, which then calls rows <JOB; in the job are
# row and refused.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$TOP/tests/nic/lib.sh"
: "${BUILD:?build folder}"

rows() {
	mkdir -p "$SHARE/results"
	cp "$BUILD/tests/net/apply_settings" "$SHARE/results/"
	cat >"$TMP/rows" <<-'JOB'
		settle_ports
		look_at_ports before

		# same WHAT: everything reads as before
		same() {
			look_at_ports now
			if cmp -s results/ports-before results/ports-now; then
				echo "ok - $1"
			else
				echo "not ok - $1"
				diff results/ports-before results/ports-now | head -n 20 | sed 's/^/# /' || true
			fi
		}

		# row SETTINGS EFFECTIVE COMMAND OUTPUT: of a port so set the words in EFFECTIVE are told,
		# and the command says OUTPUT
		row() {
			local said seen

			# shellcheck disable=SC2086
			said=$(results/apply_settings --kill eth0 $1 2>/dev/null | sed 's/^[^ ]* //') || true
			wait_for_link
			seen=$(eval "$3" 2>&1 | tr -s ' \t\n' ' ' | sed 's/ $//')
			if [ "$(echo $said)" = "$2" ] && [ "$seen" = "$4" ]; then
				echo "ok - $1: $2"
			else
				echo "not ok - $1: $2"
				printf '# %s\n' "told: $said" "$3: $seen"
			fi
			ringloss restore >results/restored || sed 's/^/# /' results/restored
			same "$1: after kill -9 and restore"
			# shellcheck disable=SC2086
			results/apply_settings eth0 $1 | grep -qx undone || echo "not ok - $1: undone"
			same "$1: after the normal end"
		}

		# refused SETTINGS REGEX: with such a message, and everything is as before
		refused() {
			local said

			# shellcheck disable=SC2086
			said=$(results/apply_settings eth0 $1) || true
			if grep -qE "^error: .*$2" <<<"$said"; then
				echo "ok - $1: refused"
			else
				echo "not ok - $1: refused"
				sed 's/^/# /' <<<"$said"
			fi
			same "$1: after that"
		}
		{
	JOB
	cat - >>"$TMP/rows"
	cat >>"$TMP/rows" <<-'JOB'
		} >results/tap 2>results/err
		rm results/apply_settings
	JOB
	in_guest "the job" <"$TMP/rows"
	cat "$SHARE/results/tap"
	more_than "rows were looked at" "$(grep -c '^ok' "$SHARE/results/tap")" 20
}
