#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every check of the project, on Debian 12; installs what it needs.
#   ./test.sh            all stages, the cheap ones first; stops at the first that fails
#   ./test.sh --quick    for the work in between: a debug build, unit and integration tests
#   ./test.sh --powerdns SUITE   the tests that another PowerDNS could fail, with that of a Debian suite: trixie, sid
#   ./test.sh --compose  docker-compose.yml: images built, run and queried, where a Docker engine answers or can be started,
#                        by docker-compose 1.29, where it is installed, and by the plugin, which is fetched where it is not
# Logs are in build/logs/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=packaging/bootstrap.sh
. packaging/bootstrap.sh

logs=build/logs
export ASAN_OPTIONS=detect_stack_use_after_return=1
# What one clone compiled, another need not: ccache sees paths as from here.
export CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1

main() {
    case ${1:-} in
        '') stages=(format scripts pdns_conf release integration powerdns_4_9 demo package tsan tsan_integration asan asan_integration) ;;
        --quick) stages=(format scripts pdns_conf debug debug_integration) ;;
        --powerdns)
            (($# == 2)) || die "usage: ./test.sh --powerdns SUITE"
            suite=$2
            stages=(scripts release powerdns)
            ;;
        --compose) stages=(scripts compose) ;;
        *) die "usage: ./test.sh [--quick | --powerdns SUITE | --compose]" ;;
    esac
    mkdir -p "$logs"
    install_packages run test
    local name number=0
    for name in "${stages[@]}"; do
        stage "$((++number))/${#stages[@]}" "$name"
    done
    say "All ${#stages[@]} stages passed in $((SECONDS / 60)) min $((SECONDS % 60)) s"
}

# stage POSITION NAME: runs the function NAME, shows its output only when it fails.
stage() {
    local log=$logs/$2.log started=$SECONDS
    printf '%-5s %-18s ' "$1" "$2"
    # A shell of its own: in a condition, set -e would not stop the function at its first failure.
    set +e
    (set -e; "$2") >"$log" 2>&1 </dev/null
    local status=$?
    set -e
    if ((status)); then
        say "FAILED"
        tail -n 60 "$log" >&2
        die "stage $2 failed after $((SECONDS - started)) s (whole log: $log)"
    fi
    say "$((SECONDS - started)) s$(sed -n 's/^skipped/, &/p' "$log" | head -n 1)"
}

# ---- Stages --------------------------------------------------------------------------------------

format() { git ls-files -z -- '*.h' '*.cpp' | xargs -0 clang-format-14 --dry-run --Werror; }

scripts() {
    git ls-files -z -- '*.sh' '*.bash' .ci/run | xargs -0 shellcheck -x
    git ls-files -z -- '*.py' |
        xargs -0 python3 -c 'import ast, sys; [ast.parse(open(f).read(), f) for f in sys.argv[1:]]'
}

# Every setting is one that PowerDNS knows.
pdns_conf() { pdns_server --config=check --config-dir=pdns-conf; }

built() { # PRESET TARGET...
    local preset=$1
    shift
    if [[ ! -f build/$preset/build.ninja ]]; then cmake --preset "$preset"; fi
    ninja -C "build/$preset" -j "$(build_jobs)" "$@"
}

tested() { ctest --preset "$1" --label-regex "$2" --no-tests=error -j "$3"; } # PRESET LABEL JOBS

release() { built release fairlead country_mmdb bench/all soak_client; } # unit tests run in other builds
integration() { tested release '^integration$' 4; }
powerdns_4_9() { with_powerdns_of trixie || (($? == 77)); } # 77: no mirror
powerdns() { with_powerdns_of "$suite"; }
with_powerdns_of() { # SUITE
    tests/integration/fetch_powerdns.sh "$1" || return
    export PATH=$PWD/build/powerdns/$1/bin:$PATH
    pdns_conf && tested release '^powerdns$' 4
}
demo() { python3 -B tests/integration/demo_test.py; } # outside of ctest: it has fixed ports
compose() { python3 -B tests/compose/compose_test.py || (($? == 77)); } # 77: no Docker engine
package() { python3 -B tests/package/package_test.py || (($? == 77)); } # 77: no root, or no mirror
debug() { built debug && tested debug '^unit$' "$(nproc)"; }
debug_integration() { tested debug '^integration$' 4; }
tsan() { built tsan && tested tsan '^unit$' "$(nproc)"; }
tsan_integration() { tested tsan '^integration$' 4; }
# By clang: clang-tidy over the product, the unit tests and the fuzz targets, by one build.
asan() { built asan && tested asan '^(unit|fuzz)$' "$(nproc)"; }
asan_integration() { tested asan '^integration$' 4; }

main "$@"
