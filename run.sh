#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a clean clone to steered DNS answers, on Debian 12:
#   ./run.sh                  the demo: web servers, fairlead, and PowerDNS on 127.0.0.1:5300
#   ./run.sh -c FILE          your own configuration instead
#   ./run.sh endpoint NAME    one web server of the demo (to bring back one that you killed)
# Ctrl-C stops everything. What it writes is under .demo/ and build/.
# shellcheck disable=SC2317 # traps and wait_until call functions by name
set -euo pipefail
called_from=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=packaging/bootstrap.sh
. packaging/bootstrap.sh

demo_config=docs/examples/demo.yaml
dns_address=127.0.0.1
dns_port=5300
web_port=8081
declare -A endpoints=([frankfurt]=127.0.0.11 [ashburn]=127.0.0.12 [singapore]=127.0.0.13)
fairlead=build/release/fairlead
logs=.demo/log
declare -A running=() # name -> pid

main() {
    case ${1:-} in
        '') config=$demo_config ;;
        -c) [[ -n ${2:-} ]] || usage
            config=$(cd "$called_from" && realpath -m "$2")
            [[ -r $config ]] || die "cannot read $2"
            if [[ $config == "$PWD/$demo_config" ]]; then config=$demo_config; fi ;;
        endpoint) run_endpoint "${2:-}" ;;
        *) usage ;;
    esac
    mkdir -p "$logs"
    only_one_at_a_time
    trap stop_everything EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM

    install_packages run
    build
    if [[ $config == "$demo_config" ]]; then start_endpoints; fi
    start_fairlead
    start_pdns
    if [[ $config == "$demo_config" ]]; then
        wait_for_answer www.example.com 127.0.0.11
        show_demo
    else
        show_zones
    fi
    stay
}

usage() {
    sed -n '4,6s/^# *//p' "${BASH_SOURCE[0]}" >&2
    exit 2
}

only_one_at_a_time() {
    exec {lock}>.demo/lock
    flock -n "$lock" || die "another ./run.sh runs in this directory; stop it first"
}

# ---- Build ---------------------------------------------------------------------------------------

build() {
    if [[ ! -f build/release/build.ninja ]]; then
        say "Configuring"
        quietly configure cmake --preset release
    fi
    say "Building fairlead and a country database (some minutes the first time, then what changed)"
    quietly build ninja -C build/release -j "$(build_jobs)" fairlead country_mmdb
}

# quietly NAME COMMAND...: the output goes to a log and, its last line, to the terminal. The command
# runs in the background, because bash reacts to a signal only between commands.
quietly() {
    local name=$1 status=0
    shift
    spawn "$name" "$@"
    while alive "$name"; do
        if [[ -t 1 ]]; then printf '\r\033[K  %.76s' "$(tail -n 1 "$logs/$name.log")"; fi
        sleep 0.1
    done
    if [[ -t 1 ]]; then printf '\r\033[K'; fi
    wait "${running[$name]}" || status=$?
    unset "running[$name]"
    rm -f ".demo/$name.pid"
    if ((status)); then
        tail -n 15 "$logs/$name.log" >&2
        die "$name failed (whole log: $logs/$name.log)"
    fi
}

# ---- Processes -----------------------------------------------------------------------------------

# spawn NAME COMMAND...: in the background, with a log and a pid file. It dies with this script,
# even by kill -9.
spawn() {
    local name=$1
    shift
    # Emptied here and not by the child, which may be slow: what a run before wrote is not this one's.
    : >"$logs/$name.log"
    setpriv --pdeathsig TERM -- "$@" >>"$logs/$name.log" 2>&1 </dev/null {lock}>&- &
    running[$name]=$!
    echo $! >".demo/$name.pid"
}

alive() { kill -0 "${running[$1]}" 2>/dev/null; }

# wait_until SECONDS WHAT CONDITION...
wait_until() {
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        ((SECONDS < deadline)) || die "$what did not happen in time (logs: $logs/)"
        for name in "${!running[@]}"; do
            alive "$name" || give_up_on "$name"
        done
        sleep 0.05
    done
}

give_up_on() {
    die "$1 cannot run: $(reason "$logs/$1.log") (log: $logs/$1.log)"
}

# The line of a log that says why: the first that speaks of an error, else the last.
reason() {
    grep -m1 -iE 'fatal|error|unable|cannot|in use' "$1" || tail -n 1 "$1"
}

stop_everything() {
    local status=$? name
    trap - EXIT
    trap '' HUP INT TERM
    # One that was killed may have been replaced by ./run.sh endpoint.
    for name in "${!endpoints[@]}"; do
        if replaced "$name"; then kill "$(<".demo/$name.pid")" 2>/dev/null || true; fi
    done
    for name in "${!running[@]}"; do kill "${running[$name]}" 2>/dev/null || true; done
    for name in "${!running[@]}"; do
        # A process that does not stop by itself within five seconds is killed.
        for _ in {1..100}; do alive "$name" || break; sleep 0.05; done
        kill -KILL "${running[$name]}" 2>/dev/null || true
        wait "${running[$name]}" 2>/dev/null || true
        rm -f ".demo/$name.pid"
    done
    exit "$status"
}

replaced() {
    local pid
    pid=$(cat ".demo/$1.pid" 2>/dev/null) && grep -qs "demo/www/$1" "/proc/$pid/cmdline"
}

