#!/bin/bash
# What quickstart and tests/run share: install packages of packages.txt, build.
# To be sourced; top is the source folder.
: "${top:?}"

say() {
	printf '== %s\n' "$*"
}

die() {
	printf 'error: %s\n' "$*" >&2
	exit 69
}

# Names of a section of packages.txt.
packages_of() {
	sed -n "/^\[$1\]/,/^\[/{/^[a-z0-9]/p}" "$top/packages.txt"
}

# Install what is missing of the sections named; needs root only then.
install_packages() {
	local section name missing=()

	command -v dpkg-query >/dev/null ||
		die "this is no Debian: install the like of packages.txt by hand, then meson setup build && ninja -C build"
	for section in "$@"; do
		while read -r name; do
			[ "$(dpkg-query -Wf '${Status}' "$name" 2>/dev/null)" = "install ok installed" ] ||
				missing+=("$name")
		done < <(packages_of "$section")
	done
	if [ ${#missing[@]} -eq 0 ]; then
		say "packages: all there"
		return
	fi
	[ "$(id -u)" = 0 ] || die "packages are missing (${missing[*]}): run it with sudo"
	say "packages: installing ${missing[*]}"
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq || die "apt-get update failed: check the network and /etc/apt"
	apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
		die "apt-get could not install ${missing[*]}"
}

# build_in FOLDER [MESON OPTION...]: configure once, then build what changed.
build_in() {
	local folder=$1

	shift
	if [ ! -f "$folder/build.ninja" ]; then
		# a configuration that was interrupted is no configuration
		rm -rf "$folder"
		meson setup "$folder" "$top" "$@" >"$folder.log" 2>&1 || {
			cat "$folder.log" >&2
			die "meson could not configure $folder"
		}
		mv "$folder.log" "$folder/setup.log"
	fi
	ninja -C "$folder" >"$folder/build.log" 2>&1 || {
		tail -n 40 "$folder/build.log" >&2
		die "the build in $folder failed; all of its output: $folder/build.log"
	}
}
