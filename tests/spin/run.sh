#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks the model of garbage collection with spin: the protocol as it is has no error, and each
# rule that is left out is one that matters. Ends with "N passed, N failed".
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
for tool in spin gcc; do
    if ! command -v "$tool" >/dev/null; then
        echo "spin/run.sh: $tool is missing: ./dev deps spin" >&2
        exit 1
    fi
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# verify OPTIONS...: prints what the verifier says of the safety of that variant.
verify() {
    (cd "$work" && spin -a "$@" "$here/push_mount_delete_gc.pml" >/dev/null &&
        gcc -O2 -DSAFETY -DCOLLAPSE -DMEMLIM=1500 -o pan pan.c &&
        timeout 300 ./pan -m200000 -n) 2>&1
}

# verify_progress NAME OPTIONS...: the same of the formula NAME, with weak fairness.
verify_progress() {
    (cd "$work" && spin -a -DPROGRESS "${@:2}" "$here/push_mount_delete_gc.pml" >/dev/null &&
        gcc -O2 -DNFAIR=3 -DCOLLAPSE -DMEMLIM=1500 -o pan pan.c &&
        timeout 300 ./pan -a -f -m200000 -n -N "$1") 2>&1
}

# report right|wrong TEXT OUTPUT: whether the verifier found what it should. A search that was cut
# short (memory, depth) proves nothing.
report() {
    local errors states
    errors=$(sed -n 's/.*errors: \([0-9]*\).*/\1/p' <<<"$3")
    states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' <<<"$3")
    if grep -q 'max search depth too small\|Search not completed' <<<"$3" && [ "$1" = right ]; then
        errors=unfinished
    fi
    if { [ "$1" = right ] && [ "$errors" = 0 ]; } ||
        { [ "$1" = wrong ] && [ "${errors:-0}" != 0 ]; }; then
        passed=$((passed + 1))
        echo "ok   $2 ($states states)"
    else
        failed=$((failed + 1))
        echo "FAIL $2: errors ${errors:-unknown}, expected it to be $1"
        tail -25 <<<"$3"
    fi
}

right() { report right "$1" "$(verify "${@:2}")"; }
wrong() { report wrong "$1" "$(verify "${@:2}")"; }

right "pushes and deletions"
right "three pushes" -DPUSHES=3
right "a mount" -DMOUNT
right "a pull" -DPULL
right "sessions that end" -DEXPIRE
right "no grace at all: nothing visible breaks" -DNO_GRACE -DNO_REFUSAL_CHECK -DMOUNT
report right "pushes end" "$(verify_progress pushes_end)"
report right "garbage goes" "$(verify_progress garbage_goes)"
wrong "without the grace a push is refused" -DNO_GRACE
wrong "without the touch a push is refused" -DNO_TOUCH
wrong "without the second look bytes are missing" -DNO_RECHECK -DNO_REFUSAL_CHECK
wrong "without a new location bytes are missing" -DOLD_LOCATION
wrong "with the snapshot before the list bytes are missing" -DEARLY_SNAPSHOT
wrong "without the exchange of rows bytes are missing" -DEXPIRE -DNO_EXCHANGE
wrong "without asking again a pull fails" -DPULL -DNO_REREAD
report wrong "without taking up what a crash left garbage stays" \
    "$(verify_progress garbage_goes -DNO_REDO)"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