# ---- What runs -----------------------------------------------------------------------------------

web_server() { # NAME: prints the command, which serves .demo/www/NAME
    mkdir -p ".demo/www/$1"
    echo "$1" >".demo/www/$1/index.html"
    echo "ok" >".demo/www/$1/health"
    command=(python3 -u -m http.server "$web_port"
        --bind "${endpoints[$1]}" --directory ".demo/www/$1")
}

start_endpoints() {
    local name command
    for name in "${!endpoints[@]}"; do
        web_server "$name"
        spawn "$name" "${command[@]}"
    done
    for name in "${!endpoints[@]}"; do
        wait_until 10 "the start of the web server $name" answers_http "${endpoints[$name]}"
    done
}

answers_http() { (exec 3<>"/dev/tcp/$1/$web_port") 2>/dev/null; }

run_endpoint() {
    local command
    [[ -n $1 && -n ${endpoints[$1]:-} ]] || die "endpoints are: ${!endpoints[*]}"
    web_server "$1"
    mkdir -p "$logs"
    say "$1 serves http://${endpoints[$1]}:$web_port/ (log: $logs/$1.log)"
    echo $$ >".demo/$1.pid"
    exec "${command[@]}" >"$logs/$1.log" 2>&1
}

start_fairlead() {
    if ! "$fairlead" check "$config" >"$logs/check.log" 2>&1; then
        cat "$logs/check.log" >&2
        die "fairlead refuses $config"
    fi
    say "Starting fairlead with $config"
    spawn fairlead "$fairlead" serve -c "$config"
    wait_until 90 "fairlead's first round of health checks" grep -qs 'ready: ' "$logs/fairlead.log"
}

# A configuration of the user's own may name any socket; the log says which.
socket_path() { sed -n 's/.*listening on \(.*\); first round.*/\1/p' "$logs/fairlead.log"; }

start_pdns() {
    say "Starting PowerDNS on $dns_address:$dns_port"
    spawn pdns_server pdns_server --config-dir=pdns-conf --local-address="$dns_address" \
        --local-port="$dns_port" --socket-dir=.demo --daemon=no --guardian=no --write-pid=no \
        --disable-syslog --security-poll-suffix= \
        --remote-connection-string="unix:path=$(socket_path),timeout=1000"
    wait_until 10 "the start of PowerDNS" answers_dns
}

ask() { dig @"$dns_address" -p "$dns_port" +timeout=1 +tries=1 "$@"; }
answers_dns() { ask +short version.bind CH TXT >/dev/null; }
answer_is() { [[ $(ask +short "$1" A 2>/dev/null) == "$2" ]]; }
wait_for_answer() { wait_until 20 "the answer $2 for $1" answer_is "$1" "$2"; }

# As long as both servers live. A web server may go: that is what the demo is about.
stay() {
    while alive fairlead && alive pdns_server; do
        wait -n "${running[fairlead]}" "${running[pdns_server]}" || true
    done
    if ! alive fairlead; then give_up_on fairlead; fi
    give_up_on pdns_server
}

# ---- What to type --------------------------------------------------------------------------------

show_demo() {
    local dig="dig @$dns_address -p $dns_port +short"
    say ""
    say "Ready: steered DNS answers on $dns_address:$dns_port. In another terminal, here:"
    say ""
    suggest "$dig www.example.com" "failover: Frankfurt, 127.0.0.11"
    suggest "for i in {1..20}; do $dig api.example.com; done" "weighted: one in ten is 127.0.0.12"
    suggest "$dig app.example.com +subnet=141.20.0.0/16" "in Germany: Frankfurt, 127.0.0.11"
    suggest "$dig app.example.com +subnet=128.2.0.0/16" "in the USA: Ashburn, 127.0.0.12"
    suggest "$dig app.example.com +subnet=133.1.0.0/16" "in Japan: Singapore, 127.0.0.13"
    say "  $fairlead explain app.example.com A --client 141.20.0.1"
    say ""
    say "Kill Frankfurt, ask again some three seconds later, and bring it back:"
    say ""
    suggest "kill \$(cat .demo/frankfurt.pid)"
    suggest "$dig www.example.com" "now Ashburn, 127.0.0.12"
    suggest "./run.sh endpoint frankfurt &"
    say ""
    say "Be the operator:"
    say ""
    suggest "$fairlead status" "the worst first"
    suggest "$fairlead set fra1 drain --for 5m --reason \"new disks\""
    suggest "$dig www.example.com" "Ashburn, at once; and back in five minutes"
    say ""
    show_the_end
}

suggest() { # COMMAND [COMMENT]
    if [[ -n ${2:-} ]]; then printf '  %-72s # %s\n' "$1" "$2"; else say "  $1"; fi
}

show_the_end() {
    say "What fairlead does: tail -f $logs/fairlead.log"
    say "Ctrl-C stops everything."
}

show_zones() {
    local zone
    say ""
    say "Ready: PowerDNS answers on $dns_address:$dns_port. Zones, and a question for each:"
    say ""
    pdns_control --config-dir=pdns-conf --socket-dir=.demo list-zones | grep -v '^All zonecount' |
        while read -r zone; do say "  dig @$dns_address -p $dns_port $zone SOA"; done || true
    say ""
    show_the_end
}

main "$@"
