#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How many answers a second PowerDNS gives for a failover name, with `pdns_control` and without, and for a static
# record, in turn, several rounds; prints medians and their ratio to the static record. Then how long after its
# endpoint was killed the first right answer comes, both ways.
#
#   bench/cached_failover.sh
#
# Needs build/release/fairlead, pdns_server with its remote backend, dnsperf (Debian package), python3.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH=$PATH:/usr/sbin

rounds=${ROUNDS:-5}
seconds=${SECONDS_EACH:-4}
port=${PORT:-5392}
endpoint_port=${ENDPOINT_PORT:-8099}
fairlead=${FAIRLEAD:-build/release/fairlead}

command -v dnsperf >/dev/null || { echo "dnsperf is missing: apt-get install dnsperf" >&2; exit 1; }
[[ -x $fairlead ]] || { echo "build first: cmake --preset release && ninja -C build/release" >&2; exit 1; }

work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; wait; rm -rf "$work"' EXIT
echo 'static.example.com A' >"$work/static"
echo 'www.example.com A' >"$work/failover"

# An endpoint, on 127.0.1.1 and 127.0.1.2, that accepts connections.
endpoint() {
    python3 -c '
import socket, sys
listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
while True: listener.accept()[0].close()' "$1" "$endpoint_port" &
    pids+=("$!")
    last=$!
}

# start CONTROL: fairlead and pdns_server; CONTROL is the line of the configuration that tells or does not.
start() {
    cat >"$work/fairlead.yaml" <<YAML
server: {socket: $work/pdns.sock, state_dir: none$1}
health_checks: {port: {type: tcp, port: $endpoint_port, interval: 1s, timeout: 500ms, fast_interval: 200ms}}
zones:
  example.com:
    ns: [ns.example.net.]
    records:
      static: {A: [127.0.1.1]}
      www: {policy: failover, health_check: port, targets: [127.0.1.1, 127.0.1.2]}
YAML
    "$fairlead" serve -c "$work/fairlead.yaml" 2>"$work/fairlead.log" &
    served=$!
    pids+=("$served")
    until grep -q 'ready: ' "$work/fairlead.log"; do kill -0 "$served"; done
    pdns_server --config-dir=pdns-conf --daemon=no --guardian=no --local-address=127.0.0.1 \
        --local-port="$port" --socket-dir="$work" \
        --remote-connection-string="unix:path=$work/pdns.sock,timeout=1000" >"$work/pdns.log" 2>&1 &
    answering=$!
    pids+=("$answering")
    until ask | grep -q 127.0.1; do kill -0 "$answering"; done
    [[ -z $1 ]] || until grep -q 'health alone is cacheable' "$work/fairlead.log"; do kill -0 "$served"; done
}

stop() {
    kill "$answering" "$served"
    wait "$answering" "$served" || true
}

ask() { dig @127.0.0.1 -p "$port" +short +time=1 +tries=1 www.example.com; }

rate() { # QUERIES
    dnsperf -s 127.0.0.1 -p "$port" -d "$work/$1" -l "$seconds" -c 8 -q 200 |
        awk '/Queries per second/ { print $4 } /Queries lost/ && $3 > 0 { print "lost", $3 >"/dev/stderr" }'
}

# Milliseconds from the kill of the first endpoint to the first answer with the second.
failover() {
    local since
    since=$(date +%s%N)
    kill "$1"
    until [[ $(ask) == 127.0.1.2 ]]; do :; done
    echo $((($(date +%s%N) - since) / 1000000))
}

median() { sort -n "$1" | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }

endpoint 127.0.1.2
for ((round = 1; round <= rounds; round++)); do
    for way in told untold; do
        endpoint 127.0.1.1
        first=$last
        if [[ $way == told ]]; then start ", pdns_control: $work/pdns.controlsocket"; else start ''; fi
        if [[ $way == told ]]; then rate static >>"$work/rate.static"; fi
        rate failover >>"$work/rate.$way"
        failover "$first" >>"$work/after.$way"
        stop
    done
done

static=$(median "$work/rate.static")
for what in static told untold; do
    awk -v what="$what" -v rate="$(median "$work/rate.$what")" -v static="$static" \
        'BEGIN { printf "%-8s %8.0f answers/s  ratio %.2f\n", what, rate, rate / static }'
done
for way in told untold; do
    printf '%-8s %5d ms from the kill to the first right answer (median of %d)\n' "$way" "$(median "$work/after.$way")" "$rounds"
done
