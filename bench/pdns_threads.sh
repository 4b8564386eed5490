#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How many steered answers a second PowerDNS gives with different numbers of distributor threads.
# Each setting in turn, several rounds, so that a noisy machine is noisy for all; prints medians and
# their ratio to the first. No answer comes from a cache: the name is weighted.
#
#   bench/pdns_threads.sh [THREADS...]     default: 3 (PowerDNS's own) 8 16 32
#
# Needs build/release/fairlead, pdns_server with its remote backend, dnsperf (Debian package).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH=$PATH:/usr/sbin

rounds=${ROUNDS:-5}
seconds=${SECONDS_EACH:-4}
port=${PORT:-5391}
fairlead=${FAIRLEAD:-build/release/fairlead}
settings=("$@")
((${#settings[@]})) || settings=(3 8 16 32)

command -v dnsperf >/dev/null || { echo "dnsperf is missing: apt-get install dnsperf" >&2; exit 1; }
[[ -x $fairlead ]] || { echo "build first: cmake --preset release && ninja -C build/release" >&2; exit 1; }

work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; wait; rm -rf "$work"' EXIT

cat >"$work/fairlead.yaml" <<YAML
server: {socket: $work/pdns.sock}
zones:
  example.com:
    ns: [ns.example.net.]
    records:
      api: {policy: weighted, targets: [{address: 192.0.2.1, weight: 90}, {address: 192.0.2.2, weight: 10}]}
YAML
echo 'api.example.com A' >"$work/queries"

"$fairlead" serve -c "$work/fairlead.yaml" 2>"$work/fairlead.log" &
pids+=($!)
until grep -q 'ready: ' "$work/fairlead.log"; do kill -0 "${pids[0]}"; done

# rate THREADS: starts pdns_server, loads it, prints answers a second.
rate() {
    pdns_server --config-dir=pdns-conf --daemon=no --guardian=no --local-address=127.0.0.1 \
        --local-port="$port" --socket-dir="$work" --distributor-threads="$1" \
        --remote-connection-string="unix:path=$work/pdns.sock,timeout=1000" >"$work/pdns.log" 2>&1 &
    local server=$!
    pids+=("$server")
    until dig @127.0.0.1 -p "$port" +short +time=1 +tries=1 api.example.com | grep -q 192.0.2; do
        kill -0 "$server"
    done
    dnsperf -s 127.0.0.1 -p "$port" -d "$work/queries" -l "$seconds" -c 8 -q 200 |
        awk '/Queries per second/ { print $4 } /Queries lost/ && $3 > 0 { print "lost", $3 >"/dev/stderr" }'
    kill "$server"
    wait "$server" || true
}

for ((round = 1; round <= rounds; round++)); do
    for threads in "${settings[@]}"; do rate "$threads" >>"$work/rate.$threads"; done
done

median() { sort -n "$1" | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }
first=$(median "$work/rate.${settings[0]}")
printf '%-20s %12s %10s   (%d rounds of %d s, %d cores)\n' distributor-threads answers/s ratio \
    "$rounds" "$seconds" "$(nproc)"
for threads in "${settings[@]}"; do
    middle=$(median "$work/rate.$threads")
    awk -v t="$threads" -v m="$middle" -v f="$first" 'BEGIN { printf "%-20d %12.0f %10.2f\n", t, m, m / f }'
done
