# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by run.sh and test.sh: plain messages, and the Debian packages of debian-packages.txt.

package_list=packaging/debian-packages.txt
PATH=$PATH:/usr/sbin:/sbin # pdns_server and nginx live there, and an ordinary user's PATH lacks it

say() { printf '%s\n' "$*"; }

# The one line with which a script fails.
die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

as_root() {
    if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# missing_packages GROUP...: those of the list that are not installed, one a line.
missing_packages() {
    local group package _ installed
    installed=" $(dpkg-query -W -f '${db:Status-Status}:${Package} ' 2>/dev/null) "
    while read -r group package _; do
        [[ " $* " == *" $group "* && $installed != *" installed:$package "* ]] && echo "$package"
    done <"$package_list"
    return 0
}

# install_packages GROUP...: installs what is missing and says why. When nothing is missing it needs
# neither root nor network.
install_packages() {
    local -a missing
    mapfile -t missing < <(missing_packages "$@")
    if ((${#missing[@]} == 0)); then
        say "Debian packages: nothing to install"
        return
    fi
    command -v apt-get >/dev/null || die "this needs Debian's apt-get, and there is none"
    if ((EUID != 0)) && ! command -v sudo >/dev/null; then
        die "neither root nor sudo; as root, first: apt-get install ${missing[*]}"
    fi
    say "Installing ${#missing[@]} Debian packages:"
    local _ package why
    while read -r _ package why; do
        [[ " ${missing[*]} " != *" $package "* ]] || printf '  %-27s%s\n' "$package" "$why"
    done <"$package_list"
    without_starting_services apt_install "${missing[@]}"
}

apt_install() {
    local log
    log=$(mktemp)
    as_root apt-get update -q >"$log" 2>&1 ||
        say "  apt-get update complains: $(grep -m1 '^[EW]:' "$log")"
    if ! as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=120 "$@" \
        2>&1 </dev/null | tee "$log" | show_progress; then
        die "apt-get install failed: $(grep '^E:' "$log" | tail -n 1) (whole log: $log)"
    fi
    rm -f "$log"
}

# The last line that arrived, in place, where somebody watches.
show_progress() {
    local line
    while IFS= read -r line; do
        if [[ -t 1 ]]; then printf '\r\033[K  %.76s' "$line"; fi
    done
    if [[ -t 1 ]]; then printf '\r\033[K'; fi
}

# Debian starts a server as soon as its package is there: PowerDNS would take port 53, nginx port
# 80, tor port 9050. We only need the programs. policy-rc.d is Debian's way to say so: ours answers
# for these units alone and exists only while apt runs; one that is there already is left in charge.
# A server that was installed before is not touched.
without_starting_services() (
    policy=/usr/sbin/policy-rc.d
    fresh=()
    for unit in pdns nginx tor; do
        [[ -e /lib/systemd/system/$unit.service || -e /etc/init.d/$unit ]] || fresh+=("$unit")
    done
    if [[ ! -e $policy ]] && ((${#fresh[@]} > 0)); then
        trap 'as_root rm -f "$policy"' EXIT # however this ends; that is also why it is a subshell
        {
            say '#!/bin/sh'
            say '# Keeps apt from starting what is only needed as a program. Safe to delete.'
            for unit in "${fresh[@]}"; do
                say "case \$1 in $unit | $unit.* | $unit@*) exit 101 ;; esac"
            done
        } | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
    fi
    "$@" || exit
    [[ -d /run/systemd/system ]] || return 0
    for unit in "${fresh[@]}"; do # nor at the next boot
        as_root systemctl disable --quiet "$unit.service" 2>/dev/null || true
    done
)

# How many compilers fit this machine: one a core, and about 1.5 GB each.
build_jobs() {
    local cores memory_mb
    cores=$(nproc)
    memory_mb=$(awk '/^MemAvailable:/ {print int($2 / 1024)}' /proc/meminfo 2>/dev/null)
    local fit=$((${memory_mb:-1536} / 1536))
    echo $((fit < 1 ? 1 : fit < cores ? fit : cores))
}
