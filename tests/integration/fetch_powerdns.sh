#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# PowerDNS as a Debian suite has it, beside the installed one and without root:
#   tests/integration/fetch_powerdns.sh trixie
#   PATH=$PWD/build/powerdns/trixie/bin:$PATH python3 -B tests/integration/dnssec_test.py
# apt resolves and checks the packages against Debian's keys, in a directory of its own, as if nothing were installed.
# All libraries come along, the C library too, so each program is started by the dynamic linker of its suite.
# Exits with 77 when no mirror answers.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
packages=(pdns-server pdns-backend-remote pdns-backend-bind)

main() {
    if (($# != 1)); then
        echo "usage: ${0##*/} SUITE" >&2
        exit 2
    fi
    suite=$1
    home=$PWD/build/powerdns/$suite
    mkdir -p "$home"/{lists,archives}/partial "$home"/etc/{apt.conf,preferences}.d
    configure_apt
    export APT_CONFIG=$home/apt.conf
    reach_mirror
    apt-get update -q
    apt-get clean # what an earlier run fetched may be of an older version
    apt-get install -q -y --no-install-recommends --download-only "${packages[@]}"
    unpack
    write_wrappers
    local said # its exit status is 99 in 4.7
    said=$("$home/bin/pdns_server" --version 2>&1) || true
    grep -o 'PowerDNS Authoritative Server [^ ]*' <<<"$said"
}

reach_mirror() {
    /usr/lib/apt/apt-helper download-file "$mirror/dists/$suite/InRelease" "$home/InRelease" >/dev/null && return
    echo "skipped: no $suite at $mirror"
    exit 77
}

configure_apt() {
    echo "deb [signed-by=$keyring] $mirror $suite main" >"$home/sources.list"
    : >"$home/status" # nothing is installed
    cat >"$home/apt.conf" <<END
Dir "$home";
Dir::State "$home";
Dir::State::status "$home/status";
Dir::Cache "$home";
Dir::Etc "$home/etc";
Dir::Etc::sourcelist "$home/sources.list";
Acquire::Languages "none";
Acquire::Check-Valid-Until "no"; # what a mirror had some weeks ago will do
APT::Sandbox::User "root"; # the directory need not be open to anybody else
APT::Update::Error-Mode "any";
END
}

unpack() {
    root=$home/root
    rm -rf "$root"
    mkdir -p "$root"/usr/{bin,sbin,lib,lib64}
    ln -s usr/{bin,sbin,lib,lib64} "$root" # older suites have files on both sides
    local package
    for package in "$home"/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink --no-same-owner -C "$root"
    done
}

# pdns_server becomes the process that was started: signals and exit status are its own. pdnsutil takes the directory of
# its modules from the configuration only, and so gets a copy of that.
write_wrappers() {
    local linker libraries bin=$home/bin
    linker=$(echo "$root"/usr/lib/*/ld-linux*.so.*)
    libraries=${linker%/*}
    rm -rf "$bin"
    mkdir "$bin"
    cat >"$bin/pdns_server" <<END
#!/bin/sh
exec "$linker" --library-path "$libraries" --argv0 pdns_server "$root/usr/sbin/pdns_server" --module-dir="$libraries/pdns" "\$@"
END
    cat >"$bin/pdns_control" <<END
#!/bin/sh
exec "$linker" --library-path "$libraries" --argv0 pdns_control "$root/usr/bin/pdns_control" "\$@"
END
    cat >"$bin/pdnsutil" <<END
#!/usr/bin/env bash
given=/etc/powerdns
arguments=()
for argument in "\$@"; do
    case \$argument in
        --config-dir=*) given=\${argument#*=} ;;
        *) arguments+=("\$argument") ;;
    esac
done
directory=\$(mktemp -d)
trap 'rm -rf "\$directory"' EXIT
{ cat "\$given/pdns.conf" && echo "module-dir=$libraries/pdns"; } >"\$directory/pdns.conf"
"$linker" --library-path "$libraries" --argv0 pdnsutil "$root/usr/bin/pdnsutil" --config-dir="\$directory" "\${arguments[@]}"
END
    chmod 755 "$bin"/*
}

main "$@"
