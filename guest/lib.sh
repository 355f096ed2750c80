# shellcheck shell=bash disable=SC2034
# What the scripts of the guest share: where things are, how to fail, programs of the fetched
# packages. To be sourced. Nothing outside the cache folder is written.

guest=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${RINGLOSS_CACHE_DIR:-/var/cache/ringloss}/guest
# Fetched whole, with all that they need down to libc: 20 MB more than what a usual host lacks, and
# then no package that the host installs, holds or removes ever makes a difference.
fetched=(qemu-system-x86 busybox-static kmod)
kernel=linux-image-amd64
umask 022
export LC_ALL=C

say() {
	printf 'guest: %s\n' "$*" >&2
}

# fail CODE TEXT: an exit code of sysexits.h
fail() {
	local code=$1

	shift
	printf 'error: %s\n' "$*" >&2
	exit "$code"
}

# Debian's codename of this host, which says which packages fit its programs.
find_codename() {
	[ "$(uname -m)" = x86_64 ] || fail 69 "the guest is for x86-64, and this host is $(uname -m)"
	command -v apt-get >/dev/null ||
		fail 69 "the guest is made of Debian packages, and this host has no apt-get"
	# shellcheck source=/dev/null
	codename=$(. /etc/os-release 2>/dev/null && [ "$ID" = debian ] && echo "${VERSION_CODENAME:-}")
	[ -n "$codename" ] ||
		fail 69 "the guest is made of Debian's packages, and /etc/os-release names no release of Debian"
	tree=$cache/tree-$codename-$(sha256sum <<<"${fetched[*]} $kernel" | cut -c1-8)
}

# loader_of TREE NAME PROGRAM: sets loader, how a program of fetched packages is started under that
# name: with the loader and the libraries that came with it
loader_of() {
	loader=("$1/lib64/ld-linux-x86-64.so.2" --library-path
		"$1/lib/x86_64-linux-gnu:$1/usr/lib/x86_64-linux-gnu" --argv0 "$2" "$1/$3")
}

qemu() {
	loader_of "$tree" qemu-system-x86_64 usr/bin/qemu-system-x86_64
	"${loader[@]}" "$@"
}

busybox() {
	"$tree/bin/busybox" "$@"
}

# Whether what was fetched is there and runs.
tree_works() {
	[ -f "$tree/boot/vmlinuz" ] && [ -f "$tree/modules.dep" ] && busybox true 2>/dev/null &&
		qemu --version >/dev/null 2>&1
}

# One at a time makes what is in the cache; the lock goes with the process.
lock_cache() {
	mkdir -p "$cache" 2>/dev/null || true
	[ -w "$cache" ] ||
		fail 73 "$cache cannot be written: run it as root, or set RINGLOSS_CACHE_DIR to a folder of yours"
	exec {lock}>"$cache/lock"
	flock -n "$lock" && return
	say "waiting for another one that fills $cache"
	flock "$lock"
}
