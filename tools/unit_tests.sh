#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# unit_tests.sh PRESET: runs the unit tests of build/PRESET and ends with "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}
results=build/$preset/unit-results
rm -rf "$results"
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1:strict_string_checks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-second_deadlock_stack=1}
status=0
ctest --test-dir "build/$preset" --label-regex '^unit$' --no-tests=error --output-on-failure \
    --parallel "$(nproc)" || status=$?
shopt -s nullglob
python3 tools/junit_counts.py "$results"/*.xml || status=1
exit "$status"
