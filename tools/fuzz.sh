#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# fuzz.sh [SECONDS] [TARGET...]: runs every target of the fuzz preset, or those named (session,
# h2 ...), for SECONDS (60) each, two at a time. Seeds are tests/fuzz/corpus/<target>; new
# inputs go to build/fuzz/corpus, crashing ones to
# build/fuzz/artifacts. Ends with "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/.."

run_target() {
    local seconds=$1 name=${2##*/berth_fuzz_} out log
    out=build/fuzz/corpus/$name
    log=build/fuzz/$name.log
    mkdir -p "$out" "build/fuzz/artifacts/$name"
    if [ ! -d "tests/fuzz/corpus/$name" ]; then
        echo "FAILED $name: no seeds in tests/fuzz/corpus/$name"
        return 1
    fi
    if "$2" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="build/fuzz/artifacts/$name/" "$out" "tests/fuzz/corpus/$name" \
        >"$log" 2>&1; then
        echo "ok     $name: $(awk '/number_of_executed_units/ {print $2}' "$log") inputs"
    else
        echo "FAILED $name:"
        tail -n 60 "$log"
        return 1
    fi
}

seconds=${1:-60}
shift || true
shopt -s nullglob
targets=(build/fuzz/fuzzers/berth_fuzz_*)
if [ $# -gt 0 ]; then
    targets=()
    for name in "$@"; do
        if [ ! -x "build/fuzz/fuzzers/berth_fuzz_$name" ]; then
            echo "fuzz.sh: no such target: $name" >&2
            exit 2
        fi
        targets+=("build/fuzz/fuzzers/berth_fuzz_$name")
    done
fi
passed=0
failed=0
for ((i = 0; i < ${#targets[@]}; i += 2)); do
    pids=()
    for target in "${targets[@]:i:2}"; do
        run_target "$seconds" "$target" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        if wait "$pid"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    done
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
