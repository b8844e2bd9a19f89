#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Shows that steps.sh counts, and that nothing that failed or did not run looks like a pass.
set -uo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# expect COUNTS STATUS COMMAND: the closing line and the status of a run of that one step, with the
# shell options of .ci/run and with those of dev.
expect() {
    expect_with "set -uo pipefail" "$@"
    expect_with "set -euo pipefail" "$@"
}

expect_with() {
    local options=$1 output status=0
    shift
    output=$(steps_logs=$work bash -c "$options"'
        . ./steps.sh
        step one bash -c "$1"
        finish_steps' run "$3") || status=$?
    if [ "$(tail -n 1 <<<"$output")" = "$1" ] && [ "$status" = "$2" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: '$3': '$(tail -n 1 <<<"$output")', status $status"
    fi
}

expect "1 passed, 0 failed" 0 "true"
expect "0 passed, 1 failed" 1 "false"
expect "0 passed, 1 failed" 1 "no-such-command"
expect "7 passed, 0 failed" 0 "echo 3 passed, 0 failed; echo 7 passed, 0 failed"
expect "7 passed, 1 failed" 1 "echo 7 passed, 0 failed; exit 1"
expect "7 passed, 2 failed" 1 "echo 7 passed, 2 failed; exit 1"
expect "7 passed, 2 failed" 1 "echo 7 passed, 2 failed"
expect "0 passed, 1 failed" 1 "echo 0 passed, 0 failed"
expect "1 passed, 0 failed" 0 "echo -n no newline"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
